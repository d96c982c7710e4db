//! Models for inference runtimes: operators that reach further than arithmetic, texts that are evaluated, numbers
//! that lie; and honest models with the odd features that real converters write.

use super::{Case, Label};

mod binary;
mod mobile;
mod text;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [binary::cases(), mobile::cases(), text::cases()].concat()
}

fn bad(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Malicious, file, bytes)
}

fn good(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Benign, file, bytes)
}
