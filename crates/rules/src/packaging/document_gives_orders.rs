//! A model card or document holds instructions for agents, or commands that fetch and run something in one go.
//!
//! ## Why it matters
//!
//! Assistants read cards before they load models. Hidden text that speaks to them, and commands that pipe a download into a
//! shell, turn reading into running.
//!
//! ## What to do
//!
//! Remove the text. Give agents documents as data, never as instructions.
//!
//! ## Limits
//!
//! Installers of well-known projects use such commands too.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::hazard::DownloadOrigin;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "document-gives-orders",
    stage: Stage::Packaging,
    summary: "a document tries to command its reader or the reader's agent",
    severity: Severity::Medium,
    remedy: "do not let an agent act on this document; remove the text",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM01, atlas_5_6::T0051_001, cwe::CWE_1427],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let judge =
        |hazard: &Hazard| severity(&hazard.kind).map(|severity| (severity, Confidence::Medium));
    report_hazards(artifact, judge, describe, sink);
}

fn describe(hazard: &Hazard) -> String {
    let what = match hazard.kind {
        HazardKind::HiddenInstruction => "hidden text gives orders",
        HazardKind::AgentInstruction => "the text gives orders to agents",
        HazardKind::DownloadAndRun { .. } => "a command downloads and runs something in one go",
        _ => "the text tells its reader to switch a protection off",
    };
    format!("{what}: {}", quoted(&hazard.value))
}

const fn severity(kind: &HazardKind) -> Option<Severity> {
    match kind {
        HazardKind::HiddenInstruction => Some(Severity::High),
        HazardKind::DownloadAndRun { origin } => Some(match origin {
            DownloadOrigin::Suspicious => Severity::High,
            DownloadOrigin::Unknown => Severity::Medium,
            DownloadOrigin::Hub => Severity::Low,
        }),
        HazardKind::AgentInstruction | HazardKind::SystemProtectionOff => Some(Severity::Medium),
        HazardKind::LoaderProtectionOff => Some(Severity::Low),
        _ => None,
    }
}
