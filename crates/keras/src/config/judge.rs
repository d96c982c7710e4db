//! The walk over a configuration: every object in it is looked up, every value that acts is judged.

use chainwright_core::budget::Budget;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::wide;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::advisory::{self, Advisory};
use super::value::{DEPTH, Document, Value};
use super::{Origin, arguments, code, names};

/// Characters of a pointer that are kept.
const POINTER: usize = 512;

/// What is being judged, and where the answers go.
pub(super) struct Judge<'a> {
    pub(super) origin: &'a Origin,
    pub(super) facts: &'a mut ModelFacts,
    pub(super) catalogue: Catalogue,
}

impl Judge<'_> {
    pub(super) fn report(
        &mut self,
        kind: ModelHazardKind,
        effect: Effect,
        pointer: &str,
        subject: &str,
        advisory: Advisory,
    ) {
        let place = self.origin.place(pointer);
        self.facts.hazard(ModelHazard::new(
            kind,
            effect,
            place,
            subject,
            advisory.effect,
            advisory.reference,
        ));
    }

    pub(super) fn note(
        &mut self,
        kind: ModelHazardKind,
        effect: Effect,
        pointer: &str,
        subject: &str,
        detail: &str,
    ) {
        let place = self.origin.place(pointer);
        self.facts
            .hazard(ModelHazard::new(kind, effect, place, subject, detail, ""));
    }
}

/// Judges a parsed document.
pub(super) fn document(
    document: &Document,
    origin: &Origin,
    budget: &Budget,
    facts: &mut ModelFacts,
) {
    let mut judge = Judge {
        origin,
        facts,
        catalogue: budget.catalogue(),
    };
    for key in &document.duplicates {
        judge.report(
            ModelHazardKind::Ambiguous,
            Effect::OnLoad,
            "",
            key,
            advisory::DUPLICATE,
        );
    }
    for tag in &document.tags {
        judge.report(
            ModelHazardKind::DangerousCallable,
            Effect::OnLoad,
            "",
            tag,
            advisory::YAML,
        );
    }
    if document.too_deep {
        let detail = "objects are nested deeper than any model nests them";
        judge.note(
            ModelHazardKind::ResourceExhaustion,
            Effect::OnLoad,
            "",
            &format!("{DEPTH} levels"),
            detail,
        );
        judge.facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            "nested deeper than is read",
        );
    }
    if document.limited {
        judge.facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            "more values than are read",
        );
    }
    if let Some((at, reason)) = document.broken
        && !document.too_deep
    {
        judge
            .facts
            .problem(ProblemKind::Malformed, Place::Byte(wide(at)), reason);
    }
    if let Some(root) = &document.root {
        metadata(root, &mut judge);
        walk(root, budget, &mut judge);
    }
}

/// Who wrote it.
fn metadata(root: &Value, judge: &mut Judge<'_>) {
    let version = root.get("keras_version").or_else(|| {
        root.get("modelTopology")
            .and_then(|model| model.get("keras_version"))
    });
    if let Some(version) = version.and_then(Value::text) {
        judge.facts.version = visible(version, 64);
        judge.facts.producer = visible(&format!("keras {version}"), 64);
    }
}

