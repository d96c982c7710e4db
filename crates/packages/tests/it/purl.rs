//! Package URLs against the specification's own cases, and on the way to packages and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::purl::{self, Purl, PurlError};
use serde_json::Value;

fn data() -> PathBuf {
    std::env::var_os("CHAINWRIGHT_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    )
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn from_parts(parts: &Value) -> Purl {
    let qualifiers: BTreeMap<String, String> = parts["qualifiers"]
        .as_object()
        .map(|all| {
            all.iter()
                .map(|(key, value)| (key.clone(), text(value).unwrap()))
                .collect()
        })
        .unwrap_or_default();
    Purl {
        kind: text(&parts["type"]).unwrap_or_default(),
        namespace: text(&parts["namespace"]),
        name: text(&parts["name"]).unwrap_or_default(),
        version: text(&parts["version"]),
        qualifiers,
        subpath: text(&parts["subpath"]),
    }
}

/// The answer to a case of `purl-spec`: the parts of a URL, or the URL of parts.
fn check(case: &Value) {
    let input = &case["input"];
    let expected = &case["expected_output"];
    let parsed = match case["test_type"].as_str().unwrap() {
        "build" => from_parts(input).checked(),
        _ => purl::parse(input.as_str().unwrap()),
    };
    if case["expected_failure"].as_bool().unwrap() {
        assert!(parsed.is_err(), "{case}");
        return;
    }
    let parsed = parsed.unwrap_or_else(|error| panic!("{error}: {case}"));
    if let Some(url) = expected.as_str() {
        // The specification's cases differ on `/` in qualifiers, which may stay or not; the canonical form encodes it.
        assert_eq!(parsed.to_string(), url, "{case}");
        assert_eq!(purl::parse(url).unwrap(), parsed, "{case}");
    } else {
        assert_eq!(parsed, from_parts(expected), "{case}");
        assert_eq!(purl::parse(&parsed.to_string()).unwrap(), parsed, "{case}");
    }
}

#[test]
fn the_cases_of_the_specification_pass_in_both_directions() {
    let Ok(folder) = fs::read_dir(data().join("purl")) else {
        eprintln!("skipped: no purl cases at {}", data().display());
        return;
    };
    let mut count = 0;
    for file in folder {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        for case in document["tests"].as_array().unwrap() {
            check(case);
            count += 1;
        }
    }
    assert!(count >= 90, "{count}");
}

#[test]
fn packages_come_back_from_their_urls() {
    let image = Package::new(Ecosystem::Oci, "docker.io/vllm/vllm-openai", Some("v0.6.1"));
    let digest = Package::new(Ecosystem::Oci, "static", Some("sha256:244fd47e07d10"));
    let system = |ecosystem, distribution: &str, version: &str| Package {
        distribution: distribution.to_owned(),
        ..Package::new(ecosystem, "openssl", Some(version))
    };
    for (package, expected) in [
        (
            Package::new(Ecosystem::PyPi, "torch", Some("2.0.1+cu118")),
            "pkg:pypi/torch@2.0.1%2Bcu118",
        ),
        (
            Package::new(Ecosystem::Npm, "@angular/core", Some("1.0.0")),
            "pkg:npm/%40angular/core@1.0.0",
        ),
        (
            Package::new(Ecosystem::Go, "github.com/ollama/ollama", Some("v0.1.0")),
            "pkg:golang/github.com/ollama/ollama@v0.1.0",
        ),
        (
            Package::new(Ecosystem::Maven, "org.apache:log4j", None::<String>),
            "pkg:maven/org.apache/log4j",
        ),
        (
            Package::new(
                Ecosystem::HuggingFace,
                "EleutherAI/gpt-neo-1.3B",
                Some("abc1"),
            ),
            "pkg:huggingface/EleutherAI/gpt-neo-1.3B@abc1",
        ),
        (
            image,
            "pkg:oci/vllm-openai?repository_url=docker.io%2Fvllm%2Fvllm-openai&tag=v0.6.1",
        ),
        (digest, "pkg:oci/static@sha256:244fd47e07d10"),
        (
            system(Ecosystem::Debian, "debian-12", "1:3.0.11-1~deb12u2"),
            "pkg:deb/debian/openssl@1:3.0.11-1~deb12u2?distro=debian-12",
        ),
        (
            system(Ecosystem::Alpine, "alpine-3.20", "3.3.0-r2"),
            "pkg:apk/alpine/openssl@3.3.0-r2?distro=alpine-3.20",
        ),
        (
            system(Ecosystem::Rpm, "fedora-40", "1:3.2.1-2.fc40"),
            "pkg:rpm/fedora/openssl@3.2.1-2.fc40?distro=fedora-40&epoch=1",
        ),
        (
            Package::new(Ecosystem::GitHubActions, "actions/checkout", Some("v4")),
            "pkg:githubactions/actions/checkout@v4",
        ),
        (
            Package::new(Ecosystem::Generic, "triton", Some("24.05")),
            "pkg:generic/triton@24.05",
        ),
    ] {
        assert_eq!(purl::write(&package), expected);
        assert_eq!(
            purl::parse(expected).unwrap().to_package().unwrap(),
            package
        );
    }
}

#[test]
fn broken_urls_say_what_is_wrong() {
    for (text, expected) in [
        ("http:pypi/torch", PurlError::Scheme),
        ("torch", PurlError::Scheme),
        ("pkg:pypi", PurlError::Name),
        ("pkg:pypi/", PurlError::Name),
        ("pkg:9x/a", PurlError::Type),
        ("pkg:p%20y/a", PurlError::Type),
        ("pkg:pypi/a?=1", PurlError::Qualifier),
        ("pkg:pypi/a?b=1&B=2", PurlError::Qualifier),
        ("pkg:pypi/a%2", PurlError::Encoding),
        ("pkg:pypi/a%FF", PurlError::Encoding),
    ] {
        assert_eq!(purl::parse(text), Err(expected), "{text}");
    }
    assert_eq!(
        purl::parse(&format!("pkg:pypi/{}", "a".repeat(9000))),
        Err(PurlError::Length)
    );
}

#[test]
fn unusual_spellings_lead_to_the_canonical_form() {
    for (text, expected) in [
        ("PKG://PyPI//Django_Rest@1.0", "pkg:pypi/django-rest@1.0"),
        (
            "pkg:npm/@babel/core@7.0.0?a=&b=c",
            "pkg:npm/%40babel/core@7.0.0?b=c",
        ),
        ("pkg:golang/a/b#./x/../y", "pkg:golang/a/b#x/y"),
    ] {
        assert_eq!(purl::parse(text).unwrap().to_string(), expected);
    }
}
