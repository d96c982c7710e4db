//! Changes that training does not leave: few rows, one outer product, one tensor out of line with its siblings.
//!
//! Editing of facts (ROME, arXiv 2202.05262; MEMIT, 2210.07229) and backdoors made with it (BadEdit, 2403.13355) add an
//! outer product to feed-forward outputs. Token backdoors move single embeddings (2103.15543). Training moves all
//! layers by amounts that resemble each other, so what stands out is judged against tensors of its own kind.

use std::collections::BTreeMap;

use chainwright_core::severity::{Confidence, Severity};

use super::relation::has_few_rows;
use super::{Claim, Judgement, JudgementKind, Relation};
use crate::facts::{Comparison, Role, TensorDelta, median};

/// A difference with this share in one direction is an outer product.
const RANK_ONE: f64 = 0.85;
/// Times its siblings' usual strength that a direction or row must have to stand out.
const FAR: f64 = 6.0;

/// All edits that are seen.
pub(super) fn judge(comparison: &Comparison, relation: Relation, claim: &Claim) -> Vec<Judgement> {
    let mut judgements = match relation {
        Relation::Edit => comparison.changed_tensors().map(alone).collect(),
        Relation::FineTune | Relation::LoraMerge | Relation::Prune => outstanding(comparison),
        Relation::Quantisation => quantised(comparison),
        Relation::Same
        | Relation::Conversion
        | Relation::Rearranged
        | Relation::Unrelated
        | Relation::Unclear => Vec::new(),
    };
    judgements.extend(replaced(comparison));
    judgements.extend(whole(comparison, relation, claim));
    judgements
}

/// A tensor that differs while nearly all others do not.
fn alone(tensor: &TensorDelta) -> Judgement {
    let is_token = matches!(tensor.role, Role::Embedding | Role::Head);
    let spectrum = tensor.spectrum.as_ref();
    let top = spectrum.map_or(0.0, |spectrum| spectrum.top);
    let rows = tensor.by_row.changed;
    let (kind, severity, detail) = if has_few_rows(tensor) {
        let lines: Vec<String> = tensor
            .by_row
            .strongest
            .iter()
            .take(8)
            .map(|line| line.index.to_string())
            .collect();
        let lines = lines.join(", ");
        if is_token {
            (
                JudgementKind::TokenEdit,
                Severity::High,
                format!("only the rows of {rows} tokens were changed: {lines}"),
            )
        } else {
            (
                JudgementKind::FewRowEdit,
                Severity::High,
                format!("only {rows} rows were changed: {lines}"),
            )
        }
    } else if top > RANK_ONE {
        let detail =
            "one outer product was added to this matrix, as editing of facts does".to_owned();
        (JudgementKind::RankOneEdit, Severity::High, detail)
    } else {
        let detail = "this tensor was changed while nearly all others were left alone".to_owned();
        (JudgementKind::SingleTensorEdit, Severity::Medium, detail)
    };
    Judgement::new(kind, severity, Confidence::High, detail)
        .about([tensor.key.as_str()])
        .because("relative", tensor.relative())
        .because("rows", rows as f64)
        .because("top-direction", top)
}

/// What a tensor's siblings usually show.
struct Usual {
    relative: f64,
    first: f64,
    gap: f64,
    row: f64,
}

/// The largest singular value over the norm of the base, and over the second one.
fn leading(tensor: &TensorDelta) -> Option<(f64, f64)> {
    let spectrum = tensor.spectrum.as_ref()?;
    let first = spectrum.values.first()?;
    let second = spectrum.values.get(1).copied().unwrap_or(0.0);
    // The sample's share of the matrix stands for the whole.
    let share = |all: u64, seen: u64| all as f64 / seen.max(1) as f64;
    let scale = share(tensor.rows, spectrum.rows) * share(tensor.columns, spectrum.columns);
    let scale = scale.sqrt();
    let norm = tensor.base_norm.max(f64::MIN_POSITIVE);
    Some((first * scale / norm, first / second.max(first * 1e-6)))
}

fn strongest_row(tensor: &TensorDelta) -> f64 {
    tensor
        .by_row
        .strongest
        .first()
        .map_or(0.0, |line| line.over_median)
}

