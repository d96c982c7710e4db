//! Witnesses of logs (c2sp.org/tlog-witness): cosigns the checkpoints of others, and asks others to cosign ours.
//!
//! A witness remembers the newest checkpoint of each log that it watches and signs another only if that follows. What it
//! remembers is on the disk before its signature leaves the house. The judgement itself is in `transparency`, the memory
//! in `ledger`; this crate puts them behind HTTP and knows the other side of the conversation.

mod client;
mod server;

use chainwright_ledger::{LedgerError, Memory};
use chainwright_transparency::witness::{AddCheckpoint, Refusal, SIZE_TYPE};
use chainwright_transparency::{SigningKey, VerifierKey};
use sha2::{Digest as _, Sha256};

pub use crate::client::{AskError, Prove, Witnesses, ask};
pub use crate::server::serve;

/// How much evidence is kept against one log.
const MOST_EVIDENCE: usize = 100;

/// A witness.
#[derive(Debug)]
pub struct Witness {
    key: SigningKey,
    logs: Vec<VerifierKey>,
    memory: Memory,
}

/// An answer as HTTP gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// Why a witness cannot do its work; not why it refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// The key of a witness makes cosignatures.
    #[error("`{0}` is not the key of a witness: its type makes no cosignatures")]
    NotACosigner(VerifierKey),
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// Which one.
        address: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

enum Decided {
    Refused(Refusal),
    Failed(LedgerError),
}

impl From<LedgerError> for Decided {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error)
    }
}

impl Witness {
    /// A witness that cosigns for these logs with this key.
    ///
    /// # Errors
    ///
    /// If the key makes no cosignatures.
    pub fn new(
        key: SigningKey,
        logs: Vec<VerifierKey>,
        memory: Memory,
    ) -> Result<Self, WitnessError> {
        if !key.verifier().kind().is_cosignature() {
            return Err(WitnessError::NotACosigner(key.verifier().clone()));
        }
        Ok(Self { key, logs, memory })
    }

    /// Answers a request to cosign; `now` is in seconds since 1970.
    #[must_use]
    pub fn add_checkpoint(&self, body: &[u8], now: u64) -> Answer {
        match self.decide(body, now) {
            Ok(line) => Answer::text(200, line),
            Err(Decided::Refused(Refusal::Conflict { known })) => Answer {
                status: 409,
                content_type: SIZE_TYPE,
                body: format!("{known}\n"),
            },
            Err(Decided::Refused(refusal)) => {
                Answer::text(refusal.status(), format!("{refusal}\n"))
            }
            Err(Decided::Failed(error)) => failed(&error),
        }
    }

    fn decide(&self, body: &[u8], now: u64) -> Result<String, Decided> {
        let refused = |refusal: Refusal| Decided::Refused(refusal);
        let request = AddCheckpoint::parse(body).map_err(|error| refused(error.into()))?;
        // Whoever is not known leaves no trace.
        match request.judge(&self.logs, None) {
            Ok(_) | Err(Refusal::Conflict { .. } | Refusal::Inconsistent(_)) => {}
            Err(refusal) => return Err(refused(refusal)),
        }
        let note = &request.checkpoint;
        let origin = note.text().lines().next().unwrap_or_default();
        let trusted: Vec<&VerifierKey> = self
            .logs
            .iter()
            .filter(|key| key.name.as_str() == origin)
            .collect();
        let signed = note
            .verify(&trusted)
            .map_err(|error| refused(error.into()))?;
        let log = signed
            .first()
            .map_or(self.key.verifier(), |signed| signed.key)
            .clone();
        self.memory.update(origin, |known| {
            let seen = known.map(|known| &known.checkpoint);
            if let Err(refusal) = request.judge(&self.logs, seen) {
                if let (true, Some(known)) = (refusal.is_evidence(), known)
                    && self.memory.evidence(origin)?.len() < MOST_EVIDENCE
                {
                    self.memory.keep_evidence(origin, &[&known.note, note])?;
                }
                return Err(refused(refusal));
            }
            let line = self.key.sign(note.text(), now).map_err(LedgerError::from)?;
            let mut kept =
                chainwright_transparency::Note::unsigned(note.text()).map_err(LedgerError::from)?;
            // Only what was verified is passed on.
            for signature in note.signatures() {
                if trusted
                    .iter()
                    .any(|key| key.name == signature.name && key.id == signature.id)
                {
                    kept.add(signature.clone());
                }
            }
            kept.add(line.clone());
            Ok((line.to_string(), kept, log))
        })
    }

    /// The newest checkpoint that was cosigned for the log whose origin has this SHA-256, in hexadecimal digits.
    #[must_use]
    pub fn latest(&self, origin_hash: &str) -> Answer {
        let origin = self
            .logs
            .iter()
            .map(|key| key.name.as_str())
            .find(|origin| chainwright_ledger::entry::hex(&Sha256::digest(origin)) == origin_hash);
        match origin.map(|origin| self.memory.recall(origin)) {
            Some(Ok(Some(known))) => Answer::text(200, known.note.to_string()),
            Some(Err(error)) => failed(&error),
            Some(Ok(None)) | None => {
                Answer::text(404, "nothing was cosigned for this log\n".to_owned())
            }
        }
    }
}

/// Details of our disk are nobody's business.
fn failed(error: &LedgerError) -> Answer {
    let reason = match error {
        LedgerError::Storage(error) if error.is_full() => "the disk of the witness is full\n",
        _ => "the witness cannot remember\n",
    };
    Answer::text(500, reason.to_owned())
}

impl Answer {
    fn text(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body,
        }
    }
}

#[cfg(test)]
mod tests;
