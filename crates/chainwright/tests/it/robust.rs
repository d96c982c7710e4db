//! Bad input, bad places, bad times: a clear message, the right exit code, the old output intact.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::{World, hostile_checkpoint, names};

fn fails(world: &World, arguments: &[&str], message: &str) {
    let run = world.run(arguments);
    assert_eq!(run.code(), Some(2), "{arguments:?}: {}", run.err());
    assert!(run.err().contains(message), "{arguments:?}: {}", run.err());
    assert_eq!(run.out(), "", "{arguments:?}");
}

#[test]
fn mistakes_are_named() {
    let world = World::new();
    world.write("bad.toml", "[gate]\nseverity = \"enormous\"\n");
    world.write("bad-baseline.json", "[]");
    world.write("model.bin", "x");
    fails(
        &world,
        &["scan", "nowhere"],
        "error: `nowhere` does not exist",
    );
    fails(&world, &["scan", "--no-such-flag"], "--no-such-flag");
    fails(
        &world,
        &["scan", ".", "--fail-on", "enormous"],
        "unknown level `enormous`",
    );
    fails(
        &world,
        &["scan", ".", "--config", "bad.toml"],
        "bad.toml:2:12: unknown level `enormous`",
    );
    fails(
        &world,
        &["scan", ".", "--baseline", "bad-baseline.json"],
        "is not a baseline",
    );
    fails(
        &world,
        &["scan", ".", "-o", "report.unknown"],
        "names no format",
    );
    fails(
        &world,
        &["scan", ".", "--exclude", "a{"],
        "not a valid pattern",
    );
    fails(&world, &["scan", "ftp://x/y"], "cannot be fetched");
    fails(
        &world,
        &["scan", "hf://org/name", "--offline"],
        "--offline was given",
    );
    fails(
        &world,
        &["rules", "explain", "no-such-rule"],
        "there is no rule `no-such-rule`",
    );
}

#[test]
fn an_empty_folder_is_clean() {
    let world = World::new();
    fs::create_dir(world.path("empty")).expect("writable");
    let run = world.run(&["scan", "empty"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
}

#[test]
fn what_cannot_be_judged_is_not_clean() {
    let world = World::new();
    world.write(
        "model.safetensors",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
    );
    assert_eq!(world.run(&["scan", "."]).code(), Some(2));
    assert_eq!(
        world.run(&["scan", ".", "--allow-incomplete"]).code(),
        Some(0)
    );
}

#[cfg(unix)]
#[test]
fn loops_pipes_and_dangling_links_do_not_stop_the_run() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    world.write("tree/model.pt", hostile_checkpoint());
    symlink(world.path("tree"), world.path("tree/loop")).expect("a link");
    symlink("nowhere", world.path("tree/dangling")).expect("a link");
    let made = Command::new("mkfifo")
        .arg(world.path("tree/pipe"))
        .status()
        .expect("mkfifo");
    assert!(made.success());
    let run = world.run(&["scan", "tree", "--format", "json"]);
    assert_eq!(run.code(), Some(1), "{}", run.err());
    assert_eq!(run.json()["statistics"]["files"], 1);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let world = World::new();
    for index in 0..200 {
        world.write(&format!("tree/{index}.pt"), hostile_checkpoint());
    }
    let mut child = world
        .command()
        .args(["scan", "tree", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut told = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut told)
        .expect("readable");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{told}");
    assert_eq!(told, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_report() {
    let world = World::new();
    world.write("model.pt", hostile_checkpoint());
    fails(
        &world,
        &[
            "scan",
            "model.pt",
            "-q",
            "--format",
            "json",
            "-o",
            "/dev/full",
        ],
        "cannot write `/dev/full`",
    );
    world.write("report.html", "the old report");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec {} scan model.pt -q --no-cache -o report.html",
        env!("CARGO_BIN_EXE_chainwright")
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(world.folder.path())
        .output()
        .expect("a shell");
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        fs::read_to_string(world.path("report.html")).expect("there"),
        "the old report"
    );
    assert_eq!(names(world.folder.path()), ["model.pt", "report.html"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_half_written() {
    let world = World::new();
    let large = fs::File::create(world.path("large.bin")).expect("writable");
    large.set_len(64 << 30).expect("a sparse file");
    world.write("report.json", "the old report");
    let mut child = world
        .command()
        .args(["scan", "large.bin", "-q", "-o", "report.json"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let process = child.id().to_string();
    while child.try_wait().expect("a child").is_none() {
        let _ = Command::new("kill")
            .args(["-INT", &process])
            .stderr(Stdio::null())
            .status();
    }
    assert_eq!(
        fs::read_to_string(world.path("report.json")).expect("there"),
        "the old report"
    );
    assert_eq!(names(world.folder.path()), ["large.bin", "report.json"]);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let world = World::new();
    world.write("evil\x1b[31m\u{202e}.pt", hostile_checkpoint());
    let run = world.run(&["scan", ".", "--color", "always"]);
    assert_eq!(run.code(), Some(1));
    assert!(!run.out().contains("evil\x1b[31m"), "{}", run.out());
    assert!(!run.out().contains('\u{202e}'), "{}", run.out());
    assert!(!run.err().contains('\x1b'), "{}", run.err());
}
