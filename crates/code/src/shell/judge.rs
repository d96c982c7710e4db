//! What commands do, judged over whole pipelines.

use std::collections::BTreeSet;

use chainwright_core::severity::Confidence;

use super::programs::{
    Role, is_sender, is_shell, names_of_encoded_powershell, role, script_argument, without_wrappers,
};
use super::transfers::{fetch_confidence, has_secret_variable, output_files};
use super::words::{Command, Pipeline, assignment, read};
use crate::facts::BehaviourKind as Kind;
use crate::signs::{SecretPath, is_scratch_path, is_secret_variable, names_miner, secret_path};

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
pub(super) struct Judge {
    pub(super) found: Judged,
    /// Files that came from the network, with how far their source is trusted.
    pub(super) downloaded: Vec<(String, Confidence)>,
    /// Files that held decoded data.
    pub(super) decoded: BTreeSet<String>,
    /// Variables that hold what a fetching command printed.
    pub(super) fetched_variable: Option<Confidence>,
    /// Variables that hold what a decoding command printed.
    pub(super) has_decoded_variable: bool,
    /// Whether a named pipe was made: half of a classic reverse shell.
    pub(super) has_fifo: bool,
}

/// What flows through a pipeline.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flow {
    pub(super) fetched: Option<Confidence>,
    pub(super) is_decoded: bool,
    pub(super) has_secret: bool,
    /// Says which machine or user this is.
    pub(super) has_identity: bool,
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
    pub(super) fn text(&mut self, text: &str, line: u32, depth: u32) -> Flow {
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

    pub(super) fn report(&mut self, kind: Kind, confidence: Confidence, line: u32, evidence: &str) {
        self.found.signs.push(Sign {
            kind,
            confidence,
            line,
            evidence: evidence.replace('\u{1}', " "),
        });
    }

    pub(super) fn pipeline(&mut self, pipeline: &Pipeline, base: u32, depth: u32) -> Flow {
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

    pub(super) fn command(
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
    pub(super) fn run_of_downloaded(&mut self, words: &[String], line: u32, shown: &str) {
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
pub(super) fn program_name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    // `@` and `-` stand before commands of a `Makefile`.
    let name = name.trim_start_matches(['@', '-', '+']);
    let name = name.to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

pub(super) fn same_file(path: &str) -> &str {
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

/// Whether an interpreter's arguments name a file to run.
fn runs_a_file(arguments: &[String]) -> bool {
    arguments.iter().any(|word| {
        !word.starts_with('-')
            && !word.starts_with("<()")
            && !word.contains("$()")
            && word != "/dev/stdin"
    })
}

pub(super) fn is_reverse_redirect(command: &Command) -> bool {
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

pub(super) fn is_odd_library(value: &str) -> bool {
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
