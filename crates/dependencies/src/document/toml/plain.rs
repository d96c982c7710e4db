//! The TOML that tools write into lock files, in one pass: strings on one line, numbers, dates, lists, tables.
//!
//! It answers only for documents that it understands from the first byte to the last and that no reader would call
//! broken; for every other one it gives up, and the whole grammar reads the document again. That keeps one meaning for
//! both: a test compares them.

use std::borrow::Cow;

use toml_parser::decoder::ScalarKind;
use toml_parser::{Raw, Span};

use super::{Errors, MAX_DEPTH, Node, Open, Receiver, Value};

/// Feeds a document to the receiver; nothing if any of it is not plain, and then the receiver is worthless.
pub(super) fn read<'a>(text: &'a str, receiver: &mut Receiver<'a>) -> Option<()> {
    if !has_plain_bytes(text) {
        return None;
    }
    let mut scan = Scan {
        text,
        at: 0,
        line: 1,
    };
    while scan.skip_blank_lines() {
        if scan.eat(b'[') {
            let is_array = scan.eat(b'[');
            receiver.path.clear();
            scan.key(&mut receiver.path)?;
            scan.want(b']')?;
            if is_array && !scan.eat(b']') {
                return None;
            }
            receiver.header(is_array, scan.line);
        } else {
            receiver.path.clear();
            scan.key(&mut receiver.path)?;
            scan.want(b'=')?;
            scan.skip_spaces();
            scan.value(receiver)?;
        }
        scan.end_of_line()?;
    }
    Some(())
}

