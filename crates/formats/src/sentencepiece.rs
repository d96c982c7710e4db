//! SentencePiece models (`tokenizer.model`, `spiece.model`, `*.spm`): the vocabulary and the rules around it.
//!
//! The file is one protobuf message. Nothing in it runs, but it decides what a model gets to read: a rule of the
//! normaliser rewrites what users type, one of the denormaliser what they are answered, a piece that is a control symbol
//! disappears. Whether a piece is the publisher's only a comparison can tell; no segmentation is done here.
//!
//! Source: `src/sentencepiece_model.proto` and `src/normalizer.cc` of SentencePiece 0.2.

use std::collections::HashSet;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, u32_le, u64_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use chainwright_core::tokens::words::is_ordinary;
use chainwright_core::tokens::{charsmap, words};

/// LIMIT: pieces that are compared; the largest known model has 1.1 million.
const MAX_PIECES: u64 = 2_000_000;
/// The longest piece that training makes is 16 characters; a few trainers allow more.
const LONG_PIECE: usize = 24;

/// Types of pieces, as the schema numbers them.
const UNKNOWN: u64 = 2;
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;
const BYTE: u64 = 6;

/// Whether the bytes begin as a SentencePiece model does: pieces with a text, a score and a type.
///
/// The name is a hint for models whose first field is another one.
#[must_use]
pub fn recognise(head: &[u8], name: &str) -> bool {
    const ENOUGH: usize = 3;
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let is_named = [".model", ".spm"]
        .iter()
        .any(|extension| name.to_ascii_lowercase().ends_with(extension))
        || name.contains(".model.");
    let mut fields = Wire::new(head);
    let mut pieces = 0_usize;
    let mut specs = 0_usize;
    while let Some((number, field)) = fields.next() {
        let is_fitting = match (number, &field) {
            (1, Field::Bytes(bytes)) => is_piece(bytes).then(|| pieces = pieces.saturating_add(1)),
            (2 | 3, Field::Bytes(bytes)) => {
                is_message(bytes).then(|| specs = specs.saturating_add(1))
            }
            (4 | 5, Field::Bytes(bytes)) => is_message(bytes).then_some(()),
            _ => None,
        };
        if is_fitting.is_none() {
            return false;
        }
        if pieces >= ENOUGH.saturating_mul(8) {
            return true;
        }
    }
    // The specifications may stand in front; the map of a normaliser alone is larger than a head.
    let starts_with_spec = matches!(head.first(), Some(0x12 | 0x1a)) && !fields.is_whole();
    let has_both = pieces >= 1 && specs > 0;
    pieces >= ENOUGH && (is_named || specs > 0) || is_named && (has_both || starts_with_spec)
}

/// `piece` as text, then maybe a score and a type, and nothing else.
fn is_piece(bytes: &[u8]) -> bool {
    let mut wire = Wire::new(bytes);
    let mut has_text = false;
    while let Some((number, field)) = wire.next() {
        match (number, field) {
            (1, Field::Bytes(text)) => {
                has_text = std::str::from_utf8(text).is_ok() && text.len() < 4096;
                if !has_text {
                    return false;
                }
            }
            (2, Field::Fixed32(_)) => {}
            (3, Field::Varint(kind)) if (1..=6).contains(&kind) => {}
            (200.., _) => {}
            _ => return false,
        }
    }
    has_text && wire.is_whole()
}

fn is_message(bytes: &[u8]) -> bool {
    let mut wire = Wire::new(bytes);
    while wire.next().is_some() {}
    wire.is_whole()
}

/// Reads a model.
#[must_use]
pub fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::SentencePiece);
    let size = bytes.size();
    let limit = budget.limits().header_bytes;
    if size > limit {
        let detail = format!("a vocabulary of {size} bytes was read up to {limit}");
        facts.problem(ProblemKind::LimitReached, Place::Whole, detail);
    }
    let Ok(content) = read_range(bytes.as_ref(), 0, narrow(size.min(limit))) else {
        facts.problem(
            ProblemKind::Unreadable,
            Place::Whole,
            "the bytes could not be had",
        );
        return facts;
    };
    Reader {
        facts: &mut facts,
        seen: HashSet::new(),
    }
    .model(&content, budget);
    facts
}

