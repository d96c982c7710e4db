//! Tests of the whole crate: reported squats, honest names, hostile text.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests stop at the first surprise"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read lists and take times; the crate does not"
)]
#![expect(
    clippy::print_stderr,
    reason = "a skipped test says so, a measurement shows its numbers"
)]

mod behaviour;
mod measured;
