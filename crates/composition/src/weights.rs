//! Weights by their tables: how many numbers of which kind, counted and not claimed.
//!
//! A count is sound only if the table was read to its end and nothing in the file contradicts it; whatever else a
//! header says is a claim. Only tables are read, never the numbers.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::facts::{Facts, Inspected};

use crate::{Request, layout, naming};

/// The tensors of one weight file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The format, as its parser calls it.
    pub(crate) format: String,
    /// Tensors.
    pub(crate) tensors: u64,
    /// Elements by their type.
    pub(crate) types: BTreeMap<String, u64>,
    /// The names of the first tensors of each file.
    pub(crate) names: Vec<String>,
    /// The sides of those tensors, as far as they are known.
    pub(crate) sides: BTreeSet<u64>,
    /// Whether the table was read to its end and the bytes bear it out.
    pub(crate) is_sound: bool,
}

/// LIMIT: names kept of one file.
const MOST_NAMES: usize = 1024;

impl Table {
    /// Adds the tensors of a further file of the same model.
    pub(crate) fn join(&mut self, other: &Self) {
        self.tensors = self.tensors.saturating_add(other.tensors);
        for (name, count) in &other.types {
            let sum = self.types.entry(name.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        self.names.extend(other.names.iter().cloned());
        self.sides.extend(&other.sides);
        self.is_sound &= other.is_sound;
    }

    /// Every element, whatever it is for.
    pub(crate) fn elements(&self) -> u64 {
        self.types
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Elements that are parameters one by one: floating-point numbers, also in blocks.
    pub(crate) fn parameters(&self) -> u64 {
        let numbers = self.types.iter().filter(|(name, _)| is_number(name));
        numbers.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Whether integers hold a real share, as they do where several parameters are packed into one.
    pub(crate) fn is_packed(&self) -> bool {
        self.parameters() < self.elements() - self.elements() / 50
    }

    /// The type of most elements.
    pub(crate) fn main_type(&self) -> Option<&str> {
        let most = self.types.iter().max_by_key(|(_, count)| **count);
        most.map(|(name, _)| name.as_str())
    }

    /// The types of its elements, the most frequent first, without those of masks and positions.
    pub(crate) fn type_names(&self) -> Vec<String> {
        let total = self.elements();
        let mut types: Vec<(&String, &u64)> = self
            .types
            .iter()
            .filter(|(name, count)| is_number(name) || **count > total / 50)
            .collect();
        types.sort_by(|left, right| right.1.cmp(left.1).then(left.0.cmp(right.0)));
        types.into_iter().map(|(name, _)| name.clone()).collect()
    }
}

/// Whether each element of the type is a parameter.
fn is_number(name: &str) -> bool {
    !matches!(
        name.to_ascii_uppercase().as_str(),
        "BOOL"
            | "U8"
            | "I8"
            | "I16"
            | "U16"
            | "I32"
            | "U32"
            | "I64"
            | "U64"
            | "UINT8"
            | "INT8"
            | "INT16"
            | "UINT16"
            | "INT32"
            | "UINT32"
            | "INT64"
            | "UINT64"
    )
}

/// The table of a weight file; nothing if it has none that we read.
pub(crate) fn table(request: &Request<'_>, artifact: &Inspected) -> Option<Table> {
    let is_clean = artifact.problems.is_empty();
    for facts in &artifact.facts {
        match facts {
            Facts::Safetensors(facts) => {
                let types = facts.dtypes.iter();
                return Some(Table {
                    format: "safetensors".to_owned(),
                    tensors: facts.tensor_count,
                    types: types
                        .map(|each| (each.dtype.clone(), each.parameters))
                        .collect(),
                    names: first(facts.tensors.iter().map(|tensor| &tensor.name)),
                    sides: sides(facts.tensors.iter().map(|tensor| &tensor.shape)),
                    is_sound: is_clean && facts.flaws.is_empty() && facts.problems.is_empty(),
                });
            }
            Facts::Gguf(facts) => {
                let types = facts.tensor_types.iter();
                return Some(Table {
                    format: "GGUF".to_owned(),
                    tensors: facts.tensor_count,
                    types: types
                        .map(|each| (each.name.clone(), each.parameters))
                        .collect(),
                    names: first(facts.tensor_names.iter()),
                    sides: BTreeSet::new(),
                    is_sound: is_clean && facts.flaws.is_empty() && facts.problems.is_empty(),
                });
            }
            _ => {}
        }
    }
    if layout::weight(artifact) == Some(layout::Weight::Elsewhere) {
        return None;
    }
    opened(request, artifact, is_clean)
}

fn first<'n>(names: impl Iterator<Item = &'n String>) -> Vec<String> {
    names.take(MOST_NAMES).cloned().collect()
}

fn sides<'n>(shapes: impl Iterator<Item = &'n Vec<u64>>) -> BTreeSet<u64> {
    shapes.take(MOST_NAMES).flatten().copied().collect()
}

/// The table of any other format, for which the file is opened again.
fn opened(request: &Request<'_>, artifact: &Inspected, is_clean: bool) -> Option<Table> {
    if !artifact.location.members().is_empty() || request.budget.check_time().is_err() {
        return None;
    }
    let bytes = (request.open)(artifact.location.path())?;
    let opened = chainwright_tensors::open(&bytes, request.budget);
    let format = opened.format?;
    let mut table = Table {
        format: format.as_str().to_owned(),
        tensors: opened.tensors.len() as u64,
        types: BTreeMap::new(),
        names: first(opened.tensors.iter().map(|tensor| &tensor.name)),
        sides: sides(opened.tensors.iter().map(|tensor| &tensor.shape)),
        is_sound: is_clean && opened.problems.is_empty() && opened.refused.is_empty(),
    };
    for tensor in &opened.tensors {
        let sizes = tensor.shape.iter();
        let elements = sizes.fold(1_u64, |product, size| product.saturating_mul(*size));
        let sum = table
            .types
            .entry(tensor.dtype.name().to_owned())
            .or_default();
        *sum = sum.saturating_add(elements);
    }
    (!opened.tensors.is_empty()).then_some(table)
}

/// A file name without its ending and the number of its part: files with the same are one set of weights.
pub(crate) fn stem(path: &str) -> String {
    let name = naming::last(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let Some((ahead, count)) = stem.rsplit_once("-of-") else {
        return stem.to_owned();
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match ahead.rsplit_once('-') {
        Some((ahead, part)) if is_number(part) && is_number(count) => ahead.to_owned(),
        _ => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_set_share_a_stem() {
        for (name, expected) in [
            ("a/model-00001-of-00002.safetensors", "model"),
            ("model.safetensors", "model"),
            ("x-Q4_K_M-00001-of-00003.gguf", "x-Q4_K_M"),
            ("state-of-art.bin", "state-of-art"),
            ("noending", "noending"),
        ] {
            assert_eq!(stem(name), expected);
        }
    }

    #[test]
    fn packed_integers_are_no_parameters_and_masks_do_not_matter() {
        let table = |types: &[(&str, u64)]| Table {
            types: types
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect(),
            ..Table::default()
        };
        let plain = table(&[("BF16", 1000), ("I64", 5)]);
        assert_eq!((plain.parameters(), plain.is_packed()), (1000, false));
        assert_eq!(plain.type_names(), ["BF16"]);
        let packed = table(&[("F16", 100), ("I32", 1000)]);
        assert!(packed.is_packed());
        assert_eq!(packed.type_names(), ["I32", "F16"]);
    }
}
