//! Names that are worth imitating, for use without any advisory store.
//!
//! The lists were written by hand, most wanted first; they are small on purpose. An index built from download counts is
//! better and replaces them.

use chainwright_core::package::Ecosystem;

use crate::index::Index;

/// Names of PyPI.
const PYPI: &str = include_str!("builtin/pypi.txt");
/// Names of PyPI that others depend on.
const PYPI_COMPANIONS: &str = include_str!("builtin/pypi-companions.txt");
/// Names of npm.
const NPM: &str = include_str!("builtin/npm.txt");
/// Actions of GitHub.
const ACTIONS: &str = include_str!("builtin/actions.txt");

/// The names of an ecosystem, most wanted first; none for ecosystems without a list.
pub fn names(ecosystem: Ecosystem) -> impl Iterator<Item = &'static str> {
    let text = match ecosystem {
        Ecosystem::PyPi => PYPI,
        Ecosystem::Npm => NPM,
        Ecosystem::GitHubActions => ACTIONS,
        _ => "",
    };
    text.split_whitespace()
}

/// Names that honest projects resolve to and nobody needs to be warned of, beyond those worth imitating: what the stacks of
/// LLM projects in `tests/advisories/resolve.py` pulled in between 2023 and 2026. Not in any order.
pub fn companions(ecosystem: Ecosystem) -> impl Iterator<Item = &'static str> {
    let text = match ecosystem {
        Ecosystem::PyPi => PYPI_COMPANIONS,
        _ => "",
    };
    text.split_whitespace()
}

/// The index of an ecosystem's built-in names.
#[must_use]
pub fn index(ecosystem: Ecosystem) -> Index {
    Index::build(ecosystem, names(ecosystem))
}
