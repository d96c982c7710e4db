//! Ranges of versions as advisories state them: events of the OSV schema, and `vers` URIs.
//!
//! Every answer has three values. `None` means that something here cannot be ordered, and a caller has to say so.

use chainwright_core::package::Ecosystem;

use crate::version::Version;

/// An event of an OSV range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The first affected version; `0` is before every version.
    Introduced(String),
    /// The first version that is not affected any more.
    Fixed(String),
    /// The last affected version.
    LastAffected(String),
    /// The first version that the range does not speak of; `*` is after every version.
    Limit(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Introduced,
    Fixed,
    LastAffected,
}

/// An OSV range, sorted. It is built once and asked for many versions.
#[derive(Debug, Clone)]
pub struct Range {
    ecosystem: Ecosystem,
    /// In order; no version is before every version.
    events: Vec<(Option<Version>, Kind)>,
    limits: Vec<Version>,
    limited: bool,
    orderable: bool,
}

impl Range {
    /// Sorts the events of a range.
    #[must_use]
    pub fn new(ecosystem: Ecosystem, events: &[Event]) -> Self {
        let mut range = Self {
            ecosystem,
            events: Vec::with_capacity(events.len()),
            limits: Vec::new(),
            limited: false,
            orderable: true,
        };
        for event in events {
            match event {
                Event::Introduced(text) if text == "0" => {
                    range.events.push((None, Kind::Introduced))
                }
                Event::Introduced(text) => range.push(text, Kind::Introduced),
                Event::Fixed(text) => range.push(text, Kind::Fixed),
                Event::LastAffected(text) => range.push(text, Kind::LastAffected),
                Event::Limit(text) if text == "*" => {}
                Event::Limit(text) => {
                    range.limited = true;
                    let limit = range.read(text);
                    range.limits.extend(limit);
                }
            }
        }
        // Of events at one version, the end of what it began comes last.
        range.events.sort_by(|left, right| {
            let last = |kind: Kind| kind == Kind::LastAffected;
            left.0
                .cmp(&right.0)
                .then_with(|| last(left.1).cmp(&last(right.1)))
        });
        range
    }

    fn read(&mut self, text: &str) -> Option<Version> {
        let version = Version::parse(self.ecosystem, text).filter(|version| !version.is_legacy());
        self.orderable &= version.is_some();
        version
    }

    fn push(&mut self, text: &str, kind: Kind) {
        if let Some(version) = self.read(text) {
            self.events.push((Some(version), kind));
        }
    }

    /// Whether a version lies in the range (OSV schema, "evaluation"); `None` if it or an event has no place in the
    /// ecosystem's order. On PyPI pass [the public version](Version::without_local).
    #[must_use]
    pub fn contains(&self, version: &Version) -> Option<bool> {
        if !self.orderable || version.is_legacy() || version.ecosystem() != self.ecosystem {
            return None;
        }
        if self.limited && !self.limits.iter().any(|limit| version < limit) {
            return Some(false);
        }
        let mut affected = false;
        for (bound, kind) in &self.events {
            let reached = bound.as_ref().is_none_or(|bound| version >= bound);
            match kind {
                Kind::Introduced if reached => affected = true,
                Kind::Fixed if reached => affected = false,
                Kind::LastAffected if bound.as_ref().is_some_and(|bound| version > bound) => {
                    affected = false
                }
                Kind::Introduced | Kind::Fixed | Kind::LastAffected => {}
            }
        }
        Some(affected)
    }
}

/// How a version relates to the one in a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparator {
    const fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::AtMost)
    }

    fn holds(self, version: &Version, bound: &Version) -> bool {
        match self {
            Self::Equal => version == bound,
            Self::Unequal => version != bound,
            Self::Less => version < bound,
            Self::AtMost => version <= bound,
            Self::Greater => version > bound,
            Self::AtLeast => version >= bound,
        }
    }
}

/// The most constraints that a `vers` URI may have.
pub const MOST_CONSTRAINTS: usize = 4096;

