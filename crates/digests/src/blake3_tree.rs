//! BLAKE3 of a stretch of a file, by subtrees on several threads.

use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root,
    merge_subtrees_root,
};

/// Bytes that one thread hashes at a stretch.
const LEAF: u64 = 4 * 1024 * 1024;

/// Feeds the bytes from one offset to another to a hasher.
pub(crate) trait Feed: Sync {
    /// What can go wrong.
    type Error: Send;

    /// Feeds them in order.
    fn feed(&self, start: u64, end: u64, hasher: &mut blake3::Hasher) -> Result<(), Self::Error>;
}

/// The digest of the bytes from `start` to `end`.
pub(crate) fn hash<F: Feed>(feed: &F, start: u64, end: u64) -> Result<[u8; 32], F::Error> {
    let length = end.saturating_sub(start);
    if length <= LEAF {
        let mut hasher = blake3::Hasher::new();
        feed.feed(start, end, &mut hasher)?;
        return Ok(hasher.finalize().into());
    }
    let (left, right) = halves(feed, start, start, end)?;
    Ok(merge_subtrees_root(&left, &right, Mode::Hash).into())
}

/// The chaining value of a part that is not the whole; `base` is where the whole begins.
fn subtree<F: Feed>(feed: &F, base: u64, start: u64, end: u64) -> Result<ChainingValue, F::Error> {
    if end.saturating_sub(start) <= LEAF {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(start.saturating_sub(base));
        feed.feed(start, end, &mut hasher)?;
        return Ok(hasher.finalize_non_root());
    }
    let (left, right) = halves(feed, base, start, end)?;
    Ok(merge_subtrees_non_root(&left, &right, Mode::Hash))
}

fn halves<F: Feed>(
    feed: &F,
    base: u64,
    start: u64,
    end: u64,
) -> Result<(ChainingValue, ChainingValue), F::Error> {
    let middle = start.saturating_add(left_subtree_len(end.saturating_sub(start)));
    let (left, right) = rayon::join(
        || subtree(feed, base, start, middle),
        || subtree(feed, base, middle, end),
    );
    Ok((left?, right?))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Memory(Vec<u8>);

    impl Feed for Memory {
        type Error = std::num::TryFromIntError;

        fn feed(
            &self,
            start: u64,
            end: u64,
            hasher: &mut blake3::Hasher,
        ) -> Result<(), Self::Error> {
            hasher.update(&self.0[usize::try_from(start)?..usize::try_from(end)?]);
            Ok(())
        }
    }

    #[test]
    fn subtrees_give_the_digest_of_the_whole() {
        let leaf = usize::try_from(LEAF).expect("small");
        let bytes: Vec<u8> = (0..3 * leaf + 12_345)
            .map(|index| (index % 251) as u8)
            .collect();
        let memory = Memory(bytes.clone());
        for (start, end) in [
            (0, 0),
            (0, 1),
            (0, leaf),
            (0, leaf + 1),
            (0, 2 * leaf),
            (0, bytes.len()),
            (7, bytes.len() - 3),
            (leaf - 1, 2 * leaf + 1),
        ] {
            let whole = blake3::hash(&bytes[start..end]);
            let found = hash(&memory, start as u64, end as u64).expect("in memory");
            assert_eq!(found, *whole.as_bytes(), "{start}..{end}");
        }
    }
}
