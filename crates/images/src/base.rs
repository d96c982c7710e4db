//! From which image an image was made, and how sure that is.
//!
//! Source: OCI image specification 1.1, `annotations.md` (`org.opencontainers.image.base.*`).

use serde::{Deserialize, Serialize};

use crate::document::{ImageConfig, Manifest};

const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// A base that somebody vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedBase {
    /// Its name.
    pub name: String,
    /// The digests of its uncompressed layers, the lowest first.
    pub diff_ids: Vec<String>,
    /// Digests of manifests, such as `sha256:…`, under which it may be named.
    pub digests: Vec<String>,
}

/// How the base is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BaseEvidence {
    /// The lowest layers are those of a base that is vouched for.
    Layers,
    /// The image names it, with its digest or without.
    Declared,
    /// The history reads as if one image ended and another was begun upon it.
    History,
}

/// The base of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Its name; empty if only the history hints at it.
    pub name: String,
    /// The digest of its manifest, if it is named.
    pub digest: String,
    /// How many of the lowest layers are its own, as far as known.
    pub layers: Option<usize>,
    /// How it is known.
    pub evidence: BaseEvidence,
    /// Whether a base that is vouched for was recognised.
    pub is_trusted: bool,
}

/// The base of the image, by the best evidence there is.
#[must_use]
pub fn identify(
    manifest: Option<&Manifest>,
    config: &ImageConfig,
    trusted: &[TrustedBase],
) -> Option<Base> {
    by_layers(config, trusted)
        .or_else(|| declared(manifest, config, trusted))
        .or_else(|| by_history(config))
}

fn by_layers(config: &ImageConfig, trusted: &[TrustedBase]) -> Option<Base> {
    trusted
        .iter()
        .filter(|base| !base.diff_ids.is_empty() && config.diff_ids.starts_with(&base.diff_ids))
        .max_by_key(|base| base.diff_ids.len())
        .map(|base| Base {
            name: base.name.clone(),
            digest: base.digests.first().cloned().unwrap_or_default(),
            layers: Some(base.diff_ids.len()),
            evidence: BaseEvidence::Layers,
            is_trusted: true,
        })
}

fn declared(
    manifest: Option<&Manifest>,
    config: &ImageConfig,
    trusted: &[TrustedBase],
) -> Option<Base> {
    let find = |key: &str| {
        manifest
            .and_then(|manifest| manifest.annotations.get(key))
            .or_else(|| config.labels.get(key))
            .cloned()
            .unwrap_or_default()
    };
    let (name, digest) = (find(BASE_NAME), find(BASE_DIGEST));
    if name.is_empty() && digest.is_empty() {
        return None;
    }
    // A declared digest is a claim: it makes nothing trusted that the layers contradict.
    let is_trusted = !digest.is_empty()
        && trusted
            .iter()
            .any(|base| base.diff_ids.is_empty() && base.digests.contains(&digest));
    Some(Base {
        name,
        digest,
        layers: None,
        evidence: BaseEvidence::Declared,
        is_trusted,
    })
}

/// A base usually ends with the command it runs; what follows and makes layers is the work of its users.
fn by_history(config: &ImageConfig) -> Option<Base> {
    let steps = &config.history;
    let last_layer = steps.iter().rposition(|step| !step.is_empty_layer)?;
    let end = steps
        .get(..last_layer)?
        .iter()
        .rposition(|step| step.is_empty_layer && runs(&step.command))?;
    let layers = steps
        .get(..end)?
        .iter()
        .filter(|step| !step.is_empty_layer)
        .count();
    (layers > 0).then(|| Base {
        name: String::new(),
        digest: String::new(),
        layers: Some(layers),
        evidence: BaseEvidence::History,
        is_trusted: false,
    })
}

fn runs(command: &str) -> bool {
    let instruction = command.trim_start_matches("/bin/sh -c #(nop)").trim_start();
    instruction.starts_with("CMD ")
        || instruction.starts_with("CMD[")
        || instruction.starts_with("ENTRYPOINT ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Step;

    fn config(diff_ids: &[&str], history: &[(&str, bool)]) -> ImageConfig {
        ImageConfig {
            diff_ids: diff_ids.iter().map(|id| (*id).to_owned()).collect(),
            history: history
                .iter()
                .map(|(command, is_empty_layer)| Step {
                    command: (*command).to_owned(),
                    is_empty_layer: *is_empty_layer,
                    ..Step::default()
                })
                .collect(),
            ..ImageConfig::default()
        }
    }

    fn trusted(name: &str, diff_ids: &[&str]) -> TrustedBase {
        TrustedBase {
            name: name.to_owned(),
            diff_ids: diff_ids.iter().map(|id| (*id).to_owned()).collect(),
            digests: vec!["sha256:base".to_owned()],
        }
    }

    #[test]
    fn the_longest_prefix_of_trusted_layers_wins() {
        let known = [trusted("debian", &["a"]), trusted("python", &["a", "b"])];
        let base = identify(None, &config(&["a", "b", "c"], &[]), &known).expect("a base");
        assert_eq!((base.name.as_str(), base.layers), ("python", Some(2)));
        assert!(base.is_trusted);
        let other = identify(None, &config(&["x", "a", "b"], &[]), &known);
        assert_eq!(other, None, "layers in another place are another image");
    }

    #[test]
    fn a_claim_makes_nothing_trusted_that_its_layers_contradict() {
        let mut image = config(&["evil"], &[]);
        image
            .labels
            .insert(BASE_NAME.to_owned(), "debian:12".to_owned());
        image
            .labels
            .insert(BASE_DIGEST.to_owned(), "sha256:base".to_owned());
        let base = identify(None, &image, &[trusted("debian", &["a"])]).expect("a base");
        assert_eq!(base.evidence, BaseEvidence::Declared);
        assert!(!base.is_trusted);
    }

    #[test]
    fn the_history_shows_where_the_base_ended() {
        let image = config(
            &["a", "b"],
            &[
                ("/bin/sh -c #(nop) ADD file:1 in /", false),
                ("/bin/sh -c #(nop)  CMD [\"bash\"]", true),
                ("RUN pip install torch", false),
                ("CMD [\"serve\"]", true),
            ],
        );
        let base = identify(None, &image, &[]).expect("a base");
        assert_eq!(
            (base.layers, base.evidence),
            (Some(1), BaseEvidence::History)
        );
        let alone = config(&["a"], &[("ADD x /", false), ("CMD [\"sh\"]", true)]);
        assert_eq!(identify(None, &alone, &[]), None);
    }
}
