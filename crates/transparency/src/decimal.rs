//! Numbers as the specifications write them: ASCII digits, no sign, no needless zero in front.

/// The largest size and index that is taken: what fits the signed numbers of other implementations.
pub(crate) const MOST: u64 = i64::MAX.unsigned_abs();

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no decimal number, or not written in the one allowed way.
    Form,
    /// It is larger than anything that can be meant.
    Size,
}

/// Reads a number.
pub(crate) fn read(text: &str) -> Result<u64, Fault> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return Err(Fault::Form);
    }
    text.parse()
        .ok()
        .filter(|number| *number <= MOST)
        .ok_or(Fault::Size)
}

#[cfg(test)]
mod tests {
    use super::{Fault, read};

    #[test]
    fn numbers_are_written_in_one_way() {
        let cases = [
            ("0", Ok(0)),
            ("10", Ok(10)),
            ("9223372036854775807", Ok(u64::MAX >> 1)),
            ("", Err(Fault::Form)),
            ("00", Err(Fault::Form)),
            ("01", Err(Fault::Form)),
            ("+1", Err(Fault::Form)),
            ("-1", Err(Fault::Form)),
            (" 1", Err(Fault::Form)),
            ("1 ", Err(Fault::Form)),
            ("1_0", Err(Fault::Form)),
            ("0x1", Err(Fault::Form)),
            ("٣", Err(Fault::Form)),
            ("9223372036854775808", Err(Fault::Size)),
            ("99999999999999999999999", Err(Fault::Size)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }
}
