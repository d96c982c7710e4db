//! What single checks do beyond their pair of fixtures.

use std::collections::BTreeSet;

use chainwright_boms::Inventory;
use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_history::{History, Moved, PastSecret, Pointer};
use chainwright_repository::secrets::{Certainty, SecretHit};
use chainwright_score::{Check, RepositoryKind};

use crate::repo::{
    COMMIT, Repo, bundle, commit, inventory, repo, sha256, signature, token, weights,
};

fn whole() -> Repo {
    repo(&BTreeSet::new())
}

#[test]
fn a_signature_is_worth_what_it_covers_today() {
    let file = ("model.safetensors".to_owned(), sha256(&weights()));
    let mut elsewhere = signature(&[("model.safetensors".to_owned(), "00".repeat(32))]);
    let mut unrooted = signature(std::slice::from_ref(&file));
    unrooted["subject"][0]["digest"]["sha256"] = "11".repeat(32).into();
    let mut hiding = signature(std::slice::from_ref(&file));
    hiding["predicate"]["serialization"]["ignore_paths"] = serde_json::json!(["model.safetensors"]);
    elsewhere["subject"][0]["name"] = "tiny".into();
    for (statement, expected) in [
        (signature(std::slice::from_ref(&file)), Some(5)),
        (elsewhere, Some(0)),
        (unrooted, Some(0)),
        (hiding, Some(0)),
        (
            signature(&[("other.bin".to_owned(), "22".repeat(32))]),
            Some(0),
        ),
    ] {
        let mut repo = whole();
        repo.put("model.sig", bundle(&statement));
        assert_eq!(repo.ask(Check::Signed).0, expected, "{statement}");
    }
    let mut other = whole();
    other.files.remove("model.sig");
    other.put("model.safetensors.asc", "-----BEGIN PGP SIGNATURE-----\n");
    assert_eq!(other.ask(Check::Signed).0, Some(1));
}

#[test]
fn a_swapped_file_is_seen_by_every_digest_that_is_told_of_it() {
    for keep in ["SHA256SUMS", "model.sig", "model.intoto.jsonl", ""] {
        let mut repo = whole();
        for proof in [
            "SHA256SUMS",
            "model.sig",
            "model.intoto.jsonl",
            "aibom.cdx.json",
        ] {
            if proof != keep {
                repo.files.remove(proof);
            }
        }
        if keep.is_empty() {
            repo.history.as_mut().expect("history").pointers = vec![Pointer {
                path: "model.safetensors".to_owned(),
                sha256: sha256(&weights()),
                size: None,
            }];
        }
        assert_eq!(repo.ask(Check::ArtifactIntegrity).0, Some(10), "{keep}");
        let swapped = repo.files.get_mut("model.safetensors").expect("weights");
        *swapped.last_mut().expect("bytes") ^= 1;
        assert_eq!(repo.ask(Check::ArtifactIntegrity).0, Some(0), "{keep}");
    }
}

#[test]
fn pointers_without_content_leave_open_what_only_the_content_could_tell() {
    let mut repo = Repo::of(&[("README.md", "---\nlibrary_name: transformers\n---\n# x\n")]);
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
        "ab".repeat(32)
    );
    repo.put("model.safetensors", pointer);
    assert_eq!(repo.ask(Check::SafeSerialization).0, None);
    assert_eq!(repo.ask(Check::NoKnownMalicious).0, None);
    assert_eq!(repo.ask(Check::Signed).0, None);
    assert_eq!(repo.ask(Check::ArtifactIntegrity).0, Some(2));
}

#[test]
fn what_was_taken_out_of_the_files_is_still_in_the_history() {
    let mut repo = whole();
    let secret = PastSecret {
        path: "notes.txt".to_owned(),
        commit: COMMIT.to_owned(),
        hit: SecretHit {
            pattern: "hugging-face-token".to_owned(),
            place: Place::Line { line: 3, column: 1 },
            shown: "hf_Q…Zr".to_owned(),
            certainty: Certainty::High,
        },
    };
    let history = repo.history.as_mut().expect("history");
    history.secrets.push(secret);
    let (score, reasons) = repo.ask(Check::NoSecrets);
    assert_eq!(score, Some(0));
    assert!(
        reasons
            .iter()
            .any(|text| text.contains("in commit 0123456789ab")),
        "{reasons:?}"
    );

    let history = repo.history.as_mut().expect("history");
    history.secrets.clear();
    let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, "too much");
    history.problems.push(problem);
    assert_eq!(
        repo.ask(Check::NoSecrets).0,
        None,
        "half a search is no search"
    );
    repo.put(
        "trainer_state.json",
        format!("{{\"hub_token\": \"{}\"}}", token()),
    );
    assert_eq!(repo.ask(Check::NoSecrets).0, Some(0));
}

