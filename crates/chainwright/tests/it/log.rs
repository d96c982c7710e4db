//! A log from its making to its proof, as docs/log.md tells it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::World;

/// A world with a log of two entries; gives its public key.
fn logged() -> (World, String) {
    let world = World::new();
    world.write("model.safetensors", "weights");
    world.write(
        "bundle.json",
        r#"{"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []}"#,
    );
    let made = world.run(&[
        "log",
        "init",
        "--origin",
        "example.com/models",
        "--key",
        "log.key",
        "--format",
        "json",
    ]);
    assert_eq!(made.code(), Some(0), "{}", made.err());
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    let added = world.run(&[
        "log",
        "append",
        "--key",
        "log.key",
        "model.safetensors",
        "bundle.json",
        "--actor",
        "me",
    ]);
    assert_eq!(added.code(), Some(0), "{}", added.err());
    assert!(
        added.out().contains("example.com/models has 2 entries"),
        "{}",
        added.out()
    );
    (world, key)
}

#[test]
fn a_log_is_kept_proved_and_checked() {
    let (world, key) = logged();
    let shown = world.run(&["log", "show", "--format", "json"]).json();
    assert_eq!(shown["entries"][0]["entry"]["type"], "file");
    assert_eq!(shown["entries"][1]["entry"]["envelope"]["payload"], "e30=");
    let digest = shown["entries"][0]["entry"]["digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    let proved = world.run(&[
        "log",
        "prove",
        "--digest",
        &digest,
        "-o",
        "model.tlog-proof",
    ]);
    assert_eq!(proved.code(), Some(0), "{}", proved.err());
    let check = |extra: &[&str]| {
        let mut arguments = vec!["log", "check", "model.tlog-proof"];
        arguments.extend(extra);
        let run = world.run(&arguments);
        (run.code(), run.out() + &run.err())
    };
    let (code, out) = check(&["model.safetensors", "--key", &key]);
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.contains("the proof holds: entry 0 of 2 in example.com/models"),
        "{out}"
    );
    assert_eq!(check(&["bundle.json", "--key", &key]).0, Some(1));
    assert_eq!(check(&["missing", "--key", &key]).0, Some(2));
    assert_eq!(check(&["model.safetensors"]).0, Some(2));
    assert_eq!(check(&["--key", &key]).0, Some(2));
    let other = world
        .run(&[
            "log",
            "keygen",
            "--name",
            "example.com/other",
            "--output",
            "other.key",
        ])
        .out();
    let (code, out) = check(&["model.safetensors", "--key", other.trim()]);
    assert_eq!(code, Some(1));
    assert!(out.contains("lists no log `example.com/models`"), "{out}");
    let sound = world.run(&["log", "verify"]);
    assert_eq!(sound.code(), Some(0), "{}", sound.err());
    assert!(
        sound.out().contains("is sound: 2 entries"),
        "{}",
        sound.out()
    );
    // A second log of the same name would be a fork.
    let again = world.run(&[
        "log",
        "init",
        "--log",
        "b",
        "--origin",
        "example.com/models",
        "--key",
        "log.key",
    ]);
    assert_eq!(again.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn secret_keys_are_private_and_never_shown() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, key) = logged();
    let mode = fs::metadata(world.path("log.key"))
        .expect("a key")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = fs::read_to_string(world.path("log.key")).expect("readable");
    let taken = world.run(&["log", "keygen", "--name", "x", "--output", "log.key"]);
    assert_eq!(taken.code(), Some(2));
    let wrong = world.run(&["log", "verify", "--key", secret.trim()]);
    assert_eq!(wrong.code(), Some(2));
    fs::write(world.path("cut.key"), &secret[..secret.len() - 9]).expect("writable");
    let cut = world.run(&["log", "append", "--key", "cut.key", "model.safetensors"]);
    assert_eq!(cut.code(), Some(2));
    let material = secret.splitn(5, '+').last().expect("a part");
    assert!(!wrong.err().contains(&material[..12]), "{}", wrong.err());
    assert!(!cut.err().contains(&material[..12]), "{}", cut.err());
    assert!(!key.contains(&material[..12]));
}

