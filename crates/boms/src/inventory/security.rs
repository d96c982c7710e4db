//! What is known against components, how things were made, and what is claimed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evidence::Source;
use crate::inventory::component::Reference;

/// How bad a vulnerability is, in the words of CycloneDX.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Severity {
    /// Nobody says.
    #[default]
    Unknown,
    /// Not at all.
    None,
    /// Only to be known.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// Every severity.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::None,
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::None => "none",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One judgement of how bad a vulnerability is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rating {
    /// How it was made, in the words of CycloneDX: `CVSSv31`, `CVSSv4`, `OWASP` …; empty if unknown.
    pub method: String,
    /// The score, if there is one.
    pub score: Option<f64>,
    /// The severity.
    pub severity: Severity,
    /// The vector; empty if there is none.
    pub vector: String,
    /// Who judged; empty if unknown.
    pub source: String,
}

/// What an analysis came to (VEX), in the words of CycloneDX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AnalysisState {
    /// It was removed.
    Resolved,
    /// It was removed, with the change on record.
    ResolvedWithPedigree,
    /// It can be used against the system.
    Exploitable,
    /// Somebody is looking.
    InTriage,
    /// It was never there.
    FalsePositive,
    /// It is there and does no harm.
    NotAffected,
}

impl AnalysisState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Resolved,
        Self::ResolvedWithPedigree,
        Self::Exploitable,
        Self::InTriage,
        Self::FalsePositive,
        Self::NotAffected,
    ];

    /// The name in CycloneDX.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::ResolvedWithPedigree => "resolved_with_pedigree",
            Self::Exploitable => "exploitable",
            Self::InTriage => "in_triage",
            Self::FalsePositive => "false_positive",
            Self::NotAffected => "not_affected",
        }
    }

    /// Whether nothing has to be done about it any more.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Resolved
            | Self::ResolvedWithPedigree
            | Self::FalsePositive
            | Self::NotAffected => true,
            Self::Exploitable | Self::InTriage => false,
        }
    }
}

/// What was concluded about a vulnerability (VEX).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exploitability {
    /// The conclusion.
    pub state: AnalysisState,
    /// Why it does no harm, in the words of CycloneDX (`code_not_reachable` …); empty if not given.
    pub justification: String,
    /// What was decided to do, in the words of CycloneDX (`update`, `will_not_fix` …).
    pub responses: BTreeSet<String>,
    /// In words.
    pub detail: String,
}

/// A component that a vulnerability touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Affected {
    /// Which one.
    pub component: Reference,
    /// The version or `vers:` range with its status (`affected`, `unaffected`, `unknown`).
    pub versions: Vec<(String, String)>,
}

/// A vulnerability with what was concluded about it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Its name.
    pub id: String,
    /// Who gave the name.
    pub source: String,
    /// Where it is described.
    pub url: Option<String>,
    /// Other names.
    pub aliases: BTreeSet<String>,
    /// How bad.
    pub ratings: Vec<Rating>,
    /// Weaknesses by their CWE number.
    pub cwes: BTreeSet<u32>,
    /// In words.
    pub description: String,
    /// What to do.
    pub recommendation: String,
    /// When it became known.
    pub published: Option<crate::time::Timestamp>,
    /// When it last changed.
    pub updated: Option<crate::time::Timestamp>,
    /// What it touches.
    pub affects: Vec<Affected>,
    /// What was concluded.
    pub analysis: Option<Exploitability>,
    /// What the document said in a form that the fields above cannot hold.
    pub original: Option<crate::inventory::kept::Original>,
}

impl Vulnerability {
    /// The worst severity that anybody gives.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.ratings
            .iter()
            .map(|rating| rating.severity)
            .max()
            .unwrap_or_default()
    }

    /// Whether it still needs somebody's attention.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.analysis
            .as_ref()
            .is_none_or(|analysis| !analysis.state.is_settled())
    }
}

/// One step of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// In words.
    pub description: String,
    /// What was run.
    pub commands: Vec<String>,
}

/// How something was made: training, conversion, evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// In words.
    pub description: String,
    /// What kind of work, in the words of CycloneDX (`build`, `test`, `deploy` …); others become `other`.
    pub tasks: BTreeSet<String>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// What went in.
    pub inputs: BTreeSet<Reference>,
    /// What came out.
    pub outputs: BTreeSet<Reference>,
    /// When it began.
    pub started: Option<crate::time::Timestamp>,
    /// When it ended.
    pub ended: Option<crate::time::Timestamp>,
    /// Further facts: hyperparameters, seeds, hardware.
    pub properties: Vec<crate::inventory::component::Property>,
}

/// A claim about a component with its ground.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// What it is about.
    pub target: Reference,
    /// What is claimed.
    pub predicate: String,
    /// Why it should be believed.
    pub reasoning: String,
    /// The ground: a name for it and a description.
    pub evidence: Vec<(String, String)>,
    /// Where the claim was read.
    pub source: Option<Source>,
}
