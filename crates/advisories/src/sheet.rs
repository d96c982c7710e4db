//! Everything that advisories say about one package, compiled so that a version is judged with integers.
//!
//! All versions that any advisory names for the package are sorted once, in the ecosystem's order. A version then has
//! a place: on the `n`-th named version (`2n + 1`), or in the gap before it (`2n`). Ranges and lists of versions become
//! sorted spans of places, so that a version is parsed once, finds its place by binary search, and every advisory is a
//! comparison of numbers. The rules are those of OSV's evaluation algorithm, with these decisions:
//!
//! - affected is a version in `versions` **or** in any ordered range; a GIT range says nothing about versions and hides
//!   no other range;
//! - `last_affected` is inside, `fixed` and `limit` are outside, a range that names no beginning begins at zero;
//! - a local build (`2.0.1+cu118`) is judged as the version it was made from, unless an advisory names that build;
//! - a bound that its ecosystem cannot order makes doubt, not an all-clear; so does a version without an order or none
//!   at all. An entry that names neither versions nor an ordered range says nothing, as OSV defines it.
//!
//! Models and other things whose versions are commits have no order: there a revision is affected if it is named, or if
//! every revision is.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;
use chainwright_packages::version::Version;
use serde::{Deserialize, Serialize};

use crate::record::{Affected, Event, Range, RangeKind};

/// The versions of one package that advisories name, and what they say about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    ecosystem: Ecosystem,
    /// Named versions in ascending order, distinct, each followed by a line feed.
    points: String,
    /// By class, then in the order of the records.
    entries: Vec<Entry>,
}

/// What one record says about the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The number of the record's class.
    pub class: u32,
    /// The number of the record.
    pub record: u32,
    spans: Vec<Span>,
    doubts: Vec<Span>,
    fixes: Vec<u32>,
    exact: Vec<String>,
    exempt: Vec<String>,
}

/// Places from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Span {
    start: u32,
    end: u32,
}

/// What the advisories say about a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// One hit for each class of advisories that touches the version or may touch it, by number of class.
    pub hits: Vec<Hit>,
    /// The smallest named version above this one that no advisory touches or may touch.
    pub clean: Option<String>,
}

/// A class of advisories that touches a version, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The number of the class.
    pub class: u32,
    /// The number of the record that says so.
    pub record: u32,
    /// Whether it only may: the version or a bound has no order, or no version is known.
    pub unknown: bool,
    /// The range or list that the version is in, in words.
    pub evidence: String,
    /// The smallest fixed version above this one that this class does not touch.
    pub fixed: Option<String>,
}

/// Where a version lies among the named ones.
enum Place {
    At(u32),
    Nowhere(&'static str),
}

impl Sheet {
    /// Compiles what records say about one package: number of class, number of record, and the entry.
    #[must_use]
    pub fn compile(ecosystem: Ecosystem, said: &[(u32, u32, &Affected)]) -> Self {
        let points = Points::collect(ecosystem, said);
        let mut entries: Vec<Entry> = said
            .iter()
            .map(|(class, record, affected)| {
                let mut draft = Draft::new(&points);
                if is_ordered(ecosystem) {
                    draft.ordered(affected);
                } else {
                    draft.unordered(affected);
                }
                draft.finish(*class, *record)
            })
            .collect();
        entries.sort_by_key(|entry| entry.class);
        Self {
            ecosystem,
            points: points.texts(),
            entries,
        }
    }

    /// What each record says.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The ranges of one entry in words, joined by `, `; empty where it only names revisions.
    #[must_use]
    pub fn ranges(&self, entry: &Entry) -> String {
        let points: Vec<&str> = self.points.lines().collect();
        let mut shown: Vec<String> = entry
            .spans
            .iter()
            .map(|span| words(*span, &points))
            .collect();
        shown.extend(entry.exact.iter().map(|text| format!("== {text}")));
        shown.join(" || ")
    }

