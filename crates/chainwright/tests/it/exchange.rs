//! Attestations on their way from one organisation to another, as docs/exchange.md tells it, and disks that are full.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Run, World, names};

/// A sender with a model, a key, a log and one exchange file.
fn sent() -> (World, String) {
    let world = World::new();
    world.write("bot/model.safetensors", b"weights");
    world.write("review.json", b"{\"result\": \"good\"}");
    for name in ["builder", "stranger"] {
        let made = world.run(&["keygen", name, "--no-password"]);
        assert_eq!(made.code(), Some(0), "{}", made.err());
    }
    let made = good(
        &world,
        "log init --origin acme.example/models --key log.key --format json",
    );
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    good(
        &world,
        "attest predicate bot --type https://acme.example/reviewed/v1 --predicate review.json --key builder -o bot.json",
    );
    good(&world, "log append --key log.key bot.json");
    good(
        &world,
        "attest export bot --log chainwright-log --hint-key stranger.pub -o bot.exchange",
    );
    (world, key)
}

fn run(world: &World, words: &str) -> Run {
    let words: Vec<&str> = words.split(' ').collect();
    world.run(&words)
}

fn good(world: &World, words: &str) -> Run {
    let ran = run(world, words);
    assert_eq!(ran.code(), Some(0), "{words}\n{}{}", ran.out(), ran.err());
    ran
}

fn import(world: &World, words: &str) -> (Option<i32>, Value) {
    let ran = run(world, &format!("attest import {words} --format json"));
    let told = serde_json::from_slice(&ran.0.stdout);
    let told = told.unwrap_or_else(|_| panic!("{words}\n{}{}", ran.out(), ran.err()));
    (ran.code(), told)
}

