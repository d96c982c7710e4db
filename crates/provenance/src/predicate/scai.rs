//! Attribute reports: `https://in-toto.io/attestation/scai/v0.3`.

use serde_json::{Map, Value, json};

use super::Malformed;
use crate::descriptor::Descriptor;
use crate::json::{needed, object};

/// What is asserted of something and of what made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scai {
    /// At least one assertion.
    pub attributes: Vec<Assertion>,
    /// What made it.
    pub producer: Option<Descriptor>,
}

/// One property.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// The property.
    pub attribute: String,
    /// What has it, if not the subject.
    pub target: Option<Descriptor>,
    /// Under which conditions.
    pub conditions: Map<String, Value>,
    /// What shows it.
    pub evidence: Option<Descriptor>,
}

impl Scai {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When nothing is asserted, a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let items = match top.get("attributes") {
            Some(Value::Array(items)) if !items.is_empty() => items,
            Some(Value::Array(_)) | None | Some(Value::Null) => {
                return Err(Malformed::Missing("attributes"));
            }
            Some(_) => return Err(Malformed::NotAList("attributes")),
        };
        Ok(Self {
            attributes: items
                .iter()
                .map(Assertion::read)
                .collect::<Result<_, _>>()?,
            producer: described(top, "producer")?,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let attributes: Vec<Value> = self.attributes.iter().map(Assertion::write).collect();
        let mut top = Map::new();
        top.insert("attributes".to_owned(), Value::Array(attributes));
        if let Some(producer) = &self.producer {
            top.insert("producer".to_owned(), producer.write());
        }
        Value::Object(top)
    }
}

impl Assertion {
    fn read(value: &Value) -> Result<Self, Malformed> {
        let item = value
            .as_object()
            .ok_or(Malformed::NotAnObject("attributes"))?;
        Ok(Self {
            attribute: needed(item, "attribute", "attribute")?,
            target: described(item, "target")?,
            conditions: object(item, "conditions", "conditions")?,
            evidence: described(item, "evidence")?,
        })
    }

    fn write(&self) -> Value {
        let mut item = Map::new();
        item.insert("attribute".to_owned(), json!(self.attribute));
        if let Some(target) = &self.target {
            item.insert("target".to_owned(), target.write());
        }
        if !self.conditions.is_empty() {
            item.insert(
                "conditions".to_owned(),
                Value::Object(self.conditions.clone()),
            );
        }
        if let Some(evidence) = &self.evidence {
            item.insert("evidence".to_owned(), evidence.write());
        }
        Value::Object(item)
    }
}

fn described(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<Descriptor>, Malformed> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => Descriptor::read(value, name).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_a_round_trip_and_an_empty_one_is_refused() {
        let value = json!({
            "attributes": [{
                "attribute": "WITH_STACK_PROTECTION", "conditions": {"flags": "-fstack-protector*"},
                "evidence": {"uri": "https://example.com/e", "digest": {"sha256": "aa"}},
            }],
            "producer": {"uri": "file:///usr/bin/gcc", "name": "gcc"},
        });
        assert_eq!(Scai::read(&value).unwrap().write(), value);
        let empty = json!({"attributes": []});
        assert_eq!(Scai::read(&empty), Err(Malformed::Missing("attributes")));
    }
}
