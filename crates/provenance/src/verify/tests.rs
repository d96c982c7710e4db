use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const BUILDER: &str = "https://github.com/acme/train/.github/workflows/train.yml@refs/tags/v1";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";

const TRUST: &str = r#"
[[builder]]
id = "https://github.com/acme/train/.github/workflows/train.yml@refs/tags/v*"
identity = "https://github.com/acme/train/.github/workflows/train.yml@refs/tags/v*"
issuer = "https://token.actions.githubusercontent.com"
level = 3

[[builder]]
id = "https://lab.acme.example/cluster"
key = "1111111111111111111111111111111111111111111111111111111111111111"
level = 2

[[verifier]]
id = "https://acme.example/verifier"
key = "2222222222222222222222222222222222222222222222222222222222222222"
build = 2
source = 3
resources = ["git+https://github.com/acme/**", "pkg:huggingface/acme/**"]

[[expect]]
artifact = "bot"
resource = "pkg:huggingface/acme/bot"
source = "git+https://github.com/acme/train"
refs = ["refs/tags/v*"]
build-type = "https://actions.github.io/buildtypes/workflow/v1"
parameters.workflow = { ref = { like = "refs/tags/v*" }, repository = "https://github.com/acme/train" }
"#;

fn artifact(name: &str) -> Artifact {
    Artifact {
        name: name.to_owned(),
        digests: Digests::sha256("aa"),
    }
}

fn by_key(digit: &str) -> Vec<Signer> {
    vec![Signer::Key {
        fingerprint: digit.repeat(64),
    }]
}

fn by_workflow() -> Vec<Signer> {
    vec![Signer::Identity {
        subject: BUILDER.to_owned(),
        issuer: ISSUER.to_owned(),
    }]
}

#[expect(clippy::needless_pass_by_value, reason = "tables of cases read better")]
fn attestation(kind: Kind, subject: Value, predicate: Value, signers: Vec<Signer>) -> Attestation {
    Attestation {
        name: format!("{kind:?}.json"),
        digests: Digests::sha256("ee"),
        subjects: vec![Descriptor::read(&subject, "subject").unwrap()],
        predicate_type: kind.uri().to_owned(),
        predicate,
        signers,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "tables of cases read better")]
fn provenance_of(
    subject: &str,
    builder: &str,
    dependencies: Value,
    signers: Vec<Signer>,
) -> Attestation {
    let predicate = json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": {"ref": "refs/tags/v1", "repository": "https://github.com/acme/train"}},
            "resolvedDependencies": dependencies,
        },
        "runDetails": {"builder": {"id": builder}},
    });
    attestation(
        Kind::Provenance,
        json!({"digest": {"sha256": subject}}),
        predicate,
        signers,
    )
}

fn revision() -> Value {
    json!({"uri": "git+https://github.com/acme/train@refs/tags/v1", "digest": {"gitCommit": COMMIT}})
}

fn hosted() -> Attestation {
    provenance_of("aa", BUILDER, json!([revision()]), by_workflow())
}

#[expect(clippy::needless_pass_by_value, reason = "tables of cases read better")]
fn summary(subject: Value, resource: &str, levels: Value, signers: Vec<Signer>) -> Attestation {
    let predicate = json!({
        "verifier": {"id": "https://acme.example/verifier"}, "resourceUri": resource,
        "policy": {"uri": "https://acme.example/policy"}, "verificationResult": "PASSED", "verifiedLevels": levels,
    });
    attestation(Kind::Summary, subject, predicate, signers)
}

fn source_summary(levels: Value) -> Attestation {
    let subject =
        json!({"digest": {"gitCommit": COMMIT}, "annotations": {"sourceRefs": ["refs/tags/v1"]}});
    summary(
        subject,
        "git+https://github.com/acme/train",
        levels,
        by_key("2"),
    )
}

/// Levels and the words of all reasons.
fn judged(attestations: &[Attestation]) -> (u8, u8, Vec<&'static str>) {
    let trust = Trust::read(TRUST).unwrap();
    let outcome = verify(&artifact("bot"), attestations, &trust, &Options::default());
    let reasons = outcome.build.reasons.iter().chain(&outcome.source.reasons);
    (
        outcome.build.level,
        outcome.source.level,
        reasons.map(Reason::as_str).collect(),
    )
}

