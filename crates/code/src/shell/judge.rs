//! What commands do, judged over whole pipelines.

use std::collections::BTreeSet;

use chainwright_core::severity::Confidence;

use super::programs::{
    Role, is_sender, is_shell, names_of_encoded_powershell, role, script_argument, without_wrappers,
};
use super::words::{Command, Pipeline, assignment, read};
use crate::facts::BehaviourKind as Kind;
use crate::signs::{
    Endpoint, SecretPath, addresses, endpoint, is_root_or_home, is_scratch_path,
    is_secret_variable, is_startup_path, names_miner, secret_path, worst_endpoint,
};

/// How many downloaded files are remembered.
const MAX_DOWNLOADS: usize = 256;
/// How deep substitutions and `sh -c` are followed.
const MAX_DEPTH: u32 = 6;

/// One thing that a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) kind: Kind,
    pub(crate) confidence: Confidence,
    /// The line, from 0.
    pub(crate) line: u32,
    pub(crate) evidence: String,
}

/// Everything found in a text.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) signs: Vec<Sign>,
    /// Python source handed to an interpreter, with its line.
    pub(crate) python: Vec<(String, u32)>,
    /// Whether something was left out for a limit.
    pub(crate) is_cut: bool,
}

/// Judges shell text.
pub(crate) fn judge_text(text: &str) -> Judged {
    let mut judge = Judge::default();
    judge.text(text, 0, 0);
    judge.found
}

/// Judges one command whose words are already split, as in `execv`.
pub(crate) fn judge_words(words: &[String]) -> Judged {
    let mut judge = Judge::default();
    let command = Command {
        words: words.to_vec(),
        ..Command::default()
    };
    judge.pipeline(&vec![command], 0, 0);
    judge.found
}

#[derive(Debug, Default)]
struct Judge {
    found: Judged,
    /// Files that came from the network, with how far their source is trusted.
    downloaded: Vec<(String, Confidence)>,
    /// Files that held decoded data.
    decoded: BTreeSet<String>,
    /// Variables that hold what a fetching command printed.
    fetched_variable: Option<Confidence>,
    /// Variables that hold what a decoding command printed.
    has_decoded_variable: bool,
    /// Whether a named pipe was made: half of a classic reverse shell.
    has_fifo: bool,
}

/// What flows through a pipeline.
#[derive(Debug, Clone, Copy, Default)]
struct Flow {
    fetched: Option<Confidence>,
    is_decoded: bool,
    has_secret: bool,
    /// Says which machine or user this is.
    has_identity: bool,
}

impl Flow {
    fn join(self, other: Self) -> Self {
        Self {
            fetched: self.fetched.max(other.fetched),
            is_decoded: self.is_decoded || other.is_decoded,
            has_secret: self.has_secret || other.has_secret,
            has_identity: self.has_identity || other.has_identity,
        }
    }
}

impl Judge {
    fn text(&mut self, text: &str, line: u32, depth: u32) -> Flow {
        if depth > MAX_DEPTH {
            self.found.is_cut = true;
            return Flow::default();
        }
        let script = read(text);
        self.found.is_cut |= script.is_cut;
        let mut flow = Flow::default();
        for pipeline in &script.pipelines {
            flow = flow.join(self.pipeline(pipeline, line, depth));
        }
        if is_fork_bomb(text) {
            self.report(Kind::Destruction, Confidence::High, line, text);
        }
        flow
    }

    fn report(&mut self, kind: Kind, confidence: Confidence, line: u32, evidence: &str) {
        self.found.signs.push(Sign {
            kind,
            confidence,
            line,
            evidence: evidence.replace('\u{1}', " "),
        });
    }

    fn pipeline(&mut self, pipeline: &Pipeline, base: u32, depth: u32) -> Flow {
        let shown = show(pipeline);
        let mut flow = Flow::default();
        let first_line = pipeline.first().map_or(0, |command| command.line);
        let line = base.saturating_add(first_line);
        for command in pipeline {
            let mut inner = Flow::default();
            for text in &command.inner {
                inner = inner.join(self.text(text, line, depth.saturating_add(1)));
            }
            flow = self.command(command, flow, inner, line, depth, &shown);
        }
        flow
    }

