//! Trees: what differs between two of them, and what one holds.

use std::collections::BTreeMap;

use crate::id::ObjectId;
use crate::objects::{Entry, EntryKind, Kind, entries};
use crate::store::{Store, Trouble};

/// LIMIT: folders inside folders.
const MAX_DEPTH: usize = 64;

/// Counts what is visited, so that trees that hold themselves many times over have an end.
#[derive(Debug)]
pub(crate) struct Steps(pub(crate) u64);

impl Steps {
    pub(crate) fn take(&mut self) -> Result<(), Trouble> {
        self.0 = self.0.checked_sub(1).ok_or(Trouble::Spent)?;
        Ok(())
    }
}

/// The entries of a tree.
pub(crate) fn list(store: &mut Store<'_>, id: &ObjectId) -> Result<Vec<Entry>, Trouble> {
    let object = store.get(id, u64::MAX)?;
    if object.kind == Kind::Tree {
        Ok(entries(&object.bytes))
    } else {
        Err(Trouble::Broken("what should be a tree is none"))
    }
}

/// The path of an entry.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// The files of a tree whose path `is_wanted`, with their content.
pub(crate) fn files(
    store: &mut Store<'_>,
    root: ObjectId,
    steps: &mut Steps,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, ObjectId>, Trouble> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(String::new(), root, 0)];
    while let Some((folder, id, depth)) = waiting.pop() {
        for entry in list(store, &id)? {
            steps.take()?;
            let path = join(&folder, &entry.name);
            match entry.kind {
                EntryKind::Tree if depth < MAX_DEPTH => {
                    waiting.push((path, entry.id, depth.saturating_add(1)));
                }
                EntryKind::File if is_wanted(&path) => {
                    found.insert(path, entry.id);
                }
                EntryKind::Tree | EntryKind::File | EntryKind::Other => {}
            }
        }
    }
    Ok(found)
}

/// The paths of files that differ between two trees; `None` stands for a tree of nothing.
pub(crate) fn changed(
    store: &mut Store<'_>,
    before: Option<ObjectId>,
    after: ObjectId,
    steps: &mut Steps,
) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), before, Some(after), 0)];
    while let Some((folder, before, after, depth)) = waiting.pop() {
        if before == after || depth > MAX_DEPTH {
            continue;
        }
        let mut sides: BTreeMap<String, [Option<Entry>; 2]> = BTreeMap::new();
        for (side, id) in [before, after].into_iter().enumerate() {
            let Some(id) = id else { continue };
            for entry in list(store, &id)? {
                steps.take()?;
                let pair = sides.entry(entry.name.clone()).or_default();
                if let Some(slot) = pair.get_mut(side) {
                    *slot = Some(entry);
                }
            }
        }
        for (name, [old, new]) in sides {
            let same = matches!((&old, &new), (Some(old), Some(new)) if old.id == new.id);
            if same {
                continue;
            }
            let path = join(&folder, &name);
            let is = |entry: &Option<Entry>, kind| entry.as_ref().is_some_and(|e| e.kind == kind);
            if is(&old, EntryKind::File) || is(&new, EntryKind::File) {
                found.push(path.clone());
            }
            let tree = |entry: Option<Entry>| {
                entry
                    .filter(|entry| entry.kind == EntryKind::Tree)
                    .map(|entry| entry.id)
            };
            let (old, new) = (tree(old), tree(new));
            if old.is_some() || new.is_some() {
                waiting.push((path, old, new, depth.saturating_add(1)));
            }
        }
    }
    found.sort();
    Ok(found)
}
