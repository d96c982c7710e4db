//! Ranges as people write them on a command line, in the words of their ecosystem or of advisories.
//!
//! The question is "is this version meant", not "would an installer take it": pre-releases and local builds count as
//! what they are made from, since a weakness does not care. `None` means that the version has no place in the order.

use chainwright_core::package::Ecosystem;
use chainwright_packages::cargo::Constraint;
use chainwright_packages::npm;
use chainwright_packages::python::{Prereleases, Specifiers};
use chainwright_packages::range::{Event, Range, Vers};
use chainwright_packages::version::Version;

/// LIMIT: bytes of a range.
const LONGEST: usize = 4096;

/// A range of versions of one ecosystem.
#[derive(Debug, Clone)]
pub struct VersionRange {
    ecosystem: Ecosystem,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Any,
    Exactly(String),
    Comparisons(Vec<Vec<Comparison>>),
    Vers(Vers),
    Events(Range),
    Python(Specifiers),
    Npm(npm::Range),
    Cargo(Constraint),
}

#[derive(Debug, Clone)]
struct Comparison {
    sign: Sign,
    bound: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl VersionRange {
    /// Reads a range: nothing or `*` for all versions, one exact version, comparisons (`>=1,<2 || ==3`), `vers:…`,
    /// events of an advisory (`introduced=1,fixed=2`), or what PEP 440, npm and Cargo have beyond that.
    #[must_use]
    pub fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let form = Self::form(ecosystem, text)?;
        Some(Self { ecosystem, form })
    }

    /// Exactly this version, or all of them if the text is empty.
    #[must_use]
    pub fn exactly(ecosystem: Ecosystem, version: &str) -> Self {
        let form = match version.trim() {
            "" => Form::Any,
            text => Form::Exactly(text.to_owned()),
        };
        Self { ecosystem, form }
    }

    fn form(ecosystem: Ecosystem, text: &str) -> Option<Form> {
        if matches!(text, "" | "*") {
            return Some(Form::Any);
        }
        if text.starts_with("vers:") {
            return Vers::parse(text)
                .filter(|vers| vers.ecosystem() == ecosystem)
                .map(Form::Vers);
        }
        if let Some(events) = events(text) {
            return Some(Form::Events(Range::new(ecosystem, &events)));
        }
        if let Some(comparisons) = comparisons(ecosystem, text) {
            return Some(Form::Comparisons(comparisons));
        }
        match ecosystem {
            Ecosystem::PyPi => Specifiers::parse_lenient(text).ok().map(Form::Python),
            Ecosystem::Npm => npm::Range::parse(text).map(Form::Npm),
            Ecosystem::Cargo => Constraint::parse(text).map(Form::Cargo),
            _ => None,
        }
    }

    /// Whether a version is meant; `None` if that cannot be said.
    #[must_use]
    pub fn contains(&self, version: Option<&str>) -> Option<bool> {
        if matches!(self.form, Form::Any) {
            return Some(true);
        }
        let text = version.filter(|text| !text.is_empty())?;
        if let Form::Exactly(wanted) = &self.form {
            return Some(self.is_exactly(wanted, text));
        }
        let Some(version) = Version::parse(self.ecosystem, text) else {
            return self.same_text(text);
        };
        let public = version.without_local();
        if public.is_legacy() {
            return self.same_text(text);
        }
        match &self.form {
            Form::Any | Form::Exactly(_) => Some(true),
            Form::Comparisons(alternatives) => Some(
                alternatives
                    .iter()
                    .any(|all| all.iter().all(|one| one.holds(&version, &public))),
            ),
            Form::Vers(vers) => vers.contains(&public),
            Form::Events(range) => range.contains(&public),
            Form::Python(specifiers) => Some(
                specifiers.contains(&version, Prereleases::Admit)
                    || specifiers.contains(&public, Prereleases::Admit),
            ),
            Form::Npm(range) => Some(
                range.contains(&version)
                    || release(&version).is_some_and(|each| range.contains(&each)),
            ),
            Form::Cargo(range) => Some(
                range.contains(&version)
                    || release(&version).is_some_and(|each| range.contains(&each)),
            ),
        }
    }

