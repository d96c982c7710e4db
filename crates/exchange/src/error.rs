//! Why a file is none, and why an item of it is not accepted. Each reason can be told apart without reading text.

use std::io;

use chainwright_provenance::Reason as Unmet;

/// Why a file is not read. Nothing of it is used then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The system refuses.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
    /// It is something else.
    #[error("the first line does not say that it is an exchange file")]
    NotAnExchange,
    /// A version that this program does not know.
    #[error("it is of version {found}, this program reads version 1")]
    UnknownVersion {
        /// The version that it says.
        found: u64,
    },
    /// A kind of line that this version does not have.
    #[error("line {line} is of a kind that is not known, `{kind}`")]
    UnknownLine {
        /// Which line.
        line: usize,
        /// What it says it is.
        kind: String,
    },
    /// A line that cannot be read.
    #[error("line {line} is not what its kind must be")]
    Malformed {
        /// Which line.
        line: usize,
    },
    /// A line that says the right thing in another spelling.
    #[error("line {line} is not canonical JSON (RFC 8785)")]
    NotCanonical {
        /// Which line.
        line: usize,
    },
    /// A line that belongs before the one before it.
    #[error("line {line} is not in order")]
    OutOfOrder {
        /// Which line.
        line: usize,
    },
    /// One name or digest, twice.
    #[error("the {what} on line {line} is there twice")]
    Duplicate {
        /// Which line; 0 while a file is put together.
        line: usize,
        /// What it is.
        what: &'static str,
    },
    /// Bytes that are not those of their digest.
    #[error("the bytes on line {line} are not those of the digest beside them")]
    WrongDigest {
        /// Which line.
        line: usize,
    },
    /// A name that is empty, too long or holds control characters.
    #[error("the name on line {line} is empty, too long or holds control characters")]
    BadName {
        /// Which line; 0 while a file is put together.
        line: usize,
    },
    /// One item is too long.
    #[error("line {line} is longer than any that is read")]
    TooLong {
        /// Which line; 0 while a file is put together.
        line: usize,
    },
    /// The file is too large.
    #[error("the file is larger than any that is read")]
    TooLarge,
    /// There are too many lines.
    #[error("the file has more lines than are read")]
    TooMany,
    /// The last line is missing or not whole.
    #[error("the file ends before its last line")]
    Truncated,
    /// The last line speaks of other lines.
    #[error("the last line counts other lines, or has another digest, than those before it")]
    WrongEnd,
    /// Something follows the last line.
    #[error("something follows the last line")]
    Trailing,
}

impl FormatError {
    /// A short name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::NotAnExchange => "not-an-exchange",
            Self::UnknownVersion { .. } => "unknown-version",
            Self::UnknownLine { .. } => "unknown-line",
            Self::Malformed { .. } => "malformed-line",
            Self::NotCanonical { .. } => "not-canonical",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::Duplicate { .. } => "duplicate",
            Self::WrongDigest { .. } => "wrong-digest",
            Self::BadName { .. } => "bad-name",
            Self::TooLong { .. } => "line-too-long",
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many-lines",
            Self::Truncated => "truncated",
            Self::WrongEnd => "wrong-end",
            Self::Trailing => "trailing-data",
        }
    }

    /// Whether nobody can say, rather than that the file is bad.
    #[must_use]
    pub fn is_unjudged(&self) -> bool {
        matches!(
            self,
            Self::Unreadable(_)
                | Self::UnknownVersion { .. }
                | Self::UnknownLine { .. }
                | Self::TooLong { .. }
                | Self::TooLarge
                | Self::TooMany
        )
    }
}

