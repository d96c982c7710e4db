//! Protobuf as text (`.pbtxt`), turned into its binary form by the schemas, so that one parser reads both.
//!
//! The text may be as large as the limit for texts; nesting is bounded. What is broken ends the text, as it does for
//! the loaders, and what stood before it is judged.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use super::recognise;
use super::schema::{self, Schema, Shape};
use crate::Kind;

/// How deep messages may be nested.
const MAX_DEPTH: usize = 100;
/// Bytes that say whether a file is text.
const HEAD: usize = 64 * 1024;
/// Tokens between two looks at the clock.
const TOKENS_PER_CHECK: u64 = 4096;

/// Whether these bytes are a text of this kind, and which character it opens with.
pub(super) fn opening(kind: Kind, source: &dyn ByteSource) -> Option<char> {
    let head = read_range(source, 0, HEAD).ok()?;
    let is_text = recognise::is_text(&head);
    let claims = |kinds: Option<Vec<Kind>>| kinds.is_some_and(|kinds| kinds.contains(&kind));
    let is_claimed = claims(recognise::text(&head));
    let is_binary = recognise::binary(&head).contains(&kind);
    if !is_text || is_binary && !is_claimed {
        return None;
    }
    let text = String::from_utf8_lossy(&head);
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .next()
}

/// The binary form of a text, and what could not be read of it.
pub(super) fn transcode(
    kind: Kind,
    source: &dyn ByteSource,
    budget: &Budget,
) -> (Vec<u8>, Vec<Problem>) {
    let schema = match kind {
        Kind::GraphDef => &schema::GRAPH,
        Kind::MetaGraph => &schema::META_GRAPH,
        Kind::KerasMetadata => &schema::KERAS_METADATA,
        Kind::Checkpoint => &schema::CHECKPOINT_STATE,
        _ => &schema::SAVED_MODEL,
    };
    let mut problems = Vec::new();
    let mut note = |kind, detail: String| problems.push(Problem::new(kind, Place::Whole, detail));
    let most = budget.limits().text_bytes;
    let text = match read_range(source, 0, narrow(most)) {
        Ok(text) => text,
        Err(error) => {
            note(ProblemKind::Unreadable, error.to_string());
            Vec::new()
        }
    };
    if source.size() > most {
        note(
            ProblemKind::LimitReached,
            format!("only {most} bytes of the text were read"),
        );
    }
    let mut writer = Writer::new(schema);
    let mut lexer = Lexer { text: &text, at: 0 };
    if let Err(stop) = parse(&mut lexer, &mut writer, budget) {
        match stop {
            Stop::Broken => note(
                ProblemKind::Malformed,
                format!("no protobuf text at byte {}", lexer.at),
            ),
            Stop::Deep => note(
                ProblemKind::LimitReached,
                "messages are nested too deep".to_owned(),
            ),
            Stop::Time(detail) => note(ProblemKind::LimitReached, detail),
        }
    }
    (writer.finish(), problems)
}

enum Stop {
    Broken,
    Deep,
    Time(String),
}

/// One field after the other: `name: value`, `name { … }`, `name: [ … ]`.
fn parse(lexer: &mut Lexer<'_>, writer: &mut Writer, budget: &Budget) -> Result<(), Stop> {
    let mut steps = 0_u64;
    loop {
        steps = steps.saturating_add(1);
        if steps.is_multiple_of(TOKENS_PER_CHECK) {
            budget
                .check_time()
                .map_err(|error| Stop::Time(error.to_string()))?;
        }
        match lexer.next() {
            Token::End if writer.depth() == 0 => return Ok(()),
            Token::Mark(b',' | b';') => {}
            Token::Mark(b'}' | b'>') if writer.depth() > 0 => writer.close(),
            Token::Mark(b'[') => {
                // An extension or the name of an `Any`.
                while !matches!(lexer.next(), Token::Mark(b']') | Token::End) {}
                value(lexer, writer, "")?;
            }
            Token::Word(name) => {
                let name = name.to_owned();
                value(lexer, writer, &name)?;
            }
            Token::End | Token::Mark(_) | Token::Text(_) => return Err(Stop::Broken),
        }
    }
}

/// The value behind the name of a field; a message is only opened.
fn value(lexer: &mut Lexer<'_>, writer: &mut Writer, name: &str) -> Result<(), Stop> {
    let mut token = lexer.next();
    if matches!(token, Token::Mark(b':')) {
        token = lexer.next();
    }
    match token {
        Token::Mark(b'{' | b'<') => open(writer, name),
        Token::Mark(b'[') => items(lexer, writer, name),
        Token::Text(text) => {
            let text = lexer.joined(text);
            writer.text(name, &text);
            Ok(())
        }
        Token::Word(word) => {
            writer.word(name, word);
            Ok(())
        }
        Token::End | Token::Mark(_) => Err(Stop::Broken),
    }
}

