//! Tensor data in a side file: where it is said to lie and how much of it.
//!
//! The classes: CVE-2022-25882 and CVE-2024-27318 (paths that leave the folder when data are read), CVE-2025-51480
//! (the same when they are written), CVE-2026-27489, -34446, -34447 (links on the way), CVE-2026-34445 (keys that
//! become attributes of an object). ONNX Runtime knows locations that stand for addresses in memory.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelHazardKind};

use super::{TEXT, Walk};
use crate::path;
use crate::wire::{Message, Value};

/// The advisories about paths.
const PATHS: &str = "CVE-2022-25882, CVE-2024-27318, CVE-2025-51480";
/// The advisory about keys.
const KEYS: &str = "CVE-2026-34445";
/// Locations that make ONNX Runtime take the offset for an address in its own memory.
const MEMORY: &[&str] = &["_ORT_MEM_ADDR_", "_ORT_NATIVE_ENDIAN_MEM_ADDR_"];
/// Keys that the specification and the reference library have.
const KEY_NAMES: &[&str] = &["location", "offset", "length", "checksum", "basepath"];

/// What a tensor says about its side file.
#[derive(Debug, Default)]
pub(super) struct External {
    entries: Vec<Message>,
    pub(super) is_external: bool,
    is_cut: bool,
}

/// Entries of one tensor that are kept.
const KEPT_ENTRIES: usize = 256;

impl External {
    pub(super) fn entry(&mut self, entry: Message) {
        if self.entries.len() < KEPT_ENTRIES {
            self.entries.push(entry);
        } else {
            self.is_cut = true;
        }
    }

    pub(super) fn is_unused(&self) -> bool {
        self.entries.is_empty() && !self.is_external
    }
}

impl Walk<'_, '_> {
    /// Judges the side file of a tensor; `expected` are the bytes that its shape and type need.
    pub(super) fn external(&mut self, external: &External, place: &Place, expected: Option<u128>) {
        let effect = if external.is_external {
            Effect::OnLoad
        } else {
            // Readers that only ask whether there are entries follow them all the same.
            Effect::Conditional
        };
        let mut location = None;
        let mut offset = None;
        let mut length = None;
        let mut is_double = external.is_cut;
        for entry in &external.entries {
            let (key, value) = self.entry(*entry);
            let slot = match key.as_str() {
                "location" => &mut location,
                "offset" => &mut offset,
                "length" => &mut length,
                _ => {
                    self.other_key(&key, &value, place, effect);
                    continue;
                }
            };
            is_double |= slot.replace(value.clone()).is_some();
            if key == "location" {
                self.location(&value, place, effect);
            }
        }
        if is_double {
            let detail = "has a key twice; readers differ in which one counts";
            self.hazard(
                ModelHazardKind::Ambiguous,
                effect,
                place.clone(),
                "external_data",
                detail,
                "",
            );
        }
        if location.as_deref().unwrap_or_default().is_empty() {
            let detail = "is a side file without a name, so the folder itself is opened";
            self.hazard(
                ModelHazardKind::Malformed,
                effect,
                place.clone(),
                "location",
                detail,
                "",
            );
        }
        self.range(
            offset.as_deref(),
            length.as_deref(),
            place,
            expected,
            effect,
        );
    }

    fn entry(&self, entry: Message) -> (String, String) {
        let wire = self.wire;
        let mut pair = (String::new(), String::new());
        for field in wire.fields(entry) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => pair.0 = wire.text(text, TEXT),
                (2, Value::Bytes(text)) => pair.1 = wire.text(text, TEXT),
                _ => {}
            }
        }
        pair
    }

    fn location(&mut self, location: &str, place: &Place, effect: Effect) {
        if MEMORY.iter().any(|mark| location.contains(mark)) {
            let detail =
                "makes ONNX Runtime read its own memory at an address that the model names";
            self.hazard(
                ModelHazardKind::OutOfBounds,
                effect,
                place.clone(),
                location,
                detail,
                "",
            );
            return;
        }
        path::judge(&mut self.facts, location, place, effect, PATHS);
    }

    fn other_key(&mut self, key: &str, value: &str, place: &Place, effect: Effect) {
        if key == "basepath" {
            if path::doubt(value).is_some_and(|doubt| doubt.kind == ModelHazardKind::PathEscape) {
                path::judge(&mut self.facts, value, place, effect, PATHS);
            }
        } else if !KEY_NAMES.contains(&key) && !key.starts_with("prepacked_") {
            let detail = "is a key of external data that no writer has; old readers set it as an attribute of an object";
            self.hazard(
                ModelHazardKind::Malformed,
                effect,
                place.clone(),
                key,
                detail,
                KEYS,
            );
        }
    }

    fn range(
        &mut self,
        offset: Option<&str>,
        length: Option<&str>,
        place: &Place,
        expected: Option<u128>,
        effect: Effect,
    ) {
        let offset_bytes = offset.map(parsed);
        let length_bytes = length.map(parsed);
        let is_bad = |value: Option<Option<u64>>| value == Some(None);
        if is_bad(offset_bytes) || is_bad(length_bytes) {
            let subject = format!(
                "offset {}, length {}",
                offset.unwrap_or("none"),
                length.unwrap_or("none")
            );
            let detail = "is no stretch of a file";
            self.hazard(
                ModelHazardKind::OutOfBounds,
                effect,
                place.clone(),
                &subject,
                detail,
                KEYS,
            );
            return;
        }
        let start = offset_bytes.flatten().unwrap_or(0);
        let Some(length) = length_bytes.flatten() else {
            return;
        };
        if start
            .checked_add(length)
            .is_none_or(|end| end > i64::MAX.cast_unsigned())
        {
            let subject = format!("offset {start}, length {length}");
            let detail = "is a stretch that no file can hold";
            self.hazard(
                ModelHazardKind::OutOfBounds,
                effect,
                place.clone(),
                &subject,
                detail,
                "",
            );
        } else if expected.is_some_and(|expected| expected != u128::from(length)) {
            let subject = format!("length {length}");
            let detail = "contradicts the shape and type of the tensor";
            self.hazard(
                ModelHazardKind::SizeLie,
                effect,
                place.clone(),
                &subject,
                detail,
                "",
            );
        }
    }
}

/// A number as the readers take it: digits only, at most 63 bits.
fn parsed(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse::<u64>().ok().filter(|_| is_plain)?;
    i64::try_from(value).is_ok().then_some(value)
}
