//! `cargo xtask new-rule STAGE NAME`: the skeleton of a rule, ready to be filled in.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use chainwright_core::stage::Stage;

/// Writes the rule file and its fixture folders below `root`; refuses to overwrite.
pub(crate) fn run(root: &Path, stage: &str, name: &str) -> Result<()> {
    let stage: Stage = stage.parse()?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ensure!(
        name.bytes().all(is_plain) && name.starts_with(|first: char| first.is_ascii_lowercase()),
        "`{name}` is no name for a rule: use lower-case words with hyphens, such as licence-missing"
    );
    let rules = root.join("crates/rules");
    let file = rules.join(format!("src/{stage}/{}.rs", name.replace('-', "_")));
    ensure!(!file.exists(), "{} exists already", file.display());
    write(&file, &skeleton(stage, name))?;
    for kind in ["bad", "good"] {
        let folder = rules.join(format!("fixtures/{stage}/{name}/{kind}"));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn skeleton(stage: Stage, name: &str) -> String {
    let variant: String = stage.as_str().char_indices().map(capital).collect();
    format!(
        r#"//! One sentence: what was found if this rule fires.
//!
//! ## Why it matters
//!
//! What an attacker gains, or what goes wrong.
//!
//! ## What to do
//!
//! The shortest way to be safe.
//!
//! ## Limits
//!
//! What looks the same and is honest; what is not seen.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{{Check, Rule, Sink, Status}};
use chainwright_core::controls::owasp_llm_2025;
use chainwright_core::severity::{{Confidence, Severity}};
use chainwright_core::stage::Stage;

pub(crate) static RULE: Rule = Rule {{
    id: "{name}",
    stage: Stage::{variant},
    summary: "what was found, in a few words",
    severity: Severity::Low,
    remedy: "what to do, in one line",
    status: Status::Preview {{ since: "{version}" }},
    controls: &[owasp_llm_2025::LLM03],
    check: Check::Artifact(check),
}};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {{
    if artifact.location.file_name() == "replace-this-condition" {{
        sink.report(Confidence::High, "what was found here", Vec::new());
    }}
}}
"#,
        version = env!("CARGO_PKG_VERSION"),
    )
}

fn capital((index, letter): (usize, char)) -> char {
    if index == 0 {
        letter.to_ascii_uppercase()
    } else {
        letter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skeleton_is_written_once_and_only_for_good_names() {
        let root = tempfile::tempdir().expect("writable");
        run(root.path(), "packaging", "licence-missing").expect("a good name");
        let rules = root.path().join("crates/rules");
        let text =
            fs::read_to_string(rules.join("src/packaging/licence_missing.rs")).expect("written");
        assert!(text.contains("id: \"licence-missing\""));
        assert!(text.contains("Stage::Packaging"));
        assert!(
            rules
                .join("fixtures/packaging/licence-missing/good")
                .is_dir()
        );
        assert!(run(root.path(), "packaging", "licence-missing").is_err());
        for (stage, name) in [
            ("nowhere", "x"),
            ("data", "../x"),
            ("data", "Upper"),
            ("data", ""),
        ] {
            assert!(run(root.path(), stage, name).is_err(), "{stage} {name}");
        }
    }
}
