//! XGBoost models as JSON, UBJSON and in the binary form of versions before 2.1.
//!
//! The library checks little: child indices, array lengths and counts are trusted by its predictors. All of them are
//! compared here. Sources: `doc/model.schema`, `src/tree/tree_model.cc`, `src/gbm/gbtree_model.cc`, `src/learner.cc`
//! of XGBoost. Numbers of the model are not judged.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::names;
use crate::note::{hazard, out_of_time, path_hazard, whole_text};
use crate::tree::{self, Child, Flaw};
use crate::value::Value;
use crate::{json, ubjson};

mod legacy;

pub(crate) use legacy::{is_legacy, read as read_legacy};

/// The boosters of the library.
const BOOSTERS: [&str; 3] = ["gbtree", "gblinear", "dart"];

/// A JSON model, or the configuration of one.
pub(crate) fn read_json(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Xgboost);
    let text = whole_text(source, budget, &mut facts);
    let value = json::parse(&text, budget, &mut facts);
    judge(&value, budget, &mut facts);
    facts
}

/// A UBJSON model.
pub(crate) fn read_ubjson(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Xgboost);
    let (value, end) = ubjson::parse(source, 0, budget, &mut facts);
    judge(&value, budget, &mut facts);
    if end < source.size() && facts.problems.is_empty() && facts.hazards.is_empty() {
        let what = "bytes follow the model";
        hazard(
            &mut facts,
            ModelHazardKind::StrayData,
            Effect::OnLoad,
            Place::Byte(end),
            "",
            what,
            "",
        );
    }
    facts
}

/// Judges a model, a configuration, or both in one (`Model` and `Config`, as the library pickles itself).
pub(crate) fn judge(value: &Value, budget: &Budget, facts: &mut ModelFacts) {
    if let Some(model) = value.get("Model") {
        if let Some(config) = value.get("Config") {
            settings(config, facts);
        }
        return judge(model, budget, facts);
    }
    if let Some(version) = value.get("version") {
        facts.version = match version {
            Value::Numbers(numbers) => numbers
                .whole
                .iter()
                .flatten()
                .map(i32::to_string)
                .collect::<Vec<_>>()
                .join("."),
            _ => String::new(),
        };
        facts.producer = format!("xgboost {}", facts.version);
    }
    let Some(learner) = value.get("learner") else {
        facts.problem(
            ProblemKind::Malformed,
            Place::Whole,
            "no learner in the model",
        );
        return;
    };
    settings(value, facts);
    names::check_texts(learner, facts);
    let Some(booster) = learner.get("gradient_booster") else {
        return;
    };
    let name = booster.text_at("name").unwrap_or_default();
    if !name.is_empty() && !BOOSTERS.contains(&name) {
        hazard(
            facts,
            ModelHazardKind::CustomOperator,
            Effect::OnLoad,
            pointer("/learner/gradient_booster/name"),
            name,
            "a booster that the library does not have",
            "",
        );
    }
    let shape = Shape::of(learner, facts);
    let inner = booster.get("gbtree").unwrap_or(booster);
    if let Some(model) = inner.get("model") {
        trees(model, &shape, budget, facts);
        if name == "gblinear" {
            linear(model, &shape, facts);
        }
    }
    if let Some(weights) = booster.get("weight_drop") {
        let trees = inner
            .at(&["model", "trees"])
            .map_or(0, |trees| wide(trees.items().len()));
        if weights.length().is_some_and(|length| length < trees) {
            outside(
                facts,
                "/learner/gradient_booster/weight_drop",
                "fewer weights than trees",
            );
        }
    }
}

fn pointer(path: &str) -> Place {
    Place::Pointer(path.to_owned())
}

fn outside(facts: &mut ModelFacts, path: &str, detail: &str) {
    hazard(
        facts,
        ModelHazardKind::OutOfBounds,
        Effect::OnUse,
        pointer(path),
        path.rsplit('/').next().unwrap_or_default(),
        detail,
        "",
    );
}

fn lie(facts: &mut ModelFacts, path: &str, value: i64, detail: &str) {
    hazard(
        facts,
        ModelHazardKind::SizeLie,
        Effect::OnLoad,
        pointer(path),
        &format!("{} {value}", path.rsplit('/').next().unwrap_or_default()),
        detail,
        "",
    );
}

