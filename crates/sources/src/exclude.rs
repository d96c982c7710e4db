//! Which paths the user does not want to see.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};

/// Folders that hold version control data, never artifacts of a supply chain.
pub const VERSION_CONTROL: [&str; 5] = [".git", ".hg", ".svn", ".bzr", ".jj"];

/// Patterns of paths to leave out, relative to the target, with `/` as separator.
#[derive(Debug, Clone, Default)]
pub struct Exclude {
    patterns: GlobSet,
    folders: Vec<PathBuf>,
}

/// A pattern cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is not a valid pattern: {reason}")]
pub struct PatternError {
    /// The pattern as given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Exclude {
    /// Reads patterns such as `tests/**` or `*.log`; a pattern without a slash matches at any depth.
    ///
    /// # Errors
    /// When a pattern cannot be read.
    pub fn new(patterns: &[String]) -> Result<Self, PatternError> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let broken = |error: globset::Error| PatternError {
                pattern: pattern.clone(),
                reason: error.kind().to_string(),
            };
            let anywhere = if pattern.trim_end_matches('/').contains('/') {
                pattern.trim_end_matches('/').to_owned()
            } else {
                format!("**/{}", pattern.trim_end_matches('/'))
            };
            set.add(Glob::new(&anywhere).map_err(broken)?);
        }
        let build = |error: globset::Error| PatternError {
            pattern: patterns.join(" "),
            reason: error.kind().to_string(),
        };
        Ok(Self {
            patterns: set.build().map_err(build)?,
            folders: Vec::new(),
        })
    }

    /// Leaves out a folder wherever a target meets it; one that does not exist is met nowhere.
    #[must_use]
    pub fn with_folder(mut self, folder: &Path) -> Self {
        self.folders.extend(std::fs::canonicalize(folder));
        self
    }

    /// Whether the path leads to a folder that is left out.
    #[must_use]
    pub fn is_left_out(&self, folder: &Path) -> bool {
        !self.folders.is_empty()
            && std::fs::canonicalize(folder).is_ok_and(|real| self.folders.contains(&real))
    }

    /// Whether the path is left out.
    #[must_use]
    pub fn matches(&self, relative: &str) -> bool {
        self.patterns.is_match(relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_users_expect() {
        let patterns = [
            "*.log".to_owned(),
            "tests/**".to_owned(),
            "build/".to_owned(),
        ];
        let exclude = Exclude::new(&patterns).expect("valid patterns");
        for hidden in [
            "a.log",
            "deep/down/a.log",
            "tests/x/y",
            "build",
            "sub/build",
        ] {
            assert!(exclude.matches(hidden), "{hidden}");
        }
        for shown in ["a.log.txt", "latests/x", "rebuild"] {
            assert!(!exclude.matches(shown), "{shown}");
        }
        let error = Exclude::new(&["a{".to_owned()]).expect_err("unclosed brace");
        assert_eq!(error.pattern, "a{");
    }
}
