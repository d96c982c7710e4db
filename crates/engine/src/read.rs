//! Reads one file: hashing and parsing share the bytes.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use chainwright_analysis::Inspected;
use chainwright_analysis::inspect::{Artifact, inspect};
use chainwright_analysis::stream::{Measured, Pass};
use chainwright_analysis::weights;
use chainwright_core::budget::{Budget, StopSignal};
use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, read_full};
use chainwright_core::digest::Blake3;
use chainwright_core::limits::Limits;
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_sources::FileSource;

/// Files up to this size are read into memory at once; larger ones are read in pieces.
const WHOLE: u64 = 4 * 1024 * 1024;

/// Bytes of a large file that are hashed at a time.
const CHUNK: usize = 2 * 1024 * 1024;

/// How much of a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    /// Hash files and search their bytes.
    pub(crate) hash: bool,
    /// Look at weights as numbers as well.
    pub(crate) weights: bool,
}

/// The budget of one file: its own limits, its time, and the user's wish to stop.
pub(crate) fn file_budget(limits: &Limits, size: u64, interrupt: &Arc<AtomicBool>) -> Budget {
    let deadline = Instant::now().checked_add(limits.file_time);
    let interrupt = Arc::clone(interrupt);
    let stop: StopSignal = Arc::new(move || {
        interrupt.load(Ordering::Relaxed)
            || deadline.is_some_and(|deadline| Instant::now() >= deadline)
    });
    Budget::new(Arc::new(limits.for_file(size)), stop)
}

/// Inspects the file and everything inside it. A file that cannot be read becomes a problem.
///
/// `known` is asked for facts of the same content before anything is parsed.
pub(crate) fn read_file(
    path: &Path,
    shown: &str,
    depth: Depth,
    known: &dyn Fn(Blake3) -> Option<Vec<Inspected>>,
    budget: &Budget,
) -> Vec<Inspected> {
    let location = Location::file(shown);
    match open(path) {
        Ok(bytes) if depth.hash => {
            hash_and_inspect(&Artifact { location, bytes }, depth, known, budget)
        }
        Ok(bytes) => inspect(&Artifact { location, bytes }, None, budget),
        Err(error) => {
            let detail = format!("cannot be read: {error}");
            let problem = Problem::new(ProblemKind::Unreadable, Place::Whole, detail);
            vec![Inspected::unread(location, problem)]
        }
    }
}

fn open(path: &Path) -> io::Result<SharedBytes> {
    let file = FileSource::open(path)?;
    let size = file.size();
    if size > WHOLE {
        return Ok(Arc::new(file));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    let filled = read_full(&file, 0, &mut bytes)?;
    bytes.truncate(filled);
    Ok(Arc::new(bytes))
}

fn hash_and_inspect(
    artifact: &Artifact,
    depth: Depth,
    known: &dyn Fn(Blake3) -> Option<Vec<Inspected>>,
    budget: &Budget,
) -> Vec<Inspected> {
    let pass = match artifact.bytes.as_slice() {
        // What fits into memory is measured only if it is new.
        Some(slice) => {
            let mut pass = Pass::default();
            pass.update(slice);
            Ok(pass)
        }
        None => {
            let pass = new_pass(&artifact.bytes, depth, budget);
            stream(artifact.bytes.as_ref(), pass, budget)
        }
    };
    match pass.map(Pass::finish) {
        Ok(mut passed) => known(passed.digests.blake3).unwrap_or_else(|| {
            if depth.weights && passed.weights == Measured::NotAsked {
                passed.weights = Measured::NotYet;
            }
            inspect(artifact, Some(passed), budget)
        }),
        Err(error) => {
            let mut inspected = inspect(artifact, None, budget);
            if let Some(first) = inspected.first_mut() {
                first.problems.push(interrupted_pass(&error));
            }
            inspected
        }
    }
}

fn interrupted_pass(error: &ReadError) -> Problem {
    let kind = match error {
        ReadError::Exhausted(_) => ProblemKind::LimitReached,
        _ => ProblemKind::Unreadable,
    };
    Problem::new(kind, Place::Whole, format!("could not be hashed: {error}"))
}

fn new_pass(bytes: &SharedBytes, depth: Depth, budget: &Budget) -> Pass {
    if depth.weights {
        Pass::with_weights(weights::places(bytes, budget), bytes.size())
    } else {
        Pass::default()
    }
}

/// Reads a large file once, in order; SHA-256 and the weights run beside everything else.
fn stream(source: &dyn ByteSource, mut pass: Pass, budget: &Budget) -> Result<Pass, ReadError> {
    let mut current = vec![0; CHUNK];
    let mut next = vec![0; CHUNK];
    let mut filled = read_full(source, 0, &mut current)?;
    let mut offset = 0;
    while filled > 0 {
        budget.check_time()?;
        offset += filled as u64;
        let chunk = current.get(..filled).unwrap_or_default();
        let (sha256, others, weights) = pass.parts();
        let (read, _) = rayon::join(
            || {
                others.update(chunk);
                read_full(source, offset, &mut next)
            },
            || rayon::join(|| sha256.update(chunk), || weights.update(chunk)),
        );
        filled = read?;
        std::mem::swap(&mut current, &mut next);
    }
    Ok(pass)
}
