//! Manifests of registries: OCI images and artifacts, Ollama, KitOps ModelKits, CNCF ModelPack.
//!
//! A client writes each layer to the path that an annotation names and stores it under its digest. Whether the bytes
//! match the digest needs the blobs and is not asked here.
//!
//! Source: OCI image specification 1.1 (`descriptor.md`, `annotations.md`); CNCF ModelPack `annotations.md`; for digests
//! as paths CVE-2024-37032 and CVE-2026-7020 (Ollama).

use super::facts::{DocumentFacts, ReferenceKind};
use super::index::file_name;
use crate::document::{Node, parse_json, walk};
use crate::hazard::HazardKind;
use crate::path;

/// Annotations that name the file a layer becomes.
const PATHS: [&str; 6] = [
    "org.opencontainers.image.title",
    "org.cncf.model.filepath",
    "org.cnai.model.filepath",
    "com.docker.ai.filepath",
    "org.huggingface.filepath",
    "ai.docker.model.filepath",
];

/// Bytes of a layer that no registry holds.
const ABSURD: u64 = 1 << 50;

/// Whether the document is a manifest or an index of a registry.
pub(super) fn is_manifest(root: &Node) -> bool {
    let speaks_of_media = ["mediaType", "artifactType"].iter().any(|key| {
        root.text_of(key)
            .is_some_and(|text| text.starts_with("application/vnd."))
    });
    let lists = ["layers", "manifests", "config", "blobs"]
        .iter()
        .any(|key| root.get(key).is_some());
    let is_second = root.get("schemaVersion").and_then(Node::integer) == Some(2);
    (is_second || speaks_of_media) && lists
}

pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    walk(root, &mut |visit| {
        let node = visit.node;
        if node.get("digest").is_some()
            && (node.get("mediaType").is_some() || node.get("size").is_some())
        {
            descriptor(node, visit.pointer, facts);
        }
        if visit.key == "annotations" && node.is_map() {
            annotations(node, visit.pointer, facts);
        }
    });
}

fn descriptor(node: &Node, pointer: &str, facts: &mut DocumentFacts) {
    if let Some(text) = node.text_of("digest") {
        digest(text, pointer, node, facts);
    }
    let media = node.text_of("mediaType").unwrap_or_default();
    let may_be_elsewhere = media.contains("foreign") || media.contains("nondistributable");
    for url in node.get("urls").map_or(&[][..], Node::items) {
        if let Some(text) = url.text()
            && !may_be_elsewhere
        {
            facts.hazard_at(HazardKind::UrlReference, pointer, url, text);
        }
    }
    if let Some(size) = node.get("size") {
        let is_negative = size.scalar().is_some_and(|text| text.starts_with('-'));
        if is_negative || size.integer().is_some_and(|size| size > ABSURD) {
            let value = size.scalar().unwrap_or_default();
            facts.hazard_at(HazardKind::UnreasonableSize, pointer, size, value);
        }
    }
}

fn digest(text: &str, pointer: &str, node: &Node, facts: &mut DocumentFacts) {
    if path::escape(text).is_some() || text.contains(['/', '\\', '\0']) {
        facts.hazard_at(HazardKind::PathTraversal, pointer, node, text);
        return;
    }
    let (algorithm, value) = text.split_once(':').unwrap_or(("", text));
    let length = match algorithm {
        "sha256" | "blake3" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => 0,
    };
    let is_hexadecimal = value.chars().all(|c| c.is_ascii_hexdigit());
    if value.len() != length || !is_hexadecimal {
        facts.hazard_at(HazardKind::DigestUnusable, pointer, node, text);
    }
}

fn annotations(node: &Node, pointer: &str, facts: &mut DocumentFacts) {
    for (key, value) in node.entries() {
        let Some(text) = value.text() else { continue };
        let names_file = PATHS.contains(&&**key) || key.ends_with(".filepath");
        if names_file {
            if !file_name(text, pointer, value, facts) {
                facts.reference(ReferenceKind::File, text, None, pointer);
            }
        } else if key.ends_with("file.metadata+json") {
            let inner = parse_json(text, &[]);
            let root = inner.roots.first();
            let name = root.and_then(|root| root.text_of("name"));
            if let Some(name) = name {
                file_name(name, pointer, value, facts);
            }
        }
    }
}
