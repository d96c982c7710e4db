//! Sigstore bundles: versions 0.1, 0.2 and 0.3 are read, 0.3 is written.
//!
//! Sources: `sigstore/protobuf-specs` sigstore_bundle.proto, sigstore_common.proto, sigstore_rekor.proto 0.5. OpenSSF
//! Model Signing puts its own material into the same shape: chains and public keys in version 0.3, and before 1.1 a
//! public key as PEM bytes in place of a hint.

use std::fmt;

use serde_json::Value;

use crate::dsse::Envelope;
use crate::error::ReadError;
use crate::fields::Fields;
use crate::json::{self, Limits, Object};
use crate::log_entry::LogEntry;
use crate::write;

/// Media type of the bundles that are written.
pub const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

const MATERIAL: &str = "verificationMaterial";
const TIMESTAMPS: &str = "timestampVerificationData";

/// What a verifier needs, in one document. Nothing of it is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// As read; what is written is always 0.3.
    pub version: Version,
    /// Who is said to have signed.
    pub material: Material,
    /// Entries of transparency logs.
    pub log_entries: Vec<LogEntry>,
    /// Timestamp responses after RFC 3161, DER.
    pub timestamps: Vec<Vec<u8>>,
    /// What was signed.
    pub content: Content,
    /// Fields that this crate doesn't know, where they were.
    pub rest: Object,
}

/// Version of the bundle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 0.1: the log's promise suffices.
    V0_1,
    /// 0.2: the log's proof of inclusion is needed.
    V0_2,
    /// 0.3: one certificate in place of a chain.
    V0_3,
}

/// Who is said to have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// A key that the verifier must have already.
    PublicKey {
        /// Tells the verifier which key; empty if the bundle doesn't say.
        hint: String,
        /// The key itself as early versions of model-signing put it here: PEM text. Never to be trusted.
        raw: Option<Vec<u8>>,
    },
    /// Certificates, leaf first.
    Chain(Vec<Der>),
    /// A leaf alone; the verifier has the others.
    Certificate(Der),
}

impl Material {
    /// A key by its hint.
    #[must_use]
    pub fn public_key(hint: impl Into<String>) -> Self {
        Self::PublicKey {
            hint: hint.into(),
            raw: None,
        }
    }

    /// The certificates, leaf first; none for a key.
    #[must_use]
    pub fn certificates(&self) -> &[Der] {
        match self {
            Self::PublicKey { .. } => &[],
            Self::Chain(chain) => chain,
            Self::Certificate(leaf) => std::slice::from_ref(leaf),
        }
    }
}

/// A certificate in DER.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Der(pub Vec<u8>);

impl fmt::Debug for Der {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Der({} bytes)", self.0.len())
    }
}

/// What was signed.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A payload with its signatures.
    Envelope(Envelope),
    /// A signature over an artifact that lies elsewhere.
    Message(MessageSignature),
}

/// A signature over an artifact that lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSignature {
    /// Algorithm (`SHA2_256` …) and digest of the artifact: a help for searching, never a replacement for hashing it.
    pub digest: Option<(String, Vec<u8>)>,
    /// The signature over the artifact's bytes.
    pub signature: Vec<u8>,
}

impl Bundle {
    /// A bundle of version 0.3 without log entries and timestamps.
    #[must_use]
    pub fn new(material: Material, content: Content) -> Self {
        Self {
            version: Version::V0_3,
            material,
            log_entries: Vec::new(),
            timestamps: Vec::new(),
            content,
            rest: Object::new(),
        }
    }

    /// Reads a bundle of any version.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        Self::of(json::parse(bytes, limits)?)
    }

    pub(crate) fn of(value: Value) -> Result<Self, ReadError> {
        let mut fields = Fields::of(value, "")?;
        let version = version(&fields.needed_text("mediaType")?)?;
        let inner = fields.object(MATERIAL)?;
        let mut inner = inner.ok_or_else(|| fields.missing(MATERIAL))?;
        let material = material(&mut inner)?;
        let log_entries = inner.list("tlogEntries")?.into_iter();
        let log_entries = log_entries.map(|(path, entry)| LogEntry::of(entry, &path));
        let log_entries = log_entries.collect::<Result<_, _>>()?;
        let timestamps = timestamps(&mut inner)?;
        fields.give_back(MATERIAL, inner);
        Ok(Self {
            version,
            material,
            log_entries,
            timestamps,
            content: content(&mut fields)?,
            rest: fields.rest(),
        })
    }

    /// The bundle as JSON of version 0.3, in one line.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut bundle = self.rest.clone();
        write::text(&mut bundle, "mediaType", MEDIA_TYPE.to_owned());
        write::edit(&mut bundle, MATERIAL, |material| {
            self.write_material(material)
        });
        match &self.content {
            Content::Envelope(envelope) => {
                bundle.insert("dsseEnvelope".to_owned(), envelope.to_value());
            }
            Content::Message(message) => write_message(&mut bundle, message),
        }
        write::bytes(&Value::Object(bundle))
    }

    fn write_material(&self, object: &mut Object) {
        self.material.write(object);
        let entries = self.log_entries.iter().map(LogEntry::to_value);
        object.insert("tlogEntries".to_owned(), entries.collect());
        if !self.timestamps.is_empty() {
            write::edit(object, TIMESTAMPS, |data| {
                let list = self.timestamps.iter();
                let list = list.map(|one| write::wrapped("signedTimestamp", one));
                data.insert("rfc3161Timestamps".to_owned(), list.collect());
            });
        }
    }

    /// The envelope, if there is one.
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        match &self.content {
            Content::Envelope(envelope) => Some(envelope),
            Content::Message(_) => None,
        }
    }
}

