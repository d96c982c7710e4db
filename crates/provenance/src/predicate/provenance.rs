//! SLSA provenance: v1 as it is (slsa.dev/spec/v1.2/build-provenance), v0.2 by the specification's own migration.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Malformed, moment};
use crate::descriptor::{Descriptor, Digests};
use crate::json::{needed, object, text};

/// How an artifact was built.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Provenance {
    /// The template by which the parameters are to be understood.
    pub build_type: String,
    /// What came from outside.
    pub external: Map<String, Value>,
    /// What the builder set.
    pub internal: Map<String, Value>,
    /// What was used.
    pub dependencies: Vec<Descriptor>,
    /// Who built.
    pub builder: String,
    /// Versions of the builder's parts.
    pub builder_versions: BTreeMap<String, String>,
    /// This one build.
    pub metadata: BuildMetadata,
    /// What else came out.
    pub byproducts: Vec<Descriptor>,
}

/// One run of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildMetadata {
    /// Its name with the builder.
    pub invocation: Option<String>,
    /// When it began, in RFC 3339.
    pub started: Option<String>,
    /// When it ended, in RFC 3339.
    pub finished: Option<String>,
}

impl Provenance {
    /// Reads a predicate of `https://slsa.dev/provenance/v1`.
    ///
    /// # Errors
    /// When a field that level 1 needs is missing, or one has the wrong type.
    pub fn read(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let definition = part(top, "buildDefinition")?;
        let run = part(top, "runDetails")?;
        let builder = part(&run, "builder")?;
        if !definition.contains_key("externalParameters") {
            return Err(Malformed::Missing("externalParameters"));
        }
        let metadata = object(&run, "metadata", "metadata")?;
        let versions = object(&builder, "version", "version")?;
        let mut builder_versions = BTreeMap::new();
        for (name, value) in &versions {
            let version = value.as_str().ok_or(Malformed::NotText("version"))?;
            builder_versions.insert(name.clone(), version.to_owned());
        }
        Ok(Self {
            build_type: needed(&definition, "buildType", "buildType")?,
            external: object(&definition, "externalParameters", "externalParameters")?,
            internal: object(&definition, "internalParameters", "internalParameters")?,
            dependencies: Descriptor::read_all(
                definition.get("resolvedDependencies"),
                "resolvedDependencies",
            )?,
            builder: needed(&builder, "id", "builder.id")?,
            builder_versions,
            metadata: BuildMetadata {
                invocation: text(&metadata, "invocationId", "invocationId")?,
                started: moment(&metadata, "startedOn", "startedOn")?,
                finished: moment(&metadata, "finishedOn", "finishedOn")?,
            },
            byproducts: Descriptor::read_all(run.get("byproducts"), "byproducts")?,
        })
    }

    /// Reads a predicate of `https://slsa.dev/provenance/v0.2` as the specification says that it migrates.
    ///
    /// # Errors
    /// When the builder or the build type is missing, or a field has the wrong type.
    pub fn read_old(predicate: &Value) -> Result<Self, Malformed> {
        let top = predicate
            .as_object()
            .ok_or(Malformed::NotAnObject("predicate"))?;
        let builder = part(top, "builder")?;
        let invocation = object(top, "invocation", "invocation")?;
        let source = object(&invocation, "configSource", "configSource")?;
        let mut external = object(&invocation, "parameters", "parameters")?;
        let mut dependencies = Descriptor::read_all(top.get("materials"), "materials")?;
        if let Some(entry) = text(&source, "entryPoint", "entryPoint")? {
            external.insert("entryPoint".to_owned(), Value::from(entry));
        }
        if let Some(uri) = text(&source, "uri", "uri")? {
            external.insert("source".to_owned(), Value::from(uri.as_str()));
            let digests = match source.get("digest") {
                None | Some(Value::Null) => Digests::default(),
                Some(value) => Digests::read(value, "configSource.digest")?,
            };
            dependencies.push(Descriptor::of_uri(uri).with(digests));
        }
        let metadata = object(top, "metadata", "metadata")?;
        Ok(Self {
            build_type: needed(top, "buildType", "buildType")?,
            external,
            internal: object(&invocation, "environment", "environment")?,
            dependencies,
            builder: needed(&builder, "id", "builder.id")?,
            builder_versions: BTreeMap::new(),
            metadata: BuildMetadata {
                invocation: text(&metadata, "buildInvocationId", "buildInvocationId")?,
                started: moment(&metadata, "buildStartedOn", "buildStartedOn")?,
                finished: moment(&metadata, "buildFinishedOn", "buildFinishedOn")?,
            },
            byproducts: Vec::new(),
        })
    }

