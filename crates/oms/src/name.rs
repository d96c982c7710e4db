//! Names of files in a manifest: canonical, relative, and told apart from their lookalikes.

use chainwright_core::text::is_invisible;
use unicode_normalization::UnicodeNormalization as _;

/// What releases of model-signing call the file of a model that is one file. The specification (6.1.2) asks for the name
/// of the file, which no release reads; both are read here.
pub const SINGLE_FILE: &str = ".";

/// A name is not one that a signer may write (specification 6.1.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It leads out of the model.
    #[error("`{0}` leads out of the model")]
    Escapes(String),
    /// It is empty, or has `.`, empty or final `/` parts, or a zero byte.
    #[error("`{0}` is not in canonical form")]
    NotCanonical(String),
}

/// Checks that a name is relative, canonical, and stays within the model.
///
/// # Errors
/// When it does not.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name == SINGLE_FILE {
        return Ok(());
    }
    if name.starts_with('/') || name.split('/').any(|part| part == "..") {
        return Err(NameError::Escapes(name.to_owned()));
    }
    let is_plain = |part: &str| !part.is_empty() && part != ".";
    if name.contains('\0') || !name.split('/').all(is_plain) {
        return Err(NameError::NotCanonical(name.to_owned()));
    }
    Ok(())
}

/// The name of a stretch of a file.
#[must_use]
pub fn shard_name(path: &str, start: u64, end: u64) -> String {
    format!("{path}:{start}:{end}")
}

/// Path, start and end of a stretch: the last two fields, since paths may hold colons themselves.
#[must_use]
pub fn split_shard(name: &str) -> Option<(&str, u64, u64)> {
    let (front, end) = name.rsplit_once(':')?;
    let (path, start) = front.rsplit_once(':')?;
    Some((path, decimal(start)?, decimal(end)?))
}

/// A number as the specification writes it: digits only, no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let is_canonical = text == "0" || !text.starts_with('0');
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_canonical && is_digits)
        .then(|| text.parse().ok())
        .flatten()
}

/// What a name becomes on file systems that do not tell case, Unicode forms, invisible characters or final dots and
/// spaces apart; equal keys mean that two names can be one file elsewhere.
#[must_use]
pub fn twin_key(name: &str) -> String {
    if is_plain_ascii(name) {
        return name.to_ascii_lowercase();
    }
    let folded: String = name
        .nfd()
        .filter(|character| !is_invisible(*character))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect();
    let parts: Vec<&str> = folded
        .split('/')
        .map(|part| match part.trim_end_matches(['.', ' ']) {
            "" => part,
            trimmed => trimmed,
        })
        .collect();
    parts.join("/")
}

/// Nothing in it needs more than lower case.
fn is_plain_ascii(name: &str) -> bool {
    name.is_ascii()
        && !name
            .split('/')
            .any(|part| part.ends_with('.') || part.ends_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_names_inside_the_model_are_names() {
        for good in [
            ".",
            "a",
            "a/b.c",
            ".hidden",
            "...",
            "a b",
            "尺寸/é",
            "a:b:1",
            "a\\b",
        ] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for escaping in ["/a", "..", "../a", "a/../b", "a/.."] {
            assert_eq!(
                check_name(escaping),
                Err(NameError::Escapes(escaping.to_owned()))
            );
        }
        for odd in ["", "./a", "a/./b", "a//b", "a/", "a/.", "a\0b"] {
            assert_eq!(
                check_name(odd),
                Err(NameError::NotCanonical(odd.to_owned()))
            );
        }
    }

    #[test]
    fn the_last_two_colon_fields_are_the_stretch() {
        assert_eq!(split_shard("a:0:10"), Some(("a", 0, 10)));
        assert_eq!(split_shard("a:5:6:0:10"), Some(("a:5:6", 0, 10)));
        assert_eq!(split_shard(".:0:10"), Some((".", 0, 10)));
        for broken in [
            "a", "a:1", "a:0:", "a::1", "a:-1:1", "a:+1:2", "a:01:2", "a:0:1 ", "a:0:1.0",
        ] {
            assert_eq!(split_shard(broken), None, "{broken}");
        }
        assert_eq!(split_shard("a:0:99999999999999999999"), None);
        assert_eq!(shard_name("a:b", 3, 4), "a:b:3:4");
    }

    #[test]
    fn twins_share_a_key_and_strangers_do_not() {
        for (left, right) in [
            ("Model.bin", "model.BIN"),
            ("caf\u{e9}.bin", "cafe\u{301}.bin"),
            ("a\u{200d}b", "ab"),
            ("straße", "STRASSE"),
            ("a./b", "a/b"),
            ("x ", "x"),
        ] {
            assert_eq!(twin_key(left), twin_key(right), "{left} {right}");
        }
        assert_ne!(twin_key("a/b"), twin_key("a-b"));
        assert_ne!(twin_key("model-1"), twin_key("model-2"));
        assert_ne!(twin_key("..."), twin_key("."));
    }
}
