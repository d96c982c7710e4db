//! Names and links that reach out of the folder into which a container is extracted ("slip").
//!
//! Precise rather than eager: `a/../b` stays inside, a relative link to a sibling is honest, and a path counts as
//! leading through a link only when an earlier member is that link. Links are resolved as a naive extractor would
//! follow them on disk, with the chains of CVE-2007-4559 and CVE-2025-4517 in mind.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::member::{Entry, Member};

/// LIMIT: links followed for one path, as Linux does (`ELOOP`).
const MOST_LINKS: u32 = 40;
/// LIMIT: deeper paths are judged without following links.
const DEEPEST_FOLLOWED: usize = 64;

const SET_ID_BITS: u32 = 0o6000;

/// Why extracting a member could write or point somewhere else than below the chosen folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PathHazard {
    /// `..` leads above the folder of the extraction; with slashes or backslashes.
    ParentTraversal,
    /// The name starts at the root.
    Absolute,
    /// The name starts with a drive letter of Windows.
    DriveLetter,
    /// The name starts with `\\server` or `//server`.
    Unc,
    /// A symbolic link whose target lies outside.
    SymlinkOutside {
        /// The target as written.
        target: String,
    },
    /// A hard link whose target lies outside.
    HardlinkOutside {
        /// The target as written.
        target: String,
    },
    /// The path leads through an earlier symbolic link.
    ThroughSymlink {
        /// The name of the link.
        link: String,
        /// Whether the path ends up outside.
        outside: bool,
    },
    /// A device, pipe or socket.
    DeviceFile,
    /// A file that would run as another user.
    SetUserId,
    /// A NUL byte in the name, where some extractors end it.
    NulInName,
    /// A part that ends in a dot or a space, which Windows drops.
    TrailingDotOrSpace,
    /// A part that is a device of Windows, such as `CON` or `nul.txt`.
    ReservedName,
    /// A colon that addresses an alternate data stream of NTFS.
    AlternateStream,
    /// A line break or another control character in the name.
    ControlCharacter,
}

impl PathHazard {
    /// Whether a naive extractor would write or point outside of its folder, on some system.
    #[must_use]
    pub const fn escapes(&self) -> bool {
        match self {
            Self::ParentTraversal
            | Self::Absolute
            | Self::DriveLetter
            | Self::Unc
            | Self::SymlinkOutside { .. }
            | Self::HardlinkOutside { .. }
            | Self::DeviceFile => true,
            Self::ThroughSymlink { outside, .. } => *outside,
            Self::SetUserId
            | Self::NulInName
            | Self::TrailingDotOrSpace
            | Self::ReservedName
            | Self::AlternateStream
            | Self::ControlCharacter => false,
        }
    }
}

/// Fills in the hazards of all members, which must stand in the order of extraction.
pub(crate) fn find(members: &mut [Member]) {
    let mut links = Links::default();
    for member in members {
        let mut hazards = of_name(&member.name, &member.raw_name);
        hazards.extend(of_entry(member, &links));
        if let Entry::Symlink { target } = &member.entry {
            links.add(&member.name, target);
        }
        hazards.sort();
        hazards.dedup();
        member.hazards = hazards;
    }
}

fn of_name(name: &str, raw: &[u8]) -> Vec<PathHazard> {
    let mut hazards = Vec::new();
    if let Some(hazard) = root_hazard(name) {
        hazards.push(hazard);
    }
    if leads_above(name) {
        hazards.push(PathHazard::ParentTraversal);
    }
    if raw.contains(&0) {
        hazards.push(PathHazard::NulInName);
    }
    if name.chars().any(char::is_control) {
        hazards.push(PathHazard::ControlCharacter);
    }
    for part in parts(name) {
        let is_dots = part.chars().all(|character| character == '.');
        if !is_dots && part.ends_with(['.', ' ']) {
            hazards.push(PathHazard::TrailingDotOrSpace);
        }
        if is_reserved(part) {
            hazards.push(PathHazard::ReservedName);
        }
    }
    let file = parts(name).last().unwrap_or_default();
    if file.len() > 2 && file.split_once(':').is_some_and(|(file, _)| file.len() > 1) {
        hazards.push(PathHazard::AlternateStream);
    }
    hazards
}

