//! The file holds a reference to a dangerous function; loading alone does not call it.
//!
//! ## Why it matters
//!
//! The reference becomes a value of the loaded object, where the next call of a callback, a hook or a transform runs it.
//! Honest models do not hold references to `os.system` and its like.
//!
//! ## What to do
//!
//! Find the attribute that holds it. Treat the file as hostile until its publisher explains it.
//!
//! ## Limits
//!
//! A reference may be left over from honest experiments; the confidence is medium for that reason.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{Tier, Use, UseKind};

use crate::pickle_uses::{pickles, subject, uses};

pub(crate) static RULE: Rule = Rule {
    id: "pickle-dangerous-reference",
    stage: Stage::Packaging,
    summary: "the file refers to a dangerous function without calling it",
    severity: Severity::Medium,
    remedy: "do not use the loaded object before you know why it holds this function",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_502,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        let referred = |used: &&Use| used.tier == Tier::Dangerous && used.kind == UseKind::Import;
        let held: Vec<&Use> = facts.uses.iter().filter(referred).collect();
        if let Some(first) = held.first() {
            let message = format!("refers to {} without calling it", subject(first));
            sink.report(Confidence::Medium, message, uses(&held));
        }
    }
}
