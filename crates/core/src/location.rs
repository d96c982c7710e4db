//! Where an artifact lies: a path under the target, and the members that lead into it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The place of an artifact: a file under the scanned target, or a member inside nested containers.
///
/// Paths use `/` whatever the system, are relative to the target, and come from hostile input: they are for
/// display and comparison and must never be joined to a folder and opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    path: String,
    members: Vec<String>,
}

impl Location {
    /// A file of the target.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            members: Vec::new(),
        }
    }

    /// A member of the container at this location.
    #[must_use]
    pub fn member(&self, name: impl Into<String>) -> Self {
        let mut members = self.members.clone();
        members.push(name.into());
        Self {
            path: self.path.clone(),
            members,
        }
    }

    /// The same members in the file at another path.
    #[must_use]
    pub fn below(&self, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            members: self.members.clone(),
        }
    }

    /// The path of the outermost file.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names that lead from the file to the artifact, outermost first; empty for a plain file.
    #[must_use]
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// The innermost name: the last member, or the path.
    #[must_use]
    pub fn innermost(&self) -> &str {
        self.members.last().unwrap_or(&self.path)
    }

    /// The innermost name without its folders.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.innermost()
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
    }

    /// The folder of the innermost name, without a trailing slash; empty at the top.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.innermost()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
    }

    /// Everything around the artifact: its container and folder; equal for neighbours.
    #[must_use]
    pub fn surroundings(&self) -> String {
        let whole = self.to_string();
        let end = whole.len().saturating_sub(self.innermost().len());
        let outer = whole.get(..end).unwrap_or_default();
        format!("{outer}{}", self.folder())
    }

    /// The lower-case extension of the file name, without the dot; empty if there is none.
    #[must_use]
    pub fn extension(&self) -> String {
        self.file_name()
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
            .unwrap_or_default()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.members
            .iter()
            .try_for_each(|member| write!(f, "!/{member}"))
    }
}

/// The place inside an artifact that a piece of evidence points to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// The artifact as a whole.
    Whole,
    /// A byte offset from the start of the artifact.
    Byte(u64),
    /// A line and a column, both counted from 1.
    Line {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
    },
    /// A JSON pointer (RFC 6901) into a JSON, YAML or TOML document.
    Pointer(String),
    /// A key of a metadata table, such as a GGUF key or a tensor name.
    Key(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Line { line, column } => write!(f, "{line}:{column}"),
            Self::Pointer(pointer) => f.write_str(pointer),
            Self::Key(key) => write!(f, "[{key}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_members_show_the_way_in() {
        let place = Location::file("models/a.zip")
            .member("inner/model.PT")
            .member("archive/data.pkl");
        assert_eq!(
            place.to_string(),
            "models/a.zip!/inner/model.PT!/archive/data.pkl"
        );
        assert_eq!(place.file_name(), "data.pkl");
        assert_eq!(place.folder(), "archive");
        assert_eq!(Location::file("models/a.PT").extension(), "pt");
        assert_eq!(Location::file("README").extension(), "");
    }
}
