//! The most plausible relation between two models.

use chainwright_core::severity::{Confidence, Severity};
use chainwright_weights::Dtype;

use super::{Claim, Judgement, JudgementKind};
use crate::facts::{Comparison, Spectrum, TensorDelta, median};
use crate::fingerprint::Relatedness;

/// Matrices of strangers have cosines near zero; those of relatives keep most of theirs.
const ALIGNED: f64 = 0.15;
/// Below this, nothing of the base is left in place.
const STRANGE: f64 = 0.06;
/// An adapter leaves at most this share of the shorter side as rank.
const LOW_RANK: u64 = 3;

/// How one model came from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Relation {
    /// The same numbers.
    Same,
    /// The same numbers in another precision.
    Conversion,
    /// Quantised.
    Quantisation,
    /// Weights were set to zero.
    Prune,
    /// Differences of low rank in linear layers only.
    LoraMerge,
    /// A few tensors or rows differ.
    Edit,
    /// Everything moved a little: training, or a merge with a sibling.
    FineTune,
    /// The same origin in another arrangement.
    Rearranged,
    /// No common origin.
    Unrelated,
    /// Nothing can be told.
    Unclear,
}

impl Relation {
    /// In plain words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "the same weights",
            Self::Conversion => "the same weights in another precision",
            Self::Quantisation => "a quantisation",
            Self::Prune => "a pruning",
            Self::LoraMerge => "a merged low-rank adapter",
            Self::Edit => "an edit of few weights",
            Self::FineTune => "a fine-tune or merge",
            Self::Rearranged => "the same origin with units in another order",
            Self::Unrelated => "no relation",
            Self::Unclear => "unclear",
        }
    }

    /// Whether the derived model comes from the base, with everything in its place.
    #[must_use]
    pub const fn is_descent(self) -> bool {
        match self {
            Self::Same
            | Self::Conversion
            | Self::Quantisation
            | Self::Prune
            | Self::LoraMerge
            | Self::Edit
            | Self::FineTune => true,
            Self::Rearranged | Self::Unrelated | Self::Unclear => false,
        }
    }
}

/// A relation and how much speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inference {
    /// The most plausible one.
    pub relation: Relation,
    /// From 0 to 1.
    pub score: f64,
}

/// Says the most plausible relation.
#[must_use]
pub fn infer(comparison: &Comparison) -> Inference {
    let sure = |relation, score| Inference { relation, score };
    let Some(alignment) = comparison.alignment() else {
        return sure(Relation::Unclear, 0.0);
    };
    if alignment < ALIGNED {
        return apart(comparison, alignment);
    }
    if moved_share(comparison) > 0.4 {
        return sure(Relation::Rearranged, 0.95);
    }
    let changed: Vec<&TensorDelta> = comparison.changed_tensors().collect();
    if comparison.changed == 0 {
        return sure(Relation::Same, 1.0);
    }
    if is_quantised(comparison) {
        let excess = comparison
            .tensors
            .iter()
            .filter_map(|tensor| tensor.steps.map(|steps| steps.excess));
        let middle = median(excess.collect()).unwrap_or(1.0);
        let is_honest = middle < 3.0;
        return if is_honest {
            sure(Relation::Quantisation, 0.95)
        } else {
            sure(Relation::FineTune, 0.8)
        };
    }
    if changed.is_empty() {
        return sure(Relation::Conversion, 0.98);
    }
    let zeroed: u64 = changed
        .iter()
        .fold(0, |sum, tensor| sum.saturating_add(tensor.zeroed));
    let moved: u64 = changed
        .iter()
        .fold(0, |sum, tensor| sum.saturating_add(tensor.changed));
    if zeroed as f64 > 0.95 * moved as f64 && zeroed > 1000 {
        return sure(Relation::Prune, 0.95);
    }
    if is_edit(comparison, &changed) {
        return sure(Relation::Edit, 0.95);
    }
    match low_rank(&changed) {
        Some(score) => sure(Relation::LoraMerge, score),
        None => sure(Relation::FineTune, (0.5 + alignment / 2.0).clamp(0.5, 0.98)),
    }
}

/// The share of rows that were looked for and found elsewhere. Matrices whose columns moved have none of it.
fn moved_share(comparison: &Comparison) -> f64 {
    let sum = |of: fn(&crate::facts::Moved) -> u64| -> f64 {
        comparison.moved.iter().map(|moved| of(moved) as f64).sum()
    };
    sum(|moved| moved.found) / sum(|moved| moved.looked_at).max(1.0)
}

/// Nothing is in its place: strangers, or relatives in disguise.
fn apart(comparison: &Comparison, alignment: f64) -> Inference {
    let found: u64 = comparison
        .moved
        .iter()
        .fold(0, |sum, moved| sum.saturating_add(moved.found));
    let looked: u64 = comparison
        .moved
        .iter()
        .fold(0, |sum, moved| sum.saturating_add(moved.looked_at));
    let is_moved = found > 0 && found >= looked / 4;
    let (relation, score) = match comparison.likeness.relatedness {
        Relatedness::Related => (Relation::Rearranged, comparison.likeness.score),
        _ if is_moved => (Relation::Rearranged, 0.9),
        Relatedness::Unrelated => (Relation::Unrelated, 0.98),
        Relatedness::Undecided if alignment < STRANGE => (Relation::Unrelated, 0.7),
        Relatedness::Undecided => (Relation::Unclear, 0.3),
    };
    Inference { relation, score }
}

