//! What is written in commits, trees and tags.

use chainwright_core::text::visible;

use crate::id::ObjectId;

/// Characters kept of a first line or an address.
const LONGEST: usize = 120;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    pub(crate) fn of_name(name: &[u8]) -> Option<Self> {
        match name {
            b"commit" => Some(Self::Commit),
            b"tree" => Some(Self::Tree),
            b"blob" => Some(Self::Blob),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }
}

/// A commit as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommitText {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    pub(crate) author: String,
    pub(crate) committer: String,
    pub(crate) subject: String,
    pub(crate) is_signed: bool,
}

/// Reads a commit; `None` if it is none.
pub(crate) fn commit(bytes: &[u8]) -> Option<CommitText> {
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut found = CommitText {
        tree: ObjectId::read(value(head, "tree")?)?,
        parents: Vec::new(),
        author: value(head, "author").map(person).unwrap_or_default(),
        committer: value(head, "committer").map(person).unwrap_or_default(),
        subject: visible(
            message.trim_start().lines().next().unwrap_or_default(),
            LONGEST,
        ),
        is_signed: false,
    };
    for line in head.lines() {
        if let Some(id) = line.strip_prefix("parent ") {
            found.parents.push(ObjectId::read(id)?);
        }
        found.is_signed |= line.starts_with("gpgsig ") || line.starts_with("gpgsig-sha256 ");
    }
    Some(found)
}

/// A tag with a text of its own.
pub(crate) struct TagText {
    pub(crate) object: ObjectId,
    pub(crate) name: String,
    pub(crate) is_signed: bool,
}

/// Reads a tag; `None` if it is none.
pub(crate) fn tag(bytes: &[u8]) -> Option<TagText> {
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    Some(TagText {
        object: ObjectId::read(value(head, "object")?)?,
        name: value(head, "tag").unwrap_or_default().to_owned(),
        is_signed: message.contains("-----BEGIN "),
    })
}

fn value<'a>(head: &'a str, key: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
}

/// `Name <address> time zone`: the address, or the name where there is none.
fn person(line: &str) -> String {
    let (name, rest) = line.split_once('<').unwrap_or((line, ""));
    let address = rest.split('>').next().unwrap_or_default().trim();
    let told = if address.is_empty() {
        name.trim()
    } else {
        address
    };
    visible(&told.to_lowercase(), LONGEST)
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) id: ObjectId,
    pub(crate) kind: EntryKind,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Tree,
    File,
    /// A link or a commit of another repository.
    Other,
}

/// The entries of a tree in its order; ends where the bytes make no more sense.
pub(crate) fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while let Some((entry, rest)) = entry(bytes) {
        found.push(entry);
        bytes = rest;
    }
    found
}

fn entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let blank = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let mode = bytes.get(..blank)?;
    let behind = bytes.get(blank.checked_add(1)?..)?;
    let end = behind.iter().position(|byte| *byte == 0)?;
    let name = String::from_utf8_lossy(behind.get(..end)?).into_owned();
    let behind = behind.get(end.checked_add(1)?..)?;
    let id = ObjectId::take(behind)?;
    let kind = match mode {
        b"40000" | b"040000" => EntryKind::Tree,
        b"100644" | b"100755" | b"100664" => EntryKind::File,
        _ => EntryKind::Other,
    };
    Some((Entry { name, id, kind }, behind.get(20..)?))
}
