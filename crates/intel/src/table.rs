//! A table from texts to blobs that is searched on disk: a fan of buckets over hashed keys.
//!
//! A look-up reads two numbers of the fan, one bucket and one blob, whatever the size of the table. The key stands
//! before its blob and is compared, so that hashes that meet by accident or by intent cost time and nothing else.

use std::collections::BTreeMap;

use crate::error::IntelError;
use crate::pages::{PageWriter, Pages, Stretch};

/// Hash (8), offset (8), length of key (4), length of blob (4).
const ROW: usize = 24;
/// Rows in a bucket, on average.
const BUCKET: usize = 32;

/// Where a table lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Table {
    /// Bits of the hash that choose a bucket.
    bits: u32,
    rows: u64,
    fan: Stretch,
    entries: Stretch,
}

impl Table {
    /// Writes a table; keys are in order, so that the same content gives the same bytes.
    pub(crate) fn write(pages: &mut PageWriter, content: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut rows: Vec<(u64, u64, u32, u32)> = Vec::with_capacity(content.len());
        for (key, blob) in content {
            let place = pages.append(key.as_bytes());
            pages.append(blob);
            let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
            rows.push((hash(key), place.offset, size(key.len()), size(blob.len())));
        }
        rows.sort_unstable();
        let bits = (rows.len() / BUCKET).max(1).ilog2().min(24);
        let mut fan = Vec::with_capacity(((1 << bits) + 1) * 4);
        for bucket in 0..=1_u64 << bits {
            let before = rows.partition_point(|row| bucket_of(row.0, bits) < bucket);
            fan.extend_from_slice(&u32::try_from(before).unwrap_or(u32::MAX).to_le_bytes());
        }
        let mut entries = Vec::with_capacity(rows.len() * ROW);
        for (hash, offset, key, blob) in &rows {
            entries.extend_from_slice(&hash.to_le_bytes());
            entries.extend_from_slice(&offset.to_le_bytes());
            entries.extend_from_slice(&key.to_le_bytes());
            entries.extend_from_slice(&blob.to_le_bytes());
        }
        Self {
            bits,
            rows: rows.len() as u64,
            fan: pages.append(&fan),
            entries: pages.append(&entries),
        }
    }

    /// How many keys there are.
    pub(crate) const fn len(&self) -> u64 {
        self.rows
    }

    /// The blob of a key.
    pub(crate) fn get(&self, pages: &Pages, key: &str) -> Result<Option<Vec<u8>>, IntelError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let hash = hash(key);
        let broken = || IntelError::damaged("a table contradicts itself");
        let bucket = bucket_of(hash, self.bits);
        let ends = pages.get(self.fan.offset.saturating_add(bucket.saturating_mul(4)), 8)?;
        let first = u64::from(word(&ends, 0).ok_or_else(broken)?);
        let last = u64::from(word(&ends, 4).ok_or_else(broken)?);
        if first > last || last > self.rows {
            return Err(broken());
        }
        let length = usize::try_from(last - first).map_err(|_| broken())? * ROW;
        let start = self
            .entries
            .offset
            .checked_add(first * ROW as u64)
            .ok_or_else(broken)?;
        let bucket = pages.get(start, length)?;
        for row in bucket.chunks_exact(ROW) {
            if long(row, 0) != Some(hash) {
                continue;
            }
            let offset = long(row, 8).ok_or_else(broken)?;
            let key_length = word(row, 16).ok_or_else(broken)? as usize;
            let blob_length = word(row, 20).ok_or_else(broken)? as usize;
            let both = pages.get(
                offset,
                key_length.checked_add(blob_length).ok_or_else(broken)?,
            )?;
            if both.get(..key_length) == Some(key.as_bytes()) {
                return Ok(Some(both.get(key_length..).unwrap_or_default().to_vec()));
            }
        }
        Ok(None)
    }
}

fn hash(key: &str) -> u64 {
    let digest = blake3::hash(key.as_bytes());
    long(digest.as_bytes(), 0).unwrap_or_default()
}

fn bucket_of(hash: u64, bits: u32) -> u64 {
    if bits == 0 { 0 } else { hash >> (64 - bits) }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(content: &BTreeMap<String, Vec<u8>>) -> (Table, Pages) {
        let mut writer = PageWriter::default();
        let table = Table::write(&mut writer, content);
        let mut bytes = Vec::new();
        writer.finish(Stretch::default(), &mut bytes).unwrap();
        (table, Pages::in_memory(bytes).unwrap())
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        for count in [0, 1, 31, 64, 5000] {
            let content: BTreeMap<String, Vec<u8>> = (0..count)
                .map(|number| (format!("key{number}"), vec![7; number % 100]))
                .collect();
            let (table, pages) = opened(&content);
            for (key, blob) in &content {
                assert_eq!(
                    table.get(&pages, key).unwrap().as_ref(),
                    Some(blob),
                    "{key} of {count}"
                );
            }
            assert_eq!(table.get(&pages, "other").unwrap(), None);
            assert_eq!(table.len(), count as u64);
        }
    }

    #[test]
    fn blobs_longer_than_a_page_are_whole() {
        let content = BTreeMap::from([(
            "a".to_owned(),
            (0..100_000_u32)
                .map(|n| (n % 251) as u8)
                .collect::<Vec<u8>>(),
        )]);
        let (table, pages) = opened(&content);
        assert_eq!(table.get(&pages, "a").unwrap(), Some(content["a"].clone()));
    }
}
