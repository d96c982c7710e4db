//! The mathematics of the tree: roots, proofs that an entry is in it, proofs that it only grew.
//!
//! Proofs are made as RFC 6962 section 2.1 defines them and checked as RFC 9162 section 2.1 describes. Making one needs
//! the hashes of complete subtrees, which come from a [`Nodes`]; checking one needs nothing but the proof.

use crate::hash::Hash;

/// The most hashes that any proof can have.
pub const LONGEST_PROOF: usize = 63;

/// The hashes of complete subtrees.
pub trait Nodes {
    /// What can go wrong.
    type Error;

    /// The hash over the leaves from `index * 2^level` to `(index + 1) * 2^level`, all of which are in the tree.
    ///
    /// # Errors
    ///
    /// If the hash cannot be had.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The entry is not in a tree of this size.
    #[error("entry {index} is not in a tree of {size} entries")]
    OutsideTree {
        /// The position of the entry.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {old} entries cannot have become one of {new}")]
    Shrunk {
        /// The size of the tree that should be older.
        old: u64,
        /// The size of the tree that should be newer.
        new: u64,
    },
    /// There are too few or too many hashes.
    #[error("the proof has {found} hashes, which is not what these sizes need")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// The hashes do not lead to the root.
    #[error("the proof leads to another root")]
    Root,
    /// The hashes do not lead to the root of the older tree.
    #[error("the proof leads to another root for the older tree")]
    OldRoot,
}

/// The root of the tree over the first `size` leaves.
///
/// # Errors
///
/// If a hash cannot be had.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 {
        return Ok(Hash::of_nothing());
    }
    range(nodes, 0, size)
}

/// The proof that the leaf at `index` is in the tree over the first `size` leaves, from the leaf upwards. Empty if the
/// leaf is not in the tree.
///
/// # Errors
///
/// If a hash cannot be had.
pub fn prove_inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    if index >= size {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, size);
    while end.saturating_sub(start) > 1 {
        let middle = split(start, end);
        if index < middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree over the first `new` leaves begins with the tree over the first `old` leaves. Empty if either
/// is the empty tree, if they are equal, or if there can be no proof.
///
/// # Errors
///
/// If a hash cannot be had.
pub fn prove_consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    if old == 0 || old >= new {
        return Ok(proof);
    }
    let (mut start, mut end, mut from_the_left) = (0, new, true);
    while old != end {
        let middle = split(start, end);
        if old <= middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
            from_the_left = false;
        }
    }
    if !from_the_left {
        proof.push(range(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that a leaf is in the tree with this root.
///
/// # Errors
///
/// If the proof does not show it.
pub fn check_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let found = root_from_inclusion(index, size, leaf, proof)?;
    if found == *root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// The root that a proof of inclusion leads to (RFC 9162 section 2.1.3.2).
///
/// # Errors
///
/// If the proof cannot be one for this leaf in a tree of this size.
pub fn root_from_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
) -> Result<Hash, ProofError> {
    if index >= size {
        return Err(ProofError::OutsideTree { index, size });
    }
    let wrong = ProofError::Length { found: proof.len() };
    let (mut place, mut last, mut hash) = (index, size.saturating_sub(1), *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong);
        }
        if place & 1 == 1 || place == last {
            hash = Hash::of_node(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::of_node(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 { Ok(hash) } else { Err(wrong) }
}

/// Checks that the tree with the newer root begins with the tree with the older one (RFC 9162 section 2.1.4.2).
///
/// # Errors
///
/// If the proof does not show it.
pub fn check_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    let wrong = ProofError::Length { found: proof.len() };
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        if !proof.is_empty() {
            return Err(wrong);
        }
        let expected = if old == new {
            *new_root
        } else {
            Hash::of_nothing()
        };
        if old_root != &expected {
            return Err(ProofError::OldRoot);
        }
        // An empty tree has one root.
        let empty = new > 0 || *new_root == Hash::of_nothing();
        return if empty { Ok(()) } else { Err(ProofError::Root) };
    }
    let (mut place, mut last) = (old.saturating_sub(1), new.saturating_sub(1));
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (first, rest) = if old.is_power_of_two() {
        (*old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(wrong)?;
        (*first, rest)
    };
    let (mut older, mut newer) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong);
        }
        if place & 1 == 1 || place == last {
            older = Hash::of_node(sibling, &older);
            newer = Hash::of_node(sibling, &newer);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            newer = Hash::of_node(&newer, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong);
    }
    if newer != *new_root {
        return Err(ProofError::Root);
    }
    if older != *old_root {
        return Err(ProofError::OldRoot);
    }
    Ok(())
}

/// The tree of everything seen so far, as the few complete subtrees it is made of. Grows leaf by leaf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The complete subtree of `2^level` leaves, for each bit that is set in the size.
    subtrees: Vec<Option<Hash>>,
}

