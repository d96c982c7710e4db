//! The folder that holds what was taken.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::moving::{link_new, move_new, sha256, sync_folder, write_new};
use crate::record::{Entry, Reason, Record, SCHEMA};

const RECORD: &str = "record.json";
const CONTENT: &str = "content";
/// What is being taken carries this prefix until everything about it is in place.
const BEGUN: &str = ".begun-";
/// A record larger than this was not written by us.
const LARGEST_RECORD: u64 = 4 * 1024 * 1024;

/// A quarantine folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// Something went wrong with a quarantine; the file stays where it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuarantineError {
    /// The system refused.
    #[error("cannot {what} `{}`", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No such entry.
    #[error("`{0}` is not in this quarantine")]
    Unknown(String),
    /// The place is taken.
    #[error("`{}` exists; give another place, or --overwrite", .0.display())]
    Exists(PathBuf),
    /// The content is not what the record says.
    #[error("the content of `{0}` is not what was put there")]
    Tampered(String),
    /// A record cannot be read.
    #[error("the record of `{id}` cannot be read: {reason}")]
    Record {
        /// The entry.
        id: String,
        /// What is wrong.
        reason: String,
    },
}

type Result<T> = std::result::Result<T, QuarantineError>;

fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> QuarantineError {
    let path = path.to_owned();
    move |source| QuarantineError::Io { what, path, source }
}

/// What is to be taken.
#[derive(Debug, Clone)]
pub struct Taking<'a> {
    /// The file or link.
    pub file: &'a Path,
    /// How the report names it.
    pub shown: &'a str,
    /// The SHA-256 that the scan saw.
    pub sha256_at_scan: Option<String>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// When, RFC 3339.
    pub taken_at: String,
    /// The version of the program.
    pub tool_version: &'a str,
}

impl Store {
    /// Opens a quarantine; the folder is made, closed to other users, if it does not exist.
    ///
    /// # Errors
    /// When the folder cannot be made or is none.
    pub fn create(folder: &Path) -> Result<Self> {
        let wrong = |source| QuarantineError::Io {
            what: "make the quarantine",
            path: folder.to_owned(),
            source,
        };
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(wrong)?;
            close(folder, 0o700).map_err(wrong)?;
        }
        Self::open(folder)
    }

    /// Opens a quarantine that exists.
    ///
    /// # Errors
    /// When it does not exist or is no folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = fs::canonicalize(folder).map_err(io_error("open the quarantine", folder))?;
        if !folder.is_dir() {
            let source = io::Error::from(io::ErrorKind::NotADirectory);
            return Err(io_error("open the quarantine", &folder)(source));
        }
        Ok(Self { folder })
    }

    /// The folder, absolute.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Moves a file into the quarantine.
    ///
    /// # Errors
    /// When it cannot be moved; it then lies where it lay.
    pub fn take(&self, taking: &Taking<'_>) -> Result<Entry> {
        let file = taking.file;
        let metadata = fs::symlink_metadata(file).map_err(io_error("read", file))?;
        let mut record = Record {
            schema: SCHEMA,
            original: absolute(file).map_err(io_error("find", file))?,
            shown: taking.shown.to_owned(),
            sha256: sha256(file).ok(),
            sha256_at_scan: taking.sha256_at_scan.clone(),
            size: metadata.len(),
            mode: mode(&metadata),
            link: fs::read_link(file).ok(),
            other_names: other_names(&metadata),
            taken_at: taking.taken_at.clone(),
            tool_version: taking.tool_version.to_owned(),
            reasons: taking.reasons.clone(),
        };
        let id = self.free_id(&record);
        let begun = self.folder.join(format!("{BEGUN}{id}"));
        fs::create_dir(&begun).map_err(io_error("make", &begun))?;
        let moved = write_record(&begun, &record)
            .and_then(|()| move_new(file, &begun.join(CONTENT)).map_err(io_error("move", file)));
        if let Err(error) = moved {
            if !begun.join(CONTENT).exists() {
                // Nothing was moved, so nothing is lost with the folder.
                let _ = fs::remove_dir_all(&begun);
            }
            return Err(error);
        }
        let content = begun.join(CONTENT);
        if record.link.is_none() {
            // What was hashed may have been replaced before it was moved.
            let moved = sha256(&content).ok();
            if moved != record.sha256 {
                record.sha256 = moved;
                replace_record(&begun, &record)?;
            }
            close(&content, 0o400).map_err(io_error("close", &content))?;
        }
        self.finish(&begun, &id)?;
        if let Some(folder) = record.original.parent() {
            sync_folder(folder);
        }
        Ok(Entry { id, record })
    }

    /// Everything in the quarantine, sorted by name. What a crash left half done is finished first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let names = fs::read_dir(&self.folder).map_err(io_error("read", &self.folder))?;
        for name in names {
            let name = name.map_err(io_error("read", &self.folder))?;
            let name = name.file_name().to_string_lossy().into_owned();
            let id = match name.strip_prefix(BEGUN) {
                None => name,
                Some(id) => {
                    let begun = self.folder.join(&name);
                    if fs::symlink_metadata(begun.join(CONTENT)).is_err() {
                        continue;
                    }
                    self.finish(&begun, id)?;
                    id.to_owned()
                }
            };
            if is_id(&id) {
                let record = self.record(&id)?;
                entries.push(Entry { id, record });
            }
        }
        entries.sort_by(|left, right| left.id.cmp(&right.id));
        Ok(entries)
    }

    /// Moves an entry back to where it lay, or to another place, and returns that place.
    ///
    /// # Errors
    /// When the entry is unknown, its content was changed, or the place is taken.
    pub fn restore(&self, id: &str, to: Option<&Path>, overwrite: bool) -> Result<PathBuf> {
        if !is_id(id) || !self.folder.join(id).is_dir() {
            return Err(QuarantineError::Unknown(id.to_owned()));
        }
        let record = self.record(id)?;
        let content = self.folder.join(id).join(CONTENT);
        let place = to.map_or_else(|| record.original.clone(), Path::to_owned);
        if fs::symlink_metadata(&place).is_ok() {
            if !overwrite {
                return Err(QuarantineError::Exists(place));
            }
            if place.is_dir() {
                let source = io::Error::from(io::ErrorKind::IsADirectory);
                return Err(io_error("replace", &place)(source));
            }
        }
        if record.link.is_none() && sha256(&content).ok() != record.sha256 {
            return Err(QuarantineError::Tampered(id.to_owned()));
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(io_error("make", folder))?;
        }
        put_back(&record, &content, &place, overwrite)?;
        let entry = self.folder.join(id);
        fs::remove_dir_all(&entry).map_err(io_error("remove", &entry))?;
        Ok(place)
    }

    fn record(&self, id: &str) -> Result<Record> {
        let path = self.folder.join(id).join(RECORD);
        let wrong = |reason: String| QuarantineError::Record {
            id: id.to_owned(),
            reason,
        };
        let size = fs::metadata(&path).map_err(|error| wrong(error.to_string()))?;
        if size.len() > LARGEST_RECORD {
            return Err(wrong("it is too large".to_owned()));
        }
        let text = fs::read(&path).map_err(|error| wrong(error.to_string()))?;
        let record: Record =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if record.schema != SCHEMA {
            return Err(wrong(format!("version {} is not known", record.schema)));
        }
        Ok(record)
    }

    /// The first digits of the digest, and a number if that name is taken.
    fn free_id(&self, record: &Record) -> String {
        let digest = record.sha256.as_deref().unwrap_or("unread");
        let stem: String = digest.chars().take(12).collect();
        let is_free = |id: &String| {
            let begun = self.folder.join(format!("{BEGUN}{id}"));
            !self.folder.join(id).exists() && !begun.exists()
        };
        let numbered = (2_u32..).map(|number| format!("{stem}-{number}"));
        std::iter::once(stem.clone())
            .chain(numbered)
            .find(is_free)
            .unwrap_or_default()
    }

    fn finish(&self, begun: &Path, id: &str) -> Result<()> {
        sync_folder(begun);
        let done = self.folder.join(id);
        fs::rename(begun, &done).map_err(io_error("name", &done))?;
        sync_folder(&self.folder);
        Ok(())
    }
}

