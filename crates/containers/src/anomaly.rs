//! What is odd about a container, and whether loaders disagree because of it.

use serde::{Deserialize, Serialize};

/// Something in a container that an honest writer doesn't produce, or rarely.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Anomaly {
    /// What it is.
    pub kind: AnomalyKind,
    /// Offset in the container; for what is only known after decompression, the offset of the member.
    pub offset: u64,
    /// The member it concerns, as named in [`crate::Member::name`]; empty when it concerns the whole container.
    pub member: String,
    /// One lower-case line; hostile text is made visible and stands in backticks.
    pub detail: String,
}

/// Whether different loaders see different content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Loaders disagree about what the container holds, or one refuses what another loads: a scanner can be blinded.
    Differential,
    /// All loaders agree; the writer was careless or the file was damaged.
    Sloppy,
}

/// The kinds of anomalies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AnomalyKind {
    /// Zip: local header and central directory name the member differently (CVE-2025-1944).
    NameMismatch,
    /// Zip: local header and central directory disagree about encryption (CVE-2025-1945).
    EncryptionFlagMismatch,
    /// Zip: the member is marked as encrypted and is not (CVE-2025-1945).
    FalseEncryptionFlag,
    /// Zip: other flag bits differ.
    FlagMismatch,
    /// Zip: local header and central directory name different methods.
    MethodMismatch,
    /// Zip: a method that no loader of models reads.
    UnknownMethod,
    /// Zip: sizes differ between the headers, or a stored member has two sizes.
    SizeMismatch,
    /// The content has another size than declared; known after it was read.
    ContentSizeMismatch,
    /// A declared size that the compressed bytes cannot reach.
    ImpossibleSize,
    /// Zip: the checksums of the two headers differ.
    ChecksumFieldMismatch,
    /// The content doesn't match its checksum (CVE-2025-10156); known after it was read.
    ChecksumMismatch,
    /// Zip: no stored member matches its checksum: the writer computes none, as torch can be told.
    ChecksumsUnused,
    /// Two members with one name and different content.
    DuplicateName,
    /// Two members with one name and equal content.
    RepeatedMember,
    /// Two names that differ only in case.
    CaseCollision,
    /// Two names that differ only in case, where a loader that ignores case picks one: pickles and model configuration.
    LoaderNameCollision,
    /// Two names that become one when `.` segments, doubled or other slashes are resolved.
    NormalisedCollision,
    /// Zip: members overlap, so one byte belongs to two of them.
    OverlappingMembers,
    /// Zip: several central directories, or one that different offset rules place differently.
    SeveralDirectories,
    /// Zip: the zip64 records contradict the plain ones or lie elsewhere than announced (CVE-2025-8291).
    Zip64Conflict,
    /// Zip: no central directory; only stream readers see the members.
    NoCentralDirectory,
    /// Zip: the directory holds more or fewer entries than it counts.
    EntryCountMismatch,
    /// Zip: the central directory points to something that is no local header.
    MissingLocalHeader,
    /// A member that the directory doesn't list: a local header outside it, or a tar member behind the end.
    UnlistedMember,
    /// Zip: bytes between members that belong to none.
    DataBetweenMembers,
    /// Bytes before the first member, as in a self-extracting archive; every zip loader accepts them.
    DataBeforeFirstMember,
    /// Bytes behind the end that are no padding.
    TrailingData,
    /// Zip: the archive comment contains zip structures.
    CommentHoldsZip,
    /// Zip: a member's extra field is malformed or unusually large.
    OddExtraField,
    /// Zip: the Unicode Path field names another file than the plain name.
    UnicodePathMismatch,
    /// A name with a NUL byte, where some loaders end it.
    NulInName,
    /// Zip: a name so long that loaders cut it.
    LongName,
    /// A folder entry that carries content.
    FolderWithContent,
    /// Tar: a header whose checksum is wrong; Python stops there, GNU tar goes on.
    BadHeaderChecksum,
    /// Tar: pax and plain header give different sizes, so parsers go on at different places (CVE-2025-62518).
    PaxSizeMismatch,
    /// Gzip and zlib: the trailer contradicts the content.
    TrailerMismatch,
    /// The declared content is larger than the limits allow from a file of this size.
    DeclaredBomb,
    /// The content is larger than the limits allow; known after it was read up to there.
    Bomb,
}

impl AnomalyKind {
    /// Whether loaders disagree because of it.
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::NameMismatch
            | Self::EncryptionFlagMismatch
            | Self::FalseEncryptionFlag
            | Self::MethodMismatch
            | Self::SizeMismatch
            | Self::ContentSizeMismatch
            | Self::ImpossibleSize
            | Self::DuplicateName
            | Self::LoaderNameCollision
            | Self::NormalisedCollision
            | Self::OverlappingMembers
            | Self::SeveralDirectories
            | Self::Zip64Conflict
            | Self::NoCentralDirectory
            | Self::EntryCountMismatch
            | Self::UnlistedMember
            | Self::CommentHoldsZip
            | Self::UnicodePathMismatch
            | Self::NulInName
            | Self::FolderWithContent
            | Self::BadHeaderChecksum
            | Self::PaxSizeMismatch
            | Self::ChecksumMismatch
            | Self::DeclaredBomb
            | Self::Bomb => Effect::Differential,
            Self::FlagMismatch
            | Self::UnknownMethod
            | Self::ChecksumFieldMismatch
            | Self::ChecksumsUnused
            | Self::RepeatedMember
            | Self::CaseCollision
            | Self::MissingLocalHeader
            | Self::DataBetweenMembers
            | Self::DataBeforeFirstMember
            | Self::TrailingData
            | Self::OddExtraField
            | Self::LongName
            | Self::TrailerMismatch => Effect::Sloppy,
        }
    }
}

impl Anomaly {
    /// Whether loaders disagree because of it.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.kind.effect()
    }
}
