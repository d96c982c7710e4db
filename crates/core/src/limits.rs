//! How far we go into hostile input. Limits are passed in; no parser has one of its own.

use std::time::Duration;

/// Bounds for one run. Reaching one is reported as a problem and never counts as clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How deep containers may be nested in one file.
    pub depth: u32,
    /// Members read from one top-level file, over all nested containers.
    pub members: u64,
    /// Members read from the layers of an image in one top-level file; a file system has more than any archive of models.
    pub image_members: u64,
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
            image_members: 1_000_000,
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

/// What any file may unpack to, however small it is.
const ALWAYS_UNPACKED: u64 = 256 * 1024 * 1024;

/// Unpacked bytes for each byte of a file, beyond that.
const OVERALL_RATIO: u64 = 200;

impl Limits {
    /// The limits for a file of this size: what it unpacks to in all is bounded by its own size as well, so that
    /// nested and overlapping archives cannot multiply.
    #[must_use]
    pub fn for_file(&self, size: u64) -> Self {
        let by_size = size.saturating_mul(OVERALL_RATIO).max(ALWAYS_UNPACKED);
        Self {
            unpacked_bytes: self.unpacked_bytes.min(by_size),
            ..self.clone()
        }
    }
}
