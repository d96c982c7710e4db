//! Append-only logs as C2SP specifies them: trees, tiles, notes, checkpoints, cosignatures, proofs and policies.
//!
//! Whoever reads a log must be able to check it with other people's tools, so everything here follows the documents of
//! [C2SP](https://c2sp.org) (signed-note, tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-witness,
//! tlog-policy) to the letter, and refuses what they forbid with errors that a caller can tell apart.
//!
//! The crate stores nothing, asks no clock and makes no random numbers: bytes, times and seeds come in as arguments.
//! Where logs are kept is the matter of `ledger`.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::string_slice,
        clippy::unreachable,
        reason = "a test that panics is a test that fails"
    )
)]

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod hash;
pub mod key;
pub mod note;
pub mod policy;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod witness;

mod base64;
mod decimal;

pub use crate::checkpoint::Checkpoint;
pub use crate::hash::Hash;
pub use crate::key::{SigningKey, VerifierKey};
pub use crate::note::Note;