/// A range in the notation `vers:pypi/>=1|<2` (VERS, ECMA-427 companion).
#[derive(Debug, Clone)]
pub struct Vers {
    ecosystem: Ecosystem,
    everything: bool,
    orderable: bool,
    /// `=` and `!=`.
    single: Vec<(Comparator, Version)>,
    /// `<`, `<=`, `>` and `>=`, sorted by version.
    bounds: Vec<(Comparator, Version)>,
}

impl Vers {
    /// Reads a `vers` URI; `None` if it is none, or its type has no order of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        let (kind, constraints) = rest.split_once('/')?;
        if !scheme.eq_ignore_ascii_case("vers") {
            return None;
        }
        let ecosystem = match kind.to_ascii_lowercase().as_str() {
            "semver" => Ecosystem::Npm,
            "alpine" => Ecosystem::Alpine,
            other => Ecosystem::from_purl_type(other)?,
        };
        Self::constraints(ecosystem, constraints)
    }

    /// Reads what stands after `vers:TYPE/`.
    #[must_use]
    pub fn constraints(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        let mut range = Self {
            ecosystem,
            everything: false,
            orderable: true,
            single: Vec::new(),
            bounds: Vec::new(),
        };
        let mut any = false;
        for part in text
            .split('|')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .take(MOST_CONSTRAINTS)
        {
            any = true;
            if part == "*" {
                range.everything = true;
                continue;
            }
            let (comparator, version) = read_constraint(part);
            let version = percent_decoded(version)?;
            match Version::parse(ecosystem, &version).filter(|version| !version.is_legacy()) {
                None => range.orderable = false,
                Some(version) if matches!(comparator, Comparator::Equal | Comparator::Unequal) => {
                    range.single.push((comparator, version));
                }
                Some(version) => range.bounds.push((comparator, version)),
            }
        }
        range.bounds.sort_by(|left, right| left.1.cmp(&right.1));
        any.then_some(range)
    }

    /// The ecosystem whose order is meant.
    #[must_use]
    pub const fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }

    /// Whether a version lies in the range; `None` if something has no place in the order.
    #[must_use]
    pub fn contains(&self, version: &Version) -> Option<bool> {
        if !self.orderable || version.is_legacy() || version.ecosystem() != self.ecosystem {
            return None;
        }
        if let Some((comparator, _)) = self.single.iter().find(|(_, bound)| version == bound) {
            return Some(*comparator == Comparator::Equal);
        }
        if self.everything {
            return Some(true);
        }
        if self.bounds.is_empty() {
            // Only exceptions: everything else is meant.
            let exceptions = self
                .single
                .iter()
                .any(|(comparator, _)| *comparator == Comparator::Unequal);
            let only = self
                .single
                .iter()
                .all(|(comparator, _)| *comparator == Comparator::Unequal);
            return Some(exceptions && only);
        }
        Some(self.within_bounds(version))
    }

    /// Lower and upper bounds in turn; the first may be an upper and the last a lower one.
    fn within_bounds(&self, version: &Version) -> bool {
        let mut lower: Option<bool> = None;
        let mut first = true;
        for (comparator, bound) in &self.bounds {
            let holds = comparator.holds(version, bound);
            if comparator.is_upper() {
                if holds && lower.unwrap_or(first) {
                    return true;
                }
                lower = None;
            } else {
                // Of two lower bounds in a row the wider one counts.
                lower = Some(lower.unwrap_or(false) || holds);
            }
            first = false;
        }
        lower.unwrap_or(false)
    }
}

fn read_constraint(part: &str) -> (Comparator, &str) {
    for (sign, comparator) in [
        (">=", Comparator::AtLeast),
        ("<=", Comparator::AtMost),
        ("!=", Comparator::Unequal),
        ("<", Comparator::Less),
        (">", Comparator::Greater),
        ("=", Comparator::Equal),
    ] {
        if let Some(version) = part.strip_prefix(sign) {
            return (comparator, version.trim());
        }
    }
    (Comparator::Equal, part)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from((high << 4) | low).ok()?);
    }
    String::from_utf8(bytes).ok()
}
