//! Real output of real libraries, made by `tests/real/make_benign.py`: nothing at or above the gate on at least
//! 99 % of the files, nothing high on any.
//!
//! Runs where `CHAINWRIGHT_REAL` names the folder, as `make test` does; says so where it doesn't.

use std::path::{Path, PathBuf};

use chainwright_analysis::Rule;
use chainwright_core::finding::Finding;
use chainwright_core::severity::Severity;
use chainwright_rules::ALL;

use crate::harness::findings;

/// The paths of `labels.tsv`: label, class, name, path.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let index = std::fs::read_to_string(folder.join("labels.tsv")).expect("readable index");
    let rows = index
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(3));
    rows.map(|path| folder.join(path)).collect()
}

fn describe(path: &Path, finding: &Finding) -> String {
    let (severity, rule, message) = (finding.severity, finding.rule, &finding.message);
    format!("{severity} {rule} {}: {message}", path.display())
}

#[test]
fn honest_files_of_real_libraries_stay_below_the_gate() {
    let Some(folder) = std::env::var_os("CHAINWRIGHT_REAL").map(PathBuf::from) else {
        eprintln!("skipped: CHAINWRIGHT_REAL names no folder, run `make test`");
        return;
    };
    let rules: Vec<&'static Rule> = ALL.iter().map(|entry| entry.rule).collect();
    let paths = listed(&folder);
    assert!(paths.len() >= 300, "only {} files", paths.len());
    let mut over = Vec::new();
    for path in &paths {
        let name = path
            .strip_prefix(&folder)
            .expect("below")
            .to_string_lossy()
            .into_owned();
        let bytes = std::fs::read(path).expect("readable file");
        let found = findings(&vec![(name, bytes)], &rules);
        let worst = found.iter().max_by_key(|finding| finding.severity);
        over.extend(
            worst
                .filter(|worst| worst.severity >= Severity::Medium)
                .map(|worst| (path, worst.clone())),
        );
    }
    let shown: Vec<String> = over
        .iter()
        .map(|(path, finding)| describe(path, finding))
        .collect();
    let high = over
        .iter()
        .filter(|(_, finding)| finding.severity >= Severity::High)
        .count();
    assert_eq!(high, 0, "{shown:#?}");
    assert!(
        over.len() * 100 <= paths.len(),
        "{} of {}: {shown:#?}",
        over.len(),
        paths.len()
    );
}
