//! What is odd about an image's settings and about the way it was made.
//!
//! Source: CIS Docker Benchmark 1.6 section 4 (users, secrets, set-user-ID files, updates), Dockerfile reference
//! (what `ARG` and `ENV` leave in the history), pip's option reference (indexes and trusted hosts).

use chainwright_core::text::visible;
use serde::{Deserialize, Serialize};

use crate::document::{ImageConfig, Step};
use crate::layer::{LayerFacts, Stack};

/// Signs of one kind that are kept.
const MOST_OF_A_KIND: usize = 20;

/// What is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SignKind {
    /// Processes run as root.
    RunsAsRoot,
    /// The port of a login service is exposed.
    LoginPort,
    /// A variable of the environment holds what its name calls a secret.
    SecretInEnvironment,
    /// A build argument with a secret was written into the history.
    SecretInHistory,
    /// A download was piped into an interpreter.
    DownloadRun,
    /// Packages were installed from an additional, unencrypted or unverified index.
    UntrustedIndex,
    /// A file was added from a URL without a checksum.
    UncheckedDownload,
    /// A program runs with the rights of its owner and is none that distributions ship so.
    UnusualSetuid,
    /// The image is named by a tag that moves.
    MovingTag,
}

/// Something odd about an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sign {
    /// What.
    pub kind: SignKind,
    /// The words of the image that show it; secrets are left out.
    pub evidence: String,
}

/// Reads the signs of settings, history, tags and files.
#[must_use]
pub fn signs(
    config: &ImageConfig,
    tags: &[String],
    layers: &[&LayerFacts],
    stack: &Stack,
) -> Vec<Sign> {
    let mut signs = Signs::default();
    of_process(config, &mut signs);
    for (name, value) in &config.environment {
        if names_secret(name) && may_be_secret(value) {
            signs.add(SignKind::SecretInEnvironment, name);
        }
    }
    for step in &config.history {
        of_step(step, &mut signs);
    }
    for tag in tags {
        let has_digest = tag.contains('@');
        let last = tag.rsplit('/').next().unwrap_or(tag);
        let version = last
            .split_once(':')
            .map_or("latest", |(_, version)| version);
        if !has_digest && matches!(version, "latest" | "main" | "master" | "nightly" | "edge") {
            signs.add(SignKind::MovingTag, tag);
        }
    }
    of_files(layers, stack, &mut signs);
    signs.0
}

#[derive(Default)]
struct Signs(Vec<Sign>);

impl Signs {
    fn add(&mut self, kind: SignKind, evidence: &str) {
        let sign = Sign {
            kind,
            evidence: visible(evidence, 200),
        };
        let same = self.0.iter().filter(|each| each.kind == kind).count();
        if same < MOST_OF_A_KIND && !self.0.contains(&sign) {
            self.0.push(sign);
        }
    }
}

fn of_process(config: &ImageConfig, signs: &mut Signs) {
    let user = config.user.split(':').next().unwrap_or_default().trim();
    if matches!(user, "" | "root" | "0") {
        let shown = if config.user.is_empty() {
            "no user is set"
        } else {
            &config.user
        };
        signs.add(SignKind::RunsAsRoot, shown);
    }
    for port in &config.ports {
        let number = port.split('/').next().unwrap_or(port);
        if matches!(number, "22" | "23" | "3389" | "5900") {
            signs.add(SignKind::LoginPort, port);
        }
    }
}

/// Whether a variable's name says that its value is secret.
fn names_secret(name: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "SECRET_KEY",
        "PRIVATE_KEY",
        "CREDENTIALS",
        "SECRET_ACCESS_KEY",
        "AUTH",
    ];
    let upper = name.to_ascii_uppercase().replace('-', "_");
    ENDINGS.iter().any(|ending| {
        upper
            .strip_suffix(ending)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    })
}

