//! A setting switches off that a person is asked before tools run.
//!
//! ## Why it matters
//!
//! The question before a command is the last control between a text that gives orders and the machine. A project
//! that brings the setting grants itself the trust of everybody who opens it (CVE-2026-33068, CVE-2025-53773,
//! CVE-2025-59536).
//!
//! ## What to do
//!
//! Remove the setting from the project. Allow single commands instead, in the settings of the user, and work in a
//! container where nobody is asked.
//!
//! ## Limits
//!
//! Settings of one user count one step less than those of a project. Keys that no table knows are recognised by
//! their names.

use chainwright_agents::clients::Client;
use chainwright_agents::{GrantKind, Surface};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, comes_from_others, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "tool-approval-bypassed",
    stage: Stage::Extensions,
    summary: "nobody is asked before tools run",
    severity: Severity::High,
    remedy: "remove the setting; allow single commands instead",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP02,
        owasp_agentic_2026::ASI02,
        owasp_agentic_2026::ASI09,
        atlas_5_6::T0081,
        atlas_5_6::T0053,
        cwe::CWE_269,
        cwe::CWE_15,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        for grant in &bundle.grants {
            let (by_others, by_user, what) = match grant.kind {
                GrantKind::AsksNothing => {
                    (Severity::High, Severity::Medium, "nobody is asked any more")
                }
                GrantKind::SandboxOff if bundle.surface == Surface::Devcontainer => (
                    Severity::Low,
                    Severity::Low,
                    "the container is not apart from its host",
                ),
                GrantKind::SandboxOff => (Severity::High, Severity::Medium, "the sandbox is off"),
                GrantKind::TrustsServers => (
                    Severity::Medium,
                    Severity::Low,
                    "servers of a project start without being approved",
                ),
                GrantKind::TrustsFolders => (
                    Severity::Medium,
                    Severity::Low,
                    "folders are trusted unasked",
                ),
                _ => continue,
            };
            // Its own default.
            let is_default = bundle.client == Some(Client::Goose) && !comes_from_others(bundle);
            let severity = match (comes_from_others(bundle), is_default) {
                (_, true) => Severity::Low,
                (true, false) => by_others,
                (false, false) => by_user,
            };
            let text = format!("{what}: {}", quoted(&grant.written));
            found.push(judged(severity, &grant.place, text));
        }
        for server in &bundle.servers {
            if server.approved.iter().any(|tool| tool == "*") && !server.is_disabled {
                let severity = if comes_from_others(bundle) {
                    Severity::Medium
                } else {
                    Severity::Low
                };
                let text = format!(
                    "every tool of {} runs without a question",
                    quoted(&server.name)
                );
                found.push(judged(severity, &server.place, text));
            }
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}
