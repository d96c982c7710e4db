//! The precompiled map of characters of SentencePiece as `tokenizer.json` holds it: in base64.

use chainwright_core::tokens::charsmap::{self, Spoken};

/// The rules of a map in base64 that replace words.
pub(super) fn spoken(text: &str) -> Spoken {
    charsmap::spoken(&decoded(text))
}

/// Standard base64; characters outside of it are passed over.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut bits = 0_u32;
    let mut count = 0_u32;
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits & 0xff_ffff) << 6 | u32::from(value);
        count = count.saturating_add(6);
        if count >= 8 {
            count = count.saturating_sub(8);
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
        }
    }
    bytes
}
