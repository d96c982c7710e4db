//! Whom a verifier trusts how far, and what it expects: the roots map of SLSA v1.2, "Verifying artifacts".
//!
//! A trust file is TOML:
//!
//! ```toml
//! [[builder]]
//! id = "https://github.com/acme/train/.github/workflows/train.yml@refs/tags/v*"
//! identity = "https://github.com/acme/train/.github/workflows/train.yml@refs/tags/v*"
//! issuer = "https://token.actions.githubusercontent.com"
//! level = 3
//!
//! [[verifier]]
//! id = "https://github.com/acme/source-verifier"
//! key = "0f343b0931126a20f133d67c2b018a3b1e2f0c4f4d7d9c1f4d1d1f6a6f1c2b3a"
//! source = 3
//!
//! [[expect]]
//! artifact = "support-bot*"
//! source = "git+https://github.com/acme/train"
//! refs = ["refs/tags/v*"]
//! build-type = "https://actions.github.io/buildtypes/workflow/v1"
//! minimum = { build = 2, source = 1 }
//!
//! [expect.parameters]
//! workflow.repository = "https://github.com/acme/train"
//! workflow.path = ".github/workflows/train.yml"
//! workflow.ref = { like = "refs/tags/v*" }
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::level::{BUILD_TOP, SOURCE_TOP};
use crate::pattern::Pattern;
use crate::verify::Signer;

/// Whom to trust, and what to expect.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trust {
    /// Who may build, and up to which level they are believed.
    pub builders: Vec<Builder>,
    /// Who may sum up, and up to which levels they are believed.
    pub verifiers: Vec<Verifier>,
    /// What artifacts should be like.
    pub expectations: Vec<Expectation>,
}

/// How a signer is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signing {
    /// By its key: the SHA-256 of the public key in PEM form, in lower-case hexadecimal.
    Key(String),
    /// By the identity in its certificate, and by who vouches for that.
    Identity {
        /// The identity.
        subject: Pattern,
        /// Who vouches for it.
        issuer: String,
    },
}

impl Signing {
    /// Whether it means this signer.
    #[must_use]
    pub fn means(&self, signer: &Signer) -> bool {
        match (self, signer) {
            (Self::Key(ours), Signer::Key { fingerprint }) => ours == fingerprint,
            (
                Self::Identity { subject, issuer },
                Signer::Identity {
                    subject: theirs,
                    issuer: vouched,
                },
            ) => issuer == vouched && subject.is_met_by(theirs),
            (Self::Key(_), Signer::Identity { .. })
            | (Self::Identity { .. }, Signer::Key { .. }) => false,
        }
    }
}

/// A builder that is trusted: only together with its signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// Its `builder.id`.
    pub id: Pattern,
    /// How what it signs is told.
    pub signing: Signing,
    /// The build level up to which it is believed.
    pub level: u8,
}

/// A verifier that is trusted: only together with its signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// Its `verifier.id`.
    pub id: Pattern,
    /// How what it signs is told.
    pub signing: Signing,
    /// The build level up to which it is believed.
    pub build: u8,
    /// The source level up to which it is believed.
    pub source: u8,
    /// What it may speak of; empty means anything.
    pub resources: Vec<Pattern>,
}

/// What artifacts of a name should be like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expectation {
    /// Which artifacts; `None` means all.
    pub artifact: Option<Pattern>,
    /// The address by which a verification summary must name them.
    pub resource: Option<String>,
    /// The repository that they are built from, such as `git+https://github.com/acme/train`.
    pub source: Option<Pattern>,
    /// The references of it that may be built; empty means any.
    pub refs: Vec<Pattern>,
    /// How they are built.
    pub build_type: Option<Pattern>,
    /// What comes from outside; `None` means that nobody looks.
    pub parameters: Option<BTreeMap<String, Expected>>,
    /// The least levels.
    pub minimum: Floor,
}

/// The least levels; 0 asks for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Floor {
    /// Of the build track.
    pub build: u8,
    /// Of the source track.
    pub source: u8,
    /// Of the build track for every dependency.
    pub dependencies: u8,
}

