//! Constraints in `package.json`: ranges of node's `semver`, and everything else that npm accepts in their place.

use std::cmp::Ordering;

use chainwright_core::package::Ecosystem;

use crate::number::Number;
use crate::pinning::{Pinning, is_commit, of_url};
use crate::scan::Scan;
use crate::version::Version;
use crate::version::semantic::{Identifier, Semantic};

/// The longest text that is read as a range, in bytes.
pub const LONGEST: usize = 1024;

/// A range: alternatives of comparisons.
#[derive(Debug, Clone)]
pub struct Range {
    alternatives: Vec<Vec<Comparison>>,
}

/// One primitive comparison.
#[derive(Debug, Clone)]
struct Comparison {
    sign: Sign,
    bound: Semantic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A version of which only the first numbers may be given.
struct Partial {
    /// Nothing but a `v` stands before the numbers, or there are fewer than three of them. Before a whole version node
    /// takes no further sign.
    plain: bool,
    /// Spaces follow an `=` before the numbers.
    spaced: bool,
    numbers: Vec<Number>,
    pre: Vec<Identifier>,
}

impl Range {
    /// Reads a range as node's `semver` does; `None` for tags, URLs and everything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let alternatives: Option<Vec<_>> = text
            .split("||")
            .map(|part| alternative(part.trim()))
            .collect();
        Some(Self {
            alternatives: alternatives?,
        })
    }

    /// Whether a version of npm satisfies the range. A pre-release does only if a comparison names a pre-release of
    /// the same three numbers.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        version.ecosystem() == Ecosystem::Npm
            && version
                .semantic()
                .is_some_and(|version| self.alternatives.iter().any(|all| satisfies(all, version)))
    }

    fn pinning(&self) -> Pinning {
        let exact =
            |all: &Vec<Comparison>| matches!(all.as_slice(), [only] if only.sign == Sign::Equal);
        let upper = |all: &Vec<Comparison>| {
            all.iter()
                .any(|one| !matches!(one.sign, Sign::Greater | Sign::AtLeast))
        };
        if self.alternatives.len() == 1 && self.alternatives.iter().all(exact) {
            Pinning::Exact
        } else if self.alternatives.iter().all(upper) {
            Pinning::Bounded
        } else {
            Pinning::Open
        }
    }
}

/// How far a constraint of `package.json` ties down what will be installed: a range, a tag (`latest`), an alias
/// (`npm:name@range`), a URL, a repository, or a path in the same project (`file:`, `link:`, `workspace:`).
#[must_use]
pub fn pinning(constraint: &str) -> Pinning {
    let constraint = constraint.trim();
    if constraint.is_empty() {
        return Pinning::Open;
    }
    for local in ["file:", "link:", "workspace:", "portal:", "./", "../"] {
        if constraint.starts_with(local) {
            return Pinning::Path;
        }
    }
    if let Some(alias) = constraint.strip_prefix("npm:") {
        let range = alias
            .rsplit_once('@')
            .map_or("", |(name, range)| if name.is_empty() { "" } else { range });
        return pinning(range);
    }
    if let Some(range) = Range::parse(constraint) {
        return range.pinning();
    }
    let (address, fragment) = constraint.split_once('#').unwrap_or((constraint, ""));
    // `owner/name` is a repository of GitHub.
    let is_short = address.split('/').count() == 2 && !address.contains(['@', ':', ' ']);
    if is_short {
        return Pinning::Vcs {
            commit: is_commit(fragment),
        };
    }
    of_url(constraint)
}

fn satisfies(all: &[Comparison], version: &Semantic) -> bool {
    let holds = all.iter().all(|one| {
        let order = version.cmp(&one.bound);
        match one.sign {
            Sign::Equal => order == Ordering::Equal,
            Sign::Less => order == Ordering::Less,
            Sign::AtMost => order != Ordering::Greater,
            Sign::Greater => order == Ordering::Greater,
            Sign::AtLeast => order != Ordering::Less,
        }
    });
    let named = || {
        all.iter().any(|one| {
            !one.bound.pre.is_empty()
                && crate::number::padded(&one.bound.numbers, &version.numbers).is_eq()
        })
    };
    holds && (version.pre.is_empty() || named())
}

fn alternative(text: &str) -> Option<Vec<Comparison>> {
    let mut found = Vec::new();
    if let Some((low, high)) = split_hyphen(text) {
        let (low, high) = (whole_partial(low)?, whole_partial(high)?);
        let odd_high = !high.plain && high.pre.is_empty();
        if !low.plain || odd_high {
            return None;
        }
        lower(&mut found, &low);
        upper(&mut found, &high);
        return Some(found);
    }
    let mut scan = Scan::new(text);
    while !scan.done() {
        let mut sign = scan
            .eat_any(&[">=", "<=", "~>", ">", "<", "=", "~", "^"])
            .unwrap_or("");
        // Spaces may follow an operator, and divide its signs.
        scan.take_while(char::is_whitespace);
        if matches!(sign, "<" | ">") && scan.eat("=") {
            sign = if sign == "<" { "<=" } else { ">=" };
        }
        if sign == "~" {
            scan.eat(">");
            scan.take_while(char::is_whitespace);
        }
        let partial = partial(&mut scan)?;
        let rewritten = sign.starts_with(['~', '^']);
        if !(rewritten || (partial.plain && !partial.spaced)) {
            return None;
        }
        if !(scan.done() || scan.peek().is_some_and(char::is_whitespace)) {
            return None;
        }
        push(&mut found, sign, &partial);
        scan.take_while(char::is_whitespace);
    }
    Some(found)
}

