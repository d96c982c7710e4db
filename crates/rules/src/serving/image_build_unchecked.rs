//! An image was built by running or adding a download that nobody checked.
//!
//! ## Why it matters
//!
//! What the address served on the day of the build is in the image, whatever it was; the next build may get something else.
//!
//! ## What to do
//!
//! Download to a file, compare its digest, then use it: `ADD --checksum=sha256:…`.
//!
//! ## Limits
//!
//! Read from the history. Pipelines into `tar` and the like are passed over; only interpreters count.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-build-unchecked",
    stage: Stage::Serving,
    summary: "the image was built from unchecked downloads",
    severity: Severity::Low,
    remedy: "compare the digest of what is downloaded before it is used",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_494, cwe::CWE_829],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::DownloadRun => Some("a download was piped into an interpreter"),
        SignKind::UncheckedDownload => Some("a download was added without a digest"),
        _ => None,
    };
    report_signs(artifact, Severity::Low, Confidence::High, say, sink);
}
