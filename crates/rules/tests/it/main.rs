//! The tests of all rules: generated files are current, fixtures fire and stay quiet, the corpus is told apart.

mod corpus;
mod fixtures;
mod generated;
mod harness;
mod real;
