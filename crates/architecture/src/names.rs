//! The names of tensors as the stacks of layers that they make.

use std::collections::{BTreeMap, BTreeSet};

use crate::TensorEntry;

/// LIMIT: parts of a name; further ones are taken as one.
const MOST_PARTS: usize = 32;

/// What the last part before the number of a layer is called.
const STACKS: [&str; 12] = [
    "layers",
    "layer",
    "h",
    "blocks",
    "block",
    "resblocks",
    "blk",
    "layer_groups",
    "encoder_layers",
    "decoder_layers",
    "transformer_blocks",
    "layers_list",
];

/// One stack of layers: `model.layers` of `model.layers.0.mlp.up_proj.weight`.
#[derive(Debug, Default)]
pub(crate) struct Stack<'a> {
    /// The tensors by the number of their layer and by what stands behind it, inner numbers as `#`.
    pub(crate) layers: BTreeMap<u64, BTreeMap<String, Vec<&'a TensorEntry>>>,
    /// Elements in it, saturating.
    pub(crate) elements: u64,
}

/// The tensors of a model, sorted into stacks.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// Stacks by their names.
    pub(crate) stacks: BTreeMap<String, Stack<'a>>,
    /// Every tensor.
    pub(crate) all: &'a [TensorEntry],
}

/// The parts of a name.
pub(crate) fn parts(name: &str) -> impl Iterator<Item = &str> + Clone {
    name.splitn(MOST_PARTS, ['.', '/'])
}

/// Whether the part is the number of a layer.
pub(crate) fn number(part: &str) -> Option<u64> {
    let is_number = !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| part.parse().ok()).flatten()
}

impl<'a> Names<'a> {
    pub(crate) fn of(tensors: &'a [TensorEntry]) -> Self {
        let mut names = Self {
            all: tensors,
            ..Self::default()
        };
        for tensor in tensors {
            names.sort_in(tensor);
        }
        names
    }

    /// Puts a tensor into the outermost stack that its name tells.
    fn sort_in(&mut self, tensor: &'a TensorEntry) {
        let parts: Vec<&str> = parts(&tensor.name).collect();
        let is_stack =
            |at: usize| at > 0 && parts.get(at).is_some_and(|part| number(part).is_some());
        let Some(at) = (1..parts.len()).find(|at| is_stack(*at)) else {
            return;
        };
        let (before, behind) = parts.split_at(at);
        let Some((index, behind)) = behind.split_first() else {
            return;
        };
        let behind: Vec<&str> = behind
            .iter()
            .map(|part| if number(part).is_some() { "#" } else { *part })
            .collect();
        let stack = self.stacks.entry(before.join(".")).or_default();
        stack.elements = stack.elements.saturating_add(tensor.elements());
        let layer = stack.layers.entry(number(index).unwrap_or(0)).or_default();
        layer.entry(behind.join(".")).or_default().push(tensor);
    }

    /// Stacks that are lists of layers by their names.
    pub(crate) fn of_layers(&self) -> impl Iterator<Item = (&str, &Stack<'a>)> {
        self.stacks.iter().filter_map(|(name, stack)| {
            let last = name.rsplit('.').next().unwrap_or_default();
            STACKS.contains(&last).then_some((name.as_str(), stack))
        })
    }

    /// The stack of layers that holds the most.
    pub(crate) fn main(&self) -> Option<(&str, &Stack<'a>)> {
        self.of_layers().max_by_key(|(_, stack)| stack.elements)
    }
}

impl Stack<'_> {
    /// The number of layers if they are numbered from 0 without holes.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.layers.len()).unwrap_or(u64::MAX)
    }

    /// Numbers below the largest that no layer has.
    pub(crate) fn holes(&self) -> Vec<u64> {
        let last = self.layers.keys().next_back().copied().unwrap_or(0);
        let known: BTreeSet<u64> = self.layers.keys().copied().collect();
        let span = last.min(self.count().saturating_mul(4));
        (0..span).filter(|index| !known.contains(index)).collect()
    }
}
