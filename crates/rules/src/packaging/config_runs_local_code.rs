//! A configuration names Python in the same repository that loaders run when remote code is allowed.
//!
//! ## Why it matters
//!
//! With `trust_remote_code=True` the file runs on import. It is part of the model and has to be reviewed with it; a file
//! that is named but missing will be looked for elsewhere.
//!
//! ## What to do
//!
//! Review the file and pin the revision. Prefer models that the library supports without code of their own.
//!
//! ## Limits
//!
//! What the code does is judged by the rules for Python.

use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{CodeOrigin, Hazard, HazardKind};

use crate::config_hazards::{hazards, shown};
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "config-runs-local-code",
    stage: Stage::Packaging,
    summary: "loading the model runs code from its repository",
    severity: Severity::Low,
    remedy: "review the file that the evidence names and pin the revision you reviewed",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_001, cwe::CWE_829],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    let named: Vec<(&Hazard, &str)> = hazards(artifact)
        .filter_map(|hazard| Some((hazard, file_of(hazard)?)))
        .collect();
    let missing = named
        .iter()
        .find(|(_, file)| tree.neighbour(artifact, file).is_none());
    let Some((first, _)) = named.first() else {
        return;
    };
    let message = match missing {
        Some((hazard, file)) => format!(
            "loading runs {}, whose file {} is not here",
            quoted(&hazard.value),
            quoted(file)
        ),
        None => format!("loading runs {} of this repository", quoted(&first.value)),
    };
    let told = named.iter().take(SHOWN).map(|(hazard, _)| shown(hazard));
    sink.report(Confidence::High, message, told.collect());
}

/// The file beside the configuration that the hazard makes a loader run.
fn file_of(hazard: &Hazard) -> Option<&str> {
    match &hazard.kind {
        HazardKind::RunsCode {
            origin: CodeOrigin::Local { file },
            ..
        } => Some(file),
        _ => None,
    }
}
