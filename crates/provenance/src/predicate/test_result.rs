//! Test results: `https://in-toto.io/attestation/test-result/v0.1`.

use serde_json::{Map, Value, json};

use super::Malformed;
use crate::descriptor::Descriptor;
use crate::json::{needed, text, texts};

/// How a run of tests ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// As a whole.
    pub result: TestVerdict,
    /// With which configuration.
    pub configuration: Vec<Descriptor>,
    /// Where the run can be seen.
    pub url: Option<String>,
    /// Tests that passed.
    pub passed: Vec<String>,
    /// Tests that warned.
    pub warned: Vec<String>,
    /// Tests that failed.
    pub failed: Vec<String>,
}

/// How tests ended as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestVerdict {
    /// All is well.
    Passed,
    /// Something is odd.
    Warned,
    /// Something is wrong.
    Failed,
}

impl TestVerdict {
    const ALL: [Self; 3] = [Self::Passed, Self::Warned, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Warned => "WARNED",
            Self::Failed => "FAILED",
        }
    }
}

impl TestResult {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let written = needed(top, "result", "result")?;
        let result = TestVerdict::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == written);
        let configuration = top
            .get("configuration")
            .ok_or(Malformed::Missing("configuration"))?;
        Ok(Self {
            result: result.ok_or(Malformed::Unknown("result"))?,
            configuration: Descriptor::read_all(Some(configuration), "configuration")?,
            url: text(top, "url", "url")?,
            passed: texts(top, "passedTests", "passedTests")?,
            warned: texts(top, "warnedTests", "warnedTests")?,
            failed: texts(top, "failedTests", "failedTests")?,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let configuration: Vec<Value> = self.configuration.iter().map(Descriptor::write).collect();
        let mut top = Map::new();
        top.insert("result".to_owned(), json!(self.result.as_str()));
        top.insert("configuration".to_owned(), Value::Array(configuration));
        if let Some(url) = &self.url {
            top.insert("url".to_owned(), json!(url));
        }
        for (name, tests) in [
            ("passedTests", &self.passed),
            ("warnedTests", &self.warned),
            ("failedTests", &self.failed),
        ] {
            top.insert(name.to_owned(), json!(tests));
        }
        Value::Object(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_survives_a_round_trip_and_an_unknown_one_is_refused() {
        let mut value = json!({
            "result": "WARNED", "configuration": [{"name": "eval.yaml", "digest": {"sha256": "aa"}}],
            "passedTests": ["a"], "warnedTests": ["b"], "failedTests": [],
        });
        assert_eq!(TestResult::read(&value).unwrap().write(), value);
        value["result"] = json!("GOOD");
        assert_eq!(TestResult::read(&value), Err(Malformed::Unknown("result")));
    }
}
