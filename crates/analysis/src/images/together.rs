//! Puts images together from everything that was read: which layers, what is left of them, what is altered.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::location::Location;
use chainwright_images::base::TrustedBase;
use chainwright_images::image::{Parts, assemble};
use chainwright_images::{Fate, ImageConfig, ImageDocument, LayerFacts, Manifest, Stack};

use super::key;
use crate::facts::{Facts, Inspected, LostArtifact, StackedImage};
use crate::ownership::{self, AlteredFile, Content, Owners, Recorded};

/// The documents of images that an artifact is.
pub(super) fn documents(artifact: &Inspected) -> impl Iterator<Item = &ImageDocument> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::ImageDocument(document) => Some(document),
        _ => None,
    })
}

fn listing_of(artifact: &Inspected) -> Option<&LayerFacts> {
    artifact.facts.iter().find_map(|facts| match facts {
        Facts::Layer(layer) => Some(layer),
        _ => None,
    })
}

/// Altered files by the record of their package; images may share it.
pub(super) type Altered = BTreeMap<String, Vec<AlteredFile>>;

/// Everything that was read, by location.
pub(super) struct Index<'a> {
    artifacts: &'a [Inspected],
    owners: &'a Owners,
    by_location: BTreeMap<String, usize>,
}

/// LIMIT: entries of layers that are stacked in one run; several images may share a layer, and a manifest may name one again
/// and again.
const MOST_STACKED: usize = 20_000_000;

/// What came of putting images together.
#[derive(Default)]
pub(super) struct Together {
    /// Images, by the number of the artifact that is their manifest.
    pub(super) images: Vec<(usize, StackedImage)>,
    /// Altered files of installed packages.
    pub(super) altered: Altered,
    /// Manifests whose images would be too much.
    pub(super) unstacked: Vec<usize>,
    stacked: usize,
}

impl Together {
    /// Whether another image may be stacked; remembers it if not.
    fn has_room(&mut self, index: usize, layers: &[Layer<'_>]) -> bool {
        let entries = layers.iter().map(|layer| {
            let entries = layer.facts.map_or(0, |facts| facts.entries.len());
            entries.saturating_add(1)
        });
        self.stacked = entries.fold(self.stacked, usize::saturating_add);
        let has_room = self.stacked <= MOST_STACKED;
        if !has_room {
            self.unstacked.push(index);
        }
        has_room
    }
}

/// A layer and where its members are found.
struct Layer<'a> {
    /// The archive, by location; empty if it is not there.
    location: String,
    facts: Option<&'a LayerFacts>,
}

impl<'a> Index<'a> {
    pub(super) fn new(artifacts: &'a [Inspected], owners: &'a Owners) -> Self {
        let by_location = artifacts
            .iter()
            .enumerate()
            .map(|(index, artifact)| (key(&artifact.location.to_string()), index))
            .collect();
        Self {
            artifacts,
            owners,
            by_location,
        }
    }

    /// Puts every image together.
    pub(super) fn images(&self, trusted: &[TrustedBase]) -> Together {
        let names = self.names();
        let mut found = Together::default();
        let mut seen = BTreeSet::new();
        for (index, artifact) in self.artifacts.iter().enumerate() {
            for document in documents(artifact) {
                match document {
                    ImageDocument::Manifest(manifest) => {
                        let root = layout_root(&artifact.location);
                        let tags = names
                            .get(&key(&artifact.location.to_string()))
                            .cloned()
                            .unwrap_or_default();
                        if let Some(config) = self.config(&root, &manifest.config.blob_path())
                            && seen.insert((root.clone(), manifest.config.digest.clone()))
                        {
                            let paths = manifest.layers.iter().map(|layer| layer.blob_path());
                            let layers = self.layers(&root, paths);
                            if found.has_room(index, &layers) {
                                let (image, altered) =
                                    self.image(&tags, Some(manifest), config, &layers, trusted);
                                found.altered.extend(altered);
                                found.images.push((index, image));
                            }
                        }
                    }
                    ImageDocument::Saved(images) => {
                        let root = layout_root(&artifact.location);
                        for saved in images {
                            let Some(config) = self.config(&root, &Some(saved.config.clone()))
                            else {
                                continue;
                            };
                            let digest = saved.config.rsplit('/').next().unwrap_or_default();
                            let digest = format!("sha256:{}", digest.trim_end_matches(".json"));
                            if seen.insert((root.clone(), digest)) {
                                let paths = saved.layers.iter().cloned().map(Some);
                                let layers = self.layers(&root, paths);
                                if found.has_room(index, &layers) {
                                    let (image, altered) =
                                        self.image(&saved.tags, None, config, &layers, trusted);
                                    found.altered.extend(altered);
                                    found.images.push((index, image));
                                }
                            }
                        }
                    }
                    ImageDocument::Index(_) | ImageDocument::Config(_) => {}
                }
            }
        }
        found
    }

