//! A link in a folder of an assistant leads out of the project.
//!
//! ## Why it matters
//!
//! An assistant that may read or write inside the project follows the link and reads or writes elsewhere; rules
//! that deny a path do not see through it (CVE-2026-25724, CVE-2025-53109).
//!
//! ## What to do
//!
//! Replace the link by the file, or remove it.
//!
//! ## Limits
//!
//! Only links that leave what was scanned are seen, and only where the system shows links; archives are judged by
//! the rule about paths that escape.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::judged;
use crate::shared::{quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "link-leaves-repository",
    stage: Stage::Extensions,
    summary: "a link leads out of the project",
    severity: Severity::Medium,
    remedy: "replace the link by the file that is meant",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP02,
        owasp_agentic_2026::ASI05,
        cwe::CWE_59,
    ],
    check: Check::Artifact(check),
};

/// Folders that assistants and editors obey.
const FOLDERS: &[&str] = &[
    ".claude",
    ".cursor",
    ".vscode",
    ".gemini",
    ".codex",
    ".windsurf",
    ".github",
    ".continue",
    ".zed",
    ".devcontainer",
    ".agents",
    ".roo",
    ".kiro",
    ".openclaw",
    ".junie",
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::LeavesTarget(target) = facts else {
            continue;
        };
        let path = artifact.location.path();
        let is_obeyed = path.split('/').any(|part| FOLDERS.contains(&part));
        let is_rules = matches!(
            artifact.location.file_name(),
            "CLAUDE.md" | "AGENTS.md" | "GEMINI.md" | ".mcp.json" | ".cursorrules"
        );
        if is_obeyed || is_rules {
            let text = format!("the link leads to {}", quoted(target));
            report_worst(
                vec![judged(Severity::Medium, &Place::Whole, text)],
                Confidence::High,
                str::to_owned,
                sink,
            );
        }
    }
}
