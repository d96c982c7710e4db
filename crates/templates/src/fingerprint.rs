//! Recognises well-known templates by a digest of what they say, not of how they are laid out.
//!
//! The digest is cryptographic because a match silences rules: nobody must be able to build a second template for it.

use crate::lexer::{Lexer, Piece, TokenKind};

mod known;

/// The digest of a template: 32 hexadecimal digits over its text and tokens. Comments, whitespace-control signs,
/// runs of blanks and the spelling of string literals don't matter.
pub(crate) fn of(source: &str) -> String {
    let mut digested = Vec::with_capacity(source.len());
    let mut buffer = String::new();
    let mut lexer = Lexer::new(source);
    while let Some(piece) = lexer.next_piece() {
        buffer.clear();
        let kind = match piece {
            Piece::Comment { .. } => continue,
            Piece::Text { text, .. } => {
                for word in text.split_whitespace() {
                    buffer.push_str(word);
                    buffer.push(' ');
                }
                b'T'
            }
            Piece::Output { .. } => b'O',
            Piece::Tag { .. } => b'S',
        };
        if kind == b'T' && buffer.is_empty() {
            continue;
        }
        feed(&mut digested, kind, &buffer);
        if kind == b'T' {
            continue;
        }
        for token in &lexer.tokens {
            match &token.kind {
                TokenKind::Name(name) => feed(&mut digested, b'n', name),
                TokenKind::Str(text) => feed(&mut digested, b's', text),
                TokenKind::Int(value) => feed(&mut digested, b'i', &value.to_string()),
                TokenKind::Float => feed(&mut digested, b'f', ""),
                TokenKind::Op(op) => feed(&mut digested, b'o', op),
                TokenKind::Stray => feed(&mut digested, b'?', ""),
            }
        }
    }
    blake3::hash(&digested).to_hex().chars().take(32).collect()
}

fn feed(digested: &mut Vec<u8>, kind: u8, text: &str) {
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    digested.push(kind);
    digested.extend_from_slice(&length.to_le_bytes());
    digested.extend_from_slice(text.as_bytes());
}

/// The name of the well-known template with this digest.
pub(crate) fn name_of(fingerprint: &str) -> Option<&'static str> {
    known::TEMPLATES
        .binary_search_by_key(&fingerprint, |(digest, _)| digest)
        .ok()
        .and_then(|index| known::TEMPLATES.get(index))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_does_not_matter_but_every_word_does() {
        let base = of("{% for m in messages %}{{ m['content'] }}\n{% endfor %}");
        assert_eq!(
            base,
            of("{%- for m in messages -%}\n  {{- m[\"content\"] }}{# note #}\n{%endfor%}")
        );
        for other in [
            "{% for m in messages %}{{ m['role'] }}\n{% endfor %}",
            "{% for m in messages %}{{ m['content'] }}x{% endfor %}",
            "{% for m in messages %}{{ m['content'] }}{% if 'x' in m['content'] %}{% endif %}{% endfor %}",
        ] {
            assert_ne!(base, of(other), "{other}");
        }
    }

    #[test]
    fn known_templates_are_sorted() {
        assert!(known::TEMPLATES.is_sorted_by(|left, right| left.0 < right.0));
    }
}