fn open(writer: &mut Writer, name: &str) -> Result<(), Stop> {
    if writer.depth() >= MAX_DEPTH {
        return Err(Stop::Deep);
    }
    writer.open(name);
    Ok(())
}

/// A list of scalars, or of messages.
fn items(lexer: &mut Lexer<'_>, writer: &mut Writer, name: &str) -> Result<(), Stop> {
    let base = writer.depth();
    loop {
        match lexer.next() {
            Token::Mark(b']') if writer.depth() == base => return Ok(()),
            Token::Mark(b',' | b';') => {}
            Token::Mark(b'{' | b'<') if writer.depth() == base => open(writer, name)?,
            Token::Mark(b'}' | b'>') if writer.depth() > base => writer.close(),
            Token::Text(text) if writer.depth() == base => {
                let text = lexer.joined(text);
                writer.text(name, &text);
            }
            Token::Word(word) if writer.depth() == base => writer.word(name, word),
            Token::Word(word) => {
                // Inside a message of the list; lists of lists do not occur in these schemas.
                let word = word.to_owned();
                inner(lexer, writer, &word)?;
            }
            Token::End | Token::Mark(_) | Token::Text(_) => return Err(Stop::Broken),
        }
    }
}

fn inner(lexer: &mut Lexer<'_>, writer: &mut Writer, name: &str) -> Result<(), Stop> {
    let before = lexer.at;
    let mut token = lexer.next();
    if matches!(token, Token::Mark(b':')) {
        token = lexer.next();
    }
    if matches!(token, Token::Mark(b'[')) {
        while !matches!(lexer.next(), Token::Mark(b']') | Token::End) {}
        return Ok(());
    }
    lexer.at = before;
    value(lexer, writer, name)
}

