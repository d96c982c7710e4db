//! Results of scans: `https://github.com/chainwright/chainwright/predicates/scan/v1`, described in `docs/predicates.md`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Malformed, moment};
use crate::descriptor::Descriptor;
use crate::json::{needed, object};

/// The words for decisions.
const DECISIONS: [&str; 3] = ["allow", "warn", "deny"];

/// What a scan decided about its subject.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanResult {
    /// The program that scanned.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// When the scan ended, in RFC 3339.
    pub finished: String,
    /// `allow`, `warn` or `deny`.
    pub decision: String,
    /// Whether something could not be read or judged.
    pub is_incomplete: bool,
    /// Findings by severity; a severity that is not named has none.
    pub findings: BTreeMap<String, u64>,
    /// Rules that found something.
    pub rules: Vec<String>,
    /// The whole report.
    pub report: Option<Descriptor>,
}

impl ScanResult {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let tool = object(top, "tool", "tool")?;
        let decision = needed(top, "decision", "decision")?;
        if !DECISIONS.contains(&decision.as_str()) {
            return Err(Malformed::Unknown("decision"));
        }
        let is_incomplete = match top.get("incomplete") {
            Some(Value::Bool(is_incomplete)) => *is_incomplete,
            None | Some(Value::Null) => return Err(Malformed::Missing("incomplete")),
            Some(_) => return Err(Malformed::Unknown("incomplete")),
        };
        let mut findings = BTreeMap::new();
        for (severity, count) in &object(top, "findings", "findings")? {
            let count = count.as_u64().ok_or(Malformed::NotANumber("findings"))?;
            findings.insert(severity.clone(), count);
        }
        let report = match top.get("report") {
            None | Some(Value::Null) => None,
            Some(value) => Some(Descriptor::read(value, "report")?),
        };
        Ok(Self {
            tool: needed(&tool, "name", "tool.name")?,
            tool_version: needed(&tool, "version", "tool.version")?,
            finished: moment(top, "finishedOn", "finishedOn")?
                .ok_or(Malformed::Missing("finishedOn"))?,
            decision,
            is_incomplete,
            findings,
            rules: crate::json::texts(top, "rules", "rules")?,
            report,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut top = Map::new();
        let tool = json!({"name": self.tool, "version": self.tool_version});
        top.insert("tool".to_owned(), tool);
        top.insert("finishedOn".to_owned(), json!(self.finished));
        top.insert("decision".to_owned(), json!(self.decision));
        top.insert("incomplete".to_owned(), json!(self.is_incomplete));
        top.insert("findings".to_owned(), json!(self.findings));
        top.insert("rules".to_owned(), json!(self.rules));
        if let Some(report) = &self.report {
            top.insert("report".to_owned(), report.write());
        }
        Value::Object(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_survives_a_round_trip_and_must_say_whether_it_is_whole() {
        let mut value = json!({
            "tool": {"name": "chainwright", "version": "0.1.0"}, "finishedOn": "2026-01-31T12:00:00Z",
            "decision": "deny", "incomplete": false, "findings": {"high": 2}, "rules": ["pickle-code-execution"],
            "report": {"name": "report.json", "digest": {"sha256": "aa"}},
        });
        assert_eq!(ScanResult::read(&value).unwrap().write(), value);
        value.as_object_mut().unwrap().remove("incomplete");
        assert_eq!(
            ScanResult::read(&value),
            Err(Malformed::Missing("incomplete"))
        );
    }
}
