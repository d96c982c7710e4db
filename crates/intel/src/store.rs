//! The store as its users see it: opened in milliseconds, asked many things, changed never.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chainwright_advisories::date::Day;
use chainwright_advisories::exploitation::Exploited;
use chainwright_advisories::record::{Affected, DigestClaim};
use chainwright_advisories::reference::Technique;
use chainwright_advisories::sheet::Sheet;
use chainwright_advisories::{Advisory, Findings, Match, PackageKey, Record};
use chainwright_core::digest::Sha256;
use chainwright_core::package::{Ecosystem, Package};
use serde::Serialize;

use crate::error::IntelError;
use crate::layout::{self, Coverage, Directory, Name, StoredDigest, decode, name_key};
use crate::pages::Pages;
use crate::truth::{Feed, Seen, Truth};

/// After how many days without news advisories count as stale, unless the user says otherwise.
pub const STALE_AFTER_DAYS: u32 = 14;

/// Advisories of an ecosystem from which on its age counts for the store as a whole.
const TELLING: u64 = 100;

/// A local store of advisories, open for questions from many threads.
pub struct Store {
    pages: Pages,
    directory: Directory,
    sheets: Mutex<HashMap<String, Option<Arc<Sheet>>>>,
    classes: Mutex<HashMap<u32, Arc<Advisory>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

/// What is known about some packages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The findings of each package, in the order of the question.
    pub findings: Vec<Findings>,
    /// Places of packages in whose ecosystem the store has no advisory at all: nothing is known about them, which is
    /// not the same as nothing being wrong.
    pub uncovered: Vec<usize>,
    /// The newest change in the advisories of each ecosystem that was asked for.
    pub newest: BTreeMap<Ecosystem, Option<Day>>,
}

impl Answer {
    /// Ecosystems whose advisories are older than `days` on that day, or of unknown age.
    #[must_use]
    pub fn stale(&self, today: Day, days: u32) -> Vec<Ecosystem> {
        let is_stale = |newest: &Option<Day>| newest.is_none_or(|day| age(day, today) > days);
        let stale = self.newest.iter().filter(|(_, newest)| is_stale(newest));
        stale.map(|(ecosystem, _)| *ecosystem).collect()
    }
}

/// Whether a store can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// There is none.
    Missing,
    /// It holds no advisory.
    Empty,
    /// The newest advisory of some large ecosystem in it is this many days old.
    Stale {
        /// How many.
        days: u32,
    },
    /// It is as new as was asked for.
    Fresh,
}

/// Everything that is known under a name.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The weakness, if a record that stands has this name.
    pub advisory: Option<Arc<Advisory>>,
    /// Its records as they stand, and withdrawn ones that share the name.
    pub records: Vec<Told>,
    /// Earlier revisions of these records.
    pub history: Vec<Told>,
    /// The entry of MITRE ATLAS.
    pub technique: Option<Technique>,
    /// The row in the catalogue of known exploited vulnerabilities.
    pub exploited: Option<Exploited>,
}

/// A record and when it was known.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// When it was known.
    pub seen: Seen,
    /// The record.
    pub record: Record,
}

/// A package that an advisory touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// The package, without a version; its name is as the record has it.
    pub package: Package,
    /// The affected versions in words, ranges divided by `||`.
    pub ranges: String,
    /// The fixed versions, ascending.
    pub fixed: Vec<String>,
    /// The record that says so.
    pub record: String,
    /// Functions that carry the weakness, where the record names them.
    pub functions: Vec<String>,
    /// Digests that the record names.
    pub digests: Vec<DigestClaim>,
}

/// An advisory about a file or model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestMatch {
    /// The weakness.
    pub advisory: Arc<Advisory>,
    /// The digest and what it is of.
    pub claim: DigestClaim,
    /// The package that it belongs to, as written.
    pub package: String,
}

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// When it was written, in seconds since 1970.
    pub built_at: i64,
    /// Identifies its content.
    pub digest: String,
    /// Feeds by name.
    pub feeds: BTreeMap<String, Feed>,
    /// What it can speak about, by ecosystem.
    pub coverage: BTreeMap<Ecosystem, Coverage>,
    /// Weaknesses that stand.
    pub advisories: u64,
    /// Revisions of records, superseded and withdrawn ones included.
    pub revisions: u64,
    /// Digests of files and models that are known to be bad.
    pub digests: u64,
    /// The edition of MITRE ATLAS; empty without one.
    pub atlas: String,
}

/// A view of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// What this store knew on that day.
    Known(Day),
    /// What had been published and not withdrawn on that day, as far as is known today.
    Public(Day),
}

impl Store {
    /// Opens a store. Reads its header and directory only.
    ///
    /// # Errors
    /// When there is none, or it is not whole.
    pub fn open(path: &Path) -> Result<Self, IntelError> {
        Self::on(Pages::open(path)?)
    }

