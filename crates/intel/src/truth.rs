//! What the store knows, before it is compiled: every revision of every record with the days on which we knew it, and
//! the feeds beside them.
//!
//! Two times are kept apart: when something was so (published, withdrawn) stands in the record; when we knew it
//! (first seen, superseded) stands in the revision.

use std::collections::BTreeMap;

use chainwright_advisories::Record;
use chainwright_advisories::class::Exploitation;
use chainwright_advisories::date::Day;
use chainwright_advisories::exploitation::{Catalogue, Epss, EpssTable, Exploited};
use chainwright_advisories::record::Shape;
use chainwright_advisories::reference::Atlas;
use chainwright_core::package::Ecosystem;
use serde::{Deserialize, Serialize};

/// Everything that the store knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// In order of [`Key`], then of first sight.
    pub(crate) revisions: Vec<Revision>,
    pub(crate) sides: Sides,
}

/// What stands beside the records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sides {
    pub(crate) catalogue: Catalogue,
    pub(crate) epss: EpssTable,
    pub(crate) atlas: Atlas,
    pub(crate) popular: BTreeMap<Ecosystem, Vec<String>>,
    pub(crate) feeds: BTreeMap<String, Feed>,
}

impl Exploitation for Sides {
    fn exploited(&self, cve: &str) -> Option<Exploited> {
        self.catalogue.rows.get(cve).cloned()
    }

    fn epss(&self, cve: &str) -> Option<Epss> {
        self.epss.rows.get(cve).copied()
    }
}

/// Where advisories come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// The path or address of the last import.
    pub origin: String,
    /// When it was last imported, in seconds since 1970.
    pub imported_at: i64,
    /// The newest change in it that does not lie in the future of the import.
    pub newest: Option<Day>,
    /// What it holds: records, rows or names.
    pub records: u64,
    /// Those of them that are withdrawn.
    pub withdrawn: u64,
    /// Documents of the last import that looked like records and could not be read.
    pub refused: u64,
}

/// One revision of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    pub(crate) record: Record,
    pub(crate) seen: Seen,
}

/// When a revision was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The import that brought it.
    pub first: Day,
    /// The last import that had it.
    pub last: Day,
    /// The import that replaced it, if one did.
    pub superseded: Option<Day>,
}

/// What makes two documents revisions of one record. A CVE may come as OSV record and as CPE ranges.
pub(crate) type Key<'a> = (&'a str, Shape);

impl Revision {
    pub(crate) fn key(&self) -> Key<'_> {
        key(&self.record)
    }

    pub(crate) const fn is_current(&self) -> bool {
        self.seen.superseded.is_none()
    }

    /// The day of its last change, as far as that can be believed: where it was modified in the future or before there
    /// were advisories (the Go database writes year 1 for "never"), the day of its publication.
    pub(crate) fn news(&self) -> Option<Day> {
        let believable = |day: &Day| *day >= FIRST_DAY && *day <= self.seen.last;
        let read = |text: &str| Day::read(text).filter(believable);
        read(&self.record.modified).or_else(|| read(&self.record.published))
    }
}

/// 1999-01-01; the first CVE is of that year.
const FIRST_DAY: Day = Day(10_592);

pub(crate) fn key(record: &Record) -> Key<'_> {
    (&record.id, record.database_specific.shape)
}

