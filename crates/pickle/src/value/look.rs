//! Questions about values: what they say, what they hold, what they can do.

use crate::literal::{Coding, Literal, latin1};
use crate::value::{Arguments, Container, Heap, NAME_BYTES, Node, Value};

/// LIMIT: arguments that are kept for one call.
const ARGUMENTS_KEPT: usize = 64;

impl Heap<'_> {
    /// Whether a value is exactly this imported name.
    pub(crate) fn is_global(&self, value: Value, module: &str, name: &str) -> bool {
        match value {
            Value::Global(id) => self
                .global_of(id)
                .is_some_and(|it| it.module == module && it.name == name),
            _ => false,
        }
    }

    /// The text of a `str` value that is known and not longer than a name may be.
    pub(crate) fn text(&self, value: Value) -> Option<String> {
        match value {
            Value::Literal(literal) => literal.text(self.source(), NAME_BYTES),
            Value::Node(id) => match self.node(id) {
                Node::Text(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a value is a `str` for the loader.
    pub(crate) fn is_text(&self, value: Value) -> bool {
        match value {
            Value::Literal(literal) => literal.coding.is_text(),
            Value::Node(id) => matches!(self.node(id), Node::Text(_)),
            _ => false,
        }
    }

    /// The bytes of a string or bytes value, at most `max`.
    pub(crate) fn bytes(&self, value: Value, max: usize) -> Option<Vec<u8>> {
        match value {
            Value::Literal(literal) => Some(literal.bytes(self.source(), max)),
            Value::Node(id) => match self.node(id) {
                Node::Text(text) => Some(latin1(text)),
                Node::Bytes(bytes) => Some(bytes.iter().copied().take(max).collect()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The items of a tuple or list, and whether they are all of them.
    pub(crate) fn items(&self, value: Value) -> Option<(&[Value], bool)> {
        match value {
            Value::EmptyTuple => Some((&[], true)),
            Value::Node(id) => match self.node(id) {
                Node::Items { items, count, .. } => Some((
                    items,
                    u64::try_from(items.len()).is_ok_and(|kept| kept == *count),
                )),
                _ => None,
            },
            _ => None,
        }
    }

    /// How many items a tuple or list has, kept or not.
    pub(crate) fn count(&self, value: Value) -> Option<u64> {
        match value {
            Value::EmptyTuple => Some(0),
            Value::Node(id) => match self.node(id) {
                Node::Items { count, .. } => Some(*count),
                _ => None,
            },
            _ => None,
        }
    }

    /// What kind of thing a value is, in Python's words.
    pub(crate) fn kind_name(&self, value: Value) -> String {
        let name = match value {
            Value::Unknown => "unknown",
            Value::None => "None",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Number => "number",
            Value::Data => "data",
            Value::Literal(literal) if literal.coding.is_text() => "str",
            Value::Literal(_) => "bytes",
            Value::EmptyTuple => "tuple",
            Value::Supplied => "storage",
            Value::Global(id) | Value::Made(id) => {
                return self
                    .global_of(id)
                    .map_or_else(String::new, |it| format!("{}.{}", it.module, it.name));
            }
            Value::Node(id) => match self.node(id) {
                Node::Items {
                    kind: Container::Tuple,
                    ..
                } => "tuple",
                Node::Items {
                    kind: Container::List,
                    ..
                } => "list",
                Node::Items {
                    kind: Container::Set,
                    ..
                } => "set",
                Node::Items {
                    kind: Container::FrozenSet,
                    ..
                } => "frozenset",
                Node::Pairs { .. } => "dict",
                Node::Text(_) => "str",
                Node::Bytes(_) => "bytes",
                Node::Dtype { .. } => "numpy.dtype",
                Node::Module(_) => "module",
                Node::Object { callee, .. } => return self.kind_name(*callee),
                Node::Attribute { .. } | Node::Free => "unknown",
            },
        };
        name.to_owned()
    }

    /// The value of a text key in a dict.
    pub(crate) fn entry(&self, value: Value, key: &str) -> Option<Value> {
        let Value::Node(id) = value else { return None };
        let Node::Pairs { pairs, .. } = self.node(id) else {
            return None;
        };
        // The last entry of a key wins, as in Python.
        pairs
            .iter()
            .rev()
            .find(|(name, _)| self.is_text_of(*name, &[key]).is_some())
            .map(|&(_, value)| value)
    }

    /// The entries of a dict whose keys are among `keys`, in order.
    pub(crate) fn entries<'k>(&self, value: Value, keys: &[&'k str]) -> Vec<(&'k str, Value)> {
        let Value::Node(id) = value else {
            return Vec::new();
        };
        let Node::Pairs { pairs, .. } = self.node(id) else {
            return Vec::new();
        };
        pairs
            .iter()
            .filter_map(|&(name, value)| Some((self.is_text_of(name, keys)?, value)))
            .collect()
    }

    /// Whether a dict has been found to plant nothing, and has not grown since.
    pub(crate) fn is_clean(&self, value: Value) -> bool {
        let Value::Node(id) = value else { return false };
        matches!(self.node(id), Node::Pairs { count, clean_at, .. } if *clean_at == Some(*count))
    }

    pub(crate) fn mark_clean(&mut self, value: Value) {
        if let Value::Node(id) = value
            && let Some(Node::Pairs {
                count, clean_at, ..
            }) = self.node_mut(id)
        {
            *clean_at = Some(*count);
        }
    }

    /// Which of some words a value is; decodes only what has the length of one of them.
    fn is_text_of<'k>(&self, value: Value, words: &[&'k str]) -> Option<&'k str> {
        if let Value::Literal(Literal {
            span,
            coding: Coding::Utf8 | Coding::Latin,
        }) = value
            && !words
                .iter()
                .any(|word| u64::try_from(word.len()).is_ok_and(|it| it == span.length))
        {
            return None;
        }
        let text = self.text(value)?;
        words.iter().copied().find(|word| *word == text)
    }

    /// The arguments that a value unpacks into for a call.
    pub(crate) fn arguments(&self, value: Value) -> Arguments {
        match self.items(value) {
            Some((items, complete)) => Arguments {
                values: items.iter().take(ARGUMENTS_KEPT).copied().collect(),
                complete: complete && items.len() <= ARGUMENTS_KEPT,
            },
            None => Arguments {
                values: Vec::new(),
                complete: false,
            },
        }
    }

    /// Whether nothing in a value can be called or imported; looks a few levels deep.
    pub(crate) fn is_plain(&self, value: Value) -> bool {
        self.plain_within(value, 6, &mut 2000)
    }

    fn plain_within(&self, value: Value, depth: u32, steps: &mut u32) -> bool {
        *steps = steps.saturating_sub(1);
        match value {
            Value::Unknown | Value::Global(_) => false,
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Data
            | Value::Literal(_)
            | Value::EmptyTuple
            | Value::Made(_)
            | Value::Supplied => true,
            Value::Node(_) if depth == 0 || *steps == 0 => false,
            Value::Node(id) => match self.node(id) {
                Node::Items { items, .. } => items
                    .iter()
                    .all(|&item| self.plain_within(item, depth.saturating_sub(1), steps)),
                Node::Pairs { pairs, .. } => pairs.iter().all(|&(key, value)| {
                    self.plain_within(key, depth.saturating_sub(1), steps)
                        && self.plain_within(value, depth.saturating_sub(1), steps)
                }),
                Node::Text(_) | Node::Bytes(_) | Node::Dtype { .. } => true,
                Node::Free | Node::Object { .. } | Node::Attribute { .. } | Node::Module(_) => {
                    false
                }
            },
        }
    }

    /// Whether a value is data that cannot be called.
    pub(crate) fn is_data(&self, value: Value) -> bool {
        match value {
            Value::Unknown | Value::Global(_) | Value::Made(_) => false,
            Value::Node(id) => !matches!(
                self.node(id),
                Node::Object { .. } | Node::Attribute { .. } | Node::Module(_) | Node::Free
            ),
            _ => true,
        }
    }

    /// The name of the module that a value is.
    pub(crate) fn module_of(&self, value: Value) -> Option<String> {
        match value {
            Value::Node(id) => match self.node(id) {
                Node::Module(name) => Some(name.clone()),
                Node::Attribute { base, .. } => self.module_of_base(*base),
                _ => None,
            },
            _ => None,
        }
    }

    fn module_of_base(&self, base: Value) -> Option<String> {
        match base {
            Value::Node(id) => match self.node(id) {
                Node::Module(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}
