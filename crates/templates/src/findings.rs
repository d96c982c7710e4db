//! Collects behaviours: one per kind and place, the surest evidence first, and no more than fit in a report.

use std::collections::BTreeMap;

use chainwright_core::location::Place;
use chainwright_core::text::visible;

use crate::facts::{Behaviour, BehaviourKind, Certainty};

/// LIMIT: behaviours kept for one template.
const MAX_BEHAVIOURS: usize = 64;
/// LIMIT: characters of evidence.
const MAX_EVIDENCE: usize = 200;

/// Behaviours found so far, by offset and kind.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: BTreeMap<(usize, BehaviourKind), (Certainty, String)>,
    omitted: u32,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        kind: BehaviourKind,
        certainty: Certainty,
        at: usize,
        evidence: &str,
    ) {
        if let Some((known, text)) = self.found.get_mut(&(at, kind)) {
            if *known < certainty {
                *known = certainty;
                *text = visible(evidence, MAX_EVIDENCE);
            }
            return;
        }
        // LIMIT: four times the list, so that sure evidence late in a template still displaces hints.
        if self.found.len() >= MAX_BEHAVIOURS.saturating_mul(4) {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        self.found
            .insert((at, kind), (certainty, visible(evidence, MAX_EVIDENCE)));
    }

    /// The behaviours by place, and how many were left out.
    pub(crate) fn finish(self, lines: &Lines) -> (Vec<Behaviour>, u32) {
        let mut all: Vec<_> = self.found.into_iter().collect();
        // The surest first, then cut, then back into the order of the text.
        all.sort_by_key(|((at, kind), (certainty, _))| (std::cmp::Reverse(*certainty), *at, *kind));
        let cut = all.len().saturating_sub(MAX_BEHAVIOURS);
        all.truncate(MAX_BEHAVIOURS);
        all.sort_by_key(|((at, kind), _)| (*at, *kind));
        let behaviours = all
            .into_iter()
            .map(|((at, kind), (certainty, evidence))| Behaviour {
                kind,
                place: lines.place(at),
                evidence,
                certainty,
            })
            .collect();
        let omitted = self
            .omitted
            .saturating_add(u32::try_from(cut).unwrap_or(u32::MAX));
        (behaviours, omitted)
    }
}

/// Turns offsets into lines and columns.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        let breaks = source
            .match_indices('\n')
            .map(|(at, _)| at.saturating_add(1));
        Self {
            source,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    pub(crate) fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        // LIMIT: columns beyond this are not counted exactly, so that one huge line costs little.
        let end = at.min(start.saturating_add(4096));
        let column = self
            .source
            .get(start..end)
            .map_or(0, |text| text.chars().count());
        Place::Line {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column.saturating_add(1)).unwrap_or(u32::MAX),
        }
    }
}
