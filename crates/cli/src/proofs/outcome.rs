//! What came of verifying one model, in the form that programs read.

use chainwright_oms::{Comparison, Difference, Method, Signed, Weight};
use chainwright_proofs::signature::SignatureError;
use chainwright_signing::{TimeSource, Verified};
use serde::Serialize;

/// The decision about one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It is what was signed, by somebody who is accepted.
    Verified,
    /// It is not.
    Refused,
    /// Nobody can say.
    Unjudged,
}

/// Everything that is told about one model.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) model: String,
    pub(crate) signature: String,
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signer: Option<Signer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<Covered>,
    /// Signed files that are what was signed.
    pub(crate) matching: Matching,
    pub(crate) differences: Vec<Told>,
    pub(crate) notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// Who signed.
#[derive(Debug, Serialize)]
pub(crate) struct Signer {
    pub(crate) key: String,
    pub(crate) kind: String,
    pub(crate) names: Vec<String>,
    pub(crate) issuer: Option<String>,
    /// The time that a certificate was held against.
    pub(crate) time: String,
    /// Who says so.
    pub(crate) time_source: &'static str,
}

/// What is signed.
#[derive(Debug, Serialize)]
pub(crate) struct Covered {
    pub(crate) name: String,
    pub(crate) root: String,
    pub(crate) method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shard_size: Option<u64>,
    pub(crate) hash: &'static str,
    pub(crate) allow_symlinks: bool,
    pub(crate) ignore_paths: Vec<String>,
    pub(crate) entries: usize,
}

/// What is as it was signed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Matching {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files beside them that nobody signed, where those are not wanted.
    pub(crate) unsigned_ignored: u64,
}

/// One difference, with what it means.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    #[serde(flatten)]
    pub(crate) difference: Difference,
    pub(crate) weight: Weight,
    pub(crate) remedy: &'static str,
}

/// Why a signature is not accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl From<&Verified> for Signer {
    fn from(verified: &Verified) -> Self {
        let identity = verified.identity.as_ref();
        Self {
            key: verified.key.hint(),
            kind: verified.key.kind().to_string(),
            names: identity
                .map(|identity| identity.names.clone())
                .unwrap_or_default(),
            issuer: identity.and_then(|identity| identity.issuer.clone()),
            time: verified.moment.at.to_string(),
            time_source: match verified.moment.source {
                TimeSource::Clock => "clock",
                TimeSource::Log => "log",
                TimeSource::Timestamp => "timestamp",
            },
        }
    }
}

impl From<&Signed> for Covered {
    fn from(signed: &Signed) -> Self {
        let manifest = &signed.manifest;
        let serialization = &manifest.serialization;
        let (method, shard_size) = match serialization.method {
            Method::Files => ("files", None),
            Method::Shards(size) => ("shards", Some(size)),
        };
        Self {
            name: manifest.model.clone(),
            root: manifest.root().to_string(),
            method,
            shard_size,
            hash: serialization.hash.as_str(),
            allow_symlinks: serialization.allow_symlinks,
            ignore_paths: serialization.ignore_paths.clone(),
            entries: manifest.resources.len(),
        }
    }
}

impl Outcome {
    /// Nothing is known yet.
    pub(crate) fn new(model: String, signature: String) -> Self {
        Self {
            model,
            signature,
            verdict: Verdict::Unjudged,
            signer: None,
            manifest: None,
            matching: Matching::default(),
            differences: Vec::new(),
            notes: Vec::new(),
            error: None,
        }
    }

    /// The signature is not accepted, or nobody can say.
    pub(crate) fn refuse(&mut self, error: &SignatureError) {
        if !error.is_unjudged() {
            self.verdict = Verdict::Refused;
        }
        self.error = Some(Failure {
            code: error.code(),
            message: error.to_string(),
            hint: error.hint().to_owned(),
        });
    }

    /// The decision over what was found; the strict also refuse what is only told.
    pub(crate) fn decide(&mut self, found: Comparison, strict: bool) {
        let has_notes = strict && !self.notes.is_empty();
        self.verdict = match found.weight(strict) {
            Some(Weight::Refused) => Verdict::Refused,
            Some(Weight::Unjudged) => Verdict::Unjudged,
            Some(Weight::Told) | None if has_notes => Verdict::Refused,
            Some(Weight::Told) | None => Verdict::Verified,
        };
        self.matching = Matching {
            files: found.matching_files,
            bytes: found.matching_bytes,
            unsigned_ignored: found.unsigned_ignored,
        };
        let told = |difference: Difference| Told {
            weight: match (strict, difference.weight()) {
                (true, Weight::Told) => Weight::Refused,
                (_, weight) => weight,
            },
            remedy: difference.remedy(),
            difference,
        };
        self.differences = found.differences.into_iter().map(told).collect();
    }
}
