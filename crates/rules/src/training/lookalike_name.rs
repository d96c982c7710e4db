//! The name of a package looks like that of another, better-known one.
//!
//! ## Why it matters
//!
//! Whoever mistypes a name, takes the name of an import for that of a package, or copies a name that a language model made up,
//! installs what somebody else registered there. Installing or importing it runs their code.
//!
//! ## What to do
//!
//! Make sure that the package is the one you mean. If it is, accept the finding in `chainwright.toml` with a reason.
//!
//! ## Limits
//!
//! A name is no proof: about one honest name in sixty that no list knows looks like another. Popular names come from the store of
//! advisories if it has them, otherwise from a small built-in list. Names that the list knows are never reported, nor are the
//! scanned projects themselves, nor packages that come from a path, a repository or an address. How names are compared and how
//! often that is right is told in `docs/detectors/lookalike-names.md`.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Resemblance;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::exposures::resemblances;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "lookalike-name",
    stage: Stage::Training,
    summary: "the name of a package looks like another",
    severity: Severity::Medium,
    remedy: "make sure that the package is the one you mean",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_001, cwe::CWE_1357],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for found in resemblances(artifact) {
        let (severity, confidence) = judge(found);
        let (name, target) = (quoted(&found.package.name), quoted(&found.target));
        let message = format!("{name} looks like {target} ({})", found.kind.label());
        let place = evidence(&found.place, quoted(&found.package.to_string()));
        sink.report_as(severity, confidence, message, vec![place]);
    }
}

/// Letters of another alphabet have no honest reason in a name; everything else may be chance.
fn judge(found: &Resemblance) -> (Severity, Confidence) {
    if !found.package.name.is_ascii() {
        (Severity::High, Confidence::High)
    } else if found.is_hint {
        (Severity::Low, Confidence::Low)
    } else {
        (Severity::Medium, Confidence::Medium)
    }
}
