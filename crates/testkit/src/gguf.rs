//! Builds GGUF files of every version and byte order, sound ones and ones with any lie in their header.
//!
//! # Recipe
//! One instruction a line; empty lines and lines that begin with `#` are passed over.
//!
//! | instruction | does |
//! | --- | --- |
//! | `version NUMBER` | sets the version (3 unless told) |
//! | `endian big` | writes numbers big-endian |
//! | `kv KEY TYPE VALUE…` | adds an entry; TYPE is `string`, `u8`, `u32`, `u64`, `f32`, `bool` or `strings` (separated by blanks) |
//! | `kv-raw KEY NUMBER CONTENT` | adds an entry with this type number and these bytes |
//! | `tensor NAME TYPE 2x3` | adds a tensor of this type number with zeros behind the one before |
//! | `tensor-at NAME TYPE 2x3 OFFSET` | adds a tensor at this offset, without bytes |
//! | `kv-count NUMBER`, `tensor-count NUMBER` | states these counts instead of the true ones |
//! | `data CONTENT` | appends bytes behind the last tensor |
//! | `cut COUNT` | removes bytes from the end |
//!
//! CONTENT is as in the recipes of [`safetensors`](crate::safetensors).

use crate::safetensors::{content, dimensions, instructions, number, unescape, words};

/// A value of the metadata.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An unsigned byte.
    U8(u8),
    /// A 32-bit number.
    U32(u32),
    /// A 64-bit number.
    U64(u64),
    /// A float.
    F32(f32),
    /// A truth value, which may be any byte.
    Bool(u8),
    /// A text.
    String(String),
    /// An array of texts.
    Strings(Vec<String>),
    /// An array of floats.
    Floats(Vec<f32>),
    /// An array of signed 32-bit numbers.
    Integers(Vec<i32>),
    /// Any type number with any bytes.
    Raw(u32, Vec<u8>),
}

#[derive(Debug, Clone)]
struct Tensor {
    name: Vec<u8>,
    dimensions: Vec<u64>,
    kind: u32,
    offset: u64,
}

/// A file in the making.
#[derive(Debug, Clone)]
pub struct Builder {
    version: u32,
    is_big_endian: bool,
    alignment: usize,
    entries: Vec<(Vec<u8>, Value)>,
    tensors: Vec<Tensor>,
    data: Vec<u8>,
    entry_count: Option<u64>,
    tensor_count: Option<u64>,
    cut: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            version: 3,
            is_big_endian: false,
            alignment: 32,
            entries: Vec::new(),
            tensors: Vec::new(),
            data: Vec::new(),
            entry_count: None,
            tensor_count: None,
            cut: 0,
        }
    }
}

impl Builder {
    /// Version 3, little-endian, empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With the keys that every model has.
    #[must_use]
    pub fn model() -> Self {
        Self::new()
            .text("general.architecture", "llama")
            .text("general.name", "tiny")
            .entry("general.file_type", Value::U32(0))
            .entry("llama.context_length", Value::U32(2048))
            .entry("llama.attention.layer_norm_rms_epsilon", Value::F32(1e-5))
    }

    /// Sets the version.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Writes numbers big-endian.
    #[must_use]
    pub const fn big_endian(mut self) -> Self {
        self.is_big_endian = true;
        self
    }

    /// Aligns tensors to this, without saying so in the metadata.
    #[must_use]
    pub const fn aligned_to(mut self, alignment: usize) -> Self {
        self.alignment = alignment;
        self
    }

    /// Adds an entry.
    #[must_use]
    pub fn entry(mut self, key: &str, value: Value) -> Self {
        self.entries.push((key.as_bytes().to_vec(), value));
        self
    }

    /// Adds an entry whose key may be any bytes.
    #[must_use]
    pub fn entry_bytes(mut self, key: &[u8], value: Value) -> Self {
        self.entries.push((key.to_vec(), value));
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, key: &str, text: &str) -> Self {
        self.entry(key, Value::String(text.to_owned()))
    }

    /// Adds a tensor whose bytes come next, aligned.
    #[must_use]
    pub fn tensor(mut self, name: &str, kind: u32, dimensions: &[u64], bytes: &[u8]) -> Self {
        let begin = self.data.len().next_multiple_of(self.alignment);
        self.data.resize(begin, 0);
        self.data.extend_from_slice(bytes);
        self.tensor_at(name.as_bytes(), kind, dimensions, begin as u64)
    }

