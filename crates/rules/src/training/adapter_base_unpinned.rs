//! The adapter names its base model by a URL, by a path on somebody's machine, or without a revision.
//!
//! ## Why it matters
//!
//! An adapter is a difference. Applied to another base, or to the same name after the base was replaced, it does something
//! else than what was reviewed, and nobody can tell from the files.
//!
//! ## What to do
//!
//! Name the base by repository and set `revision` to a commit.
//!
//! ## Limits
//!
//! A missing revision is usual today and therefore only worth knowing.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, nist_ai_rmf_1_0, owasp_llm_2025, slsa_1_2};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "adapter-base-unpinned",
    stage: Stage::Training,
    summary: "the adapter does not say which base model it belongs to",
    severity: Severity::Low,
    remedy: "name the base model by repository and commit in `adapter_config.json`",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        nist_ai_rmf_1_0::MAP_4_1,
        slsa_1_2::PROVENANCE_EXISTS,
        cwe::CWE_345,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut report = |severity, kind: &HazardKind, what: &str| {
        let judge =
            |hazard: &Hazard| (hazard.kind == *kind).then_some((severity, Confidence::High));
        let describe = |hazard: &Hazard| format!("the base model {} {what}", quoted(&hazard.value));
        report_hazards(artifact, judge, describe, sink);
    };
    report(Severity::Medium, &HazardKind::BaseIsUrl, "is a URL");
    report(
        Severity::Low,
        &HazardKind::BaseIsLocalPath,
        "is a path on another machine",
    );
    report(
        Severity::Info,
        &HazardKind::BaseRevisionMissing,
        "has no revision",
    );
}
