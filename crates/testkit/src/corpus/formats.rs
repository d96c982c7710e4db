//! Cases of this area.

use super::Case;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    Vec::new()
}