/// Whether most elements are in types that quantise while the base's are not.
pub(super) fn is_quantised(comparison: &Comparison) -> bool {
    let mut quantised = 0_u64;
    for tensor in &comparison.tensors {
        let small = matches!(
            tensor.derived_dtype,
            Dtype::F8E4M3 | Dtype::F8E4M3Fnuz | Dtype::F8E5M2 | Dtype::F8E5M2Fnuz | Dtype::F4
        );
        if (tensor.steps.is_some() || small) && tensor.base_dtype != tensor.derived_dtype {
            quantised = quantised.saturating_add(tensor.elements);
        }
    }
    quantised.saturating_mul(2) > comparison.compared
}

/// Few tensors, or few rows of all that differ.
fn is_edit(comparison: &Comparison, changed: &[&TensorDelta]) -> bool {
    let total = comparison.tensors.len();
    let few_tensors =
        changed.len() <= (total / 20).max(2) && changed.len().saturating_mul(4) <= total;
    let few_rows = changed.iter().all(|tensor| has_few_rows(tensor));
    few_tensors || few_rows
}

/// Whether only a small part of the rows differs.
pub(super) fn has_few_rows(tensor: &TensorDelta) -> bool {
    tensor.is_matrix()
        && tensor.by_row.changed <= (tensor.rows / 50).max(2)
        && tensor.by_row.changed < tensor.rows
}

/// Whether the difference is of low rank up to the noise of storing; `None` if the spectrum does not tell.
pub(super) fn is_low_rank(spectrum: &Spectrum) -> Option<bool> {
    let side = spectrum.rows.min(spectrum.columns);
    if spectrum.rank == 0 {
        return None;
    }
    let fits = spectrum.left_over < 1.6 || spectrum.left_share < 2e-3;
    if spectrum.rank_is_open && !fits {
        // Only the first values were computed.
        return None;
    }
    Some(fits && spectrum.rank.saturating_mul(LOW_RANK) <= side)
}

/// How much speaks for a merged adapter; `None` if something speaks against it.
fn low_rank(changed: &[&TensorDelta]) -> Option<f64> {
    let mut told = 0_u32;
    let mut low = 0_u32;
    for tensor in changed {
        if !tensor.role.is_linear() {
            return None;
        }
        if let Some(is_low) = tensor.spectrum.as_ref().and_then(is_low_rank) {
            told = told.saturating_add(1);
            low = low.saturating_add(u32::from(is_low));
        }
    }
    let share = f64::from(low) / f64::from(told.max(1));
    (told > 0 && share >= 0.9).then_some(share * 0.97)
}

/// The relation as a judgement.
pub(super) fn told(comparison: &Comparison, inference: Inference) -> Judgement {
    let confidence = match inference.score {
        score if score >= 0.9 => Confidence::High,
        score if score >= 0.6 => Confidence::Medium,
        _ => Confidence::Low,
    };
    let detail = format!("what was seen fits best: {}", inference.relation.as_str());
    let mut judgement = Judgement::new(JudgementKind::Relation, Severity::Info, confidence, detail)
        .because("score", inference.score)
        .because("alignment", comparison.alignment().unwrap_or(0.0))
        .because("likeness", comparison.likeness.score);
    if inference.relation == Relation::LoraMerge {
        let ranks = comparison
            .changed_tensors()
            .filter_map(|tensor| tensor.spectrum.as_ref());
        let rank = ranks
            .filter(|spectrum| !spectrum.rank_is_open)
            .map(|spectrum| spectrum.rank)
            .max();
        judgement = judgement.because("rank", rank.unwrap_or(0) as f64);
    }
    judgement
}

/// Whether it descends from the base at all.
pub(super) fn descent(
    comparison: &Comparison,
    inference: Inference,
    claim: &Claim,
) -> Option<Judgement> {
    let alignment = comparison.alignment().unwrap_or(0.0);
    let judgement = match inference.relation {
        Relation::Unrelated => {
            let severity = if *claim == Claim::Unknown {
                Severity::Medium
            } else {
                Severity::High
            };
            let confidence = if inference.score > 0.9 {
                Confidence::High
            } else {
                Confidence::Medium
            };
            let detail = "the derived model does not come from this base";
            Judgement::new(JudgementKind::DoesNotDescend, severity, confidence, detail)
        }
        Relation::Unclear => {
            let detail =
                "whether the derived model comes from this base cannot be told from the weights";
            Judgement::new(
                JudgementKind::LineageUndecided,
                Severity::Low,
                Confidence::Low,
                detail,
            )
        }
        Relation::Rearranged => {
            let detail = "the derived model comes from this base, with its units in another order, which hides it";
            let confidence = if inference.score > 0.9 {
                Confidence::High
            } else {
                Confidence::Medium
            };
            Judgement::new(
                JudgementKind::Rearranged,
                Severity::Medium,
                confidence,
                detail,
            )
            .about(comparison.moved.iter().map(|moved| moved.key.as_str()))
        }
        _ => return None,
    };
    Some(
        judgement
            .because("alignment", alignment)
            .because("likeness", comparison.likeness.score),
    )
}
