//! Entries of transparency logs as bundles carry them.

use serde_json::Value;

use crate::error::ReadError;
use crate::fields::Fields;
use crate::json::Object;
use crate::write;

/// One entry of a transparency log, with what shows that it is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogEntry {
    /// Index in the whole log.
    pub log_index: u64,
    /// SHA-256 of the log's public key.
    pub log_id: Vec<u8>,
    /// Kind of the entry, such as `dsse`.
    pub kind: String,
    /// Version of the kind, such as `0.0.1`.
    pub kind_version: String,
    /// When the log says it took the entry, in seconds since 1970; zero means that it doesn't say.
    pub integrated_time: u64,
    /// The log's signature over entry and time (SET).
    pub inclusion_promise: Option<Vec<u8>>,
    /// The way from the entry to a signed root.
    pub inclusion_proof: Option<InclusionProof>,
    /// The entry itself, as it was hashed.
    pub canonical_body: Vec<u8>,
    /// Fields that this crate doesn't know.
    pub rest: Object,
}

/// The way from an entry to a signed root.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InclusionProof {
    /// Index in the tree of the checkpoint.
    pub log_index: u64,
    /// Root of that tree.
    pub root_hash: Vec<u8>,
    /// Its size.
    pub tree_size: u64,
    /// Hashes from the leaf to the root.
    pub hashes: Vec<Vec<u8>>,
    /// The signed root as a note.
    pub checkpoint: Option<String>,
    /// Fields that this crate doesn't know.
    pub rest: Object,
}

impl LogEntry {
    pub(crate) fn of(value: Value, path: &str) -> Result<Self, ReadError> {
        let mut fields = Fields::of(value, path)?;
        let mut entry = Self {
            log_index: fields.number("logIndex")?.unwrap_or(0),
            integrated_time: fields.number("integratedTime")?.unwrap_or(0),
            canonical_body: fields.bytes("canonicalizedBody")?.unwrap_or_default(),
            ..Self::default()
        };
        if let Some(mut id) = fields.object("logId")? {
            entry.log_id = id.needed_bytes("keyId")?;
            fields.give_back("logId", id);
        }
        if let Some(mut kind) = fields.object("kindVersion")? {
            entry.kind = kind.needed_text("kind")?;
            entry.kind_version = kind.needed_text("version")?;
            fields.give_back("kindVersion", kind);
        }
        if let Some(mut promise) = fields.object("inclusionPromise")? {
            entry.inclusion_promise = Some(promise.needed_bytes("signedEntryTimestamp")?);
            fields.give_back("inclusionPromise", promise);
        }
        if let Some(proof) = fields.object("inclusionProof")? {
            entry.inclusion_proof = Some(InclusionProof::of(proof)?);
        }
        entry.rest = fields.rest();
        Ok(entry)
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut object = self.rest.clone();
        write::number(&mut object, "logIndex", self.log_index);
        if !self.log_id.is_empty() {
            write::edit(&mut object, "logId", |id| {
                write::base64(id, "keyId", &self.log_id);
            });
        }
        if !self.kind.is_empty() {
            write::edit(&mut object, "kindVersion", |kind| {
                write::text(kind, "kind", self.kind.clone());
                write::text(kind, "version", self.kind_version.clone());
            });
        }
        if self.integrated_time != 0 {
            write::number(&mut object, "integratedTime", self.integrated_time);
        }
        if let Some(promise) = &self.inclusion_promise {
            write::edit(&mut object, "inclusionPromise", |inner| {
                write::base64(inner, "signedEntryTimestamp", promise);
            });
        }
        if let Some(proof) = &self.inclusion_proof {
            object.insert("inclusionProof".to_owned(), proof.to_value());
        }
        if !self.canonical_body.is_empty() {
            write::base64(&mut object, "canonicalizedBody", &self.canonical_body);
        }
        Value::Object(object)
    }
}

impl InclusionProof {
    fn of(mut fields: Fields) -> Result<Self, ReadError> {
        let mut proof = Self {
            log_index: fields.number("logIndex")?.unwrap_or(0),
            root_hash: fields.needed_bytes("rootHash")?,
            tree_size: fields.number("treeSize")?.unwrap_or(0),
            ..Self::default()
        };
        for (path, item) in fields.list("hashes")? {
            proof.hashes.push(hash(item, path)?);
        }
        if let Some(mut checkpoint) = fields.object("checkpoint")? {
            proof.checkpoint = Some(checkpoint.needed_text("envelope")?);
            fields.give_back("checkpoint", checkpoint);
        }
        proof.rest = fields.rest();
        Ok(proof)
    }

    fn to_value(&self) -> Value {
        let mut object = self.rest.clone();
        write::number(&mut object, "logIndex", self.log_index);
        write::base64(&mut object, "rootHash", &self.root_hash);
        write::number(&mut object, "treeSize", self.tree_size);
        let hashes = self
            .hashes
            .iter()
            .map(|hash| Value::String(crate::base64::encode(hash)));
        object.insert("hashes".to_owned(), hashes.collect());
        if let Some(checkpoint) = &self.checkpoint {
            write::edit(&mut object, "checkpoint", |inner| {
                write::text(inner, "envelope", checkpoint.clone());
            });
        }
        Value::Object(object)
    }
}

fn hash(item: Value, field: String) -> Result<Vec<u8>, ReadError> {
    let Value::String(text) = item else {
        return Err(crate::fields::wrong(&field, "text"));
    };
    crate::base64::decode(&text).ok_or(ReadError::NotBase64 { field })
}