/// Whether a value can be a secret at all: not empty, no reference, path, switch or placeholder.
fn may_be_secret(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let is_reference = value.starts_with(['$', '/', '<', '{', '%']) || lower.contains("://");
    const PLACEHOLDERS: [&str; 9] = [
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "example",
        "your-",
        "your_",
        "xxx",
        "dummy",
    ];
    let is_switch = matches!(
        lower.as_str(),
        "true" | "false" | "none" | "null" | "yes" | "no" | "on" | "off" | "auto" | "basic"
    );
    value.len() >= 6
        && !is_reference
        && !is_switch
        && !value.bytes().all(|byte| byte.is_ascii_digit())
        && !PLACEHOLDERS
            .iter()
            .any(|placeholder| lower.contains(placeholder))
}

fn of_step(step: &Step, signs: &mut Signs) {
    let command = step.command.as_str();
    // `|2 A=b C=d /bin/sh -c …`: the arguments of the build, with their values.
    if let Some(arguments) = command.strip_prefix('|') {
        let named = arguments.split_whitespace().skip(1);
        for (name, value) in named.filter_map(|word| word.split_once('=')) {
            if names_secret(name) && may_be_secret(value) {
                signs.add(SignKind::SecretInHistory, name);
            }
        }
    }
    for instruction in ["ENV ", "ARG "] {
        let rest = command.trim_start_matches("/bin/sh -c #(nop)").trim_start();
        if let Some(rest) = rest.strip_prefix(instruction)
            && let Some((name, value)) = rest.trim().split_once('=')
            && names_secret(name)
            && may_be_secret(value)
        {
            signs.add(SignKind::SecretInHistory, name);
        }
    }
    if runs_download(command) {
        signs.add(SignKind::DownloadRun, &harmless(command));
    }
    if uses_untrusted_index(command) {
        signs.add(SignKind::UntrustedIndex, &harmless(command));
    }
    let is_add = command
        .trim_start_matches("/bin/sh -c #(nop)")
        .trim_start()
        .starts_with("ADD ");
    if is_add && command.contains("http") && !command.contains("--checksum") {
        let adds_url = command
            .split_whitespace()
            .any(|word| word.starts_with("http://") || word.starts_with("https://"));
        if adds_url {
            signs.add(SignKind::UncheckedDownload, &harmless(command));
        }
    }
}

/// The command without values that might be secrets.
fn harmless(command: &str) -> String {
    let hide = |word: &str| match word.split_once('=') {
        Some((name, value)) if names_secret(name) && may_be_secret(value) => format!("{name}=…"),
        _ => word.to_owned(),
    };
    let words: Vec<String> = command.split_whitespace().take(60).map(hide).collect();
    words.join(" ")
}

/// Whether a pipeline feeds what `curl` or `wget` fetches to an interpreter.
fn runs_download(command: &str) -> bool {
    const SHELLS: [&str; 9] = [
        "sh", "bash", "zsh", "dash", "ash", "python", "python3", "perl", "node",
    ];
    let fetches = |part: &str| {
        part.split_whitespace()
            .any(|word| matches!(word.rsplit('/').next(), Some("curl" | "wget")))
    };
    let runs = |part: &str| {
        let mut words = part.split_whitespace().skip_while(|word| {
            matches!(*word, "sudo" | "env" | "exec" | "-E") || word.contains('=')
        });
        words
            .next()
            .and_then(|word| word.rsplit('/').next())
            .is_some_and(|word| SHELLS.contains(&word.trim_end_matches([';', ')', '"'])))
    };
    let statements = command.split([';', '\n']).flat_map(|part| part.split("&&"));
    for statement in statements {
        let mut has_fetched = false;
        for part in statement.split('|').filter(|part| !part.is_empty()) {
            if has_fetched && runs(part) {
                return true;
            }
            has_fetched |= fetches(part);
        }
        let substituted = [
            "bash -c \"$(curl",
            "sh -c \"$(curl",
            "bash <(curl",
            "sh <(curl",
        ];
        let joined = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        if substituted.iter().any(|form| joined.contains(form)) {
            return true;
        }
    }
    false
}

