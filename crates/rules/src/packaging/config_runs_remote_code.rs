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
use chainwright_repository::{CodeMechanism, CodeOrigin, Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "config-runs-remote-code",
    stage: Stage::Packaging,
    summary: "loading the model fetches and runs code from elsewhere",
    severity: Severity::High,
    remedy: "load with `trust_remote_code=False`, or copy the reviewed code into your repository and pin it",
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
    report_hazards(artifact, judge, describe, sink);
}

fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    let HazardKind::RunsCode { mechanism, origin } = &hazard.kind else {
        return None;
    };
    match origin {
        CodeOrigin::Dangerous { .. } => Some((Severity::Critical, Confidence::High)),
        CodeOrigin::Remote { .. } | CodeOrigin::Outside { .. } => {
            Some((Severity::High, Confidence::High))
        }
        // Adapters have no honest reason to import what nobody knows.
        CodeOrigin::Unknown { .. } if *mechanism == CodeMechanism::AdapterImport => {
            Some((Severity::Medium, Confidence::Medium))
        }
        CodeOrigin::Unknown { .. } | CodeOrigin::HubCollection { .. } => {
            Some((Severity::Low, Confidence::Medium))
        }
        CodeOrigin::Local { .. } => None,
    }
}

fn describe(hazard: &Hazard) -> String {
    let HazardKind::RunsCode { mechanism, origin } = &hazard.kind else {
        return quoted(&hazard.value);
    };
    match origin {
        CodeOrigin::Remote { repository } | CodeOrigin::HubCollection { repository } => {
            format!("loading fetches and runs code of {}", quoted(repository))
        }
        CodeOrigin::Dangerous { callable } => {
            // An adapter names the module and what is taken from it in two keys; the value joins them.
            let is_joined = *mechanism == CodeMechanism::AdapterImport;
            let name = if is_joined { &hazard.value } else { callable };
            format!("loading calls {}", quoted(name))
        }
        CodeOrigin::Unknown { callable } => {
            format!(
                "loading imports {}, which nobody vouches for",
                quoted(callable)
            )
        }
        CodeOrigin::Outside { path } => {
            format!("loading runs {} from outside the folder", quoted(path))
        }
        CodeOrigin::Local { file } => format!("loading runs {}", quoted(file)),
    }
}
