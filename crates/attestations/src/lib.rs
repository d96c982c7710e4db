//! Envelopes, bundles and statements of signed software: read strictly, written plainly, nothing trusted.
//!
//! A signature travels in layers. A [`Bundle`] carries what a verifier needs: a key hint or certificates, log entries,
//! timestamps, and either a signature over a message or an [`Envelope`]. The envelope (DSSE) carries a payload and
//! signatures over it; the payload is mostly an in-toto [`Statement`]: subjects with digests and a claim about them.
//!
//! The crate reads these shapes, in every version that is found in the field, and writes the newest. It checks no
//! signature and believes nothing: that is the work of `signing` and `keyless`. Readers are strict, because two readers
//! that understand one document differently are a way around a signature: repeated keys, unknown versions, negative
//! numbers and bad base64 are errors with the place where they are.

pub mod base64;
pub mod bundle;
pub mod cosign;
pub mod document;
pub mod dsse;
mod error;
mod fields;
pub mod json;
mod log_entry;
pub mod statement;
mod write;

pub use bundle::{Bundle, Content, Der, Material, MessageSignature, Version};
pub use document::Document;
pub use dsse::{Envelope, Signature};
pub use error::ReadError;
pub use json::Limits;
pub use log_entry::{InclusionProof, LogEntry};
pub use statement::{DigestSet, Statement, StatementVersion, Subject};