/// Whether an installation of Python packages asks an index that nobody vouches for.
fn uses_untrusted_index(command: &str) -> bool {
    let installs = command.contains("pip") && command.contains("install");
    let words: Vec<&str> = command.split_whitespace().collect();
    installs
        && words.iter().enumerate().any(|(index, word)| {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (
                    *word,
                    index
                        .checked_add(1)
                        .and_then(|next| words.get(next))
                        .copied(),
                ),
            };
            let value = value.unwrap_or_default().trim_matches(['"', '\'']);
            match option {
                "--trusted-host" => true,
                // PyTorch's own index is how its builds for accelerators are meant to be installed.
                "--extra-index-url" => !value.starts_with("https://download.pytorch.org/"),
                "--index-url" | "-i" => value.starts_with("http://"),
                _ => false,
            }
        })
}

/// Programs that distributions ship with set-user-ID or set-group-ID.
const USUAL: [&str; 36] = [
    "bwrap",
    "chage",
    "chfn",
    "chsh",
    "cron",
    "crontab",
    "dbus-daemon-launch-helper",
    "dotlockfile",
    "exim4",
    "expiry",
    "fusermount",
    "fusermount3",
    "gpasswd",
    "mount",
    "mount.cifs",
    "mount.nfs",
    "newgidmap",
    "newgrp",
    "newuidmap",
    "ntfs-3g",
    "pam_extrausers_chkpwd",
    "pam_timestamp_check",
    "passwd",
    "ping",
    "pkexec",
    "polkit-agent-helper-1",
    "pppd",
    "ssh-agent",
    "ssh-keysign",
    "su",
    "sudo",
    "umount",
    "unix_chkpwd",
    "utempter",
    "wall",
    "write",
];

/// Folders that packages of a distribution put programs into.
const SYSTEM: [&str; 8] = [
    "bin/",
    "sbin/",
    "usr/bin/",
    "usr/sbin/",
    "usr/lib/",
    "usr/libexec/",
    "lib/",
    "usr/lib64/",
];

