//! A program of an image runs with the rights of its owner, and no distribution ships it so.
//!
//! ## Why it matters
//!
//! A program with set-user-ID gives whoever starts it the rights of its owner: an interpreter with that bit is a root shell
//! for everyone in the container.
//!
//! ## What to do
//!
//! Remove the bit (`chmod u-s`) or the program.
//!
//! ## Limits
//!
//! Judged by name and folder against what Debian, Alpine, Fedora and their kin ship; capabilities in extended attributes are
//! not read.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::SignKind;

use crate::image_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "image-unusual-setuid",
    stage: Stage::Serving,
    summary: "a program runs with rights that no distribution gives it",
    severity: Severity::Medium,
    remedy: "remove the set-user-ID bit or the program",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_250, cwe::CWE_732],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let say = |kind| match kind {
        SignKind::UnusualSetuid => Some("runs with the rights of its owner"),
        _ => None,
    };
    report_signs(artifact, Severity::Medium, Confidence::Medium, say, sink);
}