    /// The same text, the same place in the order, or the beginning of a commit.
    fn is_exactly(&self, wanted: &str, text: &str) -> bool {
        let is_commit =
            |text: &str| text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.ecosystem == Ecosystem::HuggingFace && is_commit(wanted) {
            return text
                .to_ascii_lowercase()
                .starts_with(&wanted.to_ascii_lowercase());
        }
        if wanted == text {
            return true;
        }
        let parse = |text: &str| {
            Version::parse(self.ecosystem, text).filter(|version| !version.is_legacy())
        };
        let (Some(left), Some(right)) = (parse(wanted), parse(text)) else {
            return false;
        };
        left == right || (!wanted.contains('+') && left == right.without_local())
    }

    /// For versions without an order: whether an exact version is the same text. That it is not says nothing.
    fn same_text(&self, text: &str) -> Option<bool> {
        let Form::Comparisons(alternatives) = &self.form else {
            return None;
        };
        let is_same = alternatives.iter().any(|all| {
            matches!(all.as_slice(), [only] if only.sign == Sign::Equal && only.bound.text() == text.trim())
        });
        is_same.then_some(true)
    }
}

impl Comparison {
    fn holds(&self, version: &Version, public: &Version) -> bool {
        let version = if self.bound.text().contains('+') {
            version
        } else {
            public
        };
        match self.sign {
            Sign::Equal => *version == self.bound,
            Sign::Unequal => *version != self.bound,
            Sign::Less => *version < self.bound,
            Sign::AtMost => *version <= self.bound,
            Sign::Greater => *version > self.bound,
            Sign::AtLeast => *version >= self.bound,
        }
    }
}

/// The release that a pre-release leads to.
fn release(version: &Version) -> Option<Version> {
    if !version.is_prerelease() {
        return None;
    }
    let (release, _) = version.text().split_once('-')?;
    Version::parse(version.ecosystem(), release)
}

/// Comparisons divided by commas or blanks, alternatives by `||`; a lone version is that version.
fn comparisons(ecosystem: Ecosystem, text: &str) -> Option<Vec<Vec<Comparison>>> {
    let alternative = |text: &str| -> Option<Vec<Comparison>> {
        let mut all = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (sign, after) = sign(rest);
            let after = after.trim_start();
            let end = after
                .find(|next: char| next == ',' || next.is_whitespace())
                .unwrap_or(after.len());
            let (version, tail) = after.split_at_checked(end)?;
            if sign.is_none() && !all.is_empty() {
                return None;
            }
            all.push(Comparison {
                sign: sign.unwrap_or(Sign::Equal),
                bound: bound(ecosystem, version)?,
            });
            rest = tail.trim_start_matches(|next: char| next == ',' || next.is_whitespace());
        }
        (!all.is_empty()).then_some(all)
    };
    text.split("||").map(alternative).collect()
}

fn bound(ecosystem: Ecosystem, text: &str) -> Option<Version> {
    let is_plain = !text.contains(['*', '^', '~', '|'])
        || matches!(ecosystem, Ecosystem::Debian | Ecosystem::Rpm);
    let version = Version::parse(ecosystem, text).filter(|_| is_plain)?;
    let is_pattern =
        ecosystem == Ecosystem::Npm && text.split('.').any(|part| matches!(part, "x" | "X"));
    (!version.is_legacy() && !is_pattern).then_some(version)
}

fn sign(text: &str) -> (Option<Sign>, &str) {
    for (written, sign) in [
        (">=", Sign::AtLeast),
        ("<=", Sign::AtMost),
        ("!=", Sign::Unequal),
        ("==", Sign::Equal),
        ("<", Sign::Less),
        (">", Sign::Greater),
        ("=", Sign::Equal),
    ] {
        if let Some(rest) = text.strip_prefix(written) {
            return (Some(sign), rest);
        }
    }
    (None, text)
}