fn walk(root: &Value, budget: &Budget, judge: &mut Judge<'_>) {
    let mut waiting = vec![(root, String::new(), String::new())];
    let mut steps = 0_u32;
    while let Some((value, pointer, key)) = waiting.pop() {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(4_096) && budget.check_time().is_err() {
            judge.facts.problem(
                ProblemKind::LimitReached,
                Place::Whole,
                "the time for this file is up",
            );
            return;
        }
        match value {
            Value::Map(entries) => {
                object(value, &pointer, judge);
                for (name, child) in entries.iter().rev() {
                    waiting.push((child, below(&pointer, name), name.clone()));
                }
            }
            Value::List(items) => {
                for (index, child) in items.iter().enumerate().rev() {
                    waiting.push((child, below(&pointer, &index.to_string()), key.clone()));
                }
            }
            Value::Text(text) => plain(&key, text, &pointer, judge),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn below(pointer: &str, name: &str) -> String {
    if pointer.len() > POINTER {
        return pointer.to_owned();
    }
    let name = visible(name, 64).replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{name}")
}

/// A map: an object if it names a class.
fn object(map: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let Some(class) = map.get("class_name").and_then(Value::text) else {
        return;
    };
    let module = map.get("module").and_then(Value::text).unwrap_or_default();
    let registered = map.get("registered_name").and_then(Value::text);
    match class {
        "__lambda__" => code::lambda(map, pointer, judge),
        "__tuple__" => {}
        "__typespec__" => {
            if let Some(name) = map.get("spec_name").and_then(Value::text)
                && !module.starts_with("tensorflow.python.")
            {
                named(module, name, false, registered, pointer, judge);
            }
        }
        "function" => {
            let name = map.get("config").and_then(Value::text).unwrap_or_default();
            named(module, name, true, registered, pointer, judge);
        }
        _ if class.starts_with("__") && names::is_legacy(class) => {}
        _ => {
            judge.facts.operators = judge.facts.operators.saturating_add(1);
            class_named(map, class, module, registered, pointer, judge);
        }
    }
}

fn class_named(
    map: &Value,
    class: &str,
    module: &str,
    registered: Option<&str>,
    pointer: &str,
    judge: &mut Judge<'_>,
) {
    let config = map.get("config").unwrap_or(&Value::Null);
    let bare = class.rsplit('>').next().unwrap_or(class);
    match bare {
        "Lambda" => code::lambda_layer(config, pointer, judge),
        "TorchModuleWrapper" => code::torch_module(config, pointer, judge),
        "TFSMLayer" => arguments::saved_model(config, pointer, judge),
        "TensorFlowOpLayer" => arguments::op_layer(config, pointer, judge),
        "TFOpLambda" => arguments::op_lambda(config, pointer, judge),
        _ => {}
    }
    arguments::judge(map, bare, config, pointer, judge);
    let special = [
        "Lambda",
        "TorchModuleWrapper",
        "TFSMLayer",
        "FlaxLayer",
        "JaxLayer",
    ]
    .contains(&class);
    if special && (module.is_empty() || names::is_family(module)) {
        return;
    }
    named(module, class, false, registered, pointer, judge);
}

/// Judges a class or function by module and name.
fn named(
    module: &str,
    name: &str,
    is_function: bool,
    registered: Option<&str>,
    pointer: &str,
    judge: &mut Judge<'_>,
) {
    let subject = if module.is_empty() {
        name.to_owned()
    } else {
        format!("{module}.{name}")
    };
    if module.is_empty() || module == "__main__" {
        return unplaced(name, pointer, judge);
    }
    if names::is_library(module, name) {
        // The registry is asked before the library, so another registered name means another class.
        if let Some(other) = registered
            && other != name
            && other.contains('>')
            && module.split('.').count() == 2
        {
            let detail = "a built-in name and a registered name disagree about the class";
            judge.note(
                ModelHazardKind::Ambiguous,
                Effect::Conditional,
                pointer,
                &format!("{subject} / {other}"),
                detail,
            );
        }
        return;
    }
    if let Some(gadget) = names::gadget(module, name, judge.catalogue) {
        return judge.report(
            gadget.kind,
            Effect::OnLoad,
            pointer,
            &subject,
            gadget.advisory,
        );
    }
    if module == "builtins" {
        return builtin(name, pointer, judge);
    }
    if names::is_family(module) {
        // A newer release of the library adds layers and losses; it does not turn other modules into them.
        let is_class = !is_function && name.starts_with(|first: char| first.is_ascii_uppercase());
        let is_part = if is_class {
            names::is_modelling(module)
        } else {
            names::is_computing(module)
        };
        let effect = if is_part && !name.starts_with('_') && is_identifier(name) {
            Effect::Conditional
        } else {
            Effect::OnLoad
        };
        let detail = "no release of Keras that is known here provides it";
        return judge.note(
            ModelHazardKind::UnknownCallable,
            effect,
            pointer,
            &subject,
            detail,
        );
    }
    let is_registered = registered.is_some_and(|registered| registered.contains('>'));
    let is_class = !is_function && name.starts_with(|first: char| first.is_ascii_uppercase());
    let is_own = is_identifier(name) && (is_class || is_registered) && !names::is_foreign(module);
    let effect = if is_own {
        Effect::Conditional
    } else {
        Effect::OnLoad
    };
    judge.report(
        ModelHazardKind::UnknownCallable,
        effect,
        pointer,
        &subject,
        advisory::IMPORT,
    );
}

fn is_identifier(name: &str) -> bool {
    name.chars()
        .all(|each| each.is_alphanumeric() || matches!(each, '_' | '>'))
}

/// A name without a module: looked up among Keras' own and what the user registers; nothing is imported.
fn unplaced(name: &str, pointer: &str, judge: &mut Judge<'_>) {
    // Keras 2 registers some of its own classes under `Custom>`.
    let own = name.strip_prefix("Custom>").unwrap_or(name);
    if names::is_legacy(own) || name.is_empty() {
        return;
    }
    if !name.contains('>') && name.contains('.') {
        return dotted(name, pointer, judge);
    }
    let detail = "a class or function that the user has to provide";
    judge.note(
        ModelHazardKind::CustomOperator,
        Effect::OnLoad,
        pointer,
        name,
        detail,
    );
}

/// A path of a callable where only a name belongs.
pub(super) fn dotted(path: &str, pointer: &str, judge: &mut Judge<'_>) {
    let (module, name) = path.rsplit_once(['.', ':']).unwrap_or(("", path));
    if names::is_library(module, name) {
        return;
    }
    match names::gadget(module, name, judge.catalogue) {
        Some(gadget) => judge.report(gadget.kind, Effect::OnLoad, pointer, path, gadget.advisory),
        None if names::is_family(module) && names::is_modelling(module) => {}
        None => judge.report(
            ModelHazardKind::UnknownCallable,
            Effect::OnLoad,
            pointer,
            path,
            advisory::IMPORT,
        ),
    }
}

/// A function of the module `builtins`: how Keras 3 names its own functions, and how loaders before 3.9 found Python's.
fn builtin(name: &str, pointer: &str, judge: &mut Judge<'_>) {
    if names::is_legacy(name) || names::is_harmless_builtin(name) {
        return;
    }
    if names::is_other_builtin(name) || !is_identifier(name) || name.starts_with("__") {
        let subject = format!("builtins.{name}");
        return judge.report(
            ModelHazardKind::UnknownCallable,
            Effect::OnLoad,
            pointer,
            &subject,
            advisory::IMPORT,
        );
    }
    let detail = "a class or function that the user has to provide";
    judge.note(
        ModelHazardKind::CustomOperator,
        Effect::OnLoad,
        pointer,
        name,
        detail,
    );
}

/// Keys whose text is looked up as a function or class.
const LOOKED_UP: &[&str] = &[
    "activation",
    "recurrent_activation",
    "kernel_initializer",
    "bias_initializer",
    "recurrent_initializer",
    "embeddings_initializer",
    "beta_initializer",
    "gamma_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "recurrent_regularizer",
    "kernel_constraint",
    "bias_constraint",
    "loss",
    "metrics",
    "weighted_metrics",
    "optimizer",
    "fn",
    "initializer",
    "regularizer",
    "constraint",
    "standardize",
    "split",
    "distance_fn",
    "call_fn",
    "init_fn",
];

/// A text of an object.
fn plain(key: &str, text: &str, pointer: &str, judge: &mut Judge<'_>) {
    code::hidden(text, pointer, judge);
    let is_path = |text: &str| {
        text.split(['.', ':']).count() > 1
            && text.split(['.', ':']).all(|part| {
                part.chars()
                    .next()
                    .is_some_and(|first| first.is_alphabetic() || first == '_')
                    && part
                        .chars()
                        .all(|each| each.is_alphanumeric() || each == '_')
            })
    };
    if LOOKED_UP.contains(&key) && !text.contains('>') && is_path(text) {
        dotted(text, pointer, judge);
    }
}
