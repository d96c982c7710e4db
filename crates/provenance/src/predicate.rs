//! Predicates of in-toto statements.

mod dataset;
mod lineage;
mod provenance;
mod scai;
mod scan;
mod summary;
mod svr;
mod test_result;
mod vulns;

pub use dataset::Dataset;
pub use lineage::{Lineage, Parent, Relation};
pub use provenance::{BuildMetadata, Provenance};
pub use scai::{Assertion, Scai};
pub use scan::ScanResult;
pub use summary::{Summary, Verdict};
pub use svr::Svr;
pub use test_result::{TestResult, TestVerdict};
pub use vulns::{Rating, Vulnerability, Vulns};

use serde_json::Value;
use thiserror::Error;

/// Why a predicate is not what its type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A field that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field should be text.
    #[error("`{0}` is no text")]
    NotText(&'static str),
    /// A field should be a number.
    #[error("`{0}` is no number")]
    NotANumber(&'static str),
    /// A field should be an object.
    #[error("`{0}` is no object")]
    NotAnObject(&'static str),
    /// A field should be a list.
    #[error("`{0}` is no list")]
    NotAList(&'static str),
    /// A field has a value that the type does not know.
    #[error("`{0}` has a value that its type does not know")]
    Unknown(&'static str),
    /// A moment is not in the form of RFC 3339.
    #[error("`{0}` is no moment such as 2026-01-31T12:00:00Z")]
    NotAMoment(&'static str),
}

/// A predicate type that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// SLSA provenance v1.
    Provenance,
    /// SLSA provenance v0.2.
    OldProvenance,
    /// SLSA verification summary v1.
    Summary,
    /// Simple verification result v0.2.
    Svr,
    /// Attribute report v0.3.
    Scai,
    /// Test result v0.1.
    TestResult,
    /// Vulnerability report v0.2.
    Vulns,
    /// CycloneDX document.
    CycloneDx,
    /// SPDX document.
    Spdx,
    /// OpenSSF Model Signing manifest.
    ModelSignature,
    /// Result of a scan.
    Scan,
    /// What a dataset is and where it comes from.
    Dataset,
    /// What a model was made from.
    Lineage,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Provenance,
        Self::OldProvenance,
        Self::Summary,
        Self::Svr,
        Self::Scai,
        Self::TestResult,
        Self::Vulns,
        Self::CycloneDx,
        Self::Spdx,
        Self::ModelSignature,
        Self::Scan,
        Self::Dataset,
        Self::Lineage,
    ];

    /// The type URI.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Provenance => "https://slsa.dev/provenance/v1",
            Self::OldProvenance => "https://slsa.dev/provenance/v0.2",
            Self::Summary => "https://slsa.dev/verification_summary/v1",
            Self::Svr => "https://in-toto.io/attestation/svr/v0.2",
            Self::Scai => "https://in-toto.io/attestation/scai/v0.3",
            Self::TestResult => "https://in-toto.io/attestation/test-result/v0.1",
            Self::Vulns => "https://in-toto.io/attestation/vulns/v0.2",
            Self::CycloneDx => "https://cyclonedx.org/bom",
            Self::Spdx => "https://spdx.dev/Document",
            Self::ModelSignature => "https://model_signing/signature/v1.0",
            Self::Scan => "https://github.com/chainwright/chainwright/predicates/scan/v1",
            Self::Dataset => "https://github.com/chainwright/chainwright/predicates/dataset/v1",
            Self::Lineage => "https://github.com/chainwright/chainwright/predicates/lineage/v1",
        }
    }

    /// The kind of a type URI; versions that differ only in what consumers must ignore are one kind.
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        let exact = Self::ALL.into_iter().find(|kind| kind.uri() == uri);
        exact.or_else(|| {
            // CycloneDX and SPDX add the version of the document to the type.
            let of_document = |kind: Self| {
                let rest = uri.strip_prefix(kind.uri())?;
                rest.starts_with(['/', '#']).then_some(kind)
            };
            of_document(Self::CycloneDx).or_else(|| of_document(Self::Spdx))
        })
    }

    /// Checks that a predicate is what this type says it is. Documents (CycloneDX, SPDX) and manifests of signatures
    /// have readers of their own; of them only the outermost shape is checked.
    ///
    /// # Errors
    /// With the first field that is wrong.
    pub fn check(self, predicate: &Value) -> Result<(), Malformed> {
        match self {
            Self::Provenance => Provenance::read(predicate).map(drop),
            Self::OldProvenance => Provenance::read_old(predicate).map(drop),
            Self::Summary => Summary::read(predicate).map(drop),
            Self::Svr => Svr::read(predicate).map(drop),
            Self::Scai => Scai::read(predicate).map(drop),
            Self::TestResult => TestResult::read(predicate).map(drop),
            Self::Vulns => Vulns::read(predicate).map(drop),
            Self::Scan => ScanResult::read(predicate).map(drop),
            Self::Dataset => Dataset::read(predicate).map(drop),
            Self::Lineage => Lineage::read(predicate).map(drop),
            Self::CycloneDx | Self::Spdx | Self::ModelSignature => predicate
                .is_object()
                .then_some(())
                .ok_or(Malformed::NotAnObject("predicate")),
        }
    }
}