/// The codes of what is not accepted.
fn codes(told: &Value) -> Vec<String> {
    let items = told["items"].as_array().into_iter().flatten();
    items
        .filter_map(|item| item["code"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn what_is_exported_is_judged_and_kept() {
    let (world, key) = sent();
    // The same content is the same file.
    good(
        &world,
        "attest export bot --log chainwright-log --hint-key stranger.pub -o again.exchange",
    );
    let bytes = fs::read(world.path("bot.exchange")).expect("readable");
    assert_eq!(
        fs::read(world.path("again.exchange")).expect("readable"),
        bytes
    );
    let usual = format!("bot.exchange --key builder.pub --log-key {key} --seen other");
    let (code, told) = import(
        &world,
        &format!("{usual} --artifact bot --require-logged --into in"),
    );
    assert_eq!((code, codes(&told)), (Some(0), vec![]), "{told}");
    assert_eq!(told["items"][0]["bytes_compared"], true);
    assert_eq!(told["hints_not_trusted"][0]["kind"], "public-key");
    let folder = PathBuf::from(told["kept"]["folder"].as_str().expect("a folder"));
    assert_eq!(
        names(&world.path(&folder.to_string_lossy())),
        ["attestations", "proofs", "receipt.json"]
    );
    let (_, again) = import(
        &world,
        &format!("{usual} --artifact bot --require-logged --into in"),
    );
    assert_eq!(again["kept"]["was_kept_before"], true);
    assert_eq!(names(&world.path("in")).len(), 1);
    // What was kept is used by the other verbs.
    let proofs = world.path(&folder.to_string_lossy()).join("proofs");
    let proof = proofs.join(&names(&proofs)[0]);
    assert!(proof.is_file());

    let other = world.run(&[
        "log",
        "init",
        "--log",
        "theirs",
        "--origin",
        "bank.example",
        "--key",
        "bank.key",
    ]);
    assert_eq!(other.code(), Some(0), "{}", other.err());
    let into_log = format!("{usual} --into-log theirs --into-log-key bank.key");
    assert_eq!(import(&world, &into_log).1["appended"], 1);
    assert_eq!(import(&world, &into_log).1["appended"], 0);
    let human = run(
        &world,
        "attest import bot.exchange --key builder.pub --ignore-proofs",
    );
    assert_eq!(human.code(), Some(0), "{}", human.err());
    assert!(human.out().contains("nothing was kept"), "{}", human.out());
    assert!(
        human.out().contains("counts for nothing"),
        "{}",
        human.out()
    );
}

#[test]
fn refusals_are_told_apart_by_code_and_exit() {
    let (world, key) = sent();
    let bytes = fs::read(world.path("bot.exchange")).expect("readable");
    world.write("cut.exchange", &bytes[..bytes.len() - 20]);
    let later = String::from_utf8(bytes).expect("text");
    world.write("later.exchange", later.replacen(":1,", ":7,", 1));
    world.write("evil/model.safetensors", b"other weights");
    fs::create_dir(world.path("elsewhere")).expect("writable");
    fs::rename(world.path("evil"), world.path("elsewhere/bot")).expect("writable");
    let log = format!("--log-key {key} --seen other --into in");
    let refused: [(&str, i32, &str); 6] = [
        ("bot.exchange --key stranger.pub", 1, "wrong-key"),
        ("bot.exchange", 2, "nothing-trusted"),
        (
            "bot.exchange --key builder.pub --artifact elsewhere/bot",
            1,
            "bytes-differ",
        ),
        (
            "bot.exchange --key builder.pub --artifact review.json",
            1,
            "not-in-file",
        ),
        ("cut.exchange --key builder.pub", 1, "truncated"),
        ("later.exchange --key builder.pub", 2, "unknown-version"),
    ];
    for (words, exit, expected) in refused {
        let (code, told) = import(&world, &format!("{words} {log}"));
        let mut found = codes(&told);
        found.extend(told["error"]["code"].as_str().map(str::to_owned));
        assert_eq!(code, Some(exit), "{words}: {told}");
        assert!(found.iter().any(|code| code == expected), "{words}: {told}");
        assert!(!world.path("in").exists(), "{words}");
    }
    let (code, told) = import(&world, "bot.exchange --key builder.pub --into in");
    assert_eq!(
        (code, codes(&told)),
        (Some(2), vec!["no-log-trusted".to_owned()])
    );
    assert!(!world.path("in").exists());
    // What is good can be kept by itself; the answer stays what it is.
    let (code, _) = import(&world, "bot.exchange --key builder.pub --into in --partial");
    assert_eq!(code, Some(2));
    assert_eq!(names(&world.path("in")).len(), 1);
    // An older file, once a newer one was seen.
    good(
        &world,
        &format!("log append --key log.key --digest {}", "a".repeat(64)),
    );
    good(
        &world,
        "attest export bot --log chainwright-log --since 1 -o new.exchange",
    );
    let usual = format!("--key builder.pub --log-key {key} --seen other");
    assert_eq!(import(&world, &format!("new.exchange {usual}")).0, Some(0));
    let (code, told) = import(&world, &format!("bot.exchange {usual}"));
    assert_eq!(
        (code, codes(&told)),
        (Some(1), vec!["older-than-seen".to_owned()])
    );
}

#[test]
fn waiting_ends_and_says_that_the_entry_is_in() {
    let (world, key) = sent();
    let witness = good(
        &world,
        "log keygen --kind witness --name w.example --output w.key",
    );
    let witness = witness.out().trim().to_owned();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let waited = run(
        &world,
        &format!(
            "log append --key log.key review.json --wait-for-cosignatures 1 --witness http://{address} --witness-key {witness} --timeout 1 --proofs proofs --format json"
        ),
    );
    assert_eq!(waited.code(), Some(1), "{}", waited.err());
    let told = waited.json();
    assert_eq!(told["witnesses"]["enough"], false);
    assert_eq!(told["size"], 2);
    world.write(
        "policy",
        format!("log {key}\nwitness one {witness}\nquorum one\n"),
    );
    let check = |words: &str| {
        run(
            &world,
            &format!("log check proofs/1.tlog-proof review.json {words}"),
        )
    };
    assert_eq!(check(&format!("--key {key}")).code(), Some(0));
    let short = check("--policy policy");
    assert_eq!(short.code(), Some(1), "{}", short.out());
    for words in [
        "--wait-for-cosignatures 1",
        "--wait-for-cosignatures 0",
        "--wait-for-cosignatures policy",
        "--wait-for-cosignatures nothing",
    ] {
        let wrong = run(
            &world,
            &format!("log append --key log.key review.json {words}"),
        );
        assert_eq!(wrong.code(), Some(2), "{words}");
    }
    let shown = good(&world, "log show --format json").json();
    assert_eq!(shown["size"], 2);
}

/// The commands of a page, as one script.
fn commands(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(page);
    let text = fs::read_to_string(path).expect("the page");
    let mut script = String::new();
    let mut is_code = false;
    for line in text.lines() {
        match line {
            "```sh" => is_code = true,
            "```" => is_code = false,
            _ if is_code => {
                script.push_str(line);
                script.push('\n');
            }
            _ => {}
        }
    }
    script
}

#[cfg(unix)]
#[test]
fn every_command_of_the_page_works() {
    let world = World::new();
    world.write("bot/model.safetensors", b"weights");
    world.write("bot/config.json", b"{}");
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    let script = commands("exchange.md").replace("8764", &port);
    assert!(script.matches("chainwright ").count() > 8, "{script}");
    let folder = world.path("bin");
    fs::create_dir(&folder).expect("writable");
    std::os::unix::fs::symlink(
        env!("CARGO_BIN_EXE_chainwright"),
        folder.join("chainwright"),
    )
    .expect("a link");
    // The witness is the only thing that is left running.
    let script = format!("set -eu\ntrap 'kill ${{!:-}}' EXIT\n{script}");
    let program = world.command();
    let mut shell = Command::new("sh");
    shell
        .current_dir(world.path("."))
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .args(["-c", &script])
        .stdin(Stdio::null());
    let ran = Run(shell.output().expect("a shell"));
    assert_eq!(
        ran.code(),
        Some(0),
        "{script}\n{}\n{}",
        ran.out(),
        ran.err()
    );
    assert!(
        ran.out().contains("cosigned by witness.example/one"),
        "{}",
        ran.out()
    );
    assert!(ran.out().contains("kept in"), "{}", ran.out());
}

/// A file system of so many bytes, if one may be mounted here.
#[cfg(target_os = "linux")]
struct Small(PathBuf);

#[cfg(target_os = "linux")]
impl Small {
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("writable");
        let done = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size}"),
                "chainwright-test",
            ])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        let is_there = done.is_ok_and(|done| done.success());
        is_there.then(|| Self(folder.to_owned()))
    }

    fn grow(&self, size: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(&self.0)
            .status();
        assert!(done.expect("mount").success());
    }
}

