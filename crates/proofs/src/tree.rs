//! The files of a run as signatures see them: by path, below folders, and by digest.

use std::collections::BTreeMap;
use std::ops::Bound;

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::graph::kind_of;
use chainwright_core::component::ComponentKind;
use chainwright_formats::lfs::LfsPointer;

/// Where a target lies in the names of files, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// What the names of its files begin with, without a slash at the end; empty for the working folder. The file itself
    /// if the target is one.
    pub shown: String,
    /// The last part of its path on the disk.
    pub name: String,
    /// Whether it is a file.
    pub is_file: bool,
}

/// Every whole file, by how reports name it.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    artifacts: &'a [Inspected],
    by_path: BTreeMap<&'a str, usize>,
    roots: &'a [Root],
}

impl<'a> Files<'a> {
    pub(crate) fn new(artifacts: &'a [Inspected], roots: &'a [Root]) -> Self {
        let whole = artifacts.iter().enumerate();
        let whole = whole.filter(|(_, artifact)| artifact.location.members().is_empty());
        Self {
            artifacts,
            by_path: whole
                .map(|(index, artifact)| (artifact.location.path(), index))
                .collect(),
            roots,
        }
    }

    pub(crate) const fn roots(&self) -> &'a [Root] {
        self.roots
    }

    pub(crate) fn at(&self, path: &str) -> Option<(usize, &'a Inspected)> {
        let index = *self.by_path.get(path)?;
        Some((index, self.artifacts.get(index)?))
    }

    /// The file with this index.
    pub(crate) fn get(&self, index: usize) -> Option<&'a Inspected> {
        self.artifacts.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &'a Inspected)> + '_ {
        let indexes = self.by_path.values();
        indexes.filter_map(|index| Some((*index, self.artifacts.get(*index)?)))
    }

    /// The files below a folder, by their paths below it.
    pub(crate) fn below<'b>(
        &'b self,
        folder: &'b str,
    ) -> impl Iterator<Item = (&'a str, usize, &'a Inspected)> + 'b {
        let prefix = prefix(folder);
        let bounds = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let from = self.by_path.range::<str, _>(bounds);
        from.map_while(move |(path, index)| {
            let name = path.strip_prefix(prefix.as_str())?;
            Some((name, *index))
        })
        .filter_map(|(name, index)| Some((name, index, self.artifacts.get(index)?)))
    }

    /// A folder and those above it, up to the target that it lies in, nearest first.
    pub(crate) fn upwards(&self, folder: &str) -> Vec<String> {
        let top = self
            .roots
            .iter()
            .filter(|root| !root.is_file && is_at_or_below(folder, &root.shown))
            .map(|root| root.shown.as_str())
            .min_by_key(|shown| shown.len());
        let Some(top) = top else {
            return vec![folder.to_owned()];
        };
        let mut folders = vec![folder.to_owned()];
        let mut here = folder;
        while here != top {
            here = here.rsplit_once('/').map_or("", |(above, _)| above);
            if here.len() < top.len() {
                break;
            }
            folders.push(here.to_owned());
            if here.is_empty() {
                break;
            }
        }
        folders
    }

    /// What a folder is called: its last part, or the name of the target.
    pub(crate) fn name_of(&self, folder: &str) -> String {
        if let Some(root) = self.roots.iter().find(|root| root.shown == folder) {
            return root.name.clone();
        }
        folder.rsplit('/').next().unwrap_or(folder).to_owned()
    }
}

/// What the paths below a folder begin with.
pub(crate) fn prefix(folder: &str) -> String {
    if folder.is_empty() || folder.ends_with('/') {
        return folder.to_owned();
    }
    format!("{folder}/")
}

fn is_at_or_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.starts_with(&prefix(folder))
}

/// Whether a file holds weights that a loader takes.
pub(crate) fn is_weights(artifact: &Inspected) -> bool {
    let is_fetched = pointer(artifact).is_none();
    artifact.location.members().is_empty()
        && is_fetched
        && matches!(
            kind_of(artifact),
            Some(ComponentKind::Weights | ComponentKind::Adapter)
        )
}

/// The note that stands in the place of content that was not fetched.
pub(crate) fn pointer(artifact: &Inspected) -> Option<&LfsPointer> {
    artifact.facts.iter().find_map(|facts| match facts {
        Facts::LfsPointer(pointer) => Some(pointer),
        _ => None,
    })
}
