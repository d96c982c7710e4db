//! A list ties packages to exact versions, but not to their files.
//!
//! ## Why it matters
//!
//! A version names a release; its files can be replaced by whoever runs the index, a mirror or the connection. With digests in the
//! list, an installer refuses everything but the files that were reviewed.
//!
//! ## What to do
//!
//! Write digests with the list: `uv pip compile --generate-hashes`, `pip-compile --generate-hashes`; lock files of uv, Poetry, PDM,
//! npm and Cargo hold them anyway unless they were edited.
//!
//! ## Limits
//!
//! Looks at lists that were evidently resolved: lock files, and requirements of at least eight packages that are all pinned.
//! Informative for requirements; low where only some packages of a file lack digests, or a lock file that normally has them
//! does.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_dependencies::{Declared, ManifestFacts, ManifestKind, Pinning, Relation, Source};

use crate::exposures::manifests;
use crate::shared::{SHOWN, counted, quoted};

/// Requirements of so many pinned packages were resolved by a tool.
const MANY: usize = 8;

pub(crate) static RULE: Rule = Rule {
    id: "dependency-unhashed",
    stage: Stage::Training,
    summary: "pinned packages have no digests",
    severity: Severity::Low,
    remedy: "write digests with the versions, such as with --generate-hashes",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_001, cwe::CWE_494],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for manifest in manifests(artifact).filter(|manifest| is_resolved(manifest)) {
        let from_registry = || {
            manifest
                .packages
                .iter()
                .filter(|each| is_from_registry(each))
        };
        let bare: Vec<&Declared> = from_registry().filter(|each| !each.is_hashed()).collect();
        let Some(first) = bare.first() else { continue };
        let some_have = bare.len() < from_registry().count();
        let severity = if some_have || manifest.kind.is_lock() {
            Severity::Low
        } else {
            Severity::Info
        };
        let count = counted(bare.len(), "pinned package has", "pinned packages have");
        let message = format!(
            "{count} no digest, such as {}",
            quoted(&first.package.to_string())
        );
        let shown = bare.iter().take(SHOWN);
        let all = shown.map(|each| evidence(&each.place, quoted(&each.requirement)));
        sink.report_as(severity, Confidence::High, message, all.collect());
    }
}

/// Whether the file says what is installed, exactly.
fn is_resolved(manifest: &ManifestFacts) -> bool {
    match manifest.kind {
        // Formats in which digests are optional, or that name what only the installer can check.
        ManifestKind::YarnLock | ManifestKind::BunLock | ManifestKind::CondaExplicit => false,
        ManifestKind::Requirements => {
            let is_tied = |each: &Declared| match each.pinning {
                Pinning::Hash | Pinning::Exact => true,
                Pinning::Bounded | Pinning::Open => false,
                Pinning::Url | Pinning::Vcs { .. } | Pinning::Path | Pinning::Editable => true,
            };
            manifest.packages.len() >= MANY && manifest.packages.iter().all(is_tied)
        }
        kind => kind.is_lock(),
    }
}

/// Whether the package comes from a registry as a file that could have a digest.
const fn is_from_registry(declared: &Declared) -> bool {
    let is_tied = matches!(declared.pinning, Pinning::Hash | Pinning::Exact);
    let is_remote = matches!(declared.source, Source::Default | Source::Registry(_));
    is_tied && is_remote && !matches!(declared.relation, Relation::Root)
}
