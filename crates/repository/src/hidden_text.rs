//! Finds characters that make a text say something else to a machine than to its reader.
//!
//! Reordering controls show code in another order than it runs (Trojan Source, CVE-2021-42574); tag characters and
//! runs of zero-width characters carry text nobody sees. Scripts and emoji need some of the same characters, so
//! joiners between letters of those scripts, flags, a byte-order mark at the start and soft hyphens stay quiet.

use chainwright_core::location::Place;
use serde::{Deserialize, Serialize};

use crate::bounded::Capped;

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HiddenKind {
    /// An override or isolate that reorders what is shown and is not closed in its line, or an override at all.
    Reordering,
    /// Directional controls as right-to-left prose needs them.
    Directional,
    /// Zero-width characters in a row, or inside a word of a script that has no use for them.
    ZeroWidth,
    /// Tag characters (U+E0000 block) outside of a flag: a whole hidden text.
    Tags,
    /// Variation selectors in a row, which can carry bytes.
    VariationSelectors,
}

/// A place where a text hides something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HiddenText {
    /// What.
    pub kind: HiddenKind,
    /// Line and column of the first character.
    pub place: Place,
    /// How many characters are hidden there.
    pub length: u32,
    /// What the hidden characters spell, when they are tags; their names otherwise.
    pub shown: String,
}

/// Every place where `text` hides something, in the order of the text.
#[must_use]
pub fn find(text: &str) -> Capped<HiddenText> {
    let mut found = Capped::default();
    // All characters of interest start with one of these bytes in UTF-8: E2 (U+2000…), EF (U+FEFF, U+FE00…),
    // E1 (U+180E), F3 (U+E0000…). Plain ASCII is passed over at the speed of memory.
    let has_any = memchr::memchr3(0xE2, 0xEF, 0xF3, text.as_bytes()).is_some()
        || memchr::memmem::find(text.as_bytes(), "\u{180e}".as_bytes()).is_some();
    if !has_any {
        return found;
    }
    for (line, content) in (1_u32..).zip(text.split('\n')) {
        if !content.is_ascii() {
            scan_line(content, line, &mut found);
        }
    }
    found
}

fn scan_line(content: &str, line: u32, found: &mut Capped<HiddenText>) {
    let characters: Vec<char> = content.chars().collect();
    let is_ordered = is_ordered(&characters);
    let mut at = 0_usize;
    while let Some(character) = characters.get(at) {
        let Some(class) = class_of(*character) else {
            at = at.saturating_add(1);
            continue;
        };
        let run: Vec<char> = characters
            .iter()
            .skip(at)
            .copied()
            .take_while(|character| class_of(*character) == Some(class))
            .collect();
        let end = at.saturating_add(run.len());
        let context = Context {
            characters: &characters,
            start: at,
            end,
            line,
            is_ordered,
        };
        if let Some(kind) = judge(class, &run, &context) {
            found.push(HiddenText {
                kind,
                place: Place::Line {
                    line,
                    column: u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX),
                },
                length: u32::try_from(run.len()).unwrap_or(u32::MAX),
                shown: spell(class, &run),
            });
        }
        at = end;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Bidi,
    ZeroWidth,
    Tag,
    Selector,
}

const fn class_of(character: char) -> Option<Class> {
    match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Class::Bidi),
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' => {
            Some(Class::ZeroWidth)
        }
        '\u{e0000}'..='\u{e007f}' => Some(Class::Tag),
        '\u{fe00}'..='\u{fe0e}' | '\u{e0100}'..='\u{e01ef}' => Some(Class::Selector),
        _ => None,
    }
}

struct Context<'a> {
    characters: &'a [char],
    start: usize,
    end: usize,
    line: u32,
    is_ordered: bool,
}

impl Context<'_> {
    fn before(&self) -> Option<char> {
        let before = self.start.checked_sub(1)?;
        self.characters.get(before).copied()
    }

    fn after(&self) -> Option<char> {
        self.characters.get(self.end).copied()
    }
}

fn judge(class: Class, run: &[char], context: &Context<'_>) -> Option<HiddenKind> {
    match class {
        Class::Bidi => Some(reordering(run, context)),
        Class::ZeroWidth => zero_width(run, context),
        // Flags of England, Scotland and Wales: a black flag, tags, a cancel tag.
        Class::Tag if context.before() == Some('\u{1f3f4}') && run.len() <= 8 => None,
        Class::Tag => Some(HiddenKind::Tags),
        Class::Selector => (run.len() >= 3).then_some(HiddenKind::VariationSelectors),
    }
}

/// Overrides reorder; embeddings and isolates are honest when they are closed and stand by right-to-left letters.
fn reordering(run: &[char], context: &Context<'_>) -> HiddenKind {
    let has_override = run.iter().any(|c| matches!(c, '\u{202d}' | '\u{202e}'));
    if context.is_ordered && !has_override {
        HiddenKind::Directional
    } else {
        HiddenKind::Reordering
    }
}

