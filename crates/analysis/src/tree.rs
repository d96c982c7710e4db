//! Everything that was inspected, for rules that need the neighbours of an artifact.

use std::collections::BTreeMap;

use crate::facts::Inspected;

/// All inspected artifacts of a run, with quick access by path.
#[derive(Debug)]
pub struct Tree<'a> {
    artifacts: &'a [Inspected],
    by_location: BTreeMap<String, usize>,
    by_folder: BTreeMap<String, Vec<usize>>,
}

impl<'a> Tree<'a> {
    /// Indexes the artifacts.
    #[must_use]
    pub fn new(artifacts: &'a [Inspected]) -> Self {
        let by_location = artifacts
            .iter()
            .enumerate()
            .map(|(index, artifact)| (artifact.location.to_string(), index))
            .collect();
        let mut by_folder: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, artifact) in artifacts.iter().enumerate() {
            if artifact.location.members().is_empty() {
                let folder = artifact.location.surroundings();
                by_folder.entry(folder).or_default().push(index);
            }
        }
        Self {
            artifacts,
            by_location,
            by_folder,
        }
    }

    /// The files in the folder of a file, itself included.
    pub fn beside(&self, file: &Inspected) -> impl Iterator<Item = &'a Inspected> {
        let indexes = self.by_folder.get(&file.location.surroundings());
        let artifacts = self.artifacts;
        indexes
            .into_iter()
            .flatten()
            .filter_map(|index| artifacts.get(*index))
    }

    /// Every artifact, sorted by location.
    #[must_use]
    pub const fn artifacts(&self) -> &'a [Inspected] {
        self.artifacts
    }

    /// The artifact at a location as it is shown; `None` if it is not there.
    #[must_use]
    pub fn at(&self, location: &str) -> Option<&'a Inspected> {
        let index = self.by_location.get(location)?;
        self.artifacts.get(*index)
    }

    /// The artifact that `relative` names, as seen from the folder of `from`; `None` if it is not there.
    #[must_use]
    pub fn neighbour(&self, from: &Inspected, relative: &str) -> Option<&'a Inspected> {
        let around = from.location.surroundings();
        let joined = match around.as_str() {
            "" => relative.to_owned(),
            around if around.ends_with('/') => format!("{around}{relative}"),
            around => format!("{around}/{relative}"),
        };
        self.at(&joined)
    }
}
