//! A file of the project runs a command by itself: when the folder is opened, a session starts, a tool is used.
//!
//! ## Why it matters
//!
//! Cloning and opening is enough. Hooks of assistants ran before anybody was asked about the folder
//! (CVE-2025-59536); tasks of editors, development containers and `direnv` are the same road.
//!
//! ## What to do
//!
//! Read the command before you trust the folder. Keep such commands in the settings of the user, or in a file that
//! is reviewed like code.
//!
//! ## Limits
//!
//! Severity follows from what the command does, as far as the readers of shell, Python and JavaScript see it; a
//! command that only starts a file of the project is low and the file is judged where it lies. Clients ask once,
//! for the folder, not for a later change.

use chainwright_agents::{Scope, Surface, Trigger};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, judged, worst_behaviour};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "command-runs-on-open",
    stage: Stage::Extensions,
    summary: "a command runs by itself",
    severity: Severity::Low,
    remedy: "read the command before you open or trust the folder",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP05,
        owasp_agentic_2026::ASI05,
        atlas_5_6::T0081,
        atlas_5_6::T0011,
        cwe::CWE_829,
        cwe::CWE_78,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        for command in &bundle.commands {
            let when = command.trigger.as_str();
            let shown = quoted(&command.command);
            if let Some((severity, text)) = worst_behaviour(&command.behaviours) {
                let text = format!("{shown} runs {when}, and does harm: {text}");
                found.push(judged(severity, &command.place, text));
                continue;
            }
            let severity = match command.trigger {
                // Asking another program for the key is usual for one user; a project that does it gets the key.
                Trigger::Helper if is_key(&command.event) && bundle.scope == Scope::Project => {
                    Severity::Medium
                }
                Trigger::Git
                    if bundle.surface == Surface::GitConfig
                        && !command.event.ends_with("hookspath") =>
                {
                    Severity::Medium
                }
                Trigger::Called => continue,
                Trigger::Container => Severity::Info,
                _ if bundle.surface == Surface::Environment => continue,
                _ if bundle.scope == Scope::Project => Severity::Low,
                _ => Severity::Info,
            };
            found.push(judged(
                severity,
                &command.place,
                format!("{shown} runs {when}"),
            ));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}

/// Whether a helper makes credentials.
fn is_key(event: &str) -> bool {
    matches!(
        event,
        "apiKeyHelper"
            | "awsAuthRefresh"
            | "awsCredentialExport"
            | "gcpAuthRefresh"
            | "headersHelper"
            | "otelHeadersHelper"
    )
}
