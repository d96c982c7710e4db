//! Takes the fingerprint of a model.

use std::collections::BTreeMap;

use chainwright_core::budget::Budget;
use chainwright_core::fields::wide;
use chainwright_weights::Tensor;
use chainwright_weights::linear::Random;
use rayon::prelude::*;

use super::{Fingerprint, Signs, Term, VERSION};
use crate::facts::Role;
use crate::pairing::{Named, keyed};
use crate::view::View;

/// Tokens whose kinship is kept: low numbers, which every vocabulary has and every training meets.
const TOKENS: usize = 48;
/// The distance between their numbers.
const TOKEN_STEP: usize = 40;
/// Tokens of the invariant terms: the first of the same.
const TERM_TOKENS: usize = 24;
/// Matrices whose signs are kept.
const SIGNED: usize = 96;
/// Rows of each, with 16 signs in each row.
const SIGN_ROWS: usize = 4;
const SIGNS_IN_ROW: usize = 16;
/// Elements that are read at a time.
const PIECE: usize = 1 << 17;
/// Elements of an intermediate table at most.
const TABLE: usize = 1 << 24;

/// Rows of numbers of one length.
type Table = Vec<Vec<f32>>;

/// How much of a fingerprint is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Signs and kinship of tokens, which cost next to nothing.
    WithoutTerms,
    /// Everything.
    All,
}

/// Takes the fingerprint of a model. What cannot be read is left out.
#[must_use]
pub fn fingerprint(tensors: &[Tensor], budget: &Budget) -> Fingerprint {
    fingerprint_of(tensors, Parts::All, budget)
}

/// Takes a part of it.
pub(crate) fn fingerprint_of(tensors: &[Tensor], parts: Parts, budget: &Budget) -> Fingerprint {
    let keyed = keyed(tensors);
    let model = Model::new(&keyed);
    let embeddings = model.embeddings();
    let layers = model.layers();
    let work = match parts {
        Parts::WithoutTerms => Vec::new(),
        Parts::All => model.term_work(&layers),
    };
    let is_in_time = || budget.check_time().is_ok();
    let terms = work
        .par_iter()
        .filter(|_| is_in_time())
        .filter_map(|(layer, part)| model.term(*layer, *part, embeddings.get(..TERM_TOKENS)?))
        .collect();
    let signed = model.signed();
    let signs = signed
        .par_iter()
        .filter(|_| is_in_time())
        .filter_map(|named| model.signs(named))
        .collect();
    Fingerprint {
        version: VERSION,
        parameters: tensors
            .iter()
            .fold(0, |sum: u64, tensor| sum.saturating_add(tensor.elements())),
        layers: layers.len().try_into().unwrap_or(u32::MAX),
        width: wide(model.width),
        vocabulary: keyed
            .get("token_embd.weight")
            .and_then(|named| named.tensor.shape.first().copied())
            .unwrap_or(0),
        signs,
        tokens: kinship(&embeddings),
        terms,
    }
}

/// A part of a layer that has an invariant term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    QueryKey,
    ValueOutput,
    FeedForward,
}

impl Part {
    const ALL: [Self; 3] = [Self::QueryKey, Self::ValueOutput, Self::FeedForward];

    const fn as_str(self) -> &'static str {
        match self {
            Self::QueryKey => "qk",
            Self::ValueOutput => "vo",
            Self::FeedForward => "ffn",
        }
    }
}

#[derive(Debug)]
struct Model<'m, 'a> {
    keyed: &'m BTreeMap<String, Named<'a>>,
    width: usize,
    /// Whether linear weights are stored with inputs as rows (GPT-2).
    is_turned: bool,
}

impl<'m, 'a> Model<'m, 'a> {
    fn new(keyed: &'m BTreeMap<String, Named<'a>>) -> Self {
        let width = keyed
            .get("token_embd.weight")
            .and_then(Named::view)
            .map_or(0, |view| view.columns);
        let up = keyed.get("blk.0.ffn_up.weight").and_then(Named::view);
        let is_turned = up.is_some_and(|up| up.rows == width && up.columns != width);
        Self {
            keyed,
            width,
            is_turned,
        }
    }

