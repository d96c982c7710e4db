//! LightGBM's text model: header, trees, parameters.
//!
//! The loader reads as many numbers as `num_leaves` says, whatever the line holds, and cuts the text at `tree_sizes`;
//! predictors follow child indices without checks. All of them are compared here. Parameters of distributed training
//! (the code behind CVE-2024-43598) and paths are empty in what the library saves for use. Sources: `src/io/tree.cpp`,
//! `src/boosting/gbdt_model_text.cpp`. Numbers are not judged.

use std::collections::BTreeMap;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::wide;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::json;
use crate::names;
use crate::note::{hazard, out_of_time, path_hazard, whole_text};
use crate::tree::{self, Child, Flaw};

/// Parameters that make training talk to other machines.
const DISTRIBUTED: [&str; 3] = ["machines", "machine_list_filename", "machine_list_file"];
/// Parameters that hold paths; the paths of the user's data are no hazard.
const PATHS: [&str; 12] = [
    "input_model",
    "output_model",
    "snapshot",
    "forcedsplits_filename",
    "forcedbins_filename",
    "output_result",
    "convert_model",
    "parser_config_file",
    "initscore_filename",
    "valid_data_initscores",
    "config",
    "task",
];

/// Whether a text starts like one.
pub(crate) fn is_lightgbm(text: &[u8]) -> bool {
    text.strip_prefix(b"tree")
        .and_then(|rest| rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n"))
        .is_some_and(|rest| {
            let start = rest.get(..rest.len().min(4096)).unwrap_or_default();
            ["version=", "num_class=", "max_feature_idx="]
                .iter()
                .any(|key| crate::note::contains(start, key.as_bytes()))
        })
}

/// Reads a text model.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::LightGbm);
    let bytes = whole_text(source, budget, &mut facts);
    let text = String::from_utf8_lossy(&bytes);
    let (header, trees_at) = section(&text, 0, "Tree=");
    let header = fields(header);
    let number = |key: &str| {
        header
            .get(key)
            .and_then(|value| value.trim().parse::<i64>().ok())
    };
    facts.version = header
        .get("version")
        .map_or(String::new(), |value| short(value));
    facts.producer = "lightgbm".to_owned();
    let features = number("max_feature_idx").map_or(0, |last| last.saturating_add(1));
    for key in ["num_class", "num_tree_per_iteration", "max_feature_idx"] {
        match number(key) {
            Some(value) if !(-1..=i64::from(i32::MAX)).contains(&value) => {
                lie(
                    &mut facts,
                    0,
                    &format!("{key} {value}"),
                    "the number cannot be true",
                );
            }
            _ => {}
        }
    }
    names_of_features(&header, features, &mut facts);
    let sizes = header.get("tree_sizes").copied().unwrap_or_default();
    tree_sizes(&text, sizes, trees_at, &mut facts);
    trees(&text, trees_at, features, budget, &mut facts);
    for (key, value) in &header {
        names::check_text(value, Place::Key((*key).to_owned()), &mut facts);
    }
    parameters(&text, &mut facts);
    pandas(&text, budget, &mut facts);
    facts
}

fn short(text: &str) -> String {
    chainwright_core::text::visible(text.trim(), 40)
}

fn lie(facts: &mut ModelFacts, at: usize, subject: &str, detail: &str) {
    let place = Place::Byte(wide(at));
    hazard(
        facts,
        ModelHazardKind::SizeLie,
        Effect::OnLoad,
        place,
        subject,
        detail,
        "",
    );
}

fn outside(facts: &mut ModelFacts, at: usize, subject: &str, detail: &str) {
    let place = Place::Byte(wide(at));
    hazard(
        facts,
        ModelHazardKind::OutOfBounds,
        Effect::OnLoad,
        place,
        subject,
        detail,
        "",
    );
}

/// The text from an offset to the next line that starts with a mark, and where that line is.
fn section<'a>(text: &'a str, from: usize, mark: &str) -> (&'a str, usize) {
    let rest = text.get(from..).unwrap_or_default();
    let mut searched = 0;
    while let Some(found) = rest.get(searched..).and_then(|rest| rest.find(mark)) {
        let at = searched.saturating_add(found);
        let before = at
            .checked_sub(1)
            .and_then(|before| rest.as_bytes().get(before));
        if before.is_none_or(|byte| *byte == b'\n') {
            return (rest.get(..at).unwrap_or_default(), from.saturating_add(at));
        }
        searched = at.saturating_add(mark.len());
    }
    (rest, text.len())
}

/// The `key=value` lines of a section; of equal keys the first counts, as in the library.
fn fields(section: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for line in section.lines() {
        if let Some((key, value)) = line.split_once('=') {
            found.entry(key.trim()).or_insert(value);
        }
    }
    found
}

fn count_words(value: &str) -> u64 {
    wide(value.split_ascii_whitespace().count())
}

