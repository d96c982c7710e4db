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
use chainwright_repository::{CodeOrigin, Hazard};

use crate::shared::{code_paths, hazard_evidence};

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
    let mut named: Vec<&Hazard> = Vec::new();
    let mut missing: Option<&str> = None;
    for (hazard, origin) in code_paths(artifact) {
        let CodeOrigin::Local { file } = origin else {
            continue;
        };
        named.push(hazard);
        if tree.neighbour(artifact, file).is_none() {
            missing = Some(file);
        }
    }
    let Some(first) = named.first() else { return };
    let message = match missing {
        Some(file) => format!("loading runs `{}`, and `{file}` is not here", first.value),
        None => format!("loading runs `{}` of this repository", first.value),
    };
    sink.report(Confidence::High, message, hazard_evidence(&named));
}
