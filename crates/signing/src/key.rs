//! Public keys: read in every usual form, named by their hint, asked whether a signature is theirs.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self as algorithms, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::ObjectIdentifier;
use der::asn1::{BitString, PrintableStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::blob::{Inner, Prehashed};
use crate::pem;
use crate::private_key::KeyError;
use crate::refused::Refused;

pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(crate) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Kind of a key; it decides the hash and the form of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256 with SHA-256, signatures in DER.
    EcdsaP256,
    /// ECDSA on P-384 with SHA-384, signatures in DER.
    EcdsaP384,
    /// ECDSA on P-521 with SHA-512, signatures in DER.
    EcdsaP521,
    /// Ed25519 (RFC 8032). OpenSSF Model Signing has no place for it; envelopes and notes do.
    Ed25519,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
    ];

    fn algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::EcdsaP256 => &algorithms::ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP384 => &algorithms::ECDSA_P384_SHA384_ASN1,
            Self::EcdsaP521 => &algorithms::ECDSA_P521_SHA512_ASN1,
            Self::Ed25519 => &algorithms::ED25519,
        }
    }

    /// The hash of a message as ECDSA signs it; Ed25519 signs the message itself.
    #[must_use]
    pub fn hash(self, message: &[u8]) -> Option<Vec<u8>> {
        let algorithm = match self {
            Self::EcdsaP256 => &digest::SHA256,
            Self::EcdsaP384 => &digest::SHA384,
            Self::EcdsaP521 => &digest::SHA512,
            Self::Ed25519 => return None,
        };
        Some(digest::digest(algorithm, message).as_ref().to_vec())
    }

    /// The kind that the parameters of a key in a token (`CKA_EC_PARAMS`) name: an OID, or a name for Ed25519.
    #[must_use]
    pub fn of_parameters(parameters: &[u8]) -> Option<Self> {
        if let Ok(name) = PrintableStringRef::from_der(parameters) {
            return (name.as_str() == "edwards25519").then_some(Self::Ed25519);
        }
        match ObjectIdentifier::from_der(parameters).ok()? {
            ED25519 => Some(Self::Ed25519),
            curve => Self::of_curve(curve),
        }
    }

    pub(crate) fn curve(self) -> Option<ObjectIdentifier> {
        match self {
            Self::EcdsaP256 => Some(P256),
            Self::EcdsaP384 => Some(P384),
            Self::EcdsaP521 => Some(P521),
            Self::Ed25519 => None,
        }
    }

    pub(crate) fn of_curve(curve: ObjectIdentifier) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.curve() == Some(curve))
    }

    /// Bytes of a public key: an uncompressed point, or the key itself.
    fn public_length(self) -> usize {
        match self {
            Self::EcdsaP256 => 65,
            Self::EcdsaP384 => 97,
            Self::EcdsaP521 => 133,
            Self::Ed25519 => 32,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::EcdsaP521 => "ECDSA P-521",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// A public key: a point that lies on its curve.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    kind: KeyKind,
    raw: Vec<u8>,
    spki: Vec<u8>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.kind, self.hint())
    }
}

