//! OSV documents, JSON or YAML, as records.
//!
//! Fields that we don't use are passed over; a field of the wrong type counts as absent, with two exceptions: a
//! document without an `id` is no record, and a range whose events we cannot read makes the record undecidable
//! instead of harmless. Our own feed for models has the same form, with `digests` beside the ranges.

use serde_json::{Map, Value};

use crate::record::{
    Affected, AffectedPackage, DigestClaim, DigestSubject, Event, Kind, Range, RangeKind, Record,
    Reference, Score,
};
use crate::yaml::{self, YamlError};

/// LIMIT: bytes of the details that are kept; whoever needs all of them follows the references.
const MAX_DETAILS: usize = 32 * 1024;
/// LIMIT: bytes of any other text.
const MAX_TEXT: usize = 4 * 1024;
/// LIMIT: references, aliases and relations that are kept.
const MAX_NAMES: usize = 1_000;
/// LIMIT: digests and functions of one package that are kept.
const MAX_DIGESTS: usize = 100_000;

/// Why a document is no record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// No JSON.
    #[error("no valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// No YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// No TOML front matter.
    #[error("no valid front matter: {0}")]
    FrontMatter(String),
    /// Something else in JSON or YAML.
    #[error("the document has no `id`, so it is no advisory")]
    NoId,
    /// A list that decides about versions is not what it should be.
    #[error("`{0}` is not what the schema says, so it is not known what is affected")]
    Undecidable(&'static str),
}

/// Reads an OSV document in JSON.
///
/// # Errors
/// When it is no record.
pub fn from_json(bytes: &[u8]) -> Result<Record, RecordError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    from_value(&serde_json::from_slice(bytes)?)
}

/// Reads an OSV document in YAML.
///
/// # Errors
/// When it is no record.
pub fn from_yaml(text: &str) -> Result<Record, RecordError> {
    from_value(&yaml::parse(text)?)
}

/// Reads an OSV document.
///
/// # Errors
/// When it is no record.
pub fn from_value(value: &Value) -> Result<Record, RecordError> {
    let object = value.as_object().ok_or(RecordError::NoId)?;
    let id = text(object, "id", MAX_TEXT).trim().to_owned();
    if id.is_empty() || id.chars().any(char::is_control) {
        return Err(RecordError::NoId);
    }
    let mut record = Record {
        modified: text(object, "modified", 64),
        published: text(object, "published", 64),
        withdrawn: withdrawn(object),
        aliases: names(object, "aliases"),
        related: names(object, "related"),
        summary: text(object, "summary", MAX_TEXT),
        details: text(object, "details", MAX_DETAILS),
        severity: list(object, "severity").iter().filter_map(score).collect(),
        affected: affected(object)?,
        references: references(object),
        id,
        ..Record::default()
    };
    record.aliases.retain(|alias| *alias != record.id);
    specific(object, &mut record);
    Ok(record)
}

fn affected(object: &Map<String, Value>) -> Result<Vec<Affected>, RecordError> {
    match object.get("affected") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(one_affected).collect(),
        Some(_) => Err(RecordError::Undecidable("affected")),
    }
}

fn one_affected(value: &Value) -> Result<Affected, RecordError> {
    let object = value
        .as_object()
        .ok_or(RecordError::Undecidable("affected"))?;
    let mut package = AffectedPackage::default();
    if let Some(named) = object.get("package").and_then(Value::as_object) {
        package.ecosystem = text(named, "ecosystem", MAX_TEXT);
        package.name = text(named, "name", MAX_TEXT);
        package.purl = text(named, "purl", MAX_TEXT);
    }
    let versions = match object.get("versions") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            let read: Option<Vec<String>> = items.iter().map(scalar).collect();
            read.ok_or(RecordError::Undecidable("versions"))?
        }
        Some(_) => return Err(RecordError::Undecidable("versions")),
    };
    let ranges = match object.get("ranges") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().map(range).collect::<Result<_, _>>()?,
        Some(_) => return Err(RecordError::Undecidable("ranges")),
    };
    let mut one = Affected {
        package,
        ranges,
        versions,
        ..Affected::default()
    };
    for place in ["ecosystem_specific", "database_specific"] {
        if let Some(specific) = object.get(place).and_then(Value::as_object) {
            functions(specific, &mut one.ecosystem_specific.functions);
            digests(specific, &mut one.ecosystem_specific.digests);
        }
    }
    one.ecosystem_specific.functions.sort();
    one.ecosystem_specific.functions.dedup();
    one.ecosystem_specific.digests.sort();
    one.ecosystem_specific.digests.dedup();
    Ok(one)
}

