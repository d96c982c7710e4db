//! What may be signed, what is read back, and what is refused.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    clippy::as_conversions,
    reason = "tests that read public data beside the checkout"
)]

mod comparing;
mod hostile;
mod statements;
mod vectors;

use chainwright_oms::{
    Digest, Hash, Manifest, Method, Resource, Serialization, Signed, StatementError,
    read_statement, write_statement,
};
use serde_json::Value;
use sha2::Digest as _;

/// A digest that is one of this text.
fn digest(text: &str) -> Digest {
    Digest::Sha256(sha2::Sha256::digest(text).into())
}

/// Whole files by SHA-256.
fn files() -> Serialization {
    Serialization {
        method: Method::Files,
        hash: Hash::Sha256,
        allow_symlinks: false,
        ignore_paths: Vec::new(),
    }
}

/// Stretches of this many bytes.
fn shards(size: u64) -> Serialization {
    Serialization {
        method: Method::Shards(size),
        ..files()
    }
}

/// A manifest of entries whose digests are those of their names.
fn manifest(serialization: Serialization, names: &[&str]) -> Manifest {
    let resources = names.iter().map(|name| Resource {
        name: (*name).to_owned(),
        digest: digest(name),
    });
    Manifest::new("model".to_owned(), serialization, resources.collect()).expect("sound")
}

/// The statement of a manifest, to be tampered with.
fn statement(serialization: Serialization, names: &[&str]) -> Value {
    let written = write_statement(&manifest(serialization, names));
    serde_json::from_slice(&written).expect("what is written is JSON")
}

/// Reads what became of it; the root is made to fit first, as a signer would.
fn read(mut statement: Value) -> Result<Signed, StatementError> {
    fit_root(&mut statement);
    read_statement(statement.to_string().as_bytes())
}

/// Gives the subject the root digest of the entries.
fn fit_root(statement: &mut Value) {
    let Some(resources) = statement["predicate"]["resources"].as_array() else {
        return;
    };
    let mut hasher = sha2::Sha256::new();
    for resource in resources {
        let text = resource["digest"].as_str().unwrap_or_default();
        let pairs = text.as_bytes().chunks_exact(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        hasher.update(bytes.unwrap_or_default());
    }
    let root: String = hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if let Some(digest) = statement.pointer_mut("/subject/0/digest/sha256") {
        *digest = root.into();
    }
}
