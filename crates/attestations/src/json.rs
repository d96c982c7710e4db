//! JSON that has one meaning: bounded, and without repeated keys.
//!
//! JSON parsers differ in which of two equal keys they take, so a signer and a verifier could see different documents
//! in the same bytes. Here a repeated key is an error.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::ReadError;

/// A JSON object.
pub type Object = Map<String, Value>;

/// How much of a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// JSON values in it; each costs up to a hundred bytes of memory.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 512 << 20,
            values: 16_000_000,
        }
    }
}

/// Parses a document of unique keys.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, ReadError> {
    if bytes.len() > limits.bytes {
        return Err(ReadError::TooLarge {
            size: bytes.len(),
            limit: limits.bytes,
        });
    }
    let state = State {
        left: Cell::new(limits.values),
        repeated: RefCell::new(None),
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(&state)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match state.repeated.take() {
            Some(key) => ReadError::DuplicateKey { key, line },
            None if state.left.get() == 0 => ReadError::TooManyValues(limits.values),
            None => ReadError::NotJson { line, column },
        }
    })
}

struct State {
    left: Cell<usize>,
    repeated: RefCell<Option<String>>,
}

#[derive(Clone, Copy)]
struct Strict<'a>(&'a State);

impl Strict<'_> {
    fn count<E: Error>(self) -> Result<(), E> {
        let left = self.0.left.get().checked_sub(1);
        self.0.left.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| E::custom("too many values"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.count()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                self.0.repeated.replace(Some(key));
                return Err(A::Error::custom("repeated key"));
            }
            let value = entries.next_value_seed(self)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, ReadError> {
        parse(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn plain_json_is_what_serde_json_reads() {
        for text in [
            "null",
            "[]",
            "{}",
            r#"{"a":[1,-2,3.5,true,null,"x"],"b":{"c":{}}}"#,
            "18446744073709551615",
        ] {
            assert_eq!(
                read(text).unwrap(),
                serde_json::from_str::<Value>(text).unwrap()
            );
        }
    }

    #[test]
    fn repeated_keys_are_told_apart_from_broken_text() {
        let repeated = |key: &str, line| {
            Err(ReadError::DuplicateKey {
                key: key.to_owned(),
                line,
            })
        };
        assert_eq!(read(r#"{"a":1,"a":1}"#), repeated("a", 1));
        assert_eq!(
            read("{\"x\":[\n{\"b\":1,\"\\u0062\":2}]}"),
            repeated("b", 2)
        );
        assert!(matches!(
            read(r#"{"a":1,}"#),
            Err(ReadError::NotJson { line: 1, .. })
        ));
        assert!(matches!(
            read(r#"{"a":1} x"#),
            Err(ReadError::NotJson { .. })
        ));
    }

    #[test]
    fn depth_values_and_size_are_bounded() {
        let deep = "[".repeat(100_000);
        assert!(matches!(read(&deep), Err(ReadError::NotJson { .. })));
        let limits = Limits {
            bytes: 20,
            values: 3,
        };
        assert_eq!(parse(b"[1,2]", &limits).unwrap(), serde_json::json!([1, 2]));
        assert_eq!(parse(b"[1,2,3]", &limits), Err(ReadError::TooManyValues(3)));
        assert!(matches!(
            parse(&[b' '; 21], &limits),
            Err(ReadError::TooLarge {
                size: 21,
                limit: 20
            })
        ));
    }
}
