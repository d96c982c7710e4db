//! Symbolic values and the heap they live on.
//!
//! A value is small and copied freely; what has identity (containers, results of calls) is a node on the heap.
//! Unreachable nodes are collected, and containers keep only their first items, so memory stays bounded
//! whatever the stream does.

use std::collections::HashMap;

use chainwright_core::bytes::ByteSource;

use crate::literal::{Coding, Literal, latin1};
use crate::policy::{CARRIED_TYPE, Standing, standing};

/// LIMIT: names longer than this are taken as computed.
pub(crate) const NAME_BYTES: usize = 4096;
/// LIMIT: items of one container that are kept.
pub(crate) const ITEMS_KEPT: usize = 256;
/// LIMIT: items kept in all containers together; beyond it containers keep [`FEW_ITEMS`].
const ITEMS_IN_ALL: usize = 2_000_000;
const FEW_ITEMS: usize = 4;
/// LIMIT: distinct imported names that are kept apart.
const GLOBALS_KEPT: usize = 50_000;
/// LIMIT: values allocated between two collections, and nodes that stay; beyond the latter, containers become
/// [`Value::Data`].
const COLLECT_AFTER: usize = 1_000_000;
const NODES_KEPT: usize = 1_000_000;
/// LIMIT: arguments that are kept for one call.
const ARGUMENTS_KEPT: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GlobalId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

/// What stands on the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// Given up to bound memory, or the result of something broken.
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    /// A float or a number beyond 64 bits.
    Number,
    /// A container whose content was given up to bound memory.
    Data,
    Literal(Literal),
    EmptyTuple,
    Global(GlobalId),
    /// What an approved callable returned.
    Made(GlobalId),
    /// A tensor storage or another object that the loader supplies.
    Supplied,
    Node(NodeId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Tuple,
    List,
    Set,
    FrozenSet,
}

/// What has identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Free,
    Items {
        kind: Container,
        items: Vec<Value>,
        count: u64,
    },
    Pairs {
        pairs: Vec<(Value, Value)>,
        count: u64,
        /// The count at which it was last found to plant nothing.
        clean_at: Option<u64>,
    },
    /// The result of a call that is not approved, or of one whose result matters.
    Object {
        callee: Value,
        arguments: Vec<Value>,
        complete: bool,
        planted: Vec<(String, Value)>,
    },
    Attribute {
        base: Value,
        name: String,
    },
    Module(String),
    Text(String),
    Bytes(Vec<u8>),
    Dtype {
        item_size: u64,
        has_objects: bool,
    },
}

/// An imported name and what the policy thinks of it.
#[derive(Debug, Clone)]
pub(crate) struct Global {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) standing: Standing,
    pub(crate) offset: u64,
    pub(crate) imports: u64,
    pub(crate) is_called: bool,
}

/// Arguments of a call.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    pub(crate) values: Vec<Value>,
    /// Whether `values` are all of them.
    pub(crate) complete: bool,
}

#[derive(Debug)]
pub(crate) struct Heap<'a> {
    source: &'a dyn ByteSource,
    nodes: Vec<Node>,
    free: Vec<u32>,
    items: usize,
    fresh: usize,
    live: usize,
    is_full: bool,
    globals: Vec<Global>,
    index: HashMap<(String, String), GlobalId>,
    reported: usize,
}

impl<'a> Heap<'a> {
    pub(crate) fn new(source: &'a dyn ByteSource) -> Self {
        Self {
            source,
            nodes: Vec::new(),
            free: Vec::new(),
            items: 0,
            fresh: 0,
            live: 0,
            is_full: false,
            globals: Vec::new(),
            index: HashMap::new(),
            reported: 0,
        }
    }

