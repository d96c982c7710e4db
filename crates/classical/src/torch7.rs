//! Lua Torch files (`.t7`), binary and ASCII.
//!
//! Functions are stored as Lua bytecode that loading turns into live functions, and Lua's verifier is gone since 5.2:
//! bytecode in the file is code. Classes are created by name, and their own `read` decides what follows. Source:
//! `File.lua`, `Tensor.c` and `Storage.c` of torch7. Numbers in storages are not judged.

use std::collections::HashSet;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::Order;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind, PartContent};
use chainwright_core::problem::ProblemKind;

use crate::names;
use crate::note::{hazard, out_of_time};
use crate::reader::Reader;

/// How deep objects may be nested.
const MAX_DEPTH: u32 = 400;
/// How many objects are read.
const MAX_OBJECTS: u64 = 2_000_000;
/// Packages whose classes Torch's own libraries provide.
const PACKAGES: [&str; 17] = [
    "torch", "nn", "cudnn", "cunn", "nngraph", "graph", "tds", "optim", "inn", "image", "rnn",
    "dpnn", "stn", "cutorch", "fbnn", "fbcunn", "dp",
];

/// Whether a head is one: a known tag, an index, and a class with its version, or a table.
pub(crate) fn is_torch7(head: &[u8], name: &str) -> bool {
    is_binary(head, name) || is_ascii(head)
}

fn is_binary(head: &[u8], name: &str) -> bool {
    let int = |at: usize| chainwright_core::fields::u32_le(head, at);
    let is_named = {
        let lower = name.to_ascii_lowercase();
        lower.ends_with(".t7") || lower.ends_with(".th7") || lower.ends_with(".net")
    };
    match (int(0), int(4), int(8)) {
        // A class: index 1, then the text "V 1".
        (Some(4), Some(1), Some(3)) => head.get(12..14) == Some(b"V "),
        // A table: index 1, a size, then the tag of its first key.
        (Some(3), Some(1), Some(size)) => {
            size < 1 << 24
                && (int(12).is_some_and(|tag| (1..=2).contains(&tag))
                    && (is_named || head.len() > 40 && plausible(head)))
        }
        (Some(6..=8), Some(1), Some(size)) => {
            size < 1 << 24 && head.get(12..16) == Some(b"\x1bLua")
                || head.get(12..15) == Some(b"\x1bLJ")
        }
        _ => false,
    }
}

/// Whether the first key of a table is a text or a small whole number that another tag follows.
fn plausible(head: &[u8]) -> bool {
    let int = |at: usize| chainwright_core::fields::u32_le(head, at);
    match int(12) {
        Some(2) => {
            let Some(length) = int(16)
                .and_then(|length| usize::try_from(length).ok())
                .filter(|length| (1..200).contains(length))
            else {
                return false;
            };
            let end = 20_usize.saturating_add(length);
            let key = head.get(20..end).unwrap_or_default();
            key.len() == length
                && key.iter().all(u8::is_ascii_graphic)
                && int(end).is_some_and(|tag| tag <= 8)
        }
        Some(1) => {
            head.get(16..24) == Some(&1.0_f64.to_le_bytes()) && int(24).is_some_and(|tag| tag <= 8)
        }
        _ => false,
    }
}

fn is_ascii(head: &[u8]) -> bool {
    let text = std::str::from_utf8(head.get(..head.len().min(200)).unwrap_or_default())
        .unwrap_or_default();
    let mut lines = text.lines();
    match (lines.next(), lines.next(), lines.next(), lines.next()) {
        (Some("4"), Some("1"), Some("3"), Some(version)) => version.starts_with("V "),
        (Some("3"), Some("1"), Some(size), Some(tag)) => {
            size.parse::<u32>().is_ok() && matches!(tag, "1" | "2")
        }
        (Some("6" | "7" | "8"), Some("1"), Some(size), Some(code)) => {
            size.parse::<u32>().is_ok() && code.starts_with("\u{1b}L")
        }
        _ => false,
    }
}

/// Reads a file.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Torch7);
    let mut reader = Reader::at(source, 0, Order::Little);
    let is_text = reader.peek().is_some_and(|byte| byte.is_ascii_digit());
    let mut walker = Walker {
        reader,
        is_text,
        seen: HashSet::new(),
        objects: 0,
        depth: 0,
        stopped: false,
        budget,
        facts: &mut facts,
    };
    if walker.object().is_none() && !walker.stopped {
        walker.reader.note_end(walker.facts, "an object");
    } else if !walker.stopped && walker.reader.remaining() > 1 {
        let place = Place::Byte(walker.reader.position());
        hazard(
            walker.facts,
            ModelHazardKind::StrayData,
            Effect::OnLoad,
            place,
            "",
            "bytes follow the object",
            "",
        );
    }
    facts.producer = "torch7".to_owned();
    facts
}

