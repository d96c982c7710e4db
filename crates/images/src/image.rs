//! An image as a whole.

use serde::{Deserialize, Serialize};

use crate::base::{self, Base, TrustedBase};
use crate::document::{ImageConfig, Manifest};
use crate::layer::{LayerFacts, Stack};
use crate::os_release::OsRelease;
use crate::settings::{self, Sign};

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// Where its bytes lie, as reports show it.
    pub location: String,
    /// The digest of the uncompressed layer that the configuration names.
    pub diff_id: String,
    /// Entries of its archive.
    pub entries: u64,
    /// Bytes of the files in it.
    pub bytes: u64,
    /// The command that made it, as the history says.
    pub made_by: String,
}

/// What is known of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Names under which it is known.
    pub tags: Vec<String>,
    /// `OS/ARCHITECTURE`.
    pub platform: String,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerSummary>,
    /// The distribution.
    pub os: Option<OsRelease>,
    /// What it was made from.
    pub base: Option<Base>,
    /// What is odd about it.
    pub signs: Vec<Sign>,
    /// Layers that its configuration names and that are not there.
    pub missing_layers: u64,
}

/// The parts that an image is put together from.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Names under which it is known.
    pub tags: &'a [String],
    /// Its manifest; archives of `docker save` need none.
    pub manifest: Option<&'a Manifest>,
    /// Its configuration.
    pub config: &'a ImageConfig,
    /// Where each layer lies and what it holds, the lowest first; `None` for a layer that is not there.
    pub layers: &'a [(String, Option<&'a LayerFacts>)],
    /// The distribution, read from the stack.
    pub os: Option<&'a OsRelease>,
}

/// Puts an image together.
#[must_use]
pub fn assemble(parts: &Parts<'_>, stack: &Stack, trusted: &[TrustedBase]) -> ImageFacts {
    let nothing = LayerFacts::default();
    let listings: Vec<&LayerFacts> = parts
        .layers
        .iter()
        .map(|(_, facts)| facts.unwrap_or(&nothing))
        .collect();
    let mut made_by = parts
        .config
        .history
        .iter()
        .filter(|step| !step.is_empty_layer)
        .map(|step| step.command.as_str());
    let layers = parts
        .layers
        .iter()
        .enumerate()
        .map(|(number, (location, facts))| {
            let entries = facts.map_or(&[][..], |facts| facts.entries.as_slice());
            LayerSummary {
                location: location.clone(),
                diff_id: parts
                    .config
                    .diff_ids
                    .get(number)
                    .cloned()
                    .unwrap_or_default(),
                entries: chainwright_core::fields::wide(entries.len()),
                bytes: entries
                    .iter()
                    .fold(0, |sum, entry| sum.saturating_add(entry.size)),
                made_by: made_by.next().unwrap_or_default().to_owned(),
            }
        })
        .collect();
    let missing = parts.layers.iter().filter(|(_, facts)| facts.is_none());
    ImageFacts {
        tags: parts.tags.to_vec(),
        platform: parts.config.platform.clone(),
        layers,
        os: parts.os.cloned(),
        base: base::identify(parts.manifest, parts.config, trusted),
        signs: settings::signs(parts.config, parts.tags, &listings, stack),
        missing_layers: chainwright_core::fields::wide(missing.count()),
    }
}