    /// Adds the entry of a tensor at this offset, true or not.
    #[must_use]
    pub fn tensor_at(mut self, name: &[u8], kind: u32, dimensions: &[u64], offset: u64) -> Self {
        self.tensors.push(Tensor {
            name: name.to_vec(),
            dimensions: dimensions.to_vec(),
            kind,
            offset,
        });
        self
    }

    /// Appends bytes to the data.
    #[must_use]
    pub fn data(mut self, bytes: &[u8]) -> Self {
        self.data.extend_from_slice(bytes);
        self
    }

    /// States this number of entries.
    #[must_use]
    pub const fn entry_count(mut self, count: u64) -> Self {
        self.entry_count = Some(count);
        self
    }

    /// States this number of tensors.
    #[must_use]
    pub const fn tensor_count(mut self, count: u64) -> Self {
        self.tensor_count = Some(count);
        self
    }

    /// Removes bytes from the end.
    #[must_use]
    pub const fn cut(mut self, count: usize) -> Self {
        self.cut = count;
        self
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        self.put_u32(&mut bytes, self.version);
        self.put_length(
            &mut bytes,
            self.tensor_count.unwrap_or(self.tensors.len() as u64),
        );
        self.put_length(
            &mut bytes,
            self.entry_count.unwrap_or(self.entries.len() as u64),
        );
        for (key, value) in &self.entries {
            self.put_text(&mut bytes, key);
            self.put_value(&mut bytes, value);
        }
        for tensor in &self.tensors {
            self.put_text(&mut bytes, &tensor.name);
            self.put_u32(
                &mut bytes,
                u32::try_from(tensor.dimensions.len()).unwrap_or(u32::MAX),
            );
            for dimension in &tensor.dimensions {
                self.put_length(&mut bytes, *dimension);
            }
            self.put_u32(&mut bytes, tensor.kind);
            self.put_u64(&mut bytes, tensor.offset);
        }
        if !self.data.is_empty() {
            bytes.resize(bytes.len().next_multiple_of(self.alignment), 0);
            bytes.extend_from_slice(&self.data);
        }
        bytes.truncate(bytes.len().saturating_sub(self.cut));
        bytes
    }

    fn put_value(&self, bytes: &mut Vec<u8>, value: &Value) {
        match value {
            Value::U8(number) => {
                self.put_u32(bytes, 0);
                bytes.push(*number);
            }
            Value::U32(number) => {
                self.put_u32(bytes, 4);
                self.put_u32(bytes, *number);
            }
            Value::U64(number) => {
                self.put_u32(bytes, 10);
                self.put_u64(bytes, *number);
            }
            Value::F32(number) => {
                self.put_u32(bytes, 6);
                self.put_u32(bytes, number.to_bits());
            }
            Value::Bool(byte) => {
                self.put_u32(bytes, 7);
                bytes.push(*byte);
            }
            Value::String(text) => {
                self.put_u32(bytes, 8);
                self.put_text(bytes, text.as_bytes());
            }
            Value::Strings(texts) => {
                self.put_array(bytes, 8, texts.len());
                texts
                    .iter()
                    .for_each(|text| self.put_text(bytes, text.as_bytes()));
            }
            Value::Floats(numbers) => {
                self.put_array(bytes, 6, numbers.len());
                numbers
                    .iter()
                    .for_each(|number| self.put_u32(bytes, number.to_bits()));
            }
            Value::Integers(numbers) => {
                self.put_array(bytes, 5, numbers.len());
                numbers
                    .iter()
                    .for_each(|number| self.put_u32(bytes, number.cast_unsigned()));
            }
            Value::Raw(kind, raw) => {
                self.put_u32(bytes, *kind);
                bytes.extend_from_slice(raw);
            }
        }
    }

    fn put_array(&self, bytes: &mut Vec<u8>, kind: u32, count: usize) {
        self.put_u32(bytes, 9);
        self.put_u32(bytes, kind);
        self.put_length(bytes, count as u64);
    }

    fn put_text(&self, bytes: &mut Vec<u8>, text: &[u8]) {
        self.put_length(bytes, text.len() as u64);
        bytes.extend_from_slice(text);
    }