    /// Fixed versions of one entry, ascending.
    #[must_use]
    pub fn fixes(&self, entry: &Entry) -> Vec<String> {
        let points: Vec<&str> = self.points.lines().collect();
        entry
            .fixes
            .iter()
            .filter_map(|place| Some((*points.get(index(*place))?).to_owned()))
            .collect()
    }

    /// Judges a version; without one, whatever may be affected is unknown.
    #[must_use]
    pub fn judge(&self, version: Option<&str>) -> Judgement {
        let points: Vec<&str> = self.points.lines().collect();
        let place = self.place(version, &points);
        let exact = version.map(exact_form);
        let mut hits: Vec<Hit> = Vec::new();
        for entry in &self.entries {
            let Some((unknown, evidence)) = self.verdict(entry, &place, exact.as_deref(), &points)
            else {
                continue;
            };
            let hit = Hit {
                class: entry.class,
                record: entry.record,
                unknown,
                evidence,
                fixed: None,
            };
            match hits.last_mut().filter(|old| old.class == entry.class) {
                Some(old) if old.unknown && !unknown => *old = hit,
                Some(_) => {}
                None => hits.push(hit),
            }
        }
        let mut judgement = Judgement { hits, clean: None };
        if let Place::At(at) = place {
            self.cures(at, &mut judgement, &points);
        }
        judgement
    }

    fn verdict(
        &self,
        entry: &Entry,
        place: &Place,
        exact: Option<&str>,
        points: &[&str],
    ) -> Option<(bool, String)> {
        if let Some(exact) = exact {
            if entry
                .exact
                .iter()
                .any(|text| same_revision(self.ecosystem, text, exact))
            {
                return Some((false, format!("== {exact}")));
            }
            if entry
                .exempt
                .iter()
                .any(|text| same_revision(self.ecosystem, text, exact))
            {
                return None;
            }
        }
        let everything = Span {
            start: 0,
            end: after_all(points.len()),
        };
        match place {
            Place::At(at) => {
                if let Some(span) = entry.spans.iter().find(|span| span.holds(*at)) {
                    return Some((false, words(*span, points)));
                }
                let doubtful = entry.doubts.iter().any(|span| span.holds(*at));
                doubtful.then(|| {
                    (
                        true,
                        "a bound of the advisory has no place in the order of versions".to_owned(),
                    )
                })
            }
            Place::Nowhere(_) if entry.spans.contains(&everything) => {
                Some((false, words(everything, points)))
            }
            Place::Nowhere(_) if entry.says_nothing() => None,
            Place::Nowhere(why) => Some((true, (*why).to_owned())),
        }
    }

    fn place(&self, version: Option<&str>, points: &[&str]) -> Place {
        let Some(text) = version else {
            return Place::Nowhere("the version is not known");
        };
        if !is_ordered(self.ecosystem) {
            return if is_whole_revision(text) {
                Place::At(0)
            } else {
                Place::Nowhere("the version is a name that may stand for any revision")
            };
        }
        let Some(version) = Version::parse(self.ecosystem, text) else {
            return Place::Nowhere("the version has no place in the order of versions");
        };
        let public = version.without_local();
        if public.is_legacy() {
            return Place::Nowhere("the version has no place in the order of versions");
        }
        if public != version
            && let Ok(found) = self.search(&version, points)
        {
            return Place::At(on(found));
        }
        Place::At(match self.search(&public, points) {
            Ok(found) => on(found),
            Err(before) => gap(before),
        })
    }

    fn search(&self, version: &Version, points: &[&str]) -> Result<usize, usize> {
        points.binary_search_by(|point| {
            Version::parse(self.ecosystem, point)
                .map_or(std::cmp::Ordering::Less, |point| point.cmp(version))
        })
    }

    /// What the records of one class say.
    fn of_class(&self, class: u32) -> &[Entry] {
        let start = self.entries.partition_point(|entry| entry.class < class);
        let rest = self.entries.get(start..).unwrap_or_default();
        let length = rest.partition_point(|entry| entry.class == class);
        rest.get(..length).unwrap_or_default()
    }

