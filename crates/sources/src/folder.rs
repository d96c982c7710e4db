//! The files beside a weight file: external data of ONNX models, data files of TensorFlow checkpoints.
//!
//! A model says which files it needs, and a hostile one says what it likes. Only regular files below the model's own
//! folder are opened, also when a symbolic link would lead elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chainwright_core::bytes::SharedBytes;
use chainwright_tensors::Beside;

use crate::file::FileSource;

/// The folder of a weight file.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder that this file lies in.
    #[must_use]
    pub fn of(file: &Path) -> Self {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        Self(folder.to_owned())
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_folder_are_opened() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("model");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("data.bin"), b"abc").expect("written");
        std::fs::write(outside.path().join("secret"), b"xyz").expect("written");
        let beside = Folder::of(&folder.join("model.onnx"));
        assert_eq!(beside.open("data.bin").map(|file| file.size()), Ok(3));
        assert!(beside.open("../secret").is_err());
        assert!(beside.open("missing").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_refused() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("model");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(outside.path().join("secret"), b"xyz").expect("written");
        std::os::unix::fs::symlink("../secret", folder.join("data.bin")).expect("a link");
        let beside = Folder::of(&folder.join("model.onnx"));
        assert_eq!(
            beside.open("data.bin").map(|file| file.size()),
            Err("leads out of the folder".to_owned())
        );
    }
}
