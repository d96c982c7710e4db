//! Recall on reported squats, false alarms on honest names, and time, as `docs/detectors/lookalike-names.md` states them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use chainwright_core::package::Ecosystem;
use chainwright_core::severity::Confidence;
use chainwright_names::builtin;
use chainwright_names::index::Index;
use chainwright_packages::name::comparable;
use serde_json::Value;

struct Reported {
    ecosystem: Ecosystem,
    name: String,
    target: String,
    source: String,
}

fn reported() -> Vec<Reported> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/names/reported.tsv"
    );
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            Reported {
                ecosystem: Ecosystem::from_purl_type(&fields.next().unwrap()).unwrap(),
                name: fields.next().unwrap(),
                target: fields.next().unwrap(),
                source: fields.next().unwrap(),
            }
        })
        .collect()
}

/// The most downloaded names of PyPI, if the list is there; it has no licence and is no part of this repository.
fn popular() -> Option<Vec<String>> {
    let folder = std::env::var_os("CHAINWRIGHT_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let text = fs::read_to_string(folder.join("popular/top-pypi-packages.min.json")).ok()?;
    let document: Value = serde_json::from_str(&text).unwrap();
    let rows = document["rows"].as_array().unwrap();
    Some(
        rows.iter()
            .map(|row| comparable(Ecosystem::PyPi, row["project"].as_str().unwrap()))
            .collect(),
    )
}

/// Half of all names, chosen by FNV-1a, was looked at while the index was tuned; the other half decides.
fn held_out(name: &str) -> bool {
    (mixed(name) >> 33) & 1 == 1
}

/// The half that decided over earlier versions of the index, which were tuned on the rest.
fn held_out_before(name: &str) -> bool {
    (mixed(name) >> 20) & 1 == 1
}

fn mixed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The interval of Wilson at 95 %.
fn interval(hits: usize, all: usize) -> (f64, f64) {
    let (hits, all, z) = (hits as f64, all.max(1) as f64, 1.96_f64);
    let (share, scale) = (hits / all, 1.0 + z * z / all);
    let centre = share + z * z / (2.0 * all);
    let margin = z * (share * (1.0 - share) / all + z * z / (4.0 * all * all)).sqrt();
    ((centre - margin) / scale, (centre + margin) / scale)
}

#[derive(Default)]
struct Count {
    all: usize,
    alarms: usize,
    right: usize,
    hints: usize,
    kinds: BTreeMap<String, usize>,
    rest: Vec<String>,
}

impl Count {
    fn add(&mut self, index: &Index, name: &str, target: Option<&str>) {
        self.all += 1;
        let found = index.look(name);
        let Some(found) = found else {
            self.rest
                .extend(target.map(|target| format!("{name}={target}")));
            return;
        };
        let alarm = found.confidence >= Confidence::Medium;
        self.alarms += usize::from(alarm);
        self.hints += usize::from(!alarm);
        self.right += usize::from(target.is_some_and(|target| found.target == target));
        *self
            .kinds
            .entry(format!("{:?}/{:?}", found.kind, found.confidence))
            .or_default() += 1;
        if target.is_none() || !alarm {
            self.rest.push(format!(
                "{name}~{}:{:?}:{:?}",
                found.target, found.kind, found.confidence
            ));
        }
    }

    fn show(&self, title: &str) {
        let share = |part: usize| 100.0 * part as f64 / self.all.max(1) as f64;
        let (low, high) = interval(self.alarms, self.all);
        eprintln!(
            "{title}: {} names, alarms {} = {:.1} % ({:.1}-{:.1}), right target {:.1} %, with hints {:.1} %, {:?}",
            self.all,
            self.alarms,
            share(self.alarms),
            100.0 * low,
            100.0 * high,
            share(self.right),
            share(self.alarms + self.hints),
            self.kinds
        );
    }
}

fn show_rest(title: &str, count: &Count) {
    if std::env::var_os("CHAINWRIGHT_NAMES_SHOW").is_some() {
        eprintln!("{title}: {}", count.rest.join(" "));
    }
}

#[test]
fn squats_of_pypi_are_found_and_honest_names_are_left_alone() {
    let Some(popular) = popular() else {
        eprintln!("skipped: no list of popular names");
        return;
    };
    let known: BTreeSet<&str> = popular.iter().map(String::as_str).collect();
    let index = Index::build(
        Ecosystem::PyPi,
        popular.iter().take(5000).map(String::as_str),
    );
    let mut squats = [Count::default(), Count::default()];
    let mut honest = [Count::default(), Count::default()];
    let mut sources: BTreeMap<String, Count> = BTreeMap::new();
    let mut reachable = Count::default();
    let mut never = Count::default();
    for case in reported()
        .iter()
        .filter(|case| case.ecosystem == Ecosystem::PyPi)
    {
        let half = usize::from(held_out(&case.name));
        if let Some(count) = squats.get_mut(half) {
            count.add(&index, &case.name, Some(&case.target));
        }
        // A squat of what no list holds cannot be seen.
        if half == 1 && (index.knows(&case.target) || index.protects(&case.target)) {
            reachable.add(&index, &case.name, Some(&case.target));
            if held_out_before(&case.name) {
                never.add(&index, &case.name, Some(&case.target));
            }
        }
        sources
            .entry(case.source.clone())
            .or_default()
            .add(&index, &case.name, Some(&case.target));
    }
    let squat_names: BTreeSet<String> = reported().into_iter().map(|case| case.name).collect();
    for name in popular
        .iter()
        .skip(5000)
        .filter(|name| !squat_names.contains(*name))
    {
        if let Some(count) = honest.get_mut(usize::from(held_out(name))) {
            count.add(&index, name, None);
        }
    }
    if std::env::var_os("CHAINWRIGHT_NAMES_FIT").is_some() {
        // While the index is tuned nothing is shown of the other half.
        squats[0].show("squats, tuned on");
        honest[0].show("honest, tuned on");
        show_rest("missed", &squats[0]);
        show_rest("false", &honest[0]);
        return;
    }
    let titles = ["tuned on", "held out"];
    for (title, (squats, honest)) in titles.iter().zip(squats.iter().zip(&honest)) {
        squats.show(&format!("squats, {title}"));
        honest.show(&format!("honest, {title}"));
    }
    reachable.show("squats of what the index holds, held out");
    never.show("squats of what the index holds, never tuned on");
    for (source, count) in &sources {
        count.show(&format!("squats, {source}"));
    }
    show_rest("missed", &squats[0]);
    show_rest("false", &honest[0]);
    let everything = Index::build(Ecosystem::PyPi, popular.iter().map(String::as_str));
    assert!(known.iter().all(|name| everything.look(name).is_none()));
    let (caught, alarmed) = (&reachable, &honest[1]);
    assert!(
        caught.alarms * 100 >= caught.all * 78,
        "{} of {}",
        caught.alarms,
        caught.all
    );
    assert!(
        alarmed.alarms * 1000 <= alarmed.all * 21,
        "{} of {}",
        alarmed.alarms,
        alarmed.all
    );
}

/// One slip at a place that the name decides: a letter left out, doubled, swapped with the next, or a wrong neighbour.
fn slipped(name: &str, kind: usize) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = 1 + (name.len() * 7 + kind * 3) % (letters.len() - 2);
    match kind {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at, at + 1),
        _ => letters[at] = if letters[at] == 'w' { 'e' } else { 'w' },
    }
    letters.into_iter().collect()
}

