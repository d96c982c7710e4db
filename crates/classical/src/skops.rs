//! `schema.json` of a skops file: the nodes that say which class or function each object is made of.
//!
//! The library checks types against a list that users extend; several of its node kinds checked the wrong name
//! (CVE-2024-37065, CVE-2025-54412, CVE-2025-54413). Here every node's name is looked up in a table mined from
//! scikit-learn, numpy, scipy and the boosting libraries, and every node kind's own trick is checked: operator
//! functions, methods of other objects, paths out of the archive. The fallback to joblib for files that are no
//! zip (CVE-2025-54886) is not visible in a schema. Source: `skops/io/_general.py` and its neighbours.

use std::collections::HashSet;
use std::sync::LazyLock;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::json;
use crate::names::is_dangerous;
use crate::note::{hazard, path_hazard, whole_text};
use crate::value::Value;

/// Names that honest schemas refer to; see `data/mine_trusted.py`.
static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../data/skops_names.txt").lines().collect());

/// The node kinds of all versions of the library, with the names each may carry (empty: looked up in the table).
const LOADERS: &[(&str, &[&str])] = &[
    (
        "DictNode",
        &[
            "builtins.dict",
            "collections.OrderedDict",
            "sklearn.utils._bunch.Bunch",
        ],
    ),
    ("DefaultDictNode", &["collections.defaultdict"]),
    ("ListNode", &["builtins.list"]),
    ("SetNode", &["builtins.set", "builtins.frozenset"]),
    ("TupleNode", &["builtins.tuple"]),
    ("BytesNode", &["builtins.bytes"]),
    ("BytearrayNode", &["builtins.bytearray"]),
    ("SliceNode", &["builtins.slice"]),
    (
        "JsonNode",
        &[
            "builtins.str",
            "builtins.int",
            "builtins.float",
            "builtins.bool",
            "builtins.NoneType",
        ],
    ),
    ("NdArrayNode", &[]),
    ("MaskedArrayNode", &[]),
    ("DTypeNode", &[]),
    ("RandomStateNode", &[]),
    ("RandomGeneratorNode", &[]),
    ("SparseMatrixNode", &[]),
    ("TreeNode", &["sklearn.tree._tree.Tree"]),
    ("LossNode", &[]),
    (
        "_DictWithDeprecatedKeysNode",
        &["sklearn.covariance._graph_lasso._DictWithDeprecatedKeys"],
    ),
    (
        "QuantileForestNode",
        &["quantile_forest._quantile_forest_fast.QuantileForest"],
    ),
    ("ObjectNode", &[]),
    ("ConstructorFromReduceNode", &[]),
    ("FunctionNode", &[]),
    ("MethodNode", &[]),
    ("PartialNode", &["functools.partial"]),
    ("TypeNode", &[]),
    (
        "OperatorFuncNode",
        &[
            "operator.attrgetter",
            "operator.itemgetter",
            "operator.methodcaller",
        ],
    ),
    ("CachedNode", &[]),
    ("ReduceNode", &[]),
];

/// Names of `builtins` that are types without effects.
const PLAIN_BUILTINS: [&str; 18] = [
    "int",
    "float",
    "str",
    "bool",
    "list",
    "set",
    "map",
    "tuple",
    "dict",
    "bytes",
    "bytearray",
    "complex",
    "frozenset",
    "slice",
    "NoneType",
    "object",
    "range",
    "type",
];

/// Names beyond the mined table that honest schemas hold.
const PLAIN: [&str; 9] = [
    "collections.OrderedDict",
    "collections.defaultdict",
    "functools.partial",
    "operator.itemgetter",
    "datetime.datetime",
    "datetime.date",
    "decimal.Decimal",
    "uuid.UUID",
    "collections.Counter",
];

