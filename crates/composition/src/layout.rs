//! How what was inspected falls into models, datasets and the rest: folders, and what belongs to whom.
//!
//! A model is a folder with weights, or with a configuration that says what its weights would be. Formats of the same
//! model in folders below (`onnx/`, `original/`) belong to it; parts with a configuration of their own (`unet/`,
//! `checkpoint-500/`) are models of their own inside it. A lone pickle or array is data until something says that it
//! is a model.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::facts::{Facts, Format, Inspected};
use chainwright_analysis::graph::kind_of;
use chainwright_core::component::ComponentKind;
use chainwright_core::location::Location;
use chainwright_core::model::ModelFormat;
use chainwright_formats::signature::Signature;
use chainwright_repository::config::{DocumentFacts, DocumentKind};

use crate::{Target, naming};

/// A target as the beginning of locations.
#[derive(Debug)]
pub(crate) struct Root {
    /// The beginning of every location in it, without a slash at the end; empty for the working folder.
    pub(crate) key: String,
    /// What stands in front of paths when there are several targets.
    pub(crate) label: String,
}

/// A folder with everything that lies in it directly.
#[derive(Debug, Default)]
pub(crate) struct Folder<'a> {
    pub(crate) files: Vec<&'a Inspected>,
}

/// A model or dataset: its folder, and the folders below that belong to it.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    /// Its folder.
    pub(crate) key: String,
    /// Its files, those in folders below included.
    pub(crate) files: Vec<&'a Inspected>,
}

/// Everything that was inspected, sorted into models and datasets.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) roots: Vec<Root>,
    pub(crate) folders: BTreeMap<String, Folder<'a>>,
    pub(crate) models: Vec<Unit<'a>>,
    pub(crate) datasets: Vec<Unit<'a>>,
    /// Whether there is one target, and it is a file.
    pub(crate) is_single_file: bool,
    /// How many models lie in a folder and below it.
    models_below: BTreeMap<String, usize>,
    /// Files of images that a running container does not show.
    lost: BTreeSet<String>,
}

/// Whether a folder lies in another, or is it.
pub(crate) fn is_within(folder: &str, outer: &str) -> bool {
    match folder.strip_prefix(outer) {
        Some("") => true,
        Some(rest) => outer.is_empty() || outer.ends_with('/') || rest.starts_with(['/', '!']),
        None => false,
    }
}

/// A folder and everything around it, the innermost first; the working folder last.
pub(crate) fn outward(folder: &str) -> impl Iterator<Item = &str> {
    let cuts = folder
        .char_indices()
        .rev()
        .filter(|(_, mark)| matches!(mark, '/' | '!'))
        .flat_map(|(at, mark)| {
            // The top of an archive is written with its slash.
            let with_mark = (mark == '/').then(|| folder.get(..=at)).flatten();
            [
                with_mark.filter(|outer| outer.len() < folder.len()),
                folder.get(..at),
            ]
        })
        .flatten();
    let last = (!folder.is_empty()).then_some("");
    std::iter::once(folder)
        .chain(cuts.filter(|outer| !outer.is_empty()))
        .chain(last)
}

impl<'a> Layout<'a> {
    pub(crate) fn of(targets: &[Target], artifacts: &'a [Inspected]) -> Self {
        let lost = lost(artifacts);
        let mut folders: BTreeMap<String, Folder<'a>> = BTreeMap::new();
        for artifact in artifacts {
            let is_part = !artifact.location.members().is_empty() && kind_of(artifact).is_none();
            if is_part && !is_named(artifact) || lost.contains(&artifact.location.to_string()) {
                continue;
            }
            let around = artifact.location.surroundings();
            folders.entry(around).or_default().files.push(artifact);
        }
        let models = models(&folders);
        let datasets = datasets(&folders, &models);
        let roots = roots(targets);
        let mut models_below: BTreeMap<String, usize> = BTreeMap::new();
        for key in models.iter().flat_map(|model| outward(&model.key)) {
            *models_below.entry(key.to_owned()).or_default() += 1;
        }
        Self {
            is_single_file: is_single_file(&roots, artifacts),
            models_below,
            roots,
            folders,
            models,
            datasets,
            lost,
        }
    }

    /// A location as readers of the document see it: below the target.
    pub(crate) fn shown(&self, location: &Location) -> String {
        self.shorten(&location.to_string())
    }

    pub(crate) fn shorten(&self, whole: &str) -> String {
        for root in self.roots.iter().rev() {
            if let Some(rest) = whole.strip_prefix(root.key.as_str()) {
                if root.key.is_empty() {
                    return format!("{}{rest}", root.label);
                }
                if let Some(rest) = rest.strip_prefix('/') {
                    return format!("{}{rest}", root.label);
                }
                if rest.is_empty() || rest.starts_with('!') {
                    return format!("{}{}{rest}", root.label, naming::last(&root.key));
                }
            }
        }
        whole.to_owned()
    }

