//! What stands behind a name in `package.json`: a range, a tag, an alias, a URL, a repository, a path
//! (npm documentation, "package-spec"; yarn "Protocols"; pnpm "Workspace", "Catalogs").

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;

use crate::facts::{Declared, Pinning, Source};
use crate::hash;
use crate::python::url::is_commit;
use crate::sink::{cut, package, without_password};

/// A requirement as a declared package.
pub(crate) fn declare(name: &str, spec: &str, place: Place) -> Declared {
    let spec = spec.trim();
    let (name, range) = match spec.strip_prefix("npm:") {
        Some(alias) => split_at_version(alias),
        None => (name, Some(spec)),
    };
    let range = range.unwrap_or_default();
    let mut declared = Declared::new(package(Ecosystem::Npm, name, None), String::new(), place);
    declared.requirement = format!("{name}@{spec}");
    (declared.source, declared.pinning) = resolve(range);
    if declared.source == Source::Default && declared.pinning == Pinning::Exact {
        declared.package.version = exact(range).map(cut);
    }
    declared
}

/// `name@range`, where the name may have a scope.
pub(crate) fn split_at_version(text: &str) -> (&str, Option<&str>) {
    let scope = usize::from(text.starts_with('@'));
    let at = text.get(scope..).and_then(|rest| rest.find('@'));
    match at.and_then(|at| text.split_at_checked(at.saturating_add(scope))) {
        Some((name, version)) => (name, version.strip_prefix('@')),
        None => (text, None),
    }
}

/// Source and pinning of anything but an alias.
pub(crate) fn resolve(spec: &str) -> (Source, Pinning) {
    for prefix in ["file:", "link:", "portal:"] {
        if let Some(path) = spec.strip_prefix(prefix) {
            return (Source::Path(cut(path)), Pinning::Path);
        }
    }
    if spec.starts_with("workspace:") {
        return (Source::Workspace, Pinning::Path);
    }
    if let Some(repository) = repository(spec) {
        let pinning = match &repository {
            Source::Vcs { commit, .. } => Pinning::Vcs {
                commit: commit.is_some(),
            },
            _ => Pinning::Vcs { commit: false },
        };
        return (repository, pinning);
    }
    if spec.starts_with("http://") || spec.starts_with("https://") {
        return (Source::Url(without_password(&cut(spec))), Pinning::Url);
    }
    if spec.starts_with(['.', '/']) && (spec.len() > 1) || spec.starts_with("~/") {
        return (Source::Path(cut(spec)), Pinning::Path);
    }
    (Source::Default, range_pinning(spec))
}

/// A git repository in any of npm's spellings.
pub(crate) fn repository(spec: &str) -> Option<Source> {
    let (address, fragment) = spec.split_once('#').unwrap_or((spec, ""));
    let hosts = [
        ("github:", "https://github.com/"),
        ("gitlab:", "https://gitlab.com/"),
        ("bitbucket:", "https://bitbucket.org/"),
        ("gist:", "https://gist.github.com/"),
    ];
    let hosted = hosts
        .iter()
        .find_map(|(short, long)| Some(format!("{long}{}", address.strip_prefix(short)?)));
    let is_short = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        text.matches('/').count() == 1
            && text.chars().all(plain)
            && !text.starts_with(['.', '/', '@'])
    };
    let url = if let Some(url) = hosted {
        url
    } else if let Some(url) = address.strip_prefix("git+") {
        url.to_owned()
    } else if ["git://", "ssh://", "git@"]
        .iter()
        .any(|start| address.starts_with(start))
        || (address.contains("://") && address.ends_with(".git"))
    {
        address.to_owned()
    } else if is_short(address) {
        format!("https://github.com/{address}")
    } else {
        return None;
    };
    let reference = fragment.strip_prefix("commit=").unwrap_or(fragment);
    let reference = reference.split('&').next().unwrap_or(reference);
    Some(Source::Vcs {
        system: "git".to_owned(),
        url: without_password(&cut(&url)),
        commit: is_commit(reference).then(|| reference.to_owned()),
        reference: (!reference.is_empty()).then(|| cut(reference)),
        subdirectory: None,
    })
}

/// The version, if a range admits only one.
pub(crate) fn exact(range: &str) -> Option<&str> {
    let version = range.trim().trim_start_matches(['=', 'v']).trim_start();
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let mut parts = core.split('.');
    let is_number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_whole = is_number(parts.next()) && is_number(parts.next()) && is_number(parts.next());
    let is_one = !version.contains(|c: char| c.is_whitespace() || "|<>^~*".contains(c));
    (is_whole && parts.next().is_none() && is_one).then_some(version)
}

