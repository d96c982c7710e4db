//! Keeps what was accepted in a folder: all of it or nothing.
//!
//! Everything is written into a new folder beside the others, flushed, and renamed to its place, which is named by what
//! it holds. So a process that is killed, a disk that is full and a second import leave either the whole or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chainwright_ledger::{LedgerError, Memory};

use crate::error::Reason;
use crate::file::Exchange;
use crate::judge::{Judged, What};
use crate::logs::{self, Growths, RememberError};
use crate::sha256;

/// What keeps something from being kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// The system refuses.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What was seen of a log cannot be written down.
    #[error(transparent)]
    Ledger(LedgerError),
    /// A log was seen further on while the file was judged.
    #[error("another import was faster: {0}")]
    Overtaken(Reason),
}

impl KeepError {
    /// Whether the disk or the quota is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            ),
            Self::Ledger(LedgerError::Storage(error)) => error.is_full(),
            Self::Ledger(_) | Self::Overtaken(_) => false,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        if self.is_full() {
            return Some("make room and import again; nothing of this file was kept");
        }
        matches!(self, Self::Overtaken(_)).then_some("import again")
    }
}

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where.
    pub folder: PathBuf,
    /// Whether it had been kept before.
    pub is_known: bool,
}

impl Judged {
    /// The accepted attestations by their digests.
    #[must_use]
    pub fn attestations<'a>(&self, exchange: &'a Exchange) -> BTreeMap<&'a str, &'a [u8]> {
        let names: BTreeSet<&str> = self
            .items
            .iter()
            .filter(|item| item.what == What::Attestation && item.reason.is_none())
            .map(|item| item.name.as_str())
            .collect();
        exchange
            .attestations
            .iter()
            .filter(|(digest, _)| names.contains(digest.as_str()))
            .map(|(digest, bytes)| (digest.as_str(), bytes.as_slice()))
            .collect()
    }

    /// Remembers what was seen of the logs. It is done before anything is kept, so that what is kept can never be older
    /// than what is remembered.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or a log was seen further on in the meantime.
    pub fn remember(&self, exchange: &Exchange, memory: &Memory) -> Result<(), KeepError> {
        let growths = Growths {
            brought: &exchange.growths,
            vouched: self.vouched,
        };
        for step in &self.steps {
            logs::remember(step, memory, growths).map_err(|error| match error {
                RememberError::Ledger(error) => KeepError::Ledger(error),
                RememberError::Overtaken(reason) => KeepError::Overtaken(reason),
            })?;
        }
        Ok(())
    }
}

/// Keeps the accepted attestations and proofs, with a receipt, in a folder of their own below `folder`.
///
/// # Errors
///
/// If it cannot be written; nothing of it is kept then.
pub fn keep(
    exchange: &Exchange,
    judged: &Judged,
    receipt: &[u8],
    folder: &Path,
) -> Result<Kept, KeepError> {
    let mut files: BTreeMap<String, &[u8]> = BTreeMap::new();
    files.insert("receipt.json".to_owned(), receipt);
    for (digest, bytes) in judged.attestations(exchange) {
        files.insert(format!("attestations/{digest}.json"), bytes);
    }
    let accepted = judged.items.iter().filter(|item| item.reason.is_none());
    for item in accepted.filter(|item| item.what == What::Proof) {
        if let Some(text) = exchange.proofs.get(&item.name) {
            files.insert(format!("proofs/{}.tlog-proof", item.name), text.as_bytes());
        }
    }
    let listed: String = files
        .iter()
        .map(|(name, bytes)| format!("{name} {}\n", sha256(bytes)))
        .collect();
    let place = folder.join(sha256(listed.as_bytes()));
    if place.is_dir() {
        return Ok(Kept {
            folder: place,
            is_known: true,
        });
    }
    fs::create_dir_all(folder).map_err(failed("make", folder))?;
    let mut builder = tempfile::Builder::new();
    readable_by_others(&mut builder);
    let incoming = builder
        .prefix(".incoming-")
        .tempdir_in(folder)
        .map_err(failed("write in", folder))?;
    write_all(incoming.path(), &files)?;
    match fs::rename(incoming.path(), &place) {
        Ok(()) => {
            // The folder has another name, so there is nothing left to clear away.
            let _ = incoming.keep();
            flush(folder)?;
            Ok(Kept {
                folder: place,
                is_known: false,
            })
        }
        // Another import of the same was faster.
        Err(_) if place.is_dir() => Ok(Kept {
            folder: place,
            is_known: true,
        }),
        Err(error) => Err(failed("make", &place)(error)),
    }
}

/// What is kept has the usual permissions of a new folder, not the closed ones of a temporary one.
#[cfg(unix)]
fn readable_by_others(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o777));
}

#[cfg(not(unix))]
fn readable_by_others(_builder: &mut tempfile::Builder<'_, '_>) {}

fn write_all(top: &Path, files: &BTreeMap<String, &[u8]>) -> Result<(), KeepError> {
    let mut folders = vec![top.to_owned()];
    for (name, bytes) in files {
        let path = top.join(name);
        let folder = path.parent().unwrap_or(top).to_owned();
        if !folders.contains(&folder) {
            fs::create_dir_all(&folder).map_err(failed("make", &folder))?;
            folders.push(folder);
        }
        let write = || -> io::Result<()> {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(failed("write", &path))?;
    }
    folders.iter().try_for_each(|folder| flush(folder))
}

fn flush(folder: &Path) -> Result<(), KeepError> {
    match File::open(folder).and_then(|file| file.sync_all()) {
        // Some systems cannot flush folders, and need not.
        Err(_) if cfg!(windows) => Ok(()),
        done => done.map_err(failed("flush", folder)),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeepError {
    move |source| KeepError::Io {
        action,
        path: path.to_string_lossy().into_owned(),
        source,
    }
}
