//! The file changes imported objects, computes the names it imports, or calls through registries and hooks.
//!
//! ## Why it matters
//!
//! These constructs exist to get past scanners that look for names: a module's attribute is overwritten and then called
//! under its honest name, a name is assembled while loading, a code of the extension registry or a persistent id stands
//! for something that only the victim's process knows. No serializer writes them for data.
//!
//! ## What to do
//!
//! Do not load the file.
//!
//! ## Limits
//!
//! Persistent ids and registry codes mean what the loading program says; files of such programs are reported too.

use std::cmp::Reverse;

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::{Tier, Use, UseKind};

use crate::pickle_uses::{is_indirect, pickles, subject, uses};

pub(crate) static RULE: Rule = Rule {
    id: "pickle-indirection",
    stage: Stage::Packaging,
    summary: "the file hides what it calls behind the process or the machine",
    severity: Severity::High,
    remedy: "do not load this file; honest serializers write plain names",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_502,
        cwe::CWE_470,
        cwe::CWE_915,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        let mut used: Vec<&Use> = facts.uses.iter().filter(|used| is_indirect(used)).collect();
        used.sort_by_key(|used| Reverse(used.tier));
        let Some(first) = used.first() else { continue };
        let (severity, confidence) = match first.tier {
            Tier::Dangerous => (Severity::High, Confidence::High),
            Tier::UnknownCall => (Severity::Medium, Confidence::Medium),
            Tier::UnknownClass | Tier::LibraryClass | Tier::Safe => {
                (Severity::Low, Confidence::Low)
            }
        };
        let message = format!("{} {}", what(first.kind), subject(first));
        sink.report_as(severity, confidence, message, uses(&used));
    }
}

const fn what(kind: UseKind) -> &'static str {
    match kind {
        UseKind::Mutation | UseKind::SetState => "changes the imported object",
        UseKind::DynamicGlobal => "computes the name of what it imports:",
        UseKind::Extension => "imports through the extension registry:",
        UseKind::PersistentId => "leaves the meaning of an object to the loading program:",
        UseKind::Import
        | UseKind::Reduce
        | UseKind::Inst
        | UseKind::Obj
        | UseKind::NewObj
        | UseKind::NewObjEx
        | UseKind::Indirect
        | UseKind::SerializedCode => "reaches indirectly",
    }
}
