//! `tokenizer_config.json`, processors and `tokenizer.json`.
//!
//! A tokenizer stands between the user and the model: what it rewrites, drops or inserts, nobody sees. The
//! vocabulary and its merges are read in [`vocabulary`](super::vocabulary), added tokens in [`added`](super::added).

use std::collections::BTreeMap;

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use super::facts::{Details, DocumentFacts, TokenizerDetails, texts};
use super::index::file_name;
use crate::bounded::quote;
use crate::document::{Node, Value, walk};
use crate::hazard::HazardKind;
use crate::path::{self, Escape};
use crate::pattern;
use chainwright_core::tokens::words::is_ordinary;

/// Values of `tokenizer.json` that are large and tell us nothing.
pub(super) const SKIPPED: &[&[&str]] = &[
    &["model", "vocab"],
    &["model", "merges"],
    &["model", "scores"],
];

/// Keys that name a file of the tokenizer.
const FILE_KEYS: [&str; 9] = [
    "vocab_file",
    "merges_file",
    "tokenizer_file",
    "sp_model_file",
    "spm_file",
    "chat_template_file",
    "source_spm",
    "target_spm",
    "normalizer_file",
];

pub(super) fn read_config(root: &Node, facts: &mut DocumentFacts) {
    let text = |key: &str| root.text_of(key).map(quote);
    let extra = root
        .get("extra_special_tokens")
        .map_or_else(Vec::new, |node| {
            let named = node.entries().iter().filter_map(|(_, node)| node.text());
            let mut all = texts(Some(node));
            all.extend(named.take(64).map(quote));
            all
        });
    let added = root
        .get("added_tokens_decoder")
        .map_or(0, |node| node.entries().len());
    facts.details = Details::Tokenizer(TokenizerDetails {
        class: text("tokenizer_class"),
        processor_class: text("processor_class"),
        algorithm: None,
        added_tokens: u64::try_from(added).unwrap_or(u64::MAX),
        largest_added_id: root.get("added_tokens_decoder").and_then(|node| {
            let ids = node.entries().iter().filter_map(|(id, _)| id.parse().ok());
            ids.max()
        }),
        extra_special_tokens: extra,
        ..TokenizerDetails::default()
    });
    super::added::read_roles(root, facts);
    for key in FILE_KEYS {
        if let Some(node) = root.get(key)
            && let Some(name) = node.text()
        {
            let pointer = format!("/{key}");
            if path::escape(name) == Some(Escape::Absolute) {
                facts.hazard_at(HazardKind::SavedPath, &pointer, node, name);
            } else {
                file_name(name, &pointer, node, facts);
            }
        }
    }
    conflicts(
        root.get("added_tokens_decoder")
            .into_iter()
            .flat_map(|node| {
                node.entries()
                    .iter()
                    .map(|(id, token)| (id.to_string(), token))
            }),
        "/added_tokens_decoder",
        facts,
    );
}

pub(super) fn read(root: &Node, text: &str, facts: &mut DocumentFacts) {
    let added = root.get("added_tokens").map_or(&[][..], Node::items);
    facts.details = Details::Tokenizer(TokenizerDetails {
        class: None,
        processor_class: None,
        algorithm: root
            .get("model")
            .and_then(|model| model.text_of("type"))
            .map(quote),
        added_tokens: u64::try_from(added.len()).unwrap_or(u64::MAX),
        largest_added_id: added
            .iter()
            .filter_map(|token| token.get("id").and_then(Node::integer))
            .max(),
        ..TokenizerDetails::default()
    });
    conflicts(
        added.iter().filter_map(|token| {
            let id = token.get("id").and_then(Node::scalar)?;
            Some((id.to_owned(), token))
        }),
        "/added_tokens",
        facts,
    );
    rewrites(
        root,
        "normalizer",
        &HazardKind::NormalizerRewritesText,
        facts,
    );
    rewrites(root, "decoder", &HazardKind::DecoderRewritesText, facts);
    rewrites(
        root,
        "pre_tokenizer",
        &HazardKind::NormalizerRewritesText,
        facts,
    );
    splits(root, facts);
    inserts(root, facts);
    patterns(root, facts);
    let vocabulary = super::vocabulary::read(text, root, facts);
    super::added::read(root, vocabulary.as_ref(), facts);
}

/// One id for two texts, or two ids for one text.
fn conflicts<'a>(
    tokens: impl Iterator<Item = (String, &'a Node)>,
    pointer: &str,
    facts: &mut DocumentFacts,
) {
    let mut by_id: BTreeMap<String, &str> = BTreeMap::new();
    let mut by_text: BTreeMap<&str, String> = BTreeMap::new();
    for (id, token) in tokens {
        let Some(text) = token.text_of("content") else {
            continue;
        };
        let other_text = by_id
            .insert(id.clone(), text)
            .is_some_and(|other| other != text);
        let other_id = by_text
            .insert(text, id.clone())
            .is_some_and(|other| other != id);
        if other_text || other_id {
            let value = format!("{id}: {text}");
            facts.hazard_at(HazardKind::AddedTokenConflict, pointer, token, &value);
        }
    }
}

