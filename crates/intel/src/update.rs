//! Making and replacing stores: read the old, merge what comes, write the new beside it, swap.
//!
//! A store is replaced by renaming a finished file, so that readers have the old one or the new one and never a mixture,
//! whatever happens to the writer. A lock beside the store keeps two writers apart; the system drops it with the process
//! that holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chainwright_advisories::date::Day;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::package::Ecosystem;

use crate::error::IntelError;
use crate::intake::{Intake, open_file};
use crate::layout::{self, WriteError};
use crate::snapshot::{self, Key};
use crate::store::Store;
use crate::truth::{Changes, Truth};

/// What the name of an unfinished file has after that of its store.
const UNFINISHED: &str = ".unfinished-";
/// The letters that tell unfinished files apart.
const LETTERS: usize = 6;

/// Fetches an address.
pub type Download<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, IntelError>;

/// What to do in an update.
#[derive(Clone, Copy)]
pub struct Update<'a> {
    /// Paths and addresses, in order.
    pub from: &'a [String],
    /// When this happens, in seconds since 1970.
    pub now: i64,
    /// Only sources that this key has signed are taken.
    pub key: Option<&'a Key>,
    /// The signature of the only source, if it does not lie beside it.
    pub signature: Option<&'a Path>,
    /// The ecosystem of popular names, which their lists do not say.
    pub popular: Ecosystem,
    /// Take snapshots that are older than the store.
    pub allow_older: bool,
    /// How addresses are fetched; without it there is no network.
    pub download: Option<Download<'a>>,
}

impl std::fmt::Debug for Update<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Update")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Builds a store, or brings one up to date. Whatever goes wrong, the old one stays as it was.
///
/// # Errors
/// When a source cannot be read to its end, is not signed as it has to be, or holds nothing; when another update runs;
/// when the old store is damaged; when the system refuses.
pub fn update(store: &Path, options: &Update<'_>) -> Result<Changes, IntelError> {
    let folder = store
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| IntelError::io("create", folder, error))?;
    let _lock = Lock::take(store)?;
    let mut truth = match Store::open(store) {
        Ok(old) => old.truth()?,
        Err(IntelError::Missing(_)) => Truth::default(),
        Err(error) => return Err(error),
    };
    let mut changes = Changes::default();
    for origin in options.from {
        take(origin, options, &mut truth, &mut changes)?;
    }
    if !changes.took_anything() && changes.refused_count == 0 {
        return Err(IntelError::NothingFound(options.from.join("`, `")));
    }
    truth.count();
    sweep(store, folder);
    write_beside(store, folder, &|file| {
        layout::write(&truth, options.now, file)
    })?;
    Ok(changes)
}

/// Writes a snapshot of a store. `out` is replaced as a whole.
///
/// # Errors
/// When the store is damaged or the system refuses.
pub fn export(store: &Store, out: &Path) -> Result<(), IntelError> {
    let truth = store.truth()?;
    let folder = out
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    write_beside(out, folder, &|file| Ok(snapshot::write(&truth, file)?))
}

fn take(
    origin: &str,
    options: &Update<'_>,
    truth: &mut Truth,
    changes: &mut Changes,
) -> Result<(), IntelError> {
    let mut intake = Intake::default();
    if is_address(origin) {
        let download = options.download.ok_or_else(|| IntelError::Fetch {
            url: origin.to_owned(),
            reason: "this build has no network client".to_owned(),
        })?;
        let bytes: SharedBytes = Arc::new(download(origin)?);
        if let Some(key) = options.key {
            let signature = match options.signature {
                Some(path) => read_signature(path)?,
                None => {
                    let fetched = download(&format!("{origin}.minisig"));
                    let fetched = fetched.map_err(|_| IntelError::Unsigned(origin.to_owned()))?;
                    String::from_utf8_lossy(&fetched).into_owned()
                }
            };
            key.verify(origin, bytes.as_ref(), &signature)?;
        }
        intake.bytes(origin, &bytes)?;
    } else {
        let path = Path::new(origin);
        match options.key {
            None => intake.path(path)?,
            Some(key) => {
                // Read once into memory, so that what is taken is what was verified.
                let bytes = whole(path, origin)?;
                let beside = PathBuf::from(format!("{origin}.minisig"));
                let signature = options.signature.unwrap_or(&beside);
                if !signature.exists() {
                    return Err(IntelError::Unsigned(origin.to_owned()));
                }
                key.verify(origin, bytes.as_ref(), &read_signature(signature)?)?;
                intake.bytes(origin, &bytes)?;
            }
        }
    }
    merge(origin, intake, options, truth, changes)
}

fn whole(path: &Path, origin: &str) -> Result<SharedBytes, IntelError> {
    if path.is_dir() {
        return Err(IntelError::Unsigned(format!("{origin}, which is a folder")));
    }
    open_file(path)?;
    let bytes = std::fs::read(path).map_err(|error| IntelError::io("read", path, error))?;
    Ok(Arc::new(bytes))
}

fn read_signature(path: &Path) -> Result<String, IntelError> {
    let read = std::fs::read(path).map_err(|error| IntelError::io("read", path, error))?;
    Ok(String::from_utf8_lossy(&read).into_owned())
}

