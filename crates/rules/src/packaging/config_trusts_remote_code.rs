//! A configuration that travels with the model says that code from repositories may run.
//!
//! ## Why it matters
//!
//! `trust_remote_code` is a question to the person who loads the model. A model that answers it by itself (CVE-2026-5241)
//! takes the decision away, and tools that copy the setting pass it on.
//!
//! ## What to do
//!
//! Remove the setting, and load with `trust_remote_code=False`.
//!
//! ## Limits
//!
//! Settings of training and serving tools that people write for themselves, and advice in documents, are low.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;

pub(crate) static RULE: Rule = Rule {
    id: "config-trusts-remote-code",
    stage: Stage::Packaging,
    summary: "a configuration switches the protection against remote code off",
    severity: Severity::High,
    remedy: "remove the setting; trust in code is for whoever loads the model to give",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_829,
        cwe::CWE_693,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut report = |severity, kind: &HazardKind, message: &str| {
        let judge =
            |hazard: &Hazard| (hazard.kind == *kind).then_some((severity, Confidence::High));
        report_hazards(artifact, judge, |_| message.to_owned(), sink);
    };
    report(
        Severity::High,
        &HazardKind::RemoteCodeFlag,
        "the model's own configuration trusts remote code",
    );
    report(
        Severity::Low,
        &HazardKind::RemoteCodeSetting,
        "settings of a tool trust remote code",
    );
    report(
        Severity::Info,
        &HazardKind::RemoteCodeAdvice,
        "the document advises to trust remote code",
    );
}