/// `Replace` steps that touch words. Marks for spaces, quotes and white space are what honest tokenizers replace.
fn rewrites(root: &Node, key: &str, kind: &HazardKind, facts: &mut DocumentFacts) {
    let Some(section) = root.get(key) else { return };
    walk(section, &mut |visit| {
        let node = visit.node;
        let pointer = format!("/{key}{}", visit.pointer);
        match node.text_of("type") {
            Some("Replace") => {
                let content = node.text_of("content").unwrap_or_default();
                let (literal, regex) = pattern_of(node);
                let plain = literal.or_else(|| regex.filter(|regex| is_plain(regex)));
                let touched = plain.map_or_else(
                    || regex.is_some_and(|regex| has_word(&without_escapes(regex))),
                    |text| has_word(text) || is_ordinary(text) || swaps_letters(text, content),
                );
                if touched && !is_same_word(plain, content) || is_text(content) {
                    let from = literal.or(regex).unwrap_or_default();
                    facts.hazard_at(
                        kind.clone(),
                        &pointer,
                        node,
                        &format!("{from} -> {content}"),
                    );
                }
            }
            Some("Strip") if key == "decoder" => strips(node, &pointer, kind, facts),
            Some("Metaspace" | "CTC" | "WordPiece") => marks(node, &pointer, kind, facts),
            Some("Precompiled") => charsmap(node, &pointer, kind, facts),
            Some("Prepend") if is_text(node.text_of("prepend").unwrap_or_default()) => {
                let text = node.text_of("prepend").unwrap_or_default();
                facts.hazard_at(HazardKind::TokenizerInsertsText, &pointer, node, text);
            }
            _ => {}
        }
    });
}

/// A decoder that takes letters off the answer; spaces and their sign are what honest ones strip.
fn strips(node: &Node, pointer: &str, kind: &HazardKind, facts: &mut DocumentFacts) {
    let text = node.text_of("content").unwrap_or_default();
    if text.chars().any(char::is_alphanumeric) {
        facts.hazard_at(kind.clone(), pointer, node, text);
    }
}

/// Signs for a space, a prefix or a pause that are letters or words: they come and go with the text.
fn marks(node: &Node, pointer: &str, kind: &HazardKind, facts: &mut DocumentFacts) {
    for key in ["replacement", "prefix", "pad_token", "word_delimiter_token"] {
        let Some(text) = node.text_of(key) else {
            continue;
        };
        let is_letter = text.len() == 1 && text.chars().all(char::is_alphanumeric);
        if is_letter || is_ordinary(text) {
            facts.hazard_at(kind.clone(), pointer, node, &format!("{key} {text}"));
        }
    }
}

/// The map of SentencePiece, in base64.
fn charsmap(node: &Node, pointer: &str, kind: &HazardKind, facts: &mut DocumentFacts) {
    const SHOWN: usize = 4;
    let Some(text) = node.text_of("precompiled_charsmap") else {
        return;
    };
    let spoken = super::charsmap::spoken(text);
    let place = Place::Pointer(pointer.to_owned());
    if spoken.is_broken {
        let detail = "the map of the normaliser contradicts its own size";
        let problem = Problem::new(ProblemKind::Malformed, place.clone(), detail);
        facts.problems.push(problem);
    }
    if spoken.is_unread {
        let detail = "the rules of the normaliser are too many or go in circles";
        let problem = Problem::new(ProblemKind::LimitReached, place, detail);
        facts.problems.push(problem);
    }
    for (from, to) in spoken.rules.into_iter().take(SHOWN) {
        facts.hazard_at(kind.clone(), pointer, node, &format!("{from} -> {to}"));
    }
}

/// Whether the pattern is only text.
fn is_plain(pattern: &str) -> bool {
    !pattern.is_empty() && !pattern.contains(|c: char| "\\[](){}.*+?^$|".contains(c))
}

/// A Latin letter or digit for another: a homoglyph, another number.
fn swaps_letters(from: &str, to: &str) -> bool {
    let is_turkish = from == "I" && to == "ı";
    let is_one = from.len() == 1 && from.chars().all(|c| c.is_ascii_alphanumeric());
    is_one && !is_turkish && to.chars().any(char::is_alphanumeric)
}

fn pattern_of(node: &Node) -> (Option<&str>, Option<&str>) {
    let pattern = node.get("pattern");
    let literal = pattern.and_then(|pattern| pattern.text().or_else(|| pattern.text_of("String")));
    (
        literal,
        pattern.and_then(|pattern| pattern.text_of("Regex")),
    )
}

