//! The labelled corpus: every hostile case shows in the facts, no honest one does. What deserves a finding is decided
//! by rules; `reasons` is the mildest reasonable choice of them.

use chainwright_dependencies::{
    Declared, IndexRole, ManifestFacts, Pinning, ScriptHook, Source, read, recognise,
};
use chainwright_testkit::corpus::{Label, dependencies::cases};

use super::budget;

fn is_plain_http(url: &str) -> bool {
    url.starts_with("http://")
        && !url.starts_with("http://127.")
        && !url.starts_with("http://localhost")
}

fn is_loose(declared: &Declared) -> bool {
    match (&declared.source, declared.pinning) {
        // A branch floats, which is careless and not hostile.
        (_, Pinning::Vcs { .. }) => false,
        (Source::Url(url), _) => is_plain_http(url) || !declared.is_hashed(),
        _ => false,
    }
}

fn reasons(facts: &ManifestFacts) -> Vec<String> {
    let mut reasons = Vec::new();
    for index in &facts.indexes {
        let is_risky = matches!(index.role, IndexRole::Extra | IndexRole::TrustedHost);
        if is_risky || is_plain_http(&index.url) {
            reasons.push(format!("{:?} {}", index.role, index.url));
        }
    }
    for declared in facts.packages.iter().filter(|declared| is_loose(declared)) {
        reasons.push(format!("{:?} {}", declared.pinning, declared.requirement));
    }
    for setting in &facts.settings {
        let is_unsafe = setting.key == "index-strategy" && setting.value.starts_with("unsafe");
        let is_unchecked = setting.key == "allow-unauthenticated"
            || (setting.key == "strict-ssl" && setting.value == "false");
        if is_unsafe || is_unchecked {
            reasons.push(setting.key.clone());
        }
    }
    for script in &facts.scripts {
        let is_fetching = ["curl", "eval(", "-enc"]
            .iter()
            .any(|sign| script.command.contains(sign));
        if script.hook == ScriptHook::Install && is_fetching {
            reasons.push(script.command.clone());
        }
    }
    reasons
}

#[test]
fn hostile_cases_show_in_the_facts_and_honest_ones_do_not() {
    let cases = cases();
    let hostile = cases
        .iter()
        .filter(|case| case.label == Label::Malicious)
        .count();
    assert!(hostile >= 40 && cases.len() >= hostile.saturating_add(15));
    let mut wrong = Vec::new();
    for case in cases {
        let (path, bytes) = &case.files[0];
        let Some(kind) = recognise(path, bytes) else {
            panic!("{} is not recognised", case.name)
        };
        let reasons = reasons(&read(kind, bytes, &budget()));
        if reasons.is_empty() == (case.label == Label::Malicious) {
            wrong.push(format!("{}/{}: {reasons:?}", case.class, case.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