fn merge(
    origin: &str,
    mut intake: Intake,
    options: &Update<'_>,
    truth: &mut Truth,
    changes: &mut Changes,
) -> Result<(), IntelError> {
    let today = day_of(options.now);
    if intake.is_empty() && intake.refused_count == 0 {
        return Err(IntelError::NothingFound(origin.to_owned()));
    }
    let mut records: Vec<_> = std::mem::take(&mut intake.records)
        .into_iter()
        .map(|record| (record, today))
        .collect();
    if let Some(snapshot) = intake.snapshot.take() {
        let arrived = unpack(snapshot, options, truth, &mut intake)?;
        records.extend(arrived);
    }
    let side = |truth: &mut Truth,
                changes: &mut Changes,
                name: &str,
                records: usize,
                newest: Option<Day>| {
        changes.replaced.push(name.to_owned());
        let feed = truth.sides.feeds.entry(name.to_owned()).or_default();
        feed.records = records as u64;
        feed.newest = newest;
        origin.clone_into(&mut feed.origin);
        feed.imported_at = options.now;
    };
    if let Some(catalogue) = intake.catalogue {
        side(
            truth,
            changes,
            "KEV",
            catalogue.rows.len(),
            catalogue.released,
        );
        truth.sides.catalogue = catalogue;
    }
    if let Some(table) = intake.epss {
        side(truth, changes, "EPSS", table.rows.len(), table.day);
        truth.sides.epss = table;
    }
    if let Some(atlas) = intake.atlas {
        side(truth, changes, "ATLAS", atlas.entries.len(), None);
        truth.sides.atlas = atlas;
    }
    if let Some(names) = intake.popular {
        side(truth, changes, "popular", names.len(), None);
        truth.sides.popular.insert(options.popular, names);
    }
    let touched: std::collections::BTreeSet<String> = records
        .iter()
        .map(|(record, _)| crate::truth::feed_of(record))
        .collect();
    truth.merge(records, today, origin, changes);
    for feed in touched {
        let feed = truth.sides.feeds.entry(feed).or_default();
        feed.imported_at = options.now;
        feed.refused = intake.refused_count;
    }
    changes.refused.append(&mut intake.refused);
    changes.refused_count += intake.refused_count;
    changes.passed += intake.passed;
    Ok(())
}

/// The records of a snapshot with the days on which its store first saw them. Feeds beside them fill what the intake
/// itself does not bring.
fn unpack(
    snapshot: Truth,
    options: &Update<'_>,
    truth: &Truth,
    intake: &mut Intake,
) -> Result<Vec<(chainwright_advisories::Record, Day)>, IntelError> {
    let newest = |truth: &Truth| {
        let feeds = truth.sides.feeds.iter().filter(|(name, _)| !is_side(name));
        feeds.filter_map(|(_, feed)| feed.newest).max()
    };
    let (arriving, known) = (newest(&snapshot), newest(truth));
    if arriving < known && !options.allow_older {
        let shown = |day: Option<Day>| {
            day.map_or_else(|| "an unknown day".to_owned(), |day| day.to_string())
        };
        return Err(IntelError::Older {
            snapshot: shown(arriving),
            store: shown(known),
        });
    }
    let sides = snapshot.sides;
    if !sides.catalogue.rows.is_empty() {
        intake.catalogue.get_or_insert(sides.catalogue);
    }
    if !sides.epss.rows.is_empty() {
        intake.epss.get_or_insert(sides.epss);
    }
    if !sides.atlas.entries.is_empty() {
        intake.atlas.get_or_insert(sides.atlas);
    }
    if let Some(names) = sides.popular.get(&options.popular) {
        intake.popular.get_or_insert_with(|| names.clone());
    }
    let current = snapshot
        .revisions
        .into_iter()
        .filter(crate::truth::Revision::is_current);
    Ok(current
        .map(|revision| (revision.record, revision.seen.first))
        .collect())
}

fn is_side(name: &str) -> bool {
    matches!(name, "KEV" | "EPSS" | "ATLAS" | "popular")
}

/// The day of a moment.
fn day_of(seconds: i64) -> Day {
    Day(i32::try_from(seconds.div_euclid(86_400)).unwrap_or(0))
}

/// Whether a source is an address and not a path.
fn is_address(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '+')
    })
}

/// Writes a file beside its place and moves it there when it is whole and on disk.
fn write_beside(
    path: &Path,
    folder: &Path,
    write: &dyn Fn(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<(), IntelError> {
    let failed = |error: io::Error| IntelError::io("write", path, error);
    let mut builder = tempfile::Builder::new();
    readable_by_others(&mut builder);
    let temporary = builder
        .prefix(&beside(path))
        .rand_bytes(LETTERS)
        .tempfile_in(folder)
        .map_err(failed)?;
    let mut out = BufWriter::new(temporary);
    write(&mut out).map_err(|error| match error {
        WriteError::Io(error) => failed(error),
        other => failed(io::Error::other(other)),
    })?;
    let temporary = out
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(path)
        .map_err(|error| failed(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// What unfinished files of a store are called, up to the letters that tell them apart.
fn beside(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(UNFINISHED);
    name
}

/// Removes what updates that were killed left unfinished. Called under the lock, so nobody is writing such a file.
fn sweep(store: &Path, folder: &Path) {
    let beside = beside(store);
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let letters = name
            .as_encoded_bytes()
            .strip_prefix(beside.as_encoded_bytes());
        let is_ours = letters.is_some_and(|letters| {
            letters.len() == LETTERS && letters.iter().all(u8::is_ascii_alphanumeric)
        });
        if is_ours {
            // A file that stays costs room and nothing else.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn readable_by_others(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable_by_others(_builder: &mut tempfile::Builder<'_, '_>) {}

/// Puts the new name on disk. The file itself is there already, so that a failure costs at most the update.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Keeps other updates of the same store out while it lives.
#[derive(Debug)]
struct Lock {
    _file: File,
}

impl Lock {
    fn take(store: &Path) -> Result<Self, IntelError> {
        let mut name = store.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = opened.map_err(|error| IntelError::io("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(IntelError::Locked(store.to_owned())),
            Err(TryLockError::Error(error)) => Err(IntelError::io("lock", &path, error)),
        }
    }
}
