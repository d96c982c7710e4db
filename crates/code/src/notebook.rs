//! Jupyter notebooks: the code cells, joined in order and judged as one program.

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use ruff_python_parser::Mode;
use serde_json::Value;

use crate::facts::{Behaviour, PythonFacts, Reach};
use crate::python;

/// The most cells read.
const MAX_CELLS: usize = 20_000;

/// Where a line of the joined program comes from.
struct Origin {
    cell: usize,
    /// The line within the cell, from 0.
    line: usize,
    /// Whether the cell's source is a list of lines.
    is_list: bool,
}

/// See [`crate::inspect_notebook`].
pub(crate) fn inspect(json: &str, limits: &Limits) -> PythonFacts {
    let mut problems = Vec::new();
    let json = crate::bounded(json, limits, &mut problems);
    let document: Value = match serde_json::from_str(json.trim_start_matches('\u{feff}')) {
        Ok(document) => document,
        Err(error) => {
            let detail = format!("not JSON: {error}");
            problems.push(Problem::new(ProblemKind::Malformed, Place::Whole, detail));
            return PythonFacts {
                problems,
                ..PythonFacts::default()
            };
        }
    };
    let (program, origins) = join_cells(&document);
    let mut facts = python::inspect_mode(&program, limits, Reach::Main, Mode::Ipython);
    for behaviour in &mut facts.behaviours {
        relocate(behaviour, &origins);
    }
    shell_cells(&document, limits, &mut facts);
    problems.extend(std::mem::take(&mut facts.problems));
    facts.problems = problems;
    facts
}

/// The cells of a notebook of format 4, or of the worksheets of format 3.
fn cells(document: &Value) -> impl Iterator<Item = (usize, &Value)> {
    let own = document.get("cells").and_then(Value::as_array);
    let sheets = document.get("worksheets").and_then(Value::as_array);
    own.into_iter()
        .flatten()
        .chain(
            sheets
                .into_iter()
                .flatten()
                .filter_map(|sheet| sheet.get("cells").and_then(Value::as_array))
                .flatten(),
        )
        .enumerate()
        .take(MAX_CELLS)
        .filter(|(_, cell)| cell.get("cell_type").and_then(Value::as_str) == Some("code"))
}

fn source_of(cell: &Value) -> Option<(String, bool)> {
    let source = cell.get("source").or_else(|| cell.get("input"))?;
    match source {
        Value::String(text) => Some((text.clone(), false)),
        Value::Array(lines) => Some((lines.iter().filter_map(Value::as_str).collect(), true)),
        _ => None,
    }
}

/// The language of a `%%magic` cell, if it is not Python.
fn cell_magic(source: &str) -> Option<&str> {
    let first = source.trim_start().lines().next()?;
    first.strip_prefix("%%")?.split_whitespace().next()
}

fn is_python_magic(magic: &str) -> bool {
    matches!(
        magic,
        "time" | "timeit" | "capture" | "prun" | "python" | "python3" | "px" | "debug" | "memit"
    )
}

fn join_cells(document: &Value) -> (String, Vec<Origin>) {
    let mut program = String::new();
    let mut origins = Vec::new();
    for (cell, content) in cells(document) {
        let Some((source, is_list)) = source_of(content) else {
            continue;
        };
        let magic = cell_magic(&source);
        if magic.is_some_and(|magic| !is_python_magic(magic)) {
            continue;
        }
        for (line, text) in source.lines().enumerate() {
            origins.push(Origin {
                cell,
                line,
                is_list,
            });
            if !(text.trim_start().starts_with("%%") && magic.is_some()) {
                program.push_str(text);
            }
            program.push('\n');
        }
    }
    (program, origins)
}

fn pointer(origin: &Origin) -> Place {
    let Origin {
        cell,
        line,
        is_list,
    } = origin;
    Place::Pointer(if *is_list {
        format!("/cells/{cell}/source/{line}")
    } else {
        format!("/cells/{cell}/source")
    })
}

fn relocate(behaviour: &mut Behaviour, origins: &[Origin]) {
    if let Place::Line { line, .. } = behaviour.place {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(origin) = origins.get(index) {
            behaviour.place = pointer(origin);
        }
    }
}

/// `%%bash` and `%%sh` cells.
fn shell_cells(document: &Value, limits: &Limits, facts: &mut PythonFacts) {
    for (cell, content) in cells(document) {
        let Some((source, is_list)) = source_of(content) else {
            continue;
        };
        if !cell_magic(&source)
            .is_some_and(|magic| matches!(magic, "bash" | "sh" | "script" | "system" | "sx" | "!"))
        {
            continue;
        }
        let body = source
            .trim_start()
            .split_once('\n')
            .map_or("", |(_, body)| body);
        let shell = crate::shell::inspect(body, limits);
        for behaviour in shell.behaviours {
            let line = match behaviour.place {
                Place::Line { line, .. } => usize::try_from(line).unwrap_or(usize::MAX),
                _ => 0,
            };
            let place = pointer(&Origin {
                cell,
                line,
                is_list,
            });
            if facts.behaviours.len() >= crate::facts::MAX_BEHAVIOURS {
                facts.behaviours_left_out = facts.behaviours_left_out.saturating_add(1);
                continue;
            }
            facts.behaviours.push(Behaviour {
                place,
                reach: Reach::Main,
                ..behaviour
            });
        }
        facts.problems.extend(shell.problems);
    }
}