impl Frontier {
    /// The tree of the first `size` leaves.
    ///
    /// # Errors
    ///
    /// If a hash cannot be had.
    pub fn load<N: Nodes>(nodes: &N, size: u64) -> Result<Self, N::Error> {
        let mut subtrees = Vec::new();
        for level in 0..64_u8 {
            let index = size >> level;
            if index == 0 {
                break;
            }
            subtrees.push(if index & 1 == 1 {
                Some(nodes.node(level, index ^ 1)?)
            } else {
                None
            });
        }
        Ok(Self { size, subtrees })
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut carried = leaf;
        self.size = self.size.saturating_add(1);
        for slot in &mut self.subtrees {
            match slot.take() {
                Some(left) => carried = Hash::of_node(&left, &carried),
                None => {
                    *slot = Some(carried);
                    return;
                }
            }
        }
        self.subtrees.push(Some(carried));
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut parts = self.subtrees.iter().flatten();
        let Some(first) = parts.next() else {
            return Hash::of_nothing();
        };
        parts.fold(*first, |right, left| Hash::of_node(left, &right))
    }
}

/// Where the tree over the leaves from `start` to `end` divides: after the largest power of two that leaves something
/// over.
fn split(start: u64, end: u64) -> u64 {
    let last = end.saturating_sub(start).saturating_sub(1);
    let width = last.checked_ilog2().map_or(0, |bits| 1_u64 << bits);
    start.saturating_add(width)
}