/// Whether there are no control characters but tabs and line feeds; the loop has no exit so that it runs over many
/// bytes at once.
fn has_plain_bytes(text: &str) -> bool {
    let is_odd = |byte: u8| (byte < 0x20 && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    !text.bytes().fold(false, |odd, byte| odd | is_odd(byte))
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_here = self.peek() == Some(byte);
        self.at = self.at.saturating_add(usize::from(is_here));
        is_here
    }

    /// The byte, perhaps after white space.
    fn want(&mut self, byte: u8) -> Option<()> {
        self.skip_spaces();
        self.eat(byte).then_some(())
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.bytes().position(|byte| !belongs(byte));
        let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at = self.at.saturating_add(taken.len());
        taken
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn skip_comment(&mut self) {
        if self.peek() == Some(b'#') {
            self.take_while(|byte| byte != b'\n');
        }
    }

    /// Whether anything follows.
    fn skip_blank_lines(&mut self) -> bool {
        loop {
            self.skip_spaces();
            self.skip_comment();
            if !self.eat(b'\n') {
                return self.peek().is_some();
            }
            self.line = self.line.saturating_add(1);
        }
    }

    fn end_of_line(&mut self) -> Option<()> {
        self.skip_spaces();
        self.skip_comment();
        if self.eat(b'\n') {
            self.line = self.line.saturating_add(1);
            return Some(());
        }
        self.peek().is_none().then_some(())
    }

    /// `a."b".c`, at most as deep as is kept.
    fn key(&mut self, path: &mut Vec<Cow<'a, str>>) -> Option<()> {
        loop {
            self.skip_spaces();
            let part = match self.peek()? {
                b'"' | b'\'' => self.string()?,
                _ => self.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')),
            };
            let is_quoted = self.text.as_bytes().get(self.at.checked_sub(1)?);
            if (part.is_empty() && !matches!(is_quoted, Some(b'"' | b'\'')))
                || path.len() >= MAX_DEPTH
            {
                return None;
            }
            path.push(Cow::Borrowed(part));
            self.skip_spaces();
            if !self.eat(b'.') {
                return Some(());
            }
        }
    }

    /// A string on one line, without escapes or with those of quotes and backslashes.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if let Some(text) = self.string() {
            return Some(Cow::Borrowed(text));
        }
        self.at = start;
        if !self.eat(b'"') {
            return None;
        }
        let mut decoded = String::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let end = memchr::memchr3(b'"', b'\\', b'\n', rest.as_bytes())?;
            decoded.push_str(rest.get(..end)?);
            self.at = self.at.checked_add(end)?.checked_add(1)?;
            match rest.as_bytes().get(end)? {
                b'"' => return Some(Cow::Owned(decoded)),
                b'\\' => {
                    let escaped = self.peek().filter(|byte| matches!(byte, b'"' | b'\\'))?;
                    decoded.push(char::from(escaped));
                    self.at = self.at.checked_add(1)?;
                }
                _ => return None,
            }
        }
    }

    /// A string on one line without escapes.
    fn string(&mut self) -> Option<&'a str> {
        let quote = self.peek()?;
        self.at = self.at.checked_add(1)?;
        let rest = self.text.get(self.at..)?;
        let bytes = rest.as_bytes();
        let end = match quote {
            b'"' => memchr::memchr3(b'"', b'\\', b'\n', bytes)?,
            _ => memchr::memchr2(quote, b'\n', bytes)?,
        };
        if bytes.get(end) != Some(&quote) {
            return None;
        }
        let after = end.checked_add(1)?;
        if end == 0 && bytes.get(after) == Some(&quote) {
            return None;
        }
        self.at = self.at.checked_add(after)?;
        rest.get(..end)
    }

    /// `true`, `false`, a number, a date; all but the simplest are left to the parser's own reading of them.
    fn word(&mut self) -> Option<Value<'a>> {
        let word = self.take_while(|b| b.is_ascii_alphanumeric() || b"+-._:".contains(&b));
        let is_number = word.len() < 18 && word.bytes().all(|byte| byte.is_ascii_digit());
        match word {
            "" => None,
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ if is_number && !word.starts_with('0') => Some(Value::Number(Cow::Borrowed(word))),
            _ => {
                let mut errors = Errors::default();
                let raw = Raw::new_unchecked(word, None, Span::new_unchecked(0, word.len()));
                let mut text = Cow::Borrowed("");
                let kind = raw.decode_scalar(&mut text, &mut errors);
                let is_known = matches!(
                    kind,
                    ScalarKind::DateTime | ScalarKind::Float | ScalarKind::Integer(_)
                );
                (is_known && errors.kept.is_empty()).then_some(Value::Number(text))
            }
        }
    }

    /// A value with all that lies within it; what is open is kept by the receiver, not on the stack.
    fn value(&mut self, receiver: &mut Receiver<'a>) -> Option<()> {
        loop {
            let line = self.line;
            match self.peek()? {
                b'[' => {
                    self.at = self.at.checked_add(1)?;
                    open(receiver, Open::List(Vec::new(), line))?;
                    self.skip_blank_lines();
                    if !self.eat(b']') {
                        continue;
                    }
                    receiver.close_value();
                }
                b'{' => {
                    self.at = self.at.checked_add(1)?;
                    open(
                        receiver,
                        Open::Inline(Vec::with_capacity(4), Vec::new(), line),
                    )?;
                    self.skip_spaces();
                    if !self.eat(b'}') {
                        self.entry(receiver)?;
                        continue;
                    }
                    receiver.close_value();
                }
                b'"' | b'\'' => {
                    let text = self.text()?;
                    receiver.value(Node::new(Value::Text(text), line));
                }
                _ => {
                    let value = self.word()?;
                    receiver.value(Node::new(value, line));
                }
            }
            if !self.next(receiver)? {
                return Some(());
            }
        }
    }

    /// Behind a value: closes what ends here; whether another value follows.
    fn next(&mut self, receiver: &mut Receiver<'a>) -> Option<bool> {
        loop {
            match receiver.open.last() {
                None => return Some(false),
                Some(Open::List(..)) => {
                    self.skip_blank_lines();
                    let goes_on = self.eat(b',');
                    self.skip_blank_lines();
                    if !self.eat(b']') {
                        return goes_on.then_some(true);
                    }
                }
                Some(Open::Inline(..)) => {
                    self.skip_spaces();
                    if self.eat(b',') {
                        self.skip_spaces();
                        self.entry(receiver)?;
                        return Some(true);
                    }
                    if !self.eat(b'}') {
                        return None;
                    }
                }
            }
            receiver.close_value();
        }
    }

    /// `key =` in a table on one line.
    fn entry(&mut self, receiver: &mut Receiver<'a>) -> Option<()> {
        let Some(Open::Inline(_, path, _)) = receiver.open.last_mut() else {
            return None;
        };
        self.key(path)?;
        self.want(b'=')?;
        self.skip_spaces();
        Some(())
    }
}

