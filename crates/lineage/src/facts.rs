//! What a comparison saw, without any judgement.

use chainwright_core::problem::Problem;
use chainwright_weights::Dtype;
use serde::{Deserialize, Serialize};

pub use crate::names::Role;
pub use crate::rounding::Grid;
pub use crate::spectrum::Spectrum;

/// How thorough a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Tensors on which the rank of the difference is measured to `deep_rank`; the others are measured to eight.
    pub deep_tensors: usize,
    /// The highest rank that can be told from a higher one.
    pub deep_rank: usize,
    /// Rows of each tensor that its spectrum is measured on.
    pub sample_rows: usize,
    /// Changed tensors whose spectrum is measured at all.
    pub spectra: usize,
    /// Elements that all spectra together are measured on, if that leaves at least a million for each.
    pub spectrum_elements: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deep_tensors: 8,
            deep_rank: 136,
            sample_rows: 768,
            spectra: 512,
            spectrum_elements: 64 << 20,
        }
    }
}

/// A row or column that differs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number; in embeddings and heads the token. Of neighbours that are taken together, as in matrices of more than
    /// a million rows, that of the first.
    pub index: u64,
    /// Its share of the energy of the whole difference.
    pub share: f64,
    /// The norm of its difference over the norm it had.
    pub relative: f64,
    /// Its energy over the median of all rows (or columns) that differ at all.
    pub over_median: f64,
}

/// Rows (or columns) of a tensor that differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// How many differ at all.
    pub changed: u64,
    /// How many hold nine tenths of the energy.
    pub for_most: u64,
    /// The strongest, strongest first.
    pub strongest: Vec<Line>,
    /// How many are more than thirty times the median.
    pub outliers: u64,
}

/// How a quantised tensor deviates from what it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// The energy of the deviation over what steps of this type would give on the base; about 1 for honest ones.
    pub excess: f64,
    /// Rows that deviate more than four times as much as the median row, measured in their own steps.
    pub outlying_rows: u64,
    /// The largest of these factors.
    pub worst_row: f64,
}

/// One tensor in both models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TensorDelta {
    /// The name that both conventions share.
    pub key: String,
    /// As the base names it, made visible.
    pub base_name: String,
    /// As the derived model names it, made visible.
    pub derived_name: String,
    /// What it is for.
    pub role: Role,
    /// The number of its layer.
    pub layer: Option<u32>,
    /// Rows that both have.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// Rows of the base.
    pub base_rows: u64,
    /// Rows of the derived model; more than `rows` are added, such as new tokens.
    pub derived_rows: u64,
    /// How the base stores it.
    pub base_dtype: Dtype,
    /// How the derived model stores it.
    pub derived_dtype: Dtype,
    /// The precision that the derived values really have.
    pub derived_grid: Grid,
    /// The precision that the base values really have. This and the norms are measured on a sample where the bytes of
    /// both tensors are equal.
    pub base_grid: Grid,
    /// Elements compared.
    pub elements: u64,
    /// Elements that differ.
    pub changed: u64,
    /// Elements that are zero now and were not.
    pub zeroed: u64,
    /// Values that are not finite in either model; they count as zero.
    pub not_finite: u64,
    /// Norm of the base.
    pub base_norm: f64,
    /// Norm of the derived tensor.
    pub derived_norm: f64,
    /// Norm of the difference.
    pub delta_norm: f64,
    /// Cosine between both.
    pub cosine: f64,
    /// The largest difference.
    pub largest: f64,
    /// The mean difference.
    pub mean_delta: f64,
    /// The factor by which the base fits best.
    pub scale: f64,
    /// Norm of the noise that storing it in its type brings.
    pub rounding_norm: f64,
    /// If the derived type is quantised, how far it is from the steps of its type.
    pub steps: Option<Steps>,
    /// Differences by row.
    pub by_row: Lines,
    /// Differences by column; empty for rows of more than a million elements.
    pub by_column: Lines,
    /// The spectrum of the difference of a changed matrix.
    pub spectrum: Option<Spectrum>,
    /// Whether it was read as stored: not transposed, rearranged or put together.
    pub rearranged: bool,
}

impl TensorDelta {
    /// The norm of the difference over that of the base.
    #[must_use]
    pub fn relative(&self) -> f64 {
        if self.base_norm > 0.0 {
            self.delta_norm / self.base_norm
        } else if self.delta_norm > 0.0 {
            f64::MAX
        } else {
            0.0
        }
    }

    /// The share of elements that differ.
    #[must_use]
    pub fn changed_share(&self) -> f64 {
        if self.elements == 0 {
            0.0
        } else {
            self.changed as f64 / self.elements as f64
        }
    }

    /// Whether nothing differs but the way it is stored.
    #[must_use]
    pub fn is_only_stored_differently(&self) -> bool {
        self.changed == 0
            || (self.derived_dtype != self.base_dtype || self.derived_grid != self.base_grid)
                && self.steps.is_none()
                && self.delta_norm <= 1.5 * self.rounding_norm
    }

    /// Whether it has rows and columns.
    #[must_use]
    pub const fn is_matrix(&self) -> bool {
        self.rows > 1 && self.columns > 1
    }
}

/// A tensor that only one model has, or that does not fit its namesake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lone {
    /// The name that conventions share.
    pub key: String,
    /// The name as written, made visible.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Its shape.
    pub shape: Vec<u64>,
    /// The shape in the other model, if it is there.
    pub other_shape: Vec<u64>,
}

/// Rows of the derived model that are rows of the base in other places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The tensor.
    pub key: String,
    /// Rows looked at.
    pub looked_at: u64,
    /// Rows that are found elsewhere in the base.
    pub found: u64,
}

/// Everything that a comparison saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Tensors that both have, by key.
    pub tensors: Vec<TensorDelta>,
    /// Only in the derived model.
    pub added: Vec<Lone>,
    /// Only in the base.
    pub removed: Vec<Lone>,
    /// In both, with shapes that do not fit.
    pub reshaped: Vec<Lone>,
    /// In both, but not compared: packed or unknown element types.
    pub not_compared: Vec<String>,
    /// Rows found elsewhere, looked for only where a matrix seems unrelated.
    pub moved: Vec<Moved>,
    /// Elements of the base.
    pub base_elements: u64,
    /// Elements compared.
    pub compared: u64,
    /// Elements that differ.
    pub changed: u64,
    /// The likeness of both fingerprints.
    pub likeness: crate::fingerprint::Likeness,
    /// What could not be compared.
    pub problems: Vec<Problem>,
}

impl Comparison {
    /// Tensors that differ by more than storing explains.
    pub fn changed_tensors(&self) -> impl Iterator<Item = &TensorDelta> {
        self.tensors
            .iter()
            .filter(|tensor| !tensor.is_only_stored_differently())
    }

    /// The median cosine of the matrices of layers; `None` without any.
    #[must_use]
    pub fn alignment(&self) -> Option<f64> {
        let inner = self
            .tensors
            .iter()
            .filter(|tensor| tensor.is_matrix() && tensor.role.is_linear());
        let mut cosines: Vec<f64> = inner.map(|tensor| tensor.cosine).collect();
        if cosines.is_empty() {
            let any = self.tensors.iter().filter(|tensor| tensor.is_matrix());
            cosines = any.map(|tensor| tensor.cosine).collect();
        }
        median(cosines)
    }
}

/// The middle value.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
