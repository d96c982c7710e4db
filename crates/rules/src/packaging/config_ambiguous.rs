//! A configuration holds a key twice with different values, or promises another format than it names.
//!
//! ## Why it matters
//!
//! JSON readers differ: some take the first value, some the last. A review tool then shows one value while the loader uses
//! the other. An index for safetensors that names pickles gets code past a check for the format.
//!
//! ## What to do
//!
//! Ask the publisher for a clean file.
//!
//! ## Limits
//!
//! Repeated keys with equal values are quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "config-ambiguous",
    stage: Stage::Packaging,
    summary: "loaders read the configuration differently",
    severity: Severity::Medium,
    remedy: "keep one value for each key, and files of the format that the index promises",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_436,
        cwe::CWE_694,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let judge = |hazard: &Hazard| {
        let is_ambiguous = matches!(
            hazard.kind,
            HazardKind::DuplicateKey | HazardKind::ShardFormatMismatch
        );
        is_ambiguous.then_some((Severity::Medium, Confidence::High))
    };
    report_hazards(artifact, judge, describe, sink);
}

fn describe(hazard: &Hazard) -> String {
    let value = quoted(&hazard.value);
    if hazard.kind == HazardKind::DuplicateKey {
        format!("the key {value} has two values")
    } else {
        format!("the index for safetensors names {value}, which runs code on load")
    }
}