    /// Fills in the versions that help.
    fn cures(&self, at: u32, judgement: &mut Judgement, points: &[&str]) {
        if judgement.hits.is_empty() {
            return;
        }
        let mut fixes: Vec<u32> = Vec::new();
        for hit in &mut judgement.hits {
            let of_class = || self.of_class(hit.class).iter();
            let candidates = of_class().flat_map(|entry| &entry.fixes).copied();
            let mut above: Vec<u32> = candidates.filter(|fix| on(index(*fix)) > at).collect();
            above.sort_unstable();
            above.dedup();
            let cure = above
                .iter()
                .find(|fix| !of_class().any(|entry| entry.touches(on(index(**fix)))));
            hit.fixed = cure.and_then(|fix| Some((*points.get(index(*fix))?).to_owned()));
            fixes.extend(above);
        }
        fixes.sort_unstable();
        fixes.dedup();
        judgement.clean = fixes
            .into_iter()
            .find(|fix| {
                !self
                    .entries
                    .iter()
                    .any(|entry| entry.may_touch(on(index(*fix))))
            })
            .and_then(|fix| Some((*points.get(index(fix))?).to_owned()));
    }
}

impl Entry {
    fn touches(&self, at: u32) -> bool {
        self.spans.iter().any(|span| span.holds(at))
    }

    fn may_touch(&self, at: u32) -> bool {
        self.touches(at) || self.doubts.iter().any(|span| span.holds(at))
    }

