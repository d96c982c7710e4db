//! What can be asked, and what the caller knows that this crate does not.

use std::error::Error;

use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::purl;
use chainwright_packages::version::Version;

use crate::error::InventoryError;
use crate::identity::hub_name;
use crate::licences::LicenceQuestion;
use crate::outline::key;
use crate::range::VersionRange;
use crate::shelf::View;

/// What is said about one version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is not meant.
    Untouched,
    /// It is meant.
    Touched {
        /// By what: a range, a rule; may be empty.
        evidence: String,
        /// The smallest version above it that is not meant, if one is known.
        fixed: Option<String>,
        /// The smallest version above it against which nothing at all is known.
        clean: Option<String>,
    },
    /// Nobody can say.
    Unknown {
        /// Why.
        why: String,
        /// The smallest version that is surely not meant, if one is known.
        fixed: Option<String>,
    },
}

/// Somebody who can say whether a version is meant.
pub trait Judge {
    /// Judges one version of a package.
    ///
    /// # Errors
    /// When what the judge knows turns out to be damaged.
    fn judge(&self, package: &Package) -> Result<Verdict, Box<dyn Error + Send + Sync>>;
}

/// A part of a document that a statement may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What the document is about: package URL and names.
    pub roots: Vec<String>,
    /// Digests of it in lower-case hexadecimal.
    pub root_digests: Vec<String>,
    /// The part.
    pub package: Package,
    /// The source package that the part was built from, if it was found by that.
    pub source: Option<Package>,
    /// Digests of the part.
    pub digests: Vec<String>,
}

/// Somebody who knows statements (VEX) from elsewhere.
pub trait Settle {
    /// Why nothing has to be done about a part, if so.
    fn settles(&self, part: &Settled) -> Option<String>;
}

/// Packages by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selection {
    /// Who gives the name; anybody if none.
    pub ecosystem: Option<Ecosystem>,
    /// The distribution; any if empty.
    pub distribution: String,
    /// The name in the form in which equal names are equal.
    pub key: String,
}

impl Selection {
    /// The packages of this name.
    #[must_use]
    pub fn of(package: &Package) -> Self {
        Self {
            ecosystem: Some(package.ecosystem),
            distribution: package.distribution.clone(),
            key: key(package.ecosystem, &package.name),
        }
    }
}

/// A question: everything that any of its parts finds.
#[derive(Default)]
pub struct Question<'a> {
    /// Packages by name.
    pub selections: Vec<Selection>,
    /// Which versions of them; all if nobody judges.
    pub judge: Option<&'a dyn Judge>,
    /// Files, images and models by SHA-256.
    pub digests: Vec<[u8; 32]>,
    /// Terms of use.
    pub licence: Option<LicenceQuestion>,
    /// A vulnerability by all its names, for what documents say about it themselves.
    pub vulnerability: Vec<String>,
    /// Statements from elsewhere.
    pub settle: Option<&'a dyn Settle>,
}

impl std::fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question")
            .field("selections", &self.selections)
            .field("digests", &self.digests.len())
            .field("licence", &self.licence)
            .field("vulnerability", &self.vulnerability)
            .finish_non_exhaustive()
    }
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The moment to look at.
    pub view: View,
    /// Documents that are told with their routes; the others are counted. 0 means all.
    pub most_documents: usize,
    /// Routes that are told of one document.
    pub most_routes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            view: View::Now,
            most_documents: 100,
            most_routes: 8,
        }
    }
}

