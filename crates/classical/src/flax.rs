//! MessagePack as Flax stores parameters: nested maps with arrays as application types.
//!
//! Type 1 is an array (shape, dtype, bytes), 2 a complex number, 3 a scalar array, as `flax/serialization.py` has them.
//! Other MessagePack data are read too and judged by lengths, nesting and embedded pickles only.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind, PartContent};
use chainwright_core::problem::{Problem, ProblemKind};

use crate::msgpack;
use crate::names;
use crate::note::{hazard, out_of_time};
use crate::value::Value;

/// Marks at which a map, array or application type begins.
const fn opens_container(mark: u8) -> bool {
    matches!(mark, 0x80..=0x9f | 0xdc..=0xdf)
}

/// Whether a head reads as MessagePack from its first byte on, and holds more than accident explains.
pub(crate) fn is_msgpack(head: &[u8], name: &str) -> bool {
    let Some(first) = head.first() else {
        return false;
    };
    let lower = name.to_ascii_lowercase();
    let is_named = [".msgpack", ".mpk", ".srsly", ".flax"]
        .iter()
        .any(|end| lower.ends_with(end));
    if !opens_container(*first) {
        return false;
    }
    let flax = [b"\xc7".as_slice(), b"\xc8", b"\xc9"]
        .iter()
        .any(|mark| crate::note::contains(head, mark));
    let (texts, marks, ends) = skim(head);
    if is_named {
        return texts >= 1 || ends || marks >= 3;
    }
    // Without a name: a map whose keys are texts, read to the end or for long without a contradiction.
    let first_key = match head {
        [0x81..=0x8f, rest @ ..] | [0xde, _, _, rest @ ..] | [0xdf, _, _, _, _, rest @ ..] => rest,
        _ => return false,
    };
    if SPACY.iter().any(|key| has_key(first_key, key)) {
        return true;
    }
    let has_text_key = matches!(first_key.first(), Some(0xa1..=0xbf | 0xd9..=0xdb));
    has_text_key && texts >= 3 && (ends || (flax && marks >= 8 && texts >= marks / 8))
}

/// What spaCy writes into the file `tokenizer`: patterns and exceptions, in any order.
const SPACY: &[&[u8]] = &[
    b"prefix_search",
    b"suffix_search",
    b"infix_finditer",
    b"token_match",
    b"url_match",
    b"exceptions",
    b"faster_heuristics",
];

/// Whether a short text of MessagePack stands here.
fn has_key(at: &[u8], key: &[u8]) -> bool {
    let Some((&mark, rest)) = at.split_first() else {
        return false;
    };
    (0xa0..=0xbf).contains(&mark) && usize::from(mark & 0x1f) == key.len() && rest.starts_with(key)
}

/// Reads marks over a head: how many texts and marks came before the end or a contradiction, and whether the value
/// was complete exactly at the end of the head.
fn skim(head: &[u8]) -> (u32, u32, bool) {
    let mut scratch = ModelFacts::new(ModelFormat::Msgpack);
    let source = head.to_vec();
    let budget = Budget::untimed(chainwright_core::limits::Limits::default());
    let (value, end) = msgpack::parse(&source, 0, wide(head.len()), &budget, &mut scratch);
    let (mut texts, mut marks) = (0_u32, 0_u32);
    value.visit("", &mut |key, each| {
        marks = marks.saturating_add(1);
        let plain = |text: &str| {
            let is_printable = text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ');
            // Keys that are no texts are shown by other means.
            let is_shown = text.starts_with("Discriminant(") || text.starts_with("bytes at ");
            text.len() >= 3
                && !is_shown
                && is_printable
                && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        };
        texts = texts.saturating_add(u32::from(plain(key)));
        texts = texts.saturating_add(u32::from(each.text().is_some_and(plain)));
    });
    let whole =
        end == wide(head.len()) && scratch.problems.is_empty() && scratch.hazards.is_empty();
    (texts, marks, whole)
}

/// Reads a MessagePack file.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Msgpack);
    let mut at = 0;
    let mut values = 0;
    // Streams of several values are legal.
    while at < source.size() && values < 1000 && facts.problems.is_empty() {
        let (value, end) = msgpack::parse(source, at, source.size(), budget, &mut facts);
        values = u32::saturating_add(values, 1);
        Judge {
            source,
            budget,
            facts: &mut facts,
            depth: 0,
        }
        .value(&value);
        if end <= at {
            break;
        }
        at = end;
    }
    facts
}

