//! The source package behind a package of a distribution, as makers of bills of materials state it.
//!
//! Distributions file their advisories under source packages (`openssl`) and install binary ones (`libssl3`). Where a
//! document says which source a part was built from, it does so in one of these ways:
//!
//! - the purl qualifier `upstream`: `NAME`, `NAME@VERSION`, or the file name of an rpm's source (Syft, and ours)
//! - properties: `syft:metadata:source` and `sourceVersion` (dpkg), `originPackage` (apk), `sourceRpm` (rpm), without a
//!   purl that says it; `aquasecurity:trivy:SrcName` with `SrcVersion`, `SrcRelease` and `SrcEpoch` (Trivy)
//! - `sourceInfo` of SPDX: `built package from: NAME VERSION` (Trivy)

use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::purl;

use crate::inventory::Component;

/// The property in which `sourceInfo` of SPDX is kept.
pub(crate) const SOURCE_INFO: &str = "spdx:sourceInfo";

const SYFT: &str = "syft:metadata:";
const TRIVY: &str = "aquasecurity:trivy:";

/// The source package that a part was built from: the part's own package with the name, and where it is told the
/// version, of its source. `None` if the document says none, or if the part is no package of a distribution.
#[must_use]
pub fn source_package(component: &Component, package: &Package) -> Option<Package> {
    let is_system = matches!(
        package.ecosystem,
        Ecosystem::Debian | Ecosystem::Alpine | Ecosystem::Rpm
    );
    if !is_system {
        return None;
    }
    let stated = qualifier(component)
        .or_else(|| syft(component))
        .or_else(|| trivy(component))
        .or_else(|| source_info(component))?;
    let epoch = package
        .version
        .as_deref()
        .and_then(|version| version.split_once(':'));
    let version = match (stated.version, epoch) {
        // The file name of an rpm's source has no epoch; a package and its source share it.
        (Some(version), Some((epoch, _))) if stated.is_file && !version.contains(':') => {
            Some(format!("{epoch}:{version}"))
        }
        (version, _) => version.or_else(|| package.version.clone()),
    };
    Some(Package {
        name: stated.name,
        version,
        ..package.clone()
    })
}

struct Stated {
    name: String,
    version: Option<String>,
    /// Whether it was the file name of a source package.
    is_file: bool,
}

impl Stated {
    fn new(name: &str, version: Option<&str>) -> Option<Self> {
        let said = |text: &str| !matches!(text, "" | "NOASSERTION" | "NONE");
        let name = name.trim();
        let version = version.map(str::trim).filter(|version| said(version));
        said(name).then(|| Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            is_file: false,
        })
    }

    /// `NAME`, `NAME@VERSION` or `NAME-VERSION-RELEASE.src.rpm`.
    fn parse(text: &str) -> Option<Self> {
        let stem = text
            .strip_suffix(".src.rpm")
            .or_else(|| text.strip_suffix(".nosrc.rpm"));
        let Some(stem) = stem else {
            let (name, version) = match text.rsplit_once('@') {
                Some((name, version)) => (name, Some(version)),
                None => (text, None),
            };
            return Self::new(name, version);
        };
        let (rest, release) = stem.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let stated = Self::new(name, Some(&format!("{version}-{release}")))?;
        Some(Self {
            is_file: true,
            ..stated
        })
    }
}

fn qualifier(component: &Component) -> Option<Stated> {
    let purl = purl::parse(component.purl.text()?).ok()?;
    Stated::parse(purl.qualifiers.get("upstream")?)
}

fn property<'c>(component: &'c Component, prefix: &str, name: &str) -> Option<&'c str> {
    let named = component
        .properties
        .iter()
        .find(|property| property.name.strip_prefix(prefix) == Some(name))?;
    Some(named.value.trim()).filter(|value| !value.is_empty())
}

fn syft(component: &Component) -> Option<Stated> {
    let of = |name: &str| property(component, SYFT, name);
    if let Some(file) = of("sourceRpm") {
        return Stated::parse(file);
    }
    let name = of("source").or_else(|| of("originPackage"))?;
    Stated::new(name, of("sourceVersion"))
}

