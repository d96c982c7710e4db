//! The JSON documents of an image: index, manifest, configuration, and the table of contents of `docker save`.
//!
//! Source: OCI image specification 1.1 (`image-index.md`, `manifest.md`, `config.md`), Docker image manifest v2
//! schema 2, Docker image specification 1.2 (`manifest.json` of saved images). Fields of the wrong type count as
//! absent: a document that a runtime accepts must not hide behind one odd field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Items of any list that are kept.
const MOST_ITEMS: usize = 10_000;

/// Characters of any text that are kept.
const MOST_TEXT: usize = 16_384;

/// A document of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageDocument {
    /// `index.json`, or a list of manifests for several platforms.
    Index(Vec<Descriptor>),
    /// One image.
    Manifest(Box<Manifest>),
    /// Settings and history of one image.
    Config(Box<ImageConfig>),
    /// `manifest.json` of `docker save`.
    Saved(Vec<SavedImage>),
}

/// Names content by its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The media type.
    pub media_type: String,
    /// `ALGORITHM:HEX`.
    pub digest: String,
    /// The size in bytes, as declared.
    pub size: u64,
    /// `OS/ARCHITECTURE[/VARIANT]` of an index entry; empty if it names none.
    pub platform: String,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// The file below `blobs/` in an image layout; `None` if the digest is none.
    #[must_use]
    pub fn blob_path(&self) -> Option<String> {
        let (algorithm, hex) = self.digest.split_once(':')?;
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_plain(algorithm) && is_plain(hex)).then(|| format!("blobs/{algorithm}/{hex}"))
    }
}

/// The manifest of one image or artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The type of an artifact that is no runnable image; empty for images.
    pub artifact_type: String,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// What a signature or attestation belongs to.
    pub subject: Option<Descriptor>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// An image in an archive of `docker save`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedImage {
    /// Path of the configuration in the archive.
    pub config: String,
    /// `repository:tag` names.
    pub tags: Vec<String>,
    /// Paths of the layers, the lowest first.
    pub layers: Vec<String>,
}

/// A step of an image's making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The command, as the builder wrote it down.
    pub command: String,
    /// The builder's comment.
    pub comment: String,
    /// When, as written.
    pub created: String,
    /// Whether the step made no layer.
    pub is_empty_layer: bool,
}

/// The configuration of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// `OS/ARCHITECTURE`.
    pub platform: String,
    /// When the image was made, as written.
    pub created: String,
    /// Who made it.
    pub author: String,
    /// The user that processes run as; empty means root.
    pub user: String,
    /// Exposed ports, such as `8000/tcp`.
    pub ports: Vec<String>,
    /// Environment, in order.
    pub environment: Vec<(String, String)>,
    /// The program that is started.
    pub entrypoint: Vec<String>,
    /// Its arguments.
    pub command: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Volumes.
    pub volumes: Vec<String>,
    /// The command that tells whether the service is well; empty if none was set, `NONE` if it was switched off.
    pub health_check: Vec<String>,
    /// Digests of the uncompressed layers, the lowest first.
    pub diff_ids: Vec<String>,
    /// How it was made, the oldest step first.
    pub history: Vec<Step>,
}

/// Reads a document of an image; `None` if it is none.
#[must_use]
pub fn read(text: &str) -> Option<ImageDocument> {
    let value: Value = serde_json::from_str(text).ok()?;
    match &value {
        Value::Array(items) => saved(items).map(ImageDocument::Saved),
        Value::Object(root) => read_object(root),
        _ => None,
    }
}

fn read_object(root: &Map<String, Value>) -> Option<ImageDocument> {
    if let Some(Value::Array(manifests)) = root.get("manifests") {
        let is_index = root.get("schemaVersion").and_then(Value::as_u64) == Some(2);
        let all: Vec<Descriptor> = manifests.iter().take(MOST_ITEMS).map(descriptor).collect();
        let named = all.iter().any(|each| each.digest.contains(':'));
        return (is_index || named).then_some(ImageDocument::Index(all));
    }
    if let (Some(config @ Value::Object(_)), Some(Value::Array(layers))) =
        (root.get("config"), root.get("layers"))
    {
        let config = descriptor(config);
        return config.digest.contains(':').then(|| {
            ImageDocument::Manifest(Box::new(Manifest {
                artifact_type: text(root.get("artifactType")),
                config,
                layers: layers.iter().take(MOST_ITEMS).map(descriptor).collect(),
                subject: root
                    .get("subject")
                    .map(descriptor)
                    .filter(|subject| !subject.digest.is_empty()),
                annotations: texts(root.get("annotations")),
            }))
        });
    }
    let is_config = root
        .get("rootfs")
        .and_then(|rootfs| rootfs.get("diff_ids"))
        .is_some_and(Value::is_array);
    is_config.then(|| ImageDocument::Config(Box::new(config(root))))
}

fn saved(items: &[Value]) -> Option<Vec<SavedImage>> {
    let images: Vec<SavedImage> = items
        .iter()
        .take(MOST_ITEMS)
        .filter_map(|item| {
            let item = item.as_object()?;
            let layers = list(item.get("Layers"));
            let config = text(item.get("Config"));
            (!config.is_empty() && item.get("Layers").is_some_and(Value::is_array)).then(|| {
                SavedImage {
                    config,
                    tags: list(item.get("RepoTags")),
                    layers,
                }
            })
        })
        .collect();
    (!images.is_empty()).then_some(images)
}

fn descriptor(value: &Value) -> Descriptor {
    let platform = value.get("platform").map(platform).unwrap_or_default();
    Descriptor {
        media_type: text(value.get("mediaType")),
        digest: text(value.get("digest")),
        size: value
            .get("size")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        platform,
        annotations: texts(value.get("annotations")),
    }
}

