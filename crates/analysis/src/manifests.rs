//! Manifests, lock files and records of installed packages.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::read_range;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_dependencies::{ManifestKind, ScriptHook};

use crate::facts::{Facts, Inspected};
use crate::inspect::Artifact;

/// Reads the artifact as a manifest if its place and content say that it is one.
pub(crate) fn read(artifact: &Artifact, head: &[u8], budget: &Budget, own: &mut Inspected) {
    let Some(kind) = chainwright_dependencies::recognise(own.location.innermost(), head) else {
        return;
    };
    if own.size > budget.limits().text_bytes {
        let detail = "too large to be read as a list of packages; it was not judged";
        let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
        own.problems.push(problem);
        return;
    }
    let size = usize::try_from(own.size).unwrap_or(usize::MAX);
    let Ok(bytes) = read_range(artifact.bytes.as_ref(), 0, size) else {
        return;
    };
    let facts = chainwright_dependencies::read(kind, &bytes, budget);
    own.problems.extend(facts.problems.iter().cloned());
    if kind == ManifestKind::PackageJson {
        let commands: Vec<(u32, String)> = facts
            .scripts
            .iter()
            .filter(|script| script.hook == ScriptHook::Install || script.name == "prepare")
            .map(|script| (line(&script.place), script.command.clone()))
            .collect();
        let judged = chainwright_code::inspect_commands(&commands, budget.limits());
        if !judged.behaviours.is_empty() {
            own.facts.push(Facts::Shell(judged));
        }
    }
    if !is_empty(&facts) {
        own.facts.push(Facts::Manifest(Box::new(facts)));
    }
}

/// The line of a place, from 0.
const fn line(place: &Place) -> u32 {
    match place {
        Place::Line { line, .. } => line.saturating_sub(1),
        Place::Whole | Place::Byte(_) | Place::Pointer(_) | Place::Key(_) => 0,
    }
}

/// Whether the file names nothing: most scripts and notebooks install no packages.
fn is_empty(facts: &chainwright_dependencies::ManifestFacts) -> bool {
    facts.packages.is_empty()
        && facts.project.is_none()
        && facts.indexes.is_empty()
        && facts.includes.is_empty()
        && facts.scripts.is_empty()
        && facts.files.is_empty()
        && facts.origin.is_none()
        && facts.unresolved.is_empty()
}
