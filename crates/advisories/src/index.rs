//! Records compiled for matching: which sheet answers for which package, and which class every name belongs to.
//!
//! The index is made once from all records; a store keeps its parts on disk. In memory it answers the same questions,
//! which is what tests and views of the past use.

use std::collections::BTreeMap;
use std::sync::Arc;

use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::{name, purl};

use crate::class::{Advisory, Exploitation, group};
use crate::record::{Affected, DigestClaim, Record, distribution_key, ecosystem};
use crate::sheet::Sheet;

/// What a package's advisories are found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageKey {
    /// Who gives the name.
    pub ecosystem: Ecosystem,
    /// The distribution as its advisories name it; empty outside of operating systems.
    pub distribution: String,
    /// The name in the form in which equal names are equal.
    pub name: String,
}

impl PackageKey {
    /// The key of a package.
    #[must_use]
    pub fn of(package: &Package) -> Self {
        Self {
            ecosystem: package.ecosystem,
            distribution: distribution_key(&package.distribution),
            name: key_name(package.ecosystem, &package.name),
        }
    }

    /// The keys of what a record affects: the ecosystem and name as written, else the package URL; a product of a
    /// vendor also goes by its bare name.
    #[must_use]
    pub fn of_affected(affected: &Affected) -> Vec<Self> {
        let package = &affected.package;
        if let Some((ecosystem, distribution)) = ecosystem(&package.ecosystem)
            && !package.name.is_empty()
        {
            let key = |written: &str| Self {
                ecosystem,
                distribution: distribution.clone(),
                name: key_name(ecosystem, written),
            };
            let mut keys = vec![key(&package.name)];
            if ecosystem == Ecosystem::Generic
                && let Some((_, product)) = package.name.split_once('/')
            {
                keys.push(key(product));
            }
            return keys;
        }
        let named = purl::parse(&package.purl)
            .ok()
            .and_then(|purl| purl.to_package());
        named.iter().map(Self::of).collect()
    }

    /// The key as one text, for tables.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\0{}\0{}",
            self.ecosystem.purl_type(),
            self.distribution,
            self.name
        )
    }
}

fn key_name(ecosystem: Ecosystem, written: &str) -> String {
    match ecosystem {
        Ecosystem::Generic => written.trim().to_ascii_lowercase(),
        _ => name::comparable(ecosystem, written),
    }
}

/// A class of advisories that touches a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The weakness.
    pub advisory: Arc<Advisory>,
    /// Whether it only may touch the package: the version is not known or has no order, or a bound has none.
    pub unknown: bool,
    /// The range that the version lies in, or why it is not known.
    pub evidence: String,
    /// The smallest fixed version above this one that the weakness does not touch.
    pub fixed: Option<String>,
}

/// What is known about one package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// One match for each weakness, worst first, then by name.
    pub matches: Vec<Match>,
    /// The smallest fixed version above this one that no known weakness touches.
    pub clean: Option<String>,
}

impl Findings {
    /// Puts a judgement and the classes it speaks of together.
    #[must_use]
    pub fn new(mut matches: Vec<Match>, clean: Option<String>) -> Self {
        matches.sort_by(|left, right| {
            let worse = right.advisory.severity.cmp(&left.advisory.severity);
            left.unknown
                .cmp(&right.unknown)
                .then(worse)
                .then_with(|| crate::class::natural(&left.advisory.id, &right.advisory.id))
        });
        Self { matches, clean }
    }
}

/// A file or model that an advisory is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestEntry {
    /// The digest and what it is of.
    pub claim: DigestClaim,
    /// The number of the class.
    pub class: u32,
    /// The package it belongs to, as written.
    pub package: String,
}

/// Records compiled for matching.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// The classes in order of their name.
    pub classes: Vec<Arc<Advisory>>,
    /// The sheet of each package.
    pub sheets: BTreeMap<PackageKey, Sheet>,
    /// The class of every name, of records and aliases alike.
    pub names: BTreeMap<String, u32>,
    /// The records of each name: those that have it as their own id or as an alias, withdrawn ones included.
    pub records: BTreeMap<String, Vec<u32>>,
    /// Every digest that a live record names, sorted.
    pub digests: Vec<DigestEntry>,
    /// Packages with at least one live advisory, by ecosystem: what the index can speak about.
    pub covered: BTreeMap<Ecosystem, u32>,
}

impl Index {
    /// Compiles records. Withdrawn ones are never matched.
    #[must_use]
    pub fn build(records: &[Record], exploitation: &dyn Exploitation) -> Self {
        let grouped = group(records, exploitation);
        let mut index = Self {
            classes: grouped.classes.into_iter().map(Arc::new).collect(),
            ..Self::default()
        };
        let mut said: BTreeMap<PackageKey, Vec<(u32, u32, &Affected)>> = BTreeMap::new();
        for ((record, number), class) in records.iter().zip(0_u32..).zip(&grouped.of_record) {
            for name in std::iter::once(&record.id).chain(&record.aliases) {
                index.records.entry(name.clone()).or_default().push(number);
            }
            let Some(class) = class else { continue };
            if record.is_withdrawn(None) {
                continue;
            }
            for affected in &record.affected {
                for key in PackageKey::of_affected(affected) {
                    said.entry(key)
                        .or_default()
                        .push((*class, number, affected));
                }
                let digests = affected.ecosystem_specific.digests.iter();
                index.digests.extend(digests.map(|claim| DigestEntry {
                    claim: claim.clone(),
                    class: *class,
                    package: affected.package.name.clone(),
                }));
            }
        }
        for (class, number) in index.classes.iter().zip(0_u32..) {
            for name in class.ids() {
                index.names.insert(name.to_owned(), number);
            }
        }
        index
            .digests
            .sort_by(|left, right| (&left.claim, left.class).cmp(&(&right.claim, right.class)));
        for (key, said) in said {
            let covered = index.covered.entry(key.ecosystem).or_default();
            *covered = covered.saturating_add(1);
            let sheet = Sheet::compile(key.ecosystem, &said);
            index.sheets.insert(key, sheet);
        }
        index
    }

    /// What is known about a package; nothing for one that no advisory names.
    #[must_use]
    pub fn findings(&self, package: &Package) -> Findings {
        let Some(sheet) = self.sheets.get(&PackageKey::of(package)) else {
            return Findings::default();
        };
        let judgement = sheet.judge(package.version.as_deref());
        let matches = judgement
            .hits
            .into_iter()
            .filter_map(|hit| {
                let advisory = self.classes.get(usize::try_from(hit.class).ok()?)?;
                Some(Match {
                    advisory: advisory.clone(),
                    unknown: hit.unknown,
                    evidence: hit.evidence,
                    fixed: hit.fixed,
                })
            })
            .collect();
        Findings::new(matches, judgement.clean)
    }
}
