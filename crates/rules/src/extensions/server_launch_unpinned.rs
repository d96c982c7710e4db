//! A server of tools is fetched anew from a registry or an address at every start, and no version is named.
//!
//! ## Why it matters
//!
//! `npx -y name` runs whatever was published last. Whoever takes over the name, the account or the branch runs code
//! in every client that starts the server, without any change on this side (postmark-mcp, September 2025).
//!
//! ## What to do
//!
//! Name one version (`name@1.2.3`), and better an installed copy behind a lock file, an image by its digest, or a
//! repository by a whole commit.
//!
//! ## Limits
//!
//! Every tutorial starts servers like this, so that a missing version is low; a file behind an address that no
//! registry keeps is medium, one without encryption high. A named version protects as far as the registry never
//! replaces one.

use chainwright_agents::Pin;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{judged, servers};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "server-launch-unpinned",
    stage: Stage::Extensions,
    summary: "a server is launched without a version",
    severity: Severity::Low,
    remedy: "name one exact version, digest or commit",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP04,
        owasp_agentic_2026::ASI04,
        atlas_5_6::T0109,
        atlas_5_6::T0010_005,
        cwe::CWE_1357,
        cwe::CWE_494,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for (_, server) in servers(artifact) {
        for launched in &server.launch.packages {
            let written = quoted(&launched.written);
            let severity = match launched.pin {
                Pin::Open | Pin::Moving => Severity::Low,
                Pin::Url if launched.written.starts_with("http://") => Severity::High,
                Pin::Url => Severity::Medium,
                Pin::Digest | Pin::Exact | Pin::Local => continue,
            };
            let runner = server.launch.runner.as_str();
            let name = quoted(&server.name);
            let text = format!("{name} runs whatever {runner} finds under {written} today");
            found.push(judged(severity, &launched.place, text));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}
