//! Constraints in `Cargo.toml`: comparisons that must all hold, a caret where no operator is written.

use std::cmp::Ordering;

use chainwright_core::package::Ecosystem;

use crate::number::{Number, padded};
use crate::pinning::Pinning;
use crate::scan::Scan;
use crate::version::Version;
use crate::version::semantic::Semantic;

/// The longest text that is read as a constraint, in bytes.
pub const LONGEST: usize = 1024;

/// A constraint on versions of a crate.
#[derive(Debug, Clone)]
pub struct Constraint {
    comparisons: Vec<Comparison>,
}

#[derive(Debug, Clone)]
struct Comparison {
    sign: Sign,
    /// One to three numbers; none for `*`.
    bound: Semantic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Exact,
    Greater,
    AtLeast,
    Less,
    AtMost,
    Tilde,
    Caret,
}

impl Constraint {
    /// Reads a constraint; `None` if Cargo would refuse it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST || text.trim().is_empty() {
            return None;
        }
        let comparisons: Option<Vec<_>> = text
            .split(',')
            .map(|part| comparison(part.trim()))
            .collect();
        Some(Self {
            comparisons: comparisons?,
        })
    }

    /// Whether a version of crates.io satisfies the constraint. A pre-release does only if a comparison names a
    /// pre-release of the same three numbers.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        let Some(semantic) = version
            .semantic()
            .filter(|_| version.ecosystem() == Ecosystem::Cargo)
        else {
            return false;
        };
        let named = || {
            self.comparisons.iter().any(|one| {
                !one.bound.pre.is_empty() && padded(&one.bound.numbers, &semantic.numbers).is_eq()
            })
        };
        self.comparisons.iter().all(|one| one.holds(semantic))
            && (semantic.pre.is_empty() || named())
    }

    /// How much room the constraint leaves.
    #[must_use]
    pub fn pinning(&self) -> Pinning {
        let exact = |one: &Comparison| one.sign == Sign::Exact && one.bound.numbers.len() == 3;
        let open = |one: &Comparison| {
            one.bound.numbers.is_empty() || matches!(one.sign, Sign::Greater | Sign::AtLeast)
        };
        if self.comparisons.iter().any(exact) {
            Pinning::Exact
        } else if self.comparisons.iter().all(open) {
            Pinning::Open
        } else {
            Pinning::Bounded
        }
    }
}

/// How much room a constraint of `Cargo.toml` leaves; what Cargo would refuse holds nothing.
#[must_use]
pub fn pinning(constraint: &str) -> Pinning {
    Constraint::parse(constraint).map_or(Pinning::Open, |constraint| constraint.pinning())
}

fn comparison(text: &str) -> Option<Comparison> {
    let mut scan = Scan::new(text);
    let sign = scan.eat_any(&[">=", "<=", ">", "<", "=", "~", "^"]);
    let rest = scan.rest().trim_start();
    let wild = ["*", "x", "X"];
    let mut numbers_only = rest;
    let mut starred = false;
    if let Some((head, tail)) = rest.rsplit_once('.')
        && wild.contains(&tail)
    {
        numbers_only = head
            .trim_end_matches(".*")
            .trim_end_matches(".x")
            .trim_end_matches(".X");
        starred = true;
    }
    if wild.contains(&numbers_only) {
        let bound = Semantic {
            numbers: Vec::new(),
            pre: Vec::new(),
        };
        return Some(Comparison {
            sign: Sign::Exact,
            bound,
        });
    }
    if !numbers_only.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let bound = Semantic::parse(numbers_only)?;
    if bound.numbers.len() > 3 || (bound.numbers.len() < 3 && !bound.pre.is_empty()) {
        return None;
    }
    Some(Comparison {
        sign: match sign {
            Some(">=") => Sign::AtLeast,
            Some("<=") => Sign::AtMost,
            Some(">") => Sign::Greater,
            Some("<") => Sign::Less,
            Some("=") => Sign::Exact,
            Some("~") => Sign::Tilde,
            // `1.*` is the same as `=1`.
            None if starred => Sign::Exact,
            _ => Sign::Caret,
        },
        bound,
    })
}

impl Comparison {
    fn holds(&self, version: &Semantic) -> bool {
        let given = self.bound.numbers.as_slice();
        let head = version
            .numbers
            .get(..given.len())
            .unwrap_or(&version.numbers);
        let series = padded(head, given);
        let order = if given.len() < 3 {
            series
        } else {
            version.cmp(&self.bound)
        };
        match self.sign {
            Sign::Exact => order == Ordering::Equal,
            Sign::Greater => order == Ordering::Greater,
            Sign::AtLeast => order != Ordering::Less,
            Sign::Less => order == Ordering::Less,
            Sign::AtMost => order != Ordering::Greater,
            Sign::Tilde => order != Ordering::Less && same_start(version, given, 2),
            Sign::Caret => {
                order != Ordering::Less && same_start(version, given, caret_length(given))
            }
        }
    }
}

/// Up to and including the first number that is not zero.
fn caret_length(given: &[Number]) -> usize {
    let first = given.iter().position(|number| !number.is_zero());
    first.map_or(given.len(), |at| at.saturating_add(1))
}

fn same_start(version: &Semantic, given: &[Number], length: usize) -> bool {
    version
        .numbers
        .iter()
        .zip(given.iter().take(length))
        .all(|(left, right)| left == right)
}
