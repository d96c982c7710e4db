//! OpenVEX 0.2.0 (openvex/spec OPENVEX-SPEC.md); the strings of 0.0.1 are understood as well.

use serde_json::{Map, Value, json};

use super::{
    Document, Form, Identity, MAX_PRODUCTS, MAX_STATEMENTS, Product, Statement, Status, is_sha256,
    list, sha256, text,
};
use crate::date::{moment, seconds};

pub(super) fn recognise(value: &Value) -> bool {
    let context = value.get("@context");
    let is_ours = |value: &Value| value.as_str().is_some_and(|text| text.contains("openvex"));
    context.is_some_and(|context| {
        is_ours(context)
            || context
                .as_array()
                .is_some_and(|list| list.iter().any(is_ours))
    })
}

pub(super) fn read(value: &Value) -> Document {
    let author = text(value, "author");
    let made = last_time(value);
    let mut document = Document::new(Form::OpenVex, author.clone());
    for one in list(value, "statements").iter().take(MAX_STATEMENTS) {
        let status = match text(one, "status").as_str() {
            "not_affected" => Status::NotAffected,
            "affected" => Status::Affected,
            "fixed" => Status::Fixed,
            "under_investigation" => Status::UnderInvestigation,
            other => {
                document
                    .rejected
                    .push(format!("a statement has the status `{}`", crop(other)));
                continue;
            }
        };
        document.statements.push(Statement {
            vulnerability: names(one.get("vulnerability").unwrap_or(&Value::Null)),
            products: list(one, "products")
                .iter()
                .take(MAX_PRODUCTS)
                .map(product)
                .collect(),
            status,
            justification: text(one, "justification"),
            impact: text(one, "impact_statement"),
            action: text(one, "action_statement"),
            at: last_time(one).or(made),
            author: author.clone(),
        });
    }
    document
}

fn crop(text: &str) -> String {
    text.chars()
        .take(60)
        .filter(|letter| !letter.is_control())
        .collect()
}

fn last_time(value: &Value) -> Option<i64> {
    ["last_updated", "timestamp"]
        .iter()
        .find_map(|key| seconds(&text(value, key)))
}

fn names(vulnerability: &Value) -> Vec<String> {
    if let Some(name) = vulnerability.as_str() {
        return vec![name.to_owned()];
    }
    let mut names = vec![text(vulnerability, "name")];
    names.extend(
        list(vulnerability, "aliases")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned),
    );
    names.retain(|name| !name.is_empty());
    names
}

fn product(value: &Value) -> Product {
    Product {
        identity: identity(value),
        parts: list(value, "subcomponents").iter().map(identity).collect(),
    }
}

fn identity(value: &Value) -> Identity {
    if let Some(name) = value.as_str() {
        return Identity {
            names: vec![name.to_owned()],
            sha256: Vec::new(),
        };
    }
    let mut names = vec![text(value, "@id")];
    if let Some(identifiers) = value.get("identifiers").and_then(Value::as_object) {
        names.extend(
            identifiers
                .values()
                .filter_map(Value::as_str)
                .map(str::to_owned),
        );
    }
    names.retain(|name| !name.is_empty());
    names.dedup();
    let hashes = value.get("hashes").and_then(Value::as_object);
    let digests = hashes
        .into_iter()
        .flatten()
        .filter(|(name, _)| is_sha256(name));
    Identity {
        names,
        sha256: digests
            .filter_map(|(_, digest)| sha256(digest.as_str()?))
            .collect(),
    }
}

/// Writes statements as an OpenVEX 0.2.0 document. `id` is its IRI, `timestamp` the moment in RFC 3339.
#[must_use]
pub fn write(id: &str, author: &str, timestamp: &str, statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(written).collect();
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": id,
        "author": author,
        "timestamp": timestamp,
        "version": 1,
        "statements": statements,
    })
}

fn written(statement: &Statement) -> Value {
    let mut names = statement.vulnerability.iter();
    let mut vulnerability = Map::new();
    vulnerability.insert("name".to_owned(), json!(names.next()));
    let aliases: Vec<&String> = names.collect();
    if !aliases.is_empty() {
        vulnerability.insert("aliases".to_owned(), json!(aliases));
    }
    let mut one = Map::new();
    one.insert("vulnerability".to_owned(), Value::Object(vulnerability));
    let products: Vec<Value> = statement
        .products
        .iter()
        .map(|product| {
            let mut value = written_identity(&product.identity);
            if !product.parts.is_empty() {
                let parts = product
                    .parts
                    .iter()
                    .map(|part| Value::Object(written_identity(part)));
                value.insert("subcomponents".to_owned(), parts.collect());
            }
            Value::Object(value)
        })
        .collect();
    one.insert("products".to_owned(), Value::Array(products));
    one.insert("status".to_owned(), json!(statement.status.as_str()));
    if let Some(at) = statement.at {
        one.insert("timestamp".to_owned(), json!(moment(at)));
    }
    for (key, content) in [
        ("justification", &statement.justification),
        ("impact_statement", &statement.impact),
        ("action_statement", &statement.action),
    ] {
        if !content.is_empty() {
            one.insert(key.to_owned(), json!(content));
        }
    }
    if statement.status == Status::Affected && statement.action.is_empty() {
        one.insert("action_statement".to_owned(), json!("no action is known"));
    }
    Value::Object(one)
}

fn written_identity(identity: &Identity) -> Map<String, Value> {
    let mut value = Map::new();
    let purl = identity.names.iter().find(|name| name.starts_with("pkg:"));
    let id = identity
        .names
        .first()
        .cloned()
        .or_else(|| Some(format!("urn:sha256:{}", identity.sha256.first()?)));
    value.insert("@id".to_owned(), json!(id));
    if let Some(purl) = purl {
        value.insert("identifiers".to_owned(), json!({"purl": purl}));
    }
    if let Some(digest) = identity.sha256.first() {
        value.insert("hashes".to_owned(), json!({"sha-256": digest}));
    }
    value
}
