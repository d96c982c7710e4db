//! One requirement of Python: name, extras, version clauses or URL, marker (PEP 508, dependency specifiers).
//!
//! The reader splits and checks the shape; whether a version satisfies the clauses is asked elsewhere.

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;

use super::url;
use crate::facts::{Declared, Pinning, Source};
use crate::sink::{MAX_ARTIFACTS, cut, package};

/// A requirement taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement<'t> {
    pub(crate) name: &'t str,
    pub(crate) extras: Vec<String>,
    /// The clauses as written, without parentheses.
    pub(crate) clauses: &'t str,
    pub(crate) url: Option<&'t str>,
    pub(crate) marker: Option<&'t str>,
    /// Everything before the marker.
    pub(crate) head: &'t str,
}

/// Takes a requirement apart; nothing if it is none.
pub(crate) fn parse(text: &str) -> Option<Requirement<'_>> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    if !(name.starts_with(is_edge) && name.ends_with(is_edge)) {
        return None;
    }
    let mut rest = rest.trim_start();
    let mut names = Vec::new();
    if let Some(inner) = rest.strip_prefix('[') {
        let (list, after) = inner.split_once(']')?;
        names = extras(list);
        rest = after.trim_start();
    }
    if let Some(reference) = rest.strip_prefix('@') {
        let reference = reference.trim_start();
        let end = reference
            .find(char::is_whitespace)
            .unwrap_or(reference.len());
        let (url, after) = reference.split_at_checked(end)?;
        let after = after.trim();
        let marker = match after {
            "" => None,
            _ => Some(after.strip_prefix(';')?.trim()),
        };
        let head = text.get(..text.len().saturating_sub(after.len()))?.trim();
        return (!url.is_empty()).then_some(Requirement {
            name,
            extras: names,
            clauses: "",
            url: Some(url),
            marker,
            head,
        });
    }
    let (clauses, marker) = match rest.split_once(';') {
        Some((clauses, marker)) => (clauses.trim(), Some(marker.trim())),
        None => (rest.trim(), None),
    };
    let bare = clauses
        .strip_prefix('(')
        .and_then(|clauses| clauses.strip_suffix(')'))
        .map_or(clauses, str::trim);
    if !bare.is_empty() && !bare.trim_end_matches(',').split(',').all(is_clause) {
        return None;
    }
    let head = text.split(';').next().unwrap_or(text).trim();
    Some(Requirement {
        name,
        extras: names,
        clauses: bare,
        url: None,
        marker,
        head,
    })
}

/// `a, b` between brackets.
pub(crate) fn extras(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .take(MAX_ARTIFACTS)
        .map(cut)
        .collect()
}

/// Operators of PEP 440, longest first.
const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

fn clause(text: &str) -> Option<(&'static str, &str)> {
    let text = text.trim();
    OPERATORS.iter().find_map(|operator| {
        let version = text.strip_prefix(operator)?;
        Some((*operator, version.trim()))
    })
}

fn is_clause(text: &str) -> bool {
    let is_version =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '*' | '!');
    clause(text).is_some_and(|(operator, version)| {
        !version.is_empty()
            && (version.chars().all(is_version)
                || (operator == "===" && !version.contains(char::is_whitespace)))
    })
}

/// The one version that the clauses allow, as written.
pub(crate) fn exact_version(clauses: &str) -> Option<&str> {
    clauses.split(',').find_map(|text| {
        let (operator, version) = clause(text)?;
        let is_one = operator == "===" || (operator == "==" && !version.ends_with('*'));
        (is_one && !version.is_empty()).then_some(version)
    })
}

/// How far clauses tie a version down.
pub(crate) fn pinning(clauses: &str) -> Pinning {
    if exact_version(clauses).is_some() {
        return Pinning::Exact;
    }
    let has_end = clauses
        .split(',')
        .filter_map(clause)
        .any(|(operator, _)| matches!(operator, "<" | "<=" | "~=" | "=="));
    if has_end {
        Pinning::Bounded
    } else {
        Pinning::Open
    }
}

