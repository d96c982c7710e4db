//! A binary file beside a model is of no format that is known, and no file of the model names it.
//!
//! ## Why it matters
//!
//! A folder of weights is where nobody looks for anything else. What no parser recognises was not judged: it may be
//! encrypted, packed, or a format that somebody's loader understands.
//!
//! ## What to do
//!
//! Find out which program reads it. If none does, delete it.
//!
//! ## Limits
//!
//! Raw weights that a model names, such as ONNX's external data, are known by that. Files outside of model folders are not
//! meant.

use chainwright_analysis::facts::{Facts, Format, Inspected};
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_analysis::tree::Tree;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

pub(crate) static RULE: Rule = Rule {
    id: "content-unknown",
    stage: Stage::Packaging,
    summary: "a file beside the model is of no known format",
    severity: Severity::Low,
    remedy: "find out which program reads the file, or delete it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_434],
    check: Check::InTree(check),
};

/// Bytes below which a file is a note or a mark, whatever it holds.
const SMALL: u64 = 64;

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    let is_file = artifact.location.members().is_empty();
    if !is_file || !artifact.is_dull() || artifact.size < SMALL {
        return;
    }
    let mut is_model_folder = false;
    for other in tree.beside(artifact) {
        if names(other, artifact.location.file_name()) {
            return;
        }
        is_model_folder |= is_model(other);
    }
    if is_model_folder {
        let message = format!("{} bytes of no format that is known", artifact.size);
        sink.report(Confidence::Medium, message, Vec::new());
    }
}

/// Whether a model says that a file belongs to it.
fn names(model: &Inspected, file: &str) -> bool {
    model.facts.iter().any(|facts| match facts {
        Facts::Model(facts) => facts
            .side_files
            .iter()
            .any(|side| side.path.rsplit(['/', '\\']).next() == Some(file)),
        _ => false,
    }) || shares_its_stem(model, file)
}

/// Runtimes that keep the weights in a file of the same name: OpenVINO, ncnn, Paddle, TensorFlow, MXNet.
fn shares_its_stem(model: &Inspected, file: &str) -> bool {
    let has_model = model
        .formats
        .iter()
        .any(|format| matches!(format, Format::Model(_)));
    let stem = |name: &str| {
        let end = name.find('.').unwrap_or(name.len());
        name.get(..end).unwrap_or(name).to_owned()
    };
    has_model && stem(model.location.file_name()) == stem(file)
}

fn is_model(artifact: &Inspected) -> bool {
    artifact.facts.iter().any(|facts| {
        matches!(
            facts,
            Facts::Model(_)
                | Facts::Weights(_)
                | Facts::Safetensors(_)
                | Facts::Gguf(_)
                | Facts::Pickle(_)
        )
    })
}
