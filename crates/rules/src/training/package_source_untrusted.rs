//! The packages that the model asks for come from elsewhere than the public index.
//!
//! ## Why it matters
//!
//! A second index beside PyPI lets whoever takes a free name on either decide what is installed (dependency
//! confusion). Files from foreign hosts and connections without encryption can be swapped on the way, and run at
//! installation.
//!
//! ## What to do
//!
//! Install from one index that you trust, with pinned versions and hashes.
//!
//! ## Limits
//!
//! The indexes of well-known projects, such as PyTorch's, are informative only; repositories without a pinned commit
//! are low.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind, PackageOrigin};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "package-source-untrusted",
    stage: Stage::Training,
    summary: "packages come from an untrusted source",
    severity: Severity::Medium,
    remedy: "install from one trusted index, with versions and hashes pinned",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_427,
        cwe::CWE_494,
        cwe::CWE_319,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_hazards(artifact, judge, describe, sink);
}

const fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    let HazardKind::PackageSource { origin } = hazard.kind else {
        return None;
    };
    Some(match origin {
        PackageOrigin::ForeignIndex | PackageOrigin::ForeignFile | PackageOrigin::Unprotected => {
            (Severity::Medium, Confidence::High)
        }
        PackageOrigin::UnpinnedRepository | PackageOrigin::HubFile => {
            (Severity::Low, Confidence::High)
        }
        PackageOrigin::KnownIndex => (Severity::Info, Confidence::High),
    })
}

fn describe(hazard: &Hazard) -> String {
    let what = match hazard.kind {
        HazardKind::PackageSource {
            origin: PackageOrigin::UnpinnedRepository,
        } => "a package is taken from a repository without a commit",
        HazardKind::PackageSource {
            origin: PackageOrigin::Unprotected,
        } => "packages are fetched without protection",
        HazardKind::PackageSource {
            origin: PackageOrigin::ForeignIndex | PackageOrigin::KnownIndex,
        } => "packages are taken from another index",
        _ => "a package is taken from a file elsewhere",
    };
    format!("{what}: {}", quoted(&hazard.value))
}
