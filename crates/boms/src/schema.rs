//! Validation against published schemas that the caller brings.
//!
//! The schemas are not part of this program: they come in as bytes, from a folder or a package of the user's choice.
//! Without them [`crate::cyclonedx::check`] stands on its own feet; with them both are asked.

use std::collections::BTreeMap;

use chainwright_core::limits::Limits;
use serde_json::Value;

use crate::cyclonedx::Violation;
use crate::json;
use crate::read::ReadError;

/// Messages that are kept for one document.
const MOST: usize = 100;
/// Characters of a message.
const LONGEST: usize = 300;

/// Why schemas are of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A file is not JSON.
    #[error("`{name}` is no schema")]
    NotJson {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: ReadError,
    },
    /// A schema cannot be used, for example because another one that it names is missing.
    #[error("the schema for version {version} cannot be used: {reason}")]
    Unusable {
        /// The version of the specification.
        version: String,
        /// Why.
        reason: String,
    },
    /// There is no schema for the version of the document.
    #[error("no schema for version `{0}`")]
    Missing(String),
}

/// Schemas by the version that they describe, ready to be asked.
#[derive(Debug)]
pub struct Schemas {
    validators: BTreeMap<String, jsonschema::Validator>,
}

impl Schemas {
    /// Prepares the schemas of a folder: `bom-1.6.schema.json` and so on, with the companions that they name
    /// (`spdx.schema.json`, `jsf-0.82.schema.json`, `cryptography-defs.schema.json`).
    ///
    /// # Errors
    /// When one is not JSON or names another that is not there.
    pub fn new(files: &[(String, Vec<u8>)], limits: &Limits) -> Result<Self, SchemaError> {
        let mut parsed = BTreeMap::new();
        for (name, bytes) in files {
            let schema = json::parse(bytes, limits).map_err(|source| SchemaError::NotJson {
                name: name.clone(),
                source,
            })?;
            parsed.insert(name.replace(".SNAPSHOT", ""), schema);
        }
        let mut validators = BTreeMap::new();
        for (name, schema) in &parsed {
            let version = name
                .strip_prefix("bom-")
                .and_then(|rest| rest.strip_suffix(".schema.json"));
            if let Some(version) = version {
                let validator =
                    prepare(schema, &parsed).map_err(|reason| SchemaError::Unusable {
                        version: version.to_owned(),
                        reason,
                    })?;
                validators.insert(version.trim_end_matches("-strict").to_owned(), validator);
            }
        }
        Ok(Self { validators })
    }

    /// The versions that can be asked about.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.validators.keys().map(String::as_str)
    }

    /// Checks a document against the schema of its version; empty means valid.
    ///
    /// # Errors
    /// When there is no schema for its version.
    pub fn check(&self, document: &Value) -> Result<Vec<Violation>, SchemaError> {
        let version = document
            .get("specVersion")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let validator = self
            .validators
            .get(version)
            .ok_or_else(|| SchemaError::Missing(version.to_owned()))?;
        Ok(validator
            .iter_errors(document)
            .take(MOST)
            .map(|error| Violation {
                pointer: error.instance_path().to_string(),
                message: chainwright_core::text::visible(&error.to_string(), LONGEST),
                is_structural: true,
            })
            .collect())
    }
}

fn prepare(schema: &Value, all: &BTreeMap<String, Value>) -> Result<jsonschema::Validator, String> {
    let mut registry = jsonschema::Registry::new();
    for (name, companion) in all {
        for spelling in [name.clone(), name.replace(".schema", ".SNAPSHOT.schema")] {
            let uri = format!("http://cyclonedx.org/schema/{spelling}");
            registry = registry
                .add(uri, companion)
                .map_err(|error| error.to_string())?;
        }
    }
    let registry = registry.prepare().map_err(|error| error.to_string())?;
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .with_registry(&registry)
        .build(schema)
        .map_err(|error| error.to_string())
}