    /// The names that indexes give to manifests, by the manifest's location.
    fn names(&self) -> BTreeMap<String, Vec<String>> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for artifact in self.artifacts {
            for document in documents(artifact) {
                let ImageDocument::Index(manifests) = document else {
                    continue;
                };
                let root = layout_root(&artifact.location);
                for descriptor in manifests {
                    let keys = [
                        "io.containerd.image.name",
                        "org.opencontainers.image.ref.name",
                    ];
                    let name = keys.iter().find_map(|key| descriptor.annotations.get(*key));
                    if let (Some(path), Some(name)) = (descriptor.blob_path(), name) {
                        let location = joined(&root, &path);
                        names.entry(location).or_default().push(name.clone());
                    }
                }
            }
        }
        names
    }

    fn at(&self, location: &str) -> Option<&'a Inspected> {
        self.artifacts.get(*self.by_location.get(location)?)
    }

    fn config(&self, root: &str, path: &Option<String>) -> Option<&'a ImageConfig> {
        let artifact = self.at(&joined(root, path.as_deref()?))?;
        documents(artifact).find_map(|document| match document {
            ImageDocument::Config(config) => Some(config.as_ref()),
            ImageDocument::Index(_) | ImageDocument::Manifest(_) | ImageDocument::Saved(_) => None,
        })
    }

    fn layers(&self, root: &str, paths: impl Iterator<Item = Option<String>>) -> Vec<Layer<'a>> {
        paths.map(|path| self.layer(root, path)).collect()
    }

    /// A layer is an archive, or a compressed stream that holds one.
    fn layer(&self, root: &str, path: Option<String>) -> Layer<'a> {
        let location = path.map(|path| joined(root, &path)).unwrap_or_default();
        let plain = self
            .at(&location)
            .filter(|found| listing_of(found).is_some());
        let below = format!("{location}!/");
        let archive = plain.or_else(|| {
            self.by_location
                .range(below.clone()..)
                .take_while(|(found, _)| found.starts_with(&below))
                .filter_map(|(_, index)| self.artifacts.get(*index))
                .find(|found| listing_of(found).is_some())
        });
        Layer {
            facts: archive.and_then(listing_of),
            location: archive.map_or(location, |archive| key(&archive.location.to_string())),
        }
    }

    fn image(
        &self,
        tags: &[String],
        manifest: Option<&Manifest>,
        config: &ImageConfig,
        layers: &[Layer<'a>],
        trusted: &[TrustedBase],
    ) -> (StackedImage, Vec<(String, Vec<AlteredFile>)>) {
        let nothing = LayerFacts::default();
        let stack = Stack::of(layers.iter().map(|layer| layer.facts.unwrap_or(&nothing)));
        let members = self.members(layers);
        let os = members
            .iter()
            .filter(|member| stack.fate(member.layer, &member.path) == Some(Fate::Present))
            .find_map(|member| {
                member.artifact.facts.iter().find_map(|facts| match facts {
                    Facts::OsRelease(release) => Some(release),
                    _ => None,
                })
            });
        let listed: Vec<(String, Option<&LayerFacts>)> = layers
            .iter()
            .map(|layer| (layer.location.clone(), layer.facts))
            .collect();
        let parts = Parts {
            tags,
            manifest,
            config,
            layers: &listed,
            os,
        };
        let image = StackedImage {
            facts: assemble(&parts, &stack, trusted),
            asked_for_trust: !trusted.is_empty(),
            lost: members
                .iter()
                .filter_map(|member| lost(member, &stack))
                .collect(),
            owned_by_system: members
                .iter()
                .filter(|member| is_system_record(&member.path))
                .map(|member| member.artifact.location.to_string())
                .collect(),
        };
        (image, self.altered(layers, &members, &stack))
    }

    /// Compares what lies in the running file system with the records that lie there as well.
    fn altered(
        &self,
        layers: &[Layer<'a>],
        members: &[LayerMember<'a>],
        stack: &Stack,
    ) -> Vec<(String, Vec<AlteredFile>)> {
        let contents: Vec<BTreeMap<&str, Content<'_>>> = layers
            .iter()
            .enumerate()
            .map(|(number, layer)| {
                let entries = layer
                    .facts
                    .map_or(&[][..], |facts| facts.entries.as_slice());
                let digested = entries.iter().filter_map(|entry| {
                    let content = Content {
                        sha256: entry.sha256,
                        size: entry.size,
                        layer: Some(number),
                        sums: &entry.sums,
                        native: entry.native,
                    };
                    let is_known = entry.sha256.is_some() || !entry.sums.is_empty();
                    is_known.then_some((entry.path.as_str(), content))
                });
                digested.collect()
            })
            .collect();
        let present: Vec<Recorded<'_>> = members
            .iter()
            .filter(|member| stack.fate(member.layer, &member.path) == Some(Fate::Present))
            .map(|member| Recorded {
                artifact: member.artifact,
                path: &member.path,
                layer: member.layer,
            })
            .collect();
        let at = |path: &str| {
            let layer = stack.layer_of(path)?;
            contents.get(layer)?.get(path).copied()
        };
        ownership::altered_in_image(&present, self.owners, &at)
    }

    /// Everything that was kept of the layers' members.
    fn members(&self, layers: &[Layer<'a>]) -> Vec<LayerMember<'a>> {
        let mut members = Vec::new();
        for (number, layer) in layers.iter().enumerate() {
            if layer.facts.is_none() {
                continue;
            }
            let below = format!("{}!/", layer.location);
            let range = self.by_location.range(below.clone()..);
            for (location, index) in range.take_while(|(found, _)| found.starts_with(&below)) {
                let rest = location.get(below.len()..).unwrap_or_default();
                let name = rest.split("!/").next().unwrap_or_default();
                if let (Some(path), Some(artifact)) = (
                    chainwright_images::layer::normal(name),
                    self.artifacts.get(*index),
                ) {
                    members.push(LayerMember {
                        layer: number,
                        path,
                        artifact,
                    });
                }
            }
        }
        members
    }
}

/// An artifact in a layer, or in a file of it.
struct LayerMember<'a> {
    layer: usize,
    /// The path of the file in the file system.
    path: String,
    artifact: &'a Inspected,
}

fn lost(member: &LayerMember<'_>, stack: &Stack) -> Option<LostArtifact> {
    let fate = stack.fate(member.layer, &member.path)?;
    let has_secrets = |facts: &Facts| matches!(facts, Facts::Secrets(_));
    (fate != Fate::Present).then(|| LostArtifact {
        location: member.artifact.location.to_string(),
        path: member.path.clone(),
        layer: member.layer,
        fate,
        has_secrets: member.artifact.facts.iter().any(has_secrets),
    })
}

/// Debian and its kin install Python packages below `dist-packages` of `usr/lib`, pip below `usr/local`.
fn is_system_record(path: &str) -> bool {
    let is_system = path.starts_with("usr/lib/python3/dist-packages/")
        || path.starts_with("usr/lib/python2.7/dist-packages/");
    let name = path.rsplit('/').next().unwrap_or_default();
    is_system && matches!(name, "METADATA" | "PKG-INFO" | "RECORD")
}

/// The folder or archive that holds `blobs/`, from the location of something in it.
fn layout_root(location: &Location) -> String {
    let around = key(&location.surroundings());
    let root = around.strip_suffix("blobs/sha256").unwrap_or(&around);
    root.trim_end_matches('/').to_owned()
}

fn joined(root: &str, path: &str) -> String {
    let path = path.trim_start_matches("./");
    if root.is_empty() {
        path.to_owned()
    } else {
        format!("{root}/{path}")
    }
}
