//! Reads files and gives their digests.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use blake2::Blake2b512;
use chainwright_oms::{Digest, Hash, Left, Method, Piece};
use rayon::prelude::*;
use sha2::Sha256;
use sha2::digest::Digest as _;

use crate::blake3_tree::{self, Feed};
use crate::cache::Cache;
use crate::stamp::Stamp;
use crate::walk::Found;

/// Bytes that one thread reads at once; they stay in its cache while they are hashed.
const WINDOW: usize = 256 * 1024;

/// How files are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// By what.
    pub hash: Hash,
    /// As a whole or in stretches.
    pub method: Method,
}

/// Told how many bytes were read since it was told last, from several threads.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// The digests of files, in the order of `files`: one for each stretch, or why there are none.
///
/// Files that `cache` knows are not read; what is read is remembered there.
#[must_use]
pub fn digest(
    files: &[&Found],
    plan: Plan,
    cache: Option<&mut Cache>,
    progress: Progress<'_>,
) -> Vec<Result<Vec<Piece>, Left>> {
    let known = cache.as_deref();
    let digest_one = |file: &&Found| {
        if let Some(pieces) = known.and_then(|cache| cache.get(&file.stamp, plan)) {
            progress(file.stamp.size);
            return Ok(pieces);
        }
        read_file(file, plan, progress)
    };
    let digests: Vec<_> = files.par_iter().with_max_len(1).map(digest_one).collect();
    if let Some(cache) = cache {
        let now = SystemTime::now();
        for (file, digested) in files.iter().zip(&digests) {
            if let Ok(pieces) = digested {
                cache.keep(&file.stamp, plan, pieces, now);
            }
        }
    }
    digests
}

/// The stretches of a file of this size: start and end.
pub(crate) fn ranges(size: u64, method: Method) -> Vec<(u64, u64)> {
    match method {
        Method::Files => vec![(0, size)],
        Method::Shards(length) => {
            let length = length.max(1);
            let starts = (0..size.div_ceil(length)).map(|index| index * length);
            starts
                .map(|start| (start, size.min(start.saturating_add(length))))
                .collect()
        }
    }
}

fn read_file(found: &Found, plan: Plan, progress: Progress<'_>) -> Result<Vec<Piece>, Left> {
    let file = open(&found.path).map_err(|error| unreadable(&error))?;
    let reader = Reader {
        file: &file,
        progress,
    };
    // The file that was opened is the one that was listed: a link put in its place would be another.
    if stamp(&file)? != found.stamp {
        return Err(Left::Changing);
    }
    let pieces = ranges(found.stamp.size, plan.method)
        .into_par_iter()
        .map(|(start, end)| {
            let digest = reader.digest(plan.hash, start, end)?;
            Ok(Piece { start, end, digest })
        })
        .collect::<Result<Vec<_>, Left>>()?;
    if stamp(&file)? != found.stamp {
        return Err(Left::Changing);
    }
    Ok(pieces)
}

fn stamp(file: &File) -> Result<Stamp, Left> {
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if metadata.is_file() {
        Ok(Stamp::of(&metadata))
    } else {
        Err(Left::Changing)
    }
}

fn unreadable(error: &io::Error) -> Left {
    Left::Unreadable {
        reason: error.to_string(),
    }
}

struct Reader<'a> {
    file: &'a File,
    progress: Progress<'a>,
}

impl Reader<'_> {
    fn digest(&self, hash: Hash, start: u64, end: u64) -> Result<Digest, Left> {
        match hash {
            Hash::Sha256 => {
                let mut hasher = Sha256::new();
                self.each(start, end, &mut |window| hasher.update(window))?;
                Ok(Digest::Sha256(hasher.finalize().into()))
            }
            Hash::Blake2b => {
                let mut hasher = Blake2b512::new();
                self.each(start, end, &mut |window| hasher.update(window))?;
                Ok(Digest::Blake2b(hasher.finalize().into()))
            }
            Hash::Blake3 => blake3_tree::hash(self, start, end).map(Digest::Blake3),
        }
    }

    /// Gives the bytes from `start` to `end` in order; a file that ends before has changed.
    fn each(&self, start: u64, end: u64, take: &mut dyn FnMut(&[u8])) -> Result<(), Left> {
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut window = vec![0; WINDOW.min(length)];
        let mut offset = start;
        while offset < end {
            let left = usize::try_from(end - offset).unwrap_or(usize::MAX);
            let wanted = window.len().min(left);
            let part = window.get_mut(..wanted).unwrap_or_default();
            match positioned_read(self.file, part, offset) {
                Ok(0) => return Err(Left::Changing),
                Ok(count) => {
                    take(part.get(..count).unwrap_or_default());
                    offset += count as u64;
                    (self.progress)(count as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        Ok(())
    }
}

impl Feed for Reader<'_> {
    type Error = Left;

    fn feed(&self, start: u64, end: u64, hasher: &mut blake3::Hasher) -> Result<(), Left> {
        self.each(start, end, &mut |window| {
            hasher.update(window);
        })
    }
}

#[cfg(unix)]
fn positioned_read(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn positioned_read(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Opens a file without waiting: a pipe that took its place must not hang the run.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    const O_NONBLOCK: i32 = if cfg!(target_os = "linux") {
        0o4000
    } else {
        0x0004
    };
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(O_NONBLOCK)
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
