//! Which tensor of the base belongs to which of the derived model.

use std::collections::BTreeMap;

use chainwright_core::text::visible;
use chainwright_weights::Tensor;

use crate::facts::{Lone, Role};
use crate::names::{Convention, Key, SCALES, is_buffer, is_packing, role};
use crate::view::{Rotary, View};

/// Projections that some files keep in one tensor and others apart, in the order of their rows.
const FUSED: &[(&str, &[&str])] = &[
    ("attn_qkv", &["attn_q", "attn_k", "attn_v"]),
    ("ffn_gate_up", &["ffn_gate", "ffn_up"]),
];
/// Stacks of experts and the name of one of them.
const STACKED: &[(&str, &str)] = &[
    ("ffn_gate_exps", "ffn_gate"),
    ("ffn_up_exps", "ffn_up"),
    ("ffn_down_exps", "ffn_down"),
];
/// Experts in one layer at most.
const EXPERTS: u32 = 4096;
/// Sizes of attention heads that occur.
const HEADS: &[usize] = &[128, 64, 96, 80, 256, 32, 112, 160, 192, 48, 40, 16, 8, 512];
/// Characters of a name that are kept.
const NAME: usize = 200;

/// A tensor under its key.
#[derive(Debug, Clone)]
pub(crate) struct Named<'a> {
    pub(crate) key: Key,
    pub(crate) tensor: &'a Tensor,
    pub(crate) scale: Option<&'a Tensor>,
    /// Its place in the model.
    place: usize,
}

impl<'a> Named<'a> {
    pub(crate) fn view(&self) -> Option<View<'a>> {
        View::whole(self.tensor, self.scale).map(|view| view.at(self.place))
    }

    pub(crate) fn role(&self) -> Role {
        role(&self.key, self.tensor.shape.len())
    }

    fn lone(&self, other_shape: &[u64]) -> Lone {
        Lone {
            key: visible(&self.key.text, NAME),
            name: visible(&self.tensor.name, NAME),
            role: self.role(),
            shape: self.tensor.shape.iter().take(8).copied().collect(),
            other_shape: other_shape.iter().take(8).copied().collect(),
        }
    }
}

/// The tensors of one model under their keys. A name that would hide another one keeps its own words.
pub(crate) fn keyed(tensors: &[Tensor]) -> BTreeMap<String, Named<'_>> {
    let convention = Convention::of(tensors.iter().map(|tensor| tensor.name.as_str()));
    let by_name: BTreeMap<&str, (usize, &Tensor)> = tensors
        .iter()
        .enumerate()
        .map(|(place, tensor)| (tensor.name.as_str(), (place, tensor)))
        .collect();
    let mut keyed = BTreeMap::new();
    for (place, tensor) in by_name.values().copied() {
        if is_packing(&tensor.name) {
            continue;
        }
        let stem = tensor.name.strip_suffix("weight").unwrap_or(&tensor.name);
        let scale = SCALES
            .iter()
            .find_map(|ending| by_name.get(format!("{stem}{ending}").as_str()))
            .map(|(_, scale)| *scale);
        let mut key = convention.key(&tensor.name);
        if keyed.contains_key(&key.text) {
            key.text.clone_from(&tensor.name);
        }
        let named = Named {
            key,
            tensor,
            scale,
            place,
        };
        keyed.insert(named.key.text.clone(), named);
    }
    keyed
}

/// Two views of one matrix.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) key: Key,
    pub(crate) role: Role,
    pub(crate) base: View<'a>,
    pub(crate) derived: View<'a>,
    pub(crate) base_rows: usize,
    pub(crate) derived_rows: usize,
    pub(crate) rearranged: bool,
}

/// What belongs together, and what is left.
#[derive(Debug, Default)]
pub(crate) struct Pairing<'a> {
    pub(crate) pairs: Vec<Pair<'a>>,
    pub(crate) added: Vec<Lone>,
    pub(crate) removed: Vec<Lone>,
    pub(crate) reshaped: Vec<Lone>,
    pub(crate) unreadable: Vec<String>,
}

