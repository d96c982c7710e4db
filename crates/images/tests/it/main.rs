//! Hostile input against every reader of the crate.

mod hostile;
