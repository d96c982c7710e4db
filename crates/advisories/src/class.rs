//! One weakness under many names: classes of advisories that are aliases of each other.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::severity::Severity;
use serde::{Deserialize, Serialize};

use crate::date::Day;
use crate::exploitation::{Epss, Exploited};
use crate::rating::{self, Cvss};
use crate::record::{Kind, Record};

/// LIMIT: bytes of the line that stands for an advisory.
const MAX_SUMMARY: usize = 300;

/// A class of advisories: one weakness, however many databases tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advisory {
    /// The name that it goes by: the CVE, else the GHSA, else the database's own.
    pub id: String,
    /// Every other name, best first.
    pub aliases: Vec<String>,
    /// The names of the records that stand.
    pub records: Vec<String>,
    /// One line.
    pub summary: String,
    /// The worst kind of its records.
    pub kind: Kind,
    /// How bad it is; `None` is unrated, which is not harmless.
    pub severity: Option<Severity>,
    /// The highest score of its records.
    pub cvss: Option<Cvss>,
    /// Weakness classes such as `CWE-502`, sorted.
    pub cwes: Vec<String>,
    /// The earliest day that a record says it was published; bulk imports make it too late.
    pub published: Option<Day>,
    /// The row in the catalogue of known exploited vulnerabilities.
    pub exploited: Option<Exploited>,
    /// The probability of exploitation.
    pub epss: Option<Epss>,
}

impl Advisory {
    /// Every name, best first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id)
            .chain(&self.aliases)
            .map(String::as_str)
    }

    /// The page where people read about it.
    #[must_use]
    pub fn url(&self) -> String {
        if self.id.starts_with("CVE-") {
            format!("https://nvd.nist.gov/vuln/detail/{}", self.id)
        } else if self.id.starts_with("GHSA-") {
            format!("https://github.com/advisories/{}", self.id)
        } else {
            format!("https://osv.dev/vulnerability/{}", self.id)
        }
    }
}

/// What classes take from elsewhere.
pub trait Exploitation {
    /// The row of a CVE in the catalogue of known exploited vulnerabilities.
    fn exploited(&self, cve: &str) -> Option<Exploited>;
    /// The score of a CVE.
    fn epss(&self, cve: &str) -> Option<Epss>;
}

/// Nothing is known about exploitation.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingKnown;

impl Exploitation for NothingKnown {
    fn exploited(&self, _cve: &str) -> Option<Exploited> {
        None
    }

    fn epss(&self, _cve: &str) -> Option<Epss> {
        None
    }
}

/// The classes of some records.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    /// The classes in order of their name.
    pub classes: Vec<Advisory>,
    /// The class of each record by number of record; `None` for withdrawn ones that share no name with a live one.
    pub of_record: Vec<Option<u32>>,
}

/// Groups records by their names. Withdrawn records join nothing, but find the class that shares a name with them.
#[must_use]
pub fn group(records: &[Record], exploitation: &dyn Exploitation) -> Classes {
    let mut forest = Forest::default();
    let live = |record: &&Record| !record.is_withdrawn(None);
    for record in records.iter().filter(live) {
        let own = forest.node(&record.id);
        for alias in &record.aliases {
            let other = forest.node(alias);
            forest.join(own, other);
        }
    }
    let mut members: BTreeMap<usize, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(live) {
        let root = forest.find(&record.id);
        members
            .entry(root.unwrap_or_default())
            .or_default()
            .push(record);
    }
    let mut rooted: Vec<(usize, Advisory)> = members
        .into_iter()
        .map(|(root, records)| (root, describe(&records, exploitation)))
        .collect();
    rooted.sort_by(|left, right| natural(&left.1.id, &right.1.id));
    let numbers: BTreeMap<usize, u32> = rooted
        .iter()
        .zip(0_u32..)
        .map(|((root, _), number)| (*root, number))
        .collect();
    let of_record = records
        .iter()
        .map(|record| {
            let mut names = std::iter::once(&record.id).chain(&record.aliases);
            names.find_map(|name| numbers.get(&forest.find(name)?).copied())
        })
        .collect();
    Classes {
        classes: rooted.into_iter().map(|(_, class)| class).collect(),
        of_record,
    }
}