/// The provenance with one value changed.
fn changed(pointer: &str, value: Value) -> Attestation {
    let mut attestation = hosted();
    *attestation.predicate.pointer_mut(pointer).unwrap() = value;
    attestation
}

#[test]
fn a_trusted_builder_and_a_trusted_source_reach_their_levels() {
    let all = [hosted(), source_summary(json!(["SLSA_SOURCE_LEVEL_3"]))];
    assert_eq!(judged(&all), (3, 3, vec![]));
}

#[test]
fn nothing_reaches_level_zero() {
    assert_eq!(judged(&[]), (0, 0, vec!["no-provenance", "no-provenance"]));
}

#[test]
fn provenance_without_a_trusted_signer_is_worth_level_one() {
    let with = |signers| {
        let mut attestation = hosted();
        attestation.signers = signers;
        judged(&[attestation])
    };
    let stranger = |subject: &str, issuer: &str| {
        vec![Signer::Identity {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
        }]
    };
    assert_eq!(with(vec![]), (1, 0, vec!["unsigned", "no-source-summary"]));
    for signers in [
        by_key("1"),
        by_key("3"),
        stranger(BUILDER, "https://evil.example"),
        stranger(
            "https://github.com/evil/train/.github/workflows/train.yml@refs/tags/v1",
            ISSUER,
        ),
        stranger(
            "https://github.com/acme/train/.github/workflows/train.yml@refs/heads/main",
            ISSUER,
        ),
    ] {
        assert_eq!(
            with(signers),
            (1, 0, vec!["untrusted-builder", "no-source-summary"])
        );
    }
}

#[test]
fn a_signer_cannot_speak_for_another_builder() {
    let builder = changed(
        "/runDetails/builder/id",
        json!("https://lab.acme.example/cluster"),
    );
    assert_eq!(judged(&[builder]).0, 1);
}

#[test]
fn a_builder_is_believed_up_to_its_level() {
    let dependencies = json!([revision()]);
    let lab = provenance_of(
        "aa",
        "https://lab.acme.example/cluster",
        dependencies,
        by_key("1"),
    );
    assert_eq!(
        judged(&[lab]),
        (2, 0, vec!["builder-believed-to", "no-source-summary"])
    );
}

#[test]
fn what_is_not_as_expected_counts_for_nothing() {
    let parameters = "/buildDefinition/externalParameters/workflow";
    let git = "/buildDefinition/resolvedDependencies";
    let other = |uri: &str| json!([{"uri": uri, "digest": {"gitCommit": COMMIT}}]);
    for (pointer, value, expected) in [
        (
            "/buildDefinition/buildType",
            json!("https://evil.example"),
            "wrong-build-type",
        ),
        (
            parameters,
            json!({"ref": "refs/tags/v1"}),
            "missing-parameter",
        ),
        (
            parameters,
            json!({"ref": "refs/tags/v1", "repository": "https://github.com/acme/train", "x": 1}),
            "unexpected-parameter",
        ),
        (
            parameters,
            json!({"ref": "refs/heads/x", "repository": "https://github.com/acme/train"}),
            "wrong-parameter",
        ),
        (
            git,
            other("git+https://github.com/evil/train@refs/tags/v1"),
            "wrong-source",
        ),
        (
            git,
            other("git+https://github.com/acme/train.evil@refs/tags/v1"),
            "wrong-source",
        ),
        (
            git,
            other("git+https://github.com/acme/train@refs/heads/main"),
            "wrong-ref",
        ),
        (git, json!([]), "no-source"),
    ] {
        let (build, source, reasons) = judged(&[changed(pointer, value.clone())]);
        assert_eq!((build, source), (0, 0), "{pointer} {value}");
        assert_eq!(reasons.first(), Some(&expected), "{pointer} {value}");
    }
}

#[test]
fn a_statement_about_something_else_counts_for_nothing() {
    let mut other = hosted();
    other.subjects = vec![Descriptor::named("bot").with(Digests::sha256("bb"))];
    assert_eq!(
        judged(&[other]),
        (0, 0, vec!["no-provenance", "no-provenance"])
    );
}

