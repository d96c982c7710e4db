//! JSON as lenient as the most lenient loader: comments, trailing commas, `NaN`, single quotes, text behind the end.

use chainwright_core::problem::ProblemKind;
use memchr::memchr2;

use super::{Document, MAX_DEPTH, MAX_NODES, Node, Value};

/// Reads a document. Values under the paths of `skipped` (keys from the top) are passed over quickly.
#[must_use]
pub fn parse(text: &str, skipped: &[&[&str]]) -> Document {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        nodes: 0,
        skipped,
        document: Document::default(),
    };
    reader.read();
    reader.document
}

/// A container that is being filled.
struct Frame {
    line: u32,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<(Box<str>, Node)>,
        key: Option<Box<str>>,
    },
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    nodes: usize,
    skipped: &'a [&'a [&'a str]],
    document: Document,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut stack: Vec<Frame> = Vec::new();
        let mut root: Option<Node> = None;
        loop {
            self.skip_space();
            let Some(byte) = self.peek() else { break };
            if root.is_some() {
                self.malformed("text behind the end of the document");
                break;
            }
            let finished = match byte {
                b',' | b':' => {
                    self.advance(1);
                    None
                }
                b'}' | b']' => {
                    self.advance(1);
                    self.close(&mut stack, byte)
                }
                b'{' | b'[' => {
                    if self.may_open(&stack) {
                        self.advance(1);
                        stack.push(self.open(byte));
                        None
                    } else {
                        let line = self.line;
                        self.skip_container();
                        Some(Node::new(Value::Skipped, line))
                    }
                }
                _ => self.scalar(byte),
            };
            let Some(node) = finished else { continue };
            self.nodes = self.nodes.saturating_add(1);
            match stack.last_mut() {
                Some(frame) => attach(frame, node),
                None => root = Some(node),
            }
        }
        if !stack.is_empty() {
            let line = self.line;
            self.document.problem(
                ProblemKind::Truncated,
                line,
                "the document ends inside a value",
            );
        }
        while let Some(frame) = stack.pop() {
            let node = finish(frame);
            match stack.last_mut() {
                Some(outer) => attach(outer, node),
                None => root = Some(node),
            }
        }
        self.document.roots.extend(root);
    }

    fn may_open(&mut self, stack: &[Frame]) -> bool {
        let line = self.line;
        if stack.len() >= MAX_DEPTH {
            let detail = "values nested too deeply were not read";
            self.document
                .problem(ProblemKind::LimitReached, line, detail);
            return false;
        }
        if self.nodes >= MAX_NODES {
            let detail = "too many values; the rest was not read";
            self.document
                .problem(ProblemKind::LimitReached, line, detail);
            return false;
        }
        !self.skipped.iter().any(|path| {
            path.len() == stack.len()
                && path.iter().zip(stack).all(|(name, frame)| {
                    matches!(&frame.content, Content::Map { key: Some(key), .. } if &**key == *name)
                })
        })
    }

    fn open(&self, byte: u8) -> Frame {
        let content = if byte == b'{' {
            Content::Map {
                entries: Vec::new(),
                key: None,
            }
        } else {
            Content::List(Vec::new())
        };
        Frame {
            line: self.line,
            content,
        }
    }

    fn close(&mut self, stack: &mut Vec<Frame>, byte: u8) -> Option<Node> {
        let Some(frame) = stack.pop() else {
            self.malformed("a bracket closes nothing");
            return None;
        };
        if matches!(frame.content, Content::List(_)) != (byte == b']') {
            self.malformed("brackets do not match");
        }
        Some(finish(frame))
    }

    /// Text, a number, a word, or something that is none of these.
    fn scalar(&mut self, byte: u8) -> Option<Node> {
        let line = self.line;
        let value = match byte {
            b'"' => Value::Text(self.string(b'"').into()),
            b'\'' => {
                self.malformed("text in single quotes");
                Value::Text(self.string(b'\'').into())
            }
            _ => {
                let word = self.word();
                if word.is_empty() {
                    self.malformed("unexpected character");
                    let width = self.rest().chars().next().map_or(1, char::len_utf8);
                    self.advance(width);
                    return None;
                }
                self.classify(&word)
            }
        };
        Some(Node::new(value, line))
    }

    fn classify(&mut self, word: &str) -> Value {
        match word {
            "null" => return Value::Null,
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            _ => {}
        }
        let is_number = word.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            && word.parse::<f64>().is_ok();
        if is_number {
            return Value::Number(word.into());
        }
        match word {
            "NaN" | "Infinity" | "-Infinity" => {
                self.malformed("a number that JSON does not have");
                Value::Number(word.into())
            }
            _ => {
                self.malformed("a word that JSON does not have");
                match word {
                    "None" => Value::Null,
                    "True" => Value::Bool(true),
                    "False" => Value::Bool(false),
                    _ => Value::Text(word.into()),
                }
            }
        }
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest
            .find(|character: char| character.is_whitespace() || ",:{}[]\"'/".contains(character))
            .unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default().to_owned();
        self.advance(end);
        word
    }

    /// Reads a string from its opening quote on.
    fn string(&mut self, quote: u8) -> String {
        self.advance(1);
        let mut decoded = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = memchr2(quote, b'\\', rest.as_bytes()) else {
                decoded.push_str(rest);
                let (length, line) = (rest.len(), self.line);
                self.advance(length);
                let detail = "the document ends inside a text";
                self.document.problem(ProblemKind::Truncated, line, detail);
                return decoded;
            };
            let plain = rest.get(..end).unwrap_or_default();
            decoded.push_str(plain);
            let breaks = memchr::memchr_iter(b'\n', plain.as_bytes()).count();
            self.line = self
                .line
                .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            self.advance(end);
            if self.peek() == Some(quote) {
                self.advance(1);
                return decoded;
            }
            self.escape(&mut decoded);
        }
    }

    fn escape(&mut self, decoded: &mut String) {
        self.advance(1);
        let Some(character) = self.rest().chars().next() else {
            return;
        };
        self.advance(character.len_utf8());
        match character {
            'n' => decoded.push('\n'),
            't' => decoded.push('\t'),
            'r' => decoded.push('\r'),
            'b' => decoded.push('\u{8}'),
            'f' => decoded.push('\u{c}'),
            'u' => decoded.push(self.unicode_escape()),
            other => decoded.push(other),
        }
    }

    fn unicode_escape(&mut self) -> char {
        let first = self.hex4();
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        if !self.rest().starts_with("\\u") {
            return char::REPLACEMENT_CHARACTER;
        }
        self.advance(2);
        let second = self.hex4();
        let high = first.saturating_sub(0xD800).saturating_mul(0x400);
        let low = second.saturating_sub(0xDC00);
        char::from_u32(0x1_0000_u32.saturating_add(high).saturating_add(low))
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> u32 {
        let digits = self.rest().get(..4).unwrap_or_default();
        match u32::from_str_radix(digits, 16) {
            Ok(value) => {
                self.advance(4);
                value
            }
            Err(_) => u32::MAX,
        }
    }

    /// Passes over a container without keeping anything.
    fn skip_container(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'\n' => self.line = self.line.saturating_add(1),
                _ => {}
            }
            self.advance(1);
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        self.advance(1);
        let bytes = self.text.as_bytes();
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(end) = memchr2(b'"', b'\\', rest) else {
                self.at = bytes.len();
                return;
            };
            let is_escape = rest.get(end) == Some(&b'\\');
            self.advance(end.saturating_add(if is_escape { 2 } else { 1 }));
            if !is_escape {
                return;
            }
        }
    }

    fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b'\n') => {
                    self.line = self.line.saturating_add(1);
                    self.advance(1);
                }
                Some(b' ' | b'\t' | b'\r') => self.advance(1),
                Some(b'/') if self.rest().starts_with("//") => self.skip_comment("\n"),
                Some(b'/') if self.rest().starts_with("/*") => self.skip_comment("*/"),
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self, end: &str) {
        self.malformed("a comment");
        let rest = self.rest();
        let length = rest
            .find(end)
            .map_or(rest.len(), |at| at.saturating_add(end.len()));
        let comment = rest.get(..length).unwrap_or_default();
        let breaks = comment.matches('\n').count();
        self.line = self
            .line
            .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.advance(length);
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    fn malformed(&mut self, detail: &str) {
        let line = self.line;
        self.document.problem(ProblemKind::Malformed, line, detail);
    }
}

