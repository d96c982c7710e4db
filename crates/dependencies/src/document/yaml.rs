//! YAML, as a stream of saphyr's events. Of several documents the first is kept; aliases are expanded within a
//! bound, because lock writers share equal subtrees by anchor and a bomb must cost nothing.

use std::borrow::Cow;
use std::collections::HashMap;

use chainwright_core::problem::ProblemKind;
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::builder::Builder;
use super::{MAX_DEPTH, Node, Parsed, Value};

/// LIMIT: values that expanded aliases may add.
const MAX_EXPANDED: usize = 100_000;

/// Reads the first document of a stream.
pub(crate) fn parse(text: &str) -> Parsed<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, line) = match event {
            Ok((event, span)) => (event, u32::try_from(span.start.line())),
            Err(error) => {
                let line = u32::try_from(error.marker().line()).unwrap_or(u32::MAX);
                let detail = format!("no valid YAML: {}", error.info());
                reader.builder.problem(ProblemKind::Malformed, line, detail);
                break;
            }
        };
        let line = line.unwrap_or(u32::MAX);
        let ends = matches!(event, Event::DocumentEnd);
        reader.take(event, line);
        if ends || !reader.builder.may_go_on(line) {
            break;
        }
    }
    reader.builder.finish()
}

#[derive(Default)]
struct Reader<'a> {
    builder: Builder<'a>,
    /// The anchors of open containers, innermost last; 0 for none.
    open: Vec<usize>,
    anchors: HashMap<usize, Node<'a>>,
    expanded: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, event: Event<'a>, line: u32) {
        match event {
            Event::Alias(anchor) => {
                let node = self.expand(anchor, line);
                self.value(node, 0);
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.builder.wants_key() {
                    self.builder.key(text);
                } else {
                    let plain = style == ScalarStyle::Plain && tag.is_none();
                    self.value(Node::new(scalar(text, plain), line), anchor);
                }
            }
            Event::SequenceStart(anchor, _) => self.open(Value::List(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => self.open(Value::Map(Vec::new()), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn open(&mut self, value: Value<'a>, anchor: usize, line: u32) {
        if self.builder.wants_key() {
            // A collection as a key: kept as an unnamed entry.
            self.builder.key(Cow::Borrowed(""));
        }
        self.builder.open(value, line);
        self.open.push(anchor);
    }

    fn close(&mut self) {
        let anchor = self.open.pop().unwrap_or(0);
        let copy = self.builder.close().filter(|_| anchor != 0).cloned();
        self.remember(anchor, copy);
    }

    fn value(&mut self, node: Node<'a>, anchor: usize) {
        if self.builder.wants_key() {
            let key = node.scalar().unwrap_or_default().to_owned();
            self.builder.key(Cow::Owned(key));
            return;
        }
        let copy = (anchor != 0).then(|| node.clone());
        self.builder.value(node);
        self.remember(anchor, copy);
    }

    /// Keeps a copy of an anchored value; copies count as expansions, so that anchors cannot multiply either.
    fn remember(&mut self, anchor: usize, node: Option<Node<'a>>) {
        let Some(node) = node else { return };
        let size = count(&node);
        self.expanded = self.expanded.saturating_add(size);
        if self.expanded <= MAX_EXPANDED {
            self.anchors.insert(anchor, node);
        }
    }

    fn expand(&mut self, anchor: usize, line: u32) -> Node<'a> {
        let known = self.anchors.get(&anchor);
        let size = known.map_or(1, count);
        let depth = known.map_or(0, depth).saturating_add(self.builder.depth());
        self.expanded = self.expanded.saturating_add(size);
        match known {
            Some(node) if self.expanded <= MAX_EXPANDED && depth <= MAX_DEPTH => {
                let mut node = node.clone();
                node.line = line;
                self.builder.add(size);
                node
            }
            _ => {
                let detail = "an alias leads nowhere or to too much; it was not read".to_owned();
                self.builder
                    .problem(ProblemKind::LimitReached, line, detail);
                Node::new(Value::Null, line)
            }
        }
    }
}

/// How many values a node holds, itself included. The depth of nodes is bounded.
fn count(node: &Node<'_>) -> usize {
    let mut total = 1_usize;
    for child in children(node) {
        total = total.saturating_add(count(child));
    }
    total
}

fn depth(node: &Node<'_>) -> usize {
    let inner = children(node).map(depth).max().unwrap_or(0);
    inner.saturating_add(1)
}

fn children<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = &'n Node<'a>> {
    node.items()
        .iter()
        .chain(node.entries().iter().map(|(_, child)| child))
}

fn scalar(text: Cow<'_, str>, plain: bool) -> Value<'_> {
    if !plain {
        return Value::Text(text);
    }
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
            && text.parse::<f64>().is_ok() =>
        {
            Value::Number(text)
        }
        _ => Value::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text_and_lines_are_known() {
        let parsed = parse("a: 1.10\nb:\n  - c\n  - \"1\"\nd: &x {e: f}\ng: *x\n? [k]\n: v\n");
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        assert_eq!(parsed.root.scalar_of("a"), Some("1.10"));
        assert_eq!(parsed.root.list_of("b")[1].line, 4);
        assert_eq!(parsed.root.at(&["g", "e"]).and_then(Node::text), Some("f"));
    }

    #[test]
    fn bombs_end_early() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..14 {
            let inner = vec![format!("*a{}", level - 1); 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
        }
        let kinds: Vec<_> = parse(&text).problems.iter().map(|p| p.kind).collect();
        assert!(kinds.contains(&ProblemKind::LimitReached), "{kinds:?}");
        assert!(!parse(&"[".repeat(100_000)).problems.is_empty());
    }

    #[test]
    fn an_anchor_of_an_anchor_of_an_anchor_is_bounded() {
        let text = format!("{}x", "- &a\n ");
        assert!(parse(&text).problems.len() < 3);
        let nested: String = (0..60).map(|level| format!("&b{level} [")).collect();
        let text = format!("{nested}{}", "x, ".repeat(50_000));
        let parsed = parse(&text);
        assert!(!parsed.problems.is_empty());
    }
}
