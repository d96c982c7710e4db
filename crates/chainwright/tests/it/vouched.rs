//! Scans that verify, and signing behind a scan, as users run them.

use std::fs;

use serde_json::Value;

use crate::{Run, World, hostile_checkpoint};

/// A safetensors file of one tensor.
fn weights(last: u8) -> Vec<u8> {
    let header = br#"{"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut bytes = u64::try_from(header.len())
        .expect("small")
        .to_le_bytes()
        .to_vec();
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(&[0, 0, 128, 63, 0, 0, 0, last]);
    bytes
}

/// A model and two keys.
fn model() -> World {
    let world = World::new();
    world.write("model/model.safetensors", weights(64));
    world.write("model/config.json", r#"{"torch_dtype": "float32"}"#);
    for key in ["ours", "theirs"] {
        let run = world.run(&["keygen", key, "--no-password"]);
        assert_eq!(run.code(), Some(0), "{}", run.err());
    }
    world
}

fn signed(by: &str) -> World {
    let world = model();
    let run = world.run(&["sign", "model", "--key", by]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    world
}

fn scan(world: &World, more: &[&str]) -> Run {
    let mut arguments = vec!["scan", "model", "--format", "json", "--no-advisories"];
    arguments.extend(more);
    world.run(&arguments)
}

/// The rules that found something, with the severity.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list");
    let mut found: Vec<String> = findings
        .iter()
        .filter(|finding| finding["severity"] != "info")
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("severity"), text("rule"))
        })
        .filter(|line| !line.contains("licence"))
        .collect();
    found.sort();
    found
}

const OURS: [&str; 3] = ["--verify", "--key", "ours.pub"];

#[test]
fn a_signed_model_is_clean_and_its_signer_is_in_the_graph() {
    let world = signed("ours");
    let run = scan(&world, &OURS);
    let report = run.json();
    assert_eq!(run.code(), Some(0), "{:?}", found(&report));
    assert_eq!(found(&report), Vec::<String>::new());
    let components = report["components"].as_array().expect("a list");
    let of_kind = |kind: &str| {
        components
            .iter()
            .filter(|each| each["kind"] == kind)
            .count()
    };
    assert_eq!((of_kind("signature"), of_kind("identity")), (1, 1));
    let edges = report["edges"].as_array().expect("a list");
    let signs = edges.iter().filter(|each| each["kind"] == "signed-by");
    assert_eq!(
        signs.count(),
        3,
        "weights and configuration by the signature, the signature by the key"
    );
}

#[test]
fn a_scan_that_verifies_says_who_signed() {
    let world = signed("ours");
    let said = |key: &str| {
        let run = world.run(&["scan", "model", "--no-advisories", "--verify", "--key", key]);
        run.out()
    };
    let ours = said("ours.pub");
    assert!(ours.contains("1 signed document"), "{ours}");
    assert!(ours.contains("trusted  model/model.sig"), "{ours}");
    assert!(
        ours.contains("by key ") && ours.contains("covers 2 files"),
        "{ours}"
    );
    let theirs = said("theirs.pub");
    assert!(
        theirs.contains("unknown signer  model/model.sig"),
        "{theirs}"
    );
    let unasked = world.run(&["scan", "model", "--no-advisories"]).out();
    assert!(!unasked.contains("signed document"), "{unasked}");
}

#[test]
fn without_verify_an_unsigned_model_is_no_finding_and_trust_is_refused() {
    let world = model();
    assert_eq!(found(&scan(&world, &[]).json()), Vec::<String>::new());
    let run = scan(&world, &["--key", "ours.pub"]);
    assert_eq!(run.code(), Some(2));
    assert!(run.err().contains("--verify"), "{}", run.err());
    let run = scan(&world, &["--verify", "--no-hash"]);
    assert_eq!(run.code(), Some(2));
}

#[test]
fn what_does_not_hold_fails_the_scan() {
    let world = model();
    let run = scan(&world, &OURS);
    assert_eq!(
        (run.code(), found(&run.json())),
        (Some(1), vec!["medium weights-unsigned".to_owned()])
    );

    let world = signed("theirs");
    let run = scan(&world, &OURS);
    assert_eq!(
        (run.code(), found(&run.json())),
        (Some(1), vec!["high signer-unknown".to_owned()])
    );
    let run = scan(&world, &["--verify"]);
    assert_eq!(
        (run.code(), found(&run.json())),
        (Some(0), vec!["low signer-unknown".to_owned()])
    );

    let world = signed("ours");
    world.write("model/model.safetensors", weights(65));
    let run = scan(&world, &[]);
    assert_eq!(
        (run.code(), found(&run.json())),
        (Some(1), vec!["high signature-mismatch".to_owned()])
    );
    let report = scan(&world, &OURS).json();
    assert_eq!(
        found(&report),
        ["high signature-mismatch", "medium weights-unsigned"]
    );

    let world = signed("ours");
    world.write("model/modeling_tiny.py", "WIDTH = 3\n");
    let run = scan(&world, &OURS);
    assert!(found(&run.json()).contains(&"medium signature-leaves-out-loadable".to_owned()));

    let world = signed("ours");
    let path = world.path("model/model.sig");
    let mut bundle: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = Value::from("MAYCAQECAQE=");
    fs::write(&path, bundle.to_string()).expect("written");
    let report = scan(&world, &OURS).json();
    assert!(
        found(&report).contains(&"high signature-invalid".to_owned()),
        "{:?}",
        found(&report)
    );
}

