//! A server of tools listens to the network, or lets every site call it.
//!
//! ## Why it matters
//!
//! A tool that runs commands for the assistant runs them for whoever can reach it: others in the network, or a page
//! in the browser of the user (CVE-2025-49596).
//!
//! ## What to do
//!
//! Listen on `127.0.0.1`, name the origins that may call, and leave the check of the caller on.
//!
//! ## Limits
//!
//! Only what stands in the launch command is seen. Inside a container an address for all interfaces is usual and
//! quiet.

use chainwright_agents::Runner;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{judged, servers};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "server-exposed",
    stage: Stage::Extensions,
    summary: "a server is open to others",
    severity: Severity::Medium,
    remedy: "listen on 127.0.0.1 and name the origins",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP07,
        owasp_agentic_2026::ASI07,
        cwe::CWE_1327,
        cwe::CWE_942,
        cwe::CWE_306,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for (_, server) in servers(artifact) {
        let in_container = server.launch.runner == Runner::Container;
        for open in &server.launch.exposed {
            let is_isolation = ["privileged", "cap-add", "host", "-A", "--allow-all"]
                .iter()
                .any(|word| open.contains(word));
            let is_bind = ["0.0.0.0", "::"].iter().any(|all| open.contains(all));
            let is_published = open.starts_with("-p") || open.starts_with("--publish");
            if (is_isolation && !is_bind) || (in_container && is_bind && !is_published) {
                continue;
            }
            let severity = if is_published {
                Severity::Low
            } else {
                Severity::Medium
            };
            let text = format!(
                "{} is open to others: {}",
                quoted(&server.name),
                quoted(open)
            );
            found.push(judged(severity, &server.place, text));
        }
    }
    report_worst(found, Confidence::Medium, str::to_owned, sink);
}
