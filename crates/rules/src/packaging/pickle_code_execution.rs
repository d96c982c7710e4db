//! Loading the file runs code of the attacker's choice.
//!
//! ## Why it matters
//!
//! A pickle is a program. `torch.load`, `joblib.load`, `numpy.load(allow_pickle=True)` and `pickle.load` run it with
//! the rights of whoever loads the model. The evidence names what would be called, with its arguments, as a symbolic
//! run of the stream has shown; nothing was executed.
//!
//! ## What to do
//!
//! Do not load the file. Ask its publisher for safetensors, or convert it in a sandbox without network. If it was
//! loaded already, treat the machine and its credentials as compromised.
//!
//! ## Limits
//!
//! Judged by exact names: a callable is dangerous because it is in the catalogue. What nobody has catalogued is
//! reported by `pickle-unknown-callable`.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, nist_ai_rmf_1_0, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{Reason, Tier, Use, UseKind};

use crate::pickle_uses::{pickles, subject, uses};
use crate::shared::counted;

pub(crate) static RULE: Rule = Rule {
    id: "pickle-code-execution",
    stage: Stage::Packaging,
    summary: "loading the file runs code",
    severity: Severity::Critical,
    remedy: "do not load this file; use safetensors or a copy from a publisher you trust",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        atlas_5_6::T0018_002,
        nist_ai_rmf_1_0::MANAGE_3_1,
        cwe::CWE_502,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        let called: Vec<&Use> = facts
            .uses
            .iter()
            .filter(|used| is_execution(used))
            .collect();
        let Some(first) = called.first() else {
            continue;
        };
        let message = match called.len() {
            1 => format!("loading calls {}", subject(first)),
            many => format!(
                "loading makes {}, first {}",
                counted(many, "dangerous call", "dangerous calls"),
                subject(first)
            ),
        };
        sink.report(Confidence::High, message, uses(&called));
    }
}

/// A dangerous use that is not an import alone and not told by another rule.
fn is_execution(used: &Use) -> bool {
    used.tier == Tier::Dangerous
        && match used.kind {
            UseKind::Import
            | UseKind::Mutation
            | UseKind::Extension
            | UseKind::PersistentId
            | UseKind::DynamicGlobal => false,
            UseKind::Reduce
            | UseKind::Inst
            | UseKind::Obj
            | UseKind::NewObj
            | UseKind::NewObjEx
            | UseKind::Indirect
            | UseKind::SerializedCode => true,
            UseKind::SetState => used.reason != Reason::StateOfGlobal,
        }
}