#[test]
fn other_hashes_and_stretches_are_verified_by_reading_again() {
    for options in [
        &["--hash", "blake2b"][..],
        &["--hash", "blake3"],
        &["--method", "shards", "--shard-size", "7"],
    ] {
        let world = model();
        let run = world.run(&[&["sign", "model", "--key", "ours"], options].concat());
        assert_eq!(run.code(), Some(0), "{}", run.err());
        assert_eq!(
            found(&scan(&world, &OURS).json()),
            Vec::<String>::new(),
            "{options:?}"
        );
        world.write("model/model.safetensors", weights(65));
        let report = scan(&world, &OURS).json();
        assert!(
            found(&report).contains(&"high signature-mismatch".to_owned()),
            "{options:?}"
        );
    }
}

#[test]
fn trust_comes_from_the_configuration_and_signatures_from_elsewhere() {
    let world = model();
    let run = world.run(&[
        "sign",
        "model",
        "--key",
        "ours",
        "--signature",
        "elsewhere/bot.sig",
    ]);
    assert_eq!(run.code(), Some(2), "folders are not made: {}", run.err());
    fs::create_dir(world.path("elsewhere")).expect("made");
    world.run(&[
        "sign",
        "model",
        "--key",
        "ours",
        "--signature",
        "elsewhere/bot.sig",
    ]);
    world.write(
        "chainwright.toml",
        "[verify]\nalways = true\nkey = \"ours.pub\"\nsignature = [\"elsewhere/bot.sig\"]\n",
    );
    let run = scan(&world, &[]);
    assert_eq!(found(&run.json()), Vec::<String>::new(), "{}", run.err());
    world.write("model/model.safetensors", weights(65));
    assert_eq!(
        found(&scan(&world, &[]).json()),
        ["high signature-mismatch", "medium weights-unsigned"]
    );
    world.write("chainwright.toml", "[verify]\nkeys = \"ours.pub\"\n");
    assert_eq!(
        scan(&world, &[]).code(),
        Some(2),
        "unknown words are refused"
    );
}

#[test]
fn every_report_tells_and_the_score_and_the_bill_count_it() {
    let world = signed("ours");
    for format in ["sarif", "html", "markdown", "junit", "human"] {
        let run = world.run(&[
            "scan",
            "model",
            "--no-advisories",
            "--format",
            format,
            "--verify",
            "--key",
            "theirs.pub",
        ]);
        assert_eq!(run.code(), Some(1), "{format}");
        assert!(run.out().contains("signer-unknown"), "{format}");
    }
    let check = |more: &[&str]| {
        let arguments = [
            "score",
            "model",
            "--format",
            "json",
            "--check",
            "Signed",
            "--no-advisories",
        ];
        let report = world.run(&[&arguments, more].concat()).json();
        report["checks"][0]["score"].clone()
    };
    assert_eq!(check(&[]), 5);
    assert_eq!(check(&OURS), 10);
    assert_eq!(check(&["--verify", "--key", "theirs.pub"]), 5);
    let bill = |more: &[&str]| {
        let run = world.run(
            &[
                &["bom", "model", "--no-advisories", "--timestamp", "none"],
                more,
            ]
            .concat(),
        );
        run.json()["declarations"]["claims"][0]["reasoning"].clone()
    };
    let told =
        |claim: &Value, word: &str| claim.as_str().is_some_and(|text| text.starts_with(word));
    assert!(told(&bill(&OURS), "verified"), "{}", bill(&OURS));
    assert!(told(&bill(&[]), "declared"), "{}", bill(&[]));
}

#[test]
fn nothing_is_signed_that_a_scan_denies() {
    let world = model();
    let gate = ["sign", "model", "--key", "ours", "--scan", "--no-config"];
    let more = [
        "--scan-report",
        "report.json",
        "--scan-statement",
        "scan.sigstore.json",
    ];
    let run = world.run(&[&gate[..], &more].concat());
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(world.path("report.json").exists() && world.path("scan.sigstore.json").exists());
    let run = world.run(&["verify", "model", "--key", "ours.pub", "--no-cache"]);
    assert_eq!(run.code(), Some(0), "{}", run.out());

    let world = model();
    world.write("model/pytorch_model.bin", hostile_checkpoint());
    let run = world.run(&[&gate[..], &more].concat());
    assert_eq!(run.code(), Some(1), "{}", run.err());
    assert!(run.err().contains("pickle-code-execution"), "{}", run.err());
    assert!(!world.path("model/model.sig").exists());
    assert!(!world.path("scan.sigstore.json").exists());
    assert!(world.path("report.json").exists(), "the report says why");
}
