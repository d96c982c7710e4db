//! Manifests and indexes, as far as attachments need them.
//!
//! Source: OCI image specification 1.1 (`manifest.md`, `image-index.md`, `descriptor.md`). Documents with repeated keys
//! are refused: two readers could see different attachments in them. Fields that are not known survive in an index
//! that is added to.

use std::collections::BTreeMap;

use chainwright_attestations::ReadError;
use chainwright_attestations::json::{self, Limits, Object};
use serde_json::{Value, json};

use crate::digest::Digest;

/// Media type of the manifests that are written.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Media type of indexes.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Media type of a configuration that says nothing.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// That configuration.
pub const EMPTY_BYTES: &[u8] = b"{}";

/// Bytes of a document; registries accept no larger ones.
pub const MOST_BYTES: usize = 4 << 20;

/// JSON values of a document.
const MOST_VALUES: usize = 200_000;

/// Names content by its digest. Nothing of it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// The media type; empty if it says none.
    pub media_type: String,
    /// `ALGORITHM:HEX`, as written.
    pub digest: String,
    /// The size in bytes, as declared.
    pub size: u64,
    /// The type of an artifact, in indexes; empty if it says none.
    pub artifact_type: String,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// The manifest of an image or artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The type of an artifact; empty for images.
    pub artifact_type: String,
    /// The configuration.
    pub config: Descriptor,
    /// The layers.
    pub layers: Vec<Descriptor>,
    /// What it is about.
    pub subject: Option<Descriptor>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

fn parse(bytes: &[u8]) -> Result<Object, ReadError> {
    let limits = Limits {
        bytes: MOST_BYTES,
        values: MOST_VALUES,
    };
    match json::parse(bytes, &limits)? {
        Value::Object(object) => Ok(object),
        _ => Err(wrong("document", "an object")),
    }
}

fn wrong(field: &str, expected: &'static str) -> ReadError {
    ReadError::WrongType {
        field: field.to_owned(),
        expected,
    }
}

fn text(object: &Object, key: &str) -> Result<String, ReadError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(key, "text")),
    }
}

fn annotations(object: &Object) -> Result<BTreeMap<String, String>, ReadError> {
    let Some(Value::Object(found)) = object.get("annotations") else {
        return Ok(BTreeMap::new());
    };
    let texts = found.iter().map(|(key, value)| match value {
        Value::String(text) => Ok((key.clone(), text.clone())),
        _ => Err(wrong("annotations", "texts")),
    });
    texts.collect()
}

fn list<'a>(object: &'a Object, key: &str) -> Result<&'a [Value], ReadError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(wrong(key, "a list")),
    }
}

impl Descriptor {
    /// A descriptor without annotations.
    #[must_use]
    pub fn new(media_type: &str, digest: &Digest, size: usize) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: digest.to_string(),
            size: u64::try_from(size).unwrap_or(u64::MAX),
            ..Self::default()
        }
    }

    fn read(value: &Value) -> Result<Self, ReadError> {
        let Value::Object(object) = value else {
            return Err(wrong("descriptor", "an object"));
        };
        let digest = text(object, "digest")?;
        if digest.is_empty() {
            return Err(ReadError::Missing {
                field: "digest".to_owned(),
            });
        }
        Ok(Self {
            media_type: text(object, "mediaType")?,
            digest,
            size: object
                .get("size")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
            artifact_type: text(object, "artifactType")?,
            annotations: annotations(object)?,
        })
    }

    fn write(&self) -> Value {
        let mut value = json!({
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        });
        if let Value::Object(object) = &mut value {
            if !self.artifact_type.is_empty() {
                object.insert("artifactType".to_owned(), json!(self.artifact_type));
            }
            if !self.annotations.is_empty() {
                object.insert("annotations".to_owned(), json!(self.annotations));
            }
        }
        value
    }
}

