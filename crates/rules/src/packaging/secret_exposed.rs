//! A credential stands in a file that is published or shared with the model.
//!
//! ## Why it matters
//!
//! Whoever gets the files gets the access. Model repositories are mirrored and cached: removing the line does not take the
//! credential back.
//!
//! ## What to do
//!
//! Revoke it first, then remove it from the files and the history. Credentials are shown shortened.
//!
//! ## Limits
//!
//! Formats with a checksum are certain; secrets that are only recognised by their surroundings have lower confidence.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::secrets::SecretHit;

use crate::credential_names::credential_name;
use crate::shared::{quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "secret-exposed",
    stage: Stage::Packaging,
    summary: "a credential stands in the files",
    severity: Severity::High,
    remedy: "revoke the credential now, then remove it from the files and their history",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM02,
        atlas_5_6::T0055,
        cwe::CWE_798,
        cwe::CWE_540,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Secrets(hits) = facts else {
            continue;
        };
        for confidence in Confidence::ALL.into_iter().rev() {
            let judged = hits
                .iter()
                .filter(|hit| Confidence::from(hit.certainty) == confidence)
                .map(|hit| (severity(confidence), shown(hit)));
            report_worst(judged.collect(), confidence, str::to_owned, sink);
        }
    }
}

const fn severity(confidence: Confidence) -> Severity {
    match confidence {
        Confidence::High => Severity::High,
        Confidence::Medium => Severity::Medium,
        Confidence::Low => Severity::Low,
    }
}

fn shown(hit: &SecretHit) -> Evidence {
    let name = credential_name(&hit.pattern);
    Evidence {
        place: hit.place.clone(),
        text: format!("{name} stands here: {}", quoted(&hit.shown)),
    }
}