fn split_hyphen(text: &str) -> Option<(&str, &str)> {
    let (low, high) = text.split_once(" - ")?;
    Some((low.trim(), high.trim()))
}

fn whole_partial(text: &str) -> Option<Partial> {
    let mut scan = Scan::new(text);
    let found = partial(&mut scan)?;
    scan.done().then_some(found)
}

/// `1`, `1.x`, `1.2.3-beta.1+build`, `*`; an `x` ends the numbers.
fn partial(scan: &mut Scan<'_>) -> Option<Partial> {
    let lead = scan.take_while(|next| next == 'v' || next == '=' || next.is_whitespace());
    // Spaces may follow one `=` and nothing else, for they divide comparisons.
    if lead.contains(char::is_whitespace) && lead.trim_end() != "=" {
        return None;
    }
    let mut found = Partial {
        plain: matches!(lead, "" | "v"),
        spaced: lead.contains(char::is_whitespace),
        numbers: Vec::new(),
        pre: Vec::new(),
    };
    let mut wild = false;
    for at in 0..3 {
        if at > 0 && !scan.eat(".") {
            break;
        }
        if scan.eat_one_of("xX*").is_some() {
            wild = true;
        } else {
            let digits = scan.number()?;
            // A number has no leading zeros (SemVer 2).
            if digits.len() > 1 && digits.starts_with('0') {
                return None;
            }
            if !wild {
                found.numbers.push(Number::read(digits));
            }
        }
        if at == 2 {
            found.pre = suffix(scan)?;
        }
    }
    if found.numbers.len() < 3 {
        found.pre.clear();
        found.plain = true;
    }
    Some(found)
}

fn suffix(scan: &mut Scan<'_>) -> Option<Vec<Identifier>> {
    let body = |next: char| next.is_ascii_alphanumeric() || next == '-' || next == '.';
    let mut pre = Vec::new();
    if scan.eat("-") {
        let text = scan.take_while(body);
        let zeros = |part: &str| {
            part.len() > 1
                && part.starts_with('0')
                && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if text.split('.').any(zeros) {
            return None;
        }
        pre = Semantic::parse(&["0-", text].concat())?.pre;
    }
    if scan.eat("+") && scan.take_while(body).split('.').any(str::is_empty) {
        return None;
    }
    Some(pre)
}

/// The smallest version with these numbers.
fn floor(numbers: &[Number]) -> Semantic {
    let mut numbers = numbers.to_vec();
    numbers.resize(3, Number::ZERO);
    Semantic {
        numbers,
        pre: Vec::new(),
    }
}

/// Before all pre-releases of the version after all versions that begin with these numbers.
fn ceiling(numbers: &[Number]) -> Semantic {
    let mut next = numbers.to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.successor();
    }
    Semantic {
        pre: vec![Identifier::Number(Number::ZERO)],
        ..floor(&next)
    }
}

/// No version at all.
fn nothing(found: &mut Vec<Comparison>) {
    found.push(Comparison {
        sign: Sign::Less,
        bound: Semantic {
            pre: vec![Identifier::Number(Number::ZERO)],
            ..floor(&[])
        },
    });
}

fn lower(found: &mut Vec<Comparison>, partial: &Partial) {
    if !partial.numbers.is_empty() {
        found.push(Comparison {
            sign: Sign::AtLeast,
            bound: Semantic {
                pre: partial.pre.clone(),
                ..floor(&partial.numbers)
            },
        });
    }
}

fn upper(found: &mut Vec<Comparison>, partial: &Partial) {
    match partial.numbers.len() {
        0 => {}
        3 => found.push(Comparison {
            sign: Sign::AtMost,
            bound: Semantic {
                pre: partial.pre.clone(),
                ..floor(&partial.numbers)
            },
        }),
        _ => below(found, &partial.numbers),
    }
}

fn below(found: &mut Vec<Comparison>, numbers: &[Number]) {
    found.push(Comparison {
        sign: Sign::Less,
        bound: ceiling(numbers),
    });
}

fn push(found: &mut Vec<Comparison>, sign: &str, partial: &Partial) {
    let numbers = partial.numbers.as_slice();
    match sign {
        "^" => {
            lower(found, partial);
            // Up to and including the first number that is not zero.
            let kept = match numbers.iter().position(|number| !number.is_zero()) {
                Some(at) => at.saturating_add(1),
                None => numbers.len(),
            };
            if let Some(kept) = numbers.get(..kept).filter(|kept| !kept.is_empty()) {
                below(found, kept);
            }
        }
        "~" | "~>" => {
            lower(found, partial);
            if let Some(kept) = numbers
                .get(..numbers.len().min(2))
                .filter(|kept| !kept.is_empty())
            {
                below(found, kept);
            }
        }
        ">" | "<" if numbers.is_empty() => nothing(found),
        ">" if numbers.len() < 3 => found.push(Comparison {
            sign: Sign::AtLeast,
            bound: Semantic {
                pre: Vec::new(),
                ..ceiling(numbers)
            },
        }),
        "<" if numbers.len() < 3 => found.push(Comparison {
            sign: Sign::Less,
            bound: Semantic {
                pre: vec![Identifier::Number(Number::ZERO)],
                ..floor(numbers)
            },
        }),
        ">=" => lower(found, partial),
        "<=" => upper(found, partial),
        _ if numbers.len() < 3 => {
            lower(found, partial);
            if !numbers.is_empty() {
                below(found, numbers);
            }
        }
        _ => found.push(Comparison {
            sign: match sign {
                ">" => Sign::Greater,
                "<" => Sign::Less,
                _ => Sign::Equal,
            },
            bound: Semantic {
                pre: partial.pre.clone(),
                ..floor(numbers)
            },
        }),
    }
}
