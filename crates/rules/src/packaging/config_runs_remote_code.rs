//! A configuration names code that comes from another repository, from outside the folder, or a dangerous callable.
//!
//! ## Why it matters
//!
//! Loaders obey these keys: `auto_map` with a repository in front of `--`, kernels named by a hub path (CVE-2026-4372),
//! custom pipelines, module types, `_target_`. Reviewing this repository does not show the code that will run, and the
//! other repository can change it at any time.
//!
//! ## What to do
//!
//! Refuse remote code. If you need it, review it, copy it in and pin it by commit.
//!
//! ## Limits
//!
//! Code in the same repository is reported by `config-runs-local-code` and judged by the rules for Python.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{CodeOrigin, Hazard};

use crate::shared::{code_paths, hazard_evidence};

pub(crate) static RULE: Rule = Rule {
    id: "config-runs-remote-code",
    stage: Stage::Packaging,
    summary: "loading the model fetches and runs code from elsewhere",
    severity: Severity::High,
    remedy: "load with trust_remote_code=False, or copy the reviewed code into your repository and pin it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        atlas_5_6::T0011_000,
        cwe::CWE_829,
        cwe::CWE_494,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let named: Vec<(Severity, &Hazard)> = code_paths(artifact)
        .filter_map(|(hazard, origin)| Some((severity(origin)?, hazard)))
        .collect();
    let Some((worst, first)) = named.iter().max_by_key(|(severity, _)| *severity) else {
        return;
    };
    let confidence = if *worst >= Severity::High {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let hazards: Vec<&Hazard> = named.iter().map(|(_, hazard)| *hazard).collect();
    let message = format!("loading runs `{}`", first.value);
    sink.report_as(*worst, confidence, message, hazard_evidence(&hazards));
}

const fn severity(origin: &CodeOrigin) -> Option<Severity> {
    match origin {
        CodeOrigin::Dangerous { .. } => Some(Severity::Critical),
        CodeOrigin::Remote { .. } | CodeOrigin::Outside { .. } => Some(Severity::High),
        CodeOrigin::Unknown { .. } => Some(Severity::Medium),
        CodeOrigin::HubCollection { .. } => Some(Severity::Low),
        CodeOrigin::Local { .. } => None,
    }
}