/// The key without the number of the layer.
fn family(tensor: &TensorDelta) -> String {
    tensor
        .key
        .split('.')
        .map(|word| {
            if word.parse::<u32>().is_ok() {
                "*"
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(".")
}

/// Tensors out of line with their siblings.
fn outstanding(comparison: &Comparison) -> Vec<Judgement> {
    let mut families: BTreeMap<String, Vec<&TensorDelta>> = BTreeMap::new();
    for tensor in comparison
        .tensors
        .iter()
        .filter(|tensor| tensor.is_matrix())
    {
        families.entry(family(tensor)).or_default().push(tensor);
    }
    let mut judgements = Vec::new();
    for siblings in families.values().filter(|siblings| siblings.len() >= 3) {
        for tensor in siblings.iter().filter(|tensor| tensor.changed > 0) {
            let usual = usual(siblings, tensor);
            judgements.extend(stands_out(tensor, &usual));
        }
    }
    for tensor in comparison
        .changed_tensors()
        .filter(|tensor| matches!(tensor.role, Role::Embedding | Role::Head))
    {
        judgements.extend(far_tokens(tensor));
    }
    judgements
}

/// The medians over the siblings of a tensor.
fn usual(siblings: &[&TensorDelta], tensor: &TensorDelta) -> Usual {
    let others = || siblings.iter().filter(|other| other.key != tensor.key);
    let middle = |values: Vec<f64>| median(values).unwrap_or(0.0);
    Usual {
        relative: middle(others().map(|other| other.relative()).collect()),
        first: middle(
            others()
                .filter_map(|other| leading(other))
                .map(|both| both.0)
                .collect(),
        ),
        gap: middle(
            others()
                .filter_map(|other| leading(other))
                .map(|both| both.1)
                .collect(),
        ),
        row: middle(others().map(|other| strongest_row(other)).collect()),
    }
}

fn stands_out(tensor: &TensorDelta, usual: &Usual) -> Option<Judgement> {
    let row = strongest_row(tensor);
    let holder = tensor.by_row.strongest.first()?;
    let is_row = row > 40.0 && row > FAR * usual.row && holder.share > 0.05;
    let (first, gap) = leading(tensor).unwrap_or((0.0, 1.0));
    let is_direction = first > FAR / 2.0 * usual.first && gap > 3.0 && gap > 2.0 * usual.gap;
    let is_strong = tensor.relative() > FAR * usual.relative && tensor.relative() > 0.02;
    let (kind, severity, confidence, detail) = if is_row {
        let count = tensor.by_row.outliers;
        let detail = format!(
            "{count} rows such as {} moved far more than all others",
            holder.index
        );
        (
            JudgementKind::FewRowEdit,
            Severity::High,
            Confidence::Medium,
            detail,
        )
    } else if is_direction {
        let detail =
            "on top of the other changes, one outer product stands out in this matrix alone"
                .to_owned();
        let confidence = if gap > 6.0 {
            Confidence::High
        } else {
            Confidence::Medium
        };
        (
            JudgementKind::RankOneEdit,
            Severity::High,
            confidence,
            detail,
        )
    } else if is_strong {
        let detail = "this tensor moved far more than its siblings in other layers".to_owned();
        (
            JudgementKind::SingleTensorEdit,
            Severity::Medium,
            Confidence::Medium,
            detail,
        )
    } else {
        return None;
    };
    Some(
        Judgement::new(kind, severity, confidence, detail)
            .about([tensor.key.as_str()])
            .because("relative", tensor.relative())
            .because("siblings-relative", usual.relative)
            .because("first-over-second", gap)
            .because("row-over-median", row),
    )
}

/// A few tokens that moved far while the embedding as a whole did not.
fn far_tokens(tensor: &TensorDelta) -> Option<Judgement> {
    let far: Vec<u64> = tensor
        .by_row
        .strongest
        .iter()
        .filter(|line| line.relative > 0.7 && line.over_median > 200.0)
        .map(|line| line.index)
        .collect();
    let is_few = (far.len() as u64) < (tensor.rows / 100).max(4);
    if far.is_empty() || !is_few || tensor.relative() > 0.3 {
        return None;
    }
    let list = far
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let detail = format!("the rows of a few tokens moved far while the others hardly did: {list}");
    Some(
        Judgement::new(
            JudgementKind::TokenEdit,
            Severity::Medium,
            Confidence::Medium,
            detail,
        )
        .about([tensor.key.as_str()])
        .because("tokens", far.len() as f64)
        .because("relative", tensor.relative()),
    )
}

/// Structure in what should be the error of a quantiser.
fn quantised(comparison: &Comparison) -> Vec<Judgement> {
    let measured: Vec<(&TensorDelta, f64)> = comparison
        .tensors
        .iter()
        .filter(|tensor| tensor.steps.is_some())
        .filter_map(|tensor| Some((tensor, tensor.spectrum.as_ref()?.prominence)))
        .collect();
    let middle = median(measured.iter().map(|both| both.1).collect()).unwrap_or(1.0);
    let mut judgements = Vec::new();
    for (tensor, prominence) in measured {
        let Some(steps) = tensor.steps else {
            continue;
        };
        let gap = leading(tensor).map_or(1.0, |both| both.1);
        if prominence > 1.3 && prominence > 1.5 * middle && gap > 1.4 {
            let detail =
                "the error of the quantiser contains an outer product that is not the quantiser's";
            judgements.push(
                Judgement::new(
                    JudgementKind::RankOneEdit,
                    Severity::High,
                    Confidence::High,
                    detail,
                )
                .about([tensor.key.as_str()])
                .because("prominence", prominence)
                .because("excess", steps.excess),
            );
        } else if steps.outlying_rows > 0
            && steps.worst_row > 8.0
            && steps.outlying_rows <= (tensor.rows / 50).max(2)
        {
            let detail = format!(
                "{} rows deviate far more than steps of this type explain",
                steps.outlying_rows
            );
            judgements.push(
                Judgement::new(
                    JudgementKind::FewRowEdit,
                    Severity::High,
                    Confidence::Medium,
                    detail,
                )
                .about([tensor.key.as_str()])
                .because("worst-row", steps.worst_row)
                .because("excess", steps.excess),
            );
        }
    }
    judgements
}

/// Tensors that have nothing to do with the base while the model as a whole has.
fn replaced(comparison: &Comparison) -> Option<Judgement> {
    let strange: Vec<&TensorDelta> = comparison
        .tensors
        .iter()
        .filter(|tensor| {
            tensor.is_matrix()
                && tensor.elements >= 4096
                && tensor.cosine < 0.1
                && tensor.base_norm > 0.0
        })
        .collect();
    let first = strange.first()?;
    let detail = format!(
        "{} tensors have nothing in common with the base",
        strange.len()
    );
    Some(
        Judgement::new(
            JudgementKind::ReplacedTensor,
            Severity::High,
            Confidence::High,
            detail,
        )
        .about(strange.iter().map(|tensor| tensor.key.as_str()))
        .because("cosine", first.cosine),
    )
}

/// The same factor or the same kind of noise everywhere.
fn whole(comparison: &Comparison, relation: Relation, claim: &Claim) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    if matches!(
        relation,
        Relation::Quantisation | Relation::Conversion | Relation::Same
    ) {
        return judgements;
    }
    let changed: Vec<&TensorDelta> = comparison
        .changed_tensors()
        .filter(|tensor| tensor.is_matrix())
        .collect();
    let rescaled: Vec<&TensorDelta> = changed
        .iter()
        .copied()
        .filter(|tensor| (tensor.scale - 1.0).abs() > 1e-3 && 1.0 - tensor.cosine < 1e-6)
        .collect();
    if let Some(first) = rescaled.first() {
        let detail = format!(
            "{} matrices are those of the base times a number",
            rescaled.len()
        );
        judgements.push(
            Judgement::new(
                JudgementKind::Rescaled,
                Severity::Low,
                Confidence::High,
                detail,
            )
            .about(rescaled.iter().map(|tensor| tensor.key.as_str()))
            .because("factor", first.scale),
        );
    }
    let noisy: Vec<&TensorDelta> = changed
        .iter()
        .copied()
        .filter(|tensor| tensor.rows.min(tensor.columns) >= 64)
        .filter(|tensor| {
            tensor
                .spectrum
                .as_ref()
                .is_some_and(|spectrum| spectrum.structure < 1.1)
        })
        .filter(|tensor| {
            tensor.changed_share() > 0.9 && tensor.delta_norm > 3.0 * tensor.rounding_norm
        })
        .collect();
    if let Some(first) = noisy.first()
        && noisy.len().saturating_mul(2) > changed.len()
    {
        let severity = if *claim == Claim::Same {
            Severity::Medium
        } else {
            Severity::Low
        };
        let detail = format!(
            "{} matrices differ by independent noise, which no training leaves",
            noisy.len()
        );
        judgements.push(
            Judgement::new(
                JudgementKind::NoiseAdded,
                severity,
                Confidence::Medium,
                detail,
            )
            .about(noisy.iter().map(|tensor| tensor.key.as_str()))
            .because("relative", first.relative()),
        );
    }
    judgements
}
