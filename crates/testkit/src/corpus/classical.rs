//! Boosters, PMML, skops, R, Torch7, MessagePack, Orbax and spaCy: tricks of each format, and honest look-alikes.

use super::{Case, Label};

mod boosters;
mod scientific;
mod text;

/// All cases of the area.
#[must_use]
pub fn cases() -> Vec<Case> {
    [boosters::cases(), scientific::cases(), text::cases()].concat()
}

fn bad(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Malicious, file, bytes)
}

fn good(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Benign, file, bytes)
}
