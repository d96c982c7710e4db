//! Tells a credential from a placeholder, a word, a hash and a file name.

/// Parts of what people write in place of a credential.
const PLACEHOLDER_WORDS: &[&str] = &[
    "xxxx",
    "your",
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "insert",
    "redacted",
    "dummy",
    "sample",
    "foobar",
    "fake",
    "deadbeef",
    "replace",
    "notreal",
    "not-real",
    "not_real",
    "secret-here",
    "secret_here",
    "goes-here",
    "goes_here",
    "token-here",
    "my-token",
    "my_token",
    "mytoken",
    "my-secret",
    "my_secret",
    "mysecret",
    "my-api",
    "my_api",
    "myapikey",
    "abcd1234",
    "test-key",
    "test_key",
    "testkey",
    "qwerty",
    "hunter2",
    "lorem",
    "undefined",
    "****",
    "....",
    "----",
    "____",
    "0123456789ab",
    "fill-in",
    "fill_in",
    "todo",
];

/// Whether the text stands in for a credential.
pub(super) fn is_placeholder(text: &str) -> bool {
    if text
        .chars()
        .any(|character| "<>{}[]$`…".contains(character))
    {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    PLACEHOLDER_WORDS.iter().any(|word| lower.contains(word)) || has_pattern(lower.as_bytes())
}

/// A character five times in a row, or eight in ascending or descending order.
fn has_pattern(bytes: &[u8]) -> bool {
    let mut same = 1_u32;
    let mut up = 1_u32;
    let mut down = 1_u32;
    for pair in bytes.windows(2) {
        let [left, right] = pair else { continue };
        same = if left == right {
            same.saturating_add(1)
        } else {
            1
        };
        up = if left.checked_add(1) == Some(*right) {
            up.saturating_add(1)
        } else {
            1
        };
        down = if right.checked_add(1) == Some(*left) {
            down.saturating_add(1)
        } else {
            1
        };
        if same >= 5 || up >= 8 || down >= 8 {
            return true;
        }
    }
    false
}

/// Whether the characters are spread as in a random text of that length: no words, no repetition.
pub(super) fn looks_random(text: &str) -> bool {
    let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_mixed = letters && (digits > 0 || (upper && lower));
    let floor = match text.len() {
        0..=19 => 2.4,
        20..=31 => 2.9,
        _ => 3.1,
    };
    is_mixed && entropy(text) >= floor
}

/// Shannon entropy in bits for each byte.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}

/// Whether the text is made of words: `my_model_name`, `camelCaseWord`, a path, a version, an address.
pub(super) fn is_worded(text: &str) -> bool {
    let parts = text
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    let mut words = 0_usize;
    let mut others = 0_usize;
    for part in parts {
        if is_word(part) || part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() <= 4 {
            words = words.saturating_add(part.len());
        } else {
            others = others.saturating_add(part.len());
        }
    }
    words >= others
}

/// Letters in one case after the first, with vowels now and then.
fn is_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|character: char| character.is_ascii_digit());
    if letters.is_empty() || part.len().saturating_sub(letters.len()) > 3 {
        return false;
    }
    if !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    // Split camel case: every hump must be a word.
    let mut hump = 0_usize;
    let mut vowelless = 0_usize;
    let mut humps = 0_usize;
    let mut longest = 0_usize;
    for byte in letters.bytes() {
        if byte.is_ascii_uppercase() && hump > 0 {
            humps = humps.saturating_add(1);
            hump = 0;
        }
        hump = hump.saturating_add(1);
        longest = longest.max(hump);
        if b"aeiouyAEIOUY".contains(&byte) {
            vowelless = 0;
        } else {
            vowelless = vowelless.saturating_add(1);
        }
        if vowelless > 5 {
            return false;
        }
    }
    let average = letters
        .len()
        .checked_div(humps.saturating_add(1))
        .unwrap_or(0);
    letters.bytes().all(|byte| byte.is_ascii_uppercase()) || (average >= 3 && longest <= 20)
}

/// Whether the text is a hash or a UUID, which many honest files are full of.
pub(super) fn is_hash(text: &str) -> bool {
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let is_uuid = text.len() == 36 && text.matches('-').count() == 4 && hex == 32;
    let is_digest = hex == text.len() && matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128);
    is_uuid || is_digest || text.starts_with("sha256") || text.starts_with("sha512-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for text in [
            "xxxxxxxxxxxx",
            "your-api-key-here",
            "<token>",
            "${TOKEN}",
            "AAAAAAAAAAAA",
            "0000000000",
            "abcdefghijklmnop",
            "1234567890",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("k7Qm2Xw9RtZ4vNc8LpYe"));
    }

    #[test]
    fn words_are_told_from_noise() {
        for text in [
            "my_model_name",
            "AutoModelForCausalLM",
            "transformers.models.bert",
            "gpt2-medium",
            "meta-llama/Llama-3.2-1B-Instruct",
            "https://example.org/path/to/file",
        ] {
            assert!(is_worded(text), "{text}");
        }
        for text in ["k7Qm2Xw9RtZ4vNc8LpYe", "f3kQ9zLw2mXv7TbR", "9fK2-mQ7x-Zp4T"] {
            assert!(!is_worded(text), "{text}");
        }
    }
}
