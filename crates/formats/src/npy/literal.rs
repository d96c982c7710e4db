//! Python literals as `ast.literal_eval` reads them, for headers: bounded in depth, and noting code.
//!
//! Anything that is no literal (a name, a call, an operator) makes the whole header code. Escapes in strings are
//! resolved as far as headers use them; numbers keep their value only where they are integers.

use std::fmt;

/// How deep tuples, lists and dictionaries may be nested.
const MAX_DEPTH: u32 = 32;
/// How many values a header may have.
const MAX_VALUES: usize = 100_000;

/// Stands for a character that was written by its name.
pub(super) const BY_NAME: char = '\u{fffd}';

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    None,
    Bool(bool),
    Integer(i128),
    Float,
    Text(String),
    Tuple(Vec<Self>),
    List(Vec<Self>),
    Dict(Vec<(Self, Self)>),
}

/// The outcome: no value if the text is no literal, and whether that is because it holds code.
#[derive(Debug)]
pub(super) struct Parsed {
    pub value: Option<Literal>,
    pub has_code: bool,
}

pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser {
        rest: text,
        values: 0,
        has_code: false,
    };
    let value = parser.value(MAX_DEPTH);
    parser.skip_space();
    let is_whole = parser.rest.trim_matches('\0').is_empty();
    if value.is_some() && !is_whole {
        parser.has_code |= parser
            .rest
            .contains(['(', '.', '+', '*', ';', '[', 'i', 'o', 'f']);
    }
    Parsed {
        value,
        has_code: parser.has_code,
    }
}

struct Parser<'a> {
    rest: &'a str,
    values: usize,
    has_code: bool,
}