    /// The predicate of v1.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut definition = Map::new();
        definition.insert("buildType".to_owned(), json!(self.build_type));
        definition.insert("externalParameters".to_owned(), json!(self.external));
        put(&mut definition, "internalParameters", &self.internal);
        put_all(&mut definition, "resolvedDependencies", &self.dependencies);
        let mut builder = Map::new();
        builder.insert("id".to_owned(), json!(self.builder));
        if !self.builder_versions.is_empty() {
            builder.insert("version".to_owned(), json!(self.builder_versions));
        }
        let mut metadata = Map::new();
        for (name, value) in [
            ("invocationId", &self.metadata.invocation),
            ("startedOn", &self.metadata.started),
            ("finishedOn", &self.metadata.finished),
        ] {
            if let Some(value) = value {
                metadata.insert(name.to_owned(), json!(value));
            }
        }
        let mut run = Map::new();
        run.insert("builder".to_owned(), Value::Object(builder));
        put(&mut run, "metadata", &metadata);
        put_all(&mut run, "byproducts", &self.byproducts);
        json!({"buildDefinition": definition, "runDetails": run})
    }
}

/// An object that must be there.
fn part(object: &Map<String, Value>, name: &'static str) -> Result<Map<String, Value>, Malformed> {
    match object.get(name) {
        None | Some(Value::Null) => Err(Malformed::Missing(name)),
        Some(Value::Object(found)) => Ok(found.clone()),
        Some(_) => Err(Malformed::NotAnObject(name)),
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: &Map<String, Value>) {
    if !value.is_empty() {
        object.insert(name.to_owned(), Value::Object(value.clone()));
    }
}

fn put_all(object: &mut Map<String, Value>, name: &str, values: &[Descriptor]) {
    if !values.is_empty() {
        let written = values.iter().map(Descriptor::write).collect();
        object.insert(name.to_owned(), Value::Array(written));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosted() -> Value {
        json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {"workflow": {
                    "ref": "refs/heads/main", "repository": "https://github.com/acme/bot", "path": ".github/workflows/r.yml",
                }},
                "internalParameters": {"github": {"event_name": "push"}},
                "resolvedDependencies": [{
                    "uri": "git+https://github.com/acme/bot@refs/heads/main",
                    "digest": {"gitCommit": "9a04d1ee393b5be2773b1ce204f61fe0fd02366a"},
                }],
            },
            "runDetails": {
                "builder": {"id": "https://github.com/acme/bot/.github/workflows/r.yml@refs/heads/main"},
                "metadata": {"invocationId": "https://github.com/acme/bot/actions/runs/1/attempts/1"},
            },
        })
    }

    #[test]
    fn provenance_survives_a_round_trip() {
        assert_eq!(Provenance::read(&hosted()).unwrap().write(), hosted());
    }

    #[test]
    fn what_level_one_needs_must_be_there() {
        for (path, expected) in [
            ("/buildDefinition", Malformed::Missing("buildDefinition")),
            (
                "/buildDefinition/buildType",
                Malformed::Missing("buildType"),
            ),
            (
                "/buildDefinition/externalParameters",
                Malformed::Missing("externalParameters"),
            ),
            ("/runDetails", Malformed::Missing("runDetails")),
            ("/runDetails/builder", Malformed::Missing("builder")),
            ("/runDetails/builder/id", Malformed::Missing("builder.id")),
        ] {
            let mut value = hosted();
            let (parent, name) = path.rsplit_once('/').unwrap();
            let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            parent.remove(name);
            assert_eq!(Provenance::read(&value), Err(expected), "{path}");
        }
    }

    #[test]
    fn the_older_shape_is_migrated() {
        let old = json!({
            "builder": {"id": "https://github.com/slsa-framework/slsa-github-generator/x.yml@refs/tags/v1"},
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "invocation": {
                "configSource": {"uri": "git+https://github.com/acme/bot@refs/tags/v1", "digest": {"sha1": "ab"}, "entryPoint": "r.yml"},
                "parameters": {"a": 1}, "environment": {"b": 2},
            },
            "metadata": {"buildInvocationId": "7", "buildStartedOn": "2026-01-01T00:00:00Z"},
            "materials": [{"uri": "git+https://github.com/acme/bot", "digest": {"sha1": "ab"}}],
        });
        let read = Provenance::read_old(&old).unwrap();
        assert_eq!(read.external, *json!({"a": 1, "entryPoint": "r.yml", "source": "git+https://github.com/acme/bot@refs/tags/v1"}).as_object().unwrap());
        assert_eq!(read.dependencies.len(), 2);
        assert_eq!(
            read.metadata.started.as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
    }
}
