//! What a signature leaves out: the paths of Git at the top, paths that the signer named, the signature itself.

use serde::Serialize;

use crate::name::{SINGLE_FILE, check_name};

/// Top-level paths that are always left out (specification 6.2).
pub const ALWAYS_EXCLUDED: [&str; 4] = [".git", ".gitattributes", ".github", ".gitignore"];

/// Why a path is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// The specification leaves it out.
    Always,
    /// The signer named it.
    Ignored,
    /// It is the signature file.
    Signature,
}

/// A path that a signer may not leave out in this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// It is empty, absolute, leads out, or is not canonical.
    #[error("`{0}` is no relative path inside the model")]
    NotInside(String),
    /// It holds `*`, `?` or `[`, and patterns are not known.
    #[error("`{0}` looks like a pattern, and only exact paths are known")]
    Pattern(String),
}

/// Brings a path that a user wants left out into the one form that may be signed.
///
/// # Errors
/// When no such form exists.
pub fn ignore_path(written: &str) -> Result<String, IgnoreError> {
    let path = written.strip_suffix('/').unwrap_or(written);
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.contains(['*', '?', '[']) {
        return Err(IgnoreError::Pattern(written.to_owned()));
    }
    if path == SINGLE_FILE || check_name(path).is_err() {
        return Err(IgnoreError::NotInside(written.to_owned()));
    }
    Ok(path.to_owned())
}

/// Everything that one signature leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclusions {
    ignored: Vec<String>,
    signature: Option<String>,
}

impl Exclusions {
    /// What the specification leaves out, the signer's paths, and the signature file if it lies in the model.
    #[must_use]
    pub fn new(ignored: &[String], signature: Option<String>) -> Self {
        Self {
            ignored: ignored.to_vec(),
            signature,
        }
    }

    /// Why this path is left out, if it is: the path itself or a folder above it is named.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Exclusion> {
        if self.signature.as_deref() == Some(name) {
            return Some(Exclusion::Signature);
        }
        if ALWAYS_EXCLUDED.iter().any(|path| is_at(name, path)) {
            return Some(Exclusion::Always);
        }
        let is_ignored = self.ignored.iter().any(|path| is_at(name, path));
        is_ignored.then_some(Exclusion::Ignored)
    }
}

/// Whether `name` is `path` or lies below it.
fn is_at(name: &str, path: &str) -> bool {
    name.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusions_are_exact_and_git_only_at_the_top() {
        let ignored = ["cache".to_owned(), "sub/tmp".to_owned()];
        let excluded = Exclusions::new(&ignored, Some("sub/model.sig".to_owned()));
        for (name, expected) in [
            (".git", Some(Exclusion::Always)),
            (".git/config", Some(Exclusion::Always)),
            (".github/workflows/ci.yml", Some(Exclusion::Always)),
            (".gitignore", Some(Exclusion::Always)),
            (".gitmodules", None),
            (".GIT/config", None),
            ("sub/.git/config", None),
            ("cache", Some(Exclusion::Ignored)),
            ("cache/x", Some(Exclusion::Ignored)),
            ("cached", None),
            ("sub/cache", None),
            ("sub/tmp/x", Some(Exclusion::Ignored)),
            ("sub/model.sig", Some(Exclusion::Signature)),
            ("model.sig", None),
        ] {
            assert_eq!(excluded.of(name), expected, "{name}");
        }
    }

    #[test]
    fn ignored_paths_are_brought_into_one_form_or_refused() {
        assert_eq!(ignore_path("./cache/"), Ok("cache".to_owned()));
        assert_eq!(ignore_path("a/b"), Ok("a/b".to_owned()));
        for outside in ["", ".", "./", "/", "/a", "../a", "a/../b", "a//b"] {
            assert!(matches!(
                ignore_path(outside),
                Err(IgnoreError::NotInside(_))
            ));
        }
        for pattern in ["*.bin", "a?", "a[0-9]"] {
            assert!(matches!(ignore_path(pattern), Err(IgnoreError::Pattern(_))));
        }
    }
}
