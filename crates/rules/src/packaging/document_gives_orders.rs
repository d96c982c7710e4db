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

use crate::shared::{hazard_evidence, hazards};

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
    let found: Vec<(Severity, &Hazard)> = hazards(artifact)
        .filter_map(|hazard| Some((severity(&hazard.kind)?, hazard)))
        .collect();
    let Some((worst, first)) = found.iter().max_by_key(|(severity, _)| *severity) else {
        return;
    };
    let message = format!("the document says: {}", first.value);
    let told: Vec<&Hazard> = found.iter().map(|(_, hazard)| *hazard).collect();
    sink.report_as(*worst, Confidence::Medium, message, hazard_evidence(&told));
}

const fn severity(kind: &HazardKind) -> Option<Severity> {
    match kind {
        HazardKind::HiddenInstruction | HazardKind::SystemProtectionOff => Some(Severity::High),
        HazardKind::DownloadAndRun { origin } => Some(match origin {
            DownloadOrigin::Suspicious => Severity::High,
            DownloadOrigin::Unknown => Severity::Low,
            DownloadOrigin::Hub => Severity::Info,
        }),
        HazardKind::AgentInstruction => Some(Severity::Medium),
        HazardKind::LoaderProtectionOff => Some(Severity::Low),
        _ => None,
    }
}
