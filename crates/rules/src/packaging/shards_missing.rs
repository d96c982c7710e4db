//! The index of sharded weights names files that are not in the folder.
//!
//! ## Why it matters
//!
//! What is not here was not scanned. A loader will fetch the missing parts from wherever it is told to.
//!
//! ## What to do
//!
//! Fetch the missing files and scan again.
//!
//! ## Limits
//!
//! A partial download is the usual cause.

use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, nist_ai_rmf_1_0, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::config::{Details, DocumentKind};

use crate::config_hazards::documents;
use crate::shared::{SHOWN, counted, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "shards-missing",
    stage: Stage::Packaging,
    summary: "the index names weight files that are not here",
    severity: Severity::Info,
    remedy: "fetch the missing files, or scan where they lie",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        nist_ai_rmf_1_0::MAP_4_1,
        cwe::CWE_345,
    ],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    for document in documents(artifact) {
        let Details::ShardIndex(index) = &document.details else {
            continue;
        };
        if document.kind != DocumentKind::ShardIndex {
            continue;
        }
        let missing: Vec<&String> = index
            .shards
            .iter()
            .filter(|shard| tree.neighbour(artifact, shard).is_none())
            .collect();
        if missing.is_empty() {
            continue;
        }
        let message = format!(
            "{} not here",
            counted(
                missing.len(),
                "weight file of the index is",
                "weight files of the index are"
            )
        );
        let told = missing.iter().take(SHOWN).map(|shard| Evidence {
            place: Place::Pointer("/weight_map".to_owned()),
            text: format!("{} is not here", quoted(shard)),
        });
        sink.report(Confidence::High, message, told.collect());
    }
}
