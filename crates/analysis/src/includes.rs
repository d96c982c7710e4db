//! Lists of packages that other files include: which of them still have to be read, and what is wrong with the rest.
//!
//! `-r base` may name a file of any name, so that only the including file says that it is a list. Reading it is the
//! caller's business; resolving names, cycles and what leads out of the scanned folders is told here.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::budget::Budget;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;
use chainwright_dependencies::{Include, IncludeKind, ManifestFacts, ManifestKind};

use crate::facts::{Facts, Inspected};

/// A file that is included and was not read as a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its place among the artifacts.
    pub artifact: usize,
    /// What the including file takes it for.
    pub kind: ManifestKind,
}

/// Files that are included and were not read as lists.
#[must_use]
pub fn wanted(artifacts: &[Inspected]) -> Vec<Wanted> {
    let files = Files::of(artifacts);
    let mut wanted = BTreeSet::new();
    for (at, include) in includes(artifacts) {
        let Some(target) = files.find(at, include) else {
            continue;
        };
        let is_read = artifacts
            .get(target)
            .is_none_or(|file| manifests(file).next().is_some());
        if !is_read {
            let kind = match include.kind {
                IncludeKind::Constraints => ManifestKind::Constraints,
                IncludeKind::Requirements | IncludeKind::Manifest => ManifestKind::Requirements,
            };
            wanted.insert(Wanted {
                artifact: target,
                kind,
            });
        }
    }
    wanted.into_iter().collect()
}

/// Reads a file as the list that it is taken for. It counts as read even if it is empty.
pub fn read(artifact: &mut Inspected, kind: ManifestKind, bytes: &[u8], budget: &Budget) {
    let facts = chainwright_dependencies::read(kind, bytes, budget);
    artifact.problems.extend(facts.problems.iter().cloned());
    artifact.facts.push(Facts::Manifest(Box::new(facts)));
}

/// Says at the including files which includes are missing, lead out of the scanned folders, or come back.
pub fn tell(roots: &[String], artifacts: &mut [Inspected]) {
    let mut told: Vec<(usize, Problem)> = Vec::new();
    let files = Files::of(artifacts);
    let mut edges: BTreeMap<usize, Vec<(usize, &Include)>> = BTreeMap::new();
    for (at, include) in includes(artifacts) {
        match files.find(at, include) {
            Some(target) => edges.entry(at).or_default().push((target, include)),
            None => told.extend(unfound(&files, at, include, roots).map(|problem| (at, problem))),
        }
    }
    for (at, include) in cycles(&edges) {
        let name = visible(&include.target, 200);
        let detail =
            format!("`{name}` is included and includes this file again, which pip refuses");
        told.push((
            at,
            Problem::new(ProblemKind::Malformed, include.place.clone(), detail),
        ));
    }
    for (at, problem) in told {
        if let Some(artifact) = artifacts.get_mut(at) {
            artifact.problems.push(problem);
        }
    }
}

fn manifests(artifact: &Inspected) -> impl Iterator<Item = &ManifestFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Manifest(manifest) => Some(manifest.as_ref()),
        _ => None,
    })
}

/// Every include of lists in plain files.
fn includes(artifacts: &[Inspected]) -> impl Iterator<Item = (usize, &Include)> {
    let plain = artifacts
        .iter()
        .enumerate()
        .filter(|(_, artifact)| artifact.location.members().is_empty());
    plain.flat_map(|(at, artifact)| {
        let all = manifests(artifact).flat_map(|manifest| &manifest.includes);
        let lists = all.filter(|include| include.kind != IncludeKind::Manifest);
        lists.map(move |include| (at, include))
    })
}

/// Whether paths in the file begin at its own folder. Commands run in folders that only a run could tell.
const fn is_list(kind: ManifestKind) -> bool {
    matches!(kind, ManifestKind::Requirements | ManifestKind::Constraints)
}