/// Pairs all tensors.
pub(crate) fn pair<'a>(base: &'a [Tensor], derived: &'a [Tensor]) -> Pairing<'a> {
    let mut pairing = Pairing::default();
    let mut base = keyed(base);
    let mut derived = keyed(derived);
    join_parts(&mut base, &mut derived, &mut pairing, false);
    join_parts(&mut derived, &mut base, &mut pairing, true);
    tie(&base, &derived, &mut pairing);
    for (text, one) in &base {
        match derived.remove(text) {
            Some(other) => pairing.add(one, &other),
            None if is_buffer(&one.tensor.name) => {}
            None => pairing.removed.push(one.lone(&[])),
        }
    }
    let rest = derived
        .into_values()
        .filter(|named| !is_buffer(&named.tensor.name));
    pairing.added = rest.map(|named| named.lone(&[])).collect();
    pairing.pairs.sort_by(|one, other| one.key.cmp(&other.key));
    pairing
}

impl<'a> Pairing<'a> {
    fn add(&mut self, base: &Named<'a>, derived: &Named<'a>) {
        let (Some(one), Some(other)) = (base.view(), derived.view()) else {
            let is_empty = base.tensor.shape.contains(&0) && derived.tensor.shape.contains(&0);
            if !is_empty {
                self.unreadable.push(visible(&base.tensor.name, NAME));
            }
            return;
        };
        if !self.join(base.key.clone(), derived.role(), one, other) {
            self.reshaped.push(derived.lone(&base.tensor.shape));
        }
    }

    /// Adds a pair if the shapes can be brought together.
    fn join(&mut self, key: Key, role: Role, base: View<'a>, derived: View<'a>) -> bool {
        let (mut one, mut other) = (base, derived);
        let fits = |one: &View<'_>, other: &View<'_>| {
            one.rows == other.rows && one.columns == other.columns
        };
        let grows = matches!(role, Role::Embedding | Role::Head);
        if !fits(&one, &other) && one.rows == other.columns && one.columns == other.rows {
            if let Some(turned) = one.transposed() {
                one = turned;
            } else if let Some(turned) = other.transposed() {
                other = turned;
            }
        } else if grows && role == Role::Head && one.rows == 1 && other.rows == 1 {
            return false;
        }
        if !(fits(&one, &other) || grows && one.columns == other.columns) {
            return false;
        }
        let (base_rows, derived_rows) = (one.rows, other.rows);
        let rows = base_rows.min(derived_rows);
        let (one, mut other) = (one.first_rows(rows), other.first_rows(rows));
        let part = key.part.as_str();
        if part.starts_with("attn_q.") || part.starts_with("attn_k.") {
            let rotary = rotary(&one, &other);
            other = other.with_rotary(rotary);
        } else if one.rows == one.columns
            && is_square_turned(&one, &other)
            && let Some(turned) = other.transposed()
        {
            other = turned;
        }
        self.pairs.push(Pair {
            rearranged: one.is_rearranged() || other.is_rearranged(),
            key,
            role,
            base: one,
            derived: other,
            base_rows,
            derived_rows,
        });
        true
    }
}

/// Brings tensors together that are fused in `whole` and split in `split`.
fn join_parts<'a>(
    whole: &mut BTreeMap<String, Named<'a>>,
    split: &mut BTreeMap<String, Named<'a>>,
    pairing: &mut Pairing<'a>,
    whole_is_derived: bool,
) {
    let lonely: Vec<String> = whole
        .keys()
        .filter(|text| !split.contains_key(*text))
        .cloned()
        .collect();
    for text in lonely {
        let Some(parts) = parts_of(&text, split) else {
            continue;
        };
        let Some(fused) = whole.get(&text).and_then(Named::view) else {
            continue;
        };
        let views: Option<Vec<View<'a>>> = parts
            .iter()
            .map(|part| split.get(part).and_then(Named::view))
            .collect();
        let Some(joined) = views.and_then(View::stacked) else {
            continue;
        };
        let Some(named) = whole.get(&text) else {
            continue;
        };
        let role = named.role();
        let (one, other) = if whole_is_derived {
            (joined, fused)
        } else {
            (fused, joined)
        };
        if one.rows == other.rows && pairing.join(named.key.clone(), role, one, other) {
            whole.remove(&text);
            parts.iter().for_each(|part| {
                split.remove(part);
            });
        }
    }
}

/// The keys of the parts of a fused tensor, if they are all there.
fn parts_of(text: &str, split: &BTreeMap<String, Named<'_>>) -> Option<Vec<String>> {
    for (fused, parts) in FUSED {
        if text.contains(fused) {
            let parts: Vec<String> = parts.iter().map(|part| text.replace(fused, part)).collect();
            return parts
                .iter()
                .all(|part| split.contains_key(part))
                .then_some(parts);
        }
    }
    let (stack, single) = STACKED.iter().find(|(stack, _)| text.contains(stack))?;
    let experts: Vec<String> = (0..EXPERTS)
        .map(|number| text.replace(stack, &format!("{single}.{number}")))
        .take_while(|part| split.contains_key(part))
        .collect();
    (!experts.is_empty()).then_some(experts)
}

