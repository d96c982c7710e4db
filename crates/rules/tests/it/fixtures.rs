//! Every rule fires on each of its bad fixtures and is quiet on each of its good ones.
//!
//! `fixtures/STAGE/RULE/bad/CASE…` and `good/CASE…`: a case is one file, or a folder with the files of a small
//! repository. What the rule says about the bad cases is kept as a snapshot beside them.

use std::fmt::Write as _;
use std::path::Path;

use chainwright_analysis::Rule;
use chainwright_rules::ALL;

use crate::harness::{Files, entries, findings, here, read_folder};

fn case(path: &Path) -> Files {
    if path.is_dir() {
        return read_folder(path);
    }
    let folder = path.parent().expect("fixtures lie in folders");
    let name = path
        .file_name()
        .expect("named")
        .to_string_lossy()
        .into_owned();
    let built = name.strip_suffix(".recipe").unwrap_or(&name).to_owned();
    read_folder(folder)
        .into_iter()
        .filter(|(found, _)| *found == built)
        .collect()
}

fn said(rule: &'static Rule, path: &Path) -> String {
    let mut text = String::new();
    for finding in findings(&case(path), &[rule]) {
        let (severity, confidence) = (finding.severity, finding.confidence);
        let _ = writeln!(
            text,
            "  {severity} ({confidence}) {}",
            finding.subject.location
        );
        let _ = writeln!(text, "    {}", finding.message);
        for evidence in &finding.evidence {
            let _ = writeln!(text, "    - {}: {}", evidence.place, evidence.text);
        }
    }
    text
}

#[test]
fn rules_fire_on_bad_fixtures_and_stay_quiet_on_good_ones() {
    for entry in ALL {
        let rule = entry.rule;
        let folder = here()
            .join("fixtures")
            .join(rule.stage.as_str())
            .join(rule.id);
        let (bad, good) = (entries(&folder.join("bad")), entries(&folder.join("good")));
        assert!(!bad.is_empty(), "{} has no bad fixture", rule.id);
        assert!(!good.is_empty(), "{} has no good fixture", rule.id);
        let mut snapshot = String::new();
        for path in bad {
            let name = path
                .file_name()
                .expect("named")
                .to_string_lossy()
                .into_owned();
            let text = said(rule, &path);
            assert!(!text.is_empty(), "{} is quiet on bad/{name}", rule.id);
            let _ = writeln!(snapshot, "{name}\n{text}");
        }
        for path in good {
            let text = said(rule, &path);
            assert!(
                text.is_empty(),
                "{} fires on {}:\n{text}",
                rule.id,
                path.display()
            );
        }
        insta::with_settings!({
            snapshot_path => folder,
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("said", snapshot);
        });
    }
}

#[test]
fn every_fixture_belongs_to_a_rule() {
    for stage in entries(&here().join("fixtures")) {
        for folder in entries(&stage) {
            let name = folder
                .file_name()
                .expect("named")
                .to_string_lossy()
                .into_owned();
            assert!(
                ALL.iter().any(|entry| entry.rule.id == name),
                "no rule `{name}`"
            );
        }
    }
}