fn open<'a>(receiver: &mut Receiver<'a>, open: Open<'a>) -> Option<()> {
    (receiver.open.len() < MAX_DEPTH).then(|| receiver.open.push(open))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{parse, parse_all};
    use super::*;

    fn is_plain(text: &str) -> bool {
        read(text, &mut Receiver::new(text)).is_some()
    }

    #[test]
    fn what_tools_write_is_plain_and_what_needs_care_is_not() {
        for text in [
            "",
            "# only a comment",
            "version = 1\n[[package]]\nname = \"a\"\nwheels = [\n    { url = \"u\", hash = \"h\", size = 10 },\n]\n",
            "a.\"b.c\".d = 'x' # why\n[t . u]\nempty = {}\nlist = []\nflags = [true, false, 0,]\n",
            "[metadata.files]\n\"\" = \"\"\nn = [{a.b = [1, [2]]}]",
            "m = \"extra == \\\"x\\\" \\\\\"\nat = 2024-05-01T10:20:30.5Z\nday = 2024-05-01\nf = 1.5\ng = 0x1F\nh = 1_000\n",
        ] {
            assert!(is_plain(text), "{text}");
            let (all, fast) = (parse_all(text), parse(text));
            assert_eq!(fast.root, all.root, "{text}");
            assert_eq!((all.problems.len(), fast.problems.len()), (0, 0), "{text}");
        }
        for text in [
            "a = \"\\n\"",
            "a = \"\"\"x\"\"\"",
            "a = '''x'''",
            "a = \"\\u00e9 \\\"\"",
            "a = \"\\\"",
            "a = 01",
            "a = 2024-01-01 10:00:00",
            "a = 1__0",
            "a = x",
            "a = \"x\"\r\n",
            "a = \"\u{7f}\"",
            "a = [1 2]",
            "a = [1,,2]",
            "a = [,]",
            "a = {b = 1,}",
            "a = {b = 1\n}",
            "a = \"x",
            "a = ",
            "a",
            "= 1",
            "[a",
            "[a]]",
            "[[a] ]",
            "[] ",
            "[a] b = 1",
            "a = 1 b = 2",
            "a..b = 1",
            "ä = 1",
        ] {
            let fast = parse(text);
            let all = parse_all(text);
            assert_eq!(
                (fast.root, fast.problems),
                (all.root, all.problems),
                "{text}"
            );
        }
        for text in [
            "a = \"\\n\"",
            "a = 01",
            "a = {b = 1,}",
            "a..b = 1",
            "[] ",
            "a = \"x",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_readers_mean_the_same(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("\n"), Just("["), Just("]"), Just("{"), Just("}"), Just("="), Just(","), Just("\""), Just("'"),
                    Just("."), Just(" "), Just("#"), Just("a"), Just("b-1"), Just("7"), Just("0"), Just("true"),
                    Just("\"x\""), Just("a = 1\n"), Just("[[p]]\n"), Just("[p.q]\n"), Just("k = [\n"), Just("{ u = \"v\" }"),
                    Just("\\"), Just("-"), Just("\t"), Just("é"), Just("1.5"), Just("\\\""), Just("\"\\\\\""), Just("b = {c.d = 'e'}\n"),
                ],
                0..24,
            )
        ) {
            let text = pieces.concat();
            if is_plain(&text) {
                let (fast, all) = (parse(&text), parse_all(&text));
                prop_assert_eq!(fast.root, all.root);
                prop_assert!(all.problems.is_empty(), "{:?}", all.problems);
            }
        }
    }
}