    /// How many models lie in a folder and below it.
    pub(crate) fn models_below(&self, folder: &str) -> usize {
        self.models_below.get(folder).copied().unwrap_or_default()
    }

    /// The folder of a target as locations show it: that of the file if the target is a file.
    pub(crate) fn is_root(&self, folder: &str) -> bool {
        self.roots.iter().any(|root| root.key == folder)
    }

    /// Whether a running container shows the artifact; always true outside of images.
    pub(crate) fn is_there(&self, artifact: &Inspected) -> bool {
        !self.lost.contains(&artifact.location.to_string())
    }
}

fn roots(targets: &[Target]) -> Vec<Root> {
    let is_single = targets.len() == 1;
    let roots = targets.iter().map(|target| {
        let key = target
            .written
            .trim_start_matches("./")
            .trim_end_matches('/');
        let key = if key == "." { "" } else { key };
        Root {
            key: key.to_owned(),
            label: if is_single || key.is_empty() {
                String::new()
            } else {
                format!("{}/", naming::last(key))
            },
        }
    });
    roots.collect()
}

fn is_single_file(roots: &[Root], artifacts: &[Inspected]) -> bool {
    let [root] = roots else { return false };
    let mut files = artifacts
        .iter()
        .filter(|artifact| artifact.location.members().is_empty());
    !artifacts.is_empty() && files.all(|artifact| artifact.location.path() == root.key)
}

fn lost(artifacts: &[Inspected]) -> BTreeSet<String> {
    let facts = artifacts.iter().flat_map(|artifact| &artifact.facts);
    facts
        .filter_map(|facts| match facts {
            Facts::Image(image) => Some(image.lost.iter().map(|lost| lost.location.clone())),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Whether a member of an archive matters although it is no component of the graph.
fn is_named(artifact: &Inspected) -> bool {
    artifact.facts.iter().any(|facts| {
        matches!(
            facts,
            Facts::Manifest(_) | Facts::Installed(_) | Facts::Image(_)
        )
    })
}

pub(crate) fn documents(artifact: &Inspected) -> impl Iterator<Item = &DocumentFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Config(document) => Some(document),
        _ => None,
    })
}

/// What a file is for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Weights by their format.
    Sure,
    /// A format that holds anything.
    Perhaps,
    /// A pointer to weights that were not fetched.
    Elsewhere,
}

/// Endings of files that hold weights, for pointers, which show nothing else.
const ENDINGS: [&str; 14] = [
    "safetensors",
    "gguf",
    "ggml",
    "bin",
    "pt",
    "pth",
    "ckpt",
    "onnx",
    "h5",
    "keras",
    "msgpack",
    "tflite",
    "pte",
    "nemo",
];

pub(crate) fn weight(artifact: &Inspected) -> Option<Weight> {
    let is_pointer = artifact
        .facts
        .iter()
        .any(|facts| matches!(facts, Facts::LfsPointer(_)));
    let extension = artifact.location.extension();
    if is_pointer {
        return ENDINGS
            .contains(&extension.as_str())
            .then_some(Weight::Elsewhere);
    }
    let is_weights = matches!(
        kind_of(artifact),
        Some(ComponentKind::Weights | ComponentKind::Adapter)
    );
    if !is_weights {
        return None;
    }
    let is_sure = artifact.formats.iter().any(|format| match format {
        Format::Content(signature) => matches!(
            signature,
            Signature::Safetensors
                | Signature::Gguf
                | Signature::Ggml
                | Signature::Hdf5
                | Signature::Onnx
                | Signature::TfLite
                | Signature::ExecuTorch
        ),
        Format::Model(format) => !matches!(format, ModelFormat::Msgpack | ModelFormat::RData),
        Format::Container(_) | Format::Pickle => {
            matches!(
                extension.as_str(),
                "pt" | "pth" | "bin" | "ckpt" | "keras" | "nemo" | "pt2" | "mar"
            )
        }
    });
    Some(if is_sure {
        Weight::Sure
    } else {
        Weight::Perhaps
    })
}

/// What the files of a folder make it.
#[derive(Debug, Default, Clone, Copy)]
struct Nature {
    has_weights: bool,
    has_perhaps: bool,
    has_config: bool,
    has_index: bool,
}

fn nature(folder: &Folder<'_>) -> Nature {
    let mut nature = Nature::default();
    for file in &folder.files {
        match weight(file) {
            Some(Weight::Sure | Weight::Elsewhere) => nature.has_weights = true,
            Some(Weight::Perhaps) => nature.has_perhaps = true,
            None => {}
        }
        for document in documents(file) {
            match document.kind {
                DocumentKind::ModelConfig if file.location.file_name() == "config.json" => {
                    nature.has_config = true;
                }
                DocumentKind::AdapterConfig => nature.has_config = true,
                DocumentKind::PipelineIndex
                | DocumentKind::SentenceModules
                | DocumentKind::MlflowModel => nature.has_index = true,
                _ => {}
            }
        }
        nature.has_index |= file
            .facts
            .iter()
            .any(|facts| matches!(facts, Facts::Card(card) if speaks_of_a_model(card)));
    }
    nature
}