enum Token<'t> {
    Word(&'t str),
    Text(Vec<u8>),
    Mark(u8),
    End,
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let count = match rest.first() {
                Some(b'#') => rest.iter().take_while(|byte| **byte != b'\n').count(),
                Some(byte) if byte.is_ascii_whitespace() || *byte == 0x0b => 1,
                Some(0xef) if rest.starts_with(b"\xef\xbb\xbf") => 3,
                _ => return,
            };
            self.at = self.at.saturating_add(count);
        }
    }

    fn next(&mut self) -> Token<'t> {
        self.skip_space();
        let rest = self.rest();
        let Some(&first) = rest.first() else {
            return Token::End;
        };
        if first == b'"' || first == b'\'' {
            return self.quoted(first);
        }
        let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.+-".contains(byte);
        let length = rest.iter().take_while(is_word).count();
        if length == 0 {
            self.at = self.at.saturating_add(1);
            return Token::Mark(first);
        }
        self.at = self.at.saturating_add(length);
        let word = rest
            .get(..length)
            .and_then(|word| std::str::from_utf8(word).ok());
        word.map_or(Token::End, Token::Word)
    }

    /// Adjacent texts are one.
    fn joined(&mut self, mut text: Vec<u8>) -> Vec<u8> {
        loop {
            let before = self.at;
            match self.next() {
                Token::Text(more) => text.extend(more),
                _ => {
                    self.at = before;
                    return text;
                }
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Token<'t> {
        let rest = self.rest();
        let mut out = Vec::new();
        let mut at = 1_usize;
        while let Some(&byte) = rest.get(at) {
            at = at.saturating_add(1);
            if byte == quote {
                self.at = self.at.saturating_add(at);
                return Token::Text(out);
            }
            if byte != b'\\' {
                out.push(byte);
                continue;
            }
            at = escape(rest, at, &mut out);
        }
        self.at = self.text.len();
        Token::End
    }
}

/// Appends what an escape stands for; the position behind it.
fn escape(rest: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let Some(&kind) = rest.get(at) else {
        return at;
    };
    let next = at.saturating_add(1);
    let digits = |from: usize, most: usize, base: u32| {
        let digits = rest.get(from..).unwrap_or_default().iter().take(most);
        let digits = digits.map_while(|byte| char::from(*byte).to_digit(base));
        digits.fold((0_u32, 0_usize), |(value, count), digit| {
            let value = value.saturating_mul(base).saturating_add(digit);
            (value, count.saturating_add(1))
        })
    };
    let (value, end) = match kind {
        b'n' => (10, next),
        b't' => (9, next),
        b'r' => (13, next),
        b'a' => (7, next),
        b'b' => (8, next),
        b'f' => (12, next),
        b'v' => (11, next),
        b'0'..=b'7' => {
            let (value, count) = digits(at, 3, 8);
            (value & 0xff, at.saturating_add(count))
        }
        b'x' | b'X' => {
            let (value, count) = digits(next, 2, 16);
            (value, next.saturating_add(count))
        }
        b'u' | b'U' => {
            let (value, count) = digits(next, if kind == b'u' { 4 } else { 8 }, 16);
            let character = char::from_u32(value).unwrap_or('\u{fffd}');
            out.extend(character.to_string().bytes());
            return next.saturating_add(count);
        }
        other => (u32::from(other), next),
    };
    out.push(u8::try_from(value & 0xff).unwrap_or(0));
    end
}

/// Writes the binary form, message by message.
#[derive(Debug)]
pub(super) struct Writer {
    frames: Vec<Frame>,
}

#[derive(Debug)]
struct Frame {
    /// `None` inside of what is passed over.
    schema: Option<&'static Schema>,
    number: u32,
    bytes: Vec<u8>,
}

impl Writer {
    /// A writer of one outermost message.
    pub(super) fn new(schema: &'static Schema) -> Self {
        let outermost = Frame {
            schema: Some(schema),
            number: 0,
            bytes: Vec::new(),
        };
        Self {
            frames: vec![outermost],
        }
    }

    /// How many messages are open besides the outermost.
    pub(super) fn depth(&self) -> usize {
        self.frames.len().saturating_sub(1)
    }

    /// The field of the innermost open message.
    pub(super) fn field(&self, name: &str) -> Option<(u32, Shape)> {
        self.frames.last()?.schema?.field(name)
    }

    /// Opens a message; one that no schema knows is passed over.
    pub(super) fn open(&mut self, name: &str) {
        let (number, schema) = match self.field(name) {
            Some((number, Shape::Nested(schema) | Shape::Map(schema))) => (number, Some(schema)),
            _ => (0, None),
        };
        self.frames.push(Frame {
            schema,
            number,
            bytes: Vec::new(),
        });
    }

    /// Closes the innermost message.
    pub(super) fn close(&mut self) {
        if self.depth() == 0 {
            return;
        }
        if let Some(frame) = self.frames.pop()
            && frame.schema.is_some()
        {
            self.append(frame.number, &frame.bytes);
        }
    }

    /// A text or bytes.
    pub(super) fn text(&mut self, name: &str, text: &[u8]) {
        match self.field(name) {
            Some((number, Shape::Text | Shape::Bytes)) => self.append(number, text),
            Some((number, Shape::Number)) => {
                self.tag(number, 0);
                self.varint(schema::number(&String::from_utf8_lossy(text)));
            }
            _ => {}
        }
    }

    /// A number, a truth value or the name of one.
    pub(super) fn word(&mut self, name: &str, word: &str) {
        let real = || {
            word.trim_end_matches(['f', 'F'])
                .parse::<f64>()
                .unwrap_or(0.0)
        };
        match self.field(name) {
            Some((number, Shape::Number)) => {
                self.tag(number, 0);
                self.varint(schema::number(word));
            }
            Some((number, Shape::Double)) => {
                self.tag(number, 1);
                self.extend(&real().to_le_bytes());
            }
            Some((number, Shape::Fixed)) => {
                self.tag(number, 1);
                self.extend(&schema::number(word).to_le_bytes());
            }
            Some((number, Shape::Single)) => {
                // The value does not matter, only that there is one.
                self.tag(number, 5);
                self.extend(&0_f32.to_le_bytes());
            }
            _ => {}
        }
    }

    /// The binary form; what is still open is closed.
    pub(super) fn finish(mut self) -> Vec<u8> {
        while self.depth() > 0 {
            self.close();
        }
        self.frames
            .pop()
            .map(|frame| frame.bytes)
            .unwrap_or_default()
    }

    fn append(&mut self, number: u32, bytes: &[u8]) {
        self.tag(number, 2);
        self.varint(wide(bytes.len()));
        self.extend(bytes);
    }

    fn tag(&mut self, number: u32, kind: u64) {
        self.varint(u64::from(number).wrapping_shl(3) | kind);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            let low = u8::try_from(value & 0x7f).unwrap_or(0);
            self.extend(&[low | 0x80]);
            value = value.wrapping_shr(7);
        }
        self.extend(&[u8::try_from(value).unwrap_or(0)]);
    }

    fn extend(&mut self, bytes: &[u8]) {
        if let Some(frame) = self.frames.last_mut() {
            frame.bytes.extend_from_slice(bytes);
        }
    }
}
