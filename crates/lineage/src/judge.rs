//! What the facts of a comparison mean: how the derived model came to be, whether that fits what is claimed, and
//! whether there are changes that honest making does not leave.
//!
//! Thresholds were set on models that were trained for the purpose (`tests/lineage/make_pairs.py`) and hold for weights
//! only: a judgement never says what an edit does, only that it is there and that training leaves no such trace.

mod claims;
mod edits;
mod relation;

pub use relation::{Relation, infer};

use chainwright_core::severity::{Confidence, Severity};

use crate::facts::{Comparison, Lone, Role};

/// How the derived model is said to have been made from the base.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Nothing was changed, except perhaps how it is stored.
    Same,
    /// It was trained further.
    FineTune,
    /// An adapter of low rank was merged into it.
    LoraMerge {
        /// Its rank, if it is told.
        rank: Option<u32>,
    },
    /// It was quantised.
    Quantisation,
    /// It was merged with another model: the comparison of that one with the derived model, if it is at hand.
    Merge(Option<Box<Comparison>>),
    /// Weights were set to zero.
    Prune,
    /// Nothing is said.
    Unknown,
}

impl Claim {
    /// In plain words.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Same => "unchanged",
            Self::FineTune => "a fine-tune",
            Self::LoraMerge { .. } => "a merged low-rank adapter",
            Self::Quantisation => "a quantisation",
            Self::Merge(_) => "a merge",
            Self::Prune => "a pruning",
            Self::Unknown => "unknown",
        }
    }
}

/// What kind of statement a judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum JudgementKind {
    /// The most plausible relation.
    Relation,
    /// The derived model does not come from this base.
    DoesNotDescend,
    /// Whether it does cannot be told.
    LineageUndecided,
    /// The claim fits what was seen.
    ClaimHolds,
    /// The claim does not fit.
    ClaimContradicted,
    /// One matrix gained an outer product, as editing of facts leaves it.
    RankOneEdit,
    /// A few rows of a matrix were changed.
    FewRowEdit,
    /// Embeddings or scores of a few tokens were changed.
    TokenEdit,
    /// A few tensors were changed and everything else was left alone.
    SingleTensorEdit,
    /// A tensor has nothing to do with its namesake while the others have.
    ReplacedTensor,
    /// Changes outside of what the claim allows.
    UndocumentedChange,
    /// Tensors that the base does not have.
    AddedTensors,
    /// A vector that is added to the scores of tokens appeared or was changed.
    HeadBias,
    /// Tensors that only the base has, or with another shape.
    MissingTensors,
    /// Units were put in another order, which hides the descent.
    Rearranged,
    /// Weights were multiplied by a number.
    Rescaled,
    /// Independent noise was added.
    NoiseAdded,
    /// Values that are not finite.
    NotFinite,
    /// The vocabulary has grown.
    AddedTokens,
}

impl JudgementKind {
    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::DoesNotDescend => "does-not-descend",
            Self::LineageUndecided => "lineage-undecided",
            Self::ClaimHolds => "claim-holds",
            Self::ClaimContradicted => "claim-contradicted",
            Self::RankOneEdit => "rank-one-edit",
            Self::FewRowEdit => "few-row-edit",
            Self::TokenEdit => "token-edit",
            Self::SingleTensorEdit => "single-tensor-edit",
            Self::ReplacedTensor => "replaced-tensor",
            Self::UndocumentedChange => "undocumented-change",
            Self::AddedTensors => "added-tensors",
            Self::HeadBias => "head-bias",
            Self::MissingTensors => "missing-tensors",
            Self::Rearranged => "rearranged",
            Self::Rescaled => "rescaled",
            Self::NoiseAdded => "noise-added",
            Self::NotFinite => "not-finite",
            Self::AddedTokens => "added-tokens",
        }
    }
}

/// One statement about a pair of models.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What kind of statement.
    pub kind: JudgementKind,
    /// How bad it is if true; `Info` is no complaint.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The tensors it is about, at most sixteen.
    pub tensors: Vec<String>,
    /// One plain sentence.
    pub detail: String,
    /// The numbers behind it.
    pub evidence: Vec<(&'static str, f64)>,
}

impl Judgement {
    fn new(
        kind: JudgementKind,
        severity: Severity,
        confidence: Confidence,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            severity,
            confidence,
            tensors: Vec::new(),
            detail: detail.into(),
            evidence: Vec::new(),
        }
    }

    fn about<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.tensors = keys.into_iter().take(16).map(str::to_owned).collect();
        self
    }

    fn because(mut self, name: &'static str, value: f64) -> Self {
        self.evidence.push((name, value));
        self
    }
}

