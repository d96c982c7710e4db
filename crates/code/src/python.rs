//! Python source: parsing, symbolic evaluation, and what the text itself gives away.

mod calls;
mod decode;
mod execution;
mod exprs;
mod files;
mod folding;
mod guard;
mod interp;
mod members;
mod methods;
mod names;
mod network;
mod processes;
mod pure;
mod sinks;
mod stmts;
mod surroundings;
mod text;
mod value;

use std::borrow::Cow;
use std::collections::BTreeSet;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::severity::Confidence;
use chainwright_core::text::visible;
use ruff_python_ast::{ModModule, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::TextRange;

use crate::facts::{
    Behaviour, BehaviourKind, MAX_BEHAVIOURS, MAX_EVIDENCE, MAX_NAMES, PythonFacts, Reach,
};
use interp::{Found, Interpreter};
pub(crate) use processes::{is_everyday_command, sends_somewhere};

/// The stack that the parser and the evaluation may use; asked for only where less is left.
const STACK: usize = 32 * 1024 * 1024;
/// How deep code may be hidden in text that is run as code.
const MAX_NESTING: u32 = 3;

/// What was found, before it is brought into the form of facts.
struct Judged {
    found: Vec<(BehaviourKind, Found)>,
    imports: BTreeSet<String>,
    loads: BTreeSet<String>,
    classes: Vec<String>,
    functions: Vec<String>,
    parsed: bool,
    problems: Vec<Problem>,
}

/// Code inside text that is run as code.
struct Nested {
    found: Vec<(BehaviourKind, Found)>,
    imports: BTreeSet<String>,
    /// The library function that the text names, if it is nothing but a name.
    result_path: Option<String>,
}

/// Judges a module; its statements run with the given reach.
pub(crate) fn inspect(source: &str, limits: &Limits, reach: Reach) -> PythonFacts {
    inspect_mode(source, limits, reach, Mode::Module)
}

/// Judges a module or the joined cells of a notebook.
pub(crate) fn inspect_mode(source: &str, limits: &Limits, reach: Reach, mode: Mode) -> PythonFacts {
    let mut problems = Vec::new();
    let source = crate::bounded(source, limits, &mut problems);
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let judged = stacker::maybe_grow(STACK / 2, STACK, || judge(source, reach, mode, 0));
    problems.extend(judged.problems);
    let lines = Lines::of(source);
    let mut behaviours: Vec<Behaviour> = judged
        .found
        .into_iter()
        .map(|(kind, found)| into_behaviour(kind, found, source, &lines))
        .collect();
    behaviours.sort_by(|left, right| (&left.place, left.kind).cmp(&(&right.place, right.kind)));
    let left_out = behaviours.len().saturating_sub(MAX_BEHAVIOURS);
    if left_out > 0 {
        // The worst stay.
        behaviours.sort_by_key(|behaviour| std::cmp::Reverse(behaviour.severity()));
        behaviours.truncate(MAX_BEHAVIOURS);
        behaviours.sort_by(|left, right| (&left.place, left.kind).cmp(&(&right.place, right.kind)));
    }
    PythonFacts {
        parsed: judged.parsed,
        behaviours,
        behaviours_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        imports: judged.imports.into_iter().take(MAX_NAMES).collect(),
        loads: judged.loads.into_iter().take(MAX_NAMES).collect(),
        classes: judged.classes,
        functions: judged.functions,
        problems,
    }
}

fn into_behaviour(kind: BehaviourKind, found: Found, source: &str, lines: &Lines) -> Behaviour {
    let excerpt = || {
        let range = found.range;
        source
            .get(range.start().to_usize()..range.end().to_usize())
            .unwrap_or_default()
            .to_owned()
    };
    let evidence = found
        .evidence
        .filter(|text| !text.is_empty())
        .unwrap_or_else(excerpt);
    Behaviour {
        kind,
        reach: found.reach,
        place: lines.place(source, found.range),
        evidence: visible(&evidence.replace(crate::signs::HOLE, "…"), MAX_EVIDENCE),
        confidence: found.confidence,
    }
}

fn judge(source: &str, reach: Reach, mode: Mode, nesting: u32) -> Judged {
    let mut problems = Vec::new();
    let source = shallow(source, mode, &mut problems);
    let parsed = parse(&source, mode);
    let body = &parsed.syntax().body;
    let mut interpreter = Interpreter::new(&source, reach, nesting);
    interpreter.run(body);
    text::judge_text(&mut interpreter, &source, parsed.tokens());
    if interpreter.is_cut {
        problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            "code is nested too deeply to be followed everywhere",
        ));
    }
    let is_valid = parsed.errors().is_empty();
    let names = |wanted: fn(&Stmt) -> Option<&str>| -> Vec<String> {
        body.iter()
            .filter_map(wanted)
            .take(MAX_NAMES)
            .map(|name| visible(name, 100))
            .collect()
    };
    Judged {
        classes: names(|statement| match statement {
            Stmt::ClassDef(node) => Some(node.name.as_str()),
            _ => None,
        }),
        functions: names(|statement| match statement {
            Stmt::FunctionDef(node) => Some(node.name.as_str()),
            _ => None,
        }),
        parsed: is_valid,
        imports: std::mem::take(&mut interpreter.imports),
        loads: std::mem::take(&mut interpreter.loads),
        found: interpreter
            .found
            .into_iter()
            .map(|((_, kind), found)| (kind, found))
            .collect(),
        problems,
    }
}

