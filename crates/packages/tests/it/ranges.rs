//! Ranges of advisories and constraints of manifests.

use chainwright_core::package::Ecosystem;
use chainwright_packages::pinning::Pinning;
use chainwright_packages::python::{
    Marker, MarkerEnvironment, Prereleases, Requirement, Specifiers, Variable,
};
use chainwright_packages::range::{Event, Range, Vers};
use chainwright_packages::version::Version;
use chainwright_packages::{cargo, npm};

fn events(text: &str) -> Vec<Event> {
    text.split_whitespace()
        .map(|word| {
            let (kind, version) = word.split_once(':').unwrap();
            let version = version.to_owned();
            match kind {
                "introduced" => Event::Introduced(version),
                "fixed" => Event::Fixed(version),
                "last" => Event::LastAffected(version),
                _ => Event::Limit(version),
            }
        })
        .collect()
}

#[test]
fn osv_ranges_are_evaluated_as_the_schema_says() {
    for (range, version, expected) in [
        ("introduced:0 fixed:2.0", "1.9", Some(true)),
        ("introduced:0 fixed:2.0", "2.0.0", Some(false)),
        ("introduced:0 fixed:2.0", "2.0rc1", Some(true)),
        ("introduced:1.0 last:1.5", "1.5", Some(true)),
        ("introduced:1.0 last:1.5", "1.5.1", Some(false)),
        ("last:1.5 introduced:1.5", "1.6", Some(false)),
        ("introduced:1.0 last:1.5", "0.9", Some(false)),
        (
            "introduced:0 fixed:1.0 introduced:1.5 fixed:2.0",
            "1.2",
            Some(false),
        ),
        (
            "introduced:1.5 fixed:2.0 introduced:0 fixed:1.0",
            "1.7",
            Some(true),
        ),
        ("introduced:0", "99", Some(true)),
        ("", "1.0", Some(false)),
        ("introduced:0 limit:2.0", "2.0", Some(false)),
        ("introduced:0 limit:2.0", "1.0", Some(true)),
        ("introduced:0 limit:*", "2.0", Some(true)),
        ("introduced:0 fixed:0.1-bulbasaur", "1.0", None),
        ("introduced:0 fixed:2.0", "0.1-bulbasaur", None),
    ] {
        let built = Range::new(Ecosystem::PyPi, &events(range));
        let version = Version::parse(Ecosystem::PyPi, version).unwrap();
        assert_eq!(built.contains(&version), expected, "{range} {version}");
    }
}

#[test]
fn a_range_says_nothing_of_another_ecosystem() {
    let range = Range::new(Ecosystem::Npm, &events("introduced:0"));
    let version = Version::parse(Ecosystem::PyPi, "1.0").unwrap();
    assert_eq!(range.contains(&version), None);
}

#[test]
fn vers_ranges_hold_what_their_constraints_say() {
    for (range, version, expected) in [
        ("vers:pypi/>=1|<2", "1.5", true),
        ("vers:pypi/>=1|<2", "2.0", false),
        ("vers:pypi/<2|>=1", "0.5", false),
        ("vers:pypi/<1.0|>=1.5|<=2.0|>3", "0.9", true),
        ("vers:pypi/<1.0|>=1.5|<=2.0|>3", "1.2", false),
        ("vers:pypi/<1.0|>=1.5|<=2.0|>3", "2.0", true),
        ("vers:pypi/<1.0|>=1.5|<=2.0|>3", "2.5", false),
        ("vers:pypi/<1.0|>=1.5|<=2.0|>3", "4", true),
        ("vers:pypi/>=1|!=1.5|<2", "1.5.0", false),
        ("vers:pypi/1.0|2.0", "2.0.0", true),
        ("vers:pypi/=1.0", "2.0.0", false),
        ("vers:pypi/!=1.0", "2.0", true),
        ("vers:pypi/*", "2.0", true),
        ("vers:pypi/1.0%2Bcpu", "1.0+cpu", true),
    ] {
        let version = Version::parse(Ecosystem::PyPi, version).unwrap();
        assert_eq!(
            Vers::parse(range).unwrap().contains(&version),
            Some(expected),
            "{range} {version}"
        );
    }
    for broken in [
        "vers:pypi",
        "vers:nothing/*",
        "pypi/>=1",
        "vers:pypi/",
        "vers:pypi/>=1%",
    ] {
        assert!(Vers::parse(broken).is_none(), "{broken}");
    }
    let version = Version::parse(Ecosystem::Debian, "1.0-1").unwrap();
    assert_eq!(
        Vers::parse("vers:deb/<1.0-2").unwrap().contains(&version),
        Some(true)
    );
    assert_eq!(
        Vers::parse("vers:pypi/<1-weird-x")
            .unwrap()
            .contains(&version),
        None
    );
}

