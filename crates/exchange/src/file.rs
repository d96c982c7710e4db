//! The file: one line of canonical JSON for each item, in one order, so that the same content is the same bytes.
//!
//! The first line says what it is and in which version, the last how many lines there are and what their SHA-256 is, so
//! that a file that was cut is told from one that was never whole. There are no paths, times, owners and no
//! compression, so nothing can lead out of a folder or grow when it is unpacked. Attestations are kept as the bytes that
//! were found, in base64; proofs are the text that c2sp.org/tlog-proof defines. A line that is not exactly what this
//! writer would write is refused: no key twice, no other order, no other spelling.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read as _};

use chainwright_attestations::base64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::FormatError;
use crate::sha256;

/// The version that is written and read.
pub const VERSION: u64 = 1;

/// LIMIT: bytes of one attestation.
pub const MOST_ATTESTATION: usize = 16 << 20;
/// LIMIT: bytes of one line.
const MOST_LINE: usize = 23 << 20;
/// LIMIT: bytes of a file.
pub const MOST_BYTES: u64 = 256 << 20;
/// LIMIT: lines of a file.
pub const MOST_LINES: usize = 100_000;
/// LIMIT: bytes of a name.
const MOST_NAME: usize = 1024;
/// LIMIT: hashes of a proof that a log grew.
const MOST_HASHES: usize = 128;

/// What is handed over. Nothing of it is to be believed before it was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What it is about, by name.
    pub artifacts: BTreeMap<String, Artifact>,
    /// Attestations as they were found, by the SHA-256 of their bytes.
    pub attestations: BTreeMap<String, Vec<u8>>,
    /// Proofs (c2sp.org/tlog-proof), by the SHA-256 of their text.
    pub proofs: BTreeMap<String, String>,
    /// That logs grew, by the origin and the size they grew from.
    pub growths: BTreeMap<(String, u64), Growth>,
    /// What the sender thinks the receiver may want to trust. It is shown, never used.
    pub hints: BTreeSet<Hint>,
}

/// Something that attestations are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// What it is.
    pub kind: Kind,
    /// The SHA-256 of a file, the root digest (OpenSSF Model Signing) of a folder.
    pub sha256: String,
}

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Something of which the sender gave the digest alone.
    Digest,
}

/// The proof that a log at one size begins with itself at a smaller one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The larger size.
    pub to: u64,
    /// The hashes, in Base 64, as RFC 9162 section 2.1.4 orders them.
    pub hashes: Vec<String>,
}

/// Something that might be trusted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// What it is.
    pub kind: HintKind,
    /// What the sender calls it.
    pub name: String,
    /// The key as text.
    pub value: String,
}

/// What kind of thing a hint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HintKind {
    /// A public key in PEM form.
    PublicKey,
    /// The key of a log, as its line.
    LogKey,
    /// The key of a witness, as its line.
    WitnessKey,
}

/// A line as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Exchange {
        exchange: u64,
    },
    Artifact {
        name: String,
        kind: Kind,
        sha256: String,
    },
    Attestation {
        sha256: String,
        base64: String,
    },
    Proof {
        sha256: String,
        text: String,
    },
    Growth {
        origin: String,
        from: u64,
        to: u64,
        hashes: Vec<String>,
    },
    Hint {
        kind: HintKind,
        name: String,
        value: String,
    },
    End {
        lines: u64,
        sha256: String,
    },
}

const KNOWN: [&str; 7] = [
    "exchange",
    "artifact",
    "attestation",
    "proof",
    "growth",
    "hint",
    "end",
];

