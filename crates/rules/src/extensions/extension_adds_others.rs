//! An extension installs other extensions.
//!
//! ## Why it matters
//!
//! A pack can change what it installs with every update. Campaigns published a harmless extension first and added
//! the harmful one as a dependency later (GlassWorm).
//!
//! ## What to do
//!
//! Install the extensions that you want by themselves. Compare the list when the pack is updated.
//!
//! ## Limits
//!
//! Packs are an honest means of distribution, so it is low. Whether an addition is new can only be told against the
//! previous version.

use chainwright_agents::ReferenceKind;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "extension-adds-others",
    stage: Stage::Extensions,
    summary: "an extension installs others",
    severity: Severity::Low,
    remedy: "install the extensions that you want one by one",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP04,
        owasp_agentic_2026::ASI04,
        atlas_5_6::T0109,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        for reference in &bundle.references {
            let severity = match reference.kind {
                ReferenceKind::BundledExtension => Severity::Low,
                ReferenceKind::NeededExtension => Severity::Info,
                _ => continue,
            };
            let text = format!("{} is installed along", quoted(&reference.target));
            found.push(judged(severity, &reference.place, text));
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}
