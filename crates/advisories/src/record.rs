//! One advisory, in the shape of the Open Source Vulnerability schema (ossf.github.io/osv-schema 1.7), reduced to
//! what matching, explaining and reporting need.
//!
//! Serialised, a record is again an OSV document that other tools read; what OSV has no place for lies under
//! `database_specific`.

use chainwright_core::package::Ecosystem;
use serde::{Deserialize, Serialize};

use crate::date::{Day, seconds};

/// An advisory as one database tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Its name in its database, such as `PYSEC-2026-2286`.
    pub id: String,
    /// When it was last changed, as written. No cursor for synchronisation: some dates lie in the future.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub modified: String,
    /// When it was entered, as written. No age: bulk imports carry the date of the import.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub published: String,
    /// When it was taken back, as written; empty while it stands.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub withdrawn: String,
    /// Other names of the same weakness.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Names of near relations, which are not the same weakness.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// One line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Everything else in words; cut where it is very long.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub details: String,
    /// Scores as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Score>,
    /// What is touched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<Affected>,
    /// Where to read more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// What OSV has no place for.
    #[serde(skip_serializing_if = "Specific::is_empty")]
    pub database_specific: Specific,
}

/// What OSV has no place for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Specific {
    /// The rating of the database in its own words, such as `MODERATE`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub severity: String,
    /// Weakness classes such as `CWE-502`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cwe_ids: Vec<String>,
    /// What kind of advisory it is.
    #[serde(skip_serializing_if = "Kind::is_vulnerability")]
    pub kind: Kind,
    /// Where the ranges come from, if it is no OSV record.
    #[serde(skip_serializing_if = "Shape::is_osv")]
    pub shape: Shape,
}

impl Specific {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What kind of advisory it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A weakness.
    #[default]
    Vulnerability,
    /// The package itself is an attack.
    Malicious,
    /// Nobody looks after the package any more (RustSec).
    Unmaintained,
    /// An interface that lets safe code break memory safety (RustSec).
    Unsound,
    /// Something else worth knowing (RustSec).
    Notice,
}

impl Kind {
    const fn is_vulnerability(&self) -> bool {
        matches!(self, Self::Vulnerability)
    }

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Malicious => "malicious",
            Self::Unmaintained => "unmaintained",
            Self::Unsound => "unsound",
            Self::Notice => "notice",
        }
    }
}

/// The form that a record came in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// An OSV document, or RustSec's own form of it.
    #[default]
    Osv,
    /// CPE version ranges of the National Vulnerability Database; the same CVE may have an OSV record as well.
    Cpe,
}

impl Shape {
    const fn is_osv(&self) -> bool {
        matches!(self, Self::Osv)
    }
}

/// A score as written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// The system, such as `CVSS_V3`.
    #[serde(rename = "type")]
    pub system: String,
    /// The vector.
    pub score: String,
}

/// Where to read more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// The kind, such as `FIX` or `ADVISORY`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address.
    pub url: String,
}

/// One package and what of it is touched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Affected {
    /// The package.
    pub package: AffectedPackage,
    /// Ranges of versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// Single versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// What only this ecosystem has.
    #[serde(skip_serializing_if = "EcosystemSpecific::is_empty")]
    pub ecosystem_specific: EcosystemSpecific,
}

/// The package of an advisory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AffectedPackage {
    /// The ecosystem as OSV writes it, with its suffix: `PyPI`, `Debian:12`.
    pub ecosystem: String,
    /// The name as written.
    pub name: String,
    /// The package URL, if there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purl: String,
}

/// What only this ecosystem has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EcosystemSpecific {
    /// Functions and imports that carry the weakness, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// Files and models that are meant, by their digest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<DigestClaim>,
}

impl EcosystemSpecific {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A digest that an advisory is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DigestClaim {
    /// What the digest is of.
    #[serde(rename = "type")]
    pub subject: DigestSubject,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// The path in its repository, if the record names one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
}

/// What a digest is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigestSubject {
    /// The bytes of one file.
    File,
    /// The root of an OpenSSF model signature over a whole model.
    OmsRoot,
}

