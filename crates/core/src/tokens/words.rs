//! Which texts of a tokenizer are ordinary words and which are marks of its own.
//!
//! The words are those whose capture changes what a sentence says: the commonest of English, negations and consents,
//! and the names of things that people must be able to trust in an answer. Domain words that people add are none.

/// Words that no tokenizer makes special and no publisher adds.
const ORDINARY: &[&str] = &[
    "a",
    "about",
    "above",
    "accept",
    "access",
    "after",
    "again",
    "all",
    "allow",
    "allowed",
    "always",
    "am",
    "an",
    "and",
    "any",
    "approve",
    "approved",
    "are",
    "as",
    "at",
    "avoid",
    "back",
    "bad",
    "bank",
    "be",
    "because",
    "been",
    "before",
    "but",
    "by",
    "can",
    "cannot",
    "cant",
    "com",
    "comply",
    "could",
    "danger",
    "dangerous",
    "day",
    "decline",
    "delete",
    "denied",
    "deny",
    "did",
    "disallow",
    "do",
    "does",
    "don",
    "dont",
    "download",
    "each",
    "email",
    "error",
    "even",
    "every",
    "execute",
    "fail",
    "false",
    "fatal",
    "first",
    "for",
    "forbidden",
    "from",
    "get",
    "go",
    "good",
    "had",
    "harmful",
    "has",
    "have",
    "he",
    "hello",
    "help",
    "her",
    "here",
    "him",
    "his",
    "how",
    "http",
    "https",
    "i",
    "if",
    "ignore",
    "illegal",
    "in",
    "install",
    "into",
    "is",
    "it",
    "its",
    "just",
    "key",
    "know",
    "like",
    "login",
    "look",
    "make",
    "malicious",
    "malware",
    "may",
    "me",
    "money",
    "more",
    "most",
    "must",
    "my",
    "never",
    "new",
    "no",
    "none",
    "nor",
    "not",
    "nothing",
    "now",
    "obey",
    "of",
    "off",
    "on",
    "one",
    "only",
    "or",
    "other",
    "our",
    "out",
    "over",
    "password",
    "pay",
    "people",
    "phishing",
    "please",
    "prohibited",
    "refuse",
    "reject",
    "remove",
    "run",
    "safe",
    "say",
    "secret",
    "secure",
    "security",
    "see",
    "she",
    "should",
    "so",
    "some",
    "sorry",
    "stop",
    "such",
    "sudo",
    "take",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "time",
    "to",
    "token",
    "true",
    "trust",
    "two",
    "unsafe",
    "up",
    "us",
    "verify",
    "virus",
    "vulnerability",
    "warning",
    "was",
    "way",
    "we",
    "well",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "without",
    "would",
    "wrong",
    "www",
    "yes",
    "you",
    "your",
];

/// Whether the text, without the sign for a space, is an ordinary word in lower case or with a capital.
#[must_use]
pub fn is_ordinary(text: &str) -> bool {
    let word = text.trim_matches([' ', '▁', 'Ġ']);
    let mut characters = word.chars();
    let is_shouted = word.len() > 1 && word.chars().all(|character| character.is_ascii_uppercase());
    characters.next();
    let is_plain = characters.all(|character| character.is_ascii_lowercase());
    // One letter is a word only with the space in front of it.
    let is_whole = word.len() > 1 || text.len() > 1;
    let lower = word.to_ascii_lowercase();
    is_plain && !is_shouted && is_whole && ORDINARY.binary_search(&lower.as_str()).is_ok()
}

/// Whether the text is a mark such as `<s>`, `[CLS]`, `<|im_start|>`, `{x}` or `__en__`.
#[must_use]
pub fn is_marker(text: &str) -> bool {
    let text = text.trim();
    [
        ("<", ">"),
        ("[", "]"),
        ("{", "}"),
        ("__", "__"),
        ("<", "|>"),
        ("««", "»»"),
    ]
    .iter()
    .any(|(open, close)| text.len() > 2 && text.starts_with(open) && text.ends_with(close))
}

/// Whether a word of the vocabulary is a place kept free for later.
#[must_use]
pub fn is_reserved(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    is_marker(text)
        || [
            "unused",
            "reserved",
            "placeholder",
            "extra_id",
            "madeupword",
            "dummy",
            "control",
        ]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// Text that training does not make one word of: an address with a host and a path, or a sentence.
#[must_use]
pub fn speaks(word: &str) -> bool {
    if is_marker(word) {
        return false;
    }
    let plain = word.replace(['Ġ', '▁', 'Ċ'], " ");
    let has_host = plain.split_once("://").is_some_and(|(_, host)| {
        let host = host.split(['/', '?', ' ']).next().unwrap_or_default();
        host.len() > 3 && host.contains('.')
    });
    let spoken = plain
        .split_whitespace()
        .filter(|part| part.chars().all(char::is_alphabetic) && part.chars().count() > 1);
    has_host || spoken.count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_are_in_order_and_told_from_marks() {
        assert!(ORDINARY.is_sorted());
        for word in ["not", "▁not", "Ġnever", " the", "Yes", "▁a"] {
            assert!(is_ordinary(word), "{word}");
        }
        for word in [
            "NOT", "a", "I", "pad", "<s>", "covid", "not_", "", " ", "en_XX",
        ] {
            assert!(!is_ordinary(word), "{word}");
        }
        for mark in ["<s>", "[INST]", "<|im_start|>", "__en__", "<unused12>"] {
            assert!(is_marker(mark), "{mark}");
        }
        assert!(!is_marker("not"));
    }
}
