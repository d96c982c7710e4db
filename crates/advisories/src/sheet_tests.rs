//! The traps of OSV matching, one by one.

use super::*;
use crate::record::AffectedPackage;

fn range(kind: RangeKind, events: &[(&str, &str)]) -> Range {
    Range {
        kind,
        repo: String::new(),
        events: events
            .iter()
            .map(|(name, version)| match *name {
                "introduced" => Event::Introduced((*version).into()),
                "fixed" => Event::Fixed((*version).into()),
                "last" => Event::LastAffected((*version).into()),
                "limit" => Event::Limit((*version).into()),
                other => panic!("{other}"),
            })
            .collect(),
    }
}

fn affected(ranges: Vec<Range>, versions: &[&str]) -> Affected {
    Affected {
        package: AffectedPackage::default(),
        ranges,
        versions: versions.iter().map(|text| (*text).into()).collect(),
        ..Affected::default()
    }
}

/// `yes`, `no` or `unknown`, for one entry.
fn check_in(ecosystem: Ecosystem, affected: &Affected, answers: &[(&str, &str)]) {
    let sheet = Sheet::compile(ecosystem, &[(0, 0, affected)]);
    for (version, wanted) in answers {
        let judgement = sheet.judge(Some(version));
        let answer = match judgement.hits.first() {
            None => "no",
            Some(hit) if hit.unknown => "unknown",
            Some(_) => "yes",
        };
        assert_eq!(answer, *wanted, "{version} in {affected:?}: {judgement:?}");
    }
}

fn check(affected: &Affected, answers: &[(&str, &str)]) {
    check_in(Ecosystem::PyPi, affected, answers);
}

const ECOSYSTEM: RangeKind = RangeKind::Ecosystem;

#[test]
fn ranges_end_as_their_events_say() {
    let fixed = affected(
        vec![range(ECOSYSTEM, &[("introduced", "0"), ("fixed", "2.2.0")])],
        &[],
    );
    check(
        &fixed,
        &[
            ("2.1.9", "yes"),
            ("2.2.0", "no"),
            ("2.2", "no"),
            ("2.2.0rc1", "yes"),
            ("0.0.0.dev0", "yes"),
        ],
    );
    let last = affected(
        vec![range(ECOSYSTEM, &[("introduced", "1.0"), ("last", "2.0")])],
        &[],
    );
    check(
        &last,
        &[
            ("0.9", "no"),
            ("1.0.0", "yes"),
            ("2.0", "yes"),
            ("2.0.post1", "no"),
            ("2.0.1", "no"),
        ],
    );
    let limit = affected(
        vec![range(ECOSYSTEM, &[("introduced", "0"), ("limit", "2.0")])],
        &[],
    );
    check(&limit, &[("1.9", "yes"), ("2.0", "no")]);
    let endless = affected(vec![range(ECOSYSTEM, &[("introduced", "3")])], &[]);
    check(&endless, &[("2.9", "no"), ("3.0.0", "yes"), ("99", "yes")]);
    let headless = affected(vec![range(ECOSYSTEM, &[("fixed", "2.0")])], &[]);
    check(&headless, &[("1.0", "yes"), ("2.0", "no")]);
}

#[test]
fn events_in_any_order_mean_the_same() {
    let events = [
        ("fixed", "2.0"),
        ("introduced", "3.0"),
        ("introduced", "1.0"),
        ("fixed", "4.0"),
    ];
    let windows = affected(vec![range(ECOSYSTEM, &events)], &[]);
    check(
        &windows,
        &[
            ("0.9", "no"),
            ("1.5", "yes"),
            ("2.5", "no"),
            ("3.5", "yes"),
            ("4.0", "no"),
        ],
    );
    let two_ends = affected(
        vec![range(
            ECOSYSTEM,
            &[("introduced", "0"), ("last", "2.5.0"), ("last", "2.7.1")],
        )],
        &[],
    );
    check(
        &two_ends,
        &[("2.5.0", "yes"), ("2.6.0", "no"), ("2.7.1", "no")],
    );
}

#[test]
fn local_builds_are_judged_as_what_they_were_made_from() {
    let one = affected(
        vec![range(ECOSYSTEM, &[("introduced", "0"), ("fixed", "2.2.0")])],
        &["2.0.1"],
    );
    check(
        &one,
        &[
            ("2.0.1+cu118", "yes"),
            ("2.2.0+cu121", "no"),
            ("2.0.1-cu118", "yes"),
        ],
    );
    let listed = affected(vec![], &["2.0.1", "1.0+special"]);
    check(
        &listed,
        &[
            ("2.0.1+cu118", "yes"),
            ("2.0.1", "yes"),
            ("1.0+special", "yes"),
            ("1.0+other", "no"),
            ("1.0", "no"),
        ],
    );
    let fixed_build = affected(
        vec![range(
            ECOSYSTEM,
            &[("introduced", "0"), ("fixed", "2.6.0+cu124")],
        )],
        &[],
    );
    check(
        &fixed_build,
        &[
            ("2.6.0+cu124", "no"),
            ("2.6.0+cu118", "yes"),
            ("2.6.0", "yes"),
            ("2.6.1", "no"),
        ],
    );
}

