//! What was found out about signatures and attestations: who stands behind which bytes, and how far that goes.
//!
//! Facts only: whoever makes them has checked digests, signatures, chains and policy. A [`Proof`] belongs to the document
//! that carries a signature; [`Vouched`] belongs to a file that something was said about. Nothing here is verified by
//! being written down: [`Standing`] says how far anybody looked.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;

/// What a document with signatures says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProofKind {
    /// A signature over the files of a model (OpenSSF Model Signing).
    ModelSignature,
    /// A signature over one file.
    FileSignature,
    /// An in-toto statement about files or folders.
    Attestation,
}

impl ProofKind {
    /// The lower-case name with hyphens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModelSignature => "model-signature",
            Self::FileSignature => "file-signature",
            Self::Attestation => "attestation",
        }
    }
}

/// How far a signature was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// Nobody asked who signed; only what needs no trust was looked at.
    Unchecked,
    /// This program cannot check signatures of this form.
    Unjudged,
    /// The signature or what it signs is broken.
    Invalid,
    /// The certificate was not valid at the time that counts.
    Expired,
    /// By nobody whom the policy knows.
    Unknown,
    /// By somebody whom the policy trusts.
    Trusted,
}

impl Standing {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Unjudged => "unjudged",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::Unknown => "unknown-signer",
            Self::Trusted => "trusted",
        }
    }
}

/// Why a signature is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A short name for programs, such as `wrong-key`.
    pub code: String,
    /// What is wrong, one line.
    pub reason: String,
    /// What can be done about it.
    pub hint: String,
}

/// By what a signer is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SignerKind {
    /// A public key, by the SHA-256 of its PEM text.
    Key,
    /// A name in a certificate under a root of the policy.
    Certificate,
    /// A name in a certificate of Sigstore.
    Sigstore,
}

/// Somebody whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signer {
    /// By what they are known.
    pub kind: SignerKind,
    /// The name, or the fingerprint of the key.
    pub name: String,
    /// Who vouches for the name.
    pub issuer: Option<String>,
}

impl Signer {
    /// One line for people.
    #[must_use]
    pub fn shown(&self) -> String {
        match (&self.kind, &self.issuer) {
            (SignerKind::Key, _) => format!("key {}", self.name),
            (_, Some(issuer)) if !issuer.is_empty() => format!("{} ({issuer})", self.name),
            _ => self.name.clone(),
        }
    }
}

/// When it was signed, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The time, as RFC 3339 has it.
    pub time: String,
    /// Who vouches for it: `log` or `timestamp`.
    pub source: String,
}

/// A file that is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mismatch {
    /// The path as it is signed.
    pub path: String,
    /// What differs, one line.
    pub detail: String,
    /// Whether the file is not there at all.
    pub is_missing: bool,
}

/// Why a signature does not cover a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Omission {
    /// It is not in the list.
    Unlisted,
    /// The signer named it among the paths to leave out.
    Ignored,
    /// The format leaves paths of Git out.
    Git,
}

/// Something that loading a model may take, in a signed folder and not signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its path below the signed folder.
    pub path: String,
    /// Why it is not covered.
    pub by: Omission,
    /// Whether it is code; otherwise weights.
    pub is_code: bool,
}

/// Something that a statement says was used to make the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestedBase {
    /// The path of the document that says so.
    pub proof: String,
    /// Whether somebody trusted signed it.
    pub is_trusted: bool,
    /// What it is called: an address, or a name.
    pub name: String,
    /// The commit that the address or a digest names.
    pub revision: Option<String>,
    /// Digests by the names of their algorithms.
    pub digests: Vec<(String, String)>,
    /// How it was used, in the words of the lineage predicate; empty for a dependency of a build.
    pub relation: String,
}

/// A signature or signed statement, at the document that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What it is.
    pub kind: ProofKind,
    /// The type of the predicate; empty for a signature over a file.
    pub predicate_type: String,
    /// How far it is believed.
    pub standing: Standing,
    /// Why it is not believed.
    pub refusal: Option<Refusal>,
    /// Whose signatures hold.
    pub signers: Vec<Signer>,
    /// When it was signed.
    pub since: Option<Since>,
    /// The file or folder here that it is about; `None` if it is about nothing here.
    pub about: Option<String>,
    /// The root digest of the model that it signs.
    pub root: Option<Sha256>,
    /// Files here that are what it says.
    pub covered_files: u64,
    /// Bytes in them.
    pub covered_bytes: u64,
    /// Files that are not what it says.
    pub mismatches: Vec<Mismatch>,
    /// What it does not cover and a loader may take.
    pub left_out: Vec<LeftOut>,
    /// Who built it, as the statement says.
    pub builder: Option<String>,
}

/// Somebody who says something about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// The path of the document.
    pub proof: String,
    /// What it is.
    pub kind: ProofKind,
    /// The type of the predicate.
    pub predicate_type: String,
    /// How far it is believed.
    pub standing: Standing,
    /// Whose signatures hold.
    pub signers: Vec<Signer>,
    /// Who built it, as the statement says.
    pub builder: Option<String>,
}

/// Why a level is not higher, or a minimum is not met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shortfall {
    /// A word for programs, such as `wrong-source`.
    pub code: String,
    /// What was found, one line.
    pub text: String,
}

/// Which SLSA levels a file reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Under which name it was judged.
    pub judged_as: String,
    /// Of the build track.
    pub build: u8,
    /// Of the source track.
    pub source: u8,
    /// The builder that is believed.
    pub builder: Option<String>,
    /// Whether any provenance is about it.
    pub has_provenance: bool,
    /// Whether the trust file expects something of it.
    pub is_expected: bool,
    /// Why the build level is not higher.
    pub build_reasons: Vec<Shortfall>,
    /// Why the source level is not higher.
    pub source_reasons: Vec<Shortfall>,
    /// Minima that are not met.
    pub unmet: Vec<Shortfall>,
}

/// What others say of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// Whether the run was asked to verify; otherwise silence means nothing.
    pub is_asked: bool,
    /// Who says something about it.
    pub by: Vec<Voucher>,
    /// SLSA levels, where somebody said whom to trust.
    pub levels: Option<Levels>,
    /// What it is said to be made from.
    pub bases: Vec<AttestedBase>,
}

impl Vouched {
    /// Whether a signature or provenance by somebody trusted covers the file.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.by
            .iter()
            .any(|voucher| voucher.standing == Standing::Trusted && voucher.is_about_content())
    }
}

impl Voucher {
    /// Whether it says that these are the bytes that somebody made or released; other statements only describe them.
    #[must_use]
    pub fn is_about_content(&self) -> bool {
        match self.kind {
            ProofKind::ModelSignature | ProofKind::FileSignature => true,
            ProofKind::Attestation => self.is_provenance(),
        }
    }

    /// Whether it is SLSA provenance.
    #[must_use]
    pub fn is_provenance(&self) -> bool {
        self.predicate_type
            .starts_with("https://slsa.dev/provenance/")
    }
}

/// A checkpoint of a log that contradicts one that was seen before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regression {
    /// The log.
    pub origin: String,
    /// Entries that it has by this checkpoint.
    pub size: u64,
    /// Its root by this checkpoint, in hexadecimal digits.
    pub root: String,
    /// Entries that it had before.
    pub recorded_size: u64,
    /// Its root before.
    pub recorded_root: String,
}

impl Regression {
    /// Whether both cannot be of one log, rather than that entries are gone.
    #[must_use]
    pub const fn is_fork(&self) -> bool {
        self.size == self.recorded_size
    }
}