    fn command(
        &mut self,
        command: &Command,
        before: Flow,
        inner: Flow,
        line: u32,
        depth: u32,
        shown: &str,
    ) -> Flow {
        for word in &command.words {
            if let Some((name, value)) = assignment(word) {
                self.assigned(name, value, inner, line, shown);
            } else {
                break;
            }
        }
        let words = without_wrappers(&command.words);
        let Some(program) = words.first() else {
            self.redirects(command, before.join(inner), line, shown);
            return before.join(inner);
        };
        let program = program_name(program);
        let arguments = words.get(1..).unwrap_or_default();
        let role = role(&program, arguments);
        if command.name_disguised && role != Role::Plain {
            self.report(Kind::Obfuscation, Confidence::Medium, line, shown);
        }
        if words
            .iter()
            .any(|word| word.contains("/inet/tcp/") || word == "ztcp")
        {
            self.report(Kind::ReverseShell, Confidence::High, line, shown);
        }
        if words.iter().any(|word| names_miner(word)) || names_miner(&program) {
            self.report(Kind::Miner, Confidence::High, line, shown);
        }
        let mut flow = before.join(self.flow_of_command(role, &program, arguments, line, shown));
        match role {
            Role::Interpreter => self.interpreter(
                command, &program, arguments, flow, inner, line, depth, shown,
            ),
            Role::Evaluate => self.evaluate(arguments, inner, line, depth, shown),
            Role::Remove => self.remove(&program, arguments, line, shown),
            Role::Disk => self.disk(&program, arguments, line, shown),
            Role::Connect => self.connect(&program, arguments, before, line, shown),
            Role::Schedule => self.schedule(&program, arguments, before, line, shown),
            Role::Mode => self.mode(arguments, line, shown),
            Role::Protection => self.protection(&program, arguments, line, shown),
            Role::Install => self.install(arguments, line, shown),
            Role::Fetch | Role::Decode | Role::Print | Role::Read | Role::Plain => {
                if program == "mkfifo"
                    || (program == "mknod" && arguments.iter().any(|word| word == "p"))
                {
                    self.has_fifo = true;
                }
                if matches!(program.as_str(), "tee" | "cp" | "mv" | "ln" | "install") {
                    self.copies(arguments, flow, line, shown);
                }
                if program == "sed" && arguments.iter().any(|word| word.starts_with("-i")) {
                    self.edits(arguments, line, shown);
                }
                if matches!(program.as_str(), "export" | "declare" | "typeset" | "alias") {
                    for (name, value) in arguments.iter().filter_map(|word| assignment(word)) {
                        self.assigned(name, value, inner, line, shown);
                        if program == "alias" && depth < MAX_DEPTH {
                            self.text(value, line, depth.saturating_add(1));
                        }
                    }
                }
                if program == "trap"
                    && depth < MAX_DEPTH
                    && let Some(code) = arguments.first()
                {
                    self.text(code, line, depth.saturating_add(1));
                }
                if program == "find" {
                    self.found_files(arguments, line, depth, shown);
                }
                self.run_of_downloaded(words, line, shown);
            }
        }
        if role == Role::Connect {
            // What a plain connection prints comes from the other side.
            flow.fetched = Some(Confidence::High);
        }
        flow.has_identity |= matches!(
            program.as_str(),
            "whoami" | "hostname" | "id" | "uname" | "ifconfig" | "ip"
        );
        if let Some(text) = names_of_encoded_powershell(&program, arguments) {
            self.report(Kind::ExecDecoded, Confidence::High, line, text);
        }
        flow = flow.join(inner);
        self.sends(role, &program, arguments, flow, inner, line, shown);
        self.redirects(command, flow, line, shown);
        flow
    }

    fn assigned(&mut self, name: &str, value: &str, inner: Flow, line: u32, shown: &str) {
        if inner.fetched.is_some() {
            self.fetched_variable = self.fetched_variable.max(inner.fetched);
        }
        self.has_decoded_variable |= inner.is_decoded;
        if name == "LD_PRELOAD" && is_odd_library(value) {
            self.report(Kind::Tampering, Confidence::High, line, shown);
        }
        if name == "HISTFILE" && value == "/dev/null" {
            self.report(Kind::AntiAnalysis, Confidence::Medium, line, shown);
        }
    }

