//! Paths of side files that a model names, and whether they stay in its folder.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};

/// How a path lies relative to the folder of the file that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Inside the folder, or below it.
    Inside,
    /// Out of it through `..`.
    Escapes,
    /// Anywhere: absolute, on a drive, on a share, in a home folder.
    Absolute,
    /// On another machine.
    Remote,
}

/// Where a path leads.
pub(crate) fn reach(path: &str) -> Reach {
    let path = path.trim();
    let path = path.strip_prefix("file://").unwrap_or(path);
    let has_scheme = path
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.chars().all(|each| each.is_ascii_alphanumeric()));
    if has_scheme {
        return Reach::Remote;
    }
    let is_drive = path.as_bytes().get(1) == Some(&b':')
        && path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    if path.starts_with(['/', '\\', '~']) || is_drive {
        return Reach::Absolute;
    }
    let mut depth = 0_i32;
    for step in path.split(['/', '\\']) {
        depth = match step {
            ".." => depth.saturating_sub(1),
            "" | "." => depth,
            _ => depth.saturating_add(1),
        };
        if depth < 0 {
            return Reach::Escapes;
        }
    }
    Reach::Inside
}

/// Notes a side file, and what its path does.
pub(crate) fn side_file(facts: &mut ModelFacts, path: &str, effect: Effect, place: &Place) {
    facts.side_file(path, place.clone());
    let (kind, detail) = match reach(path) {
        Reach::Inside => return,
        Reach::Escapes => (
            ModelHazardKind::PathEscape,
            "a side file is named by a path that leaves the model's folder",
        ),
        Reach::Absolute => (
            ModelHazardKind::PathAbsolute,
            "a side file is named by an absolute path",
        ),
        Reach::Remote => (
            ModelHazardKind::NetworkUse,
            "a side file is fetched from another machine",
        ),
    };
    facts.hazard(ModelHazard::new(
        kind,
        effect,
        place.clone(),
        path,
        detail,
        "CWE-22",
    ));
}

/// Whether a path names a native library.
pub(crate) fn is_native_library(path: &str) -> bool {
    let lower = path.trim().to_ascii_lowercase();
    let name = lower.rsplit(['/', '\\']).next().unwrap_or_default();
    [".so", ".dll", ".dylib", ".pyd"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.contains(".so.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_judged_by_where_they_lead() {
        for (path, expected) in [
            ("weights.bin", Reach::Inside),
            ("a/../b/w.bin", Reach::Inside),
            ("./w", Reach::Inside),
            ("a/../../w", Reach::Escapes),
            ("..\\w", Reach::Escapes),
            ("/etc/hosts", Reach::Absolute),
            ("C:\\w", Reach::Absolute),
            ("\\\\host\\share", Reach::Absolute),
            ("~/w", Reach::Absolute),
            ("file:///etc/hosts", Reach::Absolute),
            ("s3://bucket/w", Reach::Remote),
        ] {
            assert_eq!(reach(path), expected, "{path}");
        }
        assert!(is_native_library("x/libop.so.1") && is_native_library("A.DLL"));
        assert!(!is_native_library("a.solution"));
    }
}
