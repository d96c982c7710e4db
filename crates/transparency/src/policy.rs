//! Policies of trust (c2sp.org/tlog-policy): which logs, which witnesses, and how many of them are enough.
//!
//! A policy is a file of bytes: names may hold anything but spaces and control characters, and mean nothing outside it.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::{KeyError, VerifierKey};
use crate::note::{Note, NoteError, VerifyError};

/// The longest policy that is read.
pub const MOST_BYTES: usize = 1 << 20;

/// The most lines with a log, a witness or a group.
pub const MOST_DEFINITIONS: usize = 1024;

/// A rule for which checkpoints to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The logs, with the address of each if there is one.
    pub logs: Vec<(VerifierKey, Option<String>)>,
    /// The witnesses, with the address of each if there is one.
    pub witnesses: Vec<(VerifierKey, Option<String>)>,
    quorum: Rule,
}

/// Whose cosignatures are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// Nobody's.
    Nothing,
    /// That of the witness with this place in the list.
    Witness(usize),
    /// So many of these.
    Group { least: usize, members: Vec<Self> },
}

/// Why bytes are no policy; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is longer than any policy, or defines more than any does.
    #[error("the policy is larger than any that is read")]
    TooLarge,
    /// It holds a control character.
    #[error("line {line} of the policy holds a control character")]
    ControlCharacter {
        /// Which line.
        line: usize,
    },
    /// The last line does not end.
    #[error("the last line of the policy does not end with a newline")]
    NoNewline,
    /// A line is none of the four kinds, or has the wrong number of words.
    #[error("line {line} of the policy is none that a policy can have")]
    Line {
        /// Which line.
        line: usize,
    },
    /// A key cannot be read.
    #[error("line {line} of the policy: {source}")]
    Key {
        /// Which line.
        line: usize,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The key of a witness makes no cosignatures.
    #[error("the key on line {line} of the policy is of the wrong type for its purpose")]
    KeyType {
        /// Which line.
        line: usize,
    },
    /// The key is on an earlier line too.
    #[error("the key on line {line} of the policy was listed before")]
    DuplicateKey {
        /// Which line.
        line: usize,
    },
    /// The name means something already.
    #[error("the name on line {line} of the policy has a meaning already")]
    DuplicateName {
        /// Which line.
        line: usize,
    },
    /// A name means nothing yet, or must not stand here.
    #[error("line {line} of the policy uses a name that no earlier line defines")]
    UnknownName {
        /// Which line.
        line: usize,
    },
    /// A name is a member twice, here or of another group.
    #[error("a member on line {line} of the policy is in a group already")]
    MemberTwice {
        /// Which line.
        line: usize,
    },
    /// The number of a group is not between 1 and its members.
    #[error("the number on line {line} of the policy is not between 1 and the number of members")]
    Threshold {
        /// Which line.
        line: usize,
    },
    /// There is a second quorum.
    #[error("line {line} of the policy is a second quorum")]
    SecondQuorum {
        /// Which line.
        line: usize,
    },
    /// There is no quorum.
    #[error("the policy has no quorum line")]
    NoQuorum,
}

/// Why a policy does not accept a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// It is no note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// No log of the policy has this origin.
    #[error("the policy lists no log `{origin}`")]
    UnknownLog {
        /// Whose checkpoint it is.
        origin: String,
    },
    /// A signature is missing or not valid.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// Too few witnesses, or not the right ones.
    #[error(
        "the witnesses that cosigned are not enough for the quorum: {cosigned} of {known} known ones"
    )]
    Quorum {
        /// How many cosigned.
        cosigned: usize,
        /// How many the policy knows.
        known: usize,
    },
}

/// A checkpoint that a policy accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The log that signed.
    pub log: VerifierKey,
    /// The witnesses that cosigned, with the time each gives.
    pub witnesses: Vec<(VerifierKey, u64)>,
}

/// What has been read of a policy so far.
#[derive(Default)]
struct Reading {
    logs: Vec<(VerifierKey, Option<String>)>,
    witnesses: Vec<(VerifierKey, Option<String>)>,
    /// What a name means; nothing once it is a member of a group.
    names: BTreeMap<Vec<u8>, Named>,
    quorum: Option<Rule>,
    groups: usize,
}

