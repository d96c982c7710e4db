//! Specifiers of versions: `>=1.2,<2` (PEP 440, "version specifiers").

use std::fmt;

use chainwright_core::package::Ecosystem;
use thiserror::Error;

use crate::number::Number;
use crate::pinning::Pinning;
use crate::scan::Scan;
use crate::version::python::{Legacy, Pep440, is_space, read_local};
use crate::version::{LONGEST, Version};

/// How a specifier compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `===`: the same text.
    Identical,
    /// `==`, perhaps of all versions with a beginning (`==1.2.*`).
    Equal,
    /// `!=`.
    Unequal,
    /// `~=`: at least this version, of the same series.
    Compatible,
    /// `<=`.
    AtMost,
    /// `>=`.
    AtLeast,
    /// `<`.
    Less,
    /// `>`.
    Greater,
}

impl Operator {
    const ALL: [(&'static str, Self); 8] = [
        ("===", Self::Identical),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("~=", Self::Compatible),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    /// The operator as written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Identical => "===",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Compatible => "~=",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::Greater => ">",
        }
    }

    pub(crate) fn read(scan: &mut Scan<'_>) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(sign, _)| scan.eat(sign))
            .map(|(_, operator)| operator)
    }
}

/// Whether pre-releases may satisfy a specifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prereleases {
    /// They may: nothing else is on offer, or the user asked for them.
    Admit,
    /// They may not.
    Refuse,
}

/// Text that is no specifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a version specifier")]
pub struct SpecifierError;

/// One comparison.
#[derive(Debug, Clone)]
pub struct Specifier {
    operator: Operator,
    text: Box<str>,
    bound: Bound,
}

#[derive(Debug, Clone)]
enum Bound {
    Text,
    Version(Pep440),
    Prefix(Pep440),
    Legacy(Legacy),
}

impl Specifier {
    /// The operator.
    #[must_use]
    pub const fn operator(&self) -> Operator {
        self.operator
    }

    /// What it compares with, as written (`1.2.*`).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it ends with `.*`.
    #[must_use]
    pub const fn is_prefix(&self) -> bool {
        matches!(self.bound, Bound::Prefix(_))
    }

    /// Reads the longest specifier at the start of a text.
    pub(crate) fn read(scan: &mut Scan<'_>) -> Option<Self> {
        let mut ahead = *scan;
        let operator = Operator::read(&mut ahead)?;
        ahead.take_while(is_space);
        let start = ahead.rest();
        let bound = match operator {
            Operator::Identical => {
                ahead.take_while(|next| !is_space(next) && next != ';' && next != ')');
                Bound::Text
            }
            _ => read_bound(operator, &mut ahead)?,
        };
        let used = start.len().saturating_sub(ahead.rest().len());
        let text = start.get(..used)?;
        if text.len() > LONGEST {
            return None;
        }
        *scan = ahead;
        Some(Self {
            operator,
            text: text.into(),
            bound,
        })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut scan = Scan::new(text.trim_matches(is_space));
        let found = Self::read(&mut scan)?;
        scan.done().then_some(found)
    }

    /// As [`parse`](Self::parse), but text that PEP 440 refuses is compared as before it.
    fn parse_lenient(text: &str) -> Option<Self> {
        if let Some(found) = Self::parse(text) {
            return Some(found);
        }
        let mut scan = Scan::new(text.trim_matches(is_space));
        let operator = Operator::read(&mut scan)?;
        let version = scan.rest().trim_matches(is_space);
        let legal = !version.is_empty()
            && version.len() <= LONGEST
            && !version.contains(|next: char| is_space(next) || ";),".contains(next));
        // `>=1.0.*` meant `>=1.0` to old installers.
        let plain = version
            .strip_suffix(".*")
            .filter(|_| operator != Operator::Compatible)
            .unwrap_or(version);
        legal.then(|| Self {
            operator,
            text: version.into(),
            bound: match Pep440::parse(plain) {
                Some(version) if operator != Operator::Compatible => {
                    Bound::Version(version.without_local())
                }
                _ => Bound::Legacy(Legacy::parse(plain)),
            },
        })
    }

    pub(crate) fn contains(&self, version: &Version) -> bool {
        if self.operator == Operator::Identical {
            return self.text.to_lowercase() == version.text().to_lowercase();
        }
        match (&self.bound, version.pep440()) {
            (Bound::Version(bound), Some(version)) => holds(self.operator, version, bound),
            (Bound::Prefix(bound), Some(version)) => {
                let within = *version >= bound.floor(bound.release.clone())
                    && *version < bound.floor(next_series(&bound.release));
                within == (self.operator == Operator::Equal)
            }
            (Bound::Legacy(bound), _) => {
                holds_legacy(self.operator, &Legacy::parse(version.text()), bound)
            }
            (Bound::Version(_) | Bound::Prefix(_) | Bound::Text, _) => false,
        }
    }

    fn mentions_prerelease(&self) -> bool {
        self.operator != Operator::Unequal
            && match &self.bound {
                Bound::Version(version) => version.is_prerelease(),
                Bound::Text => {
                    Pep440::parse(&self.text).is_some_and(|version| version.is_prerelease())
                }
                Bound::Prefix(_) | Bound::Legacy(_) => false,
            }
    }
}

