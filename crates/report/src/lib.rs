//! Reports for people and programs, translated from one scan result.
//!
//! Every renderer takes the same [`Context`] and writes one document to a writer that it is given. Renderers
//! translate: what policy hides arrives here as numbers and is shown as numbers; what is folded away to keep a
//! page readable is counted on the page and complete in the JSON report. Nothing here reads files, asks for the
//! time, or changes a verdict.
//!
//! Text that comes from scanned files is hostile. It passes through [`chainwright_core::text::visible`] where a
//! person reads it, and then through the escaping of the format it is written in.

mod context;
mod format;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;
mod summary;
mod text;

use std::io;

pub use crate::context::{Context, RuleDescription, Style};
pub use crate::format::{Format, UnknownFormatError};
pub use crate::json::v1::SCHEMA as SCAN_V1_SCHEMA;

/// Writes the report on one scan in one format.
///
/// # Errors
///
/// Only those of the writer.
pub fn render(
    format: Format,
    context: &Context<'_>,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::render(context, style, out),
        Format::Json => json::render(context, out),
        Format::Sarif => sarif::render(context, out),
        Format::Junit => junit::render(context, out),
        Format::Markdown => markdown::render(context, out),
        Format::Html => html::render(context, out),
    }
}
