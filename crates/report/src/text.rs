//! Words, numbers and hostile text as people read them, the same in every report.
//!
//! Escaping for a particular format lives with that format.

use std::time::Duration;

use chainwright_core::location::{Location, Place};
use chainwright_core::text::visible;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest quoted text of a finding or problem, in characters.
pub(crate) const LONG: usize = 600;

/// The longest path or name, in characters.
pub(crate) const NAME: usize = 240;

/// More combining marks than any script puts on one letter; further ones are written as escapes, so that
/// they cannot pile up over neighbouring lines.
const MARKS_ON_A_LETTER: usize = 4;

/// Hostile text on one line, harmless, cut at the end.
pub(crate) fn shown(text: &str, max: usize) -> String {
    tamed(&visible(text, max))
}

/// A hostile name on one line, harmless, cut in the middle: both ends of a path tell the most.
pub(crate) fn shown_name(text: &str, max: usize) -> String {
    middle(&tamed(&visible(text, usize::MAX)), max)
}

/// The name of a place that holds bytes.
pub(crate) fn shown_location(location: &Location, max: usize) -> String {
    shown_name(&location.to_string(), max)
}

/// Columns that the text takes in a terminal.
pub(crate) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Takes piles of marks apart and shows code points that are no characters.
fn tamed(text: &str) -> String {
    let mut calm = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        marks = if character.width() == Some(0) {
            marks + 1
        } else {
            0
        };
        if marks > MARKS_ON_A_LETTER || is_noncharacter(character) {
            calm.extend(character.escape_unicode());
        } else {
            calm.push(character);
        }
    }
    calm
}

/// Code points that Unicode keeps free for internal use (section 23.7); XML forbids some of them.
fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// Cuts the middle out of a text that takes more than `max` columns.
pub(crate) fn middle(text: &str, max: usize) -> String {
    if columns(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(1);
    let head = taken(text.chars(), room / 3);
    let tail = taken(text.chars().rev(), room - room / 3);
    let tail: String = tail.chars().rev().collect();
    format!("{head}…{tail}")
}

fn taken(characters: impl Iterator<Item = char>, max: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= max
        })
        .collect()
}

/// A place inside an artifact in words; nothing for the artifact as a whole.
pub(crate) fn place(place: &Place) -> Option<String> {
    match place {
        Place::Whole => None,
        Place::Byte(offset) => Some(format!("byte {offset} (0x{offset:x})")),
        Place::Line { line, column } => Some(format!("line {line}, column {column}")),
        Place::Pointer(pointer) => Some(shown_name(pointer, NAME)),
        Place::Key(key) => Some(format!("[{}]", shown_name(key, NAME))),
    }
}

/// A location with the place in it, in the form that editors open: `file:line:column`, or the place in words.
pub(crate) fn location_with_place(location: &Location, place: &Place, max: usize) -> String {
    let name = shown_location(location, max);
    match (place, self::place(place)) {
        (Place::Line { line, column }, _) => format!("{name}:{line}:{column}"),
        (_, Some(place)) => format!("{name}, {place}"),
        (_, None) => name,
    }
}

/// The word with its first letter in upper case.
pub(crate) fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// A number with thousands separated by commas.
pub(crate) fn number(value: impl TryInto<u64>) -> String {
    let digits = value.try_into().unwrap_or(u64::MAX).to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things: `1 file`, `1,234 files`.
pub(crate) fn counted(value: impl TryInto<u64> + Copy, one: &str, many: &str) -> String {
    let noun = if value.try_into().ok() == Some(1) {
        one
    } else {
        many
    };
    format!("{} {noun}", number(value))
}

/// A size in binary units with three significant digits.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Past 2^53 the last digits of the number are lost; three are shown.
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A duration, rounded for people.
pub(crate) fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0 => format!("{} ms", elapsed.as_millis()),
        1..=59 => format!("{:.1} s", elapsed.as_secs_f64()),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well_at_every_size() {
        assert_eq!(number(0_u64), "0");
        assert_eq!(number(999_u64), "999");
        assert_eq!(number(1_234_567_u64), "1,234,567");
        assert_eq!(counted(1_usize, "file", "files"), "1 file");
        assert_eq!(counted(1000_usize, "file", "files"), "1,000 files");
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.50 KiB");
        assert_eq!(size(1024 * 1024 - 1), "1.00 MiB");
        assert_eq!(size(14_173_392_077), "13.2 GiB");
        assert_eq!(size(u64::MAX), "16.0 EiB");
        assert_eq!(duration(Duration::from_millis(7)), "7 ms");
        assert_eq!(duration(Duration::from_millis(1840)), "1.8 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(duration(Duration::from_secs(7300)), "2 h 1 min");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(middle("short", 9), "short");
        assert_eq!(
            middle("models/very/deep/folder/weights.bin", 16),
            "model…eights.bin"
        );
        assert!(columns(&middle(&"字".repeat(50), 20)) <= 20);
    }

    #[test]
    fn piles_of_combining_marks_are_taken_apart() {
        let pile = format!("e{}", "\u{301}".repeat(50));
        let calm = shown(&pile, 600);
        assert_eq!(calm.matches('\u{301}').count(), MARKS_ON_A_LETTER);
        assert!(calm.contains("\\u{301}"));
        assert_eq!(shown("e\u{301}\u{323}", 9), "e\u{301}\u{323}");
        assert_eq!(shown("\u{fffe}\u{fdd0}", 9), "\\u{fffe}\\u{fdd0}");
    }

    #[test]
    fn places_are_words_or_editor_positions() {
        let file = Location::file("a.py");
        let at = |place: Place| location_with_place(&file, &place, NAME);
        assert_eq!(at(Place::Whole), "a.py");
        assert_eq!(at(Place::Line { line: 3, column: 5 }), "a.py:3:5");
        assert_eq!(at(Place::Byte(412)), "a.py, byte 412 (0x19c)");
        assert_eq!(
            at(Place::Pointer("/auto_map".to_owned())),
            "a.py, /auto_map"
        );
        assert_eq!(at(Place::Key("k\u{202e}".to_owned())), "a.py, [k\\u{202e}]");
    }
}
