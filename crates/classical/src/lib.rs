//! Models of classical learning and scientific languages: boosters, PMML, skops, R, Torch7, MessagePack.
//!
//! Each format has a module that knows its library's own loader and what that loader trusts. All answer with the
//! common facts of `chainwright_core::model`. Archives and compression around these files are opened elsewhere, and
//! so are pickles; what a file embeds is handed out as a part.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

mod catboost;
mod flat;
mod flax;
mod json;
mod lightgbm;
mod msgpack;
mod names;
mod note;
mod orbax;
mod pmml;
mod rdata;
mod reader;
mod skops;
mod spacy;
mod torch7;
mod tree;
mod ubjson;
mod value;
mod xgboost;

use note::{contains, text_start};

/// The formats that this crate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// XGBoost's binary form.
    XgboostBinary,
    /// XGBoost as JSON.
    XgboostJson,
    /// XGBoost as UBJSON.
    XgboostUbjson,
    /// LightGBM's text.
    LightGbm,
    /// CatBoost's binary form.
    CatBoostBinary,
    /// CatBoost as JSON.
    CatBoostJson,
    /// Predictive Model Markup Language.
    Pmml,
    /// The schema of a skops file.
    Skops,
    /// R's serialisation.
    RData,
    /// Lua Torch.
    Torch7,
    /// MessagePack, as Flax writes it or otherwise.
    Msgpack,
    /// JSON metadata of Orbax checkpoints and zarr arrays.
    OrbaxMetadata,
    /// A manifest of TensorStore's OCDBT.
    OcdbtManifest,
    /// A function serialised by `jax.export`.
    JaxExport,
    /// The configuration of a spaCy pipeline.
    SpacyConfig,
    /// The `meta.json` of a spaCy pipeline.
    SpacyMeta,
}

/// Which of these formats a file is, by its first and last bytes; the name counts only for formats without any mark.
///
/// `head` and `tail` are the first and last 64 KiB; `tail` is empty if `head` is the whole file.
#[must_use]
pub fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let mut found = |is: bool, kind: Kind| {
        if is {
            kinds.push(kind);
        }
    };
    found(head.starts_with(catboost::MAGIC), Kind::CatBoostBinary);
    found(head.starts_with(orbax::OCDBT), Kind::OcdbtManifest);
    found(xgboost::is_legacy(head), Kind::XgboostBinary);
    found(is_xgboost_ubjson(head), Kind::XgboostUbjson);
    found(rdata::is_rdata(head), Kind::RData);
    found(torch7::is_torch7(head, name), Kind::Torch7);
    found(orbax::is_jax_export(head), Kind::JaxExport);
    let text = text_start(head);
    match text.first() {
        Some(b'{') => {
            found(is_xgboost_json(text, tail), Kind::XgboostJson);
            found(is_catboost_json(text, tail), Kind::CatBoostJson);
            found(is_skops(text, tail), Kind::Skops);
            found(orbax::is_metadata(text), Kind::OrbaxMetadata);
            found(spacy::is_meta(text), Kind::SpacyMeta);
        }
        Some(b'<') => found(pmml::is_pmml(head), Kind::Pmml),
        Some(b't') => found(lightgbm::is_lightgbm(text), Kind::LightGbm),
        Some(b'[' | b'#' | b';') => found(spacy::is_config(text, name), Kind::SpacyConfig),
        _ => {}
    }
    if is_utf16_pmml(head) {
        kinds.push(Kind::Pmml);
    }
    if kinds.is_empty() && flax::is_msgpack(head, name) {
        kinds.push(Kind::Msgpack);
    }
    kinds
}

/// PMML in two-byte characters.
fn is_utf16_pmml(head: &[u8]) -> bool {
    let marked = matches!(
        head,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..]
    );
    marked && {
        let plain: Vec<u8> = head
            .iter()
            .copied()
            .take(16 * 1024)
            .filter(|byte| *byte != 0)
            .collect();
        contains(&plain, b"<PMML")
    }
}

fn is_xgboost_json(text: &[u8], tail: &[u8]) -> bool {
    let has = |key: &[u8]| contains(text, key) || contains(tail, key);
    has(b"\"learner\"")
        && (has(b"\"gradient_booster\"")
            || has(b"\"learner_model_param\"")
            || has(b"\"learner_train_param\""))
}

/// A binary object whose first keys are XGBoost's.
fn is_xgboost_ubjson(head: &[u8]) -> bool {
    let binary = matches!(
        head,
        [
            b'{',
            b'i' | b'U' | b'I' | b'l' | b'L' | b'$' | b'#' | b'N',
            ..
        ]
    );
    binary && {
        let start = head.get(..head.len().min(4096)).unwrap_or_default();
        contains(start, b"learner")
            && (contains(head, b"gradient_booster")
                || contains(head, b"learner_model_param")
                || contains(head, b"attributes")
                || contains(head, b"generic_param"))
    }
}

fn is_catboost_json(text: &[u8], tail: &[u8]) -> bool {
    let has = |key: &[u8]| contains(text, key) || contains(tail, key);
    let trees = has(b"\"oblivious_trees\"") || has(b"\"trees\"");
    has(b"\"features_info\"") && (trees || has(b"\"model_info\"") || has(b"\"scale_and_bias\""))
}

fn is_skops(text: &[u8], tail: &[u8]) -> bool {
    let has = |key: &[u8]| contains(text, key) || contains(tail, key);
    has(b"\"__loader__\"") && has(b"\"__module__\"") && has(b"\"__class__\"")
        || has(b"\"_skops_version\"") && has(b"\"__loader__\"")
}

/// Reads a file as one of the formats.
#[must_use]
pub fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let source = bytes.as_ref();
    match kind {
        Kind::XgboostBinary => xgboost::read_legacy(source, budget),
        Kind::XgboostJson => xgboost::read_json(source, budget),
        Kind::XgboostUbjson => xgboost::read_ubjson(source, budget),
        Kind::LightGbm => lightgbm::read(source, budget),
        Kind::CatBoostBinary => catboost::read_binary(source, budget),
        Kind::CatBoostJson => catboost::read_json(source, budget),
        Kind::Pmml => pmml::read(source, budget),
        Kind::Skops => skops::read(source, budget),
        Kind::RData => rdata::read(source, budget),
        Kind::Torch7 => torch7::read(source, budget),
        Kind::Msgpack => flax::read(source, budget),
        Kind::OrbaxMetadata => orbax::read(source, budget),
        Kind::OcdbtManifest => orbax::read_manifest(source),
        Kind::JaxExport => orbax::read_jax_export(source),
        Kind::SpacyConfig => spacy::read_config(source, budget),
        Kind::SpacyMeta => spacy::read_meta(source, budget),
    }
}

#[cfg(test)]
mod tests;