/// Why an item is not accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The attestation cannot be read.
    #[error("it cannot be read: {0}")]
    Document(#[from] chainwright_attestations::ReadError),
    /// It signs a message, or something that is no statement.
    #[error("it is no in-toto statement: {0}")]
    Statement(String),
    /// Nobody who is accepted signed it; the code is that of the signature.
    #[error("{message}")]
    Signer {
        /// A short name.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// Whether nothing was given to hold it against.
        is_unjudged: bool,
    },
    /// None of its subjects is an artifact of the file.
    #[error("none of its subjects is an artifact of the file")]
    AboutNothingHere,
    /// A subject has the name of one artifact of the file and not its digest.
    #[error("it says `{name}` of other bytes than the file does")]
    SwappedSubject {
        /// The name.
        name: String,
    },
    /// No proof shows that it was logged, and the receiver wants one.
    #[error("no proof that is accepted shows that it was logged")]
    NotLogged,
    /// The proof cannot be read.
    #[error("it cannot be read: {0}")]
    Proof(String),
    /// The receiver named no log.
    #[error("no log was given to hold it against")]
    NoLogTrusted,
    /// The receiver's policy has no such log.
    #[error("the log `{0}` is not one of the receiver's policy")]
    UnknownLog(String),
    /// The log or a witness did not sign the checkpoint.
    #[error("{0}")]
    LogSignature(String),
    /// Too few witnesses.
    #[error("{0}")]
    Quorum(String),
    /// The proof brings no entry along, or one of another form.
    #[error("it brings no entry along that this program can read")]
    NoEntry,
    /// The entry is not in the log.
    #[error("it does not show that the entry is in the log: {0}")]
    NotInLog(String),
    /// The entry is about nothing in the file.
    #[error("its entry is about nothing in the file")]
    ProofOfNothingHere,
    /// The entry is about an attestation that is not accepted.
    #[error("its entry is about an attestation that is not accepted")]
    ProofOfRefused {
        /// Whether nobody can say whether that is good.
        is_unjudged: bool,
    },
    /// The log was seen at a larger size.
    #[error("`{origin}` was seen with {seen} entries before, this is its state at {found}")]
    OlderThanSeen {
        /// Which log.
        origin: String,
        /// The size that was seen.
        seen: u64,
        /// The size that is shown.
        found: u64,
    },
    /// The log signed two trees of one size.
    #[error("`{origin}` signed two different trees of {size} entries; both are kept as evidence")]
    Equivocated {
        /// Which log.
        origin: String,
        /// The size.
        size: u64,
    },
    /// Nothing shows that the log only grew.
    #[error("nothing shows that `{origin}` at {found} entries continues what was seen at {seen}")]
    GrowthUnproven {
        /// Which log.
        origin: String,
        /// The size that was seen.
        seen: u64,
        /// The size that is shown.
        found: u64,
    },
    /// What is brought as a proof that the log only grew does not show it.
    #[error("the proof that `{origin}` at {found} entries continues {seen} does not hold")]
    GrowthWrong {
        /// Which log.
        origin: String,
        /// The size that was seen.
        seen: u64,
        /// The size that is shown.
        found: u64,
    },
    /// What was seen before cannot be read.
    #[error("what was seen of the log before cannot be read: {0}")]
    Memory(String),
    /// No accepted attestation or proof is about it.
    #[error("nothing that is accepted is about it")]
    NothingVouches {
        /// Whether something is about it of which nobody can say whether it is good.
        is_unjudged: bool,
    },
    /// A minimum of the receiver's trust file is not met.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    BelowMinimum(Vec<Unmet>),
    /// There are more artifacts, subjects or names than are judged by a trust file.
    #[error("there are more artifacts, subjects or names than are judged by a trust file")]
    TooManyToJudge,
    /// The receiver has other bytes under this name.
    #[error("what is here under this name has the digest {found}")]
    BytesDiffer {
        /// The digest of what is here.
        found: String,
    },
    /// What the receiver has is not in the file.
    #[error("the file does not speak of it")]
    NotInFile,
}

impl Reason {
    /// A short name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Document(_) => "malformed-attestation",
            Self::Statement(_) => "not-a-statement",
            Self::Signer { code, .. } => code,
            Self::AboutNothingHere => "about-nothing-here",
            Self::SwappedSubject { .. } => "swapped-subject",
            Self::NotLogged => "not-logged",
            Self::Proof(_) => "malformed-proof",
            Self::NoLogTrusted => "no-log-trusted",
            Self::UnknownLog(_) => "unknown-log",
            Self::LogSignature(_) => "bad-checkpoint-signature",
            Self::Quorum(_) => "quorum-not-met",
            Self::NoEntry => "no-entry",
            Self::NotInLog(_) => "not-in-log",
            Self::ProofOfNothingHere => "proof-of-nothing-here",
            Self::ProofOfRefused { .. } => "proof-of-refused",
            Self::OlderThanSeen { .. } => "older-than-seen",
            Self::Equivocated { .. } => "equivocated",
            Self::GrowthUnproven { .. } => "growth-unproven",
            Self::GrowthWrong { .. } => "growth-wrong",
            Self::Memory(_) => "memory-unreadable",
            Self::NothingVouches { .. } => "nothing-vouches",
            Self::BelowMinimum(_) => "below-minimum",
            Self::TooManyToJudge => "too-many-to-judge",
            Self::BytesDiffer { .. } => "bytes-differ",
            Self::NotInFile => "not-in-file",
        }
    }

    /// Whether nobody can say, rather than that the item is bad.
    #[must_use]
    pub fn is_unjudged(&self) -> bool {
        match self {
            Self::Signer { is_unjudged, .. }
            | Self::ProofOfRefused { is_unjudged }
            | Self::NothingVouches { is_unjudged } => *is_unjudged,
            Self::NoLogTrusted
            | Self::GrowthUnproven { .. }
            | Self::Memory(_)
            | Self::TooManyToJudge => true,
            _ => false,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoLogTrusted => {
                "give the key of the log with --log-key or a policy with --log-policy, or leave proofs out with --ignore-proofs"
            }
            Self::OlderThanSeen { .. } => {
                "ask the sender for a file made today; somebody may have replayed an old one"
            }
            Self::Equivocated { .. } => {
                "do not trust this log; show the evidence to the sender and to the witnesses"
            }
            Self::GrowthUnproven { .. } => {
                "ask the sender to export with --since and the size that was seen, or ask for witnesses in the policy"
            }
            Self::SwappedSubject { .. } | Self::BytesDiffer { .. } => {
                "do not use the artifact; ask the sender which bytes are meant"
            }
            Self::Quorum(_) => "ask the sender to wait for cosignatures before exporting",
            _ => return None,
        })
    }
}