fn is_id(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn write_record(folder: &Path, record: &Record) -> Result<()> {
    let path = folder.join(RECORD);
    write_new(&path, &text(record)).map_err(io_error("write", &path))
}

fn replace_record(folder: &Path, record: &Record) -> Result<()> {
    let path = folder.join(RECORD);
    let fresh = folder.join(".record.json");
    write_new(&fresh, &text(record))
        .and_then(|()| fs::rename(&fresh, &path))
        .map_err(io_error("write", &path))
}

fn text(record: &Record) -> Vec<u8> {
    serde_json::to_vec_pretty(record).unwrap_or_default()
}

fn put_back(record: &Record, content: &Path, place: &Path, overwrite: bool) -> Result<()> {
    let wrong = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => QuarantineError::Exists(place.to_owned()),
        _ => io_error("restore", place)(source),
    };
    let fresh = if overwrite {
        place.with_file_name(format!(".chainwright-restoring-{}", std::process::id()))
    } else {
        place.to_owned()
    };
    match &record.link {
        Some(leads_to) => {
            link_new(leads_to, &fresh).map_err(wrong)?;
            fs::remove_file(content).map_err(io_error("remove", content))?;
        }
        None => {
            close(content, record.mode.unwrap_or(0o600)).map_err(io_error("open", content))?;
            move_new(content, &fresh).map_err(wrong)?;
        }
    }
    if overwrite {
        fs::rename(&fresh, place).map_err(wrong)?;
    }
    if let Some(folder) = place.parent() {
        sync_folder(folder);
    }
    Ok(())
}

/// The absolute path of a file without following it if it is a link itself.
fn absolute(file: &Path) -> io::Result<PathBuf> {
    let name = file
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Ok(fs::canonicalize(folder)?.join(name))
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn other_names(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink().saturating_sub(1)
}

#[cfg(not(unix))]
fn other_names(_metadata: &fs::Metadata) -> u64 {
    0
}

#[cfg(unix)]
fn close(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn close(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
