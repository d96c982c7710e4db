//! Symbolic values and the heap they live on.
//!
//! A value is small and copied freely; what has identity (containers, results of calls) is a node on the heap.
//! Unreachable nodes are collected, and containers keep only their first items, so memory stays bounded
//! whatever the stream does.

mod heap;
mod look;

use crate::literal::Literal;
use crate::policy::Standing;

pub(crate) use heap::{Heap, ITEMS_KEPT};

/// LIMIT: names longer than this are taken as computed.
pub(crate) const NAME_BYTES: usize = 4096;
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
