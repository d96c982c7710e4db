//! Shell scripts, and the recipes of a `Makefile` or `Dockerfile`.
//!
//! The text is split into pipelines as a shell would, with quotes and known variables resolved, and each
//! pipeline is judged by what flows through it. Control flow is not followed and nothing is expanded that only
//! a running shell knows.

mod effects;
mod judge;
mod programs;
mod transfers;
mod words;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;

pub(crate) use judge::{Judged, Sign, judge_text, judge_words};

use crate::facts::{Behaviour, MAX_BEHAVIOURS, MAX_EVIDENCE, Reach, ShellFacts};
use crate::python;

/// See [`crate::inspect_shell`].
pub(crate) fn inspect(text: &str, limits: &Limits) -> ShellFacts {
    let mut facts = ShellFacts::default();
    let text = crate::bounded(text, limits, &mut facts.problems);
    let judged = judge_text(&unwrap_json_form(text));
    if judged.is_cut {
        facts.problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            "too many or too deeply nested commands",
        ));
    }
    let mut behaviours: Vec<Behaviour> = judged.signs.iter().map(from_sign).collect();
    for (code, line) in &judged.python {
        let inner = python::inspect(code, limits, Reach::Import);
        behaviours.extend(inner.behaviours.into_iter().map(|behaviour| Behaviour {
            place: place(*line),
            ..behaviour
        }));
    }
    let order = |behaviour: &Behaviour| {
        (
            behaviour.place.clone(),
            behaviour.kind,
            std::cmp::Reverse(behaviour.confidence),
        )
    };
    behaviours.sort_by_key(order);
    behaviours.dedup_by(|left, right| left.kind == right.kind && left.place == right.place);
    let left_out = behaviours.len().saturating_sub(MAX_BEHAVIOURS);
    behaviours.truncate(MAX_BEHAVIOURS);
    facts.behaviours = behaviours;
    facts.behaviours_left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
    facts
}

fn from_sign(sign: &Sign) -> Behaviour {
    Behaviour {
        kind: sign.kind,
        reach: Reach::Import,
        place: place(sign.line),
        evidence: visible(&sign.evidence, MAX_EVIDENCE),
        confidence: sign.confidence,
    }
}

fn place(line: u32) -> Place {
    Place::Line {
        line: line.saturating_add(1),
        column: 1,
    }
}

/// `CMD ["sh", "-c", "…"]` of a `Dockerfile` as plain words.
fn unwrap_json_form(text: &str) -> std::borrow::Cow<'_, str> {
    let is_json_form = |line: &str| {
        let line = line.trim_start();
        ["CMD [", "ENTRYPOINT [", "RUN ["]
            .iter()
            .any(|start| line.starts_with(start))
    };
    if !text.lines().any(is_json_form) {
        return text.into();
    }
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            if is_json_form(line) {
                line.replacen('[', " ", 1)
                    .replace("\",", "\" ")
                    .replace(']', " ")
            } else {
                line.to_owned()
            }
        })
        .collect();
    lines.join("\n").into()
}

#[cfg(test)]
mod tests;
