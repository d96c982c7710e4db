//! Checkpoints of logs in the tree against those that were seen before.
//!
//! A log only grows. A checkpoint of the same log with fewer entries than were recorded means that entries were taken out,
//! or that an old state is passed off as the present one; one of the same size with another root means that the log tells
//! different people different things. A proof file holds the checkpoint of its day, so that only a different root counts
//! there. Signatures of logs are not checked here: without them a checkpoint is a claim, and a contradiction is one all the
//! same.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_core::proof::Regression;
use chainwright_core::text::visible;
use chainwright_transparency::proof::LogProof;
use chainwright_transparency::{Checkpoint, Note};

/// What was seen of a log before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its name.
    pub origin: String,
    /// Its entries.
    pub size: u64,
    /// Its root, in hexadecimal digits.
    pub root: String,
}

impl Recorded {
    /// Reads a checkpoint: a signed note.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let note = Note::parse(bytes).ok()?;
        Checkpoint::parse(note.text())
            .ok()
            .map(|found| Self::of(&found))
    }

    fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint
                .root
                .0
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

/// Holds a document of the tree against what was recorded, and notes a contradiction at its artifact.
pub fn note(artifacts: &mut [Inspected], path: &str, bytes: &[u8], recorded: &[Recorded]) {
    let proof = LogProof::parse(bytes).ok();
    let found = match &proof {
        Some(proof) => proof.claimed().ok().map(|found| Recorded::of(&found)),
        None => Recorded::read(bytes),
    };
    let Some(found) = found else {
        return;
    };
    let contradicts = |before: &&Recorded| {
        let is_smaller = found.size < before.size && proof.is_none();
        let is_other = found.size == before.size && found.root != before.root;
        before.origin == found.origin && (is_smaller || is_other)
    };
    let Some(before) = recorded.iter().find(contradicts) else {
        return;
    };
    let regression = Regression {
        origin: visible(&found.origin, 200),
        size: found.size,
        root: found.root.clone(),
        recorded_size: before.size,
        recorded_root: before.root.clone(),
    };
    let mut artifacts = artifacts.iter_mut();
    if let Some(artifact) = artifacts
        .find(|artifact| artifact.location.path() == path && artifact.location.members().is_empty())
    {
        artifact.facts.push(Facts::Regressed(regression));
    }
}