/// Plain files by their path.
struct Files<'a> {
    artifacts: &'a [Inspected],
    by_path: BTreeMap<Vec<&'a str>, usize>,
}

impl<'a> Files<'a> {
    fn of(artifacts: &'a [Inspected]) -> Self {
        // Most trees include nothing; then no path is needed.
        let is_needed = includes(artifacts).next().is_some();
        let plain = artifacts
            .iter()
            .enumerate()
            .filter(|(_, artifact)| is_needed && artifact.location.members().is_empty());
        Self {
            artifacts,
            by_path: plain
                .map(|(at, artifact)| (parts(artifact.location.path()), at))
                .collect(),
        }
    }

    /// The file that an include names.
    fn find(&self, at: usize, include: &Include) -> Option<usize> {
        let (artifact, target) = (self.artifacts.get(at)?, include.target.as_str());
        if target.contains("://") || target.starts_with('/') {
            return None;
        }
        let mut folder = parts(artifact.location.path());
        folder.pop();
        loop {
            if let Some(found) = joined(&folder, target).and_then(|path| self.by_path.get(&path)) {
                return Some(*found);
            }
            let is_fixed = manifests(artifact).any(|manifest| is_list(manifest.kind));
            if is_fixed || folder.pop().is_none() {
                return None;
            }
        }
    }
}

/// The parts of a path without those that mean nothing.
fn parts(path: &str) -> Vec<&str> {
    let parts = path.split('/');
    parts.filter(|part| !matches!(*part, "" | ".")).collect()
}

/// A path as seen from a folder; `None` if it leads above the top.
fn joined<'a>(folder: &[&'a str], path: &'a str) -> Option<Vec<&'a str>> {
    let mut joined = folder.to_vec();
    for part in parts(path) {
        if part == ".." {
            joined.pop()?;
        } else {
            joined.push(part);
        }
    }
    Some(joined)
}

/// What to say about an include that leads nowhere. Constraints behind an address install nothing.
fn unfound(files: &Files<'_>, at: usize, include: &Include, roots: &[String]) -> Option<Problem> {
    let artifact = files.artifacts.get(at)?;
    if !manifests(artifact).any(|manifest| is_list(manifest.kind)) {
        return None;
    }
    let name = visible(&include.target, 200);
    let unchecked = |detail: String| {
        Some(Problem::new(
            ProblemKind::Unchecked,
            include.place.clone(),
            detail,
        ))
    };
    if include.target.contains("://") {
        return match include.kind {
            IncludeKind::Constraints => None,
            _ => unchecked(format!(
                "packages are listed at `{name}`, which was not read"
            )),
        };
    }
    let mut folder = parts(artifact.location.path());
    folder.pop();
    let path = joined(&folder, &include.target);
    let is_inside =
        path.is_some_and(|path| roots.iter().any(|root| path.starts_with(&parts(root))));
    if !is_inside || include.target.starts_with('/') {
        return unchecked(format!(
            "`{name}` is included and lies outside of what is scanned"
        ));
    }
    let detail = format!("`{name}` is included and is not there, which pip refuses");
    Some(Problem::new(
        ProblemKind::Malformed,
        include.place.clone(),
        detail,
    ))
}

