//! Splits a template into text, comments and tags, and tags into tokens, the way Jinja2 does.
//!
//! String literals are decoded with Python's escapes (`\x5f`, `\137`, `\u005f`, `\N{LOW LINE}`), because Jinja2 passes
//! them through `unicode-escape` and attackers write names with them. Blanks around tags follow the settings of
//! transformers: `trim_blocks` and `lstrip_blocks` are on.
//!
//! Deliberately absent: line statements and custom delimiters; no chat renderer turns them on.

use std::borrow::Cow;

/// A piece of the template outside or including a tag.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// Literal output.
    Text { at: usize, text: &'a str },
    /// `{# … #}`, without the delimiters.
    Comment { at: usize, text: &'a str },
    /// `{{ … }}`; the tokens are in the lexer's buffer.
    Output { at: usize },
    /// `{% … %}`; the tokens are in the lexer's buffer.
    Tag { at: usize },
}

/// A token inside a tag.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) at: usize,
    pub(crate) kind: TokenKind<'a>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind<'a> {
    Name(&'a str),
    Str(Cow<'a, str>),
    Int(i64),
    Float,
    Op(&'static str),
    /// A character that starts no token.
    Stray,
}

/// Yields pieces; the tokens of the latest tag lie in `tokens`.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    source: &'a str,
    position: usize,
    trim_next: Trim,
    /// Tokens of the latest tag.
    pub(crate) tokens: Vec<Token<'a>>,
    /// Where tags, comments, strings and raw blocks start that never end.
    pub(crate) unfinished: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trim {
    Nothing,
    Newline,
    Blanks,
}

/// The operator at the start of a text.
fn operator(text: &str) -> Option<&'static str> {
    let mut bytes = text.bytes();
    Some(match (bytes.next()?, bytes.next().unwrap_or(0)) {
        (b'/', b'/') => "//",
        (b'*', b'*') => "**",
        (b'=', b'=') => "==",
        (b'!', b'=') => "!=",
        (b'>', b'=') => ">=",
        (b'<', b'=') => "<=",
        (b'+', _) => "+",
        (b'-', _) => "-",
        (b'*', _) => "*",
        (b'/', _) => "/",
        (b'%', _) => "%",
        (b'.', _) => ".",
        (b',', _) => ",",
        (b':', _) => ":",
        (b'~', _) => "~",
        (b'|', _) => "|",
        (b'=', _) => "=",
        (b'>', _) => ">",
        (b'<', _) => "<",
        (b'(', _) => "(",
        (b')', _) => ")",
        (b'[', _) => "[",
        (b']', _) => "]",
        (b'{', _) => "{",
        (b'}', _) => "}",
        _ => return None,
    })
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self {
            source,
            position: 0,
            trim_next: Trim::Nothing,
            tokens: Vec::new(),
            unfinished: Vec::new(),
        }
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.position..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.position = self.position.saturating_add(bytes).min(self.source.len());
    }

    /// The next piece; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Option<Piece<'a>> {
        loop {
            if self.position >= self.source.len() {
                return None;
            }
            let rest = self.rest();
            let start = find_delimiter(rest);
            match start {
                None => {
                    let at = self.position;
                    let text = self.trim_start(rest);
                    self.advance(rest.len());
                    return (!text.is_empty()).then_some(Piece::Text { at, text });
                }
                Some(0) => {
                    if let Some(piece) = self.delimited() {
                        return Some(piece);
                    }
                }
                Some(length) => {
                    let at = self.position;
                    let text = rest.get(..length).unwrap_or_default();
                    let text = self.trim_start(text);
                    self.advance(length);
                    let text = self.trim_end(text, at == 0);
                    if !text.is_empty() {
                        return Some(Piece::Text { at, text });
                    }
                }
            }
        }
    }

    fn trim_start(&mut self, text: &'a str) -> &'a str {
        match std::mem::replace(&mut self.trim_next, Trim::Nothing) {
            Trim::Nothing => text,
            Trim::Newline => text
                .strip_prefix("\r\n")
                .or_else(|| text.strip_prefix('\n'))
                .unwrap_or(text),
            Trim::Blanks => text.trim_start(),
        }
    }

    /// Trims the text in front of the tag at the current position.
    fn trim_end(&self, text: &'a str, is_first: bool) -> &'a str {
        let mut tag = self.rest().bytes();
        let is_output = tag.nth(1) == Some(b'{');
        match tag.next() {
            Some(b'-') => text.trim_end(),
            Some(b'+') => text,
            _ if is_output => text,
            _ => {
                let trimmed = text.trim_end_matches([' ', '\t']);
                if trimmed.ends_with('\n') || (trimmed.is_empty() && is_first) {
                    trimmed
                } else {
                    text
                }
            }
        }
    }

    /// Reads what starts with a delimiter at the current position; `None` if it produced nothing.
    fn delimited(&mut self) -> Option<Piece<'a>> {
        self.trim_next = Trim::Nothing;
        let at = self.position;
        match self.rest().as_bytes().get(1).copied() {
            Some(b'#') => Some(self.comment(at)),
            Some(b'{') => {
                self.advance(2);
                self.tokens_until("}}");
                Some(Piece::Output { at })
            }
            _ => {
                self.advance(2);
                if let Some(body) = raw_tag(self.rest(), "raw") {
                    return self.raw(at, body);
                }
                self.tokens_until("%}");
                Some(Piece::Tag { at })
            }
        }
    }

    fn comment(&mut self, at: usize) -> Piece<'a> {
        self.advance(2);
        let rest = self.rest();
        let length = rest.find("#}").unwrap_or_else(|| {
            self.unfinished.push(at);
            rest.len()
        });
        let text = rest.get(..length).unwrap_or_default();
        self.advance(length.saturating_add(2));
        self.trim_next = if text.ends_with('-') {
            Trim::Blanks
        } else {
            Trim::Newline
        };
        Piece::Comment { at, text }
    }

    fn raw(&mut self, at: usize, opening: RawTag) -> Option<Piece<'a>> {
        self.advance(opening.length);
        let rest = self.rest();
        let mut searched = 0usize;
        let closing = loop {
            let tail = rest.get(searched..).unwrap_or_default();
            let Some(found) = tail.find("{%") else {
                break None;
            };
            let start = searched.saturating_add(found);
            searched = start.saturating_add(2);
            let tail = rest.get(searched..).unwrap_or_default();
            if let Some(tag) = raw_tag(tail, "endraw") {
                break Some((start, tag));
            }
        };
        let Some((length, tag)) = closing else {
            self.unfinished.push(at);
            self.advance(rest.len());
            return (!rest.is_empty()).then_some(Piece::Text { at, text: rest });
        };
        let mut text = rest.get(..length).unwrap_or_default();
        if opening.trims_after {
            text = text.trim_start();
        }
        if tag.trims_before {
            text = text.trim_end();
        }
        self.advance(length.saturating_add(2).saturating_add(tag.length));
        self.trim_next = if tag.trims_after {
            Trim::Blanks
        } else {
            Trim::Newline
        };
        (!text.is_empty()).then_some(Piece::Text { at, text })
    }

    /// Tokens up to the closing delimiter, which only counts outside brackets.
    fn tokens_until(&mut self, close: &'static str) {
        let start = self.position;
        self.tokens.clear();
        if self.rest().starts_with(['-', '+']) {
            self.advance(1);
        }
        let mut brackets = 0usize;
        loop {
            let rest = self.rest();
            let blanks = rest.len().saturating_sub(rest.trim_start().len());
            self.advance(blanks);
            let rest = self.rest();
            if rest.is_empty() {
                self.unfinished.push(start);
                return;
            }
            if brackets == 0 && self.close_tag(close) {
                return;
            }
            let token = self.token();
            match token.kind {
                TokenKind::Op("(" | "[" | "{") => brackets = brackets.saturating_add(1),
                TokenKind::Op(")" | "]" | "}") => brackets = brackets.saturating_sub(1),
                TokenKind::Name(_)
                | TokenKind::Str(_)
                | TokenKind::Int(_)
                | TokenKind::Float
                | TokenKind::Op(_)
                | TokenKind::Stray => {}
            }
            self.tokens.push(token);
        }
    }

    fn close_tag(&mut self, close: &'static str) -> bool {
        let rest = self.rest();
        if rest.starts_with(close) {
            self.advance(2);
            self.trim_next = if close == "%}" {
                Trim::Newline
            } else {
                Trim::Nothing
            };
            return true;
        }
        let signed = rest.strip_prefix(['-', '+']);
        if signed.is_some_and(|rest| rest.starts_with(close)) {
            self.trim_next = if rest.starts_with('-') {
                Trim::Blanks
            } else {
                Trim::Nothing
            };
            self.advance(3);
            return true;
        }
        false
    }

    fn token(&mut self) -> Token<'a> {
        let at = self.position;
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or('\0');
        let kind = match first {
            '\'' | '"' => self.string(first),
            '0'..='9' => self.number(),
            _ if first == '_' || first.is_alphabetic() => {
                let length = rest
                    .find(|character: char| character != '_' && !character.is_alphanumeric())
                    .unwrap_or(rest.len());
                self.advance(length);
                TokenKind::Name(rest.get(..length).unwrap_or_default())
            }
            _ => match operator(rest) {
                Some(operator) => {
                    self.advance(operator.len());
                    TokenKind::Op(operator)
                }
                None => {
                    self.advance(first.len_utf8());
                    TokenKind::Stray
                }
            },
        };
        Token { at, kind }
    }

    fn string(&mut self, quote: char) -> TokenKind<'a> {
        let at = self.position;
        self.advance(1);
        let rest = self.rest();
        let mut has_escapes = false;
        let mut is_escaped = false;
        let end = rest.bytes().position(|byte| {
            let closes = !is_escaped && char::from(byte) == quote;
            is_escaped = !is_escaped && byte == b'\\';
            has_escapes |= is_escaped;
            closes
        });
        let length = end.unwrap_or_else(|| {
            self.unfinished.push(at);
            rest.len()
        });
        self.advance(length.saturating_add(1));
        let raw = rest.get(..length).unwrap_or_default();
        TokenKind::Str(if has_escapes {
            Cow::Owned(unescape(raw))
        } else {
            Cow::Borrowed(raw)
        })
    }

    fn number(&mut self) -> TokenKind<'a> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let after_dot = self
            .source
            .get(..self.position)
            .is_some_and(|before| before.ends_with('.'));
        let radix = match bytes.get(..2) {
            Some(b"0x" | b"0X") => 16,
            Some(b"0o" | b"0O") => 8,
            Some(b"0b" | b"0B") => 2,
            _ => 10,
        };
        let prefix = if radix == 10 { 0 } else { 2 };
        let digits = digits_at(rest.get(prefix..).unwrap_or_default(), radix);
        let whole = rest
            .get(prefix..prefix.saturating_add(digits))
            .unwrap_or_default();
        let mut length = prefix.saturating_add(digits);
        let fraction = fraction_at(rest.get(length..).unwrap_or_default());
        if radix == 10 && !after_dot && fraction > 0 {
            length = length.saturating_add(fraction);
            self.advance(length);
            return TokenKind::Float;
        }
        self.advance(length.max(1));
        let cleaned: String = whole.chars().filter(|digit| *digit != '_').collect();
        TokenKind::Int(i64::from_str_radix(&cleaned, radix).unwrap_or(i64::MAX))
    }
}