#[cfg(target_os = "linux")]
impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let (world, _) = sent();
    let Some(disk) = Small::mount(&world.path("small"), "192k") else {
        eprintln!("skipped: nothing may be mounted here");
        return;
    };
    for place in ["small/log", "small/log.sqlite"] {
        disk.grow("192k");
        let origin = place.replace('/', ".");
        good(
            &world,
            &format!("log init --log {place} --origin {origin} --key {origin}.key"),
        );
        let batch = |number: usize| {
            let digests: Vec<String> = (0..40)
                .map(|entry| format!("--digest {:064x}", number * 100 + entry))
                .collect();
            run(
                &world,
                &format!(
                    "log append --log {place} --key {origin}.key {}",
                    digests.join(" ")
                ),
            )
        };
        let mut acknowledged = 0;
        let full = loop {
            let ran = batch(acknowledged);
            if ran.code() != Some(0) {
                break ran;
            }
            acknowledged += 1;
            assert!(acknowledged < 100, "the disk never becomes full");
        };
        assert_eq!(full.code(), Some(2));
        assert!(full.err().contains("make room"), "{}", full.err());
        disk.grow("4m");
        good(&world, &format!("log verify {place}"));
        let again = batch(acknowledged);
        assert_eq!(again.code(), Some(0), "{}", again.err());
        good(&world, &format!("log verify {place}"));
        let shown = good(
            &world,
            &format!("log show --log {place} --from 0 --count 100000 --format json"),
        );
        let shown = shown.json();
        for number in 0..=acknowledged {
            let digest = format!("sha256:{:064x}", number * 100 + 39);
            let entries = shown["entries"].as_array().expect("a list");
            let is_there = entries
                .iter()
                .any(|entry| entry["entry"]["digest"] == digest.as_str());
            assert!(is_there, "{place}: {digest}");
        }
        let folder = world.path(place);
        let _ = fs::remove_dir_all(&folder).or_else(|_| fs::remove_file(&folder));
    }
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn an_import_to_a_full_disk_keeps_nothing_and_can_be_done_again() {
    let (world, key) = sent();
    let Some(disk) = Small::mount(&world.path("small"), "8k") else {
        eprintln!("skipped: nothing may be mounted here");
        return;
    };
    let words = format!(
        "attest import bot.exchange --key builder.pub --log-key {key} --seen other --into small/in"
    );
    let full = run(&world, &words);
    assert_eq!(full.code(), Some(2), "{}", full.out());
    assert!(full.err().contains("make room"), "{}", full.err());
    assert_eq!(names(&world.path("small/in")), Vec::<String>::new());
    disk.grow("1m");
    good(&world, &words);
    assert_eq!(names(&world.path("small/in")).len(), 1);
}

