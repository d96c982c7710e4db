//! in-toto statements: what a claim is about, and what kind of claim it is.
//!
//! Sources: `in-toto/attestation` spec/v1 (statement.md, resource_descriptor.md, digest_set.md) and spec/v0.1.0. The
//! predicate stays JSON: its meaning belongs to whoever knows its type. A signature covers the bytes of the payload, so
//! a statement that was read is never written again in their place.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::dsse::{Envelope, IN_TOTO};
use crate::error::ReadError;
use crate::fields::{Fields, wrong};
use crate::json::{self, Limits, Object};
use crate::write;

const V1: &str = "https://in-toto.io/Statement/v1";
const V0_1: &str = "https://in-toto.io/Statement/v0.1";

/// A claim about subjects.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// As read; [`Statement::new`] makes version 1.
    pub version: StatementVersion,
    /// What the claim is about. At least one when read.
    pub subjects: Vec<Subject>,
    /// Kind of the claim, a URI.
    pub predicate_type: String,
    /// The claim; an empty object if there is none.
    pub predicate: Value,
    /// Fields that this crate doesn't know.
    pub rest: Object,
}

/// Version of the statement layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementVersion {
    /// `https://in-toto.io/Statement/v0.1`
    V0_1,
    /// `https://in-toto.io/Statement/v1`
    V1,
}

/// One thing that a claim is about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subject {
    /// Its name within the statement; empty if it has none.
    pub name: String,
    /// Its digests; any one that is known and equal identifies it.
    pub digest: DigestSet,
    /// Other fields of the descriptor, such as `uri` and `mediaType`.
    pub rest: Object,
}

/// Digests by algorithm. Values are kept as they were written: not all are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DigestSet(pub BTreeMap<String, String>);

impl DigestSet {
    /// A set of one SHA-256 digest in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(hex: impl Into<String>) -> Self {
        Self(BTreeMap::from([("sha256".to_owned(), hex.into())]))
    }

    /// The digest of an algorithm.
    #[must_use]
    pub fn get(&self, algorithm: &str) -> Option<&str> {
        self.0.get(algorithm).map(String::as_str)
    }
}

impl Statement {
    /// A statement of version 1.
    #[must_use]
    pub fn new(subjects: Vec<Subject>, predicate_type: &str, predicate: Value) -> Self {
        Self {
            version: StatementVersion::V1,
            subjects,
            predicate_type: predicate_type.to_owned(),
            predicate,
            rest: Object::new(),
        }
    }

    /// Reads the payload of an envelope.
    pub fn read(payload: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        let mut fields = Fields::of(json::parse(payload, limits)?, "")?;
        let version = match fields.needed_text("_type")?.as_str() {
            V1 => StatementVersion::V1,
            V0_1 => StatementVersion::V0_1,
            other => return Err(ReadError::UnknownVersion(other.to_owned())),
        };
        let subjects = fields.list("subject")?;
        if subjects.is_empty() {
            return Err(ReadError::Empty {
                field: "subject".to_owned(),
            });
        }
        let subjects = subjects
            .into_iter()
            .map(|(path, item)| subject(item, &path));
        let subjects = subjects.collect::<Result<_, _>>()?;
        let predicate_type = fields.needed_text("predicateType")?;
        let predicate = fields.take("predicate");
        let predicate = predicate.unwrap_or_else(|| Value::Object(Object::new()));
        if !predicate.is_object() {
            return Err(wrong("predicate", "an object"));
        }
        Ok(Self {
            version,
            subjects,
            predicate_type,
            predicate,
            rest: fields.rest(),
        })
    }

    /// Reads the statement in an envelope, which must say that it holds one.
    pub fn of_envelope(envelope: &Envelope, limits: &Limits) -> Result<Self, ReadError> {
        if envelope.payload_type != IN_TOTO {
            return Err(ReadError::UnknownVersion(envelope.payload_type.clone()));
        }
        Self::read(&envelope.payload, limits)
    }

