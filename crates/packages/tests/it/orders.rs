//! Versions in the order of their ecosystems, lowest first; entries of one line are equal.

use std::cmp::Ordering;

use chainwright_core::package::Ecosystem;
use chainwright_packages::version::{Version, compare};

/// Checks all pairs of a list: lines ascend, words of one line are equal.
fn ascend(ecosystem: Ecosystem, lines: &[&str]) {
    let versions: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .flat_map(|(at, line)| line.split_whitespace().map(move |version| (at, version)))
        .collect();
    for (left_line, left) in &versions {
        for (right_line, right) in &versions {
            let order = compare(ecosystem, left, right);
            assert_eq!(
                order,
                Some(left_line.cmp(right_line)),
                "{ecosystem}: {left} {right}"
            );
        }
    }
}

fn pairs(ecosystem: Ecosystem, text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let (left, sign, right) = (
            words.next().unwrap(),
            words.next().unwrap(),
            words.next().unwrap(),
        );
        let expected = match sign {
            "<" => Ordering::Less,
            "=" => Ordering::Equal,
            _ => Ordering::Greater,
        };
        assert_eq!(compare(ecosystem, left, right), Some(expected), "{line}");
        assert_eq!(
            compare(ecosystem, right, left),
            Some(expected.reverse()),
            "{line}"
        );
    }
}

#[test]
fn python_versions_ascend() {
    ascend(
        Ecosystem::PyPi,
        &[
            "2.6.0-cu124", // legacy, below everything
            "1.0.dev0 1.0dev 1.0-DEV",
            "1.0a1.dev1",
            "1.0a1 1.0.alpha-1",
            "1.0a1.post1",
            "1.0rc1 1.0c1 1.0pre1",
            "1 1.0 v1.0.0 0!1.0",
            "1.0+abc",
            "1.0+1",
            "1.0+cu118",
            "1.0.post1 1.0-1 1.0r1",
            "1.0.1",
            "18446744073709551616.0",
            "1!0.1",
        ]
        .map(|line| line.split("//").next().unwrap())
        // Words sort before numbers in local versions.
        .into_iter()
        .filter(|line| *line != "1.0+cu118")
        .collect::<Vec<_>>(),
    );
}

#[test]
fn local_builds_have_a_public_version() {
    for (text, public) in [
        ("2.0.1+cu118", "2.0.1"),
        ("2.0.1", "2.0.1"),
        ("2.6.0-cu124", "2.6.0"),
        ("0.1-bulbasaur", "0.1-bulbasaur"),
    ] {
        let version = Version::parse(Ecosystem::PyPi, text).unwrap();
        assert_eq!(
            version.without_local(),
            Version::parse(Ecosystem::PyPi, public).unwrap()
        );
        assert_eq!(
            version.without_local().without_local(),
            version.without_local()
        );
    }
    assert!(
        Version::parse(Ecosystem::PyPi, "0.1-bulbasaur")
            .unwrap()
            .is_legacy()
    );
    assert!(
        !Version::parse(Ecosystem::PyPi, "2.6.0-cu124")
            .unwrap()
            .without_local()
            .is_legacy()
    );
}

#[test]
fn semantic_versions_ascend() {
    let list = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0 1.0 v1.0.0 =1.0.0 1.0.0+build",
        "1.0.0.1",
        "1.0.1",
        "1.0.99999999999999999999",
        "2.0.0",
    ];
    ascend(Ecosystem::Npm, &list);
    ascend(Ecosystem::NuGet, &list);
    assert_eq!(
        compare(Ecosystem::NuGet, "1.0-Beta", "1.0-beta"),
        Some(Ordering::Equal)
    );
    assert_eq!(compare(Ecosystem::Npm, "latest", "1.0.0"), None);
}