/// Whether text is a moment in the form of RFC 3339, in UTC or with an offset.
fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(head), Some(tail)) = (bytes.get(..19), bytes.get(19..)) else {
        return false;
    };
    let has_form = head.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        10 => matches!(byte, b'T' | b't'),
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let digits = |range: std::ops::Range<usize>| -> u32 {
        let part = bytes.get(range).unwrap_or_default();
        part.iter().fold(0_u32, |sum, byte| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            sum.saturating_mul(10).saturating_add(digit)
        })
    };
    let is_possible = (1..=12).contains(&digits(5..7))
        && (1..=31).contains(&digits(8..10))
        && digits(11..13) < 24
        && digits(14..16) < 60
        && digits(17..19) <= 60;
    let rest = match tail.split_first() {
        Some((b'.', fraction)) => {
            let count = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if count == 0 {
                return false;
            }
            fraction.get(count..).unwrap_or_default()
        }
        _ => tail,
    };
    let is_zone = match rest {
        b"Z" | b"z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    has_form && is_possible && is_zone
}

/// The moment of a field that may be absent.
fn moment(
    object: &serde_json::Map<String, Value>,
    name: &str,
    at: &'static str,
) -> Result<Option<String>, Malformed> {
    match crate::json::text(object, name, at)? {
        Some(text) if !is_moment(&text) => Err(Malformed::NotAMoment(at)),
        found => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_told_by_its_uri() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.uri()), Some(kind));
        }
        assert_eq!(
            Kind::of("https://cyclonedx.org/bom/v1.6"),
            Some(Kind::CycloneDx)
        );
        assert_eq!(Kind::of("https://spdx.dev/Document/v2.3"), Some(Kind::Spdx));
        assert_eq!(Kind::of("https://cyclonedx.org/bomber"), None);
        assert_eq!(Kind::of("https://slsa.dev/provenance/v2"), None);
    }

    #[test]
    fn moments_have_the_form_of_rfc_3339() {
        for good in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.123456789Z",
            "2026-01-31T12:00:00+01:00",
            "1985-04-12T23:20:50.52Z",
        ] {
            assert!(is_moment(good), "{good}");
        }
        for bad in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-13-31T12:00:00Z",
            "2026-01-31T25:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31 12:00:00Z",
            "2026-01-31T12:00:00+0100",
            "2026-01-31T12:00:00Zx",
            "é026-01-31T12:00:00Z",
        ] {
            assert!(!is_moment(bad), "{bad}");
        }
    }
}
