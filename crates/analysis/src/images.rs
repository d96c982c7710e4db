//! Container images: their parts are read where they lie, and put together once everything was read.
//!
//! A layer is an archive like any other, so its members are inspected like any others. What makes it a layer is its
//! place: a blob of an image layout, or `layer.tar` of `docker save`.

mod together;

use std::collections::BTreeMap;

use chainwright_advisories::date::Day;
use chainwright_containers::{ContainerFacts, Entry, Member, PathHazard};
use chainwright_core::bytes::read_range;
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_images::base::TrustedBase;
use chainwright_images::{
    Database, EntryKind, LayerEntry, LayerFacts, OsRelease, databases, document, support,
};

use crate::facts::{Facts, Inspected, Unsupported};
use crate::inspect::Artifact;
use crate::layers::Known;
use crate::ownership::Owners;

use together::{Altered, Index, documents};

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

/// What a layer holds, from the members of its archive and what is known of some of them.
pub(crate) fn listing(members: &[Member], known: &BTreeMap<String, Known>) -> LayerFacts {
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
        if let Some(mut entry) = LayerEntry::new(&member.name, kind, member.size, mode) {
            if entry.kind == EntryKind::File
                && let Some(known) = known.get(&entry.path)
            {
                entry.sha256 = known.sha256;
                entry.sums.clone_from(&known.sums);
                entry.native = known.native;
            }
            facts.push(entry);
        }
    }
    facts
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
    let owners = Owners::of(artifacts);
    let found = Index::new(artifacts, &owners).images(trusted);
    note_altered(artifacts, found.altered);
    for index in found.unstacked {
        if let Some(artifact) = artifacts.get_mut(index) {
            let detail =
                "the layers of the images are too many to be stacked; this image was not judged";
            let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
            artifact.problems.push(problem);
        }
    }
    for (index, image) in found.images {
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

/// Says at every record of a package in an image which of its files are altered.
fn note_altered(artifacts: &mut [Inspected], mut altered: Altered) {
    if altered.is_empty() {
        return;
    }
    for artifact in artifacts {
        let found = altered.remove(&artifact.location.to_string());
        artifact.facts.extend(found.map(Facts::Altered));
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

/// A location without the `./` that archives put before their names.
pub(crate) fn key(location: &str) -> String {
    let plain = location.replace("!/./", "!/");
    plain
        .strip_suffix("!/.")
        .map_or(plain.clone(), |outer| format!("{outer}!/"))
}
