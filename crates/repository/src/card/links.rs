//! Models and datasets that the prose of a card names: by link, or in example code.

use chainwright_core::location::Place;
use memchr::memmem;

use super::{CardFacts, LineCounter};
use crate::config::{ReferenceKind, is_repository};

/// Addresses behind which `org/name` or `datasets/org/name` follows.
const HUBS: [&str; 2] = ["huggingface.co/", "hf.co/"];
/// Calls whose first argument names a repository.
const CALLS: [(&str, ReferenceKind); 4] = [
    ("from_pretrained(", ReferenceKind::Model),
    ("load_dataset(", ReferenceKind::Dataset),
    ("snapshot_download(", ReferenceKind::Model),
    ("SentenceTransformer(", ReferenceKind::Model),
];
/// First parts of hub addresses that are no organisations.
const PAGES: &[&str] = &[
    "api",
    "blog",
    "chat",
    "collections",
    "docs",
    "front",
    "join",
    "learn",
    "models",
    "organizations",
    "papers",
    "posts",
    "pricing",
    "settings",
    "spaces",
    "tasks",
    "terms-of-service",
    "privacy",
    "huggingface.js",
    "new",
    "login",
];

pub(super) fn read(body: &str, first_line: u32, facts: &mut CardFacts) {
    for hub in HUBS {
        let mut lines = LineCounter::new(body, first_line);
        for at in memmem::find_iter(body.as_bytes(), hub) {
            let behind = body.get(at.saturating_add(hub.len())..).unwrap_or_default();
            if let Some((kind, name)) = linked(behind) {
                let place = Place::Line {
                    line: lines.at(at),
                    column: 1,
                };
                facts.reference(kind, &name, place);
            }
        }
    }
    for (call, kind) in CALLS {
        let mut lines = LineCounter::new(body, first_line);
        for at in memmem::find_iter(body.as_bytes(), call) {
            let behind = body
                .get(at.saturating_add(call.len())..)
                .unwrap_or_default();
            if let Some(name) = quoted(behind).filter(|name| is_repository(name)) {
                let place = Place::Line {
                    line: lines.at(at),
                    column: 1,
                };
                facts.reference(kind, name, place);
            }
        }
    }
}

fn linked(behind: &str) -> Option<(ReferenceKind, String)> {
    let length = behind
        .bytes()
        .take(200)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(byte))
        .count();
    let path = behind.get(..length)?;
    let mut parts = path.split('/');
    let first = parts.next()?;
    let (kind, organisation) = match first {
        "datasets" => (ReferenceKind::Dataset, parts.next()?),
        _ if PAGES.contains(&first) => return None,
        _ => (ReferenceKind::Model, first),
    };
    let name = parts.next()?.trim_end_matches('.');
    let full = format!("{organisation}/{name}");
    is_repository(&full).then_some((kind, full))
}

/// The text between quotes at the start.
fn quoted(behind: &str) -> Option<&str> {
    let rest = behind.trim_start();
    let quote = rest.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    let inner = rest.get(1..)?;
    let end = inner
        .bytes()
        .take(200)
        .position(|byte| char::from(byte) == quote)?;
    inner.get(..end)
}
