//! Files as a sender writes them, and what a receiver makes of them when somebody changed them on the way.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod format;
mod full;
mod tamper;
mod world;
