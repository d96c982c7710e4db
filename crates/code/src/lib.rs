//! Code beside the weights, judged by what it does.
//!
//! A model repository brings Python that loaders run (`modeling_*.py`, `handler.py`, `setup.py`, `.pth` lines,
//! notebooks) and shell scripts that people run. This crate reads such text into behaviours: what runs, how it
//! is reached, and which line shows it. Python is parsed and evaluated symbolically within the file, so that
//! renamed, assembled, encoded and indirect calls are judged by what they come to.
//!
//! It deliberately runs nothing, follows no import into another file, and gives no verdict.

mod facts;

use chainwright_core::limits::Limits;

pub use facts::{Behaviour, BehaviourKind, PythonFacts, Reach, ShellFacts};

/// Judges a Python module or script.
#[must_use]
pub fn inspect_python(_source: &str, _limits: &Limits) -> PythonFacts {
    PythonFacts::default()
}

/// Judges the code cells of a Jupyter notebook.
#[must_use]
pub fn inspect_notebook(_json: &str, _limits: &Limits) -> PythonFacts {
    PythonFacts::default()
}

/// Judges a `.pth` file: its lines that begin with `import` run whenever the interpreter starts (`site` module).
#[must_use]
pub fn inspect_pth(_text: &str, _limits: &Limits) -> PythonFacts {
    PythonFacts::default()
}

/// Judges a shell script, or the recipes of a `Makefile` or `Dockerfile`.
#[must_use]
pub fn inspect_shell(_text: &str, _limits: &Limits) -> ShellFacts {
    ShellFacts::default()
}
