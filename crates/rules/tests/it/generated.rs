//! Writes what follows from the rule files: the registry, the stage modules and the documentation pages.
//!
//! When something had to be written, the test fails once to show it; run it again and commit everything.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chainwright_analysis::{RuleEntry, Status};
use chainwright_core::stage::Stage;
use chainwright_rules::ALL;

use crate::harness::{entries, here};

const NOTICE: &str =
    "// Written by the tests of this crate from the files beside it; do not edit.\n";

/// The names of the rule files of a stage, without `.rs`.
fn rule_files(stage: Stage) -> Vec<String> {
    let files = entries(&here().join("src").join(stage.as_str()));
    let stems = files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"));
    stems
        .map(|path| {
            path.file_stem()
                .expect("named")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn registry() -> String {
    let mut text = format!("//! Every rule.\n{NOTICE}\nuse chainwright_analysis::RuleEntry;\n\n");
    let stages = Stage::ALL
        .into_iter()
        .filter(|stage| !rule_files(*stage).is_empty());
    for stage in stages.clone() {
        let _ = writeln!(text, "#[path = \"../{stage}\"]\nmod {stage} {{");
        text.push_str("    //! The rules of this stage.\n");
        for name in rule_files(stage) {
            let _ = writeln!(
                text,
                "    #[path = \"{name}.rs\"]\n    pub(super) mod {name};"
            );
        }
        text.push_str("}\n");
    }
    text.push_str("\n/// Every rule, by stage and name.\npub static ALL: &[RuleEntry] = &[\n");
    for stage in stages {
        for name in rule_files(stage) {
            let _ = writeln!(
                text,
                "    RuleEntry {{\n        rule: &{stage}::{name}::RULE,\n        source: include_str!(\"../{stage}/{name}.rs\"),\n    }},"
            );
        }
    }
    text.push_str("];\n");
    text
}

fn page(entry: &RuleEntry) -> String {
    let rule = entry.rule;
    let status = match rule.status {
        Status::Preview { since } => format!("preview since {since}"),
        Status::Stable { since } => format!("stable since {since}"),
    };
    let controls: Vec<String> = rule
        .controls
        .iter()
        .map(|control| format!("[{control}]({}) {}", control.url, control.title))
        .collect();
    format!(
        "# {}\n\n{} · {} · {status}\n\n{}\n## Controls\n\n- {}\n",
        rule.id,
        rule.stage,
        rule.severity,
        entry.page(),
        controls.join("\n- ")
    )
}

fn index() -> String {
    let mut text =
        "# Rules\n\nWritten from the rule files by `cargo test -p chainwright-rules`.\n".to_owned();
    for stage in Stage::ALL {
        let of_stage: Vec<_> = ALL
            .iter()
            .filter(|entry| entry.rule.stage == stage)
            .collect();
        if of_stage.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n## {stage}\n\n| rule | severity | finds |\n| --- | --- | --- |"
        );
        for entry in of_stage {
            let rule = entry.rule;
            let _ = writeln!(
                text,
                "| [{0}]({stage}/{0}.md) | {1} | {2} |",
                rule.id, rule.severity, rule.summary
            );
        }
    }
    text
}

/// Writes a file if its content differs; returns whether it did.
fn keep(path: &Path, text: &str) -> bool {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return false;
    }
    fs::create_dir_all(path.parent().expect("below the workspace")).expect("writable workspace");
    fs::write(path, text).expect("writable workspace");
    true
}

#[test]
fn registry_and_documentation_are_current() {
    let docs = here().join("../../docs/rules");
    let mut files: Vec<(PathBuf, String)> = vec![
        (here().join("src/generated/registry.rs"), registry()),
        (docs.join("README.md"), index()),
    ];
    for entry in ALL {
        let path = docs
            .join(entry.rule.stage.as_str())
            .join(format!("{}.md", entry.rule.id));
        files.push((path, page(entry)));
    }
    let written: Vec<String> = files
        .iter()
        .filter(|(path, text)| keep(path, text))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(
        written.is_empty(),
        "written, look at it and run again: {written:#?}"
    );
}

#[test]
fn rules_are_named_like_their_files_and_documented() {
    for stage in Stage::ALL {
        for name in rule_files(stage) {
            let id = name.replace('_', "-");
            let entry = ALL.iter().find(|entry| entry.rule.id == id);
            let entry = entry.unwrap_or_else(|| panic!("{stage}/{name}.rs holds no rule `{id}`"));
            assert_eq!(entry.rule.stage, stage, "{id}");
            let page = entry.page();
            for heading in ["## Why it matters", "## What to do", "## Limits"] {
                assert!(page.contains(heading), "{id} lacks `{heading}`");
            }
            assert!(!entry.rule.controls.is_empty(), "{id} names no control");
        }
    }
}

#[test]
fn no_page_is_left_of_a_rule_that_is_gone() {
    for stage in Stage::ALL {
        for path in entries(&here().join("../../docs/rules").join(stage.as_str())) {
            let name = path
                .file_stem()
                .expect("named")
                .to_string_lossy()
                .into_owned();
            assert!(
                ALL.iter().any(|entry| entry.rule.id == name),
                "{} is stale",
                path.display()
            );
        }
    }
}
