//! Runs the whole analysis over files in memory.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chainwright_advisories::class::Exploitation;
use chainwright_advisories::date::Day;
use chainwright_advisories::exploitation::{Epss, Exploited};
use chainwright_advisories::{Index, Record, osv};
use chainwright_analysis::facts::{Facts, ReviewedAdapter, TrustedBase};
use chainwright_analysis::stream::Pass;
use chainwright_analysis::{
    Artifact, Inspected, Rule, adapters, architecture, exposures, images, inspect, internal,
    lookalikes, ownership, roles, run, weights,
};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::finding::Finding;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_testkit::recipe;

/// A small tree of files: names and contents.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// Inspects every file, as the engine would.
pub(crate) fn inspect_all(files: &Files) -> Vec<Inspected> {
    let mut all = Vec::new();
    for (name, bytes) in files {
        // A link as the engine notes it: the fixture holds where it leads.
        if let Some(link) = name.strip_suffix(".link") {
            let target = String::from_utf8_lossy(bytes).trim().to_owned();
            all.push(Inspected {
                location: Location::file(link),
                size: 0,
                digests: None,
                outer: None,
                formats: Vec::new(),
                facts: vec![Facts::LeavesTarget(target)],
                problems: Vec::new(),
            });
            continue;
        }
        let budget = Budget::untimed(Limits::default().for_file(bytes.len() as u64));
        let artifact = Artifact {
            location: Location::file(name.clone()),
            bytes: Arc::new(bytes.clone()),
        };
        let places = weights::places(&artifact.bytes, &budget);
        let mut pass = Pass::with_weights(places, bytes.len() as u64);
        pass.update(bytes);
        let mut found = inspect(&artifact, Some(pass.finish()), &budget);
        if let Some(first) = found.first_mut() {
            let adapter = adapter(name, &artifact.bytes, files, &budget);
            first
                .facts
                .extend(adapter.map(Box::new).map(Facts::Adapter));
        }
        all.extend(found);
    }
    compare(&mut all, files);
    roles::settle(&mut all);
    ownership::settle(&mut all);
    images::stack(&mut all, &[trusted_base()]);
    internal::note(&["acme-".to_owned(), "@acme/".to_owned()], &mut all);
    lookalikes::note(&mut all, &|_| Vec::new());
    compare_with_advisories(&mut all);
    images::note_support(&mut all, Day::read("2026-06-01").expect("a day"));
    crate::proofs::verify(&mut all, files);
    all.sort_by(|left, right| left.location.cmp(&right.location));
    all
}

/// Compares packages with the advisories that were written for fixtures.
fn compare_with_advisories(all: &mut [Inspected]) {
    static INDEX: LazyLock<Index> = LazyLock::new(|| {
        let files = files_below(&here().join("tests/advisories"));
        let records: Vec<Record> = files
            .iter()
            .map(|path| {
                let bytes = fs::read(path).expect("readable");
                osv::from_json(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            })
            .collect();
        Index::build(&records, &OneIsExploited)
    });
    let questions = exposures::questions(all);
    let findings = questions
        .iter()
        .map(|question| INDEX.findings(&question.asked))
        .collect();
    exposures::note(questions, findings, &[], &[], all);
}

/// One of the weaknesses of the fixtures is used by attackers.
struct OneIsExploited;

impl Exploitation for OneIsExploited {
    fn exploited(&self, cve: &str) -> Option<Exploited> {
        (cve == "CVE-2099-0002").then(Exploited::default)
    }

    fn epss(&self, _cve: &str) -> Option<Epss> {
        None
    }
}

/// Compares the model of every folder with its configuration, as the engine would.
fn compare(all: &mut [Inspected], files: &Files) {
    let split = |path: &str| match path.rsplit_once('/') {
        Some((folder, name)) => (folder.to_owned(), name.to_owned()),
        None => (String::new(), path.to_owned()),
    };
    let folders: BTreeSet<String> = files.iter().map(|(path, _)| split(path).0).collect();
    for folder in folders {
        let is_here = |file: &&Inspected| {
            file.location.members().is_empty() && split(file.location.path()).0 == folder
        };
        let names: Vec<(String, Inspected)> = all
            .iter()
            .filter(is_here)
            .map(|file| (split(file.location.path()).1, file.clone()))
            .collect();
        let beside = names.iter().map(|(name, file)| (name.as_str(), file));
        let open = |name: &str| {
            let mut files = files.iter();
            let found = files.find(|(path, _)| split(path) == (folder.clone(), name.to_owned()));
            found.map(|(_, bytes)| Arc::new(bytes.clone()) as SharedBytes)
        };
        let budget = Budget::untimed(Limits::default());
        let found = architecture::review(&beside.collect(), &open, &budget);
        let configuration = all.iter_mut().find(|file| {
            file.location.members().is_empty()
                && split(file.location.path()) == (folder.clone(), "config.json".to_owned())
        });
        if let Some(configuration) = configuration {
            let found = found.into_iter().map(Box::new);
            configuration.facts.extend(found.map(Facts::Architecture));
        }
    }
}

/// The base that fixtures of images may stand on.
fn trusted_base() -> TrustedBase {
    TrustedBase {
        name: "trusted.example/base".to_owned(),
        diff_ids: vec![format!("sha256:{:064x}", 1)],
        digests: Vec::new(),
    }
}

/// The review of a weight file that is an adapter, with the files beside it.
fn adapter(
    name: &str,
    bytes: &SharedBytes,
    files: &Files,
    budget: &Budget,
) -> Option<ReviewedAdapter> {
    let split = |path: &str| match path.rsplit_once('/') {
        Some((folder, name)) => (folder.to_owned(), name.to_owned()),
        None => (String::new(), path.to_owned()),
    };
    let (folder, name) = split(name);
    let beside = files.iter().filter(|(path, _)| split(path).0 == folder);
    let names: Vec<String> = beside.clone().map(|(path, _)| split(path).1).collect();
    let configuration = beside
        .into_iter()
        .find(|(path, _)| split(path).1 == adapters::CONFIGURATION)
        .map(|(_, bytes)| Arc::new(bytes.clone()) as SharedBytes);
    adapters::review(&name, bytes, configuration.as_ref(), &names, budget)
}

/// What the rules say about the files.
pub(crate) fn findings(files: &Files, rules: &[&'static Rule]) -> Vec<Finding> {
    run::run(rules, &inspect_all(files)).findings
}

/// Reads a folder; `NAME.recipe` files become the binary files they describe.
pub(crate) fn read_folder(folder: &Path) -> Files {
    let mut files = Vec::new();
    for path in files_below(folder) {
        let name = path
            .strip_prefix(folder)
            .expect("below")
            .to_string_lossy()
            .replace('\\', "/");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        match name.strip_suffix(".recipe") {
            Some(built) => {
                let text = String::from_utf8(bytes).expect("recipes are text");
                let bytes = recipe::build(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                files.push((built.to_owned(), bytes));
            }
            None => files.push((name, bytes)),
        }
    }
    crate::proofs::signed(files)
}

/// Every file below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The entries of a folder, sorted; none if there is no such folder.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(read) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut entries: Vec<PathBuf> = read.map(|entry| entry.expect("readable").path()).collect();
    entries.sort();
    entries
}

/// The folder of this crate.
pub(crate) fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
