//! Private keys: made, read in every usual form, written with safe modes, used, and never shown.
//!
//! Read are PKCS#8, SEC 1 (`EC PRIVATE KEY`), encrypted PKCS#8 (PBES2 with PBKDF2 or scrypt) and cosign's encrypted
//! keys. Written is PKCS#8, encrypted with PBES2, PBKDF2-HMAC-SHA-256 and AES-256-CBC: what OpenSSL and Python read.

mod cosign;
mod encrypted;

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self as algorithms, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::key::{EC_PUBLIC_KEY, ED25519, KeyKind, PublicKey};
use crate::pem::{self, Block};
use crate::secret::Secret;

const PKCS8: &str = "PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// A key that cannot be used. No variant holds anything of the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No key in the text.
    #[error("no key in PEM form found")]
    NotPem,
    /// A public key was wanted, and the text has something else.
    #[error("no public key found, but `{0}`")]
    OtherBlock(String),
    /// More than one key in the text.
    #[error("more than one key found")]
    SeveralKeys,
    /// The key is encrypted, and no password was given.
    #[error("the key is encrypted, and no password was given")]
    PasswordNeeded,
    /// The password doesn't open the key.
    #[error("the password does not open the key")]
    WrongPassword,
    /// Opening the key would take more time or memory than is sensible.
    #[error("opening the key costs too much: {0}")]
    TooCostly(String),
    /// A kind of key or of encryption that this program doesn't use.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The bytes are no key, or the point is not on its curve.
    #[error("the key is malformed")]
    Malformed,
    /// The operating system gave no randomness, or the library failed.
    #[error("the cryptographic library failed")]
    Failed,
    /// A file is there already; keys are never overwritten.
    #[error("`{0}` exists already")]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl KeyError {
    pub(crate) fn no_public_key(blocks: &[Block<'_>]) -> Self {
        match blocks.first() {
            Some(block) => Self::OtherBlock(block.label.to_owned()),
            None => Self::NotPem,
        }
    }

    /// What the reader can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotPem | Self::Malformed => {
                "give a key in PEM form, as `openssl` or `chainwright` write it"
            }
            Self::OtherBlock(_) => "give the public key: `openssl pkey -in KEY -pubout`",
            Self::SeveralKeys => "give a file with one key",
            Self::PasswordNeeded => "give the password in a file or an environment variable",
            Self::WrongPassword => "check the password",
            Self::TooCostly(_) | Self::Unsupported(_) => {
                "make a key on P-256, P-384 or P-521, or convert it with `openssl pkcs8 -topk8`"
            }
            Self::Failed => "try again; if it stays so, the machine has no randomness",
            Self::Exists(_) => "name another file, or move the old key away",
            Self::Write { .. } => "check that the folder exists and may be written",
        }
    }
}

/// A private key. `Debug` shows its kind and its public hint.
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PrivateKey({}, {})",
            self.public.kind(),
            self.public.hint()
        )
    }
}

