//! Reviews adapters: their weights against the configuration that lies beside them.
//!
//! An adapter is two files, so it is reviewed after all files were read, and not cached with either of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chainwright_analysis::Inspected;
use chainwright_analysis::adapters::{CONFIGURATION, WEIGHTS, review};
use chainwright_analysis::facts::{Facts, ReviewedAdapter};
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_sources::{FileSource, FoundFile};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::read::file_budget;

/// The files of the run, by folder, as far as adapters need them.
#[derive(Debug, Default)]
pub(crate) struct Adapters {
    folders: BTreeMap<PathBuf, Folder>,
}

#[derive(Debug, Default)]
struct Folder {
    names: Vec<String>,
    configuration: Option<PathBuf>,
    /// Weight files: how reports name them, and where they lie.
    weights: Vec<(String, PathBuf)>,
}

impl Adapters {
    /// Remembers a file that was read.
    pub(crate) fn notice(&mut self, file: &FoundFile, found: &[Inspected]) {
        let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
        let folder = self.folders.entry(folder).or_default();
        let name = file
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if name == CONFIGURATION {
            folder.configuration = Some(file.path.clone());
        }
        // Opening every weight file a second time would cost as much as the first.
        let may_be_adapter = found.first().is_some_and(|first| {
            first.facts.iter().any(|facts| match facts {
                Facts::Weights(weights) => weights.is_adapter || name.starts_with(WEIGHTS),
                _ => false,
            })
        });
        if may_be_adapter {
            folder.weights.push((file.shown.clone(), file.path.clone()));
        }
        folder.names.push(name);
    }

    /// Reviews every adapter and puts what was seen to the facts of its weights.
    pub(crate) fn review(
        self,
        artifacts: &mut [Inspected],
        limits: &Limits,
        interrupt: &Arc<AtomicBool>,
    ) {
        let reviewed: Vec<(String, Result<ReviewedAdapter, String>)> = self
            .folders
            .into_values()
            .collect::<Vec<Folder>>()
            .into_par_iter()
            .flat_map_iter(|folder| folder.review(limits, interrupt))
            .collect();
        let mut by_name: BTreeMap<String, Result<ReviewedAdapter, String>> =
            reviewed.into_iter().collect();
        for artifact in artifacts {
            if !artifact.location.members().is_empty() {
                continue;
            }
            match by_name.remove(artifact.location.path()) {
                Some(Ok(adapter)) => artifact.facts.push(Facts::Adapter(Box::new(adapter))),
                Some(Err(detail)) => {
                    let problem = Problem::new(ProblemKind::Unreadable, Place::Whole, detail);
                    artifact.problems.push(problem);
                }
                None => {}
            }
        }
    }
}

impl Folder {
    fn review(
        self,
        limits: &Limits,
        interrupt: &Arc<AtomicBool>,
    ) -> Vec<(String, Result<ReviewedAdapter, String>)> {
        let mut reviewed = Vec::new();
        for (shown, path) in &self.weights {
            if interrupt.load(Ordering::Relaxed) {
                break;
            }
            // A review that panics costs this adapter's review, not the run.
            let review = || self.review_file(path, limits, interrupt);
            let failed = || Err("the review of this adapter failed; it was not judged".to_owned());
            match catch_unwind(AssertUnwindSafe(review)).unwrap_or_else(|_| failed()) {
                Ok(Some(adapter)) => reviewed.push((shown.clone(), Ok(adapter))),
                Ok(None) => {}
                Err(detail) => reviewed.push((shown.clone(), Err(detail))),
            }
        }
        reviewed
    }

    fn review_file(
        &self,
        path: &Path,
        limits: &Limits,
        interrupt: &Arc<AtomicBool>,
    ) -> Result<Option<ReviewedAdapter>, String> {
        let open = |path: &Path| -> Result<SharedBytes, String> {
            match FileSource::open(path) {
                Ok(file) => Ok(Arc::new(file)),
                Err(error) => Err(format!("cannot be read: {error}")),
            }
        };
        let weights = open(path)?;
        let configuration = self.configuration.as_deref().map(open).transpose()?;
        let budget = file_budget(limits, weights.size(), interrupt);
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(review(
            &name.unwrap_or_default(),
            &weights,
            configuration.as_ref(),
            &self.names,
            &budget,
        ))
    }
}
