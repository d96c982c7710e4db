//! Small stores: what updates do, and what becomes of broken ones.

use std::process::Command;

use chainwright_core::package::{Ecosystem, Package};
use chainwright_intel::{Freshness, IntelError, Key, Past, Store, Update, export, update};

use crate::support::{NOW, Place, options, pin, record};

const DAY: i64 = 86_400;

/// Names of the weaknesses of a pin.
fn names(store: &Store, name: &str, version: &str) -> Vec<String> {
    let findings = store.findings(&pin(name, version)).unwrap();
    findings
        .matches
        .iter()
        .map(|one| one.advisory.id.clone())
        .collect()
}

#[test]
fn documents_of_every_kind_are_told_apart_by_content() {
    let place = Place::new();
    place.write(
        "feed/a.json",
        &record("A-1", "torch", "2.0", "2026-01-01T00:00:00Z"),
    );
    place.write("feed/deep/b.yaml", "id: B-1\nmodified: 2026-01-01T00:00:00Z\naffected:\n- package: {ecosystem: PyPI, name: torch}\n  versions: ['1.0']\n");
    place.write("feed/c.md", "```toml\n[advisory]\nid = \"RUSTSEC-1\"\npackage = \"x\"\n[versions]\npatched = [\">= 1.0\"]\n```\n# T\n");
    place.write("feed/README.md", "# Advisories\n");
    place.write("feed/kev.json", r#"{"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2025-A-1", "dateAdded": "2026-01-02"}]}"#);
    place.write(
        "feed/epss.csv",
        "cve,epss,percentile\nCVE-2025-A-1,0.5,0.9\n",
    );
    place.write(
        "feed/many.jsonl",
        "{\"id\": \"D-1\", \"modified\": \"x\"}\n{\"id\": \"D-2\", \"modified\": \"x\"}\n",
    );
    place.write(
        "feed/broken.json",
        "{\"id\": \"E-1\", \"affected\": [{\"versions\": 1}]}",
    );
    let feed = place.path("feed").to_str().unwrap().to_owned();
    let changes = place.update(&[feed]).unwrap();
    assert_eq!(
        (changes.added, changes.refused_count, changes.passed),
        (5, 1, 1)
    );
    assert!(changes.refused[0].0.ends_with("broken.json"), "{changes:?}");
    let store = place.open();
    assert_eq!(names(&store, "torch", "1.0"), ["B-1", "CVE-2025-A-1"]);
    let advisory = store.advisory("a-1").unwrap().unwrap();
    assert!(advisory.exploited.is_some());
    assert_eq!(advisory.epss.unwrap().score, 500_000);
    assert_eq!(store.affected("A-1").unwrap().unwrap()[0].ranges, "< 2.0");
    assert_eq!(store.affected("nothing").unwrap(), None);
}

#[test]
fn an_update_replaces_what_changed_and_keeps_the_past() {
    let place = Place::new();
    let first = place.write(
        "a.json",
        &record("A-1", "torch", "2.0", "2026-01-01T00:00:00Z"),
    );
    place.update_at(std::slice::from_ref(&first), NOW).unwrap();
    let same = place.update_at(&[first], NOW + DAY).unwrap();
    assert_eq!((same.added, same.changed, same.unchanged), (0, 0, 1));
    let second = place.write(
        "b.json",
        &record("A-1", "torch", "3.0", "2026-02-01T00:00:00Z"),
    );
    let changed = place.update_at(&[second], NOW + 2 * DAY).unwrap();
    assert_eq!((changed.added, changed.changed), (0, 1));
    let store = place.open();
    assert_eq!(names(&store, "torch", "2.5"), ["CVE-2025-A-1"]);
    let then = store
        .as_of(Past::Known("2026-11-23".parse().unwrap()))
        .unwrap();
    assert_eq!(names(&then, "torch", "2.5"), Vec::<String>::new());
    assert_eq!(names(&then, "torch", "1.5"), ["CVE-2025-A-1"]);
    let shown = store.show("A-1").unwrap().unwrap();
    assert_eq!((shown.records.len(), shown.history.len()), (1, 1));
    assert_eq!(
        shown.history[0].seen.superseded.unwrap().to_string(),
        "2026-11-24"
    );
}

#[test]
fn a_withdrawn_record_is_explained_and_never_matched() {
    let place = Place::new();
    let text = record("A-1", "torch", "2.0", "2026-01-01T00:00:00Z");
    let standing = place.write("a.json", &text);
    place.update(&[standing]).unwrap();
    let taken_back = text.replacen('{', "{\"withdrawn\": \"2026-03-01T00:00:00Z\",", 1);
    let taken_back = place.write("b.json", &taken_back.replace("2026-01-01T", "2026-03-01T"));
    let changes = place.update_at(&[taken_back], NOW + DAY).unwrap();
    assert_eq!((changes.changed, changes.withdrawn), (1, 1));
    let store = place.open();
    assert_eq!(names(&store, "torch", "1.0"), Vec::<String>::new());
    let shown = store.show("CVE-2025-A-1").unwrap().unwrap();
    assert!(shown.advisory.is_none());
    assert_eq!(shown.records[0].record.withdrawn, "2026-03-01T00:00:00Z");
    let before = store
        .as_of(Past::Public("2026-02-01".parse().unwrap()))
        .unwrap();
    assert_eq!(names(&before, "torch", "1.0"), ["CVE-2025-A-1"]);
}

#[test]
fn models_are_found_by_digest_and_revision() {
    let place = Place::new();
    let digest = "ab".repeat(32);
    let revision = "c".repeat(40);
    let feed = place.write(
        "models.json",
        &format!(
            r#"[{{"id": "CWM-2026-1", "modified": "2026-01-01", "summary": "backdoor", "affected": [{{"package": {{"ecosystem": "HuggingFace", "name": "Owner/Model"}},
            "versions": ["{revision}"], "ecosystem_specific": {{"digests": [{{"type": "file", "sha256": "{digest}", "path": "model.safetensors"}}]}}}}]}}]"#
        ),
    );
    place.update(&[feed]).unwrap();
    let store = place.open();
    let found = store.digest(&digest.parse().unwrap()).unwrap();
    assert_eq!(
        (found[0].advisory.id.as_str(), found[0].claim.path.as_str()),
        ("CWM-2026-1", "model.safetensors")
    );
    assert!(
        store
            .digest(&"cd".repeat(32).parse().unwrap())
            .unwrap()
            .is_empty()
    );
    let model = |version: &str| Package::new(Ecosystem::HuggingFace, "owner/model", Some(version));
    assert_eq!(store.findings(&model(&revision)).unwrap().matches.len(), 1);
    assert!(
        store
            .findings(&model(&"d".repeat(40)))
            .unwrap()
            .matches
            .is_empty()
    );
    assert!(store.findings(&model("main")).unwrap().matches[0].unknown);
}