impl PrivateKey {
    /// A fresh key.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        let pair = match ecdsa(kind) {
            Some(algorithm) => EcdsaKeyPair::generate(algorithm).map(Pair::Ecdsa),
            None => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::of(kind, pair.map_err(|_| KeyError::Failed)?)
    }

    /// Reads the one private key of a text, with a password if it is encrypted.
    pub fn from_pem(text: &[u8], password: Option<&Secret>) -> Result<Self, KeyError> {
        let blocks = pem::blocks(text);
        let mut keys = blocks.iter().filter(|block| block.label.ends_with(PKCS8));
        let key = keys.next().ok_or(KeyError::NotPem)?;
        if keys.next().is_some() {
            return Err(KeyError::SeveralKeys);
        }
        if key.has_headers {
            let what = "the encryption of old OpenSSL keys (`Proc-Type: 4,ENCRYPTED`)";
            return Err(KeyError::Unsupported(what.to_owned()));
        }
        let der = key.bytes().ok_or(KeyError::NotPem)?;
        let password = || password.ok_or(KeyError::PasswordNeeded);
        match key.label {
            PKCS8 => Self::from_pkcs8(&der),
            SEC1 => Self::from_sec1(&der),
            ENCRYPTED => Self::decrypted(&encrypted::open(&der, password()?)?),
            cosign::LABEL | cosign::OLD_LABEL => Self::decrypted(&cosign::open(&der, password()?)?),
            other => Err(KeyError::Unsupported(format!("`{other}`"))),
        }
    }

    /// What decrypts to garbage was opened with the wrong password: padding alone can't tell.
    fn decrypted(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs8(der).map_err(|error| match error {
            KeyError::Malformed => KeyError::WrongPassword,
            other => other,
        })
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let info = pkcs8::PrivateKeyInfo::try_from(der).map_err(|_| KeyError::Malformed)?;
        let kind = match info.algorithm.oid {
            ED25519 => KeyKind::Ed25519,
            EC_PUBLIC_KEY => {
                let curve = info.algorithm.parameters_oid();
                let curve = curve
                    .map_err(|_| KeyError::Unsupported("a curve without a name".to_owned()))?;
                named(curve)?
            }
            other => return Err(KeyError::Unsupported(format!("a key of algorithm {other}"))),
        };
        let pair = match ecdsa(kind) {
            Some(algorithm) => EcdsaKeyPair::from_pkcs8(algorithm, der).map(Pair::Ecdsa),
            None => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519),
        };
        Self::of(kind, pair.map_err(|_| KeyError::Malformed)?)
    }

    fn from_sec1(der: &[u8]) -> Result<Self, KeyError> {
        let kinds = KeyKind::ALL.into_iter();
        let mut pairs = kinds.filter_map(|kind| {
            let pair = EcdsaKeyPair::from_private_key_der(ecdsa(kind)?, der).ok()?;
            Some((kind, pair))
        });
        let (kind, pair) = pairs.next().ok_or(KeyError::Malformed)?;
        Self::of(kind, Pair::Ecdsa(pair))
    }

    fn of(kind: KeyKind, pair: Pair) -> Result<Self, KeyError> {
        let public = match &pair {
            Pair::Ecdsa(pair) => PublicKey::from_raw(kind, pair.public_key().as_ref()),
            Pair::Ed25519(pair) => PublicKey::from_raw(kind, pair.public_key().as_ref()),
        };
        Ok(Self {
            pair,
            public: public?,
        })
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message: DER for ECDSA, 64 bytes for Ed25519.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(&SystemRandom::new(), message),
            Pair::Ed25519(pair) => pair.try_sign(message),
        };
        let signature = signature.map_err(|_| KeyError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }

    /// The key as PKCS#8 text, encrypted if there is a password.
    pub fn to_pem(&self, password: Option<&Secret>) -> Result<Zeroizing<String>, KeyError> {
        let document = match &self.pair {
            Pair::Ecdsa(pair) => pair.to_pkcs8v1(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
        };
        let document = document.map_err(|_| KeyError::Failed)?;
        match password {
            None => Ok(pem::write(PKCS8, document.as_ref())),
            Some(password) => {
                let sealed = encrypted::seal(document.as_ref(), password)?;
                Ok(pem::write(ENCRYPTED, &sealed))
            }
        }
    }

    /// Writes the key to a file that only its owner may read. A file that is there already stays as it is.
    pub fn save(&self, path: &Path, password: Option<&Secret>) -> Result<(), KeyError> {
        let text = self.to_pem(password)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
            _ => KeyError::Write {
                path: path.to_owned(),
                source,
            },
        };
        let mut file = options.open(path).map_err(failed)?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all());
        written.map_err(|source| {
            // Half a key is of no use to anyone; that it cannot be removed doesn't matter any more.
            let _ = fs::remove_file(path);
            failed(source)
        })
    }
}

fn named(curve: ObjectIdentifier) -> Result<KeyKind, KeyError> {
    KeyKind::of_curve(curve).ok_or_else(|| KeyError::Unsupported(format!("the curve {curve}")))
}

fn ecdsa(kind: KeyKind) -> Option<&'static EcdsaSigningAlgorithm> {
    match kind {
        KeyKind::EcdsaP256 => Some(&algorithms::ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyKind::EcdsaP384 => Some(&algorithms::ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyKind::EcdsaP521 => Some(&algorithms::ECDSA_P521_SHA512_ASN1_SIGNING),
        KeyKind::Ed25519 => None,
    }
}
