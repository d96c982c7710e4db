//! An action of a model is answered by another domain than the one that vouches for it.
//!
//! ## Why it matters
//!
//! People judge an action by the name in its terms. If its server or its login lies elsewhere, what the model sends
//! goes to somebody whom nobody has looked at.
//!
//! ## What to do
//!
//! Make sure that both domains belong to one owner. Ask for a login where an operation deletes or pays.
//!
//! ## Limits
//!
//! Ownership of domains is not looked up: different registered domains count as different owners. Descriptions of
//! interfaces are written for many uses; alone they are low.

use chainwright_agents::{Domain, DomainRole, Login, Surface, is_local_host, registered_domain};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_agentic_2026, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "action-domain-mismatch",
    stage: Stage::Extensions,
    summary: "server and terms of an action lie in different domains",
    severity: Severity::Medium,
    remedy: "make sure that both domains belong to the vendor",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM06,
        owasp_agentic_2026::ASI02,
        cwe::CWE_345,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        let is_plugin = bundle.surface == Surface::WebPlugin;
        if !is_plugin && bundle.surface != Surface::OpenApi {
            continue;
        }
        let is_open = bundle
            .servers
            .iter()
            .all(|server| server.login == Login::None);
        let of = |role| {
            bundle
                .domains
                .iter()
                .filter(move |domain| domain.role == role)
        };
        let servers: Vec<&Domain> = of(DomainRole::Server)
            .filter(|domain| !is_local_host(&domain.host) && !domain.host.contains(['{', '$']))
            .collect();
        for server in &servers {
            let own = registered_domain(&server.host);
            for other in of(DomainRole::Legal).chain(of(DomainRole::Login)) {
                if registered_domain(&other.host) == own {
                    continue;
                }
                let severity = if is_plugin || is_open {
                    Severity::Medium
                } else {
                    Severity::Low
                };
                let severity = if !is_plugin && other.role == DomainRole::Login {
                    Severity::Low
                } else {
                    severity
                };
                let role = if other.role == DomainRole::Legal {
                    "its terms"
                } else {
                    "its login"
                };
                let text = format!(
                    "{} answers calls, {role} lie at {}",
                    quoted(&server.host),
                    quoted(&other.host)
                );
                found.push(judged(severity, &server.place, text));
            }
        }
        let destructive = bundle.tools.iter().filter(|tool| tool.is_destructive);
        if is_open && !servers.is_empty() {
            for tool in destructive.take(8) {
                let text = format!(
                    "{} changes or deletes and asks for no login",
                    quoted(tool.method.as_deref().unwrap_or(&tool.name))
                );
                found.push(judged(Severity::Low, &tool.place, text));
            }
        }
    }
    report_worst(found, Confidence::Medium, str::to_owned, sink);
}
