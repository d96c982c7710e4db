//! Fixed-width numbers at an offset of a slice, and lossless widening, for parsers. No format knowledge.

/// The byte order of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The least significant byte first.
    Little,
    /// The most significant byte first.
    Big,
}

impl Order {
    /// The `u16` at an offset, if it lies within.
    #[must_use]
    pub fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        array(bytes, at).map(|raw| match self {
            Self::Little => u16::from_le_bytes(raw),
            Self::Big => u16::from_be_bytes(raw),
        })
    }

    /// The `u32` at an offset, if it lies within.
    #[must_use]
    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        array(bytes, at).map(|raw| match self {
            Self::Little => u32::from_le_bytes(raw),
            Self::Big => u32::from_be_bytes(raw),
        })
    }

    /// The `u64` at an offset, if it lies within.
    #[must_use]
    pub fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        array(bytes, at).map(|raw| match self {
            Self::Little => u64::from_le_bytes(raw),
            Self::Big => u64::from_be_bytes(raw),
        })
    }
}

/// The little-endian `u16` at an offset, if it lies within.
#[must_use]
pub fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    Order::Little.u16(bytes, at)
}

/// The little-endian `u32` at an offset, if it lies within.
#[must_use]
pub fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    Order::Little.u32(bytes, at)
}

/// The little-endian `u64` at an offset, if it lies within.
#[must_use]
pub fn u64_le(bytes: &[u8], at: usize) -> Option<u64> {
    Order::Little.u64(bytes, at)
}

/// `usize` as `u64`.
#[must_use]
pub fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// `u64` as `usize`, as far as it goes.
#[must_use]
pub fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// At most `count` bytes from the start.
#[must_use]
pub fn first(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..count).unwrap_or(bytes)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
