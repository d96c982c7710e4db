//! An assistant reports its use.
//!
//! ## Why it matters
//!
//! Reports can hold file names, errors and, where it is asked for, prompts. Who has to say which data leaves the
//! machine has to know.
//!
//! ## What to do
//!
//! Switch it off where it is not wanted; `chainwright egress inventory` says how for each assistant.
//!
//! ## Limits
//!
//! Only settings that stand in files are seen; what a vendor does by default is in the inventory.

use chainwright_agents::TelemetryState;
use chainwright_agents::clients::Client;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "telemetry-on",
    stage: Stage::Extensions,
    summary: "an assistant reports its use",
    severity: Severity::Info,
    remedy: "switch telemetry off where it is not wanted",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_mcp_2025::MCP08, owasp_llm_2025::LLM02, cwe::CWE_359],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        let how = bundle
            .client
            .and_then(Client::entry)
            .map_or("", |entry| entry.telemetry_off);
        for telemetry in &bundle.telemetry {
            if telemetry.state != TelemetryState::On {
                continue;
            }
            let (severity, what) = if telemetry.has_prompts {
                (Severity::Low, "reports with the text of prompts are on")
            } else {
                (Severity::Info, "reports of use are on")
            };
            let mut text = format!("{what}: {}", quoted(&telemetry.setting));
            if !how.is_empty() {
                text.push_str("; to switch them off: ");
                text.push_str(how);
            }
            found.push(judged(severity, &telemetry.place, text));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}
