//! Statements about datasets: `https://github.com/chainwright/chainwright/predicates/dataset/v1`, described in
//! `docs/predicates.md`.

use serde_json::{Map, Value, json};

use super::Malformed;
use crate::descriptor::Descriptor;
use crate::json::{needed, text, texts};

/// What may be said of personal data.
const PERSONAL: [&str; 4] = ["none", "pseudonymised", "present", "unknown"];

/// What a dataset is and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What it is called.
    pub name: String,
    /// Which of its states this is.
    pub version: Option<String>,
    /// What it was made from.
    pub sources: Vec<Descriptor>,
    /// SPDX expressions of its terms.
    pub licences: Vec<String>,
    /// `none`, `pseudonymised`, `present` or `unknown`.
    pub personal_data: String,
    /// What it may not be used for.
    pub restrictions: Vec<String>,
    /// What was done to it, in order.
    pub processing: Vec<String>,
    /// Number of records.
    pub records: Option<u64>,
    /// Its Croissant document.
    pub croissant: Option<Descriptor>,
}

impl Dataset {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let personal_data = needed(top, "personalData", "personalData")?;
        if !PERSONAL.contains(&personal_data.as_str()) {
            return Err(Malformed::Unknown("personalData"));
        }
        let records = match top.get("records") {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_u64().ok_or(Malformed::NotANumber("records"))?),
        };
        let croissant = match top.get("croissant") {
            None | Some(Value::Null) => None,
            Some(value) => Some(Descriptor::read(value, "croissant")?),
        };
        Ok(Self {
            name: needed(top, "name", "name")?,
            version: text(top, "version", "version")?,
            sources: Descriptor::read_all(top.get("sources"), "sources")?,
            licences: texts(top, "licences", "licences")?,
            personal_data,
            restrictions: texts(top, "restrictions", "restrictions")?,
            processing: texts(top, "processing", "processing")?,
            records,
            croissant,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut top = Map::new();
        top.insert("name".to_owned(), json!(self.name));
        if let Some(version) = &self.version {
            top.insert("version".to_owned(), json!(version));
        }
        let sources: Vec<Value> = self.sources.iter().map(Descriptor::write).collect();
        top.insert("sources".to_owned(), Value::Array(sources));
        top.insert("licences".to_owned(), json!(self.licences));
        top.insert("personalData".to_owned(), json!(self.personal_data));
        top.insert("restrictions".to_owned(), json!(self.restrictions));
        top.insert("processing".to_owned(), json!(self.processing));
        if let Some(records) = self.records {
            top.insert("records".to_owned(), json!(records));
        }
        if let Some(croissant) = &self.croissant {
            top.insert("croissant".to_owned(), croissant.write());
        }
        Value::Object(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_survives_a_round_trip_and_must_speak_of_personal_data() {
        let mut value = json!({
            "name": "acme/dialogues", "version": "3", "sources": [{"uri": "https://example.com/d", "digest": {"sha256": "aa"}}],
            "licences": ["CC-BY-4.0"], "personalData": "unknown", "restrictions": [], "processing": ["deduplicated"],
            "records": 1000,
        });
        assert_eq!(Dataset::read(&value).unwrap().write(), value);
        value["personalData"] = json!("some");
        assert_eq!(
            Dataset::read(&value),
            Err(Malformed::Unknown("personalData"))
        );
    }
}
