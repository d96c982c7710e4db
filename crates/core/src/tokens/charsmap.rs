//! The precompiled map of characters of SentencePiece: which texts it replaces, and with what.
//!
//! Layout: the size of a trie in bytes (little-endian `u32`), the trie (a double array of Darts-clone), then the
//! replacements, each ended by a zero byte. Unicode normalisation maps single characters and characters with their
//! marks; a rule whose text holds a word was written by somebody.
//!
//! Source: `src/normalizer.cc` of SentencePiece and `darts.h` of Darts-clone.

use crate::fields::{narrow, u32_le, wide};

/// LIMIT: bytes of one text that is replaced; the longest of NFKC has some 40.
const MAX_KEY: usize = 256;
/// LIMIT: texts that are looked at; NFKC has 262 thousand, counting their beginnings.
const MAX_STEPS: u64 = 4_000_000;
/// LIMIT: units of the trie; NFKC has 44 thousand.
const MAX_UNITS: usize = 2_000_000;
/// Rules that are handed on.
const KEPT: usize = 16;

/// Rules that touch words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// What is replaced and with what.
    pub rules: Vec<(String, String)>,
    /// Whether the map contradicts its own size.
    pub is_broken: bool,
    /// Whether the map is too large, or goes in circles, so that it was not walked to its end.
    pub is_unread: bool,
}

/// The rules of a map that replace words, put words in, or exchange Latin letters.
#[must_use]
pub fn spoken(blob: &[u8]) -> Spoken {
    let mut found = Spoken::default();
    if blob.is_empty() {
        return found;
    }
    let size = u32_le(blob, 0).map_or(usize::MAX, |size| narrow(u64::from(size)));
    let split = blob.get(4..).and_then(|rest| rest.split_at_checked(size));
    let Some((trie, texts)) = split else {
        found.is_broken = true;
        return found;
    };
    if trie.len() / 4 > MAX_UNITS {
        found.is_unread = true;
        return found;
    }
    walk(&Trie::new(trie), texts, &mut found);
    found
}

fn walk(trie: &Trie<'_>, texts: &[u8], found: &mut Spoken) {
    let Some(root) = trie.unit(0) else {
        return;
    };
    let mut steps = 0_u64;
    let mut stack: Vec<(usize, usize, u8)> = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    let start = offset(root);
    push_children(trie, start, 0, &mut stack);
    while let Some((position, depth, label)) = stack.pop() {
        steps = steps.saturating_add(1);
        if steps > MAX_STEPS || found.rules.len() >= KEPT {
            found.is_unread |= steps > MAX_STEPS;
            return;
        }
        key.truncate(depth);
        key.push(label);
        let Some(unit) = trie.unit(position) else {
            continue;
        };
        let below = position ^ offset(unit);
        if unit & 0x100 != 0
            && let Some(leaf) = trie.unit(below)
        {
            judge(&key, leaf & 0x7fff_ffff, texts, found);
        }
        if key.len() < MAX_KEY {
            push_children(trie, below, key.len(), &mut stack);
        } else {
            found.is_unread = true;
        }
    }
}

fn push_children(trie: &Trie<'_>, base: usize, depth: usize, stack: &mut Vec<(usize, usize, u8)>) {
    for (label, position) in trie.children(base) {
        stack.push((position, depth, label));
    }
}

fn judge(key: &[u8], at: u32, texts: &[u8], found: &mut Spoken) {
    let Ok(key) = std::str::from_utf8(key) else {
        return;
    };
    let rest = texts.get(narrow(u64::from(at))..).unwrap_or_default();
    let text = rest.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    if key != text && is_spoken(key, &text) {
        found.rules.push((key.to_owned(), text.into_owned()));
    }
}

/// Whether a rule speaks: it replaces a word by another, a Latin letter by another, or a sign by a long word.
fn is_spoken(key: &str, text: &str) -> bool {
    const LONGEST_ABBREVIATION: usize = 5;
    let folds = |text: &str| text.to_lowercase();
    let is_case = folds(key) == folds(text);
    let mut letters = key.chars();
    let is_letter = matches!(
        (letters.next(), letters.next()),
        (Some(only), None) if only.is_ascii_alphanumeric()
    );
    let replaces_word = longest_word(key) >= 3 || (is_letter && !text.is_empty());
    replaces_word && !is_case || longest_latin(text) > LONGEST_ABBREVIATION
}

/// The longest run of letters of the scripts that normalisation leaves alone.
fn longest_word(text: &str) -> usize {
    longest(text, |character| {
        character.is_ascii_alphabetic()
            || matches!(character, '\u{430}'..='\u{44f}' | '\u{410}'..='\u{42f}' | '\u{4e00}'..='\u{9fff}')
    })
}

fn longest_latin(text: &str) -> usize {
    longest(text, |character| character.is_ascii_alphabetic())
}

fn longest(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.split(|character| !is_part(character))
        .map(|run| run.chars().count())
        .max()
        .unwrap_or(0)
}

/// The units of a double array, and which of them lie below which place: real maps share their branches, so that
/// trying all labels at each place would take long.
struct Trie<'a> {
    units: &'a [u8],
    children: Vec<(usize, u8)>,
}

impl<'a> Trie<'a> {
    fn new(units: &'a [u8]) -> Self {
        let mut children: Vec<(usize, u8)> = units
            .chunks_exact(4)
            .enumerate()
            .filter_map(|(position, unit)| {
                let unit = u32_le(unit, 0)?;
                let label = u8::try_from(unit & 0x8000_00ff).ok()?;
                (label > 0).then(|| (position ^ usize::from(label), label))
            })
            .collect();
        children.sort_unstable();
        Self { units, children }
    }

    fn unit(&self, index: usize) -> Option<u32> {
        u32_le(self.units, index.checked_mul(4)?)
    }

    /// The labels that lead on from a place, and where to.
    fn children(&self, base: usize) -> impl Iterator<Item = (u8, usize)> + '_ {
        let start = self.children.partition_point(|(known, _)| *known < base);
        self.children
            .iter()
            .skip(start)
            .take_while(move |(known, _)| *known == base)
            .map(|(base, label)| (*label, base ^ usize::from(*label)))
    }
}

/// How far a unit's children lie from it.
fn offset(unit: u32) -> usize {
    let shift = (unit & 0x200) >> 6;
    narrow(wide_shift(unit >> 10, shift))
}

fn wide_shift(value: u32, shift: u32) -> u64 {
    wide(narrow(u64::from(value)))
        .checked_shl(shift)
        .unwrap_or_default()
}
