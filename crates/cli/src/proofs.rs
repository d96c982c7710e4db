//! What `sign`, `verify`, `attest` and `keygen` share: keys, signatures, attestations, and a model as it lies on the
//! disk.

pub(crate) mod attested;
pub(crate) mod blob;
pub(crate) mod image;
#[cfg(feature = "registries")]
mod image_base;
#[cfg(feature = "registries")]
mod image_judged;
#[cfg(feature = "registries")]
mod image_told;
pub(crate) mod keys;
pub(crate) mod model;
pub(crate) mod outcome;
pub(crate) mod signature;
pub(crate) mod signers;
pub(crate) mod slsa;
pub(crate) mod subject;
pub(crate) mod tell;
pub(crate) mod trusting;

use std::path::{Path, PathBuf};

use chainwright_core::text::visible;
use chainwright_signing::{Moment, Time};

/// How standard input is named in place of a model.
pub(crate) const STREAM: &str = "-";

/// Whether a model comes through standard input.
pub(crate) fn is_stream(model: &Path) -> bool {
    model.as_os_str() == STREAM
}

/// Where the signature of a model lies unless the user says otherwise: in the folder, or beside the file.
pub(crate) fn default_signature(model: &Path) -> PathBuf {
    if model.is_dir() {
        model.join(chainwright_oms::DEFAULT_SIGNATURE)
    } else {
        beside(model, ".sig")
    }
}

/// The file beside a file that has its name and more.
pub(crate) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Where a verifier looks: as [`default_signature`], then where model-signing puts it by default, the current folder.
pub(crate) fn find_signature(model: &Path) -> PathBuf {
    let ours = default_signature(model);
    let of_blob = beside(model, blob::SUFFIX);
    if !ours.exists() && of_blob.is_file() {
        return of_blob;
    }
    let here = Path::new(chainwright_oms::DEFAULT_SIGNATURE);
    if !ours.exists() && here.exists() {
        return here.to_owned();
    }
    ours
}

/// A path on one line.
pub(crate) fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy(), 1000)
}

/// The time of the check.
pub(crate) fn now() -> Moment {
    Moment::now(Time(chrono::Utc::now().timestamp()))
}
