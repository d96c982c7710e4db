//! `attest`, and `verify --slsa` of what it wrote.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::{Run, World};

const COMMIT: &str = "9a04d1ee393b5be2773b1ce204f61fe0fd02366a";

/// A job of GitHub Actions.
const JOB: [(&str, &str); 9] = [
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_REPOSITORY", "acme/train"),
    ("GITHUB_REF", "refs/tags/v1"),
    ("GITHUB_SHA", COMMIT),
    (
        "GITHUB_WORKFLOW_REF",
        "acme/train/.github/workflows/train.yml@refs/tags/v1",
    ),
    ("GITHUB_RUN_ID", "77"),
    ("GITHUB_EVENT_NAME", "push"),
    ("RUNNER_ENVIRONMENT", "github-hosted"),
];

/// A model, two keys, and whom to trust.
struct Factory {
    world: World,
}

impl Factory {
    fn new() -> Self {
        let world = World::new();
        world.write("bot/model.safetensors", b"weights");
        world.write("bot/config.json", b"{}");
        for name in ["builder", "verifier"] {
            let made = world.run(&["keygen", name, "--no-password"]);
            assert_eq!(made.code(), Some(0), "{}", made.err());
        }
        let factory = Self { world };
        let trust = format!(
            r#"
[[builder]]
id = "https://github.com/acme/train/.github/workflows/train.yml@refs/tags/v*"
key = "{}"
level = 3

[[verifier]]
id = "https://acme.example/verifier"
key = "{}"
build = 3
source = 3

[[expect]]
artifact = "bot"
resource = "pkg:huggingface/acme/bot"
source = "git+https://github.com/acme/train"
refs = ["refs/tags/v*"]
minimum = {{ build = 3 }}

[expect.parameters.workflow]
repository = "https://github.com/acme/train"
path = ".github/workflows/train.yml"
ref = {{ like = "refs/tags/v*" }}
"#,
            factory.fingerprint("builder"),
            factory.fingerprint("verifier"),
        );
        factory.world.write("trust.toml", trust);
        factory
    }

    /// As `sha256sum KEY.pub` prints it.
    fn fingerprint(&self, key: &str) -> String {
        let pem = fs::read(self.world.path(&format!("{key}.pub"))).expect("a public key");
        chainwright_signing::PublicKey::from_pem(&pem)
            .expect("a key")
            .hint()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.world.run(arguments)
    }

    fn run_in_job(&self, change: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = self.world.command();
        command
            .envs(JOB)
            .envs(change.iter().copied())
            .args(arguments);
        command.output().expect("the program starts")
    }

