//! Names as words and letters.

use crate::distance::is_separator;
use crate::words::{EMPTY, VARIANT};

pub(super) fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', '.', '/', '@'])
        .filter(|word| !word.is_empty())
}

pub(super) fn sorted_words(name: &str) -> Box<str> {
    let mut words: Vec<&str> = words_of(name).collect();
    words.sort_unstable();
    words.join("-").into()
}

/// Endings of grammar, longest first.
const ENDINGS: [&str; 10] = [
    "ings", "ing", "ers", "ors", "er", "or", "ed", "es", "s", "e",
];

/// The words without endings of grammar: `typing-extensions` and `type-extension` are one.
pub(super) fn stems(name: &str) -> String {
    let mut stems = String::with_capacity(name.len());
    for word in words_of(name) {
        let stem = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending));
        stems.push_str(stem.filter(|stem| stem.len() >= 3).unwrap_or(word));
        stems.push('-');
    }
    stems
}

/// What a name says is for Python: `mysql` of `pymysql`, `mysql-python`, `python-mysql`.
pub(super) fn without_python(name: &str) -> Option<&str> {
    const BEFORE: [&str; 4] = ["python3-", "python-", "python", "py"];
    const AFTER: [&str; 3] = ["-python", "python", "-py"];
    let before = || BEFORE.iter().find_map(|word| name.strip_prefix(word));
    let after = || AFTER.iter().find_map(|word| name.strip_suffix(word));
    let bare = before().or_else(after)?.trim_matches('-');
    (bare.len() >= 4).then_some(bare)
}

/// Beginnings that so many names share that they say nothing.
const SHARED: [&str; 2] = ["aio", "py"];

/// Both names without a beginning that says nothing, if they share one.
pub(super) fn without_shared<'name>(
    left: &'name str,
    right: &'name str,
) -> (&'name str, &'name str) {
    let both = |start: &&str| Some((left.strip_prefix(*start)?, right.strip_prefix(*start)?));
    SHARED.iter().find_map(both).unwrap_or((left, right))
}

pub(super) fn without_number(name: &str) -> &str {
    name.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

pub(super) fn sorted_letters(name: &str) -> Box<[u8]> {
    let mut letters: Vec<u8> = name
        .bytes()
        .filter(|letter| !is_separator(*letter))
        .collect();
    letters.sort_unstable();
    letters.into()
}

/// The letters without separators, lookalikes as one.
pub(super) fn plain_letters(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.bytes().filter(|letter| !is_separator(*letter)) {
        let same = match letter {
            b'0' => b'o',
            b'1' | b'i' => b'l',
            b'5' => b's',
            b'3' if plain.len().saturating_add(1) < name.len() => b'e',
            other => other,
        };
        plain.push(char::from(same));
    }
    if plain.contains("rn") || plain.contains("vv") {
        plain = plain.replace("rn", "m").replace("vv", "w");
    }
    plain
}

/// A set of the letters, two bits for each up to its second occurrence.
pub(super) fn letters(name: &str) -> u64 {
    let mut set = 0_u64;
    for letter in name.bytes() {
        let place = match letter {
            b'a'..=b'z' => u32::from(letter).saturating_sub(u32::from(b'a')),
            b'0'..=b'9' => 26_u32.saturating_add(u32::from(letter & 3)),
            _ => 30,
        };
        let place = place.saturating_mul(2);
        let first = 1_u64.checked_shl(place).unwrap_or(0);
        let second = 2_u64.checked_shl(place).unwrap_or(0);
        set |= if set & first == 0 { first } else { second };
    }
    set
}

pub(super) const fn differing(left: u64, right: u64) -> u32 {
    (left ^ right).count_ones()
}

/// The first words that differ, and whether the names have several words of which the others are equal.
pub(super) fn differing_words<'name>(
    left: &'name str,
    right: &'name str,
) -> (bool, &'name str, &'name str) {
    let (mut one, mut two) = (words_of(left), words_of(right));
    let mut found = None;
    let mut count: usize = 0;
    loop {
        match (one.next(), two.next()) {
            (None, None) => break,
            (Some(mine), Some(theirs)) => {
                count = count.saturating_add(1);
                if mine != theirs {
                    if found.is_some() {
                        return (false, left, right);
                    }
                    found = Some((mine, theirs));
                }
            }
            _ => return (false, left, right),
        }
    }
    match found {
        Some((mine, theirs)) if count > 1 => (true, mine, theirs),
        _ => (false, left, right),
    }
}

pub(super) fn is_plural(name: &str, target: &str) -> bool {
    let (_, mine, theirs) = differing_words(name, target);
    mine.strip_suffix('s') == Some(theirs) || theirs.strip_suffix('s') == Some(mine)
}

/// A name without its empty words and words of variants.
pub(super) struct Stripped {
    /// What is left, if anything was taken.
    pub(super) core: Option<String>,
    /// Whether a word of variants was among what was taken.
    pub(super) variant: bool,
    /// How many words were taken.
    pub(super) words: usize,
}

pub(super) fn strip_words(name: &str) -> Stripped {
    let bare = |word: &str| EMPTY.iter().any(|empty| *empty == without_number(word));
    let parts: Vec<&str> = words_of(name).collect();
    let mut kept = parts.as_slice();
    let mut variant = false;
    loop {
        if let [rest @ .., last] = kept
            && (bare(last) || VARIANT.contains(last))
            && !rest.is_empty()
        {
            variant |= VARIANT.contains(last);
            kept = rest;
        } else if let [first, rest @ ..] = kept
            && bare(first)
            && !rest.is_empty()
        {
            kept = rest;
        } else {
            break;
        }
    }
    let words = parts.len().saturating_sub(kept.len());
    Stripped {
        core: (words > 0).then(|| kept.join("-")),
        variant,
        words,
    }
}

/// The name without an empty word that is glued to it.
pub(super) fn strip_glued(name: &str) -> Option<String> {
    const BEFORE: [&str; 7] = ["python3", "python", "easy", "fast", "new", "lib", "raw"];
    const AFTER: [&str; 11] = [
        "js",
        ".js",
        "python",
        "py",
        "lib",
        "installer",
        "loader",
        "boost",
        "faster",
        "client",
        "ai",
    ];
    BEFORE
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .or_else(|| AFTER.iter().find_map(|word| name.strip_suffix(word)))
        .filter(|core| core.len() >= 4)
        .map(|core| core.trim_matches('-').to_owned())
}
