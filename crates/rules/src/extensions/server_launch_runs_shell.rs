//! The command that starts a server goes through a shell, or does harm itself.
//!
//! ## Why it matters
//!
//! A client runs the command of its configuration with the rights of its user, mostly without showing it. A script
//! in this place is the shortest way from a file to a machine: CurXecute (CVE-2025-54135) wrote one, MCPoison
//! (CVE-2025-54136) swapped one behind an approved name.
//!
//! ## What to do
//!
//! Start the program itself, with its arguments as a list. If a script is needed, keep it in a file that is
//! reviewed.
//!
//! ## Limits
//!
//! A plain shell is low. It is worse when the command downloads and runs, decodes, reads credentials or talks to a
//! suspicious place, as the readers of shell, Python and JavaScript see it. Scripts in files are judged where they
//! lie.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{judged, servers, worst_behaviour};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "server-launch-runs-shell",
    stage: Stage::Extensions,
    summary: "the launch command of a server is a script",
    severity: Severity::Low,
    remedy: "start the program directly; do not open the project until the command is understood",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP05,
        owasp_agentic_2026::ASI05,
        atlas_5_6::T0081,
        cwe::CWE_78,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for (_, server) in servers(artifact) {
        let name = quoted(&server.name);
        if let Some((severity, text)) = worst_behaviour(&server.launch.behaviours) {
            let text = format!("the launch command of {name} does harm: {text}");
            found.push(judged(severity, &server.place, text));
        } else if let Some(script) = &server.launch.shell {
            let text = format!("{name} is started through a shell: {}", quoted(script));
            found.push(judged(Severity::Low, &server.place, text));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}