    /// A matrix with outputs as rows.
    fn matrix(&self, key: &str) -> Option<View<'a>> {
        let view = self.keyed.get(key)?.view()?;
        if self.is_turned {
            view.transposed()
        } else {
            Some(view)
        }
    }

    fn layers(&self) -> Vec<u32> {
        let mut layers: Vec<u32> = self
            .keyed
            .values()
            .filter(|named| named.key.text.starts_with("blk."))
            .filter_map(|named| named.key.layer)
            .collect();
        layers.sort_unstable();
        layers.dedup();
        layers
    }

    /// Three layers spread over the depth, and their parts.
    fn term_work(&self, layers: &[u32]) -> Vec<(u32, Part)> {
        let last = layers.len().saturating_sub(1);
        let mut chosen: Vec<u32> = [0, last / 2, last]
            .iter()
            .filter_map(|place| layers.get(*place).copied())
            .collect();
        chosen.dedup();
        chosen
            .iter()
            .flat_map(|layer| Part::ALL.map(|part| (*layer, part)))
            .collect()
    }

    /// Embeddings of the fixed tokens, centred on their mean; fewer if the vocabulary is small.
    fn embeddings(&self) -> Table {
        let Some(view) = self.keyed.get("token_embd.weight").and_then(Named::view) else {
            return Vec::new();
        };
        let mut rows: Table = (1..=TOKENS)
            .map(|index| index.saturating_mul(TOKEN_STEP))
            .take_while(|token| *token < view.rows)
            .map_while(|token| {
                let mut row = Vec::new();
                view.read(token..token.saturating_add(1), &mut row).ok()?;
                Some(row)
            })
            .collect();
        let count = rows.len() as f32;
        let mut mean = vec![0.0_f32; view.columns];
        for row in &rows {
            mean.iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += value / count);
        }
        for row in &mut rows {
            row.iter_mut()
                .zip(&mean)
                .for_each(|(value, mean)| *value -= mean);
        }
        rows
    }

    fn term(&self, layer: u32, part: Part, tokens: &[Vec<f32>]) -> Option<Term> {
        let key = |word: &str| format!("blk.{layer}.{word}.weight");
        let table = match part {
            Part::QueryKey => {
                let (query, key_view, _) = self.projections(layer)?;
                let queries = image(tokens, &query)?;
                let keys = widened(image(tokens, &key_view)?, query.rows)?;
                products(&queries, &keys)
            }
            Part::ValueOutput => {
                let (query, _, value) = self.projections(layer)?;
                let values = widened(image(tokens, &value)?, query.rows)?;
                let written = image(&values, &self.matrix(&key("attn_output"))?)?;
                products(&written, tokens)
            }
            Part::FeedForward => {
                let up = image(tokens, &self.matrix(&key("ffn_up"))?)?;
                let written = image(&up, &self.matrix(&key("ffn_down"))?)?;
                products(&written, tokens)
            }
        };
        Some(Term {
            name: format!("{layer}.{}", part.as_str()),
            values: rounded(&table)?,
        })
    }

    /// Queries, keys and values of a layer, from one tensor or three.
    fn projections(&self, layer: u32) -> Option<(View<'a>, View<'a>, View<'a>)> {
        let key = |word: &str| format!("blk.{layer}.{word}.weight");
        if let Some(query) = self.matrix(&key("attn_q")) {
            return Some((
                query,
                self.matrix(&key("attn_k"))?,
                self.matrix(&key("attn_v"))?,
            ));
        }
        let fused = self.matrix(&key("attn_qkv"))?;
        let queries = self.matrix(&key("attn_output"))?.columns;
        let others = fused.rows.checked_sub(queries)?.checked_div(2)?;
        let keys = queries.checked_add(others)?;
        Some((
            fused.window(0..queries)?,
            fused.window(queries..keys)?,
            fused.window(keys..keys.checked_add(others)?)?,
        ))
    }

    /// Matrices whose signs are kept, spread over the model. Queries and keys are stored in two layouts, so not they.
    fn signed(&self) -> Vec<&'m Named<'a>> {
        let fits = |named: &&Named<'a>| {
            let part = named.key.part.as_str();
            named.tensor.shape.len() >= 2
                && named.role().is_linear()
                && !part.starts_with("attn_q.")
                && !part.starts_with("attn_k.")
        };
        let all: Vec<&Named<'a>> = self.keyed.values().filter(fits).collect();
        let step = all.len().div_ceil(SIGNED).max(1);
        all.into_iter().step_by(step).collect()
    }

    fn signs(&self, named: &Named<'a>) -> Option<Signs> {
        let mut view = named.view()?;
        if self.is_turned && named.role() != Role::Matrix {
            view = view.transposed()?;
        }
        let mut random = Random::new(0x7369_676e);
        let (mut negative, mut clear) = (0_u64, 0_u64);
        let mut place = 0_u32;
        let mut row = Vec::new();
        for _ in 0..SIGN_ROWS {
            let index = usize::try_from(random.below(wide(view.rows))).ok()?;
            view.read(index..index.checked_add(1)?, &mut row).ok()?;
            let energy: f32 = row.iter().map(|value| value * value).sum();
            let typical = (energy / row.len().max(1) as f32).sqrt();
            for _ in 0..SIGNS_IN_ROW {
                let column = usize::try_from(random.below(wide(view.columns))).ok()?;
                let value = row.get(column).copied()?;
                let bit = 1_u64.checked_shl(place)?;
                negative |= if value < 0.0 { bit } else { 0 };
                clear |= if value.abs() > 0.5 * typical { bit } else { 0 };
                place = place.saturating_add(1);
            }
        }
        let shape = format!("{}:{}:{}", named.key.text, view.rows, view.columns);
        Some(Signs {
            tensor: hash(&shape),
            negative,
            clear,
        })
    }
}

