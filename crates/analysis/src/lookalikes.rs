//! Packages whose names look like others: which names are asked about, and what the answers add to the facts.
//!
//! Where popular names come from is the caller's business; where it has none, those that are built in are taken.

use std::collections::{BTreeMap, HashMap, HashSet};

use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_core::severity::Confidence;
use chainwright_dependencies::Source;
use chainwright_names::builtin;
use chainwright_names::index::{Index, Lookalike};
use chainwright_packages::name::comparable;

use crate::facts::{Facts, Inspected, Resemblance};

/// Adds what names look like to the facts of the files that name them; `popular` gives the popular names of an
/// ecosystem, most popular first, or none.
pub fn note(artifacts: &mut [Inspected], popular: &dyn Fn(Ecosystem) -> Vec<String>) {
    let mut answers = Answers::new(popular, artifacts);
    for artifact in artifacts {
        let mut found = Vec::new();
        let mut seen: HashSet<(Ecosystem, &str)> = HashSet::new();
        for facts in &artifact.facts {
            if let Facts::Agent(bundle) = facts {
                let servers = bundle.servers.iter();
                for launched in servers.flat_map(|server| &server.launch.packages) {
                    let package = &launched.package;
                    if package.name.is_empty() || !seen.insert((package.ecosystem, &package.name)) {
                        continue;
                    }
                    let like = answers.about(package.ecosystem, &package.name);
                    found.extend(like.map(|like| resemblance(package, &launched.place, like)));
                }
            }
            let Facts::Manifest(manifest) = facts else {
                continue;
            };
            // What an installed package requires was chosen by its authors, and is judged where it is installed itself.
            if manifest.kind.is_installed() {
                continue;
            }
            for declared in &manifest.packages {
                let package = &declared.package;
                if !is_from_outside(&declared.source)
                    || !seen.insert((package.ecosystem, &package.name))
                {
                    continue;
                }
                let like = answers.about(package.ecosystem, &package.name);
                found.extend(like.map(|like| resemblance(package, &declared.place, like)));
            }
        }
        if !found.is_empty() {
            artifact.facts.push(Facts::Resembling(found));
        }
    }
}

fn resemblance(package: &Package, place: &Place, like: Lookalike) -> Resemblance {
    Resemblance {
        package: package.clone(),
        place: place.clone(),
        target: like.target,
        kind: like.kind,
        is_hint: like.confidence == Confidence::Low,
    }
}

/// Whether a registry decides what is installed under the name.
const fn is_from_outside(source: &Source) -> bool {
    match source {
        Source::Default | Source::Registry(_) => true,
        Source::Url(_) | Source::Vcs { .. } | Source::Path(_) | Source::Workspace => false,
    }
}

/// Indexes that are built when the first name asks for them, and their answers.
struct Answers<'a> {
    popular: &'a dyn Fn(Ecosystem) -> Vec<String>,
    /// The projects that are scanned.
    own: HashSet<(Ecosystem, String)>,
    known: BTreeMap<Ecosystem, Names>,
    told: HashMap<(Ecosystem, String), Option<Lookalike>>,
}

/// The names of an ecosystem; looking for lookalikes needs an index, which most runs never need.
struct Names {
    popular: Vec<String>,
    known: HashSet<String>,
    index: Option<Index>,
}

impl<'a> Answers<'a> {
    fn new(popular: &'a dyn Fn(Ecosystem) -> Vec<String>, artifacts: &[Inspected]) -> Self {
        let facts = artifacts.iter().flat_map(|artifact| &artifact.facts);
        let own = facts.filter_map(|facts| match facts {
            Facts::Manifest(manifest) if !manifest.kind.is_installed() => {
                let package = &manifest.project.as_ref()?.package;
                Some((package.ecosystem, package.name.clone()))
            }
            _ => None,
        });
        Self {
            popular,
            own: own.collect(),
            known: BTreeMap::new(),
            told: HashMap::new(),
        }
    }

    fn about(&mut self, ecosystem: Ecosystem, name: &str) -> Option<Lookalike> {
        let has_names = matches!(
            ecosystem,
            Ecosystem::PyPi | Ecosystem::Npm | Ecosystem::GitHubActions
        );
        if !has_names {
            return None;
        }
        let (popular, own) = (self.popular, &self.own);
        let names = self
            .known
            .entry(ecosystem)
            .or_insert_with(|| Names::of(ecosystem, popular(ecosystem), own));
        let name = comparable(ecosystem, name);
        if names.known.contains(&name) {
            return None;
        }
        let key = (ecosystem, name);
        if let Some(told) = self.told.get(&key) {
            return told.clone();
        }
        let answer = names.look(ecosystem, &key.1);
        self.told.insert(key, answer.clone());
        answer
    }
}

impl Names {
    fn of(ecosystem: Ecosystem, popular: Vec<String>, own: &HashSet<(Ecosystem, String)>) -> Self {
        let mut known: HashSet<String> = popular
            .iter()
            .map(|name| comparable(ecosystem, name))
            .collect();
        let built_in = builtin::names(ecosystem).chain(builtin::companions(ecosystem));
        known.extend(built_in.map(|name| comparable(ecosystem, name)));
        let own = own.iter().filter(|(of, _)| *of == ecosystem);
        known.extend(own.map(|(_, name)| comparable(ecosystem, name)));
        Self {
            known,
            popular,
            index: None,
        }
    }

    fn look(&mut self, ecosystem: Ecosystem, name: &str) -> Option<Lookalike> {
        let popular = &self.popular;
        let index = self.index.get_or_insert_with(|| {
            if popular.is_empty() {
                builtin::index(ecosystem)
            } else {
                Index::build(ecosystem, popular.iter().map(String::as_str))
            }
        });
        index.look(name)
    }
}