fn attach(frame: &mut Frame, node: Node) {
    match &mut frame.content {
        Content::List(items) => items.push(node),
        Content::Map { entries, key } => match key.take() {
            Some(name) => entries.push((name, node)),
            None => match node.scalar() {
                Some(name) => *key = Some(name.into()),
                None => entries.push(("".into(), node)),
            },
        },
    }
}

fn finish(frame: Frame) -> Node {
    let value = match frame.content {
        Content::List(items) => Value::List(items),
        Content::Map { entries, .. } => Value::Map(entries),
    };
    Node::new(value, frame.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".into(),
            Value::Bool(value) => value.to_string(),
            Value::Number(text) => text.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => {
                format!(
                    "[{}]",
                    items.iter().map(render).collect::<Vec<_>>().join(",")
                )
            }
            Value::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{key}={}", render(value)))
                    .collect();
                format!("{{{}}}", entries.join(","))
            }
            Value::Skipped => "…".into(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str, problems: &[&str]) {
        let document = parse(text, &[&["model", "vocab"]]);
        let seen: Vec<_> = document.roots.iter().map(render).collect();
        assert_eq!(seen.join(";"), expected, "{text}");
        let details: Vec<_> = document
            .problems
            .iter()
            .map(|p| p.detail.as_str())
            .collect();
        assert_eq!(details, problems, "{text}");
    }

    #[test]
    fn strict_documents_have_no_problems() {
        check(
            r#"{"a": [1, -2.5e3, true, null, "x\ny\u00e9\ud83d\ude00"], "b": {}}"#,
            r#"{a=[1,-2.5e3,true,null,"x\nyé😀"],b={}}"#,
            &[],
        );
        check("\u{feff}[]", "[]", &[]);
        check("", "", &[]);
    }

    #[test]
    fn lenient_loaders_are_followed() {
        check(
            "[1, NaN,]",
            "[1,NaN]",
            &["a number that JSON does not have"],
        );
        check(
            "{\"a\": 1 /* x */, // y\n'b': True}",
            "{a=1,b=true}",
            &[
                "a comment",
                "text in single quotes",
                "a word that JSON does not have",
            ],
        );
        check("{\"a\": 1, \"a\": 2}", "{a=1,a=2}", &[]);
        check("[1] [2]", "[1]", &["text behind the end of the document"]);
        check(
            "{\"a\": [1, 2",
            "{a=[1,2]}",
            &["the document ends inside a value"],
        );
        check(
            "{\"a\": \"b",
            "{a=\"b\"}",
            &[
                "the document ends inside a text",
                "the document ends inside a value",
            ],
        );
        check("[1}", "[1]", &["brackets do not match"]);
    }

    #[test]
    fn values_of_no_interest_are_passed_over() {
        check(
            r#"{"model": {"type": "BPE", "vocab": {"a]}": 1, "\"": [2]}, "x": 1}, "vocab": [1]}"#,
            r#"{model={type="BPE",vocab=…,x=1},vocab=[1]}"#,
            &[],
        );
    }

    #[test]
    fn depth_is_bounded() {
        let text = "[".repeat(1_000_000);
        let document = parse(&text, &[]);
        assert!(
            document
                .problems
                .iter()
                .any(|p| p.kind == ProblemKind::LimitReached)
        );
    }

    #[test]
    fn lines_are_counted() {
        let document = parse("{\n\n\"a\":\n 1}", &[]);
        assert_eq!(document.roots[0].get("a").unwrap().line, 4);
    }
}
