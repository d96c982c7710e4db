//! Finds patterns that a backtracking engine needs exponential or high polynomial time for (CWE-1333).
//!
//! Tokenizers match with Oniguruma and PEFT with Python's `re`; both backtrack. The check is structural: a repeated
//! group whose body can split the same text in several ways, or three overlapping repetitions in a row, in front of
//! something that can fail. It is an approximation on sets of characters and never runs a pattern.

use serde::{Deserialize, Serialize};

mod parse;
mod set;

use parse::{Piece, parse};
use set::Set;

/// How the time to match grows with the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Growth {
    /// With the third power of the length or more.
    Polynomial,
    /// Exponentially.
    Exponential,
}

/// LIMIT: longer patterns are not judged.
const MAX_PATTERN_BYTES: usize = 6_000;
/// Repetitions up to this many times cannot hurt.
const FEW: u32 = 8;
/// Overlapping repetitions in a row that we report.
const ROW: usize = 3;

/// How badly a backtracking engine fares with `pattern`; `None` when nothing was found or it could not be read.
#[must_use]
pub fn growth(pattern: &str) -> Option<Growth> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return None;
    }
    let piece = parse(pattern)?;
    judge(&piece, false)
}

/// `can_fail`: whether something behind the piece may refuse a match.
fn judge(piece: &Piece, can_fail: bool) -> Option<Growth> {
    match piece {
        Piece::Empty | Piece::Assertion | Piece::One(_) => None,
        Piece::Look(inner) => judge(inner, false),
        Piece::Any(alternatives) => alternatives
            .iter()
            .filter_map(|alternative| judge(alternative, can_fail))
            .max(),
        Piece::Row(pieces) => judge_row(pieces, can_fail),
        Piece::Repeat {
            inner, max, atomic, ..
        } => {
            let is_long = max.is_none_or(|max| max > FEW);
            if is_long && can_fail && !atomic && is_ambiguous(inner) {
                return Some(Growth::Exponential);
            }
            judge(inner, can_fail || is_long)
        }
    }
}

fn judge_row(pieces: &[Piece], can_fail: bool) -> Option<Growth> {
    let mut worst = None;
    let mut later_fails = can_fail;
    for piece in pieces.iter().rev() {
        worst = worst.max(judge(piece, later_fails));
        later_fails |= matches!(piece, Piece::Assertion | Piece::Look(_)) || !piece.is_nullable();
    }
    if has_overlapping_row(pieces, can_fail) {
        worst = worst.max(Some(Growth::Polynomial));
    }
    worst
}

/// Whether [`ROW`] unbounded repetitions follow each other and can share their text.
fn has_overlapping_row(pieces: &[Piece], can_fail: bool) -> bool {
    let mut common: Option<Set> = None;
    let mut count = 0_usize;
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(set) = unbounded_set(piece) {
            let shared = common.map_or(set, |common| common.intersection(set));
            if shared.is_empty() {
                common = Some(set);
                count = 1;
            } else {
                common = Some(shared);
                count = count.saturating_add(1);
            }
            let behind = pieces.get(index.saturating_add(1)..).unwrap_or_default();
            let fails = can_fail || behind.iter().any(|piece| !piece.is_nullable());
            if count >= ROW && fails {
                return true;
            }
        } else if let Some(set) = common
            && !piece.fits(set)
        {
            common = None;
            count = 0;
        }
    }
    false
}

