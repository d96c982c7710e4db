//! The score for programs: stable, sorted, the same bytes for the same commit.

use serde::Serialize;

use crate::Score;
use crate::answer::{Answer, Outcome};
use crate::check::{METHODOLOGY_VERSION, weights_sha256};

/// The name and version of this form.
const SCHEMA: &str = "chainwright-score/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    methodology_version: &'static str,
    weights_sha256: String,
    kind: &'static str,
    commit: Option<&'a str>,
    /// 0 to 10 with one decimal.
    score: Option<Tenths>,
    checks: Vec<Checked<'a>>,
}

#[derive(Serialize)]
struct Checked<'a> {
    name: &'static str,
    question: &'static str,
    risk: &'static str,
    weight: serde_json::Value,
    /// 0 to 10; -1 is inconclusive and left out.
    score: i8,
    probes: Vec<Probed>,
    reasons: Vec<Told<'a>>,
    remedy: Option<&'a str>,
}

#[derive(Serialize)]
struct Probed {
    name: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thousandths: Option<u32>,
}

#[derive(Serialize)]
struct Told<'a> {
    effect: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

/// A number with one decimal, written without the noise of binary fractions.
struct Tenths(u32);

impl Serialize for Tenths {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10.0)
    }
}

/// The score as JSON with a line break at its end.
#[must_use]
pub fn json(score: &Score) -> String {
    let document = Document {
        schema: SCHEMA,
        methodology_version: METHODOLOGY_VERSION,
        weights_sha256: weights_sha256(),
        kind: score.kind.as_str(),
        commit: score.commit.as_deref(),
        score: score.aggregate.map(Tenths),
        checks: score.answers.iter().map(checked).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn checked(answer: &Answer) -> Checked<'_> {
    let probes = answer.probes.iter().map(|probe| {
        let (outcome, thousandths) = match probe.outcome {
            Outcome::Met => ("met", None),
            Outcome::Unmet => ("unmet", None),
            Outcome::Share(share) => ("share", Some(share)),
            Outcome::NotApplicable => ("not-applicable", None),
            Outcome::Unknown => ("unknown", None),
        };
        Probed {
            name: probe.name,
            outcome,
            thousandths,
        }
    });
    let reasons = answer.reasons.iter().map(|reason| Told {
        effect: reason.effect.as_str(),
        text: &reason.text,
        path: reason.path.as_deref(),
        place: reason.place.as_ref().map(ToString::to_string),
    });
    let risk = answer.check.risk();
    Checked {
        name: answer.check.as_str(),
        question: answer.check.asks(),
        risk: risk.as_str(),
        weight: serde_json::from_str(risk.weight()).unwrap_or_default(),
        score: answer
            .score
            .and_then(|score| i8::try_from(score).ok())
            .unwrap_or(-1),
        probes: probes.collect(),
        reasons: reasons.collect(),
        remedy: answer.remedy.as_deref(),
    }
}
