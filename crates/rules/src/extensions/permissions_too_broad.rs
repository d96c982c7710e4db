//! An assistant or a server may do everything of a kind: any command, any file, any host.
//!
//! ## Why it matters
//!
//! What is allowed beforehand is what an injected order can use. A server that was given the whole disk hands out
//! every key on it.
//!
//! ## What to do
//!
//! Allow the commands and folders that are needed, and name them.
//!
//! ## Limits
//!
//! In the heads of skills and commands a whole tool such as `Bash` is usual and low: the user's own settings still
//! count. What a server does with a folder is not seen here.

use chainwright_agents::{GrantKind, Surface, is_whole_folder};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, comes_from_others, judged, servers};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "permissions-too-broad",
    stage: Stage::Extensions,
    summary: "everything of a kind is allowed",
    severity: Severity::Medium,
    remedy: "name the commands, folders and hosts that are needed",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP02,
        owasp_agentic_2026::ASI03,
        atlas_5_6::T0053,
        cwe::CWE_250,
        cwe::CWE_732,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        let is_declared = matches!(
            bundle.surface,
            Surface::Skill | Surface::Command | Surface::SubAgent | Surface::BrowserExtension
        );
        for grant in &bundle.grants {
            let (severity, what) = match grant.kind {
                GrantKind::EveryTool => (Severity::Medium, "every tool"),
                GrantKind::EveryCommand => (Severity::Medium, "every command"),
                GrantKind::EveryFile => (Severity::Medium, "every file"),
                GrantKind::EveryHost => (Severity::Low, "every host"),
                _ => continue,
            };
            let severity = if is_declared || !comes_from_others(bundle) {
                Severity::Low
            } else {
                severity
            };
            let text = format!("{what} is allowed: {}", quoted(&grant.written));
            found.push(judged(severity, &grant.place, text));
        }
    }
    for (_, server) in servers(artifact) {
        let name = quoted(&server.name);
        for folder in server
            .launch
            .folders
            .iter()
            .filter(|folder| is_whole_folder(folder))
        {
            let severity = if is_home(folder) {
                Severity::Low
            } else {
                Severity::Medium
            };
            let text = format!("{name} is handed everything below {}", quoted(folder));
            found.push(judged(severity, &server.place, text));
        }
        if server
            .launch
            .folders
            .iter()
            .any(|folder| folder.ends_with("docker.sock"))
        {
            let text = format!(
                "{name} is handed the socket of the container engine, and with it the host"
            );
            found.push(judged(Severity::Medium, &server.place, text));
        }
        for open in &server.launch.exposed {
            let severity = match open.as_str() {
                open if open.contains("privileged")
                    || open.contains("cap-add")
                    || open.contains("pid host") =>
                {
                    Severity::Medium
                }
                open if open.contains("network host")
                    || open.contains("net host")
                    || open.contains("-A")
                    || open.contains("allow-all") =>
                {
                    Severity::Low
                }
                _ => continue,
            };
            let text = format!("{name} is not kept apart: {}", quoted(open));
            found.push(judged(severity, &server.place, text));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}

/// Whether a folder is the home of one user rather than a whole disk.
fn is_home(folder: &str) -> bool {
    let parts = folder
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .count();
    folder.starts_with(['~', '$', '%']) || (parts >= 2 && !folder.starts_with("/etc"))
}
