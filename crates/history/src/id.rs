//! Names of objects.

use std::fmt;

/// The SHA-1 by which git names an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 20]);

impl ObjectId {
    /// Reads forty hexadecimal digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 40 {
            return None;
        }
        let mut id = [0; 20];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let value = |digit: Option<&u8>| char::from(*digit?).to_digit(16);
            let (high, low) = (value(pair.first())?, value(pair.get(1))?);
            *byte = u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?;
        }
        Some(Self(id))
    }

    /// The name in front of `bytes`.
    pub(crate) fn take(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.get(..20)?.try_into().ok()?))
    }

    /// Whether it names nothing, as logs write it for what did not exist before.
    pub(crate) fn is_zero(self) -> bool {
        self.0 == [0; 20]
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}
