//! What was read beyond the inventory, laid over what is written.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::SpecVersion;
use crate::inventory::Original;
use crate::json::Object;

/// Replaces what is about to be written by what was read, wherever the inventory still says the same; drops what the
/// version that is written does not know.
pub(super) fn lay(
    object: &mut Object,
    originals: &BTreeMap<String, Original>,
    version: SpecVersion,
) {
    for (key, original) in originals {
        if key == "citations" {
            continue;
        }
        let current = object.get(key).unwrap_or(&Json::Null);
        if *current == original.understood {
            object.insert(key.clone(), original.whole.clone());
        }
    }
    let _ = version;
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
