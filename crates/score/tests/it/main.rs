//! The score as a whole: a defect and its repair for each check, and what the arithmetic promises.

mod details;
mod repo;

use std::collections::BTreeSet;

use chainwright_score::{Check, Style, human, json, methodology};
use proptest::prelude::*;

use repo::{Repo, repo};

fn score_of(repo: &Repo, check: Check) -> Option<u8> {
    repo.score(&[check]).answers[0].score
}

#[test]
fn every_defect_is_seen_by_its_check_and_its_repair_too() {
    let whole = repo(&BTreeSet::new());
    for check in Check::ALL {
        let best = match check {
            // What is not verified yet cannot give more.
            Check::Signed | Check::Provenance => 5,
            // The G7 elements need more than this repository has to tell.
            Check::AiBom => 9,
            _ => 10,
        };
        let mended = whole.score(&[check]);
        assert_eq!(
            mended.answers[0].score,
            Some(best),
            "{check}: {:#?}",
            mended.answers[0]
        );
        let broken = repo(&BTreeSet::from([check])).score(&[check]);
        let answer = &broken.answers[0];
        let score = answer
            .score
            .expect("a defect is no reason to be inconclusive");
        assert!(score < best, "{check}: {answer:#?}");
        assert!(
            answer.remedy.is_some() && !answer.reasons.is_empty(),
            "{check}: {answer:#?}"
        );
    }
}

#[test]
fn a_defect_of_one_check_leaves_unrelated_ones_alone() {
    let whole = repo(&BTreeSet::new()).score(&[]);
    let broken = repo(&BTreeSet::from([
        Check::SecurityContact,
        Check::ReviewDiscipline,
    ]))
    .score(&[]);
    for (before, after) in whole.answers.iter().zip(&broken.answers) {
        let is_meant = matches!(
            before.check,
            Check::SecurityContact | Check::ReviewDiscipline
        );
        assert_eq!(before == after, !is_meant, "{}", before.check);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_repair_never_lowers_the_score(bits in 0_u32..1 << 18, order in any::<u64>()) {
        let mut left: BTreeSet<Check> = Check::ALL
            .into_iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1)
            .map(|(_, check)| check)
            .collect();
        let mut before = repo(&left).score(&[]).aggregate;
        let mut turn = order;
        for _ in 0..3 {
            let Some(mended) = left.iter().copied().nth((turn % left.len().max(1) as u64) as usize) else {
                break;
            };
            turn = turn.rotate_left(7);
            left.remove(&mended);
            let after = repo(&left).score(&[]).aggregate;
            prop_assert!(after >= before, "{mended}: {before:?} to {after:?} with {left:?} left");
            before = after;
        }
    }
}

#[test]
fn names_of_folders_orders_and_line_ends_make_no_difference() {
    let whole = repo(&BTreeSet::from([Check::License, Check::PinnedReferences]));
    let expected = json(&whole.score(&[]));
    assert_eq!(json(&whole.score(&[])), expected, "twice the same");

    let (mut artifacts, mut documents) = (whole.artifacts(), whole.documents());
    documents.reverse();
    let sorted = artifacts.clone();
    artifacts.reverse();
    artifacts.sort_by(|left, right| left.location.cmp(&right.location));
    assert_eq!(artifacts, sorted);
    assert_eq!(
        json(&whole.scored(&artifacts, &documents, &[])),
        expected,
        "another order"
    );

    let mut windows = whole;
    for (path, bytes) in &mut windows.files {
        if matches!(
            path.as_str(),
            "README.md" | "SECURITY.md" | "requirements.txt" | "SHA256SUMS"
        ) {
            let text = String::from_utf8(bytes.clone()).expect("text");
            *bytes = text.replace('\n', "\r\n").into_bytes();
        }
    }
    assert_eq!(json(&windows.score(&[])), expected, "other line ends");
}

#[test]
fn some_checks_alone_weigh_among_themselves() {
    let whole = repo(&BTreeSet::from([Check::License]));
    let score = whole.score(&[Check::License, Check::SecurityContact]);
    assert_eq!(score.answers.len(), 2);
    // 0 with weight 2 and 10 with weight 1.
    assert_eq!(score.aggregate, Some(33));
    assert_eq!(score_of(&whole, Check::License), Some(0));
}

#[test]
fn an_empty_repository_has_no_score_and_a_hostile_card_no_effect_on_the_page() {
    assert_eq!(Repo::default().score(&[]).aggregate, None);
    let hostile = Repo::of(&[
        (
            "README.md",
            "---\nlicense: \"\u{1b}[31mred\u{202e}\"\npipeline_tag: x\n---\n",
        ),
        ("model.sig", "{\"dsseEnvelope\": {\"payload\": \"e30=\"}}"),
        (
            "aibom.json",
            "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"9.9\"}",
        ),
        (
            "x.intoto.jsonl",
            "null\n[]\n{\"_type\": \"https://in-toto.io/Statement/v1\", \"subject\": 7}\n",
        ),
    ]);
    let score = hostile.score(&[]);
    let page = human(
        &score,
        "a\u{1b}[2Jb",
        &Style {
            colour: false,
            width: 80,
            verbose: true,
        },
    );
    assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
}

#[test]
fn the_page_fits_and_tells_the_worst_first() {
    let defects = BTreeSet::from([Check::NoSecrets, Check::Signed, Check::SecurityContact]);
    let score = repo(&defects).score(&[]);
    for width in [60, 120] {
        let style = Style {
            colour: false,
            width,
            verbose: false,
        };
        let page = human(
            &score,
            "a/very/long/name/of/a/folder/that/does/not/fit/into/sixty/columns",
            &style,
        );
        assert!(
            page.lines().all(|line| line.chars().count() <= width),
            "{page}"
        );
        assert!(page.lines().count() <= 40, "{page}");
        let at = |name: &str| page.find(name).unwrap_or_else(|| panic!("{name}: {page}"));
        assert!(at("No-Secrets") < at("Signed"), "{page}");
        assert!(at("Signed") < at("Security-Contact"), "{page}");
    }
    let style = Style {
        colour: false,
        width: 60,
        verbose: false,
    };
    insta::assert_snapshot!(human(&score, "tiny", &style));
}

#[test]
fn the_documentation_holds_the_table_of_the_methodology() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/score.md");
    let page = std::fs::read_to_string(path).expect("docs/score.md");
    let table = methodology();
    assert!(
        page.contains(&table),
        "put this into docs/score.md:\n\n{table}"
    );
}

#[test]
fn every_rule_of_the_table_exists() {
    // Rules that other work may add later stand in the table as well.
    let ids: Vec<&str> = chainwright_rules::ALL
        .iter()
        .map(|entry| entry.rule.id)
        .collect();
    for known in [
        "secret-exposed",
        "shards-missing",
        "known-vulnerability",
        "adapter-contradicts-config",
    ] {
        assert!(ids.contains(&known), "{known}");
    }
}
