//! CatBoost models: the binary form (`CBM1`) and JSON.
//!
//! A flatbuffer core that is followed by tables of category statistics and processors of text. Sizes, vectors and the
//! relation between splits, trees and leaves are compared. The info map repeats the training options; nothing reads
//! their paths when a model is loaded. Sources: `catboost/libs/model/flatbuffers/*.fbs`, `model.cpp` of CatBoost.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::{narrow, u32_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::flat::Table;
use crate::json;
use crate::names;
use crate::note::{hazard, out_of_time, whole_text};
use crate::value::Value;

/// The magic of the binary form.
pub(crate) const MAGIC: &[u8] = b"CBM1";
/// The parts that the library knows behind the core.
const PARTS: [&str; 6] = [
    "static_provider_v1",
    "text_process_v1",
    "text_process_v2",
    "embed_process_v1",
    "emb_process_v1",
    "embedding_process_v1",
];
/// Trees of the symmetric kind are no deeper.
const MAX_DEPTH: u32 = 16;

fn bad(facts: &mut ModelFacts, kind: ModelHazardKind, place: Place, subject: &str, detail: &str) {
    hazard(facts, kind, Effect::OnLoad, place, subject, detail, "");
}

/// Reads the binary form.
pub(crate) fn read_binary(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::CatBoost);
    let head = read_range(source, 0, 8).unwrap_or_default();
    let Some(size) = u32_le(&head, 4).map(u64::from) else {
        facts.problem(
            ProblemKind::Truncated,
            Place::Byte(4),
            "the file ends within its header",
        );
        return facts;
    };
    if size.saturating_add(8) > source.size() {
        let subject = format!("core of {size}");
        let detail = "the size of the core reaches beyond the file";
        bad(
            &mut facts,
            ModelHazardKind::SizeLie,
            Place::Byte(4),
            &subject,
            detail,
        );
        return facts;
    }
    let limit = budget.limits().header_bytes;
    if size > limit {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Byte(8),
            format!("the core is larger than {limit} bytes"),
        );
        return facts;
    }
    let core = match read_range(source, 8, narrow(size)) {
        Ok(core) => core,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Byte(8), error.to_string());
            return facts;
        }
    };
    match Table::root(&core) {
        Some(root) => judge_core(root, source, size.saturating_add(8), budget, &mut facts),
        None => bad(
            &mut facts,
            ModelHazardKind::OutOfBounds,
            Place::Byte(8),
            "core",
            "the root of the core points outside it",
        ),
    }
    facts
}

fn judge_core(
    root: Table<'_>,
    source: &dyn ByteSource,
    end: u64,
    budget: &Budget,
    facts: &mut ModelFacts,
) {
    facts.producer = "catboost".to_owned();
    match root.text(0) {
        Some(Ok(version)) => {
            facts.version = chainwright_core::text::visible(&String::from_utf8_lossy(version), 40);
        }
        Some(Err(count)) => vector_lie(facts, "FormatVersion", count),
        None => {}
    }
    info_map(root, budget, facts);
    if let Some(trees) = root.table(1) {
        judge_trees(trees, facts);
    } else if root.field(1).is_some() {
        bad(
            facts,
            ModelHazardKind::OutOfBounds,
            Place::Whole,
            "ModelTrees",
            "the trees lie outside the core",
        );
    }
    let mut parts = 0;
    match root.vector(3, 4) {
        Some(Ok((start, count))) => {
            for index in 0..count.min(64) {
                let slot = start.saturating_add(index.saturating_mul(4));
                let name = root.string_at(slot).unwrap_or_default();
                let name = name.trim_end_matches('\0');
                parts = index.saturating_add(1);
                if !PARTS.contains(&name) {
                    let detail = "a part that the library does not have";
                    hazard(
                        facts,
                        ModelHazardKind::CustomOperator,
                        Effect::OnLoad,
                        Place::Whole,
                        name,
                        detail,
                        "",
                    );
                }
            }
        }
        Some(Err(count)) => vector_lie(facts, "ModelPartIds", count),
        None => {}
    }
    if parts == 0 && end < source.size() {
        bad(
            facts,
            ModelHazardKind::StrayData,
            Place::Byte(end),
            "",
            "bytes follow the model",
        );
    } else if parts > 0 && end >= source.size() {
        let detail = "the file ends before the parts that it announces";
        facts.problem(ProblemKind::Truncated, Place::Byte(end), detail);
    }
}

impl Table<'_> {
    /// The text that a slot of a vector holds.
    fn string_at(self, slot: usize) -> Option<String> {
        let bytes = self.text_of_slot(slot)?;
        Some(String::from_utf8_lossy(bytes).chars().take(200).collect())
    }
}

fn vector_lie(facts: &mut ModelFacts, name: &str, count: u32) {
    let subject = format!("{name} of {count}");
    bad(
        facts,
        ModelHazardKind::SizeLie,
        Place::Whole,
        &subject,
        "a vector reaches beyond the core",
    );
}

