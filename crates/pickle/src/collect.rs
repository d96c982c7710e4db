//! Gathers facts over all streams of a source: one entry for each distinct use, with limits.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use crate::facts::{
    Anomaly, AnomalyKind, Flavour, PickleFacts, Stream, Tier, Trailing, Use, UseKind,
};
use crate::input::Fault;
use crate::names::is_dotted;

/// LIMIT: distinct uses of one tier.
const USES_OF_A_TIER: usize = 200;
const PROBLEMS: usize = 64;
const STREAMS: usize = 64;
const PACKAGES: usize = 64;

type Key = (Tier, UseKind, u32, String, String);

/// What was known at some point.
#[derive(Debug)]
pub(crate) struct Snapshot {
    keys: BTreeSet<Key>,
    problems: usize,
}

#[derive(Debug)]
pub(crate) struct Collector {
    uses: BTreeMap<Key, Use>,
    of_tier: BTreeMap<Tier, usize>,
    uses_left_out: u64,
    safe_uses: u64,
    packages: BTreeSet<String>,
    streams: Vec<Stream>,
    stream_count: u64,
    nested_count: u64,
    storages: u64,
    anomalies: BTreeMap<AnomalyKind, u64>,
    problems: Vec<Problem>,
    problems_left_out: u64,
    pub(crate) trailing: Option<Trailing>,
    pub(crate) flavour: Flavour,
}

impl Collector {
    pub(crate) const fn new(flavour: Flavour) -> Self {
        Self {
            uses: BTreeMap::new(),
            of_tier: BTreeMap::new(),
            uses_left_out: 0,
            safe_uses: 0,
            packages: BTreeSet::new(),
            streams: Vec::new(),
            stream_count: 0,
            nested_count: 0,
            storages: 0,
            anomalies: BTreeMap::new(),
            problems: Vec::new(),
            problems_left_out: 0,
            trailing: None,
            flavour,
        }
    }

    /// Records a use; `arguments` are rendered only for its first occurrence.
    pub(crate) fn record(&mut self, found: Use, arguments: impl FnOnce() -> String) {
        if found.tier == Tier::Safe {
            self.safe_uses = self.safe_uses.saturating_add(found.count);
            return;
        }
        let key = (
            found.tier,
            found.kind,
            found.depth,
            found.module.clone(),
            found.name.clone(),
        );
        if let Some(known) = self.uses.get_mut(&key) {
            known.count = known.count.saturating_add(found.count);
            return;
        }
        let held = self.of_tier.entry(found.tier).or_default();
        if *held >= USES_OF_A_TIER {
            self.uses_left_out = self.uses_left_out.saturating_add(found.count);
            return;
        }
        *held = held.saturating_add(1);
        self.uses.insert(
            key,
            Use {
                arguments: arguments(),
                ..found
            },
        );
    }

    pub(crate) const fn safe(&mut self) {
        self.safe_uses = self.safe_uses.saturating_add(1);
    }

    pub(crate) fn package(&mut self, module: &str) {
        let root = module.split('.').next().unwrap_or_default();
        if self.packages.len() < PACKAGES
            && crate::names::is_identifier(root)
            && root.len() <= 64
            && !self.packages.contains(root)
        {
            self.packages.insert(root.to_owned());
        }
    }

    pub(crate) fn stream(&mut self, stream: Stream) {
        self.stream_count = self.stream_count.saturating_add(1);
        if self.streams.len() < STREAMS {
            self.streams.push(stream);
        }
    }

    pub(crate) const fn nested(&mut self) {
        self.nested_count = self.nested_count.saturating_add(1);
    }

    pub(crate) const fn storage(&mut self) {
        self.storages = self.storages.saturating_add(1);
    }

    pub(crate) fn anomaly(&mut self, kind: AnomalyKind, offset: u64) {
        self.anomalies.entry(kind).or_insert(offset);
    }

    pub(crate) fn fault(&mut self, fault: &Fault, depth: u32) {
        let detail = if depth == 0 {
            fault.detail.clone()
        } else {
            format!("in a nested pickle: {}", fault.detail)
        };
        self.problem(fault.kind, fault.at, detail);
    }

    /// Records a problem, once for each wording.
    pub(crate) fn problem(&mut self, kind: ProblemKind, offset: u64, detail: String) {
        if self
            .problems
            .iter()
            .any(|known| known.kind == kind && known.detail == detail)
        {
            return;
        }
        if self.problems.len() < PROBLEMS {
            self.problems
                .push(Problem::new(kind, Place::Byte(offset), detail));
        } else {
            self.problems_left_out = self.problems_left_out.saturating_add(1);
        }
    }

    /// The uses that are known, for a reading whose milder results may be noise.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            keys: self.uses.keys().cloned().collect(),
            problems: self.problems.len(),
        }
    }

    /// Forgets what a doubtful reading added, except the worst.
    pub(crate) fn keep_only_dangerous_since(&mut self, before: &Snapshot) {
        // What random numbers call by chance has no sane name.
        self.uses.retain(|key, _| {
            let is_sane = is_dotted(&key.3) && is_dotted(&key.4);
            before.keys.contains(key)
                || key.0 == Tier::Dangerous
                || (key.0 == Tier::UnknownCall && key.1 != UseKind::Import && is_sane)
        });
        self.problems.truncate(before.problems);
    }

    pub(crate) fn into_facts(self) -> PickleFacts {
        let mut uses: Vec<Use> = self.uses.into_values().collect();
        uses.sort_by(|left, right| {
            right
                .tier
                .cmp(&left.tier)
                .then(left.offset.cmp(&right.offset))
                .then(left.depth.cmp(&right.depth))
        });
        PickleFacts {
            flavour: self.flavour,
            streams: self.streams,
            stream_count: self.stream_count,
            nested_count: self.nested_count,
            uses,
            uses_left_out: self.uses_left_out,
            safe_uses: self.safe_uses,
            packages: self.packages.into_iter().collect(),
            storages: self.storages,
            anomalies: self
                .anomalies
                .into_iter()
                .map(|(kind, offset)| Anomaly { kind, offset })
                .collect(),
            trailing: self.trailing,
            problems: self.problems,
            problems_left_out: self.problems_left_out,
        }
    }
}
