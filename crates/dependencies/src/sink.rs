//! Where readers put what they found: bounded, without repetitions, with problems said once.

use std::collections::{HashMap, HashSet};

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;

use crate::facts::{
    Declared, Edge, Include, IncludeKind, Index, IndexRole, InstalledFile, ManifestFacts, Script,
    ScriptHook, Setting, Unresolved,
};
use crate::kind::ManifestKind;

/// LIMIT: packages of one file. The largest lock files in the wild have some 10,000.
const MAX_PACKAGES: usize = 100_000;
/// LIMIT: edges of one file.
const MAX_EDGES: usize = 1_000_000;
/// LIMIT: entries of a RECORD.
const MAX_FILES: usize = 400_000;
/// LIMIT: entries of each of the short lists.
const MAX_ENTRIES: usize = 2_000;
/// LIMIT: problems.
const MAX_PROBLEMS: usize = 48;
/// LIMIT: digests and files of one package.
pub(crate) const MAX_ARTIFACTS: usize = 2_000;
/// LIMIT: characters of any text that is kept.
pub(crate) const MAX_TEXT: usize = 2_000;
/// LIMIT: bytes of text kept of one file.
const MAX_KEPT: usize = 128 * 1024 * 1024;

/// Collects facts within the limits.
pub(crate) struct Sink<'b> {
    pub(crate) facts: ManifestFacts,
    budget: &'b Budget,
    edges: HashSet<Edge>,
    kept: usize,
    stopped: bool,
}

impl<'b> Sink<'b> {
    pub(crate) fn new(kind: ManifestKind, budget: &'b Budget) -> Self {
        Self {
            facts: ManifestFacts::new(kind),
            budget,
            edges: HashSet::new(),
            kept: 0,
            stopped: false,
        }
    }

