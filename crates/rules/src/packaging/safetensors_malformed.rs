//! The header of the file says something that the format forbids.
//!
//! ## Why it matters
//!
//! Readers differ in what they check. Tensors that overlap, bytes that belong to none, names that occur twice or offsets
//! beyond the end let two readers load different weights, hide a second file, or read out of bounds in native code.
//!
//! ## What to do
//!
//! Do not load the file. A broken download is the harmless cause: fetch it again and compare the digest.
//!
//! ## Limits
//!
//! Whatever the reference reader rejects is reported, also when the cause is an honest but broken writer.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_formats::flaw::Flaw;
use chainwright_formats::safetensors::SafetensorsFlaw;

use crate::shared::report_flaws;

pub(crate) static RULE: Rule = Rule {
    id: "safetensors-malformed",
    stage: Stage::Packaging,
    summary: "the safetensors file breaks its own format",
    severity: Severity::Medium,
    remedy: "do not load this file; download it again or ask the publisher for a file that the reference reader accepts",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_1284,
        cwe::CWE_436,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Safetensors(facts) = facts else {
            continue;
        };
        let judge = |flaw: &Flaw<SafetensorsFlaw>| Some((severity(flaw.kind), flaw.detail.clone()));
        report_flaws(&facts.flaws, judge, sink);
    }
}

const fn severity(flaw: SafetensorsFlaw) -> Severity {
    match flaw {
        SafetensorsFlaw::DuplicateTensor
        | SafetensorsFlaw::DuplicateField
        | SafetensorsFlaw::DuplicateMetadata
        | SafetensorsFlaw::Overlap => Severity::High,
        SafetensorsFlaw::HeaderStart
        | SafetensorsFlaw::OddPadding
        | SafetensorsFlaw::UnknownField => Severity::Low,
        SafetensorsFlaw::FileTooShort
        | SafetensorsFlaw::HeaderTooLarge
        | SafetensorsFlaw::HeaderBeyondFile
        | SafetensorsFlaw::InvalidUtf8
        | SafetensorsFlaw::InvalidJson
        | SafetensorsFlaw::TooDeep
        | SafetensorsFlaw::MetadataType
        | SafetensorsFlaw::MissingField
        | SafetensorsFlaw::WrongType
        | SafetensorsFlaw::UnknownDtype
        | SafetensorsFlaw::Overflow
        | SafetensorsFlaw::PartialByte
        | SafetensorsFlaw::SizeMismatch
        | SafetensorsFlaw::NegativeRange
        | SafetensorsFlaw::OutOfBounds
        | SafetensorsFlaw::Hole
        | SafetensorsFlaw::TrailingData
        | SafetensorsFlaw::OddName => Severity::Medium,
    }
}
