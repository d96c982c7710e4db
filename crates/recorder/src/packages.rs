//! The packages that a Python command can import, without running it.

use std::fs;
use std::path::{Path, PathBuf};

use chainwright_core::package::Ecosystem;
use chainwright_packages::name::normalise;
use chainwright_provenance::{Descriptor, Digests};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Packages beyond this number are left out.
const MOST: usize = 20_000;

/// A `RECORD` larger than this is not measured, in bytes.
const LARGEST_RECORD: u64 = 64 * 1024 * 1024;

/// The folder with the packages of an environment: `VIRTUAL_ENV` or `CONDA_PREFIX`, else that of the program `python3`
/// on `PATH`.
#[must_use]
pub fn site_packages(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let prefix = variable("VIRTUAL_ENV")
        .or_else(|| variable("CONDA_PREFIX"))
        .map(PathBuf::from)
        .or_else(|| prefix_of_program(&variable("PATH")?))?;
    let mut found: Vec<PathBuf> = fs::read_dir(prefix.join("lib"))
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("python3")
        })
        .map(|path| path.join("site-packages"))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found.pop()
}

fn prefix_of_program(path: &str) -> Option<PathBuf> {
    let folders = path.split(':').filter(|folder| folder.starts_with('/'));
    let mut programs = folders.map(|folder| Path::new(folder).join("python3"));
    let program = programs.find(|program| program.is_file())?;
    // An environment of `venv` is told by its own folder; the program in it is a link to another place.
    let prefix = program.parent()?.parent()?;
    Some(prefix.to_owned())
}

/// What is installed in a folder, by the `*.dist-info` folders in it, in the order of their names. The digest is that of
/// the package's `RECORD`: it changes when a file of the package does.
#[must_use]
pub fn installed(folder: &Path) -> Vec<Descriptor> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<(String, Descriptor)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_string_lossy().into_owned();
            let (name, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
            let name = normalise(Ecosystem::PyPi, name);
            let uri = format!("pkg:pypi/{name}@{}", version.replace('+', "%2B"));
            let mut package = Descriptor::of_uri(uri.clone());
            if let Some(digest) = record(&path.join("RECORD")) {
                let note = Value::from(format!("sha256:{digest}"));
                package.annotations.insert("record".to_owned(), note);
            }
            Some((uri, package))
        })
        .take(MOST)
        .collect();
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found.dedup_by(|left, right| left.0 == right.0);
    found.into_iter().map(|(_, package)| package).collect()
}

fn record(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).ok()?.len() <= LARGEST_RECORD;
    let bytes = is_small.then(|| fs::read(path).ok()).flatten()?;
    let digest = Sha256::digest(&bytes);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Packages as one digest, for whoever only wants to know whether they are the same.
#[must_use]
pub fn together(packages: &[Descriptor]) -> Digests {
    let mut hasher = Sha256::new();
    for package in packages {
        hasher.update(package.write().to_string().as_bytes());
        hasher.update(b"\n");
    }
    let digest = hasher.finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Digests::sha256(&hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_are_told_by_name_version_and_record() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("lib/python3.12/site-packages");
        for name in ["Flask_Cors-5.0.0.dist-info", "torch-2.1.0+cu118.dist-info"] {
            fs::create_dir_all(site.join(name)).unwrap();
        }
        fs::write(site.join("Flask_Cors-5.0.0.dist-info/RECORD"), "a,,\n").unwrap();
        fs::create_dir_all(site.join("torch")).unwrap();
        let root = folder.path().to_string_lossy().into_owned();
        let found = site_packages(&|name| (name == "VIRTUAL_ENV").then(|| root.clone())).unwrap();
        assert_eq!(found, site);
        let packages = installed(&site);
        let uris: Vec<_> = packages
            .iter()
            .filter_map(|package| package.uri.as_deref())
            .collect();
        assert_eq!(
            uris,
            ["pkg:pypi/flask-cors@5.0.0", "pkg:pypi/torch@2.1.0%2Bcu118"]
        );
        assert!(packages[0].annotations.contains_key("record"));
        let before = together(&packages);
        fs::write(site.join("Flask_Cors-5.0.0.dist-info/RECORD"), "b,,\n").unwrap();
        assert_ne!(together(&installed(&site)), before);
    }
}