struct Named {
    /// The quorum refers to a name, whether or not it is a member of a group.
    rule: Rule,
    is_member: bool,
}

impl Policy {
    /// A policy that trusts these keys of logs and needs `least` of these witnesses.
    #[must_use]
    pub fn of(logs: &[VerifierKey], witnesses: &[VerifierKey], least: usize) -> Self {
        let with_none = |keys: &[VerifierKey]| keys.iter().map(|key| (key.clone(), None)).collect();
        let members = (0..witnesses.len()).map(Rule::Witness).collect();
        Self {
            logs: with_none(logs),
            witnesses: with_none(witnesses),
            quorum: if least == 0 {
                Rule::Nothing
            } else {
                Rule::Group { least, members }
            },
        }
    }

    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// If it is not exactly what the specification allows.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MOST_BYTES {
            return Err(PolicyError::TooLarge);
        }
        if bytes.last().is_some_and(|last| *last != b'\n') {
            return Err(PolicyError::NoNewline);
        }
        let mut reading = Reading::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            reading.line(line, index.saturating_add(1))?;
        }
        Ok(Self {
            logs: reading.logs,
            witnesses: reading.witnesses,
            quorum: reading.quorum.ok_or(PolicyError::NoQuorum)?,
        })
    }

    /// Whether no cosignature is needed.
    #[must_use]
    pub fn needs_no_witness(&self) -> bool {
        self.quorum == Rule::Nothing
    }

    /// Checks the signatures of a checkpoint: one of a log whose name is its origin, and those of enough witnesses.
    ///
    /// # Errors
    ///
    /// If the policy does not accept it.
    pub fn accept(&self, note: &Note) -> Result<Accepted, Rejection> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let logs: Vec<&VerifierKey> = self
            .logs
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.name.as_str() == checkpoint.origin)
            .collect();
        if logs.is_empty() {
            return Err(Rejection::UnknownLog {
                origin: checkpoint.origin,
            });
        }
        let signed = note.verify(&logs)?;
        let log = signed
            .first()
            .map(|signed| signed.key.clone())
            .ok_or(VerifyError::NoTrustedSignature)?;
        let known: Vec<&VerifierKey> = self.witnesses.iter().map(|(key, _)| key).collect();
        let cosigned = match note.verify(&known) {
            Ok(signed) => signed,
            Err(VerifyError::NoTrustedSignature) => Vec::new(),
            Err(error @ VerifyError::BadSignature { .. }) => return Err(error.into()),
        };
        let here: Vec<bool> = known
            .iter()
            .map(|key| cosigned.iter().any(|signed| signed.key == *key))
            .collect();
        if !self.quorum.is_met(&here) {
            return Err(Rejection::Quorum {
                cosigned: cosigned.len(),
                known: known.len(),
            });
        }
        let witnesses = cosigned
            .into_iter()
            .map(|signed| (signed.key.clone(), signed.time.unwrap_or_default()))
            .collect();
        Ok(Accepted {
            checkpoint,
            log,
            witnesses,
        })
    }
}

impl Rule {
    /// Groups only hold what was defined before them, each once, so this ends and visits every rule once.
    fn is_met(&self, here: &[bool]) -> bool {
        match self {
            Self::Nothing => true,
            Self::Witness(index) => here.get(*index).copied().unwrap_or(false),
            Self::Group { least, members } => {
                let met = members.iter().filter(|member| member.is_met(here)).count();
                met >= *least
            }
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Nothing | Self::Witness(_) => 0,
            Self::Group { members, .. } => members
                .iter()
                .map(Self::depth)
                .max()
                .unwrap_or(0)
                .saturating_add(1),
        }
    }
}

/// How many groups may lie within each other.
const MOST_DEPTH: usize = 64;

