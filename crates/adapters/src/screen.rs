//! The screening for backdoors: how unusual an adapter's spectra are, compared with a bank.
//!
//! After arXiv 2602.15195 (spectral statistics of each projection, z-scored against honest adapters, logistic
//! regression) and 2605.30189 (spread of the normalised Frobenius norm over modules). It is weak evidence:
//! `docs/detectors/adapter-screening.md` has the figures, and what is missed. A score never proves a backdoor, and an
//! attacker who trains against it wins.

use serde::{Deserialize, Serialize};

use crate::bank::Bank;
use crate::facts::AdapterFacts;
use crate::spectrum::features;

/// Modules that must have a spectrum before anything is said.
const FEWEST_MODULES: usize = 4;
/// Deviations beyond this count as this: one number must not decide alone.
const FARTHEST: f64 = 6.0;

/// A feature's part in a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureScore {
    /// The feature's name.
    pub name: String,
    /// Its value for this adapter.
    pub value: f64,
    /// How many standard deviations it lies from the bank's mean.
    pub deviation: f64,
    /// What it adds to the score's logit.
    pub contribution: f64,
}

/// The outcome of a screening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// 0 to 1; higher is more like the bank's backdoored adapters. No probability.
    pub score: f64,
    /// The share of the bank's honest adapters that score lower.
    pub percentile: f64,
    /// The numbers behind it, the most telling first.
    pub features: Vec<FeatureScore>,
    /// The bank's id.
    pub bank: String,
    /// The bank's version.
    pub bank_version: u32,
    /// Whether the bank holds adapters of this base, so that the percentile means something.
    pub is_calibrated: bool,
    /// Why the score is not calibrated; empty if it is.
    pub reason: String,
}

/// Compares an adapter with a bank; `None` if it has too few changes that are products of two matrices.
#[must_use]
pub fn screen(facts: &AdapterFacts, bank: &Bank) -> Option<Screening> {
    let measured = facts
        .modules
        .iter()
        .filter(|module| module.spectrum.is_some())
        .count();
    if measured < FEWEST_MODULES || bank.features.is_empty() {
        return None;
    }
    let own = features(&facts.modules);
    let mut scores: Vec<FeatureScore> = bank
        .features
        .iter()
        .filter_map(|statistics| {
            let value = *own.get(&statistics.name)?;
            let deviation = (value - statistics.mean) / statistics.deviation;
            let deviation = deviation.clamp(-FARTHEST, FARTHEST);
            Some(FeatureScore {
                name: statistics.name.clone(),
                value,
                deviation,
                contribution: deviation * statistics.weight,
            })
        })
        .collect();
    let logit = bank.intercept + scores.iter().map(|each| each.contribution).sum::<f64>();
    let score = 1.0 / (1.0 + (-logit).exp());
    scores.sort_by(|left, right| right.contribution.abs().total_cmp(&left.contribution.abs()));
    let reason = uncalibrated(facts, bank);
    (!scores.is_empty()).then(|| Screening {
        score,
        percentile: bank.percentile(score),
        features: scores,
        bank: bank.id.clone(),
        bank_version: bank.version,
        is_calibrated: reason.is_none(),
        reason: reason.unwrap_or_default(),
    })
}

fn uncalibrated(facts: &AdapterFacts, bank: &Bank) -> Option<String> {
    let Some(base) = &facts.base.name else {
        return Some("the adapter does not name its base".to_owned());
    };
    if !bank.bases.contains(base) {
        return Some(format!("the bank holds no adapters of `{base}`"));
    }
    (facts.modules_in_all != facts.modules.len() as u64)
        .then(|| "not all modules were measured".to_owned())
}
