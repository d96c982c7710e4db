//! The published feeds, counted and matched. The figures were counted with other tools on the same archives.

use chainwright_core::package::{Ecosystem, Package};
use chainwright_intel::{Past, Store};

use crate::support::{Place, data, pin};

const SOURCES: [&str; 7] = [
    "advisories/pypa-2026-07.tar.gz",
    "advisories/rustsec-2026-08.tar.gz",
    "advisories/go-2026-08.tar.gz",
    "advisories/nvd-cpe-ai-2026-08.tar.gz",
    "kev/known_exploited_vulnerabilities.json",
    "atlas/ATLAS.yaml",
    "popular/top-pypi-packages.min.json",
];

/// One store of all published feeds, asked everything: building it is what costs.
#[test]
fn published_feeds_are_matched_as_osv_defines() {
    let sources: Option<Vec<String>> = SOURCES.iter().map(|name| data(name)).collect();
    let Some(sources) = sources else { return };
    let place = Place::new();
    let changes = place.update(&sources).unwrap();
    assert_eq!((changes.added, changes.refused), (13_250, vec![]));
    let store = place.open();
    every_record_is_there(&store);
    pins_touch_what_osv_defines(&store);
    other_ecosystems_and_products_are_matched(&store);
    names_are_shown_with_all_that_is_known(&store);
    classes_are_as_few_as_their_names_allow(&sources[0]);
    the_past_can_be_asked(&place, &sources[0]);
}

/// Certain and unknown matches of a package.
fn count(store: &Store, package: impl Into<Package>) -> (usize, usize) {
    let findings = store.findings(&package.into()).unwrap();
    let unknown = findings.matches.iter().filter(|one| one.unknown).count();
    (findings.matches.len() - unknown, unknown)
}

fn every_record_is_there(store: &Store) {
    let status = store.status();
    let counts = |name: &str| {
        let feed = &status.feeds[name];
        (feed.records, feed.withdrawn, feed.refused)
    };
    assert_eq!(counts("PYSEC"), (7080, 269, 0));
    assert_eq!(counts("RUSTSEC").0, 1205);
    assert_eq!(counts("GO").0, 4291);
    assert_eq!(counts("CPE").0, 674);
    assert_eq!(counts("KEV").0, 1662);
    assert_eq!(counts("popular").0, 15_000);
    assert_eq!(status.atlas, "5.6.0");
    let pypi = status.coverage[&Ecosystem::PyPi];
    assert_eq!(pypi.records, 7080 - 269);
    assert_eq!(pypi.newest.unwrap().to_string(), "2026-07-23");
}

fn pins_touch_what_osv_defines(store: &Store) {
    for (name, version, wanted) in [
        ("torch", "2.0.1+cu118", 26),
        ("torch", "1.13.1+cu117", 26),
        ("vllm", "0.8.0+cu121", 37),
        ("vllm", "0.6.1.post1+cu118", 31),
        ("mlflow", "2.9.2.post1", 49),
        ("pillow", "9.0", 21),
        ("torch", "2.2.0", 23),
        ("gradio", "4.0.0", 40),
        ("mlflow", "2.9.2", 52),
        ("transformers", "4.30.0", 28),
        ("ray", "2.6.0", 11),
    ] {
        assert_eq!(
            count(store, pin(name, version)),
            (wanted, 0),
            "{name}=={version}"
        );
    }
}

fn other_ecosystems_and_products_are_matched(store: &Store) {
    let (ollama, _) = count(
        store,
        Package::new(Ecosystem::Go, "github.com/ollama/ollama", Some("v0.1.30")),
    );
    assert!(ollama >= 5, "{ollama}");
    let (tract, _) = count(
        store,
        Package::new(Ecosystem::Cargo, "tract-nnef", Some("0.22.1")),
    );
    assert_eq!(tract, 1);
    assert_eq!(
        count(
            store,
            Package::new(Ecosystem::Cargo, "tract_nnef", Some("0.22.2"))
        ),
        (0, 0)
    );
    let (llama, unknown) = count(
        store,
        Package::new(Ecosystem::Generic, "ggml/llama.cpp", Some("b8000")),
    );
    assert!(llama >= 1 && unknown <= 2, "{llama} {unknown}");
    let bare = count(
        store,
        Package::new(Ecosystem::Generic, "llama.cpp", Some("b8000")),
    );
    assert!(bare.0 >= llama);
    let answer = store
        .matches(&[
            Package::new(Ecosystem::Npm, "left-pad", Some("1.0.0")),
            pin("nothing-of-note", "1"),
        ])
        .unwrap();
    assert_eq!(answer.uncovered, [0]);
}

fn names_are_shown_with_all_that_is_known(store: &Store) {
    let by_cve = store.show("cve-2026-24747").unwrap().unwrap();
    let by_ghsa = store.show("GHSA-63cw-57p8-fm3p").unwrap().unwrap();
    assert_eq!(by_cve.advisory, by_ghsa.advisory);
    assert_eq!(by_cve.advisory.as_ref().unwrap().id, "CVE-2026-24747");
    let touched = store.affected("PYSEC-2026-2286").unwrap().unwrap();
    let torch = touched
        .iter()
        .find(|one| one.package.name == "torch")
        .unwrap();
    assert_eq!(
        (torch.fixed.as_slice(), torch.ranges.as_str()),
        (["2.10.0".to_owned()].as_slice(), "< 2.10.0")
    );
    let technique = store.show("AML.T0010").unwrap().unwrap().technique.unwrap();
    assert_eq!(technique.kind, "technique");
    assert!(
        store
            .show("CVE-2026-8037")
            .unwrap()
            .unwrap()
            .exploited
            .is_some()
    );
    assert!(store.show("CVE-0000-0").unwrap().is_none());
    assert_eq!(store.popular(Ecosystem::PyPi).unwrap()[0], "boto3");
}

fn classes_are_as_few_as_their_names_allow(pypa: &str) {
    let place = Place::new();
    place.update(&[pypa.to_owned()]).unwrap();
    assert_eq!(place.open().status().advisories, 5696);
}

fn the_past_can_be_asked(place: &Place, pypa: &str) {
    let changes = place
        .update_at(&[pypa.to_owned()], crate::support::NOW + 86_400)
        .unwrap();
    assert_eq!(
        (changes.added, changes.changed, changes.unchanged),
        (0, 0, 7080)
    );
    let store = place.open();
    let day = "2024-06-01".parse().unwrap();
    let then = store.as_of(Past::Public(day)).unwrap();
    let now = count(&store, pin("torch", "2.0.1"));
    let before = count(&then, pin("torch", "2.0.1"));
    assert!(before.0 < now.0, "{before:?} {now:?}");
    assert_eq!(
        count(
            &store.as_of(Past::Known(day)).unwrap(),
            pin("torch", "2.0.1")
        ),
        (0, 0)
    );
}