/// Reads `ecosystem:name@range` or `name@range`; without `@` all versions are meant.
///
/// # Errors
/// When the name is missing or no ecosystem understands the range.
pub fn parse_package(text: &str) -> Result<(Vec<Selection>, Ranges), InventoryError> {
    let text = text.trim();
    let (ecosystem, rest) = match text.split_once(':') {
        Some((name, rest)) => match ecosystem_of(name) {
            Some(ecosystem) => (Some(ecosystem), rest),
            None => (None, text),
        },
        None => (None, text),
    };
    let at = rest
        .char_indices()
        .skip(1)
        .find(|(_, next)| *next == '@')
        .map(|(at, _)| at);
    let (name, range) = match at.and_then(|at| rest.split_at_checked(at)) {
        Some((name, range)) => (name, range.trim_start_matches('@')),
        None => split_operator(rest),
    };
    let is_scope_only = name.starts_with('@') && !name.contains('/');
    if name.trim().is_empty() || is_scope_only {
        return Err(InventoryError::Question(
            "a package is written as NAME@RANGE or ECOSYSTEM:NAME@RANGE".to_owned(),
        ));
    }
    let asked: Vec<Ecosystem> =
        ecosystem.map_or_else(|| Ecosystem::ALL.to_vec(), |ecosystem| vec![ecosystem]);
    let ranges: Vec<(Ecosystem, VersionRange)> = asked
        .iter()
        .filter_map(|each| Some((*each, VersionRange::parse(*each, range)?)))
        .collect();
    if ranges.is_empty() {
        let of = ecosystem.map_or_else(
            || "any ecosystem".to_owned(),
            |ecosystem| format!("`{ecosystem}`"),
        );
        return Err(InventoryError::Question(format!(
            "`{range}` is no range of versions of {of}"
        )));
    }
    let selections = ranges.iter().map(|(ecosystem, _)| Selection {
        ecosystem: Some(*ecosystem),
        distribution: String::new(),
        key: key(*ecosystem, name),
    });
    Ok((selections.collect(), Ranges(ranges)))
}

/// `torch>=2,<3` without an `@`.
fn split_operator(text: &str) -> (&str, &str) {
    let at = text.find(['<', '>', '=', '!', '~', '^']);
    at.and_then(|at| text.split_at_checked(at))
        .unwrap_or((text, ""))
}

fn ecosystem_of(name: &str) -> Option<Ecosystem> {
    let other = match name.to_ascii_lowercase().as_str() {
        "crates.io" | "crates" => Some(Ecosystem::Cargo),
        "go" => Some(Ecosystem::Go),
        "rubygems" => Some(Ecosystem::RubyGems),
        "packagist" => Some(Ecosystem::Packagist),
        "debian" | "ubuntu" => Some(Ecosystem::Debian),
        "alpine" => Some(Ecosystem::Alpine),
        "hf" => Some(Ecosystem::HuggingFace),
        _ => None,
    };
    other.or_else(|| Ecosystem::from_purl_type(name))
}

/// Reads a package URL; without a version all versions are meant.
///
/// # Errors
/// When it is none, or of a type that is no ecosystem of ours.
pub fn parse_purl(text: &str) -> Result<(Vec<Selection>, Ranges), InventoryError> {
    let parsed = purl::parse(text).map_err(|error| InventoryError::Question(error.to_string()))?;
    let Some(package) = parsed.to_package() else {
        return Err(InventoryError::Question(format!(
            "package URLs of the type `{}` are not known",
            parsed.kind
        )));
    };
    let mut selection = Selection::of(&package);
    if !parsed.qualifiers.contains_key("distro") {
        selection.distribution.clear();
    }
    let exact = package.version.as_deref().unwrap_or_default();
    let range = VersionRange::exactly(package.ecosystem, exact);
    Ok((vec![selection], Ranges(vec![(package.ecosystem, range)])))
}

/// Reads a model: `owner/name`, its address, or its package URL, perhaps with a revision after `@`.
///
/// # Errors
/// When it is none of these.
pub fn parse_base(text: &str) -> Result<(Vec<Selection>, Ranges), InventoryError> {
    if text.trim_start().starts_with("pkg:") {
        return parse_purl(text.trim());
    }
    let (name, revision) = text.trim().split_once('@').unwrap_or((text.trim(), ""));
    let Some(hub) = hub_name(name) else {
        return Err(InventoryError::Question(format!(
            "`{name}` is no model; write OWNER/MODEL, or a package URL"
        )));
    };
    let package = Package::new(Ecosystem::HuggingFace, hub, None::<String>);
    let range = VersionRange::exactly(Ecosystem::HuggingFace, revision);
    Ok((
        vec![Selection::of(&package)],
        Ranges(vec![(Ecosystem::HuggingFace, range)]),
    ))
}

/// A judge who knows ranges, one for each ecosystem.
#[derive(Debug, Clone)]
pub struct Ranges(Vec<(Ecosystem, VersionRange)>);

