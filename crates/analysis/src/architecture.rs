//! Models: a configuration and the weights beside it, which are only understood together.
//!
//! The folder is read first; what the configuration, the index of shards and the tokenizer say is taken from what was
//! inspected, and only the tables of the weight files are opened again.

use std::collections::BTreeMap;

use chainwright_architecture::{
    ArchitectureFacts, Declared, GgufDeclared, IndexClaims, Model, TensorEntry, TokenizerClaims,
    check, check_gguf,
};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::text::visible;
use chainwright_formats::gguf::{GgufFacts, GgufTensor};
use chainwright_repository::config::{Details, DocumentFacts, DocumentKind, ModelDetails};
use chainwright_repository::config::{ShardIndexDetails, TokenizerDetails};
use chainwright_weights::Dtype;

use crate::facts::{Facts, Inspected};

/// The name of the configuration that declares a model.
pub const CONFIGURATION: &str = "config.json";

/// LIMIT: sets of weights that one folder is compared with.
const MOST_SETS: usize = 8;

/// Whether a file of this name has a part in the comparison: a configuration, a tokenizer, an index, weights.
#[must_use]
pub fn concerns(name: &str) -> bool {
    matches!(
        name,
        CONFIGURATION | "tokenizer.json" | "tokenizer_config.json"
    ) || name.ends_with(".index.json")
        || is_weights(name)
}

/// Whether loaders of transformers models take a file of this name for weights.
#[must_use]
pub fn is_weights(name: &str) -> bool {
    let is_model = name.starts_with("model") || name.starts_with("pytorch_model");
    is_model && (name.ends_with(".safetensors") || name.ends_with(".bin"))
}

/// Compares the configuration among these files of one folder with each set of weights in it. `open` gives the bytes
/// of a file by its name.
#[must_use]
pub fn review(
    files: &BTreeMap<&str, &Inspected>,
    open: &dyn Fn(&str) -> Option<SharedBytes>,
    budget: &Budget,
) -> Vec<ArchitectureFacts> {
    let configuration = files.get(CONFIGURATION).and_then(|file| details(file));
    let Some(configuration) = configuration else {
        return Vec::new();
    };
    let declared = Declared::of(configuration);
    let tokenizer = tokenizer(files);
    let sets = sets(files).into_iter().take(MOST_SETS);
    let reviewed = sets.filter_map(|(names, index)| {
        let tensors = tensors(&names, open, budget)?;
        let mut facts = check(&Model {
            declared: &declared,
            tensors: &tensors,
            index,
            tokenizer: Some(&tokenizer),
        });
        facts.files = names.iter().map(|name| visible(name, 160)).collect();
        Some(facts)
    });
    reviewed.collect()
}

/// Compares the metadata of a GGUF file with its table of tensors; `None` for an architecture that is not known.
pub(crate) fn review_gguf(facts: &GgufFacts, tensors: &[GgufTensor]) -> Option<ArchitectureFacts> {
    let entries = facts.entries.iter();
    let declared = GgufDeclared::of(entries.map(|entry| {
        (
            entry.key.as_str(),
            entry.kind.as_str(),
            entry.value.as_str(),
        )
    }));
    let entry = |tensor: &GgufTensor| TensorEntry {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        is_float: true,
        bytes: tensor.length.unwrap_or(0),
    };
    let tensors: Vec<TensorEntry> = tensors.iter().map(entry).collect();
    check_gguf(&declared, &tensors)
}

fn documents(file: &Inspected) -> impl Iterator<Item = &DocumentFacts> {
    file.facts.iter().filter_map(|facts| match facts {
        Facts::Config(document) => Some(document),
        _ => None,
    })
}

fn details(file: &Inspected) -> Option<&ModelDetails> {
    documents(file).find_map(|document| match &document.details {
        Details::Model(details) => Some(details),
        _ => None,
    })
}

