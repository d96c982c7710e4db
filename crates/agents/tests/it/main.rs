//! Whatever the bytes are: no panic, the same facts, and nothing that a fact must not hold.

use std::collections::BTreeSet;

use chainwright_agents::clients::{Base, CLIENTS};
use chainwright_agents::{Bundle, Scope, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_testkit::corpus::Label;
use chainwright_testkit::corpus::agents::cases;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

fn read(path: &str, text: &str) -> Option<Bundle> {
    let found = recognise(path, text.as_bytes())?;
    Some(chainwright_agents::read(
        found,
        text,
        &Budget::untimed(Limits::default()),
    ))
}

#[test]
fn every_hostile_case_of_the_corpus_is_recognised_and_says_something() {
    for case in cases() {
        for (path, bytes) in &case.files {
            let text = String::from_utf8_lossy(bytes);
            let bundle = read(path, &text);
            let says = bundle.is_some_and(|bundle| !bundle.is_empty());
            let (class, name) = (case.class, &case.name);
            assert!(
                says || case.label == Label::Benign,
                "{class}/{name}: {path} says nothing"
            );
        }
    }
}

#[test]
fn the_corpus_holds_what_the_figures_say() {
    let all = cases();
    let bad = all.iter().filter(|case| case.label == Label::Malicious);
    // docs/accuracy.md names both.
    assert_eq!((bad.count(), all.len()), (133, 208));
}

#[test]
fn cut_at_every_byte_nothing_breaks() {
    // One case for each kind of file.
    let mut seen = BTreeSet::new();
    for case in cases() {
        for (path, bytes) in &case.files {
            if !seen.insert(path.clone()) {
                continue;
            }
            for end in 0..bytes.len() {
                let text = String::from_utf8_lossy(&bytes[..end]);
                let first = read(path, &text);
                if end % 16 == 0 {
                    assert_eq!(first, read(path, &text), "{path} cut at {end}");
                }
            }
        }
    }
}

#[test]
fn no_fact_holds_a_whole_credential() {
    let secret = format!("{}{}", "q8Zt2LmX7vRk", "4NpS9wYb3HcD");
    for case in cases() {
        for (path, bytes) in &case.files {
            let Some(bundle) = read(path, &String::from_utf8_lossy(bytes)) else {
                continue;
            };
            let written = serde_json::to_string(&bundle).unwrap();
            assert!(!written.contains(&secret), "{}: {written}", case.name);
        }
    }
}

#[test]
fn facts_survive_being_written_and_read() {
    for case in cases() {
        for (path, bytes) in &case.files {
            if let Some(bundle) = read(path, &String::from_utf8_lossy(bytes)) {
                let written = serde_json::to_string(&bundle).unwrap();
                let again: Bundle = serde_json::from_str(&written).unwrap();
                assert_eq!(bundle, again);
            }
        }
    }
}

#[test]
fn the_files_of_every_client_are_recognised_where_they_lie() {
    for entry in CLIENTS {
        for file in entry.files {
            let (path, scope) = match file.base {
                Base::Home => (format!("/home/ada/{}", file.path), Scope::User),
                Base::Config => (format!("/home/ada/.config/{}", file.path), Scope::User),
                Base::LocalAppData => (
                    format!("C:/Users/ada/AppData/Local/{}", file.path),
                    Scope::User,
                ),
                Base::System => (file.path.to_owned(), Scope::Managed),
                Base::Project => (format!("work/project/{}", file.path), Scope::Project),
            };
            let found = recognise(&path, b"{}").unwrap();
            assert_eq!(found.scope, scope, "{path}");
            // Two clients may share a place; then the more exact or the first one counts.
            assert!(found.client.is_some(), "{path}");
        }
    }
}

#[test]
fn deep_and_long_input_ends() {
    for path in [
        ".mcp.json",
        "openapi.yaml",
        ".codex/config.toml",
        "SKILL.md",
        ".env",
    ] {
        for piece in [
            "[", "{\"a\":", "- ", "a = [", "!`", "\"", "a:\n ", "&a [*a, ",
        ] {
            let text = format!("---\n{}", piece.repeat(50_000));
            assert_eq!(read(path, &text), read(path, &text), "{path} {piece}");
        }
    }
    let many: Vec<String> = (0..5_000)
        .map(|number| format!("\"s{number}\": {{\"command\": \"sh\", \"args\": [\"-c\", \"x\"]}}"))
        .collect();
    let text = format!("{{\"mcpServers\": {{{}}}}}", many.join(","));
    assert!(read(".mcp.json", &text).unwrap().servers.len() <= 2_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_the_same_facts_twice(
        path in prop::sample::select(vec![
            ".mcp.json", ".codex/config.toml", ".continue/config.yaml", "SKILL.md", ".envrc",
            ".vscode/tasks.json", ".devcontainer/devcontainer.json", "openapi.yaml", "server.json",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(read(path, &text), read(path, &text));
    }

    #[test]
    fn corpus_texts_with_a_changed_byte_are_read(index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let cases = cases();
        let case = index.get(&cases);
        let (path, bytes) = &case.files[0];
        let mut bytes = bytes.clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(read(path, &text), read(path, &text));
    }
}
