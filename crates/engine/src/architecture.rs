//! Compares what the configuration of a model declares with the weights beside it.
//!
//! A model is several files, so it is compared after all files were read, and not cached with any of them. Only folders
//! with a configuration and weights are looked at, and of the weights only their tables.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chainwright_analysis::Inspected;
use chainwright_analysis::architecture::{CONFIGURATION, concerns, is_weights, review};
use chainwright_analysis::facts::Facts;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_sources::{FileSource, FoundFile};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::read::file_budget;

/// The files of the run that make models, by folder.
#[derive(Debug, Default)]
pub(crate) struct Models {
    folders: BTreeMap<PathBuf, Folder>,
}

/// Files by their names: how reports name them, and where they lie.
type Folder = BTreeMap<String, (String, PathBuf)>;

/// What was found for the configuration of a folder, by its place among the artifacts.
type Reviewed = (usize, Result<Vec<Facts>, Problem>);

impl Models {
    /// Remembers a file that was found.
    pub(crate) fn notice(&mut self, file: &FoundFile) {
        let name = file.path.file_name().map(|name| name.to_string_lossy());
        let Some(name) = name.filter(|name| concerns(name)) else {
            return;
        };
        let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
        let place = (file.shown.clone(), file.path.clone());
        let folder = self.folders.entry(folder).or_default();
        folder.insert(name.into_owned(), place);
    }

    /// Compares every model and puts what was seen to the facts of its configuration.
    pub(crate) fn review(
        mut self,
        artifacts: &mut [Inspected],
        limits: &Limits,
        interrupt: &Arc<AtomicBool>,
    ) {
        self.folders.retain(|_, folder| {
            folder.contains_key(CONFIGURATION) && folder.keys().any(|name| is_weights(name))
        });
        if self.folders.is_empty() {
            return;
        }
        let files = artifacts.iter().enumerate();
        let by_path: BTreeMap<&str, usize> = files
            .filter(|(_, artifact)| artifact.location.members().is_empty())
            .map(|(at, artifact)| (artifact.location.path(), at))
            .collect();
        let folders: Vec<Folder> = self.folders.into_values().collect();
        let reviewed: Vec<Reviewed> = folders
            .into_par_iter()
            .filter(|_| !interrupt.load(Ordering::Relaxed))
            .filter_map(|folder| {
                let (shown, _) = folder.get(CONFIGURATION)?;
                let at = *by_path.get(shown.as_str())?;
                let look = || look(&folder, &by_path, artifacts, limits, interrupt);
                // A comparison that panics costs this model's comparison, not the run.
                let found = catch_unwind(AssertUnwindSafe(look)).map_err(|_| failure());
                Some((at, found))
            })
            .collect();
        for (at, found) in reviewed {
            let Some(artifact) = artifacts.get_mut(at) else {
                continue;
            };
            match found {
                Ok(facts) => artifact.facts.extend(facts),
                Err(problem) => artifact.problems.push(problem),
            }
        }
    }
}

fn failure() -> Problem {
    let detail = "the comparison with the weights failed; they were not judged together";
    Problem::new(ProblemKind::InternalFailure, Place::Whole, detail)
}

fn look(
    folder: &Folder,
    by_path: &BTreeMap<&str, usize>,
    artifacts: &[Inspected],
    limits: &Limits,
    interrupt: &Arc<AtomicBool>,
) -> Vec<Facts> {
    let inspected = |shown: &str| by_path.get(shown).and_then(|at| artifacts.get(*at));
    let files = folder.iter();
    let files: BTreeMap<&str, &Inspected> = files
        .filter_map(|(name, (shown, _))| Some((name.as_str(), inspected(shown)?)))
        .collect();
    let size = files
        .values()
        .map(|file| file.size)
        .fold(0, u64::saturating_add);
    let budget = file_budget(limits, size, interrupt);
    let open = |name: &str| -> Option<SharedBytes> {
        let (_, path) = folder.get(name)?;
        Some(Arc::new(FileSource::open(path).ok()?))
    };
    let reviewed = review(&files, &open, &budget);
    let boxed = reviewed.into_iter().map(Box::new);
    boxed.map(Facts::Architecture).collect()
}
