//! JSON from outside: bounded before it is parsed, and small ways to look into it.

use chainwright_core::limits::Limits;
use serde_json::{Map, Value};

use crate::read::ReadError;

/// Values in one document; each costs tens of bytes of memory beyond its text.
const MOST_VALUES: usize = 8_000_000;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// Parses a document; its size, the number of its values and its depth are bounded.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, ReadError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limits.header_bytes {
        return Err(ReadError::TooLarge {
            size,
            limit: limits.header_bytes,
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let separators = bytes
        .iter()
        .filter(|byte| matches!(byte, b',' | b'[' | b'{'))
        .count();
    if separators > MOST_VALUES {
        return Err(ReadError::TooManyValues(MOST_VALUES));
    }
    serde_json::from_slice(bytes).map_err(|error| ReadError::NotJson {
        line: error.line(),
        column: error.column(),
    })
}

/// The text under a key.
pub(crate) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// The text under a key, owned; empty if there is none.
pub(crate) fn owned(object: &Object, key: &str) -> String {
    text(object, key).unwrap_or_default().to_owned()
}

/// The objects of the list under a key; anything else is passed over.
pub(crate) fn objects<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = &'a Object> {
    list(object, key).iter().filter_map(Value::as_object)
}

/// The texts of the list under a key, or the single text there.
pub(crate) fn texts(object: &Object, key: &str) -> Vec<String> {
    match object.get(key) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// The list under a key; empty if there is none.
pub(crate) fn list<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The object under a key.
pub(crate) fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key)?.as_object()
}

/// Builds objects, leaving out what is empty.
#[derive(Debug, Default)]
pub(crate) struct Builder(Object);

impl Builder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Writes a value unless it is empty: null, `""`, `[]` or `{}`.
    pub(crate) fn put(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        let value = value.into();
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(object) => object.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !is_empty {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// Writes a text even if it is empty.
    pub(crate) fn put_text(&mut self, key: &str, text: &str) -> &mut Self {
        self.0.insert(key.to_owned(), Value::from(text));
        self
    }

    /// Writes a value even if it is empty.
    pub(crate) fn put_any(&mut self, key: &str, value: Value) -> &mut Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// Whether a key was written.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn object(self) -> Object {
        self.0
    }

    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }
}
