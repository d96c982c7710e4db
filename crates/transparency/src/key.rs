//! Keys of notes: their names, identifiers and the texts they are passed around in.
//!
//! A verifier key is public (`name+id+key`), a signing key is secret (`PRIVATE+KEY+name+id+seed`, the form of Go's
//! `sumdb/note`). Four kinds are known; the others are kept so that lists with them can be read, and verify nothing.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, PqdsaKeyPair,
    UnparsedPublicKey,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::note::{Note, NoteError, Signature};
use crate::{base64, cosignature};

/// The longest name of a key.
const MOST_NAME: usize = 1024;

/// The name of a key: no spaces, no plus, not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

/// Which of the keys of one name is meant: the first four bytes of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub u32);

/// What kind of signatures a key makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Ed25519 over the text of the note (type 0x01): how logs sign.
    Ed25519,
    /// Ed25519 with a time, over a checkpoint (type 0x04): how witnesses sign.
    Cosignature,
    /// ML-DSA-44 with a time, over a checkpoint (type 0x06).
    MlDsa44,
    /// Any other type byte; it verifies nothing.
    Other(u8),
}

/// A key that checks signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// Its name.
    pub name: KeyName,
    /// Its identifier.
    pub id: KeyId,
    kind: Kind,
    public: Vec<u8>,
}

/// A key that makes signatures.
pub struct SigningKey {
    verifier: VerifierKey,
    secret: Secret,
    seed: Zeroizing<[u8; 32]>,
}

enum Secret {
    Ed25519(Ed25519KeyPair),
    MlDsa44(Box<PqdsaKeyPair>),
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It has not the parts of a key.
    #[error("a key has the form NAME+ID+KEY")]
    Form,
    /// Its name is empty, too long, or has a space, a plus or a control character in it.
    #[error("the name of a key has no spaces, control characters or plus signs in it")]
    Name,
    /// Its identifier is not eight lower-case hexadecimal digits.
    #[error("the identifier of a key is eight lower-case hexadecimal digits")]
    Id,
    /// Its identifier belongs to another key or name.
    #[error("the identifier is {found}, but this key with this name has {expected}")]
    WrongId {
        /// What the text says.
        found: KeyId,
        /// What follows from the key.
        expected: KeyId,
    },
    /// Its last part is not Base 64, or not of the length that its type needs.
    #[error("the last part of the key is cut or damaged")]
    Material,
    /// The point is none, or one that would accept anything.
    #[error("the public key is not one that anybody can hold")]
    WeakKey,
    /// This kind of key cannot sign.
    #[error("keys of type 0x{0:02x} cannot sign")]
    CannotSign(u8),
    /// A secret key was given where a public one is needed.
    #[error("this is a secret key where a public one is needed")]
    SecretKey,
}

impl KeyName {
    /// A name, if it is one.
    ///
    /// # Errors
    ///
    /// If a key must not have this name.
    pub fn new(name: &str) -> Result<Self, KeyError> {
        let forbidden = |char: char| char.is_whitespace() || char == '+' || char.is_control();
        if name.is_empty() || name.len() > MOST_NAME || name.contains(forbidden) {
            return Err(KeyError::Name);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", self.0)
    }
}

impl Kind {
    /// The byte of the specification.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
            Self::MlDsa44 => 0x06,
            Self::Other(byte) => byte,
        }
    }

    fn of(byte: u8) -> Self {
        match byte {
            0x01 => Self::Ed25519,
            0x04 => Self::Cosignature,
            0x06 => Self::MlDsa44,
            other => Self::Other(other),
        }
    }

    /// How many bytes a public key has, if the kind is known.
    fn length(self) -> Option<usize> {
        match self {
            Self::Ed25519 | Self::Cosignature => Some(32),
            Self::MlDsa44 => Some(1312),
            Self::Other(_) => None,
        }
    }

    /// Whether signatures of this kind are statements of a cosigner about a checkpoint.
    #[must_use]
    pub fn is_cosignature(self) -> bool {
        matches!(self, Self::Cosignature | Self::MlDsa44)
    }
}

