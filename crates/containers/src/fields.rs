//! Fixed-width fields in headers, read without trusting that they are there.
//!
//! Only what the container formats need; no cursor, no big-endian.

/// The bytes `at..at + N`, if they are all there.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// A little-endian 16-bit field; 0 where the bytes end.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    array_at(bytes, at).map_or(0, u16::from_le_bytes)
}

/// A little-endian 32-bit field; 0 where the bytes end.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    array_at(bytes, at).map_or(0, u32::from_le_bytes)
}

/// A little-endian 64-bit field, if it is there.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// A length as an offset.
pub(crate) fn offset(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// An offset as a length in memory; saturates where memory cannot hold it.
pub(crate) fn length(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
