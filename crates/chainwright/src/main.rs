//! Starts chainwright.
fn main() {}
