//! Which digests of a file in a layer a record of a package may name.
//!
//! Records come after the files they speak of, or lie in another layer, so it is decided by the path. Python packages are
//! recorded with SHA-256. Of what the package manager of the system has brought, programs and libraries are digested: texts
//! and data are changed by honest hands all the time, and much of them is taken away to make images small. dpkg
//! records MD5, apk SHA-1, rpm SHA-256 or MD5; which of them it is, the release file of the distribution tells, which comes
//! early in its lowest layer. Without it all are made.

use std::cell::Cell;

use chainwright_containers::{Digester, Made, Member, Wanted};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_full};
use chainwright_core::digest::Sha256;
use chainwright_formats::elf;
use chainwright_images::Sum;
use chainwright_images::layer::Native;

use crate::ownership::merged;

/// Bytes that are digested at a time.
const PIECE: usize = 256 * 1024;

/// What is known of the content of a file, besides what was read in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Where a record of a Python package may name it.
    pub(crate) sha256: Option<Sha256>,
    /// Where the package manager of the system may own it.
    pub(crate) sums: Vec<Sum>,
    /// Whether it is a program or a native library.
    pub(crate) native: Option<Native>,
}

impl Known {
    /// Whether there is anything to keep.
    pub(crate) fn is_made(&self) -> bool {
        self.sha256.is_some() || !self.sums.is_empty()
    }
}

/// The package manager of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Dpkg,
    Apk,
    Rpm,
}

/// Decides for one layer, whose files pass in order.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    manager: Cell<Option<Manager>>,
}

impl Digests {
    /// The digests of a file of this name.
    pub(crate) fn wanted(&self, name: &str) -> Wanted {
        let path = name.trim_start_matches("./").trim_start_matches('/');
        if let Some(manager) = released_by(path) {
            self.manager.set(Some(manager));
        }
        let python = Wanted {
            sha256: is_recorded(path),
            ..Wanted::default()
        };
        if !is_program(path) {
            return python;
        }
        let manager = self.manager.get();
        Wanted {
            sha256: python.sha256 || matches!(manager, Some(Manager::Rpm) | None),
            md5: manager != Some(Manager::Apk),
            sha1: matches!(manager, Some(Manager::Apk) | None),
        }
    }

    /// Digests a file that passes, if nobody has done so on the way.
    pub(crate) fn known(&self, path: &str, member: &Member, budget: &Budget) -> Known {
        let wanted = self.wanted(path);
        let Some(bytes) = member.bytes.as_ref().filter(|_| wanted.any()) else {
            return Known::default();
        };
        let made = match bytes.as_slice() {
            // What ends before its announced size is not the file.
            Some(slice) if bytes.size() == member.size => {
                let mut digester = Digester::new(wanted);
                digester.update(slice);
                digester.finish()
            }
            Some(_) => Made::default(),
            None if bytes.is_sequential() => member.digests(),
            None => in_pieces(bytes.as_ref(), member.size, wanted, budget).unwrap_or_default(),
        };
        let of_system = is_program(path);
        let sums = [
            made.md5.map(Sum::Md5),
            made.sha1.map(Sum::Sha1),
            made.sha256.map(Sum::Sha256),
        ];
        Known {
            sha256: made.sha256.filter(|_| is_recorded(path)),
            sums: sums.into_iter().flatten().filter(|_| of_system).collect(),
            native: native(path, bytes.as_ref()),
        }
    }
}

fn in_pieces(bytes: &dyn ByteSource, size: u64, wanted: Wanted, budget: &Budget) -> Option<Made> {
    let mut digester = Digester::new(wanted);
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    while at < size {
        budget.check_time().ok()?;
        let filled = read_full(bytes, at, &mut piece).ok()?;
        let part = piece.get(..filled).filter(|part| !part.is_empty())?;
        digester.update(part);
        at = at.saturating_add(chainwright_core::fields::wide(filled));
    }
    Some(digester.finish())
}

fn native(path: &str, bytes: &dyn ByteSource) -> Option<Native> {
    let mut magic = [0; 4];
    let filled = read_full(bytes, 0, &mut magic).ok()?;
    (filled == 4 && magic == *b"\x7fELF").then(|| Native {
        is_stripped: is_recorded(path) && elf::is_stripped_library(bytes),
    })
}

/// Whether a record of a Python package may name the digest of this file.
pub(crate) fn is_recorded(name: &str) -> bool {
    const PLACES: [&str; 3] = ["site-packages/", "dist-packages/", "archive-v0/"];
    let is_program = || {
        let mut folders = name.rsplit('/').skip(1);
        folders.next() == Some("bin") && folders.next().is_some_and(|around| around != "usr")
    };
    PLACES.iter().any(|place| name.contains(place)) || is_program()
}

/// The package manager of the distribution whose release file this is.
fn released_by(path: &str) -> Option<Manager> {
    match path {
        "etc/debian_version" => Some(Manager::Dpkg),
        "etc/alpine-release" => Some(Manager::Apk),
        "etc/redhat-release" | "etc/centos-release" | "etc/fedora-release" => Some(Manager::Rpm),
        _ => None,
    }
}

/// Whether the path is one of a program or a library of the system.
fn is_program(path: &str) -> bool {
    let path = merged(path);
    let Some(rest) = path.strip_prefix("usr/") else {
        return false;
    };
    // npm replaces itself and what it brings, whoever has installed it.
    if path.contains("/node_modules/") {
        return false;
    }
    let Some((folder, inside)) = rest.split_once('/') else {
        return false;
    };
    let name = inside.rsplit('/').next().unwrap_or(inside);
    let is_library = || {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        name.contains(".so.") || matches!(extension, "" | "so" | "py" | "sh" | "pl" | "pm")
    };
    match folder {
        "bin" | "sbin" => true,
        "libexec" => is_library(),
        folder => folder.starts_with("lib") && is_library(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_libraries_of_the_system_are_digested() {
        let cases = [
            ("usr/bin/ls", true),
            ("bin/ls", true),
            ("usr/sbin/x.real", true),
            ("lib/x86_64-linux-gnu/libc.so.6", true),
            ("usr/lib64/libz.so", true),
            ("usr/lib/apt/methods/http", true),
            ("usr/lib/python3/dist-packages/apt/__init__.py", true),
            ("usr/lib/locale/C.utf8/LC_CTYPE", true),
            ("usr/lib/os-release.txt", false),
            ("usr/lib/node_modules/npm/bin/npm-cli.sh", false),
            ("usr/local/bin/x", false),
            ("usr/share/doc/x", false),
            ("etc/profile", false),
            ("opt/bin/x", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_program(path), expected, "{path}");
        }
    }

    #[test]
    fn the_release_file_says_which_digests_are_enough() {
        let all = Wanted {
            sha256: true,
            md5: true,
            sha1: true,
        };
        let cases = [
            ("./etc/debian_version", (false, true, false)),
            ("etc/alpine-release", (false, false, true)),
            ("etc/redhat-release", (true, true, false)),
        ];
        for (release, expected) in cases {
            let digests = Digests::default();
            assert_eq!(digests.wanted("usr/bin/ls"), all);
            assert!(!digests.wanted(release).any());
            let wanted = digests.wanted("./usr/bin/ls");
            assert_eq!((wanted.sha256, wanted.md5, wanted.sha1), expected);
            let python = digests.wanted("usr/local/lib/python3.11/site-packages/a.py");
            assert_eq!(
                (python.sha256, python.md5, python.sha1),
                (true, false, false)
            );
        }
    }
}
