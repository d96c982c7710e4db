//! What statements of each form mean for matches.

use std::sync::Arc;

use chainwright_core::package::Ecosystem;
use serde_json::json;

use super::*;
use crate::class::{NothingKnown, group};
use crate::record::Record;

const DIGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn matched() -> Match {
    let record = Record {
        id: "PYSEC-2026-1".into(),
        aliases: vec!["CVE-2026-1".into(), "GHSA-a".into()],
        ..Record::default()
    };
    Match {
        advisory: Arc::new(group(&[record], &NothingKnown).classes.remove(0)),
        unknown: false,
        evidence: "< 2".into(),
        fixed: None,
    }
}

fn subject() -> Subject {
    Subject {
        roots: vec![
            "pkg:oci/app@sha256%3Aabc".into(),
            "https://example.org/app".into(),
        ],
        root_digests: vec![],
        package: Some(Package::new(Ecosystem::PyPi, "torch", Some("2.0.1"))),
        digests: vec![DIGEST.into()],
    }
}

/// The reason why the match is hidden, or an empty text.
fn reason(documents: &[Value]) -> String {
    let mut statements = Vec::new();
    for document in documents {
        statements.extend(
            parse(&serde_json::to_vec(document).unwrap())
                .unwrap()
                .statements,
        );
    }
    let applied = apply(&statements, &subject(), vec![matched()]);
    applied[0]
        .suppressed
        .as_ref()
        .map(|suppressed| suppressed.reason.clone())
        .unwrap_or_default()
}

fn openvex(statement: impl Into<Value>) -> Value {
    json!({"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://x", "author": "us",
           "timestamp": "2026-01-01T00:00:00Z", "version": 1, "statements": [statement.into()]})
}

fn simple(product: impl Into<Value>, status: &str, timestamp: &str) -> Value {
    openvex(
        json!({"vulnerability": {"name": "CVE-2026-1"}, "products": [product.into()], "status": status,
                   "justification": if status == "not_affected" { "vulnerable_code_not_present" } else { "" }, "timestamp": timestamp}),
    )
}

#[test]
fn products_are_found_by_purl_digest_and_name() {
    for (product, hidden) in [
        (json!({"@id": "pkg:pypi/torch@2.0.1"}), true),
        (json!({"@id": "pkg:pypi/Torch"}), true),
        (json!("pkg:pypi/torch@2.0.1"), true),
        (json!({"@id": "pkg:pypi/torch@2.0.2"}), false),
        (json!({"@id": "pkg:npm/torch@2.0.1"}), false),
        (
            json!({"@id": "x", "identifiers": {"purl": "pkg:pypi/torch@2.0.1"}}),
            true,
        ),
        (
            json!({"@id": "x", "hashes": {"sha-256": DIGEST.to_uppercase()}}),
            true,
        ),
        (json!({"@id": "x", "hashes": {"sha-512": DIGEST}}), false),
        (json!({"@id": "https://example.org/app"}), true),
        (json!({"@id": "https://example.org/other"}), false),
        (
            json!({"@id": "https://example.org/app", "subcomponents": [{"@id": "pkg:pypi/torch@2.0.1"}]}),
            true,
        ),
        (
            json!({"@id": "https://example.org/app", "subcomponents": [{"@id": "pkg:pypi/numpy"}]}),
            false,
        ),
        (
            json!({"@id": "https://example.org/other", "subcomponents": [{"@id": "pkg:pypi/torch"}]}),
            false,
        ),
    ] {
        let document = simple(product.clone(), "not_affected", "2026-01-02T00:00:00Z");
        assert_eq!(!reason(&[document]).is_empty(), hidden, "{product}");
    }
}

#[test]
fn weaknesses_are_found_under_every_name() {
    for (vulnerability, hidden) in [
        (json!({"name": "PYSEC-2026-1"}), true),
        (json!({"name": "ghsa-A"}), true),
        (json!({"name": "X", "aliases": ["GHSA-a"]}), true),
        (json!("CVE-2026-1"), true),
        (json!({"name": "CVE-2026-10"}), false),
    ] {
        let document = openvex(
            json!({"vulnerability": vulnerability, "products": [{"@id": "pkg:pypi/torch"}],
                                      "status": "not_affected", "impact_statement": "not reachable"}),
        );
        assert_eq!(
            reason(&[document]) == "not reachable",
            hidden,
            "{vulnerability}"
        );
    }
}

#[test]
fn the_later_statement_wins() {
    let product = || json!({"@id": "pkg:pypi/torch"});
    let early = simple(product(), "not_affected", "2026-01-02T00:00:00Z");
    let late = simple(product(), "affected", "2026-02-02T00:00:00Z");
    assert_eq!(reason(&[late.clone(), early.clone()]), "");
    assert_eq!(reason(&[early.clone(), late]), "");
    let earlier = simple(product(), "under_investigation", "2025-02-02T00:00:00Z");
    assert_eq!(reason(&[early, earlier]), "vulnerable_code_not_present");
}

