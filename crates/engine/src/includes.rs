//! Reads lists of packages that other files include under names that say nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chainwright_analysis::{Inspected, includes};
use chainwright_core::bytes::read_range;
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_sources::{FileSource, FoundFile};

use crate::pipeline::Target;
use crate::read::file_budget;

/// LIMIT: lists that include lists that include …; pip's own depth is that of Python's stack.
const MOST_ROUNDS: usize = 64;

/// Where a target lies, and how reports name it.
#[derive(Debug)]
pub(crate) struct Root {
    shown: String,
    path: PathBuf,
}

impl Root {
    /// The root of a walk, told from one of the files that it has found.
    pub(crate) fn of(target: &Target, file: &FoundFile) -> Self {
        let relative = file.path.strip_prefix(&target.path).unwrap_or(&target.path);
        let depth = relative.components().count();
        let parts: Vec<&str> = file.shown.split('/').collect();
        let shown = parts
            .get(..parts.len().saturating_sub(depth))
            .unwrap_or_default();
        Self {
            shown: shown.join("/"),
            path: target.path.clone(),
        }
    }

    /// The path of a file that reports name like this.
    fn path_of(&self, shown: &str) -> Option<PathBuf> {
        if self.shown.is_empty() {
            return Some(self.path.join(shown));
        }
        let rest = shown.strip_prefix(&self.shown)?;
        match rest.strip_prefix('/') {
            Some(below) => Some(self.path.join(below)),
            None => rest.is_empty().then(|| self.path.clone()),
        }
    }
}

/// Reads what is included, and says what is missing or comes back.
pub(crate) fn follow(
    roots: &[Root],
    limits: &Limits,
    artifacts: &mut [Inspected],
    interrupt: &Arc<AtomicBool>,
) {
    for _ in 0..MOST_ROUNDS {
        let wanted = includes::wanted(artifacts);
        if wanted.is_empty() {
            break;
        }
        for each in wanted {
            let Some(artifact) = artifacts.get_mut(each.artifact) else {
                continue;
            };
            let budget = file_budget(limits, artifact.size, interrupt);
            let bytes = read(roots, artifact, budget.limits().text_bytes);
            if bytes.is_none() {
                let detail = "included as a list of packages; it could not be read as one";
                let problem = Problem::new(ProblemKind::Unchecked, Place::Whole, detail);
                artifact.problems.push(problem);
            }
            includes::read(artifact, each.kind, &bytes.unwrap_or_default(), &budget);
        }
    }
    let shown: Vec<String> = roots.iter().map(|root| root.shown.clone()).collect();
    includes::tell(&shown, artifacts);
}

/// The bytes of a file that the walk has found, unless it is larger than a text may be.
fn read(roots: &[Root], artifact: &Inspected, most: u64) -> Option<Vec<u8>> {
    if artifact.size > most {
        return None;
    }
    let shown = artifact.location.path();
    let path = roots.iter().find_map(|root| root.path_of(shown))?;
    let source = FileSource::open(&path).ok()?;
    let size = usize::try_from(artifact.size).ok()?;
    read_range(&source, 0, size).ok()
}
