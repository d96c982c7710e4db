//! A member's name or link leads out of the folder into which the archive is extracted.
//!
//! ## Why it matters
//!
//! A careless extractor overwrites start-up files, keys or code of the user (zip slip, tar slip). Links are followed as an
//! extractor would follow them: a member that is written through an earlier link counts.
//!
//! ## What to do
//!
//! Do not extract it. In code, use extraction that checks names, such as `tarfile` with `filter="data"`.
//!
//! ## Limits
//!
//! Links that stay inside the archive are honest and quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_containers::{MemberHazard, PathHazard};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::shared::{SHOWN, containers, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "archive-path-escape",
    stage: Stage::Packaging,
    summary: "extracting the archive writes outside its folder",
    severity: Severity::High,
    remedy: "do not extract this archive; a safe extractor refuses these members",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_22,
        cwe::CWE_59,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in containers(artifact) {
        let escaping: Vec<&MemberHazard> = facts
            .hazards
            .iter()
            .filter(|each| each.hazard.escapes())
            .collect();
        let Some(first) = escaping.first() else {
            continue;
        };
        let told = escaping.iter().take(SHOWN).map(|each| Evidence {
            place: Place::Byte(each.offset),
            text: describe(each),
        });
        sink.report(Confidence::High, describe(first), told.collect());
    }
}

fn describe(found: &MemberHazard) -> String {
    let what = match &found.hazard {
        PathHazard::ParentTraversal => "climbs out of the folder".to_owned(),
        PathHazard::Absolute => "starts at the root".to_owned(),
        PathHazard::DriveLetter => "starts at a drive of Windows".to_owned(),
        PathHazard::Unc => "starts at a network share".to_owned(),
        PathHazard::SymlinkOutside { target } => {
            format!("is a link to {}, outside of the folder", quoted(target))
        }
        PathHazard::HardlinkOutside { target } => {
            format!(
                "is a hard link to {}, outside of the folder",
                quoted(target)
            )
        }
        PathHazard::ThroughSymlink {
            link,
            outside: true,
        } => {
            format!(
                "is written outside of the folder, through the link {}",
                quoted(link)
            )
        }
        PathHazard::ThroughSymlink {
            link,
            outside: false,
        } => {
            format!("is written through the link {}", quoted(link))
        }
        PathHazard::DeviceFile => "is a device, pipe or socket".to_owned(),
        PathHazard::SetUserId => "runs as another user".to_owned(),
        PathHazard::NulInName => "holds a NUL byte".to_owned(),
        PathHazard::TrailingDotOrSpace => "ends in a dot or a space".to_owned(),
        PathHazard::ReservedName => "is a device of Windows".to_owned(),
        PathHazard::AlternateStream => "addresses an alternate data stream".to_owned(),
        PathHazard::ControlCharacter => "holds a control character".to_owned(),
    };
    format!("{} {what}", quoted(&found.member))
}
