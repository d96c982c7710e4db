//! Versions of Python packages: PEP 440, and the order that `setuptools` gave to everything else before it.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

use crate::number::{Number, padded};
use crate::scan::Scan;

/// The kinds of pre-release in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pre {
    Alpha,
    Beta,
    Candidate,
}

/// One part of a local version; words come before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    Word(Box<str>),
    Number(Number),
}

/// A version after PEP 440.
#[derive(Debug, Clone)]
pub(crate) struct Pep440 {
    pub(crate) epoch: Number,
    pub(crate) release: Vec<Number>,
    pub(crate) pre: Option<(Pre, Number)>,
    pub(crate) post: Option<Number>,
    pub(crate) dev: Option<Number>,
    pub(crate) local: Vec<Label>,
}

const PRE: [&str; 8] = ["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"];
const POST: [&str; 3] = ["post", "rev", "r"];
const SEPARATORS: &str = ".-_";

/// What Python's `\s` matches.
pub(crate) fn is_space(next: char) -> bool {
    next.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&next)
}

/// What decides among versions of the same release; see [`Pep440::suffix`].
type Suffix<'version> = (
    u8,
    Option<&'version (Pre, Number)>,
    Option<&'version Number>,
    bool,
    Option<&'version Number>,
);

impl Pep440 {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text.trim_matches(is_space));
        let version = Self::read(&mut scan, true)?;
        scan.done().then_some(version)
    }

    /// Reads the longest version at the start of a text.
    pub(crate) fn read(scan: &mut Scan<'_>, local: bool) -> Option<Self> {
        let mut version = Self::read_release(scan)?;
        version.read_suffixes(scan);
        if local {
            version.local = read_local(scan).unwrap_or_default();
        }
        Some(version)
    }

    /// Epoch and release numbers.
    pub(crate) fn read_release(scan: &mut Scan<'_>) -> Option<Self> {
        scan.eat_word("v");
        let mut first = scan.number()?;
        let mut epoch = Number::ZERO;
        let mut ahead = *scan;
        if ahead.eat("!")
            && let Some(digits) = ahead.number()
        {
            epoch = Number::read(first);
            first = digits;
            *scan = ahead;
        }
        let mut release = vec![Number::read(first)];
        loop {
            let mut ahead = *scan;
            let (true, Some(digits)) = (ahead.eat("."), ahead.number()) else {
                break;
            };
            release.push(Number::read(digits));
            *scan = ahead;
        }
        Some(Self {
            epoch,
            release,
            pre: None,
            post: None,
            dev: None,
            local: Vec::new(),
        })
    }

    fn read_suffixes(&mut self, scan: &mut Scan<'_>) {
        if let Some((word, number)) = read_suffix(scan, &PRE) {
            let kind = match word {
                "alpha" | "a" => Pre::Alpha,
                "beta" | "b" => Pre::Beta,
                _ => Pre::Candidate,
            };
            self.pre = Some((kind, number));
        }
        let mut ahead = *scan;
        if let (true, Some(digits)) = (ahead.eat("-"), ahead.number()) {
            self.post = Some(Number::read(digits));
            *scan = ahead;
        } else {
            self.post = read_suffix(scan, &POST).map(|(_, number)| number);
        }
        self.dev = read_suffix(scan, &["dev"]).map(|(_, number)| number);
    }

    pub(crate) const fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    pub(crate) fn without_local(&self) -> Self {
        Self {
            local: Vec::new(),
            ..self.clone()
        }
    }

    /// A version of other release numbers, before all of its pre-releases.
    pub(crate) fn floor(&self, release: Vec<Number>) -> Self {
        Self {
            epoch: self.epoch.clone(),
            release,
            pre: None,
            post: None,
            dev: Some(Number::ZERO),
            local: Vec::new(),
        }
    }

    /// Equal up to trailing zeros of the release numbers, whatever follows them.
    pub(crate) fn same_release(&self, other: &Self) -> bool {
        self.epoch == other.epoch && padded(&self.release, &other.release).is_eq()
    }

    /// Where the suffixes put a version among those of the same release (PEP 440, "summary of permitted suffixes and
    /// relative ordering").
    fn suffix(&self) -> Suffix<'_> {
        let rank = match (&self.pre, &self.post, &self.dev) {
            (Some(_), _, _) => 1,
            (None, None, Some(_)) => 0,
            _ => 2,
        };
        (
            rank,
            self.pre.as_ref(),
            self.post.as_ref(),
            self.dev.is_none(),
            self.dev.as_ref(),
        )
    }
}

