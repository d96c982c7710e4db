//! When a signature was made, and who says so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;

/// Middle of the year in which the certificate `ended.pem` was valid.
const THEN: u64 = 1_625_000_000;

fn ago(then: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now - Duration::from_secs(then)
}

fn sign(world: &World, certificate: &str, authority: Option<&str>) -> Run {
    let key = fixture("keys/p256.pkcs8.pem");
    let certificate = fixture(&format!("certificates/{certificate}.pem"));
    let mut arguments = vec!["sign", "model", "--overwrite", "--key", &key];
    arguments.extend(["--certificate", &certificate]);
    arguments.extend(
        authority
            .into_iter()
            .flat_map(|url| ["--timestamp-authority", url]),
    );
    world.run(&arguments)
}

fn check(world: &World, more: &[&str]) -> (Option<i32>, String) {
    let root = fixture("certificates/root.pem");
    world.verdict(&[&["--certificate-roots", root.as_str()], more].concat())
}

#[test]
fn an_expired_certificate_counts_with_a_timestamp_from_its_time_and_not_without() {
    let service = StandIn::start_behind(Mood::Helpful, ago(THEN));
    let world = beside(&service);
    let url = service.timestamps();
    assert_eq!(sign(&world, "ended", Some(&url)).code(), Some(0));
    assert_eq!(
        check(&world, &[]),
        verdict(1, "expired"),
        "nobody trusts the authority"
    );
    for trusted in [
        ["--tsa-roots", "times.pem"],
        ["--trusted-root", "trusted_root.json"],
    ] {
        assert_eq!(check(&world, &trusted), verdict(0, "timestamp"));
        let required = [&trusted[..], &["--require-time", "timestamp"]].concat();
        assert_eq!(check(&world, &required), verdict(0, "timestamp"));
    }
    // The root of somebody else.
    let other = StandIn::start(Mood::Helpful);
    world.write("other.pem", other.timestamp_root());
    assert_eq!(
        check(&world, &["--tsa-roots", "other.pem"]),
        verdict(1, "expired")
    );
    let required = ["--tsa-roots", "other.pem", "--require-time", "timestamp"];
    assert_eq!(check(&world, &required), verdict(1, "untrusted-timestamp"));
    // Without a timestamp.
    assert_eq!(sign(&world, "ended", None).code(), Some(0));
    assert_eq!(
        check(&world, &["--tsa-roots", "times.pem"]),
        verdict(1, "expired")
    );
    assert_eq!(check(&world, &["--allow-expired"]), verdict(0, "clock"));
}

#[test]
fn a_timestamp_from_before_the_certificate_is_refused_and_so_is_one_to_come() {
    let service = StandIn::start_behind(Mood::Helpful, ago(THEN));
    let world = beside(&service);
    let url = service.timestamps();
    assert_eq!(sign(&world, "good", Some(&url)).code(), Some(0));
    let trusted = ["--tsa-roots", "times.pem"];
    assert_eq!(check(&world, &trusted), verdict(1, "not-yet-valid"));
    assert_eq!(check(&world, &[]), verdict(0, "clock"));
    assert_eq!(sign(&world, "future", None).code(), Some(0));
    assert_eq!(check(&world, &[]), verdict(1, "not-yet-valid"));
    assert_eq!(
        check(&world, &["--allow-expired"]),
        verdict(1, "not-yet-valid")
    );
}

