//! Fields of a JSON object, taken one by one; what is left over is kept as it is.
//!
//! `null` is the same as absent, as protobuf's JSON mapping and the Python writers have it. Numbers of 64 bits may be
//! written as text.

use serde_json::Value;

use crate::base64;
use crate::error::ReadError;
use crate::json::Object;

/// An object that is being taken apart, with its path for messages.
#[derive(Debug)]
pub(crate) struct Fields {
    path: String,
    rest: Object,
}

impl Fields {
    pub(crate) fn of(value: Value, path: &str) -> Result<Self, ReadError> {
        match value {
            Value::Object(rest) => Ok(Self {
                path: path.to_owned(),
                rest,
            }),
            _ => Err(wrong(
                if path.is_empty() { "document" } else { path },
                "an object",
            )),
        }
    }

    /// Path of a field of this object.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(crate) fn missing(&self, key: &str) -> ReadError {
        ReadError::Missing {
            field: self.path(key),
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.rest.get(key).is_some_and(|value| !value.is_null())
    }

    /// The value under a key; `null` counts as absent.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.rest.remove(key).filter(|value| !value.is_null())
    }

    pub(crate) fn object(&mut self, key: &str) -> Result<Option<Self>, ReadError> {
        let path = self.path(key);
        self.take(key)
            .map(|value| Self::of(value, &path))
            .transpose()
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, ReadError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(&self.path(key), "text")),
        }
    }

    pub(crate) fn needed_text(&mut self, key: &str) -> Result<String, ReadError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// Bytes written as base64.
    pub(crate) fn bytes(&mut self, key: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let bytes = base64::decode(&text).ok_or_else(|| ReadError::NotBase64 {
            field: self.path(key),
        })?;
        Ok(Some(bytes))
    }

    /// Bytes that must be there, and at least one of them.
    pub(crate) fn needed_bytes(&mut self, key: &str) -> Result<Vec<u8>, ReadError> {
        let bytes = self.bytes(key)?.ok_or_else(|| self.missing(key))?;
        if bytes.is_empty() {
            return Err(ReadError::Empty {
                field: self.path(key),
            });
        }
        Ok(bytes)
    }

    /// A whole number from zero on, as a number or as text.
    pub(crate) fn number(&mut self, key: &str) -> Result<Option<u64>, ReadError> {
        let field = self.path(key);
        match self.take(key) {
            None => Ok(None),
            Some(Value::Number(number)) => whole(&number.to_string(), field).map(Some),
            Some(Value::String(text)) => whole(&text, field).map(Some),
            Some(_) => Err(ReadError::NotANumber { field }),
        }
    }

    /// The items of a list with their paths; empty if there is none.
    pub(crate) fn list(&mut self, key: &str) -> Result<Vec<(String, Value)>, ReadError> {
        let path = self.path(key);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                let named = |(at, item)| (format!("{path}[{at}]"), item);
                Ok(items.into_iter().enumerate().map(named).collect())
            }
            Some(_) => Err(wrong(&path, "a list")),
        }
    }

    /// Puts back what is left of an inner object, so that unknown fields survive.
    pub(crate) fn give_back(&mut self, key: &str, inner: Self) {
        if !inner.rest.is_empty() {
            self.rest.insert(key.to_owned(), Value::Object(inner.rest));
        }
    }

    /// What nobody asked for.
    pub(crate) fn rest(self) -> Object {
        self.rest
    }
}

fn whole(text: &str, field: String) -> Result<u64, ReadError> {
    match text.strip_prefix('-') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(ReadError::Negative { field })
        }
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().map_err(|_| ReadError::NotANumber { field })
        }
        _ => Err(ReadError::NotANumber { field }),
    }
}

pub(crate) fn wrong(field: &str, expected: &'static str) -> ReadError {
    ReadError::WrongType {
        field: field.to_owned(),
        expected,
    }
}
