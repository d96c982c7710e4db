//! Credentials in the well-known forms of their issuers. Made for metadata of weights; source code and
//! configuration have a fuller detector of their own.

/// Prefix, least number of characters behind it, and which characters those are.
const FORMS: [(&str, usize, Alphabet); 17] = [
    ("AKIA", 16, Alphabet::Upper),
    ("ASIA", 16, Alphabet::Upper),
    ("ghp_", 36, Alphabet::Alphanumeric),
    ("gho_", 36, Alphabet::Alphanumeric),
    ("ghs_", 36, Alphabet::Alphanumeric),
    ("github_pat_", 60, Alphabet::Word),
    ("glpat-", 20, Alphabet::Word),
    ("hf_", 34, Alphabet::Alphanumeric),
    ("sk-ant-", 32, Alphabet::Word),
    ("sk-proj-", 32, Alphabet::Word),
    ("sk-", 40, Alphabet::Alphanumeric),
    ("xoxb-", 24, Alphabet::Word),
    ("xoxp-", 24, Alphabet::Word),
    ("AIza", 35, Alphabet::Word),
    ("npm_", 36, Alphabet::Alphanumeric),
    ("pypi-AgE", 48, Alphabet::Word),
    ("dop_v1_", 64, Alphabet::Alphanumeric),
];

#[derive(Debug, Clone, Copy)]
enum Alphabet {
    Upper,
    Alphanumeric,
    Word,
}

impl Alphabet {
    const fn contains(self, character: char) -> bool {
        match self {
            Self::Upper => character.is_ascii_uppercase() || character.is_ascii_digit(),
            Self::Alphanumeric => character.is_ascii_alphanumeric(),
            Self::Word => character.is_ascii_alphanumeric() || matches!(character, '_' | '-'),
        }
    }
}

pub(super) fn has_secret(text: &str) -> bool {
    let has_key_block = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    has_key_block
        || FORMS
            .iter()
            .any(|(prefix, least, alphabet)| has_form(text, prefix, *least, *alphabet))
}

fn has_form(text: &str, prefix: &str, least: usize, alphabet: Alphabet) -> bool {
    text.match_indices(prefix).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let behind = text
            .get(at.saturating_add(prefix.len())..)
            .unwrap_or_default();
        let secret: String = behind
            .chars()
            .take(256)
            .take_while(|character| alphabet.contains(*character))
            .collect();
        let starts_a_word =
            !before.is_some_and(|character| character.is_alphanumeric() || character == '_');
        starts_a_word && secret.len() >= least && !secret.contains("EXAMPLE") && is_varied(&secret)
    })
}

/// Real credentials are random: many different characters, letters and digits.
fn is_varied(secret: &str) -> bool {
    let mut characters: Vec<char> = secret.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    characters.len() >= 10 && secret.contains(|character: char| character.is_ascii_digit())
}