/// A range of versions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Range {
    /// What its versions are.
    #[serde(rename = "type")]
    pub kind: RangeKind,
    /// The repository of a range of commits.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repo: String,
    /// Where it begins and ends.
    pub events: Vec<Event>,
}

/// What the versions of a range are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum RangeKind {
    /// Versions in the order of the ecosystem.
    #[default]
    Ecosystem,
    /// Versions after SemVer 2.0.
    Semver,
    /// Commits of a repository.
    Git,
    /// A kind that OSV does not define.
    Other,
}

/// Where a range begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// From this version on; `0` is before all versions.
    Introduced(String),
    /// Up to before this version.
    Fixed(String),
    /// Up to and including this version.
    LastAffected(String),
    /// Nothing from this version on is meant.
    Limit(String),
}

impl Record {
    /// Whether it was taken back, as of a day.
    #[must_use]
    pub fn is_withdrawn(&self, today: Option<Day>) -> bool {
        if self.withdrawn.is_empty() {
            return false;
        }
        match (Day::read(&self.withdrawn), today) {
            (Some(day), Some(today)) => day <= today,
            _ => true,
        }
    }

    /// When it was last changed, in seconds since 1970; `None` where nothing readable is written.
    #[must_use]
    pub fn modified_at(&self) -> Option<i64> {
        seconds(&self.modified)
    }

    /// The year of the oldest CVE among its names, the best age of records from bulk imports.
    #[must_use]
    pub fn cve_year(&self) -> Option<u16> {
        std::iter::once(&self.id)
            .chain(&self.aliases)
            .filter_map(|id| id.strip_prefix("CVE-")?.split('-').next()?.parse().ok())
            .min()
    }
}

/// The ecosystem and the distribution behind an ecosystem as OSV writes it; `None` for one that we don't know.
///
/// Distributions become `ID-VERSION` of their `os-release`, as [`chainwright_core::package::Package`] has it.
#[must_use]
pub fn ecosystem(written: &str) -> Option<(Ecosystem, String)> {
    let (name, suffix) = written.split_once(':').unwrap_or((written, ""));
    let plain = |ecosystem| Some((ecosystem, String::new()));
    match name.to_ascii_lowercase().as_str() {
        "pypi" => plain(Ecosystem::PyPi),
        "npm" => plain(Ecosystem::Npm),
        "crates.io" => plain(Ecosystem::Cargo),
        "go" => plain(Ecosystem::Go),
        "maven" => plain(Ecosystem::Maven),
        "nuget" => plain(Ecosystem::NuGet),
        "rubygems" => plain(Ecosystem::RubyGems),
        "packagist" => plain(Ecosystem::Packagist),
        "conda" => plain(Ecosystem::Conda),
        "huggingface" | "hugging face" => plain(Ecosystem::HuggingFace),
        "mlflow" => plain(Ecosystem::Mlflow),
        "oci" => plain(Ecosystem::Oci),
        "github actions" => plain(Ecosystem::GitHubActions),
        "github" => plain(Ecosystem::GitHub),
        "cpe" | "generic" => plain(Ecosystem::Generic),
        "debian" => distribution(Ecosystem::Debian, "debian", suffix),
        "ubuntu" => distribution(Ecosystem::Debian, "ubuntu", suffix),
        "alpine" => distribution(Ecosystem::Alpine, "alpine", suffix),
        "wolfi" => Some((Ecosystem::Alpine, "wolfi".to_owned())),
        "chainguard" => Some((Ecosystem::Alpine, "chainguard".to_owned())),
        "rocky linux" => distribution(Ecosystem::Rpm, "rocky", suffix),
        "almalinux" => distribution(Ecosystem::Rpm, "almalinux", suffix),
        "red hat" => distribution(Ecosystem::Rpm, "rhel", suffix),
        "opensuse" => distribution(Ecosystem::Rpm, "opensuse-leap", suffix),
        "suse" => distribution(Ecosystem::Rpm, "sles", suffix),
        "azure linux" => distribution(Ecosystem::Rpm, "azurelinux", suffix),
        "amazon linux" => distribution(Ecosystem::Rpm, "amzn", suffix),
        _ => None,
    }
}

