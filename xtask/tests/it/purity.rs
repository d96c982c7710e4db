//! Pure crates know no files, no network, no clock, no environment.

use std::fs;
use std::path::Path;

use crate::floors::root;

const PURE: [&str; 32] = [
    "core",
    "formats",
    "containers",
    "pickle",
    "code",
    "templates",
    "repository",
    "networks",
    "keras",
    "classical",
    "runtimes",
    "weights",
    "tensors",
    "lineage",
    "adapters",
    "architecture",
    "attestations",
    "packages",
    "names",
    "advisories",
    "dependencies",
    "boms",
    "oms",
    "images",
    "agents",
    "provenance",
    "referrers",
    "proofs",
    "analysis",
    "composition",
    "rules",
    "score",
];

const FORBIDDEN: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::time::Instant",
    "SystemTime::now",
    "tokio",
    "rand::",
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("readable source");
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn pure_crates_touch_nothing_outside() {
    for name in PURE {
        let mut found = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut found);
        assert!(!found.is_empty(), "{name} has no sources");
        for (path, text) in found {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                let used = FORBIDDEN
                    .iter()
                    .find(|word| line.starts_with("use ") && line.contains(*word));
                assert_eq!(used, None, "{path}: {line}");
            }
        }
    }
}
