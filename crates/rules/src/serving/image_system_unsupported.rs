//! The distribution of an image is no longer mended.
//!
//! ## Why it matters
//!
//! Weaknesses that are found from now on stay, and most feeds of advisories stop speaking of the release: a comparison that
//! finds nothing means less every day.
//!
//! ## What to do
//!
//! Build upon a release that is supported, or buy the extended support of the distribution and accept the finding.
//!
//! ## Limits
//!
//! The day is that of free support for everyone, for Debian with its long-term support. Releases that the table does not know
//! are not judged. Silent where packages are not compared with advisories.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::shared::{counted, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "image-system-unsupported",
    stage: Stage::Serving,
    summary: "the distribution is no longer mended",
    severity: Severity::Medium,
    remedy: "build upon a release of the distribution that is supported",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010, cwe::CWE_1104],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        if let Facts::Unsupported(system) = facts {
            let days = usize::try_from(system.days).unwrap_or_default();
            let message = format!(
                "the support of {} ended on {}, {} ago",
                quoted(&system.title),
                system.until,
                counted(days, "day", "days")
            );
            sink.report(Confidence::High, message, Vec::new());
        }
    }
}