/// Paths and addresses in the parameters; the library's own hold none. Attributes are the user's notes.
fn settings(value: &Value, facts: &mut ModelFacts) {
    let mut found = Vec::new();
    value.visit("", &mut |key, each| {
        let is_list = matches!(each, Value::Array(_));
        if let (false, Some(text)) = (is_list || key.is_empty(), each.text())
            && let Some(kind) = path_hazard(text)
            && text.len() > 3
        {
            found.push((kind, key.to_owned(), text.to_owned()));
        }
    });
    let notes = value
        .at(&["learner", "attributes"])
        .map(Value::members)
        .unwrap_or_default();
    for (kind, key, text) in found {
        if notes.iter().any(|(name, _)| *name == key) {
            continue;
        }
        hazard(
            facts,
            kind,
            Effect::Conditional,
            Place::Key(key),
            &text,
            "a parameter names a place outside the model",
            "",
        );
    }
}

/// What the learner says about the sizes of everything.
struct Shape {
    features: i64,
    groups: i64,
}

impl Shape {
    fn of(learner: &Value, facts: &mut ModelFacts) -> Self {
        let number = |key: &str| {
            learner
                .at(&["learner_model_param", key])
                .and_then(Value::whole)
                .unwrap_or(0)
        };
        let (features, classes, targets) = (
            number("num_feature"),
            number("num_class"),
            number("num_target"),
        );
        for (key, value) in [
            ("num_feature", features),
            ("num_class", classes),
            ("num_target", targets),
        ] {
            if !(0..=i64::from(i32::MAX)).contains(&value) {
                let path = format!("/learner/learner_model_param/{key}");
                lie(facts, &path, value, "the number cannot be true");
            }
        }
        Self {
            features,
            groups: classes.max(targets).max(1),
        }
    }
}

fn linear(model: &Value, shape: &Shape, facts: &mut ModelFacts) {
    let wanted = shape
        .features
        .saturating_add(1)
        .saturating_mul(shape.groups);
    let held = model.get("weights").and_then(Value::length);
    if held.is_some_and(|held| i64::try_from(held).is_ok_and(|held| held < wanted)) {
        outside(
            facts,
            "/learner/gradient_booster/model/weights",
            "fewer weights than features",
        );
    }
}

fn trees(model: &Value, shape: &Shape, budget: &Budget, facts: &mut ModelFacts) {
    const BASE: &str = "/learner/gradient_booster/model";
    let Some(trees) = model.get("trees") else {
        return;
    };
    let held = trees.items();
    facts.operators = wide(held.len());
    let complete = facts.problems.is_empty();
    let said = model
        .at(&["gbtree_model_param", "num_trees"])
        .and_then(Value::whole);
    if let Some(said) = said
        && complete
        && i64::try_from(held.len()) != Ok(said)
    {
        let path = format!("{BASE}/gbtree_model_param/num_trees");
        lie(facts, &path, said, "the number of trees is another");
    }
    if let Some(info) = model.get("tree_info")
        && complete
    {
        if info
            .length()
            .is_some_and(|length| length < wide(held.len()))
        {
            outside(
                facts,
                &format!("{BASE}/tree_info"),
                "fewer groups than trees",
            );
        }
        if let Value::Numbers(numbers) = info
            && let Some(groups) = &numbers.whole
            && groups
                .iter()
                .any(|group| !(0..shape.groups).contains(&i64::from(*group)))
        {
            outside(
                facts,
                &format!("{BASE}/tree_info"),
                "a tree adds to an output that does not exist",
            );
        }
    }
    for (index, each) in held.iter().enumerate() {
        if out_of_time(budget, 0, facts) {
            break;
        }
        one_tree(each, index, shape, facts);
    }
}

/// The arrays that have one entry for each node.
const PER_NODE: [&str; 8] = [
    "left_children",
    "right_children",
    "parents",
    "split_indices",
    "split_conditions",
    "default_left",
    "split_type",
    "loss_changes",
];