/// `introduced=1.0,fixed=2.0`, as advisories tell ranges.
fn events(text: &str) -> Option<Vec<Event>> {
    let event = |part: &str| {
        let (name, version) = part.trim().split_once(['=', ':'])?;
        let version = version.trim().to_owned();
        match name.trim() {
            "introduced" => Some(Event::Introduced(version)),
            "fixed" => Some(Event::Fixed(version)),
            "last_affected" => Some(Event::LastAffected(version)),
            "limit" => Some(Event::Limit(version)),
            _ => None,
        }
    };
    let mut events: Vec<Event> = text.split(',').map(event).collect::<Option<_>>()?;
    if !events
        .iter()
        .any(|event| matches!(event, Event::Introduced(_)))
    {
        events.insert(0, Event::Introduced("0".to_owned()));
    }
    Some(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_every_kind_mean_what_their_ecosystem_means() {
        for (ecosystem, range, version, expected) in [
            (Ecosystem::PyPi, ">=2.0,<2.1", "2.0.1+cu118", Some(true)),
            (Ecosystem::PyPi, "==2.0.1", "2.0.1+cu118", Some(true)),
            (Ecosystem::PyPi, "2.0.1", "2.0.1", Some(true)),
            (Ecosystem::PyPi, "2.0.1+cu118", "2.0.1+cu121", Some(false)),
            (Ecosystem::PyPi, "~=2.0", "2.9", Some(true)),
            (Ecosystem::PyPi, "==2.0.*", "2.0.7", Some(true)),
            (Ecosystem::PyPi, "==9.0.0", "9.0", Some(true)),
            (Ecosystem::PyPi, "<2.6", "2.6.0-cu124", Some(false)),
            (Ecosystem::PyPi, "<2.6", "0.1-bulbasaur", None),
            (Ecosystem::PyPi, "<2.6", "", None),
            (Ecosystem::PyPi, "", "", Some(true)),
            (
                Ecosystem::PyPi,
                "introduced=1.0,fixed=2.0",
                "1.5",
                Some(true),
            ),
            (Ecosystem::PyPi, "fixed=2.0", "2.0", Some(false)),
            (
                Ecosystem::PyPi,
                "introduced=1,last_affected=2",
                "2.0",
                Some(true),
            ),
            (Ecosystem::PyPi, "vers:pypi/>=1|<2", "1.4", Some(true)),
            (Ecosystem::PyPi, "<1 || >=3", "2", Some(false)),
            (Ecosystem::PyPi, ">= 1.0, < 2.0", "1.5", Some(true)),
            (Ecosystem::Npm, "^1.2.0", "1.9.3", Some(true)),
            (Ecosystem::Npm, "^1.2.0", "1.3.0-rc.1", Some(true)),
            (Ecosystem::Npm, "<1.2.3", "1.2.3-beta", Some(true)),
            (Ecosystem::Npm, "1.2.x", "1.2.9", Some(true)),
            (Ecosystem::Npm, "1.2.3 - 2.0.0", "1.5.0", Some(true)),
            (Ecosystem::Cargo, "1.2.3", "1.3.0", Some(false)),
            (Ecosystem::Cargo, "^1.2", "1.3.0", Some(true)),
            (Ecosystem::Go, "<v1.2.3", "v1.2.2", Some(true)),
            (
                Ecosystem::Debian,
                "<3.0.14-1~deb12u2",
                "3.0.11-1~deb12u2",
                Some(true),
            ),
            (Ecosystem::Debian, "<1:2.0", "3.0", Some(true)),
        ] {
            let read = VersionRange::parse(ecosystem, range).unwrap_or_else(|| panic!("{range}"));
            assert_eq!(
                read.contains(Some(version)),
                expected,
                "{ecosystem} {range} {version}"
            );
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for (ecosystem, text) in [
            (Ecosystem::PyPi, "newest"),
            (Ecosystem::PyPi, ">="),
            (Ecosystem::PyPi, ">=1 2"),
            (Ecosystem::PyPi, "vers:npm/<2"),
            (Ecosystem::Debian, "~=2"),
        ] {
            assert!(VersionRange::parse(ecosystem, text).is_none(), "{text}");
        }
        assert!(VersionRange::parse(Ecosystem::PyPi, &"1,".repeat(9000)).is_none());
    }
}