/// Where nothing can be mounted, a limit on the size of files does nearly the same.
#[cfg(unix)]
#[test]
fn a_limit_on_files_is_told_like_a_full_disk() {
    let (world, key) = sent();
    let limited = |words: &str| {
        let program = world.command();
        let mut shell = Command::new("sh");
        shell.current_dir(world.path(".")).env_clear().envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let script = format!(
            "trap '' XFSZ; ulimit -f 1; exec {} {words}",
            env!("CARGO_BIN_EXE_chainwright")
        );
        Run(shell.args(["-c", &script]).output().expect("a shell"))
    };
    let full = limited(&format!(
        "attest import bot.exchange --key builder.pub --log-key {key} --seen other --into in"
    ));
    assert_eq!(full.code(), Some(2), "{}", full.out());
    assert!(full.err().contains("make room"), "{}", full.err());
    assert_eq!(names(&world.path("in")), Vec::<String>::new());
    let digests: Vec<String> = (0..40)
        .map(|entry| format!("--digest {entry:064x}"))
        .collect();
    let full = limited(&format!("log append --key log.key {}", digests.join(" ")));
    assert_eq!(full.code(), Some(2), "{}", full.out());
    assert!(full.err().contains("make room"), "{}", full.err());
    good(&world, "log verify");
    good(
        &world,
        &format!("log append --key log.key {}", digests.join(" ")),
    );
    good(&world, "log verify");
}

/// With a service that speaks S3 (`make s3`): one log, two writers, one reader.
#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn a_log_in_a_bucket_is_written_by_two_and_verified() {
    let Ok(endpoint) = std::env::var("CHAINWRIGHT_S3_ENDPOINT") else {
        eprintln!("skipped: CHAINWRIGHT_S3_ENDPOINT names no service (make s3)");
        return;
    };
    let world = World::new();
    world.write("file", "bytes");
    let store = format!("s3://plain/cli/{}", std::process::id());
    let command = |words: &str| {
        let mut command = world.command();
        command
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .args(words.split(' '));
        command
    };
    let run = |words: &str| {
        let ran = Run(command(words).output().expect("the program starts"));
        assert_eq!(ran.code(), Some(0), "{words}\n{}{}", ran.out(), ran.err());
        ran
    };
    run(&format!(
        "log init --store {store} --origin s3.example --key s3.key"
    ));
    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let words = format!(
                "log append --store {store} --key s3.key --actor {writer} --seen seen{writer} file"
            );
            command(&words)
                .stdout(Stdio::null())
                .spawn()
                .expect("the program starts")
        })
        .collect();
    for mut writer in writers {
        assert!(writer.wait().expect("it ends").success());
    }
    let sound = run(&format!("log verify --store {store}"));
    assert!(
        sound.out().contains("is sound: 2 entries"),
        "{}",
        sound.out()
    );
    run(&format!("log prove --store {store} --index 1 -o proof"));
}