struct Walker<'a, 'f> {
    reader: Reader<'a>,
    is_text: bool,
    seen: HashSet<i64>,
    objects: u64,
    depth: u32,
    stopped: bool,
    budget: &'f Budget,
    facts: &'f mut ModelFacts,
}

impl Walker<'_, '_> {
    fn note(&mut self, kind: ModelHazardKind, subject: &str, detail: &str) {
        let place = Place::Byte(self.reader.position());
        hazard(self.facts, kind, Effect::OnLoad, place, subject, detail, "");
    }

    fn stop(&mut self, kind: ProblemKind, detail: &str) -> Option<()> {
        let place = Place::Byte(self.reader.position());
        self.facts.problem(kind, place, detail);
        self.stopped = true;
        None
    }

    /// A word of the ASCII form.
    fn word(&mut self) -> Option<String> {
        while self.reader.peek()?.is_ascii_whitespace() {
            self.reader.skip(1)?;
        }
        let mut word = String::new();
        while let Some(byte) = self
            .reader
            .peek()
            .filter(|byte| !byte.is_ascii_whitespace())
        {
            if word.len() > 64 {
                self.stop(ProblemKind::Malformed, "a number is too long");
                return None;
            }
            word.push(char::from(byte));
            self.reader.skip(1)?;
        }
        // One line break belongs to the number.
        if self.reader.peek() == Some(b'\n') {
            self.reader.skip(1)?;
        }
        Some(word)
    }