#[test]
fn one_good_statement_is_enough_beside_bad_ones() {
    let bad = changed("/buildDefinition/buildType", json!("https://evil.example"));
    let unsigned = provenance_of("aa", BUILDER, json!([revision()]), vec![]);
    assert_eq!(judged(&[bad, unsigned, hosted()]).0, 3);
}

#[test]
fn broken_predicates_are_told() {
    let broken = changed("/runDetails", json!({}));
    assert_eq!(judged(&[broken]).2.first(), Some(&"malformed"));
}

#[test]
fn summaries_count_up_to_what_their_verifier_is_believed() {
    let about = || json!({"digest": {"sha256": "aa"}});
    let resource = "pkg:huggingface/acme/bot";
    let cases = [
        (
            summary(
                about(),
                resource,
                json!(["SLSA_BUILD_LEVEL_2"]),
                by_key("2"),
            ),
            2,
            None,
        ),
        (
            summary(
                about(),
                resource,
                json!(["SLSA_BUILD_LEVEL_3"]),
                by_key("2"),
            ),
            2,
            Some("verifier-believed-to"),
        ),
        (
            summary(
                about(),
                resource,
                json!(["SLSA_BUILD_LEVEL_3"]),
                by_key("1"),
            ),
            0,
            Some("untrusted-verifier"),
        ),
        (
            summary(about(), resource, json!(["SLSA_BUILD_LEVEL_3"]), vec![]),
            0,
            Some("unsigned"),
        ),
        (
            summary(
                about(),
                "pkg:huggingface/acme/other",
                json!(["SLSA_BUILD_LEVEL_3"]),
                by_key("2"),
            ),
            0,
            Some("wrong-resource"),
        ),
        (
            summary(
                about(),
                "pkg:pypi/torch",
                json!(["SLSA_BUILD_LEVEL_3"]),
                by_key("2"),
            ),
            0,
            Some("untrusted-verifier"),
        ),
        (
            summary(about(), resource, json!(["FAILED"]), by_key("2")),
            0,
            Some("no-level"),
        ),
    ];
    for (attestation, level, reason) in cases {
        let (build, _, reasons) = judged(std::slice::from_ref(&attestation));
        assert_eq!(build, level, "{attestation:?}");
        if let Some(reason) = reason {
            assert_eq!(reasons.first(), Some(&reason), "{attestation:?}");
        }
    }
    let mut failed = summary(
        about(),
        resource,
        json!(["SLSA_BUILD_LEVEL_3"]),
        by_key("2"),
    );
    failed.predicate["verificationResult"] = json!("FAILED");
    assert_eq!(judged(&[failed]).2.first(), Some(&"verification-failed"));
}

#[test]
fn a_summary_of_the_source_must_speak_of_this_revision_repository_and_reference() {
    let level = |attestation: Attestation| judged(&[hosted(), attestation]).1;
    assert_eq!(level(source_summary(json!(["SLSA_SOURCE_LEVEL_4"]))), 3);
    assert_eq!(level(source_summary(json!(["SLSA_SOURCE_LEVEL_1"]))), 1);
    let mut other_ref = source_summary(json!(["SLSA_SOURCE_LEVEL_3"]));
    other_ref.subjects[0].annotations["sourceRefs"] = json!(["refs/heads/experiment"]);
    assert_eq!(level(other_ref), 0);
    let mut other_commit = source_summary(json!(["SLSA_SOURCE_LEVEL_3"]));
    other_commit.subjects[0].digests = Digests::default().and("gitCommit", "00");
    assert_eq!(level(other_commit), 0);
    let mut other_repository = source_summary(json!(["SLSA_SOURCE_LEVEL_3"]));
    other_repository.predicate["resourceUri"] = json!("git+https://github.com/acme/other");
    assert_eq!(level(other_repository), 0);
}