impl Exchange {
    /// The file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut lines = 1_u64;
        put(&mut file, &Line::Exchange { exchange: VERSION });
        for line in self.lines() {
            put(&mut file, &line);
            lines = lines.saturating_add(1);
        }
        let sha256 = sha256(&file);
        put(&mut file, &Line::End { lines, sha256 });
        file
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        let artifacts = self
            .artifacts
            .iter()
            .map(|(name, artifact)| Line::Artifact {
                name: name.clone(),
                kind: artifact.kind,
                sha256: artifact.sha256.clone(),
            });
        let attestations = self
            .attestations
            .iter()
            .map(|(sha256, bytes)| Line::Attestation {
                sha256: sha256.clone(),
                base64: base64::encode(bytes),
            });
        let proofs = self.proofs.iter().map(|(sha256, text)| Line::Proof {
            sha256: sha256.clone(),
            text: text.clone(),
        });
        let growths = self
            .growths
            .iter()
            .map(|((origin, from), growth)| Line::Growth {
                origin: origin.clone(),
                from: *from,
                to: growth.to,
                hashes: growth.hashes.clone(),
            });
        let hints = self.hints.iter().map(|hint| Line::Hint {
            kind: hint.kind,
            name: hint.name.clone(),
            value: hint.value.clone(),
        });
        artifacts
            .chain(attestations)
            .chain(proofs)
            .chain(growths)
            .chain(hints)
    }

    /// Takes an artifact in.
    ///
    /// # Errors
    ///
    /// If its name or digest is none, or the name means something else already.
    pub fn add_artifact(&mut self, name: &str, artifact: Artifact) -> Result<(), FormatError> {
        check_name(name, 0)?;
        check_digest(&artifact.sha256, 0)?;
        match self.artifacts.get(name) {
            Some(known) if *known != artifact => Err(FormatError::Duplicate {
                line: 0,
                what: "artifact",
            }),
            Some(_) => Ok(()),
            None => {
                self.artifacts.insert(name.to_owned(), artifact);
                Ok(())
            }
        }
    }

    /// Takes an attestation in, as it is.
    ///
    /// # Errors
    ///
    /// If it is larger than any that is read.
    pub fn add_attestation(&mut self, bytes: &[u8]) -> Result<String, FormatError> {
        if bytes.len() > MOST_ATTESTATION {
            return Err(FormatError::TooLong { line: 0 });
        }
        let sha256 = sha256(bytes);
        self.attestations.insert(sha256.clone(), bytes.to_vec());
        Ok(sha256)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it is not exactly what [`Exchange::write`] writes.
    pub fn read(from: impl BufRead) -> Result<Self, FormatError> {
        let mut reading = Reading {
            from: from.take(MOST_BYTES.saturating_add(1)),
            bytes: 0,
            line: 0,
            state: Sha256::new(),
            last: None,
            exchange: Self::default(),
        };
        reading.first()?;
        while !reading.next()? {}
        Ok(reading.exchange)
    }
}

fn put(file: &mut Vec<u8>, line: &Line) {
    // Texts and whole numbers can always be written.
    file.extend(serde_json_canonicalizer::to_vec(line).unwrap_or_default());
    file.push(b'\n');
}

/// By what lines are in order: the section, then the key within it.
type Place = (u8, String, u64, String);

struct Reading<R> {
    from: io::Take<R>,
    bytes: u64,
    /// The number of the line that was read last, from 1.
    line: usize,
    state: Sha256,
    last: Option<Place>,
    exchange: Exchange,
}

impl<R: BufRead> Reading<R> {
    /// The bytes of a line without its end; nothing at the end of the file.
    fn bytes(&mut self) -> Result<Option<Vec<u8>>, FormatError> {
        let mut bytes = Vec::new();
        let most = u64::try_from(MOST_LINE)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        (&mut self.from)
            .take(most)
            .read_until(b'\n', &mut bytes)
            .map_err(FormatError::Unreadable)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.line = self.line.saturating_add(1);
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.bytes > MOST_BYTES {
            return Err(FormatError::TooLarge);
        }
        if bytes.pop() != Some(b'\n') {
            let is_long = bytes.len() >= MOST_LINE;
            return Err(if is_long {
                FormatError::TooLong { line: self.line }
            } else if self.line == 1 {
                FormatError::NotAnExchange
            } else {
                FormatError::Truncated
            });
        }
        if self.line > MOST_LINES {
            return Err(FormatError::TooMany);
        }
        Ok(Some(bytes))
    }

    fn parse(&self, bytes: &[u8]) -> Result<Line, FormatError> {
        let line = self.line;
        let read: Line = match serde_json::from_slice(bytes) {
            Ok(read) => read,
            Err(_) => {
                // Of a line of another kind nobody can say what it means; a broken one of a known kind is broken.
                let value: Value =
                    serde_json::from_slice(bytes).map_err(|_| FormatError::Malformed { line })?;
                return Err(match value.get("type").and_then(Value::as_str) {
                    Some(kind) if !KNOWN.contains(&kind) => FormatError::UnknownLine {
                        line,
                        kind: kind.to_owned(),
                    },
                    _ => FormatError::Malformed { line },
                });
            }
        };
        let written = serde_json_canonicalizer::to_vec(&read).unwrap_or_default();
        if written != bytes {
            return Err(FormatError::NotCanonical { line });
        }
        Ok(read)
    }

