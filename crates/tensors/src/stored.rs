//! What an opened weight file holds.

use std::sync::Arc;

use chainwright_core::bytes::{SharedBytes, Window};
use chainwright_core::problem::Problem;
use chainwright_weights::{Dtype, Tensor};
use serde::{Deserialize, Serialize};

/// How tensors are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WeightFormat {
    /// Safetensors.
    Safetensors,
    /// GGUF.
    Gguf,
    /// One NumPy array.
    Npy,
    /// NumPy arrays in a zip.
    Npz,
    /// A zip with a pickle and raw storages: PyTorch since 1.6.
    TorchZip,
    /// Pickles and raw storages one behind the other: PyTorch before 1.6.
    TorchLegacy,
    /// PyTorch 0.1.
    TorchTar,
    /// A plain pickle with arrays in it.
    Pickle,
    /// Datasets of an HDF5 file that is none of Keras.
    Hdf5,
    /// Weights of Keras in HDF5.
    KerasHdf5,
    /// Weights of Keras in HDF5 in a zip.
    KerasZip,
    /// Initializers of an ONNX model.
    Onnx,
    /// Variables of a TensorFlow checkpoint.
    TensorFlow,
    /// Parameters of Flax in MessagePack.
    Flax,
    /// Buffers of a TensorFlow Lite model.
    TfLite,
}

impl WeightFormat {
    /// The name in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Gguf => "GGUF",
            Self::Npy => "NumPy array",
            Self::Npz => "NumPy archive",
            Self::TorchZip => "PyTorch checkpoint",
            Self::TorchLegacy => "legacy PyTorch checkpoint",
            Self::TorchTar => "PyTorch 0.1 checkpoint",
            Self::Pickle => "pickle",
            Self::Hdf5 => "HDF5 file",
            Self::KerasHdf5 => "Keras weights file",
            Self::KerasZip => "Keras model",
            Self::Onnx => "ONNX model",
            Self::TensorFlow => "TensorFlow checkpoint",
            Self::Flax => "Flax checkpoint",
            Self::TfLite => "TensorFlow Lite model",
        }
    }
}

/// A tensor that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its name; hostile text.
    pub name: String,
    /// Why, one line.
    pub reason: String,
}

/// Something in a checkpoint that is no tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// Where it stands; hostile text.
    pub name: String,
    /// What it is, shortened: `3`, `"adam"`, `call of os.system`.
    pub value: String,
}

/// Leftovers that are kept.
const LEFTOVERS: usize = 1_000;

/// An opened weight file.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    /// What it is; `None` for no weight file.
    pub format: Option<WeightFormat>,
    /// The tensors in the order of the file.
    pub tensors: Vec<StoredTensor>,
    /// Texts that the file says about itself.
    pub metadata: Vec<(String, String)>,
    /// What else a checkpoint holds, at most a thousand.
    pub leftovers: Vec<Leftover>,
    /// How many more leftovers there are.
    pub leftovers_left_out: u64,
    /// Tensors that could not be read.
    pub refused: Vec<Refused>,
    /// What was broken or beyond a limit.
    pub problems: Vec<Problem>,
}

impl Opened {
    /// An opened file without content.
    pub(crate) fn of(format: WeightFormat) -> Self {
        Self {
            format: Some(format),
            ..Self::default()
        }
    }

    /// A file that is a weight file but cannot be read at all.
    pub(crate) fn refused(format: WeightFormat, reason: &str) -> Self {
        let refused = Refused {
            name: String::new(),
            reason: reason.to_owned(),
        };
        Self {
            refused: vec![refused],
            ..Self::of(format)
        }
    }

    /// Notes something that is no tensor; a bounded number is kept.
    pub(crate) fn leave(&mut self, leftover: Leftover) {
        if self.leftovers.len() < LEFTOVERS {
            self.leftovers.push(leftover);
        } else {
            self.leftovers_left_out = self.leftovers_left_out.saturating_add(1);
        }
    }

