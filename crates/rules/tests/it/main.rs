//! The tests of all rules: generated files are current, fixtures fire and stay quiet, the corpus is told apart.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read fixtures and write what is generated; the crate under test stays pure"
)]

mod corpus;
mod fixtures;
mod generated;
mod harness;
mod held_apart;
mod proofs;
mod real;