/// What a parameter may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Anything.
    Any,
    /// This and nothing else.
    Exactly(Value),
    /// One of these.
    OneOf(Vec<Value>),
    /// Text of a form.
    Like(Pattern),
    /// An object with these fields and no others.
    Object(BTreeMap<String, Self>),
}

/// Why a trust file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// It is not TOML, or has fields that nobody knows.
    #[error("the trust file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A signer is given by nothing, or by a key and an identity.
    #[error("`{0}` needs either `key`, or `identity` with `issuer`")]
    Signing(String),
    /// A key is no SHA-256.
    #[error("the key of `{0}` is not the SHA-256 of a public key in 64 hexadecimal digits")]
    Key(String),
    /// A level is beyond its track.
    #[error("`{0}` is given a level that its track does not have")]
    Level(String),
}

impl Trust {
    /// Reads a trust file.
    ///
    /// # Errors
    /// When it cannot be understood; nothing is then trusted.
    pub fn read(text: &str) -> Result<Self, TrustError> {
        let written: Written = toml::from_str(text)?;
        let mut trust = Self::default();
        for builder in written.builder {
            at_most(builder.level, BUILD_TOP, &builder.id)?;
            trust.builders.push(Builder {
                signing: signing(&builder.id, builder.key, builder.identity, builder.issuer)?,
                id: Pattern::new(builder.id),
                level: builder.level,
            });
        }
        for verifier in written.verifier {
            at_most(verifier.build, BUILD_TOP, &verifier.id)?;
            at_most(verifier.source, SOURCE_TOP, &verifier.id)?;
            trust.verifiers.push(Verifier {
                signing: signing(
                    &verifier.id,
                    verifier.key,
                    verifier.identity,
                    verifier.issuer,
                )?,
                id: Pattern::new(verifier.id),
                build: verifier.build,
                source: verifier.source,
                resources: verifier.resources,
            });
        }
        for expect in written.expect {
            let name = expect.artifact.as_ref().map_or("expect", Pattern::as_str);
            at_most(expect.minimum.build, BUILD_TOP, name)?;
            at_most(expect.minimum.dependencies, BUILD_TOP, name)?;
            at_most(expect.minimum.source, SOURCE_TOP, name)?;
            let parameters = expect.parameters.map(|fields| {
                let fields = fields.into_iter();
                fields
                    .map(|(name, value)| (name, expected(value)))
                    .collect()
            });
            trust.expectations.push(Expectation {
                artifact: expect.artifact,
                resource: expect.resource,
                source: expect.source,
                refs: expect.refs,
                build_type: expect.build_type,
                parameters,
                minimum: expect.minimum,
            });
        }
        Ok(trust)
    }

