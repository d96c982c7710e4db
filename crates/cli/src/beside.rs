//! Weight files with the files beside them: external data of ONNX models, data files of TensorFlow checkpoints.
//!
//! A model says which files it needs, and a hostile one says what it likes. Only regular files below the model's own
//! folder are opened, also when a symbolic link would lead elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_sources::FileSource;
use chainwright_tensors::{Beside, Opened, open_beside};

/// Opens a weight file and what it needs of its folder.
pub(crate) fn open(path: &Path, budget: &Budget) -> anyhow::Result<Opened> {
    let source =
        FileSource::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let bytes: SharedBytes = Arc::new(source);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = Folder(folder.to_owned());
    Ok(open_beside(&bytes, &name, &folder, budget))
}

/// A folder that a file lies in.
struct Folder(PathBuf);

impl Beside for Folder {
    fn open(&self, path: &str) -> Result<SharedBytes, String> {
        let told = |error: std::io::Error| error.to_string();
        let top = std::fs::canonicalize(&self.0).map_err(told)?;
        let real = std::fs::canonicalize(self.0.join(path)).map_err(told)?;
        if !real.starts_with(&top) {
            return Err("leads out of the folder".to_owned());
        }
        let source = FileSource::open(&real).map_err(told)?;
        Ok(Arc::new(source))
    }
}