#[test]
fn a_moved_tag_costs_by_what_was_replaced_under_it() {
    let mut repo = whole();
    for (replaced, expected) in [(0, 5), (1, 5), (4, 0)] {
        let history = repo.history.as_mut().expect("history");
        history.tags[0].moved = Some(Moved {
            from: COMMIT.to_owned(),
            weights: 10,
            replaced,
        });
        assert_eq!(
            repo.ask(Check::StableReleases).0,
            Some(expected),
            "{replaced}"
        );
    }
    let history = repo.history.as_mut().expect("history");
    history.tags[0].moved = None;
    history.forced.push("origin/main".to_owned());
    assert_eq!(repo.ask(Check::StableReleases).0, Some(7));
}

#[test]
fn a_second_person_and_requests_count_and_the_first_commit_does_not() {
    let mut repo = whole();
    let mut first = commit(2);
    first.parents = 0;
    first.subject = "begin".to_owned();
    repo.history.as_mut().expect("history").line.push(first);
    assert_eq!(repo.ask(Check::ReviewDiscipline).0, Some(10));
    repo.history = None;
    assert_eq!(repo.ask(Check::ReviewDiscipline).0, None);
    assert_eq!(repo.ask(Check::StableReleases).0, None);
    repo.history = Some(History::default());
    assert_eq!(repo.ask(Check::ReviewDiscipline).0, None);
}

#[test]
fn licences_that_contradict_each_other_count_little() {
    for (front, text, base, expected) in [
        ("apache-2.0", true, "acme/base", 10),
        ("apache-2.0", false, "acme/base", 7),
        ("mit", true, "acme/base", 3),
        ("something-of-mine", false, "acme/base", 3),
        ("other", false, "acme/base", 3),
        ("apache-2.0", true, "meta-llama/Llama-3.1-8B", 3),
        ("llama3.1", false, "meta-llama/Llama-3.1-8B", 7),
        ("", true, "acme/base", 5),
        ("", false, "acme/base", 0),
    ] {
        let licence = if front.is_empty() {
            String::new()
        } else {
            format!("license: {front}\n")
        };
        let card = format!("---\n{licence}base_model: {base}\n---\n# x\n");
        let mut repo = Repo::of(&[("README.md", &card)]);
        if text {
            repo.put("LICENSE", "Apache License\nVersion 2.0, January 2004\n");
        }
        let (score, reasons) = repo.ask(Check::License);
        assert_eq!(score, Some(expected), "{front} {text} {base}: {reasons:?}");
    }
}

#[test]
fn lineage_is_worth_more_the_more_of_it_is_told() {
    let adapter = r#"{"peft_type": "LORA", "base_model_name_or_path": "acme/base", "r": 8}"#;
    for (card, config, expected) in [
        ("library_name: peft\n", "", 0),
        ("base_model: acme/base\n", "", 8),
        (
            "base_model: acme/base\nbase_model_relation: merge\n",
            "",
            10,
        ),
        ("library_name: peft\n", adapter, 8),
        ("base_model: acme/base\n", adapter, 10),
        ("base_model: acme/other\n", adapter, 3),
    ] {
        let card = format!("---\n{card}---\n# x\n");
        let mut repo = Repo::of(&[("README.md", &card)]);
        if !config.is_empty() {
            repo.put("adapter_config.json", config);
        }
        let (score, reasons) = repo.ask(Check::Lineage);
        assert_eq!(score, Some(expected), "{card} {config}: {reasons:?}");
    }
    let scratch = "---\nlibrary_name: x\n---\n# x\n\nThis model was trained from scratch.\n";
    assert_eq!(
        Repo::of(&[("README.md", scratch)]).ask(Check::Lineage).0,
        Some(10)
    );
}

