//! Findings as results, with their places.

use chainwright_core::finding::Finding;
use chainwright_core::location::{Location, Place};
use serde_json::{Value, json};

use super::artifacts::{Artifacts, ROOT, uri};
use super::rules::{Rules, level, security_severity};
use crate::text::{self, LONG};

/// Evidence quoted in the message; all of it is in `relatedLocations`.
const QUOTED: usize = 3;

/// One finding.
pub(super) fn result(finding: &Finding, rules: &Rules<'_>, artifacts: &mut Artifacts) -> Value {
    let subject = &finding.subject.location;
    let place = finding
        .evidence
        .first()
        .map_or(&Place::Whole, |evidence| &evidence.place);
    let related: Vec<Value> = finding
        .evidence
        .iter()
        .enumerate()
        .map(|(id, evidence)| {
            let mut location = exact_location(subject, &evidence.place, artifacts);
            location["id"] = json!(id);
            let text = text::shown(&evidence.text, LONG);
            location["message"] = json!({ "text": without_links(&text) });
            location
        })
        .collect();
    let fingerprint = finding.fingerprint.to_string();
    let mut result = json!({
        "ruleId": finding.rule,
        "kind": "fail",
        "level": level(finding.severity),
        "message": { "text": message(finding) },
        "locations": [location(subject, place, artifacts)],
        "relatedLocations": related,
        "partialFingerprints": {
            "chainwright/v1": fingerprint,
            // The one key that GitHub compares; without it, it hashes source lines, which binaries lack.
            "primaryLocationLineHash": format!("{}:1", &fingerprint[..16]),
        },
        "properties": {
            "severity": finding.severity.as_str(),
            "confidence": finding.confidence.as_str(),
            "stage": finding.stage.as_str(),
            "remedy": finding.remedy,
            "security-severity": security_severity(finding.severity),
        },
    });
    if let Some(position) = rules.position(finding.rule) {
        result["ruleIndex"] = json!(position);
    }
    result
}

/// What a reader sees first: what, where inside, what proves it, what to do. No `arguments` are ever given, so
/// braces stay single as consumers show them.
fn message(finding: &Finding) -> String {
    let mut message = text::shown(&finding.message, LONG);
    if !finding.subject.location.members().is_empty() {
        let member = text::shown_location(&finding.subject.location, text::NAME);
        message.push_str(&format!("\nIn {member}"));
    }
    for evidence in finding.evidence.iter().take(QUOTED) {
        let quoted = text::shown(&evidence.text, LONG);
        match text::place(&evidence.place) {
            Some(place) => message.push_str(&format!("\n- {place}: {quoted}")),
            None => message.push_str(&format!("\n- {quoted}")),
        }
    }
    let more = finding.evidence.len().saturating_sub(QUOTED);
    if more > 0 {
        let more = text::counted(more, "more piece", "more pieces");
        message.push_str(&format!("\n- and {more} of evidence"));
    }
    message.push_str(&format!("\nFix: {}", finding.remedy));
    without_links(&message)
}

/// Takes apart what viewers would read as an embedded link (SARIF 2.1.0, section 3.11.6).
pub(super) fn without_links(text: &str) -> String {
    text.replace("](", "] (")
}

/// Where a result is shown: always the outermost file, because GitHub shows nothing else. It also shows nothing
/// without a line, so a file that has none is shown at line 1, beside the exact byte offset.
pub(super) fn location(subject: &Location, place: &Place, artifacts: &mut Artifacts) -> Value {
    let file = artifacts.position(&Location::file(subject.path()));
    let is_file = subject.members().is_empty();
    let region = match place {
        Place::Line { line, column } if is_file => line_region(*line, *column),
        Place::Byte(offset) if is_file && i64::try_from(*offset).is_ok() => {
            json!({ "startLine": 1, "byteOffset": offset, "byteLength": 1 })
        }
        _ => json!({ "startLine": 1 }),
    };
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(subject), "uriBaseId": ROOT, "index": file },
            "region": region,
        },
    });
    let logical = logical_locations(subject, place);
    if !logical.is_empty() {
        location["logicalLocations"] = Value::Array(logical);
    }
    location
}

/// Where evidence lies: in the member itself, at its own offset.
fn exact_location(subject: &Location, place: &Place, artifacts: &mut Artifacts) -> Value {
    if subject.members().is_empty() {
        return location(subject, place, artifacts);
    }
    let mut physical = json!({ "artifactLocation": { "index": artifacts.position(subject) } });
    match place {
        Place::Line { line, column } => physical["region"] = line_region(*line, *column),
        Place::Byte(offset) if i64::try_from(*offset).is_ok() => {
            physical["region"] = json!({ "byteOffset": offset, "byteLength": 1 });
        }
        Place::Byte(_) | Place::Whole | Place::Pointer(_) | Place::Key(_) => {}
    }
    json!({
        "physicalLocation": physical,
        "logicalLocations": logical_locations(subject, place),
    })
}

fn line_region(line: u32, column: u32) -> Value {
    json!({ "startLine": line.max(1), "startColumn": column.max(1) })
}

/// The member inside its containers, and the key inside a document.
fn logical_locations(subject: &Location, place: &Place) -> Vec<Value> {
    let mut logical = Vec::new();
    if !subject.members().is_empty() {
        logical.push(json!({
            "name": subject.file_name(),
            "fullyQualifiedName": subject.to_string(),
            "kind": "resource",
        }));
    }
    match place {
        Place::Pointer(key) | Place::Key(key) => logical.push(json!({
            "name": key,
            "fullyQualifiedName": format!("{subject}#{key}"),
            "kind": "property",
        })),
        Place::Whole | Place::Byte(_) | Place::Line { .. } => {}
    }
    logical
}