    pub(crate) const fn source(&self) -> &'a dyn ByteSource {
        self.source
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        usize::try_from(id.0)
            .ok()
            .and_then(|index| self.nodes.get(index))
            .unwrap_or(&Node::Free)
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(id.0).ok()?)
    }

    pub(crate) fn alloc(&mut self, node: Node) -> Value {
        let in_use = self.nodes.len().saturating_sub(self.free.len());
        if in_use >= NODES_KEPT
            && matches!(node, Node::Items { .. } | Node::Pairs { .. })
            && self.is_full
        {
            return Value::Data;
        }
        if in_use >= NODES_KEPT.saturating_mul(3) {
            return Value::Unknown;
        }
        let weight = weight(&node);
        self.fresh = self.fresh.saturating_add(weight).saturating_add(4);
        self.items = self.items.saturating_add(weight);
        if let Some(id) = self.free.pop() {
            if let Some(slot) = usize::try_from(id)
                .ok()
                .and_then(|index| self.nodes.get_mut(index))
            {
                *slot = node;
            }
            return Value::Node(NodeId(id));
        }
        let Ok(id) = u32::try_from(self.nodes.len()) else {
            return Value::Unknown;
        };
        self.nodes.push(node);
        Value::Node(NodeId(id))
    }

    /// How many more items a container of `held` items may keep.
    pub(crate) const fn room(&self, held: usize) -> usize {
        let most = if self.items < ITEMS_IN_ALL {
            ITEMS_KEPT
        } else {
            FEW_ITEMS
        };
        most.saturating_sub(held)
    }

    /// A tuple, list or set of the first values of an iterator that goes on for `count` in all.
    pub(crate) fn container(
        &mut self,
        kind: Container,
        values: impl Iterator<Item = Value>,
        count: u64,
    ) -> Value {
        if count == 0 && kind == Container::Tuple {
            return Value::EmptyTuple;
        }
        let items: Vec<Value> = values.take(self.room(0)).collect();
        self.alloc(Node::Items { kind, items, count })
    }

    /// Adds to a list or set; false if the value is none.
    pub(crate) fn extend(&mut self, id: NodeId, values: &[Value], count: u64) -> bool {
        let held = match self.node(id) {
            Node::Items {
                kind: Container::List | Container::Set,
                items,
                ..
            } => items.len(),
            _ => return false,
        };
        let room = self.room(held).min(values.len());
        self.items = self.items.saturating_add(room);
        if let Some(Node::Items {
            items, count: all, ..
        }) = self.node_mut(id)
        {
            items.extend(values.iter().take(room));
            *all = all.saturating_add(count);
        }
        true
    }

    /// Adds to a dict; false if the value is none.
    pub(crate) fn insert(&mut self, id: NodeId, values: &[Value], count: u64) -> bool {
        let held = match self.node(id) {
            Node::Pairs { pairs, .. } => pairs.len(),
            _ => return false,
        };
        let room = self.room(held).min(values.len() / 2);
        self.items = self.items.saturating_add(room.saturating_mul(2));
        if let Some(Node::Pairs {
            pairs, count: all, ..
        }) = self.node_mut(id)
        {
            let added = values.chunks_exact(2).filter_map(|pair| match pair {
                [key, value] => Some((*key, *value)),
                _ => None,
            });
            pairs.extend(added.take(room));
            *all = all.saturating_add(count / 2);
        }
        true
    }

    /// The imported name as a value; the policy is asked once for each.
    pub(crate) fn global(
        &mut self,
        module: String,
        name: String,
        protocol: u8,
        offset: u64,
    ) -> Value {
        let key = (module, name);
        match self.known_global(&key) {
            Some(known) => known,
            None => {
                let standing = standing(&key.0, &key.1, protocol);
                if self.globals.len() >= GLOBALS_KEPT
                    && matches!(standing, Standing::Unknown | Standing::Main(_))
                {
                    return Value::Unknown;
                }
                let (module, name) = key.clone();
                self.add_global(
                    key,
                    Global {
                        module,
                        name,
                        standing,
                        offset,
                        imports: 1,
                        is_called: false,
                    },
                )
            }
        }
    }

    /// A type that a serializer of functions asks for by a call of its own.
    pub(crate) fn carried_type(&mut self, name: &str, offset: u64) -> Value {
        // No module has an empty name, so the key is free.
        let key = (String::new(), name.to_owned());
        match self.known_global(&key) {
            Some(known) => known,
            None => {
                let (module, name) = ("types".to_owned(), name.to_owned());
                let standing = CARRIED_TYPE;
                self.add_global(
                    key,
                    Global {
                        module,
                        name,
                        standing,
                        offset,
                        imports: 1,
                        is_called: true,
                    },
                )
            }
        }
    }

    fn known_global(&mut self, key: &(String, String)) -> Option<Value> {
        let id = *self.index.get(key)?;
        if let Some(global) = self.global_mut(id) {
            global.imports = global.imports.saturating_add(1);
        }
        Some(Value::Global(id))
    }

    fn add_global(&mut self, key: (String, String), global: Global) -> Value {
        match u32::try_from(self.globals.len()) {
            Ok(id) if self.globals.len() < GLOBALS_KEPT.saturating_mul(2) => {
                self.globals.push(global);
                self.index.insert(key, GlobalId(id));
                Value::Global(GlobalId(id))
            }
            _ => Value::Unknown,
        }
    }

    pub(crate) fn global_of(&self, id: GlobalId) -> Option<&Global> {
        self.globals.get(usize::try_from(id.0).ok()?)
    }

    pub(crate) fn global_mut(&mut self, id: GlobalId) -> Option<&mut Global> {
        self.globals.get_mut(usize::try_from(id.0).ok()?)
    }

    /// The imports since the last time of asking.
    pub(crate) fn take_fresh_globals(&mut self) -> Vec<Global> {
        let fresh = self
            .globals
            .get(self.reported..)
            .unwrap_or_default()
            .to_vec();
        self.reported = self.globals.len();
        fresh
    }

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
            Value::Literal(literal) => literal.text(self.source, NAME_BYTES),
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
            Value::Literal(literal) => Some(literal.bytes(self.source, max)),
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

    pub(crate) const fn wants_collection(&self) -> bool {
        self.fresh > COLLECT_AFTER && self.fresh > self.live
    }

    /// Frees every node that `roots` do not reach.
    pub(crate) fn collect(&mut self, roots: impl Iterator<Item = Value>) {
        let mut is_live = vec![false; self.nodes.len()];
        let mut work: Vec<NodeId> = Vec::new();
        let mut mark = |value: Value, work: &mut Vec<NodeId>| {
            if let Value::Node(id) = value
                && let Some(flag) = usize::try_from(id.0)
                    .ok()
                    .and_then(|index| is_live.get_mut(index))
                && !*flag
            {
                *flag = true;
                work.push(id);
            }
        };
        for root in roots {
            mark(root, &mut work);
        }
        while let Some(id) = work.pop() {
            match self.node(id) {
                Node::Items { items, .. } => items.iter().for_each(|&item| mark(item, &mut work)),
                Node::Pairs { pairs, .. } => pairs.iter().for_each(|&(key, value)| {
                    mark(key, &mut work);
                    mark(value, &mut work);
                }),
                Node::Object {
                    callee,
                    arguments,
                    planted,
                    ..
                } => {
                    mark(*callee, &mut work);
                    arguments.iter().for_each(|&item| mark(item, &mut work));
                    planted.iter().for_each(|&(_, item)| mark(item, &mut work));
                }
                Node::Attribute { base, .. } => mark(*base, &mut work),
                Node::Free
                | Node::Module(_)
                | Node::Text(_)
                | Node::Bytes(_)
                | Node::Dtype { .. } => {}
            }
        }
        let mut kept = 0_usize;
        self.free.clear();
        self.items = 0;
        self.live = 0;
        self.fresh = 0;
        for (index, (node, is_live)) in self.nodes.iter_mut().zip(&is_live).enumerate() {
            if *is_live {
                self.items = self.items.saturating_add(weight(node));
                self.live = self.live.saturating_add(weight(node)).saturating_add(4);
                kept = kept.saturating_add(1);
            } else {
                *node = Node::Free;
                self.free.extend(u32::try_from(index).ok());
            }
        }
        self.is_full = kept >= NODES_KEPT;
    }
}

const fn weight(node: &Node) -> usize {
    match node {
        Node::Items { items, .. } => items.len(),
        Node::Pairs { pairs, .. } => pairs.len().saturating_mul(2),
        Node::Object { arguments, .. } => arguments.len(),
        Node::Text(text) => text.len() / 24,
        Node::Bytes(bytes) => bytes.len() / 24,
        Node::Free | Node::Attribute { .. } | Node::Module(_) | Node::Dtype { .. } => 0,
    }
}
