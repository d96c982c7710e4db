//! An image is named by a tag that moves.
//!
//! ## Why it matters
//!
//! What `latest` means is decided by whoever pushed last. A deployment that names it cannot be reproduced, reviewed or rolled
//! back, and a stolen registry account is enough to replace it.
//!
//! ## What to do
//!
//! Deploy by digest (`name@sha256:…`), or at least by a version that is never pushed twice.
//!
//! ## Limits
//!
//! The name is the one that the archive or layout carries.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-tag-moves",
    stage: Stage::Serving,
    summary: "the image is named by a tag that moves",
    severity: Severity::Low,
    remedy: "name the image by its digest",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010, cwe::CWE_494],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::MovingTag => Some("the name does not say which image is meant"),
        _ => None,
    };
    report_signs(artifact, Severity::Low, Confidence::High, say, sink);
}
