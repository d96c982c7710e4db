//! A public or second index could answer for the name of one of your own packages.
//!
//! ## Why it matters
//!
//! Names on public indexes are free for everybody. Where an installer asks such an index too, whoever registers your internal name
//! there, with a higher version, decides what your builds install (dependency confusion).
//!
//! ## What to do
//!
//! Ask one index for these names: name your index instead of the public one (`--index-url`, `[[tool.uv.index]]` with `explicit`,
//! `@scope:registry=…`), pin digests, or register the names yourself.
//!
//! ## Limits
//!
//! Looks only at names with the prefixes that you give (`--internal-prefix`, `internal-prefixes` in `chainwright.toml`), of PyPI, npm
//! and Cargo. Configuration of the machine, such as a `pip.conf` in a home folder, is not seen. Whether anybody has registered the
//! name is not asked.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{InternalName, Route};
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::exposures::internal_names;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "internal-name-public",
    stage: Stage::Training,
    summary: "a public index could answer for an internal name",
    severity: Severity::High,
    remedy: "ask only your own index for these names, or pin digests",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_427,
        cwe::CWE_1357,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for found in internal_names(artifact) {
        let (severity, confidence) = judge(found);
        let message = describe(found);
        let place = evidence(&found.place, quoted(&found.package.to_string()));
        sink.report_as(severity, confidence, message, vec![place]);
    }
}

const fn judge(found: &InternalName) -> (Severity, Confidence) {
    match found.route {
        Route::Public(_) => (Severity::High, Confidence::Medium),
        Route::Second(_) => (Severity::High, Confidence::High),
        Route::Default => (Severity::Medium, Confidence::Medium),
        Route::InTurn(_) => (Severity::Low, Confidence::Medium),
    }
}

fn describe(found: &InternalName) -> String {
    let name = quoted(&found.package.name);
    match &found.route {
        Route::Public(url) => format!("the internal name {name} is looked for at {}", quoted(url)),
        Route::Second(url) => format!(
            "the internal name {name} is looked for on several indexes, of which the highest version wins: {}",
            quoted(url)
        ),
        Route::Default => format!(
            "no file says where the internal name {name} is looked for, so the public index is asked"
        ),
        Route::InTurn(url) => format!(
            "the internal name {name} is looked for at {} and on the public index, whichever has it first",
            quoted(url)
        ),
    }
}
