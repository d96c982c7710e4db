//! Finds credentials that were left in a text.
//!
//! One pass looks for the literals that every family of credentials has; only around a hit is anything else done,
//! so ordinary text costs one automaton step for each byte. Placeholders, hashes, identifiers and images stay
//! quiet. A hit never carries the secret itself, only its first and last characters.

mod assignment;
mod checksum;
mod family;
mod plausible;
mod special;

use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use chainwright_core::location::Place;
use chainwright_core::severity::Confidence;
use serde::{Deserialize, Serialize};

use crate::bounded::Capped;
use family::{FAMILIES, Family};

/// How sure we are that a hit is a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Certainty {
    /// It is assigned to a telling name and looks random.
    Low,
    /// It has the form of a known kind of credential.
    Medium,
    /// Its form is unmistakable, or its checksum fits.
    High,
}

impl From<Certainty> for Confidence {
    fn from(certainty: Certainty) -> Self {
        match certainty {
            Certainty::Low => Self::Low,
            Certainty::Medium => Self::Medium,
            Certainty::High => Self::High,
        }
    }
}

/// A credential in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretHit {
    /// The family, such as `github-token`.
    pub pattern: String,
    /// Line and column.
    pub place: Place,
    /// The first four and last two characters.
    pub shown: String,
    /// How sure we are.
    pub certainty: Certainty,
}

/// A credential as found, before it is made safe to show.
struct Found<'a> {
    pattern: &'static str,
    start: usize,
    secret: &'a str,
    certainty: Certainty,
}

impl Found<'_> {
    const fn end(&self) -> usize {
        self.start.saturating_add(self.secret.len())
    }
}

/// What a literal leads to.
#[derive(Clone, Copy)]
enum Lead {
    Token(&'static Family),
    Special(special::Finder),
    Assignment,
}

struct Index {
    literals: AhoCorasick,
    leads: Vec<Lead>,
}

static INDEX: LazyLock<Option<Index>> = LazyLock::new(|| {
    let tokens = FAMILIES.iter().flat_map(|family| {
        family
            .prefixes
            .iter()
            .map(move |p| (*p, Lead::Token(family)))
    });
    let specials = special::FINDERS
        .iter()
        .map(|(literal, finder)| (*literal, Lead::Special(*finder)));
    let assignments = assignment::KEYWORDS
        .iter()
        .map(|keyword| (*keyword, Lead::Assignment));
    let (literals, leads): (Vec<&str>, Vec<Lead>) =
        tokens.chain(specials).chain(assignments).unzip();
    let literals = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(literals)
        .ok()?;
    Some(Index { literals, leads })
});

/// Every credential in `text`, in the order of the text; the same one twice is reported once.
#[must_use]
pub fn find(text: &str) -> Capped<SecretHit> {
    let mut collector = Collector {
        hits: Capped::default(),
        seen: HashSet::new(),
        lines: Lines::new(text),
        covered: 0,
        hint: None,
    };
    let Some(index) = INDEX.as_ref() else {
        return collector.hits;
    };
    for literal in index.literals.find_iter(text) {
        // A token inside one that was reported, such as the parts of a key block, is no news.
        if literal.start() < collector.covered {
            continue;
        }
        let Some(lead) = index.leads.get(literal.pattern().as_usize()) else {
            continue;
        };
        let (start, end) = (literal.start(), literal.end());
        match lead {
            Lead::Token(family) => collector.take(family.token_at(text, start, end)),
            Lead::Special(finder) => collector.take(finder(text, start, end)),
            Lead::Assignment => collector.take_hint(assignment::value_of(text, start, end)),
        }
    }
    collector.flush();
    collector.hits
}

/// Gathers what was found; a hint gives way to anything with a form of its own at the same place.
struct Collector<'a> {
    hits: Capped<SecretHit>,
    seen: HashSet<&'a str>,
    lines: Lines<'a>,
    covered: usize,
    hint: Option<Found<'a>>,
}

impl<'a> Collector<'a> {
    fn take(&mut self, found: Option<Found<'a>>) {
        let Some(found) = found else { return };
        let end = found.end();
        let overlaps = self
            .hint
            .as_ref()
            .is_some_and(|hint| found.start < hint.end() && hint.start < end);
        if overlaps {
            self.hint = None;
        }
        self.flush();
        self.report(&found);
        self.covered = self.covered.max(end);
    }

    fn take_hint(&mut self, found: Option<Found<'a>>) {
        let Some(found) = found else { return };
        self.flush();
        if found.certainty > Certainty::Low {
            self.take(Some(found));
        } else {
            self.hint = Some(found);
        }
    }

    fn flush(&mut self) {
        if let Some(hint) = self.hint.take()
            && hint.start >= self.covered
        {
            self.report(&hint);
            self.covered = hint.end();
        }
    }

    fn report(&mut self, found: &Found<'a>) {
        if self.seen.insert(found.secret) {
            self.hits.push(SecretHit {
                pattern: found.pattern.to_owned(),
                place: self.lines.place(found.start),
                shown: redacted(found.secret),
                certainty: found.certainty,
            });
        }
    }
}

/// The first four and the last two characters; less of a short secret.
fn redacted(secret: &str) -> String {
    if let Some((label, _)) = secret
        .strip_prefix("-----")
        .and_then(|block| block.split_once("-----"))
    {
        return format!("-----{label}-----…");
    }
    let characters: Vec<char> = secret.chars().filter(|c| !c.is_control()).collect();
    let (head, tail) = match characters.len() {
        0..=7 => (1, 0),
        8..=15 => (2, 1),
        _ => (4, 2),
    };
    let first = characters.iter().take(head);
    let last = characters
        .iter()
        .skip(characters.len().saturating_sub(tail));
    first.chain(['…'].iter()).chain(last).collect()
}

/// Turns rising offsets into lines and columns in one pass.
struct Lines<'a> {
    text: &'a str,
    counted: usize,
    line_start: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    const fn new(text: &'a str) -> Self {
        Self {
            text,
            counted: 0,
            line_start: 0,
            line: 1,
        }
    }

    fn place(&mut self, offset: usize) -> Place {
        let passed = self.text.as_bytes().get(self.counted..offset);
        for at in memchr::memchr_iter(b'\n', passed.unwrap_or_default()) {
            self.line = self.line.saturating_add(1);
            self.line_start = self.counted.saturating_add(at).saturating_add(1);
        }
        self.counted = self.counted.max(offset);
        // Long lines are common in JSON; the column is only counted as far as people look.
        let start = self.line_start.max(offset.saturating_sub(100_000));
        let before = self.text.as_bytes().get(start..offset).unwrap_or_default();
        let is_start = |byte: &&u8| **byte & 0xC0 != 0x80;
        let characters = before.iter().filter(is_start).count();
        let column = characters
            .saturating_add(start.saturating_sub(self.line_start))
            .saturating_add(1);
        Place::Line {
            line: self.line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests;
