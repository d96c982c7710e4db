//! Short forms for what every parser here says about a file.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::flat::Flat;

/// Notes a hazard that acts when the file is loaded.
pub(crate) fn on_load(
    facts: &mut ModelFacts,
    kind: ModelHazardKind,
    at: u64,
    subject: &str,
    detail: &str,
    reference: &str,
) {
    let place = Place::Byte(at);
    facts.hazard(ModelHazard::new(
        kind,
        Effect::OnLoad,
        place,
        subject,
        detail,
        reference,
    ));
}

/// Notes an index that has no target.
pub(crate) fn bad_index(facts: &mut ModelFacts, at: u64, what: &str, index: i64, reference: &str) {
    on_load(
        facts,
        ModelHazardKind::OutOfBounds,
        at,
        &format!("{what} {index}"),
        "an index has no target; runtimes that do not check it read or write outside their memory",
        reference,
    );
}

/// Notes that bytes lie outside the file or their structure.
pub(crate) fn outside(
    facts: &mut ModelFacts,
    at: u64,
    subject: &str,
    detail: &str,
    reference: &str,
) {
    on_load(
        facts,
        ModelHazardKind::OutOfBounds,
        at,
        subject,
        detail,
        reference,
    );
}

/// Notes a size or count that cannot be true.
pub(crate) fn lie(facts: &mut ModelFacts, at: u64, subject: &str, detail: &str, reference: &str) {
    on_load(
        facts,
        ModelHazardKind::SizeLie,
        at,
        subject,
        detail,
        reference,
    );
}

/// Passes on what went wrong while a flatbuffer was read.
pub(crate) fn close_flat(flat: &Flat<'_>, facts: &mut ModelFacts, reference: &str) {
    if let Some(broken) = flat.broken() {
        outside(facts, broken.at, "flatbuffer", broken.what, reference);
    }
    if flat.is_stopped() {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            "more was to look at than the file can honestly hold, or time was up",
        );
    }
}

/// A text file as a whole, if it is no longer than the limit for texts.
pub(crate) fn whole_text(
    bytes: &SharedBytes,
    budget: &Budget,
    facts: &mut ModelFacts,
) -> Option<Vec<u8>> {
    let limit = budget.limits().text_bytes;
    if bytes.size() > limit {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            format!("the text is longer than {limit} bytes"),
        );
        return None;
    }
    match read_range(bytes.as_ref(), 0, narrow(bytes.size())) {
        Ok(text) => Some(text),
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string());
            None
        }
    }
}

/// The number of elements of a shape, if all dimensions are counts and the product fits into 63 bits.
pub(crate) fn elements(shape: impl IntoIterator<Item = i64>) -> Option<u64> {
    let mut product = 1_u64;
    for dimension in shape {
        product = product.checked_mul(u64::try_from(dimension).ok()?)?;
    }
    (product <= i64::MAX.cast_unsigned()).then_some(product)
}

/// Whether bytes are text: UTF-8 as far as they go, without control characters other than white space.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => head
            .get(..error.valid_up_to())
            .and_then(|valid| std::str::from_utf8(valid).ok())
            .unwrap_or_default(),
        Err(_) => return false,
    };
    let is_control = if whole.is_ascii() {
        // Blocks without a way out of their middle are compared many bytes at a time.
        let is_control = |byte: &u8| matches!(byte, 0..=8 | 14..=31 | 127);
        let in_block = |block: &[u8]| block.iter().fold(false, |any, byte| any | is_control(byte));
        whole.as_bytes().chunks(1024).any(in_block)
    } else {
        let mut characters = whole.chars();
        characters.any(|each| each.is_control() && !each.is_whitespace())
    };
    !whole.is_empty() && !is_control
}

/// The line, from 1, that an offset of a text lies on.
pub(crate) fn line_of(text: &[u8], offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    let breaks = wide(memchr::memchr_iter(b'\n', before).count());
    u32::try_from(breaks.saturating_add(1)).unwrap_or(u32::MAX)
}
