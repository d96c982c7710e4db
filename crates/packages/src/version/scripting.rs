//! Versions of RubyGems, Packagist and Conda.

use std::cmp::Ordering;

use crate::number::{Number, padded};
use crate::scan::Scan;

/// A piece of a version; words come before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    Word(Box<str>),
    Number(Number),
}

const ZERO: Piece = Piece::Number(Number::ZERO);

/// Compares as if the shorter list went on with zeros.
fn filled(left: &[Piece], right: &[Piece]) -> Ordering {
    let longer = left.len().max(right.len());
    for at in 0..longer {
        let order = left
            .get(at)
            .unwrap_or(&ZERO)
            .cmp(right.get(at).unwrap_or(&ZERO));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// A version of a Ruby gem (`Gem::Version`).
#[derive(Debug, Clone)]
pub(crate) struct Gem {
    numbers: Vec<Piece>,
    pre: Vec<Piece>,
}

impl Gem {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let legal = text.starts_with(|next: char| next.is_ascii_digit())
            && text
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || next == '.' || next == '-');
        if !legal {
            return None;
        }
        let plain = text.replace('-', ".pre.");
        let mut scan = Scan::new(&plain);
        let mut version = Self {
            numbers: Vec::new(),
            pre: Vec::new(),
        };
        while !scan.done() {
            if let Some(digits) = scan.number() {
                let number = Piece::Number(Number::read(digits));
                if version.pre.is_empty() {
                    version.numbers.push(number);
                } else {
                    version.pre.push(number);
                }
            } else if !scan.eat(".") {
                let word = scan.take_while(|next| next.is_ascii_alphabetic());
                version.pre.push(Piece::Word(word.into()));
            }
        }
        for list in [&mut version.numbers, &mut version.pre] {
            while list.last() == Some(&ZERO) {
                list.pop();
            }
        }
        Some(version)
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let all = |version: &Self| [version.numbers.as_slice(), version.pre.as_slice()].concat();
        filled(&all(self), &all(other))
    }

    pub(crate) const fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }
}

/// A version of a Composer package, normalised to four numbers and compared as PHP's `version_compare` does.
#[derive(Debug, Clone)]
pub(crate) struct Composer {
    numbers: Vec<Number>,
    /// Rank of the stability (`dev` 0, `alpha` 1, `beta` 2, `RC` 3, stable 4, `patch` 5) with its numbers.
    suffixes: Vec<(u8, Vec<Number>)>,
}

const STABLE: u8 = 4;

impl Composer {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        // Branches (`dev-main`) have no order.
        let plain = lower
            .split_once('+')
            .map_or(lower.as_str(), |(plain, _)| plain);
        let mut scan = Scan::new(plain);
        scan.eat("v");
        let mut version = Self {
            numbers: vec![Number::read(scan.number()?)],
            suffixes: Vec::new(),
        };
        loop {
            let mut ahead = scan;
            let (true, Some(digits)) = (ahead.eat_one_of(".-_").is_some(), ahead.number()) else {
                break;
            };
            version.numbers.push(Number::read(digits));
            scan = ahead;
        }
        while !scan.done() {
            scan.take_while(|next| ".-_".contains(next));
            let word = scan.take_while(|next| next.is_ascii_alphabetic());
            let rank = match word {
                "dev" => 0,
                "alpha" | "a" => 1,
                "beta" | "b" => 2,
                "rc" | "c" => 3,
                "stable" => STABLE,
                "patch" | "pl" | "p" => 5,
                _ => return None,
            };
            let mut numbers = Vec::new();
            let mut ahead = scan;
            loop {
                ahead.eat_one_of(".-");
                let Some(digits) = ahead.number() else { break };
                numbers.push(Number::read(digits));
                scan = ahead;
            }
            if rank != STABLE {
                version.suffixes.push((rank, numbers));
            }
        }
        Some(version)
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let stable = (STABLE, Vec::new());
        let longer = self.suffixes.len().max(other.suffixes.len());
        let mut order = padded(&self.numbers, &other.numbers);
        for at in 0..longer {
            let left = self.suffixes.get(at).unwrap_or(&stable);
            let right = other.suffixes.get(at).unwrap_or(&stable);
            order = order.then_with(|| left.cmp(right));
        }
        order
    }

    pub(crate) fn is_prerelease(&self) -> bool {
        self.suffixes.iter().any(|(rank, _)| *rank < STABLE)
    }
}

