//! Weights with something in them that is not weights, and honest weights that look odd.
//!
//! Not here, since no statistic of a single file shows it: encrypted payloads in the low 16 bits of real binary32
//! weights, payloads that are spread over weights by addition, and encrypted payloads in few bits of small tensors of
//! 16-bit weights.

use super::{Case, Label};
use crate::safetensors::Builder;
use crate::weights::{
    Random, bf16_bytes, elf_like, f16_bytes, f32_bytes, noise, plant, plant_low_first, prose,
    trained, upcast,
};

mod honest;
mod planted;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [planted::cases(), honest::cases()].concat()
}

/// A tensor of a file: name, type, shape and bytes.
type Part<'a> = (&'a str, &'a str, &'a [u64], Vec<u8>);

fn file(parts: &[Part<'_>]) -> Vec<u8> {
    parts
        .iter()
        .fold(
            Builder::new().metadata("format", "pt"),
            |file, (name, dtype, shape, bytes)| file.tensor(name, dtype, shape, bytes),
        )
        .build()
}

fn case(class: &'static str, name: &str, label: Label, parts: &[Part<'_>]) -> Case {
    Case::single(class, name, label, "model.safetensors", file(parts))
}
