//! Nobody looks after a package any more.
//!
//! ## Why it matters
//!
//! The next weakness will be found by somebody and mended by nobody, and a name without an owner is a name that can be taken over.
//!
//! ## What to do
//!
//! Move to the successor that the advisory names, or take the code over.
//!
//! ## Limits
//!
//! Known from advisories and notices of the ecosystem (RustSec keeps them); PyPI and npm publish no such feed.

use chainwright_advisories::record::Kind;
use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{Exposure, Known};
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::exposures::report_exposures;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "dependency-unmaintained",
    stage: Stage::Training,
    summary: "nobody looks after a package any more",
    severity: Severity::Low,
    remedy: "move to a package that is looked after",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_1104],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let kinds = [Kind::Unmaintained, Kind::Notice];
    let severity = |_: &Known| Severity::Low;
    report_exposures(artifact, &kinds, severity, describe, sink);
}

fn describe(exposure: &Exposure, known: &[&Known]) -> String {
    let first = known.first().map_or("", |known| known.advisory.id.as_str());
    let package = quoted(&exposure.package.to_string());
    format!("{package} is no longer looked after ({first})")
}