    /// What a command adds to the stream behind it.
    fn flow_of_command(
        &mut self,
        role: Role,
        program: &str,
        arguments: &[String],
        line: u32,
        shown: &str,
    ) -> Flow {
        let mut flow = Flow::default();
        match role {
            Role::Fetch => {
                let confidence = fetch_confidence(arguments);
                flow.fetched = Some(confidence);
                for file in output_files(program, arguments) {
                    self.note_download(file, confidence);
                }
                self.fetch_endpoint(arguments, line, shown);
            }
            Role::Decode => flow.is_decoded = true,
            Role::Print => {
                flow.has_secret =
                    arguments.is_empty() || arguments.iter().any(|word| is_secret_variable(word));
                flow.is_decoded = matches!(program, "printf" | "echo")
                    && arguments.iter().any(|word| word.contains("\\x"));
                if matches!(program, "printf" | "echo") {
                    flow.has_secret = arguments.iter().any(|word| has_secret_variable(word));
                }
            }
            Role::Read => {
                if let Some(kind) = arguments.iter().filter_map(|word| secret_path(word)).max() {
                    flow.has_secret = true;
                    let confidence = match kind {
                        SecretPath::Private => Confidence::Medium,
                        SecretPath::Shared => Confidence::Low,
                    };
                    self.report(Kind::CredentialAccess, confidence, line, shown);
                }
            }
            Role::Interpreter
            | Role::Evaluate
            | Role::Remove
            | Role::Disk
            | Role::Connect
            | Role::Schedule
            | Role::Mode
            | Role::Protection
            | Role::Install
            | Role::Plain => {}
        }
        flow
    }

    fn note_download(&mut self, file: String, confidence: Confidence) {
        if self.downloaded.len() < MAX_DOWNLOADS {
            self.downloaded.push((file, confidence));
        } else {
            self.found.is_cut = true;
        }
    }

    /// `sed -i` over a file that runs by itself.
    fn edits(&mut self, arguments: &[String], line: u32, shown: &str) {
        if arguments
            .last()
            .is_some_and(|target| is_startup_path(target) && target.contains("-packages"))
        {
            self.report(Kind::Persistence, Confidence::Medium, line, shown);
        }
    }

    /// `find … -exec command {} \;`
    fn found_files(&mut self, arguments: &[String], line: u32, depth: u32, shown: &str) {
        let Some(position) = arguments
            .iter()
            .position(|word| matches!(word.as_str(), "-exec" | "-execdir" | "-ok"))
        else {
            return;
        };
        let words: Vec<String> = arguments
            .iter()
            .skip(position.saturating_add(1))
            .take_while(|word| !matches!(word.as_str(), ";" | "+"))
            .cloned()
            .collect();
        let looks_for_keys = arguments.iter().any(|word| {
            [
                "*.pem",
                "*.key",
                "id_rsa",
                "id_*",
                "*.kdbx",
                "wallet",
                ".env",
                "credentials",
            ]
            .iter()
            .any(|name| word.contains(name))
        });
        let program = words
            .first()
            .map(|word| program_name(word))
            .unwrap_or_default();
        if looks_for_keys && is_sender(&program) {
            self.report(Kind::Exfiltration, Confidence::High, line, shown);
        }
        if depth < MAX_DEPTH {
            let command = Command {
                words,
                ..Command::default()
            };
            self.pipeline(&vec![command], line, depth.saturating_add(1));
        }
    }

    fn fetch_endpoint(&mut self, arguments: &[String], line: u32, shown: &str) {
        let worst = arguments
            .iter()
            .filter_map(|word| worst_endpoint(word))
            .max_by_key(|kind| matches!(kind, Endpoint::Suspicious | Endpoint::Metadata));
        match worst {
            Some(Endpoint::Suspicious) => {
                self.report(Kind::SuspiciousEndpoint, Confidence::Medium, line, shown);
            }
            Some(Endpoint::Metadata) => {
                self.report(Kind::CredentialAccess, Confidence::Medium, line, shown);
            }
            _ => {}
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one command, used once"
    )]
    fn interpreter(
        &mut self,
        command: &Command,
        program: &str,
        arguments: &[String],
        flow: Flow,
        inner: Flow,
        line: u32,
        depth: u32,
        shown: &str,
    ) {
        let script = script_argument(program, arguments);
        let substituted = arguments
            .iter()
            .any(|word| word.starts_with("<()") || word.contains("$()"));
        let reads_stream = script.is_none() && !runs_a_file(arguments);
        let carried = match (reads_stream, substituted) {
            (true, true) => flow.join(inner),
            (true, false) => flow,
            (false, true) => inner,
            (false, false) => Flow::default(),
        };
        self.run_stream(carried, line, shown);
        if reads_stream && is_reverse_redirect(command) {
            self.report(Kind::ReverseShell, Confidence::High, line, shown);
        }
        if self.has_fifo && is_shell(program) && shown.contains('|') && shown.contains("nc") {
            self.report(Kind::ReverseShell, Confidence::High, line, shown);
        }
        if let Some(code) = script {
            self.code(program, &code, line, depth);
        } else if let Some(input) = command.input.as_deref().filter(|_| reads_stream) {
            self.code(program, input, line, depth);
        }
        self.run_of_downloaded(arguments, line, shown);
    }

