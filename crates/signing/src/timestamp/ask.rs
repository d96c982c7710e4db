//! What is sent to a timestamp authority, and whether it answered that.

use aws_lc_rs::digest;
use der::Encode;
use der::asn1::{Any, Null, ObjectIdentifier as Oid, OctetString};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::token;
use crate::key::hex;

/// An authority gave no timestamp, or not the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The answer cannot be read, or grants nothing.
    #[error("{0}")]
    Answer(String),
    /// The answer is about other bytes.
    #[error("it answered for something else")]
    OtherImprint,
    /// The answer is to another request, maybe an older one.
    #[error("it answered another request")]
    OtherNonce,
    /// Nothing can be asked.
    #[error("the request cannot be written")]
    Request,
}

/// A request for a timestamp over a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    der: Vec<u8>,
    imprint: Vec<u8>,
    nonce: Vec<u8>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({})", hex(&self.imprint))
    }
}

#[derive(der::Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(der::Sequence)]
struct Written {
    version: u8,
    imprint: Imprint,
    nonce: u64,
    with_certificates: bool,
}

impl Request {
    /// Asks for a timestamp over the SHA-256 of a signature. The nonce must not repeat: an answer is held against it.
    pub fn new(signature: &[u8], nonce: u64) -> Result<Self, AskError> {
        let imprint = digest::digest(&digest::SHA256, signature).as_ref().to_vec();
        let sha256: Oid = token::SHA256;
        let written = || {
            let request = Written {
                version: 1,
                imprint: Imprint {
                    algorithm: AlgorithmIdentifierOwned {
                        oid: sha256,
                        parameters: Some(Any::encode_from(&Null)?),
                    },
                    digest: OctetString::new(imprint.clone())?,
                },
                nonce,
                with_certificates: true,
            };
            let nonce = Any::encode_from(&nonce)?;
            Ok::<_, der::Error>((request.to_der()?, nonce.value().to_vec()))
        };
        let (der, nonce) = written().map_err(|_| AskError::Request)?;
        Ok(Self {
            der,
            imprint,
            nonce,
        })
    }

    /// What is sent, as `application/timestamp-query`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.der
    }

    /// Whether an answer is to this request. Who signed it is not looked at: that is for verifiers.
    pub fn check(&self, answer: &[u8]) -> Result<(), AskError> {
        let answered = token::read(answer);
        let answered = answered.map_err(|refused| AskError::Answer(refused.to_string()))?;
        if answered.hash != token::SHA256 || answered.imprint != self.imprint {
            return Err(AskError::OtherImprint);
        }
        if answered.nonce.as_deref() != Some(self.nonce.as_slice()) {
            return Err(AskError::OtherNonce);
        }
        Ok(())
    }
}
