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

/// Judges commands that stand on given lines (from 0) of some other file.
pub(crate) fn inspect_lines(commands: &[(u32, String)], limits: &Limits) -> ShellFacts {
    let mut all = ShellFacts::default();
    for (line, command) in commands.iter().take(200) {
        let facts = inspect(command, limits);
        let scripts = node_scripts(command);
        let inner = scripts
            .iter()
            .flat_map(|code| crate::javascript::inspect(code, limits).behaviours);
        let judged = facts.behaviours.into_iter().chain(inner);
        all.behaviours.extend(judged.map(|behaviour| Behaviour {
            place: place(*line),
            ..behaviour
        }));
        all.problems.extend(facts.problems);
    }
    all.behaviours.truncate(MAX_BEHAVIOURS);
    all
}

/// Code that a command hands to Node (`node -e "…"`).
fn node_scripts(command: &str) -> Vec<String> {
    let script = words::read(command);
    let mut found = Vec::new();
    for command in script.pipelines.iter().flatten() {
        let is_node = |word: &String| {
            matches!(
                word.rsplit('/').next(),
                Some("node" | "nodejs" | "bun" | "deno")
            )
        };
        let Some(at) = command.words.iter().position(is_node) else {
            continue;
        };
        let options = command.words.iter().skip(at);
        let is_code = |word: &&String| {
            matches!(
                word.as_str(),
                "-e" | "--eval" | "-p" | "--print" | "-pe" | "eval"
            )
        };
        found.extend(options.skip_while(|word| !is_code(word)).nth(1).cloned());
    }
    found
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
