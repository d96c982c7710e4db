//! Fields of JSON objects with errors that say where.

use serde_json::{Map, Value};

use crate::predicate::Malformed;

/// The text of a field; absent and null are none.
pub(crate) fn text(
    object: &Map<String, Value>,
    name: &str,
    at: &'static str,
) -> Result<Option<String>, Malformed> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Malformed::NotText(at)),
    }
}

/// The text of a field that must be there.
pub(crate) fn needed(
    object: &Map<String, Value>,
    name: &str,
    at: &'static str,
) -> Result<String, Malformed> {
    let found = text(object, name, at)?.filter(|text| !text.is_empty());
    found.ok_or(Malformed::Missing(at))
}

/// The object of a field; absent and null are empty.
pub(crate) fn object(
    object: &Map<String, Value>,
    name: &str,
    at: &'static str,
) -> Result<Map<String, Value>, Malformed> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(found)) => Ok(found.clone()),
        Some(_) => Err(Malformed::NotAnObject(at)),
    }
}

/// The texts of a list; absent and null are empty.
pub(crate) fn texts(
    object: &Map<String, Value>,
    name: &str,
    at: &'static str,
) -> Result<Vec<String>, Malformed> {
    let items = match object.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Malformed::NotAList(at)),
    };
    items
        .iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or(Malformed::NotText(at))
        })
        .collect()
}
