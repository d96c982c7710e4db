//! Version 1 of the JSON document.
//!
//! Fields are added, never changed or removed; a break is a `v2`. Text is given exactly as it was found, hostile
//! or not: making it visible is up to who shows it. The JSON Schema lies in `docs/reports/scan-v1.schema.json`,
//! and a test checks every sample against it.

use std::collections::BTreeMap;

use chainwright_core::component::{Component, ComponentId, Edge};
use chainwright_core::control::Control;
use chainwright_core::digest::Digests;
use chainwright_core::finding::{Evidence, Finding};
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::LocatedProblem;
use chainwright_core::scan::{ArtifactRecord, Scan};
use chainwright_core::severity::Severity;
use serde::Serialize;

use crate::context::Context;
use crate::summary::{self, Counts};

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("../../../../docs/reports/scan-v1.schema.json");

const SCHEMA_URI: &str = "https://raw.githubusercontent.com/chainwright/chainwright/main/docs/reports/scan-v1.schema.json";
const SCHEMA_VERSION: &str = "1";

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    schema_version: &'static str,
    tool: ToolV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<&'a str>,
    targets: &'a [String],
    verdict: &'static str,
    decision: DecisionV1<'a>,
    statistics: StatisticsV1,
    stages: Vec<StageV1>,
    hidden: HiddenV1,
    findings: Vec<FindingV1<'a>>,
    problems: Vec<ProblemV1<'a>>,
    artifacts: Vec<ArtifactV1<'a>>,
    components: Vec<ComponentV1<'a>>,
    edges: Vec<EdgeV1>,
}

impl<'a> Document<'a> {
    pub(crate) fn of(context: &'a Context<'_>) -> Self {
        let scan = context.scan;
        Self {
            schema: SCHEMA_URI,
            schema_version: SCHEMA_VERSION,
            tool: ToolV1 {
                name: "chainwright",
                version: context.tool_version,
            },
            finished_at: context.finished_at.as_deref(),
            targets: &scan.targets,
            verdict: scan.verdict().as_str(),
            decision: DecisionV1::of(scan),
            statistics: StatisticsV1::of(scan),
            stages: summary::posture(scan)
                .into_iter()
                .map(|(stage, counts)| StageV1 {
                    stage: stage.as_str(),
                    worst: counts.worst().map(Severity::as_str),
                    findings: CountsV1::of(counts),
                })
                .collect(),
            hidden: HiddenV1::of(scan),
            findings: scan.findings.iter().map(FindingV1::of).collect(),
            problems: scan.problems.iter().map(ProblemV1::of).collect(),
            artifacts: scan.artifacts.iter().map(ArtifactV1::of).collect(),
            components: scan.graph.iter().map(ComponentV1::of).collect(),
            edges: scan.graph.edges().iter().map(EdgeV1::of).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ToolV1<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Debug, Serialize)]
struct DecisionV1<'a> {
    outcome: &'static str,
    reasons: &'a [String],
    incomplete: bool,
    gate: GateV1,
    findings_at_gate: usize,
}

#[derive(Debug, Serialize)]
struct GateV1 {
    severity: &'static str,
    confidence: &'static str,
}

impl<'a> DecisionV1<'a> {
    fn of(scan: &'a Scan) -> Self {
        Self {
            outcome: scan.decision.outcome.as_str(),
            reasons: &scan.decision.reasons,
            incomplete: scan.decision.incomplete,
            gate: GateV1 {
                severity: scan.gate.severity.as_str(),
                confidence: scan.gate.confidence.as_str(),
            },
            findings_at_gate: summary::at_gate(scan),
        }
    }
}

#[derive(Debug, Serialize)]
struct StatisticsV1 {
    files: u64,
    bytes: u64,
    artifacts: u64,
    cached: u64,
    elapsed_ms: u64,
}

