//! Tensors: whether shape, type and data agree, and where the data lie.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelHazardKind};
use chainwright_core::text::visible;

use super::external::External;
use super::{TEXT, Walk};
use crate::wire::{Message, Value};

/// Bytes that a tensor without data may ask for before it counts as a lie.
const HOLLOW: u128 = 1 << 32;
/// Elements of a sparse tensor in full, which runtimes write out when they load it.
const SPARSE: u128 = 1 << 33;
/// The highest number of a data type that is believable; it is 26 in opset 28.
const TYPES: i64 = 100;
/// Texts are told by this type.
const STRING: i64 = 8;

/// A tensor as its fields say.
#[derive(Debug, Default)]
struct Tensor {
    name: String,
    dims: Dims,
    data_type: i64,
    external: External,
    is_segment: bool,
    raw: Option<u64>,
    texts: u64,
    /// Numbers in fields of four and eight bytes, and in fields of variable length.
    typed: u64,
    has_typed: bool,
}

/// The sizes of a tensor, multiplied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dims {
    product: Option<u128>,
    is_negative: bool,
}

impl Default for Dims {
    fn default() -> Self {
        Self {
            product: Some(1),
            is_negative: false,
        }
    }
}

impl Dims {
    fn multiply(&mut self, size: u64) {
        self.is_negative |= size.cast_signed() < 0;
        self.product = match (self.product, size) {
            // Zero elements, however large the other sizes are.
            (_, 0) => Some(0),
            (Some(product), _) => product.checked_mul(u128::from(size)),
            (None, _) => None,
        };
    }

    /// The number of elements, if it fits into 63 bits.
    fn elements(self) -> Option<u128> {
        let limit = u128::from(i64::MAX.cast_unsigned());
        self.product.filter(|product| *product <= limit)
    }
}

impl Walk<'_, '_> {
    /// Judges a tensor and returns its name.
    pub(super) fn tensor(&mut self, message: Message) -> String {
        let tensor = self.fields(message);
        let place = if tensor.name.is_empty() {
            message.place()
        } else {
            Place::Key(visible(&tensor.name, 100))
        };
        let elements = tensor.dims.elements();
        let bytes = elements.and_then(|elements| stored_bytes(tensor.data_type, elements));
        self.facts.parameters = self.facts.parameters.saturating_add(
            elements
                .and_then(|count| u64::try_from(count).ok())
                .unwrap_or(0),
        );
        self.judge_shape(&tensor, &place);
        if !tensor.external.is_unused() {
            self.external(&tensor.external, &place, bytes);
        }
        self.judge_data(&tensor, &place, elements, bytes);
        tensor.name
    }

    fn fields(&self, message: Message) -> Tensor {
        let wire = self.wire;
        let mut tensor = Tensor::default();
        for field in wire.fields(message) {
            match (field.number, field.value) {
                (1, value) => {
                    wire.numbers(value)
                        .for_each(|size| tensor.dims.multiply(size));
                }
                (2, Value::Varint(number)) => tensor.data_type = number.cast_signed(),
                (3, Value::Bytes(_)) => tensor.is_segment = true,
                (4 | 10, Value::Bytes(packed)) => {
                    let width = if field.number == 4 { 4 } else { 8 };
                    tensor.count(packed.length().checked_div(width).unwrap_or(0));
                }
                (4, Value::Fixed32(_)) | (10, Value::Fixed64(_)) => tensor.count(1),
                (5 | 7 | 11, value @ (Value::Varint(_) | Value::Bytes(_))) => {
                    tensor.count(chainwright_core::fields::wide(wire.numbers(value).count()));
                }
                (6, Value::Bytes(_)) => tensor.texts = tensor.texts.saturating_add(1),
                (8, Value::Bytes(text)) => tensor.name = wire.text(text, TEXT),
                (9, Value::Bytes(raw)) => {
                    tensor.raw = Some(raw.length());
                }
                (13, Value::Bytes(entry)) => tensor.external.entry(entry),
                (14, Value::Varint(location)) => tensor.external.is_external = location == 1,
                _ => {}
            }
        }
        tensor
    }