fn describe(records: &[&Record], exploitation: &dyn Exploitation) -> Advisory {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for record in records {
        names.insert(&record.id);
        names.extend(record.aliases.iter().map(String::as_str));
    }
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by(|left, right| {
        rank(left)
            .cmp(&rank(right))
            .then_with(|| natural(left, right))
    });
    let cvss = records
        .iter()
        .filter_map(|record| rating::worst_score(record))
        .max_by(|left, right| {
            left.tenths
                .cmp(&right.tenths)
                .then_with(|| left.vector.cmp(&right.vector))
        });
    let severity = records
        .iter()
        .filter_map(|record| rating::severity(record, rating::worst_score(record).as_ref()))
        .max();
    let mut best: Vec<&&Record> = records.iter().collect();
    best.sort_by(|left, right| {
        rank(&left.id)
            .cmp(&rank(&right.id))
            .then_with(|| left.id.cmp(&right.id))
    });
    let cwes: BTreeSet<&String> = records
        .iter()
        .flat_map(|record| &record.database_specific.cwe_ids)
        .collect();
    let cves = || names.iter().filter(|name| name.starts_with("CVE-"));
    let mut ids = names.iter().map(|name| (*name).to_owned());
    Advisory {
        id: ids.next().unwrap_or_default(),
        aliases: ids.collect(),
        records: best.iter().map(|record| record.id.clone()).collect(),
        summary: summary(&best),
        kind: records
            .iter()
            .map(|record| record.database_specific.kind)
            .min_by_key(|kind| gravity(*kind))
            .unwrap_or_default(),
        severity,
        cvss,
        cwes: cwes.into_iter().cloned().collect(),
        published: records
            .iter()
            .filter_map(|record| Day::read(&record.published))
            .min(),
        exploited: cves().find_map(|cve| exploitation.exploited(cve)),
        epss: cves()
            .filter_map(|cve| exploitation.epss(cve))
            .max_by_key(|epss| epss.score),
    }
}

const fn gravity(kind: Kind) -> u8 {
    match kind {
        Kind::Malicious => 0,
        Kind::Vulnerability => 1,
        Kind::Unsound => 2,
        Kind::Unmaintained => 3,
        Kind::Notice => 4,
    }
}

/// The first summary, else the first sentence of the first details.
fn summary(best: &[&&Record]) -> String {
    let written = best
        .iter()
        .map(|record| record.summary.trim())
        .find(|text| !text.is_empty());
    let details = || {
        best.iter()
            .map(|record| record.details.trim())
            .find(|text| !text.is_empty())
    };
    let text = written.or_else(details).unwrap_or_default();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = match written {
        Some(_) => line.as_str(),
        None => line
            .split_once(". ")
            .map_or(line.as_str(), |(first, _)| first),
    };
    let end = sentence.floor_char_boundary(MAX_SUMMARY);
    let cut = sentence.get(..end).unwrap_or_default();
    if cut.len() < sentence.len() {
        format!("{cut}…")
    } else {
        cut.to_owned()
    }
}

/// Which name people know: CVE before GHSA before the databases' own.
fn rank(id: &str) -> u8 {
    const ORDER: [&str; 6] = ["CVE-", "GHSA-", "PYSEC-", "RUSTSEC-", "GO-", "MAL-"];
    let found = ORDER
        .iter()
        .zip(0_u8..)
        .find(|(prefix, _)| id.starts_with(**prefix));
    found.map_or(u8::MAX, |(_, rank)| rank)
}

/// Names in the order of their numbers: `CVE-2026-999` before `CVE-2026-1000`.
pub(crate) fn natural(left: &str, right: &str) -> Ordering {
    let mut left_parts = left.split('-');
    let mut right_parts = right.split('-');
    loop {
        return match (left_parts.next(), right_parts.next()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => {
                let order = match (one.parse::<u64>(), other.parse::<u64>()) {
                    (Ok(one_number), Ok(other_number)) => {
                        one_number.cmp(&other_number).then_with(|| one.cmp(other))
                    }
                    _ => one.cmp(other),
                };
                if order.is_eq() {
                    continue;
                }
                order
            }
        };
    }
}

