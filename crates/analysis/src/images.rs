//! Container images: their parts are read where they lie, and put together once everything was read.
//!
//! A layer is an archive like any other, so its members are inspected like any others. What makes it a layer is its
//! place: a blob of an image layout, or `layer.tar` of `docker save`.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_advisories::date::Day;
use chainwright_containers::{ContainerFacts, ContainerKind, Entry, Member, PathHazard};
use chainwright_core::bytes::read_range;
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_images::base::TrustedBase;
use chainwright_images::image::{Parts, assemble};
use chainwright_images::{
    Database, EntryKind, Fate, ImageConfig, ImageDocument, LayerEntry, LayerFacts, Manifest,
    OsRelease, Stack, databases, document, support,
};

use crate::facts::{Facts, Inspected, LostArtifact, StackedImage, Unsupported};
use crate::inspect::Artifact;

/// Names of a layer's archive inside a compressed blob; a stream has no name of its own.
const INSIDE: usize = 1;

/// Whether an archive at this place is the layer of an image.
#[must_use]
pub fn may_be_layer(location: &Location) -> bool {
    let mut names = vec![location.innermost()];
    if let [.., outer, _] = location.members() {
        names.push(outer);
    } else if location.members().len() == INSIDE {
        names.push(location.path());
    }
    names.iter().any(|name| is_layer_name(name))
}

fn is_layer_name(name: &str) -> bool {
    let mut parts = name.rsplit('/');
    let (last, folder) = (parts.next().unwrap_or_default(), parts.next());
    let is_hex = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match folder {
        Some("sha256") => is_hex(last) && parts.next() == Some("blobs"),
        Some(folder) if last == "layer.tar" && is_hex(folder) => true,
        // Archives of podman and skopeo name them by their digests.
        Some(_) | None => last.strip_suffix(".tar").is_some_and(is_hex),
    }
}

/// What a layer holds, from the members of its archive.
#[must_use]
pub fn listing(kind: ContainerKind, location: &Location, members: &[Member]) -> Option<LayerFacts> {
    if kind != ContainerKind::Tar || !may_be_layer(location) {
        return None;
    }
    let mut facts = LayerFacts::default();
    for member in members {
        let kind = match &member.entry {
            Entry::File => EntryKind::File,
            Entry::Directory => EntryKind::Directory,
            Entry::Symlink { target } => EntryKind::Symlink(target.clone()),
            Entry::Hardlink { target } => EntryKind::Hardlink(target.clone()),
            Entry::Special => EntryKind::Special,
        };
        let mode = member.mode.unwrap_or_default();
        if let Some(entry) = LayerEntry::new(&member.name, kind, member.size, mode) {
            facts.push(entry);
        }
    }
    Some(facts)
}

/// Takes what is normal in a file system off the hazards of an archive: devices, programs that run as another user, and
/// links that start at the root, which is that of the image.
pub(crate) fn forgive(facts: &mut ContainerFacts) {
    facts.hazards.retain(|found| match &found.hazard {
        PathHazard::SymlinkOutside { target } => !target.starts_with('/'),
        PathHazard::ThroughSymlink { .. } | PathHazard::DeviceFile | PathHazard::SetUserId => false,
        PathHazard::ParentTraversal
        | PathHazard::Absolute
        | PathHazard::DriveLetter
        | PathHazard::Unc
        | PathHazard::HardlinkOutside { .. }
        | PathHazard::NulInName
        | PathHazard::TrailingDotOrSpace
        | PathHazard::ReservedName
        | PathHazard::AlternateStream
        | PathHazard::ControlCharacter => true,
    });
}

/// Reads what only a file system or an image has: databases of packages, `os-release`, documents of images.
pub(crate) fn read(artifact: &Artifact, head: &[u8], limit: u64, own: &mut Inspected) {
    let path = own.location.innermost().to_owned();
    if let Some(database) = Database::of_path(&path) {
        if let Some(bytes) = whole(artifact, limit, own) {
            let facts = databases::read(database, &bytes);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::Installed(facts));
        }
        return;
    }
    let is_release = path.ends_with("etc/os-release") || path.ends_with("usr/lib/os-release");
    if is_release {
        let text = whole(artifact, limit, own).unwrap_or_default();
        let release = OsRelease::read(&String::from_utf8_lossy(&text));
        own.facts.extend(release.map(Facts::OsRelease));
        return;
    }
    let is_json =
        head.trim_ascii_start().starts_with(b"{") || head.trim_ascii_start().starts_with(b"[");
    if is_json && may_be_document(&path) {
        let text = whole(artifact, limit, own).unwrap_or_default();
        let document = document::read(&String::from_utf8_lossy(&text));
        own.facts.extend(document.map(Facts::ImageDocument));
    }
}

