//! Resource descriptors and digest sets of in-toto attestations, specification v1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json;
use crate::predicate::Malformed;

/// Algorithms whose values identify content. `sha1` and `md5` have known collisions and count for nothing; git names
/// its objects by SHA-1 and has no other name for them, so `gitCommit` and its kin count.
const ACCEPTED: [&str; 14] = [
    "sha256",
    "sha384",
    "sha512",
    "sha512_256",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "blake2b",
    "blake3",
    "dirHash",
    "gitCommit",
    "gitTree",
    "gitBlob",
    "gitTag",
];

/// Digests of one thing by the names of their algorithms, in lower-case hexadecimal.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digests(BTreeMap<String, String>);

impl Digests {
    /// One SHA-256.
    #[must_use]
    pub fn sha256(hex: &str) -> Self {
        Self::default().and("sha256", hex)
    }

    /// The same with one more.
    #[must_use]
    pub fn and(mut self, algorithm: &str, hex: &str) -> Self {
        self.0
            .insert(algorithm.to_owned(), hex.to_ascii_lowercase());
        self
    }

    /// Reads a `DigestSet`.
    ///
    /// # Errors
    /// When it is no object of texts.
    pub fn read(value: &Value, at: &'static str) -> Result<Self, Malformed> {
        let Some(object) = value.as_object() else {
            return Err(Malformed::NotAnObject(at));
        };
        let mut digests = Self::default();
        for (algorithm, value) in object {
            let Some(text) = value.as_str() else {
                return Err(Malformed::NotText(at));
            };
            digests = digests.and(algorithm, text);
        }
        Ok(digests)
    }

    /// Whether there is none that identifies content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accepted().next().is_none()
    }

    /// The value of an algorithm.
    #[must_use]
    pub fn get(&self, algorithm: &str) -> Option<&str> {
        self.0.get(algorithm).map(String::as_str)
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether both mean the same content: they share an accepted algorithm, and none that they share differs. (The
    /// specification asks for one match; digests that agree in one algorithm and differ in another are a lie.)
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let mut is_shared = false;
        for (algorithm, value) in self.accepted() {
            match other.get(algorithm) {
                Some(theirs) if theirs == value => is_shared = true,
                Some(_) => return false,
                None => {}
            }
        }
        is_shared
    }

    /// Those that identify content.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter()
            .filter(|(name, value)| ACCEPTED.contains(name) && !value.is_empty())
    }

    fn write(&self) -> Value {
        let pairs = self.iter();
        Value::Object(
            pairs
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect(),
        )
    }
}

/// A `ResourceDescriptor`: something that a statement is about or that a build used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Descriptor {
    /// What it is called here.
    pub name: Option<String>,
    /// What it is called everywhere.
    pub uri: Option<String>,
    /// Its digests.
    pub digests: Digests,
    /// Where it can be had.
    pub download: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Whatever else is said of it.
    pub annotations: Map<String, Value>,
}

impl Descriptor {
    /// Something with a name in the whole world.
    #[must_use]
    pub fn of_uri(uri: impl Into<String>) -> Self {
        Self {
            uri: Some(uri.into()),
            ..Self::default()
        }
    }

    /// Something with a name of its own.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::default()
        }
    }

    /// The same with digests.
    #[must_use]
    pub fn with(mut self, digests: Digests) -> Self {
        self.digests = digests;
        self
    }

    /// Reads one; fields that the specification does not name are left.
    ///
    /// # Errors
    /// When it is no object, or a field has the wrong type.
    pub fn read(value: &Value, at: &'static str) -> Result<Self, Malformed> {
        let object = value.as_object().ok_or(Malformed::NotAnObject(at))?;
        let digests = match object.get("digest") {
            None | Some(Value::Null) => Digests::default(),
            Some(value) => Digests::read(value, at)?,
        };
        let annotations = match object.get("annotations") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(annotations)) => annotations.clone(),
            Some(_) => return Err(Malformed::NotAnObject(at)),
        };
        Ok(Self {
            name: json::text(object, "name", at)?,
            uri: json::text(object, "uri", at)?,
            digests,
            download: json::text(object, "downloadLocation", at)?,
            media_type: json::text(object, "mediaType", at)?,
            annotations,
        })
    }

    /// Reads a list of them; an absent list is empty.
    ///
    /// # Errors
    /// As [`Descriptor::read`].
    pub fn read_all(value: Option<&Value>, at: &'static str) -> Result<Vec<Self>, Malformed> {
        match value {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(|item| Self::read(item, at)).collect(),
            Some(_) => Err(Malformed::NotAList(at)),
        }
    }

    /// As JSON, without what is not known.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut object = Map::new();
        let mut put = |name: &str, value: &Option<String>| {
            if let Some(text) = value {
                object.insert(name.to_owned(), Value::from(text.as_str()));
            }
        };
        put("name", &self.name);
        put("uri", &self.uri);
        put("downloadLocation", &self.download);
        put("mediaType", &self.media_type);
        if self.digests.iter().next().is_some() {
            object.insert("digest".to_owned(), self.digests.write());
        }
        if !self.annotations.is_empty() {
            let annotations = Value::Object(self.annotations.clone());
            object.insert("annotations".to_owned(), annotations);
        }
        Value::Object(object)
    }

    /// What to call it before people.
    #[must_use]
    pub fn shown(&self) -> String {
        let digest = || {
            self.digests
                .iter()
                .next()
                .map(|(name, value)| format!("{name}:{value}"))
        };
        self.uri
            .clone()
            .or_else(|| self.name.clone())
            .or_else(digest)
            .unwrap_or_else(|| "something without a name".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_shared_strong_digest_is_a_match_and_one_difference_is_none() {
        let cases = [
            (json!({"sha256": "aa"}), json!({"sha256": "AA"}), true),
            (
                json!({"sha256": "aa", "sha512": "bb"}),
                json!({"sha256": "aa"}),
                true,
            ),
            (
                json!({"sha256": "aa", "sha512": "bb"}),
                json!({"sha256": "aa", "sha512": "cc"}),
                false,
            ),
            (json!({"sha1": "aa"}), json!({"sha1": "aa"}), false),
            (
                json!({"md5": "aa", "sha256": "bb"}),
                json!({"md5": "cc", "sha256": "bb"}),
                true,
            ),
            (json!({"gitCommit": "aa"}), json!({"gitCommit": "aa"}), true),
            (json!({"sha256": ""}), json!({"sha256": ""}), false),
            (json!({}), json!({}), false),
            (json!({"sha256": "aa"}), json!({"sha512": "aa"}), false),
        ];
        for (left, right, expected) in cases {
            let read = |value: &Value| Digests::read(value, "digest").unwrap();
            assert_eq!(
                read(&left).matches(&read(&right)),
                expected,
                "{left} {right}"
            );
            assert_eq!(
                read(&right).matches(&read(&left)),
                expected,
                "{right} {left}"
            );
        }
    }

    #[test]
    fn a_descriptor_survives_a_round_trip() {
        let written = json!({
            "name": "model", "uri": "pkg:huggingface/acme/bot@aa", "digest": {"sha256": "aa"},
            "downloadLocation": "https://example.com", "mediaType": "x/y", "annotations": {"kind": ["finetune"]},
        });
        let read = Descriptor::read(&written, "subject").unwrap();
        assert_eq!(read.write(), written);
    }
}
