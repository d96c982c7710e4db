//! The bank: what the numbers of honest adapters look like, and how much each one says.
//!
//! A bank is data made by `tests/screening/calibrate.py`. The embedded one comes from small models trained for the
//! purpose; whoever has honest adapters of a base of their own makes a bank from them and passes it in.

use serde::{Deserialize, Serialize};

/// The embedded bank.
const EMBEDDED: &str = include_str!("../data/bank.json");

/// Why a bank could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BankError {
    /// The text is not the JSON of a bank.
    #[error("the bank cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A number is missing, not finite or of no use.
    #[error("the bank's `{0}` is of no use")]
    Unusable(String),
}

/// One number of the bank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureStatistics {
    /// The feature's name.
    pub name: String,
    /// The mean over honest adapters.
    pub mean: f64,
    /// The standard deviation over honest adapters.
    pub deviation: f64,
    /// What one standard deviation adds to the score's logit.
    pub weight: f64,
}

/// Statistics of honest adapters and the weights of a logistic regression against backdoored ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bank {
    /// What the bank is called.
    pub id: String,
    /// Its version; changes whenever a number does.
    pub version: u32,
    /// The base models whose adapters are in it, as `base_model_name_or_path` says them.
    pub bases: Vec<String>,
    /// How many honest adapters it was made from.
    pub clean: u32,
    /// How many backdoored ones.
    pub backdoored: u32,
    /// The numbers.
    pub features: Vec<FeatureStatistics>,
    /// The score's logit where every feature is at its mean.
    pub intercept: f64,
    /// Scores of honest adapters that the regression had not seen, rising: evenly spaced quantiles.
    pub clean_scores: Vec<f64>,
}

impl Bank {
    /// The bank that comes with the program.
    #[must_use]
    pub fn embedded() -> Self {
        // A test holds that it can be read; an empty bank screens nothing.
        Self::parse(EMBEDDED).unwrap_or_default()
    }

    /// Reads a bank.
    ///
    /// # Errors
    /// When the text is no bank or its numbers are of no use.
    pub fn parse(text: &str) -> Result<Self, BankError> {
        let bank: Self = serde_json::from_str(text)?;
        for feature in &bank.features {
            let numbers = [feature.mean, feature.deviation, feature.weight];
            if numbers.iter().any(|number| !number.is_finite()) || feature.deviation <= 0.0 {
                return Err(BankError::Unusable(feature.name.clone()));
            }
        }
        let rises = bank.clean_scores.is_sorted();
        if !bank.intercept.is_finite() || !rises || bank.features.is_empty() {
            return Err(BankError::Unusable(
                "intercept, features or clean_scores".to_owned(),
            ));
        }
        Ok(bank)
    }

    /// The share of honest adapters that score below `score`, 0 to 1.
    #[must_use]
    pub fn percentile(&self, score: f64) -> f64 {
        let below = self.clean_scores.partition_point(|clean| *clean < score);
        match self.clean_scores.len() {
            0 => 0.0,
            count => below as f64 / count as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_bank_is_usable() {
        let bank = Bank::parse(EMBEDDED).expect("embedded");
        assert!(bank.clean >= 30 && bank.backdoored >= 30, "{bank:?}");
        assert_eq!(bank, Bank::embedded());
        assert!(bank.percentile(1.1) >= 1.0 && bank.percentile(-0.1) <= 0.0);
    }

    #[test]
    fn banks_with_useless_numbers_are_refused() {
        let bank = |deviation: &str, scores: &str| {
            format!(
                r#"{{"id":"a","version":1,"bases":[],"clean":1,"backdoored":1,"intercept":0.0,"clean_scores":{scores},
                "features":[{{"name":"q.sigma","mean":0.0,"deviation":{deviation},"weight":1.0}}]}}"#
            )
        };
        assert!(Bank::parse(&bank("1.0", "[0.1,0.2]")).is_ok());
        for text in [
            bank("0.0", "[]"),
            bank("1.0", "[0.2,0.1]"),
            "{}".to_owned(),
            String::new(),
        ] {
            assert!(Bank::parse(&text).is_err(), "{text}");
        }
    }
}
