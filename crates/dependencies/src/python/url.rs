//! Direct references: URLs of archives, source repositories and paths, as pip understands them
//! (PEP 440 "Direct references", pip's "VCS Support").

pub(crate) use chainwright_packages::pinning::is_commit;

use crate::facts::{Artifact, Pinning, Source};
use crate::hash;
use crate::sink::{cut, without_password};

/// What a direct reference tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) source: Source,
    pub(crate) pinning: Pinning,
    pub(crate) artifacts: Vec<Artifact>,
    /// The name from `#egg=` or from the file name.
    pub(crate) name: Option<String>,
    /// The version from the file name.
    pub(crate) version: Option<String>,
    /// `[a,b]` behind a path or in `#egg=`.
    pub(crate) extras: Vec<String>,
}

const SYSTEMS: [&str; 4] = ["git", "hg", "svn", "bzr"];

/// Whether a requirement is a URL or a path rather than a name (pip's `_looks_like_path` and archive extensions).
/// A name before an `@` makes it a direct reference of PEP 508, whatever the URL ends with.
pub(crate) fn is_reference(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let before_at = first.split('@').next().unwrap_or_default();
    let is_named = before_at.len() < first.len();
    has_scheme(first)
        || before_at.starts_with('.')
        || before_at.contains(['/', '\\'])
        || (!is_named
            && is_archive(first.split('[').next().unwrap_or_default())
            && !first.contains("=="))
}

fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    let scheme = scheme.to_ascii_lowercase();
    let system = scheme.split('+').next().unwrap_or_default();
    matches!(scheme.as_str(), "http" | "https" | "file" | "ftp")
        || (scheme.contains('+') && SYSTEMS.contains(&system))
        || (scheme == "git" && text.contains("://"))
}

/// Extensions that pip installs from (`pip._internal.utils.filetypes`).
const ARCHIVES: [&str; 12] = [
    ".whl",
    ".tar.gz",
    ".zip",
    ".tgz",
    ".tar",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

fn is_archive(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ARCHIVES.iter().any(|end| lower.ends_with(end))
}

/// Takes a direct reference apart.
pub(crate) fn read(text: &str) -> Reference {
    let (whole, fragment) = text.split_once('#').unwrap_or((text, ""));
    let mut reference = if let Some((system, rest)) = vcs(whole) {
        from_vcs(system, rest, fragment)
    } else if let Some(path) = whole.strip_prefix("file:") {
        from_path(path.strip_prefix("//").unwrap_or(path))
    } else if whole.contains("://") {
        from_archive(whole, fragment)
    } else {
        from_path(whole)
    };
    let egg = fragment
        .split('&')
        .find_map(|pair| pair.strip_prefix("egg="));
    if let Some(egg) = egg {
        let (name, extras) = split_extras(egg);
        reference.name = Some(cut(name));
        reference.extras.extend(extras);
    }
    reference
}

fn vcs(text: &str) -> Option<(&str, &str)> {
    let (scheme, _) = text.split_once("://").or_else(|| text.split_once(':'))?;
    let system = scheme.split('+').next()?;
    if !SYSTEMS.contains(&system) {
        return None;
    }
    let rest = text
        .strip_prefix(system)
        .and_then(|rest| rest.strip_prefix('+'));
    Some((system, rest.unwrap_or(text)))
}

fn from_vcs(system: &str, rest: &str, fragment: &str) -> Reference {
    // The reference stands behind the last `@` of the path, not of the host.
    let host = rest.find("://").map_or(0, |at| at.saturating_add(3));
    let path = rest
        .get(host..)
        .and_then(|tail| tail.find('/'))
        .map_or(host, |at| at.saturating_add(host));
    let at = rest.get(path..).and_then(|tail| tail.rfind('@'));
    let (url, reference) = match at.and_then(|at| rest.split_at_checked(at.saturating_add(path))) {
        Some((url, reference)) => (url, reference.strip_prefix('@')),
        None => (rest, None),
    };
    let reference = reference.filter(|text| !text.is_empty());
    let commit = reference.filter(|text| is_commit(text));
    let subdirectory = fragment
        .split('&')
        .find_map(|pair| pair.strip_prefix("subdirectory="));
    Reference {
        pinning: Pinning::Vcs {
            commit: commit.is_some(),
        },
        source: Source::Vcs {
            system: system.to_owned(),
            url: without_password(&cut(url)),
            reference: reference.map(cut),
            commit: commit.map(cut),
            subdirectory: subdirectory.map(cut),
        },
        artifacts: Vec::new(),
        name: None,
        version: None,
        extras: Vec::new(),
    }
}

fn from_archive(url: &str, fragment: &str) -> Reference {
    let hash = fragment
        .split('&')
        .filter(|pair| !pair.starts_with("egg=") && !pair.starts_with("subdirectory="))
        .find_map(hash::named);
    let clean = without_password(&cut(url));
    let file = clean
        .split('?')
        .next()
        .and_then(|path| path.rsplit('/').next());
    let (name, version) = file.and_then(from_file_name).unzip();
    Reference {
        artifacts: hash::plain(&clean, hash),
        source: Source::Url(clean),
        pinning: Pinning::Url,
        name,
        version,
        extras: Vec::new(),
    }
}

fn from_path(path: &str) -> Reference {
    let (path, extras) = split_extras(path);
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let (name, version) = from_file_name(file).unzip();
    Reference {
        source: Source::Path(cut(path)),
        pinning: Pinning::Path,
        artifacts: Vec::new(),
        name,
        version,
        extras,
    }
}

/// `path[extra,extra]`.
fn split_extras(text: &str) -> (&str, Vec<String>) {
    let split = text
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once('['));
    match split {
        Some((path, extras)) => (path, super::pep508::extras(extras)),
        None => (text, Vec::new()),
    }
}