/// A requirement as a declared package; nothing if it is none.
pub(crate) fn declare(text: &str, place: Place) -> Option<Declared> {
    let parsed = parse(text)?;
    let version = exact_version(parsed.clauses);
    let package = package(Ecosystem::PyPi, parsed.name, version);
    let mut declared = Declared::new(package, cut(parsed.head), place);
    declared.pinning = pinning(parsed.clauses);
    declared.extras = parsed.extras;
    declared.marker = parsed.marker.filter(|m| !m.is_empty()).map(cut);
    if let Some(reference) = parsed.url {
        point_to(&mut declared, &url::read(reference));
    }
    Some(declared)
}

/// A URL or path as a declared package, named as far as it tells its name.
pub(crate) fn declare_reference(text: &str, place: Place) -> Declared {
    let (target, marker) = match text.split_once("; ").or_else(|| text.split_once(" ;")) {
        Some((target, marker)) => (target.trim(), Some(marker.trim())),
        None => (text.trim(), None),
    };
    let reference = url::read(target);
    let name = reference.name.clone().unwrap_or_default();
    let mut declared = Declared::new(package(Ecosystem::PyPi, &name, None), cut(target), place);
    declared.marker = marker.filter(|m| !m.is_empty()).map(cut);
    declared.extras.clone_from(&reference.extras);
    point_to(&mut declared, &reference);
    declared
}

fn point_to(declared: &mut Declared, reference: &url::Reference) {
    declared.source = match (&reference.source, reference.pinning) {
        (Source::Path(path), _) => Source::Path(path.clone()),
        (source, _) => source.clone(),
    };
    declared.pinning = reference.pinning;
    declared.artifacts.clone_from(&reference.artifacts);
    declared.package.version.clone_from(&reference.version);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_tell_version_pinning_and_marker() {
        for (text, version, pinning) in [
            ("torch", None, Pinning::Open),
            ("torch>=2", None, Pinning::Open),
            ("torch != 2.0", None, Pinning::Open),
            ("torch>=2,<3", None, Pinning::Bounded),
            ("torch (>=2,<3)", None, Pinning::Bounded),
            ("torch~=2.1", None, Pinning::Bounded),
            ("torch==2.*", None, Pinning::Bounded),
            ("torch == 2.0.1+cu118", Some("2.0.1+cu118"), Pinning::Exact),
            ("torch===2.0-weird", Some("2.0-weird"), Pinning::Exact),
            (
                "torch[a, b]==1.0,!=1.1 ; python_version<'3.9'",
                Some("1.0"),
                Pinning::Exact,
            ),
        ] {
            let declared = declare(text, Place::Whole).unwrap();
            assert_eq!(declared.package.name, "torch", "{text}");
            assert_eq!(declared.package.version.as_deref(), version, "{text}");
            assert_eq!(declared.pinning, pinning, "{text}");
        }
        let marked = declare("A.b_C [x] >= 1 ; sys_platform == 'linux'", Place::Whole).unwrap();
        assert_eq!(marked.package.name, "a-b-c");
        assert_eq!(marked.extras, ["x"]);
        assert_eq!(marked.marker.as_deref(), Some("sys_platform == 'linux'"));
        assert_eq!(marked.requirement, "A.b_C [x] >= 1");
        let url = declare(
            "pkg @ https://h/p-1.0-py3-none-any.whl ; os_name=='nt'",
            Place::Whole,
        )
        .unwrap();
        assert_eq!(url.pinning, Pinning::Url);
        assert_eq!(url.package.version.as_deref(), Some("1.0"));
        assert_eq!(url.marker.as_deref(), Some("os_name=='nt'"));
    }

    #[test]
    fn prose_is_no_requirement() {
        for text in [
            "",
            "-x",
            "Python 3.8 or later",
            "foo bar",
            "foo=1.0",
            "foo>>1",
            "föö",
            "foo[bar",
            "==1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
