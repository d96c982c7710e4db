//! A remote server is used without any credential in its configuration.
//!
//! ## Why it matters
//!
//! A server that asks nobody who they are serves everybody, and cannot tell whose data it may give out.
//!
//! ## What to do
//!
//! Use servers that ask for OAuth or a token, and put a reference to the token into the configuration, not the
//! token.
//!
//! ## Limits
//!
//! Clients negotiate OAuth when they connect, which no file shows: the finding says what is configured, with low
//! confidence.

use chainwright_agents::{Login, Surface, is_local_host};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{judged, servers};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "server-without-authentication",
    stage: Stage::Extensions,
    summary: "a remote server is used without a credential",
    severity: Severity::Low,
    remedy: "make sure that the server asks for a login",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP07,
        owasp_agentic_2026::ASI03,
        cwe::CWE_306,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for (bundle, server) in servers(artifact) {
        let asks_itself = matches!(bundle.surface, Surface::OpenApi | Surface::WebPlugin);
        let (Some(url), Login::None, false) = (&server.url, server.login, asks_itself) else {
            continue;
        };
        let host = registered_host(url);
        if is_local_host(&host) || host.contains(['$', '{']) {
            continue;
        }
        let text = format!(
            "no credential is configured for {} at {}",
            quoted(&server.name),
            quoted(url)
        );
        found.push(judged(Severity::Low, &server.place, text));
    }
    report_worst(found, Confidence::Low, str::to_owned, sink);
}

fn registered_host(url: &str) -> String {
    let authority = url.split("://").nth(1).unwrap_or_default();
    authority
        .split(['/', ':'])
        .next()
        .unwrap_or_default()
        .to_owned()
}