impl VerifierKey {
    fn new(name: KeyName, kind: Kind, public: Vec<u8>) -> Self {
        Self {
            id: key_id(&name, kind, &public),
            name,
            kind,
            public,
        }
    }

    /// What kind of signatures it checks.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The public key itself.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Whether signatures of this kind can be checked.
    #[must_use]
    pub fn can_verify(&self) -> bool {
        !matches!(self.kind, Kind::Other(_))
    }

    /// Whether this key made the signature of this text; if so, when, for the kinds that tell.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        match self.kind {
            Kind::Ed25519 => {
                self.ed25519(text.as_bytes(), signature)?;
                Some(None)
            }
            Kind::Cosignature => {
                let (time, rest) = cosignature::split(signature)?;
                self.ed25519(cosignature::message(text, time).as_bytes(), rest)?;
                Some(Some(time))
            }
            Kind::MlDsa44 => {
                let (time, rest) = cosignature::split(signature)?;
                let message = cosignature::subtree_message(&self.name, text, time)?;
                UnparsedPublicKey::new(&ML_DSA_44, &self.public)
                    .verify(&message, rest)
                    .ok()?;
                Some(Some(time))
            }
            Kind::Other(_) => None,
        }
    }

    fn ed25519(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(message, signature)
            .ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![self.kind.byte()];
        material.extend_from_slice(&self.public);
        write!(
            out,
            "{}+{}+{}",
            self.name,
            self.id,
            base64::encode(&material)
        )
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VerifierKey({}+{})", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.starts_with("PRIVATE+KEY+") {
            return Err(KeyError::SecretKey);
        }
        let (name, id, material) = parts(text)?;
        let (kind, public) = material.split_first().ok_or(KeyError::Material)?;
        let kind = Kind::of(*kind);
        if kind.length().is_some_and(|length| length != public.len()) {
            return Err(KeyError::Material);
        }
        if matches!(kind, Kind::Ed25519 | Kind::Cosignature) && is_weak(public) {
            return Err(KeyError::WeakKey);
        }
        let mut key = Self::new(name, kind, public.to_vec());
        // Kinds that are not known may have identifiers of their own (type 0x02 has).
        if key.can_verify() && key.id != id {
            return Err(KeyError::WrongId {
                found: id,
                expected: key.id,
            });
        }
        key.id = id;
        Ok(key)
    }
}

