//! The file is a Git LFS pointer: a note of where the content is, not the content.
//!
//! ## Why it matters
//!
//! The weights themselves were not scanned, so nothing can be said about them.
//!
//! ## What to do
//!
//! Run `git lfs pull` and scan again.
//!
//! ## Limits
//!
//! None.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, nist_ai_rmf_1_0, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

pub(crate) static RULE: Rule = Rule {
    id: "content-not-fetched",
    stage: Stage::Packaging,
    summary: "weights are named here but their content is missing",
    severity: Severity::Low,
    remedy: "fetch the content with `git lfs pull` and scan again",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        nist_ai_rmf_1_0::MAP_4_1,
        cwe::CWE_345,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::LfsPointer(pointer) = facts else {
            continue;
        };
        let size = pointer
            .size
            .map_or_else(|| "unknown size".to_owned(), |size| format!("{size} bytes"));
        let digest = pointer.sha256.as_deref().unwrap_or("an unknown digest");
        let text = format!("points to {size} with SHA-256 {digest}");
        let told = vec![Evidence {
            place: Place::Whole,
            text,
        }];
        sink.report(Confidence::High, "the content was not fetched", told);
    }
}