/// The hash over the leaves from `start` to `end`, a range that appears when a tree is divided.
fn range<N: Nodes>(nodes: &N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let mut parts = Vec::new();
    let mut place = start;
    while let Some(bits) = end.saturating_sub(place).checked_ilog2() {
        let level = u8::try_from(bits).unwrap_or(u8::MAX);
        parts.push(nodes.node(level, place >> bits)?);
        place = place.saturating_add(1_u64 << bits);
    }
    let mut parts = parts.into_iter().rev();
    let last = parts.next().unwrap_or_else(Hash::of_nothing);
    Ok(parts.fold(last, |right, left| Hash::of_node(&left, &right)))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// The tree over leaves that hold their own number, straight from the definition.
    struct Numbers;

    impl Nodes for Numbers {
        type Error = Infallible;

        fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
            Ok(definition(index << level, (index + 1) << level))
        }
    }

    fn leaf(number: u64) -> Hash {
        Hash::of_leaf(number.to_string().as_bytes())
    }

    /// RFC 6962 section 2.1, word for word.
    fn definition(start: u64, end: u64) -> Hash {
        match end - start {
            0 => Hash::of_nothing(),
            1 => leaf(start),
            length => {
                let mut k = 1;
                while k * 2 < length {
                    k *= 2;
                }
                Hash::of_node(&definition(start, start + k), &definition(start + k, end))
            }
        }
    }

    fn root_of(size: u64) -> Hash {
        let Ok(root) = root(&Numbers, size);
        root
    }

    #[test]
    fn roots_follow_the_definition_and_grow_leaf_by_leaf() {
        let mut frontier = Frontier::default();
        for size in 0..140 {
            assert_eq!(frontier.root(), definition(0, size), "{size}");
            assert_eq!(root_of(size), definition(0, size), "{size}");
            let Ok(loaded) = Frontier::load(&Numbers, size);
            assert_eq!(loaded, frontier, "{size}");
            frontier.push(leaf(size));
        }
    }

    #[test]
    fn every_entry_is_proved_and_no_other_claim_is() {
        for size in 1..40_u64 {
            let root = root_of(size);
            for index in 0..size {
                let Ok(proof) = prove_inclusion(&Numbers, index, size);
                assert_eq!(
                    check_inclusion(index, size, &leaf(index), &proof, &root),
                    Ok(())
                );
                for other in 0..size + 2 {
                    if other != index {
                        assert!(check_inclusion(other, size, &leaf(index), &proof, &root).is_err());
                    }
                }
                let mut long = proof.clone();
                long.push(root);
                assert_eq!(
                    check_inclusion(index, size, &leaf(index), &long, &root),
                    Err(ProofError::Length { found: long.len() })
                );
                if let Some((_, short)) = proof.split_last() {
                    assert!(check_inclusion(index, size, &leaf(index), short, &root).is_err());
                }
                assert_eq!(
                    check_inclusion(index, size, &leaf(index + 1), &proof, &root),
                    Err(ProofError::Root)
                );
            }
            assert_eq!(
                check_inclusion(size, size, &leaf(0), &[], &root),
                Err(ProofError::OutsideTree { index: size, size })
            );
        }
    }

    #[test]
    fn growth_is_proved_between_any_two_sizes() {
        for new in 0..48_u64 {
            for old in 0..=new {
                let Ok(proof) = prove_consistency(&Numbers, old, new);
                let (before, after) = (root_of(old), root_of(new));
                assert_eq!(
                    check_consistency(old, &before, new, &after, &proof),
                    Ok(()),
                    "{old} {new}"
                );
                let mut long = proof.clone();
                long.push(after);
                assert!(
                    check_consistency(old, &before, new, &after, &long).is_err(),
                    "{old} {new}"
                );
                let other = leaf(1_000_000);
                assert!(
                    check_consistency(old, &other, new, &after, &proof).is_err(),
                    "{old} {new}"
                );
                if old > 0 {
                    assert!(check_consistency(old, &before, new, &other, &proof).is_err());
                }
                if let Some((_, short)) = proof.split_last() {
                    assert!(check_consistency(old, &before, new, &after, short).is_err());
                }
            }
        }
        assert_eq!(
            check_consistency(2, &root_of(2), 1, &root_of(1), &[]),
            Err(ProofError::Shrunk { old: 2, new: 1 })
        );
    }

    proptest! {
        #[test]
        fn no_made_up_proof_holds(
            index in any::<u64>(),
            size in any::<u64>(),
            hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        ) {
            let hashes: Vec<Hash> = hashes.into_iter().map(Hash).collect();
            let (root, leaf) = (leaf(1), leaf(2));
            prop_assert!(check_inclusion(index, size, &leaf, &hashes, &root).is_err());
            prop_assert!(check_consistency(index, &leaf, size, &root, &hashes).is_err());
        }

        #[test]
        fn large_trees_divide_without_overflow(old in 1_u64..1 << 62, new in 1_u64..1 << 62) {
            struct Same;
            impl Nodes for Same {
                type Error = Infallible;
                fn node(&self, _: u8, _: u64) -> Result<Hash, Infallible> {
                    Ok(Hash([7; 32]))
                }
            }
            let (old, new) = (old.min(new), old.max(new));
            let Ok(proof) = prove_consistency(&Same, old, new);
            prop_assert!(proof.len() <= LONGEST_PROOF);
            let Ok(path) = prove_inclusion(&Same, old - 1, new);
            prop_assert!(path.len() <= LONGEST_PROOF);
            prop_assert!(root_from_inclusion(old - 1, new, &Hash([7; 32]), &path).is_ok());
        }
    }
}