/// A version of a Conda package (`conda.models.version.VersionOrder`).
#[derive(Debug, Clone)]
pub(crate) struct Conda {
    epoch: Number,
    version: Vec<Vec<CondaPiece>>,
    local: Vec<Vec<CondaPiece>>,
}

/// A run of letters or digits: `dev` before every word, words before numbers, `post` after everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum CondaPiece {
    Star,
    Dev,
    Word(Box<str>),
    Number(Number),
    Post,
}

const NOTHING: CondaPiece = CondaPiece::Number(Number::ZERO);

impl Conda {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let legal = |next: char| next.is_ascii_alphanumeric() || "*.+!_-".contains(next);
        if lower.is_empty() || !lower.chars().all(legal) {
            return None;
        }
        // Dashes are underscores where no underscore stands beside them.
        let plain = match (lower.contains('-'), lower.contains('_')) {
            (true, true) => return None,
            (true, false) => lower.replace('-', "_"),
            (false, _) => lower,
        };
        let (epoch, rest) = plain.split_once('!').unwrap_or(("0", plain.as_str()));
        let (version, local) = rest.split_once('+').unwrap_or((rest, ""));
        let digits = epoch.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || local.contains('+') || rest.contains('!') || version.is_empty() {
            return None;
        }
        Some(Self {
            epoch: Number::read(epoch),
            version: conda_parts(version)?,
            local: if local.is_empty() {
                Vec::new()
            } else {
                conda_parts(local)?
            },
        })
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| conda_order(&self.version, &other.version))
            .then_with(|| conda_order(&self.local, &other.local))
    }
}

/// An underscore at the end belongs to the last part, which may be empty before it.
fn conda_parts(text: &str) -> Option<Vec<Vec<CondaPiece>>> {
    let trailing = text.ends_with('_');
    let body = text.strip_suffix('_').unwrap_or(text);
    let mut parts = Vec::new();
    let mut rest = body.split(['.', '_']).peekable();
    while let Some(part) = rest.next() {
        let last = rest.peek().is_none();
        if part.is_empty() && !(last && trailing) {
            return None;
        }
        let mut pieces = conda_part(part);
        if last && trailing {
            pieces.push(CondaPiece::Word("_".into()));
        }
        parts.push(pieces);
    }
    Some(parts)
}

fn conda_part(part: &str) -> Vec<CondaPiece> {
    let mut scan = Scan::new(part);
    let mut found = Vec::new();
    if !part.starts_with(|next: char| next.is_ascii_digit()) {
        found.push(NOTHING);
    }
    while !scan.done() {
        if let Some(digits) = scan.number() {
            found.push(CondaPiece::Number(Number::read(digits)));
        } else if scan.eat("*") {
            found.push(CondaPiece::Star);
        } else {
            let word = scan.take_while(|next| !next.is_ascii_digit() && next != '*');
            found.push(match word {
                "post" => CondaPiece::Post,
                "dev" => CondaPiece::Dev,
                other => CondaPiece::Word(other.into()),
            });
        }
    }
    found
}

fn conda_order(left: &[Vec<CondaPiece>], right: &[Vec<CondaPiece>]) -> Ordering {
    for at in 0..left.len().max(right.len()) {
        let (left, right) = (left.get(at), right.get(at));
        let pieces = left.map_or(0, Vec::len).max(right.map_or(0, Vec::len));
        for piece in 0..pieces {
            let left = left.and_then(|list| list.get(piece)).unwrap_or(&NOTHING);
            let order = left.cmp(right.and_then(|list| list.get(piece)).unwrap_or(&NOTHING));
            if order.is_ne() {
                return order;
            }
        }
    }
    Ordering::Equal
}
