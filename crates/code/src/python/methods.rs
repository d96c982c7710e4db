//! Methods of texts, bytes and collections that have no effect but their result.

use std::rc::Rc;

use super::names;
use super::pure::{bytes_to_text, codec_by_name, decoded, join};
use super::value::{Abstract, Args, MAX_ELEMENTS, MAX_TEXT, Taint, Value};
use crate::signs::HOLE;

/// A method without effects.
pub(super) fn method<'a>(object: &Abstract<'a>, name: &str, arguments: &Args<'a>) -> Abstract<'a> {
    let flows = object.taint.content() | arguments.taint().through_unknown();
    let first = arguments.at(0);
    match (&object.value, name) {
        // Text that an unknown reader finds in a picture was hidden there.
        (Value::Unknown, "reveal" | "decode" | "extract" | "unhide")
            if arguments
                .all()
                .any(|each| each.as_text().is_some_and(crate::signs::is_media_file)) =>
        {
            Abstract::unknown(flows | Taint::DECODED)
        }
        (Value::Str(text), _) => text_method(object, text.as_str(), name, arguments, flows),
        (Value::Bytes(bytes), "decode") => match first
            .and_then(Abstract::as_known_text)
            .and_then(codec_by_name)
        {
            Some(codec) => decoded(object, codec),
            None => bytes_to_text(bytes, object.taint),
        },
        (Value::Bytes(bytes), "hex") => {
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Abstract::text(&text, flows)
        }
        (Value::Bytes(_), "join") => {
            first.map_or_else(Abstract::nothing, |parts| join(object, parts, flows))
        }
        (Value::Bytes(bytes), "replace") => match (
            first.and_then(Abstract::as_bytes),
            arguments.at(1).and_then(Abstract::as_bytes),
        ) {
            (Some(from), Some(to)) => {
                Abstract::bytes(&replace_bytes(bytes, from, to), flows | Taint::FOLDED)
            }
            _ => Abstract::unknown(flows),
        },
        (Value::Bytes(_), "strip" | "rstrip" | "lstrip" | "tobytes" | "getvalue" | "read") => {
            object.clone()
        }
        (Value::Dict(items), "get" | "pop" | "setdefault") => {
            let wanted = first.and_then(Abstract::as_known_text);
            let found = items
                .iter()
                .rev()
                .find(|(key, _)| wanted.is_some() && key.as_known_text() == wanted);
            let callable = || {
                items
                    .iter()
                    .map(|(_, value)| value)
                    .find(|value| value.as_path().is_some_and(names::is_dangerous))
            };
            found
                .map(|(_, value)| value)
                .or_else(callable)
                .cloned()
                .unwrap_or_else(|| Abstract::unknown(flows))
        }
        (Value::Dict(items), "values") => {
            Abstract::list(items.iter().map(|(_, value)| value.clone()).collect())
        }
        (Value::Dict(items), "items") => Abstract::list(
            items
                .iter()
                .map(|(key, value)| Abstract::list(vec![key.clone(), value.clone()]))
                .collect(),
        ),
        (Value::Dict(items), "keys") => {
            Abstract::list(items.iter().map(|(key, _)| key.clone()).collect())
        }
        (Value::List(_), "copy" | "__iter__") => object.clone(),
        (Value::List(elements), "pop") => {
            elements.last().cloned().unwrap_or_else(Abstract::nothing)
        }
        (_, "translate") => Abstract::unknown(flows | Taint::OBFUSCATED),
        (_, "decompress" | "decrypt" | "b64decode" | "fromhex" | "unhexlify") => {
            Abstract::unknown(flows | Taint::DECODED)
        }
        (_, "decode") => match first
            .and_then(Abstract::as_known_text)
            .and_then(codec_by_name)
        {
            Some(_) => Abstract::unknown(flows | Taint::DECODED),
            None => Abstract::unknown(flows),
        },
        _ => Abstract::unknown(flows),
    }
}

