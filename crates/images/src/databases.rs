//! What package managers say is installed.
//!
//! Each reader takes the bytes of one database and answers with packages whose `distribution` is empty: which
//! distribution they belong to is known once `os-release` of the same file system was read.

pub mod apk;
pub mod dpkg;
pub mod files;
pub mod ndb;
pub mod rpm;
pub mod sqlite;
pub mod sums;

use chainwright_core::location::Place;
use chainwright_core::package::Package;
use chainwright_core::problem::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};

/// Packages of one database that are kept.
const MOST_PACKAGES: usize = 100_000;

/// Files of the packages of one database that are kept.
const MOST_FILES: usize = 2_000_000;

/// A database of installed packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Database {
    /// `var/lib/dpkg/status`, or a file of `var/lib/dpkg/status.d`.
    Dpkg,
    /// `var/lib/dpkg/info/PACKAGE.list`, or `PACKAGE.md5sums` of `status.d`: the files of one package.
    DpkgFiles,
    /// `var/lib/dpkg/info/PACKAGE.md5sums`: the digests of the files of one package.
    DpkgSums,
    /// `var/lib/dpkg/diversions`: files that were put aside for others.
    DpkgDiversions,
    /// `lib/apk/db/installed`.
    Apk,
    /// `rpmdb.sqlite`.
    RpmSqlite,
    /// `Packages.db`, the format of SUSE.
    RpmNdb,
    /// `Packages`, the Berkeley database of older systems; it is recognised, not read.
    RpmBerkeley,
}

impl Database {
    /// The folder that holds the file system, from the path of one of its databases; it ends with `/` unless empty.
    #[must_use]
    pub fn root_of(path: &str) -> Option<&str> {
        const FOLDERS: [&str; 4] = [
            "var/lib/dpkg/",
            "lib/apk/db/",
            "var/lib/rpm/",
            "usr/lib/sysimage/rpm/",
        ];
        Self::of_path(path)?;
        let at = FOLDERS
            .iter()
            .filter_map(|folder| path.rfind(folder))
            .max()?;
        let root = path.get(..at)?;
        Some(
            root.strip_suffix("usr/")
                .filter(|_| path.contains("usr/lib/apk/"))
                .unwrap_or(root),
        )
    }

    /// The database that a path of a file system names; content is checked by its reader.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let (folder, name) = path.rsplit_once('/')?;
        let is_below = |expected: &str| {
            folder == expected
                || folder
                    .strip_suffix(expected)
                    .is_some_and(|rest| rest.ends_with('/'))
        };
        let is_rpm = is_below("var/lib/rpm") || is_below("usr/lib/sysimage/rpm");
        match name {
            "status" if is_below("var/lib/dpkg") => Some(Self::Dpkg),
            name if is_below("var/lib/dpkg/info") && name.ends_with(".list") => {
                Some(Self::DpkgFiles)
            }
            name if is_below("var/lib/dpkg/info") && name.ends_with(".md5sums") => {
                Some(Self::DpkgSums)
            }
            "diversions" if is_below("var/lib/dpkg") => Some(Self::DpkgDiversions),
            name if is_below("var/lib/dpkg/status.d") && name.ends_with(".md5sums") => {
                Some(Self::DpkgFiles)
            }
            name if is_below("var/lib/dpkg/status.d") && !name.ends_with(".md5sums") => {
                Some(Self::Dpkg)
            }
            "installed" if is_below("lib/apk/db") => Some(Self::Apk),
            "rpmdb.sqlite" if is_rpm => Some(Self::RpmSqlite),
            "Packages.db" if is_rpm => Some(Self::RpmNdb),
            "Packages" if is_rpm => Some(Self::RpmBerkeley),
            _ => None,
        }
    }
}

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledPackage {
    /// Its name and version; for dpkg with epoch and revision, for rpm as `EPOCH:VERSION-RELEASE` without epoch 0.
    pub package: Package,
    /// The processor that it is built for.
    pub architecture: String,
    /// The source package, by which distributions file their advisories; equal to the package if it names none.
    pub source: String,
    /// The version of the source package.
    pub source_version: String,
    /// The licence as written; often absent.
    pub licence: String,
    /// Who looks after it.
    pub maintainer: String,
}

/// What a database lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledFacts {
    /// Whose it is.
    pub database: Database,
    /// The packages, in the order of the database.
    pub packages: Vec<InstalledPackage>,
    /// The files that the packages have put into the file system, without leading `/`; folders may be among them.
    pub files: Vec<String>,
    /// The digests of these files, as far as the database records them.
    pub sums: Vec<sums::FileSum>,
    /// Files that lie elsewhere because another package or the administrator has taken their place.
    pub diverted: Vec<String>,
    /// What was broken.
    pub problems: Vec<Problem>,
}

