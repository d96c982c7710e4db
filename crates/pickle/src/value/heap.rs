//! Where values with identity live, and the names that were imported.

use std::collections::HashMap;

use chainwright_core::bytes::ByteSource;

use crate::policy::{CARRIED_TYPE, Standing, standing};
use crate::value::{Container, Global, GlobalId, Node, NodeId, Value};

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
