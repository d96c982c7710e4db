//! `MLmodel`: which module loads the model and which files it opens.

use super::facts::DocumentFacts;
use super::index::file_name;
use super::keys::{FEW_ENTRIES, callable_origin, runs_code};
use crate::document::{Node, Visit, walk};
use crate::hazard::{CodeMechanism, CodeOrigin};

/// Keys of flavours that name a file or folder of the model.
const FILE_KEYS: [&str; 24] = [
    "data",
    "code",
    "path",
    "model_path",
    "pickled_model",
    "python_model",
    "saved_model_dir",
    "model_data",
    "python_env",
    "conda",
    "virtualenv",
    "model_code_path",
    "uri",
    "model_binary",
    "persist_dir",
    "loader_fn",
    "loader_arg",
    "agent_data",
    "tools_data",
    "sparkml_model",
    "local_path",
    "checkpoint",
    "state_dict",
    "config_path",
];

pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    let Some(flavors) = root.get("flavors") else {
        return;
    };
    walk(flavors, &mut |visit| {
        let Some(text) = visit.node.text() else {
            return;
        };
        let pointer = format!("/flavors{}", visit.pointer);
        if visit.key == "loader_module" {
            loader_module(text, &pointer, visit, facts);
        } else if FILE_KEYS.contains(&visit.key) && !is_origin(visit) {
            file_name(text, &pointer, visit.node, facts);
        }
    });
}

fn loader_module(text: &str, pointer: &str, visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let origin = match callable_origin(text) {
        None => return,
        // A module named without a package lies in the code folder of the model.
        Some(CodeOrigin::Unknown { .. }) if has_code(visit.parent) => CodeOrigin::Local {
            file: format!("{}.py", text.replace('.', "/")),
        },
        Some(origin) => origin,
    };
    if text == "mlflow" {
        return;
    }
    runs_code(
        CodeMechanism::MlflowLoader,
        origin,
        pointer,
        visit.node,
        text,
        facts,
    );
}

fn has_code(parent: Option<&Node>) -> bool {
    parent.is_some_and(|parent| {
        parent.entries().len() <= FEW_ENTRIES && parent.text_of("code").is_some()
    })
}

/// `artifacts.*.uri` tells where an artifact was taken from when it was logged; loading does not fetch it.
fn is_origin(visit: &Visit<'_>) -> bool {
    visit.key == "uri" && visit.pointer.contains("/artifacts/")
}
