//! Loading the file calls a function or constructor that is in no list of ours.
//!
//! ## Why it matters
//!
//! Honest libraries rebuild their objects through a few hundred well-known functions, and those are approved by their
//! exact names. A call of anything else runs code that nobody has judged; gadgets that no scanner lists come out here.
//!
//! ## What to do
//!
//! Look at the callable that the evidence names. If it belongs to your own code, load with that code at hand and save
//! again as safetensors or plain tensors. If you do not know it, do not load the file.
//!
//! ## Limits
//!
//! Rare or new versions of honest libraries may call functions that the symbol database does not know yet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, nist_ai_rmf_1_0, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{Tier, Use};

use crate::pickle_uses::{is_indirect, pickles, subject, uses};
use crate::shared::counted;

pub(crate) static RULE: Rule = Rule {
    id: "pickle-unknown-callable",
    stage: Stage::Packaging,
    summary: "loading calls something that nobody vouches for",
    severity: Severity::Medium,
    remedy: "find out what the callable does before loading; if it is yours, register it or save plain tensors instead",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        nist_ai_rmf_1_0::MAP_4_1,
        cwe::CWE_502,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        let called: Vec<&Use> = facts
            .uses
            .iter()
            .filter(|used| used.tier == Tier::UnknownCall && !is_indirect(used))
            .collect();
        let Some(first) = called.first() else {
            continue;
        };
        let message = match called.len() {
            1 => format!("loading calls {}, which nobody vouches for", subject(first)),
            many => format!(
                "loading makes {}, first {}",
                counted(many, "unknown call", "unknown calls"),
                subject(first)
            ),
        };
        sink.report(Confidence::Medium, message, uses(&called));
    }
}
