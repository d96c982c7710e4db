//! Sets of weights: the files of a model sorted into the main set and its variants, and what their tables show.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::facts::Inspected;
use chainwright_boms::evidence::{Evidence, Field};
use chainwright_boms::inventory::{Aspect, Component, Value};
use chainwright_core::location::Place;

use crate::layout::{Unit, Weight, weight};
use crate::weights::{self, Table};
use crate::{Composer, property};

/// Words that loaders give the main weights of a model, by which they are told from variants beside them.
const MAIN: [&str; 10] = [
    "model",
    "pytorch_model",
    "adapter_model",
    "diffusion_pytorch_model",
    "tf_model",
    "flax_model",
    "consolidated",
    "open_clip_pytorch_model",
    "open_clip_model",
    "weights",
];

/// One set of weights: a file, or the parts that make one.
pub(crate) struct Set<'a> {
    /// What its files are called but for their numbers.
    pub(crate) stem: String,
    /// Its files.
    pub(crate) files: Vec<&'a Inspected>,
    /// Their tensors.
    pub(crate) table: Option<Table>,
}

impl Set<'_> {
    fn format(&self) -> &str {
        self.table
            .as_ref()
            .map_or("", |table| table.format.as_str())
    }
}
impl Composer<'_> {
    /// The sets of weights, each with its table.
    pub(crate) fn sets<'u>(&self, unit: &Unit<'u>) -> Vec<Set<'u>> {
        let mut sets: BTreeMap<(String, String, String), Vec<&'u Inspected>> = BTreeMap::new();
        for file in unit
            .files
            .iter()
            .copied()
            .filter(|file| weight(file).is_some())
        {
            let stem = weights::stem(file.location.file_name());
            let key = (
                file.location.surroundings(),
                stem,
                file.location.extension(),
            );
            sets.entry(key).or_default().push(file);
        }
        let set = |((_, stem, _), files): ((String, String, String), Vec<&'u Inspected>)| {
            let mut table: Option<Table> = None;
            let mut is_whole = true;
            for file in &files {
                match (weights::table(self.request, file), &mut table) {
                    (Some(next), Some(table)) => table.join(&next),
                    (Some(next), None) => table = Some(next),
                    (None, _) => is_whole = false,
                }
            }
            if let Some(table) = &mut table {
                table.is_sound &= is_whole && has_all_parts(&files);
            }
            Set { stem, files, table }
        };
        sets.into_iter().map(set).collect()
    }

    /// What the tables of the weights show.
    pub(crate) fn weights(&self, component: &mut Component, set: Option<&Set<'_>>) {
        let Some(set) = set else { return };
        let Some(first) = set.files.first() else {
            return;
        };
        let source = || self.source(&first.location, Place::Whole);
        let Some(table) = &set.table else { return };
        let evidence = if table.is_sound {
            Evidence::Verified
        } else {
            Evidence::Declared
        };
        let formats = Value::list([table.format.clone()]);
        component.state(Aspect::Formats, Field::of(formats, evidence, source()));
        let types = table.type_names();
        if !types.is_empty() {
            let field = Field::of(Value::list(types), evidence, source());
            component.state(Aspect::DataTypes, field);
        }
        let count = table.parameters();
        if !table.is_packed() && count > 0 {
            component.state(
                Aspect::ParameterCount,
                Field::of(Value::Count(count), evidence, source()),
            );
        } else if table.elements() > 0 {
            component
                .properties
                .push(property("stored-elements", table.elements().to_string()));
        }
        component
            .properties
            .push(property("tensors", table.tensors.to_string()));
        if !table.is_sound {
            let what = "the table of tensors is not borne out by the bytes; counts are what the header claims";
            component
                .properties
                .push(property("unsound-weights", format!("{}: {what}", source())));
        }
    }
}

/// The main set of weights and the others. Without a usual name the only set is the main one; of several, none is.
/// Weights of the same model in another format are no variants.
pub(crate) fn split<'s, 'a>(sets: &'s [Set<'a>]) -> (Option<&'s Set<'a>>, Vec<&'s Set<'a>>) {
    let is_main = |set: &&Set<'_>| MAIN.contains(&set.stem.as_str());
    let rank = |set: &Set<'_>| match set.format() {
        "safetensors" => 0,
        "GGUF" => 1,
        "" => 9,
        _ => 2,
    };
    if let [only] = sets {
        return (Some(only), Vec::new());
    }
    let main = sets.iter().filter(is_main).min_by_key(|set| rank(set));
    let stems: BTreeSet<&str> = sets.iter().map(|set| set.stem.as_str()).collect();
    if main.is_none() && stems.len() == 1 {
        return (sets.iter().min_by_key(|set| rank(set)), Vec::new());
    }
    let variants = sets
        .iter()
        .filter(|set| !is_main(set) && is_variant(set))
        .collect();
    (main, variants)
}

/// Whether weights beside the main ones are a model of their own: not the state of an optimiser, not a scalar.
fn is_variant(set: &Set<'_>) -> bool {
    let stem = set.stem.to_ascii_lowercase();
    let is_state = [
        "optimizer",
        "scheduler",
        "rng_state",
        "training_args",
        "scaler",
        "trainer_state",
        "random_states",
    ]
    .iter()
    .any(|word| stem.starts_with(word));
    !is_state
        && set
            .files
            .iter()
            .any(|file| weight(file) != Some(Weight::Perhaps))
}

/// Whether a set of numbered parts has them all.
fn has_all_parts(files: &[&Inspected]) -> bool {
    let expected = files.first().and_then(|file| {
        let name = file.location.file_name();
        let (_, behind) = name.rsplit_once("-of-")?;
        behind.split('.').next()?.parse::<usize>().ok()
    });
    expected.is_none_or(|expected| expected == files.len())
}
