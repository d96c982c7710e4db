//! Bytes or further pickles stand behind the end of the stream, where loaders do not look.
//!
//! ## Why it matters
//!
//! Data appended to a file survive hash-free mirrors, serve as a second stage for code elsewhere, or make the file valid
//! in a second format. Whatever pickles stood there were read and judged too.
//!
//! ## What to do
//!
//! Compare the file with the publisher's. Padding of zeros is harmless and not reported.
//!
//! ## Limits
//!
//! Files written by appending several dumps, which is legal though unusual, are reported.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::evidence;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{AnomalyKind, Trailing, TrailingKind};

use crate::pickle_uses::pickles;

pub(crate) static RULE: Rule = Rule {
    id: "pickle-trailing-data",
    stage: Stage::Packaging,
    summary: "something stands behind the end of the pickle",
    severity: Severity::Low,
    remedy: "compare the file with the publisher's original; an ordinary serializer ends with its last opcode",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_502,
        cwe::CWE_345,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        if let Some((trailing, what)) = facts.trailing.as_ref().and_then(judge) {
            let text = format!("{} bytes", trailing.length);
            let told = vec![evidence(&Place::Byte(trailing.offset), text)];
            sink.report(Confidence::Medium, what, told);
            continue;
        }
        let extra = facts
            .anomalies
            .iter()
            .find(|each| each.kind == AnomalyKind::ExtraStream);
        if let Some(extra) = extra {
            let told = vec![evidence(&Place::Byte(extra.offset), "a further pickle")];
            let message = "a pickle stands where the format has none";
            sink.report(Confidence::Medium, message, told);
        }
    }
}

const fn judge(trailing: &Trailing) -> Option<(&Trailing, &'static str)> {
    match trailing.kind {
        TrailingKind::Unknown => {
            Some((trailing, "unknown bytes stand behind the end of the pickle"))
        }
        TrailingKind::Pickle => Some((
            trailing,
            "another pickle stands among unknown bytes behind the end of the pickle",
        )),
        TrailingKind::Zeros | TrailingKind::Blank | TrailingKind::Storages => None,
    }
}