#[test]
fn the_least_time_is_asked_of_keys_and_certificates() {
    let (service, world) = helpful();
    let key = fixture("keys/p256.pkcs8.pem");
    let public = fixture("keys/p256.pub.pem");
    let sign = ["sign", "model", "--overwrite", "--key", &key];
    let trusted = ["--key", &public, "--tsa-roots", "times.pem"];
    let required = |source| world.verdict(&[&trusted[..], &["--require-time", source]].concat());
    world.works(&sign);
    assert_eq!(required("clock"), verdict(0, "clock"));
    assert_eq!(required("log"), verdict(1, "weak-time"));
    assert_eq!(required("timestamp"), verdict(1, "weak-time"));
    world.works(&[&sign[..], &["--timestamp-authority", &service.timestamps()]].concat());
    for source in ["clock", "log", "timestamp"] {
        assert_eq!(required(source), verdict(0, "timestamp"));
    }
    let told = world.works(&["verify", "model", "--key", &public]);
    assert!(
        told.out()
            .contains("timestamps in the bundle were not checked"),
        "{}",
        told.out()
    );
}

/// Certificates and keys of one's own, logged as cosign does it.
#[test]
fn a_log_vouches_for_the_time_of_certificates_and_keys() {
    let (service, world) = helpful();
    let trusted = ["--trusted-root", "trusted_root.json"];
    let required = [&trusted[..], &["--require-time", "log"]].concat();
    let logged = |world: &World, verifier: &str| {
        let mut bundle = world.bundle();
        let verifier = std::fs::read_to_string(fixture(verifier)).unwrap();
        let entry = service.log(&bundle["dsseEnvelope"], &verifier);
        bundle["verificationMaterial"]["tlogEntries"] = serde_json::json!([entry]);
        world.write("model/model.sig", bundle.to_string());
        bundle
    };
    assert_eq!(sign(&world, "good", None).code(), Some(0));
    assert_eq!(check(&world, &required), verdict(1, "weak-time"));
    let first = logged(&world, "certificates/good.pem");
    assert_eq!(check(&world, &required), verdict(0, "log"));
    assert_eq!(check(&world, &[]), verdict(0, "clock"), "no log is trusted");
    let more = [
        "--trusted-root",
        "trusted_root.json",
        "--require-time",
        "timestamp",
    ];
    assert_eq!(check(&world, &more), verdict(1, "weak-time"));
    // Another time, another certificate in the entry, the entry of another signature, another log.
    let entry = "/verificationMaterial/tlogEntries/0";
    let mut earlier = first.clone();
    earlier.pointer_mut(entry).unwrap()["integratedTime"] = "1625000000".into();
    world.write("model/model.sig", earlier.to_string());
    assert_eq!(check(&world, &trusted), verdict(1, "bad-log-proof"));
    assert_eq!(sign(&world, "good", None).code(), Some(0));
    logged(&world, "certificates/stranger.pem");
    assert_eq!(
        check(&world, &trusted).0,
        Some(0),
        "the key is the same, and it is the key that is logged"
    );
    logged(&world, "certificates/other-key.pem");
    assert_eq!(check(&world, &trusted), verdict(1, "bad-log-proof"));
    let mut moved = world.bundle();
    *moved.pointer_mut(entry).unwrap() = first.pointer(entry).unwrap().clone();
    world.write("model/model.sig", moved.to_string());
    assert_eq!(check(&world, &trusted), verdict(1, "bad-log-proof"));
    world.write("other.json", StandIn::start(Mood::Helpful).trusted_root());
    world.write("model/model.sig", first.to_string());
    assert_eq!(
        check(&world, &["--trusted-root", "other.json"]),
        verdict(1, "bad-log-proof")
    );
    // A certificate that had ended when the log took the entry.
    assert_eq!(sign(&world, "ended", None).code(), Some(0));
    logged(&world, "certificates/ended.pem");
    assert_eq!(check(&world, &trusted), verdict(1, "expired"));
    // A key without a certificate.
    let (key, public) = (fixture("keys/p256.pkcs8.pem"), fixture("keys/p256.pub.pem"));
    world.works(&["sign", "model", "--overwrite", "--key", &key]);
    logged(&world, "keys/p256.pub.pem");
    let with_key = [&["--key", public.as_str()][..], &required].concat();
    assert_eq!(world.verdict(&with_key), verdict(0, "log"));
}