    /// Lengths have 32 bits in version 1.
    fn put_length(&self, bytes: &mut Vec<u8>, length: u64) {
        if self.version == 1 {
            self.put_u32(bytes, u32::try_from(length).unwrap_or(u32::MAX));
        } else {
            self.put_u64(bytes, length);
        }
    }

    fn put_u32(&self, bytes: &mut Vec<u8>, number: u32) {
        bytes.extend(if self.is_big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        });
    }

    fn put_u64(&self, bytes: &mut Vec<u8>, number: u64) {
        bytes.extend(if self.is_big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        });
    }
}

/// Bytes of a block and its elements, for the types that recipes use.
const fn block(kind: u32) -> Option<(u64, u64)> {
    match kind {
        0 | 26 => Some((1, 4)),
        1 | 30 => Some((1, 2)),
        2 => Some((32, 18)),
        8 => Some((32, 34)),
        12 => Some((256, 144)),
        24 => Some((1, 1)),
        _ => None,
    }
}

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason.
pub fn from_recipe(body: &str) -> Result<Vec<u8>, String> {
    let mut builder = Builder::new();
    for line in instructions(body) {
        builder = instruction(builder, line).map_err(|reason| format!("`{line}`: {reason}"))?;
    }
    Ok(builder.build())
}

fn instruction(builder: Builder, line: &str) -> Result<Builder, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let small =
        |text: &str| u32::try_from(number(text)?).map_err(|_| format!("`{text}` is too large"));
    Ok(match verb {
        "version" => builder.version(small(rest)?),
        "endian" if rest == "big" => builder.big_endian(),
        "kv" => {
            let [key, kind, value] = words(rest)?;
            let value = typed(kind, value)?;
            builder.entry(key, value)
        }
        "kv-raw" => {
            let [key, kind, bytes] = words(rest)?;
            builder.entry(key, Value::Raw(small(kind)?, content(bytes)?))
        }
        "tensor" => {
            let [name, kind, shape] = words(rest)?;
            let (kind, shape) = (small(kind)?, dimensions(shape)?);
            let (items, bytes) = block(kind).ok_or("its size is not known: use `tensor-at`")?;
            let count = shape.iter().product::<u64>().div_ceil(items) * bytes;
            let zeros = vec![0; usize::try_from(count).map_err(|_| "too large")?];
            builder.tensor(name, kind, &shape, &zeros)
        }
        "tensor-at" => {
            let [name, kind, shape, offset] = words(rest)?;
            builder.tensor_at(
                name.as_bytes(),
                small(kind)?,
                &dimensions(shape)?,
                number(offset)?,
            )
        }
        "kv-count" => builder.entry_count(number(rest)?),
        "tensor-count" => builder.tensor_count(number(rest)?),
        "data" => builder.data(&content(rest)?),
        "cut" => builder.cut(usize::try_from(number(rest)?).map_err(|_| "too large")?),
        _ => return Err("unknown instruction".to_owned()),
    })
}

fn typed(kind: &str, value: &str) -> Result<Value, String> {
    let text = || String::from_utf8_lossy(&unescape(value)).into_owned();
    let too_large = |_| format!("`{value}` is too large");
    Ok(match kind {
        "string" => Value::String(text()),
        "u8" => Value::U8(u8::try_from(number(value)?).map_err(too_large)?),
        "u32" => Value::U32(u32::try_from(number(value)?).map_err(too_large)?),
        "u64" => Value::U64(number(value)?),
        "f32" => Value::F32(
            value
                .parse()
                .map_err(|_| format!("`{value}` is no float"))?,
        ),
        "bool" => Value::Bool(u8::try_from(number(value)?).map_err(too_large)?),
        "strings" => Value::Strings(text().split(' ').map(str::to_owned).collect()),
        _ => return Err(format!("unknown type `{kind}`")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_builds_what_the_builder_builds() {
        let recipe =
            "kv general.architecture string llama\nkv n u32 7\ntensor a 0 2x3\ndata text end\n";
        let built = Builder::new()
            .text("general.architecture", "llama")
            .entry("n", Value::U32(7))
            .tensor("a", 0, &[2, 3], &[0; 24])
            .data(b"end")
            .build();
        assert_eq!(from_recipe(recipe), Ok(built));
        assert!(from_recipe("kv a b").is_err_and(|reason| reason.contains("kv a b")));
    }
}
