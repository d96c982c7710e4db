//! Names that lead to objects.

use std::collections::BTreeMap;

use crate::id::ObjectId;
use crate::place::GitFolder;

/// LIMIT: bytes of a file of refs.
const MAX_REFS: u64 = 64 << 20;
/// LIMIT: bytes of a log.
const MAX_LOG: u64 = 16 << 20;
/// LIMIT: folders inside folders.
const MAX_DEPTH: usize = 8;
/// Names that lead to names.
const MAX_STEPS: usize = 5;

/// The refs of a repository.
#[derive(Debug)]
pub(crate) struct Refs<'a> {
    folder: &'a GitFolder,
    packed: BTreeMap<String, ObjectId>,
}

impl<'a> Refs<'a> {
    pub(crate) fn open(folder: &'a GitFolder) -> Self {
        let text = folder.text("packed-refs", MAX_REFS).unwrap_or_default();
        let packed = text.lines().filter_map(|line| {
            let (id, name) = line.split_once(' ')?;
            Some((name.to_owned(), ObjectId::read(id)?))
        });
        Self {
            folder,
            packed: packed.collect(),
        }
    }

    /// The object that HEAD leads to.
    pub(crate) fn head(&self) -> Option<ObjectId> {
        self.resolve("HEAD", MAX_STEPS)
    }

    fn resolve(&self, name: &str, steps: usize) -> Option<ObjectId> {
        let Some(text) = self.folder.text(name, 4096) else {
            return self.packed.get(name).copied();
        };
        let text = text.trim();
        match text.strip_prefix("ref:") {
            Some(next) => {
                let next = next.trim();
                let steps = steps.checked_sub(1)?;
                next.starts_with("refs/")
                    .then(|| self.resolve(next, steps))?
            }
            None => ObjectId::read(text),
        }
    }

    /// Every tag with what it leads to, by name; at most `most`.
    pub(crate) fn tags(&self, most: usize) -> BTreeMap<String, ObjectId> {
        let mut tags = BTreeMap::new();
        let packed = self.packed.iter().filter_map(|(name, id)| {
            let name = name.strip_prefix("refs/tags/")?;
            Some((name.to_owned(), *id))
        });
        tags.extend(packed.take(most));
        for name in self.below("refs/tags", most) {
            if let Some(id) = self.resolve(&format!("refs/tags/{name}"), MAX_STEPS)
                && (tags.len() < most || tags.contains_key(&name))
            {
                tags.insert(name, id);
            }
        }
        tags
    }

    /// The files below a folder, as paths from there.
    fn below(&self, folder: &str, most: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![(String::new(), 0)];
        while let Some((path, depth)) = waiting.pop() {
            for (name, is_folder) in self.folder.list(&format!("{folder}/{path}"), most) {
                let path = format!("{path}{name}");
                if is_folder && depth < MAX_DEPTH {
                    waiting.push((format!("{path}/"), depth.saturating_add(1)));
                } else if !is_folder && found.len() < most {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Where a tag led before, by its log.
    pub(crate) fn moved_from(&self, tag: &str) -> Option<ObjectId> {
        let log = self
            .folder
            .text(&format!("logs/refs/tags/{tag}"), MAX_LOG)?;
        let mut moves = log.lines().filter_map(|line| {
            let (from, rest) = line.split_once(' ')?;
            let (to, _) = rest.split_once(' ')?;
            let (from, to) = (ObjectId::read(from)?, ObjectId::read(to)?);
            (!from.is_zero() && !to.is_zero() && from != to).then_some(from)
        });
        moves.next_back()
    }

    /// Refs of other repositories whose logs tell of an update that threw commits away.
    pub(crate) fn forced(&self, most: usize) -> Vec<String> {
        let mut found: Vec<String> = self
            .below("logs/refs/remotes", most)
            .into_iter()
            .filter(|name| {
                let log = self
                    .folder
                    .text(&format!("logs/refs/remotes/{name}"), MAX_LOG);
                log.is_some_and(|log| log.lines().any(|line| line.contains("forced-update")))
            })
            .collect();
        found.sort();
        found
    }

    /// Commits behind which a shallow clone holds nothing.
    pub(crate) fn shallow(&self) -> Option<Vec<ObjectId>> {
        let text = self.folder.text("shallow", MAX_REFS)?;
        Some(text.lines().filter_map(ObjectId::read).collect())
    }
}