fn one_tree(each: &Value, index: usize, shape: &Shape, facts: &mut ModelFacts) {
    let base = format!("/learner/gradient_booster/model/trees/{index}");
    let said = each.at(&["tree_param", "num_nodes"]).and_then(Value::whole);
    let nodes = each
        .get("left_children")
        .and_then(Value::length)
        .unwrap_or(0);
    if let Some(said) = said
        && u64::try_from(said) != Ok(nodes)
    {
        let path = format!("{base}/tree_param/num_nodes");
        lie(facts, &path, said, "the tree holds another number of nodes");
    }
    facts.parameters = facts.parameters.saturating_add(nodes);
    for key in PER_NODE {
        if let Some(length) = each.get(key).and_then(Value::length)
            && length != nodes
        {
            let path = format!("{base}/{key}");
            outside(
                facts,
                &path,
                "the arrays of the tree have different lengths",
            );
        }
    }
    categories(each, nodes, &base, facts);
    let (Some(left), Some(right)) = (whole(each, "left_children"), whole(each, "right_children"))
    else {
        if nodes > 0 {
            outside(
                facts,
                &format!("{base}/left_children"),
                "a child index is no whole number",
            );
        }
        return;
    };
    let split = whole(each, "split_indices");
    let mut bad_feature = None;
    let flaw = walk(left, right, &mut |node| {
        let feature = split
            .and_then(|split| split.get(node))
            .copied()
            .map(i64::from);
        if shape.features > 0
            && let Some(feature) = feature
            && !(0..shape.features).contains(&feature)
        {
            bad_feature = Some(feature);
        }
    });
    if let Some(flaw) = flaw {
        shape_flaw(flaw, &base, facts);
    }
    if bad_feature.is_some() {
        let path = format!("{base}/split_indices");
        outside(
            facts,
            &path,
            "a split looks at a feature that does not exist",
        );
    }
}

/// Follows XGBoost's child arrays, where -1 means none.
fn walk(left: &[i32], right: &[i32], seen: &mut dyn FnMut(usize)) -> Option<Flaw> {
    let nodes = left.len().min(right.len());
    if nodes == 0 {
        return None;
    }
    let child = |node: usize, side: bool| {
        // Leaves are known by their left child; the right one may hold the number of a vector leaf.
        if left.get(node) == Some(&-1) {
            return Child::Leaf;
        }
        let table = if side { right } else { left };
        match table.get(node) {
            Some(-1) => Child::Leaf,
            Some(next) => usize::try_from(*next)
                .ok()
                .filter(|next| *next < nodes)
                .map_or(Child::Outside, Child::Node),
            None => Child::Outside,
        }
    };
    tree::walk(nodes, &child, seen)
}

fn shape_flaw(flaw: Flaw, base: &str, facts: &mut ModelFacts) {
    match flaw {
        Flaw::Outside(node) => outside(
            facts,
            &format!("{base}/nodes/{node}"),
            "a child index points outside the tree",
        ),
        Flaw::Shared(node) => hazard(
            facts,
            ModelHazardKind::ResourceExhaustion,
            Effect::OnUse,
            pointer(base),
            &format!("node {node}"),
            "the tree leads back into itself, so that predictions never end",
            "",
        ),
    }
}

fn whole<'a>(each: &'a Value, key: &str) -> Option<&'a [i32]> {
    match each.get(key)? {
        Value::Numbers(numbers) => numbers.whole.as_deref(),
        _ => None,
    }
}

/// The categories of categorical splits: segments into one array.
fn categories(each: &Value, nodes: u64, base: &str, facts: &mut ModelFacts) {
    let held = each.get("categories").and_then(Value::length).unwrap_or(0);
    let (Some(segments), Some(sizes), Some(at)) = (
        whole(each, "categories_segments"),
        whole(each, "categories_sizes"),
        whole(each, "categories_nodes"),
    ) else {
        return;
    };
    let fits = |value: i32, bound: u64| u64::try_from(value).is_ok_and(|value| value < bound);
    let is_broken = segments.len() != sizes.len()
        || segments.len() != at.len()
        || at.iter().any(|node| !fits(*node, nodes))
        || segments.iter().zip(sizes).any(|(start, size)| {
            *start < 0
                || *size < 0
                || i64::from(*start).saturating_add(i64::from(*size))
                    > i64::try_from(narrow(held)).unwrap_or(i64::MAX)
        });
    if is_broken {
        let path = format!("{base}/categories_segments");
        outside(facts, &path, "a set of categories lies outside its array");
    }
}