/// FNV-1a: small and the same everywhere. It only has to keep a few hundred names apart.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// `rows · viewᵀ`: what a matrix makes of each row.
fn image(rows: &[Vec<f32>], view: &View<'_>) -> Option<Table> {
    if rows.first()?.len() != view.columns || rows.len().checked_mul(view.rows)? > TABLE {
        return None;
    }
    let mut image: Table = rows.iter().map(|_| Vec::with_capacity(view.rows)).collect();
    let step = PIECE.checked_div(view.columns)?.max(1);
    let mut piece = Vec::new();
    for first in (0..view.rows).step_by(step) {
        view.read(first..first.saturating_add(step).min(view.rows), &mut piece)
            .ok()?;
        for weights in piece.chunks_exact(view.columns) {
            for (out, row) in image.iter_mut().zip(rows) {
                out.push(dot(row, weights));
            }
        }
    }
    Some(image)
}

/// The inner product of two rows of one length.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (one, one_rest) = left.as_chunks::<8>();
    let (other, other_rest) = right.as_chunks::<8>();
    for (x, y) in one.iter().zip(other) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    let rest: f32 = one_rest.iter().zip(other_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + rest
}

/// Repeats the heads of keys or values for the heads of queries that share them.
fn widened(table: Table, wanted: usize) -> Option<Table> {
    let width = table.first()?.len();
    if width == wanted {
        return Some(table);
    }
    let repeats = wanted.checked_div(width)?;
    if width.checked_mul(repeats)? != wanted {
        return None;
    }
    // The size of a head is not written anywhere in the tensors; a wrong guess is wrong in the same way next time.
    let head = [128, 64, 96, 80, 256, 32, 16, 8]
        .into_iter()
        .find(|head| width.checked_rem(*head) == Some(0) && width > *head)
        .unwrap_or(width);
    let widen = |row: Vec<f32>| {
        row.chunks(head)
            .flat_map(|chunk| std::iter::repeat_n(chunk, repeats))
            .flatten()
            .copied()
            .collect()
    };
    Some(table.into_iter().map(widen).collect())
}

fn products(one: &[Vec<f32>], other: &[Vec<f32>]) -> Vec<f32> {
    one.iter()
        .flat_map(|left| other.iter().map(|right| dot(left, right)))
        .collect()
}

/// In steps of the largest, where the largest are cut at three standard deviations.
fn rounded(values: &[f32]) -> Option<Vec<i8>> {
    let energy: f32 = values.iter().map(|value| value * value).sum();
    let limit = 3.0 * (energy / values.len() as f32).sqrt();
    if !(limit.is_finite() && limit > 0.0) {
        return None;
    }
    Some(
        values
            .iter()
            .map(|value| (value / limit * 127.0).clamp(-127.0, 127.0) as i8)
            .collect(),
    )
}

/// Cosines between all pairs of rows.
fn kinship(rows: &[Vec<f32>]) -> Vec<i8> {
    let norms: Vec<f32> = rows
        .iter()
        .map(|row| dot(row, row).sqrt().max(f32::MIN_POSITIVE))
        .collect();
    let mut cosines = Vec::new();
    for (place, (left, norm)) in rows.iter().zip(&norms).enumerate() {
        let later = rows.iter().zip(&norms).skip(place.saturating_add(1));
        cosines
            .extend(later.map(|(right, other)| (dot(left, right) / (norm * other) * 127.0) as i8));
    }
    cosines
}
