//! CPE version ranges of CVEs: products without an ecosystem, such as an inference server.
//!
//! Read are the documents of `anchore/nvd-data-overrides` (one CVE each, `_annotation` beside `cve.configurations`)
//! and the `cve` objects of the National Vulnerability Database's API 2.0. A product becomes a package of the
//! `Generic` ecosystem with the name `vendor/product`.

use serde_json::{Map, Value};

use crate::osv::RecordError;
use crate::record::{
    Affected, AffectedPackage, Event, Kind, Range, RangeKind, Record, Reference, Score, Shape,
    Specific,
};

/// LIMIT: nodes of one configuration that are visited.
const MAX_NODES: usize = 10_000;
const MAX_TEXT: usize = 32 * 1024;

/// Whether a document looks like one of these.
#[must_use]
pub fn recognise(value: &Value) -> bool {
    value.get("_annotation").is_some()
        || value.pointer("/cve/configurations").is_some()
        || (value.get("configurations").is_some() && value.get("id").is_some())
}

/// Reads one CVE.
///
/// # Errors
/// When it names no CVE.
pub fn from_value(value: &Value) -> Result<Record, RecordError> {
    let annotation = value.get("_annotation").unwrap_or(&Value::Null);
    let cve = value.get("cve").unwrap_or(value);
    let id = first_text(&[annotation.get("cve_id"), cve.get("id")]);
    if !id.starts_with("CVE-") || id.chars().any(char::is_control) {
        return Err(RecordError::NoId);
    }
    let mut record = Record {
        modified: first_text(&[annotation.get("modified"), cve.get("lastModified")]),
        published: first_text(&[annotation.get("published"), cve.get("published")]),
        details: first_text(&[annotation.get("description"), english(cve)]),
        references: references(annotation, cve),
        severity: scores(cve),
        database_specific: Specific {
            shape: Shape::Cpe,
            kind: Kind::Vulnerability,
            ..Specific::default()
        },
        affected: products(cve),
        id,
        ..Record::default()
    };
    let status = first_text(&[cve.get("vulnStatus")]);
    if status.eq_ignore_ascii_case("rejected") {
        record.withdrawn = if record.modified.is_empty() {
            "unknown".to_owned()
        } else {
            record.modified.clone()
        };
    }
    Ok(record)
}

fn products(cve: &Value) -> Vec<Affected> {
    let mut found: Vec<Affected> = Vec::new();
    for matched in matches(cve) {
        if matched.get("vulnerable").and_then(Value::as_bool) == Some(false) {
            continue;
        }
        let criteria = matched
            .get("criteria")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(name) = Name::parse(criteria) else {
            continue;
        };
        let place = found
            .iter()
            .position(|one| one.package.name == name.package);
        let one = match place.and_then(|place| found.get_mut(place)) {
            Some(one) => one,
            None => {
                found.push(Affected {
                    package: AffectedPackage {
                        ecosystem: "CPE".to_owned(),
                        name: name.package.clone(),
                        purl: String::new(),
                    },
                    ..Affected::default()
                });
                let Some(one) = found.last_mut() else {
                    continue;
                };
                one
            }
        };
        match name.version {
            Some(version) => one.versions.push(version),
            None => one.ranges.push(Range {
                kind: RangeKind::Ecosystem,
                repo: String::new(),
                events: events(matched),
            }),
        }
    }
    found
}