struct Judge<'a> {
    source: &'a dyn ByteSource,
    budget: &'a Budget,
    facts: &'a mut ModelFacts,
    depth: u32,
}

impl Judge<'_> {
    fn value(&mut self, value: &Value) {
        let mut blobs = Vec::new();
        let mut texts = Vec::new();
        let mut nodes = 0_u64;
        value.visit("", &mut |key, each| {
            nodes = nodes.saturating_add(1);
            match each {
                Value::Bytes { .. } | Value::Extension { .. } => blobs.push((key, each)),
                Value::Text(text) => texts.push((key, text)),
                _ => {}
            }
        });
        self.facts.operators = self.facts.operators.saturating_add(nodes);
        for (key, text) in texts {
            names::check_text(text, Place::Key(key.to_owned()), self.facts);
        }
        for (index, (key, blob)) in blobs.into_iter().enumerate() {
            if index.is_multiple_of(1024) && out_of_time(self.budget, 0, self.facts) {
                return;
            }
            match blob {
                Value::Bytes { offset, length } => self.binary(key, *offset, *length),
                Value::Extension {
                    kind,
                    offset,
                    length,
                } => self.extension(key, *kind, *offset, *length),
                _ => {}
            }
        }
    }

    /// Binary data that begin as a pickle or another known thing are handed out.
    fn binary(&mut self, key: &str, offset: u64, length: u64) {
        let head = read_range(self.source, offset, narrow(length.min(64))).unwrap_or_default();
        let tail_at = offset.saturating_add(length).saturating_sub(1);
        let last = read_range(self.source, tail_at, 1).unwrap_or_default();
        if looks_like_pickle(&head, last.first().copied()) {
            self.facts.part(
                &part_name(key, "pickle"),
                PartContent::Stretch { offset, length },
            );
        } else if head.starts_with(b"\x7fELF")
            || head.starts_with(b"PK\x03\x04")
            || head.starts_with(b"#!/")
        {
            self.facts.part(
                &part_name(key, "bin"),
                PartContent::Stretch { offset, length },
            );
        }
    }

    fn extension(&mut self, key: &str, kind: i8, offset: u64, length: u64) {
        match kind {
            1 | 3 => self.array(key, offset, length),
            2 => {}
            // -1 is the notation's own time stamp.
            -1 => {}
            other => {
                let place = Place::Byte(offset);
                let subject = format!("type {other}");
                let detail = "an application type that neither the notation nor Flax defines";
                hazard(
                    self.facts,
                    ModelHazardKind::CustomOperator,
                    Effect::OnLoad,
                    place,
                    &subject,
                    detail,
                    "",
                );
                self.binary(key, offset, length);
            }
        }
    }

    /// An array: `[shape, dtype, bytes]`, in MessagePack again. Other libraries use type 1 for other things.
    fn array(&mut self, key: &str, offset: u64, length: u64) {
        if self.depth > 4 {
            return;
        }
        let end = offset.saturating_add(length);
        let mut scratch = ModelFacts::new(ModelFormat::Msgpack);
        let (value, stopped) = msgpack::parse(self.source, offset, end, self.budget, &mut scratch);
        let items = value.items();
        let (Some(shape), Some(dtype)) = (items.first(), items.get(1).and_then(Value::text)) else {
            // Foreign data: nothing is known about them.
            self.binary(key, offset, length);
            return;
        };
        self.facts.hazards.append(&mut scratch.hazards);
        let place = Place::Byte(offset);
        if stopped != end {
            let problem = Problem::new(
                ProblemKind::Malformed,
                place.clone(),
                "an array is not as long as its type says",
            );
            self.facts
                .problem(problem.kind, problem.place, problem.detail);
        }
        let shape: Option<Vec<u64>> = match shape {
            Value::Numbers(numbers) => numbers
                .whole
                .as_ref()
                .and_then(|whole| whole.iter().map(|each| u64::try_from(*each).ok()).collect()),
            Value::Array(items) if items.is_empty() => Some(Vec::new()),
            _ => None,
        };
        let elements = shape.and_then(|shape| {
            shape
                .iter()
                .try_fold(1_u64, |product, each| product.checked_mul(*each))
        });
        let Some(elements) = elements else {
            let detail = "the shape of an array overflows or is no list of lengths";
            hazard(
                self.facts,
                ModelHazardKind::SizeLie,
                Effect::OnLoad,
                place,
                key,
                detail,
                "",
            );
            return;
        };
        self.facts.parameters = self.facts.parameters.saturating_add(elements);
        let bytes = items.get(2).and_then(|item| match item {
            Value::Bytes { offset, length } => Some((*offset, *length)),
            _ => None,
        });
        self.compare(key, dtype, elements, bytes, place);
    }

    fn compare(
        &mut self,
        key: &str,
        dtype: &str,
        elements: u64,
        bytes: Option<(u64, u64)>,
        place: Place,
    ) {
        let Some(width) = dtype_bits(dtype) else {
            let is_object = matches!(dtype, "object" | "O" | "|O");
            let (kind, detail) = if is_object {
                (
                    ModelHazardKind::EmbeddedCode,
                    "an array of Python objects can only be restored by unpickling",
                )
            } else {
                (
                    ModelHazardKind::UnknownCallable,
                    "a type of element that numpy and JAX do not have",
                )
            };
            hazard(
                self.facts,
                kind,
                Effect::OnLoad,
                place,
                dtype,
                detail,
                "CVE-2019-6446",
            );
            if let Some((offset, length)) = bytes {
                self.binary(key, offset, length);
            }
            return;
        };
        let held = bytes.map_or(0, |(_, length)| length);
        let wanted = elements.saturating_mul(width).saturating_add(7) / 8;
        // Types of four bits are stored packed or in a byte each.
        let is_small = width < 8 && held == elements;
        if held != wanted && !is_small {
            let subject = format!("{elements} of {dtype} in {held} bytes");
            let detail = "the shape of an array does not fit its bytes";
            hazard(
                self.facts,
                ModelHazardKind::SizeLie,
                Effect::OnLoad,
                place,
                &subject,
                detail,
                "",
            );
        }
    }
}