#[test]
fn slips_of_the_most_wanted_names_are_found() {
    let Some(popular) = popular() else {
        eprintln!("skipped: no list of popular names");
        return;
    };
    let index = Index::build(Ecosystem::PyPi, popular.iter().map(String::as_str));
    for (title, from, to) in [
        ("1-300", 0, 300),
        ("301-1000", 300, 1000),
        ("1001-5000", 1000, 5000),
    ] {
        let mut count = Count::default();
        for name in popular[from..to]
            .iter()
            .step_by(if from >= 1000 { 12 } else { 3 })
            .filter(|name| name.len() >= 6 && held_out(name))
        {
            for kind in 0..4 {
                let slip = slipped(name, kind);
                if !index.knows(&slip) {
                    count.add(&index, &slip, Some(name));
                }
            }
        }
        count.show(&format!("single slips of ranks {title}"));
        assert!(from >= 300 || count.alarms * 100 >= count.all * 85);
    }
}

#[test]
fn the_whole_list_is_built_and_asked_in_no_time() {
    let Some(popular) = popular() else {
        eprintln!("skipped: no list of popular names");
        return;
    };
    let begin = Instant::now();
    let index = Index::build(Ecosystem::PyPi, popular.iter().map(String::as_str));
    let built = begin.elapsed();
    let bytes = index.to_bytes();
    let begin = Instant::now();
    let index = Index::from_bytes(&bytes).unwrap();
    let read = begin.elapsed();
    let names: Vec<String> = popular
        .iter()
        .step_by(15)
        .map(|name| format!("{name}x"))
        .collect();
    let begin = Instant::now();
    let found = names
        .iter()
        .filter(|name| index.look(name).is_some())
        .count();
    let each = begin.elapsed() / u32::try_from(names.len()).unwrap();
    eprintln!(
        "{} bytes, built {built:?}, read {read:?}, {each:?} each, {found} found",
        bytes.len()
    );
}

#[test]
fn squats_of_npm_and_actions_are_found_with_the_built_in_lists() {
    for ecosystem in [Ecosystem::Npm, Ecosystem::GitHubActions, Ecosystem::PyPi] {
        let index = builtin::index(ecosystem);
        let mut count = Count::default();
        for case in reported()
            .iter()
            .filter(|case| case.ecosystem == ecosystem && index.knows(&case.target))
        {
            count.add(&index, &case.name, Some(&case.target));
        }
        count.show(&format!("squats of built-in names, {ecosystem}"));
        show_rest("missed", &count);
        assert!(
            count.alarms * 100 >= count.all * 85,
            "{} of {}",
            count.alarms,
            count.all
        );
    }
}
