//! Code beside the weights connects a shell, makes itself run again, mines, or deletes what is not its own.
//!
//! ## Why it matters
//!
//! None of this belongs to a model. It is what attackers do after they have got in.
//!
//! ## What to do
//!
//! Do not run it. Isolate machines that did.
//!
//! ## Limits
//!
//! Judged within one file.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_code::BehaviourKind as Kind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::training_code::report_behaviours;

pub(crate) static RULE: Rule = Rule {
    id: "code-opens-backdoor",
    stage: Stage::Training,
    summary: "code opens a way back in, or destroys",
    severity: Severity::Critical,
    remedy: "do not run this code; examine every machine that did",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        atlas_5_6::T0011_000,
        cwe::CWE_506,
        cwe::CWE_912,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |kind: Kind| {
        matches!(
            kind,
            Kind::ReverseShell | Kind::Persistence | Kind::Destruction | Kind::Miner
        )
    };
    report_behaviours(artifact, wanted, sink);
}
