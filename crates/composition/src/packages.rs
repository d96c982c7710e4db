//! Software packages: what files name and systems have installed, once each, with their edges.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::facts::{Facts, Inspected};
use chainwright_analysis::packages::{Named, Systems};
use chainwright_boms::evidence::{Evidence, Field, Source};
use chainwright_boms::inventory::{
    Component, ExternalReference, HashAlgorithm, Kind, Licence, Party, Reference, Relation,
    RelationKind,
};
use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_dependencies::{Declared, ManifestFacts, Relation as Standing, Scope};
use chainwright_images::InstalledPackage;
use chainwright_packages::purl;

use crate::{Composer, card, image, property, quoted};

/// LIMIT: digests of files of one package that are put down.
const MOST_DIGESTS: usize = 16;

/// A package apart from its version.
type Name = (Ecosystem, String, String);

fn name_of(package: &Package) -> Name {
    (
        package.ecosystem,
        package.distribution.clone(),
        package.name.clone(),
    )
}

impl Composer<'_> {
    /// Every package that is named or installed.
    pub(crate) fn packages(&mut self) {
        let artifacts = self.request.artifacts;
        let systems = Systems::of(artifacts);
        let named: Vec<(&Inspected, Vec<Named>)> = artifacts
            .iter()
            .map(|artifact| (artifact, systems.named(artifact)))
            .filter(|(_, named)| !named.is_empty())
            .collect();
        let mut pinned: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
        for each in named.iter().flat_map(|(_, named)| named) {
            if let Some(version) = &each.package.version {
                pinned
                    .entry(name_of(&each.package))
                    .or_default()
                    .insert(version.clone());
            }
        }
        for (artifact, named) in &named {
            let owner = self.holder_of(&artifact.location);
            for each in named {
                self.package(artifact, &owner, each, &pinned);
            }
            self.details(artifact, &owner);
        }
    }

    fn package(
        &mut self,
        artifact: &Inspected,
        owner: &Reference,
        named: &Named,
        pinned: &BTreeMap<Name, BTreeSet<String>>,
    ) {
        let is_constraint = named.scope == Scope::Constraint;
        if named.relation == Standing::Root || named.package.name.is_empty() || is_constraint {
            return;
        }
        let source = self.source(&artifact.location, named.place.clone());
        let versions = pinned.get(&name_of(&named.package));
        let package = match (&named.package.version, versions) {
            // A requirement is met by what a lock file or an installation says, if these agree.
            (None, Some(versions)) if versions.len() == 1 => Package {
                version: versions.first().cloned(),
                ..named.package.clone()
            },
            _ => named.package.clone(),
        };
        let reference = self.add_package(&package, &source);
        if let Some(component) = self.component_mut(&reference) {
            let scope = match named.scope {
                Scope::Runtime | Scope::Platform => None,
                Scope::Optional => Some("optional"),
                Scope::Development => Some("development"),
                Scope::Build => Some("build"),
                Scope::Peer => Some("peer"),
                Scope::Constraint => Some("constraint"),
            };
            let scope = scope.map(|scope| property("scope", scope));
            if let Some(scope) = scope.filter(|scope| !component.properties.contains(scope)) {
                component.properties.push(scope);
            }
        }
        let is_own = !matches!(named.relation, Standing::Transitive | Standing::Root);
        if is_own && *owner != reference {
            let kind = match named.scope {
                Scope::Platform if named.package.ecosystem != Ecosystem::Oci => {
                    RelationKind::Contains
                }
                _ => RelationKind::DependsOn,
            };
            let evidence = if kind == RelationKind::Contains {
                Evidence::Verified
            } else {
                Evidence::Declared
            };
            self.inventory.relate(Relation::known(
                owner.clone(),
                kind,
                reference,
                evidence,
                source,
            ));
        }
    }

    fn add_package(&mut self, package: &Package, source: &Source) -> Reference {
        let url = purl::write(package);
        let reference = Reference::new(url.clone());
        if self.inventory.component(&reference).is_some() {
            return reference;
        }
        let is_image = package.ecosystem == Ecosystem::Oci;
        let kind = if is_image {
            Kind::Container
        } else {
            Kind::Package
        };
        let (group, name) = match package.ecosystem {
            Ecosystem::Npm
            | Ecosystem::Packagist
            | Ecosystem::GitHubActions
            | Ecosystem::GitHub => package.name.rsplit_once('/').unwrap_or(("", &package.name)),
            Ecosystem::Maven => package.name.rsplit_once(':').unwrap_or(("", &package.name)),
            _ => ("", package.name.as_str()),
        };
        let mut component = Component::new(
            kind,
            quoted(if is_image {
                image::split_tag(name).0
            } else {
                name
            }),
        );
        component.group = quoted(group);
        component.purl = Field::declared(url, source.clone());
        component.version = match &package.version {
            Some(version) => Field::declared(quoted(version), source.clone()),
            None => Field::absent(),
        };
        component.reference = reference;
        let reference = self.inventory.add(component);
        let key = (
            package.ecosystem,
            package.name.clone(),
            package.version.clone(),
        );
        self.packages
            .entry(key)
            .or_insert_with(|| reference.clone());
        reference
    }

    /// What a manifest says beyond names: digests, licences, origins, edges.
    fn details(&mut self, artifact: &Inspected, owner: &Reference) {
        for facts in &artifact.facts {
            match facts {
                Facts::Manifest(manifest) => {
                    if manifest.kind.is_installed() {
                        self.installed(artifact, manifest);
                        continue;
                    }
                    for declared in &manifest.packages {
                        self.declared(artifact, declared);
                    }
                    self.edges(artifact, manifest, owner);
                }
                Facts::Installed(installed) => {
                    for each in &installed.packages {
                        let Some(reference) = self.find(&each.package) else {
                            continue;
                        };
                        let source =
                            self.source(&artifact.location, Place::Key(each.package.name.clone()));
                        let Some(component) = self.inventory.components.get_mut(&reference) else {
                            continue;
                        };
                        if !each.licence.is_empty() {
                            card::add_licence(
                                component,
                                Licence::declared(quoted(&each.licence), source.clone()),
                            );
                        }
                        if !each.maintainer.is_empty() {
                            let name = each.maintainer.split('<').next().unwrap_or_default().trim();
                            let party = Party::organisation(quoted(name));
                            component
                                .supplier
                                .strengthen(Field::declared(party, source));
                        }
                        if !each.source.is_empty() && each.source != each.package.name {
                            let from = property("source-package", quoted(&each.source));
                            if !component.properties.contains(&from) {
                                component.properties.push(from);
                            }
                        }
                        upstream(component, each);
                    }
                }
                _ => {}
            }
        }
    }

    /// The component of a package whose distribution may only be known by now.
    fn find(&self, package: &Package) -> Option<Reference> {
        let exact = Reference::new(purl::write(package));
        if self.inventory.component(&exact).is_some() {
            return Some(exact);
        }
        let key = (
            package.ecosystem,
            package.name.clone(),
            package.version.clone(),
        );
        self.packages.get(&key).cloned()
    }

    fn installed(&mut self, artifact: &Inspected, manifest: &ManifestFacts) {
        let Some(project) = &manifest.project else {
            return;
        };
        let source = self.source(&artifact.location, project.place.clone());
        let reference = Reference::new(purl::write(&project.package));
        if let Some(component) = self.component_mut(&reference)
            && let Some(licence) = project
                .licence
                .as_ref()
                .filter(|licence| !licence.trim().is_empty())
        {
            card::add_licence(component, Licence::declared(quoted(licence), source));
        }
    }

    fn declared(&mut self, artifact: &Inspected, declared: &Declared) {
        let source = self.source(&artifact.location, declared.place.clone());
        let reference = Reference::new(purl::write(&declared.package));
        let Some(component) = self.component_mut(&reference) else {
            return;
        };
        if component.version.value().is_none() && !declared.requirement.is_empty() {
            let wanted = property("requirement", quoted(&declared.requirement));
            if !component.properties.contains(&wanted) {
                component.properties.push(wanted);
            }
        }
        if let Some(licence) = declared
            .licence
            .as_ref()
            .filter(|licence| !licence.trim().is_empty())
        {
            card::add_licence(
                component,
                Licence::declared(quoted(licence), source.clone()),
            );
        }
        if let chainwright_dependencies::Source::Url(url) = &declared.source {
            component.references.insert(ExternalReference {
                kind: "distribution".to_owned(),
                url: quoted(url),
                comment: String::new(),
            });
        }
        digests(component, declared, &source);
    }

    fn edges(&mut self, artifact: &Inspected, manifest: &ManifestFacts, owner: &Reference) {
        let at = |index: u32| {
            usize::try_from(index)
                .ok()
                .and_then(|index| manifest.packages.get(index))
        };
        for edge in &manifest.edges {
            let (Some(from), Some(to)) = (at(edge.from), at(edge.to)) else {
                continue;
            };
            let target = Reference::new(purl::write(&to.package));
            let start = if from.relation == Standing::Root {
                owner.clone()
            } else {
                Reference::new(purl::write(&from.package))
            };
            let is_here = |reference: &Reference| self.inventory.component(reference).is_some();
            if is_here(&start) && is_here(&target) {
                let source = self.source(&artifact.location, from.place.clone());
                let kind = RelationKind::DependsOn;
                self.inventory.relate(Relation::known(
                    start,
                    kind,
                    target,
                    Evidence::Declared,
                    source,
                ));
            }
        }
    }
}

