//! A signature file: read, and held against those who are trusted.

use std::io::Read as _;
use std::path::Path;

use chainwright_proofs::Trust;
use chainwright_proofs::signature::{self, Checked, SignatureError};
use chainwright_signing::Moment;

/// Bytes of the largest signature that is read.
const LARGEST: usize = 512 << 20;

/// Reads a signature file and holds it against the policy, then reads what it says.
pub(crate) fn check(path: &Path, trust: &Trust, moment: Moment) -> Result<Checked, SignatureError> {
    signature::check(&read(path)?, trust, moment)
}

/// The bytes of a signature.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SignatureError> {
    let shown = super::shown(path);
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => SignatureError::Missing(shown.clone()),
        _ => SignatureError::Unreadable {
            path: shown.clone(),
            reason: error.to_string(),
        },
    };
    let is_file = std::fs::metadata(path).map_err(unreadable)?.is_file();
    if !is_file {
        return Err(SignatureError::Unreadable {
            path: shown,
            reason: "not a regular file".to_owned(),
        });
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}