/// Includes that lead back to a file on the way to them.
fn cycles<'a>(edges: &BTreeMap<usize, Vec<(usize, &'a Include)>>) -> Vec<(usize, &'a Include)> {
    let mut found = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    for start in edges.keys() {
        // The way from the start, with the place of the next include to follow.
        let mut way: Vec<(usize, usize)> = vec![(*start, 0)];
        while let Some((at, next)) = way.pop() {
            let follow = edges.get(&at).and_then(|targets| targets.get(next));
            let Some((target, include)) = follow.filter(|_| !done.contains(&at)) else {
                done.insert(at);
                continue;
            };
            way.push((at, next.saturating_add(1)));
            if way.iter().any(|(on_the_way, _)| on_the_way == target) {
                found.push((at, *include));
            } else {
                way.push((*target, 0));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use chainwright_core::limits::Limits;
    use chainwright_core::location::Location;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Vec<Inspected> {
        let budget = Budget::untimed(Limits::default());
        let mut all: Vec<Inspected> = files
            .iter()
            .map(|(path, text)| {
                let kind = chainwright_dependencies::recognise(path, text.as_bytes());
                let facts =
                    kind.map(|kind| chainwright_dependencies::read(kind, text.as_bytes(), &budget));
                Inspected {
                    location: Location::file((*path).to_owned()),
                    size: 0,
                    digests: None,
                    outer: None,
                    formats: Vec::new(),
                    facts: facts
                        .map(Box::new)
                        .map(Facts::Manifest)
                        .into_iter()
                        .collect(),
                    problems: Vec::new(),
                }
            })
            .collect();
        for round in 0.. {
            assert!(round <= files.len(), "every round reads a file");
            let open = wanted(&all);
            if open.is_empty() {
                return all;
            }
            for each in open {
                let text = files[each.artifact].1;
                read(&mut all[each.artifact], each.kind, text.as_bytes(), &budget);
            }
        }
        all
    }

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let mut all = tree(files);
        tell(&["p".to_owned()], &mut all);
        let with_problems = all.iter().flat_map(|file| {
            let path = file.location.path();
            file.problems
                .iter()
                .map(move |problem| format!("{path}: {}: {}", problem.kind, problem.detail))
        });
        with_problems.collect()
    }

    #[test]
    fn included_files_of_any_name_are_read() {
        let all = tree(&[
            ("p/requirements.txt", "-r deps/base.lst\n"),
            ("p/deps/base.lst", "-r ../more\ntorch==2.0.1\n"),
            ("p/more", "requests==2.0\n"),
            (
                "p/Dockerfile",
                "FROM x\nRUN pip install -r deps/image.list\n",
            ),
            ("p/deps/image.list", "gradio==3.0\n"),
            ("p/notes", "torch==1.0\n"),
        ]);
        let names: Vec<&str> = all
            .iter()
            .flat_map(manifests)
            .flat_map(|manifest| &manifest.packages)
            .map(|declared| declared.package.name.as_str())
            .filter(|name| *name != "x")
            .collect();
        assert_eq!(names, ["torch", "requests", "gradio"]);
    }

    #[test]
    fn cycles_gaps_and_ways_out_are_said() {
        assert_eq!(
            said(&[
                ("p/a-requirements.txt", "-r b-requirements.txt\n"),
                (
                    "p/b-requirements.txt",
                    "-r a-requirements.txt\n-r gone.txt\n-c https://x.example/c.txt\n"
                ),
                (
                    "p/c-requirements.txt",
                    "-r ../../else.txt\n-r https://x.example/r.txt\n-r c-requirements.txt\n"
                ),
                (
                    "p/Dockerfile",
                    "FROM x\nRUN pip install -r /app/requirements.txt\n"
                ),
            ]),
            [
                "p/b-requirements.txt: malformed: `gone.txt` is included and is not there, which pip refuses",
                "p/b-requirements.txt: malformed: `a-requirements.txt` is included and includes this file again, which pip refuses",
                "p/c-requirements.txt: not checked: `../../else.txt` is included and lies outside of what is scanned",
                "p/c-requirements.txt: not checked: packages are listed at `https://x.example/r.txt`, which was not read",
                "p/c-requirements.txt: malformed: `c-requirements.txt` is included and includes this file again, which pip refuses",
            ]
        );
    }

    #[test]
    fn a_chain_of_many_includes_takes_no_stack() {
        let files: Vec<(String, String)> = (0..3_000)
            .map(|at| {
                (
                    format!("p/requirements-{at}.txt"),
                    format!("-r requirements-{}.txt\n", (at + 1) % 3_000),
                )
            })
            .collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        assert_eq!(said(&files).len(), 1);
    }
}
