//! The result of a run, as reports see it: nothing in it needs to be decided any more.

use std::time::Duration;

use crate::component::Graph;
use crate::decision::{Decision, Verdict};
use crate::digest::Digests;
use crate::finding::Finding;
use crate::location::Location;
use crate::problem::LocatedProblem;
use crate::severity::{Confidence, Severity};

/// One artifact that was read: a file of the target or a member inside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRecord {
    /// Where it lies.
    pub location: Location,
    /// Its size in bytes.
    pub size: u64,
    /// Its digests; members inside containers have none.
    pub digests: Option<Digests>,
    /// The formats its content was read as, such as `pickle` or `safetensors`; empty if it was recognised as none.
    pub formats: Vec<&'static str>,
    /// What we think of it.
    pub verdict: Verdict,
}

/// Findings that policy keeps out of the report, as numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Listed in the baseline file.
    pub by_baseline: usize,
    /// Accepted by an entry of the allow-list.
    pub by_allow_list: usize,
    /// Advisories that a VEX document settles.
    pub by_vex: usize,
    /// Below `--min-severity` or `--min-confidence`.
    pub by_threshold: usize,
}

impl Hidden {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.by_baseline + self.by_allow_list + self.by_vex + self.by_threshold
    }
}

/// What the run covered and cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Files of the targets that were looked at.
    pub files: u64,
    /// Bytes in those files.
    pub bytes: u64,
    /// Artifacts read, members inside containers included.
    pub artifacts: u64,
    /// Files whose facts came from the cache.
    pub cached: u64,
    /// Wall time.
    pub elapsed: Duration,
}

/// The gate that the decision was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// The mildest severity that denies.
    pub severity: Severity,
    /// The weakest confidence that denies.
    pub confidence: Confidence,
}

impl Gate {
    /// Whether something this bad and this sure counts against the gate.
    #[must_use]
    pub fn is_reached_by(self, severity: Severity, confidence: Confidence) -> bool {
        severity >= self.severity && confidence >= self.confidence
    }
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What was asked for, as written by the user.
    pub targets: Vec<String>,
    /// The supply chain.
    pub graph: Graph,
    /// What was read, sorted by location.
    pub artifacts: Vec<ArtifactRecord>,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// What policy hides.
    pub hidden: Hidden,
    /// What was broken or could not be read, sorted by location.
    pub problems: Vec<LocatedProblem>,
    /// The gate.
    pub gate: Gate,
    /// What policy says.
    pub decision: Decision,
    /// What it cost.
    pub statistics: Statistics,
}

impl Scan {
    /// The worst verdict of all artifacts; clean for an empty run.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.artifacts
            .iter()
            .map(|artifact| artifact.verdict)
            .max()
            .unwrap_or(Verdict::Clean)
    }
}
