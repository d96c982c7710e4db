//! What the statistics of a file hint at.
//!
//! Single numbers prove little: honest weights come zero, constant, sparse, quantised, upcast, tied and untrained. So a
//! sign is given only where honest files are not, most of all where a tensor disagrees with the others of its file.
//! Each kind says why its severity is what it is; `docs` of a rule should repeat that. A payload that was encrypted
//! and put into the low half of real binary32 weights leaves no trace that any statistic could find.

use serde::{Deserialize, Serialize};

use chainwright_core::severity::Severity;

use crate::dtype::{Dtype, Family};
use crate::review::TensorSummary;

mod low;
mod values;

/// What a sign is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WeightSignKind {
    /// Elements are NaN. Medium in weights: the model is broken or bits hide in them; low in small buffers.
    NotANumber,
    /// Elements are infinite. Medium in weights, none in masks.
    Infinite,
    /// A large matrix holds one value only. Informative: untrained or replaced parts look like this.
    Constant,
    /// Two tensors have equal bytes. Informative: tied weights and models grown by copying layers look like this.
    DuplicateTensor,
    /// Rows of an embedding stick out. Low: begin tokens and rare tokens do so too.
    OutlierRows,
    /// Low bits hold something that is not noise. Medium or high, by how it shows.
    LowBitPayload,
    /// Low bits spell text. High: it does not happen by chance.
    LowBitText,
    /// Low bits or whole elements begin a program, an archive or a pickle. High.
    HiddenMagic,
    /// Elements are random bytes: compressed or encrypted data under the name of weights. High for floats.
    UniformBytes,
    /// Elements are text. High for floats.
    TextBytes,
    /// Numbers that no training gives. Medium when they come in blocks.
    EnormousNumbers,
    /// Some tensors have more precision than the rest of an upcast file. Informative: parts that are kept or trained
    /// in full precision are honest.
    MixedUpcast,
    /// Part of a tensor has more precision than the rest of it, and not by rows. Medium.
    PartialUpcast,
}

impl WeightSignKind {
    /// The name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotANumber => "not a number",
            Self::Infinite => "infinite",
            Self::Constant => "constant",
            Self::DuplicateTensor => "duplicate tensor",
            Self::OutlierRows => "outlier rows",
            Self::LowBitPayload => "payload in low bits",
            Self::LowBitText => "text in low bits",
            Self::HiddenMagic => "hidden file",
            Self::UniformBytes => "random bytes",
            Self::TextBytes => "text bytes",
            Self::EnormousNumbers => "enormous numbers",
            Self::MixedUpcast => "mixed precision",
            Self::PartialUpcast => "partial precision",
        }
    }
}

/// Something about the weights of a file that deserves a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightSign {
    /// What it is about.
    pub kind: WeightSignKind,
    /// The tensor; hostile text, made visible and shortened.
    pub tensor: String,
    /// The severity it deserves.
    pub severity: Severity,
    /// How strongly it shows, from 0 to 1.
    pub strength: f32,
    /// One plain sentence part with the numbers.
    pub detail: String,
}

/// Signs that are given of one kind; the rest is dropped.
const PER_KIND: usize = 16;
/// Characters of a name that are shown.
const NAME: usize = 120;

/// Judges all tensors of a file, or of all shards of a model.
#[must_use]
pub fn judge(tensors: &[TensorSummary]) -> Vec<WeightSign> {
    let measured: Vec<&TensorSummary> = tensors
        .iter()
        .filter(|tensor| tensor.stats.is_some() && !tensor.is_alias)
        .collect();
    let mut signs = Vec::new();
    let quantised = low::quantised_names(&measured);
    let file = low::Consensus::of(&measured);
    for tensor in &measured {
        let Some(stats) = &tensor.stats else {
            continue;
        };
        let mut add = |kind, severity, strength: f32, detail: String| {
            signs.push(WeightSign {
                kind,
                tensor: chainwright_core::text::visible(&tensor.name, NAME),
                severity,
                strength: strength.clamp(0.0, 1.0),
                detail,
            });
        };
        values::judge(tensor, stats, &quantised, &mut add);
        low::judge(tensor, stats, &file, &mut add);
    }
    signs.extend(duplicates(&measured));
    signs.sort_by(|left, right| {
        (right.severity, left.kind)
            .cmp(&(left.severity, right.kind))
            .then(right.strength.total_cmp(&left.strength))
            .then_with(|| left.tensor.cmp(&right.tensor))
    });
    let mut kept: Vec<WeightSign> = Vec::new();
    for sign in signs {
        if kept.iter().filter(|other| other.kind == sign.kind).count() < PER_KIND {
            kept.push(sign);
        }
    }
    kept
}

fn duplicates(measured: &[&TensorSummary]) -> Vec<WeightSign> {
    let mut by_content: Vec<(u64, u64, &TensorSummary)> = measured
        .iter()
        .filter_map(|tensor| Some((tensor.stats.as_ref()?, *tensor)))
        .filter(|(stats, tensor)| tensor.length >= 1024 && stats.distinct > 16)
        .map(|(stats, tensor)| (stats.content, tensor.length, tensor))
        .collect();
    by_content.sort_by(|left, right| {
        (left.0, left.1, &left.2.name).cmp(&(right.0, right.1, &right.2.name))
    });
    by_content
        .windows(2)
        .filter_map(|pair| {
            let [(first, size, known), (second, other, again)] = pair else {
                return None;
            };
            (first == second && size == other).then(|| WeightSign {
                kind: WeightSignKind::DuplicateTensor,
                tensor: chainwright_core::text::visible(&again.name, NAME),
                severity: Severity::Info,
                strength: 1.0,
                detail: format!(
                    "same bytes as `{}`",
                    chainwright_core::text::visible(&known.name, NAME)
                ),
            })
        })
        .collect()
}

/// Whether a tensor holds floats of any size.
fn is_float(dtype: Dtype) -> bool {
    matches!(dtype.family(), Family::Float)
}

#[cfg(test)]
mod tests;