impl Reading {
    fn line(&mut self, bytes: &[u8], line: usize) -> Result<(), PolicyError> {
        let control = |byte: &u8| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f;
        if bytes.iter().any(control) {
            return Err(PolicyError::ControlCharacter { line });
        }
        let words: Vec<&[u8]> = bytes
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty())
            .collect();
        let Some((first, rest)) = words.split_first() else {
            return Ok(());
        };
        if first.starts_with(b"#") {
            return Ok(());
        }
        let defined = [self.logs.len(), self.witnesses.len(), self.groups];
        if defined.iter().any(|count| *count > MOST_DEFINITIONS) {
            return Err(PolicyError::TooLarge);
        }
        match (*first, rest) {
            (b"log", [key, url @ ..]) => self.log(key, url, line),
            (b"witness", [name, key, url @ ..]) => self.witness(name, key, url, line),
            (b"group", [name, least, members @ ..]) => self.group(name, least, members, line),
            (b"quorum", [name]) => self.quorum(name, line),
            _ => Err(PolicyError::Line { line }),
        }
    }

    fn log(&mut self, key: &[u8], url: &[&[u8]], line: usize) -> Result<(), PolicyError> {
        let key = read_key(key, line)?;
        add(&mut self.logs, key, url, line)
    }

    fn witness(
        &mut self,
        name: &[u8],
        key: &[u8],
        url: &[&[u8]],
        line: usize,
    ) -> Result<(), PolicyError> {
        let key = read_key(key, line)?;
        if !key.kind().is_cosignature() {
            return Err(PolicyError::KeyType { line });
        }
        let place = self.witnesses.len();
        add(&mut self.witnesses, key, url, line)?;
        self.define(name, Rule::Witness(place), line)
    }

    fn group(
        &mut self,
        name: &[u8],
        least: &[u8],
        members: &[&[u8]],
        line: usize,
    ) -> Result<(), PolicyError> {
        let mut rules = Vec::new();
        for member in members {
            let named = self
                .names
                .get_mut(*member)
                .ok_or(PolicyError::UnknownName { line })?;
            if std::mem::replace(&mut named.is_member, true) {
                return Err(PolicyError::MemberTwice { line });
            }
            rules.push(named.rule.clone());
        }
        let least = match least {
            b"any" => 1,
            b"all" => rules.len(),
            number => std::str::from_utf8(number)
                .ok()
                .and_then(|number| crate::decimal::read(number).ok())
                .and_then(|number| usize::try_from(number).ok())
                .ok_or(PolicyError::Threshold { line })?,
        };
        if least < 1 || least > rules.len() {
            return Err(PolicyError::Threshold { line });
        }
        self.groups = self.groups.saturating_add(1);
        let group = Rule::Group {
            least,
            members: rules,
        };
        if group.depth() > MOST_DEPTH {
            return Err(PolicyError::TooLarge);
        }
        self.define(name, group, line)
    }

    fn quorum(&mut self, name: &[u8], line: usize) -> Result<(), PolicyError> {
        let rule = match (name, self.names.get(name)) {
            (b"none", _) => Rule::Nothing,
            (_, Some(named)) => named.rule.clone(),
            (_, None) => return Err(PolicyError::UnknownName { line }),
        };
        if self.quorum.replace(rule).is_some() {
            return Err(PolicyError::SecondQuorum { line });
        }
        Ok(())
    }

    fn define(&mut self, name: &[u8], rule: Rule, line: usize) -> Result<(), PolicyError> {
        let named = Named {
            rule,
            is_member: false,
        };
        if name == b"none" || self.names.insert(name.to_vec(), named).is_some() {
            return Err(PolicyError::DuplicateName { line });
        }
        Ok(())
    }
}

fn read_key(word: &[u8], line: usize) -> Result<VerifierKey, PolicyError> {
    std::str::from_utf8(word)
        .map_err(|_| KeyError::Form)
        .and_then(str::parse)
        .map_err(|source| PolicyError::Key { line, source })
}

/// Two keys are the same if the public key is, whatever they are called.
fn add(
    to: &mut Vec<(VerifierKey, Option<String>)>,
    key: VerifierKey,
    url: &[&[u8]],
    line: usize,
) -> Result<(), PolicyError> {
    let url = match url {
        [] => None,
        [url] => Some(String::from_utf8_lossy(url).into_owned()),
        _ => return Err(PolicyError::Line { line }),
    };
    if to.iter().any(|(other, _)| other.public() == key.public()) {
        return Err(PolicyError::DuplicateKey { line });
    }
    to.push((key, url));
    Ok(())
}

#[cfg(test)]
mod tests;
