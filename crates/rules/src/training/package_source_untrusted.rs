//! Packages come from elsewhere than one trusted index.
//!
//! ## Why it matters
//!
//! A second index on an equal footing with PyPI lets whoever takes a free name on either decide what is installed (dependency
//! confusion). Files from foreign hosts and connections without encryption can be swapped on the way, and run at
//! installation. A lock file that names a familiar version and a foreign host is a favourite place to hide a swap.
//!
//! ## What to do
//!
//! Install from one index that you trust, with pinned versions and hashes; bind packages of a second index to it (`explicit` of uv,
//! `source` of Poetry, scopes of npm).
//!
//! ## Limits
//!
//! Reads requirements, environments, project and lock files, configuration of pip, uv, npm, yarn and conda, and install commands in
//! Dockerfiles, notebooks, workflows and scripts. The indexes of well-known projects, such as PyTorch's, are informative
//! only; repositories without a pinned commit, indexes that are asked in turn, and unknown channels are low. An index of your own
//! instead of the public one is reported in requirements only, because there it comes with somebody's model.

use std::cmp::Reverse;

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_dependencies::{Declared, Index, IndexRole, ManifestFacts, Source};
use chainwright_repository::config::{
    origin_of_channel, origin_of_file, origin_of_index, origin_of_trusted_host,
};
use chainwright_repository::{Hazard, HazardKind, PackageOrigin};

use crate::config_hazards::{hazards, shown};
use crate::exposures::manifests;
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "package-source-untrusted",
    stage: Stage::Training,
    summary: "packages come from an untrusted source",
    severity: Severity::Medium,
    remedy: "install from one trusted index, with versions and hashes pinned",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_427,
        cwe::CWE_494,
        cwe::CWE_319,
    ],
    check: Check::Artifact(check),
};

/// Something to report: how bad, what it is, and where.
struct Found {
    severity: Severity,
    what: &'static str,
    value: String,
    evidence: Evidence,
}

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Found> = hazards(artifact).filter_map(of_hazard).collect();
    for manifest in manifests(artifact).filter(|manifest| !manifest.kind.is_installed()) {
        for other in of_manifest(manifest) {
            // Environments of models are read twice; what both readings saw is one thing.
            if !found.iter().any(|known| known.value.contains(&other.value)) {
                found.push(other);
            }
        }
    }
    found.sort_by_key(|found| Reverse(found.severity));
    let Some(worst) = found.first() else { return };
    let message = format!("{}: {}", worst.what, quoted(&worst.value));
    let severity = worst.severity;
    let all = found.into_iter().take(SHOWN).map(|found| found.evidence);
    sink.report_as(severity, Confidence::High, message, all.collect());
}

fn of_hazard(hazard: &Hazard) -> Option<Found> {
    let HazardKind::PackageSource { origin } = hazard.kind else {
        return None;
    };
    let what = match origin {
        PackageOrigin::UnpinnedRepository => {
            "a package is taken from a repository without a commit"
        }
        PackageOrigin::Unprotected => UNPROTECTED,
        PackageOrigin::ForeignIndex | PackageOrigin::KnownIndex => {
            "packages are taken from another index"
        }
        PackageOrigin::ForeignFile | PackageOrigin::HubFile => {
            "a package is taken from a file elsewhere"
        }
    };
    Some(Found {
        severity: severity(origin),
        what,
        value: hazard.value.clone(),
        evidence: shown(hazard),
    })
}

const UNPROTECTED: &str = "packages are fetched without protection";

const fn severity(origin: PackageOrigin) -> Severity {
    match origin {
        PackageOrigin::ForeignIndex | PackageOrigin::ForeignFile | PackageOrigin::Unprotected => {
            Severity::Medium
        }
        PackageOrigin::UnpinnedRepository | PackageOrigin::HubFile => Severity::Low,
        PackageOrigin::KnownIndex => Severity::Info,
    }
}

fn of_manifest(manifest: &ManifestFacts) -> Vec<Found> {
    let indexes = manifest.indexes.iter().filter_map(of_index);
    let packages = manifest.packages.iter().filter_map(of_package);
    let settings = manifest.settings.iter().filter_map(|setting| {
        let (severity, what) = match (setting.key.as_str(), setting.value.as_str()) {
            ("index-strategy", strategy) if strategy.starts_with("unsafe") => {
                (Severity::Low, "all indexes are searched for every name")
            }
            ("allow-unauthenticated", "true") | ("enableStrictSsl", "false") => {
                (Severity::Medium, UNPROTECTED)
            }
            _ => return None,
        };
        let value = format!("{} = {}", setting.key, setting.value);
        Some(at(severity, what, &value, &setting.place))
    });
    indexes.chain(packages).chain(settings).collect()
}

fn at(severity: Severity, what: &'static str, value: &str, place: &Place) -> Found {
    Found {
        severity,
        what,
        value: value.to_owned(),
        evidence: evidence(place, quoted(value)),
    }
}

fn of_index(index: &Index) -> Option<Found> {
    let url = index.url.as_str();
    let at = |severity, what| Some(at(severity, what, url, &index.place));
    let origin = match index.role {
        IndexRole::TrustedHost if url == "*" => Some(PackageOrigin::Unprotected),
        IndexRole::TrustedHost => origin_of_trusted_host(bare_host(url)),
        IndexRole::Channel => origin_of_channel(url),
        _ => origin_of_index(url),
    }?;
    match (index.role, origin) {
        (_, PackageOrigin::Unprotected) => at(Severity::Medium, UNPROTECTED),
        (IndexRole::Primary | IndexRole::Explicit | IndexRole::Scoped, _) => None,
        (IndexRole::Extra, PackageOrigin::ForeignIndex) => at(
            Severity::Medium,
            "packages are looked for on several indexes, of which the highest version wins",
        ),
        (IndexRole::Fallback, PackageOrigin::ForeignIndex) => at(
            Severity::Low,
            "packages are looked for on several indexes in turn",
        ),
        (IndexRole::Channel, _) => at(Severity::Low, "packages are taken from another channel"),
        (_, origin) => at(severity(origin), "packages are taken from another index"),
    }
}

/// The host of what may be an address.
fn bare_host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// A package whose file can be swapped on the way. Private registries are somebody's choice, plain connections are not.
fn of_package(declared: &Declared) -> Option<Found> {
    let named = match &declared.source {
        Source::Url(url) | Source::Vcs { url, .. } | Source::Registry(url) => Some(url.as_str()),
        Source::Default | Source::Path(_) | Source::Workspace => None,
    };
    let files = declared.artifacts.iter().map(|file| file.location.as_str());
    let plain = named.into_iter().chain(files).map(address).find(|url| {
        origin_of_file(url) == Some(PackageOrigin::Unprotected) || url.starts_with("git://")
    })?;
    Some(at(Severity::Medium, UNPROTECTED, plain, &declared.place))
}

/// The address in a text such as `name@http://…`.
fn address(text: &str) -> &str {
    let Some((before, _)) = text.split_once("://") else {
        return text;
    };
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let start = before.rfind(|c: char| !is_scheme(c));
    start
        .and_then(|at| text.get(at.saturating_add(1)..))
        .unwrap_or(text)
}
