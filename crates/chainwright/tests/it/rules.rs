//! The verbs around rules, completions and the manual.

use crate::World;

#[test]
fn rules_are_listed_explained_and_counted() {
    let world = World::new();
    let list = world.run(&["rules", "list"]).out();
    assert!(list.contains("pickle-code-execution"), "{list}");
    let training = world.run(&["rules", "list", "--stage", "training"]).out();
    assert!(
        !training.contains("pickle-code-execution") && training.contains("adapter-base-unpinned")
    );
    let page = world
        .run(&["rules", "explain", "pickle-code-execution"])
        .out();
    assert!(
        page.contains("## Why it matters") && page.contains("cwe:CWE-502"),
        "{page}"
    );
    let coverage = world.run(&["rules", "coverage", "owasp-llm-2025"]).out();
    assert!(
        coverage.contains("LLM03") && coverage.contains("gap"),
        "{coverage}"
    );
    assert_eq!(world.run(&["rules", "coverage", "unknown"]).code(), Some(2));
}

#[test]
fn completions_and_manual_are_printed() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = world.run(&["completions", shell]);
        assert_eq!(run.code(), Some(0));
        assert!(run.out().contains("chainwright"), "{shell}");
    }
    let manual = world.run(&["man"]).out();
    assert!(
        manual.contains(".TH chainwright") && manual.contains("fail\\-on"),
        "{manual}"
    );
}