/// Reads a schema.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Skops);
    let text = whole_text(source, budget, &mut facts);
    let schema = json::parse(&text, budget, &mut facts);
    if let Some(version) = schema.text_at("_skops_version") {
        facts.producer = format!("skops {}", chainwright_core::text::visible(version, 40));
    }
    if let Some(Value::Int(protocol)) = schema.get("protocol") {
        facts.version = protocol.to_string();
    }
    if schema.text_at("__loader__").is_none() {
        facts.problem(
            ProblemKind::Malformed,
            Place::Whole,
            "the schema has no node at its root",
        );
    }
    schema.visit("", &mut |key, each| {
        if each.get("__class__").is_some() || each.get("__loader__").is_some() {
            node(key, each, budget.catalogue(), &mut facts);
        }
    });
    facts
}

struct Node<'a> {
    module: &'a str,
    class: &'a str,
    loader: &'a str,
    place: Place,
    catalogue: Catalogue,
}

impl Node<'_> {
    fn name(&self) -> String {
        format!("{}.{}", self.module, self.class)
    }

    fn note(&self, facts: &mut ModelFacts, kind: ModelHazardKind, detail: &str, reference: &str) {
        let effect = Effect::OnLoad;
        hazard(
            facts,
            kind,
            effect,
            self.place.clone(),
            &self.name(),
            detail,
            reference,
        );
    }
}

fn node(key: &str, value: &Value, catalogue: Catalogue, facts: &mut ModelFacts) {
    facts.operators = facts.operators.saturating_add(1);
    let loader = value.text_at("__loader__").unwrap_or_default();
    let node = Node {
        module: value.text_at("__module__").unwrap_or_default(),
        class: value.text_at("__class__").unwrap_or_default(),
        loader,
        place: Place::Key(if key.is_empty() {
            loader.to_owned()
        } else {
            key.to_owned()
        }),
        catalogue,
    };
    let known = LOADERS.iter().find(|(name, _)| *name == loader);
    let Some((_, allowed)) = known else {
        node.note(
            facts,
            ModelHazardKind::UnknownCallable,
            "a kind of node that the library does not have",
            "",
        );
        judge_name(&node, facts);
        return;
    };
    match loader {
        "OperatorFuncNode" => operator(&node, value, facts),
        "MethodNode" => method(&node, value, facts),
        "CachedNode" | "JsonNode" if node.class.is_empty() => {}
        _ if allowed.is_empty() => judge_name(&node, facts),
        _ if allowed.contains(&node.name().as_str()) => {}
        _ if is_dangerous(node.catalogue, node.module, node.class) => judge_name(&node, facts),
        // Subclasses of containers keep the container's kind of node.
        _ if KNOWN.contains(node.name().as_str()) || is_plain(&node) => {}
        _ => node.note(
            facts,
            ModelHazardKind::UnknownCallable,
            "the kind of node says another type than its name",
            "CVE-2024-37065",
        ),
    }
    file(&node, value, facts);
    keys(&node, value, facts);
    if let Some(reduce) = value.get("__reduce__")
        && reduce.get("args").is_none()
    {
        facts.problem(
            ProblemKind::Malformed,
            node.place.clone(),
            "a reduced object without arguments",
        );
    }
}

fn is_plain(node: &Node<'_>) -> bool {
    let name = node.name();
    (node.module == "builtins" && PLAIN_BUILTINS.contains(&node.class))
        || PLAIN.contains(&name.as_str())
}

fn judge_name(node: &Node<'_>, facts: &mut ModelFacts) {
    if is_plain(node) || KNOWN.contains(node.name().as_str()) {
        return;
    }
    if is_dangerous(node.catalogue, node.module, node.class) {
        let detail = "loading imports it and may call it with arguments from the file";
        node.note(
            facts,
            ModelHazardKind::DangerousCallable,
            detail,
            "CVE-2024-37065",
        );
    } else {
        let detail = "loading imports a class or function that neither the library nor scikit-learn provides";
        node.note(facts, ModelHazardKind::UnknownCallable, detail, "");
    }
}