/// What the tokenizer's own files say; a file that only adds roles says nothing of ids.
fn tokenizer(files: &BTreeMap<&str, &Inspected>) -> TokenizerClaims {
    let mut claims = TokenizerClaims::default();
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        let Some(file) = files.get(name) else {
            continue;
        };
        for document in documents(file) {
            if let Details::Tokenizer(details) = &document.details {
                claim(details, &mut claims);
            }
        }
    }
    claims.added.sort();
    claims.added.dedup();
    claims
}

fn claim(details: &TokenizerDetails, claims: &mut TokenizerClaims) {
    let words = details
        .vocabulary
        .as_ref()
        .filter(|vocabulary| vocabulary.words > 0);
    claims.largest_word = claims.largest_word.max(words.map(|words| words.largest_id));
    let tokens = details.tokens.iter();
    let added = tokens.filter_map(|token| Some((token.id?, token.text.clone())));
    claims.added.extend(added);
    let largest = claims.added.iter().map(|(id, _)| *id).max();
    if let Some(id) = details.largest_added_id.filter(|id| Some(*id) > largest) {
        claims.added.push((id, String::new()));
    }
}

/// The sets of files that loaders take for the weights of the model, with what their index says.
fn sets(files: &BTreeMap<&str, &Inspected>) -> Vec<(Vec<String>, Option<IndexClaims>)> {
    let is_here = |name: &str| {
        let file = files.get(name);
        file.is_some_and(|file| {
            !file
                .facts
                .iter()
                .any(|facts| matches!(facts, Facts::LfsPointer(_)))
        })
    };
    let names = files.keys().copied();
    let is_single = |name: &&str| is_weights(name) && !name.contains("-of-") && is_here(name);
    let single = names
        .filter(is_single)
        .map(|name| (vec![name.to_owned()], None));
    let mut sets: Vec<(Vec<String>, Option<IndexClaims>)> = single.collect();
    for (name, file) in files
        .iter()
        .filter(|(name, _)| name.ends_with(".index.json"))
    {
        let index = documents(file).find_map(|document| match &document.details {
            Details::ShardIndex(index) if document.kind == DocumentKind::ShardIndex => Some(index),
            _ => None,
        });
        let is_model = name.starts_with("model") || name.starts_with("pytorch_model");
        let whole = |index: &&ShardIndexDetails| {
            index.shards_left_out == 0 && index.shards.iter().all(|shard| is_here(shard))
        };
        if let Some(index) = index.filter(whole).filter(|_| is_model) {
            let claims = IndexClaims {
                tensors: index.tensors,
                total_size: index.total_size,
            };
            sets.push((index.shards.clone(), Some(claims)));
        }
    }
    sets
}

/// All tensors of these files; `None` if any of them could not be read as a whole.
fn tensors(
    names: &[String],
    open: &dyn Fn(&str) -> Option<SharedBytes>,
    budget: &Budget,
) -> Option<Vec<TensorEntry>> {
    let mut all = BTreeMap::new();
    for name in names {
        let opened = chainwright_tensors::open(&open(name)?, budget);
        let is_whole = opened.problems.is_empty() && opened.refused.is_empty();
        if !is_whole || budget.check_time().is_err() {
            return None;
        }
        all.extend(opened.tensors.into_iter().map(|tensor| {
            let entry = TensorEntry {
                is_float: is_float(tensor.dtype),
                name: tensor.name,
                shape: tensor.shape,
                bytes: tensor.length,
            };
            (entry.name.clone(), entry)
        }));
    }
    let all: Vec<TensorEntry> = all.into_values().collect();
    (!all.is_empty()).then_some(all)
}

const fn is_float(dtype: Dtype) -> bool {
    matches!(
        dtype,
        Dtype::F64
            | Dtype::F32
            | Dtype::F16
            | Dtype::Bf16
            | Dtype::F8E4M3
            | Dtype::F8E4M3Fnuz
            | Dtype::F8E5M2
            | Dtype::F8E5M2Fnuz
    )
}
