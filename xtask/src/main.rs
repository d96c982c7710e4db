//! Generators and chores.
fn main() {}
