//! Keras models and the HDF5 container that they lie in, read without libhdf5.
//!
//! A Keras model is a tree of classes to import with their arguments, and weights beside it. The tree is JSON (in
//! `.keras`, in an attribute of `.h5`, alone) or YAML; what it names and what it carries is judged in [`config`]. The
//! weights are HDF5, whose links and storage can reach other files; [`hdf5`] walks its metadata. Zip archives are
//! opened elsewhere: the functions here get the members. Nothing is imported, unmarshalled or decompressed.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

pub mod config;
mod data;
pub mod hdf5;

/// The formats of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Any HDF5 file, with or without a Keras model.
    Hdf5,
    /// A Keras model or layer as JSON or YAML, or the metadata beside it.
    Config,
}

/// Which formats the content may be; `head` and `tail` are its first and last 64 KiB.
#[must_use]
pub fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if hdf5::is_hdf5(head) {
        kinds.push(Kind::Hdf5);
    }
    if config::is_config(head, tail, name) {
        kinds.push(Kind::Config);
    }
    kinds
}

/// Reads the bytes as one of the formats.
#[must_use]
pub fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    match kind {
        Kind::Hdf5 => hdf5::read(bytes, budget),
        Kind::Config => config::read(bytes, budget),
    }
}
