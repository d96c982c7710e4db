//! The file holds objects of classes that are in no list of ours; no constructor runs with arguments.
//!
//! ## Why it matters
//!
//! Loading imports the module of the class and may run its `__setstate__`. With the publisher's own code that is usual;
//! with code of the same name from elsewhere it is an attack on you.
//!
//! ## What to do
//!
//! Make sure that the module which the evidence names is the one you expect. Prefer formats without classes.
//!
//! ## Limits
//!
//! Classes of scripts (`__main__`) and of in-house packages are reported too: nothing can be known about them.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{Tier, Use, UseKind};

use crate::pickle_uses::{is_indirect, pickles, subject, uses};
use crate::shared::counted;

pub(crate) static RULE: Rule = Rule {
    id: "pickle-unknown-class",
    stage: Stage::Packaging,
    summary: "the file holds objects of classes that we do not know",
    severity: Severity::Low,
    remedy: "load it only with the code that defines the class, from a source you trust",
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
        let unknown = |used: &&Use| {
            used.tier == Tier::UnknownClass
                && used.kind != UseKind::SerializedCode
                && !is_indirect(used)
        };
        let held: Vec<&Use> = facts.uses.iter().filter(unknown).collect();
        let Some(first) = held.first() else { continue };
        let message = match held.len() {
            1 => format!("holds an object of the unknown class {}", subject(first)),
            many => format!(
                "holds objects of {}, first {}",
                counted(many, "unknown name", "unknown names"),
                subject(first)
            ),
        };
        sink.report(Confidence::Medium, message, uses(&held));
    }
}
