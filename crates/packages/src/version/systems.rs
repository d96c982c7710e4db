//! Versions of the packages of operating systems: dpkg, rpm and apk.

use std::cmp::Ordering;

use crate::number::Number;
use crate::scan::Scan;

/// A Debian version: `[epoch:]upstream[-revision]` (deb-version(7)).
#[derive(Debug, Clone)]
pub(crate) struct Debian {
    epoch: Number,
    upstream: Box<str>,
    revision: Box<str>,
}

impl Debian {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (epoch, rest) = epoch(text)?;
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        let legal = |part: &str, extra: &str| {
            part.chars()
                .all(|next| next.is_ascii_alphanumeric() || extra.contains(next))
        };
        (!upstream.is_empty() && legal(upstream, ".+-~:") && legal(revision, ".+~")).then(|| Self {
            epoch,
            upstream: upstream.into(),
            revision: revision.into(),
        })
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| debian_order(&self.upstream, &other.upstream))
            .then_with(|| debian_order(&self.revision, &other.revision))
    }
}

fn epoch(text: &str) -> Option<(Number, &str)> {
    match text.split_once(':') {
        None => Some((Number::ZERO, text)),
        Some((epoch, rest)) => {
            let digits = !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| (Number::read(epoch), rest))
        }
    }
}

/// Letters come before other characters, the end of the text before both, and `~` before the end.
fn debian_rank(next: Option<char>) -> u32 {
    match next {
        Some('~') => 0,
        None => 1,
        Some(letter) if letter.is_ascii_alphabetic() => u32::from(letter),
        Some(other) => u32::from(other).saturating_add(256),
    }
}

/// Runs of text and runs of digits in turn, from the left.
fn debian_order(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (Scan::new(left), Scan::new(right));
    while !(left.done() && right.done()) {
        let words = (
            left.take_while(|next| !next.is_ascii_digit()),
            right.take_while(|next| !next.is_ascii_digit()),
        );
        let (mut one, mut two) = (words.0.chars(), words.1.chars());
        loop {
            let (first, second) = (one.next(), two.next());
            let order = debian_rank(first).cmp(&debian_rank(second));
            if order.is_ne() {
                return order;
            }
            if first.is_none() {
                break;
            }
        }
        let order = Number::read(left.digits()).cmp(&Number::read(right.digits()));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// An rpm version: `[epoch:]version[-release]` (rpm-version(7)).
#[derive(Debug, Clone)]
pub(crate) struct Rpm {
    epoch: Number,
    version: Box<str>,
    release: Option<Box<str>>,
}

impl Rpm {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (epoch, rest) = epoch(text)?;
        let (version, release) = match rest.rsplit_once('-') {
            Some((version, release)) => (version, Some(release)),
            None => (rest, None),
        };
        let legal = rest.chars().all(|next| next.is_ascii_graphic());
        (!version.is_empty() && legal).then(|| Self {
            epoch,
            version: version.into(),
            release: release.map(Into::into),
        })
    }

    /// A missing release says nothing, so it differs from none, as in rpm's own comparison of dependencies.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| rpm_order(&self.version, &other.version))
            .then_with(|| match (&self.release, &other.release) {
                (Some(left), Some(right)) => rpm_order(left, right),
                (left, right) => left.is_some().cmp(&right.is_some()),
            })
    }
}

