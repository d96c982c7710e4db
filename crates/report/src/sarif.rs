//! SARIF 2.1.0 for code scanning (OASIS Standard with errata 01), shaped so that GitHub shows it well.
//!
//! Where the standard and GitHub differ, the document stays valid against the schema and serves both; each such
//! place says so.

mod artifacts;
mod results;
mod rules;

use std::io;

use chainwright_core::problem::{LocatedProblem, ProblemKind};
use chainwright_core::scan::Scan;
use serde_json::{Value, json};

use self::artifacts::Artifacts;
use self::rules::Rules;
use crate::context::Context;
use crate::summary;
use crate::text::{self, LONG};

const SCHEMA_URI: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://github.com/chainwright/chainwright";

/// Writes the log with its one run.
pub(crate) fn render(context: &Context<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let log = json!({
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [run(context)],
    });
    crate::json::write(&log, out)
}

fn run(context: &Context<'_>) -> Value {
    let scan = context.scan;
    let rules = Rules::of(context);
    let mut artifacts = Artifacts::default();
    for record in &scan.artifacts {
        artifacts.record(record);
    }
    let results: Vec<Value> = scan
        .findings
        .iter()
        .map(|finding| results::result(finding, &rules, &mut artifacts))
        .collect();
    let notifications: Vec<Value> = scan
        .problems
        .iter()
        .map(|problem| notification(problem, &mut artifacts))
        .collect();
    json!({
        "tool": { "driver": rules.driver(context) },
        "automationDetails": { "id": automation_id(scan) },
        "originalUriBaseIds": {
            artifacts::ROOT: {
                "description": { "text": "The folder that paths in the targets are relative to." },
            },
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation(context, &notifications)],
        "taxonomies": rules.taxonomies(),
        "artifacts": artifacts.into_values(),
        "results": results,
        "properties": properties(scan),
    })
}

/// GitHub takes what stands before the last slash as the category, one per kind of analysis; scans of different
/// targets must not replace each other's alerts.
fn automation_id(scan: &Scan) -> String {
    let targets: Vec<String> = scan
        .targets
        .iter()
        .map(|target| target.trim_start_matches("./").trim_end_matches('/'))
        .filter(|target| !target.is_empty() && *target != ".")
        .map(|target| text::middle(&artifacts::percent_encoded(target), 120))
        .map(|target| target.replace('…', "..."))
        .take(8)
        .collect();
    if targets.is_empty() {
        "chainwright/".to_owned()
    } else {
        format!("chainwright/{}/", targets.join("+"))
    }
}

fn invocation(context: &Context<'_>, notifications: &[Value]) -> Value {
    let (code, meaning) = summary::exit(context.scan);
    let mut invocation = json!({
        "executionSuccessful": !context.scan.decision.incomplete,
        "exitCode": code,
        "exitCodeDescription": meaning,
        "toolExecutionNotifications": notifications,
    });
    if let (Some(fields), Some(end)) = (invocation.as_object_mut(), &context.finished_at) {
        fields.insert("endTimeUtc".to_owned(), json!(end));
    }
    invocation
}

fn notification(located: &LocatedProblem, artifacts: &mut Artifacts) -> Value {
    let problem = &located.problem;
    let place = text::location_with_place(&located.location, &problem.place, text::NAME);
    let detail = text::shown(&problem.detail, LONG);
    json!({
        "descriptor": { "id": problem.kind.as_str().replace(' ', "-") },
        "level": notification_level(problem.kind),
        "message": { "text": results::without_links(&format!("{place}: {}: {detail}", problem.kind)) },
        "locations": [results::location(&located.location, &problem.place, artifacts)],
    })
}

const fn notification_level(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Unreadable | ProblemKind::InternalFailure => "error",
        ProblemKind::LimitReached
        | ProblemKind::Encrypted
        | ProblemKind::Unsupported
        | ProblemKind::Unchecked => "warning",
        ProblemKind::Malformed | ProblemKind::Truncated => "note",
    }
}

fn properties(scan: &Scan) -> Value {
    let statistics = scan.statistics;
    json!({
        "verdict": scan.verdict().as_str(),
        "decision": scan.decision.outcome.as_str(),
        "reasons": scan.decision.reasons,
        "gate": {
            "severity": scan.gate.severity.as_str(),
            "confidence": scan.gate.confidence.as_str(),
        },
        "hidden": {
            "byBaseline": scan.hidden.by_baseline,
            "byAllowList": scan.hidden.by_allow_list,
            "byVex": scan.hidden.by_vex,
            "byThreshold": scan.hidden.by_threshold,
        },
        "files": statistics.files,
        "bytes": statistics.bytes,
        "elapsedMilliseconds": u64::try_from(statistics.elapsed.as_millis()).unwrap_or(u64::MAX),
    })
}