fn read_suffix<'word>(scan: &mut Scan<'_>, words: &[&'word str]) -> Option<(&'word str, Number)> {
    let mut ahead = *scan;
    ahead.eat_one_of(SEPARATORS);
    let word = ahead.eat_any(words)?;
    ahead.eat_one_of(SEPARATORS);
    let number = Number::read(ahead.digits());
    *scan = ahead;
    Some((word, number))
}

pub(crate) fn read_local(scan: &mut Scan<'_>) -> Option<Vec<Label>> {
    let mut ahead = *scan;
    if !ahead.eat("+") {
        return None;
    }
    let mut labels = Vec::new();
    loop {
        let label = ahead.take_while(|next| next.is_ascii_alphanumeric());
        if label.is_empty() {
            break;
        }
        labels.push(if label.bytes().all(|byte| byte.is_ascii_digit()) {
            Label::Number(Number::read(label))
        } else {
            Label::Word(label.to_ascii_lowercase().into())
        });
        *scan = ahead;
        if ahead.eat_one_of(SEPARATORS).is_none() {
            break;
        }
    }
    (!labels.is_empty()).then_some(labels)
}

impl Ord for Pep440 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| padded(&self.release, &other.release))
            .then_with(|| self.suffix().cmp(&other.suffix()))
            .then_with(|| self.local.cmp(&other.local))
    }
}

impl PartialOrd for Pep440 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pep440 {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pep440 {}

impl fmt::Display for Pep440 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.epoch.is_zero() {
            write!(f, "{}!", self.epoch)?;
        }
        for (at, number) in self.release.iter().enumerate() {
            write!(f, "{}{number}", if at == 0 { "" } else { "." })?;
        }
        if let Some((kind, number)) = &self.pre {
            let word = match kind {
                Pre::Alpha => "a",
                Pre::Beta => "b",
                Pre::Candidate => "rc",
            };
            write!(f, "{word}{number}")?;
        }
        if let Some(number) = &self.post {
            write!(f, ".post{number}")?;
        }
        if let Some(number) = &self.dev {
            write!(f, ".dev{number}")?;
        }
        for (at, label) in self.local.iter().enumerate() {
            f.write_char(if at == 0 { '+' } else { '.' })?;
            match label {
                Label::Word(word) => f.write_str(word)?,
                Label::Number(number) => number.fmt(f)?,
            }
        }
        Ok(())
    }
}

/// A version that PEP 440 does not know, in the order of `pkg_resources` before 2022: below every other version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Legacy {
    parts: Vec<String>,
}

impl Legacy {
    pub(crate) fn parse(text: &str) -> Self {
        let lower = text.trim_matches(is_space).to_lowercase();
        let mut parts: Vec<String> = Vec::new();
        for part in pieces(&lower) {
            if part.starts_with('*') {
                if part.as_str() < "*final" {
                    while parts.last().is_some_and(|last| last == "*final-") {
                        parts.pop();
                    }
                }
                while parts.last().is_some_and(|last| last == "00000000") {
                    parts.pop();
                }
            }
            parts.push(part);
        }
        Self { parts }
    }
}

/// The comparable pieces of a legacy version, ending with `*final`.
fn pieces(lower: &str) -> Vec<String> {
    let mut scan = Scan::new(lower);
    let mut found = Vec::new();
    while let Some(next) = scan.peek() {
        let piece = if next.is_ascii_digit() {
            format!("{:0>8}", scan.digits())
        } else if next == '.' {
            scan.eat(".");
            continue;
        } else if next == '-' {
            scan.eat("-");
            "*final-".to_owned()
        } else if next.is_ascii_lowercase() {
            word(scan.take_while(|next| next.is_ascii_lowercase()))
        } else {
            word(scan.take_while(|next| {
                !(next.is_ascii_digit() || next == '.' || next == '-' || next.is_ascii_lowercase())
            }))
        };
        found.push(piece);
    }
    found.push("*final".to_owned());
    found
}

fn word(word: &str) -> String {
    let word = match word {
        "pre" | "preview" | "rc" => "c",
        "dev" => "@",
        other => other,
    };
    format!("*{word}")
}
