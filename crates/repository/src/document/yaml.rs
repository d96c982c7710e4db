//! YAML as a stream of events, with tags kept and aliases expanded within a bound.
//!
//! Parsing is saphyr's; this module only builds the tree. Aliases are expanded because a loader expands them
//! (`_target_: *x`), but a bomb of aliases costs no more than the limit of values.

use std::collections::HashMap;

use chainwright_core::problem::ProblemKind;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::{Document, MAX_DEPTH, MAX_NODES, Node, Value};

/// LIMIT: values that expanded aliases may add.
const MAX_EXPANDED: usize = 20_000;

/// Reads every document of a stream.
#[must_use]
pub fn parse(text: &str) -> Document {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        match event {
            Ok((event, span)) => {
                let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
                if !builder.take(event, line) {
                    break;
                }
            }
            Err(error) => {
                let line = u32::try_from(error.marker().line()).unwrap_or(u32::MAX);
                let detail = format!("no valid YAML: {}", error.info());
                builder
                    .document
                    .problem(ProblemKind::Malformed, line, detail);
                break;
            }
        }
    }
    builder.finish()
}

struct Frame {
    node: Node,
    key: Option<Box<str>>,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    expanded: usize,
    document: Document,
}

impl Builder {
    /// Takes one event; `false` when a limit says to stop.
    fn take(&mut self, event: Event<'_>, line: u32) -> bool {
        match event {
            Event::Alias(anchor) => {
                let node = self.expand(anchor, line);
                self.attach(node, 0);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let mut node = Node::new(scalar(&text, style, tag.as_deref()), line);
                node.tag = tag.as_deref().and_then(foreign_tag);
                self.attach(node, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(Value::List(Vec::new()), anchor, tag.as_deref(), line);
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Value::Map(Vec::new()), anchor, tag.as_deref(), line);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        self.nodes = self.nodes.saturating_add(1);
        let too_much = self.stack.len() > MAX_DEPTH || self.nodes > MAX_NODES;
        if too_much {
            let detail = "too deep or too many values; the rest was not read";
            self.document
                .problem(ProblemKind::LimitReached, line, detail);
        }
        !too_much
    }

    fn open(&mut self, value: Value, anchor: usize, tag: Option<&Tag>, line: u32) {
        let mut node = Node::new(value, line);
        node.tag = tag.and_then(foreign_tag);
        self.stack.push(Frame {
            node,
            key: None,
            anchor,
        });
    }

    fn close(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.attach(frame.node, frame.anchor);
        }
    }

    fn attach(&mut self, node: Node, anchor: usize) {
        if anchor != 0 && self.anchors.len() < MAX_EXPANDED {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.document.roots.push(node);
            return;
        };
        match &mut frame.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match frame.key.take() {
                Some(key) => entries.push((key, node)),
                None => frame.key = Some(node.scalar().unwrap_or("").into()),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Skipped => {}
        }
    }

    fn expand(&mut self, anchor: usize, line: u32) -> Node {
        let Some(node) = self.anchors.get(&anchor) else {
            return Node::new(Value::Skipped, line);
        };
        let size = count(node);
        if self.expanded.saturating_add(size) > MAX_EXPANDED {
            let detail = "aliases expand to too many values; the rest was not read";
            self.document
                .problem(ProblemKind::LimitReached, line, detail);
            return Node::new(Value::Skipped, line);
        }
        self.expanded = self.expanded.saturating_add(size);
        let depth = depth(node).saturating_add(self.stack.len());
        if depth > MAX_DEPTH {
            let detail = "aliases expand too deeply; the rest was not read";
            self.document
                .problem(ProblemKind::LimitReached, line, detail);
            return Node::new(Value::Skipped, line);
        }
        let mut node = node.clone();
        node.line = line;
        node
    }

    fn finish(mut self) -> Document {
        while !self.stack.is_empty() {
            self.close();
        }
        self.document
    }
}

/// How many values a node holds, itself included.
fn count(node: &Node) -> usize {
    let mut total = 1_usize;
    for child in children(node) {
        total = total.saturating_add(count(child));
    }
    total
}

fn depth(node: &Node) -> usize {
    let inner = children(node).map(depth).max().unwrap_or(0);
    inner.saturating_add(1)
}

fn children(node: &Node) -> impl Iterator<Item = &Node> {
    node.items()
        .iter()
        .chain(node.entries().iter().map(|(_, child)| child))
}

/// Plain scalars have the types of YAML 1.1 and 1.2 alike, as far as we ask for them.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if style != ScalarStyle::Plain || tag.is_some() {
        return Value::Text(text.into());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
            && text.parse::<f64>().is_ok() =>
        {
            Value::Number(text.into())
        }
        _ => Value::Text(text.into()),
    }
}

/// The tag as text, unless it only names a core type.
fn foreign_tag(tag: &Tag) -> Option<Box<str>> {
    const CORE: [&str; 13] = [
        "str",
        "int",
        "float",
        "bool",
        "null",
        "map",
        "seq",
        "set",
        "omap",
        "pairs",
        "binary",
        "timestamp",
        "merge",
    ];
    let full = format!("{}{}", tag.handle, tag.suffix);
    let name = full
        .strip_prefix("tag:yaml.org,2002:")
        .or_else(|| full.strip_prefix("!!"))
        .unwrap_or(&full);
    (!CORE.contains(&name)).then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Node {
        parse(text).roots.into_iter().next().unwrap()
    }

    #[test]
    fn tags_survive_and_aliases_are_expanded() {
        let node = root("a: &x os.system\nb: *x\nc: !!python/object/apply:os.system ['id']\n");
        assert_eq!(node.text_of("b"), Some("os.system"));
        assert_eq!(
            node.get("c").unwrap().tag.as_deref(),
            Some("python/object/apply:os.system")
        );
    }

    #[test]
    fn verbatim_tags_and_handles_say_the_same() {
        let verbatim = root("!<tag:yaml.org,2002:python/object/apply:os.system> ['id']");
        assert_eq!(
            verbatim.tag.as_deref(),
            Some("python/object/apply:os.system")
        );
        let handle =
            root("%TAG !p! tag:yaml.org,2002:python/\n---\n!p!object/apply:os.system ['id']\n");
        assert_eq!(handle.tag.as_deref(), Some("python/object/apply:os.system"));
    }

    #[test]
    fn alias_bombs_are_bounded() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let inner = vec![format!("*a{}", level - 1); 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
        }
        let document = parse(&text);
        assert!(
            document
                .problems
                .iter()
                .any(|p| p.kind == ProblemKind::LimitReached)
        );
    }

    #[test]
    fn deep_flow_collections_end_early() {
        let document = parse(&"[".repeat(200_000));
        assert!(!document.problems.is_empty());
    }
}
