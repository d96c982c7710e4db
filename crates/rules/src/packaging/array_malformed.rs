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
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_formats::flaw::Flaw;
use chainwright_formats::npy::{NpyFacts, NpyFlaw};
use chainwright_formats::signature::Signature;

use crate::shared::{quoted, report_flaws};

pub(crate) static RULE: Rule = Rule {
    id: "array-malformed",
    stage: Stage::Packaging,
    summary: "the NumPy file breaks its own format",
    severity: Severity::Medium,
    remedy: "do not load this file with `allow_pickle`; ask for a copy that NumPy wrote",
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
        // What else is wrong with a header follows from the code in it.
        let has_code = facts.flaws.has(NpyFlaw::CodeInHeader);
        let judge = |flaw: &Flaw<NpyFlaw>| {
            let follows = has_code && flaw.kind == NpyFlaw::WrongKeys;
            (!follows).then(|| (severity(flaw.kind, facts), describe(flaw)))
        };
        report_flaws(&facts.flaws, judge, sink);
    }
}

fn describe(flaw: &Flaw<NpyFlaw>) -> String {
    match flaw.kind {
        NpyFlaw::CodeInHeader => format!("the header holds code: {}", quoted(&flaw.detail)),
        NpyFlaw::NotALiteral => format!("the header is no literal: {}", quoted(&flaw.detail)),
        NpyFlaw::HiddenObject => format!("an object hides in the {}", flaw.detail),
        NpyFlaw::HeaderTooLong => format!("{}, longer than NumPy writes", flaw.detail),
        _ => flaw.detail.clone(),
    }
}

fn severity(flaw: NpyFlaw, facts: &NpyFacts) -> Severity {
    match flaw {
        NpyFlaw::PickleInData | NpyFlaw::CodeInHeader | NpyFlaw::HiddenObject => Severity::High,
        NpyFlaw::HeaderTooLong => Severity::Low,
        NpyFlaw::TrailingData if is_harmless_behind(facts) => Severity::Low,
        NpyFlaw::TrailingData
        | NpyFlaw::BadVersion
        | NpyFlaw::HeaderBeyondFile
        | NpyFlaw::NotALiteral
        | NpyFlaw::WrongKeys
        | NpyFlaw::DuplicateKey
        | NpyFlaw::BadShape
        | NpyFlaw::BadOrder
        | NpyFlaw::BadDescr
        | NpyFlaw::SizeOverflow
        | NpyFlaw::DataTooShort => Severity::Medium,
    }
}

/// Padding, or another array: `numpy.save` can be called twice on one file.
fn is_harmless_behind(facts: &NpyFacts) -> bool {
    let is_array = |content: &[Signature]| *content == [Signature::Npy];
    facts
        .trailing
        .as_ref()
        .is_some_and(|trailing| trailing.zeros || is_array(&trailing.content))
}
