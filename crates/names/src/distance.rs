//! How far one name is from another, in hundredths of a typing error.
//!
//! Optimal string alignment (Damerau-Levenshtein without edits inside transpositions), in which likely slips cost less
//! than arbitrary changes: neighbours on the keyboard, letters that look alike, vowels, doubled letters.

/// What a change costs.
const ANY: u32 = 100;
const SWAPPED: u32 = 60;
const DOUBLED: u32 = 55;
const ADDED: u32 = 85;
const KEYBOARD: u32 = 75;
const LOOKALIKE: u32 = 50;
const VOWEL: u32 = 75;
const SEPARATOR: u32 = 40;
/// Another digit is rather another product than a slip.
const DIGIT: u32 = 130;

/// The longest name that is compared.
pub(crate) const LONGEST: usize = 64;

const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

/// Groups of characters that are hard to tell apart.
const ALIKE: [&[u8]; 9] = [
    b"0o", b"1li", b"5s", b"3e", b"4a", b"8b", b"9gq", b"uv", b"2z",
];

/// Whether two keys touch each other.
fn neighbours(left: u8, right: u8) -> bool {
    let place = |key: u8| {
        ROWS.iter().enumerate().find_map(|(row, keys)| {
            keys.iter()
                .position(|other| *other == key)
                .map(|column| (row, column))
        })
    };
    match (place(left), place(right)) {
        (Some((row, column)), Some((other_row, other_column))) => {
            row.abs_diff(other_row) <= 1 && column.abs_diff(other_column) <= 1
        }
        _ => false,
    }
}

pub(crate) fn alike(left: u8, right: u8) -> bool {
    ALIKE
        .iter()
        .any(|group| group.contains(&left) && group.contains(&right))
}

const fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

pub(crate) const fn is_separator(letter: u8) -> bool {
    matches!(letter, b'-' | b'_' | b'.' | b'/' | b'@')
}

fn replaced(left: u8, right: u8) -> u32 {
    if left == right {
        0
    } else if is_separator(left) && is_separator(right) {
        SEPARATOR
    } else if left.is_ascii_digit() && right.is_ascii_digit() {
        DIGIT
    } else if alike(left, right) {
        LOOKALIKE
    } else if is_vowel(left) && is_vowel(right) {
        VOWEL
    } else if neighbours(left, right) {
        KEYBOARD
    } else {
        ANY
    }
}

/// A letter too many or too few, beside `before`.
fn added(letter: u8, before: Option<u8>) -> u32 {
    if Some(letter) == before {
        DOUBLED
    } else if is_separator(letter) {
        SEPARATOR
    } else if letter.is_ascii_digit() {
        ANY
    } else {
        ADDED
    }
}

/// The weighted distance, or `None` if it is above a bound.
pub(crate) fn weighted(left: &[u8], right: &[u8], bound: u32) -> Option<u32> {
    if left.len() > LONGEST || right.len() > LONGEST {
        return None;
    }
    let mut before: Vec<u32> = Vec::new();
    let mut above: Vec<u32> = vec![0];
    for (at, letter) in right.iter().enumerate() {
        let cost = added(
            *letter,
            at.checked_sub(1).and_then(|at| right.get(at)).copied(),
        );
        above.push(above.last().copied().unwrap_or(0).saturating_add(cost));
    }
    let mut last: Option<u8> = None;
    for letter in left {
        let row = next_row(*letter, last, right, &before, &above);
        let best = row.iter().min().copied().unwrap_or(0);
        let best_above = above.iter().min().copied().unwrap_or(0);
        if best.min(best_above) > bound {
            return None;
        }
        before = std::mem::replace(&mut above, row);
        last = Some(*letter);
    }
    above.last().copied().filter(|distance| *distance <= bound)
}

/// One row of the alignment: `letter` after `last` against the whole right side.
fn next_row(letter: u8, last: Option<u8>, right: &[u8], before: &[u32], above: &[u32]) -> Vec<u32> {
    let get = |row: &[u32], at: usize| row.get(at).copied().unwrap_or(u32::MAX);
    let mut row = Vec::with_capacity(above.len());
    row.push(get(above, 0).saturating_add(added(letter, last)));
    let mut previous: Option<u8> = None;
    for (at, other) in right.iter().enumerate() {
        let here = at.saturating_add(1);
        let mut cost = get(above, at)
            .saturating_add(replaced(letter, *other))
            .min(get(above, here).saturating_add(added(letter, last)))
            .min(get(&row, at).saturating_add(added(*other, previous)));
        if last == Some(*other) && previous == Some(letter) {
            let corner = at.checked_sub(1).map_or(u32::MAX, |at| get(before, at));
            cost = cost.min(corner.saturating_add(SWAPPED));
        }
        row.push(cost);
        previous = Some(*other);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_slips_are_nearer_than_others() {
        for (left, right, expected) in [
            ("requests", "requests", 0),
            ("reqeusts", "requests", SWAPPED),
            ("requestss", "requests", DOUBLED),
            ("requezts", "requests", KEYBOARD),
            ("reque5ts", "requests", LOOKALIKE),
            ("raquests", "requests", VOWEL),
            ("rquests", "requests", ADDED),
            ("fequests", "requests", KEYBOARD),
            ("pequests", "requests", ANY),
            ("boto4", "boto3", DIGIT),
            ("prompt-tool-kit", "prompt-toolkit", SEPARATOR),
        ] {
            assert_eq!(
                weighted(left.as_bytes(), right.as_bytes(), 1000),
                Some(expected),
                "{left}"
            );
            assert_eq!(
                weighted(right.as_bytes(), left.as_bytes(), 1000),
                Some(expected),
                "{left}"
            );
        }
    }

    #[test]
    fn what_is_beyond_the_bound_is_not_measured() {
        assert_eq!(weighted(b"pandas", b"flask", 200), None);
        assert_eq!(weighted(&[b'a'; 65], &[b'a'; 65], 200), None);
    }
}