#[test]
fn a_stated_unknown_beats_silence_about_the_data() {
    for (body, expected) in [
        ("", 0),
        ("## Training data\n\n[More Information Needed]\n", 2),
        ("## Training data\n\nA year of letters.\n", 3),
    ] {
        let card = format!("---\nlibrary_name: x\n---\n# x\n\n{body}");
        let (score, reasons) = Repo::of(&[("README.md", &card)]).ask(Check::DataDisclosure);
        assert_eq!(score, Some(expected), "{body}: {reasons:?}");
    }
    let named = "---\nlibrary_name: x\ndatasets: [acme/a, acme/b]\n---\n# x\n";
    assert_eq!(
        Repo::of(&[("README.md", named)])
            .ask(Check::DataDisclosure)
            .0,
        Some(5)
    );
}

#[test]
fn datasets_are_asked_what_datasets_can_answer() {
    let card = "---\nlicense: cc-by-4.0\nsize_categories: [1K<n<10K]\nlanguage: en\n---\n# Tickets\n\nLetters of customers.\n\n## Source data\n\nOur help desk.\n\n## Personal and sensitive information\n\nNames were removed.\n";
    let mut repo = Repo::of(&[
        ("README.md", card),
        ("data.jsonl", "{\"text\": \"hello\"}\n"),
    ]);
    let score = repo.score(&[]);
    assert_eq!(score.kind, RepositoryKind::Dataset);
    assert_eq!(repo.ask(Check::DataDisclosure).0, Some(8));
    assert_eq!(repo.ask(Check::Lineage).0, None);
    assert_eq!(repo.ask(Check::EvaluationEvidence).0, None);
    let sums = format!("{}  data.jsonl\n", sha256(b"{\"text\": \"hello\"}\n"));
    repo.put("SHA256SUMS", sums);
    assert_eq!(repo.ask(Check::DataDisclosure).0, Some(10));
}

#[test]
fn results_count_by_what_stands_beside_the_number() {
    let hub = format!("- dataset:\n    id: acme/xstest\n    revision: {COMMIT}\n  value: 71.5\n");
    for (files, expected) in [
        (vec![("README.md", "---\nlibrary_name: x\n---\n# x\n")], 0),
        (
            vec![(
                "README.md",
                "---\nlibrary_name: x\n---\n# x\n\n## Evaluation\n\nGood.\n",
            )],
            2,
        ),
        (
            vec![
                ("README.md", "---\nlibrary_name: x\n---\n# x\n"),
                (".eval_results/xstest.yaml", hub.as_str()),
            ],
            10,
        ),
    ] {
        let (score, reasons) = Repo::of(&files).ask(Check::EvaluationEvidence);
        assert_eq!(score, Some(expected), "{files:?}: {reasons:?}");
    }
}

#[test]
fn packages_are_inconclusive_where_nothing_was_compared() {
    let mut repo = whole();
    repo.asked_advisories = false;
    assert_eq!(repo.ask(Check::VulnerableDeps).0, None);
    repo.asked_advisories = true;
    repo.files.remove("requirements.txt");
    assert_eq!(repo.ask(Check::VulnerableDeps).0, None);
}

#[test]
fn a_bill_is_worth_what_holds_of_it() {
    for (text, expected) in [
        (
            "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1}",
            3,
        ),
        (
            "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1, \"components\": [{\"type\": \"machine-learning-model\"}]}",
            3,
        ),
        (
            "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1, \"components\": [{\"type\": \"machine-learning-model\", \"name\": \"tiny\"}]}",
            6,
        ),
        ("{}", 0),
    ] {
        let mut repo = whole();
        repo.put("aibom.cdx.json", text);
        let (score, reasons) = repo.ask(Check::AiBom);
        assert_eq!(score, Some(expected), "{text}: {reasons:?}");
    }
    let file = ("model.safetensors".to_owned(), sha256(&weights()));
    let mut bill = inventory(std::slice::from_ref(&file), &BTreeSet::new());
    let mut repo = whole();
    let mut ask = |bill: &Inventory| {
        repo.put("aibom.cdx.json", cyclonedx::write(bill, Edition::V1_7));
        repo.ask(Check::AiBom)
    };
    let (score, reasons) = ask(&bill);
    assert_eq!(score, Some(10), "{reasons:?}");
    bill.metadata.signature = None;
    let (score, reasons) = ask(&bill);
    assert_eq!(score, Some(9), "{reasons:?}");
    assert!(
        reasons.iter().any(|text| text.contains("author signature")),
        "{reasons:?}"
    );
}
