//! Networks in protobuf: operators that reach out of the graph, side files that leave the folder, sizes that lie; and
//! what exporters really write.

use super::Case;

mod tensorflow;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [tensorflow::cases()].concat()
}
