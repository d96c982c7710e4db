//! The header of the file announces counts, lengths or offsets that cannot be true.
//!
//! ## Why it matters
//!
//! GGUF is read by native code. Counts that overflow, strings and tensors beyond the file and absurd dimensions were the
//! cause of a row of memory errors in llama.cpp, Ollama and others (CVE-2024-21836, CVE-2024-23496, CVE-2025-53630,
//! CVE-2026-27940, CVE-2026-7482 and their relatives).
//!
//! ## What to do
//!
//! Do not load the file. A broken download is the harmless cause: fetch it again and compare the digest.
//!
//! ## Limits
//!
//! Types that only forks of llama.cpp know are reported as low.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_formats::flaw::Flaw;
use chainwright_formats::gguf::GgufFlaw;

use crate::shared::report_flaws;

pub(crate) static RULE: Rule = Rule {
    id: "gguf-malformed",
    stage: Stage::Packaging,
    summary: "the GGUF file breaks its own format",
    severity: Severity::Medium,
    remedy: "do not load this file; native readers have been attacked with files like this",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_190,
        cwe::CWE_125,
        cwe::CWE_787,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Gguf(facts) = facts else { continue };
        let judge = |flaw: &Flaw<GgufFlaw>| Some((severity(flaw.kind), flaw.detail.clone()));
        report_flaws(&facts.flaws, judge, sink);
    }
}

const fn severity(flaw: GgufFlaw) -> Severity {
    match flaw {
        GgufFlaw::CountBeyondFile
        | GgufFlaw::StringBeyondFile
        | GgufFlaw::ArrayBeyondFile
        | GgufFlaw::ArrayOverflow
        | GgufFlaw::SizeOverflow
        | GgufFlaw::OutOfBounds
        | GgufFlaw::BadAlignment
        | GgufFlaw::AbsurdTensorType
        | GgufFlaw::TooManyDimensions => Severity::High,
        GgufFlaw::LongTensorName | GgufFlaw::EmptyTensor | GgufFlaw::UnknownTensorType => {
            Severity::Low
        }
        GgufFlaw::Truncated
        | GgufFlaw::BadVersion
        | GgufFlaw::NestedArray
        | GgufFlaw::UnknownValueType
        | GgufFlaw::BadBool
        | GgufFlaw::EmptyKey
        | GgufFlaw::KeyTooLong
        | GgufFlaw::OddName
        | GgufFlaw::DuplicateKey
        | GgufFlaw::InvalidUtf8
        | GgufFlaw::DuplicateTensor
        | GgufFlaw::TensorNameTooLong
        | GgufFlaw::PartialBlock
        | GgufFlaw::UnalignedOffset
        | GgufFlaw::Overlap
        | GgufFlaw::Hole
        | GgufFlaw::TrailingData => Severity::Medium,
    }
}
