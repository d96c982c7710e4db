//! A tolerant, bounded tree for JSON and YAML.
//!
//! Loaders disagree about broken documents, so this reader keeps what each of them might see: both values of a
//! duplicate key, values behind a trailing comma, numbers that are none. What is wrong becomes a problem; what is
//! too deep or too much is passed over and said so. It builds no types and resolves no references.

mod json;
mod yaml;

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

pub use json::parse as parse_json;
pub use yaml::parse as parse_yaml;

/// LIMIT: containers inside containers; deeper ones are passed over.
const MAX_DEPTH: usize = 96;
/// LIMIT: values in one document; further ones are passed over.
const MAX_NODES: usize = 800_000;
/// LIMIT: problems kept for one document.
const MAX_PROBLEMS: usize = 32;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// From 1.
    pub line: u32,
    /// The YAML tag, without `!!`, when it is not of the core schema.
    pub tag: Option<Box<str>>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, or what stands in the place of one (`NaN`).
    Number(Box<str>),
    /// A text.
    Text(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// In the order of the text; keys may repeat.
    Map(Vec<(Box<str>, Node)>),
    /// Not read: too deep, too much, or of no interest.
    Skipped,
}

impl Node {
    /// A value on a line, without a tag.
    #[must_use]
    pub fn new(value: Value, line: u32) -> Self {
        Self {
            value,
            line,
            tag: None,
        }
    }

    /// The value of a key; the last one when it repeats, as Python's `json` has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .rev()
            .find(|(name, _)| &**name == key)
            .map(|(_, node)| node)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key, when it is text.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// Text, number or truth value as text.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::List(_) | Value::Map(_) | Value::Skipped => None,
        }
    }

    /// The entries of a map; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Box<str>, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Whether it is a map.
    #[must_use]
    pub const fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// A number that is a whole one.
    #[must_use]
    pub fn integer(&self) -> Option<u64> {
        match &self.value {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Whether it is `true`.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        matches!(self.value, Value::Bool(true))
    }
}

/// A key that stands twice in one map with different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duplicate {
    pub(crate) pointer: String,
    pub(crate) line: u32,
}

/// A document as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// The values at the top: one for JSON, one for each document of a YAML stream.
    pub roots: Vec<Node>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Document {
    fn problem(&mut self, kind: ProblemKind, line: u32, detail: impl Into<String>) {
        let problem = Problem::new(kind, Place::Line { line, column: 1 }, detail);
        let is_known = self
            .problems
            .iter()
            .any(|known| known.kind == kind && known.detail == problem.detail);
        if !is_known && self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// One step of [`walk`].
pub(crate) struct Visit<'a> {
    /// The JSON pointer (RFC 6901) of the value.
    pub(crate) pointer: &'a str,
    /// The key that leads to the value; empty at the top. An item of a list carries the key of the list.
    pub(crate) key: &'a str,
    /// The value.
    pub(crate) node: &'a Node,
    /// The map that holds the key.
    pub(crate) parent: Option<&'a Node>,
}

/// Visits every value, outermost first. The depth is bounded by [`MAX_DEPTH`].
pub(crate) fn walk(root: &Node, visit: &mut dyn FnMut(&Visit<'_>)) {
    step(root, "", None, &mut String::new(), visit);
}

fn step(
    node: &Node,
    key: &str,
    parent: Option<&Node>,
    pointer: &mut String,
    visit: &mut dyn FnMut(&Visit<'_>),
) {
    visit(&Visit {
        pointer,
        key,
        node,
        parent,
    });
    let length = pointer.len();
    match &node.value {
        Value::Map(entries) => {
            for (name, child) in entries {
                push_token(pointer, name);
                step(child, name, Some(node), pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::List(items) => {
            for (index, child) in items.iter().enumerate() {
                push_token(pointer, &index.to_string());
                step(child, key, parent, pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Skipped => {}
    }
}

/// Adds a reference token; overlong keys are cut, since pointers are for people.
fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars().take(80) {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Every key that repeats with another value.
pub(crate) fn duplicates(root: &Node) -> Vec<Duplicate> {
    let mut found = Vec::new();
    walk(root, &mut |visit| {
        let mut order: Vec<&(Box<str>, Node)> = visit.node.entries().iter().collect();
        order.sort_by(|left, right| left.0.cmp(&right.0));
        for pair in order.windows(2) {
            let [first, second] = pair else { continue };
            if first.0 == second.0 && !same_value(&first.1, &second.1) && &*second.0 != "<<" {
                let mut pointer = visit.pointer.to_owned();
                push_token(&mut pointer, &second.0);
                found.push(Duplicate {
                    pointer,
                    line: second.1.line,
                });
            }
        }
    });
    found
}

fn same_value(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same_value(l, r))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(l, r)| l.0 == r.0 && same_value(&l.1, &r.1))
        }
        (left, right) => left == right,
    }
}