/// Union-find over names, with path halving and union by size.
#[derive(Default)]
struct Forest<'a> {
    nodes: BTreeMap<&'a str, usize>,
    parents: Vec<(usize, u32)>,
}

impl<'a> Forest<'a> {
    fn node(&mut self, name: &'a str) -> usize {
        let next = self.parents.len();
        let node = *self.nodes.entry(name).or_insert(next);
        if node == next {
            self.parents.push((next, 1));
        }
        node
    }

    fn root(&self, mut node: usize) -> (usize, u32) {
        loop {
            match self.parents.get(node) {
                Some((parent, _)) if *parent != node => node = *parent,
                Some((_, size)) => return (node, *size),
                None => return (node, 0),
            }
        }
    }

    fn join(&mut self, left: usize, right: usize) {
        let (left, left_size) = self.root(left);
        let (right, right_size) = self.root(right);
        if left == right {
            return;
        }
        let (small, large) = if left_size < right_size {
            (left, right)
        } else {
            (right, left)
        };
        let size = left_size.saturating_add(right_size);
        if let Some(entry) = self.parents.get_mut(small) {
            entry.0 = large;
        }
        if let Some(entry) = self.parents.get_mut(large) {
            entry.1 = size;
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.nodes.get(name).map(|node| self.root(*node).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, aliases: &[&str]) -> Record {
        Record {
            id: id.into(),
            aliases: aliases.iter().map(|alias| (*alias).into()).collect(),
            ..Record::default()
        }
    }

    #[test]
    fn shared_names_make_one_class_with_the_best_name() {
        let mut records = vec![
            record("PYSEC-1", &["GHSA-a"]),
            record("PYSEC-2", &["GHSA-a", "CVE-2026-1000"]),
            record("GHSA-a", &["CVE-2026-999"]),
            record("GO-1", &[]),
        ];
        let classes = group(&records, &NothingKnown);
        let ids: Vec<&str> = classes
            .classes
            .iter()
            .map(|class| class.id.as_str())
            .collect();
        assert_eq!(ids, ["CVE-2026-999", "GO-1"]);
        assert_eq!(
            classes.classes[0].aliases,
            ["CVE-2026-1000", "GHSA-a", "PYSEC-1", "PYSEC-2"]
        );
        assert_eq!(classes.of_record, [Some(0), Some(0), Some(0), Some(1)]);
        records.reverse();
        assert_eq!(group(&records, &NothingKnown).classes, classes.classes);
    }

    #[test]
    fn a_withdrawn_record_joins_nothing_but_is_found() {
        let mut bridge = record("PYSEC-3", &["CVE-1", "CVE-2"]);
        bridge.withdrawn = "2026-01-01T00:00:00Z".into();
        let mut alone = record("PYSEC-4", &["CVE-9"]);
        alone.withdrawn = "2026-01-01T00:00:00Z".into();
        let records = [
            record("PYSEC-1", &["CVE-1"]),
            record("PYSEC-2", &["CVE-2"]),
            bridge,
            alone,
        ];
        let classes = group(&records, &NothingKnown);
        assert_eq!(classes.classes.len(), 2);
        assert_eq!(classes.of_record, [Some(0), Some(1), Some(0), None]);
    }

    #[test]
    fn names_sort_by_number() {
        assert_eq!(natural("CVE-2026-999", "CVE-2026-1000"), Ordering::Less);
        assert_eq!(natural("CVE-2026-1", "CVE-2026-1"), Ordering::Equal);
        assert_eq!(natural("CVE-2026", "CVE-2026-1"), Ordering::Less);
    }

    #[test]
    fn details_stand_in_for_a_missing_summary() {
        let mut one = record("X-1", &[]);
        one.details = "First\nsentence. Second.".into();
        assert_eq!(
            group(&[one], &NothingKnown).classes[0].summary,
            "First sentence"
        );
    }
}
