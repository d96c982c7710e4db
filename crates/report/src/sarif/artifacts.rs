//! The list of artifacts and how their places are written as URIs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chainwright_core::location::Location;
use chainwright_core::scan::ArtifactRecord;
use serde_json::{Value, json};

/// The base that every path is relative to; the name GitHub and SARIF viewers expect.
pub(super) const ROOT: &str = "%SRCROOT%";

/// Every artifact once. A member inside a container is its own entry that points to the container (SARIF
/// 2.1.0, section 3.24.3), so containers are entered before their members.
#[derive(Debug, Default)]
pub(super) struct Artifacts {
    values: Vec<Value>,
    positions: BTreeMap<Location, usize>,
}

impl Artifacts {
    /// Enters an artifact that was read, with what is known of it.
    pub(super) fn record(&mut self, record: &ArtifactRecord) {
        let position = self.position(&record.location);
        let Some(fields) = self.values.get_mut(position).and_then(Value::as_object_mut) else {
            return;
        };
        fields.insert("length".to_owned(), json!(record.size));
        if let Some(digests) = &record.digests {
            let hashes = json!({
                "sha-256": digests.sha256.to_string(),
                "blake3": digests.blake3.to_string(),
            });
            fields.insert("hashes".to_owned(), hashes);
        }
        let properties = json!({
            "formats": record.formats,
            "verdict": record.verdict.as_str(),
        });
        fields.insert("properties".to_owned(), properties);
    }

    /// The index of an artifact, which is entered if it is missing.
    pub(super) fn position(&mut self, location: &Location) -> usize {
        if let Some(position) = self.positions.get(location) {
            return *position;
        }
        let value = match container(location) {
            None => json!({
                "location": { "uri": uri(location), "uriBaseId": ROOT },
                "roles": ["analysisTarget"],
            }),
            Some(container) => json!({
                "location": { "uri": member_uri(location) },
                "parentIndex": self.position(&container),
            }),
        };
        let position = self.values.len();
        self.values.push(value);
        self.positions.insert(location.clone(), position);
        position
    }

    /// The finished list.
    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }
}

/// What a member lies in.
fn container(location: &Location) -> Option<Location> {
    let (_, outer) = location.members().split_last()?;
    let file = Location::file(location.path());
    Some(
        outer
            .iter()
            .fold(file, |place, member| place.member(member)),
    )
}

/// The outermost file as a relative URI reference.
pub(super) fn uri(location: &Location) -> String {
    match percent_encoded(location.path()) {
        path if path.is_empty() => ".".to_owned(),
        path => match path.strip_prefix('/') {
            // A leading slash would leave the root.
            Some(rest) => format!("%2F{rest}"),
            None => path,
        },
    }
}

/// A member relative to its container, which SARIF writes with a leading slash.
fn member_uri(location: &Location) -> String {
    let name = percent_encoded(location.innermost());
    format!("/{}", name.trim_start_matches('/'))
}

/// A path with everything but unreserved characters and slashes percent-encoded (RFC 3986, section 2).
pub(super) fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a string takes all"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_stay_relative_references() {
        let at = |path: &str| uri(&Location::file(path));
        assert_eq!(at("models/a b.bin"), "models/a%20b.bin");
        assert_eq!(at("C:\\x?q#f"), "C%3A%5Cx%3Fq%23f");
        assert_eq!(at("/etc/passwd"), "%2Fetc/passwd");
        assert_eq!(at("//host/x"), "%2F/host/x");
        assert_eq!(at("größe%"), "gr%C3%B6%C3%9Fe%25");
        assert_eq!(at(""), ".");
    }

    #[test]
    fn containers_are_entered_before_their_members() {
        let mut artifacts = Artifacts::default();
        let inner = Location::file("a.zip").member("b.tar").member("c.pkl");
        assert_eq!(artifacts.position(&inner), 2);
        assert_eq!(artifacts.position(&Location::file("a.zip")), 0);
        let values = artifacts.into_values();
        assert_eq!(values[2]["parentIndex"], 1);
        assert_eq!(values[2]["location"]["uri"], "/c.pkl");
        assert_eq!(values[1]["parentIndex"], 0);
    }
}
