//! Added and special tokens: what they take out of ordinary text, and what they are called beside the vocabulary.
//!
//! A token that is special disappears from answers (`skip_special_tokens`), and every added token is cut out of the
//! user's text before anything else reads it. Domain words, control tokens of other families and thousands of
//! placeholders are honest; ordinary words are not.
//!
//! Source: `tokenizers` 0.23, `tokenizer/added_vocabulary.rs`; `transformers` 5, `tokenization_utils_base.py`.

use std::collections::BTreeMap;

use super::facts::{Details, DocumentFacts, TokenFact, TokenizerDetails};
use super::vocabulary::Vocabulary;
use crate::bounded::quote;
use crate::document::{Node, walk};
use crate::hazard::HazardKind;
use chainwright_core::tokens::words::{is_marker, is_ordinary, is_reserved};

/// LIMIT: tokens named in the facts.
const MAX_TOKENS: usize = 512;
/// A vocabulary of single characters is no larger than this.
const SMALL: usize = 1000;

/// What the files of one tokenizer say against each other: one id with two texts, one role with two tokens. The tokens
/// come from `tokenizer.json`, `tokenizer_config.json`, `added_tokens.json` of one folder; at most 64 are told.
#[must_use]
pub fn contradictions(files: &[&TokenizerDetails]) -> Vec<String> {
    const TOLD: usize = 64;
    let mut by_id: BTreeMap<u64, &str> = BTreeMap::new();
    let mut by_role: BTreeMap<&str, &str> = BTreeMap::new();
    let mut told = Vec::new();
    for token in files.iter().flat_map(|file| &file.tokens) {
        let of_id = token.id.and_then(|id| by_id.insert(id, &token.text));
        let of_role = token
            .role
            .as_deref()
            .and_then(|role| by_role.insert(role, &token.text));
        for other in [of_id, of_role].into_iter().flatten() {
            let name = token.role.clone().or_else(|| Some(token.id?.to_string()));
            if other != token.text && told.len() < TOLD {
                let name = name.unwrap_or_default();
                told.push(format!("{name}: {other} and {}", token.text));
            }
        }
    }
    told
}

/// Keys of `tokenizer_config.json` and `special_tokens_map.json` that give a token a role.
pub(super) const ROLES: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

/// The tokens that a configuration gives roles to, and those it lists.
pub(super) fn read_roles(root: &Node, facts: &mut DocumentFacts) {
    for role in ROLES {
        let Some(node) = root.get(role) else { continue };
        let Some(text) = content(node) else { continue };
        note(facts, None, text, Some(role));
        takes_word(text, &format!("/{role}"), node, facts);
    }
    for key in ["additional_special_tokens", "extra_special_tokens"] {
        let Some(node) = root.get(key) else { continue };
        let named = node.entries().iter().map(|(_, node)| node);
        for item in node.items().iter().chain(named) {
            if let Some(text) = content(item) {
                takes_word(text, &format!("/{key}"), item, facts);
            }
        }
    }
    let decoder = root
        .get("added_tokens_decoder")
        .map_or(&[][..], Node::entries);
    for (id, token) in decoder {
        if let Some(text) = token.text_of("content") {
            note(facts, id.parse().ok(), text, None);
            takes_word(text, "/added_tokens_decoder", token, facts);
        }
    }
}

/// `added_tokens.json`: a flat map of texts to ids.
pub(super) fn read_flat(root: &Node, facts: &mut DocumentFacts) {
    for (text, id) in root.entries() {
        if id.integer().is_some() {
            takes_word(text, "", id, facts);
        }
    }
}

/// The added tokens of `tokenizer.json`, beside its vocabulary where that could be read.
pub(super) fn read(root: &Node, vocabulary: Option<&Vocabulary<'_>>, facts: &mut DocumentFacts) {
    let added = root.get("added_tokens").map_or(&[][..], Node::items);
    for token in added {
        let Some(text) = token.text_of("content") else {
            continue;
        };
        let id = token.get("id").and_then(Node::integer);
        note(facts, id, text, None);
        takes_word(text, "/added_tokens", token, facts);
        let is_special = token.get("special").is_some_and(Node::is_true);
        let is_bare = text == " " || text.len() == 1 && text.chars().all(char::is_alphanumeric);
        if is_special && is_bare && vocabulary.is_some_and(|known| known.len() > SMALL) {
            facts.hazard_at(HazardKind::TokenTakesWord, "/added_tokens", token, text);
        }
        if let Some((known, id)) = vocabulary.zip(id) {
            beside(known, id, text, token, facts);
        }
    }
    templates(root, vocabulary, facts);
    fillers(root, facts);
}

/// An added token that the vocabulary has under another id, or whose id is another word's.
fn beside(known: &Vocabulary<'_>, id: u64, text: &str, token: &Node, facts: &mut DocumentFacts) {
    let moved = known.id(text).filter(|own| *own != id);
    let taken = known
        .text(id)
        .filter(|word| *word != text && !is_reserved(word));
    let value = match (moved, taken) {
        (Some(own), _) => format!("{id}: {text} is {own} in the vocabulary"),
        (None, Some(word)) => format!("{id}: {text} is {word} in the vocabulary"),
        (None, None) => return,
    };
    facts.hazard_at(
        HazardKind::VocabularyConflict,
        "/added_tokens",
        token,
        &value,
    );
}