/// Whether a line holds right-to-left letters and closes every embedding that it opens.
fn is_ordered(characters: &[char]) -> bool {
    let mut depth = 0_i64;
    let mut is_right_to_left = false;
    for character in characters {
        match character {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => {
                depth = depth.saturating_add(1);
            }
            '\u{202c}' | '\u{2069}' => depth = depth.saturating_sub(1),
            _ => is_right_to_left |= is_rtl(*character),
        }
    }
    is_right_to_left && depth == 0
}

fn zero_width(run: &[char], context: &Context<'_>) -> Option<HiddenKind> {
    let is_mark_at_start = context.line == 1 && context.start == 0 && run == ['\u{feff}'];
    if is_mark_at_start {
        return None;
    }
    if run.len() >= 3 {
        return Some(HiddenKind::ZeroWidth);
    }
    let needs_joiner = |character: Option<char>| character.is_some_and(is_joining);
    let has_joiner = run.iter().any(|c| matches!(c, '\u{200c}' | '\u{200d}'));
    if has_joiner && (needs_joiner(context.before()) || needs_joiner(context.after())) {
        return None;
    }
    // A zero-width space between words is a hint for line breaks; inside a word it splits what a filter looks for.
    let is_letter = |character: Option<char>| character.is_some_and(|c| c.is_ascii_alphanumeric());
    let splits_word = is_letter(context.before()) && is_letter(context.after());
    splits_word.then_some(HiddenKind::ZeroWidth)
}

/// Characters that joiners legitimately stand beside: emoji, and scripts whose letters take different shapes.
const fn is_joining(character: char) -> bool {
    matches!(
        character,
        '\u{0590}'..='\u{08ff}' // Hebrew, Arabic, Syriac, Thaana, NKo …
            | '\u{0900}'..='\u{0dff}' // scripts of India and Sri Lanka
            | '\u{0e00}'..='\u{0fff}' // Thai, Lao, Tibetan
            | '\u{1000}'..='\u{109f}' // Myanmar
            | '\u{1780}'..='\u{18af}' // Khmer, Mongolian
            | '\u{1a20}'..='\u{1b7f}' // Tai Tham, Balinese
            | '\u{2600}'..='\u{27bf}' // symbols used as emoji
            | '\u{2190}'..='\u{21ff}'
            | '\u{2b00}'..='\u{2bff}'
            | '\u{a8e0}'..='\u{a8ff}'
            | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{fe0f}' | '\u{20e3}'
            | '\u{1f000}'..='\u{1faff}'
    )
}

const fn is_rtl(character: char) -> bool {
    matches!(character, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// What tags spell; for the others their code points.
fn spell(class: Class, run: &[char]) -> String {
    const SHOWN: usize = 160;
    if class == Class::Tag {
        return run
            .iter()
            .filter_map(|character| u32::from(*character).checked_sub(0xE0000))
            .filter_map(char::from_u32)
            .filter(|character| !character.is_control())
            .take(SHOWN)
            .collect();
    }
    let names: Vec<String> = run
        .iter()
        .take(8)
        .map(|character| format!("U+{:04X}", u32::from(*character)))
        .collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[HiddenKind]) {
        let seen: Vec<_> = find(text).into_iter().map(|hidden| hidden.kind).collect();
        assert_eq!(seen, expected, "{text:?}");
    }

    #[test]
    fn hidden_characters_are_found() {
        check(
            "if access != \"user\u{202e} \u{2066}// admin\u{2069} \u{2066}\":",
            &[HiddenKind::Reordering; 4],
        );
        check(
            "a\u{200b}\u{200c}\u{200d}\u{2060}b",
            &[HiddenKind::ZeroWidth],
        );
        check("pass\u{200b}word", &[HiddenKind::ZeroWidth]);
        check(
            "hello\u{e0049}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}",
            &[HiddenKind::Tags],
        );
        check(
            "x\u{fe00}\u{fe01}\u{fe02}\u{fe03}",
            &[HiddenKind::VariationSelectors],
        );
        check(
            "😀\u{e0148}\u{e0155}\u{e0155}",
            &[HiddenKind::VariationSelectors],
        );
    }

    #[test]
    fn tags_are_spelled_out() {
        let hits = find("x\u{e0052}\u{e0055}\u{e004e}");
        assert_eq!(hits.items()[0].shown, "RUN");
        assert_eq!(hits.items()[0].place, Place::Line { line: 1, column: 2 });
    }

    #[test]
    fn honest_texts_are_quiet() {
        for text in [
            "plain",
            "\u{feff}starts with a mark",
            "👩\u{200d}💻 and 👨\u{200d}👩\u{200d}👧",
            "🏳\u{fe0f}\u{200d}🌈",
            "می\u{200c}خواهم",
            "क\u{094d}\u{200d}ष",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "co\u{00ad}operate",
            "❤\u{fe0f} ❤\u{fe0f}",
            "word \u{200b} word",
            "ภาษา\u{200b}ไทย",
            "naïve café – “quotes” … ▁ Ġ",
            "葛\u{e0100}城",
        ] {
            check(text, &[]);
        }
        check("(\u{202b}שלום\u{202c})", &[HiddenKind::Directional; 2]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "(\u{200b}|\u{202e}|\u{e0041}|\u{fe00}|a|\n|\\PC){0,80}") {
            proptest::prop_assert_eq!(find(&text), find(&text));
        }
    }
}
