//! The comparison of two models: pairs, sums, spectra, likeness.

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Tensor;
use rayon::prelude::*;

use crate::facts::{Comparison, Options};
use crate::fingerprint::{Likeness, Parts, fingerprint_of};
use crate::moved::moved;
use crate::pairing::{Pair, pair};
use crate::spectra::add_spectra;
use crate::walk::{Walk, walk};

/// Matrices whose rows are looked for elsewhere.
const SEARCHED: usize = 24;
/// Problems that are kept.
const PROBLEMS: usize = 64;

/// Compares two models. Reads every tensor once, samples of changed ones once more, and what is equal in them.
#[must_use]
pub fn compare(
    base: &[Tensor],
    derived: &[Tensor],
    options: Options,
    budget: &Budget,
) -> Comparison {
    let pairing = pair(base, derived);
    let mut comparison = Comparison {
        base_elements: base
            .iter()
            .fold(0, |sum: u64, tensor| sum.saturating_add(tensor.elements())),
        not_compared: pairing.unreadable,
        added: pairing.added,
        removed: pairing.removed,
        reshaped: pairing.reshaped,
        ..Comparison::default()
    };
    let pairs = pairing.pairs;
    let Walk { mut deltas, unread } = walk(&pairs, budget);
    let unread = unread.into_iter().filter_map(|index| pairs.get(index));
    comparison
        .not_compared
        .extend(unread.map(|pair| pair.key.text.clone()));
    add_spectra(&pairs, &mut deltas, options, budget);
    comparison.likeness = likeness(base, derived, budget);
    let strange: Vec<&Pair<'_>> = deltas
        .iter()
        .filter(|(_, delta)| {
            delta.is_matrix() && delta.role.is_linear() && delta.cosine < 0.3 && delta.rows >= 16
        })
        .filter_map(|(index, _)| pairs.get(*index))
        .take(SEARCHED)
        .collect();
    comparison.moved = strange.into_par_iter().filter_map(moved).collect();
    comparison.tensors = deltas.into_values().collect();
    comparison.compared = comparison
        .tensors
        .iter()
        .fold(0, |sum, tensor| sum.saturating_add(tensor.elements));
    comparison.changed = comparison
        .tensors
        .iter()
        .fold(0, |sum, tensor| sum.saturating_add(tensor.changed));
    note_what_was_left_out(&mut comparison, budget);
    comparison
}

/// How alike both are. Signs alone prove kinship at hardly any cost; what layers do is only asked where they do not.
fn likeness(base: &[Tensor], derived: &[Tensor], budget: &Budget) -> Likeness {
    let with = |parts: Parts| {
        let (one, other) = rayon::join(
            || fingerprint_of(base, parts, budget),
            || fingerprint_of(derived, parts, budget),
        );
        one.similarity(&other)
    };
    let by_signs = with(Parts::WithoutTerms);
    if by_signs.is_proven_by_signs() {
        by_signs
    } else {
        with(Parts::All)
    }
}

fn note_what_was_left_out(comparison: &mut Comparison, budget: &Budget) {
    if budget.check_time().is_err() {
        note(
            comparison,
            ProblemKind::LimitReached,
            "the time for the comparison is up".to_owned(),
        );
    }
    if !comparison.not_compared.is_empty() {
        let detail = format!(
            "{} tensors could not be compared, such as `{}`",
            comparison.not_compared.len(),
            comparison.not_compared.first().map_or("", String::as_str)
        );
        note(comparison, ProblemKind::Unsupported, detail);
    }
}

fn note(comparison: &mut Comparison, kind: ProblemKind, detail: String) {
    if comparison.problems.len() < PROBLEMS {
        comparison
            .problems
            .push(Problem::new(kind, Place::Whole, detail));
    }
}