#[test]
fn claims_need_a_reason_and_repairs_a_version() {
    let bare = openvex(
        json!({"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:pypi/torch"}], "status": "not_affected"}),
    );
    let document = parse(&serde_json::to_vec(&bare).unwrap()).unwrap();
    assert_eq!((document.statements.len(), document.rejected.len()), (0, 1));
    let fixed = |id: &str| {
        let document = openvex(
            json!({"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": id}], "status": "fixed", "impact_statement": "patched"}),
        );
        reason(&[document])
    };
    assert_eq!(fixed("pkg:pypi/torch@2.0.1"), "patched");
    assert_eq!(fixed("pkg:pypi/torch"), "");
}

#[test]
fn cyclonedx_analyses_are_statements() {
    let bom = |state: &str, reference: &str| {
        json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"timestamp": "2026-01-01T00:00:00Z"},
            "components": [{"bom-ref": "app", "name": "app", "components": [
                {"bom-ref": "t", "purl": "pkg:pypi/torch@2.0.1", "hashes": [{"alg": "SHA-256", "content": DIGEST}]}]}],
            "vulnerabilities": [{"id": "X-1", "references": [{"id": "GHSA-a"}],
                "analysis": {"state": state, "justification": "code_not_reachable"}, "affects": [{"ref": reference}]}]})
    };
    for (state, reference, hidden) in [
        ("not_affected", "t", true),
        ("false_positive", "t", true),
        ("resolved", "t", true),
        ("exploitable", "t", false),
        ("in_triage", "t", false),
        (
            "not_affected",
            "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#t",
            true,
        ),
        ("not_affected", "app", false),
        ("not_affected", "pkg:pypi/torch@2.0.1", true),
    ] {
        assert_eq!(
            !reason(&[bom(state, reference)]).is_empty(),
            hidden,
            "{state} {reference}"
        );
    }
}

#[test]
fn csaf_products_and_flags_are_statements() {
    let csaf = |status: Value, notes: Value| {
        let mut vulnerability = json!({"cve": "CVE-2026-1", "product_status": status});
        for (key, value) in notes.as_object().unwrap() {
            vulnerability[key] = value.clone();
        }
        json!({"document": {"csaf_version": "2.0", "category": "csaf_vex", "publisher": {"name": "us"},
                "tracking": {"current_release_date": "2026-01-01T00:00:00Z"}},
            "product_tree": {
                "branches": [{"branches": [{"product": {"product_id": "T", "name": "t", "product_identification_helper": {"purl": "pkg:pypi/torch@2.0.1"}}}]}],
                "full_product_names": [{"product_id": "A", "name": "a", "product_identification_helper": {"purl": "pkg:oci/app@sha256%3Aabc"}}],
                "relationships": [{"category": "default_component_of", "product_reference": "T", "relates_to_product_reference": "A",
                    "full_product_name": {"product_id": "A:T", "name": "at"}}],
                "product_groups": [{"group_id": "G", "product_ids": ["T"]}]},
            "vulnerabilities": [vulnerability]})
    };
    let flag =
        || json!({"flags": [{"label": "component_not_present", "product_ids": ["T", "A:T"]}]});
    for (status, notes, wanted) in [
        (
            json!({"known_not_affected": ["T"]}),
            flag(),
            "component_not_present",
        ),
        (
            json!({"known_not_affected": ["A:T"]}),
            flag(),
            "component_not_present",
        ),
        (json!({"known_not_affected": ["T"]}), json!({}), ""),
        (
            json!({"known_not_affected": ["T"]}),
            json!({"threats": [{"category": "impact", "details": "no", "group_ids": ["G"]}]}),
            "no",
        ),
        (
            json!({"known_not_affected": ["T"]}),
            json!({"threats": [{"category": "impact", "details": "all"}]}),
            "all",
        ),
        (json!({"known_affected": ["T"]}), flag(), ""),
        (json!({"fixed": ["T"]}), flag(), "component_not_present"),
    ] {
        assert_eq!(
            reason(&[csaf(status.clone(), notes.clone())]),
            wanted,
            "{status} {notes}"
        );
    }
}

#[test]
fn what_is_written_is_read_again() {
    let document = simple(
        json!({"@id": "pkg:pypi/torch@2.0.1", "hashes": {"sha-256": DIGEST}, "subcomponents": [{"@id": "pkg:pypi/numpy"}]}),
        "not_affected",
        "2026-01-02T00:00:00Z",
    );
    let read = parse(&serde_json::to_vec(&document).unwrap()).unwrap();
    let written = write("https://x", "us", "2026-03-03T00:00:00Z", &read.statements);
    let again = parse(&serde_json::to_vec(&written).unwrap()).unwrap();
    assert_eq!(again.statements, read.statements);
}

#[test]
fn other_documents_are_refused() {
    for bytes in [
        &b"{}"[..],
        b"[]",
        b"nonsense",
        b"{\"bomFormat\": \"CycloneDX\"}",
    ] {
        assert!(parse(bytes).is_err());
    }
}
