//! An image exposes the port of a login service.
//!
//! ## Why it matters
//!
//! A container is replaced, not logged into. A login service beside a model server is a way around the orchestrator, its
//! records and its access control.
//!
//! ## What to do
//!
//! Remove the service and the port; use `exec` of the orchestrator.
//!
//! ## Limits
//!
//! The port is what the image declares; whether a service answers is not known.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-login-exposed",
    stage: Stage::Serving,
    summary: "the image exposes a login service",
    severity: Severity::Medium,
    remedy: "remove the service and its port",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_284],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::LoginPort => Some("the port of a login service is exposed"),
        _ => None,
    };
    report_signs(artifact, Severity::Medium, Confidence::Medium, say, sink);
}