impl Manifest {
    /// Reads a manifest; an index is none.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let object = parse(bytes)?;
        let config = object.get("config").ok_or_else(|| ReadError::Missing {
            field: "config".to_owned(),
        })?;
        let layers = list(&object, "layers")?.iter().map(Descriptor::read);
        let subject = object.get("subject").filter(|subject| !subject.is_null());
        Ok(Self {
            artifact_type: text(&object, "artifactType")?,
            config: Descriptor::read(config)?,
            layers: layers.collect::<Result<_, _>>()?,
            subject: subject.map(Descriptor::read).transpose()?,
            annotations: annotations(&object)?,
        })
    }

    /// The manifest as JSON in one line.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let layers: Vec<Value> = self.layers.iter().map(Descriptor::write).collect();
        let mut value = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.config.write(),
            "layers": layers,
        });
        if let Value::Object(object) = &mut value {
            if !self.artifact_type.is_empty() {
                object.insert("artifactType".to_owned(), json!(self.artifact_type));
            }
            if let Some(subject) = &self.subject {
                object.insert("subject".to_owned(), subject.write());
            }
            if !self.annotations.is_empty() {
                object.insert("annotations".to_owned(), json!(self.annotations));
            }
        }
        value.to_string().into_bytes()
    }

    /// The type under which an index lists it: its own, or else that of its configuration.
    #[must_use]
    pub fn listed_type(&self) -> &str {
        if self.artifact_type.is_empty() {
            &self.config.media_type
        } else {
            &self.artifact_type
        }
    }
}

/// What an index lists. Entries that name nothing are left out.
pub fn read_index(bytes: &[u8]) -> Result<Vec<Descriptor>, ReadError> {
    let object = parse(bytes)?;
    if !object.contains_key("manifests") {
        return Err(ReadError::Missing {
            field: "manifests".to_owned(),
        });
    }
    let entries = list(&object, "manifests")?.iter();
    Ok(entries
        .filter_map(|entry| Descriptor::read(entry).ok())
        .collect())
}

/// An index with one more entry, the others as they were; `None` if the entry is there already.
pub fn add_to_index(
    index: Option<&[u8]>,
    entry: &Descriptor,
) -> Result<Option<Vec<u8>>, ReadError> {
    let mut object = match index {
        Some(bytes) => parse(bytes)?,
        None => Object::new(),
    };
    if list(&object, "manifests")?
        .iter()
        .any(|there| there.get("digest").and_then(Value::as_str) == Some(&entry.digest))
    {
        return Ok(None);
    }
    object.insert("schemaVersion".to_owned(), json!(2));
    object.insert("mediaType".to_owned(), json!(INDEX));
    let entries = object.entry("manifests").or_insert_with(|| json!([]));
    if entries.is_null() {
        *entries = json!([]);
    }
    if let Value::Array(entries) = entries {
        entries.push(entry.write());
    }
    Ok(Some(Value::Object(object).to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Manifest {
        Manifest {
            artifact_type: "application/x".to_owned(),
            config: Descriptor::new(EMPTY, &Digest::of(EMPTY_BYTES), 2),
            layers: vec![Descriptor::new("t", &Digest::of(b"l"), 1)],
            subject: Some(Descriptor::new(MANIFEST, &Digest::of(b"s"), 1)),
            annotations: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        }
    }

    #[test]
    fn a_manifest_survives_being_written_and_is_nothing_when_cut() {
        let manifest = sample();
        let bytes = manifest.write();
        assert_eq!(Manifest::read(&bytes), Ok(manifest));
        for length in 0..bytes.len() {
            assert!(Manifest::read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn an_index_keeps_what_others_wrote() {
        let entry = Descriptor::new(MANIFEST, &Digest::of(b"e"), 1);
        let first = add_to_index(None, &entry).unwrap().unwrap();
        assert_eq!(add_to_index(Some(&first), &entry), Ok(None));
        let theirs = br#"{"manifests":[{"digest":"sha256:aa","size":1,"urls":["u"]}],"other":1}"#;
        let both = add_to_index(Some(theirs), &entry).unwrap().unwrap();
        let text = String::from_utf8(both.clone()).unwrap();
        assert!(text.contains(r#""urls":["u"]"#) && text.contains(r#""other":1"#));
        let listed = read_index(&both).unwrap();
        assert_eq!(listed[0].digest, "sha256:aa");
        assert_eq!(listed[1], entry);
    }

    #[test]
    fn documents_with_two_meanings_are_refused() {
        for text in [
            r#"{"config":{"digest":"a"},"layers":[],"layers":[]}"#,
            r#"{"config":{"digest":"a"},"layers":{}}"#,
            r#"{"config":{"digest":1}}"#,
            r#"{"layers":[]}"#,
            "[]",
        ] {
            assert!(Manifest::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(read_index(b"{}").is_err());
        assert_eq!(read_index(br#"{"manifests":[1,{}]}"#), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_alike(bytes: Vec<u8>) {
            prop_assert_eq!(Manifest::read(&bytes), Manifest::read(&bytes));
            prop_assert_eq!(read_index(&bytes), read_index(&bytes));
            let _ = add_to_index(Some(&bytes), &Descriptor::new("t", &Digest::of(b"d"), 1));
        }
    }
}