/// The source without parts that are nested too deeply.
fn shallow<'s>(source: &'s str, mode: Mode, problems: &mut Vec<Problem>) -> Cow<'s, str> {
    if !guard::is_too_deep(source, mode) {
        return source.into();
    }
    let kept = guard::without_deep_parts(source, mode);
    problems.push(Problem::new(
        ProblemKind::LimitReached,
        Place::Whole,
        "expressions or blocks are nested too deeply to be read",
    ));
    kept.unwrap_or_default().into()
}

fn parse(source: &str, mode: Mode) -> Parsed<ModModule> {
    let parsed = parse_unchecked(source, ParseOptions::from(mode));
    parsed.try_into_module().unwrap_or_else(|| {
        ruff_python_parser::parse_unchecked_source("", ruff_python_ast::PySourceType::Python)
    })
}

/// Judges text that is run as code; nothing if it is hidden too deeply.
fn nested(text: &str, reach: Reach, nesting: u32) -> Option<Nested> {
    if nesting >= MAX_NESTING {
        return None;
    }
    let text = text.trim();
    let judged = judge(text, reach, Mode::Module, nesting.saturating_add(1));
    let found = judged
        .found
        .into_iter()
        .map(|(kind, mut found)| {
            if found.evidence.is_none() {
                let range = found.range.start().to_usize()..found.range.end().to_usize();
                found.evidence = text.get(range).map(str::to_owned);
            }
            (kind, found)
        })
        .collect();
    Some(Nested {
        found,
        imports: judged.imports,
        result_path: dotted_name(text),
    })
}

/// `eval("os.system")` is another way to write the name.
fn dotted_name(text: &str) -> Option<String> {
    let is_name = text.split('.').all(|part| {
        !part.is_empty()
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_')
    });
    if !is_name {
        return None;
    }
    if let Some(builtin) = names::builtin(text) {
        return Some(builtin.to_owned());
    }
    names::is_known(text).then(|| names::canonical_member(text).to_owned())
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Self {
        let starts = source
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(position, _)| position.saturating_add(1));
        Self(std::iter::once(0).chain(starts).collect())
    }

    fn place(&self, source: &str, range: TextRange) -> Place {
        let offset = range.start().to_usize();
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

/// A behaviour that the text shows, whatever runs.
fn found_in_text(
    confidence: Confidence,
    range: TextRange,
    reach: Reach,
    evidence: String,
) -> Found {
    Found {
        reach,
        confidence,
        evidence: Some(evidence),
        range,
    }
}

#[cfg(test)]
mod tests;
