//! VEX in CycloneDX: `vulnerabilities[].analysis`, with products by `bom-ref` (specification 1.4 to 1.7).

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Document, Form, Identity, MAX_PRODUCTS, MAX_STATEMENTS, Product, Statement, Status, is_sha256,
    list, sha256, text,
};
use crate::date::seconds;

/// LIMIT: components that are visited.
const MAX_COMPONENTS: usize = 1_000_000;

pub(super) fn recognise(value: &Value) -> bool {
    text(value, "bomFormat") == "CycloneDX" && value.get("vulnerabilities").is_some()
}

pub(super) fn read(value: &Value) -> Document {
    let metadata = value.get("metadata").unwrap_or(&Value::Null);
    let author = list(metadata, "authors")
        .first()
        .map(|author| text(author, "name"));
    let supplier = metadata
        .get("supplier")
        .map(|supplier| text(supplier, "name"));
    let author = author.or(supplier).unwrap_or_default();
    let made = seconds(&text(metadata, "timestamp"));
    let components = components(value);
    let mut document = Document::new(Form::CycloneDx, author.clone());
    for one in list(value, "vulnerabilities").iter().take(MAX_STATEMENTS) {
        let Some(analysis) = one.get("analysis") else {
            continue;
        };
        let status = match text(analysis, "state").as_str() {
            "not_affected" | "false_positive" => Status::NotAffected,
            "resolved" | "resolved_with_pedigree" => Status::Fixed,
            "exploitable" => Status::Affected,
            "in_triage" => Status::UnderInvestigation,
            _ => continue,
        };
        let mut vulnerability = vec![text(one, "id")];
        vulnerability.extend(
            list(one, "references")
                .iter()
                .map(|reference| text(reference, "id")),
        );
        vulnerability.retain(|name| !name.is_empty());
        let affects = list(one, "affects").iter().take(MAX_PRODUCTS);
        let products = affects
            .map(|affected| product(&text(affected, "ref"), &components))
            .collect();
        let responses = list(analysis, "response").iter().filter_map(Value::as_str);
        document.statements.push(Statement {
            vulnerability,
            products,
            status,
            justification: text(analysis, "justification"),
            impact: text(analysis, "detail"),
            action: responses.collect::<Vec<_>>().join(", "),
            at: ["lastUpdated", "firstIssued"]
                .iter()
                .find_map(|key| seconds(&text(analysis, key)))
                .or_else(|| seconds(&text(one, "updated")))
                .or(made),
            author: author.clone(),
        });
    }
    document
}

/// A reference into this document, or a BOM-Link into another (`urn:cdx:SERIAL/VERSION#REF`).
fn product(reference: &str, components: &HashMap<String, Identity>) -> Product {
    let local = reference.rsplit('#').next().unwrap_or(reference);
    let mut identity = components
        .get(reference)
        .or_else(|| components.get(local))
        .cloned()
        .unwrap_or_default();
    identity.names.push(local.to_owned());
    Product {
        identity,
        parts: Vec::new(),
    }
}

/// Every component by its reference, nested ones included.
fn components(value: &Value) -> HashMap<String, Identity> {
    let mut found = HashMap::new();
    let main = value
        .get("metadata")
        .and_then(|metadata| metadata.get("component"));
    let mut stack: Vec<&Value> = main.into_iter().chain(list(value, "components")).collect();
    let mut visited: usize = 0;
    while let Some(component) = stack.pop() {
        visited = visited.saturating_add(1);
        if visited > MAX_COMPONENTS {
            break;
        }
        stack.extend(list(component, "components"));
        let reference = text(component, "bom-ref");
        let purl = text(component, "purl");
        let hashes = list(component, "hashes")
            .iter()
            .filter(|hash| is_sha256(&text(hash, "alg")));
        let identity = Identity {
            names: Some(purl)
                .into_iter()
                .filter(|purl| !purl.is_empty())
                .collect(),
            sha256: hashes
                .filter_map(|hash| sha256(&text(hash, "content")))
                .collect(),
        };
        found.insert(reference, identity);
    }
    found
}
