//! Code beside the weights, judged by what it does.
//!
//! A model repository brings Python that loaders run (`modeling_*.py`, `handler.py`, `setup.py`, `.pth` lines,
//! notebooks), the JavaScript of packages and shell scripts that people run. This crate reads such text into behaviours: what runs, how it
//! is reached, and which line shows it. Python is parsed and evaluated symbolically within the file, so that
//! renamed, assembled, encoded and indirect calls are judged by what they come to.
//!
//! It deliberately runs nothing, follows no import into another file, and gives no verdict.

mod facts;
mod javascript;
mod notebook;
mod pth;
mod python;
mod shell;
mod signs;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

pub use facts::{Behaviour, BehaviourKind, JavaScriptFacts, PythonFacts, Reach, ShellFacts};

/// Judges a Python module or script.
#[must_use]
pub fn inspect_python(source: &str, limits: &Limits) -> PythonFacts {
    python::inspect(source, limits, Reach::Import)
}

/// Judges the code cells of a Jupyter notebook, with `!command`, `%magic` and `%%bash`.
///
/// Places are JSON pointers to the line (`/cells/3/source/0`). Cells run when a person runs them, so that what
/// they do is reached as in a script ([`Reach::Main`]).
#[must_use]
pub fn inspect_notebook(json: &str, limits: &Limits) -> PythonFacts {
    notebook::inspect(json, limits)
}

/// Judges a `.pth` file: its lines that begin with `import` run whenever the interpreter starts (`site` module).
#[must_use]
pub fn inspect_pth(text: &str, limits: &Limits) -> PythonFacts {
    pth::inspect(text, limits)
}

/// Judges a shell script, or the recipes of a `Makefile` or `Dockerfile`.
#[must_use]
pub fn inspect_shell(text: &str, limits: &Limits) -> ShellFacts {
    shell::inspect(text, limits)
}

/// Judges a script or module of JavaScript, as Node or a browser runs it.
#[must_use]
pub fn inspect_javascript(source: &str, limits: &Limits) -> JavaScriptFacts {
    javascript::inspect(source, limits)
}

/// Judges the commands that `node-gyp` runs for a `binding.gyp`.
#[must_use]
pub fn inspect_gyp(text: &str, limits: &Limits) -> ShellFacts {
    shell::inspect_lines(&javascript::gyp_commands(text), limits)
}

/// Judges commands that stand on given lines (from 0) of some other file, such as the scripts of a `package.json`.
#[must_use]
pub fn inspect_commands(commands: &[(u32, String)], limits: &Limits) -> ShellFacts {
    shell::inspect_lines(commands, limits)
}

/// The text as far as the limit allows, with a problem if it is longer.
fn bounded<'t>(text: &'t str, limits: &Limits, problems: &mut Vec<Problem>) -> &'t str {
    let most = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
    if text.len() <= most {
        return text;
    }
    problems.push(Problem::new(
        ProblemKind::LimitReached,
        Place::Whole,
        format!("only the first {most} of {} bytes were judged", text.len()),
    ));
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