fn trivy(component: &Component) -> Option<Stated> {
    let of = |name: &str| property(component, TRIVY, name);
    let name = of("SrcName")?;
    let version = of("SrcVersion").map(|version| {
        let epoch = of("SrcEpoch").filter(|epoch| *epoch != "0");
        let epoch = epoch.map_or_else(String::new, |epoch| format!("{epoch}:"));
        let release = of("SrcRelease").map_or_else(String::new, |release| format!("-{release}"));
        format!("{epoch}{version}{release}")
    });
    Stated::new(name, version.as_deref())
}

fn source_info(component: &Component) -> Option<Stated> {
    let text = property(component, "", SOURCE_INFO)?;
    let (name, version) = text
        .strip_prefix("built package from:")?
        .trim()
        .split_once(char::is_whitespace)?;
    Stated::new(name, Some(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Field, Source};
    use crate::inventory::{Kind, Property};

    fn check(purl: &str, properties: &[(&str, &str)], expected: Option<&str>) {
        let mut component = Component::new(Kind::Package, "part");
        component.purl = Field::declared(purl.to_owned(), Source::file("bom.json"));
        component.properties = properties
            .iter()
            .map(|(name, value)| Property::new(*name, *value))
            .collect();
        let package = purl::parse(purl)
            .ok()
            .and_then(|purl| purl.to_package())
            .expect("a package");
        let found = source_package(&component, &package).map(|source| source.to_string());
        assert_eq!(found.as_deref(), expected, "{purl} {properties:?}");
    }

    #[test]
    fn the_source_is_read_as_every_maker_states_it() {
        let libssl = "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12";
        check(libssl, &[], None);
        check(
            &format!("{libssl}&upstream=openssl"),
            &[],
            Some("openssl@3.0.11-1~deb12u2"),
        );
        check(
            "pkg:deb/debian/bsdutils@1:2.38.1-5?upstream=util-linux%402.38.1-5",
            &[],
            Some("util-linux@2.38.1-5"),
        );
        check(
            "pkg:rpm/redhat/openssl-libs@3.0.7-24.el9?epoch=1&upstream=openssl-3.0.7-24.el9.src.rpm",
            &[],
            Some("openssl@1:3.0.7-24.el9"),
        );
        check(
            "pkg:apk/alpine/libcrypto3@3.3.2-r1",
            &[("syft:metadata:originPackage", "openssl")],
            Some("openssl@3.3.2-r1"),
        );
        check(
            libssl,
            &[
                ("syft:metadata:source", "openssl"),
                ("syft:metadata:sourceVersion", "3.0.11-1"),
            ],
            Some("openssl@3.0.11-1"),
        );
        check(
            libssl,
            &[
                ("aquasecurity:trivy:SrcName", "openssl"),
                ("aquasecurity:trivy:SrcVersion", "3.0.11"),
                ("aquasecurity:trivy:SrcRelease", "1~deb12u2"),
            ],
            Some("openssl@3.0.11-1~deb12u2"),
        );
        check(
            "pkg:rpm/redhat/shadow-utils@4.9-8.el9?epoch=2",
            &[
                ("aquasecurity:trivy:SrcName", "shadow-utils"),
                ("aquasecurity:trivy:SrcVersion", "4.9"),
                ("aquasecurity:trivy:SrcRelease", "8.el9"),
                ("aquasecurity:trivy:SrcEpoch", "2"),
            ],
            Some("shadow-utils@2:4.9-8.el9"),
        );
        check(
            libssl,
            &[(SOURCE_INFO, "built package from: openssl 3.0.11-1~deb12u2")],
            Some("openssl@3.0.11-1~deb12u2"),
        );
    }

    #[test]
    fn nothing_is_made_up() {
        let libssl = "pkg:deb/debian/libssl3@3.0.11-1";
        for properties in [
            [(SOURCE_INFO, "acquired package info from DPKG DB: status")],
            [("aquasecurity:trivy:SrcVersion", "3.0.11")],
            [("syft:metadata:source", " ")],
            [("syft:metadata:sourceRpm", "odd.src.rpm")],
        ] {
            check(libssl, &properties, None);
        }
        check(
            "pkg:pypi/torch@2.0.1?upstream=other",
            &[("aquasecurity:trivy:SrcName", "other")],
            None,
        );
    }
}
