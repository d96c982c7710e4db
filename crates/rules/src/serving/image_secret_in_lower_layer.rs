//! A credential was deleted from an image, and still lies in one of its layers.
//!
//! ## Why it matters
//!
//! Layers are archives on top of each other. Deleting or overwriting a file in a later step hides it from the running
//! container; everyone who pulls the image still gets it, and reads it with one command.
//!
//! ## What to do
//!
//! Revoke the credential. Build again with `RUN --mount=type=secret`, or copy only the result out of the stage that needed it.
//!
//! ## Limits
//!
//! Says where the credential lies; what it is, is told by `secret-exposed` at that place.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::LostArtifact;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_images::Fate;

use crate::image_signs::images;
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "image-secret-in-lower-layer",
    stage: Stage::Serving,
    summary: "a deleted credential still lies in a layer of the image",
    severity: Severity::High,
    remedy: "revoke the credential and build the image again without it",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM02,
        atlas_5_6::T0055,
        cwe::CWE_212,
        cwe::CWE_538,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for image in images(artifact) {
        let told: Vec<String> = image
            .lost
            .iter()
            .filter(|lost| lost.has_secrets)
            .map(describe)
            .collect();
        if let Some(first) = told.first() {
            let message = first.clone();
            let all = told.into_iter().take(SHOWN);
            let all = all.map(|text| evidence(&Place::Whole, text)).collect();
            sink.report(Confidence::High, message, all);
        }
    }
}

fn describe(lost: &LostArtifact) -> String {
    let path = quoted(&lost.path);
    let layer = lost.layer.saturating_add(1);
    match lost.fate {
        Fate::Deleted { by } => format!(
            "the credential in {path} of layer {layer} was deleted by layer {} and can still be read",
            by.saturating_add(1)
        ),
        Fate::Replaced { by } => format!(
            "the credential in {path} of layer {layer} was replaced by layer {} and can still be read",
            by.saturating_add(1)
        ),
        Fate::Present => format!("a credential stands in {path} of layer {layer}"),
    }
}
