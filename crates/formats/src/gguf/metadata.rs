//! The key-value part of the header.

use std::collections::HashSet;

use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::reader::{Reader, Stop};
use super::types::{ValueType, file_type};
use super::{GgufEntry, GgufFacts, GgufFlaw, GgufTemplate};
use crate::signs::{self, TextSign};
use chainwright_core::fields::wide;

/// Keys may have 65,535 bytes (`docs/gguf.md`).
const LONGEST_KEY: u64 = 65_535;
/// Bytes of an ordinary text that are looked at.
const TEXT_HEAD: u64 = 1024 * 1024;
/// Entries that are listed whatever they hold.
const LISTED: usize = 96;
/// Further entries that are listed because they show a sign.
const LISTED_WITH_SIGNS: usize = 160;
/// Templates that are handed out.
const TEMPLATES: usize = 64;
/// Names of base models that are kept.
const BASE_MODELS: usize = 32;
/// Elements of an array of texts that are looked at.
const ELEMENTS: u64 = 256;
/// Arrays in arrays are passed over this deep.
const ARRAY_DEPTH: u32 = 4;
/// Characters of hostile text that are quoted.
const QUOTED: usize = 200;

pub(super) fn read(reader: &mut Reader<'_>, facts: &mut GgufFacts) -> Result<(), Stop> {
    let mut keys: HashSet<Vec<u8>> = HashSet::new();
    for _ in 0..facts.entry_count {
        let at = reader.position();
        let raw = key(reader, facts)?;
        let key = String::from_utf8_lossy(&raw).into_owned();
        check_key(&raw, &key, at, facts);
        if !keys.insert(raw) {
            let shown = visible(&key, QUOTED);
            facts.flaw(GgufFlaw::DuplicateKey, Place::Byte(at), || {
                format!("key `{shown}` stands here again")
            });
        }
        let kind = value_type(reader, &key, facts)?;
        value(reader, &key, kind, facts)?;
    }
    Ok(())
}

fn key(reader: &mut Reader<'_>, facts: &mut GgufFacts) -> Result<Vec<u8>, Stop> {
    let at = reader.position();
    let length = bounded_length(reader, facts, "a key")?;
    if length > LONGEST_KEY {
        facts.flaw(GgufFlaw::KeyTooLong, Place::Byte(at), || {
            format!("a key of {length} bytes")
        });
    }
    reader.text(length, LONGEST_KEY)
}

fn check_key(raw: &[u8], key: &str, at: u64, facts: &mut GgufFacts) {
    let place = || Place::Byte(at);
    if raw.is_empty() {
        facts.flaw(GgufFlaw::EmptyKey, place(), || {
            "a key without characters".to_owned()
        });
    }
    if std::str::from_utf8(raw).is_err() {
        facts.flaw(GgufFlaw::InvalidUtf8, place(), || {
            format!("key `{}`", visible(key, QUOTED))
        });
    } else if signs::is_odd_name(key) {
        facts.flaw(GgufFlaw::OddName, place(), || {
            format!("key `{}`", visible(key, QUOTED))
        });
    }
}

/// A length that fits into what is left of the file.
pub(super) fn bounded_length(
    reader: &mut Reader<'_>,
    facts: &mut GgufFacts,
    what: &str,
) -> Result<u64, Stop> {
    let at = reader.position();
    let length = reader.length()?;
    if length > reader.remaining() {
        facts.flaw(GgufFlaw::StringBeyondFile, Place::Byte(at), || {
            format!("{what} of {length} bytes with {} left", reader.remaining())
        });
        return Err(Stop::Broken);
    }
    Ok(length)
}

fn value_type(
    reader: &mut Reader<'_>,
    key: &str,
    facts: &mut GgufFacts,
) -> Result<ValueType, Stop> {
    let at = reader.position();
    let number = reader.u32()?;
    ValueType::from_number(number).ok_or_else(|| {
        let shown = visible(key, QUOTED);
        facts.flaw(GgufFlaw::UnknownValueType, Place::Byte(at), || {
            format!("`{shown}` has type {number}")
        });
        Stop::Broken
    })
}

fn value(
    reader: &mut Reader<'_>,
    key: &str,
    kind: ValueType,
    facts: &mut GgufFacts,
) -> Result<(), Stop> {
    if key == "general.alignment" && kind.size().is_none() {
        alignment(kind, None, reader.position(), facts);
    }
    match kind {
        ValueType::String => text_value(reader, key, facts),
        ValueType::Array => array_value(reader, key, facts),
        ValueType::U8
        | ValueType::I8
        | ValueType::U16
        | ValueType::I16
        | ValueType::U32
        | ValueType::I32
        | ValueType::F32
        | ValueType::Bool
        | ValueType::U64
        | ValueType::I64
        | ValueType::F64 => scalar_value(reader, key, kind, facts),
    }
}

