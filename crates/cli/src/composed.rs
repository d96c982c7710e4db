//! Bills of materials from what was gathered: one way for every verb that makes them.
//!
//! The same files give the same document, whichever verb makes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use chainwright_boms::Inventory;
use chainwright_boms::inventory::{Lifecycle, Metadata, Party, Tool};
use chainwright_boms::time::Timestamp;
use chainwright_composition::{Origin, Request, Target, compose};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::text::visible;
use chainwright_sources::{FileSource, Stamp};

use crate::gather::Gathered;

/// What only the user can say of the document.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct About {
    /// The time that the document bears: RFC 3339, seconds since 1970, or `none`. If not given: SOURCE_DATE_EPOCH,
    /// else the time of the newest file.
    #[arg(long, value_name = "TIME")]
    timestamp: Option<String>,

    /// Who answers for the document; may be repeated.
    #[arg(long, value_name = "NAME")]
    author: Vec<String>,

    /// Who supplies what it describes.
    #[arg(long, value_name = "NAME")]
    supplier: Option<String>,
}

/// An inventory, and what is to be said of its making.
pub(crate) struct Made {
    pub(crate) inventory: Inventory,
    /// Why not everything could be read.
    pub(crate) gaps: Vec<String>,
    /// Whether packages were compared with advisories.
    pub(crate) has_advisories: bool,
}

impl Made {
    /// Composes an inventory of everything that was gathered.
    pub(crate) fn of(gathered: &Gathered, about: &About) -> anyhow::Result<Self> {
        let files = files(gathered);
        let newest = files.values().map(|(_, stamp)| stamp.modified).max();
        let metadata = metadata(about, newest, gathered)?;
        let described: Vec<Target> = gathered
            .request
            .targets
            .iter()
            .map(|target| Target {
                written: target.written.clone(),
                name: name_of(&target.written, &target.path),
                origin: origin(&target.written, &target.path),
            })
            .collect();
        let open = |shown: &str| -> Option<SharedBytes> {
            let (path, _) = files.get(shown)?;
            Some(Arc::new(FileSource::open(path).ok()?))
        };
        let budget = Budget::untimed(gathered.request.limits.clone());
        let inventory = compose(&Request {
            targets: &described,
            artifacts: &gathered.raw.artifacts,
            open: &open,
            statements: &gathered.statements,
            metadata,
            is_partial: gathered.is_partial,
            budget: &budget,
        });
        Ok(Self {
            inventory,
            gaps: gathered.gaps(),
            has_advisories: gathered.has_advisories,
        })
    }
}

/// The files of the run by the names that locations show.
fn files(gathered: &Gathered) -> BTreeMap<String, (PathBuf, Stamp)> {
    let request = &gathered.request;
    let mut files = BTreeMap::new();
    for target in &request.targets {
        let visit = chainwright_sources::walk(
            &target.path,
            &target.written,
            &request.exclude,
            request.limits.files,
        );
        let found = visit.map(|visit| visit.files).unwrap_or_default();
        files.extend(
            found
                .into_iter()
                .map(|file| (file.shown, (file.path, file.stamp))),
        );
    }
    files
}

fn metadata(about: &About, newest: Option<u128>, gathered: &Gathered) -> anyhow::Result<Metadata> {
    Ok(Metadata {
        timestamp: timestamp(about.timestamp.as_deref(), newest)?,
        tools: vec![Tool {
            vendor: "The chainwright authors".to_owned(),
            name: "chainwright".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }],
        authors: about.author.iter().map(Party::organisation).collect(),
        supplier: about.supplier.as_ref().map(Party::organisation),
        lifecycles: BTreeSet::from([Lifecycle::PostBuild]),
        context: Some(
            "from the files at rest; nothing was run, loaded or asked over a network".to_owned(),
        ),
        is_complete: (!gathered.gaps().is_empty() || gathered.is_partial).then_some(false),
        version: 1,
        ..Metadata::default()
    })
}

/// The time of a document. Without one from outside it is that of the newest file: the same files give the same
/// document, and no document is older than what it describes.
fn timestamp(asked: Option<&str>, newest: Option<u128>) -> anyhow::Result<Option<Timestamp>> {
    let epoch = |text: &str| text.parse().ok().and_then(Timestamp::from_epoch);
    if let Some(text) = asked {
        if text == "none" {
            return Ok(None);
        }
        let found = Timestamp::parse(text).or_else(|| epoch(text));
        return match found {
            Some(time) => Ok(Some(time)),
            None => bail!(
                "`{}` is no time such as 2026-08-21T12:00:00Z",
                visible(text, 100)
            ),
        };
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => epoch(&text).map(Some).ok_or_else(|| {
            anyhow!(
                "SOURCE_DATE_EPOCH is no number of seconds: `{}`",
                visible(&text, 100)
            )
        }),
        Err(_) => Ok(newest
            .and_then(|time| u64::try_from(time / 1_000_000_000).ok())
            .and_then(Timestamp::from_epoch)),
    }
}

/// What people call a target: the name of its folder or file.
fn name_of(written: &str, path: &Path) -> String {
    if written.contains("://") {
        return written.to_owned();
    }
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = real
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "target".to_owned())
}

/// The repository that a target is a copy of: by its address, its `.git`, the folders of a cache, or what the hub's
/// client left behind.
fn origin(written: &str, path: &Path) -> Option<Origin> {
    if let Some(origin) = Origin::of_address(written) {
        return Some(origin);
    }
    let git = path.join(".git");
    if let Some(config) = read_small(&git.join("config")) {
        let found = Origin::of_clone(&config, commit(&git).as_deref());
        if found.is_some() {
            return found;
        }
    }
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    Origin::of_path(&real.to_string_lossy()).or_else(|| downloaded(path))
}

/// The commit that is checked out.
fn commit(git: &Path) -> Option<String> {
    let head = read_small(&git.join("HEAD"))?;
    let head = head.trim();
    let Some(reference) = head.strip_prefix("ref: ") else {
        return Some(head.to_owned());
    };
    let is_plain = reference.starts_with("refs/") && !reference.contains("..");
    if !is_plain {
        return None;
    }
    if let Some(text) = read_small(&git.join(reference)) {
        return Some(text.trim().to_owned());
    }
    let packed = read_small(&git.join("packed-refs"))?;
    let line = packed
        .lines()
        .find(|line| line.ends_with(&format!(" {reference}")))?;
    line.split(' ').next().map(str::to_owned)
}

/// `hf download --local-dir` keeps a record of each file; all of one commit tell it.
fn downloaded(path: &Path) -> Option<Origin> {
    let folder = path.join(".cache/huggingface/download");
    let mut records: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "metadata")
        })
        .take(1000)
        .collect();
    records.sort();
    let origins: Vec<Origin> = records
        .iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy();
            let shown = format!(".cache/huggingface/download/{name}");
            Origin::of_download(&read_small(path)?, &shown)
        })
        .collect();
    let first = origins.first()?.clone();
    let is_one = origins
        .iter()
        .all(|origin| origin.revision == first.revision);
    is_one.then_some(first)
}

/// The text of a small regular file.
fn read_small(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let is_small = metadata.is_file() && metadata.len() <= 1024 * 1024;
    is_small.then(|| fs::read_to_string(path).ok()).flatten()
}
