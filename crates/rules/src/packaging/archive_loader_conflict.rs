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
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_containers::{Anomaly, AnomalyKind, Effect};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::archive_anomalies::{anomalies, is_bomb};
use crate::shared::{SHOWN, quoted};

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
    let told: Vec<&Anomaly> = anomalies(artifact)
        .filter(|anomaly| anomaly.effect() == Effect::Differential && !is_bomb(anomaly.kind))
        .collect();
    let Some(first) = told.first() else { return };
    let message = match told.len() {
        1 => describe(first),
        many => format!("{many} conflicts, first {}", describe(first)),
    };
    let shown = told.iter().take(SHOWN).map(|anomaly| Evidence {
        place: Place::Byte(anomaly.offset),
        text: describe(anomaly),
    });
    sink.report(Confidence::High, message, shown.collect());
}

/// What the anomaly means, the member where the detail doesn't name it, and the detail.
fn describe(anomaly: &Anomaly) -> String {
    let (meaning, detail) = (meaning(anomaly.kind), &anomaly.detail);
    let member = quoted(&anomaly.member);
    if anomaly.member.is_empty() || detail.contains(&member) {
        format!("{meaning}: {detail}")
    } else {
        format!("{meaning}: {member}, {detail}")
    }
}

const fn meaning(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::NameMismatch => "a member has two names",
        AnomalyKind::EncryptionFlagMismatch => "the headers disagree about encryption",
        AnomalyKind::FalseEncryptionFlag => "only some loaders heed a mark",
        AnomalyKind::FlagMismatch => "the headers disagree about flags",
        AnomalyKind::MethodMismatch => "the headers disagree about the compression",
        AnomalyKind::UnknownMethod => "a compression that no loader of models reads",
        AnomalyKind::SizeMismatch => "the headers disagree about a size",
        AnomalyKind::ContentSizeMismatch => "the content has another size than declared",
        AnomalyKind::ImpossibleSize => "a declared size is impossible",
        AnomalyKind::ChecksumFieldMismatch => "the headers disagree about a checksum",
        AnomalyKind::ChecksumMismatch => "some loaders ignore a wrong checksum",
        AnomalyKind::ChecksumsUnused => "no checksums were written",
        AnomalyKind::DuplicateName => "two members with one name and different content",
        AnomalyKind::RepeatedMember => "two members with one name and equal content",
        AnomalyKind::CaseCollision | AnomalyKind::LoaderNameCollision => {
            "two names differ only in case"
        }
        AnomalyKind::NormalisedCollision => "two names become one when they are resolved",
        AnomalyKind::OverlappingMembers => "members share bytes",
        AnomalyKind::SeveralDirectories => "there is more than one directory",
        AnomalyKind::Zip64Conflict => "the zip64 records contradict the plain ones",
        AnomalyKind::NoCentralDirectory => "only stream readers see the members",
        AnomalyKind::EntryCountMismatch => "the directory miscounts its entries",
        AnomalyKind::MissingLocalHeader => "the directory names a member that is not there",
        AnomalyKind::UnlistedMember => "a member that the directory does not list",
        AnomalyKind::DataBetweenMembers => "bytes between members belong to none",
        AnomalyKind::DataBeforeFirstMember => "bytes before the first member",
        AnomalyKind::TrailingData => "bytes behind the end",
        AnomalyKind::CommentHoldsZip => "the comment holds another archive",
        AnomalyKind::OddExtraField => "an odd extra field",
        AnomalyKind::UnicodePathMismatch => "the Unicode name is another than the plain name",
        AnomalyKind::NulInName => "some loaders end a name early",
        AnomalyKind::LongName => "some loaders cut a name",
        AnomalyKind::FolderWithContent => "a folder carries content",
        AnomalyKind::BadHeaderChecksum => "some readers stop at a header with a wrong checksum",
        AnomalyKind::PaxSizeMismatch => "readers go on at different places behind a member",
        AnomalyKind::TrailerMismatch => "the trailer contradicts the content",
        AnomalyKind::DeclaredBomb | AnomalyKind::Bomb => "the content is too large",
    }
}