    /// Where the tensors lie in the file itself, if it is of a format that keeps them plainly: for whoever reads the
    /// file from front to back anyway. `None` for archives and pickles. Tensors that such a file keeps in another way,
    /// compressed or beside it, are not among them.
    #[must_use]
    pub fn places(&self, file: &SharedBytes) -> Option<Vec<chainwright_weights::review::Entry>> {
        let is_plain = matches!(
            self.format,
            Some(
                WeightFormat::Safetensors
                    | WeightFormat::Gguf
                    | WeightFormat::Npy
                    | WeightFormat::KerasHdf5
                    | WeightFormat::Onnx
                    | WeightFormat::Flax
                    | WeightFormat::TfLite
            )
        );
        let entry = |tensor: &StoredTensor| chainwright_weights::review::Entry {
            name: tensor.name.clone(),
            dtype: tensor.dtype,
            shape: tensor.shape.clone(),
            offset: tensor.offset,
            length: tensor.length,
        };
        let plain = self
            .tensors
            .iter()
            .filter(|tensor| tensor.is_plain_in(file));
        is_plain.then(|| plain.map(entry).collect())
    }

    /// The tensors that lie in row-major order without gaps, for everybody who looks at numbers.
    pub fn contiguous(&self) -> impl Iterator<Item = Tensor> {
        self.tensors.iter().filter_map(StoredTensor::to_tensor)
    }
}

/// A tensor as it is stored: a view into a storage that others may share.
#[derive(Debug, Clone)]
pub struct StoredTensor {
    /// The name; hostile text.
    pub name: String,
    /// How the elements are stored.
    pub dtype: Dtype,
    /// The dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Steps in elements from one index to the next, for each dimension; `None` for row-major without gaps.
    pub strides: Option<Vec<u64>>,
    /// The bytes that the tensor looks into.
    pub storage: SharedBytes,
    /// Tensors with the same number look into the same storage.
    pub storage_id: u64,
    /// The first byte of the tensor in its storage.
    pub offset: u64,
    /// Bytes of the tensor once it is made contiguous.
    pub length: u64,
    /// Whether multi-byte elements have their most significant byte first.
    pub big_endian: bool,
}

impl StoredTensor {
    /// Whether the bytes can be taken as they lie.
    #[must_use]
    pub fn is_contiguous(&self) -> bool {
        self.strides.is_none() && !self.big_endian
    }

    /// Whether the bytes can be taken as they lie in this very file.
    #[must_use]
    pub fn is_plain_in(&self, file: &SharedBytes) -> bool {
        self.is_contiguous() && std::ptr::addr_eq(Arc::as_ptr(&self.storage), Arc::as_ptr(file))
    }

    /// The tensor for everybody who looks at numbers; `None` if it has to be gathered first.
    #[must_use]
    pub fn to_tensor(&self) -> Option<Tensor> {
        let end = self.offset.checked_add(self.length)?;
        (self.is_contiguous() && end <= self.storage.size()).then(|| Tensor {
            name: self.name.clone(),
            dtype: self.dtype,
            shape: self.shape.clone(),
            bytes: Arc::new(Window::new(self.storage.clone(), self.offset, self.length)),
        })
    }

    /// How many elements; `None` if they do not fit into 64 bits.
    #[must_use]
    pub fn elements(&self) -> Option<u64> {
        elements(&self.shape)
    }

    /// Whether two names stand for the same view of the same storage.
    #[must_use]
    pub fn is_tied_to(&self, other: &Self) -> bool {
        self.storage_id == other.storage_id
            && self.offset == other.offset
            && self.shape == other.shape
            && self.strides == other.strides
            && self.dtype == other.dtype
            && self.length > 0
    }
}

pub(crate) fn elements(shape: &[u64]) -> Option<u64> {
    shape
        .iter()
        .try_fold(1_u64, |product, size| product.checked_mul(*size))
}

/// The strides, unless they are what row-major order without gaps has.
pub(crate) fn odd_strides(shape: &[u64], strides: Vec<u64>) -> Option<Vec<u64>> {
    let mut expected = 1_u64;
    let plain = shape.iter().zip(&strides).rev().all(|(size, stride)| {
        let fits = *size <= 1 || *stride == expected;
        expected = expected.saturating_mul((*size).max(1));
        fits
    });
    let empty = shape.contains(&0);
    (!plain && !empty).then_some(strides)
}

/// Bytes from the first to behind the last element that strided indexing reaches, in elements.
pub(crate) fn reach(shape: &[u64], strides: Option<&[u64]>) -> Option<u64> {
    let count = elements(shape)?;
    if count == 0 {
        return Some(0);
    }
    let Some(strides) = strides else {
        return Some(count);
    };
    let mut last = 0_u64;
    for (size, stride) in shape.iter().zip(strides) {
        last = last.checked_add(size.saturating_sub(1).checked_mul(*stride)?)?;
    }
    last.checked_add(1)
}
