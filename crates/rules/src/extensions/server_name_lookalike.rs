//! The name, the owner or the host of a server is made to be mistaken for another.
//!
//! ## Why it matters
//!
//! People approve a server by its name and a domain by its look. One letter of another alphabet, or one letter off,
//! is enough to be approved in the place of the real one.
//!
//! ## What to do
//!
//! Compare the package, the repository and the domain with what the vendor's own documentation names.
//!
//! ## Limits
//!
//! Well-known servers, owners and domains are a short list; names of packages are compared with whole registries by
//! the rule about lookalike names. Words beside a vendor's name are low.

use chainwright_agents::{Named, impersonation};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{judged, servers};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "server-name-lookalike",
    stage: Stage::Extensions,
    summary: "a server looks like another one",
    severity: Severity::Medium,
    remedy: "compare package, owner and domain with the documentation of the vendor",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP04,
        owasp_mcp_2025::MCP09,
        owasp_agentic_2026::ASI04,
        atlas_5_6::T0010_005,
        cwe::CWE_451,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for (_, server) in servers(artifact) {
        let mut names: Vec<(Named, String)> = vec![(Named::Server, server.name.clone())];
        let packages = server.launch.packages.iter();
        let scopes =
            packages.filter_map(|each| each.package.name.strip_prefix('@')?.split('/').next());
        names.extend(scopes.map(|scope| (Named::Scope, scope.to_owned())));
        let host = server
            .url
            .as_deref()
            .and_then(|url| url.split("://").nth(1)?.split(['/', ':']).next());
        names.extend(host.map(|host| (Named::Host, host.to_owned())));
        for (kind, name) in names {
            let Some(like) = impersonation(kind, &name) else {
                continue;
            };
            let severity = if like.is_sure {
                Severity::Medium
            } else {
                Severity::Low
            };
            let what = match kind {
                Named::Server => "the server",
                Named::Scope => "the owner",
                Named::Host => "the host",
            };
            let name = quoted(&chainwright_core::text::visible(&name, 80));
            let text = if like.target.is_empty() {
                format!("{what} {name} has {}", like.how)
            } else {
                format!(
                    "{what} {name} looks like {} ({})",
                    quoted(&like.target),
                    like.how
                )
            };
            found.push(judged(severity, &server.place, text));
        }
    }
    report_worst(found, Confidence::Medium, str::to_owned, sink);
}
