//! Keys as other tools write them, chains with every defect, vectors of OpenSSF Model Signing, and secrets that stay so.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they skip"
)]

mod chains;
mod edges;
mod keys;
mod secrets;
mod timestamps;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the fixtures beside the tests.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The public test data, or nothing with a visible line.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CHAINWRIGHT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join(name);
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}
