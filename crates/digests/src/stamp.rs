//! What the file system says about a file without reading it.

use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Equal stamps mean the same file with the same content, as far as the file system tells the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Number of the file system.
    pub device: u64,
    /// Number of the file in it.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Last change of the content, nanoseconds since 1970.
    pub modified: i128,
    /// Last change of content or metadata, nanoseconds since 1970. Programs cannot set it.
    pub changed: i128,
}

impl Stamp {
    /// Reads the stamp from metadata.
    #[cfg(unix)]
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds =
            |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Reads the stamp from metadata; systems without numbers of files have weaker ones, which no cache relies on.
    #[cfg(not(unix))]
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: 0,
            inode: 0,
            size: metadata.len(),
            modified: metadata.modified().map_or(0, since_epoch),
            changed: 0,
        }
    }

    /// Whether a later change could carry the same stamp: it is too close to `now`, or the system has no such numbers.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        /// Coarse file systems keep times of two seconds.
        const COARSEST: i128 = 2_000_000_000;
        let settled = since_epoch(now) - COARSEST;
        self.inode == 0 || self.modified.max(self.changed) >= settled
    }
}

fn since_epoch(time: SystemTime) -> i128 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |age| i128::try_from(age.as_nanos()).unwrap_or(i128::MAX))
}

/// Whether the file system says that the file may be run.
#[cfg(unix)]
pub(crate) fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_executable(_metadata: &Metadata) -> bool {
    false
}
