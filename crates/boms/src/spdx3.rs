//! SPDX 3.0.1 as JSON-LD: written with the AI, Dataset, Security and SimpleLicensing profiles, and read.
//!
//! What SPDX has no word for (how a field is known, quantisation, context length …) goes into the
//! `CdxPropertiesExtension` of the specification, under the names that the CycloneDX documents use.

mod licences;
mod read;
mod slots;
mod write;

pub use read::from_value;
pub use write::{to_value, write};

use serde_json::Value;

use crate::json::{self, Object};

/// The context that every document of 3.0.1 names.
const CONTEXT: &str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";

/// Whether the object is an SPDX 3 document.
pub(crate) fn is_document(object: &Object) -> bool {
    let names_spdx = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.contains("spdx.org/rdf/3."))
    };
    let context = match object.get("@context") {
        Some(Value::Array(items)) => items.iter().any(names_spdx),
        Some(value) => names_spdx(value),
        None => false,
    };
    context && (object.contains_key("@graph") || json::text(object, "type").is_some())
}
