//! Which subgraph calls which: the interpreter follows these calls without a bound.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind as Kind};

use crate::facts::bad_index;
use crate::flat::Table;

/// Calls from one subgraph to another.
#[derive(Debug, Default)]
pub(super) struct Calls(BTreeSet<(u64, u64)>);

/// Fields of the first union of options that hold the number of a subgraph: `If`, `While`, `CallOnce`, `Call`.
const FIRST: &[(u8, &[u16])] = &[(92, &[0, 1]), (93, &[0, 1]), (103, &[0]), (16, &[0])];

/// The same for the second union: `StablehloWhile`, `StableHLOComposite`, `StablehloSort`, `StablehloReduce`,
/// `StablehloReduceWindow`, `StablehloScatter`.
const SECOND: &[(u8, &[u16])] = &[
    (15, &[0, 1]),
    (21, &[1]),
    (14, &[2]),
    (6, &[1]),
    (13, &[5]),
    (7, &[6]),
];
/// `StablehloCase`: a list of subgraphs.
const CASE: u8 = 23;

impl Calls {
    /// Adds what one operator calls.
    pub(super) fn add(
        &mut self,
        from: usize,
        operator: Table<'_>,
        count: u64,
        facts: &mut ModelFacts,
    ) {
        let first = operator
            .table(4)
            .map(|options| (FIRST, operator.u8(3), options));
        let second = operator
            .table(12)
            .map(|options| (SECOND, operator.u8(11), options));
        for (known, kind, options) in first.into_iter().chain(second) {
            let fields = known.iter().find(|(each, _)| *each == kind);
            for field in fields.into_iter().flat_map(|(_, fields)| *fields) {
                if options.field(*field).is_some() {
                    self.add_one(from, options.i32(*field), options.start(), count, facts);
                }
            }
        }
        if operator.u8(11) == CASE
            && let Some(options) = operator.table(12)
        {
            for branch in options.i32s(0) {
                self.add_one(from, branch, options.start(), count, facts);
            }
        }
    }

    fn add_one(&mut self, from: usize, to: i32, at: u64, count: u64, facts: &mut ModelFacts) {
        match u64::try_from(to) {
            Ok(to) if to < count => {
                self.0.insert((chainwright_core::fields::wide(from), to));
            }
            // Operators without a decomposition say -1.
            _ if to == -1 => {}
            _ => bad_index(
                facts,
                at,
                "called subgraph",
                i64::from(to),
                "CVE-2020-15211",
            ),
        }
    }

    /// Reports a subgraph that reaches itself.
    pub(super) fn check(&self, facts: &mut ModelFacts) {
        let circle = self.circle();
        if let Some(from) = circle {
            facts.hazard(ModelHazard::new(
                Kind::ResourceExhaustion,
                Effect::OnUse,
                Place::Key(format!("subgraph {from}")),
                &format!("subgraph {from}"),
                "a subgraph calls itself, and the interpreter follows until its stack is full",
                "CVE-2021-29591",
            ));
        }
    }

    /// A subgraph that is left when those without further calls are taken away, again and again.
    fn circle(&self) -> Option<u64> {
        let mut open: BTreeMap<u64, u64> = BTreeMap::new();
        let mut callers: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (from, to) in &self.0 {
            let calls = open.entry(*from).or_default();
            *calls = calls.saturating_add(1);
            callers.entry(*to).or_default().push(*from);
        }
        let mut done: Vec<u64> = callers
            .keys()
            .filter(|each| !open.contains_key(each))
            .copied()
            .collect();
        while let Some(leaf) = done.pop() {
            for caller in callers.remove(&leaf).unwrap_or_default() {
                if let Some(calls) = open.get_mut(&caller) {
                    *calls = calls.saturating_sub(1);
                    if *calls == 0 {
                        open.remove(&caller);
                        done.push(caller);
                    }
                }
            }
        }
        open.keys().next().copied()
    }
}