#[test]
fn versions_are_compared_and_never_their_texts() {
    let listed = affected(vec![], &["9.0.0", "0.6.1.post1", "1.0rc1"]);
    check(
        &listed,
        &[
            ("9.0", "yes"),
            ("9", "yes"),
            ("0.6.1-1", "yes"),
            ("0.6.1", "no"),
            ("1.0.RC1", "yes"),
            ("v9.0.0", "yes"),
        ],
    );
}

#[test]
fn git_ranges_hide_nothing() {
    let git = || range(RangeKind::Git, &[("introduced", "0"), ("fixed", "abcdef0")]);
    let ordered = || range(ECOSYSTEM, &[("introduced", "0"), ("fixed", "2.0")]);
    for ranges in [
        vec![git(), ordered()],
        vec![ordered(), git()],
        vec![git(), git(), ordered()],
    ] {
        check(&affected(ranges, &[]), &[("1.0", "yes"), ("2.0", "no")]);
    }
    check(
        &affected(vec![git()], &["1.0"]),
        &[("1.0", "yes"), ("1.1", "no")],
    );
    check(&affected(vec![git()], &[]), &[("1.0", "no")]);
}

#[test]
fn lists_and_ranges_add_up() {
    let both = affected(
        vec![range(ECOSYSTEM, &[("introduced", "1.0"), ("fixed", "2.0")])],
        &["3.0"],
    );
    check(
        &both,
        &[("0.5", "no"), ("1.5", "yes"), ("2.5", "no"), ("3.0", "yes")],
    );
    let two = affected(
        vec![
            range(ECOSYSTEM, &[("introduced", "1"), ("fixed", "2")]),
            range(ECOSYSTEM, &[("introduced", "0"), ("fixed", "1.5")]),
        ],
        &[],
    );
    check(&two, &[("0.1", "yes"), ("1.7", "yes"), ("2", "no")]);
}

#[test]
fn what_cannot_be_ordered_is_never_safe() {
    let plain = affected(
        vec![range(ECOSYSTEM, &[("introduced", "0"), ("fixed", "2.0")])],
        &["0.1-bulbasaur"],
    );
    check(
        &plain,
        &[
            ("0.1-bulbasaur", "yes"),
            ("0.1-charmander", "unknown"),
            ("not a version", "unknown"),
            ("", "unknown"),
            ("latest", "unknown"),
        ],
    );
    let everything = affected(vec![range(ECOSYSTEM, &[("introduced", "0")])], &[]);
    check(&everything, &[("latest", "yes"), ("1.0", "yes")]);
    let odd_bound = affected(
        vec![range(
            ECOSYSTEM,
            &[("introduced", "0"), ("fixed", "1.0-whatever-x")],
        )],
        &["0.5", "0.6"],
    );
    check(
        &odd_bound,
        &[("0.5", "yes"), ("0.5.5", "no"), ("0.7", "unknown")],
    );
    check(&affected(vec![], &[]), &[("1.0", "no"), ("latest", "no")]);
    let other = affected(vec![range(RangeKind::Other, &[("introduced", "0")])], &[]);
    check(&other, &[("1.0", "unknown")]);
    let unversioned = Sheet::compile(Ecosystem::PyPi, &[(0, 0, &plain)]).judge(None);
    assert!(unversioned.hits[0].unknown);
    let malicious = Sheet::compile(Ecosystem::PyPi, &[(0, 0, &everything)]).judge(None);
    assert!(!malicious.hits[0].unknown);
}

#[test]
fn bounds_that_name_a_build_or_the_release_itself_are_understood() {
    let not_applicable = affected(
        vec![range(
            ECOSYSTEM,
            &[("introduced", "0"), ("last", "2.6.0-NA")],
        )],
        &[],
    );
    check(
        &not_applicable,
        &[("2.0.1+cu118", "yes"), ("2.6.0", "yes"), ("2.6.1", "no")],
    );
    let build = affected(
        vec![range(
            ECOSYSTEM,
            &[("introduced", "0"), ("last", "2.6.0-cu124")],
        )],
        &[],
    );
    check(&build, &[("2.6.0", "yes"), ("2.7.0", "no")]);
}

