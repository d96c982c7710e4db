//! Every weight file as a list of tensors, without executing anything, and their conversion to safetensors.
//!
//! [`open`] finds out by content what a file is and gives its tensors as names, types, shapes and windows into the
//! file; nothing is decoded or copied before somebody reads it. Formats that keep their numbers in other files
//! (checkpoints of TensorFlow, ONNX) ask a [`Beside`] of the caller for them: [`open_beside`]. Pickled checkpoints are read by a data-only machine
//! ([`pickled`]): calls stay descriptions, and only an exact list of PyTorch's and NumPy's reconstructors is
//! understood. What depends on anything else is refused by name, never guessed and never run.
//!
//! Whether a file is hostile is for other crates to say; this one reads the numbers out of it all the same.

mod beside;
mod bundle;
mod convert;
mod flax;
mod gather;
mod gguf;
mod hdf5;
mod npy;
mod onnx;
mod pickled;
mod safetensors;
mod stored;
mod tflite;
mod torch;

use chainwright_containers::ContainerKind;
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::wide;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_formats::signature::{self, Signature};
use chainwright_networks::tables;

pub use beside::{Alone, Beside};
pub use convert::{ConvertError, Options, Report, Sink, Tied, TiedTensor, convert};
pub use gather::GatherError;
pub use stored::{Leftover, Opened, Refused, StoredTensor, WeightFormat};

/// Bytes at either end that content is recognised by.
const EDGE: usize = 64 * 1024;

/// Opens a weight file; a file that is none gives no format and no tensors. What it keeps in other files is refused.
#[must_use]
pub fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    open_beside(bytes, "", &Alone, budget)
}

/// Opens a weight file of this name, with the files beside it.
#[must_use]
pub fn open_beside(
    bytes: &SharedBytes,
    name: &str,
    beside: &dyn Beside,
    budget: &Budget,
) -> Opened {
    let (head, tail) = match edges(bytes) {
        Ok(edges) => edges,
        Err(error) => {
            let mut opened = Opened::default();
            let problem = Problem::new(ProblemKind::Unreadable, Place::Whole, error);
            opened.problems.push(problem);
            return opened;
        }
    };
    if name == "saved_model.pb" {
        return bundle::open_saved(beside, budget);
    }
    let signatures = signature::recognise(&head, &tail);
    if signatures.contains(&Signature::Safetensors) {
        return safetensors::open(bytes, budget);
    }
    if signatures.contains(&Signature::Gguf) {
        return gguf::open(bytes, budget);
    }
    if signatures.contains(&Signature::Npy) {
        return npy::open(bytes, budget);
    }
    if head.starts_with(chainwright_keras::hdf5::SIGNATURE) {
        return hdf5::open(bytes, budget);
    }
    let containers = chainwright_containers::recognise(bytes.as_ref());
    if containers.contains(&ContainerKind::Zip) {
        return torch::open_zip(bytes, budget);
    }
    if containers.contains(&ContainerKind::Tar) {
        return Opened::refused(
            WeightFormat::TorchTar,
            "checkpoints of PyTorch 0.1 (tar) are not read; load it with PyTorch 1 to 2 and save it again",
        );
    }
    if chainwright_pickle::recognise(&head, bytes.size()).is_some() {
        return torch::open_stream(bytes, budget);
    }
    networks(bytes, name, (&head, &tail), beside, budget)
}

/// Formats with weaker signatures, and HDF5 behind something else.
fn networks(
    bytes: &SharedBytes,
    name: &str,
    (head, tail): (&[u8], &[u8]),
    beside: &dyn Beside,
    budget: &Budget,
) -> Opened {
    let end = if tail.is_empty() { head } else { tail };
    if tables::is_bundle(end) {
        let prefix = name.strip_suffix(".index").unwrap_or(name);
        return bundle::open(bytes, prefix, beside, budget);
    }
    if tflite::is_tflite(head) {
        return tflite::open(bytes, budget);
    }
    if tables::is_onnx(head, tail.is_empty()) {
        return onnx::open(bytes, beside, budget);
    }
    if flax::is_map(head) {
        return flax::open(bytes, budget);
    }
    if chainwright_keras::hdf5::is_hdf5(head) {
        return hdf5::open(bytes, budget);
    }
    Opened::default()
}

fn edges(bytes: &SharedBytes) -> Result<(Vec<u8>, Vec<u8>), String> {
    let read = |offset| {
        read_range(bytes.as_ref(), offset, EDGE).map_err(|error| format!("cannot be read: {error}"))
    };
    let head = read(0)?;
    let start = bytes
        .size()
        .saturating_sub(wide(EDGE))
        .max(wide(head.len()));
    let tail = if bytes.size() > start {
        read(start)?
    } else {
        Vec::new()
    };
    Ok((head, tail))
}

#[cfg(test)]
mod tests;