fn names_of_features(header: &BTreeMap<&str, &str>, features: i64, facts: &mut ModelFacts) {
    for key in ["feature_names", "feature_infos"] {
        let Some(value) = header.get(key) else {
            continue;
        };
        let held = count_words(value);
        if u64::try_from(features).is_ok_and(|wanted| wanted != held) && features > 0 && held > 0 {
            outside(
                facts,
                0,
                key,
                "another number of features than the model states",
            );
        }
    }
}

/// The sizes at which the loader cuts the text into trees.
fn tree_sizes(text: &str, sizes: &str, start: usize, facts: &mut ModelFacts) {
    // Converted line ends shift every size; that is damage, not a trick, as long as each still fits.
    if text.starts_with("tree\r\n") {
        let detail = "line ends were converted, so that the sizes of the trees are off";
        facts.problem(ProblemKind::Malformed, Place::Whole, detail);
        let fits = |word: &str| word.parse::<usize>().is_ok_and(|size| size <= text.len());
        if let Some(word) = sizes.split_ascii_whitespace().find(|word| !fits(word)) {
            let detail = "the size of a tree reaches beyond the file";
            lie(facts, start, &format!("tree_sizes {}", short(word)), detail);
        }
        return;
    }
    let mut at = start;
    for (index, word) in sizes.split_ascii_whitespace().enumerate() {
        let Some(size) = word
            .parse::<usize>()
            .ok()
            .filter(|size| at.checked_add(*size).is_some_and(|end| end <= text.len()))
        else {
            // A text that we cut short holds fewer trees than it says.
            if facts.problems.is_empty() {
                lie(
                    facts,
                    at,
                    &format!("tree_sizes {}", short(word)),
                    "the size of a tree reaches beyond the file",
                );
            }
            return;
        };
        let is_tree = text
            .as_bytes()
            .get(at..)
            .is_some_and(|rest| rest.starts_with(b"Tree="));
        if !is_tree {
            let subject = format!("tree_sizes of tree {index}");
            lie(
                facts,
                at,
                &subject,
                "the sizes of the trees cut the text elsewhere",
            );
            return;
        }
        at = at.saturating_add(size);
    }
}

fn trees(text: &str, start: usize, features: i64, budget: &Budget, facts: &mut ModelFacts) {
    let (all, _) = section(text, start, "end of trees");
    let mut at = 0;
    while at < all.len() {
        if facts.operators.is_multiple_of(64) && out_of_time(budget, wide(at), facts) {
            return;
        }
        let body = at.saturating_add("Tree=".len());
        let (section, next) = section(all, body, "Tree=");
        facts.operators = facts.operators.saturating_add(1);
        one_tree(&fields(section), start.saturating_add(at), features, facts);
        at = next;
    }
}

/// Arrays with one entry for each leaf, and with one less.
const PER_LEAF: [&str; 3] = ["leaf_value", "leaf_const", "num_features"];
const PER_SPLIT: [&str; 5] = [
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
];

fn one_tree(tree: &BTreeMap<&str, &str>, at: usize, features: i64, facts: &mut ModelFacts) {
    let said = tree.get("num_leaves").map_or("", |value| value.trim());
    let Some(leaves) = said
        .parse::<u64>()
        .ok()
        .filter(|leaves| (1..1 << 31).contains(leaves))
    else {
        lie(
            facts,
            at,
            &format!("num_leaves {}", short(said)),
            "the number cannot be true",
        );
        return;
    };
    facts.parameters = facts.parameters.saturating_add(leaves);
    let splits = leaves.saturating_sub(1);
    for (keys, wanted) in [(&PER_LEAF[..], leaves), (&PER_SPLIT[..], splits)] {
        for key in keys {
            // A stump has no lists of splits, or empty ones.
            if let Some(value) = tree.get(key)
                && count_words(value) != wanted
                && !(leaves == 1 && *key != "leaf_value")
            {
                let detail = "the list is not as long as the number of leaves says, and the loader reads past it";
                outside(facts, at, key, detail);
                return;
            }
        }
    }
    categories(tree, at, facts);
    linear(tree, at, features, facts);
    if leaves > 1 {
        shape(tree, at, splits, leaves, features, facts);
    }
}

fn numbers(tree: &BTreeMap<&str, &str>, key: &str) -> Option<Vec<i64>> {
    let words = tree.get(key)?.split_ascii_whitespace();
    words.map(|word| word.parse().ok()).collect()
}

