//! Text: what kind it is, judged by how it begins.

use super::{Signature, is_lfs_pointer};
use crate::json;
use chainwright_core::fields::first;

/// The kinds of text that the head is; empty if it is not UTF-8 text.
pub(super) fn recognise(head: &[u8]) -> Vec<Signature> {
    let Some(text) = as_text(head) else {
        return Vec::new();
    };
    if is_lfs_pointer(head) {
        return vec![Signature::GitLfsPointer];
    }
    let mut found = Vec::new();
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if json::looks_like_document(body) {
        found.push(Signature::Json);
    } else if let Some(markup) = markup(body) {
        found.push(markup);
    } else if is_batch(body) {
        found.push(Signature::Batch);
    } else if is_python(body) {
        found.push(Signature::Python);
    }
    found.push(Signature::Text);
    found
}

/// The head as text, without a character that the end of the head cuts; text has no control characters but white
/// space, form feeds and escapes.
fn as_text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && head.len() >= 4096 => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    // Blocks without a way out of their middle are compared many bytes at a time.
    let in_block = |block: &[u8]| block.iter().fold(false, |any, byte| any | is_control(byte));
    (!text.as_bytes().chunks(1024).any(in_block)).then_some(text)
}

fn markup(body: &str) -> Option<Signature> {
    let start = String::from_utf8_lossy(first(body.as_bytes(), 1024)).to_ascii_lowercase();
    let tags = ["<!doctype html", "<html", "<head", "<body", "<script"];
    let is_xml = start.starts_with("<?xml") || start.starts_with("<!doctype");
    if tags.iter().any(|tag| start.starts_with(tag)) || (is_xml && start.contains("<html")) {
        Some(Signature::Html)
    } else {
        is_xml.then_some(Signature::Xml)
    }
}

fn is_batch(body: &str) -> bool {
    let line = body
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    line == "@echo off" || line.starts_with("@echo off ") || line.starts_with("@powershell")
}

/// Several lines at the margin that only Python has. A lone `import` also begins other languages and prose.
fn is_python(body: &str) -> bool {
    let mut score = 0_u32;
    for line in body.lines().take(200) {
        let is_import = line
            .strip_prefix("import ")
            .is_some_and(|names| !names.is_empty() && names.split(',').all(is_dotted_name))
            || (line.starts_with("from ") && line.contains(" import "));
        let opens_block = (line.starts_with("def ")
            || line.starts_with("class ")
            || line.starts_with("async def "))
            && line.trim_end().ends_with(':');
        if is_import || opens_block {
            score = score.saturating_add(1);
        }
    }
    score >= 2
}

fn is_dotted_name(text: &str) -> bool {
    let name = text.split(" as ").next().unwrap_or_default().trim();
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '.'))
}