fn range(value: &Value) -> Result<Range, RecordError> {
    let object = value
        .as_object()
        .ok_or(RecordError::Undecidable("ranges"))?;
    let kind = match text(object, "type", 64).to_ascii_uppercase().as_str() {
        "ECOSYSTEM" => RangeKind::Ecosystem,
        "SEMVER" => RangeKind::Semver,
        "GIT" => RangeKind::Git,
        _ => RangeKind::Other,
    };
    let mut events = Vec::new();
    for event in list(object, "events") {
        let pairs = event
            .as_object()
            .ok_or(RecordError::Undecidable("events"))?;
        for (name, value) in pairs {
            let version = scalar(value).ok_or(RecordError::Undecidable("events"))?;
            match name.as_str() {
                "introduced" => events.push(Event::Introduced(version)),
                "fixed" => events.push(Event::Fixed(version)),
                "last_affected" => events.push(Event::LastAffected(version)),
                "limit" => events.push(Event::Limit(version)),
                _ => {}
            }
        }
    }
    Ok(Range {
        kind,
        repo: text(object, "repo", MAX_TEXT),
        events,
    })
}

/// Symbols: RustSec's `affects.functions`, Go's `imports[].symbols`, GHSA's `affected_functions`.
fn functions(specific: &Map<String, Value>, found: &mut Vec<String>) {
    let mut push = |name: String| {
        if found.len() < MAX_DIGESTS && !name.is_empty() {
            found.push(name);
        }
    };
    for name in list(specific, "affected_functions")
        .iter()
        .filter_map(scalar)
    {
        push(name);
    }
    if let Some(affects) = specific.get("affects").and_then(Value::as_object) {
        for name in list(affects, "functions").iter().filter_map(scalar) {
            push(name);
        }
    }
    for import in list(specific, "imports")
        .iter()
        .filter_map(Value::as_object)
    {
        let path = text(import, "path", MAX_TEXT);
        let symbols = list(import, "symbols");
        if symbols.is_empty() {
            push(path.clone());
        }
        for symbol in symbols.iter().filter_map(scalar) {
            push(format!("{path}.{symbol}"));
        }
    }
}

