//! A client talks to a server of tools without encryption.
//!
//! ## Why it matters
//!
//! Everybody on the way reads what the assistant sends and can change what tools answer, and so what the model does
//! next.
//!
//! ## What to do
//!
//! Use `https`. For a server on the same machine use `localhost` or standard streams.
//!
//! ## Limits
//!
//! Addresses of the same machine are quiet, those of private networks are low. Whether a certificate is checked
//! cannot be seen here.

use chainwright_agents::{Surface, is_clear};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{judged, servers};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "server-over-plain-http",
    stage: Stage::Extensions,
    summary: "a server is reached over plain HTTP",
    severity: Severity::Medium,
    remedy: "use https",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP07,
        owasp_agentic_2026::ASI07,
        cwe::CWE_319,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for (bundle, server) in servers(artifact) {
        let Some(url) = server.url.as_deref().filter(|url| is_clear(url)) else {
            continue;
        };
        let is_mild = is_private(url) || bundle.surface == Surface::OpenApi;
        let severity = if is_mild {
            Severity::Low
        } else {
            Severity::Medium
        };
        let text = format!(
            "{} is reached in the clear: {}",
            quoted(&server.name),
            quoted(url)
        );
        found.push(judged(severity, &server.place, text));
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}

/// Whether the address lies in a private network, or is only known when it is filled in.
fn is_private(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    let is_numbered = [
        "10.", "192.168.", "169.254.", "172.16.", "172.17.", "172.18.", "172.19.", "172.20.",
        "172.31.",
    ]
    .iter()
    .any(|prefix| host.starts_with(prefix));
    let host = host.split(['/', ':']).next().unwrap_or_default();
    is_numbered
        || host.contains(['$', '{', '<'])
        || [
            ".local",
            ".internal",
            ".lan",
            ".test",
            ".example",
            ".invalid",
        ]
        .iter()
        .any(|end| host.ends_with(end))
}