/// The feed of a record: the part of its name that its database gives.
pub(crate) fn feed_of(record: &Record) -> String {
    match record.database_specific.shape {
        Shape::Cpe => "CPE".to_owned(),
        Shape::Osv => {
            let prefix = record.id.split('-').next().unwrap_or_default();
            let is_name =
                !prefix.is_empty() && prefix.len() < record.id.len() && prefix.len() <= 20;
            if is_name {
                prefix.to_ascii_uppercase()
            } else {
                "OTHER".to_owned()
            }
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Records that are new.
    pub added: u64,
    /// Records that were replaced.
    pub changed: u64,
    /// Of these, records that were withdrawn by it.
    pub withdrawn: u64,
    /// Records that were known as they are.
    pub unchanged: u64,
    /// Records of which the store has a later revision.
    pub kept_newer: u64,
    /// Other feeds that were replaced: `KEV`, `EPSS`, `ATLAS`, `popular`.
    pub replaced: Vec<String>,
    /// Documents that are advisories and could not be read, with the reason; the first hundred.
    pub refused: Vec<(String, String)>,
    /// How many these are in all.
    pub refused_count: u64,
    /// Documents that are something else.
    pub passed: u64,
}

impl Changes {
    /// Whether the store has to be written.
    #[must_use]
    pub const fn took_anything(&self) -> bool {
        self.added + self.changed + self.unchanged + self.kept_newer > 0
            || !self.replaced.is_empty()
    }
}

impl Truth {
    /// Merges records of one import. `seen` is the day of the import.
    pub(crate) fn merge(
        &mut self,
        incoming: Vec<(Record, Day)>,
        today: Day,
        origin: &str,
        changes: &mut Changes,
    ) {
        let mut current: BTreeMap<(String, Shape), usize> = BTreeMap::new();
        for (place, revision) in self
            .revisions
            .iter()
            .enumerate()
            .filter(|(_, revision)| revision.is_current())
        {
            let (id, shape) = revision.key();
            current.insert((id.to_owned(), shape), place);
        }
        for (record, first) in incoming {
            let feed = self.sides.feeds.entry(feed_of(&record)).or_default();
            origin.clone_into(&mut feed.origin);
            let key = (record.id.clone(), record.database_specific.shape);
            let new = Revision {
                seen: Seen {
                    first,
                    last: today,
                    superseded: None,
                },
                record,
            };
            let Some(place) = current.get(&key).copied() else {
                changes.added += 1;
                current.insert(key, self.revisions.len());
                self.revisions.push(new);
                continue;
            };
            let Some(old) = self.revisions.get_mut(place) else {
                continue;
            };
            if old.record == new.record {
                changes.unchanged += 1;
                old.seen.last = today.max(old.seen.last);
                old.seen.first = first.min(old.seen.first);
            } else if is_later(&old.record, &new.record, today) {
                changes.kept_newer += 1;
            } else {
                changes.changed += 1;
                if !old.record.is_withdrawn(None) && new.record.is_withdrawn(None) {
                    changes.withdrawn += 1;
                }
                if old.seen.first == today {
                    // Twice in one day: nobody could have asked for the first on another day.
                    *old = new;
                } else {
                    old.seen.superseded = Some(today);
                    current.insert(key, self.revisions.len());
                    self.revisions.push(Revision {
                        seen: Seen {
                            first: today,
                            ..new.seen
                        },
                        ..new
                    });
                }
            }
        }
        self.revisions.sort_by(|left, right| {
            let order = left.key().cmp(&right.key());
            order.then(left.seen.first.cmp(&right.seen.first))
        });
    }

    /// Counts what every feed holds.
    pub(crate) fn count(&mut self) {
        let mut counts: BTreeMap<String, (u64, u64, Option<Day>)> = BTreeMap::new();
        for revision in self
            .revisions
            .iter()
            .filter(|revision| revision.is_current())
        {
            let count = counts.entry(feed_of(&revision.record)).or_default();
            count.0 += 1;
            count.1 += u64::from(revision.record.is_withdrawn(None));
            count.2 = count.2.max(revision.news());
        }
        for (name, (records, withdrawn, newest)) in counts {
            let feed = self.sides.feeds.entry(name).or_default();
            feed.records = records;
            feed.withdrawn = withdrawn;
            feed.newest = newest;
        }
    }

    /// The records as they stand.
    pub(crate) fn current(&self) -> Vec<Record> {
        self.revisions
            .iter()
            .filter(|revision| revision.is_current())
            .map(|revision| revision.record.clone())
            .collect()
    }
}

/// Whether what we have was changed after what comes. A date in the future says nothing.
fn is_later(old: &Record, new: &Record, today: Day) -> bool {
    let believable = |at: &i64| *at < (i64::from(today.0) + 2) * 86_400;
    match (old.modified_at().filter(believable), new.modified_at()) {
        (Some(old), Some(new)) => old > new,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, modified: &str, summary: &str) -> Record {
        Record {
            id: id.into(),
            modified: modified.into(),
            summary: summary.into(),
            ..Record::default()
        }
    }

    fn merge(truth: &mut Truth, day: i32, record: Record) -> Changes {
        let mut changes = Changes::default();
        truth.merge(vec![(record, Day(day))], Day(day), "test", &mut changes);
        changes
    }

    #[test]
    fn a_change_keeps_what_was_known_before() {
        let mut truth = Truth::default();
        assert_eq!(
            merge(&mut truth, 20_000, record("A-1", "2024-01-01", "one")).added,
            1
        );
        assert_eq!(
            merge(&mut truth, 20_001, record("A-1", "2024-01-01", "one")).unchanged,
            1
        );
        assert_eq!(
            merge(&mut truth, 20_002, record("A-1", "2024-02-01", "two")).changed,
            1
        );
        let seen: Vec<Seen> = truth
            .revisions
            .iter()
            .map(|revision| revision.seen)
            .collect();
        assert_eq!(
            seen,
            [
                Seen {
                    first: Day(20_000),
                    last: Day(20_001),
                    superseded: Some(Day(20_002))
                },
                Seen {
                    first: Day(20_002),
                    last: Day(20_002),
                    superseded: None
                },
            ]
        );
        assert_eq!(truth.current()[0].summary, "two");
    }

    #[test]
    fn an_older_archive_does_not_undo_a_newer_one() {
        let mut truth = Truth::default();
        merge(&mut truth, 20_000, record("A-1", "2024-06-01", "new"));
        assert_eq!(
            merge(&mut truth, 20_001, record("A-1", "2024-01-01", "old")).kept_newer,
            1
        );
        assert_eq!(truth.current()[0].summary, "new");
    }

    #[test]
    fn a_date_in_the_future_does_not_freeze_a_record() {
        let mut truth = Truth::default();
        merge(&mut truth, 20_000, record("A-1", "2099-01-01", "wrong"));
        assert_eq!(
            merge(&mut truth, 20_001, record("A-1", "2024-10-05", "right")).changed,
            1
        );
        assert_eq!(truth.current()[0].summary, "right");
    }

    #[test]
    fn feeds_are_named_after_their_ids() {
        for (id, feed) in [
            ("PYSEC-2026-1", "PYSEC"),
            ("GHSA-x-y-z", "GHSA"),
            ("nothing", "OTHER"),
            ("-x", "OTHER"),
        ] {
            assert_eq!(feed_of(&record(id, "", "")), feed);
        }
    }
}