fn scalar_value(
    reader: &mut Reader<'_>,
    key: &str,
    kind: ValueType,
    facts: &mut GgufFacts,
) -> Result<(), Stop> {
    let at = reader.position();
    let (shown, number) = match kind {
        ValueType::U8 => unsigned(reader.u8()?),
        ValueType::U16 => unsigned(reader.u16()?),
        ValueType::U32 => unsigned(reader.u32()?),
        ValueType::U64 => unsigned(reader.u64()?),
        ValueType::I8 => (reader.u8()?.cast_signed().to_string(), None),
        ValueType::I16 => (reader.u16()?.cast_signed().to_string(), None),
        ValueType::I32 => (reader.u32()?.cast_signed().to_string(), None),
        ValueType::I64 => (reader.u64()?.cast_signed().to_string(), None),
        ValueType::F32 => (f32::from_bits(reader.u32()?).to_string(), None),
        ValueType::F64 => (f64::from_bits(reader.u64()?).to_string(), None),
        ValueType::Bool => truth(reader.u8()?, key, at, facts),
        ValueType::String | ValueType::Array => return Err(Stop::Broken),
    };
    match key {
        "general.alignment" => alignment(kind, number, at, facts),
        "general.file_type" => facts.file_type = number.map(file_type),
        _ => {}
    }
    list(key, kind.name().to_owned(), shown, Vec::new(), facts);
    Ok(())
}

fn unsigned(number: impl Into<u64>) -> (String, Option<u64>) {
    let number = number.into();
    (number.to_string(), Some(number))
}

fn truth(byte: u8, key: &str, at: u64, facts: &mut GgufFacts) -> (String, Option<u64>) {
    if byte > 1 {
        facts.flaw(GgufFlaw::BadBool, Place::Byte(at), || {
            format!("truth value `{}` is {byte}", visible(key, QUOTED))
        });
    }
    ((byte != 0).to_string(), None)
}

/// llama.cpp wants a 32-bit power of two. Nobody aligns to more than a page of 64 KiB.
fn alignment(kind: ValueType, number: Option<u64>, at: u64, facts: &mut GgufFacts) {
    match number {
        Some(value) if kind == ValueType::U32 && value.is_power_of_two() && value <= 65_536 => {
            facts.alignment = value;
        }
        _ => facts.flaw(GgufFlaw::BadAlignment, Place::Byte(at), || {
            let value = number.map_or_else(|| "no number".to_owned(), |value| value.to_string());
            format!("`general.alignment` is {value} of type {}", kind.name())
        }),
    }
}

fn text_value(reader: &mut Reader<'_>, key: &str, facts: &mut GgufFacts) -> Result<(), Stop> {
    let length = bounded_length(reader, facts, "a text")?;
    let offset = reader.position();
    let is_template = is_template_key(key);
    let keep = if is_template {
        reader.limits().text_bytes
    } else {
        TEXT_HEAD
    };
    let raw = reader.text(length, keep)?;
    let text = String::from_utf8_lossy(&raw).into_owned();
    if is_template && wide(raw.len()) < length {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Key(visible(key, QUOTED)),
            format!("template of {length} bytes, read {}", raw.len()),
        );
    }
    if is_template && std::str::from_utf8(&raw).is_err() {
        facts.flaw(GgufFlaw::InvalidUtf8, Place::Byte(offset), || {
            format!("template `{}`", visible(key, QUOTED))
        });
    }
    let signs = if is_template {
        Vec::new()
    } else {
        signs::signs(&text)
    };
    remember(key, &text, facts);
    let shown = visible(&text, QUOTED);
    let has_template_syntax = signs.contains(&TextSign::Template);
    list(key, "string".to_owned(), shown, signs, facts);
    if is_template || has_template_syntax {
        template(key, text, offset, facts);
    }
    Ok(())
}

fn template(key: &str, text: String, offset: u64, facts: &mut GgufFacts) {
    if facts.templates.len() < TEMPLATES {
        facts.templates.push(GgufTemplate {
            key: key.to_owned(),
            text,
            offset,
        });
    } else if facts.templates.len() == TEMPLATES {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Byte(offset),
            format!("more than {TEMPLATES} templates"),
        );
    }
}

