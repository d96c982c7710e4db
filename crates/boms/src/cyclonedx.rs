//! CycloneDX JSON: written in 1.6 and 1.7, read and checked from 1.2 on.
//!
//! Written documents carry their evidence in the words of their version: citations in 1.7, properties named
//! `chainwright:evidence:…` in 1.6. XML and Protocol Buffers are not read.

pub(crate) mod card;
mod check;
pub(crate) mod iri;
pub(crate) mod names;
mod overlay;
mod read;
mod security;
mod shape;
mod write;

use std::fmt;
use std::str::FromStr;

pub use check::{Violation, check};
pub use read::from_value;
pub use write::{to_value, write};

/// A version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecVersion {
    /// 1.2, the first with JSON.
    V1_2,
    /// 1.3.
    V1_3,
    /// 1.4, the first with vulnerabilities.
    V1_4,
    /// 1.5, the first with model cards and formulation.
    V1_5,
    /// 1.6, the first with declarations.
    V1_6,
    /// 1.7, the first with citations.
    V1_7,
}

impl SpecVersion {
    /// Every version.
    pub const ALL: [Self; 6] = [
        Self::V1_2,
        Self::V1_3,
        Self::V1_4,
        Self::V1_5,
        Self::V1_6,
        Self::V1_7,
    ];

    /// The version as documents write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
            Self::V1_5 => "1.5",
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }
}

impl fmt::Display for SpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SpecVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|each| each.as_str() == text)
            .ok_or(())
    }
}

/// The versions that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Edition {
    /// CycloneDX 1.6.
    V1_6,
    /// CycloneDX 1.7.
    #[default]
    V1_7,
}

impl Edition {
    /// The version of the specification.
    #[must_use]
    pub const fn version(self) -> SpecVersion {
        match self {
            Self::V1_6 => SpecVersion::V1_6,
            Self::V1_7 => SpecVersion::V1_7,
        }
    }
}
