//! Simple verification results: `https://in-toto.io/attestation/svr/v0.2`.

use serde_json::{Value, json};

use super::{Malformed, moment};
use crate::descriptor::Descriptor;
use crate::json::{needed, object, texts};

/// Properties that somebody verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Svr {
    /// Who verified.
    pub verifier: String,
    /// By which policies; the field must be written even if there is none.
    pub policies: Vec<Descriptor>,
    /// When, in RFC 3339.
    pub time: String,
    /// What holds.
    pub properties: Vec<String>,
}

impl Svr {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let verifier = object(top, "verifier", "verifier")?;
        let policies = verifier
            .get("policies")
            .ok_or(Malformed::Missing("verifier.policies"))?;
        if !top.contains_key("properties") {
            return Err(Malformed::Missing("properties"));
        }
        Ok(Self {
            verifier: needed(&verifier, "id", "verifier.id")?,
            policies: Descriptor::read_all(Some(policies), "verifier.policies")?,
            time: moment(top, "timeCreated", "timeCreated")?
                .ok_or(Malformed::Missing("timeCreated"))?,
            properties: texts(top, "properties", "properties")?,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let policies: Vec<Value> = self.policies.iter().map(Descriptor::write).collect();
        json!({
            "verifier": {"id": self.verifier, "policies": policies},
            "timeCreated": self.time,
            "properties": self.properties,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_must_be_there_even_if_there_are_none() {
        let mut value = json!({
            "verifier": {"id": "https://example.com/v2", "policies": []},
            "timeCreated": "1985-04-12T23:20:50.52Z", "properties": ["SLSA_BUILD_LEVEL_3"],
        });
        assert_eq!(Svr::read(&value).unwrap().write(), value);
        value["verifier"]
            .as_object_mut()
            .unwrap()
            .remove("policies");
        assert_eq!(
            Svr::read(&value),
            Err(Malformed::Missing("verifier.policies"))
        );
    }
}