/// Every `cpeMatch` object below the configurations, in document order.
fn matches(cve: &Value) -> Vec<&Map<String, Value>> {
    let mut found = Vec::new();
    let mut stack: Vec<&Value> = cve.get("configurations").into_iter().collect();
    let mut visited: usize = 0;
    while let Some(value) = stack.pop() {
        visited = visited.saturating_add(1);
        if visited > MAX_NODES {
            break;
        }
        match value {
            Value::Array(items) => stack.extend(items.iter().rev()),
            Value::Object(object) if object.contains_key("criteria") => found.push(object),
            Value::Object(object) => {
                stack.extend(
                    ["children", "cpeMatch", "nodes"]
                        .iter()
                        .filter_map(|key| object.get(*key)),
                );
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// An excluded beginning cannot be said in OSV; it is taken as included, which errs to the safe side by one version.
fn events(matched: &Map<String, Value>) -> Vec<Event> {
    let get = |key: &str| matched.get(key).and_then(Value::as_str).map(str::to_owned);
    let begin = get("versionStartIncluding").or_else(|| get("versionStartExcluding"));
    let mut events = vec![Event::Introduced(begin.unwrap_or_else(|| "0".to_owned()))];
    if let Some(end) = get("versionEndExcluding") {
        events.push(Event::Fixed(end));
    } else if let Some(end) = get("versionEndIncluding") {
        events.push(Event::LastAffected(end));
    }
    events
}

/// The parts of a CPE 2.3 name that matter here (NISTIR 7695 section 6.2).
struct Name {
    package: String,
    version: Option<String>,
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = fields(text.strip_prefix("cpe:2.3:")?).into_iter();
        let _part = parts.next()?;
        let vendor = parts.next()?;
        let product = parts.next()?;
        let version = parts.next().unwrap_or_default();
        let update = parts.next().unwrap_or_default();
        if product.is_empty() || product == "*" {
            return None;
        }
        let version = (!matches!(version.as_str(), "" | "*" | "-")).then(|| {
            if matches!(update.as_str(), "" | "*" | "-") {
                version.clone()
            } else {
                format!("{version}-{update}")
            }
        });
        Some(Self {
            package: format!("{vendor}/{product}").to_ascii_lowercase(),
            version,
        })
    }
}

/// The fields between unquoted colons, without their quotes.
fn fields(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut field = String::new();
    let mut characters = text.chars();
    while let Some(next) = characters.next() {
        match next {
            '\\' => field.extend(characters.next()),
            ':' => found.push(std::mem::take(&mut field)),
            _ => field.push(next),
        }
    }
    found.push(field);
    found
}

fn scores(cve: &Value) -> Vec<Score> {
    let mut found = Vec::new();
    for (key, system) in [
        ("cvssMetricV40", "CVSS_V4"),
        ("cvssMetricV31", "CVSS_V3"),
        ("cvssMetricV30", "CVSS_V3"),
    ] {
        let metrics = cve
            .pointer("/metrics")
            .and_then(|metrics| metrics.get(key))
            .and_then(Value::as_array);
        for metric in metrics.into_iter().flatten().take(16) {
            if let Some(vector) = metric
                .pointer("/cvssData/vectorString")
                .and_then(Value::as_str)
            {
                found.push(Score {
                    system: system.to_owned(),
                    score: vector.to_owned(),
                });
            }
        }
    }
    found
}

fn references(annotation: &Value, cve: &Value) -> Vec<Reference> {
    let listed = [annotation.get("references"), cve.get("references")];
    listed
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|value| {
            value
                .as_str()
                .or_else(|| value.get("url").and_then(Value::as_str))
        })
        .take(200)
        .map(|url| Reference {
            kind: "WEB".to_owned(),
            url: url.to_owned(),
        })
        .collect()
}

fn english(cve: &Value) -> Option<&Value> {
    let listed = cve.get("descriptions")?.as_array()?;
    listed
        .iter()
        .find(|one| one.get("lang").and_then(Value::as_str) == Some("en"))
        .and_then(|one| one.get("value"))
}

fn first_text(places: &[Option<&Value>]) -> String {
    let text = places
        .iter()
        .flatten()
        .find_map(|value| value.as_str())
        .unwrap_or_default();
    let end = text.floor_char_boundary(MAX_TEXT);
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn products_become_generic_packages() {
        let record = from_value(&json!({
            "_annotation": {"cve_id": "CVE-2026-1", "description": "words", "references": ["https://x"]},
            "cve": {"configurations": [{"nodes": [
                {"cpeMatch": [
                    {"criteria": "cpe:2.3:a:ggml:llama.cpp:*:*:*:*:*:*:*:*", "versionStartIncluding": "b7492", "versionEndIncluding": "b9060", "vulnerable": true},
                    {"criteria": "cpe:2.3:a:ggml:llama.cpp:1.0:beta1:*:*:*:*:*:*", "vulnerable": true},
                    {"criteria": "cpe:2.3:o:linux:linux_kernel:-:*:*:*:*:*:*:*", "vulnerable": false}]},
                {"cpeMatch": [{"criteria": "cpe:2.3:a:v\\:x:p\\/q:*:*:*:*:*:*:*:*", "versionEndExcluding": "2", "vulnerable": true}]}
            ]}]}
        }))
        .unwrap();
        assert_eq!(record.affected.len(), 2);
        assert_eq!(record.affected[0].package.name, "ggml/llama.cpp");
        assert_eq!(record.affected[0].versions, ["1.0-beta1"]);
        assert_eq!(
            record.affected[0].ranges[0].events,
            [
                Event::Introduced("b7492".into()),
                Event::LastAffected("b9060".into())
            ]
        );
        assert_eq!(record.affected[1].package.name, "v:x/p/q");
        assert_eq!(record.database_specific.shape, Shape::Cpe);
    }

    #[test]
    fn the_form_of_the_api_is_read_as_well() {
        let record = from_value(&json!({"cve": {
            "id": "CVE-2026-2", "vulnStatus": "Rejected", "lastModified": "2026-01-01T00:00:00",
            "descriptions": [{"lang": "es", "value": "no"}, {"lang": "en", "value": "yes"}],
            "metrics": {"cvssMetricV31": [{"cvssData": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]},
            "configurations": []}}))
        .unwrap();
        assert_eq!(record.details, "yes");
        assert_eq!(record.severity.len(), 1);
        assert!(record.is_withdrawn(None));
        assert!(matches!(
            from_value(&json!({"cve": {}})),
            Err(RecordError::NoId)
        ));
    }
}
