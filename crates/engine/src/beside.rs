//! Measures models whose numbers lie in other files: external data of ONNX, data files of TensorFlow checkpoints.
//!
//! Such a model is several files, so it is measured after all files were read, and not cached with any of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chainwright_analysis::Inspected;
use chainwright_analysis::weights::{may_lie_beside, read_beside};
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_sources::{FileSource, Folder, FoundFile};

use crate::read::file_budget;

/// The models of a run that may keep their numbers beside them, by the name that reports show.
#[derive(Debug, Default)]
pub(crate) struct Split(BTreeMap<String, PathBuf>);

impl Split {
    /// Remembers a file that was read.
    pub(crate) fn notice(&mut self, file: &FoundFile, found: &[Inspected]) {
        if found.first().is_some_and(may_lie_beside) {
            self.0.insert(file.shown.clone(), file.path.clone());
        }
    }

    /// Measures them.
    pub(crate) fn measure(
        &self,
        artifacts: &mut [Inspected],
        limits: &Limits,
        interrupt: &Arc<AtomicBool>,
    ) {
        for artifact in artifacts {
            if interrupt.load(Ordering::Relaxed) {
                return;
            }
            let is_whole = artifact.location.members().is_empty();
            let Some(path) = self.0.get(artifact.location.path()).filter(|_| is_whole) else {
                continue;
            };
            // A file that cannot be opened any more was read a moment ago; what was said then stands.
            let Ok(source) = FileSource::open(path) else {
                continue;
            };
            let bytes: SharedBytes = Arc::new(source);
            // The files beside it count as its own: what they unpack to is bounded by the limits of a file.
            let budget = file_budget(limits, bytes.size(), interrupt);
            read_beside(&bytes, &Folder::of(path), &budget, artifact);
        }
    }
}
