//! The members of a layer: what a package may own waits until the layer's own records were read.
//!
//! A layer of Python packages holds tens of thousands of texts that their packages speak for, and the records that say so
//! come after them. Parsing a text costs several times what decompressing it does, so texts wait in memory, up to a bound,
//! and those that turn out to be owned get the short look that is kept of owned files in any case. Whatever no record of
//! this layer lists, or lists with another digest, is read in full; so is what no longer finds room.
//!
//! What is no text is never put off: models, pickles, archives and programs are read when they pass.

use std::collections::{BTreeMap, VecDeque};

use chainwright_containers::Member;
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_full};
use chainwright_core::digest::Sha256;
use chainwright_images::Database;
use chainwright_images::layer::normal;
use sha2::Digest as _;

use crate::facts::Inspected;
use crate::inspect::Text;
use crate::ownership::{Owner, Owners, runs_by_itself};

/// LIMIT: bytes of texts of one layer that wait.
const MOST_WAITING: u64 = 64 * 1024 * 1024;

/// Bytes that a waiting text takes besides its own.
const OVERHEAD: u64 = 1024;

/// Bytes that are digested at a time.
const PIECE: usize = 256 * 1024;

/// A text that waits, with everything else that was seen in it.
pub(crate) struct Waiting {
    pub(crate) bytes: SharedBytes,
    pub(crate) text: Text,
    pub(crate) found: Vec<Inspected>,
    path: String,
    sha256: Option<Sha256>,
    weight: u64,
}

/// A text whose turn has come, and who owns it.
pub(crate) struct Ready {
    pub(crate) waiting: Waiting,
    pub(crate) owner: Option<Owner>,
}

/// A layer that is being read.
#[derive(Default)]
pub(crate) struct Layer {
    owners: Owners,
    /// By the order of arrival.
    waiting: BTreeMap<u64, Waiting>,
    by_path: BTreeMap<String, u64>,
    arrived: u64,
    weight: u64,
    /// The digests of files, by their path.
    digests: BTreeMap<String, Sha256>,
    ready: VecDeque<Ready>,
}

impl Layer {
    pub(crate) fn new() -> Self {
        Self {
            owners: Owners::of_layer(),
            ..Self::default()
        }
    }

    /// Takes a file as it passes; what was put off of it comes back with [`Layer::turn`].
    pub(crate) fn take(
        &mut self,
        member: &Member,
        found: Vec<Inspected>,
        text: Option<Text>,
        budget: &Budget,
    ) -> Vec<Inspected> {
        let Some(path) = normal(&member.name) else {
            return found;
        };
        let sha256 = digest_of(&path, member, budget);
        if let Some(sha256) = sha256 {
            self.digests.insert(path.clone(), sha256);
        }
        self.owners.learn_member_path(&path);
        let claimed = found
            .first()
            .map(|first| self.owners.learn_member(&path, first))
            .unwrap_or_default();
        for path in claimed {
            self.release(&path);
        }
        match (text, &member.bytes) {
            (Some(text), Some(bytes)) => {
                self.wait(path, sha256, bytes.clone(), text, found);
                Vec::new()
            }
            _ => found,
        }
    }

    fn wait(
        &mut self,
        path: String,
        sha256: Option<Sha256>,
        bytes: SharedBytes,
        text: Text,
        found: Vec<Inspected>,
    ) {
        let weight = bytes.size().saturating_add(OVERHEAD);
        let waiting = Waiting {
            bytes,
            text,
            found,
            path,
            sha256,
            weight,
        };
        if let Some(owner) = self.owners.owner_of_member(&waiting.path, sha256) {
            let owner = Some(owner);
            self.ready.push_back(Ready { waiting, owner });
            return;
        }
        self.weight = self.weight.saturating_add(weight);
        self.by_path.insert(waiting.path.clone(), self.arrived);
        self.waiting.insert(self.arrived, waiting);
        self.arrived = self.arrived.saturating_add(1);
        while self.weight > MOST_WAITING {
            let Some((_, waiting)) = self.waiting.pop_first() else {
                break;
            };
            self.leave(waiting);
        }
    }

    /// A record claims a path: the text there need not wait any longer, if it is the one that the record means.
    fn release(&mut self, path: &str) {
        let Some(arrival) = self.by_path.get(path).copied() else {
            return;
        };
        let owner = self
            .waiting
            .get(&arrival)
            .and_then(|waiting| self.owners.owner_of_member(&waiting.path, waiting.sha256));
        if owner.is_some()
            && let Some(waiting) = self.waiting.remove(&arrival)
        {
            self.leave(waiting);
        }
    }

    fn leave(&mut self, waiting: Waiting) {
        self.weight = self.weight.saturating_sub(waiting.weight);
        self.by_path.remove(&waiting.path);
        let owner = self.owners.owner_of_member(&waiting.path, waiting.sha256);
        self.ready.push_back(Ready { waiting, owner });
    }

    /// The next text whose turn has come.
    pub(crate) fn turn(&mut self) -> Option<Ready> {
        self.ready.pop_front()
    }

    /// The layer was read: nothing waits any longer.
    pub(crate) fn close(&mut self) {
        while let Some((_, waiting)) = self.waiting.pop_first() {
            self.leave(waiting);
        }
    }

    /// The digests of its files, as far as they were made.
    pub(crate) fn into_digests(self) -> BTreeMap<String, Sha256> {
        self.digests
    }
}

/// Whether a text of this path may wait: hooks of interpreter and installer, records and databases are read when they pass, and of
/// headers, tables and pages the short look is hardly shorter than the long one.
pub(crate) fn may_wait(path: &str, head: &[u8]) -> bool {
    const SHORT_ANYWAY: [&str; 16] = [
        "h", "hh", "hpp", "hxx", "cuh", "inc", "c", "cc", "cpp", "cu", "txt", "csv", "tsv", "html",
        "css", "map",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_record = chainwright_dependencies::recognise(path, head)
        .is_some_and(chainwright_dependencies::ManifestKind::is_installed);
    let is_release = path.ends_with("etc/os-release") || path.ends_with("usr/lib/os-release");
    !runs_by_itself(path)
        && name != "package.json"
        && !is_record
        && !is_release
        && Database::of_path(path).is_none()
        && !SHORT_ANYWAY.contains(&extension)
}

/// Whether a record of a Python package may name the digest of this file.
pub(crate) fn is_digested(name: &str) -> bool {
    const PLACES: [&str; 3] = ["site-packages/", "dist-packages/", "archive-v0/"];
    let is_program = || {
        let mut folders = name.rsplit('/').skip(1);
        folders.next() == Some("bin") && folders.next().is_some_and(|around| around != "usr")
    };
    PLACES.iter().any(|place| name.contains(place)) || is_program()
}

fn digest_of(path: &str, member: &Member, budget: &Budget) -> Option<Sha256> {
    if !is_digested(path) {
        return None;
    }
    let bytes = member.bytes.as_ref()?;
    if let Some(slice) = bytes.as_slice() {
        // What ends before its announced size is not the file.
        let is_whole = bytes.size() == member.size;
        return is_whole.then(|| Sha256(sha2::Sha256::digest(slice).into()));
    }
    if bytes.is_sequential() {
        return member.sha256();
    }
    let mut digest = sha2::Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < member.size {
        budget.check_time().ok()?;
        let filled = read_full(bytes.as_ref(), at, &mut piece).ok()?;
        let part = piece.get(..filled).filter(|part| !part.is_empty())?;
        digest.update(part);
        at = at.saturating_add(chainwright_core::fields::wide(filled));
    }
    Some(Sha256(digest.finalize().into()))
}