/// Judges a comparison, worst first. Without a claim, the most plausible relation is told.
#[must_use]
pub fn judge(comparison: &Comparison, claim: Option<Claim>) -> Vec<Judgement> {
    let claim = claim.unwrap_or(Claim::Unknown);
    let inferred = infer(comparison);
    let mut judgements = vec![relation::told(comparison, inferred)];
    judgements.extend(relation::descent(comparison, inferred, &claim));
    if inferred.relation.is_descent() {
        judgements.extend(edits::judge(comparison, inferred.relation, &claim));
    }
    judgements.extend(claims::judge(comparison, inferred, &claim));
    judgements.extend(structure(comparison, inferred.relation));
    judgements.sort_by(|one, other| {
        (other.severity, one.kind, &one.tensors).cmp(&(one.severity, other.kind, &other.tensors))
    });
    judgements
}

/// What the lists of tensors tell.
fn structure(comparison: &Comparison, relation: Relation) -> Vec<Judgement> {
    use Confidence::High;
    let mut judgements = Vec::new();
    let is_head_bias = |lone: &&Lone| lone.role == Role::Bias && lone.key.starts_with("output.");
    let keys =
        |lones: &[&Lone]| -> Vec<String> { lones.iter().map(|lone| lone.key.clone()).collect() };
    let (biases, added): (Vec<&Lone>, Vec<&Lone>) = comparison.added.iter().partition(is_head_bias);
    let changed_bias = comparison
        .changed_tensors()
        .filter(|tensor| tensor.role == Role::Bias && tensor.key.starts_with("output."))
        .map(|tensor| tensor.key.clone());
    let biases: Vec<String> = keys(&biases).into_iter().chain(changed_bias).collect();
    if !biases.is_empty() {
        let severity = if relation == Relation::FineTune {
            Severity::Low
        } else {
            Severity::High
        };
        let detail = "a vector that shifts the scores of tokens was added or changed";
        judgements.push(
            Judgement::new(JudgementKind::HeadBias, severity, High, detail)
                .about(biases.iter().map(String::as_str)),
        );
    }
    if !relation.is_descent() {
        return judgements;
    }
    let tied = |lone: &&Lone| lone.role != Role::Head;
    let added: Vec<&Lone> = added.into_iter().filter(tied).collect();
    if !added.is_empty() {
        let detail = format!("{} tensors are not in the base", added.len());
        judgements.push(
            Judgement::new(JudgementKind::AddedTensors, Severity::Medium, High, detail)
                .about(added.iter().map(|lone| lone.key.as_str())),
        );
    }
    let missing: Vec<&Lone> = comparison
        .removed
        .iter()
        .filter(tied)
        .chain(&comparison.reshaped)
        .collect();
    if !missing.is_empty() {
        let detail = format!(
            "{} tensors of the base are missing or have another shape",
            missing.len()
        );
        judgements.push(
            Judgement::new(JudgementKind::MissingTensors, Severity::Low, High, detail)
                .about(missing.iter().map(|lone| lone.key.as_str())),
        );
    }
    judgements.extend(numbers(comparison));
    judgements
}

/// Values that are no numbers, and rows that were added.
fn numbers(comparison: &Comparison) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    let broken: Vec<&str> = comparison
        .tensors
        .iter()
        .filter(|tensor| tensor.not_finite > 0)
        .map(|tensor| tensor.key.as_str())
        .collect();
    if !broken.is_empty() {
        let detail = format!("{} tensors hold values that are not finite", broken.len());
        judgements.push(
            Judgement::new(
                JudgementKind::NotFinite,
                Severity::Medium,
                Confidence::High,
                detail,
            )
            .about(broken),
        );
    }
    for tensor in comparison
        .tensors
        .iter()
        .filter(|tensor| tensor.derived_rows > tensor.base_rows)
    {
        let count = tensor.derived_rows.saturating_sub(tensor.base_rows);
        judgements.push(
            Judgement::new(
                JudgementKind::AddedTokens,
                Severity::Info,
                Confidence::High,
                format!("{count} rows were added behind row {}", tensor.base_rows),
            )
            .about([tensor.key.as_str()]),
        );
    }
    judgements
}

#[cfg(test)]
mod tests;
