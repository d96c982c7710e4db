//! Code beside the weights reads credentials or the environment, or sends data to a suspicious place.
//!
//! ## Why it matters
//!
//! A training or inference machine holds tokens for hubs, clouds and registries. They are what such code is after.
//!
//! ## What to do
//!
//! Do not run it. If it ran, rotate every credential that the machine could read.
//!
//! ## Limits
//!
//! Reading a single token and giving it to the library it belongs to is usual and quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_code::BehaviourKind as Kind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::training_code::report_behaviours;

pub(crate) static RULE: Rule = Rule {
    id: "code-steals-credentials",
    stage: Stage::Training,
    summary: "code collects credentials or sends them away",
    severity: Severity::Critical,
    remedy: "do not run this code; rotate the credentials of every machine that did",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        atlas_5_6::T0011_000,
        atlas_5_6::T0055,
        cwe::CWE_522,
        cwe::CWE_200,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |kind: Kind| {
        matches!(
            kind,
            Kind::CredentialAccess
                | Kind::Exfiltration
                | Kind::SuspiciousEndpoint
                | Kind::NetworkSend
        )
    };
    report_behaviours(artifact, wanted, sink);
}
