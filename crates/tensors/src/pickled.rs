//! A pickle as data: what it describes, with every call left a description.
//!
//! The machine knows the shape of all opcodes and the stack discipline, and nothing else. `REDUCE` makes a node that
//! says "this, called with that"; whoever reads the tree decides which of these descriptions mean a tensor.
//! Nothing is imported or called, so there is nothing to be careful about but time and memory, which are bounded.

mod machine;
mod value;

pub(crate) use machine::{Limit, read};
pub(crate) use value::{Heap, Id, Node, Object};
