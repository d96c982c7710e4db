//! Text inside Markdown that stays text, whatever it says.
//!
//! Hostile text goes into code spans only: there GitHub and GitLab look for no markup, no HTML, no mention, no
//! issue number and no address. Escaping with backslashes would leave mentions and bare addresses alive.

use crate::text::{self, LONG};

/// A code span around visible text (CommonMark 0.31, section 6.1): the fence is longer than any in the text.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let is_tight = !text.starts_with(['`', ' ']) && !text.ends_with(['`', ' ']);
    let pad = if is_tight { "" } else { " " };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Visible text as code inside an HTML block, where Markdown is not read.
pub(super) fn summary_code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Text with every ASCII punctuation character as a character reference, which Markdown never reads as markup.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '-' | '.' | ',') {
            safe.push_str(&format!("&#{};", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A sentence that may quote hostile text: plain words stay words, everything else becomes code.
pub(super) fn prose(sentence: &str) -> String {
    let shown = text::shown(sentence, LONG);
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, part) in shown.split('`').enumerate() {
        // Between backticks the author of the sentence quotes.
        if index % 2 == 1 {
            pieces.push(Piece::Code(part.trim().to_owned()));
            continue;
        }
        for word in part.split_inclusive(' ') {
            let bare = word.trim_end();
            let is_first = pieces.is_empty();
            if bare.is_empty() || (is_plain(bare) && !(is_first && starts_a_block(bare))) {
                pieces.push(Piece::Word(word.to_owned()));
            } else {
                pieces.push(Piece::Code(bare.to_owned()));
                pieces.push(Piece::Word(word[bare.len()..].to_owned()));
            }
        }
    }
    pieces.into_iter().map(Piece::written).collect()
}

enum Piece {
    Word(String),
    Code(String),
}

impl Piece {
    fn written(self) -> String {
        match self {
            Self::Word(word) => word,
            Self::Code(text) if text.is_empty() => String::new(),
            Self::Code(text) => code(&text),
        }
    }
}

/// A word of letters or a number, with the punctuation of a sentence around it.
fn is_plain(word: &str) -> bool {
    let core = word
        .trim_start_matches('(')
        .trim_end_matches([',', '.', ';', ':', '!', '?', ')']);
    let is_word = core
        .split(['-', '\''])
        .all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
    let is_number = core
        .split(',')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    core.is_empty()
        && word
            .bytes()
            .all(|byte| matches!(byte, b',' | b'.' | b';' | b':' | b')'))
        || is_word
        || is_number
}

/// `1.` and `1)` at the start of a line make lists.
fn starts_a_block(word: &str) -> bool {
    word.starts_with(|character: char| character.is_ascii_digit()) && word.ends_with(['.', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_cannot_be_closed_by_their_text() {
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a `` b"), "```a `` b```");
        assert_eq!(code("`x"), "`` `x ``");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn sentences_stay_sentences_and_everything_else_is_code() {
        let cases = [
            (
                "loading runs `os.system` twice",
                "loading runs `os.system` twice",
            ),
            (
                "6 findings, at the gate (medium)",
                "6 findings, at the gate (medium)",
            ),
            ("there are 6 of them.", "there are 6 of them."),
            ("ask @octocat about #1", "ask `@octocat` about `#1`"),
            (
                "see https://evil.example now",
                "see `https://evil.example` now",
            ),
            ("www.evil.example GH-2", "`www.evil.example` `GH-2`"),
            ("**b** <i>x</i> [a](b)", "`**b**` `<i>x</i>` `[a](b)`"),
            ("- item", "`-` item"),
            ("1. item", "`1.` item"),
            ("odd ` tick @x", "odd `tick @x`"),
        ];
        for (sentence, expected) in cases {
            assert_eq!(prose(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn escaped_text_has_no_markup_left() {
        assert_eq!(
            escaped("<b>*x*_@a|`"),
            "&#60;b&#62;&#42;x&#42;&#95;&#64;a&#124;&#96;"
        );
    }
}
