//! By which names a component is known outside of its document.
//!
//! Two documents speak of the same thing if they name the same version of it or the same bytes. Where one of them states
//! no version, the name alone has to do, and the answer says so.

use chainwright_boms::inventory::{Component, HashAlgorithm, Kind};
use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::{name, purl};
use serde::{Deserialize, Serialize};

/// LIMIT: digests of one component.
const MOST_DIGESTS: usize = 64;

/// A name under which others may know a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The name; equal names mean equal things.
    pub(crate) key: String,
    /// Whether the name is without a version although the component has one: then it means the same only to somebody
    /// who states no version.
    pub(crate) has_version: bool,
}

/// How a part may be the same as a part of another document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Joining {
    /// It is no such part.
    Never,
    /// By its name and version and nothing else.
    ByName,
    /// By its bytes too, or by what it is.
    Otherwise,
}

impl Joining {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Never => 0,
            Self::ByName => 1,
            Self::Otherwise => 2,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Never,
            1 => Self::ByName,
            _ => Self::Otherwise,
        }
    }

    /// How a part that was found by its source package may be the same as a part of another document: the name of the
    /// source says nothing about that.
    pub(crate) const fn by_source(self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::ByName | Self::Otherwise => Self::Otherwise,
        }
    }

    pub(crate) fn of(kind: Kind, package: &Package, digests: &[[u8; 32]]) -> Self {
        if !is_followed(kind) {
            Self::Never
        } else if package.ecosystem == Ecosystem::Generic || !digests.is_empty() {
            Self::Otherwise
        } else {
            Self::ByName
        }
    }
}

/// The package that a component is, for its name and version.
///
/// Models and datasets that are named like those of the Hugging Face Hub belong to it; anything else without a package
/// URL has no ecosystem.
#[must_use]
pub(crate) fn package_of(component: &Component) -> Package {
    let stated = component.version.text().unwrap_or_default();
    if let Some(mut package) = component
        .purl
        .text()
        .and_then(|text| purl::parse(text).ok()?.to_package())
    {
        if package.version.is_none() && !stated.is_empty() {
            package.version = Some(stated.to_owned());
        }
        return package;
    }
    let full = component.full_name();
    let version = (!stated.is_empty()).then(|| stated.to_owned());
    match hub_name(&full).filter(|_| matches!(component.kind, Kind::Model | Kind::Dataset)) {
        Some(hub) => Package::new(Ecosystem::HuggingFace, hub, version),
        None => Package::new(Ecosystem::Generic, full, version),
    }
}