impl SigningKey {
    /// The key of a name that follows from 32 secret random bytes.
    ///
    /// # Errors
    ///
    /// If keys of this kind cannot sign.
    pub fn from_seed(name: KeyName, kind: Kind, seed: [u8; 32]) -> Result<Self, KeyError> {
        let seed = Zeroizing::new(seed);
        let (secret, public) = match kind {
            Kind::Ed25519 | Kind::Cosignature => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
                    .map_err(|_| KeyError::Material)?;
                let public = pair.public_key().as_ref().to_vec();
                (Secret::Ed25519(pair), public)
            }
            Kind::MlDsa44 => {
                let pair = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, seed.as_slice())
                    .map_err(|_| KeyError::Material)?;
                let public = pair.public_key().as_ref().to_vec();
                (Secret::MlDsa44(Box::new(pair)), public)
            }
            Kind::Other(byte) => return Err(KeyError::CannotSign(byte)),
        };
        Ok(Self {
            verifier: VerifierKey::new(name, kind, public),
            secret,
            seed,
        })
    }

    /// Reads a secret key.
    ///
    /// # Errors
    ///
    /// If the text is none. The error never quotes it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let (name, id, material) = parts(text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Form)?)?;
        let material = Zeroizing::new(material);
        let (kind, seed) = material.split_first().ok_or(KeyError::Material)?;
        let seed = <[u8; 32]>::try_from(seed).map_err(|_| KeyError::Material)?;
        let key = Self::from_seed(name, Kind::of(*kind), seed)?;
        if key.verifier.id != id {
            return Err(KeyError::WrongId {
                found: id,
                expected: key.verifier.id,
            });
        }
        Ok(key)
    }

    /// The secret text, for a file that nobody else can read.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut material = Zeroizing::new(vec![self.verifier.kind.byte()]);
        material.extend_from_slice(self.seed.as_slice());
        let encoded = Zeroizing::new(base64::encode(&material));
        Zeroizing::new(format!(
            "PRIVATE+KEY+{}+{}+{}",
            self.verifier.name,
            self.verifier.id,
            encoded.as_str()
        ))
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text; `time` is what a cosignature says about when.
    ///
    /// # Errors
    ///
    /// If the text cannot be in a note, or is no checkpoint and the key only signs those.
    pub fn sign(&self, text: &str, time: u64) -> Result<Signature, SignError> {
        let bare = Note::unsigned(text)?;
        let kind = self.verifier.kind;
        if kind.is_cosignature() {
            crate::Checkpoint::parse(bare.text()).map_err(|_| SignError::NotACheckpoint)?;
            if !cosignature::is_time(time) {
                return Err(SignError::Time);
            }
        }
        let bytes = match (&self.secret, kind) {
            (Secret::Ed25519(pair), Kind::Cosignature) => {
                let message = cosignature::message(text, time);
                cosignature::join(time, pair.sign(message.as_bytes()).as_ref())
            }
            (Secret::Ed25519(pair), _) => pair.sign(text.as_bytes()).as_ref().to_vec(),
            (Secret::MlDsa44(pair), _) => {
                let message = cosignature::subtree_message(&self.verifier.name, text, time)
                    .ok_or(SignError::NotACheckpoint)?;
                let mut signature = vec![0; cosignature::ML_DSA_44_BYTES];
                pair.sign(&message, &mut signature)
                    .map_err(|_| SignError::Failed)?;
                cosignature::join(time, &signature)
            }
        };
        Ok(Signature {
            name: self.verifier.name.clone(),
            id: self.verifier.id,
            bytes,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({:?})", self.verifier)
    }
}

/// Why a text was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// No note can hold it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A cosigner signs checkpoints only.
    #[error("a cosigner signs checkpoints only")]
    NotACheckpoint,
    /// The time is not one that can be written.
    #[error("the time of a cosignature is outside what can be written")]
    Time,
    /// The library refused.
    #[error("the signature could not be made")]
    Failed,
}

/// Divides a key at its last two pluses: the third part may have some of its own.
fn parts(text: &str) -> Result<(KeyName, KeyId, Vec<u8>), KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
    let (id, material) = rest.split_once('+').ok_or(KeyError::Form)?;
    let digits = id
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if id.len() != 8 || !digits {
        return Err(KeyError::Id);
    }
    let id = u32::from_str_radix(id, 16).map_err(|_| KeyError::Id)?;
    let name = KeyName::new(name)?;
    let material = base64::decode(material).ok_or(KeyError::Material)?;
    Ok((name, KeyId(id), material))
}

fn key_id(name: &KeyName, kind: Kind, public: &[u8]) -> KeyId {
    let mut state = Sha256::new();
    state.update(name.as_str());
    state.update([b'\n', kind.byte()]);
    state.update(public);
    let digest = state.finalize();
    let first = digest.first_chunk::<4>().copied().unwrap_or_default();
    KeyId(u32::from_be_bytes(first))
}

/// Whether an Ed25519 key is one of the points of small order, for which anybody can make signatures.
fn is_weak(public: &[u8]) -> bool {
    /// The canonical and other encodings of the points whose order divides 8, without the bit of the sign.
    const SMALL: [[u8; 32]; 7] = [
        small(0x00, 0x00),
        small(0x01, 0x00),
        small(0xec, 0x7f),
        small(0xed, 0x7f),
        small(0xee, 0x7f),
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let Ok(mut point) = <[u8; 32]>::try_from(public) else {
        return true;
    };
    if let Some(last) = point.last_mut() {
        *last &= 0x7f;
    }
    SMALL.contains(&point)
}

/// A small number, or one just below or above 2^255 - 19, as the encoding of a point.
const fn small(first: u8, last: u8) -> [u8; 32] {
    let fill = if last == 0 { 0 } else { 0xff };
    let mut point = [fill; 32];
    if let Some(byte) = point.first_mut() {
        *byte = first;
    }
    if let Some(byte) = point.last_mut() {
        *byte = last;
    }
    point
}

#[cfg(test)]
mod tests;
