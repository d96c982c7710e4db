//! The score as a whole: a defect and its repair for each check, and what the arithmetic promises.

mod details;
mod repo;

use std::collections::BTreeSet;

use chainwright_score::{Check, Style, human, json, methodology};
use proptest::prelude::*;

use repo::{Repo, repo, repo_with};

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

/// Files whose bytes are what they are.
fn is_binary(path: &str) -> bool {
    [".safetensors", ".bin", ".pkl"]
        .iter()
        .any(|end| path.ends_with(end))
}

#[test]
fn orders_names_and_line_ends_make_no_difference_to_any_check() {
    let without = std::iter::once(BTreeSet::new());
    let single = Check::ALL.into_iter().map(|check| BTreeSet::from([check]));
    let every = std::iter::once(Check::ALL.into_iter().collect());
    for defects in without.chain(single).chain(every) {
        let plain = repo(&defects);
        let expected = json(&plain.score(&[]));
        assert_eq!(json(&plain.score(&[])), expected, "twice: {defects:?}");

        let (mut artifacts, mut documents) = (plain.artifacts(), plain.documents());
        artifacts.reverse();
        documents.reverse();
        let reversed = json(&plain.scored(&artifacts, &documents, &[]));
        assert_eq!(reversed, expected, "another order: {defects:?}");

        let mut windows = plain.clone();
        for (path, bytes) in &mut windows.files {
            if !is_binary(path) {
                let text = String::from_utf8(bytes.clone()).expect("text");
                *bytes = text.replace('\n', "\r\n").into_bytes();
            }
        }
        let other_ends = json(&windows.score(&[]));
        assert_eq!(other_ends, expected, "other line ends: {defects:?}");

        let answers = |repo: &Repo| {
            let score = repo.score(&[]);
            let each = score.answers.iter().map(|each| (each.check, each.score));
            (score.aggregate, each.collect::<Vec<_>>())
        };
        let renamed = repo_with("weights-of-ours.safetensors", &defects);
        assert_eq!(
            answers(&renamed),
            answers(&plain),
            "other names: {defects:?}"
        );
    }
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
