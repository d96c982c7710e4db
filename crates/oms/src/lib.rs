//! OpenSSF Model Signing (OMS): what is signed, read in every shape, and how a model differs from it.
//!
//! A signature of this kind covers a list of names and digests, the [`Manifest`]. [`write_statement`] turns it into the
//! bytes that are signed; [`read_statement`] turns signed bytes back into it, whatever release wrote them, and refuses
//! what no rule of the specification allows; [`compare`] holds it against what lies on the disk.
//!
//! Nothing here checks a signature, opens a file or hashes one: names, digests and bytes come in. The names of a
//! manifest are only ever compared, never opened, so that a hostile one leads nowhere.
//!
//! Specification: <https://github.com/ossf/model-signing-spec>, v1.0.

mod compare;
mod content;
mod error;
mod exclude;
mod hash;
mod json;
mod manifest;
mod name;
mod older;
mod read;
mod write;

pub use compare::{Comparison, Difference, Left, Piece, Present, PresentFile, Weight, compare};
pub use content::{Loads, loads};
pub use error::StatementError;
pub use exclude::{ALWAYS_EXCLUDED, Exclusion, Exclusions, IgnoreError, ignore_path};
pub use hash::{Digest, Hash};
pub use manifest::{
    BuildError, DEFAULT_SHARD_SIZE, Manifest, Method, Order, Resource, Serialization,
};
pub use name::{NameError, SINGLE_FILE, check_name, shard_name, split_shard, twin_key};
pub use read::{Shape, Signed, read_statement};
pub use write::write_statement;

/// The type of the predicate that is written.
pub const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";

/// The type of the in-toto statement around it.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The name of a signature file unless the user gives another.
pub const DEFAULT_SIGNATURE: &str = "model.sig";
