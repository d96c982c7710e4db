//! The header of a NumPy array lies about its content or holds code.
//!
//! ## Why it matters
//!
//! A header that says numbers where a pickle lies, objects in a disguised type, or sizes that overflow are made to get
//! past checks that look at the header alone (CVE-2019-6446).
//!
//! ## What to do
//!
//! Do not load the file with `allow_pickle=True`.
//!
//! ## Limits
//!
//! A truncated download is reported too. Object arrays as such are judged by what their pickle does.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_formats::npy::NpyFlaw;

use crate::shared::SHOWN;

pub(crate) static RULE: Rule = Rule {
    id: "array-malformed",
    stage: Stage::Packaging,
    summary: "the NumPy file breaks its own format",
    severity: Severity::Medium,
    remedy: "do not load this file with allow_pickle; ask for a copy that NumPy wrote",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_1284,
        cwe::CWE_502,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Npy(facts) = facts else { continue };
        let flaws = &facts.flaws.kept;
        let Some(worst) = flaws.iter().max_by_key(|flaw| severity(flaw.kind)) else {
            continue;
        };
        let told = flaws.iter().take(SHOWN).map(|flaw| Evidence {
            place: flaw.place.clone(),
            text: flaw.detail.clone(),
        });
        sink.report_as(
            severity(worst.kind),
            Confidence::High,
            worst.detail.clone(),
            told.collect(),
        );
    }
}

const fn severity(flaw: NpyFlaw) -> Severity {
    match flaw {
        NpyFlaw::PickleInData | NpyFlaw::CodeInHeader | NpyFlaw::HiddenObject => Severity::High,
        _ => Severity::Medium,
    }
}
