//! Snapshots: what one store knows, packed for another, and the signature over them.
//!
//! A snapshot carries what is known and nothing compiled, so that a store built from it is compiled by the program that
//! reads it. It is xz-compressed text: a line about the whole, then a line for each revision. Signatures are those of
//! [minisign](https://jedisct1.github.io/minisign/) (Ed25519), detached, in `FILE.minisig`.

use std::io::{self, BufRead, BufReader, Read, Write};

use chainwright_advisories::Record;
use chainwright_core::bytes::{ByteSource, SharedBytes};
use chainwright_core::text::visible;
use lzma_rust2::{XzOptions, XzReader, XzWriter};
use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};

use crate::error::IntelError;
use crate::truth::{Revision, Seen, Sides, Truth};

const MAGIC: &[u8] = b"chainwright intel snapshot 1\n";
/// LIMIT: bytes that a snapshot may unpack to.
const MOST_UNPACKED: u64 = 16 << 30;
/// LIMIT: bytes of one line.
const MOST_LINE: u64 = 1 << 30;
/// LIMIT: memory for the decompressor's dictionary, in KiB.
const MOST_DICTIONARY: u32 = 256 * 1024;

#[derive(Serialize, Deserialize)]
struct Head {
    revisions: u64,
    sides: Sides,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seen: Seen,
    record: Record,
}

/// Whether bytes begin a snapshot.
pub(crate) fn recognise(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Writes a snapshot.
pub(crate) fn write(truth: &Truth, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(MAGIC)?;
    let mut packed = XzWriter::new(out, XzOptions::with_preset(6))?;
    let head = Head {
        revisions: truth.revisions.len() as u64,
        sides: truth.sides.clone(),
    };
    serde_json::to_writer(&mut packed, &head)?;
    packed.write_all(b"\n")?;
    for revision in &truth.revisions {
        let line = Line {
            seen: revision.seen,
            record: revision.record.clone(),
        };
        serde_json::to_writer(&mut packed, &line)?;
        packed.write_all(b"\n")?;
    }
    packed.finish()?;
    Ok(())
}

/// Reads a snapshot whole; one that is cut or damaged is refused.
pub(crate) fn read(name: &str, bytes: &SharedBytes) -> Result<Truth, IntelError> {
    let incomplete = |reason: String| IntelError::Incomplete {
        origin: visible(name, 300),
        reason,
    };
    let body = Body {
        bytes: bytes.as_ref(),
        at: MAGIC.len() as u64,
    };
    let unpacked = XzReader::new_mem_limit(body, false, MOST_DICTIONARY).take(MOST_UNPACKED);
    let mut lines = BufReader::new(unpacked);
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| -> Result<bool, IntelError> {
        line.clear();
        let read = lines.by_ref().take(MOST_LINE).read_until(b'\n', line);
        read.map_err(|error| incomplete(error.to_string()))?;
        Ok(line.last() == Some(&b'\n'))
    };
    if !next(&mut line)? {
        return Err(incomplete("it ends before its first line".to_owned()));
    }
    let head: Head =
        serde_json::from_slice(&line).map_err(|error| incomplete(error.to_string()))?;
    let mut revisions = Vec::new();
    while next(&mut line)? {
        let line: Line =
            serde_json::from_slice(&line).map_err(|error| incomplete(error.to_string()))?;
        revisions.push(Revision {
            record: line.record,
            seen: line.seen,
        });
    }
    if revisions.len() as u64 != head.revisions {
        return Err(incomplete(format!(
            "it holds {} of {} records",
            revisions.len(),
            head.revisions
        )));
    }
    Ok(Truth {
        revisions,
        sides: head.sides,
    })
}

/// Reads a source from one place on.
struct Body<'a> {
    bytes: &'a dyn ByteSource,
    at: u64,
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// A minisign public key.
#[derive(Clone)]
pub struct Key(PublicKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// Reads a key: the two lines of a `.pub` file, or the base64 alone.
    ///
    /// # Errors
    /// When the text is no key.
    pub fn read(text: &str) -> Result<Self, IntelError> {
        let text = text.trim();
        let read = if text.contains('\n') {
            PublicKey::decode(text)
        } else {
            PublicKey::from_base64(text)
        };
        read.map(Self)
            .map_err(|error| IntelError::BadKey(error.to_string()))
    }

    /// Checks a detached signature over bytes. Only signatures over the BLAKE2b digest of the bytes are accepted, which
    /// is what minisign makes.
    ///
    /// # Errors
    /// When the signature is none, or not of this key over these bytes.
    pub fn verify(
        &self,
        origin: &str,
        bytes: &dyn ByteSource,
        signature: &str,
    ) -> Result<(), IntelError> {
        let bad = |reason: String| IntelError::BadSignature {
            origin: visible(origin, 300),
            reason,
        };
        let signature = Signature::decode(signature).map_err(|error| bad(error.to_string()))?;
        let mut verifier = self
            .0
            .verify_stream(&signature)
            .map_err(|error| bad(error.to_string()))?;
        let mut buffer = vec![0; 64 * 1024];
        let mut at = 0;
        loop {
            let count = bytes
                .read_at(at, &mut buffer)
                .map_err(|error| bad(error.to_string()))?;
            if count == 0 {
                break;
            }
            verifier.update(buffer.get(..count).unwrap_or_default());
            at += count as u64;
        }
        verifier.finalize().map_err(|error| bad(error.to_string()))
    }
}
