//! Signatures and attestations, once all files were read: finds the documents that carry them and holds them against the
//! digests that the run has made.
//!
//! Files are opened again only if their names allow a signature in them, and read as a whole only if they begin like one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chainwright_analysis::Inspected;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_digests::{Found, Plan, Stamp, digest};
use chainwright_oms::{Hash, Method, Piece};
use chainwright_proofs::{
    Carrier, Checking, Contents, MAX_CARRIER, Recorded, Root, is_carrier, look, may_carry,
    note_checkpoints,
};
use chainwright_signing::{Moment, Time};
use chainwright_sources::{FileSource, FoundFile};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::pipeline::{Request, Target};

/// Bytes from the start of a file that tell whether it carries signatures.
const HEAD: u64 = 1024;

/// LIMIT: bytes of all documents with signatures of one run.
const MOST_IN_ALL: u64 = 256 << 20;

/// LIMIT: bytes of a file that is held at once for a signature over its bytes.
const MOST_CONTENT: u64 = 64 << 20;

/// Names that checkpoints and proofs of logs go by.
const CHECKPOINTS: [&str; 3] = ["checkpoint", "tlog-proof", "tlogproof"];

/// What a run is to verify.
#[derive(Debug, Clone)]
pub struct Verifying {
    /// What to hold signatures against.
    pub checking: Checking,
    /// Documents beside those that lie in the targets.
    pub named: Vec<PathBuf>,
    /// Checkpoints that were seen before.
    pub recorded: Vec<Recorded>,
    /// The time of the check.
    pub now: Moment,
}

/// Adds what signatures and attestations say to the facts of the files.
pub(crate) fn verify(
    request: &Request,
    targets: &[(Target, usize)],
    files: &[FoundFile],
    artifacts: &mut Vec<Inspected>,
) -> Vec<String> {
    let mut carriers = carriers(files, artifacts);
    let mut warnings = Vec::new();
    if let Some(verifying) = &request.verifying {
        for path in &verifying.named {
            match named(path, files, &carriers) {
                Ok(found) => carriers.extend(found),
                Err(error) => {
                    warnings.push(format!("`{}` cannot be read: {error}", path.display()));
                }
            }
        }
        checkpoints(files, artifacts, &verifying.recorded);
    }
    if carriers.is_empty() && request.verifying.is_none() {
        return warnings;
    }
    let roots = roots(targets, files);
    let disk = Disk {
        by_shown: files
            .iter()
            .map(|file| (file.shown.as_str(), file))
            .collect(),
    };
    let checking = request.verifying.as_ref().map(|asked| &asked.checking);
    let now = request
        .verifying
        .as_ref()
        .map_or(Moment::now(Time(0)), |asked| asked.now);
    look(artifacts, &roots, &carriers, checking, now, &disk);
    warnings
}

/// Every file of the targets that begins like a document with signatures.
fn carriers(files: &[FoundFile], artifacts: &mut [Inspected]) -> Vec<Carrier> {
    let may = |file: &&FoundFile| may_carry(&file.shown) && file.stamp.size > 0;
    let wanted: Vec<&FoundFile> = files.iter().filter(may).collect();
    let wanted: Vec<&FoundFile> = wanted
        .par_iter()
        .filter(|file| head(&file.path).is_some_and(|head| is_carrier(&head)))
        .copied()
        .collect();
    let mut found = Vec::new();
    let mut left = MOST_IN_ALL;
    let mut cut = BTreeSet::new();
    for file in wanted {
        let most = MAX_CARRIER.min(left);
        let read = (file.stamp.size <= most).then(|| read(&file.path, most));
        let Some(bytes) = read.flatten() else {
            cut.insert(file.shown.as_str());
            continue;
        };
        left = left.saturating_sub(bytes.len() as u64);
        found.push(Carrier {
            path: file.shown.clone(),
            bytes,
            is_outside: false,
        });
    }
    if cut.is_empty() {
        return found;
    }
    for artifact in artifacts {
        let is_whole = artifact.location.members().is_empty();
        if is_whole && cut.contains(artifact.location.path()) {
            let detail =
                "looks like a document with signatures, and is too large to be read as one";
            let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
            artifact.problems.push(problem);
        }
    }
    found
}