fn digits_at(text: &str, radix: u32) -> usize {
    text.find(|character: char| character != '_' && !character.is_digit(radix))
        .unwrap_or(text.len())
}

/// The length of `.5`, `e9`, `.5e-3` at the start of the text.
fn fraction_at(text: &str) -> usize {
    let decimals = match text.strip_prefix('.') {
        Some(rest) if rest.starts_with(|digit: char| digit.is_ascii_digit()) => {
            digits_at(rest, 10).saturating_add(1)
        }
        _ => 0,
    };
    let rest = text.get(decimals..).unwrap_or_default();
    let exponent = rest.strip_prefix(['e', 'E']).map_or(0, |rest| {
        let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let sign = rest.len().saturating_sub(unsigned.len());
        match digits_at(unsigned, 10) {
            0 => 0,
            digits => digits.saturating_add(sign).saturating_add(1),
        }
    });
    decimals.saturating_add(exponent)
}

/// The offset of the first `{{`, `{%` or `{#`.
fn find_delimiter(text: &str) -> Option<usize> {
    let mut offset = 0usize;
    loop {
        let found = text.get(offset..)?.find('{')?.saturating_add(offset);
        let next = text.as_bytes().get(found.saturating_add(1));
        if matches!(next, Some(b'{' | b'%' | b'#')) {
            return Some(found);
        }
        offset = found.saturating_add(1);
    }
}

