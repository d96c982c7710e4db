//! The YAML of `model.to_yaml`, which Keras had until TensorFlow 2.6.
//!
//! Its loader built any Python object that a tag names (CVE-2021-37678); tags are noted, never followed. An alias
//! stands for a value that was judged where it is written, so it is not expanded.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::value::{Builder, Document, Value};

/// Tags that are kept.
const TAGS: usize = 64;

/// Reads the first documents of a YAML stream.
pub(super) fn yaml(text: &str) -> Document {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let Ok((event, _)) = event else {
            builder.document.broken = Some((0, "no valid YAML"));
            break;
        };
        if !take(&mut builder, event) {
            break;
        }
    }
    builder.finish()
}

fn take(builder: &mut Builder, event: Event<'_>) -> bool {
    match event {
        Event::Scalar(text, style, _, tag) => {
            note(builder, tag.as_deref());
            if builder.wants_key() {
                builder.key(text.into_owned());
            } else {
                builder.add(scalar(&text, style));
            }
        }
        Event::Alias(_) => {
            if builder.wants_key() {
                builder.key(String::new());
            } else {
                builder.add(Value::Null);
            }
        }
        Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) if builder.wants_key() => {
            // A container as a key never comes from Keras; its content becomes a value under an empty key.
            builder.key(String::new());
            note(builder, tag.as_deref());
            return builder.open(Value::List(Vec::new()));
        }
        Event::SequenceStart(_, tag) => {
            note(builder, tag.as_deref());
            return builder.open(Value::List(Vec::new()));
        }
        Event::MappingStart(_, tag) => {
            note(builder, tag.as_deref());
            return builder.open(Value::Map(Vec::new()));
        }
        Event::SequenceEnd | Event::MappingEnd => {
            builder.check_keys();
            builder.close();
        }
        Event::Nothing
        | Event::StreamStart
        | Event::StreamEnd
        | Event::DocumentStart(_)
        | Event::DocumentEnd => {}
    }
    !builder.document.limited
}

/// Keeps a tag that makes Python's unsafe loader call something; tuples and texts are what Keras itself writes.
fn note(builder: &mut Builder, tag: Option<&Tag>) {
    let Some(tag) = tag else {
        return;
    };
    let whole = format!("{}{}", tag.handle, tag.suffix);
    let Some((_, python)) = whole.split_once("python/") else {
        return;
    };
    let harmless = [
        "tuple", "unicode", "str", "int", "float", "bool", "none", "list", "dict", "long",
        "complex", "bytes",
    ];
    if !harmless.contains(&python) && builder.document.tags.len() < TAGS {
        builder.document.tags.push(format!("!!python/{python}"));
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => text
            .parse()
            .map_or_else(|_| Value::Text(text.to_owned()), Value::Number),
    }
}
