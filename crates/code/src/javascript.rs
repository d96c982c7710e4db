//! JavaScript: tokens, a coarse tree, and the same symbolic evaluation that Python gets, in small.
//!
//! Statements are evaluated in order, every branch is taken, functions of the file are evaluated where they are called and
//! once more by themselves. Types, prototypes and other files are not followed.

mod gyp;
mod interp;
mod lex;
mod names;
mod parse;
mod sinks;
mod text;
mod tree;
mod value;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;

pub(crate) use gyp::commands as gyp_commands;

use crate::facts::{Behaviour, JavaScriptFacts, MAX_BEHAVIOURS, MAX_EVIDENCE, Reach};
use interp::{Found, Interpreter};

/// The stack that reading and evaluation may use; asked for only where less is left.
const STACK: usize = 64 * 1024 * 1024;
/// How deep code may be hidden in text that is run as code.
const MAX_NESTING: u32 = 3;
/// The most bytes of one file that are judged; larger ones are bundles of data.
const MOST: usize = 8 * 1024 * 1024;

/// See [`crate::inspect_javascript`].
pub(crate) fn inspect(source: &str, limits: &Limits) -> JavaScriptFacts {
    let mut facts = JavaScriptFacts::default();
    let source = crate::bounded(source, limits, &mut facts.problems);
    let end = (0..=MOST.min(source.len()))
        .rev()
        .find(|end| source.is_char_boundary(*end));
    let source = source.get(..end.unwrap_or(0)).unwrap_or_default();
    let judged = stacker::maybe_grow(STACK / 2, STACK, || judge(source, Reach::Import, 0));
    if judged.is_cut {
        facts.problems.push(Problem::new(
            ProblemKind::Malformed,
            Place::Whole,
            "code is nested too deeply to be followed everywhere",
        ));
    }
    let lines = Lines::of(source);
    facts.behaviours = judged
        .found
        .into_iter()
        .map(|found| Behaviour {
            kind: found.kind,
            reach: found.reach,
            place: lines.place(source, found.at),
            evidence: visible(
                &found.evidence.replace(crate::signs::HOLE, "…"),
                MAX_EVIDENCE,
            ),
            confidence: found.confidence,
        })
        .collect();
    facts
        .behaviours
        .sort_by(|left, right| (&left.place, left.kind).cmp(&(&right.place, right.kind)));
    let left_out = facts.behaviours.len().saturating_sub(MAX_BEHAVIOURS);
    facts.behaviours.truncate(MAX_BEHAVIOURS);
    facts.behaviours_left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
    facts.requires = judged.requires;
    facts
}

/// What was found, before it is brought into the form of facts.
struct Judged {
    found: Vec<Found>,
    requires: Vec<String>,
    is_cut: bool,
}

fn judge(source: &str, reach: Reach, nesting: u32) -> Judged {
    let tokens = lex::tokens(source);
    let mut parser = parse::Parser::new(&tokens);
    let program = parser.program();
    let is_cut = parser.is_cut;
    let mut interpreter = Interpreter::new(source, reach, nesting);
    interpreter.run(&program);
    let mut found = interpreter.found();
    found.extend(text::judge(source, &tokens, reach));
    Judged {
        found,
        requires: interpreter.requires.into_iter().take(500).collect(),
        is_cut,
    }
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Self {
        let starts = source
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(starts.map(|(at, _)| at.saturating_add(1)))
                .collect(),
        )
    }

    fn place(&self, source: &str, offset: usize) -> Place {
        let line = self.0.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.0.get(index))
            .copied()
            .unwrap_or(0);
        let column = source
            .get(start..offset)
            .map_or(0, |front| front.chars().take(1_000_000).count());
        Place::Line {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column.saturating_add(1)).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests;