    /// Opens a store in memory.
    ///
    /// # Errors
    /// When the bytes are no store, or not whole.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, IntelError> {
        Self::on(Pages::in_memory(bytes)?)
    }

    fn on(pages: Pages) -> Result<Self, IntelError> {
        Ok(Self {
            directory: Directory::read(&pages)?,
            pages,
            sheets: Mutex::default(),
            classes: Mutex::default(),
        })
    }

    /// What is known about packages.
    ///
    /// # Errors
    /// When the store turns out to be damaged. There is no partial answer.
    pub fn matches(&self, packages: &[Package]) -> Result<Answer, IntelError> {
        let mut answer = Answer {
            findings: Vec::with_capacity(packages.len()),
            ..Answer::default()
        };
        for (place, package) in packages.iter().enumerate() {
            match self.directory.coverage.get(&package.ecosystem) {
                Some(coverage) if coverage.packages > 0 => {
                    answer.newest.insert(package.ecosystem, coverage.newest);
                }
                _ => answer.uncovered.push(place),
            }
            answer.findings.push(self.findings(package)?);
        }
        Ok(answer)
    }

    /// What is known about one package.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn findings(&self, package: &Package) -> Result<Findings, IntelError> {
        let Some(sheet) = self.sheet(&PackageKey::of(package))? else {
            return Ok(Findings::default());
        };
        let judgement = sheet.judge(package.version.as_deref());
        let mut matches = Vec::with_capacity(judgement.hits.len());
        for hit in judgement.hits {
            matches.push(Match {
                advisory: self.class(hit.class)?,
                unknown: hit.unknown,
                evidence: hit.evidence,
                fixed: hit.fixed,
            });
        }
        Ok(Findings::new(matches, judgement.clean))
    }

    /// Everything that is known under a name: an advisory's, an alias, or a technique of MITRE ATLAS.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn show(&self, id: &str) -> Result<Option<Shown>, IntelError> {
        let Some(name) = self.name(id)? else {
            return Ok(None);
        };
        let advisory = name.class.map(|class| self.class(class)).transpose()?;
        let mut rows = name.revisions.clone();
        for id in advisory.iter().flat_map(|advisory| advisory.ids()) {
            if let Some(name) = self.name(id)? {
                rows.extend(name.revisions);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        let told = self
            .directory
            .revisions(&self.pages, &rows)?
            .into_iter()
            .map(|revision| Told {
                seen: revision.seen,
                record: revision.record,
            });
        let (records, history) = told.partition(|told: &Told| told.seen.superseded.is_none());
        let exploited = advisory
            .as_ref()
            .and_then(|advisory| advisory.exploited.clone());
        Ok(Some(Shown {
            records,
            history,
            technique: name.technique,
            exploited: exploited.or(name.exploited),
            advisory,
        }))
    }

    /// The weakness that goes by a name.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn advisory(&self, id: &str) -> Result<Option<Arc<Advisory>>, IntelError> {
        let class = self.name(id)?.and_then(|name| name.class);
        class.map(|class| self.class(class)).transpose()
    }

    /// The packages that a weakness touches, by package and record; `None` for a name that no standing record has.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn affected(&self, id: &str) -> Result<Option<Vec<Touched>>, IntelError> {
        let Some(class) = self.name(id)?.and_then(|name| name.class) else {
            return Ok(None);
        };
        let advisory = self.class(class)?;
        let mut rows = Vec::new();
        for record in &advisory.records {
            rows.extend(self.name(record)?.unwrap_or_default().revisions);
        }
        rows.sort_unstable();
        rows.dedup();
        let revisions = self.directory.revisions(&self.pages, &rows)?;
        let mut touched = Vec::new();
        for revision in revisions
            .iter()
            .filter(|revision| revision.is_current() && !revision.record.is_withdrawn(None))
        {
            if !advisory.records.contains(&revision.record.id) {
                continue;
            }
            for affected in &revision.record.affected {
                let Some((package, sheet)) = alone(affected) else {
                    continue;
                };
                let entry = sheet.entries().first();
                touched.push(Touched {
                    package,
                    ranges: entry.map(|entry| sheet.ranges(entry)).unwrap_or_default(),
                    fixed: entry.map(|entry| sheet.fixes(entry)).unwrap_or_default(),
                    record: revision.record.id.clone(),
                    functions: affected.ecosystem_specific.functions.clone(),
                    digests: affected.ecosystem_specific.digests.clone(),
                });
            }
        }
        touched.sort_by(|left, right| {
            (&left.package, &left.record).cmp(&(&right.package, &right.record))
        });
        Ok(Some(touched))
    }

    /// Advisories about a file or model with this digest.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn digest(&self, digest: &Sha256) -> Result<Vec<DigestMatch>, IntelError> {
        let sha256 = digest.to_string();
        let Some(blob) = self.directory.digests.get(&self.pages, &sha256)? else {
            return Ok(Vec::new());
        };
        let stored: Vec<StoredDigest> = decode(&blob)?;
        let matches = stored.into_iter().map(|stored| {
            Ok(DigestMatch {
                advisory: self.class(stored.class)?,
                claim: DigestClaim {
                    subject: stored.subject,
                    sha256: sha256.clone(),
                    path: stored.path,
                },
                package: stored.package,
            })
        });
        matches.collect()
    }

    /// Popular names of an ecosystem, most popular first; empty where the store has none.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn popular(&self, ecosystem: Ecosystem) -> Result<Vec<String>, IntelError> {
        match self.directory.popular.get(&ecosystem) {
            Some(stretch) => decode(&self.pages.get_once(*stretch)?),
            None => Ok(Vec::new()),
        }
    }

    /// What the store holds.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            built_at: self.directory.built_at,
            digest: self
                .pages
                .root()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            feeds: self.directory.feeds.clone(),
            coverage: self.directory.coverage.clone(),
            advisories: self.directory.classes,
            revisions: self.directory.revisions,
            digests: self.directory.digests.len(),
            atlas: self.directory.atlas_edition.clone(),
        }
    }

    /// Whether the store can be relied on: the age of its oldest large ecosystem, by its newest change. The day of an
    /// import says nothing, since an old archive can be imported today.
    #[must_use]
    pub fn freshness(&self, today: Day, most_days: u32) -> Freshness {
        let coverage = || {
            self.directory
                .coverage
                .values()
                .filter(|coverage| coverage.records > 0)
        };
        if coverage().next().is_none() {
            return Freshness::Empty;
        }
        let days = |coverage: &Coverage| {
            coverage
                .newest
                .map_or(u32::MAX, |newest| age(newest, today))
        };
        let telling = coverage()
            .filter(|coverage| coverage.records >= TELLING)
            .map(days)
            .max();
        let days = telling
            .or_else(|| coverage().map(days).min())
            .unwrap_or(u32::MAX);
        if days > most_days {
            Freshness::Stale { days }
        } else {
            Freshness::Fresh
        }
    }

    /// The store as of a day, in memory. Feeds beside the records are those of today.
    ///
    /// # Errors
    /// When the store turns out to be damaged.
    pub fn as_of(&self, past: Past) -> Result<Self, IntelError> {
        let mut truth = self.truth()?;
        match past {
            Past::Known(day) => {
                truth.revisions.retain(|revision| {
                    let seen = revision.seen;
                    seen.first <= day && seen.superseded.is_none_or(|superseded| superseded > day)
                });
                for revision in &mut truth.revisions {
                    revision.seen.superseded = None;
                }
            }
            Past::Public(day) => {
                truth.revisions.retain(|revision| {
                    let published = Day::read(&revision.record.published);
                    revision.is_current() && published.is_none_or(|published| published <= day)
                });
                for revision in &mut truth.revisions {
                    if !revision.record.is_withdrawn(Some(day)) {
                        revision.record.withdrawn.clear();
                    }
                }
            }
        }
        truth.count();
        let mut bytes = Vec::new();
        let written = layout::write(&truth, self.directory.built_at, &mut bytes);
        written.map_err(|error| IntelError::damaged(error.to_string()))?;
        Self::from_bytes(bytes)
    }

    pub(crate) fn truth(&self) -> Result<Truth, IntelError> {
        self.directory.truth(&self.pages)
    }

    fn name(&self, id: &str) -> Result<Option<Name>, IntelError> {
        let blob = self.directory.names.get(&self.pages, &name_key(id))?;
        blob.map(|blob| decode(&blob)).transpose()
    }

    fn class(&self, number: u32) -> Result<Arc<Advisory>, IntelError> {
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(class) = classes.get(&number) {
            return Ok(class.clone());
        }
        let place = self.directory.class(&self.pages, number)?;
        let length = usize::try_from(place.length).unwrap_or(usize::MAX);
        let class: Arc<Advisory> = Arc::new(decode(&self.pages.get(place.offset, length)?)?);
        classes.insert(number, class.clone());
        Ok(class)
    }

    fn sheet(&self, key: &PackageKey) -> Result<Option<Arc<Sheet>>, IntelError> {
        let key = key.text();
        let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sheet) = sheets.get(&key) {
            return Ok(sheet.clone());
        }
        let blob = self.directory.packages.get(&self.pages, &key)?;
        let sheet: Option<Arc<Sheet>> = blob.map(|blob| decode(&blob)).transpose()?.map(Arc::new);
        sheets.insert(key, sheet.clone());
        Ok(sheet)
    }
}

/// Compiles one entry of a record by itself, to show it.
fn alone(affected: &Affected) -> Option<(Package, Sheet)> {
    let key = PackageKey::of_affected(affected).into_iter().next()?;
    let written = &affected.package.name;
    let package = Package {
        ecosystem: key.ecosystem,
        distribution: key.distribution,
        name: if written.is_empty() {
            key.name
        } else {
            written.clone()
        },
        version: None,
    };
    let sheet = Sheet::compile(key.ecosystem, &[(0, 0, affected)]);
    Some((package, sheet))
}

/// Whole days from one day to another; none if it lies ahead.
fn age(day: Day, today: Day) -> u32 {
    u32::try_from(today.since(day)).unwrap_or(0)
}