#[test]
fn dependencies_are_followed_once_each_and_cycles_end() {
    let trust = Trust::read(TRUST).unwrap();
    let base = json!({"uri": "pkg:huggingface/acme/base", "digest": {"sha256": "bb"}});
    let own = json!({"uri": "pkg:huggingface/acme/bot", "digest": {"sha256": "aa"}});
    let data = json!({"uri": "https://example.com/data"});
    let all = [
        provenance_of(
            "aa",
            BUILDER,
            json!([revision(), base, data]),
            by_workflow(),
        ),
        provenance_of(
            "bb",
            "https://lab.acme.example/cluster",
            json!([own, base]),
            by_key("1"),
        ),
    ];
    let outcome = verify(&artifact("bot"), &all, &trust, &Options::default());
    let told: Vec<(String, String, u32)> = outcome
        .dependencies
        .iter()
        .map(|found| (found.resource.clone(), found.level.to_string(), found.depth))
        .collect();
    assert_eq!(
        told,
        [
            (
                "git+https://github.com/acme/train@refs/tags/v1".to_owned(),
                "SLSA_SOURCE_LEVEL_0".to_owned(),
                1
            ),
            (
                "pkg:huggingface/acme/base".to_owned(),
                "SLSA_BUILD_LEVEL_2".to_owned(),
                1
            ),
            (
                "https://example.com/data".to_owned(),
                "SLSA_BUILD_LEVEL_0".to_owned(),
                1
            ),
            (
                "pkg:huggingface/acme/bot".to_owned(),
                "SLSA_BUILD_LEVEL_3".to_owned(),
                2
            ),
        ]
    );
    let levels = outcome.dependency_levels();
    assert_eq!(levels["SLSA_BUILD_LEVEL_2"], 1);
    let cut = Options { depth: 8, most: 1 };
    assert!(verify(&artifact("bot"), &all, &trust, &cut).is_cut);
    let shallow = Options { depth: 0, most: 10 };
    let outcome = verify(&artifact("bot"), &all, &trust, &shallow);
    assert!(outcome.is_cut && outcome.dependencies.is_empty());
}

#[test]
fn minima_that_are_not_met_are_told() {
    let text = TRUST.replace(
        "[[expect]]",
        "[[expect]]\nminimum = { build = 3, source = 2, dependencies = 1 }",
    );
    let trust = Trust::read(&text).unwrap();
    let base = json!({"uri": "pkg:huggingface/acme/base", "digest": {"sha256": "bb"}});
    let all = [provenance_of(
        "aa",
        BUILDER,
        json!([revision(), base]),
        by_workflow(),
    )];
    let outcome = verify(&artifact("bot"), &all, &trust, &Options::default());
    let told: Vec<String> = outcome.unmet.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "source level 0 is below 2",
            "the dependency `pkg:huggingface/acme/base` has build level 0, below 1",
        ]
    );
}

#[test]
fn an_artifact_of_which_nothing_is_expected_is_told_so() {
    let trust = Trust::read(TRUST).unwrap();
    let outcome = verify(&artifact("other"), &[hosted()], &trust, &Options::default());
    assert_eq!(outcome.build.level, 3);
    assert_eq!(outcome.build.reasons, [Reason::NothingExpected]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z:/@#*+]{0,12}".prop_map(Value::from),
    ];
    let keys = prop_oneof![
        Just("buildDefinition"),
        Just("runDetails"),
        Just("builder"),
        Just("id"),
        Just("externalParameters"),
        Just("resolvedDependencies"),
        Just("uri"),
        Just("digest"),
        Just("verifier"),
        Just("policy"),
        Just("sha256"),
        Just("buildType"),
        Just("verificationResult"),
        Just("verifiedLevels"),
        Just("resourceUri"),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone(), inner, 0..6).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_predicate_reaches_a_level_by_being_odd(predicate in any_json()) {
        let trust = Trust::read(TRUST).unwrap();
        for kind in Kind::ALL {
            let subject = json!({"digest": {"sha256": "aa"}});
            let odd = attestation(kind, subject, predicate.clone(), by_key("3"));
            let checked = kind.check(&predicate).is_ok();
            let outcome = verify(&artifact("x"), &[odd], &trust, &Options::default());
            prop_assert!(outcome.build.level <= u8::from(checked));
            prop_assert_eq!(outcome.source.level, 0);
        }
    }
}