struct Reader<'a> {
    facts: &'a mut ModelFacts,
    seen: HashSet<Box<str>>,
}

impl Reader<'_> {
    fn model(&mut self, content: &[u8], budget: &Budget) {
        const STEPS: u64 = 0xfff;
        let mut wire = Wire::new(content);
        let mut at = 0_usize;
        while let Some((number, field)) = wire.next() {
            match (number, field) {
                (1, Field::Bytes(piece)) => {
                    self.facts.operators = self.facts.operators.saturating_add(1);
                    if self.facts.operators > MAX_PIECES {
                        let detail = "more pieces than are read";
                        self.facts.problem(
                            ProblemKind::LimitReached,
                            Place::Byte(wide(at)),
                            detail,
                        );
                        return;
                    }
                    self.piece(piece, at);
                }
                (2, Field::Bytes(spec)) => self.trainer(spec, at),
                (3, Field::Bytes(spec)) => self.rules(spec, at, "the text that users type"),
                (5, Field::Bytes(spec)) => self.rules(spec, at, "the answer"),
                (4, Field::Bytes(_)) | (200.., _) => {}
                _ => {
                    let subject = format!("field {number}");
                    self.hazard(
                        ModelHazardKind::StrayData,
                        at,
                        &subject,
                        "no reader knows this field",
                    );
                }
            }
            at = wire.at;
            if self.facts.operators & STEPS == 0 && budget.check_time().is_err() {
                let detail = "the time for this file is up";
                self.facts
                    .problem(ProblemKind::LimitReached, Place::Byte(wide(at)), detail);
                return;
            }
        }
        if !wire.is_whole() {
            let place = Place::Byte(wide(wire.at));
            let detail = "the message ends inside a field";
            self.facts.problem(ProblemKind::Truncated, place, detail);
        }
    }

    fn piece(&mut self, bytes: &[u8], at: usize) {
        let mut text = "";
        let mut kind = 1;
        let mut wire = Wire::new(bytes);
        while let Some((number, field)) = wire.next() {
            match (number, field) {
                (1, Field::Bytes(bytes)) => text = std::str::from_utf8(bytes).unwrap_or_default(),
                (2, Field::Fixed32(bits)) if !f32::from_bits(bits).is_finite() => {
                    let detail = "the score of a piece is no number, so that nothing can be compared with it";
                    self.hazard(ModelHazardKind::Malformed, at, text, detail);
                }
                (3, Field::Varint(value)) => kind = value,
                _ => {}
            }
        }
        if text.is_empty() {
            let detail = "a piece without text, which the reference reader refuses";
            self.hazard(ModelHazardKind::Malformed, at, "", detail);
            return;
        }
        if !self.seen.insert(text.into()) {
            let detail = "the piece stands twice; readers disagree about which id counts";
            self.hazard(ModelHazardKind::Ambiguous, at, text, detail);
        }
        self.judge(text, kind, at);
    }

    fn judge(&mut self, text: &str, kind: u64, at: usize) {
        if matches!(kind, CONTROL | USER_DEFINED | UNKNOWN) && is_ordinary(text) {
            let detail = if kind == CONTROL {
                "an ordinary word is a control symbol: it disappears from answers"
            } else if kind == USER_DEFINED {
                "an ordinary word is a user-defined symbol: it is cut out of every text first"
            } else {
                "an ordinary word stands for everything unknown"
            };
            self.hazard(ModelHazardKind::TextRewriting, at, text, detail);
        }
        if kind == BYTE && !is_byte(text) {
            let detail = "the piece is said to be a byte and is none";
            self.hazard(ModelHazardKind::Malformed, at, text, detail);
        }
        if matches!(kind, 1 | USER_DEFINED) && text.len() > LONG_PIECE && words::speaks(text) {
            let detail = "a piece is a sentence or an address, which training does not make";
            self.hazard(ModelHazardKind::TextRewriting, at, text, detail);
        }
    }

    fn trainer(&mut self, bytes: &[u8], at: usize) {
        let mut wire = Wire::new(bytes);
        while let Some((number, field)) = wire.next() {
            match (number, field) {
                (3, Field::Varint(kind)) => {
                    let name = match kind {
                        1 => "unigram",
                        2 => "bpe",
                        3 => "word",
                        4 => "char",
                        _ => "unknown",
                    };
                    name.clone_into(&mut self.facts.version);
                }
                (44, Field::Bytes(text)) => {
                    let text = String::from_utf8_lossy(text);
                    if is_ordinary(&text) || words::speaks(&text) {
                        let detail = "a word is put into answers for each unknown piece";
                        self.hazard(ModelHazardKind::TextRewriting, at, &text, detail);
                    }
                }
                (45..=48, Field::Bytes(text)) => {
                    let text = String::from_utf8_lossy(text);
                    if is_ordinary(&text) {
                        let detail = "an ordinary word has the role of a mark";
                        self.hazard(ModelHazardKind::TextRewriting, at, &text, detail);
                    }
                }
                _ => {}
            }
        }
        "sentencepiece".clone_into(&mut self.facts.producer);
    }

    /// A normaliser or denormaliser: its rules compiled, and as they were written.
    fn rules(&mut self, bytes: &[u8], at: usize, changed: &str) {
        let mut wire = Wire::new(bytes);
        while let Some((number, field)) = wire.next() {
            match (number, field) {
                (2, Field::Bytes(map)) => self.map(map, at, changed),
                (6, Field::Bytes(_)) => {
                    // Only the trainer opens it; here it is a name of the machine of its author.
                }
                _ => {}
            }
        }
    }

    fn map(&mut self, map: &[u8], at: usize, changed: &str) {
        let spoken = charsmap::spoken(map);
        let place = Place::Byte(wide(at));
        if spoken.is_broken {
            let detail = "the map of the normaliser contradicts its own size";
            self.facts
                .problem(ProblemKind::Malformed, place.clone(), detail);
        }
        if spoken.is_unread {
            let detail = "the rules of the normaliser are too many or go in circles";
            self.facts.problem(ProblemKind::LimitReached, place, detail);
        }
        for (from, to) in spoken.rules {
            let subject = format!("{from} -> {to}");
            let detail = format!("a rule rewrites words of {changed}");
            self.hazard(ModelHazardKind::TextRewriting, at, &subject, &detail);
        }
    }

    fn hazard(&mut self, kind: ModelHazardKind, at: usize, subject: &str, detail: &str) {
        let place = Place::Byte(wide(at));
        let effect = Effect::OnUse;
        self.facts
            .hazard(ModelHazard::new(kind, effect, place, subject, detail, ""));
    }
}