/// A timestamp that is moved, changed, or stood beside.
#[test]
fn timestamps_that_were_tampered_with_are_refused() {
    let (service, world) = helpful();
    let url = service.timestamps();
    assert_eq!(sign(&world, "good", Some(&url)).code(), Some(0));
    let good = world.bundle();
    let place =
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
    let token = good.pointer(place).unwrap().as_str().unwrap().to_owned();
    let token = chainwright_attestations::base64::decode(&token).unwrap();
    let trusted = ["--tsa-roots", "times.pem", "--require-time", "timestamp"];
    let with = |bytes: &[u8]| {
        let mut bundle = good.clone();
        *bundle.pointer_mut(place).unwrap() =
            chainwright_attestations::base64::encode(bytes).into();
        world.write("model/model.sig", bundle.to_string());
        check(&world, &trusted)
    };
    assert_eq!(with(&token), verdict(0, "timestamp"));
    // Every stretch of it: bits, then its end.
    for at in (0..token.len()).step_by(11) {
        let mut changed = token.clone();
        changed[at] ^= 0x10;
        let (code, told) = with(&changed);
        // Certificates that come along are no proof of anything: changed ones may still be passed over.
        assert!(code == Some(1) || told == "timestamp", "{at}: {told}");
        assert!(
            ["bad-timestamp", "untrusted-timestamp", "timestamp"].contains(&told.as_str()),
            "{at}: {told}"
        );
    }
    for length in (0..token.len()).step_by(37) {
        let (code, told) = with(&token[..length]);
        assert_eq!(code, Some(1), "{length}: {told}");
    }
    // More of them than anybody makes.
    let mut many = good.clone();
    let list = many
        .pointer_mut(place.trim_end_matches("/0/signedTimestamp"))
        .unwrap();
    let one = list[0].clone();
    *list = vec![one; 65].into();
    world.write("model/model.sig", many.to_string());
    assert_eq!(check(&world, &trusted), verdict(1, "unsupported"));
    // That of another signature of the same signer.
    assert_eq!(sign(&world, "good", Some(&url)).code(), Some(0));
    assert_eq!(with(&token), verdict(0, "timestamp"));
    let mut other = good.clone();
    assert_eq!(sign(&world, "good", Some(&url)).code(), Some(0));
    *other.pointer_mut(place).unwrap() = world.bundle().pointer(place).unwrap().clone();
    world.write("model/model.sig", other.to_string());
    assert_eq!(check(&world, &trusted), verdict(1, "bad-timestamp"));
}

#[test]
fn authorities_that_answer_something_else_sign_nothing() {
    for mood in [
        Mood::Refusing,
        Mood::Talking,
        Mood::Silent,
        Mood::Redirecting,
        Mood::Replaying,
    ] {
        let service = StandIn::start(mood);
        let world = beside(&service);
        let run = sign(&world, "good", Some(&service.timestamps()));
        assert_eq!(run.code(), Some(2), "{mood:?}");
        assert!(
            run.err().contains("the timestamp authority"),
            "{}",
            run.err()
        );
        assert!(!world.signature().exists());
    }
}