#[test]
fn a_changed_or_older_log_is_not_sound() {
    let (world, _) = logged();
    let early = fs::read(world.path("chainwright-log/checkpoint")).expect("readable");
    world.write("early", &early);
    assert_eq!(
        world
            .run(&[
                "log",
                "append",
                "--key",
                "log.key",
                "--digest",
                &"a".repeat(64)
            ])
            .code(),
        Some(0)
    );
    let late = world.run(&["log", "checkpoint"]).out();
    world.write("late", &late);
    assert_eq!(
        world.run(&["log", "consistency", "early", "late"]).code(),
        Some(0)
    );
    assert_eq!(
        world.run(&["log", "consistency", "late", "early"]).code(),
        Some(1)
    );

    let bundle = world.path("chainwright-log/tile/entries/000.p/3");
    let bytes = fs::read(&bundle).expect("readable");
    fs::write(&bundle, &bytes[..bytes.len() - 1]).expect("writable");
    let damaged = world.run(&["log", "verify"]);
    assert_eq!(damaged.code(), Some(1), "{}", damaged.err());
    assert!(
        damaged.out().contains("tile/entries/000.p/3` is damaged"),
        "{}",
        damaged.out()
    );
    let refused = world.run(&["log", "append", "--key", "log.key", "model.safetensors"]);
    assert_eq!(refused.code(), Some(2));
    fs::write(&bundle, &bytes).expect("writable");
    assert_eq!(world.run(&["log", "verify"]).code(), Some(0));

    for name in ["checkpoint", ".state/head"] {
        fs::write(world.path("chainwright-log").join(name), &early).expect("writable");
    }
    let older = world.run(&["log", "verify"]);
    assert_eq!(older.code(), Some(1), "{}", older.err());
    assert!(older.out().contains("rolled back"), "{}", older.out());
    let refused = world.run(&["log", "append", "--key", "log.key", "model.safetensors"]);
    assert_eq!(refused.code(), Some(2));
    assert!(
        refused.err().contains("rolled back") && refused.err().contains("hint:"),
        "{}",
        refused.err()
    );
}

#[test]
fn logs_lie_in_sqlite_too_and_missing_ones_are_told() {
    let world = World::new();
    world.write("file", "bytes");
    let missing = world.run(&["log", "show", "--log", "nothing"]);
    assert_eq!(missing.code(), Some(2));
    assert!(
        missing.err().contains("there is no log here"),
        "{}",
        missing.err()
    );
    assert!(!world.path("nothing").exists());
    let place = ["--log", "a.sqlite", "--seen", "seen"];
    let run = |arguments: &[&str]| world.run(&[arguments, &place].concat());
    assert_eq!(
        run(&["log", "init", "--origin", "a.example", "--key", "a.key"]).code(),
        Some(0)
    );
    assert_eq!(
        run(&["log", "append", "--key", "a.key", "file"]).code(),
        Some(0)
    );
    assert_eq!(run(&["log", "verify"]).code(), Some(0));
    assert!(world.path("a.sqlite").is_file());
}

#[test]
fn a_witness_cosigns_over_http_and_a_policy_asks_for_it() {
    let (world, key) = logged();
    let witness = world
        .run(&[
            "log",
            "keygen",
            "--kind",
            "witness",
            "--name",
            "witness.example/one",
            "--output",
            "witness.key",
        ])
        .out();
    let witness = witness.trim();
    let mut server = world
        .command()
        .args([
            "log",
            "witness",
            "serve",
            "--key",
            "witness.key",
            "--log-key",
            &key,
            "--listen",
            "127.0.0.1:0",
            "--seen",
            "witness-state",
        ])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the witness starts");
    let mut line = String::new();
    BufReader::new(server.stderr.take().expect("piped"))
        .read_line(&mut line)
        .expect("readable");
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .expect("an address")
        .to_owned();
    world.write(
        "policy",
        format!("log {key}\nwitness one {witness} {url}\nquorum one\n"),
    );
    let prove = || {
        assert_eq!(
            world
                .run(&["log", "prove", "--index", "0", "-o", "proof"])
                .code(),
            Some(0)
        );
        world.run(&[
            "log",
            "check",
            "proof",
            "model.safetensors",
            "--policy",
            "policy",
        ])
    };
    let before = prove();
    assert_eq!(before.code(), Some(1));
    assert!(
        before.out().contains("not enough for the quorum"),
        "{}",
        before.out()
    );
    let asked = world.run(&["log", "cosign", "--witness", &url, "--witness-key", witness]);
    assert_eq!(asked.code(), Some(0), "{} {}", asked.out(), asked.err());
    let after = prove();
    assert_eq!(after.code(), Some(0), "{}", after.out());
    assert!(
        after.out().contains("cosigned by witness.example/one"),
        "{}",
        after.out()
    );
    assert_eq!(
        world
            .run(&[
                "log",
                "append",
                "--key",
                "log.key",
                "--oms-root",
                &"b".repeat(64)
            ])
            .code(),
        Some(0)
    );
    let again = world.run(&["log", "cosign", "--policy", "policy", "--format", "json"]);
    assert_eq!(again.code(), Some(0), "{} {}", again.out(), again.err());
    assert_eq!(again.json()["cosigned"][0], "witness.example/one");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    let gone = world.run(&["log", "cosign", "--policy", "policy"]);
    // What was cosigned before is still enough for the policy.
    assert_eq!(gone.code(), Some(0), "{}", gone.out());
    assert!(gone.out().contains("cannot be reached"), "{}", gone.out());
}