    /// Code handed to an interpreter as text.
    fn code(&mut self, program: &str, code: &str, line: u32, depth: u32) {
        if is_shell(program) {
            self.text(code, line, depth.saturating_add(1));
        } else if program.starts_with("python") || program.starts_with("pypy") {
            self.found.python.push((code.to_owned(), line));
        } else if is_foreign_reverse_shell(code) {
            self.report(Kind::ReverseShell, Confidence::High, line, code);
        } else if is_foreign_download(code) {
            self.report(Kind::DownloadAndRun, Confidence::High, line, code);
        }
    }

    fn run_stream(&mut self, flow: Flow, line: u32, shown: &str) {
        if let Some(confidence) = flow.fetched {
            self.report(Kind::DownloadAndRun, confidence, line, shown);
        }
        if flow.is_decoded {
            self.report(Kind::ExecDecoded, Confidence::High, line, shown);
        }
    }

    fn evaluate(&mut self, arguments: &[String], inner: Flow, line: u32, depth: u32, shown: &str) {
        let mut flow = inner;
        let uses_variable = arguments
            .iter()
            .any(|word| word.contains("$()") || word.contains('$'));
        if uses_variable && inner.fetched.is_none() {
            flow.fetched = self.fetched_variable;
        }
        flow.is_decoded |= uses_variable && self.has_decoded_variable;
        self.run_stream(flow, line, shown);
        self.run_of_downloaded(arguments, line, shown);
        let code = arguments.join(" ");
        if depth < MAX_DEPTH && !code.contains("$()") {
            self.text(&code, line, depth.saturating_add(1));
        }
    }

    /// `./x`, `sh x`, `. x`, where `x` was downloaded or decoded before.
    fn run_of_downloaded(&mut self, words: &[String], line: u32, shown: &str) {
        let Some(first) = words.iter().find(|word| !word.starts_with('-')) else {
            return;
        };
        let name = same_file(first);
        let confidence = self
            .downloaded
            .iter()
            .filter(|(file, _)| same_file(file) == name && !name.is_empty())
            .map(|(_, confidence)| *confidence)
            .max();
        if let Some(confidence) = confidence {
            self.report(Kind::DownloadAndRun, confidence, line, shown);
        }
        if self.decoded.contains(name) {
            self.report(Kind::ExecDecoded, Confidence::High, line, shown);
        }
    }

    fn remove(&mut self, program: &str, arguments: &[String], line: u32, shown: &str) {
        let flags: String = arguments
            .iter()
            .filter(|word| word.starts_with('-'))
            .cloned()
            .collect();
        let recursive = flags.contains(['r', 'R']) || program == "shred" || program == "find";
        let forced = arguments.iter().any(|word| word == "--no-preserve-root");
        if program == "find" {
            let deletes = arguments
                .iter()
                .any(|word| word == "-delete" || word == "rm" || word == "shred");
            let from_root = arguments.first().is_some_and(|word| is_root_or_home(word));
            let is_narrow = arguments
                .iter()
                .any(|word| matches!(word.as_str(), "-name" | "-path" | "-iname" | "-type"));
            if deletes && from_root && !is_narrow {
                self.report(Kind::Destruction, Confidence::High, line, shown);
            }
        } else if forced || (recursive && arguments.iter().any(|word| is_root_or_home(word))) {
            self.report(Kind::Destruction, Confidence::High, line, shown);
        }
        if program == "shred" {
            self.disk(program, arguments, line, shown);
        }
        if arguments
            .iter()
            .any(|word| word.contains(".bash_history") || word.contains("/var/log"))
            && !recursive
        {
            self.report(Kind::AntiAnalysis, Confidence::Low, line, shown);
        }
    }

    fn disk(&mut self, program: &str, arguments: &[String], line: u32, shown: &str) {
        let touches_device = arguments.iter().any(|word| {
            let target = word.strip_prefix("of=").unwrap_or(word);
            ["/dev/sd", "/dev/nvme", "/dev/hd", "/dev/vd", "/dev/mmcblk"]
                .iter()
                .any(|device| target.starts_with(device))
        });
        if touches_device
            && (program != "dd" || arguments.iter().any(|word| word.starts_with("of=/dev")))
        {
            self.report(Kind::Destruction, Confidence::High, line, shown);
        }
    }

