//! JSON for programs. Each version of the document has a module with types of its own.

pub(crate) mod v1;

use std::io;

use chainwright_core::text::is_invisible;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::context::Context;

/// Writes the document in its current version.
pub(crate) fn render(context: &Context<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    write(&v1::Document::of(context), out)
}

/// Writes a value as indented JSON that is harmless even in a terminal.
pub(crate) fn write(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut *out,
        HarmlessFormatter(PrettyFormatter::new()),
    ))?;
    out.write_all(b"\n")
}

/// Indents, and writes characters that steer terminals or are invisible as `\uXXXX`. Any parser reads the same
/// values back; only the bytes of the document are tamer than RFC 8259 asks for.
struct HarmlessFormatter<'i>(PrettyFormatter<'i>);

impl Formatter for HarmlessFormatter<'_> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (start, character) in fragment.char_indices() {
            if !(character.is_control() || is_invisible(character)) {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[written..start])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = start + character.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steering_characters_are_escaped_and_read_back_the_same() {
        let text = "a\x1b[2J\u{9b}\u{202e}\u{e0041}\u{7f}\n\"ü";
        let mut out = Vec::new();
        write(&text, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert_eq!(
            written,
            "\"a\\u001b[2J\\u009b\\u202e\\udb40\\udc41\\u007f\\n\\\"ü\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