/// The characters of a repetition without end of one character, looking through groups.
fn unbounded_set(piece: &Piece) -> Option<Set> {
    match piece {
        Piece::Repeat {
            inner,
            max: None,
            atomic: false,
            ..
        } => match &**inner {
            Piece::One(set) => Some(*set),
            _ => None,
        },
        Piece::Row(pieces) => match pieces.as_slice() {
            [only] => unbounded_set(only),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a repeated body can match one text in several ways.
fn is_ambiguous(body: &Piece) -> bool {
    match body {
        Piece::Empty | Piece::Assertion | Piece::Look(_) | Piece::One(_) => false,
        Piece::Repeat {
            inner,
            min,
            max,
            atomic,
        } => {
            let varies = *max != Some(*min);
            !atomic
                && ((varies && inner.set().is_some_and(|set| !set.is_empty()))
                    || is_ambiguous(inner))
        }
        Piece::Any(alternatives) => {
            alternatives.iter().any(is_ambiguous)
                || alternatives.iter().enumerate().any(|(index, left)| {
                    alternatives
                        .iter()
                        .skip(index.saturating_add(1))
                        .any(|right| share_a_text(left, right))
                })
        }
        Piece::Row(pieces) => {
            pieces.iter().enumerate().any(|(index, piece)| {
                let Some(set) = varying_set(piece) else {
                    return false;
                };
                pieces
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != index)
                    .all(|(_, other)| other.fits(set))
            }) || matches!(pieces.as_slice(), [only] if is_ambiguous(only))
        }
    }
}

/// The characters of a part whose length may vary.
fn varying_set(piece: &Piece) -> Option<Set> {
    match piece {
        Piece::Repeat {
            inner,
            min,
            max,
            atomic: false,
        } if *max != Some(*min) && max.is_none_or(|max| max > 1) => inner.set(),
        Piece::Row(pieces) => match pieces.as_slice() {
            [only] => varying_set(only),
            _ => None,
        },
        Piece::Any(alternatives) => alternatives.iter().find_map(varying_set),
        _ => None,
    }
}

/// Whether two alternatives match a common text, as far as single characters and literals show it.
fn share_a_text(left: &Piece, right: &Piece) -> bool {
    match (single(left), single(right)) {
        (Some(left), Some(right)) => !left.intersection(right).is_empty(),
        _ => left == right && !left.is_nullable(),
    }
}

/// The set of a part that can match exactly one character.
fn single(piece: &Piece) -> Option<Set> {
    match piece {
        Piece::One(set) => Some(*set),
        Piece::Repeat { inner, min, .. } if *min <= 1 => single(inner),
        Piece::Row(pieces) => match pieces.as_slice() {
            [only] => single(only),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: Option<Growth>) {
        assert_eq!(growth(pattern), expected, "{pattern}");
    }

    #[test]
    fn exponential_patterns_are_found() {
        for pattern in [
            "(a+)+$",
            "^(a*)*b",
            "(?:\\w+\\s?)+!",
            "([a-zA-Z]+)*=",
            "(a|a)*b",
            "(\\w|\\d)+x",
            "(.*)*x",
            "(?i:(\\s*\\S*)*)z",
            "((ab)+)+c",
            "(\\d{1,3})+x",
            "(x+x+)+y",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
            "(?:(?:a+)b?)+$",
            "(a+?)+?$",
        ] {
            check(pattern, Some(Growth::Exponential));
        }
    }

    #[test]
    fn polynomial_patterns_are_found() {
        check("\\s*\\s*\\s*x", Some(Growth::Polynomial));
        check(".*.*.*=", Some(Growth::Polynomial));
        check("\\w+\\d+[a-z0-9]+!", Some(Growth::Polynomial));
    }

    #[test]
    fn patterns_of_real_tokenizers_are_quiet() {
        for pattern in [
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "\\d{1,3}(?=(?:\\d{3})*\\b)",
            " {2,}",
            "\\s+",
            "[0-9]",
            "(?=(\\d{3})+(?!\\d))",
            "[一-龥぀-ゟ゠-ヿ]+",
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
            ".*\\.(q_proj|v_proj|k_proj)$",
            "^(?!.*vision).*(?:q_proj|o_proj).*$",
            "(?:a++)+b",
            "(?>a+)+b",
            "model\\.layers\\.\\d+\\.(self_attn|mlp)\\.\\w+_proj",
            "(?:,\\d{3})*\\.",
            "(\\w+\\.)*\\w+_proj",
        ] {
            check(pattern, None);
        }
    }

    #[test]
    fn nonsense_is_not_judged() {
        for pattern in [
            "(",
            "[",
            "\\",
            "(?",
            "a{",
            "*",
            &"(".repeat(5000),
            &"(a+)+".repeat(3000),
            ")",
            "[]",
            "(?<x",
        ] {
            let _ = growth(pattern);
        }
        assert_eq!(growth(&"(".repeat(5000)), None);
    }
}
