//! How far we go into hostile input. Limits are passed in; no parser has one of its own.

use std::time::Duration;

/// Bounds for one run. Reaching one is reported as a problem and never counts as clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How deep containers may be nested in one file.
    pub depth: u32,
    /// Members read from one top-level file, over all nested containers.
    pub members: u64,
    /// Bytes decompressed from one top-level file, over all nested containers.
    pub unpacked_bytes: u64,
    /// Decompressed bytes for each compressed byte, beyond the first mebibyte.
    pub ratio: u64,
    /// Bytes of a header, index or metadata block that is parsed as a whole.
    pub header_bytes: u64,
    /// Bytes of a text file (code, configuration, template) that is parsed as a whole.
    pub text_bytes: u64,
    /// Bytes of one decompressed member kept in memory at once.
    pub member_bytes: u64,
    /// Time for one top-level file.
    pub file_time: Duration,
    /// Files visited in one run.
    pub files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            depth: 8,
            members: 100_000,
            unpacked_bytes: 64 * 1024 * MIB,
            ratio: 2_000,
            header_bytes: 100 * MIB,
            text_bytes: 64 * MIB,
            member_bytes: 16 * MIB,
            file_time: Duration::from_secs(300),
            files: 2_000_000,
        }
    }
}
