//! Undoes the encodings that code hides behind, within limits.

use std::io::Read;

use super::value::MAX_TEXT;

/// An encoding of the standard library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Base64,
    Base32,
    Base16,
    Base85,
    Ascii85,
    Hex,
    Rot13,
    Zlib,
    Gzip,
    /// Known by name only: bz2, lzma, uu, ciphers.
    Opaque,
}

/// The decoded bytes, if the encoding is one that we undo and the input fits it.
pub(super) fn decode(codec: Codec, input: &[u8]) -> Option<Vec<u8>> {
    if input.len() > MAX_TEXT.saturating_mul(4) {
        return None;
    }
    match codec {
        Codec::Base64 => from_bits(input, 6, base64_digit),
        Codec::Base32 => from_bits(input, 5, |byte| match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => Some(letter.wrapping_sub(b'A')),
            digit @ b'2'..=b'7' => Some(digit.wrapping_sub(b'2').wrapping_add(26)),
            _ => None,
        }),
        Codec::Base16 | Codec::Hex => from_hex(input),
        Codec::Base85 => from_base85(input),
        Codec::Ascii85 => from_ascii85(input),
        Codec::Rot13 => Some(input.iter().copied().map(rot13).collect()),
        Codec::Zlib => inflate(flate2::read::ZlibDecoder::new(input))
            .or_else(|| inflate(flate2::read::DeflateDecoder::new(input))),
        Codec::Gzip => inflate(flate2::read::GzDecoder::new(input)),
        Codec::Opaque => None,
    }
}

fn inflate(reader: impl Read) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let most = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
    let result = reader.take(most).read_to_end(&mut output);
    (result.is_ok() || !output.is_empty()).then_some(output)
}

fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
        b'a'..=b'z' => Some(byte.wrapping_sub(b'a').wrapping_add(26)),
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0').wrapping_add(52)),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Packs digits of a few bits; padding and foreign characters are passed over, as Python does.
fn from_bits(input: &[u8], width: u32, digit: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len());
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for byte in input {
        if *byte == b'=' {
            break;
        }
        let Some(value) = digit(*byte) else { continue };
        held = held.wrapping_shl(width) | u32::from(value);
        bits = bits.saturating_add(width);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            let [byte, ..] = held.wrapping_shr(bits).to_le_bytes();
            output.push(byte);
        }
    }
    (!output.is_empty()).then_some(output)
}

fn from_hex(input: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = input
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| {
            char::from(*byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| {
                pair.iter().fold(0_u8, |byte, digit| {
                    byte.wrapping_mul(16).wrapping_add(*digit)
                })
            })
            .collect(),
    )
}

fn rot13(byte: u8) -> u8 {
    let turn = |base: u8| {
        let shifted = byte.wrapping_sub(base).wrapping_add(13) % 26;
        shifted.wrapping_add(base)
    };
    match byte {
        b'a'..=b'z' => turn(b'a'),
        b'A'..=b'Z' => turn(b'A'),
        _ => byte,
    }
}

const BASE85: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

fn from_base85(input: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = input
        .iter()
        .map(|byte| {
            let at = BASE85.iter().position(|digit| digit == byte)?;
            u32::try_from(at).ok()
        })
        .collect();
    Some(from_groups_of_five(&digits?))
}

fn from_ascii85(input: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(input.len());
    for byte in input {
        match byte {
            b'<' | b'~' | b'>' => {}
            b'z' => digits.extend([0; 5]),
            b'!'..=b'u' => digits.push(u32::from(byte.wrapping_sub(b'!'))),
            byte if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    Some(from_groups_of_five(&digits))
}

fn from_groups_of_five(digits: &[u32]) -> Vec<u8> {
    let mut output = Vec::with_capacity(digits.len());
    for group in digits.chunks(5) {
        let mut number = 0_u64;
        for index in 0..5 {
            let digit = group.get(index).copied().unwrap_or(84);
            number = number.saturating_mul(85).saturating_add(u64::from(digit));
        }
        let bytes = number.to_be_bytes();
        let kept = group.len().saturating_sub(1);
        output.extend(bytes.iter().skip(4).take(kept));
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        for (codec, input, expected) in [
            (Codec::Base64, "aW1wb3J0IG9z", "import os"),
            (Codec::Base64, "aW1wb3J0\nIG9zCg==", "import os\n"),
            (Codec::Base32, "NFWXA33SOQQG64Y=", "import os"),
            (Codec::Hex, "696d706f7274206f73", "import os"),
            (Codec::Rot13, "vzcbeg bf", "import os"),
            (Codec::Base85, "X>D+Ca&#bXa{", "import os"),
            (Codec::Ascii85, "Bl.g-Ec`FBEr", "import os"),
        ] {
            let decoded = decode(codec, input.as_bytes()).unwrap_or_default();
            let text = String::from_utf8_lossy(&decoded).into_owned();
            assert_eq!(text, expected, "{codec:?}");
        }
    }
}
