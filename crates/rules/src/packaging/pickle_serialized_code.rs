//! The file carries functions as bytecode, as dill and cloudpickle write them.
//!
//! ## Why it matters
//!
//! Bytecode runs as soon as somebody calls the function, and it cannot be read in a review. The names it uses were looked
//! at and none of them is known to be dangerous, which says little about what it computes.
//!
//! ## What to do
//!
//! Ask for the function as source, or for the model without it. Load it only if you trust the author as you would trust
//! a program of theirs.
//!
//! ## Limits
//!
//! Bytecode that names dangerous functions is reported by `pickle-code-execution`.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{Tier, Use, UseKind};

use crate::pickle_uses::{pickles, uses};

pub(crate) static RULE: Rule = Rule {
    id: "pickle-serialized-code",
    stage: Stage::Packaging,
    summary: "the file carries Python bytecode",
    severity: Severity::Low,
    remedy: "have the author export the function as source code, or the model without it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_502,
        cwe::CWE_913,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        let carried =
            |used: &&Use| used.kind == UseKind::SerializedCode && used.tier != Tier::Dangerous;
        let held: Vec<&Use> = facts.uses.iter().filter(carried).collect();
        if !held.is_empty() {
            sink.report(
                Confidence::High,
                "carries functions as bytecode",
                uses(&held),
            );
        }
    }
}
