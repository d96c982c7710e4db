//! Judges a file name that a document gives: does it stay in its folder?
//!
//! Names are read as both POSIX and Windows would read them, because we do not know where they will be used.

use serde::{Deserialize, Serialize};

/// How a file name may leave the folder of the document that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Escape {
    /// By `..`.
    Traversal,
    /// By starting at the root, a drive or a home folder.
    Absolute,
    /// By being a URL or a network share.
    Url,
}

/// How `path` leaves its folder, if it does.
#[must_use]
pub fn escape(path: &str) -> Option<Escape> {
    let path = path.trim();
    if is_url(path) || path.starts_with("\\\\") || path.starts_with("//") {
        return Some(Escape::Url);
    }
    let climbs = |text: &str| text.split(['/', '\\']).any(|part| part.trim() == "..");
    if climbs(path) || climbs(&percent_decoded(path)) {
        return Some(Escape::Traversal);
    }
    is_absolute(path).then_some(Escape::Absolute)
}

/// Whether the text starts with a scheme such as `https://` or `file:`.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    is_scheme && (rest.starts_with("//") || matches!(scheme, "file" | "data" | "javascript"))
}

fn is_absolute(path: &str) -> bool {
    let mut characters = path.chars();
    match (characters.next(), characters.next()) {
        (Some('/' | '\\'), _) => true,
        (Some('~'), Some('/' | '\\') | None) => true,
        (Some(drive), Some(':')) => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Only what matters for `..`: `%2e`, `%2f` and `%5c` in either case.
fn percent_decoded(path: &str) -> String {
    if !path.contains('%') {
        return String::new();
    }
    [
        ("%2e", "."),
        ("%2E", "."),
        ("%2f", "/"),
        ("%2F", "/"),
        ("%5c", "\\"),
        ("%5C", "\\"),
    ]
    .iter()
    .fold(path.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_folder_are_told_apart() {
        for (path, expected) in [
            ("model-00001-of-00002.safetensors", None),
            ("sub/model.bin", None),
            ("weights..final.bin", None),
            ("a/.../b", None),
            ("../x.bin", Some(Escape::Traversal)),
            ("a\\..\\..\\x.bin", Some(Escape::Traversal)),
            ("a/%2e%2e/x.bin", Some(Escape::Traversal)),
            ("a/.. /x", Some(Escape::Traversal)),
            ("/etc/passwd", Some(Escape::Absolute)),
            ("~/.ssh/id_rsa", Some(Escape::Absolute)),
            ("C:\\x.bin", Some(Escape::Absolute)),
            ("c:x.bin", Some(Escape::Absolute)),
            ("https://evil.example/x.bin", Some(Escape::Url)),
            ("file:/etc/passwd", Some(Escape::Url)),
            ("\\\\host\\share\\x.bin", Some(Escape::Url)),
            ("//host/share", Some(Escape::Url)),
            ("hf://org/name/x.bin", Some(Escape::Url)),
        ] {
            assert_eq!(escape(path), expected, "{path}");
        }
    }
}