    pub(crate) const fn budget(&self) -> &'b Budget {
        self.budget
    }

    /// Whether a limit ended the reading; asked by every loop over input.
    pub(crate) fn is_full(&mut self) -> bool {
        if !self.stopped
            && let Err(exhausted) = self.budget.check_time()
        {
            self.stop(exhausted.to_string());
        }
        self.stopped
    }

    fn stop(&mut self, detail: String) {
        self.stopped = true;
        self.problem(ProblemKind::LimitReached, Place::Whole, detail);
    }

    /// Adds a package and says where it stands in the list.
    pub(crate) fn declare(&mut self, mut declared: Declared) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        bound(&mut declared);
        self.kept = self.kept.saturating_add(weight(&declared));
        if self.facts.packages.len() >= MAX_PACKAGES || self.kept > MAX_KEPT {
            self.stop("too many packages; the rest was not read".to_owned());
            return None;
        }
        let index = u32::try_from(self.facts.packages.len()).ok();
        self.facts.packages.push(declared);
        index
    }

    /// Adds an edge between two packages.
    pub(crate) fn edge(&mut self, from: u32, to: u32) {
        if self.edges.len() >= MAX_EDGES {
            if !self.stopped {
                self.stop("too many edges; the rest was not read".to_owned());
            }
            return;
        }
        self.edges.insert(Edge { from, to });
    }

    pub(crate) fn problem(&mut self, kind: ProblemKind, place: Place, detail: impl Into<String>) {
        let problems = &mut self.facts.problems;
        let is_new_limit =
            kind.leaves_incomplete() && !problems.iter().any(|known| known.kind == kind);
        if problems.len() < MAX_PROBLEMS || is_new_limit {
            let detail = visible(&detail.into(), 300);
            problems.push(Problem::new(kind, place, detail));
        }
    }

    pub(crate) fn malformed(&mut self, place: Place, detail: impl Into<String>) {
        self.problem(ProblemKind::Malformed, place, detail);
    }

    /// Whether a short list has room for one more entry.
    fn has_room(&mut self, entries: usize) -> bool {
        if entries < MAX_ENTRIES {
            return true;
        }
        let known = |problem: &Problem| problem.kind == ProblemKind::LimitReached;
        if !self.facts.problems.iter().any(known) {
            let detail = "too many entries; the rest was not kept";
            self.problem(ProblemKind::LimitReached, Place::Whole, detail);
        }
        false
    }

    pub(crate) fn index(&mut self, role: IndexRole, url: &str, place: Place) {
        self.named_index(role, None, url, None, place);
    }

    pub(crate) fn named_index(
        &mut self,
        role: IndexRole,
        name: Option<&str>,
        url: &str,
        only_for: Option<&str>,
        place: Place,
    ) {
        if self.has_room(self.facts.indexes.len()) && !url.is_empty() {
            self.facts.indexes.push(Index {
                role,
                name: name.map(cut),
                url: without_password(&cut(url)),
                only_for: only_for.map(cut),
                place,
            });
        }
    }

    pub(crate) fn include(&mut self, kind: IncludeKind, target: &str, place: Place) {
        if self.has_room(self.facts.includes.len()) && !target.is_empty() {
            self.facts.includes.push(Include {
                kind,
                target: without_password(&cut(target)),
                place,
            });
        }
    }

    pub(crate) fn script(&mut self, hook: ScriptHook, name: &str, command: &str, place: Place) {
        if self.has_room(self.facts.scripts.len()) {
            self.facts.scripts.push(Script {
                hook,
                name: cut(name),
                command: cut(command),
                place,
            });
        }
    }

    pub(crate) fn setting(&mut self, key: &str, value: &str, place: Place) {
        if self.has_room(self.facts.settings.len()) {
            self.facts.settings.push(Setting {
                key: cut(key),
                value: without_password(&cut(value)),
                place,
            });
        }
    }

    pub(crate) fn unresolved(&mut self, text: &str, reason: &str, place: Place) {
        if self.has_room(self.facts.unresolved.len()) {
            self.facts.unresolved.push(Unresolved {
                text: visible(&without_password(text), 200),
                reason: reason.to_owned(),
                place,
            });
        }
    }

    /// Adds an entry of a RECORD; `false` when there are too many.
    pub(crate) fn file(&mut self, file: InstalledFile) -> bool {
        self.kept = self
            .kept
            .saturating_add(file.path.len())
            .saturating_add(128);
        if self.facts.files.len() >= MAX_FILES || self.kept > MAX_KEPT {
            self.stop("too many files; the rest was not read".to_owned());
            return false;
        }
        self.facts.files.push(file);
        true
    }

    /// The facts, with edges in order and repeated entries of a lock file named as problems.
    pub(crate) fn finish(mut self) -> ManifestFacts {
        let mut edges: Vec<Edge> = self.edges.drain().collect();
        edges.sort_unstable();
        self.facts.edges = edges;
        if self.facts.kind.is_lock() {
            self.name_repetitions();
        }
        self.facts
    }

    fn name_repetitions(&mut self) {
        // Most packages stand there once, and their many digests need not be compared.
        let mut counts: HashMap<&Package, bool> = HashMap::new();
        for declared in &self.facts.packages {
            counts
                .entry(&declared.package)
                .and_modify(|repeats| *repeats = true)
                .or_default();
        }
        let mut seen = HashSet::new();
        let mut repeated = Vec::new();
        for declared in &self.facts.packages {
            if counts.get(&declared.package) != Some(&true) {
                continue;
            }
            let key = (
                &declared.package,
                &declared.source,
                &declared.marker,
                &declared.artifacts,
                (&declared.groups, &declared.extras, &declared.requirement),
            );
            if !seen.insert(key) && repeated.len() < 4 {
                repeated.push((declared.place.clone(), declared.package.to_string()));
            }
        }
        for (place, name) in repeated {
            self.malformed(place, format!("`{name}` is locked twice"));
        }
    }
}

/// Finds packages by name, or by name and version, while a graph is put together.
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_name: HashMap<String, Vec<u32>>,
    by_version: HashMap<(String, String), Vec<u32>>,
}

