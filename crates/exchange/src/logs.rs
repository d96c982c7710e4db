//! Whether the logs of a file continue what was seen of them before.

use std::collections::BTreeMap;

use chainwright_ledger::{LedgerError, Memory, Remembered};
use chainwright_transparency::policy::Accepted;
use chainwright_transparency::tree::check_consistency;
use chainwright_transparency::{Checkpoint, Hash, Note, VerifierKey};

use crate::error::Reason;
use crate::file::Growth;

/// A checkpoint that a policy accepts, as it was signed.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) accepted: Accepted,
    pub(crate) note: Note,
}

/// What shows that logs grew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growths<'a> {
    pub(crate) brought: &'a BTreeMap<(String, u64), Growth>,
    /// Whether enough witnesses vouch for every checkpoint; they only sign what continues what they saw.
    pub(crate) vouched: bool,
}

/// What is to be remembered of a log once all is kept.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) note: Note,
    pub(crate) key: VerifierKey,
}

/// Holds the checkpoints of one log against each other and against what was seen. If the log tells two stories, both
/// checkpoints are kept as evidence.
pub(crate) fn continues(
    signed: &[Signed],
    memory: &Memory,
    growths: Growths<'_>,
) -> Result<Option<Step>, Reason> {
    let mut sorted: Vec<&Signed> = signed.iter().collect();
    sorted.sort_by_key(|signed| signed.accepted.checkpoint.size);
    let Some(origin) = sorted
        .first()
        .map(|signed| signed.accepted.checkpoint.origin.clone())
    else {
        return Ok(None);
    };
    let unreadable = |error: LedgerError| Reason::Memory(error.to_string());
    let known = memory.recall(&origin).map_err(unreadable)?;
    let mut last: Option<(&Checkpoint, &Note)> =
        known.as_ref().map(|known| (&known.checkpoint, &known.note));
    for signed in &sorted {
        let new = &signed.accepted.checkpoint;
        if let Some((old, note)) = last {
            let followed = follows(old, new, growths);
            if matches!(followed, Err(Reason::Equivocated { .. })) {
                memory
                    .keep_evidence(&origin, &[note, &signed.note])
                    .map_err(unreadable)?;
            }
            followed?;
        }
        last = Some((new, &signed.note));
    }
    Ok(sorted.last().map(|signed| Step {
        note: signed.note.clone(),
        key: signed.accepted.log.clone(),
    }))
}

/// Remembers a checkpoint, unless the log was seen further on in the meantime.
pub(crate) fn remember(
    step: &Step,
    memory: &Memory,
    growths: Growths<'_>,
) -> Result<(), RememberError> {
    let new = Checkpoint::parse(step.note.text()).map_err(LedgerError::from)?;
    memory.update(&new.origin, |known: Option<&Remembered>| {
        if let Some(known) = known {
            let is_same = known.checkpoint.size == new.size;
            follows(&known.checkpoint, &new, growths)?;
            if is_same {
                return Ok(((), known.note.clone(), known.key.clone()));
            }
        }
        Ok::<_, RememberError>(((), step.note.clone(), step.key.clone()))
    })
}

/// Why a checkpoint is not remembered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RememberError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("{0}")]
    Overtaken(#[from] Reason),
}

fn follows(old: &Checkpoint, new: &Checkpoint, growths: Growths<'_>) -> Result<(), Reason> {
    let (origin, seen, found) = (new.origin.clone(), old.size, new.size);
    if found < seen {
        return Err(Reason::OlderThanSeen {
            origin,
            seen,
            found,
        });
    }
    if found == seen {
        return (old.root == new.root)
            .then_some(())
            .ok_or(Reason::Equivocated {
                origin,
                size: found,
            });
    }
    if seen == 0 {
        return Ok(());
    }
    let brought = growths.brought.get(&(origin.clone(), seen));
    match brought.filter(|growth| growth.to == found) {
        Some(growth) => {
            let wrong = Reason::GrowthWrong {
                origin,
                seen,
                found,
            };
            let hashes: Option<Vec<Hash>> =
                growth.hashes.iter().map(|hash| Hash::read(hash)).collect();
            let hashes = hashes.ok_or_else(|| wrong.clone())?;
            check_consistency(seen, &old.root, found, &new.root, &hashes).map_err(|_| wrong)
        }
        None if growths.vouched => Ok(()),
        None => Err(Reason::GrowthUnproven {
            origin,
            seen,
            found,
        }),
    }
}
