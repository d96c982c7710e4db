//! `TensorProto`: what a constant says of its shape, and the short texts and numbers in it.
//!
//! Weights are passed over. Texts and small whole numbers are kept, since names of files and sizes flow from them.

use chainwright_core::fields::{narrow, wide};

use crate::wire::{Message, Value, Wire};

/// Texts of one tensor that are kept, and bytes of each.
const KEPT_TEXTS: usize = 64;
const KEPT_BYTES: usize = 4096;
/// Whole numbers of one tensor that are kept.
const KEPT_NUMBERS: usize = 16;
/// Dimensions that are looked at; TensorFlow allows 254.
const MAX_DIMENSIONS: usize = 512;

const TYPE_INT32: u64 = 3;
const TYPE_STRING: u64 = 7;
const TYPE_INT64: u64 = 9;
const TYPE_BOOL: u64 = 10;

/// A piece of bytes that is kept, as far as it is short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// The first bytes.
    pub(super) bytes: Vec<u8>,
    /// Where all of them are.
    pub(super) at: Message,
}

impl Text {
    /// Reads the first bytes of a stretch.
    pub(super) fn read(wire: &Wire<'_>, at: Message) -> Self {
        Self {
            bytes: wire.bytes(at, KEPT_BYTES),
            at,
        }
    }

    /// As text; what is not UTF-8 is replaced.
    pub(super) fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A constant.
#[derive(Debug, Clone, Default)]
pub(super) struct Tensor {
    /// The `DataType`.
    pub(super) kind: u64,
    /// The shape as far as it is written.
    pub(super) shape: Shape,
    /// Its texts.
    pub(super) texts: Vec<Text>,
    /// Its first whole numbers and truth values.
    pub(super) numbers: Vec<i64>,
    /// Bytes of its packed content.
    content: Option<Message>,
    /// Values that are written one by one.
    values: u64,
}

/// A shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The sizes; -1 is unknown.
    pub(super) sizes: Vec<i64>,
    /// Whether not even the rank is known.
    pub(super) is_unknown: bool,
}

/// What is wrong with the size of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SizeDoubt {
    /// A negative size in the shape of a constant.
    Negative,
    /// The product overflows.
    Overflow,
    /// The content is not as long as the shape says.
    Mismatch,
    /// A few bytes become this many.
    Expands(u64),
}

impl Shape {
    /// Reads a `TensorShapeProto`.
    pub(super) fn read(wire: &Wire<'_>, message: Message) -> Self {
        let mut shape = Self::default();
        for field in wire.fields(message) {
            match (field.number, field.value) {
                (2, Value::Bytes(dim)) if shape.sizes.len() < MAX_DIMENSIONS => {
                    let sizes = wire.fields(dim).filter(|each| each.number == 1);
                    let size = sizes.filter_map(|each| each.signed()).last();
                    shape.sizes.push(size.unwrap_or(0));
                }
                (3, Value::Varint(flag)) => shape.is_unknown = flag != 0,
                _ => {}
            }
        }
        shape
    }

    /// The number of elements; `None` if it overflows or is unknown.
    pub(super) fn elements(&self) -> Option<u64> {
        if self.sizes.contains(&0) {
            return Some(0);
        }
        self.sizes.iter().try_fold(1_u64, |product, &size| {
            product.checked_mul(u64::try_from(size).ok()?)
        })
    }
}

impl Tensor {
    /// Reads a `TensorProto`.
    pub(super) fn read(wire: &Wire<'_>, message: Message) -> Self {
        let mut tensor = Self::default();
        for field in wire.fields(message) {
            match (field.number, field.value) {
                (1, Value::Varint(kind)) => tensor.kind = kind,
                (2, Value::Bytes(shape)) => tensor.shape = Shape::read(wire, shape),
                (4, Value::Bytes(content)) if !content.is_empty() => tensor.content = Some(content),
                (8, Value::Bytes(text)) => {
                    tensor.values = tensor.values.saturating_add(1);
                    tensor.keep_text(wire, text);
                }
                (7 | 10 | 11, value) => tensor.keep_numbers(wire, value),
                (3, _) => {}
                _ => tensor.values = tensor.values.saturating_add(1),
            }
        }
        tensor.unpack(wire);
        tensor
    }

    /// How many bytes one element takes; `None` for texts, handles and types that are stored otherwise.
    fn width(&self) -> Option<u64> {
        Some(match self.kind {
            4 | 6 | 10 | 11 | 12 => 1,
            5 | 14 | 15 | 16 | 17 | 19 => 2,
            1 | 3 | 13 | 22 => 4,
            2 | 8 | 9 | 23 => 8,
            18 => 16,
            _ => return None,
        })
    }

