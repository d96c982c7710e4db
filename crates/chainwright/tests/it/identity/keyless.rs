//! Signing under an identity, whole and offline, against a stand-in for the services.

use chainwright_stand_in::{IDENTITY, ISSUER, token_for};

use super::*;

const WHO: [&str; 6] = [
    "--identity",
    IDENTITY,
    "--issuer",
    ISSUER,
    "--trusted-root",
    "trusted_root.json",
];

fn sign<'a>(services: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let first = ["sign", "model", "--overwrite", "--signing-config", services];
    [&first, more].concat()
}

#[test]
fn models_signed_under_an_identity_verify_offline_with_logs_of_both_apis() {
    let (service, world) = helpful();
    for (services, entry) in [
        ("services.1.json", "dsse"),
        ("services.2.json", "hashedrekord"),
    ] {
        let held = [
            "--identity-token",
            "token",
            "--trusted-root",
            "trusted_root.json",
        ];
        let run = world.works(&sign(services, &held));
        assert!(
            run.out().contains(&format!("identity {IDENTITY}")),
            "{}",
            run.out()
        );
        let material = &world.bundle()["verificationMaterial"];
        assert_eq!(material["tlogEntries"][0]["kindVersion"]["kind"], entry);
        assert_eq!(world.verdict(&WHO), verdict(0, "timestamp"), "{services}");
        let more = |more: &[&'static str]| [&WHO, more].concat();
        let timed = more(&["--require-time", "timestamp"]);
        assert_eq!(world.verdict(&timed), verdict(0, "timestamp"));
        let mut other = WHO;
        other[1] = "other@example.com";
        assert_eq!(world.verdict(&other), verdict(1, "wrong-identity"));
        other = WHO;
        other[3] = "https://accounts.example.com";
        assert_eq!(world.verdict(&other), verdict(1, "wrong-issuer"));
        // The public-good instance knows nothing of these keys.
        let (code, told) = world.verdict(&WHO[..4]);
        assert_eq!(code, Some(1), "{told}");
    }
    let asked = service.asked();
    assert_eq!(asked.len(), 6, "{asked:?}");
    world.write("model/config.json", "[]");
    assert_eq!(world.verdict(&WHO).0, Some(1));
}

#[test]
fn a_log_alone_is_not_a_timestamp() {
    let (service, world) = helpful();
    let mut services: Value = serde_json::from_str(&service.signing_config(1)).unwrap();
    services["tsaUrls"] = serde_json::json!([]);
    world.write("untimed.json", services.to_string());
    world.works(&sign("untimed.json", &["--identity-token", "token"]));
    let required = |source| world.verdict(&[&WHO[..], &["--require-time", source]].concat());
    assert_eq!(required("clock"), verdict(0, "log"));
    assert_eq!(required("log"), verdict(0, "log"));
    assert_eq!(required("timestamp"), verdict(1, "weak-time"));
}

#[test]
fn the_token_comes_from_a_file_a_variable_or_the_ci_system() {
    let (service, world) = helpful();
    let keyless = sign("services.1.json", &["--keyless"]);
    let token = token();
    let run = world.with(&keyless, &[("SIGSTORE_ID_TOKEN", &token)]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let run = world.with(
        &keyless,
        &[("GITLAB_CI", "true"), ("SIGSTORE_ID_TOKEN", &token)],
    );
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(
        !service
            .asked()
            .iter()
            .any(|path| path.starts_with("/token"))
    );
    let address = format!("{}/token?job=1", service.address);
    let github = [
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", address.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "given by the job"),
    ];
    // What a job has is used only when asked for.
    let before = service.asked().len();
    world.works(&["keygen", "key", "--no-password"]);
    let keyed = ["sign", "model", "--overwrite", "--key", "key"];
    assert_eq!(world.with(&keyed, &github).code(), Some(0));
    assert_eq!(service.asked().len(), before);
    let run = world.with(&keyless, &github);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(service.asked()[before].contains("audience=sigstore"));
    assert_eq!(world.verdict(&WHO), verdict(0, "timestamp"));
    // A job without the permission, and no job at all.
    for variables in [&github[..1], &[]] {
        let run = world.with(&keyless, variables);
        assert_eq!(run.code(), Some(2));
        assert!(run.err().contains("identity"), "{}", run.err());
    }
}

#[test]
fn nothing_is_asked_with_a_bad_token_or_over_a_line_that_others_read() {
    let (service, world) = helpful();
    world.write("old", token_for(IDENTITY, 1_700_000_000));
    world.write("none", "no token");
    let elsewhere = service
        .signing_config(1)
        .replace("127.0.0.1", "sigstore.example.com");
    world.write("elsewhere.json", elsewhere);
    world.write("text.json", "{}");
    for (services, token, told) in [
        ("services.1.json", "old", "too old"),
        ("services.1.json", "none", "not a JSON web token"),
        ("services.1.json", "nowhere", "cannot read"),
        ("elsewhere.json", "token", "not an https address"),
        ("text.json", "token", "signing configuration"),
    ] {
        let run = world.run(&sign(services, &["--identity-token", token]));
        assert_eq!(run.code(), Some(2), "{services} {token}");
        assert!(
            run.err().contains(told),
            "{services} {token}: {}",
            run.err()
        );
    }
    for arguments in [
        &["--keyless", "--key", "key"][..],
        &["--keyless", "--certificate", "c.pem"],
        &["--keyless", "--timestamp-authority", "http://localhost"],
        &["--key", "key", "--signing-config", "services.1.json"],
        &[],
    ] {
        let arguments = [&["sign", "model"], arguments].concat();
        assert_eq!(world.run(&arguments).code(), Some(2), "{arguments:?}");
    }
    assert_eq!(service.asked(), Vec::<String>::new());
    assert!(!world.signature().exists());
}

#[test]
fn services_that_fail_leave_nothing_behind_and_see_no_token_elsewhere() {
    for mood in [
        Mood::Refusing,
        Mood::Talking,
        Mood::Silent,
        Mood::Redirecting,
        Mood::Replaying,
    ] {
        let service = StandIn::start(mood);
        let world = beside(&service);
        let run = world.run(&sign("services.1.json", &["--identity-token", "token"]));
        assert_eq!(run.code(), Some(2), "{mood:?}: {}", run.out());
        for part in token().split('.').filter(|part| part.len() > 8) {
            assert!(!run.err().contains(part), "{mood:?}: {}", run.err());
        }
        assert!(
            !service
                .asked()
                .iter()
                .any(|path| path.contains("elsewhere"))
        );
        assert!(!world.signature().exists(), "{mood:?}");
    }
    // Services whose answers do not hold against the root that was given.
    let (service, world) = helpful();
    world.write(
        "trusted_root.json",
        StandIn::start(Mood::Helpful).trusted_root(),
    );
    let held = [
        "--identity-token",
        "token",
        "--trusted-root",
        "trusted_root.json",
    ];
    let run = world.run(&sign("services.1.json", &held));
    assert_eq!(run.code(), Some(2));
    assert!(run.err().contains("--trusted-root"), "{}", run.err());
    assert!(!world.signature().exists());
    assert_eq!(service.asked().len(), 3);
}

#[test]
fn statements_are_attested_under_an_identity_and_count_for_slsa() {
    let (_service, world) = helpful();
    world.write("claim.json", r#"{"said": true}"#);
    world.works(&[
        "attest",
        "predicate",
        "model",
        "--type",
        "https://example.com/claim",
        "--predicate",
        "claim.json",
        "--identity-token",
        "token",
        "--signing-config",
        "services.1.json",
        "-o",
        "claim.sigstore.json",
    ]);
    world.write("trust.toml", "");
    let judge = |identity| {
        let run = world.run(&[
            "verify",
            "model",
            "--slsa",
            "trust.toml",
            "--attestation",
            "claim.sigstore.json",
            "--identity",
            identity,
            "--issuer",
            ISSUER,
            "--trusted-root",
            "trusted_root.json",
            "--format",
            "json",
        ]);
        run.out() + &run.err()
    };
    assert!(
        !judge(IDENTITY).contains("signed by `"),
        "{}",
        judge(IDENTITY)
    );
    let other = judge("other@example.com");
    assert!(
        other.contains(&format!("signed by `{IDENTITY}`")),
        "{other}"
    );
}
