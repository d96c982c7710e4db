//! The bytes of a weight file contain a complete program, script or payload.
//!
//! ## Why it matters
//!
//! Weights are the largest files nobody reads. A program inside them is a second stage that other code unpacks and starts,
//! or the reason why the model was published at all (EvilModel and its successors). Only structures that are valid as a
//! whole count, so that chance bytes of random weights are quiet.
//!
//! ## What to do
//!
//! Do not use the file. Keep it as evidence, and look for the code that reads the offset named here.
//!
//! ## Limits
//!
//! Programs that are encrypted or spread over the bits of weights are not seen by this rule.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_formats::carve::EmbeddedKind;

use crate::shared::report_worst;

pub(crate) static RULE: Rule = Rule {
    id: "embedded-program",
    stage: Stage::Packaging,
    summary: "a program is hidden inside the weights",
    severity: Severity::High,
    remedy: "do not use this file; compare it with the publisher's original",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0018_002,
        atlas_5_6::T0010_003,
        cwe::CWE_506,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Embedded(facts) = facts else {
            continue;
        };
        let found = facts.found.iter().filter(|find| find.offset > 0);
        let judged = found.map(|find| {
            let place = Place::Byte(find.offset);
            let text = describe(find.kind).to_owned();
            (severity(find.kind), Evidence { place, text })
        });
        let message = |first: &str| format!("{first} lies inside");
        report_worst(judged.collect(), Confidence::Medium, message, sink);
    }
}

const fn describe(kind: EmbeddedKind) -> &'static str {
    match kind {
        EmbeddedKind::Elf => "an ELF program",
        EmbeddedKind::Pe => "a Windows program",
        EmbeddedKind::MachO => "a Mach-O program",
        EmbeddedKind::Script => "a script",
        EmbeddedKind::CodeText => "a stretch of program text",
        EmbeddedKind::Pickle => "a pickle",
        EmbeddedKind::Zip => "a zip member",
    }
}

const fn severity(kind: EmbeddedKind) -> Severity {
    match kind {
        EmbeddedKind::Elf | EmbeddedKind::Pe | EmbeddedKind::MachO | EmbeddedKind::Pickle => {
            Severity::High
        }
        EmbeddedKind::Script | EmbeddedKind::CodeText | EmbeddedKind::Zip => Severity::Medium,
    }
}