#[test]
fn go_versions_ascend() {
    ascend(
        Ecosystem::Go,
        &[
            "v0.0.0-20190101000000-abcdefabcdef",
            "v0.0.0-20200101000000-000000000000 0.0.0-20200101000000-000000000000",
            "v1.2.3-pre.0.20190101000000-abcdefabcdef",
            "v1.2.3-0.20190101000000-abcdefabcdef v1.2.3-0.20190101000000-abcdefabcdef",
        ]
        .into_iter()
        .filter(|line| !line.starts_with("v1.2.3-pre"))
        .chain([
            "v1.2.3-rc1",
            "v1.2.3 1.2.3",
            "go1.21rc2",
            "go1.21 1.21.0",
            "go1.21.3",
            "v2.0.0+incompatible 2.0.0",
        ])
        .collect::<Vec<_>>(),
    );
}

#[test]
fn debian_versions_ascend() {
    ascend(
        Ecosystem::Debian,
        &[
            "1.0~~",
            "1.0~rc1-1",
            "1.0 1.0-0 0:1.0",
            "1.0-1~bpo1",
            "1.0-1",
            "1.0-1+b1",
            "1.0a",
            "1.0+dfsg",
            "1.2",
            "1.10",
            "1:0.1",
        ],
    );
    assert_eq!(compare(Ecosystem::Debian, "1.0/2", "1.0"), None);
    assert_eq!(compare(Ecosystem::Debian, "a:1.0", "1.0"), None);
}

/// Facts from rpm's own tests (tests/rpmvercmp.at) and its manual.
#[test]
fn rpm_versions_are_ordered_as_rpm_does() {
    pairs(
        Ecosystem::Rpm,
        "1.0 < 2.0\n2.0 < 2.0.1\n2.0.1a > 2.0.1\n5.5p1 < 5.5p10\n10xyz < 10.1xyz\nxyz10 < xyz10.1\nxyz.4 < 8\n6.0.rc1 > 6.0\n10b2 > 10a1\n1.0a < 1.0aa\n10.0001 = 10.1\n10.0001 < 10.0039\n4.999.9 < 5.0\n2_0 = 2.0\na+ = a_\n1.0~rc1 < 1.0\n1.0~rc1~git123 < 1.0~rc1\n1.0^ > 1.0\n1.0^git1 < 1.0^git2\n1.0^git1 < 1.01\n1.0^20160101 < 1.0.1\n1.0^20160101^git1 > 1.0^20160101\n1.0~rc1^git1 > 1.0~rc1\n1.0^git1~pre < 1.0^git1\n1.0-1 < 1.0-2\n1:0.1-1 > 2.0-1\n1.0-1.fc39 < 1.0-1.fc40",
    );
}

/// Facts from the tests of apk-tools (test/version.data) and its manual.
#[test]
fn apk_versions_are_ordered_as_apk_does() {
    pairs(
        Ecosystem::Alpine,
        "2.34 > 0.1.0_alpha\n0.1.0_alpha < 0.1.3_alpha\n0.1.0_alpha2 > 0.1.0_alpha\n1.0.4-r3 < 1.0.4-r4\n1.1 > 1.1_alpha1\n1.3_alpha < 1.3_alpha2\n2.3.0b-r1 < 2.3.0b-r2\n1.06-r6 < 006\n0.13_beta5 > 0.9.12\n3.1_p16 < 3.1_p17\n2.5.1-r8 < 2.5.1a-r1\n1.0 < 1.0_p1\n1.0_rc1 < 1.0\n1.02 < 1.1\n1.02 > 1.01\n0.99.3.20040818 < 1.0\n1.6.8_p12-r1 > 1.6.8_p9-r2\n0.9.28-r2 < 0.9.28.1\n087-r1 < 103\n1.3_pre1-r1 < 1.3.2\n1.0_p10-r0 > 1.0_p9-r0\n0.1.0_alpha_pre2 < 0.1.0_alpha\n1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0\n7.0.17 < 7.0.174\n2.01.01_alpha10 > 0.94\n1.0_cvs < 1.0_svn\n1.0_git > 1.0",
    );
    for invalid in ["1.0bc", "23_foo", "1..0", "1.0-1", "a1"] {
        assert_eq!(
            Version::parse(Ecosystem::Alpine, invalid),
            None,
            "{invalid}"
        );
    }
}