#[test]
fn what_is_missing_empty_or_old_is_said() {
    let place = Place::new();
    assert!(matches!(
        Store::open(&place.store()),
        Err(IntelError::Missing(_))
    ));
    let list = place.write("popular.json", r#"{"rows": [{"project": "boto3"}]}"#);
    place.update(&[list]).unwrap();
    let today = "2026-11-22".parse().unwrap();
    assert_eq!(place.open().freshness(today, 14), Freshness::Empty);
    assert_eq!(
        place
            .open()
            .matches(&[pin("torch", "1.0")])
            .unwrap()
            .uncovered,
        [0]
    );
    let one = place.write(
        "a.json",
        &record("A-1", "torch", "2.0", "2026-11-01T00:00:00Z"),
    );
    place.update(&[one]).unwrap();
    assert_eq!(
        place.open().freshness(today, 14),
        Freshness::Stale { days: 21 }
    );
    assert_eq!(place.open().freshness(today, 30), Freshness::Fresh);
    let answer = place.open().matches(&[pin("torch", "1.0")]).unwrap();
    assert_eq!(answer.stale(today, 14), [Ecosystem::PyPi]);
    let nothing = place.write("notes.txt", "nothing");
    assert!(matches!(
        place.update(&[nothing]),
        Err(IntelError::NothingFound(_))
    ));
}

/// A store with a few pages.
fn small() -> (Place, Vec<u8>) {
    let place = Place::new();
    for number in 0..60 {
        let fixed = format!("{}.5", number % 7);
        let text = record(
            &format!("A-{number}"),
            &format!("package{}", number % 20),
            &fixed,
            "2026-11-01T00:00:00Z",
        );
        place.write(
            &format!("feed/{number}.json"),
            &text.replace("words", &"words ".repeat(number * 40)),
        );
    }
    let feed = place.path("feed").to_str().unwrap().to_owned();
    place.update(&[feed]).unwrap();
    let bytes = std::fs::read(place.store()).unwrap();
    (place, bytes)
}

/// Everything that a store is asked, or the first error.
fn ask(bytes: Vec<u8>) -> Result<Vec<usize>, IntelError> {
    let store = Store::from_bytes(bytes)?;
    let mut counts = Vec::new();
    for number in 0..20 {
        counts.push(
            store
                .findings(&pin(&format!("package{number}"), "1.0"))?
                .matches
                .len(),
        );
        counts.push(
            store
                .show(&format!("A-{number}"))?
                .map_or(0, |shown| shown.records.len()),
        );
    }
    Ok(counts)
}

#[test]
fn a_cut_store_is_an_error_wherever_it_ends() {
    let (_place, bytes) = small();
    let whole = ask(bytes.clone()).unwrap();
    assert_eq!(whole.len(), 40);
    let near = (0..300).chain(bytes.len() - 300..bytes.len());
    for length in near.chain((300..bytes.len() - 300).step_by(997)) {
        assert!(
            ask(bytes[..length].to_vec()).is_err(),
            "{length} of {}",
            bytes.len()
        );
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(ask(longer).is_err());
}

#[test]
fn a_changed_byte_is_an_error_or_changes_nothing() {
    let (_place, bytes) = small();
    let whole = ask(bytes.clone()).unwrap();
    let mut errors = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 400) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        match ask(changed) {
            Ok(counts) => assert_eq!(counts, whole, "byte {at}"),
            Err(_) => errors += 1,
        }
    }
    assert!(errors > 200, "{errors}");
}