#[test]
fn other_ecosystems_have_their_own_order() {
    let semver = |events: &[(&str, &str)]| affected(vec![range(RangeKind::Semver, events)], &[]);
    check_in(
        Ecosystem::Go,
        &semver(&[("introduced", "0"), ("fixed", "0.1.34")]),
        &[("v0.1.30", "yes"), ("v0.1.34", "no"), ("0.1.33", "yes")],
    );
    check_in(
        Ecosystem::Go,
        &semver(&[("introduced", "2.0.0"), ("fixed", "2.3.0")]),
        &[
            ("v2.1.0+incompatible", "yes"),
            ("v2.3.0+incompatible", "no"),
        ],
    );
    check_in(
        Ecosystem::Cargo,
        &semver(&[("introduced", "1.0.0"), ("fixed", "1.2.0")]),
        &[
            ("1.2.0-rc.1", "yes"),
            ("1.0.0-alpha", "no"),
            ("1.10.0", "no"),
        ],
    );
    check_in(
        Ecosystem::Generic,
        &affected(
            vec![range(
                ECOSYSTEM,
                &[("introduced", "b7492"), ("last", "b9060")],
            )],
            &[],
        ),
        &[
            ("b7491", "no"),
            ("b8000", "yes"),
            ("b9060", "yes"),
            ("b10000", "no"),
        ],
    );
    check_in(
        Ecosystem::Debian,
        &affected(
            vec![range(
                ECOSYSTEM,
                &[("introduced", "0"), ("fixed", "1:2.3-4~deb12u1")],
            )],
            &[],
        ),
        &[("2.9-1", "yes"), ("1:2.3-4", "no")],
    );
}

#[test]
fn revisions_are_affected_by_name() {
    let bad = "a".repeat(40);
    let good = "b".repeat(40);
    let other = "c".repeat(40);
    let short = "a".repeat(10);
    let listed = affected(vec![], &[&bad]);
    check_in(
        Ecosystem::HuggingFace,
        &listed,
        &[
            (&bad, "yes"),
            (&short, "yes"),
            (&other, "no"),
            ("main", "unknown"),
        ],
    );
    let whole = affected(vec![range(RangeKind::Git, &[("introduced", "0")])], &[]);
    check_in(
        Ecosystem::HuggingFace,
        &whole,
        &[(&other, "yes"), ("main", "yes")],
    );
    let fixed = affected(
        vec![range(
            RangeKind::Git,
            &[("introduced", "0"), ("fixed", &good)],
        )],
        &[],
    );
    check_in(
        Ecosystem::HuggingFace,
        &fixed,
        &[(&good, "no"), (&other, "unknown")],
    );
    let introduced = affected(vec![range(RangeKind::Git, &[("introduced", &bad)])], &[]);
    check_in(
        Ecosystem::HuggingFace,
        &introduced,
        &[(&bad, "yes"), (&other, "unknown")],
    );
}

#[test]
fn the_smallest_upgrade_that_helps_is_named() {
    let first = affected(
        vec![range(
            ECOSYSTEM,
            &[
                ("introduced", "0"),
                ("fixed", "1.5"),
                ("introduced", "2.0"),
                ("fixed", "2.3"),
            ],
        )],
        &[],
    );
    let second = affected(
        vec![range(ECOSYSTEM, &[("introduced", "1.0"), ("fixed", "2.1")])],
        &[],
    );
    let third = affected(
        vec![range(ECOSYSTEM, &[("introduced", "2.2"), ("fixed", "2.4")])],
        &[],
    );
    let sheet = Sheet::compile(
        Ecosystem::PyPi,
        &[(0, 0, &first), (1, 1, &second), (2, 2, &third)],
    );
    let judgement = sheet.judge(Some("1.2"));
    let fixes: Vec<_> = judgement
        .hits
        .iter()
        .map(|hit| (hit.class, hit.fixed.as_deref()))
        .collect();
    assert_eq!(fixes, [(0, Some("1.5")), (1, Some("2.1"))]);
    // 1.5 is touched by the second, 2.1 by the first, 2.3 by the third.
    assert_eq!(judgement.clean, None);
    let two =
        Sheet::compile(Ecosystem::PyPi, &[(0, 0, &first), (1, 1, &second)]).judge(Some("1.2"));
    assert_eq!(two.clean.as_deref(), Some("2.3"));
    let unfixed = affected(
        vec![range(ECOSYSTEM, &[("introduced", "0"), ("last", "9")])],
        &[],
    );
    let judgement = Sheet::compile(Ecosystem::PyPi, &[(0, 0, &unfixed)]).judge(Some("1"));
    assert_eq!(
        (judgement.hits[0].fixed.as_deref(), judgement.clean),
        (None, None)
    );
}

