//! Keras configurations: the classes that a model is built from, with their arguments, as JSON or YAML.
//!
//! Loading one imports what it names and calls it with what it gives. Every object in it is therefore looked up by
//! exact module and name in what Keras' own packages provide; functions that reach beyond a model are known by name;
//! everything else is unknown. Code that lies in the text (Lambda layers, pickled PyTorch modules) becomes a part.
//!
//! Deliberately not done: building shapes, following the graph of layers, unmarshalling.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{first, narrow};
use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, ModelFormat};
use chainwright_core::problem::ProblemKind;

mod advisory;
mod arguments;
mod bytecode;
mod code;
mod judge;
mod names;
mod value;
mod yaml;

/// Where a configuration comes from, which decides what protects its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A text of its own: a member of `.keras`, `model.to_json()`.
    Text,
    /// An attribute of an HDF5 file, whose loaders know no safe mode; the path of the attribute.
    Hdf5(String),
}

impl Origin {
    /// The place of something at a pointer into the document.
    fn place(&self, pointer: &str) -> Place {
        match self {
            Self::Text => Place::Pointer(pointer.to_owned()),
            Self::Hdf5(path) => Place::Key(format!("{path}{pointer}")),
        }
    }
}

/// Whether content may be a Keras configuration, or the metadata beside one.
#[must_use]
pub fn is_config(head: &[u8], tail: &[u8], name: &str) -> bool {
    let wide = matches!(
        head,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{', 0, ..] | [0, ..]
    );
    if wide {
        // A wide text of another kind is told by its first letter.
        let text = decoded(head);
        let text = text.trim_start_matches('\u{feff}');
        return text.starts_with('{') && is_plain_config(text.as_bytes(), &[], name);
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    is_plain_config(start.trim_ascii_start(), tail, name)
}

fn is_plain_config(head: &[u8], tail: &[u8], name: &str) -> bool {
    if memchr::memchr(0, head).is_some() {
        return false;
    }
    let has = |needle: &str| {
        let needle = needle.as_bytes();
        memchr::memmem::find(head, needle).is_some() || memchr::memmem::find(tail, needle).is_some()
    };
    let any = |needles: &[&str]| needles.iter().any(|needle| has(needle));
    if matches!(head.first(), Some(b'{' | b'[')) {
        // No writer escapes plain letters; who does hides a name.
        let is_hiding =
            any(&["\\u005", "\\u006", "\\u007"]) && (name.ends_with("config.json") || has("keras"));
        let is_model = has("\"class_name\"")
            && any(&["\"config\"", "\"items\""])
            && (any(&SIGNS) || name.ends_with("config.json"));
        let is_metadata = has("\"keras_version\"")
            && any(&["\"date_saved\"", "\"model_config\"", "\"class_name\""]);
        return is_hiding || is_model || is_metadata;
    }
    has("class_name:")
        && has("config:")
        && any(&["keras_version:", "backend:", "layers:", "!!python/"])
}

/// What Keras' own objects hold beside their class and configuration.
const SIGNS: [&str; 7] = [
    "\"registered_name\"",
    "\"module\"",
    "keras",
    "\"layers\"",
    "\"trainable\"",
    "batch_input_shape",
    "batch_shape",
];

/// Judges a configuration.
#[must_use]
pub fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::KerasConfig);
    let limit = budget.limits().text_bytes;
    if bytes.size() > limit {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            "a configuration larger than is read",
        );
    }
    match read_range(bytes.as_ref(), 0, narrow(limit)) {
        Ok(text) => judge_bytes(&text, &Origin::Text, budget, &mut facts),
        Err(error) => facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string()),
    }
    facts
}

/// Judges the bytes of a configuration into facts that may hold more already.
pub(crate) fn judge_bytes(bytes: &[u8], origin: &Origin, budget: &Budget, facts: &mut ModelFacts) {
    let text = decoded(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let is_json = matches!(first(text.trim_start().as_bytes(), 1), b"{" | b"[" | b"\"");
    let document = if is_json {
        value::json(text)
    } else {
        yaml::yaml(text)
    };
    judge::document(&document, origin, budget, facts);
}

/// Python's reader takes UTF-8, UTF-16 and UTF-32 and finds out by the zero bytes which it is.
fn decoded(bytes: &[u8]) -> String {
    let units = |little: bool| {
        let units = bytes
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
        let units: Vec<u16> = units
            .map(|pair| {
                if little {
                    u16::from_le_bytes(pair)
                } else {
                    u16::from_be_bytes(pair)
                }
            })
            .collect();
        String::from_utf16_lossy(&units)
    };
    let points = |little: bool| {
        let points = bytes
            .chunks_exact(4)
            .filter_map(|each| <[u8; 4]>::try_from(each).ok());
        points
            .map(|each| {
                if little {
                    u32::from_le_bytes(each)
                } else {
                    u32::from_be_bytes(each)
                }
            })
            .map(|point| char::from_u32(point).unwrap_or('\u{fffd}'))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => points(true),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=255, ..] => points(false),
        [0xff, 0xfe, ..] => units(true),
        [0xfe, 0xff, ..] => units(false),
        [1..=255, 0, 0, 0, ..] => points(true),
        [1..=255, 0, ..] => units(true),
        [0, 1..=255, ..] => units(false),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