/// A head that only the derived model stores is compared with the embedding it was tied to.
fn tie<'a>(
    base: &BTreeMap<String, Named<'a>>,
    derived: &BTreeMap<String, Named<'a>>,
    pairing: &mut Pairing<'a>,
) {
    let head = "output.weight";
    if base.contains_key(head) {
        return;
    }
    let (Some(embedding), Some(output)) = (base.get("token_embd.weight"), derived.get(head)) else {
        return;
    };
    if let (Some(one), Some(other)) = (embedding.view(), output.view())
        && one.columns == other.columns
    {
        pairing.join(output.key.clone(), Role::Head, one, other);
    }
}

/// The number of a row, and what both sides have there.
type Both = (usize, Vec<f32>, Vec<f32>);

/// Rows spread over a matrix, from both sides.
fn sampled(one: &View<'_>, other: &View<'_>) -> Option<Vec<Both>> {
    let count = one.rows.min(32);
    (0..count)
        .map(|index| {
            // An odd stride meets every place within a head.
            let step = one.rows.checked_div(count)? | 1;
            let row = index
                .checked_mul(step)?
                .checked_add(1)?
                .checked_rem(one.rows)?;
            let (mut left, mut right) = (Vec::new(), Vec::new());
            one.read(row..row.checked_add(1)?, &mut left).ok()?;
            other.read(row..row.checked_add(1)?, &mut right).ok()?;
            Some((row, left, right))
        })
        .collect()
}

fn distance(left: &[f32], right: &[f32]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(x, y)| f64::from(x - y) * f64::from(x - y))
        .sum()
}

/// The rotary layout that brings both sides together, if they are not together already.
fn rotary(one: &View<'_>, other: &View<'_>) -> Option<Rotary> {
    let rows = sampled(one, other)?;
    let plain: f64 = rows
        .iter()
        .map(|(_, left, right)| distance(left, right))
        .sum();
    if plain <= 0.0 {
        return None;
    }
    let candidates = HEADS
        .iter()
        .filter(|size| one.rows.checked_rem(**size) == Some(0))
        .flat_map(|size| [Rotary::Halves(*size), Rotary::Pairs(*size)]);
    let mut best = (plain * 0.5, None);
    for candidate in candidates {
        let mut total = 0.0;
        let mut row = Vec::new();
        for (index, left, _) in &rows {
            let stored = candidate.stored(*index);
            if other
                .read(stored..stored.saturating_add(1), &mut row)
                .is_err()
            {
                return None;
            }
            total += distance(left, &row);
            if total >= best.0 {
                break;
            }
        }
        if total < best.0 {
            best = (total, Some(candidate));
        }
    }
    best.1
}

/// Rows of each side whose crossings tell whether one side is turned.
const CROSSED: usize = 48;

/// Whether a square matrix is much closer to the transposed other one, told from elements that both have in some rows.
fn is_square_turned(one: &View<'_>, other: &View<'_>) -> bool {
    let side = one.rows;
    let count = side.min(CROSSED);
    let numbers: Vec<usize> = (0..count)
        .filter_map(|place| place.checked_mul(side)?.checked_div(count))
        .collect();
    let rows = |view: &View<'_>| -> Option<Vec<Vec<f32>>> {
        let read = |row: &usize| {
            let mut values = Vec::new();
            view.read(*row..row.checked_add(1)?, &mut values).ok()?;
            numbers
                .iter()
                .map(|column| values.get(*column).copied())
                .collect()
        };
        numbers.iter().map(read).collect()
    };
    let (Some(left), Some(right)) = (rows(one), rows(other)) else {
        return false;
    };
    let straight: f64 = left.iter().zip(&right).map(|(x, y)| distance(x, y)).sum();
    let turned = |column: usize| -> Vec<f32> {
        let cells = right.iter().filter_map(|row| row.get(column).copied());
        cells.collect()
    };
    let crossed: f64 = left
        .iter()
        .enumerate()
        .map(|(number, row)| distance(row, &turned(number)))
        .sum();
    straight > 0.0 && crossed < 0.3 * straight
}
