//! A checkpoint of a log contradicts one that was seen before.
//!
//! ## Why it matters
//!
//! A transparency log only grows. Fewer entries under the same name mean that some were taken out, or that an old state is passed
//! off as the present one; the same size with another root means that the log tells different people different things.
//!
//! ## What to do
//!
//! Do not rely on what the log proves. Keep both checkpoints: together they convict the log.
//!
//! ## Limits
//!
//! Asked where a checkpoint was recorded (`[verify] checkpoints`). Whether the larger log extends the smaller one is the business
//! of `chainwright log`; a proof file holds the checkpoint of its day and is held against checkpoints of the same size alone.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::whole;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "checkpoint-rolled-back",
    stage: Stage::Packaging,
    summary: "a log went back, or split",
    severity: Severity::High,
    remedy: "do not rely on the log, and keep both checkpoints",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_345],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Regressed(found) = facts else {
            continue;
        };
        let origin = quoted(&found.origin);
        let (severity, message) = if found.is_fork() {
            let message = format!("the log {origin} has another root at the same size");
            (Severity::High, message)
        } else {
            let message = format!("the log {origin} has fewer entries than it had");
            (Severity::Medium, message)
        };
        let evidence = vec![
            whole(format!("here: {} entries, root {}", found.size, found.root)),
            whole(format!(
                "recorded: {} entries, root {}",
                found.recorded_size, found.recorded_root
            )),
        ];
        sink.report_as(severity, Confidence::High, message, evidence);
    }
}
