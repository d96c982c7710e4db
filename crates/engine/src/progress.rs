//! How far a run has come, for whoever shows it.

use std::fmt::Debug;

/// Told about the work as it goes on; called from several threads.
pub trait Progress: Sync + Debug {
    /// The work is known.
    fn begin(&self, files: u64, bytes: u64);
    /// A file is done.
    fn advance(&self, bytes: u64);
    /// Everything is done.
    fn end(&self);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _files: u64, _bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn end(&self) {}
}
