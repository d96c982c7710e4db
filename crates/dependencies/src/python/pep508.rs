//! Requirements of Python as declared packages.
//!
//! How a requirement is read is told by `chainwright_packages::python`; here it becomes a fact of a manifest.

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;
use chainwright_packages::python::{Requirement, Specifier, Specifiers, Wanted};

use super::url;
use crate::facts::{Declared, Source};
use crate::sink::{MAX_ARTIFACTS, cut, package};

/// Takes a requirement apart; nothing if it is none.
pub(crate) fn parse(text: &str) -> Option<Requirement<'_>> {
    let found = Requirement::parse_lenient(text.trim()).ok()?;
    // Old installers took `>>1` for "later than `>1`"; no package was ever called so.
    let is_typo = |specifier: &Specifier| specifier.text().starts_with(['<', '>', '=', '~', '!']);
    let has_typo = found
        .specifiers()
        .is_some_and(|all| all.list().iter().any(is_typo));
    (!has_typo).then_some(found)
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

/// The one version that specifiers allow, as written.
pub(crate) fn exact_version(specifiers: &str) -> Option<String> {
    let specifiers = Specifiers::parse_lenient(specifiers).ok()?;
    specifiers.pinned().map(str::to_owned)
}

/// A requirement as a declared package; nothing if it is none.
pub(crate) fn declare(text: &str, place: Place) -> Option<Declared> {
    let parsed = parse(text)?;
    let version = parsed.specifiers().and_then(Specifiers::pinned);
    let package = package(Ecosystem::PyPi, parsed.name, version);
    let mut declared = Declared::new(package, cut(parsed.head), place);
    declared.extras = parsed
        .extras
        .iter()
        .take(MAX_ARTIFACTS)
        .copied()
        .map(cut)
        .collect();
    declared.marker = parsed.condition.map(cut);
    match &parsed.wanted {
        Wanted::Versions(specifiers) => declared.pinning = specifiers.pinning(),
        Wanted::Url(reference) => point_to(&mut declared, &url::read(reference)),
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
    use crate::facts::Pinning;

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
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