fn of_files(layers: &[&LayerFacts], stack: &Stack, signs: &mut Signs) {
    for (number, layer) in layers.iter().enumerate() {
        for entry in layer
            .entries
            .iter()
            .filter(|entry| entry.changes_identity())
        {
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            let stem = name.split('.').next().unwrap_or(name);
            let is_usual = SYSTEM.iter().any(|folder| entry.path.starts_with(folder))
                && (USUAL.contains(&name) || USUAL.contains(&stem) || name == "bsd-write");
            if !is_usual && stack.layer_of(&entry.path) == Some(number) {
                signs.add(SignKind::UnusualSetuid, &entry.path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{EntryKind, LayerEntry};

    fn kinds(config: &ImageConfig) -> Vec<SignKind> {
        signs(config, &[], &[], &Stack::default())
            .into_iter()
            .map(|sign| sign.kind)
            .collect()
    }

    fn user() -> ImageConfig {
        ImageConfig {
            user: "app".to_owned(),
            ..ImageConfig::default()
        }
    }

    #[test]
    fn root_is_told_from_others() {
        let cases = [
            ("", true),
            ("root", true),
            ("0:0", true),
            ("app", false),
            ("1000:0", false),
        ];
        for (user, is_root) in cases {
            let config = ImageConfig {
                user: user.to_owned(),
                ..ImageConfig::default()
            };
            assert_eq!(
                kinds(&config).contains(&SignKind::RunsAsRoot),
                is_root,
                "{user}"
            );
        }
    }

    #[test]
    fn variables_are_secret_by_name_and_value() {
        let cases = [
            ("HF_TOKEN", "hf_inertinertinert", true),
            ("DB_PASSWORD", "correct horse", true),
            ("AWS_SECRET_ACCESS_KEY", "abcdefgh12345", true),
            ("HF_TOKEN", "", false),
            ("HF_TOKEN", "$HF_TOKEN", false),
            ("TOKEN_FILE", "abcdefghijk", false),
            ("API_KEY", "/run/secrets/key", false),
            ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568", false),
            ("API_KEY", "changeme-please", false),
            ("MAX_TOKEN", "4096000", false),
            ("PATH", "/usr/bin:/bin", false),
            ("ENABLE_AUTH", "true", false),
        ];
        for (name, value, is_secret) in cases {
            let config = ImageConfig {
                environment: vec![(name.to_owned(), value.to_owned())],
                ..user()
            };
            let found = kinds(&config).contains(&SignKind::SecretInEnvironment);
            assert_eq!(found, is_secret, "{name}={value}");
        }
    }

    #[test]
    fn the_history_tells_how_an_image_was_made() {
        let cases = [
            (
                "RUN /bin/sh -c curl -sSL https://get.example/x | bash # buildkit",
                Some(SignKind::DownloadRun),
            ),
            (
                "RUN /bin/sh -c wget -qO- https://a/b|sudo -E bash -",
                Some(SignKind::DownloadRun),
            ),
            (
                "/bin/sh -c bash <(curl -s https://a/b)",
                Some(SignKind::DownloadRun),
            ),
            (
                "RUN curl -o x.tgz https://a/b && tar xf x.tgz | tee log",
                None,
            ),
            ("RUN curl https://a/b | tar xz", None),
            ("RUN curl https://a/b > f; cat f | wc -l", None),
            (
                "RUN pip install --extra-index-url https://pypi.corp/simple x",
                Some(SignKind::UntrustedIndex),
            ),
            (
                "RUN pip install --extra-index-url=https://download.pytorch.org/whl/cu121 torch",
                None,
            ),
            (
                "RUN pip install -i http://mirror/simple x",
                Some(SignKind::UntrustedIndex),
            ),
            (
                "RUN pip install --trusted-host m -r r.txt",
                Some(SignKind::UntrustedIndex),
            ),
            ("RUN pip install torch==2.4.0", None),
            (
                "ADD https://a/model.bin /m # buildkit",
                Some(SignKind::UncheckedDownload),
            ),
            ("ADD --checksum=sha256:00 https://a/model.bin /m", None),
            ("/bin/sh -c #(nop) ADD file:0123 in / ", None),
            (
                "|1 HF_TOKEN=hf_inertinertinert /bin/sh -c echo",
                Some(SignKind::SecretInHistory),
            ),
            ("|1 VERSION=1.2.3 /bin/sh -c echo", None),
            (
                "/bin/sh -c #(nop)  ENV API_TOKEN=inertinertinert",
                Some(SignKind::SecretInHistory),
            ),
        ];
        for (command, expected) in cases {
            let config = ImageConfig {
                history: vec![Step {
                    command: command.to_owned(),
                    ..Step::default()
                }],
                ..user()
            };
            assert_eq!(kinds(&config).first().copied(), expected, "{command}");
        }
    }

    #[test]
    fn evidence_never_repeats_a_secret() {
        let config = ImageConfig {
            history: vec![Step {
                command: "|1 HF_TOKEN=hf_inertinertinert /bin/sh -c curl https://a | sh".to_owned(),
                ..Step::default()
            }],
            environment: vec![("X_TOKEN".to_owned(), "hf_inertinertinert".to_owned())],
            ..user()
        };
        let found = signs(&config, &[], &[], &Stack::default());
        assert_eq!(found.len(), 3);
        assert!(
            found.iter().all(|sign| !sign.evidence.contains("hf_inert")),
            "{found:?}"
        );
    }

    #[test]
    fn only_tags_that_move_are_told() {
        let cases = [
            ("vllm/vllm-openai:latest", true),
            ("localhost:5000/app", true),
            ("app:v1.2.3", false),
            ("app:latest@sha256:00", false),
        ];
        for (tag, moves) in cases {
            let found = signs(&user(), &[tag.to_owned()], &[], &Stack::default());
            assert_eq!(!found.is_empty(), moves, "{tag}");
        }
    }

    #[test]
    fn set_user_id_is_unusual_outside_of_the_distribution() {
        let cases = [
            ("usr/bin/su", false),
            ("usr/lib/openssh/ssh-keysign", false),
            ("usr/bin/python3.11", true),
            ("app/su", true),
            ("tmp/x", true),
        ];
        for (path, is_unusual) in cases {
            let mut layer = LayerFacts::default();
            layer
                .entries
                .extend(LayerEntry::new(path, EntryKind::File, 1, 0o4755));
            let stack = Stack::of([&layer]);
            let found = signs(&user(), &[], &[&layer], &stack);
            assert_eq!(!found.is_empty(), is_unusual, "{path}");
        }
    }
}
