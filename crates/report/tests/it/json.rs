//! The JSON document, version 1.

use chainwright_report::{Format, SCAN_V1_SCHEMA};
use serde_json::Value;

use crate::{assert_fits, plainly, sample};

#[test]
fn every_sample_fits_the_published_schema() {
    for (_, scan) in sample::all() {
        assert_fits(SCAN_V1_SCHEMA, &plainly(Format::Json, &scan));
    }
}

#[test]
fn the_schema_describes_every_field() {
    fn closed(mut schema: Value) -> Value {
        close(&mut schema);
        schema
    }
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(fields) => {
                if fields.contains_key("properties") && !fields.contains_key("oneOf") {
                    fields.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
                fields.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let strict = closed(serde_json::from_str(SCAN_V1_SCHEMA).unwrap()).to_string();
    assert_fits(&strict, &plainly(Format::Json, &sample::rich()));
}

#[test]
fn hostile_text_arrives_exactly_as_it_was() {
    let document: Value = serde_json::from_str(&plainly(Format::Json, &sample::hostile())).unwrap();
    for (index, attack) in sample::ATTACKS.into_iter().enumerate() {
        let finding = &document["findings"][index];
        assert_eq!(finding["subject"]["location"]["path"], attack);
        assert_eq!(finding["evidence"][0]["text"], attack);
    }
}

#[test]
fn documents_look_like_this() {
    for (name, scan) in sample::all() {
        if name != "hostile" {
            insta::assert_snapshot!(format!("json_{name}"), plainly(Format::Json, &scan));
        }
    }
}
