//! Reference lists that the store carries beside advisories: MITRE ATLAS techniques, and names that are popular.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exploitation::FeedError;

/// LIMIT: entries of one list.
const MAX_ENTRIES: usize = 1_000_000;
/// LIMIT: bytes of a description.
const MAX_TEXT: usize = 8 * 1024;

/// A tactic, technique, mitigation or case study of MITRE ATLAS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Technique {
    /// Its id, such as `AML.T0010.003`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `tactic`, `technique`, `mitigation` or `case-study`.
    pub kind: String,
    /// What it is.
    pub description: String,
    /// The technique that it is part of.
    pub parent: String,
    /// The tactics that it serves.
    pub tactics: Vec<String>,
    /// When it was last changed, as written.
    pub modified: String,
}

/// MITRE ATLAS in one edition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Atlas {
    /// The edition, such as `5.6.0`.
    pub edition: String,
    /// Everything with an id, in order of id.
    pub entries: Vec<Technique>,
}

/// Whether a document looks like `ATLAS.yaml`.
#[must_use]
pub fn recognise_atlas(value: &Value) -> bool {
    value.get("id").and_then(Value::as_str) == Some("ATLAS") && value.get("matrices").is_some()
}

/// Reads `ATLAS.yaml` as published in mitre-atlas/atlas-data.
///
/// # Errors
/// When the document is something else.
pub fn atlas(value: &Value) -> Result<Atlas, FeedError> {
    if !recognise_atlas(value) {
        return Err(FeedError::OtherDocument("ATLAS document"));
    }
    let get = |entry: &Value, key: &str| -> String {
        let text = entry.get(key).and_then(Value::as_str).unwrap_or_default();
        text.get(..text.floor_char_boundary(MAX_TEXT))
            .unwrap_or_default()
            .to_owned()
    };
    let matrices = value.get("matrices").and_then(Value::as_array);
    let places = std::iter::once(value).chain(matrices.into_iter().flatten());
    let mut entries = Vec::new();
    for place in places {
        for list in ["tactics", "techniques", "mitigations", "case-studies"] {
            let items = place.get(list).and_then(Value::as_array);
            for entry in items.into_iter().flatten() {
                let id = get(entry, "id");
                if id.is_empty() || entries.len() >= MAX_ENTRIES {
                    continue;
                }
                let tactics = entry.get("tactics").and_then(Value::as_array);
                entries.push(Technique {
                    id,
                    name: get(entry, "name"),
                    kind: get(entry, "object-type"),
                    description: if list == "case-studies" {
                        get(entry, "summary")
                    } else {
                        get(entry, "description")
                    },
                    parent: get(entry, "subtechnique-of"),
                    tactics: tactics
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .take(100)
                        .map(str::to_owned)
                        .collect(),
                    modified: get(entry, "modified_date"),
                });
            }
        }
    }
    entries.sort_by(|left, right| left.id.cmp(&right.id));
    entries.dedup_by(|left, right| left.id == right.id);
    Ok(Atlas {
        edition: get(value, "version"),
        entries,
    })
}

/// Whether a document looks like a list of popular names.
#[must_use]
pub fn recognise_popular(value: &Value) -> bool {
    popular_rows(value)
        .and_then(<[Value]>::first)
        .is_some_and(|row| popular_name(row).is_some())
}

/// Names of one ecosystem, most popular first: `{"rows": [{"project": …}, …]}` as in hugovk/top-pypi-packages, or a
/// plain list of names.
///
/// # Errors
/// When the document is something else.
pub fn popular(value: &Value) -> Result<Vec<String>, FeedError> {
    let rows = popular_rows(value).ok_or(FeedError::OtherDocument("list of popular names"))?;
    Ok(rows
        .iter()
        .take(MAX_ENTRIES)
        .filter_map(popular_name)
        .filter(|name| !name.is_empty() && name.len() <= 256)
        .map(str::to_owned)
        .collect())
}

fn popular_rows(value: &Value) -> Option<&[Value]> {
    value
        .as_array()
        .or_else(|| value.get("rows").and_then(Value::as_array))
        .map(Vec::as_slice)
}

fn popular_name(row: &Value) -> Option<&str> {
    row.as_str()
        .or_else(|| row.get("project").and_then(Value::as_str))
        .or_else(|| {
            row.get("name")
                .and_then(Value::as_str)
                .filter(|_| row.get("id").is_none())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn atlas_is_read_by_id() {
        let value = crate::yaml::parse(
            "id: ATLAS\nversion: 5.6.0\nmatrices:\n- id: ATLAS\n  tactics:\n  - {id: AML.TA0002, name: R, object-type: tactic}\n  techniques:\n  - {id: AML.T0010.003, name: Model, object-type: technique, subtechnique-of: AML.T0010, tactics: [AML.TA0002]}\n  - {id: AML.T0010, name: Supply, object-type: technique}\ncase-studies:\n- {id: AML.CS0000, name: C, summary: s, object-type: case-study}\n",
        )
        .unwrap();
        let atlas = atlas(&value).unwrap();
        assert_eq!(atlas.edition, "5.6.0");
        let ids: Vec<&str> = atlas
            .entries
            .iter()
            .map(|entry| entry.id.as_str())
            .collect();
        assert_eq!(
            ids,
            ["AML.CS0000", "AML.T0010", "AML.T0010.003", "AML.TA0002"]
        );
        assert_eq!(atlas.entries[2].parent, "AML.T0010");
        assert_eq!(atlas.entries[0].description, "s");
    }

    #[test]
    fn popular_names_keep_their_order() {
        let rows = json!({"rows": [{"project": "boto3"}, {"project": "packaging"}]});
        assert!(recognise_popular(&rows));
        assert_eq!(popular(&rows).unwrap(), ["boto3", "packaging"]);
        assert_eq!(popular(&json!(["a", "b"])).unwrap(), ["a", "b"]);
        assert!(!recognise_popular(&json!([{"id": "X", "name": "n"}])));
        assert!(popular(&json!({})).is_err());
    }
}