fn of_entry(member: &Member, links: &Links) -> Vec<PathHazard> {
    let mut hazards = Vec::new();
    match &member.entry {
        Entry::Symlink { target } => {
            if links.points_outside(parent(&member.name), target) {
                let target = chainwright_core::text::visible(target, 200);
                hazards.push(PathHazard::SymlinkOutside { target });
            }
        }
        Entry::Hardlink { target } => {
            if root_hazard(target).is_some() || links.points_outside("", target) {
                let target = chainwright_core::text::visible(target, 200);
                hazards.push(PathHazard::HardlinkOutside { target });
            }
        }
        Entry::Special => hazards.push(PathHazard::DeviceFile),
        Entry::File | Entry::Directory => {}
    }
    let is_file = matches!(member.entry, Entry::File);
    if is_file && member.mode.is_some_and(|mode| mode & SET_ID_BITS != 0) {
        hazards.push(PathHazard::SetUserId);
    }
    if let Some(link) = links.first_on_the_way(&member.name) {
        let outside = links.resolve("", parent(&member.name)).is_none();
        let link = chainwright_core::text::visible(&link, 200);
        hazards.push(PathHazard::ThroughSymlink { link, outside });
    }
    hazards
}

/// The parts of a path, split as Windows would.
fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != ".")
}