/// Training options and versions as text, mostly JSON.
fn info_map(root: Table<'_>, budget: &Budget, facts: &mut ModelFacts) {
    let (start, count) = match root.vector(2, 4) {
        Some(Ok(found)) => found,
        Some(Err(count)) => return vector_lie(facts, "InfoMap", count),
        None => return,
    };
    for index in 0..count.min(4096) {
        let Some(entry) = root.element(start.saturating_add(index.saturating_mul(4))) else {
            bad(
                facts,
                ModelHazardKind::OutOfBounds,
                Place::Whole,
                "InfoMap",
                "an entry lies outside the core",
            );
            return;
        };
        let key = match entry.text(0) {
            Some(Ok(key)) => String::from_utf8_lossy(key).into_owned(),
            Some(Err(count)) => return vector_lie(facts, "key", count),
            None => String::new(),
        };
        let value = match entry.text(1) {
            Some(Ok(value)) => value,
            Some(Err(count)) => return vector_lie(facts, "value", count),
            None => &[],
        };
        if value.first() == Some(&b'{') {
            let tree = json::parse(value, budget, facts);
            names::check_texts(&tree, facts);
        } else {
            let text = String::from_utf8_lossy(value);
            names::check_text(&text, Place::Key(key), facts);
        }
    }
}

/// Compares the tables of the trees: where each starts, how large it is, which splits it uses.
fn judge_trees(trees: Table<'_>, facts: &mut ModelFacts) {
    for (index, each, name) in [
        (1, 4, "TreeSplits"),
        (2, 4, "TreeSizes"),
        (3, 4, "TreeStartOffsets"),
        (8, 8, "LeafValues"),
        (9, 8, "LeafWeights"),
        (10, 4, "NonSymmetricStepNodes"),
        (11, 4, "NonSymmetricNodeIdToLeafId"),
    ] {
        if let Some(Err(count)) = trees.vector(index, each) {
            return vector_lie(facts, name, count);
        }
    }
    let splits = wide(trees.words(1).len());
    let (sizes, starts) = (trees.words(2), trees.words(3));
    facts.operators = wide(sizes.len());
    if sizes.len() != starts.len() {
        bad(
            facts,
            ModelHazardKind::OutOfBounds,
            Place::Whole,
            "TreeSizes",
            "the tables of the trees have different lengths",
        );
        return;
    }
    let steps = trees
        .vector(10, 4)
        .is_some_and(|found| found.is_ok_and(|(_, count)| count > 0));
    for (size, start) in sizes.iter().zip(&starts) {
        if u64::from(*start).saturating_add(u64::from(*size)) > splits {
            bad(
                facts,
                ModelHazardKind::OutOfBounds,
                Place::Whole,
                "TreeStartOffsets",
                "a tree lies outside the table of splits",
            );
            return;
        }
        if !steps && *size > MAX_DEPTH {
            let subject = format!("depth {size}");
            bad(
                facts,
                ModelHazardKind::SizeLie,
                Place::Whole,
                &subject,
                "a tree is deeper than the library allows",
            );
            return;
        }
    }
}

/// Reads a JSON model.
pub(crate) fn read_json(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::CatBoost);
    let text = whole_text(source, budget, &mut facts);
    let model = json::parse(&text, budget, &mut facts);
    facts.producer = "catboost".to_owned();
    if let Some(info) = model.get("model_info") {
        names::check_texts(info, &mut facts);
    }
    if let Some(features) = model.get("features_info") {
        names::check_texts(features, &mut facts);
    }
    let floats = model.at(&["features_info", "float_features"]);
    let borders: Vec<u64> = floats
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .map(|feature| feature.get("borders").and_then(Value::length).unwrap_or(0))
        .collect();
    let held = model
        .get("oblivious_trees")
        .map(Value::items)
        .unwrap_or_default();
    facts.operators = wide(held.len());
    for (index, tree) in held.iter().enumerate() {
        if index.is_multiple_of(256) && out_of_time(budget, 0, &mut facts) {
            break;
        }
        oblivious(tree, index, &borders, &mut facts);
    }
    facts
}

/// A symmetric tree of depth `d` has `2^d` leaves.
fn oblivious(tree: &Value, index: usize, borders: &[u64], facts: &mut ModelFacts) {
    let place = Place::Pointer(format!("/oblivious_trees/{index}"));
    let splits = tree.get("splits").map(Value::items).unwrap_or_default();
    let depth = u32::try_from(splits.len()).unwrap_or(u32::MAX);
    if depth > MAX_DEPTH {
        bad(
            facts,
            ModelHazardKind::SizeLie,
            place,
            "splits",
            "a tree is deeper than the library allows",
        );
        return;
    }
    let leaves = 1_u64.checked_shl(depth).unwrap_or(u64::MAX);
    let held = tree.get("leaf_values").and_then(Value::length).unwrap_or(0);
    if tree.get("leaf_values").is_some() && (held == 0 || !held.is_multiple_of(leaves)) {
        let detail = "the number of leaves does not fit the depth of the tree";
        bad(
            facts,
            ModelHazardKind::OutOfBounds,
            place.clone(),
            "leaf_values",
            detail,
        );
    }
    for split in splits {
        let feature = split.get("float_feature_index").and_then(Value::whole);
        if let Some(feature) = feature
            && !borders.is_empty()
            && usize::try_from(feature)
                .ok()
                .and_then(|feature| borders.get(feature))
                .is_none()
        {
            let detail = "a split looks at a feature that does not exist";
            bad(
                facts,
                ModelHazardKind::OutOfBounds,
                place.clone(),
                "float_feature_index",
                detail,
            );
        }
    }
}
