//! Code beside the weights: Python modules, start-up files, notebooks and shell scripts.
//!
//! Payloads are text. Addresses are reserved ones (`example.invalid`, RFC 2606; `203.0.113.0/24`, RFC 5737) except
//! where the name of a service is the sign itself; identifiers behind those are zeros.

mod benign;
mod disguise;
mod effects;
mod execution;
mod scripts;
mod variants;

use super::{Case, Label};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    let malicious = [
        execution::CASES,
        disguise::CASES,
        effects::CASES,
        scripts::MALICIOUS,
        variants::CASES,
    ]
    .concat();
    let benign = [benign::CASES, scripts::BENIGN].concat();
    let label = |cases: Vec<Text>, label: Label| {
        cases
            .into_iter()
            .map(move |case| Case::single(class(case.file), case.name, label, case.file, case.text))
    };
    label(malicious, Label::Malicious)
        .chain(label(benign, Label::Benign))
        .collect()
}

/// One file of code.
#[derive(Debug, Clone, Copy)]
struct Text {
    name: &'static str,
    file: &'static str,
    text: &'static str,
}

const fn text(name: &'static str, file: &'static str, text: &'static str) -> Text {
    Text { name, file, text }
}

fn class(file: &str) -> &'static str {
    let is_python = [".py", ".ipynb", ".pth"]
        .iter()
        .any(|end| file.ends_with(end));
    if is_python {
        "python-code"
    } else {
        "shell-script"
    }
}