/// `<0x0A>`.
fn is_byte(text: &str) -> bool {
    text.len() == 6
        && text
            .strip_prefix("<0x")
            .and_then(|rest| rest.strip_suffix('>'))
            .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A field of a message.
enum Field<'a> {
    Varint(u64),
    Fixed32(u32),
    Fixed64,
    Bytes(&'a [u8]),
}

/// The fields of a message, one after another; it stops at the first that is broken.
struct Wire<'a> {
    bytes: &'a [u8],
    at: usize,
    is_broken: bool,
}

impl<'a> Wire<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            is_broken: false,
        }
    }

    /// Whether the message was read to its end.
    const fn is_whole(&self) -> bool {
        !self.is_broken && self.at >= self.bytes.len()
    }

    fn next(&mut self) -> Option<(u64, Field<'a>)> {
        if self.is_broken || self.at >= self.bytes.len() {
            return None;
        }
        let field = self.field();
        self.is_broken = field.is_none();
        field
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let start = self.at;
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => self.varint().map(Field::Varint),
            1 => u64_le(self.bytes, self.at)
                .and_then(|_| self.take(8))
                .map(|_| Field::Fixed64),
            2 => {
                let length = self.varint();
                length
                    .and_then(|length| self.take(narrow(length)))
                    .map(Field::Bytes)
            }
            5 => u32_le(self.bytes, self.at)
                .and_then(|bits| self.take(4).map(|_| Field::Fixed32(bits))),
            _ => None,
        };
        if field.is_none() {
            self.at = start;
        }
        let number = tag >> 3;
        field.filter(|_| number > 0).map(|field| (number, field))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64_u32).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at = self.at.saturating_add(1);
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