impl Judge for Ranges {
    fn judge(&self, package: &Package) -> Result<Verdict, Box<dyn Error + Send + Sync>> {
        let Some((_, range)) = self
            .0
            .iter()
            .find(|(ecosystem, _)| *ecosystem == package.ecosystem)
        else {
            return Ok(Verdict::Untouched);
        };
        let version = package.version.as_deref();
        let touched = || Verdict::Touched {
            evidence: String::new(),
            fixed: None,
            clean: None,
        };
        Ok(match range.contains(version) {
            Some(true) => touched(),
            Some(false) => Verdict::Untouched,
            None => Verdict::Unknown {
                why: match version.filter(|version| !version.is_empty()) {
                    None => "the version is not known".to_owned(),
                    Some(version) if Version::parse(package.ecosystem, version).is_none() => {
                        "the version has no place in its ecosystem's order".to_owned()
                    }
                    Some(_) => "version and range cannot be compared".to_owned(),
                },
                fixed: None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str, ecosystem: Ecosystem, name: &str, version: &str) -> Option<bool> {
        let (selections, ranges) = parse_package(text).expect(text);
        let package = Package::new(ecosystem, name, Some(version));
        if !selections.contains(&Selection::of(&package)) {
            return Some(false);
        }
        match ranges.judge(&package).expect("no damage") {
            Verdict::Touched { .. } => Some(true),
            Verdict::Untouched => Some(false),
            Verdict::Unknown { .. } => None,
        }
    }

    #[test]
    fn packages_are_written_with_or_without_their_ecosystem() {
        for (text, ecosystem, name, version, expected) in [
            (
                "pypi:torch@<2.1",
                Ecosystem::PyPi,
                "torch",
                "2.0.1+cu118",
                Some(true),
            ),
            (
                "pypi:Torch@>=2.1",
                Ecosystem::PyPi,
                "torch",
                "2.0.1",
                Some(false),
            ),
            ("torch@<2.1", Ecosystem::PyPi, "torch", "2.0", Some(true)),
            ("torch@<2.1", Ecosystem::Npm, "torch", "2.0.0", Some(true)),
            (
                "torch",
                Ecosystem::PyPi,
                "torch",
                "0.1-bulbasaur",
                Some(true),
            ),
            ("torch>=2,<3", Ecosystem::PyPi, "torch", "2.5", Some(true)),
            (
                "npm:@scope/name@^1.0.0",
                Ecosystem::Npm,
                "@scope/name",
                "1.5.0",
                Some(true),
            ),
            (
                "npm:@scope/name",
                Ecosystem::Npm,
                "@scope/name",
                "1.5.0",
                Some(true),
            ),
            (
                "crates.io:serde_json@<1",
                Ecosystem::Cargo,
                "serde-json",
                "0.9.0",
                Some(true),
            ),
            (
                "deb:openssl@<3.0.11",
                Ecosystem::Debian,
                "openssl",
                "3.0.9-1",
                Some(true),
            ),
            (
                "go:github.com/a/b@<1.2.0",
                Ecosystem::Go,
                "github.com/a/b",
                "v1.1.0",
                Some(true),
            ),
            ("pypi:torch@<2.1", Ecosystem::PyPi, "torch", "1.0-x", None),
        ] {
            assert_eq!(verdict(text, ecosystem, name, version), expected, "{text}");
        }
        for text in ["", "@1", "pypi:torch@newest", "pypi:@"] {
            assert!(parse_package(text).is_err(), "{text}");
        }
    }

    #[test]
    fn package_urls_mean_one_version_or_all() {
        for (text, version, expected) in [
            ("pkg:pypi/torch", "1", true),
            ("pkg:pypi/Torch@2.0", "2.0.0", true),
            ("pkg:pypi/torch@2.0", "2.0+cu118", true),
            ("pkg:pypi/torch@2.0", "2.1", false),
        ] {
            let (_, ranges) = parse_purl(text).expect(text);
            let package = Package::new(Ecosystem::PyPi, "torch", Some(version));
            let is_touched = matches!(ranges.judge(&package), Ok(Verdict::Touched { .. }));
            assert_eq!(is_touched, expected, "{text} {version}");
        }
        assert!(parse_purl("torch").is_err());
        assert!(parse_purl("pkg:nothing/torch").is_err());
    }

    #[test]
    fn a_base_is_a_model_of_the_hub() {
        let (selections, _) = parse_base("https://huggingface.co/Acme/Base-7B").expect("a model");
        assert_eq!(selections[0].key, "acme/base-7b");
        assert!(parse_base("base").is_err());
    }
}