    fn connect(
        &mut self,
        program: &str,
        arguments: &[String],
        before: Flow,
        line: u32,
        shown: &str,
    ) {
        let joined = arguments.join(" ");
        let lower = joined.to_ascii_lowercase();
        let runs_shell = [
            "/bin/sh",
            "/bin/bash",
            "/bin/zsh",
            "cmd.exe",
            "powershell",
            " sh",
            " bash",
        ]
        .iter()
        .any(|shell| lower.contains(shell));
        let has_exec = match program {
            "socat" => lower.contains("exec:") || lower.contains("system:"),
            _ => arguments.iter().any(|word| {
                matches!(word.as_str(), "-e" | "-c" | "--exec" | "--sh-exec")
                    || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('e'))
            }),
        };
        if has_exec && runs_shell || self.has_fifo {
            self.report(Kind::ReverseShell, Confidence::High, line, shown);
        } else if before.has_secret {
            self.report(Kind::Exfiltration, Confidence::High, line, shown);
        }
    }

    fn schedule(
        &mut self,
        program: &str,
        arguments: &[String],
        before: Flow,
        line: u32,
        shown: &str,
    ) {
        let writes = match program {
            "crontab" => {
                !arguments
                    .iter()
                    .any(|word| matches!(word.as_str(), "-l" | "-r"))
                    && (!arguments.is_empty() || before.fetched.is_some() || shown.contains('|'))
            }
            "at" | "batch" => shown.contains('|'),
            "launchctl" => arguments
                .first()
                .is_some_and(|word| word == "load" || word == "bootstrap"),
            "schtasks" => arguments
                .iter()
                .any(|word| word.eq_ignore_ascii_case("/create")),
            "reg" => arguments
                .iter()
                .any(|word| word.to_ascii_lowercase().contains("currentversion\\run")),
            _ => false,
        };
        if writes {
            self.report(Kind::Persistence, Confidence::Medium, line, shown);
        }
    }

    fn mode(&mut self, arguments: &[String], line: u32, shown: &str) {
        let sets_user = arguments.iter().any(|word| {
            word.contains("+s")
                || (word.len() == 4
                    && word.starts_with(['4', '6'])
                    && word.bytes().all(|byte| byte.is_ascii_digit()))
        });
        let touches_shell = arguments.iter().any(|word| {
            ["/bash", "/sh", "/python"]
                .iter()
                .any(|end| word.ends_with(end))
                || is_scratch_path(word)
        });
        if sets_user && touches_shell {
            self.report(Kind::Persistence, Confidence::High, line, shown);
        }
        let makes_executable = arguments.iter().any(|word| {
            word.contains('x') && word.contains('+')
                || matches!(word.as_str(), "755" | "777" | "0755" | "0777" | "700")
        });
        if makes_executable {
            let files: Vec<String> = arguments.iter().skip(1).cloned().collect();
            let hidden = files
                .iter()
                .any(|file| is_scratch_path(file) || same_file(file).starts_with('.'));
            if hidden {
                self.run_of_downloaded(&files, line, shown);
            }
        }
    }

    fn protection(&mut self, program: &str, arguments: &[String], line: u32, shown: &str) {
        let joined = arguments.join(" ").to_ascii_lowercase();
        let switches_off = match program {
            "setenforce" => joined == "0",
            "ufw" => joined.contains("disable"),
            "iptables" => joined == "-f" || joined.contains("--flush"),
            "history" => joined.contains("-c"),
            "unset" => joined.contains("histfile"),
            "set-mppreference" => joined.contains("disable"),
            "systemctl" | "service" => {
                [
                    "auditd",
                    "falcon",
                    "crowdstrike",
                    "apparmor",
                    "wazuh",
                    "osquery",
                    "clamav",
                    "firewalld",
                ]
                .iter()
                .any(|name| joined.contains(name))
                    && (joined.contains("stop") || joined.contains("disable"))
            }
            _ => false,
        };
        if switches_off {
            self.report(Kind::Tampering, Confidence::Medium, line, shown);
        }
    }

    fn install(&mut self, arguments: &[String], line: u32, shown: &str) {
        let worst = arguments
            .iter()
            .filter_map(|word| worst_endpoint(word))
            .find(|kind| matches!(kind, Endpoint::Suspicious | Endpoint::BareAddress));
        let installs = arguments
            .iter()
            .any(|word| matches!(word.as_str(), "install" | "add" | "i"));
        if worst.is_some() && installs {
            self.report(Kind::DownloadAndRun, Confidence::Medium, line, shown);
        } else if installs {
            let from_address = arguments.iter().any(|word| {
                addresses(word).any(|address| matches!(endpoint(address), Endpoint::Other))
            });
            let confidence = if from_address {
                Confidence::Medium
            } else {
                Confidence::Low
            };
            self.report(Kind::PackageInstall, confidence, line, shown);
        }
    }

    /// `… | tee -a ~/.bashrc`, `cp x /etc/cron.d/`.
    fn copies(&mut self, arguments: &[String], flow: Flow, line: u32, shown: &str) {
        if let Some(target) = arguments.iter().rfind(|word| is_startup_path(word)) {
            let is_target = arguments.last() == Some(target) || shown.contains("tee");
            if is_target {
                self.starts_by_itself(target, flow, shown, line);
            }
        }
    }

    fn redirects(&mut self, command: &Command, flow: Flow, line: u32, shown: &str) {
        for (operator, target) in &command.redirects {
            if operator.contains('<') && !operator.contains('>') {
                if secret_path(target) == Some(SecretPath::Private) {
                    self.report(Kind::CredentialAccess, Confidence::Medium, line, shown);
                }
                continue;
            }
            if target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/") {
                self.device_connection(command, target, flow, line, shown);
            } else if is_startup_path(target) {
                let text = command.input.as_deref().unwrap_or(shown);
                self.starts_by_itself(target, flow, text, line);
            } else if target.starts_with("/dev/sd") || target.starts_with("/dev/nvme") {
                self.report(Kind::Destruction, Confidence::High, line, shown);
            } else if let Some(confidence) = flow.fetched {
                self.note_download(target.clone(), confidence);
            } else if flow.is_decoded {
                self.decoded.insert(same_file(target).to_owned());
            }
        }
    }

    /// `exec 5<>/dev/tcp/host/port`, `cat x > /dev/tcp/host/port`.
    fn device_connection(
        &mut self,
        command: &Command,
        target: &str,
        flow: Flow,
        line: u32,
        shown: &str,
    ) {
        let host = target.split('/').nth(3).unwrap_or_default();
        if matches!(endpoint(host), Endpoint::Local)
            || host.starts_with('$') && flow.fetched.is_none() && !is_reverse_redirect(command)
        {
            return;
        }
        if flow.has_secret {
            self.report(Kind::Exfiltration, Confidence::High, line, shown);
        } else if command.words.first().is_some_and(|word| word == "exec") {
            self.report(Kind::ReverseShell, Confidence::Medium, line, shown);
        }
    }

    /// Something is written to a file that runs by itself. Honest set-up scripts add paths and aliases.
    fn starts_by_itself(&mut self, target: &str, flow: Flow, text: &str, line: u32) {
        let is_profile = [
            "bashrc",
            "profile",
            "zshrc",
            "zshenv",
            "zprofile",
            "config.fish",
            "environment",
        ]
        .iter()
        .any(|name| target.contains(name));
        let starts_something = [
            "curl", "wget", "nohup", "/dev/tcp", "python", "base64", " &", "/tmp/", "nc ",
            "bash -i", "@reboot",
        ]
        .iter()
        .any(|sign| text.contains(sign));
        let runs_from_scratch = text.lines().any(|line| {
            line.strip_prefix("ExecStart=").is_some_and(|command| {
                is_scratch_path(command)
                    || command.contains("/.")
                    || command.contains("curl")
                    || command.contains("base64")
            })
        });
        let is_telling = target.contains("authorized_keys") || target.contains("ld.so.preload");
        let confidence = if is_telling
            || flow.fetched.is_some()
            || flow.is_decoded
            || starts_something && (is_profile || target.contains("cron"))
            || runs_from_scratch
        {
            Confidence::High
        } else if is_profile
            || target.contains("sudoers")
            || target.contains(".git/hooks")
            || target.contains("systemd")
        {
            Confidence::Low
        } else {
            Confidence::Medium
        };
        self.report(Kind::Persistence, confidence, line, text);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one command, used once"
    )]
    fn sends(
        &mut self,
        role: Role,
        program: &str,
        arguments: &[String],
        flow: Flow,
        inner: Flow,
        line: u32,
        shown: &str,
    ) {
        if !is_sender(program) {
            return;
        }
        let sends_data = match role {
            Role::Fetch => arguments.iter().any(|word| is_data_option(word)),
            Role::Connect => return,
            _ => true,
        };
        let sent = sent_words(program, arguments);
        let in_data = sent.iter().any(|word| {
            has_secret_variable(word)
                || word.starts_with('@') && secret_path(word.trim_start_matches('@')).is_some()
        }) || sent.iter().any(|word| {
            secret_path(word) == Some(SecretPath::Private) && sends_data && role == Role::Fetch
        });
        let file_copied = role != Role::Fetch
            && sent
                .iter()
                .any(|word| secret_path(word) == Some(SecretPath::Private))
            && arguments
                .iter()
                .any(|word| word.contains(':') || word.contains("://"))
            && !arguments.iter().any(|word| word == "-i");
        if in_data || inner.has_secret || file_copied || (flow.has_secret && sends_data) {
            let endpoint = arguments.iter().find_map(|word| worst_endpoint(word));
            let confidence = match endpoint {
                Some(Endpoint::WellKnown | Endpoint::Local) => Confidence::Low,
                _ => Confidence::High,
            };
            self.report(Kind::Exfiltration, confidence, line, shown);
        } else if inner.has_identity || flow.has_identity && sends_data {
            let endpoint = arguments.iter().find_map(|word| worst_endpoint(word));
            let confidence = match endpoint {
                Some(Endpoint::WellKnown | Endpoint::Local) | None => Confidence::Low,
                Some(_) => Confidence::Medium,
            };
            self.report(Kind::Exfiltration, confidence, line, shown);
        }
    }
}

