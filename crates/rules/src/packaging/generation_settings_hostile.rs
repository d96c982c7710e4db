//! The settings make generation endless, enormous, or say words of their choice.
//!
//! ## Why it matters
//!
//! Settings that come with a model are obeyed by everybody who serves it. Forbidden end tokens and absurd sizes burn
//! the budget of the server (denial of wallet); forced words and decisive biases put sentences into every answer.
//!
//! ## What to do
//!
//! Remove the setting, or use the settings of the base model's publisher.
//!
//! ## Limits
//!
//! Long contexts and usual suppressed tokens, such as Whisper's, are quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "generation-settings-hostile",
    stage: Stage::Packaging,
    summary: "the settings make generation endless or steer it",
    severity: Severity::Medium,
    remedy: "use the settings of the base model's publisher",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM10,
        owasp_llm_2025::LLM03,
        atlas_5_6::T0029,
        atlas_5_6::T0034,
        cwe::CWE_770,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_hazards(artifact, judge, describe, sink);
}

const fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    match hazard.kind {
        HazardKind::UnreasonableSize
        | HazardKind::GenerationNeverEnds
        | HazardKind::GenerationSteersText => Some((Severity::Medium, Confidence::High)),
        _ => None,
    }
}

fn describe(hazard: &Hazard) -> String {
    let what = match hazard.kind {
        HazardKind::GenerationNeverEnds => "every token that ends an answer is forbidden",
        HazardKind::GenerationSteersText => "generation is pushed to or from whole sequences",
        _ => "a size is beyond any machine",
    };
    format!("{what}: {}", quoted(&hazard.value))
}
