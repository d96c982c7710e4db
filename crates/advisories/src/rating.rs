//! How bad an advisory is, from the scores that it carries.
//!
//! An advisory without a readable score is *unrated*, which is not the same as harmless: two in five of PyPI's have
//! none.

use chainwright_core::severity::Severity;
use serde::{Deserialize, Serialize};

use crate::record::{Kind, Record};

/// A CVSS score in tenths with the vector that gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cvss {
    /// Ten times the score: 98 for 9.8.
    pub tenths: u8,
    /// The vector, which begins with the edition of CVSS from 3.0 on.
    pub vector: String,
}

impl Cvss {
    /// Reads a vector of CVSS 2.0, 3.x or 4.0; `None` where it is none.
    #[must_use]
    pub fn read(vector: &str) -> Option<Self> {
        let vector = vector.trim();
        if vector.len() > 512 || !is_complete(vector) {
            return None;
        }
        let score = vector.parse::<cvss::Cvss>().ok()?.score();
        let tenths = (0..=100_u8).find(|tenths| (f64::from(*tenths) - score * 10.0).abs() < 0.5)?;
        Some(Self {
            tenths,
            vector: vector.to_owned(),
        })
    }

    /// The score from 0.0 to 10.0.
    #[must_use]
    pub fn score(&self) -> f64 {
        f64::from(self.tenths) / 10.0
    }

    /// The qualitative rating of CVSS 3.1, section 5; a score of zero is `Info`.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self.tenths {
            0 => Severity::Info,
            1..=39 => Severity::Low,
            40..=69 => Severity::Medium,
            70..=89 => Severity::High,
            _ => Severity::Critical,
        }
    }
}

/// Whether every base metric is there: a vector that lacks some would score as if nothing were lost.
fn is_complete(vector: &str) -> bool {
    let mandatory: &[&str] = if vector.starts_with("CVSS:4") {
        &[
            "AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA",
        ]
    } else if vector.starts_with("CVSS:3") {
        &["AV", "AC", "PR", "UI", "S", "C", "I", "A"]
    } else {
        &["AV", "AC", "Au", "C", "I", "A"]
    };
    let metrics = || {
        vector
            .split('/')
            .filter_map(|metric| Some(metric.split_once(':')?.0))
    };
    mandatory
        .iter()
        .all(|name| metrics().any(|metric| metric == *name))
}

/// The highest score of a record.
#[must_use]
pub fn worst_score(record: &Record) -> Option<Cvss> {
    record
        .severity
        .iter()
        .filter_map(|score| Cvss::read(&score.score))
        .max_by_key(|cvss| cvss.tenths)
}

/// How bad a record is: its score, else the word of its database, else what its kind says; `None` is unrated.
#[must_use]
pub fn severity(record: &Record, score: Option<&Cvss>) -> Option<Severity> {
    match record.database_specific.kind {
        Kind::Malicious => return Some(Severity::Critical),
        Kind::Unmaintained | Kind::Notice => return Some(Severity::Info),
        Kind::Unsound | Kind::Vulnerability => {}
    }
    if let Some(score) = score {
        return Some(score.severity());
    }
    match record
        .database_specific
        .severity
        .to_ascii_uppercase()
        .as_str()
    {
        "CRITICAL" => Some(Severity::Critical),
        "HIGH" | "IMPORTANT" => Some(Severity::High),
        "MODERATE" | "MEDIUM" => Some(Severity::Medium),
        "LOW" => Some(Severity::Low),
        _ if record.database_specific.kind == Kind::Unsound => Some(Severity::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Score, Specific};

    #[test]
    fn vectors_of_every_edition_are_scored() {
        for (vector, tenths, severity) in [
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
                88,
                Severity::High,
            ),
            (
                "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
                100,
                Severity::Critical,
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                93,
                Severity::Critical,
            ),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 75, Severity::High),
            (
                "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N",
                0,
                Severity::Info,
            ),
        ] {
            let cvss = Cvss::read(vector).unwrap();
            assert_eq!(
                (cvss.tenths, cvss.severity()),
                (tenths, severity),
                "{vector}"
            );
        }
        for vector in [
            "",
            "high",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H",
            "CVSS:3.1/AV:N",
            "CVSS:9.9/AV:N",
            "CVSS:3.1/AV:Ü",
        ] {
            assert_eq!(Cvss::read(vector), None, "{vector}");
        }
    }

    #[test]
    fn without_a_score_the_rating_is_open() {
        let mut record = Record::default();
        assert_eq!(severity(&record, None), None);
        record.database_specific.severity = "MODERATE".into();
        assert_eq!(severity(&record, None), Some(Severity::Medium));
        record.severity = vec![Score {
            system: "CVSS_V3".into(),
            score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H".into(),
        }];
        assert_eq!(
            severity(&record, worst_score(&record).as_ref()),
            Some(Severity::High)
        );
        record.database_specific = Specific {
            kind: Kind::Malicious,
            ..Specific::default()
        };
        assert_eq!(severity(&record, None), Some(Severity::Critical));
    }
}