    fn attest_build(&self, change: &[(&str, &str)], file: &str) {
        let arguments = [
            "attest",
            "provenance",
            "bot",
            "--key",
            "builder",
            "-o",
            file,
        ];
        let output = self.run_in_job(change, &arguments);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn judged(&self, more: &[&str]) -> (Option<i32>, Value) {
        let mut arguments = vec!["verify", "bot", "--slsa", "trust.toml", "--format", "json"];
        arguments.extend(["--key", "builder.pub", "--key", "verifier.pub"]);
        arguments.extend(more);
        let run = self.run(&arguments);
        let told = serde_json::from_str(&run.out());
        (
            run.code(),
            told.unwrap_or_else(|_| panic!("{}{}", run.out(), run.err())),
        )
    }
}

fn level(told: &Value, track: &str) -> u64 {
    told["artifacts"][0][track]["level"]
        .as_u64()
        .expect("a level")
}

fn reasons(told: &Value, track: &str) -> Vec<String> {
    let reasons = told["artifacts"][0][track]["reasons"].as_array();
    let reasons = reasons.into_iter().flatten();
    reasons
        .map(|reason| reason["kind"].as_str().expect("a word").to_owned())
        .collect()
}

#[test]
fn what_a_trusted_job_built_reaches_its_level() {
    let factory = Factory::new();
    factory.attest_build(&[], "build.sigstore.json");
    let (code, told) = factory.judged(&["--attestation", "build.sigstore.json"]);
    assert_eq!((code, level(&told, "build")), (Some(0), 3), "{told:#}");
    let human = factory.run(&[
        "verify",
        "bot",
        "--slsa",
        "trust.toml",
        "--attestation",
        "build.sigstore.json",
        "--key",
        "builder.pub",
    ]);
    assert!(
        human
            .out()
            .contains("build level 3 of 3, by https://github.com/acme/train"),
        "{}",
        human.out()
    );
    assert!(
        human.out().contains("source level 0 of 4"),
        "{}",
        human.out()
    );
}

#[test]
fn what_is_not_as_expected_reaches_none() {
    let factory = Factory::new();
    for (change, expected) in [
        (("GITHUB_REF", "refs/heads/main"), "wrong-ref"),
        (("GITHUB_REPOSITORY", "evil/train"), "wrong-parameter"),
    ] {
        let workflow = "evil/train/.github/workflows/train.yml@refs/tags/v1";
        let mut changes = vec![change];
        if change.0 == "GITHUB_REPOSITORY" {
            changes.push(("GITHUB_WORKFLOW_REF", workflow));
        }
        factory.attest_build(&changes, "build.json");
        let (code, told) = factory.judged(&["--attestation", "build.json"]);
        assert_eq!((code, level(&told, "build")), (Some(1), 0), "{told:#}");
        assert!(
            reasons(&told, "build").contains(&expected.to_owned()),
            "{told:#}"
        );
    }
}

#[test]
fn another_key_and_an_altered_model_are_not_believed() {
    let factory = Factory::new();
    let arguments = [
        "attest",
        "provenance",
        "bot",
        "--key",
        "verifier",
        "-o",
        "stranger.json",
    ];
    assert!(factory.run_in_job(&[], &arguments).status.success());
    let (code, told) = factory.judged(&["--attestation", "stranger.json"]);
    assert_eq!((code, level(&told, "build")), (Some(1), 1));
    assert_eq!(reasons(&told, "build"), ["untrusted-builder"]);

    factory.attest_build(&[], "build.json");
    factory
        .world
        .write("bot/model.safetensors", b"other weights");
    let (code, told) = factory.judged(&["--attestation", "build.json"]);
    assert_eq!((code, level(&told, "build")), (Some(1), 0));
    assert_eq!(reasons(&told, "build"), ["no-provenance"]);
}

#[test]
fn a_changed_statement_bears_no_signature() {
    let factory = Factory::new();
    factory.attest_build(&[], "build.json");
    let path = factory.world.path("build.json");
    let text = fs::read_to_string(&path).expect("a bundle");
    let mut bundle: Value = serde_json::from_str(&text).expect("JSON");
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = json!("MEUCIQ==");
    fs::write(&path, bundle.to_string()).expect("writable");
    let (code, told) = factory.judged(&["--attestation", "build.json"]);
    assert_eq!((code, level(&told, "build")), (Some(1), 1));
    assert_eq!(reasons(&told, "build"), ["unsigned"]);
    assert!(!told["refused"].as_array().expect("a list").is_empty());
}

#[test]
fn a_verification_is_passed_on_to_those_who_trust_the_verifier() {
    let factory = Factory::new();
    factory.attest_build(&[], "build.json");
    let arguments = [
        "attest",
        "summary",
        "bot",
        "--slsa",
        "trust.toml",
        "--attestation",
        "build.json",
        "--signer-key",
        "builder.pub",
        "--verifier",
        "https://acme.example/verifier",
        "--resource",
        "pkg:huggingface/acme/bot",
        "--policy",
        "https://acme.example/trust.toml",
        "--key",
        "verifier",
        "-o",
        "vsa.json",
    ];
    let made = factory.run(&arguments);
    assert_eq!(made.code(), Some(0), "{}", made.err());
    let (code, told) = factory.judged(&["--attestation", "vsa.json"]);
    assert_eq!((code, level(&told, "build")), (Some(0), 3), "{told:#}");

    let mut other = arguments;
    other[12] = "pkg:huggingface/acme/other";
    assert_eq!(factory.run(&other).code(), Some(0));
    let (code, told) = factory.judged(&["--attestation", "vsa.json"]);
    assert_eq!((code, level(&told, "build")), (Some(1), 0), "{told:#}");
    assert_eq!(reasons(&told, "build"), ["wrong-resource"]);
}

#[test]
fn a_training_is_wrapped_and_its_exit_code_passed_on() {
    let factory = Factory::new();
    factory.world.write("data.jsonl", b"{}\n");
    let wrap = |script: &str| {
        let arguments = [
            "attest",
            "train",
            "--data",
            "https://example.com/data=data.jsonl",
            "--result",
            "out.bin",
            "--parameter",
            "seed=7",
            "--builder",
            "https://lab.example",
            "--key",
            "builder",
            "-o",
            "run.json",
            "--",
            "sh",
            "-c",
            script,
        ];
        factory.run(&arguments)
    };
    let failed = wrap("exit 7");
    assert_eq!(failed.code(), Some(7), "{}", failed.err());
    assert!(
        failed.err().contains("nothing is attested"),
        "{}",
        failed.err()
    );
    assert!(!factory.world.path("run.json").exists());

    let done = wrap("echo loss; cat data.jsonl > out.bin");
    assert_eq!(done.code(), Some(0), "{}", done.err());
    assert_eq!(done.out(), "loss\n");
    let bundle = fs::read(factory.world.path("run.json")).expect("a bundle");
    let limits = chainwright_attestations::Limits::default();
    let document = chainwright_attestations::Document::read(&bundle, &limits).expect("a bundle");
    let envelope = document.envelope().expect("an envelope");
    let statement: Value = serde_json::from_slice(&envelope.payload).expect("a statement");
    assert_eq!(statement["subject"][0]["name"], "out.bin");
    let definition = &statement["predicate"]["buildDefinition"];
    assert_eq!(
        definition["externalParameters"]["parameters"],
        json!({"seed": 7})
    );
    assert_eq!(
        definition["externalParameters"]["datasets"],
        json!(["https://example.com/data"])
    );
    assert_eq!(
        definition["resolvedDependencies"][0]["uri"],
        "https://example.com/data"
    );
}

#[test]
fn a_report_is_attested_only_of_what_it_speaks_of() {
    let factory = Factory::new();
    let report = [
        "scan",
        "bot",
        "--no-config",
        "--no-advisories",
        "--format",
        "json",
        "-o",
        "report.json",
    ];
    assert_eq!(factory.run(&report).code(), Some(0));
    let attest = [
        "attest",
        "scan",
        "bot",
        "--report",
        "report.json",
        "--unsigned",
    ];
    let made = factory.run(&attest);
    assert_eq!(made.code(), Some(0), "{}", made.err());
    let statement: Value = serde_json::from_str(&made.out()).expect("a statement");
    let report: Value =
        serde_json::from_slice(&fs::read(factory.world.path("report.json")).expect("a report"))
            .expect("JSON");
    assert_eq!(
        statement["predicate"]["decision"],
        report["decision"]["outcome"]
    );
    assert_eq!(
        statement["predicate"]["rules"].as_array().map(Vec::len),
        report["findings"].as_array().map(Vec::len),
    );
    assert_eq!(statement["predicate"]["incomplete"], false);

    factory
        .world
        .write("bot/model.safetensors", b"other weights");
    let refused = factory.run(&attest);
    assert_eq!(refused.code(), Some(2));
    assert!(refused.err().contains("scan again"), "{}", refused.err());
}

#[test]
fn documents_are_attested_by_their_own_types() {
    let factory = Factory::new();
    for (format, expected) in [
        ("cyclonedx-1.7", "https://cyclonedx.org/bom"),
        ("spdx-3.0.1", "https://spdx.dev/Document/v3"),
    ] {
        let bom = factory.run(&[
            "bom",
            "bot",
            "--format",
            format,
            "-o",
            "bom.json",
            "--quiet",
            "--no-advisories",
        ]);
        assert_eq!(bom.code(), Some(0), "{}", bom.err());
        let made = factory.run(&["attest", "bom", "bot", "--bom", "bom.json", "--unsigned"]);
        assert_eq!(made.code(), Some(0), "{}", made.err());
        let statement: Value = serde_json::from_str(&made.out()).expect("a statement");
        assert_eq!(statement["predicateType"], expected);
    }
    let time = "2026-01-31";
    let made = factory.run(&[
        "attest",
        "vulns",
        "bot",
        "--bom",
        "bom.json",
        "--advisories-of",
        time,
        "--unsigned",
    ]);
    assert_eq!(made.code(), Some(0), "{}", made.err());
    let statement: Value = serde_json::from_str(&made.out()).expect("a statement");
    assert_eq!(
        statement["predicate"]["scanner"]["db"]["lastUpdate"],
        "2026-01-31T00:00:00Z"
    );
}

#[test]
fn a_predicate_of_a_known_type_is_checked_and_others_are_taken_as_they_are() {
    let factory = Factory::new();
    let lineage = "https://github.com/chainwright/chainwright/predicates/lineage/v1";
    let attest = |predicate: &Value, kind: &str| {
        factory.world.write("predicate.json", predicate.to_string());
        factory.run(&[
            "attest",
            "predicate",
            "bot",
            "--type",
            kind,
            "--predicate",
            "predicate.json",
            "--unsigned",
        ])
    };
    let parent = json!({"parents": [{"relation": "finetune", "evidence": "declared", "resource": {"uri": "pkg:huggingface/a/b"}}]});
    let refused = attest(&parent, lineage);
    assert_eq!(refused.code(), Some(2));
    assert!(
        refused.err().contains("`resource.digest` is missing"),
        "{}",
        refused.err()
    );
    let other = attest(&parent, "https://acme.example/own/v1");
    assert_eq!(other.code(), Some(0), "{}", other.err());
    let nobody = factory.run(&[
        "attest",
        "predicate",
        "bot",
        "--type",
        lineage,
        "--predicate",
        "predicate.json",
    ]);
    assert_eq!(nobody.code(), Some(2));
    assert!(nobody.err().contains("who signs?"), "{}", nobody.err());
}