    fn parsed(&mut self) -> Option<i64> {
        let word = self.word()?;
        match word.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                self.stop(ProblemKind::Malformed, "a number is expected");
                None
            }
        }
    }

    fn int(&mut self) -> Option<i64> {
        if self.is_text {
            self.parsed()
        } else {
            self.reader.i32().map(i64::from)
        }
    }

    fn long(&mut self) -> Option<i64> {
        if self.is_text {
            self.parsed()
        } else {
            self.reader.i64()
        }
    }

    fn longs(&mut self, count: i64) -> Option<Vec<i64>> {
        (0..count).map(|_| self.long()).collect()
    }

    /// The length of something that follows, if it fits into the file.
    fn length(&mut self, length: i64, each: u64, what: &str) -> Option<u64> {
        let fits = u64::try_from(length)
            .ok()
            .filter(|length| length.saturating_mul(each) <= self.reader.remaining());
        if fits.is_none() {
            self.note(
                ModelHazardKind::SizeLie,
                &format!("{what} of {length}"),
                "the stated length does not fit into the file",
            );
            self.stopped = true;
        }
        fits
    }

    fn text(&mut self) -> Option<String> {
        let length = self.int()?;
        let length = self.length(length, 1, "text")?;
        let bytes = self.reader.bytes(length, 64 * 1024)?;
        if self.is_text && self.reader.peek() == Some(b'\n') {
            self.reader.skip(1)?;
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn object(&mut self) -> Option<()> {
        self.objects = self.objects.saturating_add(1);
        if self.objects > MAX_OBJECTS {
            return self.stop(ProblemKind::LimitReached, "more objects than are read");
        }
        if self.objects.is_multiple_of(4096)
            && out_of_time(self.budget, self.reader.position(), self.facts)
        {
            self.stopped = true;
            return None;
        }
        let at = self.reader.position();
        match self.int()? {
            0 => Some(()),
            1 if self.is_text => self.word().map(|_| ()),
            1 => self.reader.skip(8),
            2 => {
                let text = self.text()?;
                names::check_text(&text, Place::Byte(at), self.facts);
                Some(())
            }
            5 => self.int().map(|_| ()),
            tag @ (3 | 4 | 6 | 7 | 8) => self.indexed(tag),
            _ => self.stop(ProblemKind::Malformed, "a type that does not exist"),
        }
    }

    /// Objects that can stand in several places: the first time in full.
    fn indexed(&mut self, tag: i64) -> Option<()> {
        let index = self.int()?;
        if index <= 0 {
            self.note(
                ModelHazardKind::Malformed,
                &format!("index {index}"),
                "the number of an object is no number",
            );
        }
        if !self.seen.insert(index) {
            return Some(());
        }
        if self.depth >= MAX_DEPTH {
            self.note(
                ModelHazardKind::ResourceExhaustion,
                "nesting",
                "objects are nested so deeply that the reader runs out of stack",
            );
            return self.stop(ProblemKind::LimitReached, "objects are nested too deeply");
        }
        self.depth = self.depth.saturating_add(1);
        let result = match tag {
            3 => self.table(),
            4 => self.class(),
            _ => self.function(),
        };
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn table(&mut self) -> Option<()> {
        let size = self.int()?;
        let size = self.length(size, 2, "table")?;
        for _ in 0..size {
            self.object()?;
            self.object()?;
        }
        Some(())
    }

    fn function(&mut self) -> Option<()> {
        let length = self.int()?;
        let length = self.length(length, 1, "function")?;
        let offset = self.reader.position();
        let head = self.reader.bytes(length, 4)?;
        if self.is_text && self.reader.peek() == Some(b'\n') {
            self.reader.skip(1)?;
        }
        let what = if head.starts_with(b"\x1bLJ") {
            "LuaJIT bytecode"
        } else if head.starts_with(b"\x1bLua") {
            "Lua bytecode"
        } else {
            "Lua source"
        };
        let detail = "loading turns the code in the file into a live function";
        hazard(
            self.facts,
            ModelHazardKind::EmbeddedCode,
            Effect::OnLoad,
            Place::Byte(offset),
            what,
            detail,
            "",
        );
        self.facts
            .part("function.luac", PartContent::Stretch { offset, length });
        self.object()
    }

    fn class(&mut self) -> Option<()> {
        let version = self.text()?;
        // Files before versions began have the class name here.
        let class = if version.starts_with("V ") {
            self.text()?
        } else {
            version
        };
        self.facts.operators = self.facts.operators.saturating_add(1);
        let package = class.split('.').next().unwrap_or_default();
        let is_known = class.contains('.') && PACKAGES.contains(&package);
        if !is_known {
            let detail = "loading creates an object of a class that Torch's libraries do not provide, whose own reader runs";
            self.note(ModelHazardKind::UnknownCallable, &class, detail);
        }
        match class.strip_prefix("torch.") {
            Some(kind) if kind.ends_with("Tensor") => self.tensor(),
            Some(kind) if kind.ends_with("Storage") => self.storage(kind),
            Some("Timer" | "CmdLine" | "Generator") => Some(()),
            _ if matches!(class.as_str(), "tds.Hash" | "tds.hash") => {
                let size = self.long()?;
                let size = self.length(size, 2, "hash")?;
                (0..size.saturating_mul(2)).try_for_each(|_| self.object())
            }
            _ if matches!(class.as_str(), "tds.Vec" | "tds.vec") => {
                let size = self.long()?;
                let size = self.length(size, 1, "vector")?;
                (0..size).try_for_each(|_| self.object())
            }
            _ => self.object(),
        }
    }

    fn tensor(&mut self) -> Option<()> {
        let dimensions = self.int()?;
        if !(0..=64).contains(&dimensions) {
            self.note(
                ModelHazardKind::SizeLie,
                &format!("{dimensions} dimensions"),
                "the number of dimensions cannot be true",
            );
            self.stopped = true;
            return None;
        }
        let sizes = self.longs(dimensions)?;
        let strides = self.longs(dimensions)?;
        let offset = self.long()?;
        let product = sizes
            .iter()
            .try_fold(1_i64, |product, size| product.checked_mul(*size));
        let is_negative = sizes.iter().any(|size| *size < 0) || offset < 0;
        if product.is_none() || is_negative || strides.iter().any(|stride| *stride < 0) {
            self.note(
                ModelHazardKind::SizeLie,
                "tensor",
                "the sizes of a tensor overflow or are negative",
            );
        }
        let last = sizes
            .iter()
            .zip(&strides)
            .try_fold(offset, |last, (size, stride)| {
                last.checked_add(size.saturating_sub(1).max(0).checked_mul(*stride)?)
            });
        let before = self.facts.parameters;
        self.object()?;
        let held = self.facts.parameters.saturating_sub(before);
        let reaches = last.and_then(|last| u64::try_from(last).ok());
        // A storage that was seen before adds nothing, so only fresh ones are compared.
        if product.is_some_and(|product| product > 0)
            && held > 0
            && reaches.is_none_or(|reaches| reaches > held)
        {
            self.note(
                ModelHazardKind::OutOfBounds,
                "tensor",
                "a tensor reaches beyond its storage",
            );
        }
        Some(())
    }

    fn storage(&mut self, kind: &str) -> Option<()> {
        let size = self.long()?;
        let each = match kind.trim_start_matches("Cuda") {
            "ByteStorage" | "CharStorage" => 1,
            "ShortStorage" | "HalfStorage" => 2,
            "DoubleStorage" | "LongStorage" => 8,
            _ => 4,
        };
        let each = if self.is_text { 1 } else { each };
        let count = self.length(size, each, kind)?;
        self.facts.parameters = self.facts.parameters.saturating_add(count);
        if !self.is_text {
            return self.reader.skip(count.saturating_mul(each));
        }
        if matches!(kind, "CharStorage" | "ByteStorage") && kind == "CharStorage" {
            self.reader.skip(count)?;
            return Some(());
        }
        for index in 0..count {
            self.word()?;
            if index.is_multiple_of(1 << 16)
                && out_of_time(self.budget, self.reader.position(), self.facts)
            {
                self.stopped = true;
                return None;
            }
        }
        Some(())
    }
}
