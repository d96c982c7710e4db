//! Not written yet.
use crate::context::Context;
use std::io;
pub(crate) fn render(_context: &Context<'_>, _out: &mut dyn io::Write) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}