/// Tells in the package URL which source package a package was built from, as others do: advisories of distributions
/// are filed under sources.
fn upstream(component: &mut Component, installed: &InstalledPackage) {
    let version = installed.package.version.as_deref().unwrap_or_default();
    let has_own = !installed.source_version.is_empty() && installed.source_version != version;
    let is_same = installed.source == installed.package.name && !has_own;
    if installed.source.is_empty() || is_same {
        return;
    }
    let Some(mut written) = component.purl.text().and_then(|url| purl::parse(url).ok()) else {
        return;
    };
    let source = if has_own {
        format!("{}@{}", installed.source, installed.source_version)
    } else {
        installed.source.clone()
    };
    written
        .qualifiers
        .insert("upstream".to_owned(), quoted(&source));
    if let Some(place) = component.purl.source().cloned() {
        component.purl = Field::declared(written.to_string(), place);
    }
}

/// Digests that a lock file demands. Only where there is one file is it the package's own.
fn digests(component: &mut Component, declared: &Declared, source: &Source) {
    let known: BTreeSet<(&str, &str)> = declared
        .hashes()
        .filter(|hash| !matches!(hash.algorithm.as_str(), "h1" | "yarn-zip"))
        .map(|hash| (hash.algorithm.as_str(), hash.digest.as_str()))
        .collect();
    if let [(algorithm, digest)] = known.iter().collect::<Vec<_>>().as_slice() {
        let algorithm = HashAlgorithm::from_name(algorithm);
        if let Some(algorithm) = algorithm.filter(|algorithm| algorithm.digits() == digest.len()) {
            let field = Field::declared((*digest).to_owned(), source.clone());
            component
                .hashes
                .entry(algorithm)
                .or_default()
                .strengthen(field);
        }
        return;
    }
    for (algorithm, digest) in known.iter().take(MOST_DIGESTS) {
        let accepted = property("accepted-digest", quoted(&format!("{algorithm}:{digest}")));
        if !component.properties.contains(&accepted) {
            component.properties.push(accepted);
        }
    }
    if known.len() > MOST_DIGESTS {
        let more = property("accepted-digests", known.len().to_string());
        if !component.properties.contains(&more) {
            component.properties.push(more);
        }
    }
}
