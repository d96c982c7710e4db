//! Code beside the weights runs something that it decodes, downloads or assembles.
//!
//! ## Why it matters
//!
//! Code that hides what it runs has something to hide. Loaders import it as soon as remote code is trusted, and an import
//! is enough.
//!
//! ## What to do
//!
//! Do not import it. Report the repository.
//!
//! ## Limits
//!
//! Judged within one file; a payload that is spread over several files may show as milder parts.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_code::BehaviourKind as Kind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::training_code::report_behaviours;

pub(crate) static RULE: Rule = Rule {
    id: "code-runs-hidden-payload",
    stage: Stage::Training,
    summary: "code assembles, fetches or unpacks what it runs",
    severity: Severity::Critical,
    remedy: "do not import this code; treat the repository as hostile",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        atlas_5_6::T0011_000,
        cwe::CWE_506,
        cwe::CWE_94,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |kind: Kind| {
        matches!(
            kind,
            Kind::ExecDecoded
                | Kind::ExecFetched
                | Kind::HiddenCall
                | Kind::NativeCode
                | Kind::UnsafeDeserialise
                | Kind::DownloadAndRun
        )
    };
    report_behaviours(artifact, wanted, sink);
}