/// Documents are named by convention or by their digest; `docker save` names the configuration `HEX.json`.
fn may_be_document(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".json").unwrap_or_default();
    is_layer_name(path)
        || matches!(name, "index.json" | "manifest.json")
        || (stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn whole(artifact: &Artifact, limit: u64, own: &mut Inspected) -> Option<Vec<u8>> {
    if own.size > limit {
        let detail = "too large to be read as a whole; it was not judged";
        let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
        own.problems.push(problem);
        return None;
    }
    let size = usize::try_from(own.size).ok()?;
    read_range(artifact.bytes.as_ref(), 0, size).ok()
}

/// Puts every image together and adds what came of it to the facts of its manifest.
pub fn stack(artifacts: &mut [Inspected], trusted: &[TrustedBase]) {
    let has_images = artifacts
        .iter()
        .any(|artifact| documents(artifact).next().is_some());
    if !has_images {
        return;
    }
    let found = Index::new(artifacts).images(trusted);
    for (index, image) in found {
        if let Some(artifact) = artifacts.get_mut(index) {
            if image.facts.missing_layers > 0 {
                let detail = format!(
                    "{} layers of this image are not there and were not judged",
                    image.facts.missing_layers
                );
                let problem = Problem::new(ProblemKind::Unreadable, Place::Whole, detail);
                artifact.problems.push(problem);
            }
            artifact.facts.push(Facts::Image(Box::new(image)));
        }
    }
}

/// Says at every image, and at every file system that is none, whether its distribution is still mended.
pub fn note_support(artifacts: &mut [Inspected], today: Day) {
    let layers: Vec<String> = artifacts
        .iter()
        .flat_map(|artifact| &artifact.facts)
        .filter_map(|facts| match facts {
            Facts::Image(image) => Some(&image.facts.layers),
            _ => None,
        })
        .flatten()
        .map(|layer| format!("{}!/", layer.location))
        .collect();
    for artifact in artifacts {
        let location = key(&artifact.location.to_string());
        let is_told = layers.iter().any(|layer| location.starts_with(layer));
        let releases = artifact.facts.iter().filter_map(|facts| match facts {
            Facts::Image(image) => image.facts.os.as_ref(),
            Facts::OsRelease(release) if !is_told => Some(release),
            _ => None,
        });
        let found: Vec<Facts> = releases
            .filter_map(|release| ended(release, today))
            .collect();
        artifact.facts.extend(found);
    }
}

fn ended(release: &OsRelease, today: Day) -> Option<Facts> {
    let until = support::supported_until(release)?;
    let days = today.since(Day::read(until)?);
    let title = if release.title.is_empty() {
        release.distribution()
    } else {
        release.title.clone()
    };
    (days > 0).then(|| {
        Facts::Unsupported(Unsupported {
            title,
            until: until.to_owned(),
            days,
        })
    })
}

fn documents(artifact: &Inspected) -> impl Iterator<Item = &ImageDocument> {
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

/// Everything that was read, by location.
struct Index<'a> {
    artifacts: &'a [Inspected],
    by_location: BTreeMap<String, usize>,
}

/// A layer and where its members are found.
struct Layer<'a> {
    /// The archive, by location; empty if it is not there.
    location: String,
    facts: Option<&'a LayerFacts>,
}

impl<'a> Index<'a> {
    fn new(artifacts: &'a [Inspected]) -> Self {
        let by_location = artifacts
            .iter()
            .enumerate()
            .map(|(index, artifact)| (key(&artifact.location.to_string()), index))
            .collect();
        Self {
            artifacts,
            by_location,
        }
    }

    fn images(&self, trusted: &[TrustedBase]) -> Vec<(usize, StackedImage)> {
        let names = self.names();
        let mut found = Vec::new();
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
                            let image = self.image(&tags, Some(manifest), config, &layers, trusted);
                            found.push((index, image));
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
                                let image = self.image(&saved.tags, None, config, &layers, trusted);
                                found.push((index, image));
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
    ) -> StackedImage {
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
        StackedImage {
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
        }
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

/// A location without the `./` that archives put before their names.
pub(crate) fn key(location: &str) -> String {
    let plain = location.replace("!/./", "!/");
    plain
        .strip_suffix("!/.")
        .map_or(plain.clone(), |outer| format!("{outer}!/"))
}