/// Digests of our own feed: `digests: [{type: file|oms-root, sha256, path?}]`, or bare texts for files.
fn digests(specific: &Map<String, Value>, found: &mut Vec<DigestClaim>) {
    for value in list(specific, "digests") {
        let (written, subject, path) = match value {
            Value::String(text) => (text.clone(), DigestSubject::File, String::new()),
            Value::Object(object) => {
                let subject = match text(object, "type", 64).to_ascii_lowercase().as_str() {
                    "oms-root" | "oms_root" | "oms" => DigestSubject::OmsRoot,
                    _ => DigestSubject::File,
                };
                (
                    text(object, "sha256", 256),
                    subject,
                    text(object, "path", MAX_TEXT),
                )
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => continue,
        };
        let hex = written
            .strip_prefix("sha256:")
            .unwrap_or(&written)
            .to_ascii_lowercase();
        let is_digest = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest && found.len() < MAX_DIGESTS {
            found.push(DigestClaim {
                subject,
                sha256: hex,
                path,
            });
        }
    }
}

fn specific(object: &Map<String, Value>, record: &mut Record) {
    let Some(specific) = object.get("database_specific").and_then(Value::as_object) else {
        record.database_specific.kind = informational(object).unwrap_or_else(|| kind(record));
        return;
    };
    record.database_specific.severity = text(specific, "severity", 64);
    for key in ["cwe_ids", "cwes"] {
        for value in list(specific, key) {
            let name = value
                .as_object()
                .map_or_else(|| scalar(value), |object| Some(text(object, "cweId", 64)));
            if let Some(name) = name.filter(|name| name.starts_with("CWE-")) {
                record.database_specific.cwe_ids.push(name);
            }
        }
    }
    record.database_specific.cwe_ids.sort();
    record.database_specific.cwe_ids.dedup();
    record.database_specific.kind = informational_kind(specific)
        .or_else(|| informational(object))
        .unwrap_or_else(|| kind(record));
}

/// RustSec's exports keep the word with the affected package.
fn informational(object: &Map<String, Value>) -> Option<Kind> {
    list(object, "affected")
        .iter()
        .filter_map(|affected| affected.get("database_specific")?.as_object())
        .find_map(informational_kind)
}

fn informational_kind(specific: &Map<String, Value>) -> Option<Kind> {
    match text(specific, "informational", 64).as_str() {
        "unmaintained" => Some(Kind::Unmaintained),
        "unsound" => Some(Kind::Unsound),
        "notice" => Some(Kind::Notice),
        _ => None,
    }
}

/// Whether the package itself is the attack: the OpenSSF's `MAL-` ids, and CWE-506 (embedded malicious code).
fn kind(record: &Record) -> Kind {
    let named = std::iter::once(&record.id)
        .chain(&record.aliases)
        .any(|id| id.starts_with("MAL-"));
    let classed = record
        .database_specific
        .cwe_ids
        .iter()
        .any(|cwe| cwe == "CWE-506");
    if named || classed {
        Kind::Malicious
    } else {
        Kind::Vulnerability
    }
}

/// A withdrawal counts however it is written, unless it says nothing.
fn withdrawn(object: &Map<String, Value>) -> String {
    match object.get("withdrawn") {
        None | Some(Value::Null | Value::Bool(false)) => String::new(),
        Some(value) => scalar(value).unwrap_or_else(|| "unknown".to_owned()),
    }
}

fn score(value: &Value) -> Option<Score> {
    let object = value.as_object()?;
    Some(Score {
        system: text(object, "type", 64),
        score: text(object, "score", MAX_TEXT),
    })
}

fn references(object: &Map<String, Value>) -> Vec<Reference> {
    list(object, "references")
        .iter()
        .take(MAX_NAMES)
        .filter_map(Value::as_object)
        .map(|object| Reference {
            kind: text(object, "type", 64),
            url: text(object, "url", MAX_TEXT),
        })
        .filter(|reference| !reference.url.is_empty())
        .collect()
}

fn names(object: &Map<String, Value>, key: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    list(object, key)
        .iter()
        .filter_map(scalar)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty() && name.len() <= 256 && seen.insert(name.clone()))
        .take(MAX_NAMES)
        .collect()
}

