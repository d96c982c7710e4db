//! Any text at all: no panic, the same answer twice, and orders that are orders.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use chainwright_core::package::Ecosystem;
use chainwright_packages::python::{
    Marker, MarkerEnvironment, Prereleases, Requirement, Specifiers,
};
use chainwright_packages::range::{Event, Range, Vers};
use chainwright_packages::version::{Version, compare};
use chainwright_packages::{cargo, name, npm, purl};
use proptest::prelude::*;

fn versionlike() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-z.+~^_!:*-]{0,12}",
        "v?[0-9]{1,3}(\\.[0-9]{1,2}){0,3}([-._]?(a|b|rc|alpha|dev|post|p|r|snapshot|sp)[-._]?[0-9]{0,2}){0,2}(\\+[a-z0-9]{1,3})?",
        ".{0,12}",
    ]
}

fn everything(text: &str) -> String {
    let mut seen = String::new();
    for ecosystem in Ecosystem::ALL {
        seen.push_str(&name::normalise(ecosystem, text));
        seen.push_str(&name::comparable(ecosystem, text));
        if let Some(version) = Version::parse(ecosystem, text) {
            seen.push_str(&version.normal());
            seen.push_str(version.without_local().text());
            let range = Range::new(
                ecosystem,
                &[Event::Introduced("0".into()), Event::Fixed(text.into())],
            );
            assert_ne!(range.contains(&version), Some(true), "{ecosystem} {text}");
        }
        seen.push_str(&format!("{:?}", Vers::constraints(ecosystem, text)));
    }
    seen.push_str(&format!("{:?}", purl::parse(text)));
    seen.push_str(&format!("{:?}", Requirement::parse_lenient(text)));
    let specifiers = Specifiers::parse_lenient(text);
    seen.push_str(&format!("{specifiers:?}"));
    if let (Ok(specifiers), Some(version)) = (specifiers, Version::parse(Ecosystem::PyPi, "1.0")) {
        seen.push_str(
            &specifiers
                .contains(&version, Prereleases::Admit)
                .to_string(),
        );
    }
    if let Ok(marker) = Marker::parse(text) {
        seen.push_str(&format!(
            "{:?}",
            marker.evaluate(&MarkerEnvironment::linux("3.12"))
        ));
    }
    seen.push_str(&format!(
        "{:?} {:?}",
        npm::pinning(text),
        cargo::pinning(text)
    ));
    seen
}

proptest! {
    #[test]
    fn any_text_has_one_answer(text in prop_oneof![".{0,60}", "[a-z0-9 \\[\\](),;@'\"<>=!~.*+|^&%#/:-]{0,60}", versionlike()]) {
        prop_assert_eq!(everything(&text), everything(&text));
    }

    #[test]
    fn every_order_is_an_order(texts in prop::array::uniform3(versionlike())) {
        for ecosystem in Ecosystem::ALL {
            let all: Vec<Version> = texts.iter().filter_map(|text| Version::parse(ecosystem, text)).collect();
            for left in &all {
                prop_assert_eq!(left.cmp(left), Ordering::Equal);
                for right in &all {
                    prop_assert_eq!(left.cmp(right), right.cmp(left).reverse());
                    for third in &all {
                        if left <= right && right <= third {
                            prop_assert!(left <= third, "{} {} {} {}", ecosystem, left, right, third);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn semantic_versions_are_ordered_as_cargo_does(
        left in "(0|[1-9][0-9]{0,3})\\.(0|[1-3])\\.(0|[1-3])(-(alpha|beta|rc|0|1|x-1|-|a)(\\.(0|[1-9]|b))?)?",
        right in "(0|[1-9])\\.(0|[1-3])\\.(0|[1-3])(-(alpha|beta|rc|0|1|x-1|-|a)(\\.(0|[1-9]|b))?)?",
    ) {
        let expected = semver::Version::parse(&left).unwrap().cmp_precedence(&semver::Version::parse(&right).unwrap());
        prop_assert_eq!(compare(Ecosystem::Cargo, &left, &right), Some(expected));
    }

    #[test]
    fn constraints_admit_what_cargo_admits(
        constraint in "(\\*|(>|>=|<|<=|=|~|\\^)? ?[0-3](\\.[0-3](\\.[0-3](-(alpha|rc)\\.[0-2])?)?)?(, ?(<|>=|\\^)[0-3]\\.[0-3])?|[0-3]\\.\\*|[0-3]\\.[0-3]\\.[*xX])",
        version in "[0-3]\\.[0-3]\\.[0-3](-(alpha|rc)\\.[0-2])?",
    ) {
        let expected = semver::VersionReq::parse(&constraint).unwrap().matches(&semver::Version::parse(&version).unwrap());
        let version = Version::parse(Ecosystem::Cargo, &version).unwrap();
        prop_assert_eq!(cargo::Constraint::parse(&constraint).unwrap().contains(&version), expected);
    }
}

#[test]
fn long_texts_are_refused_or_answered_at_once() {
    let begin = Instant::now();
    for unit in [
        "1", "1.", "a", "~", "^", "-", "(", "[", "1-", "~1", "||", ",", "==1,", "((((", "*.",
        "%41", "'", "a or ", "@", "/",
    ] {
        let text = unit.repeat(100_000 / unit.len());
        everything(&text);
        everything(&text[..256]);
        everything(&text[..8000]);
    }
    assert!(
        begin.elapsed() < Duration::from_secs(30),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn deep_parentheses_are_refused() {
    let item = "os_name == 'posix'";
    for (depth, accepted) in [(10, true), (60, true), (200, false), (1000, false)] {
        let text = format!("{}{item}{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(Marker::parse(&text).is_ok(), accepted, "{depth}");
    }
}
