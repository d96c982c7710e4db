//! What the walk over a file means: which other files it reaches, what it asks for, and the Keras model in it.

use std::collections::BTreeSet;

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind, PartContent};
use chainwright_core::problem::ProblemKind;

use super::file::File;
use super::walk::{Note, Oddity, Outside, Reach, Seen};
use crate::config::{self, Origin};

/// The largest attribute value that becomes a part.
const PART_BYTES: usize = 1024 * 1024;

/// What the file is, as far as its names tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Weights or a model of Keras.
    Keras,
    /// Another format that is built on HDF5: NeXus, NetCDF-4, AnnData, PyTables, MATLAB.
    Science,
    /// Neither is told.
    Plain,
}

const KERAS_ATTRIBUTES: [&str; 5] = [
    "keras_version",
    "model_config",
    "training_config",
    "layer_names",
    "weight_names",
];
const KERAS_GROUPS: [&str; 6] = [
    "model_weights",
    "optimizer_weights",
    "top_level_model_weights",
    "_layer_checkpoint_dependencies",
    "vars",
    "_self_tracked_trackables",
];
const SCIENCE_ATTRIBUTES: [&str; 9] = [
    "NX_class",
    "encoding-type",
    "_NCProperties",
    "_Netcdf4Dimid",
    "PYTABLES_FORMAT_VERSION",
    "pandas_type",
    "MATLAB_class",
    "HDF5_Version",
    "CLASS",
];

fn nature(seen: &Seen) -> Nature {
    let has = |names: &[&str]| {
        seen.notes
            .iter()
            .any(|note| names.contains(&note.attribute.name.as_str()))
    };
    let groups: BTreeSet<&str> = seen.groups.iter().map(String::as_str).collect();
    if has(&KERAS_ATTRIBUTES) || KERAS_GROUPS.iter().any(|name| groups.contains(name)) {
        Nature::Keras
    } else if has(&SCIENCE_ATTRIBUTES) {
        Nature::Science
    } else {
        Nature::Plain
    }
}

/// Turns what was seen into facts.
pub(super) fn judge(file: &File, seen: &Seen, budget: &Budget, facts: &mut ModelFacts) {
    let nature = nature(seen);
    for outside in &seen.outside {
        judge_outside(outside, nature, facts);
    }
    for (oddity, path) in &seen.oddities {
        judge_oddity(*oddity, path, nature, facts);
    }
    for note in &seen.notes {
        judge_attribute(note, budget, facts);
    }
    for (address, length, path) in &seen.values {
        judge_value(file, (*address, *length), path, facts);
    }
    facts.parameters = seen
        .datasets
        .iter()
        .map(|dataset| {
            dataset
                .shape
                .iter()
                .fold(1_u64, |product, &each| product.saturating_mul(each))
        })
        .fold(0, u64::saturating_add);
    frame(file, facts);
    problems(seen, file, facts);
}

/// Where a path leads.
pub(crate) fn leads(path: &str) -> ModelHazardKind {
    let bytes = path.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    if path.starts_with("file:") {
        ModelHazardKind::PathAbsolute
    } else if path.contains("://") {
        ModelHazardKind::NetworkUse
    } else if path.starts_with(['/', '\\', '~']) || drive {
        ModelHazardKind::PathAbsolute
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        ModelHazardKind::PathEscape
    } else {
        ModelHazardKind::FileRead
    }
}

fn judge_outside(outside: &Outside, nature: Nature, facts: &mut ModelFacts) {
    let (detail, reference) = match outside.reach {
        Reach::Link => (
            "an external link makes readers open another file",
            "CVE-2026-1669",
        ),
        Reach::Storage => (
            "the bytes of a dataset are read from another file",
            "CVE-2026-1669",
        ),
        Reach::Virtual => (
            "a virtual dataset is read from another file",
            "CVE-2026-12480",
        ),
    };
    let place = Place::Key(outside.path.clone());
    facts.side_file(&outside.file, place.clone());
    if outside.file.is_empty() || outside.file == "." {
        return;
    }
    let kind = leads(&outside.file);
    // Files of instruments are split over neighbours on purpose; weights never are.
    let mut parts = outside.path.split('/');
    let is_keras = nature == Nature::Keras || parts.any(|part| KERAS_GROUPS.contains(&part));
    let is_split = nature == Nature::Science || (outside.reach == Reach::Virtual && !is_keras);
    let effect = if kind == ModelHazardKind::FileRead && is_split {
        Effect::Conditional
    } else {
        Effect::OnLoad
    };
    facts.hazard(ModelHazard::new(
        kind,
        effect,
        place,
        &outside.file,
        detail,
        reference,
    ));
}

