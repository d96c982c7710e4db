//! Tells templates from other text, and looks for gadgets in what no grammar explains.

use crate::facts::{BehaviourKind, Certainty};
use crate::findings::Findings;
use crate::lexer::unescape;
use crate::names;

/// LIMIT: bytes looked at to recognise a template; the first tag of a real one comes early.
const MAX_LOOK: usize = 256 * 1024;

/// Keywords that open a Jinja statement.
const KEYWORDS: &[&str] = &[
    "for",
    "if",
    "set",
    "macro",
    "include",
    "import",
    "from",
    "extends",
    "call",
    "filter",
    "block",
    "with",
    "generation",
    "raw",
    "do",
    "autoescape",
    "print",
];

/// Variables of chat renderers.
const CHAT_NAMES: &[&str] = &[
    "messages",
    "message",
    "bos_token",
    "eos_token",
    "add_generation_prompt",
    "content",
    "role",
    "system",
    "tools",
    "raise_exception",
    "strftime_now",
    "namespace",
];

/// Whether a text is a Jinja template, by its content alone: a statement of Jinja's, or an output tag that reads
/// what chat renderers pass or that reaches for interpreter internals. `${{ … }}` and `{{ .Values }}` are not.
#[must_use]
pub fn looks_like_template(text: &str) -> bool {
    let end = text
        .char_indices()
        .nth(MAX_LOOK)
        .map_or(text.len(), |(end, _)| end);
    let text = text.get(..end).unwrap_or(text);
    has_statement(text) || has_output(text)
}

fn has_statement(text: &str) -> bool {
    text.match_indices("{%").any(|(at, _)| {
        let rest = text.get(at.saturating_add(2)..).unwrap_or_default();
        let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start();
        let word = rest
            .split(|character: char| !character.is_alphanumeric() && character != '_')
            .next();
        let close: String = rest.chars().take(20_000).collect();
        KEYWORDS.contains(&word.unwrap_or_default()) && close.contains("%}")
    })
}

fn has_output(text: &str) -> bool {
    text.match_indices("{{").take(2_000).any(|(at, _)| {
        let inside: String = text
            .get(at.saturating_add(2)..)
            .unwrap_or_default()
            .chars()
            .take(2_000)
            .collect();
        let Some((inside, _)) = inside.split_once("}}") else {
            return false;
        };
        if mentions_gadget(inside) {
            return true;
        }
        let is_other = text.get(..at).is_some_and(|before| before.ends_with('$'))
            || inside.trim_start().starts_with(['.', '#', '/', '>', '!']);
        !is_other && names_in(inside).any(|name| CHAT_NAMES.contains(&name))
    })
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
}

fn mentions_gadget(text: &str) -> bool {
    let has_lookup = text.contains("|attr")
        || text.contains("| attr")
        || text.contains("attribute=")
        || text.contains("'attr'");
    let is_call = text.contains('(') || text.contains('[') || text.contains('.');
    let name_risk = names_in(text).any(|name| {
        name.starts_with("__") && name.len() > 4 && name.ends_with("__")
            || matches!(
                name,
                "cycler"
                    | "joiner"
                    | "lipsum"
                    | "get_flashed_messages"
                    | "popen"
                    | "subprocess"
                    | "self"
                    | "config"
                    | "request"
                    | "url_for"
                    | "range"
                    | "dict"
            )
    });
    let is_quoted = text.contains(['\'', '"']);
    has_lookup
        || (name_risk && is_call)
        || (is_quoted && (text.contains("][") || text.contains("['") || text.contains("[\"")))
        || text.contains("\\x5f")
        || text.contains("\\u005f")
        || (is_quoted && text.contains(".format"))
}

/// Looks for names of interpreter internals in a template that does not parse, spelled out or escaped.
pub(crate) fn gadgets(source: &str, findings: &mut Findings) {
    let mut note = |at: usize, name: &str| {
        findings.add(BehaviourKind::PrivateAttribute, Certainty::Likely, at, name);
    };
    for marker in [
        "__class__",
        "__globals__",
        "__builtins__",
        "__import__",
        "__subclasses__",
        "__mro__",
        "__init__",
        "__base__",
        "__getattribute__",
        "__getitem__",
        "popen",
    ] {
        for (at, _) in source.match_indices(marker).take(4) {
            if is_in_code(source, at) {
                note(at, marker);
            }
        }
    }
    if source.contains("\\x5f") || source.contains("\\u005f") || source.contains("\\137") {
        // LIMIT: decoded as a whole, for the names only.
        let decoded = unescape(source);
        if let Some(gadget) = names::gadget_in(&decoded).filter(|gadget| !source.contains(gadget)) {
            note(0, gadget);
        }
    }
}

/// Whether the last delimiter before an offset opens a tag.
fn is_in_code(source: &str, at: usize) -> bool {
    let before = source.get(..at).unwrap_or_default();
    let opened = before.rfind("{{").max(before.rfind("{%"));
    let closed = before.rfind("}}").max(before.rfind("%}"));
    opened.is_some() && opened > closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_recognised_by_content() {
        for (text, expected) in [
            ("{% for m in messages %}{{ m.content }}{% endfor %}", true),
            ("{{ bos_token }}", true),
            ("{{ ''.__class__.__mro__ }}", true),
            (
                "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
                true,
            ),
            ("{{''['\\x5f\\x5fclass\\x5f\\x5f']}}", true),
            ("{%- include '/etc/passwd' -%}", true),
            ("x: ${{ secrets.TOKEN }}", false),
            ("image: {{ .Values.image }}", false),
            ("{\"a\": {\"b\": {}}}", false),
            ("plain text about {% and %}", false),
            ("f'{{literal}}'", false),
        ] {
            assert_eq!(looks_like_template(text), expected, "{text}");
        }
    }
}
