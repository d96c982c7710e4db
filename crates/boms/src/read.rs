//! Any bill of materials as an inventory: which format it is, and the way to its reader.
//!
//! Content decides, never a file name. A document that cannot be read at all is an error with a place; one that is
//! merely strange is read as far as it goes.

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use serde_json::Value;

use crate::inventory::Inventory;
use crate::{croissant, cyclonedx, json, spdx2, spdx3};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// CycloneDX as JSON.
    CycloneDx,
    /// SPDX 2.2 and 2.3 as JSON.
    Spdx2Json,
    /// SPDX 2.2 and 2.3 as tags and values.
    Spdx2TagValue,
    /// SPDX 3.0 as JSON-LD.
    Spdx3,
    /// Croissant: datasets as JSON-LD.
    Croissant,
}

impl Format {
    /// The name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CycloneDx => "CycloneDX",
            Self::Spdx2Json => "SPDX 2 JSON",
            Self::Spdx2TagValue => "SPDX 2 tag-value",
            Self::Spdx3 => "SPDX 3",
            Self::Croissant => "Croissant",
        }
    }
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is longer than the limit.
    #[error("the document has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// It holds more values than the limit.
    #[error("the document holds more than {0} values")]
    TooManyValues(usize),
    /// It is not JSON, or nested too deeply.
    #[error("not JSON at {line}:{column}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column.
        column: usize,
    },
    /// It is no bill of materials that is known.
    #[error("no known bill of materials")]
    UnknownFormat,
    /// It is one, of a version that is not read.
    #[error("`{0}` is not read")]
    UnsupportedVersion(String),
}

impl ReadError {
    /// The same as a problem of the artifact.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let kind = match self {
            Self::TooLarge { .. } | Self::TooManyValues(_) => ProblemKind::LimitReached,
            Self::NotJson { .. } => ProblemKind::Malformed,
            Self::UnknownFormat | Self::UnsupportedVersion(_) => ProblemKind::Unsupported,
        };
        let place = match self {
            Self::NotJson { line, column } => Place::Line {
                line: u32::try_from(*line).unwrap_or(u32::MAX),
                column: u32::try_from(*column).unwrap_or(u32::MAX),
            },
            _ => Place::Whole,
        };
        Problem::new(kind, place, self.to_string())
    }
}

/// Which format a parsed JSON document has.
#[must_use]
pub fn detect(document: &Value) -> Option<Format> {
    let object = document.as_object()?;
    if json::text(object, "bomFormat") == Some("CycloneDX") {
        return Some(Format::CycloneDx);
    }
    if json::text(object, "spdxVersion").is_some_and(|version| version.starts_with("SPDX-2")) {
        return Some(Format::Spdx2Json);
    }
    if spdx3::is_document(object) {
        return Some(Format::Spdx3);
    }
    croissant::is_document(object).then_some(Format::Croissant)
}

/// Reads a bill of materials of any format; `origin` names it as the source of what it declares.
///
/// # Errors
/// When it is too large, not in a known format, or of a version that is not read.
pub fn read(bytes: &[u8], origin: &str, limits: &Limits) -> Result<(Format, Inventory), ReadError> {
    if spdx2::is_tag_value(bytes) {
        let inventory = spdx2::from_tag_value(bytes, origin, limits)?;
        return Ok((Format::Spdx2TagValue, inventory));
    }
    let document = json::parse(bytes, limits)?;
    from_value(&document, origin)
}

/// Reads a document that was parsed already.
///
/// # Errors
/// When it is not in a known format, or of a version that is not read.
pub fn from_value(document: &Value, origin: &str) -> Result<(Format, Inventory), ReadError> {
    let format = detect(document).ok_or(ReadError::UnknownFormat)?;
    let inventory = match format {
        Format::CycloneDx => cyclonedx::from_value(document, origin)?,
        Format::Spdx2Json | Format::Spdx2TagValue => spdx2::from_value(document, origin)?,
        Format::Spdx3 => spdx3::from_value(document, origin)?,
        Format::Croissant => croissant::from_value(document, origin)?,
    };
    Ok((format, inventory))
}
