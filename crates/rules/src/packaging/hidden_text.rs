//! Invisible characters or direction marks hide or reorder text.
//!
//! ## Why it matters
//!
//! A model, an agent or an interpreter reads what is there; a reviewer sees something else. Tag characters spell
//! instructions, zero-width runs carry data, direction marks show code in another order than it runs (Trojan Source,
//! CVE-2021-42574).
//!
//! ## What to do
//!
//! Remove the characters and read the text again.
//!
//! ## Limits
//!
//! Joiners in emoji and in scripts that need them, byte-order marks and soft hyphens are quiet. Direction marks as
//! right-to-left prose needs them are only worth knowing.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::hidden_text::{HiddenKind, HiddenText};

use crate::shared::{Judged, counted, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "hidden-text",
    stage: Stage::Packaging,
    summary: "the file contains text that people cannot see",
    severity: Severity::Medium,
    remedy: "remove the characters and look at what they spell or reorder",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM01,
        atlas_5_6::T0068,
        cwe::CWE_451,
        cwe::CWE_1007,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::HiddenText(hits) = facts else {
            continue;
        };
        let mut stretches: Vec<&HiddenText> = hits.iter().collect();
        stretches.dedup_by(|hit, before| is_same_reordering(before, hit));
        let judged: Vec<Judged> = stretches
            .iter()
            .map(|hit| (severity(hit.kind), shown(hit)))
            .collect();
        let count = counted(judged.len(), "stretch", "stretches");
        let message = |_: &str| format!("{count} of hidden text");
        report_worst(judged, Confidence::High, message, sink);
    }
}

/// One reordering takes several marks in its line.
fn is_same_reordering(left: &HiddenText, right: &HiddenText) -> bool {
    let line = |hit: &HiddenText| match hit.place {
        Place::Line { line, .. } => Some(line),
        _ => None,
    };
    left.kind == HiddenKind::Reordering && right.kind == left.kind && line(left) == line(right)
}

const fn severity(kind: HiddenKind) -> Severity {
    match kind {
        HiddenKind::Tags | HiddenKind::Reordering => Severity::High,
        HiddenKind::ZeroWidth | HiddenKind::VariationSelectors => Severity::Medium,
        HiddenKind::Directional => Severity::Info,
    }
}

fn shown(hit: &HiddenText) -> Evidence {
    let what = match hit.kind {
        HiddenKind::Tags => "invisible characters spell",
        HiddenKind::Reordering => "the line is shown in another order than it is read",
        HiddenKind::ZeroWidth => "characters without width",
        HiddenKind::VariationSelectors => "variation selectors in a row",
        HiddenKind::Directional => "direction marks",
    };
    Evidence {
        place: hit.place.clone(),
        text: format!("{what}: {}", quoted(&hit.shown)),
    }
}