fn shape(
    tree: &BTreeMap<&str, &str>,
    at: usize,
    splits: u64,
    leaves: u64,
    features: i64,
    facts: &mut ModelFacts,
) {
    let (Some(left), Some(right)) = (numbers(tree, "left_child"), numbers(tree, "right_child"))
    else {
        outside(
            facts,
            at,
            "left_child",
            "a child index is no whole number, or there is none",
        );
        return;
    };
    let nodes = left.len().min(right.len());
    let child = |node: usize, side: bool| {
        let table = if side { &right } else { &left };
        match table.get(node) {
            Some(leaf) if *leaf < 0 => match u64::try_from(!*leaf) {
                Ok(leaf) if leaf < leaves => Child::Leaf,
                _ => Child::Outside,
            },
            Some(next) => match usize::try_from(*next) {
                Ok(next) if wide(next) < splits => Child::Node(next),
                _ => Child::Outside,
            },
            None => Child::Outside,
        }
    };
    match tree::walk(nodes, &child, &mut |_| {}) {
        Some(Flaw::Outside(node)) => {
            outside(
                facts,
                at,
                &format!("node {node}"),
                "a child index points outside the tree",
            );
        }
        Some(Flaw::Shared(node)) => hazard(
            facts,
            ModelHazardKind::ResourceExhaustion,
            Effect::OnUse,
            Place::Byte(wide(at)),
            &format!("node {node}"),
            "the tree leads back into itself, so that predictions never end",
            "",
        ),
        None => {}
    }
    let split = numbers(tree, "split_feature").unwrap_or_default();
    if features > 0 && split.iter().any(|feature| !(0..features).contains(feature)) {
        outside(
            facts,
            at,
            "split_feature",
            "a split looks at a feature that does not exist",
        );
    }
}

fn categories(tree: &BTreeMap<&str, &str>, at: usize, facts: &mut ModelFacts) {
    let said = tree.get("num_cat").map_or("0", |value| value.trim());
    let Ok(count) = said.parse::<u64>() else {
        lie(
            facts,
            at,
            &format!("num_cat {}", short(said)),
            "the number cannot be true",
        );
        return;
    };
    if count == 0 {
        return;
    }
    let bounds = numbers(tree, "cat_boundaries").unwrap_or_default();
    let held = tree
        .get("cat_threshold")
        .map_or(0, |value| count_words(value));
    let rises = bounds
        .windows(2)
        .all(|pair| matches!(pair, [low, high] if low <= high));
    let ends = bounds.last().and_then(|last| u64::try_from(*last).ok());
    if wide(bounds.len()) != count.saturating_add(1)
        || !rises
        || bounds.first() != Some(&0)
        || ends != Some(held)
    {
        outside(
            facts,
            at,
            "cat_boundaries",
            "the sets of categories do not fit their array",
        );
    }
}

/// Linear leaves: how many features each has, and which.
fn linear(tree: &BTreeMap<&str, &str>, at: usize, features: i64, facts: &mut ModelFacts) {
    if tree.get("is_linear").map(|value| value.trim()) != Some("1") {
        return;
    }
    let wanted = numbers(tree, "num_features").unwrap_or_default();
    let used = numbers(tree, "leaf_features").unwrap_or_default();
    let sum = wanted
        .iter()
        .fold(0_i64, |sum, each| sum.saturating_add(*each));
    let held = tree.get("leaf_coeff").map_or(0, |value| count_words(value));
    if i64::try_from(used.len()) != Ok(sum)
        || u64::try_from(sum) != Ok(held)
        || wanted.iter().any(|each| *each < 0)
    {
        outside(
            facts,
            at,
            "num_features",
            "the linear leaves do not hold what their counts say",
        );
    } else if features > 0 && used.iter().any(|feature| !(0..features).contains(feature)) {
        outside(
            facts,
            at,
            "leaf_features",
            "a linear leaf looks at a feature that does not exist",
        );
    }
}

/// The parameters that the model was trained with; `refit` and continued training read them again.
fn parameters(text: &str, facts: &mut ModelFacts) {
    let (_, at) = section(text, 0, "parameters:");
    let (section, _) = section(text, at, "end of parameters");
    for line in section.lines() {
        let Some((key, value)) = line
            .trim()
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
            .and_then(|line| line.split_once(':'))
        else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim());
        if value.is_empty() {
            continue;
        }
        let place = Place::Key(key.to_owned());
        names::check_text(value, place.clone(), facts);
        if DISTRIBUTED.contains(&key) {
            let detail = "continued training connects to machines that the file names";
            let kind = ModelHazardKind::NetworkUse;
            hazard(
                facts,
                kind,
                Effect::Conditional,
                place,
                value,
                detail,
                "CVE-2024-43598",
            );
        } else if PATHS.iter().any(|name| key.starts_with(name)) || key.ends_with("_filename") {
            let kind = path_hazard(value);
            facts.side_file(value, place.clone());
            if let Some(kind) = kind {
                let detail = "a parameter names a file outside the model's folder";
                hazard(facts, kind, Effect::OnUse, place, value, detail, "");
            }
        }
    }
}

/// The categories of data frames, JSON in the last line.
fn pandas(text: &str, budget: &Budget, facts: &mut ModelFacts) {
    let (_, at) = section(text, 0, "pandas_categorical:");
    let Some(rest) = text
        .get(at..)
        .and_then(|rest| rest.strip_prefix("pandas_categorical:"))
    else {
        return;
    };
    let line = rest.lines().next().unwrap_or_default();
    let value = json::parse(line.as_bytes(), budget, facts);
    names::check_texts(&value, facts);
    let behind = rest.get(line.len()..).unwrap_or_default().trim();
    if !behind.is_empty() {
        facts.problem(
            ProblemKind::Malformed,
            Place::Byte(wide(at)),
            "content behind the last line",
        );
    }
}
