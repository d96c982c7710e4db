//! Gathers members and facts while a container is walked, and keeps both within bounds.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ReadError, SharedBytes};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;
use std::sync::Arc;

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::digester::Wanted;
use crate::fields::offset;
use crate::hazard;
use crate::kind::ContainerKind;
use crate::member::{ContainerFacts, Member, MemberHazard, Opened};
use crate::unpacked::Sessions;

/// LIMIT: facts are stored; a hostile container must not blow them up.
const MOST_ANOMALIES: usize = 100;
/// LIMIT: see above; per kind, so that one kind cannot hide the others.
const MOST_OF_ONE_KIND: usize = 10;
const MOST_HAZARDS: usize = 100;
const MOST_PROBLEMS: usize = 50;
/// LIMIT: names of all members together: so much for each member that may be read, within these bounds.
const NAME_BYTES: u64 = 320;
const LEAST_NAMES: u64 = 32 * 1024 * 1024;
const MOST_NAMES: u64 = 256 * 1024 * 1024;

/// Gathers what a walk finds.
pub(crate) struct Collector<'a> {
    pub(crate) source: &'a SharedBytes,
    pub(crate) budget: &'a Budget,
    pub(crate) sessions: Arc<Sessions>,
    /// Says of which members the digest is wanted although they are too large to be held.
    pub(crate) digests: Option<&'a dyn Fn(&str) -> Wanted>,
    pub(crate) facts: ContainerFacts,
    /// How many checksums were compared while listing, and the members where they are wrong.
    pub(crate) checksums: u64,
    pub(crate) wrong_checksums: Vec<(u64, String)>,
    /// How many bytes were read for that.
    pub(crate) checked_bytes: u64,
    members: Vec<Member>,
    name_bytes: u64,
    full: bool,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(source: &'a SharedBytes, kind: ContainerKind, budget: &'a Budget) -> Self {
        Self {
            source,
            budget,
            sessions: Arc::default(),
            digests: None,
            facts: ContainerFacts {
                kind,
                members: 0,
                declared_bytes: 0,
                packed_bytes: 0,
                prefix_bytes: 0,
                comment: String::new(),
                anomalies: Vec::new(),
                anomalies_left_out: 0,
                hazards: Vec::new(),
                hazards_left_out: 0,
                problems: Vec::new(),
            },
            checksums: 0,
            wrong_checksums: Vec::new(),
            checked_bytes: 0,
            members: Vec::new(),
            name_bytes: 0,
            full: false,
        }
    }

    /// Whether another member may be read; reports it once when not.
    pub(crate) fn may_enter(&mut self, at: u64) -> bool {
        if self.full {
            return false;
        }
        if let Err(exhausted) = self.budget.enter_member() {
            self.full = true;
            self.problem(Problem::new(
                ProblemKind::LimitReached,
                Place::Byte(at),
                exhausted.to_string(),
            ));
        }
        !self.full
    }

    /// Whether a limit ended the walk.
    pub(crate) const fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn member(&mut self, member: Member) {
        let names = offset(member.name.len()).saturating_add(offset(member.raw_name.len()));
        self.name_bytes = self.name_bytes.saturating_add(names);
        let most = self.budget.most_members().saturating_mul(NAME_BYTES);
        if self.name_bytes > most.clamp(LEAST_NAMES, MOST_NAMES) && !self.full {
            self.full = true;
            self.problem(Problem::new(
                ProblemKind::LimitReached,
                Place::Byte(member.offset),
                "the names of the members are too long",
            ));
        }
        self.facts.members = self.facts.members.saturating_add(1);
        self.facts.declared_bytes = self.facts.declared_bytes.saturating_add(member.size);
        self.members.push(member);
    }

    pub(crate) fn anomaly(
        &mut self,
        kind: AnomalyKind,
        at: u64,
        member: &str,
        detail: impl Into<String>,
    ) {
        let of_this_kind = self
            .facts
            .anomalies
            .iter()
            .filter(|known| known.kind == kind);
        if of_this_kind.count() >= MOST_OF_ONE_KIND || self.facts.anomalies.len() >= MOST_ANOMALIES
        {
            self.facts.anomalies_left_out = self.facts.anomalies_left_out.saturating_add(1);
            return;
        }
        self.facts.anomalies.push(Anomaly {
            kind,
            offset: at,
            member: visible(member, 200),
            detail: detail.into(),
        });
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        let is_known = self.facts.problems.contains(&problem);
        if !is_known && self.facts.problems.len() < MOST_PROBLEMS {
            self.facts.problems.push(problem);
        }
    }

    /// A read failed: reported, and the walk goes on without the bytes.
    pub(crate) fn unreadable(&mut self, at: u64, error: &ReadError) {
        let kind = match error {
            ReadError::Corrupt(_) => ProblemKind::Malformed,
            ReadError::Exhausted(_) => ProblemKind::LimitReached,
            _ => ProblemKind::Unreadable,
        };
        self.problem(Problem::new(kind, Place::Byte(at), error.to_string()));
    }

    /// Up to `length` bytes from `at`; what cannot be read is reported and missing.
    pub(crate) fn read(&mut self, at: u64, length: usize) -> Vec<u8> {
        match chainwright_core::bytes::read_range(self.source.as_ref(), at, length) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unreadable(at, &error);
                Vec::new()
            }
        }
    }

    pub(crate) fn finish(mut self) -> Opened {
        hazard::find(&mut self.members);
        for member in &self.members {
            for hazard in &member.hazards {
                if self.facts.hazards.len() >= MOST_HAZARDS {
                    self.facts.hazards_left_out = self.facts.hazards_left_out.saturating_add(1);
                    continue;
                }
                self.facts.hazards.push(MemberHazard {
                    member: visible(&member.name, 200),
                    offset: member.offset,
                    hazard: hazard.clone(),
                });
            }
        }
        Opened {
            members: self.members,
            facts: self.facts,
        }
    }
}
