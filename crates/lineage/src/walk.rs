//! One walk over all pairs in the order of the base's file: what is equal is only compared, what differs is summed up.
//!
//! Stretches of a few million elements are worked on by all cores. What they return is added up in one order, so that
//! results are the same whatever the number of cores, and only so many of them are held at a time that memory does not
//! grow with the models.

use std::collections::BTreeMap;

use chainwright_core::budget::Budget;
use rayon::prelude::*;

use crate::facts::TensorDelta;
use crate::measure::{Seen, Sums, all_equal, equal_sums, look};
use crate::pairing::Pair;
use crate::view::{Stretch, Unread};

/// Elements of a stretch.
const STRETCH: usize = 1 << 22;
/// Stretches that are held at the same time, and the bytes of their sums.
const HELD: usize = 64;
const HELD_BYTES: usize = 32 << 20;

/// What was seen of the pairs, by their number.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) deltas: BTreeMap<usize, TensorDelta>,
    /// Pairs that could not be read.
    pub(crate) unread: Vec<usize>,
}

/// One stretch of one pair.
#[derive(Debug)]
struct Unit<'a, 'p> {
    number: usize,
    pair: &'p Pair<'a>,
    stretch: Stretch,
}

/// What is known of the pair that is being read.
#[derive(Debug, Default)]
struct Running {
    sums: Option<Sums>,
    equal: Vec<Stretch>,
    is_broken: bool,
}

/// Walks over all pairs. Pairs that time did not suffice for are left out.
pub(crate) fn walk(pairs: &[Pair<'_>], budget: &Budget) -> Walk {
    let mut order: Vec<(usize, &Pair<'_>)> = pairs.iter().enumerate().collect();
    order.sort_by_key(|(number, pair)| (pair.base.place(), *number));
    let mut units = order
        .into_iter()
        .flat_map(|(number, pair)| {
            pair.stretches(STRETCH).map(move |stretch| Unit {
                number,
                pair,
                stretch,
            })
        })
        .peekable();
    let mut walk = Walk::default();
    let mut running = Running::default();
    while units.peek().is_some() && budget.check_time().is_ok() {
        let window = next_window(&mut units);
        let seen: Vec<Option<Result<Seen, Unread>>> = window
            .par_iter()
            .map(|unit| {
                let is_in_time = budget.check_time().is_ok();
                is_in_time.then(|| look(unit.pair, &unit.stretch))
            })
            .collect();
        let mut following = window.iter().skip(1).map(|unit| unit.number);
        for (unit, seen) in window.iter().zip(seen) {
            let Some(seen) = seen else {
                return walk;
            };
            running.add(unit, seen);
            let next = following
                .next()
                .or_else(|| units.peek().map(|unit| unit.number));
            if next != Some(unit.number) {
                walk.finish(unit, std::mem::take(&mut running));
            }
        }
    }
    walk
}

/// The next stretches whose sums fit into memory together; at least one.
fn next_window<'a, 'p>(
    units: &mut std::iter::Peekable<impl Iterator<Item = Unit<'a, 'p>>>,
) -> Vec<Unit<'a, 'p>> {
    let mut window: Vec<Unit<'a, 'p>> = Vec::new();
    let mut bytes = 0_usize;
    while let Some(unit) = units.peek() {
        bytes = bytes.saturating_add(Sums::cost(unit.pair, &unit.stretch));
        let is_full = window.len() >= HELD || bytes > HELD_BYTES;
        if is_full && !window.is_empty() {
            break;
        }
        window.extend(units.next());
    }
    window
}

impl Running {
    fn add(&mut self, unit: &Unit<'_, '_>, seen: Result<Seen, Unread>) {
        match seen {
            Ok(Seen::Equal) => self.equal.push(unit.stretch.clone()),
            Ok(Seen::Sums(sums)) => self.sums.get_or_insert_default().append(sums),
            Err(Unread::Missing | Unread::Unsupported) => self.is_broken = true,
        }
    }

    /// The sums over the whole pair.
    fn total(self, pair: &Pair<'_>) -> Result<Sums, Unread> {
        if self.is_broken {
            return Err(Unread::Missing);
        }
        let Some(mut total) = self.sums else {
            return Ok(all_equal(pair));
        };
        let cost = self
            .equal
            .first()
            .map_or(1, |stretch| Sums::cost(pair, stretch));
        let held = HELD_BYTES.checked_div(cost).unwrap_or(HELD).clamp(1, HELD);
        for window in self.equal.chunks(held) {
            let sums: Vec<_> = window
                .par_iter()
                .map(|stretch| equal_sums(pair, stretch))
                .collect();
            for sums in sums {
                total.append(sums?);
            }
        }
        Ok(total)
    }
}

impl Walk {
    fn finish(&mut self, last: &Unit<'_, '_>, running: Running) {
        match running.total(last.pair) {
            Ok(sums) => {
                self.deltas.insert(last.number, sums.delta(last.pair));
            }
            Err(_) => self.unread.push(last.number),
        }
    }
}