/// The order of rpm's segments: digits above letters, `~` below the end, `^` above the end but below more text.
pub(crate) fn rpm_order(left: &str, right: &str) -> Ordering {
    let separator = |next: char| !(next.is_ascii_alphanumeric() || next == '~' || next == '^');
    let (mut left, mut right) = (Scan::new(left), Scan::new(right));
    loop {
        left.take_while(separator);
        right.take_while(separator);
        match (left.eat("~"), right.eat("~")) {
            (true, true) => continue,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        match (left.peek() == Some('^'), right.peek() == Some('^')) {
            (true, true) => {
                left.eat("^");
                right.eat("^");
                continue;
            }
            (true, false) => {
                return if right.done() {
                    Ordering::Greater
                } else {
                    Ordering::Less
                };
            }
            (false, true) => {
                return if left.done() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
            }
            (false, false) => {}
        }
        if left.done() || right.done() {
            return right.done().cmp(&left.done());
        }
        let order = if left.peek().is_some_and(|next| next.is_ascii_digit()) {
            match right.number() {
                None => return Ordering::Greater,
                Some(digits) => Number::read(left.digits()).cmp(&Number::read(digits)),
            }
        } else {
            let letters = right.take_while(|next| next.is_ascii_alphabetic());
            if letters.is_empty() {
                return Ordering::Less;
            }
            left.take_while(|next| next.is_ascii_alphabetic())
                .cmp(letters)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A part of an apk version. Of two different parts at the same place, the one declared first is the greater, unless
/// one of them announces a pre-release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum ApkPart {
    Digits(Box<str>),
    Letter(char),
    Suffix(u8),
    SuffixNumber(Number),
    Commit(Box<str>),
    Revision(Number),
}

const APK_SUFFIXES: [&str; 9] = ["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"];
const APK_PRE: u8 = 4;

/// An apk version: `digits{.digits}[letter]{_suffix[digits]}[~commit][-rdigits]` (apk-package(5)).
#[derive(Debug, Clone)]
pub(crate) struct Apk {
    parts: Vec<ApkPart>,
}

impl Apk {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text.trim());
        let mut parts = vec![ApkPart::Digits(
            scan.number()?.trim_start_matches('0').into(),
        )];
        while scan.eat(".") {
            parts.push(ApkPart::Digits(scan.number()?.into()));
        }
        if let Some(letter) = scan.peek().filter(char::is_ascii_lowercase) {
            scan.eat(letter.encode_utf8(&mut [0; 4]));
            parts.push(ApkPart::Letter(letter));
        }
        while scan.eat("_") {
            let word = scan.take_while(|next| next.is_ascii_lowercase());
            let at = APK_SUFFIXES.iter().position(|suffix| *suffix == word)?;
            parts.push(ApkPart::Suffix(u8::try_from(at).ok()?));
            if let Some(digits) = scan.number() {
                parts.push(ApkPart::SuffixNumber(Number::read(digits)));
            }
        }
        if scan.eat("~") {
            let commit =
                scan.take_while(|next| next.is_ascii_digit() || ('a'..='f').contains(&next));
            parts.push(ApkPart::Commit(commit.into()));
        }
        if scan.eat("-r") {
            parts.push(ApkPart::Revision(Number::read(scan.number()?)));
        }
        scan.done().then_some(Self { parts })
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (self.parts.iter(), other.parts.iter());
        let mut first = true;
        loop {
            let order = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (Some(left), None) if left.is_pre() => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (None, Some(right)) if right.is_pre() => Ordering::Greater,
                (None, Some(_)) => Ordering::Less,
                (Some(left), Some(right)) => left.order(right, first),
            };
            if order.is_ne() {
                return order;
            }
            first = false;
        }
    }
}

impl ApkPart {
    const fn is_pre(&self) -> bool {
        matches!(self, Self::Suffix(rank) if *rank < APK_PRE)
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Digits(_) => 0,
            Self::Letter(_) => 1,
            Self::Suffix(_) => 2,
            Self::SuffixNumber(_) => 3,
            Self::Commit(_) => 4,
            Self::Revision(_) => 5,
        }
    }

    /// Digits after the first number that begin with a zero are a fraction and compare as text.
    fn order(&self, other: &Self, first: bool) -> Ordering {
        match (self, other) {
            (Self::Digits(left), Self::Digits(right)) => {
                let fraction = !first && (left.starts_with('0') || right.starts_with('0'));
                if fraction {
                    left.cmp(right)
                } else {
                    Number::read(left).cmp(&Number::read(right))
                }
            }
            (left, right) if left.rank() == right.rank() => left.cmp(right),
            (left, _) if left.is_pre() => Ordering::Less,
            (_, right) if right.is_pre() => Ordering::Greater,
            (left, right) => right.rank().cmp(&left.rank()),
        }
    }
}
