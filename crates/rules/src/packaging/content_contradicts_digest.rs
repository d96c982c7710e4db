//! A file that is named or listed by its digest has another content.
//!
//! ## Why it matters
//!
//! Caches and registries keep content under its SHA-256, and clients that find it there do not ask again. Where the name
//! and the content differ, somebody swapped the content behind the back of everybody who pinned it.
//!
//! ## What to do
//!
//! Delete the file, fetch it again from its publisher, and look for how it was changed.
//!
//! ## Limits
//!
//! Looks at files whose name is their digest (`blobs/` of the Hugging Face cache, `blobs/sha256/` of OCI layouts and
//! Ollama, objects of Git LFS) and at lists of digests beside files; a list may be older than what it lists and stays at
//! medium. Files that were not fetched, and runs without hashing, are not judged.

use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::config::{Details, NamedDigest};

use crate::config_hazards::documents;
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "content-contradicts-digest",
    stage: Stage::Packaging,
    summary: "a file is not what its digest says",
    severity: Severity::High,
    remedy: "delete it, fetch it again, and find out who changed it",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_354],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    if let Some(digests) = &artifact.digests
        && let Some(named) = named(artifact)
    {
        let held = digests.sha256.to_string();
        if held != named {
            let message = format!("named {named}, its content has {held}");
            sink.report(Confidence::High, message, Vec::new());
        }
    }
    let listed = documents(artifact).filter_map(|document| match &document.details {
        Details::Digests(digests) => Some(digests),
        _ => None,
    });
    let wrong: Vec<Evidence> = listed
        .flatten()
        .filter_map(|digest| contradicted(artifact, digest, tree))
        .take(SHOWN)
        .collect();
    if let Some(first) = wrong.first() {
        let message = first.text.clone();
        sink.report_as(Severity::Medium, Confidence::Medium, message, wrong);
    }
}

/// The digest that the path of a file says it has.
fn named(artifact: &Inspected) -> Option<&str> {
    let location = &artifact.location;
    if !location.members().is_empty() {
        return None;
    }
    let name = location.file_name();
    let (name, is_marked) = match name.strip_prefix("sha256-") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let is_digest =
        name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut folders = location.folder().rsplit('/');
    let parent = folders.next().unwrap_or_default();
    let above = folders.next().unwrap_or_default();
    let is_layout = parent == "blobs" || parent == "sha256" && above == "blobs";
    let is_object = name.get(..2) == Some(above)
        && name.get(2..4) == Some(parent)
        && folders.next() == Some("objects");
    (is_digest && (is_layout || is_object && !is_marked)).then_some(name)
}

fn contradicted(list: &Inspected, digest: &NamedDigest, tree: &Tree<'_>) -> Option<Evidence> {
    let file = tree.neighbour(list, &digest.file)?;
    let is_pointer = file
        .facts
        .iter()
        .any(|facts| matches!(facts, Facts::LfsPointer(_)));
    let held = file.digests.as_ref()?.sha256.to_string();
    (held != digest.sha256 && !is_pointer).then(|| Evidence {
        place: Place::Whole,
        text: format!(
            "{} is listed as {}, it is {held}",
            quoted(&digest.file),
            digest.sha256
        ),
    })
}
