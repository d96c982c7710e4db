//! Why signed bytes are not a manifest that may be relied on.

use chainwright_core::digest::Sha256;

use crate::exclude::IgnoreError;
use crate::name::NameError;

/// Signed bytes are no manifest that the specification allows, whoever signed them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not JSON, or JSON that says a thing twice.
    #[error("the signed statement is not sound JSON: {0}")]
    Json(String),
    /// Not an in-toto statement of the version that is used.
    #[error("the signed statement is of type `{0}`, not in-toto Statement v1")]
    StatementType(String),
    /// A statement about something else.
    #[error("the predicate type `{0}` is not a model signature")]
    PredicateType(String),
    /// A field that has to be there is not.
    #[error("`{field}` is missing in {place}")]
    MissingField {
        /// Where it should be.
        place: &'static str,
        /// Its name.
        field: &'static str,
    },
    /// A field holds something else than it should.
    #[error("`{field}` in {place} is {found}, not {expected}")]
    WrongType {
        /// Where it is.
        place: &'static str,
        /// Its name.
        field: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        found: &'static str,
    },
    /// A field that the specification forbids.
    #[error("`{field}` in {place} is not allowed by the specification")]
    ExtraField {
        /// Where it is.
        place: &'static str,
        /// Its name.
        field: String,
    },
    /// A model signature speaks about one model.
    #[error("the statement has {0} subjects instead of one")]
    SubjectCount(usize),
    /// The subject has no name.
    #[error("the subject has no name")]
    SubjectNameless,
    /// The digest of the subject is no SHA-256.
    #[error("the digest of the subject is no SHA-256: {0}")]
    SubjectDigest(String),
    /// The digest of the subject is not that of the entries.
    #[error("the subject says {signed}, but the entries give {computed}")]
    RootMismatch {
        /// What is signed.
        signed: Sha256,
        /// What the entries give.
        computed: Sha256,
    },
    /// Nothing is signed.
    #[error("the signature covers no file at all")]
    Empty,
    /// A way to enumerate files that is not known.
    #[error("the method `{0}` is not known")]
    Method(String),
    /// A way to hash that is not known.
    #[error("the hash `{0}` is not known")]
    HashType(String),
    /// The size of stretches is missing, broken, or stands where it may not.
    #[error("shard_size is {0}")]
    ShardSize(String),
    /// An entry says that it was hashed in another way than the whole.
    #[error("`{name}` is hashed with `{algorithm}`, but the statement says `{hash_type}`")]
    Algorithm {
        /// The entry.
        name: String,
        /// What it says.
        algorithm: String,
        /// What the statement says.
        hash_type: &'static str,
    },
    /// The digest of an entry cannot be one.
    #[error("the digest of `{name}` is no {hash_type} in lower-case hexadecimal digits")]
    Digest {
        /// The entry.
        name: String,
        /// How it should be hashed.
        hash_type: &'static str,
    },
    /// A name that may not be signed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A name of a stretch that is none.
    #[error("`{0}` does not end in `:start:end`")]
    ShardName(String),
    /// The stretches of a file do not follow each other from its start.
    #[error("`{0}` does not follow the stretch before it, or has the wrong length")]
    ShardRange(String),
    /// A name that is signed twice.
    #[error("`{0}` is signed twice")]
    DuplicateName(String),
    /// A path that may not be left out.
    #[error("a path that is left out is not allowed: {0}")]
    IgnorePath(#[from] IgnoreError),
}

impl StatementError {
    /// A short name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(_) => "statement-not-json",
            Self::StatementType(_) => "unknown-statement-type",
            Self::PredicateType(_) => "unknown-predicate-type",
            Self::MissingField { .. } => "missing-field",
            Self::WrongType { .. } => "wrong-field-type",
            Self::ExtraField { .. } => "extra-field",
            Self::SubjectCount(_) => "subject-count",
            Self::SubjectNameless => "subject-nameless",
            Self::SubjectDigest(_) => "subject-digest",
            Self::RootMismatch { .. } => "root-mismatch",
            Self::Empty => "empty-manifest",
            Self::Method(_) => "unknown-method",
            Self::HashType(_) => "unknown-hash",
            Self::ShardSize(_) => "shard-size",
            Self::Algorithm { .. } => "hash-confusion",
            Self::Digest { .. } => "malformed-digest",
            Self::Name(NameError::Escapes(_)) => "name-escapes",
            Self::Name(NameError::NotCanonical(_)) => "name-not-canonical",
            Self::ShardName(_) => "shard-name",
            Self::ShardRange(_) => "shard-range",
            Self::DuplicateName(_) => "duplicate-name",
            Self::IgnorePath(_) => "ignore-path",
        }
    }
}
