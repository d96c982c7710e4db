//! Signatures and attestations as they lie in files: which statement, about which bytes, signed by how many.
//!
//! Read: Sigstore bundles (v0.1 to v0.3) around DSSE envelopes, bare DSSE envelopes, bare in-toto statements, and lines
//! of these. Of OpenSSF Model Signing v1.0 and v0.1 the list of files is read and its root digest made again. Nothing is
//! verified here: keys, certificates and logs are only counted.

use chainwright_analysis::Inspected;
use chainwright_core::digest::Digests;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// LIMIT: statements of one file.
const MOST_STATEMENTS: usize = 256;
/// LIMIT: files that one statement names.
const MOST_FILES: usize = 200_000;

/// The predicate of OpenSSF Model Signing v1.0.
const OMS: &str = "https://model_signing/signature/v1.0";
/// Its predecessor, which lists files as subjects.
const OMS_OLD: &str = "https://model_signing/Digests/v0.1";

/// A file that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) algorithm: String,
    pub(crate) digest: String,
}

/// A statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// The file that holds it.
    pub(crate) path: String,
    /// Whether anybody signed it.
    pub(crate) is_signed: bool,
    /// Whether a certificate names who.
    pub(crate) has_certificate: bool,
    /// Whether a log or a clock bears witness.
    pub(crate) has_witness: bool,
    pub(crate) predicate_type: String,
    pub(crate) predicate: Value,
    /// What it is about.
    pub(crate) subjects: Vec<Named>,
}

impl Statement {
    pub(crate) fn is_model_signature(&self) -> bool {
        self.predicate_type == OMS || self.predicate_type == OMS_OLD
    }

    pub(crate) fn is_provenance(&self) -> bool {
        self.predicate_type
            .starts_with("https://slsa.dev/provenance/")
    }

    /// The files of a model signature.
    pub(crate) fn files(&self) -> Vec<Named> {
        if self.predicate_type == OMS_OLD {
            return self.subjects.clone();
        }
        let resources = self.predicate.get("resources").and_then(Value::as_array);
        let resources = resources.into_iter().flatten().take(MOST_FILES);
        resources
            .filter_map(|each| {
                Some(Named {
                    name: text(each, "name")?,
                    algorithm: text(each, "algorithm")?,
                    digest: text(each, "digest")?.to_lowercase(),
                })
            })
            .collect()
    }

    /// Paths that a model signature leaves out.
    pub(crate) fn ignored(&self) -> Vec<String> {
        let paths = self
            .predicate
            .get("serialization")
            .and_then(|each| each.get("ignore_paths"))
            .and_then(Value::as_array);
        let paths = paths.into_iter().flatten();
        paths
            .filter_map(|path| Some(path.as_str()?.to_owned()))
            .collect()
    }

    /// Whether the root digest of a model signature is that of its files; `None` where there is none.
    pub(crate) fn is_rooted(&self) -> Option<bool> {
        if self.predicate_type != OMS {
            return None;
        }
        let subject = self.subjects.first()?;
        let mut hasher = Sha256::new();
        for file in self.files() {
            hasher.update(bytes_of_hex(&file.digest)?);
        }
        Some(hex(&hasher.finalize()) == subject.digest)
    }
}

/// How a digest compares with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Equal,
    Different,
    /// The function is one that is not computed here.
    Untold,
}

impl Named {
    pub(crate) fn fits(&self, digests: &Digests) -> Fit {
        let made = match self.algorithm.as_str() {
            "sha256" => digests.sha256.to_string(),
            "blake3" => digests.blake3.to_string(),
            _ => return Fit::Untold,
        };
        if made == self.digest {
            Fit::Equal
        } else {
            Fit::Different
        }
    }

    /// Whether the name is that of the artifact, seen from the folder of the statement or from the top.
    pub(crate) fn is_about(&self, statement: &str, artifact: &Inspected) -> bool {
        let name = self.name.trim_start_matches("./");
        let path = artifact.location.path();
        let folder = statement.rsplit_once('/').map_or("", |(folder, _)| folder);
        let below = path
            .strip_prefix(folder)
            .map(|rest| rest.trim_start_matches('/'));
        name == path || below == Some(name)
    }
}

/// Every statement in a file.
pub(crate) fn read(path: &str, bytes: &[u8]) -> Vec<Statement> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        found.extend(statement(path, &value));
    } else {
        let lines = bytes.split(|byte| *byte == b'\n').take(MOST_STATEMENTS);
        let values = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        found.extend(values.filter_map(|value| statement(path, &value)));
    }
    found
}

fn statement(path: &str, value: &Value) -> Option<Statement> {
    let material = value.get("verificationMaterial");
    let envelope = value.get("dsseEnvelope").unwrap_or(value);
    let (payload, is_signed) = match text(envelope, "payload") {
        Some(payload) => {
            let bytes = base64(&payload)?;
            let signatures = envelope.get("signatures").and_then(Value::as_array);
            let is_signed = signatures.is_some_and(|all| {
                all.iter()
                    .any(|each| text(each, "sig").is_some_and(|sig| !sig.is_empty()))
            });
            (serde_json::from_slice(&bytes).ok()?, is_signed)
        }
        None => (value.clone(), false),
    };
    let is_statement = text(&payload, "_type")?.starts_with("https://in-toto.io/Statement/");
    let holds = |key: &str| {
        let found = material.and_then(|material| material.get(key));
        found.is_some_and(|each| {
            !each.is_null() && each.as_array().is_none_or(|all| !all.is_empty())
        })
    };
    is_statement.then(|| Statement {
        path: path.to_owned(),
        is_signed,
        has_certificate: holds("certificate") || holds("x509CertificateChain"),
        has_witness: holds("tlogEntries") || holds("timestampVerificationData"),
        predicate_type: text(&payload, "predicateType").unwrap_or_default(),
        predicate: payload.get("predicate").cloned().unwrap_or(Value::Null),
        subjects: subjects(&payload),
    })
}

fn subjects(payload: &Value) -> Vec<Named> {
    let subjects = payload.get("subject").and_then(Value::as_array);
    let mut found = Vec::new();
    for subject in subjects.into_iter().flatten().take(MOST_FILES) {
        let digests = subject.get("digest").and_then(Value::as_object);
        for (algorithm, digest) in digests.into_iter().flatten() {
            found.push(Named {
                name: text(subject, "name").unwrap_or_default(),
                algorithm: algorithm.clone(),
                digest: digest.as_str().unwrap_or_default().to_lowercase(),
            });
        }
    }
    found
}

fn text(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() % 2 == 1 {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(value(*high)? * 16 + value(*low)?).ok(),
            _ => None,
        })
        .collect()
}

/// Decodes base64 of either alphabet (RFC 4648), with or without padding; line breaks are passed over.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' => continue,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_both_alphabets() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v\nYmFy", b"foobar"),
            ("-_8=", &[0xfb, 0xff]),
            ("+/8=", &[0xfb, 0xff]),
        ] {
            assert_eq!(base64(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(base64("a b"), None);
    }

    #[test]
    fn nonsense_is_no_statement() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"payload\": 3}",
            "{\"payload\": \"%%\"}",
            "{\"_type\": \"x\"}",
            "{\"dsseEnvelope\": {\"payload\": \"e30=\"}}",
            "not json",
        ] {
            assert!(read("x.sig", text.as_bytes()).is_empty(), "{text}");
        }
    }
}
