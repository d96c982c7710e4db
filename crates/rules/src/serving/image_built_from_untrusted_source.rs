//! An image was built with packages from an index that nobody vouches for.
//!
//! ## Why it matters
//!
//! A second index lets whoever takes a free name on either decide what is installed (dependency confusion); a trusted host or
//! an unencrypted index lets anyone on the way decide. What was installed stays in the image.
//!
//! ## What to do
//!
//! Install from one index over TLS, with versions and hashes pinned.
//!
//! ## Limits
//!
//! Read from the history, which a builder may leave out. PyTorch's own index is passed over.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-built-from-untrusted-source",
    stage: Stage::Serving,
    summary: "the image was built from an untrusted index",
    severity: Severity::Medium,
    remedy: "install from one trusted index, with versions and hashes pinned",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_427,
        cwe::CWE_494,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::UntrustedIndex => Some("packages come from an untrusted index"),
        _ => None,
    };
    report_signs(artifact, Severity::Medium, Confidence::High, say, sink);
}
