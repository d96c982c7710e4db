//! Power cuts at every operation: what was acknowledged stays, and nobody ever sees two stories.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chainwright_ledger::disk::Disk;
use chainwright_ledger::suite::{check, entries, key};
use chainwright_ledger::{Directory, Log, Objects, Storage};
use chainwright_transparency::{Checkpoint, Note};

use crate::storages::Shelf;

/// A disk in memory that forgets what was not flushed when the power goes.
#[derive(Debug, Clone, Default)]
struct Fragile(Arc<Mutex<Platters>>);

#[derive(Debug, Default)]
struct Platters {
    /// What programs see: files with their contents, folders with nothing.
    seen: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// Contents that are safe, by the time they were first written.
    contents: BTreeMap<u64, Vec<u8>>,
    /// Which file a name stands for now, and which it stands for after a power cut.
    files: BTreeMap<PathBuf, u64>,
    names: BTreeMap<PathBuf, Option<u64>>,
    clock: u64,
    /// After so many further operations the power goes.
    left: Option<u64>,
    /// Whether the write that meets the end is done by half.
    by_half: bool,
}

impl Platters {
    fn spend(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn parent_is_there(&self, path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(parent) if parent == Path::new("/") || self.seen.get(parent) == Some(&None) => {
                Ok(())
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Fragile {
    /// The power goes and comes back. `keep` says which of the things that were not flushed survive all the same.
    fn cut(&self, mut keep: impl FnMut() -> bool) {
        let mut platters = self.0.lock().unwrap();
        let Platters {
            seen,
            contents,
            files,
            names,
            ..
        } = &mut *platters;
        // Names that were not flushed may have reached the disk or not; each on its own.
        let mut after = names.clone();
        for path in seen.keys() {
            if keep() {
                after.insert(path.clone(), files.get(path).copied());
            }
        }
        for path in names.keys() {
            if !seen.contains_key(path) && keep() {
                after.remove(path);
            }
        }
        let mut kept = BTreeMap::new();
        for (path, file) in &after {
            let reachable = path
                .ancestors()
                .skip(1)
                .all(|above| above == Path::new("/") || after.get(above) == Some(&None));
            if !reachable {
                continue;
            }
            let bytes = file.map(|file| {
                let current = files
                    .iter()
                    .find(|(_, other)| **other == file)
                    .and_then(|(path, _)| seen.get(path).cloned().flatten());
                match (contents.get(&file), current) {
                    // Contents that were not flushed: all, half or nothing of them.
                    (None, Some(current)) if keep() => current,
                    (None, Some(current)) => current[..current.len() / 2].to_vec(),
                    (None, None) => Vec::new(),
                    (Some(safe), _) => safe.clone(),
                }
            });
            kept.insert(path.clone(), bytes);
        }
        files.retain(|path, _| kept.contains_key(path));
        for (path, file) in &after {
            if let (Some(file), true) = (file, kept.contains_key(path)) {
                files.insert(path.clone(), *file);
                if let Some(Some(bytes)) = kept.get(path) {
                    contents.insert(*file, bytes.clone());
                }
            }
        }
        *names = after
            .into_iter()
            .filter(|(path, _)| kept.contains_key(path))
            .collect();
        *seen = kept;
        platters.left = None;
    }

    fn fail_after(&self, operations: Option<u64>, by_half: bool) {
        let mut platters = self.0.lock().unwrap();
        platters.left = operations;
        platters.by_half = by_half;
    }
}

impl Disk for Fragile {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().seen.get(path).cloned().flatten())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.parent_is_there(path)?;
        let spent = platters.spend();
        let written = match (&spent, platters.by_half) {
            (Ok(()), _) => bytes,
            (Err(_), true) => &bytes[..bytes.len() / 2],
            (Err(_), false) => return spent,
        };
        platters.clock += 1;
        let clock = platters.clock;
        let file = *platters.files.entry(path.to_owned()).or_insert(clock);
        platters.contents.remove(&file);
        platters
            .seen
            .insert(path.to_owned(), Some(written.to_vec()));
        spent
    }

    fn flush(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.spend()?;
        match platters.seen.get(path).cloned() {
            Some(Some(bytes)) => {
                let file = platters.files[path];
                platters.contents.insert(file, bytes);
            }
            _ => {
                let Platters {
                    seen, files, names, ..
                } = &mut *platters;
                let inside = |name: &PathBuf| name.parent() == Some(path);
                names.retain(|name, _| !inside(name) || seen.contains_key(name));
                for name in seen.keys().filter(|name| inside(name)) {
                    names.insert(name.clone(), files.get(name).copied());
                }
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.spend()?;
        let bytes = platters.seen.remove(from).ok_or(io::ErrorKind::NotFound)?;
        let file = platters.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        platters.seen.insert(to.to_owned(), bytes);
        platters.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        let mut platters = self.0.lock().unwrap();
        platters.parent_is_there(path)?;
        if platters.seen.contains_key(path) {
            return Ok(false);
        }
        platters.spend()?;
        platters.seen.insert(path.to_owned(), None);
        Ok(true)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.spend()?;
        platters.seen.retain(|name, _| !name.starts_with(path));
        platters.files.retain(|name, _| !name.starts_with(path));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.spend()?;
        platters.seen.remove(path);
        platters.files.remove(path);
        Ok(())
    }

    fn names(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let platters = self.0.lock().unwrap();
        let inside = platters
            .seen
            .iter()
            .filter(|(name, _)| name.parent() == Some(path));
        Ok(inside
            .map(|(name, bytes)| {
                (
                    name.file_name().unwrap().to_string_lossy().into_owned(),
                    bytes.is_none(),
                )
            })
            .collect())
    }

    fn lock(&self, _: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Ok(Box::new(()))
    }
}

/// The checkpoint that anybody could have seen, if there is one.
fn shown(storage: &dyn Storage) -> Option<Checkpoint> {
    let bytes = storage.checkpoint().unwrap()?;
    let note = Note::parse(&bytes).unwrap();
    Some(Checkpoint::parse(note.text()).unwrap())
}

/// Batches that end inside, at and beyond the edges of tiles.
const BATCHES: [u64; 6] = [3, 250, 3, 1, 300, 5];

#[test]
fn a_power_cut_at_any_operation_loses_nothing_that_was_acknowledged() {
    let folder = Path::new("/log");
    let (mut cuts, mut seed) = (0, 1_u64);
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for (operations, by_half) in
        (0..).flat_map(|operations| [(operations, true), (operations, false)])
    {
        let disk = Fragile::default();
        let open = || Directory::on(disk.clone(), folder);
        let key = key();
        disk.fail_after(Some(operations), by_half);
        let (mut acknowledged, mut seen) = (None, Vec::new());
        let storage = open();
        let mut size = 0;
        let mut failed = false;
        match Log::create(&storage, &key) {
            Err(_) => failed = true,
            Ok(mut log) => {
                acknowledged = Some(0);
                for count in BATCHES {
                    match log.append(&entries(size..size + count), None) {
                        Ok(appended) => {
                            size += count;
                            acknowledged = Some(size);
                            seen.push(appended.checkpoint);
                        }
                        Err(_) => {
                            failed = true;
                            break;
                        }
                    }
                }
            }
        }
        // Whatever a reader could see just before the power went.
        seen.extend(shown(&storage));
        if !failed {
            assert!(cuts > 50, "{cuts}");
            return;
        }
        cuts += 1;
        drop(storage);
        // The program alone dies, or the power goes and takes some or all of what was not flushed.
        let mode = random() % 4;
        disk.fail_after(None, false);
        match mode {
            0 => {}
            1 => disk.cut(|| false),
            _ => disk.cut(|| random() % 2 == 0),
        }
        let storage = open();
        let mut log = match acknowledged {
            None => match Log::create(&storage, &key) {
                Ok(log) => log,
                Err(chainwright_ledger::LedgerError::Exists(_)) => Log::open(&storage, &key),
                Err(error) => panic!("{operations} {mode}: {error:?}"),
            },
            Some(_) => Log::open(&storage, &key),
        };
        let now = log.append(&[], None).unwrap().first;
        assert!(
            now >= acknowledged.unwrap_or(0),
            "{operations} {mode}: {now}"
        );
        check(&storage, now, &seen);
        let appended = log.append(&entries(now..now + 260), seen.last()).unwrap();
        assert_eq!(appended.first, now);
        check(&storage, now + 260, &seen);
    }
}

#[test]
fn a_full_disk_is_an_error_and_nothing_is_lost() {
    let disk = Fragile::default();
    let storage = Directory::on(disk.clone(), Path::new("/log"));
    let key = key();
    let mut log = Log::create(&storage, &key).unwrap();
    let mut seen = vec![log.append(&entries(0..200), None).unwrap().checkpoint];
    for operations in 0..12 {
        disk.fail_after(Some(operations), true);
        assert!(log.append(&entries(900..1000), None).is_err());
        disk.fail_after(None, false);
        // The batch may have been committed when only showing it failed.
        let size = log.append(&[], None).unwrap().first;
        check(&storage, size, &seen);
        let appended = log.append(&entries(size..size + 1), seen.last()).unwrap();
        seen.push(appended.checkpoint);
        check(&storage, size + 1, &seen);
    }
}

#[test]
fn a_bucket_that_goes_away_at_any_operation_loses_nothing() {
    let key = key();
    for operations in 0.. {
        let shelf = Shelf::default();
        let storage = Objects::new(shelf.clone());
        let mut log = Log::create(&storage, &key).unwrap();
        let mut seen = vec![log.append(&entries(0..250), None).unwrap().checkpoint];
        shelf.fail_after(Some(operations));
        let mut size = 250;
        let mut failed = false;
        for count in [3, 300] {
            match log.append(&entries(size..size + count), None) {
                Ok(appended) => {
                    size += count;
                    seen.push(appended.checkpoint);
                }
                Err(_) => {
                    failed = true;
                    break;
                }
            }
        }
        shelf.fail_after(None);
        seen.extend(shown(&storage));
        // Another writer comes; the first one may wake up again later and knows nothing of it.
        let again = Objects::new(shelf.clone());
        let now = Log::open(&again, &key).append(&[], None).unwrap().first;
        assert!(now >= size, "{operations}");
        check(&again, now, &seen);
        Log::open(&again, &key)
            .append(&entries(now..now + 7), seen.last())
            .unwrap();
        let late = log.append(&entries(now + 7..now + 9), seen.last()).unwrap();
        assert_eq!(late.first, now + 7);
        check(&storage, now + 9, &seen);
        if !failed {
            assert!(operations > 20);
            return;
        }
    }
}
