//! What a container holds, and what is known about the container as a whole.

use std::sync::Arc;

use chainwright_core::budget::Exhausted;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;
use serde::{Deserialize, Serialize};

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::digester::Made;
use crate::hazard::PathHazard;
use crate::kind::ContainerKind;
use crate::unpacked::{Fault, Unpacked};

/// An opened container.
#[derive(Debug)]
pub struct Opened {
    /// Every member of every reading. Consume them one after the other: what was decompressed goes with the member.
    pub members: Vec<Member>,
    /// What is known without decompressing the members.
    pub facts: ContainerFacts,
}

/// What is known about a container without decompressing its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFacts {
    /// The format.
    pub kind: ContainerKind,
    /// How many members were found, folders and links included.
    pub members: u64,
    /// The sum of the declared sizes, saturating; lies count as told.
    pub declared_bytes: u64,
    /// How many bytes the members take in the container.
    pub packed_bytes: u64,
    /// Bytes before the container proper, such as a self-extractor; 0 for most.
    pub prefix_bytes: u64,
    /// The comment of a zip or gzip, made visible and cut.
    pub comment: String,
    /// What is odd, in order of discovery; capped.
    pub anomalies: Vec<Anomaly>,
    /// How many further anomalies were left out.
    pub anomalies_left_out: u64,
    /// Names and links that would reach out of the folder of an extraction; capped.
    pub hazards: Vec<MemberHazard>,
    /// How many further hazards were left out.
    pub hazards_left_out: u64,
    /// What could not be read; capped.
    pub problems: Vec<Problem>,
}

/// A hazard together with the member that carries it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemberHazard {
    /// The member, made visible and cut.
    pub member: String,
    /// Where its header lies in the container.
    pub offset: u64,
    /// The hazard.
    pub hazard: PathHazard,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Entry {
    /// Content.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Where it points to, relative to its folder.
        target: String,
    },
    /// A hard link to an earlier member.
    Hardlink {
        /// The earlier member, relative to the top.
        target: String,
    },
    /// A device, pipe or socket.
    Special,
}

/// Which readings of a container show a member.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Views {
    /// The directory of a zip or 7z, or the sequence of a tar.
    pub central: bool,
    /// A stream reader that goes from local header to local header.
    pub local: bool,
    /// Only a search through bytes that no reading covers.
    pub carved: bool,
}

/// A member of a container.
#[derive(Debug, Clone)]
pub struct Member {
    /// The name as the loader resolves it; bytes that are no UTF-8 appear as `\xNN`.
    pub name: String,
    /// The name as it stands in the container.
    pub raw_name: Vec<u8>,
    /// What it is.
    pub entry: Entry,
    /// The declared size; may lie. The true one is the size of `bytes`.
    pub size: u64,
    /// The content, read on demand; `None` for folders, links, and what cannot be decoded.
    pub bytes: Option<SharedBytes>,
    /// Which readings show it.
    pub views: Views,
    /// Whether it is marked as encrypted. `bytes` may be there nevertheless: the mark can lie.
    pub encrypted: bool,
    /// Whether it is stored without compression, so that reading it costs nothing.
    pub stored: bool,
    /// Where its header lies in the container.
    pub offset: u64,
    /// Unix permission bits, where the container has them.
    pub mode: Option<u32>,
    /// Names and links that would reach out of the folder of an extraction.
    pub hazards: Vec<PathHazard>,
    pub(crate) unpacked: Option<Arc<Unpacked>>,
    pub(crate) digests: Made,
}

impl Member {
    /// The content of a compressed stream for reading forwards: as long as its end was not reached its size is
    /// [`u64::MAX`], so that asking for the size decompresses nothing. `None` if the member is not compressed.
    #[must_use]
    pub fn streamed(&self) -> Option<SharedBytes> {
        self.unpacked.as_ref().map(Unpacked::streamed)
    }

    /// The digests of the content that were made on the way.
    #[must_use]
    pub const fn digests(&self) -> Made {
        self.digests
    }

    /// Drops the content, which was read, and the raw name where the name says the same.
    pub(crate) fn forget(&mut self) {
        self.bytes = None;
        self.unpacked = None;
        if self.raw_name == self.name.as_bytes() {
            self.raw_name = Vec::new();
        }
    }

    /// What reading the member has brought to light: wrong checksums and sizes, in so far as it was read to its end,
    /// and bombs, in so far as it was read up to the limit.
    #[must_use]
    pub fn anomalies_after_reading(&self) -> Vec<Anomaly> {
        let Some(unpacked) = &self.unpacked else {
            return Vec::new();
        };
        let outcome = unpacked.outcome();
        let anomaly = |kind, detail| Anomaly {
            kind,
            offset: self.offset,
            member: visible(&self.name, 200),
            detail,
        };
        let size = outcome.wrong_size.map(|size| {
            let detail = format!("{size} bytes, declared as {}", self.size);
            anomaly(AnomalyKind::ContentSizeMismatch, detail)
        });
        let checksum = outcome.wrong_checksum.then(|| {
            let detail = "the content doesn't match its checksum".to_owned();
            anomaly(AnomalyKind::ChecksumMismatch, detail)
        });
        let is_bomb = |fault: &Fault| {
            matches!(
                fault,
                Fault::Exhausted(Exhausted::Ratio(_) | Exhausted::Unpacked(_))
            )
        };
        let bomb = outcome
            .fault
            .filter(is_bomb)
            .map(|fault| anomaly(AnomalyKind::Bomb, fault.to_string()));
        size.into_iter().chain(checksum).chain(bomb).collect()
    }

    /// What kept the member from being read to its end, as far as reading went.
    #[must_use]
    pub fn problem_after_reading(&self) -> Option<Problem> {
        let fault = self.unpacked.as_ref()?.outcome().fault?;
        let kind = match fault {
            Fault::Corrupt(_) => ProblemKind::Malformed,
            Fault::Truncated => ProblemKind::Truncated,
            Fault::TooLarge(_) | Fault::Exhausted(_) => ProblemKind::LimitReached,
            Fault::Unreadable(_) => ProblemKind::Unreadable,
        };
        Some(Problem::new(
            kind,
            Place::Byte(self.offset),
            fault.to_string(),
        ))
    }
}
