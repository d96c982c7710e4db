//! Literals stay where they are in the source; their content is decoded only when a name or a payload needs it.

use chainwright_core::bytes::ByteSource;

use crate::input::{Span, content};

/// How the bytes of a literal become a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// BINUNICODE and its relatives: a string in UTF-8.
    Utf8,
    /// UNICODE: a string in raw-unicode-escape.
    RawUnicode,
    /// STRING: a string in quotes with escapes (bytes in Python 2).
    Quoted,
    /// BINSTRING: a string of bytes (bytes in Python 2).
    Latin,
    /// BINBYTES and its relatives.
    Bytes,
    /// A UTF-8 string that an approved call turned into bytes, one for each character.
    Utf8AsBytes,
}

impl Coding {
    /// Whether the value is of type `str` for a Python 3 loader.
    pub(crate) const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Utf8 | Self::RawUnicode | Self::Quoted | Self::Latin
        )
    }
}

/// A string or bytes literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) span: Span,
    pub(crate) coding: Coding,
}

impl Literal {
    /// The text, if it is text and at most `max` bytes long in the source.
    pub(crate) fn text(self, source: &dyn ByteSource, max: usize) -> Option<String> {
        if !self.coding.is_text() || usize::try_from(self.span.length).ok()? > max {
            return None;
        }
        Some(self.decoded(&content(source, self.span, max)))
    }

    /// The first characters, for people.
    pub(crate) fn start(self, source: &dyn ByteSource, max: usize) -> String {
        self.decoded(&content(source, self.span, max))
    }

    /// The bytes that the value stands for, at most `max` of them.
    pub(crate) fn bytes(self, source: &dyn ByteSource, max: usize) -> Vec<u8> {
        match self.coding {
            Coding::Bytes | Coding::Latin => content(source, self.span, max),
            Coding::Utf8 => content(source, self.span, max),
            Coding::Utf8AsBytes => {
                let raw = content(source, self.span, max.saturating_mul(2));
                latin1(&String::from_utf8_lossy(&raw))
            }
            Coding::Quoted => unquote(&content(source, self.span, max)),
            Coding::RawUnicode => latin1(&raw_unicode(&content(source, self.span, max))),
        }
    }

    fn decoded(self, raw: &[u8]) -> String {
        match self.coding {
            Coding::Utf8 | Coding::Utf8AsBytes => String::from_utf8_lossy(raw).into_owned(),
            Coding::RawUnicode => raw_unicode(raw),
            Coding::Quoted => unquote(raw).into_iter().map(char::from).collect(),
            Coding::Latin | Coding::Bytes => raw.iter().copied().map(char::from).collect(),
        }
    }
}

/// Characters below 256 as bytes, others as `?`.
pub(crate) fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
        .collect()
}

/// Removes outermost quotes and resolves escapes, as `codecs.escape_decode` does.
pub(crate) fn unquote(raw: &[u8]) -> Vec<u8> {
    let inner = match raw {
        [first @ (b'\'' | b'"'), inner @ .., last] if first == last => inner,
        other => other,
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'a') => out.push(7),
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'v') => out.push(11),
            Some(b'\n') | None => {}
            Some(b'x') => out.push(low_byte(digits(&mut bytes, 16, 2, 0))),
            Some(digit @ b'0'..=b'7') => {
                let first = u32::from(digit.saturating_sub(b'0'));
                out.push(low_byte(digits(&mut bytes, 8, 2, first)));
            }
            Some(other @ (b'\\' | b'\'' | b'"')) => out.push(other),
            Some(other) => out.extend([b'\\', other]),
        }
    }
    out
}

fn low_byte(number: u32) -> u8 {
    u8::try_from(number & 0xff).unwrap_or_default()
}

/// Reads at most `most` digits of `radix` behind the value so far.
fn digits(
    bytes: &mut std::iter::Peekable<impl Iterator<Item = u8>>,
    radix: u32,
    most: u32,
    so_far: u32,
) -> u32 {
    let mut number = so_far;
    for _ in 0..most {
        let Some(digit) = bytes
            .peek()
            .and_then(|&byte| char::from(byte).to_digit(radix))
        else {
            break;
        };
        bytes.next();
        number = number.saturating_mul(radix).saturating_add(digit);
    }
    number
}

/// Resolves `\uXXXX` and `\UXXXXXXXX`; every other byte is a Latin-1 character.
fn raw_unicode(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let width = match (byte, bytes.peek()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                out.push(char::from(byte));
                continue;
            }
        };
        bytes.next();
        let code = digits(&mut bytes, 16, width, 0);
        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_as_python_does() {
        assert_eq!(unquote(br"'o\x73'"), b"os");
        assert_eq!(unquote(br"'\157s\n\q'"), b"os\n\\q");
        assert_eq!(unquote(br"no quotes"), b"no quotes");
        assert_eq!(raw_unicode(br"\u006fs\\"), "os\\\\");
        assert_eq!(raw_unicode(br"\U0001f600"), "\u{1f600}");
    }
}
