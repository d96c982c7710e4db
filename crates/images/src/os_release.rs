//! Which distribution a file system is: `os-release(5)`.

use serde::{Deserialize, Serialize};

/// Bytes of the file that are read.
const MOST: usize = 64 * 1024;

/// What an `os-release` file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsRelease {
    /// `ID`: `debian`, `ubuntu`, `alpine`, `rhel` …
    pub id: String,
    /// `VERSION_ID`: `12`, `24.04`, `3.20.3`; empty for rolling distributions.
    pub version: String,
    /// `VERSION_CODENAME`: `bookworm`.
    pub codename: String,
    /// `PRETTY_NAME`.
    pub title: String,
    /// `ID_LIKE`, separated by spaces.
    pub like: String,
}

impl OsRelease {
    /// Reads the file; `None` if it names no distribution.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut facts = Self::default();
        for line in text.get(..MOST).unwrap_or(text).lines() {
            let Some((key, value)) = line.trim().split_once('=') else {
                continue;
            };
            let value = unquoted(value);
            match key.trim() {
                "ID" => facts.id = value.to_ascii_lowercase(),
                "VERSION_ID" => facts.version = value,
                "VERSION_CODENAME" => facts.codename = value,
                "PRETTY_NAME" => facts.title = value,
                "ID_LIKE" => facts.like = value,
                _ => {}
            }
        }
        (!facts.id.is_empty()).then_some(facts)
    }

    /// `ID-VERSION`, as packages name their distribution.
    #[must_use]
    pub fn distribution(&self) -> String {
        if self.version.is_empty() {
            self.id.clone()
        } else {
            format!("{}-{}", self.id, self.version)
        }
    }
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let mut plain = String::new();
    let mut escaped = false;
    for character in inner.unwrap_or(value).chars().take(256) {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(character);
            escaped = false;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_named_as_their_files_say() {
        let cases = [
            ("ID=debian\nVERSION_ID=\"12\"\n", Some("debian-12")),
            (
                "NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.20.3\n",
                Some("alpine-3.20.3"),
            ),
            ("ID=arch\nPRETTY_NAME=\"Arch \\\"x\\\"\"\n", Some("arch")),
            ("# nothing\nNAME=x\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = OsRelease::read(text).map(|release| release.distribution());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
