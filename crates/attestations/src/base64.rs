//! Base64 (RFC 4648) as protobuf's JSON mapping has it: the standard or the URL-safe alphabet, padded or not.
//!
//! Strict in everything else: no white space, no mixed alphabets, no bits that are thrown away, so that one value has
//! few spellings. Written is the standard alphabet with padding.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes as text, standard alphabet, padded.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (position, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let digit = usize::try_from(group >> shift & 63).unwrap_or(0);
            let symbol = STANDARD.get(digit).copied().unwrap_or(b'=');
            let present = position <= chunk.len();
            text.push(char::from(if present { symbol } else { b'=' }));
        }
    }
    text
}

/// The bytes that a text stands for, or nothing if it is not base64.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let padded = text.as_bytes();
    let symbols = trim_padding(padded)?;
    let url_safe = symbols.iter().any(|symbol| matches!(symbol, b'-' | b'_'));
    let mut bytes = Vec::with_capacity(symbols.len().div_ceil(4).saturating_mul(3));
    for group in symbols.chunks(4) {
        let mut value = 0_u32;
        for position in 0..4 {
            let digit = match group.get(position) {
                Some(symbol) => digit(*symbol, url_safe)?,
                None => 0,
            };
            value = value << 6 | u32::from(digit);
        }
        let [_, first, second, third] = value.to_be_bytes();
        match group.len() {
            4 => bytes.extend([first, second, third]),
            3 if third == 0 => bytes.extend([first, second]),
            2 if second == 0 && third == 0 => bytes.push(first),
            _ => return None,
        }
    }
    Some(bytes)
}

/// The symbols without padding; none if the padding is not what the length asks for.
fn trim_padding(text: &[u8]) -> Option<&[u8]> {
    let kept = text.iter().rposition(|symbol| *symbol != b'=');
    let symbols = match kept {
        Some(last) => text.get(..=last)?,
        None if text.is_empty() => return Some(text),
        None => return None,
    };
    let padding = text.len().saturating_sub(symbols.len());
    (padding == 0 || padding <= 2 && text.len().is_multiple_of(4)).then_some(symbols)
}

fn digit(symbol: u8, url_safe: bool) -> Option<u8> {
    let offset = |from: u8, to: u8| symbol.checked_sub(from)?.checked_add(to);
    match symbol {
        b'A'..=b'Z' => offset(b'A', 0),
        b'a'..=b'z' => offset(b'a', 26),
        b'0'..=b'9' => offset(b'0', 52),
        b'+' if !url_safe => Some(62),
        b'/' if !url_safe => Some(63),
        b'-' if url_safe => Some(62),
        b'_' if url_safe => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_the_specification_hold() {
        let vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let written = [
            "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
        ];
        for (plain, text) in vectors.into_iter().zip(written) {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(plain.as_bytes()));
            assert_eq!(
                decode(text.trim_end_matches('=')).as_deref(),
                Some(plain.as_bytes())
            );
        }
    }

    #[test]
    fn both_alphabets_are_read_but_not_mixed() {
        assert_eq!(decode("-_-_"), decode("+/+/"));
        assert!(decode("-_-_").is_some());
        assert_eq!(decode("-/-/"), None);
    }

    #[test]
    fn sloppy_texts_are_refused() {
        for text in [
            "Zg=",
            "Zg===",
            "Z",
            "Zh==",
            "Zm9=",
            "Zm 9v",
            "Zm9v\n",
            "=",
            "====",
            "Zg==Zg==",
            "Zm9vYg====",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = decode(&text);
        }
    }
}
