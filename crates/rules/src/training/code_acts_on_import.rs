//! Code beside the weights starts processes, talks to the network, writes files or changes its surroundings when it is
//! imported or constructed.
//!
//! ## Why it matters
//!
//! Loading a model imports its code. Effects that happen then happen to everybody who loads it, without being asked for.
//!
//! ## What to do
//!
//! Review the effect. Move it into a function.
//!
//! ## Limits
//!
//! Effects in functions that somebody has to call are only worth knowing. Scripts that are run on purpose are milder.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_code::BehaviourKind as Kind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::training_code::report_behaviours;

pub(crate) static RULE: Rule = Rule {
    id: "code-acts-on-import",
    stage: Stage::Training,
    summary: "importing the code starts processes, connections or changes",
    severity: Severity::Medium,
    remedy: "move the effect into a function that the caller decides to call",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        atlas_5_6::T0011_000,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |kind: Kind| {
        matches!(
            kind,
            Kind::ProcessStart
                | Kind::NetworkAccess
                | Kind::FileWrite
                | Kind::PackageInstall
                | Kind::ExecDynamic
                | Kind::ExecDataFile
                | Kind::ExecInput
                | Kind::RemoteCodeTrust
        )
    };
    report_behaviours(artifact, wanted, sink);
}
