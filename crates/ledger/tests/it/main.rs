//! Logs on every storage, with and without crashes, and what happens when somebody changes them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod kill;
mod memory;
mod storages;
mod tamper;
mod tessera;