/// Whether the text holds a word: three letters in a row, outside of a marker such as `<unk>`.
fn has_word(text: &str) -> bool {
    let text = without_markers(text);
    let mut run = 0_u32;
    text.chars().any(|character| {
        run = if character.is_alphabetic() {
            run.saturating_add(1)
        } else {
            0
        };
        // One character of a script without spaces is a word of its own only in company.
        run >= 3
    })
}

/// Whether a replacement puts text in: a word, or many characters.
fn is_text(text: &str) -> bool {
    has_word(text)
        || without_markers(text)
            .chars()
            .filter(|c| !c.is_whitespace())
            .count()
            > 12
}

/// `can not` for `cannot`, `colour` in another case: the letters stay.
fn is_same_word(from: Option<&str>, to: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    from.is_some_and(|from| letters(from) == letters(to))
}

/// The text without `<…>`, `[…]` and `{…}` markers of a single word.
fn without_markers(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['<', '[', '{']) {
        let (before, behind) = rest.split_at_checked(start).unwrap_or((rest, ""));
        plain.push_str(before);
        let end = behind.find(['>', ']', '}']);
        let marker = end.and_then(|end| behind.split_at_checked(end.saturating_add(1)));
        match marker {
            Some((marker, after))
                if !marker.contains(char::is_whitespace) && marker.len() <= 40 =>
            {
                rest = after;
            }
            _ => {
                let width = behind.chars().next().map_or(0, char::len_utf8);
                rest = behind.get(width..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// A pattern without its classes and escapes, so that only literal letters remain.
fn without_escapes(pattern: &str) -> String {
    let mut plain = String::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next();
                if matches!(escaped, Some('p' | 'P')) && characters.peek() == Some(&'{') {
                    characters.by_ref().find(|c| *c == '}');
                }
                plain.push(' ');
            }
            '[' => {
                let mut is_escaped = false;
                characters.by_ref().find(|c| {
                    let ends = *c == ']' && !is_escaped;
                    is_escaped = *c == '\\' && !is_escaped;
                    ends
                });
                plain.push(' ');
            }
            other => plain.push(other),
        }
    }
    plain
}

/// A split that removes words drops them from the user's text.
fn splits(root: &Node, facts: &mut DocumentFacts) {
    let Some(section) = root.get("pre_tokenizer") else {
        return;
    };
    walk(section, &mut |visit| {
        let node = visit.node;
        let removes = node.text_of("behavior") == Some("Removed")
            && !node.get("invert").is_some_and(Node::is_true);
        if node.text_of("type") != Some("Split") || !removes {
            return;
        }
        let (literal, regex) = pattern_of(node);
        let drops = literal.is_some_and(has_word)
            || regex.is_some_and(|regex| has_word(&without_escapes(regex)));
        if drops {
            let pointer = format!("/pre_tokenizer{}", visit.pointer);
            let text = literal.or(regex).unwrap_or_default();
            facts.hazard_at(HazardKind::TokenizerDropsText, &pointer, node, text);
        }
    });
}

/// A post-processor that inserts more than the usual marks around the text.
fn inserts(root: &Node, facts: &mut DocumentFacts) {
    const USUAL_MARKS: usize = 12;
    let Some(section) = root.get("post_processor") else {
        return;
    };
    walk(section, &mut |visit| {
        let is_template = visit.key == "single" && matches!(visit.node.value, Value::List(_));
        if !is_template || visit.pointer.ends_with(|last: char| last.is_ascii_digit()) {
            return;
        }
        let marks: Vec<&str> = visit
            .node
            .items()
            .iter()
            .filter_map(|item| item.get("SpecialToken"))
            .filter_map(|token| token.text_of("id"))
            .collect();
        let speaks = marks.iter().any(|mark| mark.matches(' ').count() >= 2);
        if marks.len() > USUAL_MARKS || speaks {
            let pointer = format!("/post_processor{}", visit.pointer);
            let text = marks.join(" ");
            facts.hazard_at(
                HazardKind::TokenizerInsertsText,
                &pointer,
                visit.node,
                &text,
            );
        }
    });
}

fn patterns(root: &Node, facts: &mut DocumentFacts) {
    for key in ["normalizer", "pre_tokenizer", "decoder"] {
        let Some(section) = root.get(key) else {
            continue;
        };
        walk(section, &mut |visit| {
            if visit.key == "Regex"
                && let Some(text) = visit.node.text()
                && pattern::growth(text).is_some()
            {
                let pointer = format!("/{key}{}", visit.pointer);
                facts.hazard_at(HazardKind::RegexBacktracking, &pointer, visit.node, text);
            }
        });
    }
}
