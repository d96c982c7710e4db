//! Versions of software without an ecosystem, and tags of images, actions and models.
//!
//! Nobody defines their order, so this one is careful: numbers first, then the well-known words of pre-releases below
//! the release, every other word above it. Commit hashes and names such as `latest` have no order at all.

use std::cmp::Ordering;

use crate::number::{Number, padded};
use crate::scan::Scan;

/// A tag that begins with a number.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    numbers: Vec<Number>,
    suffixes: Vec<Suffix>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Pre(u8, Vec<Number>),
    Nothing,
    Number(Number),
    Word(Box<str>),
}

const PRE: [&str; 12] = [
    "dev", "nightly", "snapshot", "canary", "pre", "preview", "alpha", "a", "beta", "b", "rc", "c",
];

impl Tag {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let hash = lower.len() >= 7 && lower.bytes().all(|byte| byte.is_ascii_hexdigit());
        let letters = lower.bytes().any(|byte| byte.is_ascii_alphabetic());
        let mut scan = Scan::new(&lower);
        for lead in ["release-", "version-", "v", "b", "r"] {
            if scan.eat(lead) {
                break;
            }
        }
        if hash && letters && scan.rest().len() == lower.len() {
            return None;
        }
        let mut numbers = vec![Number::read(scan.number()?)];
        loop {
            let mut ahead = scan;
            let (true, Some(digits)) = (ahead.eat("."), ahead.number()) else {
                break;
            };
            numbers.push(Number::read(digits));
            scan = ahead;
        }
        Some(Self {
            numbers,
            suffixes: suffixes(scan),
        })
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let longer = self.suffixes.len().max(other.suffixes.len());
        let mut order = padded(&self.numbers, &other.numbers);
        for at in 0..longer {
            let left = self.suffixes.get(at).unwrap_or(&Suffix::Nothing);
            order =
                order.then_with(|| left.cmp(other.suffixes.get(at).unwrap_or(&Suffix::Nothing)));
        }
        order
    }

    pub(crate) fn is_prerelease(&self) -> bool {
        self.suffixes
            .iter()
            .any(|suffix| matches!(suffix, Suffix::Pre(..)))
    }
}

fn suffixes(mut scan: Scan<'_>) -> Vec<Suffix> {
    let mut found = Vec::new();
    loop {
        scan.take_while(|next| !next.is_ascii_alphanumeric());
        if scan.done() {
            return found;
        }
        if let Some(digits) = scan.number() {
            found.push(Suffix::Number(Number::read(digits)));
            continue;
        }
        let word = scan.take_while(|next| next.is_ascii_alphabetic());
        let Some(rank) = PRE.iter().position(|known| *known == word) else {
            found.push(Suffix::Word(word.into()));
            continue;
        };
        let mut numbers = Vec::new();
        loop {
            let mut ahead = scan;
            ahead.eat_one_of(".-");
            let Some(digits) = ahead.number() else { break };
            numbers.push(Number::read(digits));
            scan = ahead;
        }
        found.push(Suffix::Pre(u8::try_from(rank).unwrap_or(u8::MAX), numbers));
    }
}
