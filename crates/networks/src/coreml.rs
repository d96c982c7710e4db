//! CoreMl.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::{ModelFacts, ModelFormat};

use crate::Kind;

pub(crate) const fn recognise(_head: &[u8], _is_whole: bool, _name: &str) -> Vec<Kind> {
    Vec::new()
}

pub(crate) const fn read(_kind: Kind, _bytes: &SharedBytes, _budget: &Budget) -> ModelFacts {
    ModelFacts::new(ModelFormat::CoreMl)
}
