//! Layers: as many as declared, and each like its sisters.

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::Declared;
use crate::facts::{ArchitectureFacts, DisagreementKind};
use crate::names::{Names, Stack};

/// Sisters that a layer needs before its being different says anything.
const FEWEST_SISTERS: u64 = 6;
/// More tensors than this that no sister has are another kind of layer, not an addition.
const MOST_EXTRA: usize = 4;
/// The smallest share of the largest stack that makes a stack one of the model's own, as a divisor.
const SHARE: u64 = 8;

pub(crate) fn check(declared: &Declared, names: &Names<'_>, facts: &mut ArchitectureFacts) {
    counts(declared, names, facts);
    for (name, stack) in names.of_layers() {
        if stack.count() >= FEWEST_SISTERS && !declared.has_code {
            alone(name, stack, names, facts);
        }
    }
}

fn counts(declared: &Declared, names: &Names<'_>, facts: &mut ArchitectureFacts) {
    let stated = declared.layers();
    if !declared.is_complete() || stated.is_empty() {
        return;
    }
    let largest = names.main().map_or(0, |(_, stack)| stack.elements);
    let share = largest.checked_div(SHARE).unwrap_or(0);
    let own = names
        .of_layers()
        .filter(|(_, stack)| stack.elements >= share);
    let is_alone = declared.is_single() && own.count() == 1;
    for (name, stack) in names.of_layers() {
        let count = stack.count();
        let holes = stack.holes();
        let is_own = if declared.is_single() {
            stack.elements >= share
        } else {
            stack.elements == largest
        };
        let is_stated = if is_alone && has_attention(stack) {
            declared.states_layers(count)
        } else {
            None
        };
        // A hole is one only if the layers are as many as declared, with what is missing or without.
        let whole = u64::try_from(holes.len()).map_or(count, |holes| count.saturating_add(holes));
        let is_plain =
            !holes.is_empty() && is_stated != Some(true) && !declared.explains_layers(whole);
        let is_explained = is_stated.unwrap_or_else(|| declared.explains_layers(count));
        let is_explained = holes.is_empty() && is_explained;
        let is_codebook = name.contains("quantiz");
        // Mask2Former counts the queries that enter its decoder as a layer.
        let is_counted_on = !declared.is_single()
            && name.contains("decoder")
            && declared.explains_layers(count.saturating_add(1));
        if !is_own || is_plain || is_explained || is_codebook || is_counted_on || !is_regular(stack)
        {
            continue;
        }
        let told: Vec<String> = stated.iter().map(u64::to_string).collect();
        let told = told.join(" or ");
        let missing: Vec<String> = holes.iter().take(4).map(u64::to_string).collect();
        facts.add(DisagreementKind::Layers, name, stack.elements, || {
            if missing.is_empty() {
                format!("{count} layers here, {told} declared")
            } else {
                format!("layer {} is missing, {told} declared", missing.join(", "))
            }
        });
    }
}

/// Whether the layers attend themselves, rather than being stages of layers.
pub(crate) fn has_attention(stack: &Stack<'_>) -> bool {
    let mut suffixes = stack.layers.values().flat_map(BTreeMap::keys);
    suffixes.any(|suffix| suffix.contains("att") && !suffix.contains('#'))
}

/// Whether the layers have a matrix in common: chains of convolutions and heads are no layers.
fn is_regular(stack: &Stack<'_>) -> bool {
    let most = stack.layers.len().saturating_mul(4);
    let is_matrix = |index: u64, suffix: &str| {
        let layer = stack.layers.get(&index);
        let mut tensors = layer
            .and_then(|layer| layer.get(suffix))
            .into_iter()
            .flatten();
        tensors.any(|tensor| tensor.shape.len() == 2 || suffix.contains('#'))
    };
    shares(stack).iter().any(|(suffix, layers)| {
        let first = layers.first().copied().unwrap_or(0);
        layers.len().saturating_mul(5) >= most && is_matrix(first, suffix)
    })
}

/// How many layers have each tensor.
fn shares<'a>(stack: &'a Stack<'_>) -> BTreeMap<&'a str, Vec<u64>> {
    let mut shares: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (index, layer) in &stack.layers {
        for suffix in layer.keys() {
            shares.entry(suffix).or_default().push(*index);
        }
    }
    shares
}

/// Tensors that one inner layer has or lacks alone. The first and the last layer may differ: they begin and end things.
/// A layer with an addition is like a sister without it; a layer of another kind is not.
pub(crate) fn alone(
    name: &str,
    stack: &Stack<'_>,
    names: &Names<'_>,
    facts: &mut ArchitectureFacts,
) {
    let shares = shares(stack);
    let others = stack.count().saturating_sub(1);
    let inner = stack.layers.iter().skip(1);
    for (index, layer) in inner.take(stack.layers.len().saturating_sub(2)) {
        let is_own = |suffix: &&String| {
            let layers = shares.get(suffix.as_str());
            layers.is_some_and(|layers| layers.as_slice() == [*index])
        };
        let extra: BTreeSet<&String> = layer.keys().filter(is_own).collect();
        let is_lacked = |layers: &Vec<u64>| {
            layers.len().saturating_add(1) == stack.layers.len() && !layers.contains(index)
        };
        let missing: BTreeSet<&str> = shares
            .iter()
            .filter(|(_, layers)| is_lacked(layers))
            .map(|(suffix, _)| *suffix)
            .collect();
        if extra.is_empty() == missing.is_empty() || extra.len() > MOST_EXTRA {
            continue;
        }
        let mut usual: BTreeSet<&str> = layer.keys().map(String::as_str).collect();
        usual.retain(|suffix| !extra.iter().any(|own| own == suffix));
        usual.extend(&missing);
        let is_usual = |(other, layer): (&u64, &BTreeMap<String, Vec<_>>)| {
            other != index && layer.keys().map(String::as_str).eq(usual.iter().copied())
        };
        if !stack.layers.iter().any(is_usual) {
            continue;
        }
        for suffix in extra
            .into_iter()
            .filter(|suffix| !is_elsewhere(suffix, name, names))
        {
            let tensors = layer.get(suffix).into_iter().flatten();
            let elements =
                tensors.fold(0, |sum: u64, tensor| sum.saturating_add(tensor.elements()));
            let full = format!("{name}.{index}.{suffix}");
            facts.add(DisagreementKind::LayerExtra, &full, elements, || {
                format!("none of the other {others} layers has it")
            });
        }
        for suffix in missing {
            let full = format!("{name}.{index}.{suffix}");
            facts.add(DisagreementKind::LayerIncomplete, &full, 0, || {
                format!("missing, all other {others} layers have it")
            });
        }
    }
}

/// Whether another stack has a tensor of this name.
fn is_elsewhere(suffix: &str, name: &str, names: &Names<'_>) -> bool {
    let others = names.stacks.iter().filter(|(other, _)| *other != name);
    let mut layers = others.flat_map(|(_, stack)| stack.layers.values());
    layers.any(|layer| layer.contains_key(suffix))
}