impl StatisticsV1 {
    fn of(scan: &Scan) -> Self {
        let statistics = scan.statistics;
        Self {
            files: statistics.files,
            bytes: statistics.bytes,
            artifacts: statistics.artifacts,
            cached: statistics.cached,
            elapsed_ms: u64::try_from(statistics.elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[derive(Debug, Serialize)]
struct StageV1 {
    stage: &'static str,
    worst: Option<&'static str>,
    findings: CountsV1,
}

#[derive(Debug, Serialize)]
struct CountsV1 {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

impl CountsV1 {
    const fn of(counts: Counts) -> Self {
        Self {
            critical: counts.at(Severity::Critical),
            high: counts.at(Severity::High),
            medium: counts.at(Severity::Medium),
            low: counts.at(Severity::Low),
            info: counts.at(Severity::Info),
        }
    }
}

#[derive(Debug, Serialize)]
struct HiddenV1 {
    by_baseline: usize,
    by_allow_list: usize,
    by_vex: usize,
    by_threshold: usize,
    total: usize,
}

impl HiddenV1 {
    const fn of(scan: &Scan) -> Self {
        Self {
            by_baseline: scan.hidden.by_baseline,
            by_allow_list: scan.hidden.by_allow_list,
            by_vex: scan.hidden.by_vex,
            by_threshold: scan.hidden.by_threshold,
            total: scan.hidden.total(),
        }
    }
}

#[derive(Debug, Serialize)]
struct LocationV1<'a> {
    path: &'a str,
    members: &'a [String],
}

impl<'a> LocationV1<'a> {
    fn of(location: &'a Location) -> Self {
        Self {
            path: location.path(),
            members: location.members(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum PlaceV1<'a> {
    Whole,
    Byte { offset: u64 },
    Line { line: u32, column: u32 },
    Pointer { pointer: &'a str },
    Key { key: &'a str },
}

impl<'a> PlaceV1<'a> {
    fn of(place: &'a Place) -> Self {
        match place {
            Place::Whole => Self::Whole,
            Place::Byte(offset) => Self::Byte { offset: *offset },
            Place::Line { line, column } => Self::Line {
                line: *line,
                column: *column,
            },
            Place::Pointer(pointer) => Self::Pointer { pointer },
            Place::Key(key) => Self::Key { key },
        }
    }
}

#[derive(Debug, Serialize)]
struct DigestsV1 {
    sha256: String,
    blake3: String,
}

impl DigestsV1 {
    fn of(digests: &Digests) -> Self {
        Self {
            sha256: digests.sha256.to_string(),
            blake3: digests.blake3.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct FindingV1<'a> {
    rule: &'static str,
    summary: &'static str,
    stage: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    subject: SubjectV1<'a>,
    evidence: Vec<EvidenceV1<'a>>,
    remedy: &'static str,
    controls: Vec<ControlV1>,
    fingerprint: String,
}

#[derive(Debug, Serialize)]
struct SubjectV1<'a> {
    location: LocationV1<'a>,
    sha256: Option<String>,
}

#[derive(Debug, Serialize)]
struct EvidenceV1<'a> {
    place: PlaceV1<'a>,
    text: &'a str,
}

impl<'a> EvidenceV1<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        Self {
            place: PlaceV1::of(&evidence.place),
            text: &evidence.text,
        }
    }
}

#[derive(Debug, Serialize)]
struct ControlV1 {
    framework: &'static str,
    id: &'static str,
    title: &'static str,
    url: &'static str,
}

impl ControlV1 {
    const fn of(control: &Control) -> Self {
        Self {
            framework: control.framework.as_str(),
            id: control.id,
            title: control.title,
            url: control.url,
        }
    }
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule,
            summary: finding.summary,
            stage: finding.stage.as_str(),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            message: &finding.message,
            subject: SubjectV1 {
                location: LocationV1::of(&finding.subject.location),
                sha256: finding.subject.sha256.map(|digest| digest.to_string()),
            },
            evidence: finding.evidence.iter().map(EvidenceV1::of).collect(),
            remedy: finding.remedy,
            controls: finding.controls.iter().map(ControlV1::of).collect(),
            fingerprint: finding.fingerprint.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ProblemV1<'a> {
    location: LocationV1<'a>,
    kind: String,
    place: PlaceV1<'a>,
    detail: &'a str,
    leaves_incomplete: bool,
}

impl<'a> ProblemV1<'a> {
    fn of(located: &'a LocatedProblem) -> Self {
        let problem = &located.problem;
        Self {
            location: LocationV1::of(&located.location),
            kind: problem.kind.as_str().replace(' ', "-"),
            place: PlaceV1::of(&problem.place),
            detail: &problem.detail,
            leaves_incomplete: problem.kind.leaves_incomplete(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ArtifactV1<'a> {
    location: LocationV1<'a>,
    size: u64,
    digests: Option<DigestsV1>,
    formats: &'a [&'static str],
    verdict: &'static str,
}

impl<'a> ArtifactV1<'a> {
    fn of(artifact: &'a ArtifactRecord) -> Self {
        Self {
            location: LocationV1::of(&artifact.location),
            size: artifact.size,
            digests: artifact.digests.as_ref().map(DigestsV1::of),
            formats: &artifact.formats,
            verdict: artifact.verdict.as_str(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ComponentV1<'a> {
    id: usize,
    kind: &'static str,
    stage: &'static str,
    name: &'a str,
    origin: &'static str,
    location: Option<LocationV1<'a>>,
    size: Option<u64>,
    digests: Option<DigestsV1>,
    attributes: &'a BTreeMap<&'static str, String>,
}

impl<'a> ComponentV1<'a> {
    fn of((id, component): (ComponentId, &'a Component)) -> Self {
        Self {
            id: id.index(),
            kind: component.kind.as_str(),
            stage: component.kind.stage().as_str(),
            name: &component.name,
            origin: component.origin.as_str(),
            location: component.location.as_ref().map(LocationV1::of),
            size: component.size,
            digests: component.digests.as_ref().map(DigestsV1::of),
            attributes: &component.attributes,
        }
    }
}

#[derive(Debug, Serialize)]
struct EdgeV1 {
    from: usize,
    kind: &'static str,
    to: usize,
}

impl EdgeV1 {
    const fn of(edge: &Edge) -> Self {
        Self {
            from: edge.from.index(),
            kind: edge.kind.as_str(),
            to: edge.to.index(),
        }
    }
}
