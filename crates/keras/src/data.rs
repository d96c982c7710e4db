//! A reader over a slice that never goes past its end.

/// Little-endian fields of a slice, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// How far it has come.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let part = self.data.get(self.at..end)?;
        self.at = end;
        Some(part)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// An unsigned number of `width` bytes; a number above 64 bits counts only if the rest is zero.
    pub(crate) fn number(&mut self, width: usize) -> Option<u64> {
        let part = self.take(width)?;
        let mut value = 0_u64;
        for (index, &byte) in part.iter().enumerate() {
            match u32::try_from(index).ok()?.checked_mul(8) {
                Some(shift) if shift < 64 => value |= u64::from(byte).checked_shl(shift)?,
                _ if byte == 0 => {}
                _ => return Some(u64::MAX),
            }
        }
        Some(value)
    }

    pub(crate) fn short(&mut self) -> Option<u16> {
        u16::try_from(self.number(2)?).ok()
    }

    pub(crate) fn word(&mut self) -> Option<u32> {
        u32::try_from(self.number(4)?).ok()
    }

    /// A text up to and without its zero byte.
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest();
        let end = rest.iter().position(|&byte| byte == 0)?;
        self.skip(end.checked_add(1)?)?;
        rest.get(..end)
    }
}
