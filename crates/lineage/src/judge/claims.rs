//! Whether what was seen fits what is said.

use chainwright_core::severity::{Confidence, Severity};

use super::relation::{Inference, is_low_rank, is_quantised};
use super::{Claim, Judgement, JudgementKind, Relation};
use crate::facts::{Comparison, TensorDelta};

/// Ranks that a merged adapter may have beyond its own: its factors were rounded as well.
const SLACK: u64 = 2;

/// Holds the claim against the facts.
pub(super) fn judge(
    comparison: &Comparison,
    inference: Inference,
    claim: &Claim,
) -> Vec<Judgement> {
    if *claim == Claim::Unknown || inference.relation == Relation::Unclear {
        return Vec::new();
    }
    if !inference.relation.is_descent() {
        let detail = format!(
            "it is said to be {}, but what was seen is: {}",
            claim.as_str(),
            inference.relation.as_str()
        );
        return vec![contradicted(Severity::High, Confidence::High, detail)];
    }
    let complaints = match claim {
        Claim::Same => same(comparison),
        Claim::FineTune => fine_tune(inference.relation),
        Claim::LoraMerge { rank } => lora(comparison, *rank),
        Claim::Quantisation => quantisation(comparison),
        Claim::Merge(other) => merge(inference.relation, other.as_deref()),
        Claim::Prune => prune(comparison),
        Claim::Unknown => Vec::new(),
    };
    if complaints.is_empty() {
        let detail = format!("nothing speaks against {}", claim.as_str());
        vec![Judgement::new(
            JudgementKind::ClaimHolds,
            Severity::Info,
            Confidence::Medium,
            detail,
        )]
    } else {
        complaints
    }
}

fn contradicted(
    severity: Severity,
    confidence: Confidence,
    detail: impl Into<String>,
) -> Judgement {
    Judgement::new(
        JudgementKind::ClaimContradicted,
        severity,
        confidence,
        detail,
    )
}

fn undocumented(tensors: &[&TensorDelta], detail: String) -> Judgement {
    Judgement::new(
        JudgementKind::UndocumentedChange,
        Severity::Medium,
        Confidence::High,
        detail,
    )
    .about(tensors.iter().map(|tensor| tensor.key.as_str()))
    .because("tensors", tensors.len() as f64)
}

fn same(comparison: &Comparison) -> Vec<Judgement> {
    let changed: Vec<&TensorDelta> = comparison.changed_tensors().collect();
    let Some(first) = changed.first() else {
        return Vec::new();
    };
    let detail = format!(
        "{} tensors differ though it is said to be unchanged",
        changed.len()
    );
    vec![
        contradicted(Severity::High, Confidence::High, detail)
            .about(changed.iter().map(|tensor| tensor.key.as_str()))
            .because("relative", first.relative()),
    ]
}

fn fine_tune(relation: Relation) -> Vec<Judgement> {
    let (severity, detail) = match relation {
        Relation::Edit => (
            Severity::Medium,
            "a few weights were edited; training would have moved them all",
        ),
        Relation::Prune => (
            Severity::Medium,
            "weights were set to zero and nothing was trained",
        ),
        Relation::Same | Relation::Conversion => (
            Severity::Low,
            "nothing was trained: the weights are those of the base",
        ),
        Relation::Quantisation
        | Relation::LoraMerge
        | Relation::FineTune
        | Relation::Rearranged
        | Relation::Unrelated
        | Relation::Unclear => return Vec::new(),
    };
    vec![contradicted(severity, Confidence::Medium, detail)]
}

