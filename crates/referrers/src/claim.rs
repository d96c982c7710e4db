//! What a legacy signature says: this name, this digest (simple signing).
//!
//! Source: `sigstore/cosign` specs/SIGNATURE_SPEC.md, `containers/image` docs/containers-signature.5.md. Everything under
//! `critical` must be understood, so a field that is not known there refuses the claim; `optional` may hold anything.

use chainwright_attestations::ReadError;
use chainwright_attestations::json::{self, Limits, Object};
use serde_json::{Value, json};

use crate::digest::Digest;

/// What `critical.type` must be.
const TYPE: &str = "cosign container image signature";

/// Bytes of a payload; real ones have some hundred.
const MOST_BYTES: usize = 1 << 20;

/// A claim about an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The digest of the image's manifest.
    pub digest: Digest,
    /// The name that the signer gave it. It binds only if somebody asks for it.
    pub reference: String,
    /// What else the signer said.
    pub optional: Object,
}

/// The payload claims nothing about this image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Not readable.
    #[error("the payload cannot be read: {0}")]
    Json(#[from] ReadError),
    /// A field that must be there is not, or is no text, or the digest is none.
    #[error("`{0}` of the payload is missing or malformed")]
    Field(&'static str),
    /// A critical field that is not known.
    #[error("the payload has `{0}` among what must be understood")]
    Unknown(String),
    /// A claim of another kind.
    #[error("the payload is of type `{0}`")]
    Type(String),
    /// A claim about another image.
    #[error("the payload names the image {0}")]
    Digest(String),
    /// A claim about another name.
    #[error("the payload names the image `{found}`, not `{expected}`")]
    Reference {
        /// The name in the payload.
        found: String,
        /// The name that is asked for.
        expected: String,
    },
}

/// Which names a signature may be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum References {
    /// Any: the digest says which image it is.
    Any,
    /// This repository, whatever the tag.
    Repository(String),
    /// Exactly this name.
    Exact(String),
}

impl Claim {
    /// Reads a payload.
    pub fn read(payload: &[u8]) -> Result<Self, ClaimError> {
        let limits = Limits {
            bytes: MOST_BYTES,
            values: 10_000,
        };
        let value = json::parse(payload, &limits)?;
        let top = object(&value, "payload", &["critical", "optional"])?;
        let critical = inner(top, "critical", &["type", "image", "identity"])?;
        let kind = text(critical, "type")?;
        if kind != TYPE {
            return Err(ClaimError::Type(kind.to_owned()));
        }
        let image = inner(critical, "image", &["docker-manifest-digest"])?;
        let identity = inner(critical, "identity", &["docker-reference"])?;
        let digest = text(image, "docker-manifest-digest")?;
        let optional = match top.get("optional") {
            None | Some(Value::Null) => Object::new(),
            Some(Value::Object(optional)) => optional.clone(),
            Some(_) => return Err(ClaimError::Field("optional")),
        };
        Ok(Self {
            digest: Digest::parse(digest).ok_or(ClaimError::Field("docker-manifest-digest"))?,
            reference: text(identity, "docker-reference")?.to_owned(),
            optional,
        })
    }

    /// The bytes to sign.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let value = json!({
            "critical": {
                "identity": { "docker-reference": self.reference },
                "image": { "docker-manifest-digest": self.digest.to_string() },
                "type": TYPE,
            },
            "optional": self.optional,
        });
        value.to_string().into_bytes()
    }

    /// Holds the claim against the image that was fetched.
    pub fn check(&self, digest: &Digest, references: &References) -> Result<(), ClaimError> {
        if self.digest != *digest {
            return Err(ClaimError::Digest(self.digest.to_string()));
        }
        references.check(&self.reference)
    }
}

impl References {
    /// Holds a signed name against those that are accepted.
    pub fn check(&self, found: &str) -> Result<(), ClaimError> {
        let (expected, is_met) = match self {
            Self::Any => return Ok(()),
            Self::Repository(name) => (name, repository_of(found) == plain(name)),
            Self::Exact(name) => (name, plain(found) == plain(name)),
        };
        if is_met {
            return Ok(());
        }
        Err(ClaimError::Reference {
            found: found.to_owned(),
            expected: expected.clone(),
        })
    }
}