/// Marks that stand for more or other tokens than they say: `{"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}`.
fn templates(root: &Node, vocabulary: Option<&Vocabulary<'_>>, facts: &mut DocumentFacts) {
    let Some(section) = root.get("post_processor") else {
        return;
    };
    walk(section, &mut |visit| {
        let (Some(name), Some(tokens)) = (visit.node.text_of("id"), visit.node.get("tokens"))
        else {
            return;
        };
        let texts: Vec<&str> = tokens.items().iter().filter_map(Node::text).collect();
        let ids: Vec<u64> = visit
            .node
            .get("ids")
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(Node::integer)
            .collect();
        let pointer = format!("/post_processor{}", visit.pointer);
        let shown = |id: u64| vocabulary.and_then(|known| known.text(id));
        let spoken = ids.iter().filter_map(|id| shown(*id));
        let speaks = texts
            .iter()
            .copied()
            .chain(spoken)
            .any(|text| text != name && !is_marker(text));
        if speaks || texts.iter().any(|text| is_ordinary(text)) {
            let value = format!("{name} -> {}", texts.join(" "));
            facts.hazard_at(
                HazardKind::TokenizerInsertsText,
                &pointer,
                visit.node,
                &value,
            );
        }
    });
}

/// Texts that fill gaps: what pads, what stands for the unknown, and how much of the input is kept.
fn fillers(root: &Node, facts: &mut DocumentFacts) {
    const MOST: u64 = 10_000_000;
    if let Some(node) = root
        .get("truncation")
        .and_then(|node| node.get("max_length"))
        && node.integer().is_some_and(|length| length <= 2)
    {
        let value = node.scalar().unwrap_or_default();
        facts.hazard_at(
            HazardKind::TokenizerDropsText,
            "/truncation/max_length",
            node,
            value,
        );
    }
    if let Some(padding) = root.get("padding") {
        if let Some(node) = padding.get("pad_token")
            && node.text().is_some_and(is_ordinary)
        {
            let value = node.text().unwrap_or_default();
            facts.hazard_at(
                HazardKind::TokenizerInsertsText,
                "/padding/pad_token",
                node,
                value,
            );
        }
        let fixed = padding.get("strategy").and_then(|node| node.get("Fixed"));
        for node in [fixed, padding.get("pad_to_multiple_of")]
            .into_iter()
            .flatten()
        {
            if node.integer().is_some_and(|length| length > MOST) {
                let value = node.scalar().unwrap_or_default();
                facts.hazard_at(HazardKind::UnreasonableSize, "/padding", node, value);
            }
        }
    }
    if let Some(node) = root.get("model").and_then(|model| model.get("unk_token"))
        && node.text().is_some_and(is_ordinary)
    {
        let value = node.text().unwrap_or_default();
        facts.hazard_at(
            HazardKind::TokenizerInsertsText,
            "/model/unk_token",
            node,
            value,
        );
    }
}

/// A token as text or as `{"content": …}`.
fn content(node: &Node) -> Option<&str> {
    node.text().or_else(|| node.text_of("content"))
}

fn takes_word(text: &str, pointer: &str, node: &Node, facts: &mut DocumentFacts) {
    if is_ordinary(text) {
        facts.hazard_at(HazardKind::TokenTakesWord, pointer, node, text);
    }
}

fn note(facts: &mut DocumentFacts, id: Option<u64>, text: &str, role: Option<&str>) {
    if let Details::Tokenizer(tokenizer) = &mut facts.details
        && tokenizer.tokens.len() < MAX_TOKENS
    {
        tokenizer.tokens.push(TokenFact {
            id,
            text: quote(text),
            role: role.map(str::to_owned),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(tokens: &[(Option<u64>, &str, Option<&str>)]) -> TokenizerDetails {
        let tokens = tokens.iter().map(|(id, text, role)| TokenFact {
            id: *id,
            text: (*text).to_owned(),
            role: role.map(str::to_owned),
        });
        TokenizerDetails {
            tokens: tokens.collect(),
            ..TokenizerDetails::default()
        }
    }

    #[test]
    fn files_that_contradict_each_other_are_told() {
        let one = file(&[(Some(2), "</s>", None), (None, "</s>", Some("eos_token"))]);
        let same = file(&[(Some(2), "</s>", None)]);
        let other = file(&[
            (Some(2), "<|user|>", None),
            (None, "<pad>", Some("eos_token")),
        ]);
        assert_eq!(contradictions(&[&one, &same]), Vec::<String>::new());
        assert_eq!(
            contradictions(&[&one, &other]),
            ["2: </s> and <|user|>", "eos_token: </s> and <pad>"]
        );
    }
}
