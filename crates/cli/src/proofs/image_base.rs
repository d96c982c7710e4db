//! A verified image as a base that scans trust.
//!
//! The digest was verified before; everything here is fetched by it, so that nothing can be exchanged in between.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use chainwright_pull::{Document, Repository};
use chainwright_referrers::{Descriptor, Digest};
use serde_json::Value;

/// Platforms of one image that are written down; real indexes have a dozen.
const MOST_PLATFORMS: usize = 100;

/// The largest configuration that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// The entries of `chainwright.toml` for an image, one for each platform.
pub(super) fn entries(
    repository: &mut Repository<'_>,
    name: &str,
    digest: &str,
) -> anyhow::Result<String> {
    let top = fetch(repository, digest)?;
    let mut text = String::new();
    let members = members(&top)?;
    if members.is_empty() {
        entry(repository, name, &[digest], &top, &mut text)?;
    }
    for member in &members {
        let manifest = fetch(repository, member)?;
        entry(repository, name, &[digest, member], &manifest, &mut text)?;
    }
    Ok(text)
}

fn fetch(repository: &mut Repository<'_>, digest: &str) -> anyhow::Result<Document> {
    let found = repository.manifest(digest)?;
    found.with_context(|| format!("the registry has no {digest} any more"))
}

/// The manifests of an index that are images; none if it is no index.
fn members(top: &Document) -> anyhow::Result<Vec<String>> {
    let value: Value = serde_json::from_slice(&top.bytes).context("the manifest is no JSON")?;
    let Some(listed) = value.get("manifests").and_then(Value::as_array) else {
        return Ok(Vec::new());
    };
    let mut members = Vec::new();
    for entry in listed {
        // Attestations of builders lie in indexes under a platform that nobody has.
        if entry.pointer("/platform/os").and_then(Value::as_str) == Some("unknown") {
            continue;
        }
        let digest = entry.get("digest").and_then(Value::as_str);
        members.push(checked(digest)?);
    }
    if members.is_empty() || members.len() > MOST_PLATFORMS {
        bail!("the index has {} images", members.len());
    }
    Ok(members)
}

fn checked(digest: Option<&str>) -> anyhow::Result<String> {
    let digest = digest.and_then(Digest::parse);
    Ok(digest.context("the image names no SHA-256")?.to_string())
}

fn entry(
    repository: &mut Repository<'_>,
    name: &str,
    digests: &[&str],
    manifest: &Document,
    text: &mut String,
) -> anyhow::Result<()> {
    let value: Value =
        serde_json::from_slice(&manifest.bytes).context("the manifest is no JSON")?;
    let of_config = |key: &str| value.get("config").and_then(|config| config.get(key));
    let descriptor = Descriptor {
        digest: checked(of_config("digest").and_then(Value::as_str))?,
        size: of_config("size").and_then(Value::as_u64).unwrap_or(LARGEST),
        ..Descriptor::default()
    };
    let config: Value = serde_json::from_slice(&repository.blob(&descriptor, LARGEST)?)
        .context("the configuration of the image is no JSON")?;
    let layers = config.pointer("/rootfs/diff_ids").and_then(Value::as_array);
    let layers: Vec<String> = layers
        .into_iter()
        .flatten()
        .map(|layer| checked(layer.as_str()))
        .collect::<Result<_, _>>()?;
    if layers.is_empty() {
        bail!("the image has no layers that an image could stand on");
    }
    let word = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or("unknown");
    let name = format!("{name} ({}/{})", word("os"), word("architecture"));
    writeln!(text, "[[trusted-base]]")?;
    writeln!(text, "name = {}", Value::from(name))?;
    writeln!(text, "layers = {}", Value::from(layers))?;
    writeln!(text, "digests = {}", Value::from(digests.to_vec()))?;
    Ok(())
}
