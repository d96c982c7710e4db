//! A strict JSON tokenizer (RFC 8259) with positions and a depth limit, for headers whose quirks matter.
//!
//! Ordinary JSON readers keep the last of two equal keys and forget the order; here every key is seen. Strings
//! without escapes are borrowed, nothing recurses, and memory is bounded by the depth limit. It builds no tree.

use std::borrow::Cow;

/// One token. A key is delivered with its colon consumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{`
    ObjectStart,
    /// `}`
    ObjectEnd,
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// The name of a member.
    Key(Cow<'a, str>),
    /// A string value.
    String(Cow<'a, str>),
    /// A number as it is written.
    Number(&'a str),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text ends within a value.
    #[error("the text ends too early")]
    UnexpectedEnd,
    /// A character that cannot stand here.
    #[error("unexpected character")]
    UnexpectedCharacter,
    /// A control character inside a string.
    #[error("control character in a string")]
    ControlCharacter,
    /// An escape that JSON does not have, or half a surrogate pair.
    #[error("invalid escape")]
    InvalidEscape,
    /// A number that JSON cannot write so.
    #[error("invalid number")]
    InvalidNumber,
    /// Nested deeper than allowed.
    #[error("nested too deeply")]
    TooDeep,
    /// Something behind the value.
    #[error("content behind the value")]
    TrailingContent,
}

/// Where and why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {position}")]
pub struct JsonError {
    /// Byte offset into the text.
    pub position: usize,
    /// Why.
    pub kind: JsonErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    FirstKey,
    FirstElement,
    CommaOrEnd,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    Array,
}

/// The tokens of one JSON text.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a str,
    position: usize,
    open: Vec<Container>,
    max_depth: usize,
    expect: Expect,
}

impl<'a> Tokens<'a> {
    /// Starts at the beginning of `text`; containers nested deeper than `max_depth` are an error.
    #[must_use]
    pub const fn new(text: &'a str, max_depth: usize) -> Self {
        Self {
            text,
            position: 0,
            open: Vec::new(),
            max_depth,
            expect: Expect::Value,
        }
    }

    /// The byte offset behind the last token.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// How many containers are open.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next token, or `None` when the value is complete and only white space follows.
    ///
    /// # Errors
    /// When the text is not JSON; the tokenizer stays where it is.
    pub fn next_token(&mut self) -> Result<Option<Token<'a>>, JsonError> {
        self.skip_whitespace();
        let Some(byte) = self.peek() else {
            return match self.expect {
                Expect::Nothing => Ok(None),
                _ => Err(self.error(JsonErrorKind::UnexpectedEnd)),
            };
        };
        match (self.expect, byte) {
            (Expect::Nothing, _) => Err(self.error(JsonErrorKind::TrailingContent)),
            (Expect::CommaOrEnd, b',') => self.after_comma(),
            (Expect::CommaOrEnd | Expect::FirstKey, b'}') => self.close(Container::Object),
            (Expect::CommaOrEnd | Expect::FirstElement, b']') => self.close(Container::Array),
            (Expect::FirstKey, b'"') => self.key(),
            (Expect::Value | Expect::FirstElement, _) => self.value(byte),
            (Expect::CommaOrEnd | Expect::FirstKey, _) => {
                Err(self.error(JsonErrorKind::UnexpectedCharacter))
            }
        }
        .map(Some)
    }

    /// Passes over the next value, however deep.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub fn skip_value(&mut self) -> Result<(), JsonError> {
        let depth = self.depth();
        while self.next_token()?.is_some() {
            if self.depth() <= depth {
                break;
            }
        }
        Ok(())
    }

    /// Passes over tokens until only `depth` containers are open.
    ///
    /// # Errors
    /// When the text is not JSON.
    pub fn leave_to(&mut self, depth: usize) -> Result<(), JsonError> {
        while self.depth() > depth && self.next_token()?.is_some() {}
        Ok(())
    }

    fn after_comma(&mut self) -> Result<Token<'a>, JsonError> {
        self.advance(1);
        self.skip_whitespace();
        let byte = self
            .peek()
            .ok_or_else(|| self.error(JsonErrorKind::UnexpectedEnd))?;
        match (self.open.last(), byte) {
            (Some(Container::Object), b'"') => self.key(),
            (Some(Container::Array), _) => self.value(byte),
            _ => Err(self.error(JsonErrorKind::UnexpectedCharacter)),
        }
    }

    fn key(&mut self) -> Result<Token<'a>, JsonError> {
        let key = self.string()?;
        self.skip_whitespace();
        match self.peek() {
            Some(b':') => self.advance(1),
            Some(_) => return Err(self.error(JsonErrorKind::UnexpectedCharacter)),
            None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
        }
        self.expect = Expect::Value;
        Ok(Token::Key(key))
    }

    fn value(&mut self, byte: u8) -> Result<Token<'a>, JsonError> {
        match byte {
            b'{' => self.enter(Container::Object),
            b'[' => self.enter(Container::Array),
            b'"' => self.string().map(|text| self.complete(Token::String(text))),
            b't' => self.word("true", Token::Bool(true)),
            b'f' => self.word("false", Token::Bool(false)),
            b'n' => self.word("null", Token::Null),
            b'-' | b'0'..=b'9' => self.number().map(|text| self.complete(Token::Number(text))),
            _ => Err(self.error(JsonErrorKind::UnexpectedCharacter)),
        }
    }

    fn enter(&mut self, container: Container) -> Result<Token<'a>, JsonError> {
        if self.open.len() >= self.max_depth {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        self.open.push(container);
        self.advance(1);
        let (expect, token) = match container {
            Container::Object => (Expect::FirstKey, Token::ObjectStart),
            Container::Array => (Expect::FirstElement, Token::ArrayStart),
        };
        self.expect = expect;
        Ok(token)
    }

    fn close(&mut self, container: Container) -> Result<Token<'a>, JsonError> {
        if self.open.last() != Some(&container) {
            return Err(self.error(JsonErrorKind::UnexpectedCharacter));
        }
        self.open.pop();
        self.advance(1);
        Ok(self.complete(match container {
            Container::Object => Token::ObjectEnd,
            Container::Array => Token::ArrayEnd,
        }))
    }

    const fn complete(&mut self, token: Token<'a>) -> Token<'a> {
        self.expect = if self.open.is_empty() {
            Expect::Nothing
        } else {
            Expect::CommaOrEnd
        };
        token
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, JsonError> {
        if self.rest().starts_with(word.as_bytes()) {
            self.advance(word.len());
            Ok(self.complete(token))
        } else {
            Err(self.error(JsonErrorKind::UnexpectedCharacter))
        }
    }

    fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position;
        self.accept(|byte| byte == b'-', 1);
        let whole = self.accept(|byte| byte.is_ascii_digit(), usize::MAX);
        let leading_zero = whole > 1
            && self
                .text
                .as_bytes()
                .get(self.position.saturating_sub(whole))
                == Some(&b'0');
        let fraction_missing = self.accept(|byte| byte == b'.', 1) == 1
            && self.accept(|byte| byte.is_ascii_digit(), usize::MAX) == 0;
        let exponent_missing = self.accept(|byte| matches!(byte, b'e' | b'E'), 1) == 1 && {
            self.accept(|byte| matches!(byte, b'+' | b'-'), 1);
            self.accept(|byte| byte.is_ascii_digit(), usize::MAX) == 0
        };
        if whole == 0 || leading_zero || fraction_missing || exponent_missing {
            return Err(self.error(JsonErrorKind::InvalidNumber));
        }
        Ok(self.text.get(start..self.position).unwrap_or_default())
    }

    fn accept(&mut self, matches: impl Fn(u8) -> bool, max: usize) -> usize {
        let count = self
            .rest()
            .iter()
            .take(max)
            .take_while(|byte| matches(**byte))
            .count();
        self.advance(count);
        count
    }

    /// Reads a string from its opening quote; borrowed unless it has escapes.
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.advance(1);
        let mut unescaped: Option<String> = None;
        loop {
            let plain = self
                .rest()
                .iter()
                .take_while(|byte| !matches!(**byte, b'"' | b'\\' | 0..=0x1f))
                .count();
            let from = self.position;
            self.advance(plain);
            let text = self.text.get(from..self.position).unwrap_or_default();
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(match unescaped {
                        None => Cow::Borrowed(text),
                        Some(head) => Cow::Owned(head + text),
                    });
                }
                Some(b'\\') => {
                    let whole = unescaped.get_or_insert_default();
                    whole.push_str(text);
                    let character = self.escape()?;
                    unescaped.get_or_insert_default().push(character);
                }
                Some(_) => return Err(self.error(JsonErrorKind::ControlCharacter)),
                None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.advance(1);
        let letter = self
            .peek()
            .ok_or_else(|| self.error(JsonErrorKind::UnexpectedEnd))?;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.error(JsonErrorKind::InvalidEscape)),
        };
        self.advance(1);
        Ok(character)
    }

    /// Reads `uXXXX` behind a backslash, and its second half where it is a surrogate.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let invalid = self.error(JsonErrorKind::InvalidEscape);
        let first = self.code_unit().ok_or(invalid)?;
        let mut units = vec![first];
        if matches!(first, 0xd800..=0xdbff) {
            if !self.rest().starts_with(b"\\u") {
                return Err(invalid);
            }
            self.advance(1);
            units.push(self.code_unit().ok_or(invalid)?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(invalid),
        }
    }

    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.rest().get(1..5)?;
        let all_hex = digits.iter().all(u8::is_ascii_hexdigit);
        let value = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        self.advance(5);
        all_hex.then_some(value)
    }

    fn rest(&self) -> &'a [u8] {
        self.text
            .as_bytes()
            .get(self.position..)
            .unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    const fn advance(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
    }

    fn skip_whitespace(&mut self) {
        self.accept(
            |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
            usize::MAX,
        );
    }

    const fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError {
            position: self.position,
            kind,
        }
    }
}

/// Whether the head of a file can only be the beginning of a JSON object or array: tokens up to the end of the
/// head, which may cut the text anywhere.
#[must_use]
pub(crate) fn looks_like_document(head: &str) -> bool {
    let mut tokens = Tokens::new(head, 256);
    if !matches!(
        tokens.next_token(),
        Ok(Some(Token::ObjectStart | Token::ArrayStart))
    ) {
        return false;
    }
    loop {
        match tokens.next_token() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(error) => {
                let cut = head.len().saturating_sub(error.position) < 16 && head.len() >= 60_000;
                return matches!(
                    error.kind,
                    JsonErrorKind::UnexpectedEnd | JsonErrorKind::TooDeep
                ) || cut;
            }
        }
    }
}

#[cfg(test)]
mod tests;
