//! The checksum that GitHub and npm put at the end of a token: CRC-32 (IEEE) of the random part, in base 62.
//!
//! See "Behind GitHub's new authentication token formats" (2021): 30 random characters, then 6 for the checksum.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX: usize = 6;

/// Whether the last six characters are the checksum of those before them.
pub(super) fn has_crc32_suffix(body: &str) -> bool {
    let Some((random, suffix)) = body
        .len()
        .checked_sub(SUFFIX)
        .and_then(|at| body.split_at_checked(at))
    else {
        return false;
    };
    base62(crc32(random.as_bytes())) == suffix
}

fn base62(mut value: u32) -> String {
    let mut digits = Vec::with_capacity(SUFFIX);
    for _ in 0..SUFFIX {
        let digit = usize::try_from(value.checked_rem(62).unwrap_or(0)).unwrap_or(0);
        digits.push(DIGITS.get(digit).copied().map_or('0', char::from));
        value = value.checked_div(62).unwrap_or(0);
    }
    digits.iter().rev().collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            crc = crc.wrapping_shr(1) ^ carry;
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_is_the_ieee_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn suffixes_are_checked() {
        let random = "k7Qm2Xw9RtZ4vNc8LpYe3HdUf6GjAs";
        let token = format!("{random}{}", base62(crc32(random.as_bytes())));
        assert!(has_crc32_suffix(&token));
        assert!(!has_crc32_suffix(&token.replace('7', "8")));
        assert!(!has_crc32_suffix("abc"));
    }
}