/// The pipeline as one line.
fn show(pipeline: &Pipeline) -> String {
    let mut shown = String::new();
    for (index, command) in pipeline.iter().enumerate() {
        if index > 0 {
            shown.push_str(" | ");
        }
        shown.push_str(&command.words.join(" "));
        for (operator, target) in &command.redirects {
            shown.push(' ');
            shown.push_str(operator);
            shown.push_str(target);
        }
        for inner in &command.inner {
            shown.push_str(" $(");
            shown.push_str(inner);
            shown.push(')');
        }
        if shown.len() > 2_000 {
            break;
        }
    }
    shown
}

/// The lower-case name of a program, without folder and `.exe`.
fn program_name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    // `@` and `-` stand before commands of a `Makefile`.
    let name = name.trim_start_matches(['@', '-', '+']);
    let name = name.to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

fn same_file(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_fork_bomb(text: &str) -> bool {
    let packed: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .take(4_096)
        .collect();
    packed.contains(":(){:|:&};:") || packed.contains("(){:|:&}")
}

/// How sure it is that running what this command fetches does harm.
fn fetch_confidence(arguments: &[String]) -> Confidence {
    let mut best = None;
    for word in arguments {
        for address in addresses(word) {
            let known = match endpoint(address) {
                Endpoint::WellKnown
                    if address.starts_with("https:") && !is_personal_page(address) =>
                {
                    Confidence::Low
                }
                Endpoint::Local => Confidence::Low,
                Endpoint::WellKnown | Endpoint::Unknown => Confidence::Medium,
                Endpoint::Other if address.starts_with("https:") => Confidence::Medium,
                Endpoint::Other
                | Endpoint::Suspicious
                | Endpoint::BareAddress
                | Endpoint::Metadata => Confidence::High,
            };
            best = best.max(Some(known));
        }
    }
    if best.is_none() {
        let bare = arguments
            .iter()
            .filter(|word| !word.starts_with('-'))
            .map(|word| endpoint(word));
        let is_bad = bare
            .into_iter()
            .any(|kind| matches!(kind, Endpoint::BareAddress | Endpoint::Suspicious));
        return if is_bad {
            Confidence::High
        } else {
            Confidence::Medium
        };
    }
    best.unwrap_or(Confidence::Medium)
}

/// Places within well-known hosts where anybody publishes.
fn is_personal_page(address: &str) -> bool {
    [
        "gist.github",
        "raw.githubusercontent",
        "huggingface.co/",
        "github.io",
        "s3.amazonaws",
        "amazonaws.com",
        "storage.googleapis",
    ]
    .iter()
    .any(|part| address.contains(part))
        && ![
            "nvm-sh/",
            "Homebrew/",
            "ohmyzsh/",
            "pyenv/",
            "kubernetes/",
            "helm/",
            "rustdesk/",
            "conda-forge/",
            "huggingface/",
            "pytorch/",
        ]
        .iter()
        .any(|owner| address.contains(owner))
}

/// The files that a fetching command writes.
fn output_files(program: &str, arguments: &[String]) -> Vec<String> {
    let mut files = Vec::new();
    let mut previous = "";
    for word in arguments {
        let is_output = match program {
            "wget" => matches!(previous, "-O" | "--output-document" | "-qO"),
            _ => matches!(
                previous,
                "-o" | "--output"
                    | "-sSLo"
                    | "-sLo"
                    | "-Lo"
                    | "-fsSLo"
                    | "-so"
                    | "-OutFile"
                    | "-outfile"
            ),
        };
        if is_output {
            files.push(word.clone());
        }
        previous = word;
    }
    if files.is_empty() {
        for word in arguments {
            if let Some(address) = addresses(word).next() {
                let path = address.split(['?', '#']).next().unwrap_or_default();
                files.push(same_file(path).to_owned());
            }
        }
    }
    files.retain(|file| file != "-" && !file.is_empty());
    files
}

/// Whether an interpreter's arguments name a file to run.
fn runs_a_file(arguments: &[String]) -> bool {
    arguments.iter().any(|word| {
        !word.starts_with('-')
            && !word.starts_with("<()")
            && !word.contains("$()")
            && word != "/dev/stdin"
    })
}

fn is_reverse_redirect(command: &Command) -> bool {
    let to_network = command
        .redirects
        .iter()
        .any(|(_, target)| target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/"));
    let both_ways = command.redirects.iter().any(|(operator, target)| {
        operator.ends_with("<&")
            && (target == "1" || target.len() == 1 && target != "-" && target != "0")
    });
    let is_interactive = command.words.iter().any(|word| word == "-i");
    (to_network && (both_ways || is_interactive))
        || (both_ways && is_interactive)
        || (to_network && command.words.len() <= 2 && command.redirects.len() > 1)
}

fn is_foreign_reverse_shell(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    let opens = [
        "socket",
        "fsockopen",
        "tcpsocket",
        "net.connect",
        "net.socket",
        "io::socket",
        "tcpclient",
    ]
    .iter()
    .any(|sign| lower.contains(sign));
    let runs = ["/bin/sh", "/bin/bash", "exec", "spawn", "cmd.exe", "iex"]
        .iter()
        .any(|sign| lower.contains(sign));
    let runs = runs || lower.contains("system");
    opens && runs
}

fn is_foreign_download(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    let fetches = [
        "downloadstring",
        "downloadfile",
        "invoke-webrequest",
        "iwr ",
        "irm ",
        "net.webclient",
        "lwp::simple",
        "open-uri",
        "file_get_contents",
    ]
    .iter()
    .any(|sign| lower.contains(sign));
    let runs = [
        "iex",
        "invoke-expression",
        "start-process",
        "eval",
        "system(",
    ]
    .iter()
    .any(|sign| lower.contains(sign));
    fetches && runs
}

fn is_odd_library(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_allocator = [
        "jemalloc",
        "tcmalloc",
        "mimalloc",
        "libomp",
        "libiomp",
        "libgomp",
        "libstdc++",
        "libcuda",
        "nccl",
        "libasan",
    ]
    .iter()
    .any(|name| lower.contains(name));
    !is_allocator && (is_scratch_path(&lower) || lower.starts_with('.') || lower.contains("/."))
}

/// Whether a text expands a variable that holds a credential.
fn has_secret_variable(word: &str) -> bool {
    word.match_indices('$').any(|(at, _)| {
        let rest = word.get(at.saturating_add(1)..).unwrap_or_default();
        let rest = rest.trim_start_matches('{');
        let name: &str = rest
            .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .next()
            .unwrap_or_default();
        is_secret_variable(name)
    })
}

fn is_data_option(word: &str) -> bool {
    matches!(
        word,
        "-d" | "-F"
            | "-T"
            | "--data"
            | "--data-binary"
            | "--data-raw"
            | "--data-urlencode"
            | "--form"
            | "--json"
            | "--upload-file"
    ) || [
        "--post-data",
        "--post-file",
        "--body-data",
        "--body-file",
        "--data=",
        "-d@",
        "-F@",
        "-InFile",
        "-Body",
    ]
    .iter()
    .any(|start| word.starts_with(start))
}

/// The arguments that leave the machine: everything but headers and credentials for the service itself.
fn sent_words<'w>(program: &str, arguments: &'w [String]) -> Vec<&'w str> {
    let mut sent = Vec::new();
    let mut previous = "";
    for word in arguments {
        let is_header = matches!(
            previous,
            "-H" | "--header"
                | "-u"
                | "--user"
                | "-b"
                | "--cookie"
                | "-i"
                | "-o"
                | "-O"
                | "--cacert"
                | "--cert"
                | "--key"
                | "-E"
                | "-e"
                | "--rsh"
        ) || word.starts_with("--header")
            || word.starts_with("--http-p")
            || word.to_ascii_lowercase().starts_with("authorization:");
        if !is_header {
            sent.push(word.as_str());
        }
        previous = word;
    }
    if matches!(program, "git" | "docker" | "huggingface-cli" | "hf") {
        sent.clear();
    }
    sent
}
