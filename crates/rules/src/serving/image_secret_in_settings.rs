//! A credential stands in the environment or the history of an image.
//!
//! ## Why it matters
//!
//! Settings and history are part of the image: everyone who pulls it reads them, and every process and crash report of the
//! container inherits them. Deleting a file later changes nothing.
//!
//! ## What to do
//!
//! Revoke it. Pass secrets at run time, or to a build step with `RUN --mount=type=secret`.
//!
//! ## Limits
//!
//! Recognised by the name of the variable; values that are references, paths, switches or placeholders are passed over.
//! Credentials of a known shape are told by `secret-exposed` too.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-secret-in-settings",
    stage: Stage::Serving,
    summary: "a credential stands in the settings of the image",
    severity: Severity::High,
    remedy: "revoke the credential; pass secrets at run time or by a build mount",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM02,
        atlas_5_6::T0055,
        cwe::CWE_798,
        cwe::CWE_522,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::SecretInEnvironment => Some("a variable of the environment holds a secret"),
        SignKind::SecretInHistory => Some("the history shows a secret"),
        _ => None,
    };
    report_signs(artifact, Severity::High, Confidence::Medium, say, sink);
}
