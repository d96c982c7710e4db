//! Verification summaries: `https://slsa.dev/verification_summary/v1`, also as the source track uses them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Malformed, moment};
use crate::descriptor::Descriptor;
use crate::json::{needed, object, text, texts};
use crate::level::{Level, Track};

/// That somebody verified something against a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Who verified.
    pub verifier: String,
    /// Versions of the verifier's parts.
    pub verifier_versions: BTreeMap<String, String>,
    /// When, in RFC 3339.
    pub time: Option<String>,
    /// What the consumer asks for by this address.
    pub resource: String,
    /// Against what.
    pub policy: Descriptor,
    /// By which attestations.
    pub inputs: Vec<Descriptor>,
    /// How it ended.
    pub result: Verdict,
    /// Levels and other properties that were verified.
    pub levels: Vec<String>,
    /// How many dependencies have each level; `None` says nothing of them.
    pub dependencies: Option<BTreeMap<String, u64>>,
    /// The version of the specification.
    pub slsa_version: Option<String>,
}

/// How a verification ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The policy is met.
    Passed,
    /// It is not.
    Failed,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
        }
    }
}

impl Summary {
    /// The highest level of a track, if it is among what was verified.
    #[must_use]
    pub fn level(&self, track: Track) -> Option<u8> {
        let levels = self.levels.iter().filter_map(|text| Level::read(text));
        levels
            .filter(|level| level.track == track)
            .map(|level| level.number)
            .max()
    }

    /// Reads a predicate.
    ///
    /// # Errors
    /// When a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let verifier = object(top, "verifier", "verifier")?;
        let versions = object(&verifier, "version", "verifier.version")?;
        let mut verifier_versions = BTreeMap::new();
        for (name, value) in &versions {
            let version = value
                .as_str()
                .ok_or(Malformed::NotText("verifier.version"))?;
            verifier_versions.insert(name.clone(), version.to_owned());
        }
        let policy = top.get("policy").ok_or(Malformed::Missing("policy"))?;
        let result = match needed(top, "verificationResult", "verificationResult")?.as_str() {
            "PASSED" => Verdict::Passed,
            "FAILED" => Verdict::Failed,
            _ => return Err(Malformed::Unknown("verificationResult")),
        };
        if !top.contains_key("verifiedLevels") {
            return Err(Malformed::Missing("verifiedLevels"));
        }
        Ok(Self {
            verifier: needed(&verifier, "id", "verifier.id")?,
            verifier_versions,
            time: moment(top, "timeVerified", "timeVerified")?,
            resource: needed(top, "resourceUri", "resourceUri")?,
            policy: Descriptor::read(policy, "policy")?,
            inputs: Descriptor::read_all(top.get("inputAttestations"), "inputAttestations")?,
            result,
            levels: texts(top, "verifiedLevels", "verifiedLevels")?,
            dependencies: counts(top)?,
            slsa_version: text(top, "slsaVersion", "slsaVersion")?,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut verifier = Map::new();
        verifier.insert("id".to_owned(), json!(self.verifier));
        if !self.verifier_versions.is_empty() {
            verifier.insert("version".to_owned(), json!(self.verifier_versions));
        }
        let mut top = Map::new();
        top.insert("verifier".to_owned(), Value::Object(verifier));
        if let Some(time) = &self.time {
            top.insert("timeVerified".to_owned(), json!(time));
        }
        top.insert("resourceUri".to_owned(), json!(self.resource));
        top.insert("policy".to_owned(), self.policy.write());
        if !self.inputs.is_empty() {
            let inputs: Vec<Value> = self.inputs.iter().map(Descriptor::write).collect();
            top.insert("inputAttestations".to_owned(), Value::Array(inputs));
        }
        top.insert("verificationResult".to_owned(), json!(self.result.as_str()));
        top.insert("verifiedLevels".to_owned(), json!(self.levels));
        if let Some(counts) = &self.dependencies {
            top.insert("dependencyLevels".to_owned(), json!(counts));
        }
        if let Some(version) = &self.slsa_version {
            top.insert("slsaVersion".to_owned(), json!(version));
        }
        Value::Object(top)
    }
}

fn counts(top: &Map<String, Value>) -> Result<Option<BTreeMap<String, u64>>, Malformed> {
    let at = "dependencyLevels";
    let object = match top.get(at) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(Malformed::NotAnObject(at)),
    };
    let mut counts = BTreeMap::new();
    for (level, count) in object {
        let count = count.as_u64().ok_or(Malformed::NotANumber(at))?;
        counts.insert(level.clone(), count);
    }
    Ok(Some(counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_survives_a_round_trip() {
        let example = json!({
            "verifier": {"id": "https://example.com/publication_verifier", "version": {"slsa-verifier-linux-amd64": "v2.3.0"}},
            "timeVerified": "1985-04-12T23:20:50.52Z",
            "resourceUri": "https://example.com/example-1.2.3.tar.gz",
            "policy": {"uri": "https://example.com/example_tarball.policy", "digest": {"sha256": "1234"}},
            "inputAttestations": [{"uri": "https://example.com/x.intoto.jsonl", "digest": {"sha256": "abcd"}}],
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_3", "ORG_SOURCE_REVIEWED"],
            "dependencyLevels": {"SLSA_BUILD_LEVEL_3": 5, "SLSA_BUILD_LEVEL_1": 1},
            "slsaVersion": "1.0",
        });
        let read = Summary::read(&example).unwrap();
        assert_eq!(read.level(Track::Build), Some(3));
        assert_eq!(read.level(Track::Source), None);
        assert_eq!(read.write(), example);
    }

    #[test]
    fn a_result_that_is_neither_passed_nor_failed_is_refused() {
        let value = json!({
            "verifier": {"id": "a"}, "resourceUri": "b", "policy": {"uri": "c"},
            "verificationResult": "passed", "verifiedLevels": [],
        });
        assert_eq!(
            Summary::read(&value),
            Err(Malformed::Unknown("verificationResult"))
        );
    }
}
