//! The crate from outside: generated inventories, the public documents, damaged ones.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests that read public documents beside the checkout"
)]

mod compare;
mod foreign;
mod generate;
mod hostile;
mod others;
mod public;
mod round;
