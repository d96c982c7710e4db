//! Semantic versions with numbers of any length and any number of parts, for npm, Cargo, Go and NuGet.
//!
//! Advisories and lock files hold versions that the specification refuses (`1.2`, `v1.2.3`, `1.2.3.4`); they are read
//! as well, since refusing them would leave a package unjudged.

use std::cmp::Ordering;

use crate::number::{Number, padded};
use crate::scan::Scan;

/// One identifier of a pre-release; numbers come before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Identifier {
    Number(Number),
    Word(Box<str>),
}

impl Identifier {
    fn read(text: &str) -> Self {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Number(Number::read(text))
        } else {
            Self::Word(text.into())
        }
    }
}

/// A semantic version; what follows `+` has no place in the order.
#[derive(Debug, Clone)]
pub(crate) struct Semantic {
    pub(crate) numbers: Vec<Number>,
    pub(crate) pre: Vec<Identifier>,
}

impl Semantic {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text.trim());
        scan.eat("=");
        let rest = scan.rest().trim_start();
        let mut scan = Scan::new(rest);
        scan.eat_word("v");
        let version = Self::read(&mut scan)?;
        scan.done().then_some(version)
    }

    /// NuGet compares the words of pre-releases without regard to case.
    pub(crate) fn parse_caseless(text: &str) -> Option<Self> {
        Self::parse(&text.to_ascii_lowercase())
    }

    /// Go modules: a leading `v` must be there in a `go.mod` and is absent in advisories.
    pub(crate) fn parse_go(text: &str) -> Option<Self> {
        let mut text = text.trim();
        // The toolchain and the standard library are versioned `go1.21.3`, `go1.21rc2`.
        if let Some(release) = text.strip_prefix("go") {
            return Self::parse_toolchain(release);
        }
        text = text.strip_prefix('v').unwrap_or(text);
        let mut scan = Scan::new(text);
        let version = Self::read(&mut scan)?;
        scan.done().then_some(version)
    }

    fn parse_toolchain(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text);
        let mut version = Self {
            numbers: read_numbers(&mut scan)?,
            pre: Vec::new(),
        };
        if let Some(word) = scan.eat_any(&["alpha", "beta", "rc"]) {
            version.pre = vec![
                Identifier::Word(word.into()),
                Identifier::Number(Number::read(scan.number()?)),
            ];
        }
        (scan.done() || scan.eat("-") || scan.eat("+")).then_some(version)
    }

    fn read(scan: &mut Scan<'_>) -> Option<Self> {
        let numbers = read_numbers(scan)?;
        let mut pre = Vec::new();
        if scan.eat("-") {
            pre = read_identifiers(scan)?;
        }
        if scan.eat("+") {
            read_identifiers(scan)?;
        }
        Some(Self { numbers, pre })
    }
}

fn read_numbers(scan: &mut Scan<'_>) -> Option<Vec<Number>> {
    let mut numbers = vec![Number::read(scan.number()?)];
    while scan.eat(".") {
        numbers.push(Number::read(scan.number()?));
    }
    Some(numbers)
}

fn read_identifiers(scan: &mut Scan<'_>) -> Option<Vec<Identifier>> {
    let mut found = Vec::new();
    loop {
        let text = scan.take_while(|next| next.is_ascii_alphanumeric() || next == '-');
        if text.is_empty() {
            return None;
        }
        found.push(Identifier::read(text));
        if !scan.eat(".") {
            return Some(found);
        }
    }
}

impl Ord for Semantic {
    fn cmp(&self, other: &Self) -> Ordering {
        padded(&self.numbers, &other.numbers)
            .then_with(|| self.pre.is_empty().cmp(&other.pre.is_empty()))
            .then_with(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Semantic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Semantic {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Semantic {}