pub(super) fn text_method<'a>(
    object: &Abstract<'a>,
    text: &str,
    name: &str,
    arguments: &Args<'a>,
    flows: Taint,
) -> Abstract<'a> {
    let first = arguments.at(0);
    let known = |index: usize| arguments.at(index).and_then(Abstract::as_known_text);
    let made = |text: &str| Abstract::text(text, flows | Taint::FOLDED);
    match name {
        "join" => first.map_or_else(Abstract::nothing, |parts| join(object, parts, flows)),
        "encode" => match known(0).and_then(codec_by_name) {
            Some(codec) => decoded(object, codec),
            None if text.contains(HOLE) => object.clone(),
            None => Abstract::bytes(text.as_bytes(), object.taint),
        },
        "decode" => match known(0).and_then(codec_by_name) {
            Some(codec) => decoded(object, codec),
            None => object.clone(),
        },
        "replace" => match (known(0), known(1)) {
            (Some(from), Some(to)) if !from.is_empty() => {
                let replaced = text.replace(from, to);
                // Taking out filler (`"exXXec".replace("XX", "")`) is how names are hidden.
                let mark = if to.is_empty() && reveals(text, &replaced) {
                    Taint::OBFUSCATED | Taint::LITERAL
                } else {
                    Taint::NONE
                };
                Abstract::text(&replaced, flows | Taint::FOLDED | mark)
            }
            _ => Abstract::unknown(flows),
        },
        "format" => made(&format_text(text, arguments)).tainted(arguments.taint().content()),
        "format_map" => Abstract::unknown(flows),
        "strip" | "lstrip" | "rstrip" => match first {
            None => Abstract::text(text.trim(), object.taint),
            Some(_) => known(0).map_or_else(
                || object.clone(),
                |characters| {
                    let matches = |character: char| characters.contains(character);
                    made(match name {
                        "strip" => text.trim_matches(matches),
                        "lstrip" => text.trim_start_matches(matches),
                        _ => text.trim_end_matches(matches),
                    })
                },
            ),
        },
        "lower" | "casefold" => Abstract::text(&text.to_lowercase(), object.taint | Taint::FOLDED),
        "upper" => Abstract::text(&text.to_uppercase(), object.taint | Taint::FOLDED),
        "swapcase" => {
            let swapped: String = text
                .chars()
                .map(|character| {
                    if character.is_lowercase() {
                        character.to_ascii_uppercase()
                    } else {
                        character.to_ascii_lowercase()
                    }
                })
                .collect();
            Abstract::text(
                &swapped,
                object.taint | Taint::FOLDED | Taint::OBFUSCATED | Taint::LITERAL,
            )
        }
        "title" | "capitalize" | "zfill" | "ljust" | "rjust" | "center" | "expandtabs" => {
            Abstract::unknown(flows)
        }
        "split" | "rsplit" | "splitlines" => {
            let parts: Vec<Abstract<'a>> = match known(0) {
                Some(separator) if !separator.is_empty() => {
                    text.split(separator).take(MAX_ELEMENTS).map(made).collect()
                }
                _ if name == "splitlines" => text.lines().take(MAX_ELEMENTS).map(made).collect(),
                _ => text
                    .split_whitespace()
                    .take(MAX_ELEMENTS)
                    .map(made)
                    .collect(),
            };
            Abstract::new(Value::List(Rc::new(parts)), flows)
        }
        "translate" => Abstract::unknown(flows | Taint::OBFUSCATED),
        "__add__" => first.map_or_else(Abstract::nothing, |other| {
            made(&[text, &other.shown()].concat())
        }),
        "startswith" | "endswith" | "find" | "index" | "count" | "isdigit" | "isalpha"
        | "__contains__" => Abstract::nothing(),
        "exists" | "is_file" | "is_dir" => Abstract::nothing(),
        "mkdir" | "touch" => Abstract::nothing(),
        "getvalue" | "read" => object.clone(),
        _ => Abstract::unknown(flows),
    }
}

/// Whether taking something out made a telling word appear.
pub(super) fn reveals(before: &str, after: &str) -> bool {
    [
        "exec",
        "eval",
        "import",
        "system",
        "subprocess",
        "base64",
        "socket",
        "popen",
        "compile",
        "builtins",
        "decode",
        "os",
    ]
    .iter()
    .any(|word| after.contains(word) && !before.contains(word))
}

pub(super) fn replace_bytes(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    if from.is_empty() {
        return rest.to_vec();
    }
    while let Some((byte, behind)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(behind) if output.len() < MAX_TEXT => {
                output.extend_from_slice(to);
                rest = behind;
            }
            _ => {
                output.push(*byte);
                rest = behind;
            }
        }
    }
    output
}

/// `"{}{0}{name}".format(…)`.
pub(super) fn format_text(format: &str, arguments: &Args<'_>) -> String {
    let mut text = String::with_capacity(format.len());
    let mut characters = format.chars().peekable();
    let mut next_position = 0_usize;
    while let Some(character) = characters.next() {
        match character {
            '{' if characters.next_if_eq(&'{').is_some() => text.push('{'),
            '}' => {
                characters.next_if_eq(&'}');
                text.push('}');
            }
            '{' => {
                let mut field = String::new();
                for inner in characters.by_ref() {
                    if inner == '}' {
                        break;
                    }
                    field.push(inner);
                }
                let name = field.split([':', '!']).next().unwrap_or_default();
                let value = if name.is_empty() {
                    let value = arguments.at(next_position);
                    next_position = next_position.saturating_add(1);
                    value
                } else {
                    name.parse()
                        .ok()
                        .and_then(|index: usize| arguments.at(index))
                        .or_else(|| arguments.keyword(name))
                };
                match value {
                    Some(value) if field.ends_with(":c") => text.extend(
                        value
                            .as_int()
                            .and_then(|code| char::from_u32(u32::try_from(code).ok()?)),
                    ),
                    Some(value) if text.len() < MAX_TEXT => text.push_str(&value.shown()),
                    _ => text.push(HOLE),
                }
            }
            other => text.push(other),
        }
    }
    text
}
