//! Documents from files: one, or every one below a folder, read in parallel.

use std::fs;
use std::path::{Path, PathBuf};

use chainwright_advisories::date::seconds;
use chainwright_boms::inventory::Inventory;
use chainwright_boms::read::{ReadError, read};
use chainwright_core::limits::Limits;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use walkdir::WalkDir;

use crate::error::InventoryError;
use crate::outline::Outline;
use crate::shelf::Entry;

/// LIMIT: folders within folders.
const DEEPEST: usize = 32;

/// A file that could not be read as a document although it should be one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    pub reason: String,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Folder {
    /// Its documents, by path.
    pub entries: Vec<Entry>,
    /// What could not be read; an answer without it is not complete.
    pub unread: Vec<Unread>,
    /// Files that are no bills of materials.
    pub passed: usize,
}

/// A document as an entry: named by its subject, else by its file.
#[must_use]
pub fn entry_of(
    inventory: &Inventory,
    format: &str,
    document: Vec<u8>,
    origin: &str,
    now: i64,
) -> Entry {
    let subject = inventory.subject();
    let name = subject
        .map(chainwright_boms::Component::full_name)
        .filter(|name| !name.is_empty());
    let stem = || {
        let file = Path::new(origin)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let ends = [
            ".cdx.json",
            ".spdx.json",
            ".bom.json",
            ".json",
            ".spdx",
            ".jsonld",
        ];
        let stem = ends
            .iter()
            .find_map(|end| file.strip_suffix(end))
            .map(str::to_owned);
        stem.unwrap_or(file)
    };
    let stated = inventory
        .metadata
        .timestamp
        .as_ref()
        .and_then(|timestamp| timestamp.in_utc_seconds());
    Entry {
        name: name.unwrap_or_else(stem),
        version: subject
            .and_then(|subject| subject.version.text())
            .unwrap_or_default()
            .to_owned(),
        environment: String::new(),
        origin: origin.to_owned(),
        format: format.to_owned(),
        valid_from: stated.as_deref().and_then(seconds).unwrap_or(now).min(now),
        outline: Outline::of(inventory),
        document,
    }
}

/// Reads every document below a folder. What is no bill of materials is counted; what seems to be one and cannot be read
/// is told.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn read_folder(folder: &Path, limits: &Limits, now: i64) -> Result<Folder, InventoryError> {
    fs::read_dir(folder).map_err(|error| InventoryError::io("read", folder, error))?;
    let mut files = Vec::new();
    let mut found = Folder::default();
    for item in WalkDir::new(folder).max_depth(DEEPEST).sort_by_file_name() {
        match item {
            Ok(item) if item.file_type().is_file() => files.push(item.into_path()),
            Ok(_) => {}
            Err(error) => found.unread.push(Unread {
                path: error.path().unwrap_or(folder).to_owned(),
                reason: error.to_string(),
            }),
        }
    }
    let read: Vec<Result<Option<Entry>, Unread>> = files
        .par_iter()
        .map(|path| read_file(path, limits, now))
        .collect();
    for one in read {
        match one {
            Ok(Some(entry)) => found.entries.push(entry),
            Ok(None) => found.passed += 1,
            Err(unread) => found.unread.push(unread),
        }
    }
    found.unread.sort();
    Ok(found)
}

/// Reads a file; `None` if it is no bill of materials.
fn read_file(path: &Path, limits: &Limits, now: i64) -> Result<Option<Entry>, Unread> {
    let unread = |reason: String| Unread {
        path: path.to_owned(),
        reason,
    };
    let size = fs::metadata(path)
        .map_err(|error| unread(error.to_string()))?
        .len();
    if !has_name_of_document(path) {
        return Ok(None);
    }
    if size > limits.header_bytes {
        return Err(unread(format!(
            "it has {size} bytes, more than {}",
            limits.header_bytes
        )));
    }
    let bytes = fs::read(path).map_err(|error| unread(error.to_string()))?;
    let origin = path.to_string_lossy();
    match read(&bytes, &origin, limits) {
        Ok((format, inventory)) => Ok(Some(entry_of(
            &inventory,
            format.as_str(),
            bytes,
            &origin,
            now,
        ))),
        Err(ReadError::UnknownFormat) => Ok(None),
        Err(error) => Err(unread(error.to_string())),
    }
}

fn has_name_of_document(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    [
        ".json", ".jsonld", ".spdx", ".cdx", ".bom", ".sbom", ".aibom",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}