/// `tokenizer.chat_template`, and `tokenizer.chat_template.NAME` for further ones.
fn is_template_key(key: &str) -> bool {
    key.strip_prefix("tokenizer.chat_template")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn remember(key: &str, text: &str, facts: &mut GgufFacts) {
    let shown = || visible(text, QUOTED);
    match key {
        "general.architecture" => facts.architecture = Some(shown()),
        "general.name" => facts.name = Some(shown()),
        "general.license" => facts.license = Some(shown()),
        _ if key.starts_with("general.base_model.") && facts.base_models.len() < BASE_MODELS => {
            facts.base_models.push((visible(key, QUOTED), shown()));
        }
        _ => {}
    }
}

fn array_value(reader: &mut Reader<'_>, key: &str, facts: &mut GgufFacts) -> Result<(), Stop> {
    let element = value_type(reader, key, facts)?;
    let count = reader.length()?;
    let mut found = Vec::new();
    elements(reader, key, element, count, ARRAY_DEPTH, &mut found, facts)?;
    found.sort_unstable();
    found.dedup();
    list(
        key,
        format!("{}[{count}]", element.name()),
        String::new(),
        found,
        facts,
    );
    Ok(())
}

/// Passes over the elements of an array, looking at the first texts outside vocabularies.
fn elements(
    reader: &mut Reader<'_>,
    key: &str,
    element: ValueType,
    count: u64,
    depth: u32,
    found: &mut Vec<TextSign>,
    facts: &mut GgufFacts,
) -> Result<(), Stop> {
    let at = reader.position();
    let least = match element {
        ValueType::String if reader.has_short_lengths() => 4,
        ValueType::String => 8,
        ValueType::Array if reader.has_short_lengths() => 8,
        ValueType::Array => 12,
        scalar => scalar.size().unwrap_or(1),
    };
    let Some(bytes) = count.checked_mul(least) else {
        facts.flaw(GgufFlaw::ArrayOverflow, Place::Byte(at), || {
            format!("`{}` has {count} elements", visible(key, QUOTED))
        });
        return Err(Stop::Broken);
    };
    if bytes > reader.remaining() {
        facts.flaw(GgufFlaw::ArrayBeyondFile, Place::Byte(at), || {
            format!(
                "`{}` has {count} elements with {} bytes left",
                visible(key, QUOTED),
                reader.remaining()
            )
        });
        return Err(Stop::Broken);
    }
    match element {
        ValueType::String => {
            let is_vocabulary = key.starts_with("tokenizer.ggml.");
            for index in 0..count {
                let length = bounded_length(reader, facts, "an element")?;
                if is_vocabulary || index >= ELEMENTS {
                    reader.skip(length);
                } else {
                    let raw = reader.text(length, 64 * 1024)?;
                    found.extend(signs::signs(&String::from_utf8_lossy(&raw)));
                }
            }
            Ok(())
        }
        ValueType::Array => nested(reader, key, count, depth, found, facts),
        ValueType::U8
        | ValueType::I8
        | ValueType::U16
        | ValueType::I16
        | ValueType::U32
        | ValueType::I32
        | ValueType::F32
        | ValueType::Bool
        | ValueType::U64
        | ValueType::I64
        | ValueType::F64 => {
            reader.skip(bytes);
            Ok(())
        }
    }
}

fn nested(
    reader: &mut Reader<'_>,
    key: &str,
    count: u64,
    depth: u32,
    found: &mut Vec<TextSign>,
    facts: &mut GgufFacts,
) -> Result<(), Stop> {
    facts.flaw(
        GgufFlaw::NestedArray,
        Place::Byte(reader.position()),
        || format!("`{}` holds arrays", visible(key, QUOTED)),
    );
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Stop::Broken);
    };
    for _ in 0..count {
        let element = value_type(reader, key, facts)?;
        let count = reader.length()?;
        elements(reader, key, element, count, depth, found, facts)?;
    }
    Ok(())
}

fn list(key: &str, kind: String, value: String, signs: Vec<TextSign>, facts: &mut GgufFacts) {
    let has_sign = signs.iter().any(|sign| *sign < TextSign::Template);
    let listed = facts.entries.len();
    if listed < LISTED || (has_sign && listed < LISTED_WITH_SIGNS) {
        facts.entries.push(GgufEntry {
            key: visible(key, QUOTED),
            kind,
            value,
            signs,
        });
    }
}
