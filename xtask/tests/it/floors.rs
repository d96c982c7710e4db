//! A crate uses only crates of lower floors; crates of one floor don't know each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use toml::Table;

/// Crates that only tests may use.
const DEVELOPMENT_ONLY: [&str; 2] = ["chainwright-testkit", "chainwright-stand-in"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
        .to_owned()
}

fn manifests() -> BTreeMap<String, Table> {
    let folders = fs::read_dir(root().join("crates")).expect("the workspace has crates");
    folders
        .map(|entry| entry.expect("readable folder").path().join("Cargo.toml"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
            let manifest: Table = text.parse().expect("valid manifest");
            let name = manifest["package"]["name"]
                .as_str()
                .expect("named")
                .to_owned();
            (name, manifest)
        })
        .collect()
}

fn floor(manifest: &Table) -> i64 {
    manifest["package"]
        .get("metadata")
        .and_then(|metadata| metadata.get("chainwright")?.get("floor")?.as_integer())
        .expect("every crate states `package.metadata.chainwright.floor`")
}

fn ours<'a>(manifest: &'a Table, section: &str) -> Vec<&'a str> {
    let table = manifest.get(section).and_then(|table| table.as_table());
    let names = table.into_iter().flat_map(|table| table.keys());
    names
        .map(String::as_str)
        .filter(|name| name.starts_with("chainwright-"))
        .collect()
}

#[test]
fn dependencies_point_to_lower_floors() {
    let manifests = manifests();
    assert!(manifests.len() > 10, "{} crates found", manifests.len());
    for (name, manifest) in &manifests {
        for used in ours(manifest, "dependencies") {
            let below = floor(&manifests[used]);
            assert!(below < floor(manifest), "{name} must not depend on {used}");
            assert!(
                !DEVELOPMENT_ONLY.contains(&used),
                "{name} uses {used} outside of tests"
            );
        }
    }
}

#[test]
fn every_crate_takes_the_house_lints() {
    for (name, manifest) in manifests() {
        let lints = &manifest["lints"];
        let inherited = lints.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        let own = lints
            .get("rust")
            .and_then(|rust| rust.get("unsafe_code")?.as_str());
        assert!(inherited || own == Some("forbid"), "{name} takes no lints");
    }
}
