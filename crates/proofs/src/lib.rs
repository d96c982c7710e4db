//! Signatures and attestations of a scanned tree, held against its files and a policy.
//!
//! [`look`] takes what a scan saw, the documents that may carry signatures, and whom to trust, and adds facts: to each
//! document how far its signatures hold and what they cover, to each file who vouches for it. The digests are those that
//! the scan has made already. Without anybody to trust, what needs no trust is looked at all the same.
//!
//! Nothing here opens a file, knows the time or asks a network: bytes and time come in, files are read again through
//! [`Contents`], identities of Sigstore are checked through [`Sigstore`]. Severities are the business of rules.

pub mod attested;
mod bases;
mod candidates;
mod checkpoints;
mod cover;
mod levels;
mod look;
pub mod signature;
mod standing;
mod tree;
mod trust;

pub use candidates::{MAX_CARRIER, is_carrier, may_carry};
pub use checkpoints::{Recorded, note as note_checkpoints};
pub use look::{Carrier, Checking, Contents, look};
pub use tree::Root;
pub use trust::{About, Blob, Sigstore, Trust};
