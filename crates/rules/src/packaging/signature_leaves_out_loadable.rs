//! A signature over a folder does not cover something in it that loading may take.
//!
//! ## Why it matters
//!
//! A loader does not ask what was signed: it takes weights, code and templates by their names. A file that was added after the
//! signing, that the signer named among the paths to ignore, or that lies where the format never looks (`.github`) is
//! loaded beside signed ones and looks as if it were vouched for.
//!
//! ## What to do
//!
//! Remove the file, or ask the signer for a signature that covers it. Verify with `chainwright verify --strict`.
//!
//! ## Limits
//!
//! Goes by names: extensions of weights, code and templates. Signatures over a single file leave nothing out. What another
//! signature in the tree covers is covered. Folders of version control (`.git`) are not read by scans.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::proof::{LeftOut, Omission};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{about, noun, proofs, whole};
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "signature-leaves-out-loadable",
    stage: Stage::Packaging,
    summary: "a signed folder holds something loadable that is not signed",
    severity: Severity::Medium,
    remedy: "remove it, or have it signed",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_353],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for proof in proofs(artifact) {
        let severity = proof.left_out.iter().map(judge).max();
        let Some(severity) = severity else {
            continue;
        };
        let mut worst: Vec<&LeftOut> = proof.left_out.iter().collect();
        worst.sort_by_key(|left| std::cmp::Reverse(judge(left)));
        let evidence: Vec<Evidence> = worst.iter().take(SHOWN).map(|left| told(left)).collect();
        let message = format!(
            "{} over {} leaves out {} loadable {}",
            noun(proof),
            about(proof),
            proof.left_out.len(),
            if proof.left_out.len() == 1 {
                "file"
            } else {
                "files"
            }
        );
        sink.report_as(severity, Confidence::High, message, evidence);
    }
}

/// What a signer hides on purpose is worse than what was added later; workflows of a forge are code that no loader takes.
const fn judge(left: &LeftOut) -> Severity {
    match left.by {
        Omission::Ignored => Severity::High,
        Omission::Unlisted => Severity::Medium,
        Omission::Git if left.is_code => Severity::Low,
        Omission::Git => Severity::Medium,
    }
}

fn told(left: &LeftOut) -> Evidence {
    let path = quoted(&left.path);
    let what = if left.is_code { "code" } else { "weights" };
    whole(match left.by {
        Omission::Unlisted => format!("{path} ({what}) is not in the list"),
        Omission::Ignored => format!("{path} ({what}) is among the paths that the signer ignores"),
        Omission::Git => format!("{path} ({what}) lies where signatures never look"),
    })
}
