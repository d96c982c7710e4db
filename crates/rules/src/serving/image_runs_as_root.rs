//! The processes of an image run as root.
//!
//! ## Why it matters
//!
//! Whoever breaks out of the server process owns everything in the container, and one kernel or runtime fault away, the
//! machine with its accelerators.
//!
//! ## What to do
//!
//! Set `USER` to a number other than 0 and give it only the folders it writes to.
//!
//! ## Limits
//!
//! An orchestrator can set another user, and user namespaces map root away; the image alone does not tell. Images of
//! distributions are meant to be built upon and are told as well.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-runs-as-root",
    stage: Stage::Serving,
    summary: "processes of the image run as root",
    severity: Severity::Low,
    remedy: "set `USER` to an unprivileged user",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_250, cwe::CWE_269],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::RunsAsRoot => Some("processes run as root"),
        _ => None,
    };
    report_signs(artifact, Severity::Low, Confidence::High, say, sink);
}