#[test]
fn a_store_of_another_format_says_so() {
    let (_place, mut bytes) = small();
    bytes[8] = 99;
    assert!(matches!(
        Store::from_bytes(bytes),
        Err(IntelError::OtherVersion { found: 99, .. })
    ));
    assert!(matches!(
        Store::from_bytes(b"SQLite format 3\0".to_vec()),
        Err(IntelError::NoStore(_))
    ));
    assert!(matches!(
        Store::from_bytes(Vec::new()),
        Err(IntelError::NoStore(_))
    ));
}

#[test]
fn a_failed_update_leaves_the_old_store() {
    let (place, bytes) = small();
    let archive = place.path("feed.tar.gz");
    let packed = Command::new("tar")
        .args([
            "czf",
            archive.to_str().unwrap(),
            "-C",
            place.path("feed").to_str().unwrap(),
            ".",
        ])
        .status();
    assert!(packed.unwrap().success());
    let whole = std::fs::read(&archive).unwrap();
    for length in [
        whole.len() / 3,
        whole.len() / 2,
        whole.len() - 20,
        whole.len() - 4,
    ] {
        std::fs::write(&archive, &whole[..length]).unwrap();
        let failed = place.update(&[archive.to_str().unwrap().to_owned()]);
        assert!(
            matches!(failed, Err(IntelError::Incomplete { .. })),
            "{length}: {failed:?}"
        );
        assert_eq!(std::fs::read(place.store()).unwrap(), bytes, "{length}");
    }
    std::fs::write(place.store(), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(&archive, &whole).unwrap();
    let over_damaged = place.update(&[archive.to_str().unwrap().to_owned()]);
    assert!(
        matches!(over_damaged, Err(IntelError::Damaged(_))),
        "{over_damaged:?}"
    );
}

#[test]
fn two_updates_at_once_never_mix() {
    let (place, _) = small();
    let feed = place.path("feed").to_str().unwrap().to_owned();
    let from = [feed];
    let results: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| update(&place.store(), &options(&from, NOW))))
            .collect();
        for _ in 0..50 {
            assert_eq!(place.open().status().revisions, 60);
        }
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(results.iter().any(Result::is_ok));
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Ok(_) | Err(IntelError::Locked(_)))),
        "{results:?}"
    );
    assert_eq!(place.open().status().revisions, 60);
    let left: Vec<_> = std::fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().contains("unfinished")),
        "{left:?}"
    );
}

