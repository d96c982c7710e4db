//! The public conformance cases of Sigstore, and what OpenSSF Model Signing signed under an identity: all offline.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they skip"
)]

mod conformance;
mod legacy;
mod oms;
#[cfg(feature = "sign")]
mod signing;
mod tampered;

use std::path::{Path, PathBuf};

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