/// Whether a card has what only cards of models have.
fn speaks_of_a_model(card: &chainwright_repository::card::CardFacts) -> bool {
    card.has_front_matter && (card.pipeline_tag.is_some() || card.library.is_some())
}

fn models<'a>(folders: &BTreeMap<String, Folder<'a>>) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, folder) in folders {
        let nature = nature(folder);
        let is_described = nature.has_config || nature.has_index;
        let has_weights = nature.has_weights || (nature.has_perhaps && is_described);
        let has_description = nature.has_config || (nature.has_index && has_index_file(folder));
        let outer = outward(key).find_map(|outer| places.get(outer).copied());
        match outer.and_then(|at| units.get_mut(at)) {
            Some(unit) if !(has_weights && nature.has_config) => unit.files.extend(&folder.files),
            _ if has_weights || has_description => {
                places.insert(key, units.len());
                units.push(Unit {
                    key: key.clone(),
                    files: folder.files.clone(),
                });
            }
            _ => {}
        }
    }
    units
}

/// Whether a file says that this folder is a model of several parts.
fn has_index_file(folder: &Folder<'_>) -> bool {
    folder.files.iter().any(|file| {
        documents(file).any(|document| {
            matches!(
                document.kind,
                DocumentKind::PipelineIndex
                    | DocumentKind::SentenceModules
                    | DocumentKind::MlflowModel
            )
        })
    })
}

/// Folders that hold data, by their names.
const DATA_FOLDERS: [&str; 10] = [
    "data",
    "dataset",
    "datasets",
    "train",
    "test",
    "validation",
    "corpus",
    "corpora",
    "eval",
    "finetune-data",
];

/// Whether a file is data to learn from.
pub(crate) fn is_data(artifact: &Inspected) -> bool {
    let is_table = matches!(
        artifact.location.extension().as_str(),
        "jsonl" | "parquet" | "arrow" | "csv" | "tsv"
    );
    is_table && kind_of(artifact) == Some(ComponentKind::Dataset)
}

fn is_described_dataset(folder: &Folder<'_>) -> bool {
    folder.files.iter().any(|file| {
        let name = file.location.file_name();
        matches!(
            name,
            "croissant.json"
                | "croissant_metadata.json"
                | "dataset_infos.json"
                | "dataset_info.json"
        )
    })
}

fn datasets<'a>(folders: &BTreeMap<String, Folder<'a>>, models: &[Unit<'a>]) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let of_models: BTreeSet<&str> = models.iter().map(|model| model.key.as_str()).collect();
    for (key, folder) in folders {
        let is_of_a_model = outward(key).any(|outer| of_models.contains(outer));
        let data = folder.files.iter().filter(|file| is_data(file));
        let is_plain =
            |file: &&&Inspected| matches!(file.location.extension().as_str(), "csv" | "tsv");
        let name = naming::last(key).to_ascii_lowercase();
        let is_named = DATA_FOLDERS.contains(&name.as_str());
        let has_card = folder.files.iter().any(|file| {
            file.facts
                .iter()
                .any(|facts| matches!(facts, Facts::Card(card) if card.has_front_matter))
        });
        let (plain, sure): (Vec<&&Inspected>, Vec<&&Inspected>) = data.partition(is_plain);
        let has_data = !sure.is_empty() || (!plain.is_empty() && (is_named || has_card));
        let outer = outward(key).find_map(|outer| places.get(outer).copied());
        match outer.and_then(|at| units.get_mut(at)) {
            Some(unit) => unit.files.extend(&folder.files),
            None if !is_of_a_model && (has_data || is_described_dataset(folder)) => {
                places.insert(key, units.len());
                units.push(Unit {
                    key: key.clone(),
                    files: folder.files.clone(),
                });
            }
            None => {}
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_around_a_folder_is_named_from_the_inside_out() {
        let around = |folder: &'static str| outward(folder).collect::<Vec<_>>();
        assert_eq!(around(""), [""]);
        assert_eq!(around("a/b"), ["a/b", "a/", "a", ""]);
        assert_eq!(around("x.tar!/"), ["x.tar!/", "x.tar!", "x.tar", ""]);
        for folder in ["a/b", "x.tar!/", "x.tar!/a", "x!/y!/z", "/a", "é/ö!/"] {
            for outer in outward(folder) {
                assert!(
                    is_within(folder, outer) || outer.ends_with('!'),
                    "{folder} {outer}"
                );
            }
        }
        assert!(!is_within("ab", "a"));
    }
}