    /// The line that says what this is. A later version may look otherwise in everything but this.
    fn first(&mut self) -> Result<(), FormatError> {
        let bytes = self.bytes()?.ok_or(FormatError::NotAnExchange)?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|_| FormatError::NotAnExchange)?;
        let is_exchange = value.get("type").and_then(Value::as_str) == Some("exchange");
        let version = value.get("exchange").and_then(Value::as_u64);
        match version.filter(|_| is_exchange) {
            Some(VERSION) => {}
            Some(found) => return Err(FormatError::UnknownVersion { found }),
            None => return Err(FormatError::NotAnExchange),
        }
        self.parse(&bytes)?;
        self.hash(&bytes);
        Ok(())
    }

    fn hash(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.state.update(b"\n");
    }

    /// Reads one line; says whether it was the last.
    fn next(&mut self) -> Result<bool, FormatError> {
        let bytes = self.bytes()?.ok_or(FormatError::Truncated)?;
        let read = self.parse(&bytes)?;
        if let Line::End { lines, sha256 } = &read {
            return self.end(*lines, sha256);
        }
        self.hash(&bytes);
        drop(bytes);
        self.in_order(&read)?;
        self.take(read)?;
        Ok(false)
    }

    fn end(&mut self, lines: u64, sha256: &str) -> Result<bool, FormatError> {
        let before = u64::try_from(self.line)
            .unwrap_or(u64::MAX)
            .saturating_sub(1);
        let digest = chainwright_ledger::entry::hex(&self.state.clone().finalize());
        if lines != before || sha256 != digest {
            return Err(FormatError::WrongEnd);
        }
        match self.bytes()? {
            None => Ok(true),
            Some(_) => Err(FormatError::Trailing),
        }
    }

    fn in_order(&mut self, read: &Line) -> Result<(), FormatError> {
        let line = self.line;
        let (place, what): (Place, &'static str) = match read {
            Line::Artifact { name, .. } => ((1, name.clone(), 0, String::new()), "artifact"),
            Line::Attestation { sha256, .. } => {
                ((2, sha256.clone(), 0, String::new()), "attestation")
            }
            Line::Proof { sha256, .. } => ((3, sha256.clone(), 0, String::new()), "proof"),
            Line::Growth { origin, from, .. } => {
                ((4, origin.clone(), *from, String::new()), "growth")
            }
            Line::Hint { kind, name, value } => {
                let kind = match kind {
                    HintKind::PublicKey => 5,
                    HintKind::LogKey => 6,
                    HintKind::WitnessKey => 7,
                };
                ((kind, name.clone(), 0, value.clone()), "hint")
            }
            Line::Exchange { .. } | Line::End { .. } => {
                return Err(FormatError::Malformed { line });
            }
        };
        match self.last.as_ref().map(|last| last.cmp(&place)) {
            Some(std::cmp::Ordering::Equal) => Err(FormatError::Duplicate { line, what }),
            Some(std::cmp::Ordering::Greater) => Err(FormatError::OutOfOrder { line }),
            Some(std::cmp::Ordering::Less) | None => {
                self.last = Some(place);
                Ok(())
            }
        }
    }

    fn take(&mut self, read: Line) -> Result<(), FormatError> {
        let line = self.line;
        let exchange = &mut self.exchange;
        match read {
            Line::Artifact { name, kind, sha256 } => {
                check_name(&name, line)?;
                check_digest(&sha256, line)?;
                exchange.artifacts.insert(name, Artifact { kind, sha256 });
            }
            Line::Attestation { sha256, base64 } => {
                let bytes = base64::decode(&base64).ok_or(FormatError::Malformed { line })?;
                if base64::encode(&bytes) != base64 {
                    return Err(FormatError::NotCanonical { line });
                }
                if bytes.len() > MOST_ATTESTATION {
                    return Err(FormatError::TooLong { line });
                }
                if crate::sha256(&bytes) != sha256 {
                    return Err(FormatError::WrongDigest { line });
                }
                exchange.attestations.insert(sha256, bytes);
            }
            Line::Proof { sha256, text } => {
                if crate::sha256(text.as_bytes()) != sha256 {
                    return Err(FormatError::WrongDigest { line });
                }
                exchange.proofs.insert(sha256, text);
            }
            Line::Growth {
                origin,
                from,
                to,
                hashes,
            } => {
                if hashes.len() > MOST_HASHES {
                    return Err(FormatError::Malformed { line });
                }
                let growth = Growth { to, hashes };
                exchange.growths.insert((origin, from), growth);
            }
            Line::Hint { kind, name, value } => {
                exchange.hints.insert(Hint { kind, name, value });
            }
            Line::Exchange { .. } | Line::End { .. } => {
                return Err(FormatError::Malformed { line });
            }
        }
        Ok(())
    }
}

fn check_name(name: &str, line: usize) -> Result<(), FormatError> {
    let is_good =
        !name.is_empty() && name.len() <= MOST_NAME && !name.chars().any(char::is_control);
    is_good.then_some(()).ok_or(FormatError::BadName { line })
}

fn check_digest(digest: &str, line: usize) -> Result<(), FormatError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_good = digest.len() == 64 && digest.bytes().all(is_digit);
    is_good.then_some(()).ok_or(FormatError::Malformed { line })
}