    /// The statement as JSON in one line: the payload to sign.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut object = self.rest.clone();
        let version = match self.version {
            StatementVersion::V1 => V1,
            StatementVersion::V0_1 => V0_1,
        };
        write::text(&mut object, "_type", version.to_owned());
        let subjects = self.subjects.iter().map(Subject::to_value).collect();
        object.insert("subject".to_owned(), subjects);
        write::text(&mut object, "predicateType", self.predicate_type.clone());
        object.insert("predicate".to_owned(), self.predicate.clone());
        write::bytes(&Value::Object(object))
    }
}

impl Subject {
    /// A subject with a name and one SHA-256 digest.
    #[must_use]
    pub fn new(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            digest: DigestSet::sha256(sha256),
            rest: Object::new(),
        }
    }

    /// Reads one by itself.
    pub fn from_value(item: Value) -> Result<Self, ReadError> {
        subject(item, "subject")
    }

    /// As JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut object = self.rest.clone();
        if !self.name.is_empty() {
            write::text(&mut object, "name", self.name.clone());
        }
        let digests = self.digest.0.iter();
        let digests =
            digests.map(|(algorithm, digest)| (algorithm.clone(), Value::String(digest.clone())));
        object.insert("digest".to_owned(), Value::Object(digests.collect()));
        Value::Object(object)
    }
}

fn subject(item: Value, path: &str) -> Result<Subject, ReadError> {
    let mut fields = Fields::of(item, path)?;
    let name = fields.text("name")?.unwrap_or_default();
    let field = fields.path("digest");
    let digests = fields.object("digest")?;
    let digests = digests.ok_or_else(|| fields.missing("digest"))?.rest();
    if digests.is_empty() {
        return Err(ReadError::Empty { field });
    }
    let mut digest = DigestSet::default();
    for (algorithm, value) in digests {
        let Value::String(text) = value else {
            return Err(wrong(&format!("{field}.{algorithm}"), "text"));
        };
        digest.0.insert(algorithm, text);
    }
    Ok(Subject {
        name,
        digest,
        rest: fields.rest(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Statement, ReadError> {
        Statement::read(value.to_string().as_bytes(), &Limits::default())
    }

    fn sample() -> Value {
        json!({
            "_type": V1,
            "subject": [{"name": "a", "digest": {"sha256": "00", "gitCommit": "11"}, "uri": "pkg:x/y"}],
            "predicateType": "https://example.com/claim",
            "predicate": {"deep": [1, {"x": null}]},
            "added": {"later": true},
        })
    }

    #[test]
    fn statements_of_both_versions_survive_a_round_trip() {
        for version in [V1, V0_1] {
            let mut value = sample();
            value["_type"] = json!(version);
            let statement = read(&value).unwrap();
            assert_eq!(statement.subjects[0].digest.get("gitCommit"), Some("11"));
            let written: Value = serde_json::from_slice(&statement.write()).unwrap();
            assert_eq!(written, value);
        }
    }

    #[test]
    fn a_statement_that_is_none_says_why() {
        let refused = |pointer: &str, value: Value| {
            let mut statement = sample();
            *statement.pointer_mut(pointer).unwrap() = value;
            read(&statement).unwrap_err().to_string()
        };
        assert_eq!(
            refused("/_type", json!("v9")),
            "the media type or version `v9` is not known"
        );
        assert_eq!(refused("/subject", json!([])), "`subject` is empty");
        assert_eq!(
            refused("/subject/0/digest", json!({})),
            "`subject[0].digest` is empty"
        );
        assert_eq!(
            refused("/subject/0/digest", Value::Null),
            "`subject[0].digest` is missing"
        );
        assert_eq!(
            refused("/subject/0/digest/sha256", json!(1)),
            "`subject[0].digest.sha256` is not text"
        );
        assert_eq!(
            refused("/predicateType", Value::Null),
            "`predicateType` is missing"
        );
        assert_eq!(
            refused("/predicate", json!([])),
            "`predicate` is not an object"
        );
    }

    #[test]
    fn an_envelope_of_another_type_holds_no_statement() {
        let envelope = Envelope::signed("text/plain", sample().to_string().into_bytes(), vec![1]);
        let read = Statement::of_envelope(&envelope, &Limits::default());
        assert_eq!(
            read,
            Err(ReadError::UnknownVersion("text/plain".to_owned()))
        );
    }
}
