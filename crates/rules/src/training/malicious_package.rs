//! A package is known to be an attack.
//!
//! ## Why it matters
//!
//! Installing or importing it runs its code with everything that the build or the server may reach: keys, weights, data. The
//! registry has usually taken it down, mirrors and lock files have not.
//!
//! ## What to do
//!
//! Treat every machine that installed it as taken over: revoke its credentials, rebuild it. Then remove the package.
//!
//! ## Limits
//!
//! Known from advisories marked as malicious (`MAL-…` of the OpenSSF, and those of the ecosystems); most attacks are never listed.

use chainwright_advisories::record::Kind;
use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{Exposure, Known};
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::exposures::report_exposures;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "malicious-package",
    stage: Stage::Training,
    summary: "a package is known to be an attack",
    severity: Severity::Critical,
    remedy: "remove the package and treat machines that installed it as taken over",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_001, cwe::CWE_506],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let severity = |_: &Known| Severity::Critical;
    report_exposures(artifact, &[Kind::Malicious], severity, describe, sink);
}

fn describe(exposure: &Exposure, known: &[&Known]) -> String {
    let first = known.first().map_or("", |known| known.advisory.id.as_str());
    format!(
        "{} is an attack ({first})",
        quoted(&exposure.package.to_string())
    )
}