#[test]
fn records_of_one_class_are_one_hit_and_certainty_wins() {
    let doubtful = affected(vec![range(RangeKind::Other, &[("introduced", "0")])], &[]);
    let certain = affected(
        vec![range(ECOSYSTEM, &[("introduced", "0"), ("fixed", "2")])],
        &[],
    );
    let sheet = Sheet::compile(Ecosystem::PyPi, &[(7, 0, &doubtful), (7, 1, &certain)]);
    let judgement = sheet.judge(Some("1"));
    assert_eq!(judgement.hits.len(), 1);
    assert_eq!(
        (judgement.hits[0].unknown, judgement.hits[0].record),
        (false, 1)
    );
}

#[test]
fn evidence_reads_like_a_constraint() {
    let one = affected(
        vec![range(
            ECOSYSTEM,
            &[
                ("introduced", "1.0"),
                ("fixed", "2.0"),
                ("introduced", "3.0"),
                ("last", "4.0"),
            ],
        )],
        &["0.5"],
    );
    let sheet = Sheet::compile(Ecosystem::PyPi, &[(0, 0, &one)]);
    let evidence = |version| sheet.judge(Some(version)).hits[0].evidence.clone();
    assert_eq!(evidence("1.2"), ">= 1.0, < 2.0");
    assert_eq!(evidence("4"), ">= 3.0, <= 4.0");
    assert_eq!(evidence("0.5"), "== 0.5");
    assert_eq!(
        sheet.ranges(&sheet.entries()[0]),
        "== 0.5 || >= 1.0, < 2.0 || >= 3.0, <= 4.0"
    );
    assert_eq!(sheet.fixes(&sheet.entries()[0]), ["2.0"]);
    let all = affected(vec![range(ECOSYSTEM, &[("introduced", "0")])], &[]);
    assert_eq!(
        Sheet::compile(Ecosystem::PyPi, &[(0, 0, &all)])
            .judge(Some("5"))
            .hits[0]
            .evidence,
        "every version"
    );
}

/// OSV's evaluation algorithm word by word, on small whole numbers.
fn by_the_book(version: u32, ranges: &[Vec<(u8, u32)>], listed: &[u32]) -> bool {
    let in_range = |events: &Vec<(u8, u32)>| {
        let mut events = events.clone();
        events.sort_by_key(|event| event.1);
        let mut vulnerable = false;
        for (kind, at) in events {
            match kind {
                0 if version >= at => vulnerable = true,
                1 if version >= at => vulnerable = false,
                2 if version > at => vulnerable = false,
                _ => {}
            }
        }
        vulnerable
    };
    listed.contains(&version) || ranges.iter().any(in_range)
}

proptest::proptest! {
    #[test]
    fn compiled_sheets_answer_as_the_book_does(
        drawn in proptest::collection::vec(proptest::collection::vec((0_u8..3, 1_u32..12), 1..6), 0..3),
        listed in proptest::collection::vec(0_u32..14, 0..4),
    ) {
        // An event of one kind at the same version as one of another has no defined order; keep the first of them.
        let ranges: Vec<Vec<(u8, u32)>> = drawn
            .into_iter()
            .map(|events| {
                let mut kept: Vec<(u8, u32)> = vec![(0, 0)];
                for event in events {
                    if kept.iter().all(|old| old.1 != event.1) {
                        kept.push(event);
                    }
                }
                kept
            })
            .collect();
        let name = |kind: u8| ["introduced", "fixed", "last"][usize::from(kind)];
        let written: Vec<Range> = ranges
            .iter()
            .map(|events| {
                let texts: Vec<(&str, String)> = events.iter().map(|(kind, at)| (name(*kind), at.to_string())).collect();
                let events: Vec<(&str, &str)> = texts.iter().map(|(kind, at)| (*kind, at.as_str())).collect();
                range(ECOSYSTEM, &events)
            })
            .collect();
        let texts: Vec<String> = listed.iter().map(|version| format!("{version}.0")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let one = affected(written, &texts);
        let sheet = Sheet::compile(Ecosystem::PyPi, &[(0, 0, &one)]);
        for version in 0..14 {
            let answer = !sheet.judge(Some(&format!("{version}+local"))).hits.is_empty();
            proptest::prop_assert_eq!(answer, by_the_book(version, &ranges, &listed), "{} in {:?}", version, &one);
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(texts in proptest::collection::vec(".{0,20}", 1..8), pin in ".{0,20}") {
        let events: Vec<(&str, &str)> = texts
            .iter()
            .enumerate()
            .map(|(place, text)| (["introduced", "fixed", "last", "limit"][place % 4], text.as_str()))
            .collect();
        let listed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let one = affected(vec![range(ECOSYSTEM, &events)], &listed);
        for ecosystem in Ecosystem::ALL {
            let sheet = Sheet::compile(ecosystem, &[(0, 0, &one)]);
            let judgement = sheet.judge(Some(&pin));
            proptest::prop_assert_eq!(&judgement, &Sheet::compile(ecosystem, &[(0, 0, &one)]).judge(Some(&pin)));
        }
    }
}
