//! Vulnerability reports: `https://in-toto.io/attestation/vulns/v0.2`.

use serde_json::{Map, Value, json};

use super::{Malformed, moment};
use crate::json::{needed, object, text};

/// Which weaknesses a scanner found, with which state of its database.
#[derive(Debug, Clone, PartialEq)]
pub struct Vulns {
    /// The scanner.
    pub scanner: String,
    /// Its version.
    pub version: Option<String>,
    /// Its database.
    pub database: Option<String>,
    /// When the database was last brought up to date, in RFC 3339.
    pub database_updated: String,
    /// What was found; an empty list says that nothing was.
    pub result: Vec<Vulnerability>,
    /// When the scan began, in RFC 3339.
    pub started: String,
    /// When it ended, in RFC 3339.
    pub finished: String,
}

/// One weakness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vulnerability {
    /// Its name.
    pub id: String,
    /// How bad it is, by one or several methods.
    pub severity: Vec<Rating>,
}

/// How bad something is by a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The method, such as `cvss_score`.
    pub method: String,
    /// What it says.
    pub score: String,
}

impl Vulns {
    /// Reads a predicate.
    ///
    /// # Errors
    /// When a needed field is missing or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let scanner = object(top, "scanner", "scanner")?;
        let database = object(&scanner, "db", "scanner.db")?;
        let metadata = object(top, "metadata", "metadata")?;
        let found = match scanner.get("result") {
            Some(Value::Array(found)) => found,
            None | Some(Value::Null) => return Err(Malformed::Missing("scanner.result")),
            Some(_) => return Err(Malformed::NotAList("scanner.result")),
        };
        let when = |object: &Map<String, Value>, name, at| {
            moment(object, name, at)?.ok_or(Malformed::Missing(at))
        };
        Ok(Self {
            scanner: needed(&scanner, "uri", "scanner.uri")?,
            version: text(&scanner, "version", "scanner.version")?,
            database: text(&database, "uri", "scanner.db.uri")?,
            database_updated: when(&database, "lastUpdate", "scanner.db.lastUpdate")?,
            result: found
                .iter()
                .map(Vulnerability::read)
                .collect::<Result<_, _>>()?,
            started: when(&metadata, "scanStartedOn", "scanStartedOn")?,
            finished: when(&metadata, "scanFinishedOn", "scanFinishedOn")?,
        })
    }

    /// The predicate.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut database = Map::new();
        if let Some(uri) = &self.database {
            database.insert("uri".to_owned(), json!(uri));
        }
        database.insert("lastUpdate".to_owned(), json!(self.database_updated));
        let mut scanner = Map::new();
        scanner.insert("uri".to_owned(), json!(self.scanner));
        if let Some(version) = &self.version {
            scanner.insert("version".to_owned(), json!(version));
        }
        scanner.insert("db".to_owned(), Value::Object(database));
        let found: Vec<Value> = self.result.iter().map(Vulnerability::write).collect();
        scanner.insert("result".to_owned(), Value::Array(found));
        json!({
            "scanner": scanner,
            "metadata": {"scanStartedOn": self.started, "scanFinishedOn": self.finished},
        })
    }
}

impl Vulnerability {
    fn read(value: &Value) -> Result<Self, Malformed> {
        let at = "scanner.result";
        let item = value.as_object().ok_or(Malformed::NotAnObject(at))?;
        let ratings = match item.get("severity") {
            Some(Value::Array(ratings)) => ratings.as_slice(),
            None | Some(Value::Null) => return Err(Malformed::Missing("severity")),
            Some(_) => return Err(Malformed::NotAList("severity")),
        };
        let rated = |value: &Value| -> Result<Rating, Malformed> {
            let rating = value
                .as_object()
                .ok_or(Malformed::NotAnObject("severity"))?;
            Ok(Rating {
                method: needed(rating, "method", "severity.method")?,
                score: needed(rating, "score", "severity.score")?,
            })
        };
        Ok(Self {
            id: needed(item, "id", "scanner.result.id")?,
            severity: ratings.iter().map(rated).collect::<Result<_, _>>()?,
        })
    }

    fn write(&self) -> Value {
        let rated = |rating: &Rating| json!({"method": rating.method, "score": rating.score});
        let ratings: Vec<Value> = self.severity.iter().map(rated).collect();
        json!({"id": self.id, "severity": ratings})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_a_round_trip() {
        let value = json!({
            "scanner": {
                "uri": "pkg:github/aquasecurity/trivy@1", "version": "0.19.2",
                "db": {"uri": "pkg:github/aquasecurity/trivy-db", "lastUpdate": "2021-08-06T17:45:50.52Z"},
                "result": [{"id": "CVE-2024-1", "severity": [{"method": "nvd", "score": "medium"}]}],
            },
            "metadata": {"scanStartedOn": "2021-08-06T17:45:50.52Z", "scanFinishedOn": "2021-08-06T17:50:50.52Z"},
        });
        assert_eq!(Vulns::read(&value).unwrap().write(), value);
    }

    #[test]
    fn a_database_without_a_time_is_refused() {
        let value = json!({"scanner": {"uri": "a", "db": {}, "result": []}, "metadata": {}});
        assert_eq!(
            Vulns::read(&value),
            Err(Malformed::Missing("scanner.db.lastUpdate"))
        );
    }
}
