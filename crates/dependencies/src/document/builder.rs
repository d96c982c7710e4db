//! Puts a tree together from a stream of openings, keys and values, within the limits.

use std::borrow::Cow;

use chainwright_core::problem::{Problem, ProblemKind};

use super::{MAX_DEPTH, MAX_NODES, Node, Parsed, Value, note};

struct Frame<'a> {
    node: Node<'a>,
    key: Option<Cow<'a, str>>,
}

/// A tree in the making.
#[derive(Default)]
pub(super) struct Builder<'a> {
    open: Vec<Frame<'a>>,
    root: Option<Node<'a>>,
    nodes: usize,
    problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    pub(super) fn open(&mut self, value: Value<'a>, line: u32) {
        self.open.push(Frame {
            node: Node::new(value, line),
            key: None,
        });
    }

    pub(super) fn close(&mut self) -> Option<&Node<'a>> {
        let frame = self.open.pop()?;
        self.value(frame.node)
    }

    pub(super) fn key(&mut self, key: Cow<'a, str>) {
        if let Some(frame) = self.open.last_mut() {
            frame.key = Some(key);
        }
    }

    /// Whether the innermost open container is a map that waits for a key.
    pub(super) fn wants_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|frame| frame.key.is_none() && matches!(frame.node.value, Value::Map(_)))
    }

    /// Attaches a value and shows it where it lies.
    pub(super) fn value(&mut self, node: Node<'a>) -> Option<&Node<'a>> {
        self.nodes = self.nodes.saturating_add(1);
        let Some(frame) = self.open.last_mut() else {
            return Some(self.root.get_or_insert(node));
        };
        match &mut frame.node.value {
            Value::List(items) => {
                items.push(node);
                items.last()
            }
            Value::Map(entries) => {
                entries.push((frame.key.take().unwrap_or_default(), node));
                entries.last().map(|(_, node)| node)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
        }
    }

    pub(super) const fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) const fn add(&mut self, nodes: usize) {
        self.nodes = self.nodes.saturating_add(nodes);
    }

    /// `false` when a limit says to stop; says so in the problems.
    pub(super) fn may_go_on(&mut self, line: u32) -> bool {
        let too_much = self.open.len() > MAX_DEPTH || self.nodes > MAX_NODES;
        if too_much {
            let detail = "too deep or too many values; the rest was not read".to_owned();
            self.problem(ProblemKind::LimitReached, line, detail);
        }
        !too_much
    }

    pub(super) fn problem(&mut self, kind: ProblemKind, line: u32, detail: String) {
        note(&mut self.problems, kind, line, detail);
    }

    pub(super) fn finish(mut self) -> Parsed<'a> {
        while !self.open.is_empty() {
            self.close();
        }
        if let Some(root) = &self.root
            && !matches!(root.value, Value::Map(_))
        {
            let detail = "the document is no table".to_owned();
            note(&mut self.problems, ProblemKind::Malformed, 1, detail);
        }
        Parsed {
            root: self.root.unwrap_or(Node::new(Value::Null, 1)),
            problems: self.problems,
        }
    }
}