#[test]
fn requirements_are_pinned_or_not() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (text, expected) in [
        ("torch==2.0.1", Pinning::Exact),
        ("torch===2.0.1", Pinning::Exact),
        ("torch==2.*", Pinning::Bounded),
        ("torch~=2.0", Pinning::Bounded),
        ("torch>=1,<2", Pinning::Bounded),
        ("torch>=1", Pinning::Open),
        ("torch!=1.0", Pinning::Open),
        ("torch", Pinning::Open),
        ("torch @ https://example.org/torch.whl", Pinning::Url),
        (
            "torch @ git+https://example.org/torch@main",
            Pinning::Vcs { commit: false },
        ),
        (
            &format!("torch @ git+https://example.org/torch@{commit}"),
            Pinning::Vcs { commit: true },
        ),
        (
            &format!(
                "torch @ https://example.org/t.whl#sha256={}",
                "ab".repeat(32)
            ),
            Pinning::Url,
        ),
    ] {
        assert_eq!(
            Requirement::parse(text).unwrap().pinning(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn constraints_of_npm_and_cargo_are_pinned_or_not() {
    let commit = format!("github:a/b#{}", "0123456789".repeat(4));
    for (text, expected) in [
        ("1.2.3", Pinning::Exact),
        ("=1.2.3", Pinning::Exact),
        ("^1.2.3", Pinning::Bounded),
        ("1.x", Pinning::Bounded),
        ("1.0.0 - 2.0.0", Pinning::Bounded),
        ("1.0.0 || 2.0.0", Pinning::Bounded),
        (">=1.2.3", Pinning::Open),
        ("*", Pinning::Open),
        ("", Pinning::Open),
        ("latest", Pinning::Open),
        ("npm:other@1.0.0", Pinning::Exact),
        ("npm:@a/other", Pinning::Open),
        ("workspace:*", Pinning::Path),
        ("github:a/b#main", Pinning::Vcs { commit: false }),
        ("a/b#main", Pinning::Vcs { commit: false }),
        ("https://h/b-1.0.0.tgz", Pinning::Url),
        (commit.as_str(), Pinning::Vcs { commit: true }),
    ] {
        assert_eq!(npm::pinning(text), expected, "{text}");
    }
    for (text, expected) in [
        ("=1.2.3", Pinning::Exact),
        ("1.2.3", Pinning::Bounded),
        ("1", Pinning::Bounded),
        ("=1.2", Pinning::Bounded),
        ("~1.2", Pinning::Bounded),
        (">=1, <2", Pinning::Bounded),
        (">=1.2", Pinning::Open),
        ("*", Pinning::Open),
    ] {
        assert_eq!(cargo::pinning(text), expected, "{text}");
    }
}

#[test]
fn specifiers_of_old_installers_are_tolerated() {
    let admits = |specifier: &str, version: &str| {
        assert!(Specifiers::parse(specifier).is_err(), "{specifier}");
        let version = Version::parse(Ecosystem::PyPi, version).unwrap();
        Specifiers::parse_lenient(specifier)
            .unwrap()
            .contains(&version, Prereleases::Admit)
    };
    assert!(admits(">=1.0.*", "1.2"));
    assert!(!admits(">=1.0.*", "0.9"));
    assert!(admits(">=2004d", "2013b"));
    assert!(admits("<=1.0+cpu", "1.0"));
    assert!(
        Requirement::parse_lenient("pytz (>=2004d) ; os_name == 'nt'")
            .unwrap()
            .marker
            .is_some()
    );
    assert!(Requirement::parse_lenient("pytz >=").is_err());
    let odd = Requirement::parse_lenient("a [b,] (>=1) ; whenever it rains").unwrap();
    assert!(odd.marker.is_none());
    assert_eq!(odd.condition, Some("whenever it rains"));
    assert_eq!(
        (odd.head, odd.extras.as_slice()),
        ("a [b,] (>=1)", &["b"][..])
    );
}

#[test]
fn markers_have_three_answers() {
    let linux = MarkerEnvironment::linux("3.12");
    for (marker, environment, expected) in [
        ("sys_platform == 'linux'", &linux, Some(true)),
        (
            "python_version < '3.9' or extra == 'gpu'",
            &linux,
            Some(false),
        ),
        ("platform_release >= '5'", &linux, None),
        (
            "platform_release >= '5' and sys_platform == 'win32'",
            &linux,
            Some(false),
        ),
        (
            "platform_release >= '5' or os_name == 'posix'",
            &linux,
            Some(true),
        ),
        (
            "sys_platform == 'linux'",
            &MarkerEnvironment::unknown(),
            None,
        ),
        (
            "'gpu' in extras",
            &linux.clone().with_set(Variable::Extras, ["GPU", "cpu"]),
            Some(true),
        ),
        (
            "'x' not in dependency_groups",
            &linux.clone().with_set(Variable::DependencyGroups, []),
            Some(true),
        ),
    ] {
        assert_eq!(
            Marker::parse(marker).unwrap().evaluate(environment),
            expected,
            "{marker}"
        );
    }
    let extra = Marker::parse("extra == 'Dev_Tools'").unwrap();
    assert_eq!(extra.evaluate_for(&linux, ["gpu", "dev.tools"]), Some(true));
    assert_eq!(extra.evaluate_for(&linux, []), Some(false));
    assert!(extra.mentions(Variable::Extra) && !extra.mentions(Variable::OsName));
}
