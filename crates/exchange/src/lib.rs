//! Attestations and proofs of logs in one file that one organisation hands to another.
//!
//! The sender picks what is said about artifacts and writes it down as an [`Exchange`]; the receiver reads the file,
//! judges every item by a policy of its own ([`judge`]), and only then keeps anything ([`keep`]). Nothing in the file
//! is believed because it stands there: not a key, not a name, not a digest. The crate asks no network and no clock; who
//! may sign is decided by a function that the caller brings.
//!
//! What was seen of logs before is kept in a [`chainwright_ledger::Memory`], so that a file that was replayed, or a log
//! that tells two stories, is noticed.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::string_slice,
        reason = "a test that panics is a test that fails"
    )
)]

pub mod file;
pub mod judge;
pub mod keep;

mod error;
mod gather;
mod logs;

pub use crate::error::{FormatError, Reason};
pub use crate::file::{Artifact, Exchange, Growth, Hint, HintKind, Kind};
pub use crate::gather::{GatherError, add_from_log, documents};
pub use crate::judge::{Here, Item, Judged, Receiver, Untrusted, Verdict, What, judge};
pub use crate::keep::{KeepError, Kept, keep};

use sha2::{Digest as _, Sha256};

/// The SHA-256 in lower-case hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    chainwright_ledger::entry::hex(&Sha256::digest(bytes))
}
