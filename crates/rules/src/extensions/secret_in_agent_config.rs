//! A credential stands in the configuration of an assistant.
//!
//! ## Why it matters
//!
//! Such files are copied between machines, pasted into issues and committed with the project; every server that is
//! started beside sees the variables of its client. Attackers look for them first (ATLAS AML.T0083).
//!
//! ## What to do
//!
//! Revoke the credential. Put a reference in its place: `${env:NAME}`, `${input:NAME}`, or the store of the client.
//!
//! ## Limits
//!
//! The value is never shown, only its first and last characters. What the rule about credentials in files reports
//! with its kind is not repeated. Placeholders and references are quiet; in the files of one user it is low,
//! because clients write them there.

use chainwright_agents::{Given, Surface};
use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::secrets::Certainty;

use crate::agent_facts::{bundles, comes_from_others, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "secret-in-agent-config",
    stage: Stage::Extensions,
    summary: "a credential stands in the configuration of an assistant",
    severity: Severity::High,
    remedy: "revoke it and put a reference to a variable in its place",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP01,
        owasp_agentic_2026::ASI03,
        atlas_5_6::T0083,
        cwe::CWE_798,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        if bundle.surface == Surface::Environment {
            continue;
        }
        let severity = if comes_from_others(bundle) {
            Severity::High
        } else {
            Severity::Low
        };
        let servers = bundle.servers.iter();
        let of_servers = servers.flat_map(|server| {
            let all = server
                .environment
                .iter()
                .chain(&server.headers)
                .chain(&server.secrets);
            all.map(move |variable| (Some(&server.name), variable))
        });
        let set = bundle.environment.iter().map(|set| (None, &set.variable));
        for (server, variable) in of_servers.chain(set) {
            let Given::Secret { shown, .. } = &variable.value else {
                continue;
            };
            if is_told(artifact, &variable.place) {
                continue;
            }
            let whose = server.map_or_else(String::new, |name| {
                format!(" of the server {}", quoted(name))
            });
            let name = quoted(&variable.name);
            let text = format!("{name}{whose} holds a credential: {}", quoted(shown));
            found.push(judged(severity, &variable.place, text));
        }
    }
    report_worst(found, Confidence::Medium, str::to_owned, sink);
}

/// Whether the rule about credentials in files reports something on this line.
fn is_told(artifact: &Inspected, place: &Place) -> bool {
    let line_of = |place: &Place| match place {
        Place::Line { line, .. } => *line,
        Place::Whole | Place::Byte(_) | Place::Pointer(_) | Place::Key(_) => 0,
    };
    artifact.facts.iter().any(|facts| match facts {
        Facts::Secrets(hits) => hits
            .iter()
            .any(|hit| hit.certainty > Certainty::Low && line_of(&hit.place) == line_of(place)),
        _ => false,
    })
}