fn part_name(key: &str, kind: &str) -> String {
    if key.is_empty() {
        format!("data.{kind}")
    } else {
        format!("{key}.{kind}")
    }
}

/// Protocol 2 and later begin with their mark; older ones are told by a full stop at the end and a telling start.
fn looks_like_pickle(head: &[u8], last: Option<u8>) -> bool {
    let starts = match head {
        [0x80, 2..=5, rest @ ..] => !rest.is_empty(),
        [b'c' | b'(', rest @ ..] => {
            let line = rest
                .iter()
                .take_while(|byte| byte.is_ascii_graphic() || **byte == b'\n')
                .count();
            line >= 8 && rest.contains(&b'\n')
        }
        _ => false,
    };
    starts && last == Some(b'.')
}

/// Bits of an element.
fn dtype_bits(name: &str) -> Option<u64> {
    Some(match name.trim_start_matches(['<', '>', '=', '|']) {
        "bool" | "int8" | "uint8" | "b1" | "i1" | "u1" | "?" => 8,
        "int16" | "uint16" | "float16" | "bfloat16" | "i2" | "u2" | "f2" | "V2" => 16,
        "int32" | "uint32" | "float32" | "i4" | "u4" | "f4" => 32,
        "int64" | "uint64" | "float64" | "complex64" | "i8" | "u8" | "f8" | "c8" => 64,
        "complex128" | "c16" | "float128" | "longdouble" => 128,
        "int4" | "uint4" | "float4_e2m1fn" => 4,
        "int2" | "uint2" => 2,
        other if other.starts_with("float8_") => 8,
        other if other.starts_with("float6_") => 6,
        "int1" | "uint1" => 1,
        other => {
            // Texts and raw bytes of a fixed width.
            let (kind, width) = (other.get(..1)?, other.get(1..)?);
            let width: u64 = width.parse().ok()?;
            match kind {
                "S" | "V" => width.checked_mul(8)?,
                "U" => width.checked_mul(32)?,
                _ => return None,
            }
        }
    })
}
