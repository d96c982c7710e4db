//! The packages that files name or systems have installed, in one list for advisories, graph and documents.

pub(crate) mod modules;

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_dependencies::{Relation, Scope};

use crate::facts::{Facts, Inspected, StackedImage};

/// A package, who names it, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The package, with its version if exactly one is possible.
    pub package: Package,
    /// The name and version by which advisories know it: the source package of a distribution's package.
    pub filed_as: Package,
    /// Where it stands in the artifact.
    pub place: Place,
    /// Whether the project asks for it itself.
    pub relation: Relation,
    /// What it is needed for.
    pub scope: Scope,
}

/// What is known about file systems before their packages can be named.
#[derive(Debug, Default)]
pub struct Systems {
    /// Artifacts of images that a running container does not show, or that the system's own database lists already.
    passed_by: BTreeSet<String>,
    /// The distribution of everything below a location, longest location last.
    distributions: BTreeMap<String, String>,
    /// What lock files say of modules of JavaScript.
    locks: modules::Locks,
}

impl Systems {
    /// Learns from everything that was read.
    #[must_use]
    pub fn of(artifacts: &[Inspected]) -> Self {
        let mut systems = Self::default();
        for artifact in artifacts {
            for facts in &artifact.facts {
                match facts {
                    Facts::Image(image) => systems.learn_image(image),
                    Facts::Manifest(manifest) => systems.locks.learn(artifact, manifest),
                    Facts::OsRelease(release) => {
                        let location = artifact.location.to_string();
                        let root = ["usr/lib/os-release", "etc/os-release"]
                            .iter()
                            .find_map(|path| location.strip_suffix(path));
                        if let Some(root) = root {
                            let distribution = release.distribution();
                            systems
                                .distributions
                                .entry(root.to_owned())
                                .or_insert(distribution);
                        }
                    }
                    _ => {}
                }
            }
        }
        systems
    }

    fn learn_image(&mut self, image: &StackedImage) {
        let lost = image.lost.iter().map(|lost| lost.location.clone());
        self.passed_by.extend(lost);
        self.passed_by.extend(image.owned_by_system.iter().cloned());
        if let Some(os) = &image.facts.os {
            for layer in &image.facts.layers {
                let below = format!("{}!/", layer.location);
                self.distributions.insert(below, os.distribution());
            }
        }
    }

    fn distribution_of(&self, location: &str) -> &str {
        let found = self
            .distributions
            .iter()
            .filter(|(root, _)| location.starts_with(root.as_str()))
            .max_by_key(|(root, _)| root.len());
        found.map_or("", |(_, distribution)| distribution)
    }

    /// The packages that an artifact names and that count.
    #[must_use]
    pub fn named(&self, artifact: &Inspected) -> Vec<Named> {
        let location = artifact.location.to_string();
        if self.passed_by.contains(&location) {
            return Vec::new();
        }
        let mut named = Vec::new();
        for facts in &artifact.facts {
            match facts {
                Facts::Manifest(manifest) => {
                    let installed = manifest
                        .project
                        .as_ref()
                        .filter(|_| manifest.kind.is_installed());
                    if let Some(project) = installed {
                        named.push(Named {
                            filed_as: project.package.clone(),
                            package: project.package.clone(),
                            place: project.place.clone(),
                            relation: Relation::Unknown,
                            scope: Scope::Runtime,
                        });
                        continue;
                    }
                    named.extend(self.locks.module(artifact, manifest));
                    let packages = manifest.packages.iter();
                    named.extend(packages.filter(|each| !each.package.name.is_empty()).map(
                        |each| Named {
                            filed_as: each.package.clone(),
                            package: each.package.clone(),
                            place: each.place.clone(),
                            relation: each.relation,
                            scope: each.scope,
                        },
                    ));
                }
                Facts::Agent(bundle) => {
                    let launched = bundle
                        .servers
                        .iter()
                        .flat_map(|server| &server.launch.packages)
                        .filter(|each| !each.package.name.is_empty());
                    named.extend(launched.map(|each| Named {
                        package: each.package.clone(),
                        filed_as: each.package.clone(),
                        place: each.place.clone(),
                        relation: Relation::Direct,
                        scope: Scope::Runtime,
                    }));
                }
                Facts::Installed(installed) => {
                    let distribution = self.distribution_of(&location);
                    named.extend(installed.packages.iter().map(|each| {
                        let mut package = each.package.clone();
                        distribution.clone_into(&mut package.distribution);
                        let mut filed_as = package.clone();
                        if package.ecosystem != Ecosystem::Rpm {
                            filed_as.name.clone_from(&each.source);
                            filed_as.version = Some(each.source_version.clone());
                        }
                        Named {
                            package,
                            filed_as,
                            place: Place::Key(each.package.name.clone()),
                            relation: Relation::Unknown,
                            scope: Scope::Platform,
                        }
                    }));
                }
                _ => {}
            }
        }
        named
    }
}
