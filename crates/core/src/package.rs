//! Software packages as every ecosystem and every document names them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who gives a package its name, and whose rules order its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ecosystem {
    /// The Python Package Index and its mirrors.
    PyPi,
    /// The npm registry; scoped names keep their `@scope/`.
    Npm,
    /// crates.io.
    Cargo,
    /// Go modules, named by their path.
    Go,
    /// Maven Central; names are `group:artifact`.
    Maven,
    /// NuGet.
    NuGet,
    /// RubyGems.
    RubyGems,
    /// Packagist (PHP Composer); names are `vendor/package`.
    Packagist,
    /// Conda channels.
    Conda,
    /// Packages of dpkg: Debian, Ubuntu and their kin.
    Debian,
    /// Packages of apk: Alpine, Wolfi, Chainguard.
    Alpine,
    /// Packages of rpm: Red Hat, Fedora, SUSE, Amazon Linux and their kin.
    Rpm,
    /// Models and datasets of the Hugging Face Hub, named `owner/name`.
    HuggingFace,
    /// Models in an MLflow registry.
    Mlflow,
    /// Images and other artifacts in an OCI registry.
    Oci,
    /// Actions and reusable workflows of GitHub.
    GitHubActions,
    /// A source repository on GitHub.
    GitHub,
    /// Software without an ecosystem, such as a vendor's server product.
    Generic,
}

impl Ecosystem {
    /// Every ecosystem, in the order of their declaration.
    pub const ALL: [Self; 18] = [
        Self::PyPi,
        Self::Npm,
        Self::Cargo,
        Self::Go,
        Self::Maven,
        Self::NuGet,
        Self::RubyGems,
        Self::Packagist,
        Self::Conda,
        Self::Debian,
        Self::Alpine,
        Self::Rpm,
        Self::HuggingFace,
        Self::Mlflow,
        Self::Oci,
        Self::GitHubActions,
        Self::GitHub,
        Self::Generic,
    ];

    /// The type in a package URL (purl specification).
    #[must_use]
    pub const fn purl_type(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
            Self::Npm => "npm",
            Self::Cargo => "cargo",
            Self::Go => "golang",
            Self::Maven => "maven",
            Self::NuGet => "nuget",
            Self::RubyGems => "gem",
            Self::Packagist => "composer",
            Self::Conda => "conda",
            Self::Debian => "deb",
            Self::Alpine => "apk",
            Self::Rpm => "rpm",
            Self::HuggingFace => "huggingface",
            Self::Mlflow => "mlflow",
            Self::Oci => "oci",
            Self::GitHubActions => "githubactions",
            Self::GitHub => "github",
            Self::Generic => "generic",
        }
    }

    /// The ecosystem of a package URL's type.
    #[must_use]
    pub fn from_purl_type(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|ecosystem| ecosystem.purl_type().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.purl_type())
    }
}

/// A package, with or without its version.
///
/// `name` is the whole name with its namespace as its ecosystem's users write it (`@scope/name`, `group:artifact`,
/// `github.com/owner/module`, `owner/model`), in the ecosystem's normal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Who gives the name.
    pub ecosystem: Ecosystem,
    /// The distribution whose package this is, as `ID-VERSION` of its `os-release` (`debian-12`, `alpine-3.20`);
    /// empty outside of operating systems.
    pub distribution: String,
    /// The whole name.
    pub name: String,
    /// The exact version, if one is known.
    pub version: Option<String>,
}

impl Package {
    /// A package outside of any operating system.
    #[must_use]
    pub fn new(
        ecosystem: Ecosystem,
        name: impl Into<String>,
        version: Option<impl Into<String>>,
    ) -> Self {
        Self {
            ecosystem,
            distribution: String::new(),
            name: name.into(),
            version: version.map(Into::into),
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purl_type_leads_back_to_its_ecosystem() {
        for ecosystem in Ecosystem::ALL {
            assert_eq!(
                Ecosystem::from_purl_type(&ecosystem.purl_type().to_uppercase()),
                Some(ecosystem)
            );
        }
    }

    #[test]
    fn a_package_shows_its_version_if_it_has_one() {
        let pinned = Package::new(Ecosystem::PyPi, "torch", Some("2.4.0"));
        assert_eq!(pinned.to_string(), "torch@2.4.0");
        let open = Package::new(Ecosystem::PyPi, "torch", None::<String>);
        assert_eq!(open.to_string(), "torch");
    }
}
