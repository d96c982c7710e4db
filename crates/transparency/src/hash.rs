//! The hashes of RFC 6962 section 2.1: leaves and nodes are told apart by their first byte.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::base64;

/// The hash of a leaf, a node or a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The bytes of a hash.
    pub const LEN: usize = 32;

    /// The hash of an entry.
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Self {
        let mut state = Sha256::new();
        state.update([0]);
        state.update(entry);
        Self(state.finalize().into())
    }

    /// The hash of a node with two children.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        let mut bytes = [0_u8; 65];
        let (head, tail) = bytes.split_at_mut(33);
        if let Some((first, rest)) = head.split_first_mut() {
            *first = 1;
            rest.copy_from_slice(&left.0);
        }
        tail.copy_from_slice(&right.0);
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of a tree without leaves.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The hash that a line of Base 64 holds.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        Self::from_slice(&base64::decode(line)?)
    }

    /// The hash in these bytes, if there are 32 of them.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&base64::encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Hash({self})")
    }
}
