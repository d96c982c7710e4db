//! Patterns for identities and addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text in which `*` stands for anything within one path segment and `**` for anything at all. It always speaks of the
/// whole text, so `https://github.com/acme/*` never means `https://github.com/acme/x@evil/y`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the whole text is of this form.
    #[must_use]
    pub fn is_met_by(&self, text: &str) -> bool {
        if self.0.len() > LONGEST || text.len() > LONGEST {
            return false;
        }
        met(&tokens(&self.0), &text.chars().collect::<Vec<_>>())
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Longer patterns and texts, in bytes, meet nothing: no identity is so long.
const LONGEST: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    One(char),
    Segment,
    Anything,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for letter in pattern.chars() {
        match (letter, tokens.last_mut()) {
            ('*', Some(last @ Token::Segment)) => *last = Token::Anything,
            ('*', Some(Token::Anything)) => {}
            ('*', _) => tokens.push(Token::Segment),
            (letter, _) => tokens.push(Token::One(letter)),
        }
    }
    tokens
}

/// Walks the text once with the set of tokens that may come next: time grows with their product, never faster.
fn met(tokens: &[Token], text: &[char]) -> bool {
    let mut states = vec![false; tokens.len().saturating_add(1)];
    enter(tokens, &mut states, 0);
    for letter in text {
        let mut next = vec![false; states.len()];
        for (at, token) in tokens.iter().enumerate() {
            if !states.get(at).copied().unwrap_or(false) {
                continue;
            }
            match token {
                Token::One(expected) if expected == letter => {
                    enter(tokens, &mut next, at.saturating_add(1));
                }
                Token::Segment if *letter != '/' => enter(tokens, &mut next, at),
                Token::Anything => enter(tokens, &mut next, at),
                Token::One(_) | Token::Segment => {}
            }
        }
        states = next;
    }
    states.last().copied().unwrap_or(false)
}

/// Marks a state and those that are reached from it without a letter.
fn enter(tokens: &[Token], states: &mut [bool], from: usize) {
    let mut at = from;
    loop {
        match states.get_mut(at) {
            Some(state) if !*state => *state = true,
            _ => return,
        }
        match tokens.get(at) {
            Some(Token::Segment | Token::Anything) => at = at.saturating_add(1),
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_speaks_of_the_whole_text() {
        let cases = [
            (
                "https://github.com/acme/*",
                "https://github.com/acme/train",
                true,
            ),
            (
                "https://github.com/acme/*",
                "https://github.com/acme/a/b",
                false,
            ),
            (
                "https://github.com/acme/**",
                "https://github.com/acme/a/b",
                true,
            ),
            (
                "https://github.com/acme/*",
                "xhttps://github.com/acme/a",
                false,
            ),
            ("a@refs/tags/v*.*.*", "a@refs/tags/v1.2.3", true),
            ("a@refs/tags/v*.*.*", "a@refs/tags/v1.2", false),
            ("a@refs/tags/v*", "a@refs/tags/v1/evil", false),
            ("exact", "exact", true),
            ("exact", "exact ", false),
            ("", "", true),
            ("*", "", true),
            ("**", "a/b", true),
            ("a*b*c", "aXbXbXc", true),
            ("a?c", "abc", false),
            ("[a]", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                Pattern::new(pattern).is_met_by(text),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_their_number() {
        let pattern = Pattern::new("*a".repeat(1000));
        assert!(!pattern.is_met_by(&"a".repeat(999)));
        assert!(pattern.is_met_by(&"a".repeat(1000)));
    }
}
