//! Small ways to build JSON objects.

use serde_json::Value;

use crate::base64;
use crate::json::Object;

pub(crate) fn text(object: &mut Object, key: &str, text: String) {
    object.insert(key.to_owned(), Value::String(text));
}

pub(crate) fn base64(object: &mut Object, key: &str, bytes: &[u8]) {
    text(object, key, base64::encode(bytes));
}

/// Numbers of 64 bits are written as text, as protobuf's JSON mapping wants it.
pub(crate) fn number(object: &mut Object, key: &str, number: u64) {
    text(object, key, number.to_string());
}

/// Edits the object under a key, made if there is none.
pub(crate) fn edit(object: &mut Object, key: &str, edit: impl FnOnce(&mut Object)) {
    let mut inner = match object.remove(key) {
        Some(Value::Object(inner)) => inner,
        _ => Object::new(),
    };
    edit(&mut inner);
    object.insert(key.to_owned(), Value::Object(inner));
}

/// An object with bytes under one key.
pub(crate) fn wrapped(key: &str, bytes: &[u8]) -> Value {
    let mut object = Object::new();
    base64(&mut object, key, bytes);
    Value::Object(object)
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