    /// What is wrong with its size, if `file` bytes are all there is.
    pub(super) fn doubt(&self, file: u64) -> Option<SizeDoubt> {
        const MODEST: u64 = 1 << 30;
        const FACTOR: u64 = 1000;
        if self.shape.is_unknown {
            return None;
        }
        if self.shape.sizes.iter().any(|&size| size < 0) {
            return Some(SizeDoubt::Negative);
        }
        let width = self.width();
        let asked = self.shape.elements();
        let Some(asked) = asked.and_then(|count| count.checked_mul(width.unwrap_or(8))) else {
            return Some(SizeDoubt::Overflow);
        };
        if let (Some(content), Some(_)) = (self.content, width) {
            // What ends with the file may have been cut off.
            let is_whole = content.end < file || content.length() > asked;
            let is_other = content.length() != asked;
            return (is_whole && is_other).then_some(SizeDoubt::Mismatch);
        }
        let is_bomb = asked > MODEST && asked > file.saturating_mul(FACTOR);
        is_bomb.then_some(SizeDoubt::Expands(asked))
    }

    /// How many elements it holds in the file.
    pub(super) fn elements(&self) -> u64 {
        match self.width() {
            Some(_) => self.shape.elements().unwrap_or(0),
            None => 0,
        }
    }

    /// Whether it is the truth value *true*.
    pub(super) fn is_true(&self) -> bool {
        self.kind == TYPE_BOOL && self.numbers.first().is_some_and(|&value| value != 0)
    }

    /// Whether it holds texts.
    pub(super) const fn is_text(&self) -> bool {
        self.kind == TYPE_STRING
    }

    fn keep_text(&mut self, wire: &Wire<'_>, at: Message) {
        if self.texts.len() < KEPT_TEXTS {
            self.texts.push(Text::read(wire, at));
        }
    }

    fn keep_numbers(&mut self, wire: &Wire<'_>, value: Value) {
        self.values = self.values.saturating_add(1);
        let room = KEPT_NUMBERS.saturating_sub(self.numbers.len());
        let numbers = wire.numbers(value).take(room).map(u64::cast_signed);
        self.numbers.extend(numbers);
    }

    /// Texts and numbers may be packed as they lie in memory (`tensor_content`).
    fn unpack(&mut self, wire: &Wire<'_>) {
        let Some(content) = self.content else {
            return;
        };
        match self.kind {
            TYPE_STRING => self.unpack_texts(wire, content),
            TYPE_INT32 => self.unpack_numbers::<4>(wire, content),
            TYPE_INT64 => self.unpack_numbers::<8>(wire, content),
            TYPE_BOOL => self.unpack_numbers::<1>(wire, content),
            _ => {}
        }
    }

    fn unpack_numbers<const N: usize>(&mut self, wire: &Wire<'_>, content: Message) {
        let bytes = wire.bytes(content, KEPT_NUMBERS.saturating_mul(N));
        self.numbers.extend(bytes.chunks_exact(N).map(|raw| {
            let mut wide = [0_u8; 8];
            if let Some(to) = wide.get_mut(..N) {
                to.copy_from_slice(raw);
            }
            let shift = 64_u32.saturating_sub(u32::try_from(N).unwrap_or(8).saturating_mul(8));
            i64::from_le_bytes(wide)
                .wrapping_shl(shift)
                .wrapping_shr(shift)
        }));
    }

    /// First the lengths of all texts as variable-length numbers, then their bytes
    /// (`EncodeStringList` in `tensorflow/core/platform/tensor_coding.cc`).
    fn unpack_texts(&mut self, wire: &Wire<'_>, content: Message) {
        let count = self.shape.elements().unwrap_or(0).min(content.length());
        let count = narrow(count).min(1 << 20);
        let head = wire.bytes(content, count.saturating_mul(10));
        let mut lengths = Vec::new();
        let mut position = 0_usize;
        for _ in 0..count {
            let Some((length, next)) = varint(&head, position) else {
                return;
            };
            position = next;
            lengths.push(length);
        }
        let mut start = content.start.saturating_add(wide(position));
        for length in lengths.into_iter().take(KEPT_TEXTS) {
            let end = start.saturating_add(length).min(content.end);
            self.keep_text(
                wire,
                Message {
                    start,
                    end,
                    depth: content.depth,
                },
            );
            start = end;
        }
    }
}

/// The variable-length number at a position, and the position behind it.
pub(super) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (index, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        let shift = u32::try_from(index).ok()?.saturating_mul(7);
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some((number, at.saturating_add(index).saturating_add(1)));
        }
    }
    None
}
