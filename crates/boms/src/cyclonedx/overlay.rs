//! What was read beyond the inventory, laid over what is written.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::SpecVersion;
use super::check::fitted;
use super::shape::table;
use crate::inventory::Original;
use crate::json::Object;

/// Replaces what is about to be written in an object of a type by what was read, wherever the inventory still says
/// the same. What the version that is written does not know is left out of it.
pub(super) fn lay(
    object: &mut Object,
    originals: &BTreeMap<String, Original>,
    name: &str,
    version: SpecVersion,
) {
    let Some(fields) = table().get(name).map(|each| &each.fields) else {
        return;
    };
    for (key, original) in originals {
        if key == "citations" && name == "bom" {
            continue;
        }
        let current = object.get(key).unwrap_or(&Json::Null);
        if *current != original.understood {
            continue;
        }
        if version == SpecVersion::V1_7 {
            object.insert(key.clone(), original.whole.clone());
            continue;
        }
        let whole = fields
            .get(key.as_str())
            .and_then(|field| fitted(key, &original.whole, field, version));
        if let Some(whole) = whole {
            object.insert(key.clone(), whole);
        }
    }
}

/// What has to be kept of an object: every key whose content differs from what would be written for it.
pub(super) fn difference(
    read: &Object,
    written: &Object,
    skipped: &[&str],
) -> BTreeMap<String, Original> {
    let mut originals = BTreeMap::new();
    for (key, whole) in read {
        if skipped.contains(&key.as_str()) {
            continue;
        }
        let understood = written.get(key).unwrap_or(&Json::Null);
        if understood != whole {
            let original = Original {
                understood: understood.clone(),
                whole: whole.clone(),
            };
            originals.insert(key.clone(), original);
        }
    }
    originals
}
