//! Install commands.

use crate::facts::Declared;
use crate::sink::Sink;
pub(crate) mod dockerfile;
pub(crate) mod notebook;
pub(crate) mod workflow;
/// The packages that the install commands of a shell text name.
#[must_use]
pub fn install_commands(_text: &str) -> Vec<Declared> { Vec::new() }
pub(crate) fn read_shell(_text: &str, _sink: &mut Sink<'_>) {}
