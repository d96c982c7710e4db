//! The labelled corpus through every reader, weighed as rules are expected to weigh the facts.

use chainwright_core::limits::Limits;
use chainwright_repository::hazard::DownloadOrigin;
use chainwright_repository::hidden_text::{self, HiddenKind};
use chainwright_repository::secrets::{self, Certainty};
use chainwright_repository::{CodeMechanism, CodeOrigin, HazardKind, PackageOrigin, card, inspect};
use chainwright_testkit::corpus::{Case, Label, repository};

/// Whether a hazard is meant to reach the default gate (medium).
fn reaches_gate(kind: &HazardKind) -> bool {
    match kind {
        HazardKind::RunsCode { mechanism, origin } => match origin {
            CodeOrigin::Remote { .. }
            | CodeOrigin::Dangerous { .. }
            | CodeOrigin::Outside { .. } => true,
            CodeOrigin::Local { .. }
            | CodeOrigin::HubCollection { .. }
            | CodeOrigin::Unknown { .. } => {
                *mechanism == CodeMechanism::Kernel
                    && !matches!(origin, CodeOrigin::HubCollection { .. })
            }
        },
        HazardKind::UnsafeYamlTag { dangerous, .. } => *dangerous,
        HazardKind::DownloadAndRun { origin } => !matches!(origin, DownloadOrigin::Hub),
        HazardKind::PackageSource { origin } => matches!(
            origin,
            PackageOrigin::ForeignIndex | PackageOrigin::ForeignFile | PackageOrigin::Unprotected
        ),
        HazardKind::RemoteCodeFlag
        | HazardKind::VocabularyConflict
        | HazardKind::VocabularyTampered
        | HazardKind::TokenTakesWord
        | HazardKind::UnreasonableSize
        | HazardKind::GenerationNeverEnds
        | HazardKind::GenerationSteersText
        | HazardKind::PathTraversal
        | HazardKind::AbsolutePath
        | HazardKind::UrlReference
        | HazardKind::NormalizerRewritesText
        | HazardKind::TokenizerDropsText
        | HazardKind::TokenizerInsertsText
        | HazardKind::DecoderRewritesText
        | HazardKind::AddedTokenConflict
        | HazardKind::RegexBacktracking
        | HazardKind::ShardFormatMismatch
        | HazardKind::BaseIsUrl
        | HazardKind::HiddenInstruction
        | HazardKind::AgentInstruction
        | HazardKind::SystemProtectionOff
        | HazardKind::DuplicateKey => true,
        HazardKind::SavedPath
        | HazardKind::DigestUnusable
        | HazardKind::RemoteCodeSetting
        | HazardKind::BaseIsLocalPath
        | HazardKind::BaseRevisionMissing
        | HazardKind::RemoteCodeAdvice
        | HazardKind::LoaderProtectionOff => false,
    }
}

/// Every fact of the subject, in words, that is meant to reach the gate.
fn alarms(case: &Case) -> Vec<String> {
    let limits = Limits::default();
    let Some((_, bytes)) = case.files.iter().find(|(name, _)| *name == case.subject) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(bytes);
    let mut hazards: Vec<_> = inspect(&case.subject, &text, &limits)
        .into_iter()
        .flat_map(|facts| facts.hazards)
        .collect();
    if case.subject.ends_with(".md") {
        hazards.extend(card::read(&text, &limits).hazards);
    }
    let hazards = hazards
        .into_iter()
        .filter(|hazard| reaches_gate(&hazard.kind))
        .map(|hazard| format!("{:?} {}", hazard.kind, hazard.value));
    let secrets = secrets::find(&text)
        .into_iter()
        .filter(|hit| hit.certainty > Certainty::Low)
        .map(|hit| hit.pattern);
    let hidden = hidden_text::find(&text)
        .into_iter()
        .filter(|hidden| hidden.kind != HiddenKind::Directional)
        .map(|hidden| format!("{:?}", hidden.kind));
    hazards.chain(secrets).chain(hidden).collect()
}

#[test]
fn malicious_cases_reach_the_gate_and_benign_ones_do_not() {
    let mut wrong = Vec::new();
    // Binary models are judged by the tests of `chainwright-formats`.
    for case in repository::cases() {
        if case.subject.ends_with(".model") {
            continue;
        }
        let alarms = alarms(&case);
        let is_right = alarms.is_empty() == (case.label == Label::Benign);
        if !is_right {
            wrong.push(format!(
                "{} {} {:?}: {alarms:?}",
                case.class, case.name, case.label
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = repository::cases()
        .into_iter()
        .map(|case| (case.class, case.name))
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_truncation_is_survived() {
    let limits = Limits::default();
    for case in repository::cases() {
        for (name, bytes) in &case.files {
            // Grown vocabularies are cut now and then, all others at every byte.
            let stride = if bytes.len() > 8192 {
                bytes.len() / 7
            } else {
                1
            };
            for end in (0..bytes.len()).step_by(stride) {
                let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
                let facts = inspect(name, &text, &limits);
                assert!(facts.iter().all(|facts| facts.problems.len() <= 64));
            }
        }
    }
}

mod any_text {
    use super::*;
    use proptest::prelude::*;

    /// Pieces that lead into every reader.
    fn pieces() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u00",
            "null",
            "true",
            "1e5",
            "NaN",
            "// x\n",
            "/*",
            "*/",
            "---\n",
            "- ",
            "\n  ",
            "&a ",
            "*a",
            "!!python/object/apply:os.system ",
            "<<: ",
            "? ",
            "| \n",
            "\"auto_map\"",
            "\"weight_map\"",
            "\"a/b--c.D\"",
            "\"normalizer\"",
            "\"Replace\"",
            "\"type\"",
            "\"pattern\"",
            "\"Regex\"",
            "\"(a+)+$\"",
            "\"model\"",
            "\"vocab\"",
            "_target_: ",
            "\"peft_type\"",
            "\"../x\"",
            "\"chat_template\"",
            "{% if %}",
            "é",
            "\u{0}",
            "%TAG ! x\n",
        ]);
        prop::collection::vec(
            prop_oneof![words.prop_map(str::to_owned), "\\PC{0,3}"],
            0..80,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn is_survived_and_read_alike(text in pieces(), name in prop::sample::select(vec![
            "config.json", "tokenizer.json", "a.yaml", "MLmodel", "modules.json", "x", "model.index.json", "adapter_config.json",
        ])) {
            let limits = Limits::default();
            let facts = inspect(name, &text, &limits);
            prop_assert_eq!(&facts, &inspect(name, &text, &limits));
            let stored = serde_json::to_string(&facts).unwrap();
            let loaded: Vec<chainwright_repository::DocumentFacts> = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(facts, loaded);
        }
    }
}