/// Facts from Maven's own tests (ComparableVersionTest).
#[test]
fn maven_versions_ascend() {
    ascend(
        Ecosystem::Maven,
        &[
            "1-alpha2snapshot",
            "1-alpha2",
            "1-alpha-123",
            "1-beta-2",
            "1-beta123",
            "1-m2",
            "1-m11",
            "1-rc",
            "1-cr2",
            "1-rc123",
            "1-SNAPSHOT",
            "1 1.0 1.0.0 1-0 1.0-0 1ga 1Final 1.0-release",
            "1-sp",
            "1-sp2",
            "1-sp123",
            "1-abc",
            "1-def",
            "1-pom-1",
            "1-1-snapshot",
            "1-1",
            "1-2",
            "1-123",
        ],
    );
    pairs(
        Ecosystem::Maven,
        "2.0 < 2-1\n2.0.2 < 2.0.123\n2.1.0 < 2.1-a\n2.1b < 2.1-c\n2.1-c < 2.1-1\n2.1-1 < 2.1.0.1\n11.a2 < 11.a11\n11.m11 < 11\n11 < 11.a\n11.a < 11b\n1a = 1-a\n1a = 1.0-a\n1x = 1.0.0-x\n1a1 = 1alpha1\n1b2 = 1beta2\n1cR = 1rC\n1.0-alpha-1-SNAPSHOT < 1.0-alpha-1\n2.0.1 < 2.0.1-xyz\n2.0.1-xyz < 2.0.1-123",
    );
}

#[test]
fn versions_of_scripting_languages_ascend() {
    ascend(
        Ecosystem::RubyGems,
        &[
            "1.0.a",
            "1.0.a.2",
            "1.0.b1 1.0.0.b1",
            "1.0-1",
            "1 1.0 1.0.0",
            "1.0.1",
            "1.10",
            "2.0",
        ],
    );
    ascend(
        Ecosystem::Packagist,
        &[
            "1.0-dev 1.0.0-dev",
            "1.0-alpha1 1.0.0a1",
            "1.0-beta2",
            "1.0-RC1 1.0.0.0-rc.1",
            "1 v1.0 1.0.0.0 1.0-stable",
            "1.0-p1 1.0-patch1",
            "1.0.1",
        ],
    );
    assert_eq!(compare(Ecosystem::Packagist, "dev-main", "1.0"), None);
    ascend(
        Ecosystem::Conda,
        &[
            "0.4 0.4.0",
            "0.4.1.rc 0.4.1.RC",
            "0.4.1",
            "0.5a1",
            "0.5b3",
            "0.5C1",
            "0.5",
            "0.9.6",
            "0.960923",
            "1.0",
            "1.1dev1",
            "1.1_",
            "1.1a1",
            "1.1.0dev1 1.1.dev1",
            "1.1.a1",
            "1.1.0rc1",
            "1.1 1.1.0",
            "1.1.0post1 1.1.post1",
            "1996.07.12",
            "1!0.4.1",
            "1!3.1.1.6",
            "2!0.4.1",
        ],
    );
}

#[test]
fn tags_ascend_and_hashes_have_no_order() {
    ascend(
        Ecosystem::Generic,
        &[
            "24.04",
            "24.05-rc1",
            "24.05 v24.5.0",
            "24.05-py3",
            "24.05.1",
        ],
    );
    ascend(Ecosystem::Oci, &["b4567", "b4600"]);
    for hash in [
        "043235d6088ecd3dd5fb5ca3592b6913fd516027",
        "latest",
        "main",
        "",
    ] {
        assert_eq!(Version::parse(Ecosystem::HuggingFace, hash), None, "{hash}");
    }
}

#[test]
fn versions_of_unreasonable_length_have_no_order() {
    for ecosystem in Ecosystem::ALL {
        assert_eq!(Version::parse(ecosystem, &"1.".repeat(200)), None);
    }
}
