//! Placeholder until generated.
use crate::control::Control;
/// All.
pub const ALL: &[Control] = &[];