/// Name and version of a wheel or sdist, from its file name.
pub(crate) fn from_file_name(file: &str) -> Option<(String, String)> {
    let file = decode_percent(file);
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let (name, version) = (parts.next()?, parts.next()?);
        return (parts.count() >= 3).then(|| (cut(name), cut(version)));
    }
    let lower = file.to_ascii_lowercase();
    let end = ARCHIVES.iter().find(|end| lower.ends_with(**end))?;
    let stem = file.get(..file.len().checked_sub(end.len())?)?;
    let (name, version) = stem.rsplit_once('-')?;
    let starts_well = version.starts_with(|first: char| first.is_ascii_digit());
    (starts_well && !name.is_empty()).then(|| (cut(name), cut(version)))
}

/// `%2B` and its kin, where they give ASCII.
pub(crate) fn decode_percent(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let code = after
            .get(..2)
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.filter(u8::is_ascii_graphic) {
            Some(byte) => {
                decoded.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let vcs = read(&format!(
            "git+ssh://git@github.com/o/r.git@{commit}#egg=r[x]&subdirectory=sub"
        ));
        assert_eq!(vcs.pinning, Pinning::Vcs { commit: true });
        assert_eq!(vcs.name.as_deref(), Some("r"));
        assert_eq!(vcs.extras, ["x"]);
        let Source::Vcs {
            url, subdirectory, ..
        } = vcs.source
        else {
            panic!("a repository")
        };
        assert_eq!(url, "ssh://git@github.com/o/r.git");
        assert_eq!(subdirectory.as_deref(), Some("sub"));
        let plain = read("git+https://github.com/o/r");
        assert_eq!(plain.pinning, Pinning::Vcs { commit: false });
    }

    #[test]
    fn wheels_and_sdists_tell_name_and_version() {
        for (text, name, version) in [
            (
                "https://download.pytorch.org/whl/cu118/torch-2.0.1%2Bcu118-cp310-cp310-linux_x86_64.whl#sha256=a7a49d459bf4862f64f7bc1a68beccf8881c2fa9f3e0569608e16ba6f85ebf7b",
                "torch",
                "2.0.1+cu118",
            ),
            ("./dist/my_pkg-1.0.tar.gz", "my_pkg", "1.0"),
            ("file:///x/a-b-2.0rc1.zip", "a-b", "2.0rc1"),
        ] {
            let reference = read(text);
            assert_eq!(reference.name.as_deref(), Some(name), "{text}");
            assert_eq!(reference.version.as_deref(), Some(version), "{text}");
        }
        assert!(
            read("https://h/torch-2.0.1-cp310-cp310-linux_x86_64.whl#sha256=00").artifacts[0]
                .hash
                .is_some()
        );
        assert_eq!(read(".[dev,test]").extras, ["dev", "test"]);
    }

    #[test]
    fn names_are_no_references() {
        for text in [
            "torch",
            "torch==2.0.1",
            "a[b]",
            "pkg.zip==1.0",
            "foo @ ./x",
            "name @ https://h/a",
        ] {
            assert!(!is_reference(text), "{text}");
        }
        for text in [
            ".",
            "./x",
            "a/b",
            "x.whl",
            "https://h/x.zip",
            "git+https://h/r",
            "x.zip[extra]",
        ] {
            assert!(is_reference(text), "{text}");
        }
    }
}
