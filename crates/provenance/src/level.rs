//! Tracks and levels of SLSA v1.2.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The highest level of the build track.
pub const BUILD_TOP: u8 = 3;

/// The highest level of the source track.
pub const SOURCE_TOP: u8 = 4;

/// A track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Track {
    /// How it was built.
    Build,
    /// How its source is kept.
    Source,
}

impl Track {
    /// The word in the names of levels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "BUILD",
            Self::Source => "SOURCE",
        }
    }

    /// Its highest level.
    #[must_use]
    pub fn top(self) -> u8 {
        match self {
            Self::Build => BUILD_TOP,
            Self::Source => SOURCE_TOP,
        }
    }
}

/// A level of a track, such as `SLSA_BUILD_LEVEL_3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Level {
    /// The track.
    pub track: Track,
    /// From 0 to the top of the track.
    pub number: u8,
}

impl Level {
    /// Reads the name of a level; other properties and levels that do not exist are none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Track::Build, Track::Source].into_iter().find_map(|track| {
            let digit = text
                .strip_prefix("SLSA_")?
                .strip_prefix(track.as_str())?
                .strip_prefix("_LEVEL_")?;
            let number = match digit.as_bytes() {
                [byte @ b'0'..=b'9'] => byte.saturating_sub(b'0'),
                _ => return None,
            };
            (number <= track.top()).then_some(Self { track, number })
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SLSA_{}_LEVEL_{}", self.track.as_str(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_levels_are_read_as_they_are_written() {
        for (track, top) in [(Track::Build, BUILD_TOP), (Track::Source, SOURCE_TOP)] {
            for number in 0..=top {
                let level = Level { track, number };
                assert_eq!(Level::read(&level.to_string()), Some(level));
            }
        }
        for other in [
            "SLSA_BUILD_LEVEL_4",
            "SLSA_SOURCE_LEVEL_5",
            "SLSA_BUILD_LEVEL_",
            "SLSA_BUILD_LEVEL_03",
            "slsa_build_level_3",
            "SLSA_LEVEL_3",
            "FAILED",
            "ORG_SOURCE_REVIEWED",
        ] {
            assert_eq!(Level::read(other), None, "{other}");
        }
    }
}