/// The name of a repository on the Hugging Face Hub in any form that people write it.
#[must_use]
pub(crate) fn hub_name(written: &str) -> Option<String> {
    let mut rest = written.trim().trim_end_matches('/');
    for prefix in [
        "https://",
        "http://",
        "hf://",
        "huggingface.co/",
        "hf.co/",
        "models/",
        "datasets/",
    ] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    let (owner, name) = rest.split_once('/')?;
    let is_legal = |part: &str| {
        !part.is_empty()
            && part.len() <= 96
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (is_legal(owner) && is_legal(name)).then(|| format!("{owner}/{name}"))
}

/// The SHA-256 digests of a component: of its bytes, of the image it is, or of the model that it is as a whole.
#[must_use]
pub(crate) fn digests_of(component: &Component, package: &Package) -> Vec<[u8; 32]> {
    let stated = component
        .hashes
        .get(&HashAlgorithm::Sha256)
        .and_then(|field| field.value());
    let of_image = package
        .version
        .as_deref()
        .and_then(|version| version.strip_prefix("sha256:"));
    let of_model = component
        .properties
        .iter()
        .filter(|property| {
            property
                .name
                .to_ascii_lowercase()
                .replace([':', '_'], "-")
                .ends_with("oms-root")
        })
        .map(|property| property.value.trim().trim_start_matches("sha256:"));
    let mut digests: Vec<[u8; 32]> = stated
        .map(String::as_str)
        .into_iter()
        .chain(of_image)
        .chain(of_model)
        .filter_map(|digits| Some(digits.parse::<chainwright_core::digest::Sha256>().ok()?.0))
        .take(MOST_DIGESTS)
        .collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}

/// The names under which other documents may hold the same thing; none for what is put together anew wherever it is
/// used, as packages are with their dependencies.
#[must_use]
pub(crate) fn identities(kind: Kind, package: &Package, digests: &[[u8; 32]]) -> Vec<Identity> {
    if !is_followed(kind) {
        return Vec::new();
    }
    let mut identities: Vec<Identity> = digests
        .iter()
        .map(|digest| Identity {
            key: format!("sha256:{}", chainwright_core::digest::Sha256(*digest)),
            has_version: false,
        })
        .collect();
    let key = name::comparable(package.ecosystem, &package.name);
    let version = fixed_version(package);
    let space = match package.ecosystem {
        Ecosystem::Generic => format!("{kind}"),
        other => other.purl_type().to_owned(),
    };
    if let Some(version) = &version {
        identities.push(Identity {
            key: format!("{space}:{key}@{version}"),
            has_version: false,
        });
    }
    if package.ecosystem != Ecosystem::Generic && !key.is_empty() {
        identities.push(Identity {
            key: format!("~{space}:{key}"),
            has_version: version.is_some(),
        });
    }
    identities.sort();
    identities.dedup();
    identities
}

/// The version, if it always means the same bytes: no branch of the hub, no moving tag of an image.
fn fixed_version(package: &Package) -> Option<String> {
    let version = package.version.as_deref()?.trim();
    match package.ecosystem {
        Ecosystem::HuggingFace => {
            let is_commit =
                version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_commit.then(|| version.to_ascii_lowercase())
        }
        _ => (!matches!(version, "" | "latest" | "main" | "master")).then(|| version.to_owned()),
    }
}

const fn is_followed(kind: Kind) -> bool {
    match kind {
        Kind::Model
        | Kind::Dataset
        | Kind::File
        | Kind::Container
        | Kind::Application
        | Kind::Service
        | Kind::Data => true,
        Kind::Package
        | Kind::OperatingSystem
        | Kind::Framework
        | Kind::Platform
        | Kind::Device
        | Kind::Driver
        | Kind::Firmware
        | Kind::Cryptography => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_hub_are_known_in_every_form() {
        for written in [
            "acme/base-7b",
            "hf://acme/base-7b",
            "https://huggingface.co/acme/base-7b/",
            "hf.co/acme/base-7b",
        ] {
            assert_eq!(
                hub_name(written).as_deref(),
                Some("acme/base-7b"),
                "{written}"
            );
        }
        for written in [
            "base-7b", "a/b/c", "/b", "acme/", "acme/b c", "../x", "acme/..",
        ] {
            assert_eq!(hub_name(written), None, "{written}");
        }
    }

    #[test]
    fn branches_and_moving_tags_are_no_versions() {
        let keys = |ecosystem, version: &str| {
            let package = Package::new(ecosystem, "acme/base", Some(version));
            identities(Kind::Model, &package, &[])
                .into_iter()
                .map(|one| one.key)
                .collect::<Vec<_>>()
        };
        let commit = "0123456789abcdef0123456789ABCDEF01234567";
        assert_eq!(
            keys(Ecosystem::HuggingFace, "main"),
            ["~huggingface:acme/base"]
        );
        assert_eq!(keys(Ecosystem::HuggingFace, commit).len(), 2);
        assert_eq!(keys(Ecosystem::Oci, "latest"), ["~oci:acme/base"]);
        assert_eq!(keys(Ecosystem::Generic, "3"), ["model:acme/base@3"]);
    }

    #[test]
    fn packages_are_put_together_anew_and_not_followed() {
        let package = Package::new(Ecosystem::PyPi, "torch", Some("2.0"));
        assert!(identities(Kind::Package, &package, &[[7; 32]]).is_empty());
    }
}
