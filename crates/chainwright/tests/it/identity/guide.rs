//! The commands of docs/identity.md, as they stand there.

use std::fs;
use std::process::Command;

use chainwright_stand_in::{IDENTITY, ISSUER};

use super::*;

/// The fenced blocks of a page: what they are, and their text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), is_open) {
            (Some(kind), false) => found.push((kind.to_owned(), String::new())),
            (Some(_), true) => {}
            (None, true) => found.last_mut().unwrap().1.push_str(&format!("{line}\n")),
            (None, false) => continue,
        }
        if line.starts_with("```") {
            is_open = !is_open;
        }
    }
    found
}

#[test]
fn the_commands_of_the_guide_to_identities_work() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/identity.md");
    let page = fs::read_to_string(page).unwrap();
    let (service, world) = helpful();
    let module = tokens::token(&world);
    world.write("weights.gguf", "w");
    world.write("pin", "1234\n");
    world.write("timestamp-root.pem", service.timestamp_root());
    world.works(&["keygen", "signing-key", "--no-password"]);
    let program = Path::new(env!("CARGO_BIN_EXE_chainwright"))
        .parent()
        .unwrap();
    let run = |kind: &str, text: &str| {
        let shell = if kind.starts_with("python") {
            "python3"
        } else {
            "/bin/sh"
        };
        let mut command = Command::new(shell);
        let options: &[&str] = if shell == "python3" {
            &["-c"]
        } else {
            &["-eu", "-c"]
        };
        command
            .args(options)
            .arg(text.replace("http://timestamp.example.com", &service.timestamps()))
            .current_dir(world.folder.path())
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin:/usr/local/bin", program.display()),
            )
            .env("HOME", world.folder.path())
            .env("CHAINWRIGHT_SIGNING_CONFIG", world.path("services.1.json"))
            .env("CHAINWRIGHT_TRUSTED_ROOT", world.path("trusted_root.json"))
            .env("SIGNER", IDENTITY)
            .env("ISSUER", ISSUER)
            .env("SOFTHSM2_CONF", world.path("softhsm2.conf"));
        if kind.ends_with("github") {
            command
                .envs([
                    ("GITHUB_ACTIONS", "true"),
                    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "given by the job"),
                    ("GITHUB_SERVER_URL", "https://github.com"),
                    ("GITHUB_REPOSITORY", "acme/models"),
                    ("GITHUB_REF", "refs/heads/main"),
                    ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
                    ("GITHUB_EVENT_NAME", "push"),
                    ("GITHUB_REPOSITORY_ID", "1"),
                    ("GITHUB_REPOSITORY_OWNER_ID", "2"),
                    ("GITHUB_RUN_ID", "3"),
                    ("GITHUB_RUN_ATTEMPT", "1"),
                    ("RUNNER_ENVIRONMENT", "github-hosted"),
                    (
                        "GITHUB_WORKFLOW_REF",
                        "acme/models/.github/workflows/sign.yml@refs/heads/main",
                    ),
                ])
                .env(
                    "ACTIONS_ID_TOKEN_REQUEST_URL",
                    format!("{}/token?job=1", service.address),
                );
        }
        if kind.ends_with("gitlab") {
            command
                .env("GITLAB_CI", "true")
                .env("SIGSTORE_ID_TOKEN", token());
        }
        let output = command.output().map(Run);
        let Ok(output) = output else {
            eprintln!("skipped: {shell} is not installed");
            return;
        };
        assert_eq!(
            output.code(),
            Some(0),
            "{text}: {}{}",
            output.err(),
            output.out()
        );
    };
    let mut count = 0;
    for (kind, text) in blocks(&page) {
        match kind.as_str() {
            "sh token" if module.is_none_or(|module| !text.contains(module)) => {
                eprintln!("skipped: SoftHSM is not where the guide has it");
            }
            _ if kind.starts_with("yaml") => {
                for line in text.lines() {
                    let line = line.trim_start();
                    let command = line.strip_prefix("- run: ");
                    if let Some(command) =
                        command.or(line.strip_prefix("- chainwright").map(|_| &line[2..]))
                    {
                        run(&kind, command);
                        count += 1;
                    }
                }
            }
            _ => {
                run(&kind, &text);
                count += 1;
            }
        }
    }
    assert!(count >= 7, "{count}");
}
