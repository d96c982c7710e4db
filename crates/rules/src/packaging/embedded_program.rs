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
use chainwright_formats::carve::{Embedded, EmbeddedKind};

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
        let found: Vec<&Embedded> = facts.found.iter().filter(|find| find.offset > 0).collect();
        let Some(worst) = found.iter().max_by_key(|find| severity(find.kind)) else {
            continue;
        };
        let message = format!("a {} lies at byte {}", worst.kind.name(), worst.offset);
        let told = found.iter().map(|find| Evidence {
            place: Place::Byte(find.offset),
            text: find.kind.name().to_owned(),
        });
        sink.report_as(
            severity(worst.kind),
            Confidence::Medium,
            message,
            told.collect(),
        );
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