impl PublicKey {
    /// Reads the one `PUBLIC KEY` block of a text.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let blocks = pem::blocks(text);
        let mut keys = blocks.iter().filter(|block| block.label == "PUBLIC KEY");
        let key = keys
            .next()
            .ok_or_else(|| KeyError::no_public_key(&blocks))?;
        if keys.next().is_some() {
            return Err(KeyError::SeveralKeys);
        }
        let bytes = key.bytes().ok_or(KeyError::NotPem)?;
        Self::from_der(&bytes)
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5280).
    pub fn from_der(spki: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoOwned::from_der(spki).map_err(|_| KeyError::Malformed)?;
        let kind = kind(&info.algorithm)?;
        let raw = info
            .subject_public_key
            .as_bytes()
            .ok_or(KeyError::Malformed)?;
        Self::from_raw(kind, raw)
    }

    /// Takes an uncompressed point, or the 32 bytes of Ed25519.
    pub fn from_raw(kind: KeyKind, raw: &[u8]) -> Result<Self, KeyError> {
        if kind != KeyKind::Ed25519 && matches!(raw.first(), Some(2 | 3)) {
            return Err(KeyError::Unsupported("a compressed point".to_owned()));
        }
        if raw.len() != kind.public_length() {
            return Err(KeyError::Malformed);
        }
        let key = UnparsedPublicKey::new(kind.algorithm(), raw);
        key.parse().map_err(|_| KeyError::Malformed)?;
        let (oid, parameters) = match kind.curve() {
            Some(curve) => (EC_PUBLIC_KEY, Some(der::Any::from(curve))),
            None => (ED25519, None),
        };
        let algorithm = AlgorithmIdentifierOwned { oid, parameters };
        let subject_public_key = BitString::from_bytes(raw).map_err(|_| KeyError::Malformed)?;
        let info = SubjectPublicKeyInfoOwned {
            algorithm,
            subject_public_key,
        };
        Ok(Self {
            kind,
            raw: raw.to_vec(),
            spki: info.to_der().map_err(|_| KeyError::Malformed)?,
        })
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The point, uncompressed, or the 32 bytes of Ed25519.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The key as `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn to_der(&self) -> &[u8] {
        &self.spki
    }

    /// The key as PEM text, lines of 64, as OpenSSL writes it.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.spki).to_string()
    }

    /// How bundles name the key: hexadecimal SHA-256 of its PEM text.
    #[must_use]
    pub fn hint(&self) -> String {
        hex(digest::digest(&digest::SHA256, self.to_pem().as_bytes()).as_ref())
    }

    /// Whether the signature over the message is this key's.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let key = UnparsedPublicKey::new(self.kind.algorithm(), &self.raw);
        key.verify(message, signature)
            .map_err(|_| Refused::BadSignature)
    }
}

impl PublicKey {
    /// Whether the signature over a file is this key's.
    #[must_use]
    pub fn verify_prehashed(&self, file: &Prehashed, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(self.kind.algorithm(), &self.raw);
        match &file.0 {
            Inner::Digest(digest) => key.verify_digest(digest, signature).is_ok(),
            Inner::Bytes(bytes) => key.verify(bytes, signature).is_ok(),
        }
    }

    /// Whether an ECDSA signature over the SHA-256 of the message is this key's, whatever hash its kind asks for.
    pub(crate) fn verify_with_sha256(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            KeyKind::EcdsaP256 => &algorithms::ECDSA_P256_SHA256_ASN1,
            KeyKind::EcdsaP384 => &algorithms::ECDSA_P384_SHA256_ASN1,
            KeyKind::EcdsaP521 => &algorithms::ECDSA_P521_SHA256_ASN1,
            KeyKind::Ed25519 => return false,
        };
        let key = UnparsedPublicKey::new(algorithm, &self.raw);
        key.verify(message, signature).is_ok()
    }
}

fn kind(algorithm: &AlgorithmIdentifierOwned) -> Result<KeyKind, KeyError> {
    let unsupported = || KeyError::Unsupported(format!("a key of algorithm {}", algorithm.oid));
    match algorithm.oid {
        ED25519 if algorithm.parameters.is_none() => Ok(KeyKind::Ed25519),
        ED25519 => Err(KeyError::Malformed),
        EC_PUBLIC_KEY => {
            let curve = algorithm
                .parameters
                .as_ref()
                .map(der::Any::decode_as::<ObjectIdentifier>);
            match curve {
                Some(Ok(curve)) => KeyKind::of_curve(curve)
                    .ok_or_else(|| KeyError::Unsupported(format!("the curve {curve}"))),
                _ => Err(KeyError::Unsupported("a curve without a name".to_owned())),
            }
        }
        _ => Err(unsupported()),
    }
}

/// An ECDSA signature as tokens give it, two numbers of equal length, as DER.
#[must_use]
pub fn der_signature(raw: &[u8]) -> Option<Vec<u8>> {
    #[derive(Sequence)]
    struct Numbers<'a> {
        r: UintRef<'a>,
        s: UintRef<'a>,
    }
    if raw.is_empty() || !raw.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    let numbers = Numbers {
        r: UintRef::new(r).ok()?,
        s: UintRef::new(s).ok()?,
    };
    numbers.to_der().ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
