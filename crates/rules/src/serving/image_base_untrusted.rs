//! An image does not stand on any of the bases that are trusted here.
//!
//! ## Why it matters
//!
//! Everything below the first own layer was made by somebody else: operating system, interpreter, drivers. An unknown base
//! may carry anything, and nobody says when it is mended.
//!
//! ## What to do
//!
//! Build upon one of the bases in `[[trusted-base]]`, or add the base there after its review.
//!
//! ## Limits
//!
//! Silent where no base is configured. A base is recognised by the digests of its layers; that an image calls itself by the name
//! of a trusted base proves nothing.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::image_signs::images;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "image-base-untrusted",
    stage: Stage::Serving,
    summary: "the image stands on a base that is not trusted here",
    severity: Severity::Medium,
    remedy: "build upon a trusted base, or review this one and add it to the configuration",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010, cwe::CWE_829],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for image in images(artifact).filter(|image| image.asked_for_trust) {
        let message = match &image.facts.base {
            Some(base) if base.is_trusted => continue,
            Some(base) if !base.name.is_empty() => format!(
                "the image calls {} its base, and its layers are those of no trusted one",
                quoted(&base.name)
            ),
            _ => "the lowest layers of the image are those of no trusted base".to_owned(),
        };
        sink.report(Confidence::High, message, Vec::new());
    }
}