#[test]
fn a_snapshot_carries_everything_to_another_store() {
    let (place, _) = small();
    let snapshot = place.path("snapshot.cwi");
    export(&place.open(), &snapshot).unwrap();
    let other = Place::new();
    let from = [snapshot.to_str().unwrap().to_owned()];
    assert_eq!(other.update_at(&from, NOW + 5 * DAY).unwrap().added, 60);
    assert_eq!(
        names(&other.open(), "package3", "1.0"),
        names(&place.open(), "package3", "1.0")
    );
    let seen = other.open().show("A-3").unwrap().unwrap().records[0].seen;
    assert_eq!(seen.first.to_string(), "2026-11-22");
    let whole = std::fs::read(&snapshot).unwrap();
    for length in [40, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&snapshot, &whole[..length]).unwrap();
        assert!(Place::new().update(&from).is_err(), "{length}");
    }
    std::fs::write(&snapshot, &whole).unwrap();
    let newer = other.write(
        "new.json",
        &record("A-99", "torch", "2.0", "2026-11-20T00:00:00Z"),
    );
    other.update(&[newer]).unwrap();
    assert!(matches!(other.update(&from), Err(IntelError::Older { .. })));
    let allowed = Update {
        allow_older: true,
        ..options(&from, NOW)
    };
    assert_eq!(update(&other.store(), &allowed).unwrap().unchanged, 60);
}

#[test]
fn with_a_key_only_what_it_signed_is_taken() {
    let (place, _) = small();
    let snapshot = place.path("snapshot.cwi");
    export(&place.open(), &snapshot).unwrap();
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let stranger = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let key = Key::read(&pair.pk.to_box().unwrap().into_string()).unwrap();
    let from = [snapshot.to_str().unwrap().to_owned()];
    let attempt = |key: &Key| {
        update(
            &Place::new().store(),
            &Update {
                key: Some(key),
                ..options(&from, NOW)
            },
        )
    };
    assert!(matches!(attempt(&key), Err(IntelError::Unsigned(_))));
    let sign = |pair: &minisign::KeyPair| {
        let bytes = std::fs::read(&snapshot).unwrap();
        minisign::sign(None, &pair.sk, bytes.as_slice(), None, None)
            .unwrap()
            .into_string()
    };
    let beside = place.path("snapshot.cwi.minisig");
    std::fs::write(&beside, sign(&stranger)).unwrap();
    assert!(matches!(
        attempt(&key),
        Err(IntelError::BadSignature { .. })
    ));
    std::fs::write(&beside, sign(&pair)).unwrap();
    assert_eq!(attempt(&key).unwrap().added, 60);
    let mut changed = std::fs::read(&snapshot).unwrap();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    std::fs::write(&snapshot, changed).unwrap();
    assert!(matches!(
        attempt(&key),
        Err(IntelError::BadSignature { .. })
    ));
    std::fs::write(&beside, "nonsense").unwrap();
    assert!(matches!(
        attempt(&key),
        Err(IntelError::BadSignature { .. })
    ));
    let folder = [place.path("feed").to_str().unwrap().to_owned()];
    let unsigned = update(
        &Place::new().store(),
        &Update {
            key: Some(&key),
            ..options(&folder, NOW)
        },
    );
    assert!(matches!(unsigned, Err(IntelError::Unsigned(_))));
    assert!(matches!(Key::read("nonsense"), Err(IntelError::BadKey(_))));
}

#[test]
fn addresses_need_a_network_client() {
    let place = Place::new();
    let asked = ["https://example.invalid/all.zip".to_owned()];
    assert!(matches!(
        place.update(&asked),
        Err(IntelError::Fetch { .. })
    ));
    let fetched = |_: &str| Ok(record("A-1", "torch", "2.0", "2026-01-01T00:00:00Z").into_bytes());
    let with_client = Update {
        download: Some(&fetched),
        ..options(&asked, NOW)
    };
    assert_eq!(update(&place.store(), &with_client).unwrap().added, 1);
}

#[test]
fn the_same_feeds_make_the_same_store() {
    let (_one, first) = small();
    let (_two, second) = small();
    let digest = |bytes: Vec<u8>| {
        let mut status = Store::from_bytes(bytes).unwrap().status();
        for feed in status.feeds.values_mut() {
            feed.origin.clear();
        }
        (status.feeds, status.coverage, status.advisories)
    };
    assert_eq!(digest(first), digest(second));
}

#[test]
fn a_date_that_nobody_wrote_is_no_age() {
    let today = "2026-11-22".parse().unwrap();
    let place = Place::new();
    // Published on 2025-01-01, as all records here are.
    let never = record("A-1", "torch", "2.0", "0001-01-01T00:00:00Z");
    let one = place.write("a.json", &never);
    place.update(&[one]).unwrap();
    let answer = place.open().matches(&[pin("torch", "1.0")]).unwrap();
    assert_eq!(answer.newest[&Ecosystem::PyPi], "2025-01-01".parse().ok());
    assert_eq!(answer.stale(today, 14), [Ecosystem::PyPi]);
}
