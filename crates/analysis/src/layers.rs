//! The members of a layer: what a package may own waits until the layer's own records were read.
//!
//! A layer of Python packages holds tens of thousands of texts that their packages speak for, and the records that say so
//! come after them. Parsing a text costs several times what decompressing it does, so texts wait in memory, up to a bound,
//! and those that turn out to be owned get the short look that is kept of owned files in any case. Whatever no record of
//! this layer lists, or lists with another digest, is read in full; so is what no longer finds room.
//!
//! What is no text is never put off: models, pickles, archives and programs are read when they pass.

mod digests;

use std::collections::{BTreeMap, VecDeque};

use chainwright_containers::Member;
use chainwright_core::bytes::SharedBytes;
use chainwright_images::Database;
use chainwright_images::layer::normal;

use crate::facts::Inspected;
use crate::inspect::Text;
use crate::ownership::{Owner, Owners, runs_by_itself};

pub(crate) use digests::{Digests, Known, is_recorded};

/// LIMIT: bytes of texts of one layer that wait.
const MOST_WAITING: u64 = 64 * 1024 * 1024;

/// Bytes that a waiting text takes besides its own.
const OVERHEAD: u64 = 1024;

/// A text that waits, with everything else that was seen in it.
pub(crate) struct Waiting {
    pub(crate) bytes: SharedBytes,
    pub(crate) text: Text,
    pub(crate) found: Vec<Inspected>,
    path: String,
    known: Known,
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
    /// What is known of files that were digested, by their path.
    known: BTreeMap<String, Known>,
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
        known: Known,
    ) -> Vec<Inspected> {
        let Some(path) = normal(&member.name) else {
            return found;
        };
        if known.is_made() {
            self.known.insert(path.clone(), known.clone());
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
                self.wait(path, known, bytes.clone(), text, found);
                Vec::new()
            }
            _ => found,
        }
    }

    fn wait(
        &mut self,
        path: String,
        known: Known,
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
            known,
            weight,
        };
        if let Some(owner) = self.owners.owner_of_member(&waiting.path, &waiting.known) {
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
            .and_then(|waiting| self.owners.owner_of_member(&waiting.path, &waiting.known));
        if owner.is_some()
            && let Some(waiting) = self.waiting.remove(&arrival)
        {
            self.leave(waiting);
        }
    }

    fn leave(&mut self, waiting: Waiting) {
        self.weight = self.weight.saturating_sub(waiting.weight);
        self.by_path.remove(&waiting.path);
        let owner = self.owners.owner_of_member(&waiting.path, &waiting.known);
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

    /// What is known of its files that were digested.
    pub(crate) fn into_known(self) -> BTreeMap<String, Known> {
        self.known
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