    const fn says_nothing(&self) -> bool {
        self.spans.is_empty() && self.doubts.is_empty() && self.exact.is_empty()
    }
}

impl Span {
    const fn holds(self, at: u32) -> bool {
        self.start <= at && at < self.end
    }
}

/// Whether versions of an ecosystem have an order; commits have none.
const fn is_ordered(ecosystem: Ecosystem) -> bool {
    !matches!(
        ecosystem,
        Ecosystem::HuggingFace | Ecosystem::Mlflow | Ecosystem::Oci | Ecosystem::GitHub
    )
}

/// Whether a text is a whole commit or digest and not the name of a branch or tag.
fn is_whole_revision(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    matches!(digits.len(), 40 | 64) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The form in which versions without an order are compared.
fn exact_form(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace('+', "-")
}

/// Whether two revisions are the same; commits may be written short, from seven digits on.
fn same_revision(ecosystem: Ecosystem, named: &str, given: &str) -> bool {
    if named == given {
        return true;
    }
    let is_commit =
        |text: &str| text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_ordered(ecosystem)
        && is_commit(named)
        && is_commit(given)
        && (named.starts_with(given) || given.starts_with(named))
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The place on the `n`-th named version.
fn on(found: usize) -> u32 {
    gap(found).saturating_add(1)
}

/// The place between the version before the `n`-th and the `n`-th.
fn gap(found: usize) -> u32 {
    u32::try_from(found).unwrap_or(u32::MAX).saturating_mul(2)
}

/// Behind the last place.
fn after_all(points: usize) -> u32 {
    gap(points).saturating_add(1)
}

/// A span in the words of a version constraint.
fn words(span: Span, points: &[&str]) -> String {
    let point = |place: u32| {
        points
            .get(index(place.div_euclid(2)))
            .copied()
            .unwrap_or("?")
    };
    let is_on = |place: u32| place.rem_euclid(2) == 1;
    if is_on(span.start) && span.end == span.start.saturating_add(1) {
        return format!("== {}", point(span.start));
    }
    let mut parts = Vec::new();
    if is_on(span.start) {
        parts.push(format!(">= {}", point(span.start)));
    } else if span.start > 0 {
        parts.push(format!("> {}", point(span.start.saturating_sub(2))));
    }
    if span.end < after_all(points.len()) {
        if is_on(span.end) {
            parts.push(format!("< {}", point(span.end)));
        } else {
            parts.push(format!("<= {}", point(span.end.saturating_sub(2))));
        }
    }
    if parts.is_empty() {
        "every version".to_owned()
    } else {
        parts.join(", ")
    }
}

/// The named versions of a package, while it is compiled.
struct Points<'a> {
    versions: Vec<Version>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Points<'a> {
    fn collect(ecosystem: Ecosystem, said: &[(u32, u32, &'a Affected)]) -> Self {
        let mut points = Self {
            versions: Vec::new(),
            places: HashMap::new(),
        };
        if !is_ordered(ecosystem) {
            return points;
        }
        let mut named: HashMap<&'a str, Version> = HashMap::new();
        for (_, _, affected) in said {
            for text in &affected.versions {
                if let Some(version) =
                    Version::parse(ecosystem, text).filter(|version| !version.is_legacy())
                {
                    named.insert(text, version);
                }
            }
            let events = affected
                .ranges
                .iter()
                .filter(|range| is_ordered_range(range))
                .flat_map(|range| &range.events);
            for text in events.filter_map(bound) {
                if let Some(version) = read_bound(ecosystem, text) {
                    named.insert(text, version);
                }
            }
        }
        points.versions = named.values().cloned().collect();
        // The text breaks ties between spellings of one version, so that the outcome does not depend on hash order.
        points.versions.sort_by(|left, right| {
            left.cmp(right)
                .then_with(|| left.text().len().cmp(&right.text().len()))
                .then_with(|| left.text().cmp(right.text()))
        });
        points.versions.dedup_by(|right, left| left == right);
        let find = |version: &Version| points.versions.binary_search(version).ok();
        let places = named
            .iter()
            .filter_map(|(text, version)| Some((*text, find(version)?)))
            .collect();
        points.places = places;
        points
    }

    fn place(&self, text: &str) -> Option<usize> {
        self.places.get(text).copied()
    }

    fn texts(&self) -> String {
        let mut texts = String::new();
        for version in &self.versions {
            // LIMIT: a version never holds a line feed in any order; should one, it would split here and be replaced.
            texts.push_str(&version.text().replace(['\n', '\r'], " "));
            texts.push('\n');
        }
        texts
    }
}

/// Reads a bound of a range. `2.6.0-NA` is a CPE update field that means "the release itself".
fn read_bound(ecosystem: Ecosystem, text: &str) -> Option<Version> {
    let version = Version::parse(ecosystem, text)?;
    if !version.is_legacy() {
        return Some(version);
    }
    let release = text
        .strip_suffix("-NA")
        .and_then(|release| Version::parse(ecosystem, release));
    release
        .or_else(|| Some(version.without_local()))
        .filter(|version| !version.is_legacy())
}

const fn is_ordered_range(range: &Range) -> bool {
    matches!(range.kind, RangeKind::Ecosystem | RangeKind::Semver)
}

/// The version of an event that has to be found in the order.
fn bound(event: &Event) -> Option<&str> {
    match event {
        Event::Introduced(text) if text == "0" => None,
        Event::Limit(text) if text == "*" => None,
        Event::Introduced(text)
        | Event::Fixed(text)
        | Event::LastAffected(text)
        | Event::Limit(text) => Some(text),
    }
}

/// One entry while it is compiled.
struct Draft<'a> {
    points: &'a Points<'a>,
    spans: Vec<Span>,
    doubts: Vec<Span>,
    fixes: Vec<u32>,
    exact: Vec<String>,
    exempt: Vec<String>,
}

impl<'a> Draft<'a> {
    const fn new(points: &'a Points<'a>) -> Self {
        Self {
            points,
            spans: Vec::new(),
            doubts: Vec::new(),
            fixes: Vec::new(),
            exact: Vec::new(),
            exempt: Vec::new(),
        }
    }

    fn end(&self) -> u32 {
        after_all(self.points.versions.len())
    }

    fn ordered(&mut self, affected: &Affected) {
        let mut highest = None;
        for text in &affected.versions {
            match self.points.place(text) {
                Some(found) => {
                    let start = on(found);
                    self.spans.push(Span {
                        start,
                        end: start.saturating_add(1),
                    });
                    highest = highest.max(Some(start));
                }
                None => self.exact.push(exact_form(text)),
            }
        }
        let mut undecided = false;
        for range in &affected.ranges {
            match range.kind {
                RangeKind::Git => {}
                RangeKind::Other => undecided = true,
                RangeKind::Ecosystem | RangeKind::Semver => {
                    undecided |= self.range(range).is_none()
                }
            }
        }
        if undecided {
            // A list of versions is complete for what existed when it was made; doubt begins above it.
            let start = highest.map_or(0, |place| place.saturating_add(1));
            self.doubts.push(Span {
                start,
                end: self.end(),
            });
        }
    }

    /// Adds the spans of one range; `None` if a bound has no place in the order.
    fn range(&mut self, range: &Range) -> Option<()> {
        let mut turns: Vec<(u32, bool)> = Vec::new();
        let mut limit: Option<u32> = None;
        let mut fixes = Vec::new();
        let place = |text: &str| self.points.place(text);
        if !range
            .events
            .iter()
            .any(|event| matches!(event, Event::Introduced(_)))
        {
            turns.push((0, true));
        }
        for event in &range.events {
            match event {
                Event::Introduced(text) if text == "0" => turns.push((0, true)),
                Event::Introduced(text) => turns.push((on(place(text)?), true)),
                Event::Fixed(text) => {
                    let found = place(text)?;
                    turns.push((on(found), false));
                    fixes.push(u32::try_from(found).unwrap_or(u32::MAX));
                }
                Event::LastAffected(text) => {
                    turns.push((on(place(text)?).saturating_add(1), false))
                }
                Event::Limit(text) if text == "*" => {}
                Event::Limit(text) => limit = limit.max(Some(on(place(text)?))),
            }
        }
        turns.sort_by_key(|turn| turn.0);
        let last = limit.unwrap_or_else(|| self.end());
        let mut open: Option<u32> = None;
        for (at, opens) in turns {
            match (open, opens) {
                (None, true) => open = Some(at),
                (Some(start), false) => {
                    self.span(start, at.min(last));
                    open = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
        if let Some(start) = open {
            self.span(start, last);
        }
        self.fixes.append(&mut fixes);
        Some(())
    }

    fn span(&mut self, start: u32, end: u32) {
        if start < end {
            self.spans.push(Span { start, end });
        }
    }

    /// Commits: what is named is affected or fixed; only a range from the beginning without an end holds the rest.
    fn unordered(&mut self, affected: &Affected) {
        self.exact
            .extend(affected.versions.iter().map(|text| exact_form(text)));
        let mut anything = !affected.versions.is_empty();
        for range in &affected.ranges {
            let mut from_start = false;
            let mut ends = false;
            for event in &range.events {
                match event {
                    Event::Introduced(text) if text == "0" => from_start = true,
                    Event::Introduced(text) | Event::LastAffected(text) => {
                        ends |= matches!(event, Event::LastAffected(_));
                        self.exact.push(exact_form(text));
                        if !from_start && matches!(event, Event::Introduced(_)) {
                            self.doubts.push(Span {
                                start: 0,
                                end: self.end(),
                            });
                        }
                    }
                    Event::Fixed(text) | Event::Limit(text) => {
                        ends = true;
                        self.exempt.push(exact_form(text));
                    }
                }
            }
            anything |= !range.events.is_empty();
            if from_start {
                let everything = Span {
                    start: 0,
                    end: self.end(),
                };
                if ends {
                    self.doubts.push(everything);
                } else {
                    self.spans.push(everything);
                }
            }
        }
        let by_digest = !affected.ecosystem_specific.digests.is_empty();
        if !anything && !by_digest {
            self.doubts.push(Span {
                start: 0,
                end: self.end(),
            });
        }
    }

    fn finish(mut self, class: u32, record: u32) -> Entry {
        self.spans = union(self.spans);
        self.doubts = union(self.doubts);
        self.fixes.sort_unstable();
        self.fixes.dedup();
        self.exact.sort();
        self.exact.dedup();
        self.exempt.sort();
        self.exempt.dedup();
        Entry {
            class,
            record,
            spans: self.spans,
            doubts: self.doubts,
            fixes: self.fixes,
            exact: self.exact,
            exempt: self.exempt,
        }
    }
}

/// Sorted and disjoint.
fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
