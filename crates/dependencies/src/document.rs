//! One tree for JSON, TOML and YAML, so that every lock file is read with the same few questions.
//!
//! The tree borrows from the text, keeps the order and the line of every value, and is bounded in depth and
//! size. What is broken becomes a problem; what came before it stays. It validates no schema.

mod builder;
mod json;
mod toml;
mod yaml;

use std::borrow::Cow;

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

pub(crate) use json::{parse as parse_json, plain as plain_json};
pub(crate) use toml::parse as parse_toml;
pub(crate) use yaml::parse as parse_yaml;

/// LIMIT: containers inside containers; deeper ones are passed over.
const MAX_DEPTH: usize = 64;
/// LIMIT: values in one document; further ones are not read. The largest lock files in the wild have 200,000.
const MAX_NODES: usize = 1_000_000;
/// LIMIT: problems kept for one document.
const MAX_PROBLEMS: usize = 16;

/// A value with its line, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) line: u32,
}

/// What a value is. Numbers and dates keep their text, so that `1.10` stays `1.10`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// In the order of the text; keys may repeat.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    pub(crate) const fn new(value: Value<'a>, line: u32) -> Self {
        Self { value, line }
    }

    /// The value of a key; the last one when it repeats.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, node)| node)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Text or number as text.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    pub(crate) fn scalar_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::scalar)
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        matches!(
            self.get(key).map(|node| &node.value),
            Some(Value::Bool(true))
        )
    }

    /// The elements of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[(Cow<'a, str>, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn list_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    pub(crate) fn map_of(&self, key: &str) -> &[(Cow<'a, str>, Self)] {
        self.get(key).map_or(&[], Self::entries)
    }

    /// A list of texts, or one text alone, under a key.
    pub(crate) fn texts_of(&self, key: &str) -> Vec<&str> {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        match node.scalar() {
            Some(text) => vec![text],
            None => node.items().iter().filter_map(Self::scalar).collect(),
        }
    }
}

/// A document as far as it could be read.
#[derive(Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) root: Node<'a>,
    pub(crate) problems: Vec<Problem>,
}

/// Keeps the first problems of a document.
fn note(problems: &mut Vec<Problem>, kind: ProblemKind, line: u32, detail: String) {
    let is_new_limit = kind.leaves_incomplete() && !problems.iter().any(|known| known.kind == kind);
    if problems.len() < MAX_PROBLEMS || is_new_limit {
        problems.push(Problem::new(kind, Place::Line { line, column: 1 }, detail));
    }
}

/// Counts lines up to offsets that mostly grow, in one pass over the text.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    const fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    fn line_at(&mut self, offset: usize) -> u32 {
        if let Some(between) = self.bytes.get(self.at..offset) {
            let breaks = memchr::memchr_iter(b'\n', between).count();
            self.line = self
                .line
                .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            self.at = offset;
        }
        self.line
    }
}
