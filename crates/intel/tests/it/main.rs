//! The store from outside: built, asked, damaged, raced, signed, and compared with what the real feeds hold.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests may fail loudly and say what they skip"
)]

mod killed;
mod real;
mod stores;
mod support;
