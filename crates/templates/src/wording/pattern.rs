//! The patterns of hostile orders, read from `orders.txt` once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Groups of alternative words in order.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) groups: Vec<Vec<&'static str>>,
    /// Words allowed between two groups.
    pub(super) gap: usize,
    /// Whether a negation in front turns the order into an honest one.
    pub(super) is_negatable: bool,
}

/// Every pattern, by its first word.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    all: Vec<Pattern>,
    by_word: BTreeMap<&'static str, Vec<usize>>,
    by_stem: Vec<(&'static str, usize)>,
}

/// The patterns of `orders.txt`.
pub(super) static PATTERNS: LazyLock<Patterns> =
    LazyLock::new(|| Patterns::read(include_str!("orders.txt")));

impl Patterns {
    fn read(text: &'static str) -> Self {
        let mut patterns = Self::default();
        for line in text.lines().filter(|line| line.starts_with(['~', '!'])) {
            let (head, body) = line.split_once(' ').unwrap_or((line, ""));
            let groups: Vec<Vec<&str>> = body
                .split('|')
                .map(|group| group.split_whitespace().collect())
                .collect();
            let index = patterns.all.len();
            for word in groups.first().into_iter().flatten() {
                match word.strip_suffix('*') {
                    Some(stem) => patterns.by_stem.push((stem, index)),
                    None => patterns.by_word.entry(word).or_default().push(index),
                }
            }
            patterns.all.push(Pattern {
                groups,
                gap: head.get(1..).and_then(|gap| gap.parse().ok()).unwrap_or(0),
                is_negatable: head.starts_with('~'),
            });
        }
        patterns
    }

    /// The patterns that may start with a word.
    pub(super) fn starting_with(&self, word: &str) -> impl Iterator<Item = &Pattern> {
        let exact = self.by_word.get(word).into_iter().flatten();
        let stems = self
            .by_stem
            .iter()
            .filter(move |(stem, _)| word.starts_with(stem))
            .map(|(_, index)| index);
        exact.chain(stems).filter_map(|index| self.all.get(*index))
    }
}

/// Whether a group lists a word.
pub(super) fn group_has(group: &[&str], word: &str) -> bool {
    group.iter().any(|entry| match entry.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => *entry == word,
    })
}

/// Words that turn an order into its opposite.
pub(super) fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "not"
            | "dont"
            | "never"
            | "no"
            | "avoid"
            | "cannot"
            | "cant"
            | "without"
            | "nor"
            | "shouldnt"
            | "mustnt"
            | "wont"
            | "refrain"
            | "neither"
            | "isnt"
            | "prevent"
    )
}

pub(super) fn spreads_links(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "visit",
        "click",
        "append",
        "insert",
        "embed",
        "download",
        "fetch",
        "curl",
        "wget",
        "send",
        "post",
        "upload",
        "redirect",
        "recommend",
        "link",
        "navigate",
        "install",
        "promote",
        "submit",
        "forward",
        "report",
        "contact",
        "buy",
        "register",
    ];
    WORDS.contains(&word)
        || word
            .strip_suffix('s')
            .is_some_and(|singular| WORDS.contains(&singular))
        || word.starts_with("send")
        || word.starts_with("mention")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_pattern() {
        let lines = include_str!("orders.txt").lines();
        let written = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .count();
        assert_eq!(PATTERNS.all.len(), written);
        for pattern in &PATTERNS.all {
            assert!(
                pattern.groups.iter().all(|group| !group.is_empty()),
                "{pattern:?}"
            );
            assert!(pattern.gap < 10, "{pattern:?}");
        }
    }
}