fn lora(comparison: &Comparison, rank: Option<u32>) -> Vec<Judgement> {
    let mut complaints = Vec::new();
    let (linear, others): (Vec<&TensorDelta>, Vec<&TensorDelta>) = comparison
        .changed_tensors()
        .partition(|tensor| tensor.role.is_linear());
    if !others.is_empty() {
        let detail = format!(
            "{} tensors were changed that adapters do not reach",
            others.len()
        );
        complaints.push(undocumented(&others, detail));
    }
    let dense: Vec<&TensorDelta> = linear
        .iter()
        .copied()
        .filter(|tensor| tensor.spectrum.as_ref().and_then(is_low_rank) == Some(false))
        .collect();
    if let Some(first) = dense.first() {
        let detail = format!(
            "the difference of {} matrices has no low rank beyond the noise of storing",
            dense.len()
        );
        let left = first
            .spectrum
            .as_ref()
            .map_or(0.0, |spectrum| spectrum.left_share);
        complaints.push(
            contradicted(Severity::Medium, Confidence::High, detail)
                .about(dense.iter().map(|tensor| tensor.key.as_str()))
                .because("energy-beyond", left),
        );
        return complaints;
    }
    if let Some(rank) = rank {
        let allowed = u64::from(rank).saturating_add(SLACK);
        let above: Vec<&TensorDelta> = linear
            .into_iter()
            .filter(|tensor| {
                tensor
                    .spectrum
                    .as_ref()
                    .is_some_and(|spectrum| spectrum.rank > allowed)
            })
            .collect();
        let highest = above
            .iter()
            .filter_map(|tensor| tensor.spectrum.as_ref())
            .map(|spectrum| spectrum.rank)
            .max();
        if let Some(highest) = highest {
            let detail = format!(
                "the difference of {} matrices has a higher rank than {rank}",
                above.len()
            );
            complaints.push(
                contradicted(Severity::Medium, Confidence::Medium, detail)
                    .about(above.iter().map(|tensor| tensor.key.as_str()))
                    .because("rank", highest as f64),
            );
        }
    }
    complaints
}

fn quantisation(comparison: &Comparison) -> Vec<Judgement> {
    let mut complaints = Vec::new();
    if !is_quantised(comparison) {
        let is_conversion = comparison.changed_tensors().next().is_none();
        let detail = "most weights are not stored in a type that quantises";
        let severity = if is_conversion {
            Severity::Info
        } else {
            Severity::Medium
        };
        complaints.push(contradicted(severity, Confidence::High, detail));
    }
    let (stepped, plain): (Vec<&TensorDelta>, Vec<&TensorDelta>) = comparison
        .changed_tensors()
        .partition(|tensor| tensor.steps.is_some());
    let far: Vec<&TensorDelta> = stepped
        .into_iter()
        .filter(|tensor| tensor.steps.is_some_and(|steps| steps.excess > 3.0))
        .collect();
    if let Some(first) = far.first() {
        let detail = format!(
            "{} tensors are further from the base than steps of their type explain",
            far.len()
        );
        complaints.push(
            contradicted(Severity::Medium, Confidence::High, detail)
                .about(far.iter().map(|tensor| tensor.key.as_str()))
                .because("excess", first.steps.map_or(0.0, |steps| steps.excess)),
        );
    }
    // Converters of some architectures add one to the gains of norms.
    let others: Vec<&TensorDelta> = plain
        .into_iter()
        .filter(|tensor| tensor.delta_norm > 4.0 * tensor.rounding_norm && !is_shifted(tensor))
        .collect();
    if !others.is_empty() {
        let detail = format!(
            "{} tensors were changed that are not quantised",
            others.len()
        );
        complaints.push(undocumented(&others, detail));
    }
    complaints
}

/// Whether every element moved by the same amount.
fn is_shifted(tensor: &TensorDelta) -> bool {
    let even = tensor.mean_delta.abs() * (tensor.elements as f64).sqrt();
    tensor.delta_norm > 0.0 && (even / tensor.delta_norm - 1.0).abs() < 1e-3
}

fn merge(relation: Relation, other: Option<&Comparison>) -> Vec<Judgement> {
    let mut complaints = Vec::new();
    if let Some(other) = other
        && !super::infer(other).relation.is_descent()
    {
        let detail = "the derived model has nothing of the other parent";
        complaints.push(contradicted(Severity::High, Confidence::Medium, detail));
    }
    if relation == Relation::Edit {
        let detail = "a few weights were edited; a merge would have moved them all";
        complaints.push(contradicted(Severity::Medium, Confidence::Medium, detail));
    }
    complaints
}

fn prune(comparison: &Comparison) -> Vec<Judgement> {
    let moved: Vec<&TensorDelta> = comparison
        .changed_tensors()
        .filter(|tensor| {
            tensor
                .changed
                .saturating_sub(tensor.zeroed)
                .saturating_mul(20)
                > tensor.changed
        })
        .collect();
    if moved.is_empty() {
        return Vec::new();
    }
    let detail = format!(
        "{} tensors were changed beyond setting weights to zero",
        moved.len()
    );
    vec![undocumented(&moved, detail)]
}
