//! Signers: with a key here, with a key in a token, or with an identity.
//!
//! Whoever holds a key is a [`RawSigner`] and becomes a [`Signer`] through [`KeySigner`]; signing with an identity makes
//! its own bundles, because log entries and timestamps belong to them.

use aws_lc_rs::digest;
use chainwright_attestations::{Bundle, Content, Der, Envelope, Material, MessageSignature, dsse};

use crate::certificates::key_of;
use crate::key::PublicKey;
use crate::private_key::{KeyError, PrivateKey};
use crate::refused::Refused;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificates don't fit.
    #[error(transparent)]
    Certificates(#[from] Refused),
    /// The first certificate is for another key.
    #[error("the first certificate is for the key {certificate}, not for {key}")]
    OtherKey {
        /// Hint of the certificate's key.
        certificate: String,
        /// Hint of the signing key.
        key: String,
    },
    /// The token or its driver failed.
    #[error("the token failed: {0}")]
    Token(String),
    /// A service that takes part in signing failed.
    #[error("{service} failed: {reason}")]
    Service {
        /// Which one.
        service: &'static str,
        /// What it said; never a token.
        reason: String,
    },
}

/// Turns what is to be signed into a bundle.
pub trait Signer {
    /// Signs a payload as a DSSE envelope.
    fn sign_payload(&self, payload_type: &str, payload: &[u8]) -> Result<Bundle, SignError>;

    /// Signs the bytes of an artifact.
    fn sign_artifact(&self, artifact: &[u8]) -> Result<Bundle, SignError>;
}

/// Whoever holds a key.
pub trait RawSigner {
    /// The public half.
    fn public(&self) -> &PublicKey;

    /// A signature over a message, as the kind of the key has it.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

impl RawSigner for PrivateKey {
    fn public(&self) -> &PublicKey {
        Self::public(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(Self::sign(self, message)?)
    }
}

/// A key with what verifiers know it by.
#[derive(Debug)]
pub struct KeySigner<K> {
    key: K,
    material: Material,
}

impl<K: RawSigner> KeySigner<K> {
    /// Verifiers know the key itself; the bundle carries its hint.
    #[must_use]
    pub fn new(key: K) -> Self {
        let material = Material::public_key(key.public().hint());
        Self { key, material }
    }

    /// Verifiers know the root of the certificates, leaf first.
    pub fn with_certificates(key: K, chain: Vec<Der>) -> Result<Self, SignError> {
        let leaf = chain.first().ok_or_else(|| Refused::Malformed {
            what: "the certificate chain",
            reason: "it is empty".to_owned(),
        })?;
        let certified = key_of(leaf)?;
        if certified != *key.public() {
            return Err(SignError::OtherKey {
                certificate: certified.hint(),
                key: key.public().hint(),
            });
        }
        Ok(Self {
            key,
            material: Material::Chain(chain),
        })
    }
}

impl<K: RawSigner> Signer for KeySigner<K> {
    fn sign_payload(&self, payload_type: &str, payload: &[u8]) -> Result<Bundle, SignError> {
        let signature = self.key.sign(&dsse::pae(payload_type, payload))?;
        let envelope = Envelope::signed(payload_type, payload.to_vec(), signature);
        Ok(Bundle::new(
            self.material.clone(),
            Content::Envelope(envelope),
        ))
    }

    fn sign_artifact(&self, artifact: &[u8]) -> Result<Bundle, SignError> {
        let digest = digest::digest(&digest::SHA256, artifact).as_ref().to_vec();
        let message = MessageSignature {
            digest: Some(("SHA2_256".to_owned(), digest)),
            signature: self.key.sign(artifact)?,
        };
        Ok(Bundle::new(
            self.material.clone(),
            Content::Message(message),
        ))
    }
}