#[derive(Debug, Clone, Copy)]
struct RawTag {
    length: usize,
    trims_before: bool,
    trims_after: bool,
}

/// Recognises ` raw %}` behind `{%`, with all its blanks and signs.
fn raw_tag(text: &str, keyword: &str) -> Option<RawTag> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let rest = unsigned.trim_start().strip_prefix(keyword)?.trim_start();
    let trims_after = rest.starts_with('-');
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let rest = rest.strip_prefix("%}")?;
    Some(RawTag {
        length: text.len().saturating_sub(rest.len()),
        trims_before: text.starts_with('-'),
        trims_after,
    })
}

/// Decodes Python's string escapes; unknown ones stay as they are, as in Python.
pub(crate) fn unescape(raw: &str) -> String {
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find('\\') {
        decoded.push_str(rest.get(..start).unwrap_or_default());
        let escape = rest.get(start.saturating_add(1)..).unwrap_or_default();
        let (character, length) = decode_escape(escape);
        match character {
            Some(character) => decoded.push(character),
            None if length == 0 => decoded.push('\\'),
            None => {}
        }
        rest = escape.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// What follows a backslash: the character it stands for, and how many bytes it takes.
fn decode_escape(escape: &str) -> (Option<char>, usize) {
    let Some(first) = escape.chars().next() else {
        return (None, 0);
    };
    let simple = match first {
        '\n' => return (None, 1),
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' | '\'' | '"' => first,
        'x' => return hexadecimal(escape, 2),
        'u' => return hexadecimal(escape, 4),
        'U' => return hexadecimal(escape, 8),
        'N' => return named(escape),
        '0'..='7' => {
            let digits = escape
                .bytes()
                .take(3)
                .take_while(|digit| (b'0'..=b'7').contains(digit));
            let length = digits.count();
            let value = u32::from_str_radix(escape.get(..length).unwrap_or_default(), 8);
            return (value.ok().and_then(char::from_u32), length);
        }
        _ => return (None, 0),
    };
    (Some(simple), 1)
}

fn hexadecimal(escape: &str, digits: usize) -> (Option<char>, usize) {
    let end = digits.saturating_add(1);
    let Some(value) = escape
        .get(1..end)
        .and_then(|text| u32::from_str_radix(text, 16).ok())
    else {
        return (None, 0);
    };
    (Some(char::from_u32(value).unwrap_or('\u{fffd}')), end)
}

/// `\N{LOW LINE}` and the names of Latin letters and digits: enough to write identifiers.
fn named(escape: &str) -> (Option<char>, usize) {
    let Some((name, _)) = escape
        .get(1..)
        .and_then(|rest| rest.strip_prefix('{')?.split_once('}'))
    else {
        return (None, 0);
    };
    let length = name.len().saturating_add(3);
    let upper = name.to_ascii_uppercase();
    let single = |letter: &str| letter.chars().next().filter(|_| letter.len() == 1);
    let character = if let Some(letter) = upper.strip_prefix("LATIN SMALL LETTER ") {
        single(letter).map(|letter| letter.to_ascii_lowercase())
    } else if let Some(letter) = upper.strip_prefix("LATIN CAPITAL LETTER ") {
        single(letter)
    } else {
        match upper.as_str() {
            "LOW LINE" | "SPACING UNDERSCORE" => Some('_'),
            "FULL STOP" | "PERIOD" => Some('.'),
            "SPACE" => Some(' '),
            "SOLIDUS" | "SLASH" => Some('/'),
            "LEFT CURLY BRACKET" => Some('{'),
            "RIGHT CURLY BRACKET" => Some('}'),
            "ZERO WIDTH SPACE" => Some('\u{200b}'),
            _ => Some('\u{fffd}'),
        }
    };
    (character.or(Some('\u{fffd}')), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_escapes_are_decoded() {
        for (raw, expected) in [
            (r"\x5f\137\u005f\U0000005f\N{LOW LINE}", "_____"),
            (r"a\nb\\c\q", "a\nb\\c\\q"),
            (r"\N{LATIN SMALL LETTER C}\x6", "c\\x6"),
            ("a\\\nb", "ab"),
        ] {
            assert_eq!(unescape(raw), expected, "{raw}");
        }
    }

    fn outline(source: &str) -> Vec<String> {
        let mut lexer = Lexer::new(source);
        let mut pieces = Vec::new();
        while let Some(piece) = lexer.next_piece() {
            pieces.push(match piece {
                Piece::Text { text, .. } => format!("text {text:?}"),
                Piece::Comment { text, .. } => format!("comment {text:?}"),
                Piece::Output { .. } => format!("output {}", lexer.tokens.len()),
                Piece::Tag { .. } => format!("tag {}", lexer.tokens.len()),
            });
        }
        pieces
    }

    #[test]
    fn pieces_follow_jinja() {
        for (source, expected) in [
            (
                "a {{- b }} c",
                vec!["text \"a\"", "output 1", "text \" c\""],
            ),
            (
                "x\n  {% if a %}\ny",
                vec!["text \"x\\n\"", "tag 2", "text \"y\""],
            ),
            ("{# note -#}  z", vec!["comment \" note -\"", "text \"z\""]),
            ("{% raw %}{{ a }}{% endraw %}", vec!["text \"{{ a }}\""]),
            ("{{ {'a': {}} }}", vec!["output 6"]),
            ("{{ '%}' ~ \"}}\" }}", vec!["output 3"]),
            ("{{ 1.5 + 2e3 + x.0.1 }}", vec!["output 9"]),
        ] {
            assert_eq!(outline(source), expected, "{source}");
        }
    }
}