/// `openssl ts` as authority and as verifier.
#[test]
fn timestamps_of_openssl_are_read_and_ours_are_read_by_it() {
    use std::process::Command;
    let world = World::new();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(world.folder.path())
            .output();
        output.map(Run)
    };
    if openssl(&["version"]).is_err() {
        eprintln!("skipped: openssl is not installed");
        return;
    }
    let works = |arguments: &[&str]| {
        let run = openssl(arguments).unwrap();
        assert_eq!(run.code(), Some(0), "{arguments:?}: {}", run.err());
        run
    };
    world.write(
        "ts.cnf",
        "[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n[stamp]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_digest=sha384\ndefault_policy=1.2.3.4\ndigests=sha256,sha384,sha512\naccuracy=secs:1\nclock_precision_digits=3\ness_cert_id_chain=yes\nordering=yes\ntsa_name=yes\ness_cert_id_alg=sha256\n",
    );
    world.write("serial", "01");
    for (name, key) in [("rsa", "rsa:2048"), ("ec", "ec")] {
        let curve: &[&str] = if key == "ec" {
            &["-pkeyopt", "ec_paramgen_curve:P-384"]
        } else {
            &[]
        };
        world.write(
            "req.cnf",
            "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=Test times\n[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n",
        );
        let root = [
            "req",
            "-x509",
            "-config",
            "req.cnf",
            "-extensions",
            "root",
            "-newkey",
            key,
        ];
        let files = [
            "-nodes", "-days", "30", "-keyout", "root.key", "-out", "root.pem",
        ];
        works(&[&root[..], curve, &files].concat());
        let leaf = [
            "req",
            "-config",
            "req.cnf",
            "-subj",
            "/CN=Stamp",
            "-newkey",
            key,
        ];
        let files = ["-nodes", "-keyout", "tsa.key", "-out", "tsa.csr"];
        works(&[&leaf[..], curve, &files].concat());
        works(&[
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-days",
            "20",
            "-extfile",
            "ts.cnf",
            "-extensions",
            "stamp",
            "-out",
            "tsa.pem",
        ]);
        // A signature of ours, stamped by openssl.
        world.write("model/a", "a");
        let key = fixture("keys/p256.pkcs8.pem");
        let certificate = fixture("certificates/good.pem");
        world.works(&[
            "sign",
            "model",
            "--overwrite",
            "--key",
            &key,
            "--certificate",
            &certificate,
        ]);
        let mut bundle = world.bundle();
        let signature = bundle["dsseEnvelope"]["signatures"][0]["sig"]
            .as_str()
            .unwrap();
        let signature = chainwright_attestations::base64::decode(signature).unwrap();
        world.write("signature", &signature);
        works(&[
            "ts",
            "-query",
            "-data",
            "signature",
            "-sha256",
            "-cert",
            "-out",
            "ask",
        ]);
        works(&[
            "ts",
            "-reply",
            "-config",
            "ts.cnf",
            "-section",
            "one",
            "-queryfile",
            "ask",
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-chain",
            "root.pem",
            "-out",
            "answer",
        ]);
        let answer = std::fs::read(world.path("answer")).unwrap();
        bundle["verificationMaterial"]["timestampVerificationData"] = serde_json::json!({
            "rfc3161Timestamps": [{"signedTimestamp": chainwright_attestations::base64::encode(&answer)}],
        });
        world.write("model/model.sig", bundle.to_string());
        let trusted = ["--tsa-roots", "root.pem", "--require-time", "timestamp"];
        assert_eq!(check(&world, &trusted), verdict(0, "timestamp"), "{name}");
        // A request of ours, stamped by the stand-in, verified by openssl.
        let service = StandIn::start(Mood::Helpful);
        world.write("times.pem", service.timestamp_root());
        let run = sign(&world, "good", Some(&service.timestamps()));
        assert_eq!(run.code(), Some(0), "{}", run.err());
        let bundle = world.bundle();
        let stamped = &bundle["verificationMaterial"]["timestampVerificationData"];
        let stamped = stamped["rfc3161Timestamps"][0]["signedTimestamp"]
            .as_str()
            .unwrap();
        world.write(
            "ours",
            chainwright_attestations::base64::decode(stamped).unwrap(),
        );
        let signature = bundle["dsseEnvelope"]["signatures"][0]["sig"]
            .as_str()
            .unwrap();
        world.write(
            "signature",
            chainwright_attestations::base64::decode(signature).unwrap(),
        );
        let run = works(&[
            "ts",
            "-verify",
            "-in",
            "ours",
            "-data",
            "signature",
            "-CAfile",
            "times.pem",
        ]);
        assert!((run.out() + &run.err()).contains("Verification: OK"));
    }
}
