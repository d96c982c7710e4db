//! The bytes of the file are of another kind than its extension promises, or of two kinds at once.
//!
//! ## Why it matters
//!
//! People and tools choose how to treat a file by its name: `.safetensors` is thought safe, `.json` and `.png` harmless.
//! A pickle or program under such a name is taken in unread, and a file that is valid in two formats passes the check of
//! one and runs as the other.
//!
//! ## What to do
//!
//! Find out where the file comes from. Load it only by what it is, never by its name.
//!
//! ## Limits
//!
//! Extensions that people use for anything, such as `.bin`, promise little; only programs stand out there.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_formats::signature::{Mismatch, Nature};

use crate::content_names::content_names;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "format-mismatch",
    stage: Stage::Packaging,
    summary: "the content is not what the name says",
    severity: Severity::Medium,
    remedy: "find out what the file really is before anything opens it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0074,
        cwe::CWE_434,
        cwe::CWE_451,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Mismatch(mismatch) = facts else {
            continue;
        };
        let name = quoted(&format!(".{}", artifact.location.extension()));
        let found = content_names(&mismatch.found, "and");
        let expected = content_names(&mismatch.expected, "or");
        let message = if mismatch.found.is_empty() {
            format!("the name ends in {name}, but it holds {found}")
        } else {
            format!("the name ends in {name}, but the content is {found}")
        };
        let told = vec![evidence(&Place::Byte(0), format!("expected {expected}"))];
        sink.report_as(severity(mismatch), Confidence::Medium, message, told);
    }
}

fn severity(mismatch: &Mismatch) -> Severity {
    match mismatch.nature {
        Some(Nature::Program | Nature::Pickle) => Severity::High,
        Some(Nature::Archive) | None => Severity::Medium,
        Some(Nature::Data | Nature::Media | Nature::Text | Nature::Pointer) => Severity::Low,
    }
}