fn range_pinning(range: &str) -> Pinning {
    if exact(range).is_some() {
        return Pinning::Exact;
    }
    let is_bounded = |part: &str| {
        let part = part.trim();
        let starts = part.split_whitespace().next().unwrap_or_default();
        starts.starts_with(['^', '~', '<'])
            || part.contains(" <")
            || starts.starts_with(|c: char| c.is_ascii_digit())
            || (starts.starts_with(['v', '=']) && starts.contains(|c: char| c.is_ascii_digit()))
    };
    match range.split("||").all(is_bounded) {
        true => Pinning::Bounded,
        false => Pinning::Open,
    }
}

/// Fills in what a lock file resolved: a tarball, a repository, a path.
pub(crate) fn resolved(declared: &mut Declared, location: &str, integrity: Option<&str>) {
    let clean = without_password(location);
    if let Some(path) = location.strip_prefix("file:") {
        declared.source = Source::Path(cut(path));
        declared.pinning = Pinning::Path;
    } else if let Some(repository) = repository(location).filter(|_| !is_tarball(location)) {
        declared.pinning = match &repository {
            Source::Vcs { commit, .. } => Pinning::Vcs {
                commit: commit.is_some(),
            },
            _ => declared.pinning,
        };
        declared.source = repository;
    } else {
        let (address, fragment) = clean.split_once('#').unwrap_or((&clean, ""));
        declared.artifacts = hash::with_integrity(address, integrity);
        if is_tarball(location) {
            // yarn 1 writes the SHA-1 of the tarball behind it.
            if !declared.is_hashed() && fragment.len() == 40 {
                declared.artifacts = hash::plain(address, hash::hash("sha1", fragment));
            }
        } else if is_commit(fragment) {
            declared.source = Source::Vcs {
                system: "git".to_owned(),
                url: cut(address),
                reference: None,
                commit: Some(fragment.to_owned()),
                subdirectory: None,
            };
            declared.pinning = Pinning::Vcs { commit: true };
            declared.artifacts.clear();
        }
    }
    if declared.artifacts.is_empty() {
        declared.artifacts = hash::with_integrity("", integrity);
    }
    if declared.pinning == Pinning::Exact && declared.is_hashed() {
        declared.pinning = Pinning::Hash;
    }
}

fn is_tarball(location: &str) -> bool {
    let path = location.split(['#', '?']).next().unwrap_or_default();
    location.starts_with("http") && (path.ends_with(".tgz") || path.ends_with(".tar.gz"))
}

/// A tarball that no registry serves under this name is a URL, not a version of a registry.
pub(crate) fn foreign_tarball(declared: &mut Declared, location: &str) {
    let is_tarball = matches!(declared.pinning, Pinning::Hash | Pinning::Exact)
        && location.contains("://")
        && !is_registry_tarball(location, &declared.package.name);
    if is_tarball {
        declared.source = Source::Url(without_password(&cut(location)));
        declared.pinning = Pinning::Url;
    }
}

/// Whether a tarball comes from a registry (`…/-/name-1.0.0.tgz`) rather than from anywhere.
pub(crate) fn is_registry_tarball(location: &str, name: &str) -> bool {
    let bare = name.rsplit('/').next().unwrap_or(name);
    let path = location.split(['#', '?']).next().unwrap_or_default();
    let Some((before, file)) = path.rsplit_once('/') else {
        return false;
    };
    before.ends_with("/-") || file.starts_with(&format!("{bare}-")) || path.contains("/download/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_tell_source_and_pinning() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (spec, pinning) in [
            ("1.2.3", Pinning::Exact),
            ("=1.2.3-rc.1+b", Pinning::Exact),
            ("^1.2.3", Pinning::Bounded),
            ("1.x", Pinning::Bounded),
            ("1.2.3 - 2", Pinning::Bounded),
            (">=1 <2", Pinning::Bounded),
            ("^1 || ^2", Pinning::Bounded),
            ("^1 || >=2", Pinning::Open),
            ("", Pinning::Open),
            ("*", Pinning::Open),
            ("latest", Pinning::Open),
            (">=1", Pinning::Open),
            ("owner/repo", Pinning::Vcs { commit: false }),
            (
                &format!("github:owner/repo#{commit}"),
                Pinning::Vcs { commit: true },
            ),
            ("git+ssh://git@h/o/r.git#v1", Pinning::Vcs { commit: false }),
            ("https://h/x.tgz", Pinning::Url),
            ("file:../x", Pinning::Path),
            ("workspace:*", Pinning::Path),
        ] {
            assert_eq!(declare("a", spec, Place::Whole).pinning, pinning, "{spec}");
        }
        let alias = declare("a", "npm:@s/b@1.0.0", Place::Whole);
        assert_eq!(alias.package.to_string(), "@s/b@1.0.0");
    }
}
