//! The container formats we know by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A container format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ContainerKind {
    /// PKWARE zip, with any prefix; also torch, npz, jar, keras and mar files.
    Zip,
    /// Tape archive: v7, ustar, GNU and pax; also nemo files and the oldest torch format.
    Tar,
    /// 7-Zip.
    SevenZip,
    /// RAR 4 and 5; listed only, never read.
    Rar,
    /// RFC 1952.
    Gzip,
    /// bzip2, one or several streams.
    Bzip2,
    /// xz, one or several streams.
    Xz,
    /// The older `.lzma` format; joblib writes it for `compress="lzma"`.
    LzmaAlone,
    /// RFC 1950, bare; joblib writes it for `compress="zlib"` and numbers.
    Zlib,
    /// joblib before 0.10: `ZF`, a length in hexadecimal, zlib.
    JoblibZ,
    /// LZ4 frame format 1.5, and its legacy magic number.
    Lz4Frame,
    /// RFC 8878.
    Zstd,
}

impl ContainerKind {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::SevenZip => "7z",
            Self::Rar => "rar",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::LzmaAlone => "lzma",
            Self::Zlib => "zlib",
            Self::JoblibZ => "joblib-z",
            Self::Lz4Frame => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// Whether the format compresses one stream of bytes rather than holding named members.
    #[must_use]
    pub const fn is_single_stream(self) -> bool {
        match self {
            Self::Zip | Self::Tar | Self::SevenZip | Self::Rar => false,
            Self::Gzip
            | Self::Bzip2
            | Self::Xz
            | Self::LzmaAlone
            | Self::Zlib
            | Self::JoblibZ
            | Self::Lz4Frame
            | Self::Zstd => true,
        }
    }
}

impl fmt::Display for ContainerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
