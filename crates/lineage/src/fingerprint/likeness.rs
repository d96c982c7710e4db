//! How alike two fingerprints are, and from where on that means kinship.

use chainwright_weights::linear::correlation;
use serde::{Deserialize, Serialize};

use super::{Fingerprint, VERSION};

/// Clear signs that are needed for a decision.
const ENOUGH_SIGNS: u32 = 128;
/// Standard deviations of a fair coin above which agreeing signs prove kinship, and below which they show nothing.
const SURE: f64 = 8.0;
const NOTHING: f64 = 4.0;

/// Whether two models have a common origin.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Relatedness {
    /// One descends from the other, or both from a third.
    Related,
    /// They began apart.
    Unrelated,
    /// The evidence decides nothing.
    #[default]
    Undecided,
}

impl Relatedness {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Unrelated => "unrelated",
            Self::Undecided => "undecided",
        }
    }
}

/// How alike two fingerprints are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// 1 for the same model, about 0 for strangers.
    pub score: f64,
    /// What follows.
    pub relatedness: Relatedness,
    /// The share of clear signs that agree.
    pub signs: Option<f64>,
    /// How many signs were clear in both.
    pub signs_compared: u32,
    /// Correlation of the kinship of tokens.
    pub tokens: Option<f64>,
    /// Mean correlation of the invariant terms, where signs did not suffice.
    pub terms: Option<f64>,
    /// How many terms both have.
    pub terms_compared: u32,
}

impl Fingerprint {
    /// How alike two models are. Both orders give the same.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> Likeness {
        if self.version != VERSION || other.version != VERSION {
            return Likeness::default();
        }
        let (agreeing, compared) = self.agreeing_signs(other);
        let signs = (compared > 0).then(|| f64::from(agreeing) / f64::from(compared));
        let tokens = table_likeness(&self.tokens, &other.tokens);
        let terms: Vec<f64> = self
            .terms
            .iter()
            .filter_map(|term| {
                let same = other.terms.iter().find(|each| each.name == term.name)?;
                table_likeness(&term.values, &same.values)
            })
            .collect();
        let terms_mean =
            (!terms.is_empty()).then(|| terms.iter().sum::<f64>() / terms.len() as f64);
        let mut likeness = Likeness {
            score: 0.0,
            relatedness: Relatedness::Undecided,
            signs,
            signs_compared: compared,
            tokens,
            terms: terms_mean,
            terms_compared: terms.len().try_into().unwrap_or(u32::MAX),
        };
        likeness.decide();
        likeness
    }

    fn agreeing_signs(&self, other: &Self) -> (u32, u32) {
        let mut agreeing = 0_u32;
        let mut compared = 0_u32;
        for one in &self.signs {
            let Some(same) = other.signs.iter().find(|each| each.tensor == one.tensor) else {
                continue;
            };
            let clear = one.clear & same.clear;
            compared = compared.saturating_add(clear.count_ones());
            agreeing =
                agreeing.saturating_add((clear & !(one.negative ^ same.negative)).count_ones());
        }
        (agreeing, compared)
    }
}

impl Likeness {
    /// Whether signs alone prove kinship, so that no other evidence can change the answer.
    pub(crate) fn is_proven_by_signs(&self) -> bool {
        let has_signs = self.signs_compared >= ENOUGH_SIGNS;
        has_signs
            && self
                .deviations()
                .is_some_and(|deviations| deviations > SURE)
    }

    /// Standard deviations of a fair coin that agreeing signs are above one half.
    fn deviations(&self) -> Option<f64> {
        let compared = f64::from(self.signs_compared);
        self.signs
            .map(|share| (2.0 * share - 1.0) * compared.sqrt())
    }

    fn decide(&mut self) {
        let sign_score = self.signs.map(|share| (2.0 * share - 1.0).max(0.0));
        let deviations = self.deviations();
        let invariant = match (self.terms, self.tokens) {
            (Some(terms), Some(tokens)) => Some(terms.min(tokens)),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
        };
        self.score = sign_score
            .unwrap_or(0.0)
            .max(invariant.unwrap_or(0.0))
            .clamp(0.0, 1.0);
        let has_signs = self.signs_compared >= ENOUGH_SIGNS;
        self.relatedness = match (deviations.filter(|_| has_signs), invariant) {
            (Some(deviations), _) if deviations > SURE => Relatedness::Related,
            (_, Some(invariant)) if invariant > INVARIANT_RELATED => Relatedness::Related,
            (Some(deviations), Some(invariant))
                if deviations < NOTHING && invariant < INVARIANT_UNRELATED =>
            {
                Relatedness::Unrelated
            }
            (Some(deviations), None) if deviations < NOTHING => Relatedness::Undecided,
            (None, Some(invariant)) if invariant < INVARIANT_UNRELATED => Relatedness::Unrelated,
            _ => Relatedness::Undecided,
        };
    }
}

/// Invariant evidence from here on proves kinship; below the other it speaks against it.
const INVARIANT_RELATED: f64 = 0.85;
const INVARIANT_UNRELATED: f64 = 0.6;

fn table_likeness(one: &[i8], other: &[i8]) -> Option<f64> {
    let count = one.len().min(other.len());
    if count < 64 {
        return None;
    }
    let floats = |table: &[i8]| -> Vec<f64> {
        table
            .iter()
            .take(count)
            .map(|value| f64::from(*value))
            .collect()
    };
    Some(correlation(&floats(one), &floats(other)))
}
