//! The small decoders that payloads hide behind: hexadecimal, Base64, ROT13, zlib. Bounded, and forgiving.

use std::io::Read;

/// Hexadecimal digits, as `bytes.fromhex` and `binascii.unhexlify` read them.
pub(crate) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|&byte| char::from(byte).to_digit(16))
        .collect::<Option<_>>()?;
    Some(
        digits
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [high, low] => u8::try_from(high.saturating_mul(16).saturating_add(*low)).ok(),
                _ => None,
            })
            .collect(),
    )
}

/// Base64 in both alphabets; other characters are passed over, as Python does.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for &byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte.saturating_sub(b'A'),
            b'a'..=b'z' => byte.saturating_sub(b'a').saturating_add(26),
            b'0'..=b'9' => byte.saturating_sub(b'0').saturating_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(six)) & 0x00ff_ffff;
        held = held.saturating_add(6);
        if held >= 8 {
            held = held.saturating_sub(8);
            out.push(
                u8::try_from(bits.checked_shr(held).unwrap_or_default() & 0xff).unwrap_or_default(),
            );
        }
    }
    out
}

/// ROT13 of ASCII letters.
pub(crate) fn rot13(text: &str) -> String {
    let turn = |byte: u8, first: u8| {
        let index = byte.saturating_sub(first).saturating_add(13) % 26;
        char::from(first.saturating_add(index))
    };
    text.chars()
        .map(|character| match u8::try_from(character) {
            Ok(byte @ b'a'..=b'z') => turn(byte, b'a'),
            Ok(byte @ b'A'..=b'Z') => turn(byte, b'A'),
            _ => character,
        })
        .collect()
}

/// A zlib or gzip stream, at most `max` bytes of it.
pub(crate) fn inflate(data: &[u8], max: usize) -> Option<Vec<u8>> {
    match data {
        [0x1f, 0x8b, ..] => bounded(flate2::read::MultiGzDecoder::new(data), max),
        [0x78, ..] => bounded(flate2::read::ZlibDecoder::new(data), max),
        _ => inflate_raw(data, max),
    }
}

/// A raw deflate stream, at most `max` bytes of it.
pub(crate) fn inflate_raw(data: &[u8], max: usize) -> Option<Vec<u8>> {
    bounded(flate2::read::DeflateDecoder::new(data), max)
}

/// What can be decoded; what came before an error is worth looking at.
fn bounded(decoder: impl Read, max: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let result = decoder
        .take(u64::try_from(max).unwrap_or(u64::MAX))
        .read_to_end(&mut out);
    (result.is_ok() || !out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoders_agree_with_python() {
        assert_eq!(hex(b"6f 73").as_deref(), Some(b"os".as_slice()));
        assert_eq!(hex(b"6g"), None);
        assert_eq!(base64(b"Y29zCnN5c3RlbQo="), b"cos\nsystem\n");
        assert_eq!(base64(b"-_8="), [0xfb, 0xff]);
        assert_eq!(rot13("flfgrz"), "system");
        assert_eq!(
            inflate(b"x\x9c\xcb/\x06\x00\x01S\x00\xe3", 99).as_deref(),
            Some(b"os".as_slice())
        );
    }
}
