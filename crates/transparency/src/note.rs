//! Signed notes (c2sp.org/signed-note): a text, an empty line, and signature lines.
//!
//! Reading a note says nothing about its signatures; [`Note::verify`] does, for the keys that the caller trusts.

use std::fmt;

use crate::base64;
use crate::key::{KeyId, KeyName, VerifierKey};

/// The longest note that is read.
pub const MOST_BYTES: usize = 1 << 20;

/// The most signatures that a note may carry.
pub const MOST_SIGNATURES: usize = 128;

/// How a signature line begins.
const DASH: &str = "\u{2014} ";

/// A text with signatures that nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: KeyName,
    /// The identifier of the key.
    pub id: KeyId,
    /// What the key made of the text.
    pub bytes: Vec<u8>,
}

/// Why bytes are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is longer than any note.
    #[error("the note has {size} bytes, more than {MOST_BYTES}")]
    TooLong {
        /// The bytes it has.
        size: usize,
    },
    /// It is not UTF-8.
    #[error("the note is not UTF-8")]
    NotUtf8,
    /// It holds a control character other than a newline.
    #[error("the note holds a control character")]
    ControlCharacter,
    /// No empty line divides a text from signatures.
    #[error("no empty line divides the text of the note from signatures")]
    NoSignatures,
    /// Its last line does not end.
    #[error("the last line of the note does not end with a newline")]
    NoNewline,
    /// A line after the text is not a signature.
    #[error("line {line} after the text of the note is not a signature")]
    NotASignature {
        /// Which of the lines after the empty one, from 1.
        line: usize,
    },
    /// There are more signatures than anybody needs.
    #[error("the note has more than {MOST_SIGNATURES} signatures")]
    TooManySignatures,
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// None of the trusted keys signed it.
    #[error("none of the trusted keys signed this")]
    NoTrustedSignature,
    /// A line names a trusted key, but that key did not sign this text.
    #[error("the signature of `{name}` ({id}) is not valid for this text")]
    BadSignature {
        /// The name of the key.
        name: KeyName,
        /// The identifier of the key.
        id: KeyId,
    },
}

/// A trusted key that signed a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The key.
    pub key: &'a VerifierKey,
    /// When it signed, in seconds since 1970, if the kind of signature tells.
    pub time: Option<u64>,
}

impl Note {
    /// A note without signatures yet.
    ///
    /// # Errors
    ///
    /// If no note can hold this text.
    pub fn unsigned(text: &str) -> Result<Self, NoteError> {
        check_text(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::NoNewline);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        })
    }

    /// Reads a note.
    ///
    /// # Errors
    ///
    /// If it is not exactly what the specification allows.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MOST_BYTES {
            return Err(NoteError::TooLong { size: bytes.len() });
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        check_text(whole)?;
        if !whole.ends_with('\n') {
            return Err(NoteError::NoNewline);
        }
        let (before, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let signatures = read_signatures(lines)?;
        Ok(Self {
            text: format!("{before}\n"),
            signatures,
        })
    }

    /// What was signed, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in their order.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature line, unless the note has exactly this one already.
    pub fn add(&mut self, signature: Signature) {
        if !self.signatures.contains(&signature) {
            self.signatures.push(signature);
        }
    }

    /// Takes away the signatures of a key.
    pub fn remove(&mut self, name: &KeyName, id: KeyId) {
        self.signatures
            .retain(|signature| signature.name != *name || signature.id != id);
    }

    /// Which of the trusted keys signed the text. Signatures of other keys are ignored, even if a name or an identifier
    /// is that of a trusted key.
    ///
    /// # Errors
    ///
    /// If no trusted key did, or if a signature in the name of a trusted key is not valid.
    pub fn verify<'a>(&self, trusted: &[&'a VerifierKey]) -> Result<Vec<Signed<'a>>, VerifyError> {
        let mut signed: Vec<Signed<'a>> = Vec::new();
        for signature in &self.signatures {
            let meant = trusted
                .iter()
                .find(|key| key.name == signature.name && key.id == signature.id);
            let Some(key) = meant else { continue };
            // A kind that cannot be checked here is as good as unknown.
            if !key.can_verify() {
                continue;
            }
            let time = key.verify(&self.text, &signature.bytes).ok_or_else(|| {
                VerifyError::BadSignature {
                    name: signature.name.clone(),
                    id: signature.id,
                }
            })?;
            if !signed.iter().any(|other| other.key == *key) {
                signed.push(Signed { key, time });
            }
        }
        if signed.is_empty() {
            return Err(VerifyError::NoTrustedSignature);
        }
        Ok(signed)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| signature.fmt(out))
    }
}

impl fmt::Display for Signature {
    /// The line, with its newline.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes);
        writeln!(out, "{DASH}{} {}", self.name, base64::encode(&bytes))
    }
}

/// Reads signature lines, as a note ends with them and a witness answers with them.
///
/// # Errors
///
/// If a line is not a signature.
pub fn read_signatures(lines: &str) -> Result<Vec<Signature>, NoteError> {
    let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
    let mut signatures = Vec::new();
    for (index, line) in lines.split('\n').enumerate() {
        if index >= MOST_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let line = read_signature(line).ok_or(NoteError::NotASignature {
            line: index.saturating_add(1),
        })?;
        signatures.push(line);
    }
    Ok(signatures)
}

fn read_signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
    let name = KeyName::new(name).ok()?;
    let bytes = base64::decode(encoded)?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    // A signature that is only the identifier of a key is none.
    if signature.is_empty() {
        return None;
    }
    Some(Signature {
        name,
        id: KeyId(u32::from_be_bytes(*id)),
        bytes: signature.to_vec(),
    })
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > MOST_BYTES {
        return Err(NoteError::TooLong { size: text.len() });
    }
    let control = |byte: u8| byte < 0x20 && byte != b'\n';
    if text.bytes().any(control) {
        return Err(NoteError::ControlCharacter);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
