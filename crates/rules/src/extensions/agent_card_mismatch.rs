//! The card of an agent names a provider in one domain and answers in another.
//!
//! ## Why it matters
//!
//! Other agents decide by the card to whom they hand a task and with it data. A card that borrows a provider's name
//! brings them to a stranger.
//!
//! ## What to do
//!
//! Take cards from the provider's own domain (`/.well-known/agent-card.json`), and check their signature.
//!
//! ## Limits
//!
//! Agents on platforms where everybody has a name are low. Signatures are not checked here.

use chainwright_agents::{
    DomainRole, Named, Surface, impersonation, is_local_host, registered_domain,
};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "agent-card-mismatch",
    stage: Stage::Extensions,
    summary: "an agent answers elsewhere than its provider",
    severity: Severity::Medium,
    remedy: "take the card from the domain of the provider",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_agentic_2026::ASI07,
        owasp_mcp_2025::MCP09,
        cwe::CWE_345,
        cwe::CWE_451,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact).filter(|bundle| bundle.surface == Surface::AgentCard) {
        let of = |role| {
            bundle
                .domains
                .iter()
                .filter(move |domain| domain.role == role)
        };
        for server in of(DomainRole::Server) {
            let own = registered_domain(&server.host);
            if is_local_host(&server.host) || server.host.contains(['{', '$']) {
                continue;
            }
            let is_shared = own.matches('.').count() > 1;
            for provider in of(DomainRole::Provider) {
                if registered_domain(&provider.host) != own && !is_local_host(&provider.host) {
                    let severity = if is_shared {
                        Severity::Low
                    } else {
                        Severity::Medium
                    };
                    let text = format!(
                        "the provider is {}, calls go to {}",
                        quoted(&provider.host),
                        quoted(&server.host)
                    );
                    found.push(judged(severity, &server.place, text));
                }
            }
            if let Some(like) = impersonation(Named::Host, &server.host).filter(|like| like.is_sure)
            {
                let text = format!(
                    "the host {} looks like {}",
                    quoted(&server.host),
                    quoted(&like.target)
                );
                found.push(judged(Severity::Medium, &server.place, text));
            }
        }
    }
    report_worst(found, Confidence::Medium, str::to_owned, sink);
}
