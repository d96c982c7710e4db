//! Opens weight files with the files beside them.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_sources::{FileSource, Folder};
use chainwright_tensors::{Opened, open_beside};

/// Opens a weight file and what it needs of its folder.
pub(crate) fn open(path: &Path, budget: &Budget) -> anyhow::Result<Opened> {
    let source =
        FileSource::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let bytes: SharedBytes = Arc::new(source);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(open_beside(&bytes, &name, &Folder::of(path), budget))
}
