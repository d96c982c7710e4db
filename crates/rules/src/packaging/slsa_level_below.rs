//! Weights do not reach the SLSA level that the trust file asks for.
//!
//! ## Why it matters
//!
//! The level says how hard it is to forge how something was made. Below the level that you decided on, weights may come from a
//! machine where anybody could have changed them.
//!
//! ## What to do
//!
//! Read the reasons: each names what would have to be different. Then have it built and attested accordingly, or lower the
//! minimum with your eyes open.
//!
//! ## Limits
//!
//! Asked where signatures are verified and the trust file (`--slsa`) names a minimum. One finding for each file, with every
//! reason of the build and the source track.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, owasp_llm_2025, slsa_1_2};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{asked, whole};
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "slsa-level-below",
    stage: Stage::Packaging,
    summary: "the SLSA level is below the least that is asked for",
    severity: Severity::Medium,
    remedy: "have it built and attested at the level that you ask for",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        slsa_1_2::BUILD_L2,
        slsa_1_2::SOURCE_L2,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let levels = asked(artifact).and_then(|vouched| vouched.levels.as_ref());
    let Some(levels) = levels.filter(|levels| !levels.unmet.is_empty()) else {
        return;
    };
    // Without any provenance there is one thing to say, and another rule says it.
    if !levels.has_provenance {
        return;
    }
    let tracks = [
        ("build", &levels.build_reasons),
        ("source", &levels.source_reasons),
    ];
    let mut evidence: Vec<Evidence> = levels
        .unmet
        .iter()
        .map(|each| whole(each.text.clone()))
        .collect();
    for (track, reasons) in tracks {
        let reasons = reasons.iter();
        evidence.extend(reasons.map(|each| whole(format!("{track}: {}", each.text))));
    }
    let name = quoted(&levels.judged_as);
    let message = format!(
        "{name} reaches build level {} and source level {}",
        levels.build, levels.source
    );
    sink.report(Confidence::High, message, evidence);
}
