//! An extension runs in every project or on every page.
//!
//! ## Why it matters
//!
//! What runs everywhere sees everything: each file of each project, each page behind each login. It is also what a
//! sold extension needs.
//!
//! ## What to do
//!
//! Prefer extensions that name the languages, commands or sites they work for.
//!
//! ## Limits
//!
//! Many honest extensions need it, so it is low; a browser extension that lets every site send it messages is
//! medium. What the code does with it is judged elsewhere.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_llm_2025, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "extension-activates-everywhere",
    stage: Stage::Extensions,
    summary: "an extension is active everywhere",
    severity: Severity::Low,
    remedy: "make sure that the extension needs to run everywhere",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP02,
        owasp_agentic_2026::ASI03,
        owasp_llm_2025::LLM06,
        cwe::CWE_250,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        for event in &bundle.activation {
            let text = event.value.shown();
            let (severity, what) = match event.name.as_str() {
                "externally_connectable" => (Severity::Medium, "every site may send it messages"),
                "content_scripts" => (Severity::Low, "its scripts run on every page"),
                _ if text == "*" => (
                    Severity::Low,
                    "it runs as soon as the editor starts, in every project",
                ),
                _ => continue,
            };
            found.push(judged(
                severity,
                &event.place,
                format!("{what}: {}", quoted(text)),
            ));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}