fn judge_oddity(oddity: Oddity, path: &str, nature: Nature, facts: &mut ModelFacts) {
    use ModelHazardKind as K;
    let only_keras = match nature {
        Nature::Keras | Nature::Plain => Effect::OnLoad,
        Nature::Science => Effect::Conditional,
    };
    let (kind, effect, detail, reference) = match oddity {
        Oddity::DuplicateLink => (
            K::Ambiguous,
            Effect::OnLoad,
            "two links of a group have one name",
            "",
        ),
        Oddity::DuplicateAttribute => (
            K::Ambiguous,
            Effect::OnLoad,
            "two attributes have one name",
            "",
        ),
        Oddity::UserDefinedLink => (
            K::CustomOperator,
            Effect::OnLoad,
            "a link of a class that the application has to register",
            "",
        ),
        Oddity::LoopingLink => (
            K::ResourceExhaustion,
            Effect::Conditional,
            "a group contains itself, which readers that recurse never finish",
            "",
        ),
        Oddity::DeepGroups => (
            K::ResourceExhaustion,
            Effect::OnLoad,
            "groups are nested deeper than any writer nests them",
            "",
        ),
        Oddity::ElementOverflow => (
            K::SizeLie,
            Effect::OnLoad,
            "the number of bytes does not fit into 64 bits",
            "CVE-2026-0897",
        ),
        Oddity::OutOfBounds => (
            K::OutOfBounds,
            Effect::OnLoad,
            "the data lie outside the file",
            "",
        ),
        Oddity::ShapeBomb => (
            K::ResourceExhaustion,
            only_keras,
            "the shape asks for gigabytes of memory that the stored bytes do not justify",
            "CVE-2026-0897",
        ),
        Oddity::UnknownFilter => (
            K::CustomOperator,
            Effect::OnUse,
            "the data need a filter plugin that is not registered",
            "",
        ),
    };
    facts.hazard(ModelHazard::new(
        kind,
        effect,
        Place::Key(path.to_owned()),
        path,
        detail,
        reference,
    ));
}

fn judge_attribute(note: &Note, budget: &Budget, facts: &mut ModelFacts) {
    let attribute = &note.attribute;
    let place = format!("{}@{}", note.path, attribute.name);
    if attribute
        .elements
        .and_then(|count| count.checked_mul(attribute.element_size))
        .is_none()
    {
        let detail = "the number of bytes of an attribute does not fit into 64 bits";
        facts.hazard(ModelHazard::new(
            ModelHazardKind::SizeLie,
            Effect::OnLoad,
            Place::Key(place.clone()),
            &attribute.name,
            detail,
            "",
        ));
    }
    match attribute.name.as_str() {
        "keras_version" => {
            if let Some(version) = attribute.values.first() {
                let version = String::from_utf8_lossy(version);
                facts.producer = chainwright_core::text::visible(&format!("keras {version}"), 64);
            }
        }
        "model_config" | "training_config" => {
            if attribute.broken || attribute.values.is_empty() {
                facts.problem(
                    ProblemKind::Unsupported,
                    Place::Key(place.clone()),
                    "a Keras configuration that could not be read",
                );
            }
            for value in &attribute.values {
                config::judge_bytes(value, &Origin::Hdf5(place.clone()), budget, facts);
            }
        }
        _ => {}
    }
    for value in attribute.values.iter().take(64) {
        if looks_pickled(value) && value.len() <= PART_BYTES {
            facts.part(&place, PartContent::Decoded(value.clone()));
        }
    }
}

/// PyTables unpickles every byte string attribute that ends in a dot; what cannot begin a pickle is left out.
fn looks_pickled(value: &[u8]) -> bool {
    if value.last() != Some(&b'.') || value.len() < 3 {
        return false;
    }
    match value.first() {
        Some(0x80) => value
            .get(1)
            .is_some_and(|version| (2..=5).contains(version)),
        Some(b'(' | b']' | b'}' | b')' | b'c' | b'I' | b'F' | b'V' | b'S' | b'L' | b'K' | b'X') => {
            value.contains(&b'\n')
        }
        _ => false,
    }
}

fn judge_value(file: &File, (address, length): (u64, u64), path: &str, facts: &mut ModelFacts) {
    let Some(head) = file.exactly(address, 2) else {
        return;
    };
    if head.first() == Some(&0x80) && head.get(1).is_some_and(|version| (2..=5).contains(version)) {
        let content = PartContent::Stretch {
            offset: file.place(address),
            length,
        };
        facts.part(path, content);
    }
}

/// Bytes before the superblock and behind the end that it states.
fn frame(file: &File, facts: &mut ModelFacts) {
    let base = file.superblock.base;
    if base > 0 {
        let content = PartContent::Stretch {
            offset: 0,
            length: base,
        };
        facts.part("user block", content);
    }
    // Unlike addresses, the end counts from the start of the file in what libhdf5 writes behind a user block.
    let end = file.superblock.end;
    if end < file.size() && file.superblock.end > 0 {
        let length = file.size().saturating_sub(end);
        facts.hazard(ModelHazard::new(
            ModelHazardKind::StrayData,
            Effect::OnLoad,
            Place::Byte(end),
            &format!("{length} bytes"),
            "bytes behind the end that the file states",
            "",
        ));
        facts.part(
            "trailing bytes",
            PartContent::Stretch {
                offset: end,
                length,
            },
        );
    } else if end > file.size() {
        let detail = format!("the file says it has {end} bytes, it has {}", file.size());
        facts.problem(ProblemKind::Truncated, Place::Byte(file.size()), detail);
    }
}

fn problems(seen: &Seen, file: &File, facts: &mut ModelFacts) {
    for path in &seen.broken {
        facts.problem(
            ProblemKind::Malformed,
            Place::Key(path.clone()),
            "an object is broken or cut",
        );
    }
    for path in &seen.unsupported {
        facts.problem(
            ProblemKind::Unsupported,
            Place::Key(path.clone()),
            "stored in a way that is not read",
        );
    }
    if seen.limited || file.is_exhausted() {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            "more objects, links or attributes than are read",
        );
    }
    if seen.out_of_time {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Whole,
            "the time for this file is up",
        );
    }
}