/// Docker Hub has two names.
fn plain(name: &str) -> &str {
    name.strip_prefix("index.").map_or(name, |rest| {
        if rest.starts_with("docker.io/") {
            rest
        } else {
            name
        }
    })
}

/// The name without tag and digest.
fn repository_of(name: &str) -> &str {
    let name = plain(name);
    let name = name.split_once('@').map_or(name, |(before, _)| before);
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    }
}

fn object<'a>(
    value: &'a Value,
    name: &'static str,
    known: &[&str],
) -> Result<&'a Object, ClaimError> {
    let object = value.as_object().ok_or(ClaimError::Field(name))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ClaimError::Unknown(key.clone())),
        None => Ok(object),
    }
}

fn inner<'a>(
    outer: &'a Object,
    name: &'static str,
    known: &[&str],
) -> Result<&'a Object, ClaimError> {
    object(outer.get(name).ok_or(ClaimError::Field(name))?, name, known)
}

fn text<'a>(object: &'a Object, name: &'static str) -> Result<&'a str, ClaimError> {
    object
        .get(name)
        .and_then(Value::as_str)
        .ok_or(ClaimError::Field(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Claim {
        Claim {
            digest: Digest::of(b"image"),
            reference: "host.example/team/app:v1".to_owned(),
            optional: Object::new(),
        }
    }

    #[test]
    fn a_claim_survives_being_written_and_is_none_when_cut() {
        let bytes = sample().write();
        assert_eq!(Claim::read(&bytes), Ok(sample()));
        for length in 0..bytes.len() {
            assert!(Claim::read(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_claim_that_is_none_says_why() {
        let changed = |from: &str, to: &str| {
            let text = String::from_utf8(sample().write()).unwrap();
            assert!(text.contains(from));
            Claim::read(text.replace(from, to).as_bytes())
                .unwrap_err()
                .to_string()
        };
        let cases = [
            (TYPE, "atomic container signature", "is of type `atomic"),
            ("\"type\":", "\"kind\":", "has `kind`"),
            (
                "docker-manifest-digest",
                "Docker-manifest-digest",
                "has `Docker",
            ),
            ("sha256:", "sha512:", "`docker-manifest-digest`"),
            ("\"optional\":{}", "\"optional\":[]", "`optional`"),
            (
                "\"optional\":{}",
                "\"optional\":{},\"more\":1",
                "has `more`",
            ),
            ("\"optional\":{}", "\"critical\":{}", "appears twice"),
        ];
        for (from, to, expected) in cases {
            let said = changed(from, to);
            assert!(said.contains(expected), "{said}");
        }
        let null = String::from_utf8(sample().write())
            .unwrap()
            .replace("\"optional\":{}", "\"optional\":null");
        assert_eq!(Claim::read(null.as_bytes()), Ok(sample()));
    }

    #[test]
    fn the_digest_always_counts_and_the_name_if_it_is_asked_for() {
        let claim = sample();
        let image = Digest::of(b"image");
        let check = |references| claim.check(&image, &references);
        assert_eq!(check(References::Any), Ok(()));
        assert!(matches!(
            claim.check(&Digest::of(b"other"), &References::Any),
            Err(ClaimError::Digest(_))
        ));
        let name = |text: &str| text.to_owned();
        for (references, is_met) in [
            (References::Repository(name("host.example/team/app")), true),
            (References::Repository(name("host.example/team")), false),
            (
                References::Repository(name("host.example/team/app2")),
                false,
            ),
            (References::Exact(name("host.example/team/app:v1")), true),
            (References::Exact(name("host.example/team/app:v2")), false),
        ] {
            assert_eq!(check(references.clone()).is_ok(), is_met, "{references:?}");
        }
        let hub = References::Repository(name("docker.io/library/nginx"));
        assert_eq!(hub.check("index.docker.io/library/nginx"), Ok(()));
        let port = References::Repository(name("localhost:5000/a"));
        assert_eq!(port.check("localhost:5000/a"), Ok(()));
        assert_eq!(port.check("localhost:5000/a:t@sha256:00"), Ok(()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_alike(bytes: Vec<u8>, name: String) {
            prop_assert_eq!(Claim::read(&bytes), Claim::read(&bytes));
            let _ = References::Repository(name.clone()).check(&name);
        }
    }
}