    fn judge_shape(&mut self, tensor: &Tensor, place: &Place) {
        let mut note = |kind, subject: &str, detail| {
            self.hazard(kind, Effect::OnLoad, place.clone(), subject, detail, "");
        };
        if tensor.dims.is_negative {
            note(ModelHazardKind::SizeLie, "dims", "has a negative size");
        } else if tensor.dims.elements().is_none() {
            note(
                ModelHazardKind::SizeLie,
                "dims",
                "has more elements than can be counted",
            );
        }
        if !(0..=TYPES).contains(&tensor.data_type) {
            let subject = format!("data_type {}", tensor.data_type);
            note(
                ModelHazardKind::Malformed,
                &subject,
                "is a type of data that does not exist",
            );
        }
    }

    fn judge_data(
        &mut self,
        tensor: &Tensor,
        place: &Place,
        elements: Option<u128>,
        bytes: Option<u128>,
    ) {
        let mut note = |kind, subject: &str, detail| {
            self.hazard(kind, Effect::OnLoad, place.clone(), subject, detail, "");
        };
        let raw = tensor.raw.filter(|length| *length > 0);
        let has_texts = tensor.texts > 0;
        let kinds = [
            raw.is_some(),
            tensor.typed > 0,
            has_texts,
            tensor.external.is_external,
        ];
        if kinds.iter().filter(|is_there| **is_there).count() > 1 {
            let detail = "keeps its data in two places; readers differ in which one counts";
            note(ModelHazardKind::Ambiguous, "data", detail);
            return;
        }
        if tensor.is_segment || tensor.external.is_external {
            return;
        }
        if let Some(length) = raw {
            if bytes.is_some_and(|bytes| bytes != u128::from(length)) {
                note(
                    ModelHazardKind::SizeLie,
                    "raw_data",
                    "has another length than shape and type need",
                );
            }
        } else if tensor.has_typed || has_texts {
            let expected = elements.and_then(|count| typed_count(tensor.data_type, count));
            let found = if has_texts {
                tensor.texts
            } else {
                tensor.typed
            };
            if expected.is_some_and(|expected| expected != u128::from(found)) {
                note(
                    ModelHazardKind::SizeLie,
                    "data",
                    "has another length than shape and type need",
                );
            }
        } else if bytes.is_some_and(|bytes| bytes > HOLLOW) {
            note(
                ModelHazardKind::SizeLie,
                "dims",
                "claims gigabytes and holds no data",
            );
        }
    }

    /// A sparse tensor: two tensors and the shape of the full one.
    pub(super) fn sparse(&mut self, sparse: Message) {
        let wire = self.wire;
        let mut dims = Dims::default();
        for field in wire.fields(sparse) {
            match (field.number, field.value) {
                (1 | 2, Value::Bytes(tensor)) => {
                    self.tensor(tensor);
                }
                (3, value) => wire.numbers(value).for_each(|size| dims.multiply(size)),
                _ => {}
            }
        }
        let place = sparse.place();
        if dims.is_negative || dims.elements().is_none() {
            let detail = "has sizes that cannot be multiplied";
            self.hazard(
                ModelHazardKind::SizeLie,
                Effect::OnLoad,
                place,
                "sparse tensor",
                detail,
                "",
            );
        } else if dims.elements().is_some_and(|count| count > SPARSE) {
            let detail = "is tiny in the file and enormous once it is written out in full";
            self.hazard(
                ModelHazardKind::ResourceExhaustion,
                Effect::OnLoad,
                place,
                "sparse tensor",
                detail,
                "",
            );
        }
    }
}

impl Tensor {
    const fn count(&mut self, numbers: u64) {
        self.typed = self.typed.saturating_add(numbers);
        self.has_typed = true;
    }
}

/// Bytes of `count` elements in `raw_data` or a side file; `None` for texts and unknown types.
fn stored_bytes(data_type: i64, count: u128) -> Option<u128> {
    let bits: u128 = match data_type {
        1 | 6 | 12 => 32,
        2 | 3 | 9 | 17..=20 | 24 => 8,
        4 | 5 | 10 | 16 => 16,
        7 | 11 | 13 | 14 => 64,
        15 => 128,
        21..=23 => 4,
        25 | 26 => 2,
        _ => return None,
    };
    Some(count.saturating_mul(bits).div_ceil(8))
}

/// Entries of the typed fields for `count` elements; `None` for types whose packing has differed between versions.
fn typed_count(data_type: i64, count: u128) -> Option<u128> {
    match data_type {
        1..=7 | STRING..=13 | 16..=20 => Some(count),
        14 | 15 => Some(count.saturating_mul(2)),
        _ => None,
    }
}