/// `Debian:12`, `Alpine:v3.18`, `Ubuntu:Pro:22.04:LTS`, `Red Hat:enterprise_linux:9::baseos`: the first number counts.
fn distribution(ecosystem: Ecosystem, id: &str, suffix: &str) -> Option<(Ecosystem, String)> {
    let number = suffix
        .split([':', ' '])
        .map(|part| part.strip_prefix('v').unwrap_or(part))
        .find(|part| part.starts_with(|first: char| first.is_ascii_digit()));
    let name = number.map_or_else(|| id.to_owned(), |number| format!("{id}-{number}"));
    Some((ecosystem, distribution_key(&name)))
}

/// The part of a distribution's `ID-VERSION` that its advisories go by: `alpine-3.20.3` is `alpine-3.20`,
/// `almalinux-9.4` is `almalinux-9`, and rolling distributions have no version.
#[must_use]
pub fn distribution_key(written: &str) -> String {
    let Some((id, version)) = written.rsplit_once('-') else {
        return written.to_owned();
    };
    let parts = match id {
        "wolfi" | "chainguard" => 0,
        "debian" | "almalinux" | "rocky" | "rhel" | "centos" | "amzn" => 1,
        "alpine" | "ubuntu" | "azurelinux" | "opensuse-leap" | "sles" => 2,
        _ => return written.to_owned(),
    };
    let kept: Vec<&str> = version.split('.').take(parts).collect();
    if kept.is_empty() {
        id.to_owned()
    } else {
        format!("{id}-{}", kept.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecosystems_of_osv_are_ours() {
        let check = |written: &str, wanted: Option<(Ecosystem, &str)>| {
            let wanted = wanted.map(|(ecosystem, name)| (ecosystem, name.to_owned()));
            assert_eq!(ecosystem(written), wanted, "{written}");
        };
        check("PyPI", Some((Ecosystem::PyPi, "")));
        check("crates.io", Some((Ecosystem::Cargo, "")));
        check("HuggingFace", Some((Ecosystem::HuggingFace, "")));
        check("Debian:12", Some((Ecosystem::Debian, "debian-12")));
        check(
            "Ubuntu:Pro:22.04:LTS",
            Some((Ecosystem::Debian, "ubuntu-22.04")),
        );
        check("Alpine:v3.18", Some((Ecosystem::Alpine, "alpine-3.18")));
        check("Wolfi", Some((Ecosystem::Alpine, "wolfi")));
        check(
            "Red Hat:enterprise_linux:9::baseos",
            Some((Ecosystem::Rpm, "rhel-9")),
        );
        check(
            "openSUSE:Leap 15.5",
            Some((Ecosystem::Rpm, "opensuse-leap-15.5")),
        );
        check("Bitnami", None);
    }

    #[test]
    fn minor_releases_go_by_the_advisories_of_their_release() {
        for (written, key) in [
            ("alpine-3.20.3", "alpine-3.20"),
            ("almalinux-9.4", "almalinux-9"),
            ("debian-12", "debian-12"),
            ("debian-12.5", "debian-12"),
            ("ubuntu-22.04", "ubuntu-22.04"),
            ("wolfi-20230201", "wolfi"),
            ("opensuse-leap-15.5", "opensuse-leap-15.5"),
            ("plan9", "plan9"),
            ("", ""),
        ] {
            assert_eq!(distribution_key(written), key);
        }
    }

    #[test]
    fn a_withdrawal_counts_from_its_day() {
        let record = Record {
            withdrawn: "2026-05-01T00:00:00Z".into(),
            ..Record::default()
        };
        assert!(record.is_withdrawn(None));
        assert!(record.is_withdrawn(Day::read("2026-05-01")));
        assert!(!record.is_withdrawn(Day::read("2026-04-30")));
        assert!(!Record::default().is_withdrawn(None));
    }
}