    /// What is expected of an artifact by its name; the first that fits counts.
    #[must_use]
    pub fn expectation(&self, name: &str) -> Option<&Expectation> {
        self.expectations.iter().find(|expectation| {
            let pattern = expectation.artifact.as_ref();
            pattern.is_none_or(|pattern| pattern.is_met_by(name))
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    builder: Vec<WrittenBuilder>,
    #[serde(default)]
    verifier: Vec<WrittenVerifier>,
    #[serde(default)]
    expect: Vec<WrittenExpectation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBuilder {
    id: String,
    key: Option<String>,
    identity: Option<String>,
    issuer: Option<String>,
    level: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenVerifier {
    id: String,
    key: Option<String>,
    identity: Option<String>,
    issuer: Option<String>,
    #[serde(default)]
    build: u8,
    #[serde(default)]
    source: u8,
    #[serde(default)]
    resources: Vec<Pattern>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenExpectation {
    artifact: Option<Pattern>,
    resource: Option<String>,
    source: Option<Pattern>,
    #[serde(default)]
    refs: Vec<Pattern>,
    build_type: Option<Pattern>,
    parameters: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    minimum: Floor,
}

fn at_most(level: u8, top: u8, name: &str) -> Result<(), TrustError> {
    if level > top {
        return Err(TrustError::Level(name.to_owned()));
    }
    Ok(())
}

fn signing(
    name: &str,
    key: Option<String>,
    identity: Option<String>,
    issuer: Option<String>,
) -> Result<Signing, TrustError> {
    match (key, identity, issuer) {
        (Some(key), None, None) => {
            let is_digest = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_digest {
                return Err(TrustError::Key(name.to_owned()));
            }
            Ok(Signing::Key(key.to_ascii_lowercase()))
        }
        (None, Some(identity), Some(issuer)) => Ok(Signing::Identity {
            subject: Pattern::new(identity),
            issuer,
        }),
        _ => Err(TrustError::Signing(name.to_owned())),
    }
}

/// What a value in a trust file expects: a table with one of the words `any`, `one-of`, `like` and `exactly` is a
/// question, any other table speaks of its fields, anything else of itself.
fn expected(value: Value) -> Expected {
    let Value::Object(fields) = value else {
        return Expected::Exactly(value);
    };
    let only = match fields.iter().next() {
        Some((word, asked)) if fields.len() == 1 => Some((word.as_str(), asked)),
        _ => None,
    };
    match only {
        Some(("any", Value::Bool(true))) => Expected::Any,
        Some(("one-of", Value::Array(values))) => Expected::OneOf(values.clone()),
        Some(("like", Value::String(pattern))) => Expected::Like(Pattern::new(pattern.as_str())),
        Some(("exactly", value)) => Expected::Exactly(value.clone()),
        _ => Expected::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, expected(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_module_is_understood() {
        let text: String = include_str!("trust.rs")
            .lines()
            .skip_while(|line| *line != "//! ```toml")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| format!("{}\n", line.strip_prefix("//! ").unwrap_or_default()))
            .collect();
        let trust = Trust::read(&text).unwrap();
        assert_eq!((trust.builders.len(), trust.verifiers.len()), (1, 1));
        let expectation = trust.expectation("support-bot-7b").unwrap();
        assert_eq!(expectation.minimum.build, 2);
        let Some(Expected::Object(workflow)) =
            expectation.parameters.as_ref().unwrap().get("workflow")
        else {
            panic!("an object");
        };
        assert_eq!(
            workflow["ref"],
            Expected::Like(Pattern::new("refs/tags/v*"))
        );
        assert!(trust.expectation("other").is_none());
    }

    #[test]
    fn a_signer_is_told_in_exactly_one_way() {
        for wrong in [
            "[[builder]]\nid = 'a'\nlevel = 3",
            "[[builder]]\nid = 'a'\nlevel = 3\nidentity = 'b'",
            "[[builder]]\nid = 'a'\nlevel = 3\nissuer = 'b'",
            "[[builder]]\nid = 'a'\nlevel = 3\nkey = 'zz'",
            "[[builder]]\nid = 'a'\nlevel = 4\nidentity = 'b'\nissuer = 'c'",
            "[[verifier]]\nid = 'a'\nsource = 5\nidentity = 'b'\nissuer = 'c'",
            "[[builder]]\nid = 'a'\nlevel = 3\nidentity = 'b'\nissuer = 'c'\ntypo = 1",
            "[[expect]]\nminimum = { build = 9 }",
        ] {
            assert!(Trust::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_never_stands_for_an_identity() {
        let key = Signing::Key("aa".to_owned());
        let identity = Signing::Identity {
            subject: Pattern::new("**"),
            issuer: "i".to_owned(),
        };
        let by_key = Signer::Key {
            fingerprint: "aa".to_owned(),
        };
        let by_name = |issuer: &str| Signer::Identity {
            subject: "aa".to_owned(),
            issuer: issuer.to_owned(),
        };
        assert!(key.means(&by_key) && !key.means(&by_name("i")));
        assert!(
            identity.means(&by_name("i"))
                && !identity.means(&by_name("j"))
                && !identity.means(&by_key)
        );
    }
}