/// The first bytes of a regular file.
fn head(path: &Path) -> Option<Vec<u8>> {
    // Refuses what is no regular file before anything could block.
    FileSource::open(path).ok()?;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(HEAD).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A regular file, if it is not larger than this.
fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    FileSource::open(path).ok()?;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}

/// A document that somebody named, or the documents of a folder; those that lie in a target are known already.
fn named(path: &Path, files: &[FoundFile], known: &[Carrier]) -> std::io::Result<Vec<Carrier>> {
    let mut paths = vec![path.to_owned()];
    if fs::metadata(path)?.is_dir() {
        paths = fs::read_dir(path)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.is_file() && may_carry(&path.to_string_lossy()))
            .collect();
        paths.sort();
    }
    let mut found = Vec::new();
    for path in paths {
        let real = fs::canonicalize(&path)?;
        let inside = files.iter().find(|file| {
            file.path.file_name() == path.file_name()
                && fs::canonicalize(&file.path).is_ok_and(|other| other == real)
        });
        let shown = inside.map_or_else(|| slashed(&path), |file| file.shown.clone());
        if known.iter().any(|carrier| carrier.path == shown) {
            continue;
        }
        let bytes = read(&path, MAX_CARRIER)
            .ok_or_else(|| std::io::Error::other("no regular file, or too large"))?;
        found.push(Carrier {
            path: shown,
            bytes,
            is_outside: inside.is_none(),
        });
    }
    Ok(found)
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn checkpoints(files: &[FoundFile], artifacts: &mut [Inspected], recorded: &[Recorded]) {
    if recorded.is_empty() {
        return;
    }
    for file in files {
        let name = file.shown.rsplit('/').next().unwrap_or_default();
        let is_named = CHECKPOINTS
            .iter()
            .any(|word| name.to_ascii_lowercase().contains(word));
        if is_named && let Some(bytes) = read(&file.path, 1 << 20) {
            note_checkpoints(artifacts, &file.shown, &bytes, recorded);
        }
    }
}

/// Where targets lie in the names of files; each target stands with the index of its first file.
fn roots(targets: &[(Target, usize)], files: &[FoundFile]) -> Vec<Root> {
    let mut roots = Vec::new();
    for (target, first) in targets {
        // A target without files has no first one.
        let first = files.get(*first);
        let Some(file) = first.filter(|file| file.path.starts_with(&target.path)) else {
            continue;
        };
        let relative = file.path.strip_prefix(&target.path).unwrap_or(&target.path);
        let depth = relative.components().count();
        let parts: Vec<&str> = file.shown.split('/').collect();
        let shown = parts.get(..parts.len().saturating_sub(depth));
        let real = fs::canonicalize(&target.path).unwrap_or_else(|_| target.path.clone());
        let name = real
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        roots.push(Root {
            shown: shown.unwrap_or_default().join("/"),
            name: name.unwrap_or_default(),
            is_file: depth == 0,
        });
    }
    roots
}

/// The files of the run, to be read again.
struct Disk<'a> {
    by_shown: BTreeMap<&'a str, &'a FoundFile>,
}

impl Contents for Disk<'_> {
    fn rehash(&self, path: &str, hash: Hash, method: Method) -> Option<Vec<Piece>> {
        let file = self.by_shown.get(path)?;
        let metadata = fs::metadata(&file.path).ok()?;
        if chainwright_sources::Stamp::of(&metadata) != file.stamp {
            return None;
        }
        let found = Found {
            name: path.to_owned(),
            path: file.path.clone(),
            stamp: Stamp::of(&metadata),
            is_executable: false,
            is_hidden: false,
        };
        let plan = Plan { hash, method };
        digest(&[&found], plan, None, &|_| {}).pop()?.ok()
    }

    fn content(&self, path: &str) -> Option<Vec<u8>> {
        read(&self.by_shown.get(path)?.path, MOST_CONTENT)
    }
}
