//! A compiled program or bytecode lies in the folder or archive of a model.
//!
//! ## Why it matters
//!
//! A model repository is data. Programs in it are rarely needed, never reviewed, and started by whoever follows the
//! instructions beside them or by an import that finds them first.
//!
//! ## What to do
//!
//! Build extensions from source. Take programs from their publisher, with a signature, and not from a model repository.
//!
//! ## Limits
//!
//! Compiled extensions (`.so`, `.dll`) and browser code (`.wasm`) can be honest; programs under names that hide them are
//! reported by `format-mismatch`.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{Facts, Format};
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_formats::signature::Signature;

use crate::content_names::content_name;

pub(crate) static RULE: Rule = Rule {
    id: "executable-beside-weights",
    stage: Stage::Packaging,
    summary: "a program lies among the model files",
    severity: Severity::Low,
    remedy: "build it from source, or take it from its publisher with a signature",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_001, cwe::CWE_829],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let is_installed = |facts: &Facts| matches!(facts, Facts::InstalledBy(_));
    if artifact.facts.iter().any(is_installed) {
        return;
    }
    for format in &artifact.formats {
        let Format::Content(signature) = format else {
            continue;
        };
        let Some(severity) = severity(*signature) else {
            continue;
        };
        let name = content_name(*signature);
        let message = format!("{name} lies among the model files");
        let told = vec![evidence(&Place::Byte(0), name)];
        sink.report_as(severity, Confidence::High, message, told);
    }
}

const fn severity(signature: Signature) -> Option<Severity> {
    match signature {
        Signature::WindowsShortcut => Some(Severity::Medium),
        Signature::Elf
        | Signature::Pe
        | Signature::MachO
        | Signature::JavaClass
        | Signature::Dex
        | Signature::LlvmBitcode
        | Signature::PythonBytecode => Some(Severity::Low),
        Signature::Wasm | Signature::Batch => Some(Severity::Info),
        _ => None,
    }
}
