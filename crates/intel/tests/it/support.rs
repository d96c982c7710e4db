//! What the tests share: a folder, small feeds, and the public data if it is there.

use std::path::{Path, PathBuf};

use chainwright_core::package::{Ecosystem, Package};
use chainwright_intel::{Changes, IntelError, Store, Update, update};
use tempfile::TempDir;

/// 2026-11-22.
pub(crate) const NOW: i64 = 20_779 * 86_400;

/// A folder with a store to be.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("intel.db")
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn update(&self, from: &[String]) -> Result<Changes, IntelError> {
        self.update_at(from, NOW)
    }

    pub(crate) fn update_at(&self, from: &[String], now: i64) -> Result<Changes, IntelError> {
        update(&self.store(), &options(from, now))
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.store()).unwrap()
    }
}

pub(crate) fn options(from: &[String], now: i64) -> Update<'_> {
    Update {
        from,
        now,
        key: None,
        signature: None,
        popular: Ecosystem::PyPi,
        allow_older: false,
        download: None,
    }
}

pub(crate) fn pin(name: &str, version: &str) -> Package {
    Package::new(Ecosystem::PyPi, name, Some(version))
}

/// An OSV record of one package with one range.
pub(crate) fn record(id: &str, name: &str, fixed: &str, modified: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "{modified}", "published": "2025-01-01T00:00:00Z", "aliases": ["CVE-2025-{id}"], "summary": "words about {name}",
        "affected": [{{"package": {{"ecosystem": "PyPI", "name": "{name}"}}, "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
    )
}

/// A file of the public data; says so where it is absent.
pub(crate) fn data(name: &str) -> Option<String> {
    let here = std::env::var_os("CHAINWRIGHT_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = here.unwrap_or(beside).join(name);
    if path.exists() {
        Some(path.to_str().unwrap().to_owned())
    } else {
        eprintln!("skipped: there is no `{}`", path.display());
        None
    }
}