/// An operator function is looked up by class name alone; only three of them are ever written.
fn operator(node: &Node<'_>, value: &Value, facts: &mut ModelFacts) {
    let reference = "CVE-2025-54412";
    if node.module != "operator"
        || !matches!(node.class, "attrgetter" | "itemgetter" | "methodcaller")
    {
        let detail = "an operator function other than the three getters is called while loading";
        node.note(facts, ModelHazardKind::DangerousCallable, detail, reference);
    }
    let mut reaches = None;
    if let Some(attributes) = value.get("attrs") {
        attributes.visit("", &mut |_, each| {
            if each.text_at("__loader__") == Some("JsonNode")
                && let Some(text) = each.text_at("content")
                && text.contains("__")
            {
                reaches = Some(text.to_owned());
            }
        });
    }
    if let Some(text) = reaches {
        let kind = ModelHazardKind::DangerousCallable;
        let detail = "a getter reaches for an internal attribute";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            node.place.clone(),
            &text,
            detail,
            reference,
        );
    }
}

/// A method must belong to the class that its node names, and be an ordinary one.
fn method(node: &Node<'_>, value: &Value, facts: &mut ModelFacts) {
    let reference = "CVE-2025-54413";
    let function = value
        .at(&["content", "func"])
        .and_then(Value::text)
        .unwrap_or_default();
    let owner = value.at(&["content", "obj"]);
    let text = |key: &str| {
        owner
            .and_then(|owner| owner.text_at(key))
            .unwrap_or_default()
    };
    let (module, class) = (text("__module__"), text("__class__"));
    // A node that was stored before carries no name of its own.
    let is_stored_before = text("__loader__") == "CachedNode";
    let top = |module: &str| module.split('.').next().unwrap_or_default().to_owned();
    // Inherited methods carry the module of the base class.
    let is_foreign = class != node.class || top(module) != top(node.module);
    if is_foreign && !is_stored_before {
        let detail = "the method belongs to another object than the one that is checked";
        node.note(facts, ModelHazardKind::DangerousCallable, detail, reference);
    }
    if function.starts_with('_')
        || function.contains('.')
        || is_dangerous(node.catalogue, "builtins", function)
    {
        let kind = ModelHazardKind::DangerousCallable;
        let detail = "an internal attribute is taken for a method";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            node.place.clone(),
            function,
            detail,
            reference,
        );
    }
    if is_foreign {
        judge_name(node, facts);
    }
}

/// The member of the archive that holds the data of a node.
fn file(node: &Node<'_>, value: &Value, facts: &mut ModelFacts) {
    let Some(path) = value.text_at("file") else {
        return;
    };
    if let Some(kind) = path_hazard(path) {
        let detail = "the data of a node lie outside the archive";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            node.place.clone(),
            path,
            detail,
            "",
        );
    }
    let is_pickle = value
        .text_at("type")
        .is_some_and(|kind| !matches!(kind, "numpy" | "json" | "scipy"));
    if is_pickle {
        let detail = "the data of a node are stored in a form that the library does not have";
        node.note(facts, ModelHazardKind::UnknownCallable, detail, "");
    }
}

/// Attribute names that replace the machinery of Python objects.
fn keys(node: &Node<'_>, value: &Value, facts: &mut ModelFacts) {
    const HARMLESS: [&str; 4] = ["__id__", "__reduce__", "__version__", "__doc__"];
    if node.loader != "DictNode" && node.loader != "ObjectNode" {
        return;
    }
    for (key, _) in value.get("content").map(Value::members).unwrap_or_default() {
        let is_internal = key.starts_with("__") && key.ends_with("__") && key.len() > 4;
        let is_node = matches!(key.as_str(), "__class__" | "__module__" | "__loader__")
            && value.at(&["content", "__loader__"]).is_some();
        if is_internal && !is_node && !HARMLESS.contains(&key.as_str()) {
            let kind = ModelHazardKind::DangerousCallable;
            let detail = "an internal attribute of a Python object is replaced";
            hazard(
                facts,
                kind,
                Effect::Conditional,
                node.place.clone(),
                key,
                detail,
                "",
            );
        }
    }
}