fn platform(value: &Value) -> String {
    let parts = ["os", "architecture", "variant"].map(|key| text(value.get(key)));
    let named: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    named.join("/")
}

fn config(root: &Map<String, Value>) -> ImageConfig {
    // Docker keeps the settings of the container that made the image beside; they are not what will run.
    let settings = root.get("config").unwrap_or(&Value::Null);
    ImageConfig {
        platform: platform(&Value::Object(
            ["os", "architecture", "variant"]
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), root.get(key)?.clone())))
                .collect(),
        )),
        created: text(root.get("created")),
        author: text(root.get("author")),
        user: text(settings.get("User")),
        ports: keys(settings.get("ExposedPorts")),
        environment: list(settings.get("Env"))
            .into_iter()
            .map(|line| match line.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (line, String::new()),
            })
            .collect(),
        entrypoint: words(settings.get("Entrypoint")),
        command: words(settings.get("Cmd")),
        labels: texts(settings.get("Labels")),
        volumes: keys(settings.get("Volumes")),
        health_check: settings
            .get("Healthcheck")
            .map(|check| words(check.get("Test")))
            .unwrap_or_default(),
        diff_ids: root
            .get("rootfs")
            .map(|rootfs| list(rootfs.get("diff_ids")))
            .unwrap_or_default(),
        history: root
            .get("history")
            .and_then(Value::as_array)
            .map(|steps| steps.iter().take(MOST_ITEMS).map(step).collect())
            .unwrap_or_default(),
    }
}

fn step(value: &Value) -> Step {
    Step {
        command: text(value.get("created_by")),
        comment: text(value.get("comment")),
        created: text(value.get("created")),
        is_empty_layer: value
            .get("empty_layer")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
    }
}

fn text(value: Option<&Value>) -> String {
    let whole = value.and_then(Value::as_str).unwrap_or_default();
    whole.chars().take(MOST_TEXT).collect()
}

fn list(value: Option<&Value>) -> Vec<String> {
    let items = value
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .take(MOST_ITEMS)
        .filter(|item| item.is_string())
        .map(|item| text(Some(item)))
        .collect()
}

/// A list of words, or one line for the shell.
fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(_)) => vec![text(value)],
        value => list(value),
    }
}

fn keys(value: Option<&Value>) -> Vec<String> {
    let Some(Value::Object(map)) = value else {
        return Vec::new();
    };
    let mut keys: Vec<String> = map
        .keys()
        .take(MOST_ITEMS)
        .map(|key| key.chars().take(MOST_TEXT).collect())
        .collect();
    keys.sort();
    keys
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(map)) = value else {
        return BTreeMap::new();
    };
    map.iter()
        .take(MOST_ITEMS)
        .filter(|(_, value)| value.is_string())
        .map(|(key, value)| (key.clone(), text(Some(value))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_configuration_and_layers() {
        let document = read(
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:aa","size":3},
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:bb","size":9}],
            "annotations":{"org.opencontainers.image.base.name":"debian:12","odd":7}}"#,
        );
        let Some(ImageDocument::Manifest(manifest)) = document else {
            panic!("a manifest: {document:?}");
        };
        assert_eq!(
            manifest.config.blob_path().as_deref(),
            Some("blobs/sha256/aa")
        );
        assert_eq!(manifest.layers.len(), 1);
        assert_eq!(manifest.annotations.len(), 1);
    }

    #[test]
    fn a_configuration_tells_what_runs_and_how_it_was_made() {
        let document = read(
            r#"{"os":"linux","architecture":"arm64","variant":"v8","config":{"User":"app","Env":["A=b=c","LONE"],
            "ExposedPorts":{"8000/tcp":{},"22/tcp":{}},"Cmd":"python serve.py","Healthcheck":{"Test":["NONE"]}},
            "rootfs":{"type":"layers","diff_ids":["sha256:cc"]},
            "history":[{"created_by":"RUN x","empty_layer":true}]}"#,
        );
        let Some(ImageDocument::Config(config)) = document else {
            panic!("a configuration: {document:?}");
        };
        assert_eq!(config.platform, "linux/arm64/v8");
        assert_eq!(config.ports, ["22/tcp", "8000/tcp"]);
        let expected = [("A", "b=c"), ("LONE", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(config.environment, expected);
        assert_eq!(config.command, ["python serve.py"]);
        assert_eq!(config.health_check, ["NONE"]);
        assert!(
            config
                .history
                .first()
                .is_some_and(|step| step.is_empty_layer)
        );
    }

    #[test]
    fn saved_images_and_indexes_are_told_from_other_json() {
        let saved = read(r#"[{"Config":"c.json","RepoTags":["a/b:1"],"Layers":["l/layer.tar"]}]"#);
        assert!(matches!(saved, Some(ImageDocument::Saved(images)) if images.len() == 1));
        let index = r#"{"schemaVersion":2,"manifests":[{"digest":"sha256:1","platform":{"os":"linux","architecture":"amd64"}}]}"#;
        assert!(
            matches!(read(index), Some(ImageDocument::Index(all)) if all.first().is_some_and(|one| one.platform == "linux/amd64"))
        );
        let others = [
            "[]",
            "[1]",
            "{}",
            "null",
            r#"{"layers":[1],"config":{"units":3}}"#,
            r#"{"manifests":["a"]}"#,
            r#"[{"Config":"x"}]"#,
            "{",
        ];
        for other in others {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_digest_that_is_a_path_names_no_blob() {
        for digest in ["sha256:../../x", "sha256", ":", "a/b:c", "sha256:"] {
            let descriptor = Descriptor {
                digest: digest.to_owned(),
                ..Descriptor::default()
            };
            assert_eq!(descriptor.blob_path(), None, "{digest}");
        }
    }
}
