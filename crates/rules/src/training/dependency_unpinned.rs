//! What is installed is decided on the day of the installation.
//!
//! ## Why it matters
//!
//! Without an exact version, two builds of the same commit differ, the package that was reviewed is not the one that runs, and a
//! stolen maintainer account reaches every build within the hour.
//!
//! ## What to do
//!
//! Lock the versions (`uv lock`, `pip-compile --generate-hashes`, `npm ci` …) and install from the lock.
//!
//! ## Limits
//!
//! Silent where a lock file lies in the same folder. Libraries that are meant to be installed with others declare ranges on purpose;
//! it is their users who lock. Sources without an exact commit count as open. Such packages are compared with no advisory.

use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_analysis::{Inspected, Tree};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_dependencies::{Declared, ManifestFacts, ManifestKind, Pinning, Scope};

use crate::exposures::manifests;
use crate::shared::{SHOWN, counted, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "dependency-unpinned",
    stage: Stage::Training,
    summary: "packages have no exact version",
    severity: Severity::Low,
    remedy: "lock the versions and install from the lock",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_1357,
        cwe::CWE_494,
    ],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    for manifest in manifests(artifact).filter(|manifest| is_asked_for(manifest)) {
        let open: Vec<&Declared> = manifest
            .packages
            .iter()
            .filter(|each| is_open(each))
            .collect();
        let Some(first) = open.first() else {
            continue;
        };
        if is_locked(artifact, tree) {
            continue;
        }
        let count = counted(open.len(), "package has", "packages have");
        let message = format!(
            "{count} no exact version, such as {}",
            quoted(&first.requirement)
        );
        let shown = open.iter().take(SHOWN);
        let all = shown.map(|each| evidence(&each.place, quoted(&each.requirement)));
        sink.report(Confidence::High, message, all.collect());
    }
}

/// Records of what is installed and configuration of installers ask for nothing.
const fn is_asked_for(manifest: &ManifestFacts) -> bool {
    !manifest.kind.is_installed()
        && !matches!(
            manifest.kind,
            ManifestKind::Constraints
                | ManifestKind::GoMod
                | ManifestKind::GoSum
                | ManifestKind::CargoToml
        )
}

fn is_open(declared: &Declared) -> bool {
    let is_needed = match declared.scope {
        Scope::Runtime | Scope::Build => true,
        Scope::Optional
        | Scope::Development
        | Scope::Peer
        | Scope::Constraint
        | Scope::Platform => false,
    };
    let is_open = match declared.pinning {
        Pinning::Bounded | Pinning::Open => true,
        Pinning::Vcs { commit } => !commit,
        Pinning::Url => !declared.is_hashed(),
        Pinning::Hash | Pinning::Exact | Pinning::Path | Pinning::Editable => false,
    };
    is_needed && is_open
}

fn is_locked(artifact: &Inspected, tree: &Tree<'_>) -> bool {
    tree.beside(artifact)
        .flat_map(manifests)
        .any(|manifest| manifest.kind.is_lock())
}
