//! A symbolic machine for Python pickles: what would be called with which arguments.
//!
//! Loading a pickle runs a small program that may import and call anything. This crate runs that program with
//! symbols in place of values: every import, call and change of state becomes a fact with its place, its rendered
//! arguments and a tier of a five-tier policy of exact names. Errors in the stream are facts too, since whatever
//! stood before an error has run.
//!
//! It never imports, calls or evaluates anything of the stream, opens no file, and decides nothing: severity and
//! verdict belong to the rules. Zip, tar and compressed files are opened by `containers`.

mod code;
mod collect;
mod decode;
mod facts;
mod file;
mod input;
mod joblib;
mod literal;
mod machine;
mod memo;
mod names;
pub mod opcode;
mod policy;
mod recognise;
mod render;
mod stack;
mod symbols;
mod value;

pub use facts::{
    Anomaly, AnomalyKind, Capability, Flavour, Likeness, PickleFacts, Reason, Stream, StreamEnd,
    Tier, Trailing, TrailingKind, Use, UseKind,
};
pub use file::scan;
pub use recognise::recognise;