impl Names {
    pub(crate) fn add(&mut self, package: &Package, index: u32) {
        let by_name = self.by_name.entry(package.name.clone()).or_default();
        by_name.push(index);
        if let Some(version) = &package.version {
            let key = (package.name.clone(), version.clone());
            self.by_version.entry(key).or_default().push(index);
        }
    }

    /// The packages that a dependency may mean: those of the version if it is given, otherwise all of the name.
    pub(crate) fn find(&self, name: &str, version: Option<&str>) -> &[u32] {
        let found = match version {
            Some(version) => self.by_version.get(&(name.to_owned(), version.to_owned())),
            None => self.by_name.get(name),
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// LIMIT: as [`Self::find`], but at most 64, so that many packages of one name do not multiply.
    pub(crate) fn some(&self, name: &str, version: Option<&str>) -> Vec<u32> {
        self.find(name, version).iter().take(64).copied().collect()
    }
}

/// A package with its name in the ecosystem's normal form.
pub(crate) fn package(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Package {
    let name = chainwright_packages::name::normalise(ecosystem, &cut(name));
    Package::new(ecosystem, name, version.filter(|v| !v.is_empty()).map(cut))
}

/// A place in a text.
pub(crate) const fn line(line: u32) -> Place {
    Place::Line { line, column: 1 }
}

/// The number of a line that `enumerate` counts from 0.
pub(crate) fn number(index: usize) -> u32 {
    u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX)
}

/// The text as far as it is kept.
pub(crate) fn cut(text: &str) -> String {
    // No text has more characters than bytes.
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

fn bound(declared: &mut Declared) {
    declared.artifacts.truncate(MAX_ARTIFACTS);
    declared.extras.truncate(MAX_ARTIFACTS);
    declared.groups.truncate(MAX_ARTIFACTS);
    if declared.requirement.len() > MAX_TEXT {
        declared.requirement = cut(&declared.requirement);
    }
    if let Some(marker) = declared.marker.as_mut().filter(|m| m.len() > MAX_TEXT) {
        *marker = cut(marker);
    }
    declared.requirement = without_password(&declared.requirement);
}

/// Roughly the bytes that a package keeps.
fn weight(declared: &Declared) -> usize {
    let artifacts = declared.artifacts.iter().map(|artifact| {
        let hash = artifact.hash.as_ref().map_or(0, |hash| hash.digest.len());
        artifact
            .location
            .len()
            .saturating_add(hash)
            .saturating_add(96)
    });
    let texts = [declared.requirement.len(), declared.package.name.len(), 400];
    artifacts.chain(texts).fold(0, usize::saturating_add)
}

/// Blots out the password of a URL (`https://user:****@host`); a lone token counts as a password.
pub(crate) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#', ' ']).unwrap_or(rest.len());
    let (authority, path) = (rest.get(..end), rest.get(end..));
    let parts = authority.and_then(|authority| authority.rsplit_once('@'));
    let (Some((user, host)), Some(path)) = (parts, path) else {
        return text.to_owned();
    };
    let is_plain = |part: &str| part.is_empty() || part.starts_with("${") || part == "git";
    let shown = match user.split_once(':') {
        Some((name, password)) if is_plain(password) => format!("{name}:{password}"),
        Some((name, _)) => format!("{name}:****"),
        None if is_plain(user) => user.to_owned(),
        None => "****".to_owned(),
    };
    format!("{scheme}://{shown}@{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_blotted_out_and_nothing_else_is() {
        for (text, shown) in [
            (
                "https://user:secret@host/simple",
                "https://user:****@host/simple",
            ),
            ("https://token@host/simple", "https://****@host/simple"),
            (
                "git+ssh://git@github.com/a/b.git@v1",
                "git+ssh://git@github.com/a/b.git@v1",
            ),
            ("https://u:${TOKEN}@host", "https://u:${TOKEN}@host"),
            ("https://host/a@b", "https://host/a@b"),
            (
                "pkg @ https://u:p@host/x.whl",
                "pkg @ https://u:****@host/x.whl",
            ),
            ("plain", "plain"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}