impl Parser<'_> {
    fn value(&mut self, depth: u32) -> Option<Literal> {
        self.values = self
            .values
            .checked_add(1)
            .filter(|count| *count <= MAX_VALUES)?;
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        match self.rest.chars().next()? {
            '(' => self.tuple(depth),
            '[' => self
                .items(']', depth)
                .map(|(items, _)| Literal::List(items)),
            '{' => self.dict(depth),
            '\'' | '"' => self.text(false),
            '-' | '+' | '.' | '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    /// Parentheses around one value without a comma are only parentheses.
    fn tuple(&mut self, depth: u32) -> Option<Literal> {
        let (mut items, has_comma) = self.items(')', depth)?;
        if items.len() == 1 && !has_comma {
            return items.pop();
        }
        Some(Literal::Tuple(items))
    }

    fn items(&mut self, close: char, depth: u32) -> Option<(Vec<Literal>, bool)> {
        self.advance(1);
        let mut items = Vec::new();
        let mut has_comma = false;
        loop {
            if self.accept(close) {
                return Some((items, has_comma));
            }
            items.push(self.value(depth)?);
            if self.accept(',') {
                has_comma = true;
            } else if !self.accept(close) {
                self.note_code();
                return None;
            } else {
                return Some((items, has_comma));
            }
        }
    }

    fn dict(&mut self, depth: u32) -> Option<Literal> {
        self.advance(1);
        let mut entries = Vec::new();
        loop {
            if self.accept('}') {
                return Some(Literal::Dict(entries));
            }
            let key = self.value(depth)?;
            if !self.accept(':') {
                self.note_code();
                return None;
            }
            let value = self.value(depth)?;
            entries.push((key, value));
            if !self.accept(',') {
                if self.accept('}') {
                    return Some(Literal::Dict(entries));
                }
                self.note_code();
                return None;
            }
        }
    }

    /// Strings beside each other are one string; so three quotes need no rule of their own.
    fn text(&mut self, is_raw: bool) -> Option<Literal> {
        let mut text = String::new();
        let mut is_raw = is_raw;
        while let Some(quote) = self
            .rest
            .chars()
            .next()
            .filter(|first| matches!(first, '\'' | '"'))
        {
            self.advance(1);
            loop {
                let mut characters = self.rest.chars();
                let character = characters.next()?;
                self.rest = characters.as_str();
                match character {
                    '\\' if is_raw => {
                        text.push('\\');
                        text.push(self.take()?);
                    }
                    '\\' => self.escape(&mut text)?,
                    _ if character == quote => break,
                    _ => text.push(character),
                }
            }
            self.skip_space();
            is_raw = false;
        }
        Some(Literal::Text(text))
    }

    /// Resolves what follows a backslash (Python reference, 2.4.1.1). NumPy writes few of these, but its reader
    /// resolves all of them, so `\x4f` is an `O`.
    fn escape(&mut self, text: &mut String) -> Option<()> {
        match self.take()? {
            '\n' => {}
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'x' => text.push(self.code_point(2, 16)?),
            'u' => text.push(self.code_point(4, 16)?),
            'U' => text.push(self.code_point(8, 16)?),
            first @ '0'..='7' => {
                let rest = self
                    .rest
                    .bytes()
                    .take(2)
                    .take_while(|byte| matches!(byte, b'0'..=b'7'))
                    .count();
                let digits = format!("{first}{}", self.rest.get(..rest)?);
                self.advance(rest);
                text.push(char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?);
            }
            // LIMIT: characters by name are not looked up; nobody honest writes them into a header.
            'N' => {
                let end = self.rest.find('}')?;
                self.advance(end.checked_add(1)?);
                text.push(BY_NAME);
            }
            quoted @ ('\\' | '\'' | '"') => text.push(quoted),
            other => {
                text.push('\\');
                text.push(other);
            }
        }
        Some(())
    }

    fn code_point(&mut self, digits: usize, radix: u32) -> Option<char> {
        let value = u32::from_str_radix(self.rest.get(..digits)?, radix).ok()?;
        self.advance(digits);
        char::from_u32(value)
    }

    fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        Some(character)
    }

    fn number(&mut self) -> Option<Literal> {
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_');
        let sign_length = usize::from(self.rest.starts_with(['-', '+']));
        let body = self.rest.get(sign_length..)?;
        let length = body
            .find(|character| !is_part(character))
            .unwrap_or(body.len());
        let digits = body.get(..length)?;
        if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            self.note_code();
            return None;
        }
        let is_negative = self.rest.starts_with('-');
        self.advance(length.saturating_add(sign_length));
        // Python 2 wrote long integers with an `L`.
        let plain = digits.trim_end_matches('L').replace('_', "");
        let integer = match plain.get(..2) {
            Some("0x" | "0X") => i128::from_str_radix(plain.get(2..)?, 16).ok(),
            _ => plain.parse::<i128>().ok(),
        };
        Some(match integer {
            Some(value) if is_negative => Literal::Integer(value.checked_neg()?),
            Some(value) => Literal::Integer(value),
            None => Literal::Float,
        })
    }

    fn word(&mut self) -> Option<Literal> {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let length = self
            .rest
            .find(|character| !is_part(character))
            .unwrap_or(self.rest.len());
        let word = self.rest.get(..length)?;
        let literal = match word {
            "True" => Literal::Bool(true),
            "False" => Literal::Bool(false),
            "None" => Literal::None,
            "u" | "b" | "r" | "U" | "B" | "R" | "br" | "rb"
                if self.rest.get(length..)?.starts_with(['\'', '"']) =>
            {
                self.advance(length);
                return self.text(word.contains(['r', 'R']));
            }
            _ => {
                self.note_code();
                return None;
            }
        };
        self.advance(length);
        Some(literal)
    }

    /// What stands here is no literal; it is code if it reads like an expression.
    fn note_code(&mut self) {
        let first = self.rest.chars().next();
        self.has_code |= first.is_some_and(|character| {
            character.is_alphabetic()
                || matches!(character, '_' | '(' | '.' | '*' | '+' | '-' | '%' | '[')
        });
    }

    fn accept(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.rest.starts_with(wanted);
        if found {
            self.advance(wanted.len_utf8());
        }
        found
    }

    /// Passes over white space, comments and joined lines.
    fn skip_space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix('#') {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else if let Some(joined) = self.rest.strip_prefix("\\\n") {
                self.rest = joined;
            } else {
                break;
            }
        }
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float => f.write_str("a float"),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Tuple(items) => sequence(f, "(", items, ")"),
            Self::List(items) => sequence(f, "[", items, "]"),
            Self::Dict(entries) => write!(f, "a dictionary of {}", entries.len()),
        }
    }
}

fn sequence(f: &mut fmt::Formatter<'_>, open: &str, items: &[Literal], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.iter().take(16).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{item}")?;
    }
    if items.len() > 16 {
        f.write_str(", …")?;
    }
    f.write_str(close)
}