fn version(media_type: &str) -> Result<Version, ReadError> {
    match media_type {
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => Ok(Version::V0_1),
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => Ok(Version::V0_2),
        "application/vnd.dev.sigstore.bundle+json;version=0.3" | MEDIA_TYPE => Ok(Version::V0_3),
        other => Err(ReadError::UnknownVersion(other.to_owned())),
    }
}

fn one_of(fields: &Fields, keys: &[&'static str]) -> Result<&'static str, ReadError> {
    let mut present = keys.iter().filter(|key| fields.has(key));
    let first = present
        .next()
        .ok_or_else(|| fields.missing(&keys.join("` or `")))?;
    match present.next() {
        None => Ok(first),
        Some(second) => Err(ReadError::Conflict {
            field: fields.path(first),
            other: fields.path(second),
        }),
    }
}

fn material(fields: &mut Fields) -> Result<Material, ReadError> {
    let key = one_of(
        fields,
        &["publicKey", "x509CertificateChain", "certificate"],
    )?;
    let inner = fields.object(key)?;
    let mut inner = inner.ok_or_else(|| fields.missing(key))?;
    let material = match key {
        "publicKey" => Material::PublicKey {
            hint: inner.text("hint")?.unwrap_or_default(),
            raw: inner.bytes("rawBytes")?,
        },
        "certificate" => Material::Certificate(Der(inner.needed_bytes("rawBytes")?)),
        _ => Material::Chain(chain(&mut inner)?),
    };
    fields.give_back(key, inner);
    Ok(material)
}

fn chain(fields: &mut Fields) -> Result<Vec<Der>, ReadError> {
    let items = fields.list("certificates")?;
    if items.is_empty() {
        return Err(ReadError::Empty {
            field: fields.path("certificates"),
        });
    }
    let certificate = |(path, item): (String, Value)| {
        let bytes = Fields::of(item, &path)?.needed_bytes("rawBytes")?;
        Ok(Der(bytes))
    };
    items.into_iter().map(certificate).collect()
}

fn timestamps(material: &mut Fields) -> Result<Vec<Vec<u8>>, ReadError> {
    let Some(mut data) = material.object(TIMESTAMPS)? else {
        return Ok(Vec::new());
    };
    let items = data.list("rfc3161Timestamps")?.into_iter();
    let timestamp =
        |(path, item): (String, Value)| Fields::of(item, &path)?.needed_bytes("signedTimestamp");
    let timestamps = items.map(timestamp).collect::<Result<_, _>>()?;
    material.give_back(TIMESTAMPS, data);
    Ok(timestamps)
}

fn content(fields: &mut Fields) -> Result<Content, ReadError> {
    let key = one_of(fields, &["dsseEnvelope", "messageSignature"])?;
    if key == "dsseEnvelope" {
        let envelope = fields.take(key).unwrap_or_default();
        return Envelope::of(envelope, key).map(Content::Envelope);
    }
    let message = fields.object(key)?;
    let mut message = message.ok_or_else(|| fields.missing(key))?;
    let mut digest = None;
    if let Some(mut inner) = message.object("messageDigest")? {
        digest = Some((
            inner.needed_text("algorithm")?,
            inner.needed_bytes("digest")?,
        ));
        message.give_back("messageDigest", inner);
    }
    let signature = message.needed_bytes("signature")?;
    fields.give_back(key, message);
    Ok(Content::Message(MessageSignature { digest, signature }))
}

fn write_message(bundle: &mut Object, message: &MessageSignature) {
    write::edit(bundle, "messageSignature", |object| {
        if let Some((algorithm, digest)) = &message.digest {
            write::edit(object, "messageDigest", |inner| {
                write::text(inner, "algorithm", algorithm.clone());
                write::base64(inner, "digest", digest);
            });
        }
        write::base64(object, "signature", &message.signature);
    });
}

impl Material {
    fn write(&self, object: &mut Object) {
        match self {
            Self::PublicKey { hint, raw } => write::edit(object, "publicKey", |key| {
                if !hint.is_empty() || raw.is_none() {
                    write::text(key, "hint", hint.clone());
                }
                if let Some(raw) = raw {
                    write::base64(key, "rawBytes", raw);
                }
            }),
            Self::Chain(chain) => write::edit(object, "x509CertificateChain", |inner| {
                let list = chain.iter();
                let list = list.map(|der| write::wrapped("rawBytes", &der.0));
                inner.insert("certificates".to_owned(), list.collect());
            }),
            Self::Certificate(der) => write::edit(object, "certificate", |inner| {
                write::base64(inner, "rawBytes", &der.0);
            }),
        }
    }
}

#[cfg(test)]
mod tests;
