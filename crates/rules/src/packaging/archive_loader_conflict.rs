//! The archive is built so that different readers see different members or contents.
//!
//! ## Why it matters
//!
//! One reader trusts the directory at the end, another the headers before each member; one refuses a wrong checksum or an
//! encryption mark, another ignores it. Attackers hide a payload in the reading that scanners do not have (CVE-2025-1944,
//! CVE-2025-1945, CVE-2025-10156, CVE-2025-8291). Every reading was scanned; this finding says that they differ.
//!
//! ## What to do
//!
//! Do not load the file. If it comes from your own pipeline, find the tool that writes such archives.
//!
//! ## Limits
//!
//! A file damaged in transport can look like this by accident; the digest of the original tells.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_containers::{Anomaly, Effect};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::shared::{SHOWN, counted};

pub(crate) static RULE: Rule = Rule {
    id: "archive-loader-conflict",
    stage: Stage::Packaging,
    summary: "loaders disagree about what the archive contains",
    severity: Severity::Medium,
    remedy: "do not load this file; ask for a copy that an ordinary archiver wrote",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_436,
        cwe::CWE_694,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut told: Vec<&Anomaly> = Vec::new();
    for facts in &artifact.facts {
        let anomalies = match facts {
            Facts::Container(facts) => &facts.anomalies,
            Facts::ContainerContent(anomalies) => anomalies,
            _ => continue,
        };
        told.extend(
            anomalies
                .iter()
                .filter(|anomaly| anomaly.effect() == Effect::Differential),
        );
    }
    let Some(first) = told.first() else { return };
    let message = match told.len() {
        1 => describe(first),
        many => format!("{}, first {}", counted(many, "conflict"), describe(first)),
    };
    sink.report(
        Confidence::High,
        message,
        told.iter().take(SHOWN).map(|each| shown(each)).collect(),
    );
}

fn describe(anomaly: &Anomaly) -> String {
    match anomaly.member.as_str() {
        "" => anomaly.detail.clone(),
        member => format!("`{member}`: {}", anomaly.detail),
    }
}

fn shown(anomaly: &Anomaly) -> Evidence {
    Evidence {
        place: Place::Byte(anomaly.offset),
        text: describe(anomaly),
    }
}