fn parent(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn root_hazard(path: &str) -> Option<PathHazard> {
    let bytes = path.as_bytes();
    match (bytes.first(), bytes.get(1)) {
        (Some(b'/' | b'\\'), Some(b'/' | b'\\')) if parts(path).count() > 1 => {
            Some(PathHazard::Unc)
        }
        (Some(b'/' | b'\\'), _) => Some(PathHazard::Absolute),
        (Some(letter), Some(b':')) if letter.is_ascii_alphabetic() => Some(PathHazard::DriveLetter),
        _ => None,
    }
}

fn leads_above(path: &str) -> bool {
    let mut depth: u64 = 0;
    for part in parts(path) {
        if part != ".." {
            depth = depth.saturating_add(1);
        } else if let Some(above) = depth.checked_sub(1) {
            depth = above;
        } else {
            return true;
        }
    }
    false
}

fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let numbered = |prefix| {
        stem.strip_prefix(prefix)
            .is_some_and(|number: &str| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// The symbolic links seen so far, by their normalised name.
#[derive(Debug, Default)]
struct Links {
    targets: HashMap<String, String>,
}

impl Links {
    fn add(&mut self, name: &str, target: &str) {
        self.targets
            .insert(crate::names::normalised(name), target.to_owned());
    }

    /// Whether a target, seen from a folder, lies outside.
    fn points_outside(&self, folder: &str, target: &str) -> bool {
        root_hazard(target).is_some() || self.resolve(folder, target).is_none()
    }

    /// The earlier link that is a folder on the way to `path`.
    fn first_on_the_way(&self, path: &str) -> Option<String> {
        if self.targets.is_empty() {
            return None;
        }
        let folders: Vec<&str> = parts(path).take(DEEPEST_FOLLOWED).collect();
        let mut way = String::new();
        for part in folders.iter().take(folders.len().saturating_sub(1)) {
            if !way.is_empty() {
                way.push('/');
            }
            way.push_str(part);
            if self.targets.contains_key(&way) {
                return Some(way);
            }
        }
        None
    }

    /// Follows a path from a folder as the system would; `None` when it leaves the top.
    fn resolve(&self, folder: &str, path: &str) -> Option<Vec<String>> {
        let mut ahead: Vec<String> = parts(path).rev().map(str::to_owned).collect();
        let mut here: Vec<String> = Vec::new();
        ahead.extend(parts(folder).rev().map(str::to_owned));
        let mut followed: u32 = 0;
        let follows = ahead.len() <= DEEPEST_FOLLOWED && !self.targets.is_empty();
        while let Some(part) = ahead.pop() {
            if part == ".." {
                here.pop()?;
                continue;
            }
            here.push(part);
            if !follows {
                continue;
            }
            let Some(target) = self.targets.get(&here.join("/")) else {
                continue;
            };
            followed = followed.saturating_add(1);
            if root_hazard(target).is_some() {
                return None;
            }
            if followed > MOST_LINKS {
                return Some(here);
            }
            here.pop();
            ahead.extend(
                parts(target)
                    .take(DEEPEST_FOLLOWED)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .map(str::to_owned),
            );
        }
        Some(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, entry: Entry) -> Member {
        Member {
            name: name.to_owned(),
            raw_name: name.as_bytes().to_vec(),
            entry,
            size: 0,
            bytes: None,
            views: crate::Views::default(),
            encrypted: false,
            stored: true,
            offset: 0,
            mode: None,
            hazards: Vec::new(),
            unpacked: None,
            digests: crate::digester::Made::default(),
        }
    }

    fn link(name: &str, target: &str) -> Member {
        let target = target.to_owned();
        member(name, Entry::Symlink { target })
    }

    fn last(mut members: Vec<Member>) -> Vec<PathHazard> {
        find(&mut members);
        members
            .pop()
            .map(|member| member.hazards)
            .unwrap_or_default()
    }

    #[test]
    fn names_that_leave_the_folder_are_named() {
        let cases: [(&str, &[PathHazard]); 18] = [
            ("a/b.txt", &[]),
            ("./a", &[]),
            ("a/../b", &[]),
            ("..foo/..bar...x", &[]),
            ("v1.0/model-00001-of-00002.bin", &[]),
            ("../x", &[PathHazard::ParentTraversal]),
            ("a/../../x", &[PathHazard::ParentTraversal]),
            ("..\\..\\x", &[PathHazard::ParentTraversal]),
            ("/etc/passwd", &[PathHazard::Absolute]),
            ("\\x", &[PathHazard::Absolute]),
            ("C:\\x", &[PathHazard::DriveLetter]),
            ("//server/share", &[PathHazard::Unc]),
            ("\\\\server\\share", &[PathHazard::Unc]),
            ("a /b", &[PathHazard::TrailingDotOrSpace]),
            ("x/nul.txt", &[PathHazard::ReservedName]),
            ("console.log", &[]),
            ("file.txt:evil.exe", &[PathHazard::AlternateStream]),
            ("a\nb", &[PathHazard::ControlCharacter]),
        ];
        for (name, expected) in cases {
            assert_eq!(last(vec![member(name, Entry::File)]), expected, "{name}");
        }
    }

    #[test]
    fn links_inside_the_tree_are_honest() {
        for (name, target) in [
            ("lib/libfoo.so", "libfoo.so.1"),
            ("a/b/c", "../../d"),
            ("current", "releases/1"),
            ("a/self", "."),
        ] {
            assert_eq!(last(vec![link(name, target)]), [], "{name} -> {target}");
        }
    }

    #[test]
    fn links_outside_and_paths_through_them_are_named() {
        let outside = |target: &str| PathHazard::SymlinkOutside {
            target: target.to_owned(),
        };
        assert_eq!(last(vec![link("a", "../x")]), [outside("../x")]);
        assert_eq!(last(vec![link("a/b", "../../x")]), [outside("../../x")]);
        assert_eq!(last(vec![link("a", "/etc")]), [outside("/etc")]);
        let through = |link: &str, outside| PathHazard::ThroughSymlink {
            link: link.to_owned(),
            outside,
        };
        let file = member("a/passwd", Entry::File);
        assert_eq!(
            last(vec![link("a", "/etc"), file.clone()]),
            [through("a", true)]
        );
        assert_eq!(last(vec![link("a", "b"), file]), [through("a", false)]);
    }

    #[test]
    fn a_chain_of_harmless_links_that_climbs_out_is_seen() {
        let chain = vec![
            link("x/y", "."),
            link("up", "x/y/../.."),
            member("up/evil", Entry::File),
        ];
        let mut members = chain;
        find(&mut members);
        assert_eq!(members[1].hazards.len(), 1, "{:?}", members[1].hazards);
        assert!(members[2].hazards.iter().any(PathHazard::escapes));
    }
}
