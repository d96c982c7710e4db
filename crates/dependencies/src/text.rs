//! Bytes as text, as pip and the editors of Windows write it: with or without a byte order mark.

use std::borrow::Cow;

use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;

use crate::sink::Sink;

/// The text as far as the limit allows.
pub(crate) fn decode<'t>(bytes: &'t [u8], sink: &mut Sink<'_>) -> Cow<'t, str> {
    let most = narrow(sink.budget().limits().text_bytes);
    let bytes = match bytes.get(..most) {
        Some(first) if bytes.len() > most => {
            let detail = format!("only the first {most} of {} bytes were read", bytes.len());
            sink.problem(ProblemKind::LimitReached, Place::Whole, detail);
            first
        }
        _ => bytes,
    };
    // pip's table of marks: UTF-32 before UTF-16, because one begins like the other.
    let wide: [(&[u8], usize, bool); 4] = [
        (&[0xff, 0xfe, 0, 0], 4, true),
        (&[0, 0, 0xfe, 0xff], 4, false),
        (&[0xff, 0xfe], 2, true),
        (&[0xfe, 0xff], 2, false),
    ];
    for (mark, width, is_little) in wide {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return Cow::Owned(decode_wide(rest, width, is_little));
        }
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Faster than the forgiving reader, which goes byte by byte.
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    if memchr::memchr(0, bytes).is_some() {
        sink.malformed(Place::Whole, "the file holds zero bytes and is no text");
    } else if matches!(text, Cow::Owned(_)) {
        sink.malformed(Place::Whole, "the text is not UTF-8 throughout");
    }
    text
}

fn decode_wide(bytes: &[u8], width: usize, is_little: bool) -> String {
    let unit = |chunk: &[u8]| {
        let fold = |unit: u32, byte: &u8| unit.wrapping_shl(8) | u32::from(*byte);
        if is_little {
            chunk.iter().rev().fold(0, fold)
        } else {
            chunk.iter().fold(0, fold)
        }
    };
    let units = bytes.chunks_exact(width).map(unit);
    if width == 4 {
        return units
            .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    char::decode_utf16(units.map(|unit| u16::try_from(unit).unwrap_or(0)))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