impl InstalledFacts {
    fn new(database: Database) -> Self {
        Self {
            database,
            packages: Vec::new(),
            files: Vec::new(),
            sums: Vec::new(),
            diverted: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn push_file(&mut self, path: &str) {
        push_path(path, &mut self.files);
    }

    fn push_diverted(&mut self, path: &str) {
        push_path(path, &mut self.diverted);
    }

    fn push_sum(&mut self, path: &str, sum: sums::Sum) {
        let path = without_root(path);
        if !path.is_empty() && self.sums.len() < MOST_FILES {
            let path = path.to_owned();
            self.sums.push(sums::FileSum { path, sum });
        }
    }

    fn push(&mut self, package: InstalledPackage) {
        if self.packages.len() < MOST_PACKAGES {
            self.packages.push(package);
        } else if self.packages.len() == MOST_PACKAGES && self.problems.is_empty() {
            self.trouble(
                ProblemKind::LimitReached,
                "the database lists too many packages",
            );
        }
    }

    fn trouble(&mut self, kind: ProblemKind, detail: impl Into<String>) {
        if self.problems.len() < 16 {
            self.problems.push(Problem::new(kind, Place::Whole, detail));
        }
    }
}

fn without_root(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

fn push_path(path: &str, paths: &mut Vec<String>) {
    let path = without_root(path);
    if !path.is_empty() && paths.len() < MOST_FILES {
        paths.push(path.to_owned());
    }
}

/// Reads a database.
#[must_use]
pub fn read(database: Database, bytes: &[u8]) -> InstalledFacts {
    match database {
        Database::Dpkg => dpkg::read(bytes),
        Database::DpkgFiles => files::read(bytes),
        Database::DpkgSums => sums::read(bytes),
        Database::DpkgDiversions => sums::read_diversions(bytes),
        Database::Apk => apk::read(bytes),
        Database::RpmSqlite => rpm::read_sqlite(bytes),
        Database::RpmNdb => rpm::read_ndb(bytes),
        Database::RpmBerkeley => {
            let mut facts = InstalledFacts::new(database);
            facts.trouble(
                ProblemKind::Unsupported,
                "a Berkeley database of rpm: its packages were not read",
            );
            facts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_known_by_their_place() {
        let cases = [
            ("var/lib/dpkg/status", Some(Database::Dpkg)),
            ("./var/lib/dpkg/status.d/base", Some(Database::Dpkg)),
            (
                "var/lib/dpkg/status.d/base.md5sums",
                Some(Database::DpkgFiles),
            ),
            (
                "rootfs/var/lib/dpkg/info/libc6:amd64.list",
                Some(Database::DpkgFiles),
            ),
            (
                "var/lib/dpkg/info/libc6:amd64.md5sums",
                Some(Database::DpkgSums),
            ),
            ("var/lib/dpkg/diversions", Some(Database::DpkgDiversions)),
            ("var/lib/dpkg/info/libc6:amd64.postinst", None),
            ("rootfs/lib/apk/db/installed", Some(Database::Apk)),
            ("usr/lib/apk/db/installed", Some(Database::Apk)),
            (
                "usr/lib/sysimage/rpm/rpmdb.sqlite",
                Some(Database::RpmSqlite),
            ),
            ("var/lib/rpm/Packages.db", Some(Database::RpmNdb)),
            ("var/lib/rpm/Packages", Some(Database::RpmBerkeley)),
            ("status", None),
            ("xvar/lib/dpkg/status", None),
            ("srv/status", None),
        ];
        for (path, expected) in cases {
            assert_eq!(Database::of_path(path), expected, "{path}");
        }
    }
    #[test]
    fn databases_tell_where_their_file_system_begins() {
        let cases = [
            ("var/lib/dpkg/status", Some("")),
            (
                "image/rootfs/var/lib/dpkg/info/bash.list",
                Some("image/rootfs/"),
            ),
            ("rootfs/lib/apk/db/installed", Some("rootfs/")),
            ("usr/lib/apk/db/installed", Some("")),
            ("mnt/usr/lib/sysimage/rpm/rpmdb.sqlite", Some("mnt/")),
            ("srv/status", None),
        ];
        for (path, expected) in cases {
            assert_eq!(Database::root_of(path), expected, "{path}");
        }
    }
}
