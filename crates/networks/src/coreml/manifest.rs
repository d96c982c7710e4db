//! `Manifest.json` of an `.mlpackage`: which item is the model, and where the items lie.

use std::collections::BTreeMap;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;
use serde::Deserialize;

use crate::path;

/// Items of a package that are judged.
const KEPT: usize = 10_000;

#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(rename = "fileFormatVersion", default)]
    version: String,
    #[serde(rename = "itemInfoEntries", default)]
    items: BTreeMap<String, Item>,
    #[serde(rename = "rootModelIdentifier", default)]
    root: String,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default)]
    path: String,
}

/// Whether a file is the manifest of a package.
pub(super) fn is_manifest(head: &[u8]) -> bool {
    let start = head.trim_ascii_start();
    start.first() == Some(&b'{')
        && [&b"\"itemInfoEntries\""[..], b"\"rootModelIdentifier\""]
            .iter()
            .any(|key| {
                start
                    .windows(key.len())
                    .take(4096)
                    .any(|window| window == *key)
            })
}

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::CoreMl);
    let limit = budget.limits().text_bytes;
    if bytes.size() > limit {
        let detail = "the manifest is longer than a text that is read as a whole";
        facts.problem(ProblemKind::LimitReached, Place::Byte(limit), detail);
        return facts;
    }
    let raw = match read_range(bytes.as_ref(), 0, narrow(limit)) {
        Ok(raw) => raw,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string());
            return facts;
        }
    };
    let manifest: Manifest = match serde_json::from_slice(&raw) {
        Ok(manifest) => manifest,
        Err(error) => {
            facts.problem(ProblemKind::Malformed, Place::Whole, error.to_string());
            return facts;
        }
    };
    facts.version = visible(&manifest.version, 20);
    if manifest.items.len() > KEPT {
        let detail = "more items than are judged";
        facts.problem(ProblemKind::LimitReached, Place::Whole, detail);
    }
    for (key, item) in manifest.items.iter().take(KEPT) {
        let place = Place::Key(visible(key, 100));
        path::judge(&mut facts, &item.path, &place, Effect::OnLoad, "mlpackage");
    }
    if !manifest.items.contains_key(&manifest.root) {
        facts.hazard(ModelHazard::new(
            ModelHazardKind::Malformed,
            Effect::Conditional,
            Place::Key("rootModelIdentifier".to_owned()),
            &manifest.root,
            "names no item of the package",
            "",
        ));
    }
    facts
}