fn read_bound(operator: Operator, scan: &mut Scan<'_>) -> Option<Bound> {
    let equality = matches!(operator, Operator::Equal | Operator::Unequal);
    let mut prefix = *scan;
    let release = Pep440::read_release(&mut prefix)?;
    if operator == Operator::Compatible && release.release.len() < 2 {
        return None;
    }
    if equality && prefix.eat(".*") {
        *scan = prefix;
        return Some(Bound::Prefix(release));
    }
    let mut version = Pep440::read(scan, false)?;
    if equality {
        version.local = read_local(scan).unwrap_or_default();
    }
    Some(Bound::Version(version))
}

/// The release numbers of the next series: `1.2` gives `1.3`.
fn next_series(release: &[Number]) -> Vec<Number> {
    let mut next = release.to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.successor();
    }
    next
}

fn holds(operator: Operator, version: &Pep440, bound: &Pep440) -> bool {
    match operator {
        Operator::Equal if bound.local.is_empty() => version.without_local() == *bound,
        Operator::Equal => version == bound,
        Operator::Unequal => !holds(Operator::Equal, version, bound),
        Operator::AtLeast => version >= bound,
        Operator::AtMost => version.without_local() <= *bound,
        Operator::Less => *version < before(bound),
        Operator::Greater => greater(version, bound),
        Operator::Compatible => {
            let series = bound
                .release
                .split_last()
                .map_or(&[][..], |(_, series)| series);
            version >= bound && *version < bound.floor(next_series(series))
        }
        Operator::Identical => false,
    }
}

/// `<V` excludes the pre-releases of V, unless V is one.
fn before(bound: &Pep440) -> Pep440 {
    let mut before = bound.without_local();
    if !bound.is_prerelease() {
        before.dev = Some(Number::ZERO);
    }
    before
}

/// `>V` excludes the post-releases and local versions of V, unless V is a post-release itself.
fn greater(version: &Pep440, bound: &Pep440) -> bool {
    let mut next = bound.without_local();
    if let Some(dev) = &bound.dev {
        next.dev = Some(dev.successor());
        return *version >= next;
    }
    if let Some(post) = &bound.post {
        next.post = Some(post.successor());
        next.dev = Some(Number::ZERO);
        return *version >= next;
    }
    version > bound && !(version.same_release(bound) && version.pre == bound.pre)
}

fn holds_legacy(operator: Operator, version: &Legacy, bound: &Legacy) -> bool {
    match operator {
        Operator::Equal | Operator::Identical => version == bound,
        Operator::Unequal => version != bound,
        Operator::AtLeast | Operator::Compatible => version >= bound,
        Operator::AtMost => version <= bound,
        Operator::Less => version < bound,
        Operator::Greater => version > bound,
    }
}

/// Comparisons that must all hold; none of them admits everything.
#[derive(Debug, Clone, Default)]
pub struct Specifiers {
    list: Vec<Specifier>,
}

impl Specifiers {
    /// Reads comparisons that are divided by commas.
    ///
    /// # Errors
    ///
    /// If one of them is not allowed by PEP 440.
    pub fn parse(text: &str) -> Result<Self, SpecifierError> {
        Self::collect(text, Specifier::parse)
    }

    /// Reads comparisons, and those with versions that only old installers knew (`>=2004d`, `>=1.0.*`) as these did.
    ///
    /// # Errors
    ///
    /// If one of them begins with no operator or has no version.
    pub fn parse_lenient(text: &str) -> Result<Self, SpecifierError> {
        Self::collect(text, Specifier::parse_lenient)
    }

    fn collect(
        text: &str,
        read: impl Fn(&str) -> Option<Specifier>,
    ) -> Result<Self, SpecifierError> {
        if text.len() > super::LONGEST {
            return Err(SpecifierError);
        }
        let parts = text.split(',').map(|part| part.trim_matches(is_space));
        let list: Option<Vec<_>> = parts.filter(|part| !part.is_empty()).map(read).collect();
        list.map(|list| Self { list }).ok_or(SpecifierError)
    }

    /// The comparisons.
    #[must_use]
    pub fn list(&self) -> &[Specifier] {
        &self.list
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a version of PyPI satisfies all comparisons.
    #[must_use]
    pub fn contains(&self, version: &Version, prereleases: Prereleases) -> bool {
        let refused = prereleases == Prereleases::Refuse && version.is_prerelease();
        version.ecosystem() == Ecosystem::PyPi
            && !refused
            && self
                .list
                .iter()
                .all(|specifier| specifier.contains(version))
    }

    /// Whether a comparison names a pre-release, which makes installers take pre-releases.
    #[must_use]
    pub fn mentions_prerelease(&self) -> bool {
        self.list.iter().any(Specifier::mentions_prerelease)
    }

    /// The one version that is admitted, as written.
    #[must_use]
    pub fn pinned(&self) -> Option<&str> {
        let exact = |specifier: &&Specifier| {
            specifier.operator == Operator::Identical
                || (specifier.operator == Operator::Equal && !specifier.is_prefix())
        };
        self.list.iter().find(exact).map(Specifier::text)
    }

    /// How much room the comparisons leave.
    #[must_use]
    pub fn pinning(&self) -> Pinning {
        if self.pinned().is_some() {
            return Pinning::Exact;
        }
        let upper = |specifier: &Specifier| {
            matches!(
                specifier.operator,
                Operator::Equal | Operator::Compatible | Operator::AtMost | Operator::Less
            )
        };
        if self.list.iter().any(upper) {
            Pinning::Bounded
        } else {
            Pinning::Open
        }
    }

    pub(crate) fn push(&mut self, specifier: Specifier) {
        self.list.push(specifier);
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator.sign(), self.text)
    }
}

impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, specifier) in self.list.iter().enumerate() {
            write!(f, "{}{specifier}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
