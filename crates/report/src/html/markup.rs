//! HTML escaping, and the small pieces that every part of the page uses.

use std::fmt::Write as _;

use chainwright_core::component::ComponentKind;
use chainwright_core::severity::Severity;
use sha2::{Digest as _, Sha256};

use crate::text::{self, LONG, capitalised};

/// Escapes text for element content and for quoted attribute values.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

/// A hostile name, made visible, cut in the middle, escaped, and kept from reordering its neighbours.
pub(super) fn name(text: &str, max: usize) -> String {
    format!("<bdi>{}</bdi>", escaped(&text::shown_name(text, max)))
}

/// Hostile text as it is: evidence.
pub(super) fn quoted(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(&text::shown(text, LONG)))
}

/// A sentence of ours that may quote hostile text in backticks, which become code.
pub(super) fn prose(text: &str) -> String {
    let shown = text::shown(text, LONG);
    let mut html = String::with_capacity(shown.len() + 32);
    let mut parts = shown.split('`').peekable();
    let mut is_code = false;
    while let Some(part) = parts.next() {
        // A last backtick without its partner is shown as it is.
        if is_code && parts.peek().is_none() {
            html.push('`');
            html.push_str(&escaped(part));
        } else if is_code {
            let _ = write!(html, "<code><bdi>{}</bdi></code>", escaped(part));
        } else {
            html.push_str(&escaped(part));
        }
        is_code = !is_code;
    }
    html
}

/// A link target, if it leads to the web or into the page; anything else is not linked.
pub(super) fn link(target: &str) -> Option<String> {
    let leads_to_the_web = target.starts_with("https://") || target.starts_with("http://");
    leads_to_the_web.then(|| escaped(target))
}

/// A symbol of the sprite, for eyes only: the words stand beside it.
pub(super) fn icon(id: &str) -> String {
    format!("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-{id}\"/></svg>")
}

/// A severity as symbol and word.
pub(super) fn level(severity: Severity) -> String {
    format!(
        "<span class=\"level badge {severity}\">{}{}</span>",
        icon(severity.as_str()),
        capitalised(severity.as_str())
    )
}

/// The symbol and name of a kind of component.
pub(super) fn kind(kind: ComponentKind) -> String {
    format!(
        "<span class=\"kind {}\"><svg aria-hidden=\"true\"><use href=\"#k-{kind}\"/></svg>{kind}</span>",
        family(kind)
    )
}

/// The class that colours a kind of component.
pub(super) const fn family(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Dataset => "k-data",
        ComponentKind::Weights | ComponentKind::Adapter => "k-weights",
        ComponentKind::Repository | ComponentKind::Model | ComponentKind::Image => "k-model",
        ComponentKind::Code | ComponentKind::Package => "k-code",
        // Kinds to come look like documents.
        _ => "k-text",
    }
}

/// The source expression by which a content security policy allows exactly this inline text (CSP 3, 8.2).
pub(super) fn content_hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for position in 0..4 {
            if position <= chunk.len() {
                let sextet = bits >> (18 - 6 * position) & 63;
                text.push(char::from(ALPHABET[sextet]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_test_vectors_of_rfc_4648() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn backticks_become_code_and_markup_stays_text() {
        assert_eq!(
            prose("runs `a<b>` & more"),
            "runs <code><bdi>a&lt;b&gt;</bdi></code> &amp; more"
        );
        assert_eq!(prose("odd ` one"), "odd ` one");
    }

    #[test]
    fn only_the_web_is_linked() {
        assert_eq!(
            link("https://a/?b&c"),
            Some("https://a/?b&amp;c".to_owned())
        );
        assert_eq!(link("javascript:alert(1)"), None);
    }
}
