//! Exact versions and their order, as each ecosystem defines it.
//!
//! A text that its ecosystem would not order is `None`, and a caller has to treat it as unknown, never as unaffected.

mod java;
pub(crate) mod python;
mod scripting;
pub(crate) mod semantic;
mod systems;
mod tag;

use std::cmp::Ordering;
use std::fmt;

use chainwright_core::package::Ecosystem;

use java::Maven;
use python::{Legacy, Pep440};
use scripting::{Composer, Conda, Gem};
use semantic::Semantic;
use systems::{Apk, Debian, Rpm};
use tag::Tag;

/// The longest text that is read as a version, in bytes.
pub const LONGEST: usize = 256;

/// An exact version with its place in its ecosystem's order.
///
/// Two versions are equal if their ecosystem puts them at the same place (`1.0` and `1.0.0` on PyPI), whatever their
/// text. Versions of different ecosystems are ordered by ecosystem, which means nothing.
#[derive(Debug, Clone)]
pub struct Version {
    ecosystem: Ecosystem,
    text: Box<str>,
    order: Order,
}

#[derive(Debug, Clone)]
enum Order {
    Legacy(Legacy),
    Python(Pep440),
    Semantic(Semantic),
    Maven(Maven),
    Gem(Gem),
    Composer(Composer),
    Conda(Conda),
    Debian(Debian),
    Apk(Apk),
    Rpm(Rpm),
    Tag(Tag),
}

/// The order of two versions, if the ecosystem orders both.
#[must_use]
pub fn compare(ecosystem: Ecosystem, left: &str, right: &str) -> Option<Ordering> {
    let left = Version::parse(ecosystem, left)?;
    Some(left.cmp(&Version::parse(ecosystem, right)?))
}

impl Version {
    /// Reads a version; `None` if the ecosystem has no place for it in its order.
    ///
    /// On PyPI every text without spaces is ordered, but what PEP 440 refuses [is legacy](Self::is_legacy).
    #[must_use]
    pub fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        let trimmed = text.trim_matches(python::is_space);
        if trimmed.is_empty() || trimmed.len() > LONGEST {
            return None;
        }
        Some(Self {
            ecosystem,
            text: trimmed.into(),
            order: Order::parse(ecosystem, trimmed)?,
        })
    }

    /// The ecosystem whose order this is.
    #[must_use]
    pub const fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }

    /// The version as written, without surrounding spaces.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The normal form where the ecosystem has one (PEP 440), otherwise the text.
    #[must_use]
    pub fn normal(&self) -> String {
        match &self.order {
            Order::Python(version) => version.to_string(),
            _ => self.text().to_owned(),
        }
    }

    /// Whether this is a version of PyPI that PEP 440 refuses. Such versions are ordered as `pkg_resources` did, below
    /// all others, which says little: report what depends on it as unknown.
    #[must_use]
    pub const fn is_legacy(&self) -> bool {
        matches!(self.order, Order::Legacy(_))
    }

    /// Whether the version announces itself as a pre-release.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        match &self.order {
            Order::Python(version) => version.is_prerelease(),
            Order::Semantic(version) => !version.pre.is_empty(),
            Order::Gem(version) => version.is_prerelease(),
            Order::Composer(version) => version.is_prerelease(),
            Order::Tag(version) => version.is_prerelease(),
            Order::Legacy(_)
            | Order::Maven(_)
            | Order::Conda(_)
            | Order::Debian(_)
            | Order::Apk(_)
            | Order::Rpm(_) => false,
        }
    }

    /// The public version that a local build was made from: `2.0.1` for `2.0.1+cu118`, which is what advisories name.
    ///
    /// A legacy version whose beginning is a version and whose rest names a build (`2.6.0-cu124`) loses that rest. All
    /// other versions, and those of other ecosystems, come back as they are.
    #[must_use]
    pub fn without_local(&self) -> Self {
        let public = match &self.order {
            Order::Python(version) if !version.local.is_empty() => Some(version.without_local()),
            Order::Legacy(_) => self.public_of_build(),
            _ => None,
        };
        match public {
            Some(version) => Self {
                ecosystem: self.ecosystem,
                text: version.to_string().into(),
                order: Order::Python(version),
            },
            None => self.clone(),
        }
    }

    fn public_of_build(&self) -> Option<Pep440> {
        let (public, build) = self.text.split_once(['-', '_'])?;
        let build = build.to_ascii_lowercase();
        let names_build = ["cu", "cpu", "gpu", "rocm", "xpu", "hip"]
            .iter()
            .any(|word| build.starts_with(word));
        names_build.then(|| Pep440::parse(public)).flatten()
    }

    pub(crate) const fn pep440(&self) -> Option<&Pep440> {
        match &self.order {
            Order::Python(version) => Some(version),
            _ => None,
        }
    }

    pub(crate) const fn semantic(&self) -> Option<&Semantic> {
        match &self.order {
            Order::Semantic(version) => Some(version),
            _ => None,
        }
    }
}

impl Order {
    fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        match ecosystem {
            Ecosystem::PyPi => match Pep440::parse(text) {
                Some(version) => Some(Self::Python(version)),
                None if text.contains(python::is_space) => None,
                None => Some(Self::Legacy(Legacy::parse(text))),
            },
            Ecosystem::Npm | Ecosystem::Cargo => Semantic::parse(text).map(Self::Semantic),
            Ecosystem::NuGet => Semantic::parse_caseless(text).map(Self::Semantic),
            Ecosystem::Go => Semantic::parse_go(text).map(Self::Semantic),
            Ecosystem::Maven => Maven::parse(text).map(Self::Maven),
            Ecosystem::RubyGems => Gem::parse(text).map(Self::Gem),
            Ecosystem::Packagist => Composer::parse(text).map(Self::Composer),
            Ecosystem::Conda => Conda::parse(text).map(Self::Conda),
            Ecosystem::Debian => Debian::parse(text).map(Self::Debian),
            Ecosystem::Alpine => Apk::parse(text).map(Self::Apk),
            Ecosystem::Rpm => Rpm::parse(text).map(Self::Rpm),
            _ => Tag::parse(text).map(Self::Tag),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Legacy(_) => 0,
            Self::Python(_) => 1,
            Self::Semantic(_) => 2,
            Self::Maven(_) => 3,
            Self::Gem(_) => 4,
            Self::Composer(_) => 5,
            Self::Conda(_) => 6,
            Self::Debian(_) => 7,
            Self::Apk(_) => 8,
            Self::Rpm(_) => 9,
            Self::Tag(_) => 10,
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ecosystem
            .cmp(&other.ecosystem)
            .then_with(|| match (&self.order, &other.order) {
                (Order::Legacy(left), Order::Legacy(right)) => left.cmp(right),
                (Order::Python(left), Order::Python(right)) => left.cmp(right),
                (Order::Semantic(left), Order::Semantic(right)) => left.cmp(right),
                (Order::Maven(left), Order::Maven(right)) => left.order(right),
                (Order::Gem(left), Order::Gem(right)) => left.order(right),
                (Order::Composer(left), Order::Composer(right)) => left.order(right),
                (Order::Conda(left), Order::Conda(right)) => left.order(right),
                (Order::Debian(left), Order::Debian(right)) => left.order(right),
                (Order::Apk(left), Order::Apk(right)) => left.order(right),
                (Order::Rpm(left), Order::Rpm(right)) => left.order(right),
                (Order::Tag(left), Order::Tag(right)) => left.order(right),
                (left, right) => left.rank().cmp(&right.rank()),
            })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
