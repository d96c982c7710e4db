//! Broken, cut, random and oversized input.

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::problem::ProblemKind;
use chainwright_dependencies::{ManifestKind, install_commands, read};
use chainwright_testkit::dependencies::seeds;
use proptest::prelude::*;

use super::{budget, facts, recognise};

#[test]
fn a_seed_that_is_cut_at_any_byte_gives_a_part_of_its_facts() {
    for seed in seeds() {
        let bytes = seed.text.as_bytes();
        let kind = recognise(seed.path, bytes).unwrap();
        let whole = read(kind, bytes, &budget()).packages.len();
        for end in 0..bytes.len() {
            let part = read(kind, &bytes[..end], &budget());
            assert!(
                part.packages.len() <= whole.saturating_add(1),
                "{} at {end}",
                seed.path
            );
        }
    }
}

#[test]
fn a_text_beyond_the_limit_is_read_as_far_as_it_goes_and_says_so() {
    let limits = Limits {
        text_bytes: 3_000,
        ..Limits::default()
    };
    let budget = Budget::untimed(limits);
    let lines: String = (0..1_000)
        .map(|at| format!("package-{at}==1.0\n"))
        .collect();
    let lock: String = (0..1_000)
        .map(|at| format!("[[package]]\nname = \"p{at}\"\nversion = \"1\"\n"))
        .collect();
    let npm: String = (0..1_000)
        .map(|at| format!("\"node_modules/p{at}\": {{\"version\": \"1.0.0\"}},"))
        .collect();
    for (kind, text) in [
        (ManifestKind::Requirements, lines),
        (ManifestKind::PoetryLock, lock.clone()),
        (ManifestKind::CargoLock, lock),
        (ManifestKind::NpmLock, format!("{{\"packages\": {{{npm}")),
    ] {
        let facts = read(kind, text.as_bytes(), &budget);
        assert!(facts.packages.len() > 20, "{kind:?}");
        let is_limited = facts
            .problems
            .iter()
            .any(|p| p.kind == ProblemKind::LimitReached);
        assert!(is_limited, "{kind:?}: {:?}", facts.problems);
    }
}

#[test]
fn when_time_is_up_the_rest_is_unread_and_said_so() {
    let budget = Budget::new(Arc::default(), Arc::new(|| true));
    for seed in seeds() {
        let kind = recognise(seed.path, seed.text.as_bytes()).unwrap();
        let facts = read(kind, seed.text.as_bytes(), &budget);
        assert!(facts.packages.is_empty(), "{}", seed.path);
    }
}

#[test]
fn repetitions_in_a_lock_are_named() {
    let entry = "[[package]]\nname = \"a\"\nversion = \"1.0\"\n";
    let facts = facts(ManifestKind::PoetryLock, &entry.repeat(3));
    assert_eq!(facts.problems[0].kind, ProblemKind::Malformed);
    assert!(facts.problems[0].detail.contains("locked twice"));
    assert_eq!(facts.packages.len(), 3);
}

#[test]
fn doubling_variables_and_deep_substitutions_stay_small() {
    let mut doubling = String::from("A=xxxxxxxxxxxxxxxx\n");
    for _ in 0..64 {
        doubling.push_str("A=$A$A\n");
    }
    doubling.push_str("pip install $A\n");
    let nested = format!("{}pip install x{}", "$(".repeat(20_000), ")".repeat(20_000));
    let heredocs = "cat <<A; cat <<B; cat <<C\n".repeat(3_000);
    let quotes = "\"$(".repeat(20_000);
    for text in [
        doubling,
        nested,
        heredocs,
        quotes,
        "pip install ".repeat(20_000),
    ] {
        assert!(install_commands(&text).len() <= 20_001);
        let _ = facts(ManifestKind::Dockerfile, &format!("FROM a\nRUN {text}"));
    }
}

#[test]
fn junk_of_every_kind_ends_soon() {
    let junk = [
        "=\n".repeat(30_000),
        "[".repeat(60_000),
        "{\"a\":".repeat(20_000),
        "\\\n".repeat(30_000),
        "a: &a [*a]\n".repeat(5_000),
        "- ".repeat(20_000),
        "\"".repeat(30_001),
        "[[a.b]]\n".repeat(10_000),
        "\0\u{1}\u{ff}".repeat(10_000),
        "pip install $((\n".repeat(5_000),
    ];
    let mut kinds: Vec<ManifestKind> = seeds()
        .iter()
        .filter_map(|seed| recognise(seed.path, seed.text.as_bytes()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert!(kinds.len() > 35);
    for kind in kinds {
        for text in &junk {
            let facts = read(kind, text.as_bytes(), &budget());
            assert!(facts.problems.len() <= 100, "{kind:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn random_changes_never_panic_and_give_the_same_facts_twice(
        at in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let all = seeds();
        let seed = &all[at.index(all.len())];
        let kind = recognise(seed.path, seed.text.as_bytes()).unwrap();
        let mut bytes = seed.text.clone().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let once = read(kind, &bytes, &budget());
        prop_assert_eq!(once, read(kind, &bytes, &budget()));
    }

    #[test]
    fn random_shell_never_panics(text in "[a-z$(){}\"'`\\\\<>|&;# \n=-]{0,200}") {
        let _ = install_commands(&text);
        let _ = recognise(&text, text.as_bytes());
    }

    /// Whatever the crate `toml` accepts gives the same tree here.
    #[test]
    fn tables_of_toml_are_read_as_the_crate_toml_reads_them(
        names in proptest::collection::vec("[a-c]{1,2}", 1..6),
        versions in proptest::collection::vec("[0-9.]{1,6}", 6),
    ) {
        let mut text = String::new();
        for (name, version) in names.iter().zip(&versions) {
            text.push_str(&format!("[[package]]\nname = '{name}'\nversion = \"{version}\"\nsource = {{ registry = \"x\", 'a.b'.c = 1 }}\n"));
        }
        let other: toml::Table = text.parse().unwrap();
        let facts = facts(ManifestKind::UvLock, &text);
        let theirs: Vec<(String, String)> = other["package"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (p["name"].as_str().unwrap().to_owned(), p["version"].as_str().unwrap().to_owned()))
            .collect();
        let ours: Vec<(String, String)> = facts
            .packages
            .iter()
            .map(|d| (d.package.name.clone(), d.package.version.clone().unwrap_or_default()))
            .collect();
        prop_assert_eq!(ours, theirs);
    }
}