fn list<'a>(object: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    object
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A text, or a number as it is written.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(object: &Map<String, Value>, key: &str, most: usize) -> String {
    let written = object.get(key).and_then(scalar).unwrap_or_default();
    if written.len() <= most {
        return written;
    }
    let end = written.floor_char_boundary(most);
    written.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_and_json_give_the_same_record() {
        let yaml = "id: PYSEC-1\nmodified: '2026-01-01T00:00:00Z'\naliases: [CVE-2026-1]\naffected:\n- package: {name: torch, ecosystem: PyPI}\n  ranges:\n  - type: GIT\n    repo: https://x\n    events: [{introduced: '0'}, {fixed: abc}]\n  - type: ECOSYSTEM\n    events: [{introduced: '0'}, {last_affected: 2.6.0}]\n  versions: [1.10, 2.0.1]\n";
        let json = json!({
            "id": "PYSEC-1", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-1"], "unknown": {"a": 1},
            "affected": [{"package": {"name": "torch", "ecosystem": "PyPI"}, "versions": ["1.10", "2.0.1"], "ranges": [
                {"type": "GIT", "repo": "https://x", "events": [{"introduced": "0"}, {"fixed": "abc"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "2.6.0"}]}]}],
        });
        let from_yaml = from_yaml(yaml).unwrap();
        assert_eq!(from_yaml, from_value(&json).unwrap());
        assert_eq!(
            from_yaml.affected[0].ranges[1].events[1],
            Event::LastAffected("2.6.0".into())
        );
        let written = serde_json::to_vec(&from_yaml).unwrap();
        assert_eq!(from_json(&written).unwrap(), from_yaml);
    }

    #[test]
    fn what_decides_about_versions_is_never_guessed() {
        for (document, place) in [
            (json!({"id": "A", "affected": {}}), "affected"),
            (json!({"id": "A", "affected": [1]}), "affected"),
            (
                json!({"id": "A", "affected": [{"versions": "1.0"}]}),
                "versions",
            ),
            (
                json!({"id": "A", "affected": [{"versions": [["1"]]}]}),
                "versions",
            ),
            (json!({"id": "A", "affected": [{"ranges": {}}]}), "ranges"),
            (
                json!({"id": "A", "affected": [{"ranges": [{"events": [3]}]}]}),
                "events",
            ),
            (
                json!({"id": "A", "affected": [{"ranges": [{"events": [{"fixed": {}}]}]}]}),
                "events",
            ),
        ] {
            match from_value(&document) {
                Err(RecordError::Undecidable(found)) => assert_eq!(found, place, "{document}"),
                other => panic!("{document}: {other:?}"),
            }
        }
    }

    #[test]
    fn documents_without_an_id_are_no_records() {
        for document in [
            json!(null),
            json!([]),
            json!({}),
            json!({"id": ""}),
            json!({"id": "a\nb"}),
        ] {
            assert!(
                matches!(from_value(&document), Err(RecordError::NoId)),
                "{document}"
            );
        }
    }

    #[test]
    fn models_are_named_by_digest() {
        let hex = "AB".repeat(32);
        let record = from_value(&json!({"id": "X", "affected": [{
            "package": {"ecosystem": "HuggingFace", "name": "a/b"},
            "ecosystem_specific": {"digests": [format!("sha256:{hex}"), "short", {"sha256": hex, "type": "oms-root", "path": "p"}]},
        }]}))
        .unwrap();
        let digests = &record.affected[0].ecosystem_specific.digests;
        assert_eq!(digests.len(), 2);
        assert_eq!(digests[0].sha256, "ab".repeat(32));
        assert_eq!(digests[1].subject, DigestSubject::OmsRoot);
    }

    #[test]
    fn kinds_are_read_where_databases_write_them() {
        for (document, wanted) in [
            (json!({"id": "MAL-2026-1"}), Kind::Malicious),
            (
                json!({"id": "PYSEC-1", "aliases": ["MAL-2026-1"]}),
                Kind::Malicious,
            ),
            (
                json!({"id": "GHSA-1", "database_specific": {"cwe_ids": ["CWE-506"]}}),
                Kind::Malicious,
            ),
            (
                json!({"id": "RUSTSEC-1", "database_specific": {"informational": "unmaintained"}}),
                Kind::Unmaintained,
            ),
            (
                json!({"id": "RUSTSEC-2", "affected": [{"database_specific": {"informational": "notice"}}]}),
                Kind::Notice,
            ),
            (
                json!({"id": "GHSA-1", "database_specific": {"severity": "HIGH"}}),
                Kind::Vulnerability,
            ),
        ] {
            assert_eq!(
                from_value(&document).unwrap().database_specific.kind,
                wanted,
                "{document}"
            );
        }
    }
}
