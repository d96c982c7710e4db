//! What calls of library functions do, judged by what they are given.

use std::rc::Rc;

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::interp::Interpreter;
use super::names::{self, Api};
use super::pure::{data_taint, decoded};
use super::value::{Abstract, Args, OpenFile, Taint, Value};
use crate::facts::{BehaviourKind as Kind, Reach};
use crate::signs::{self, Endpoint, HOLE, SecretPath};

impl<'a> Interpreter<'a> {
    /// Calls a function of the table.
    pub(super) fn library_call(
        &mut self,
        api: Api,
        path: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let first = arguments.at(0).cloned().unwrap_or_else(Abstract::nothing);
        match api {
            Api::Exec => {
                let code = arguments.get(0, "stmt").cloned().unwrap_or(first);
                if let Some(setup) = arguments.keyword("setup").cloned() {
                    self.judge_exec(&setup, range);
                }
                if path == "builtins.exec" && code.taint.has(Taint::SETTING) {
                    let confidence = self.unasked(Confidence::Medium, Confidence::Low);
                    self.report(Kind::ExecInput, confidence, range, None);
                }
                self.judge_exec(&code, range)
            }
            Api::Compile => first,
            Api::ImportModule => self.import_by_name(&first, range),
            Api::RunPath(position) => self.run_path(arguments, position, range),
            Api::CodeObject => {
                let is_embedded = arguments.all().any(|argument| {
                    matches!(argument.value, Value::Bytes(_))
                        || argument.taint.has(Taint::DISGUISED)
                });
                Abstract::unknown(if is_embedded {
                    Taint::MARSHALLED | Taint::LITERAL
                } else {
                    Taint::NONE
                })
            }
            Api::FunctionObject => {
                if first.taint.has(Taint::MARSHALLED) {
                    self.report(Kind::ExecDecoded, Confidence::High, range, None);
                }
                Abstract::unknown(first.taint)
            }
            Api::ShellText => {
                self.judge_shell_text(&first, arguments, range);
                self.process_result(path)
            }
            Api::Arguments => {
                let command = arguments.get(0, "args").cloned().unwrap_or(first);
                self.judge_arguments(&command, arguments, range);
                self.process_result(path)
            }
            Api::PathAndList(position) => {
                let program = arguments
                    .at(position)
                    .cloned()
                    .unwrap_or_else(Abstract::nothing);
                let listed = arguments
                    .at(position.saturating_add(1))
                    .cloned()
                    .unwrap_or_else(Abstract::nothing);
                let mut words = vec![program];
                words.extend(
                    listed
                        .elements()
                        .unwrap_or_default()
                        .iter()
                        .skip(1)
                        .cloned(),
                );
                self.judge_arguments(&Abstract::list(words), &Args::default(), range);
                Abstract::nothing()
            }
            Api::PathAndRest(position) => {
                let program = arguments.at(position).cloned();
                let rest = arguments
                    .positional
                    .iter()
                    .skip(position.saturating_add(if path.contains("asyncio") { 1 } else { 2 }))
                    .cloned();
                let words = program.into_iter().chain(rest).collect();
                self.judge_arguments(&Abstract::list(words), arguments, range);
                Abstract::nothing()
            }
            Api::Decode(codec) => decoded(&first, codec),
            Api::Unmarshal => {
                let literal = if matches!(first.value, Value::Bytes(_) | Value::Str(_)) {
                    Taint::LITERAL
                } else {
                    Taint::NONE
                };
                Abstract::unknown(first.taint.content() | Taint::MARSHALLED | literal)
            }
            Api::Unpickle => {
                self.judge_unpickle(&first, range);
                Abstract::unknown(first.taint.through_unknown())
            }
            Api::UnpickleFile => {
                self.judge_unpickle_file(&first, arguments, range);
                Abstract::unknown(first.taint.through_unknown() | Taint::DATA_FILE | Taint::FILE)
            }
            Api::LoadData => Abstract::unknown(Taint::DATA_FILE | Taint::FILE),
            Api::LoadYaml => {
                let has_tag = first
                    .as_text()
                    .is_some_and(|text| text.contains("!!python/"));
                if has_tag {
                    self.report(Kind::UnsafeDeserialise, Confidence::High, range, None);
                }
                Abstract::unknown(
                    first.taint.through_unknown() | data_taint(&first).through_unknown(),
                )
            }
            Api::CompileNative => {
                self.judge_native_source(arguments, range);
                Abstract::nothing()
            }
            Api::Configure => Abstract::nothing(),
            Api::Fork => Abstract::nothing(),
            Api::Fetch(position) => self.judge_fetch(arguments, position, range),
            Api::Send(position) => {
                self.judge_send(arguments, position, range);
                Abstract::unknown(Taint::NETWORK)
            }
            Api::SendOpen => {
                self.judge_send_open(arguments, range);
                Abstract::unknown(Taint::NETWORK)
            }
            Api::Receive => Abstract::unknown(Taint::NETWORK),
            Api::Connect => self.judge_connect(path, arguments, range),
            Api::Socket => Abstract::path("socket.socket()", Taint::SOCKET),
            Api::Resolve => self.judge_resolve(&first, range),
            Api::Download(address, target) => {
                self.judge_download(arguments, address, target, range)
            }
            Api::RemoteFile => Abstract::unknown(Taint::REMOTE_FILE),
            Api::RemoteCode => {
                self.report(Kind::RemoteCodeTrust, Confidence::Low, range, None);
                Abstract::nothing()
            }
            Api::Getenv => match first.as_known_text() {
                Some(name) => {
                    let name = name.to_owned();
                    let value = self.environment_variable(&name);
                    match arguments.at(1) {
                        Some(default)
                            if matches!(value.value, Value::Unknown)
                                && !value.taint.has(Taint::PRIVATE | Taint::HOST) =>
                        {
                            default.clone().tainted(Taint::SETTING)
                        }
                        _ => value,
                    }
                }
                None => Abstract::nothing(),
            },
            Api::Environment => Abstract::unknown(Taint::ENVIRONMENT),
            Api::HostFact => Abstract::unknown(Taint::HOST),
            Api::Credential => {
                if path.contains("cookie")
                    || path.contains("Crypt")
                    || path.contains("secretstorage")
                    || path.contains("spwd")
                {
                    self.report(
                        Kind::CredentialAccess,
                        self.unasked(Confidence::High, Confidence::Medium),
                        range,
                        None,
                    );
                    return Abstract::unknown(Taint::SECRET | Taint::ENVIRONMENT);
                }
                Abstract::unknown(Taint::SECRET)
            }
            Api::Home => Abstract::text("~", Taint::PATHLIB),
            Api::Walk => self.walked(&first, range),
            Api::Open => self.open(arguments, range),
            Api::Remove | Api::RemoveTree => {
                self.judge_removal(&first, api == Api::RemoveTree, range);
                Abstract::nothing()
            }
            Api::Chmod => {
                self.judge_chmod(&first, arguments, range);
                Abstract::nothing()
            }
            Api::Copy => {
                self.judge_copy(arguments, range);
                Abstract::nothing()
            }
            Api::LoadLibrary => self.judge_library(path, &first, range),
            Api::ExecutableMemory => {
                let is_windows = path.contains("windll") || path.contains("ntdll");
                let confidence = if is_windows {
                    Confidence::High
                } else {
                    Confidence::Medium
                };
                self.report(Kind::NativeCode, confidence, range, None);
                Abstract::unknown(Taint::EXECUTABLE)
            }
            Api::Duplicate => {
                if first.taint.has(Taint::SOCKET) {
                    self.report(Kind::ReverseShell, Confidence::High, range, None);
                }
                Abstract::nothing()
            }
            Api::RegistryWrite => {
                let is_start = arguments.all().any(|argument| {
                    argument.as_text().is_some_and(|text| {
                        text.to_ascii_lowercase().contains("currentversion\\run")
                    })
                });
                if is_start {
                    self.report(Kind::Persistence, Confidence::High, range, None);
                }
                Abstract::nothing()
            }
            Api::HigherOrder => self.higher_order(path, arguments, range),
            Api::Installer => {
                self.report(Kind::PackageInstall, Confidence::Low, range, None);
                Abstract::nothing()
            }
            Api::DebuggerCheck => {
                self.report(Kind::AntiAnalysis, Confidence::High, range, None);
                Abstract::nothing()
            }
            Api::Sleep | Api::Exit => Abstract::nothing(),
            Api::Spy => {
                self.report(
                    Kind::CredentialAccess,
                    self.unasked(Confidence::Medium, Confidence::Low),
                    range,
                    None,
                );
                Abstract::unknown(Taint::SECRET | Taint::ENVIRONMENT)
            }
            Api::SearchPath => {
                let added = arguments
                    .all()
                    .any(|argument| argument.taint.has(Taint::DROPPED | Taint::REMOTE_FILE));
                for argument in arguments.all() {
                    if let Some(folder) = argument.as_text().filter(|text| text.len() > 2)
                        && self.search_paths.len() < 64
                    {
                        let reach = self.reach;
                        self.search_paths.push((folder.to_owned(), range, reach));
                    }
                }
                if added {
                    self.report(
                        Kind::ExecFetched,
                        self.unasked(Confidence::High, Confidence::Low),
                        range,
                        None,
                    );
                }
                Abstract::nothing()
            }
        }
    }

    /// One confidence where the code runs unasked, another where somebody has to call it.
    pub(super) fn unasked(&self, unasked: Confidence, called: Confidence) -> Confidence {
        if self.reach >= Reach::Constructor {
            unasked
        } else {
            called
        }
    }

    /// What a process wrote: data of the machine it ran on.
    fn process_result(&self, path: &str) -> Abstract<'a> {
        let result = format!("{path}()");
        if names::is_known(&result) {
            Abstract::path(&result, Taint::NONE)
        } else {
            Abstract::nothing()
        }
    }

    /// `exec`, `eval` and everything that runs text.
    pub(super) fn judge_exec(&mut self, code: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
        let taint = code.taint;
        let bytes_text = match &code.value {
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Value::Str(text) => Some(text.as_str().to_owned()),
            _ => None,
        };
        let shown = bytes_text
            .as_ref()
            .filter(|_| !taint.is_empty())
            .map(|text| format!("runs `{}`", super::interp::excerpt(text)));
        if taint.has(Taint::NETWORK | Taint::REMOTE_FILE | Taint::DROPPED) {
            self.report(Kind::ExecFetched, Confidence::High, range, shown);
        } else if taint.is_disguise() {
            let is_from_file = taint.has(Taint::FILE) && !taint.has(Taint::LITERAL);
            let confidence = if is_from_file {
                self.unasked(Confidence::High, Confidence::Medium)
            } else {
                Confidence::High
            };
            self.report(Kind::ExecDecoded, confidence, range, shown);
        } else if taint.has(Taint::INPUT) {
            self.report(Kind::ExecInput, Confidence::Medium, range, None);
        } else if taint.has(Taint::DATA_FILE) {
            self.report(
                Kind::ExecDataFile,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        } else if bytes_text.is_none() {
            self.report(Kind::ExecDynamic, Confidence::Low, range, None);
        }
        match bytes_text {
            Some(text) => self.code_in_text(&text, range),
            None => Abstract::unknown(taint.content()),
        }
    }

    /// Text that runs as code is judged as code; what a short expression comes to is its value.
    fn code_in_text(&mut self, text: &str, range: TextRange) -> Abstract<'a> {
        let cost = text.len().saturating_mul(8);
        let nested = if self.pay(cost) {
            super::nested(text, self.reach, self.nesting)
        } else {
            None
        };
        let Some(inner) = nested else {
            self.is_cut = true;
            return Abstract::nothing();
        };
        for (kind, found) in inner.found {
            let evidence = format!(
                "in text that is run: {}",
                found.evidence.unwrap_or_default()
            );
            let reach = if found.reach == Reach::Import {
                self.reach
            } else {
                found.reach.min(self.reach)
            };
            self.report_reached(kind, found.confidence, range, Some(evidence), reach);
        }
        self.imports.extend(inner.imports);
        match inner.result_path {
            Some(path) => Abstract::path(&path, Taint::INDIRECT),
            None => Abstract::nothing(),
        }
    }

    fn import_by_name(&mut self, name: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
        let Some(text) = name.as_known_text() else {
            if name.taint.is_disguise() && name.taint.has(Taint::LITERAL) {
                self.report(Kind::HiddenCall, Confidence::High, range, None);
            } else if name.taint.has(Taint::NETWORK) {
                self.report(Kind::ExecFetched, Confidence::High, range, None);
            }
            return Abstract::nothing();
        };
        let text = text.trim_start_matches(':').replace(':', ".");
        let top = text.split('.').next().unwrap_or_default();
        if !top.is_empty() && self.imports.len() < crate::facts::MAX_NAMES {
            self.imports.insert(top.to_owned());
        }
        let canonical = names::canonical_module(&text).to_owned();
        let is_assembled = name.taint.has(Taint::FOLDED | Taint::DISGUISED);
        let is_disguised = name.taint.is_disguise();
        if (is_assembled && names::is_telling_module(&canonical)) || is_disguised {
            self.report(
                Kind::HiddenCall,
                Confidence::High,
                range,
                Some(format!("imports `{text}` by an assembled name")),
            );
        }
        Abstract::path(&canonical, Taint::NONE)
    }

    fn run_path(
        &mut self,
        arguments: &Args<'a>,
        position: usize,
        range: TextRange,
    ) -> Abstract<'a> {
        let path = arguments
            .at(position)
            .or_else(|| arguments.keyword("location"))
            .or_else(|| arguments.keyword("path_name"));
        let Some(path) = path.cloned() else {
            return Abstract::nothing();
        };
        if path.taint.has(Taint::DROPPED | Taint::REMOTE_FILE) || self.is_dropped(&path) {
            self.report(
                Kind::ExecFetched,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        } else if path.as_text().is_some_and(signs::is_data_file) {
            self.report(
                Kind::ExecDataFile,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        }
        Abstract::nothing()
    }

    /// Whether a path names a file that this code wrote from the network or from itself.
    fn is_dropped(&self, path: &Abstract<'a>) -> bool {
        path.taint.has(Taint::DROPPED)
            || path
                .as_text()
                .is_some_and(|text| self.dropped.contains(text))
    }

    fn judge_unpickle(&mut self, data: &Abstract<'a>, range: TextRange) {
        let is_embedded =
            matches!(data.value, Value::Bytes(_) | Value::Str(_)) || data.taint.has(Taint::LITERAL);
        if is_embedded && data.taint.has(Taint::DISGUISED) {
            self.report(
                Kind::UnsafeDeserialise,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        } else if is_embedded {
            self.report(
                Kind::UnsafeDeserialise,
                self.unasked(Confidence::Medium, Confidence::Low),
                range,
                None,
            );
        } else if data.taint.has(Taint::NETWORK) {
            self.report(
                Kind::UnsafeDeserialise,
                self.unasked(Confidence::Medium, Confidence::Low),
                range,
                None,
            );
        }
    }

    fn judge_unpickle_file(&mut self, file: &Abstract<'a>, arguments: &Args<'a>, range: TextRange) {
        if arguments.is_true("weights_only") {
            return;
        }
        let taint = data_taint(file);
        if taint.has(Taint::LITERAL) && taint.has(Taint::DISGUISED) {
            self.report(Kind::UnsafeDeserialise, Confidence::High, range, None);
        } else if taint.has(Taint::NETWORK | Taint::DROPPED) {
            self.report(
                Kind::UnsafeDeserialise,
                self.unasked(Confidence::Medium, Confidence::Low),
                range,
                None,
            );
        }
    }

    /// A command line as text.
    pub(super) fn judge_shell_text(
        &mut self,
        command: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) {
        self.judge_streams(arguments, range);
        let taint = data_taint(command);
        let text = match &command.value {
            Value::Str(text) => text.as_str().to_owned(),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Value::List(words) => words
                .iter()
                .map(Abstract::shown)
                .collect::<Vec<_>>()
                .join(" "),
            _ => HOLE.to_string(),
        };
        let is_open = text.starts_with(HOLE);
        self.judge_command_taint(taint, is_open, &text, range);
        self.judge_shell(&text, range);
        let words: Vec<String> = text
            .split_whitespace()
            .take(64)
            .map(str::to_owned)
            .collect();
        self.judge_start(&words, range, &text);
    }

    /// A command line as a list of words, or as text with `shell=True`.
    pub(super) fn judge_arguments(
        &mut self,
        command: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) {
        let Some(elements) = command.elements() else {
            self.judge_shell_text(command, arguments, range);
            return;
        };
        if arguments.is_true("shell") {
            let first = elements.first().cloned().unwrap_or_else(Abstract::nothing);
            self.judge_shell_text(&first, arguments, range);
            return;
        }
        self.judge_streams(arguments, range);
        let words: Vec<String> = elements.iter().take(256).map(Abstract::shown).collect();
        let program_taint = elements.first().map_or(Taint::NONE, |first| first.taint);
        let runs_script = words.first().is_some_and(|program| is_interpreter(program));
        let carried = if runs_script {
            elements
                .iter()
                .take(4)
                .fold(program_taint, |taint, element| taint | element.taint)
        } else {
            program_taint
        };
        let is_open = words.first().is_some_and(|word| word.starts_with(HOLE)) || runs_script;
        let shown = words.join(" ");
        let private = elements
            .iter()
            .fold(Taint::NONE, |taint, element| taint | data_taint(element));
        let carried = if program_taint.has(Taint::INPUT) {
            carried
        } else {
            carried.without(Taint::INPUT)
        };
        self.judge_command_taint(
            carried.without(Taint::PRIVATE)
                | if private.has(Taint::PRIVATE) {
                    Taint::SECRET
                } else {
                    Taint::NONE
                },
            is_open,
            &shown,
            range,
        );
        let judged = crate::shell::judge_words(&words);
        self.take_signs(&judged, range);
        let is_dropped = elements.iter().enumerate().any(|(index, element)| {
            (index == 0 || runs_script && index < 4) && self.is_dropped(element)
        });
        if is_dropped {
            self.report(
                Kind::DownloadAndRun,
                self.drop_confidence,
                range,
                Some(shown.clone()),
            );
        }
        self.judge_start(&words, range, &shown);
    }

    /// Marks on a command that say where its text comes from.
    fn judge_command_taint(&mut self, taint: Taint, is_open: bool, shown: &str, range: TextRange) {
        let evidence = Some(shown.to_owned());
        if taint.has(Taint::NETWORK) && is_open {
            self.report(
                Kind::ExecFetched,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                evidence.clone(),
            );
        }
        if taint.is_disguise() && (!is_open || taint.has(Taint::LITERAL)) {
            self.report(Kind::ExecDecoded, Confidence::High, range, evidence.clone());
        }
        if taint.has(Taint::INPUT) {
            self.report(Kind::ExecInput, Confidence::Medium, range, evidence.clone());
        }
        if taint.has(Taint::PRIVATE) && sends_somewhere(shown) {
            self.report(
                Kind::Exfiltration,
                Confidence::High,
                range,
                evidence.clone(),
            );
        }
        if taint.has(Taint::DROPPED) && is_open {
            self.report(Kind::DownloadAndRun, self.drop_confidence, range, evidence);
        }
    }

    /// `stdin=socket`: a shell at the other end.
    fn judge_streams(&mut self, arguments: &Args<'a>, range: TextRange) {
        let joined = ["stdin", "stdout", "stderr"].iter().any(|name| {
            arguments
                .keyword(name)
                .is_some_and(|value| value.taint.has(Taint::SOCKET))
        });
        if joined {
            self.report(Kind::ReverseShell, Confidence::High, range, None);
        }
    }

    fn judge_shell(&mut self, text: &str, range: TextRange) {
        if !self.pay(text.len().saturating_mul(8)) {
            return;
        }
        let judged = crate::shell::judge_text(text);
        self.take_signs(&judged, range);
        for path in &self.dropped.clone() {
            if path.len() >= 4 && text.contains(path.as_str()) && runs(text, path) {
                self.report(
                    Kind::DownloadAndRun,
                    self.drop_confidence,
                    range,
                    Some(text.to_owned()),
                );
            }
        }
    }

    fn take_signs(&mut self, judged: &crate::shell::Judged, range: TextRange) {
        for sign in &judged.signs {
            self.report(
                sign.kind,
                sign.confidence,
                range,
                Some(sign.evidence.clone()),
            );
        }
        for (code, _) in &judged.python {
            let code = code.clone();
            self.code_in_text(&code, range);
        }
        self.is_cut |= judged.is_cut;
    }

    /// A process starts, whatever it does.
    fn judge_start(&mut self, words: &[String], range: TextRange, shown: &str) {
        let confidence = match words.first() {
            None => Confidence::Medium,
            Some(word) if word.starts_with(HOLE) => Confidence::Medium,
            Some(_) if is_everyday_command(words) => Confidence::Low,
            Some(_) => Confidence::High,
        };
        let program = words
            .first()
            .map_or("", |word| word.rsplit(['/', '\\']).next().unwrap_or(word));
        let is_bare_shell = matches!(
            program,
            "sh" | "bash" | "zsh" | "cmd.exe" | "cmd" | "powershell" | "powershell.exe"
        ) && words
            .iter()
            .skip(1)
            .all(|word| word.starts_with('-') && !word.ends_with('c'));
        if is_bare_shell && self.seen.shell.is_none() {
            self.seen.shell = Some((range, self.reach));
        }
        self.report(
            Kind::ProcessStart,
            confidence,
            range,
            Some(shown.to_owned()),
        );
    }

    /// Judges an address; gives what kind of place it is.
    fn judge_address(&mut self, address: &Abstract<'a>, range: TextRange) -> Endpoint {
        let Some(text) = address.as_text() else {
            return Endpoint::Unknown;
        };
        let endpoint = signs::endpoint(text);
        if matches!(endpoint, Endpoint::WellKnown | Endpoint::Local) && !text.starts_with("http:") {
            self.has_trusted_source = true;
        } else {
            self.has_other_source = true;
        }
        let evidence = Some(text.to_owned());
        match endpoint {
            Endpoint::Suspicious => self.report(
                Kind::SuspiciousEndpoint,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                evidence,
            ),
            Endpoint::Metadata => self.report(
                Kind::CredentialAccess,
                self.unasked(Confidence::High, Confidence::Low),
                range,
                evidence,
            ),
            _ => {}
        }
        if signs::names_miner(text) {
            self.report(Kind::Miner, Confidence::High, range, Some(text.to_owned()));
        }
        endpoint
    }

    fn judge_fetch(
        &mut self,
        arguments: &Args<'a>,
        position: usize,
        range: TextRange,
    ) -> Abstract<'a> {
        let method = if position == 1 {
            arguments.get(0, "method").and_then(Abstract::as_known_text)
        } else {
            None
        };
        if method.is_some_and(|method| {
            matches!(
                method.to_ascii_uppercase().as_str(),
                "POST" | "PUT" | "PATCH"
            )
        }) {
            self.judge_send(arguments, position, range);
            return Abstract::unknown(Taint::NETWORK);
        }
        let address = arguments
            .get(position, "url")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let endpoint = self.judge_address(&address, range);
        let body = arguments
            .all()
            .filter(|_| position == 0)
            .skip(1)
            .fold(Taint::NONE, |taint, argument| taint | data_taint(argument));
        let headers = arguments.keyword("headers").map_or(Taint::NONE, data_taint);
        let params = arguments.keyword("params").map_or(Taint::NONE, data_taint)
            | arguments.keyword("data").map_or(Taint::NONE, data_taint)
            | arguments.keyword("cookies").map_or(Taint::NONE, data_taint);
        self.judge_leak(
            address.taint | params,
            headers | body.without(Taint::SECRET),
            endpoint,
            range,
        );
        let is_beacon = self.unused == Some(range);
        let is_library = self.is_library;
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => Confidence::High,
            Endpoint::Other if is_beacon || is_library => Confidence::High,
            Endpoint::Unknown if is_beacon => Confidence::High,
            Endpoint::Other | Endpoint::Unknown => Confidence::Medium,
        };
        self.report(Kind::NetworkAccess, confidence, range, None);
        Abstract::unknown(Taint::NETWORK)
    }

    /// Private data in an address, a body or a header.
    fn judge_leak(&mut self, data: Taint, headers: Taint, endpoint: Endpoint, range: TextRange) {
        let is_trusted = matches!(endpoint, Endpoint::WellKnown | Endpoint::Local);
        let is_bad = matches!(endpoint, Endpoint::Suspicious | Endpoint::BareAddress);
        if is_trusted && !data.has(Taint::ENVIRONMENT) {
            return;
        }
        if data.has(Taint::ENVIRONMENT | Taint::WALKED) || headers.has(Taint::ENVIRONMENT) {
            let confidence = if is_trusted {
                Confidence::Medium
            } else {
                Confidence::High
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        } else if data.has(Taint::SECRET) {
            let confidence = if is_bad {
                Confidence::High
            } else if endpoint == Endpoint::Unknown {
                Confidence::Low
            } else {
                self.unasked(Confidence::High, Confidence::Low)
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        } else if headers.has(Taint::SECRET) && is_bad {
            self.report(
                Kind::Exfiltration,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        } else if headers.has(Taint::SECRET)
            && endpoint == Endpoint::Other
            && self.reach == Reach::Import
            && self.unused == Some(range)
        {
            self.report(Kind::Exfiltration, Confidence::Medium, range, None);
        } else if data.has(Taint::HOST) {
            let confidence = if is_bad {
                Confidence::High
            } else {
                match self.reach {
                    Reach::Import => Confidence::High,
                    Reach::Constructor => Confidence::Medium,
                    Reach::Main | Reach::Function => Confidence::Low,
                }
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        }
    }

    fn judge_send(&mut self, arguments: &Args<'a>, position: usize, range: TextRange) {
        let address = arguments
            .get(position, "url")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let endpoint = self.judge_address(&address, range);
        let headers = arguments.keyword("headers").map_or(Taint::NONE, data_taint)
            | arguments.keyword("auth").map_or(Taint::NONE, data_taint);
        let mut data = address.taint;
        for argument in arguments.positional.iter().skip(position.saturating_add(1)) {
            data |= data_taint(argument);
        }
        for (name, argument) in &arguments.keywords {
            if !matches!(
                name.as_str(),
                "headers" | "auth" | "url" | "cert" | "verify" | "timeout"
            ) {
                data |= data_taint(argument);
            }
        }
        self.judge_leak(data, headers, endpoint, range);
        let miner = arguments
            .all()
            .any(|argument| argument.as_text().is_some_and(signs::names_miner));
        if miner {
            self.report(Kind::Miner, Confidence::High, range, None);
        }
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Unknown => Confidence::Medium,
            Endpoint::Other | Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => {
                Confidence::High
            }
        };
        self.report(Kind::NetworkSend, confidence, range, None);
    }

    fn judge_send_open(&mut self, arguments: &Args<'a>, range: TextRange) {
        let data = arguments
            .all()
            .fold(Taint::NONE, |taint, argument| taint | data_taint(argument));
        if data.has(Taint::PRIVATE | Taint::WALKED) {
            let confidence = if data.has(Taint::ENVIRONMENT | Taint::WALKED) {
                Confidence::High
            } else {
                self.unasked(Confidence::High, Confidence::Low)
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        } else if data.has(Taint::HOST) && self.reach == Reach::Import {
            self.report(Kind::Exfiltration, Confidence::High, range, None);
        }
        if arguments.all().any(|argument| {
            argument
                .as_bytes()
                .is_some_and(|bytes| signs::names_miner(&String::from_utf8_lossy(bytes)))
        }) {
            self.report(Kind::Miner, Confidence::High, range, None);
        }
        self.report(Kind::NetworkSend, Confidence::Medium, range, None);
    }

    fn judge_connect(
        &mut self,
        path: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let first = arguments.at(0).cloned().unwrap_or_else(Abstract::nothing);
        let host = match first.elements() {
            Some(elements) => elements.first().cloned().unwrap_or_else(Abstract::nothing),
            None => first,
        };
        let endpoint = self.judge_address(&host, range);
        self.judge_leak(host.taint, Taint::NONE, endpoint, range);
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Unknown => Confidence::Medium,
            Endpoint::Other | Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => {
                Confidence::High
            }
        };
        if endpoint != Endpoint::Local && path.contains("socket") {
            self.seen.connection.get_or_insert(range);
        }
        self.report(Kind::NetworkAccess, confidence, range, None);
        let result = format!("{path}()");
        if names::is_known(&result) {
            Abstract::path(&result, Taint::SOCKET)
        } else {
            Abstract::unknown(Taint::SOCKET | Taint::NETWORK)
        }
    }

    fn judge_resolve(&mut self, name: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
        let endpoint = self.judge_address(name, range);
        if name.taint.has(Taint::PRIVATE)
            || name.taint.has(Taint::HOST) && name.as_text().is_some_and(|text| text.contains(HOLE))
        {
            let confidence = if name.taint.has(Taint::PRIVATE) {
                Confidence::High
            } else {
                self.unasked(Confidence::High, Confidence::Medium)
            };
            self.report(Kind::Exfiltration, confidence, range, None);
        }
        let confidence = if endpoint == Endpoint::Other {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        self.report(Kind::NetworkAccess, confidence, range, None);
        Abstract::unknown(Taint::NETWORK)
    }

    fn judge_download(
        &mut self,
        arguments: &Args<'a>,
        address: usize,
        target: usize,
        range: TextRange,
    ) -> Abstract<'a> {
        let source = arguments
            .get(address, "url")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let endpoint = self.judge_address(&source, range);
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local => Confidence::Low,
            Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => Confidence::High,
            Endpoint::Other if self.is_library => Confidence::High,
            Endpoint::Other | Endpoint::Unknown => Confidence::Medium,
        };
        self.report(Kind::NetworkAccess, confidence, range, None);
        let path = arguments
            .at(target)
            .or_else(|| arguments.keyword("filename"))
            .or_else(|| arguments.keyword("output"))
            .or_else(|| arguments.keyword("dst"));
        if let Some(path) = path {
            let path = path.clone();
            self.drop_file(
                &path,
                arguments.variables.get(target).copied().flatten(),
                range,
            );
            return path.tainted(Taint::DROPPED);
        }
        Abstract::unknown(Taint::DROPPED)
    }

    /// Remembers that a file comes from the network or from a disguise.
    fn drop_file(&mut self, path: &Abstract<'a>, variable: Option<&'a str>, range: TextRange) {
        // Only what comes from a place that honest code downloads from gets the benefit of the doubt.
        if self.has_other_source || !self.has_trusted_source {
            self.drop_confidence = Confidence::High;
        }
        if let Some(text) = path.as_text() {
            if signs::is_startup_path(text) && !is_own_folder(text) {
                self.report(
                    Kind::Persistence,
                    Confidence::High,
                    range,
                    Some(text.to_owned()),
                );
            }
            if !text.chars().all(|character| character == HOLE) && self.dropped.len() < 256 {
                let text = text.to_owned();
                self.dropped.insert(text);
            }
        }
        if let Some(variable) = variable {
            self.mark(variable, Taint::DROPPED);
        }
    }

    /// `os.environ[name]`.
    pub(super) fn environment_variable(&mut self, name: &str) -> Abstract<'a> {
        match name {
            "HOME" | "USERPROFILE" => Abstract::text("~", Taint::NONE),
            "USER" | "USERNAME" | "LOGNAME" | "HOSTNAME" | "COMPUTERNAME" => {
                Abstract::unknown(Taint::HOST)
            }
            "APPDATA" | "LOCALAPPDATA" => Abstract::text("/appdata", Taint::NONE),
            "TMPDIR" | "TEMP" | "TMP" => Abstract::text("/tmp", Taint::NONE),
            _ if signs::is_secret_variable(name) => Abstract::unknown(Taint::SECRET),
            _ => Abstract::unknown(Taint::SETTING),
        }
    }

    fn walked(&mut self, folder: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
        let Some(text) = folder.as_text() else {
            return Abstract::nothing();
        };
        let pattern = text.split('*').next().unwrap_or(text);
        let is_whole = signs::is_root_or_home(pattern)
            || signs::is_personal_folder(pattern)
            || matches!(pattern, "C:\\" | "D:\\");
        if signs::secret_path(text) == Some(SecretPath::Private) {
            self.report(
                Kind::CredentialAccess,
                self.unasked(Confidence::High, Confidence::Low),
                range,
                Some(text.to_owned()),
            );
            return Abstract::unknown(Taint::WALKED | Taint::SECRET | Taint::ENVIRONMENT);
        }
        if is_whole {
            Abstract::unknown(Taint::WALKED)
        } else {
            Abstract::nothing()
        }
    }

    fn open(&mut self, arguments: &Args<'a>, range: TextRange) -> Abstract<'a> {
        let path = arguments
            .get(0, "file")
            .cloned()
            .unwrap_or_else(Abstract::nothing);
        let mode = arguments
            .get(1, "mode")
            .and_then(Abstract::as_known_text)
            .unwrap_or("r");
        let is_written = mode.contains(['w', 'a', 'x', '+']);
        if is_written {
            self.judge_write_target(&path, range);
        } else {
            self.judge_read(&path, range);
        }
        let variable = arguments.variables.first().copied().flatten();
        Abstract::new(
            Value::File(Rc::new(OpenFile { path, variable })),
            Taint::NONE,
        )
    }

    pub(super) fn judge_read(&mut self, path: &Abstract<'a>, range: TextRange) {
        let Some(text) = path.as_text() else { return };
        match signs::secret_path(text) {
            Some(SecretPath::Private) => self.report(
                Kind::CredentialAccess,
                self.unasked(Confidence::High, Confidence::Low),
                range,
                Some(text.to_owned()),
            ),
            Some(SecretPath::Shared) => self.report(
                Kind::CredentialAccess,
                Confidence::Low,
                range,
                Some(text.to_owned()),
            ),
            None => {}
        }
    }

    /// A file is opened for writing.
    pub(super) fn judge_write_target(&mut self, path: &Abstract<'a>, range: TextRange) {
        if path.taint.has(Taint::WALKED) {
            let reach = self.reach;
            self.seen.walked_write.get_or_insert((range, reach));
        }
        if let Some(text) = path.as_text() {
            if signs::is_startup_path(text) {
                let confidence = if is_own_folder(text) {
                    Confidence::Low
                } else {
                    self.unasked(Confidence::High, Confidence::Medium)
                };
                self.report(Kind::Persistence, confidence, range, Some(text.to_owned()));
            } else if text.starts_with("/dev/sd") || text.starts_with("\\\\.\\PhysicalDrive") {
                self.report(
                    Kind::Destruction,
                    Confidence::High,
                    range,
                    Some(text.to_owned()),
                );
            }
        }
        if path.taint.has(Taint::OWN_FILE) && path.as_text().is_none() {
            self.report(
                Kind::Tampering,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        }
        self.report(Kind::FileWrite, Confidence::Low, range, None);
    }

    /// Data is written to an open file.
    pub(super) fn judge_written(
        &mut self,
        path: &Abstract<'a>,
        variable: Option<&'a str>,
        written: &Abstract<'a>,
        range: TextRange,
    ) {
        let taint = written.taint;
        let is_code = written.as_text().is_some_and(looks_like_code)
            || written.as_bytes().is_some_and(|bytes| {
                bytes.starts_with(b"\x7fELF")
                    || bytes.starts_with(b"MZ")
                    || bytes.starts_with(b"#!")
            });
        if taint.has(Taint::NETWORK | Taint::DISGUISED) || is_code {
            self.drop_file(path, variable, range);
        }
    }

    fn judge_removal(&mut self, path: &Abstract<'a>, is_tree: bool, range: TextRange) {
        let is_whole = path.as_text().is_some_and(signs::is_root_or_home);
        let private = is_tree
            && path
                .as_text()
                .is_some_and(|text| signs::secret_path(text) == Some(SecretPath::Private));
        if (is_tree && is_whole) || private {
            let is_written_out = self.text_of(range).contains(['"', '\'']);
            let confidence = if is_written_out {
                Confidence::High
            } else {
                self.unasked(Confidence::High, Confidence::Medium)
            };
            self.report(Kind::Destruction, confidence, range, None);
        } else if path.taint.has(Taint::WALKED) {
            self.report(
                Kind::Destruction,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        }
        if path.taint.has(Taint::OWN_FILE) && path.as_text().is_none() {
            self.report(
                Kind::AntiAnalysis,
                Confidence::High,
                range,
                Some("deletes itself".to_owned()),
            );
        }
    }

    fn judge_chmod(&mut self, path: &Abstract<'a>, arguments: &Args<'a>, range: TextRange) {
        let makes_executable = arguments
            .get(1, "mode")
            .is_none_or(|mode| mode.as_int().is_none_or(|mode| mode & 0o111 != 0));
        if self.is_dropped(path) && makes_executable {
            let confidence = self
                .drop_confidence
                .min(self.unasked(Confidence::High, Confidence::Medium));
            self.report(Kind::DownloadAndRun, confidence, range, None);
        }
        let sets_user = arguments
            .get(1, "mode")
            .and_then(Abstract::as_int)
            .is_some_and(|mode| mode & 0o4000 != 0);
        if sets_user {
            self.report(Kind::Persistence, Confidence::High, range, None);
        }
    }

    fn judge_copy(&mut self, arguments: &Args<'a>, range: TextRange) {
        if let Some(source) = arguments.at(0) {
            let source = source.clone();
            self.judge_read(&source, range);
        }
        if let Some(target) = arguments.at(1).cloned() {
            if let Some(text) = target.as_text()
                && signs::is_startup_path(text)
            {
                self.report(
                    Kind::Persistence,
                    self.unasked(Confidence::High, Confidence::Medium),
                    range,
                    Some(text.to_owned()),
                );
            }
            if arguments
                .at(0)
                .is_some_and(|source| self.is_dropped(source))
            {
                self.drop_file(
                    &target,
                    arguments.variables.get(1).copied().flatten(),
                    range,
                );
            }
        }
    }

    fn judge_library(
        &mut self,
        path: &str,
        library: &Abstract<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let text = library.as_text().unwrap_or_default().to_ascii_lowercase();
        if self.is_dropped(library) || library.taint.has(Taint::NETWORK | Taint::REMOTE_FILE) {
            self.report(Kind::NativeCode, Confidence::High, range, None);
        } else if signs::is_scratch_path(&text) || text.starts_with("\\\\") {
            self.report(
                Kind::NativeCode,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                Some(text.clone()),
            );
        } else if text.is_empty() || !text.starts_with("lib") {
            self.report(Kind::NativeCode, Confidence::Low, range, None);
        }
        if path.contains("Win") || text.contains("kernel32") || text.contains("ntdll") {
            let module = if text.contains("ntdll") {
                "ctypes.windll.ntdll"
            } else {
                "ctypes.windll.kernel32"
            };
            return Abstract::static_path(module);
        }
        Abstract::static_path("ctypes.CDLL()")
    }

    /// A callable reached through a name that was disguised and that we could not work out.
    pub(super) fn report_hidden_name(&mut self, range: TextRange) {
        self.report(Kind::HiddenCall, Confidence::High, range, None);
    }

    /// A function of a library is replaced.
    pub(super) fn judge_replacement(&mut self, path: &str, value: &Abstract<'a>, range: TextRange) {
        let canonical = names::canonical_member(path);
        let is_guarded = canonical.strip_prefix("builtins.").is_some_and(|name| {
            matches!(
                name,
                "open" | "exec" | "eval" | "compile" | "__import__" | "input" | "print" | "getattr"
            )
        }) || matches!(
            canonical,
            "torch.load"
                | "pickle.load"
                | "pickle.loads"
                | "pickle.Unpickler"
                | "safetensors.torch.load_file"
                | "subprocess.Popen"
                | "subprocess.run"
                | "os.system"
                | "socket.socket"
                | "requests.get"
                | "requests.post"
                | "urllib.request.urlopen"
                | "sys.addaudithook"
        );
        if !is_guarded {
            return;
        }
        let is_replaced = matches!(
            value.value,
            Value::Function(..) | Value::Bound(..) | Value::Class(_) | Value::Instance(_)
        );
        let confidence = if is_replaced {
            self.unasked(Confidence::Medium, Confidence::Low)
        } else {
            Confidence::Low
        };
        self.report(Kind::Tampering, confidence, range, None);
    }

    /// A member of the environment is set.
    pub(super) fn judge_environment(
        &mut self,
        name: &Abstract<'a>,
        value: &Abstract<'a>,
        range: TextRange,
    ) {
        let Some(name) = name.as_known_text() else {
            return;
        };
        let confidence = match name {
            "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES" => {
                let is_odd = value
                    .as_text()
                    .is_none_or(|text| signs::is_scratch_path(text) || text.contains("/."));
                if is_odd {
                    self.unasked(Confidence::High, Confidence::Low)
                } else {
                    Confidence::Low
                }
            }
            "PYTHONSTARTUP" | "BASH_ENV" | "PROMPT_COMMAND" => Confidence::Medium,
            _ => return,
        };
        self.report(Kind::Tampering, confidence, range, None);
    }

    /// A module is replaced for everyone.
    pub(super) fn judge_module_swap(
        &mut self,
        name: &Abstract<'a>,
        value: &Abstract<'a>,
        range: TextRange,
    ) {
        let Some(name) = name.as_known_text() else {
            return;
        };
        let is_guarded = names::is_telling_module(name)
            || matches!(
                name,
                "torch" | "transformers" | "safetensors" | "ssl" | "hashlib"
            );
        let is_own = matches!(value.value, Value::Class(_) | Value::Instance(_));
        if is_guarded && is_own {
            self.report(
                Kind::Tampering,
                self.unasked(Confidence::Medium, Confidence::Low),
                range,
                None,
            );
        }
    }

    /// The code of a function is replaced.
    pub(super) fn judge_code_swap(&mut self, value: &Abstract<'a>, range: TextRange) {
        if value.taint.has(Taint::DISGUISED) {
            self.report(Kind::ExecDecoded, Confidence::High, range, None);
        } else {
            self.report(Kind::Tampering, Confidence::Low, range, None);
        }
    }

    /// What `__reduce__` returns is called by whoever unpickles the object.
    pub(super) fn judge_reduce(&mut self, value: &Abstract<'a>, range: TextRange) {
        let Some([callable, rest @ ..]) = value.elements() else {
            return;
        };
        if !callable.as_path().is_some_and(names::is_dangerous) {
            return;
        }
        let given = rest
            .first()
            .and_then(Abstract::elements)
            .unwrap_or_default()
            .to_vec();
        let callable = callable.clone();
        self.report(Kind::UnsafeDeserialise, Confidence::High, range, None);
        self.apply(&callable, &Args::of(given), range);
    }

    /// A condition that asks where it runs.
    pub(super) fn judge_gate(&mut self, test: &Abstract<'a>, node: &'a ruff_python_ast::Expr) {
        let range = Self::range_of(node);
        if signs::names_sandbox(self.text_of(range)) {
            self.report(Kind::AntiAnalysis, Confidence::High, range, None);
        } else if test.taint.has(Taint::HOST) {
            self.report(Kind::AntiAnalysis, Confidence::Low, range, None);
        }
    }

    /// Imports that say something by themselves.
    pub(super) fn judge_import(&mut self, name: &str, range: TextRange) {
        if matches!(
            name,
            "pynput" | "pynput.keyboard" | "browser_cookie3" | "browsercookie"
        ) {
            self.report(Kind::CredentialAccess, Confidence::Low, range, None);
        }
    }

    /// Signs that any call can carry, whatever is called.
    pub(super) fn judge_any_call(
        &mut self,
        function: &'a ruff_python_ast::Expr,
        callee: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) {
        if arguments.is_true("trust_remote_code") {
            self.report(Kind::RemoteCodeTrust, Confidence::Low, range, None);
        }
        if let ruff_python_ast::Expr::Attribute(attribute) = function {
            let name = attribute.attr.as_str();
            if matches!(name, "encrypt" | "encrypt_and_digest") {
                self.seen.encrypted.get_or_insert(range);
            }
            if name == "exec_module" && (callee.taint.has(Taint::DROPPED | Taint::REMOTE_FILE)) {
                self.report(Kind::ExecFetched, Confidence::High, range, None);
            }
        }
        let is_mapping = matches!(callee.as_path(), Some("mmap.mmap"))
            || callee.as_path().is_some_and(|path| {
                path.starts_with("ctypes.CFUNCTYPE") || path.starts_with("ctypes.WINFUNCTYPE")
            });
        if is_mapping {
            let is_code = self.text_of(range).contains("PROT_EXEC")
                || arguments.all().any(|argument| {
                    argument.taint.has(Taint::EXECUTABLE | Taint::DISGUISED)
                        || matches!(argument.value, Value::Bytes(_))
                });
            if is_code {
                self.report(Kind::NativeCode, Confidence::High, range, None);
            }
        }
        if matches!(callee.as_path(), Some("urllib.request.Request"))
            && (arguments.positional.len() > 1 || arguments.keyword("data").is_some())
        {
            self.judge_send(arguments, 0, range);
        }
    }

    /// Native source that starts processes or connects.
    fn judge_native_source(&mut self, arguments: &Args<'a>, range: TextRange) {
        let text = self.text_of(range);
        let is_telling = ["system(", "popen(", "execv", "execl", "socket(", "fork("]
            .iter()
            .any(|sign| text.contains(sign));
        let given = arguments.all().any(|argument| {
            argument
                .as_text()
                .is_some_and(|text| text.contains("system(") || text.contains("popen("))
        });
        if is_telling || given {
            let confidence = self.unasked(Confidence::High, Confidence::Medium);
            self.report(Kind::NativeCode, confidence, range, None);
        }
    }

    /// `{"()": "os.system"}`: a factory of `logging.config.dictConfig` is any callable by name.
    pub(super) fn judge_factory(
        &mut self,
        key: &Abstract<'a>,
        value: &Abstract<'a>,
        range: TextRange,
    ) {
        if key.as_text() != Some("()") {
            return;
        }
        let names_danger = value.as_known_text().is_some_and(|name| {
            let name = names::canonical_member(name);
            names::is_dangerous(name)
        });
        if names_danger {
            self.report(Kind::HiddenCall, Confidence::High, range, None);
        }
    }

    /// What several places together come to.
    pub(super) fn judge_together(&mut self) {
        for (folder, range, reach) in std::mem::take(&mut self.search_paths) {
            if self.dropped.iter().any(|file| file.starts_with(&folder)) {
                let confidence = self.drop_confidence;
                self.report_reached(Kind::ExecFetched, confidence, range, Some(folder), reach);
            }
        }
        if let (Some(_), Some((range, reach))) = (self.seen.connection, self.seen.shell) {
            self.report_reached(Kind::ReverseShell, Confidence::Medium, range, None, reach);
        }
        if let (Some(_), Some((range, reach))) = (self.seen.encrypted, self.seen.walked_write) {
            self.report_reached(Kind::Destruction, Confidence::High, range, None, reach);
        }
    }

    /// `!command` and `%magic` of IPython.
    pub(super) fn escape_command(
        &mut self,
        kind: ruff_python_ast::IpyEscapeKind,
        text: &str,
        range: TextRange,
    ) {
        use ruff_python_ast::IpyEscapeKind as Escape;
        let command = match kind {
            Escape::Shell | Escape::ShCap => text,
            Escape::Magic => {
                let (magic, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
                match magic {
                    "pip" | "conda" | "mamba" | "uv" => text,
                    "system" | "sx" | "sc" | "bash" | "sh" => rest,
                    _ => return,
                }
            }
            Escape::Magic2
            | Escape::Help
            | Escape::Help2
            | Escape::Quote
            | Escape::Quote2
            | Escape::Paren => return,
        };
        let command = command.to_owned();
        self.judge_shell(&command, range);
    }
}

/// A folder of its own, as build tools make, is no start-up folder.
fn is_own_folder(path: &str) -> bool {
    path.starts_with(HOLE) && path.ends_with("customize.py") && !path.contains("-packages")
}

/// Whether a program runs the script it is given.
fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    matches!(
        name,
        "sh" | "bash"
            | "zsh"
            | "python"
            | "python3"
            | "perl"
            | "node"
            | "cmd"
            | "cmd.exe"
            | "powershell"
            | "powershell.exe"
            | "chmod"
            | "sudo"
            | "nohup"
    ) || name.chars().all(|character| character == HOLE)
}

/// Whether a command line runs the file rather than naming it.
fn runs(text: &str, path: &str) -> bool {
    let at = text.find(path).unwrap_or(0);
    let front = text.get(..at).unwrap_or_default();
    let last = front
        .rsplit(['|', ';', '&'])
        .next()
        .unwrap_or_default()
        .trim();
    last.is_empty() || last.split_whitespace().any(is_interpreter)
}

fn sends_somewhere(text: &str) -> bool {
    [
        "curl", "wget", "nc ", "ncat", "scp", "rsync", "http://", "https://", "nslookup", "dig ",
        "ping ", "telnet", "/dev/tcp",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

fn looks_like_code(text: &str) -> bool {
    text.starts_with("#!")
        || ["import os", "subprocess", "exec(", "socket"]
            .iter()
            .any(|sign| text.contains(sign))
}

/// Whether a command only asks about the machine, or builds and unpacks, as honest set-up code does.
fn is_everyday_command(words: &[String]) -> bool {
    let Some(program) = words.first() else {
        return false;
    };
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.trim_end_matches(".exe").to_ascii_lowercase();
    let second = words.get(1).map_or("", String::as_str);
    if words.len() == 2
        && matches!(
            second.trim_start_matches(['-', '/']),
            "version" | "help" | "v" | "V" | "?" | "dumpversion"
        )
    {
        return true;
    }
    match name.as_str() {
        "grep"
        | "gpg"
        | "openssl"
        | "meson"
        | "dlltool"
        | "gendef"
        | "clang-cl"
        | "icx"
        | "icpx"
        | "rpm"
        | "rpmbuild"
        | "isort"
        | "autopep8"
        | "black"
        | "ruff"
        | "inkscape"
        | "luatex"
        | "xelatex"
        | "kpsewhich"
        | "system_profiler"
        | "fc-cache"
        | "vswhere"
        | "sysconf"
        | "gfortran"
        | "f2py"
        | "bazel"
        | "docker"
        | "npm"
        | "node"
        | "trtexec"
        | "convert"
        | "magick"
        | "mogrify"
        | "soffice"
        | "libreoffice"
        | "wkhtmltopdf"
        | "kubectl"
        | "sbatch"
        | "dvips"
        | "epstopdf"
        | "7z"
        | "zip"
        | "tar.exe"
        | "git"
        | "nvidia-smi"
        | "nvcc"
        | "which"
        | "where"
        | "lscpu"
        | "lspci"
        | "lsb_release"
        | "sw_vers"
        | "sysctl"
        | "rocm-smi"
        | "rocminfo"
        | "rocm_agent_enumerator"
        | "hipconfig"
        | "hipcc"
        | "amd-smi"
        | "xpu-smi"
        | "npu-smi"
        | "gcc"
        | "g++"
        | "cc"
        | "c++"
        | "clang"
        | "clang++"
        | "cl"
        | "cmake"
        | "ninja"
        | "make"
        | "ldconfig"
        | "ld"
        | "ldd"
        | "pkg-config"
        | "conda"
        | "pip"
        | "pip3"
        | "uv"
        | "ffmpeg"
        | "ffprobe"
        | "tput"
        | "stty"
        | "clear"
        | "cls"
        | "free"
        | "df"
        | "nproc"
        | "getconf"
        | "uname"
        | "dot"
        | "latex"
        | "pdflatex"
        | "gs"
        | "sox"
        | "tesseract"
        | "pdftotext"
        | "pandoc"
        | "java"
        | "javac"
        | "scons"
        | "cython"
        | "protoc"
        | "swig"
        | "xcrun"
        | "xcode-select"
        | "dpkg-architecture"
        | "ar"
        | "strip"
        | "objdump"
        | "readelf"
        | "nm"
        | "otool"
        | "install_name_tool"
        | "patchelf"
        | "cargo"
        | "rustc"
        | "mpicc"
        | "mpiexec"
        | "mpirun"
        | "hostnamectl"
        | "numactl"
        | "taskset"
        | "tar"
        | "unzip"
        | "gunzip"
        | "git-lfs"
        | "huggingface-cli"
        | "hf"
        | "tensorboard"
        | "torchrun"
        | "deepspeed"
        | "accelerate"
        | "streamlit"
        | "gradio"
        | "uvicorn"
        | "gunicorn"
        | "vllm"
        | "ollama"
        | "espeak"
        | "espeak-ng"
        | "llvm-config"
        | "aplay"
        | "ptxas"
        | "cuobjdump"
        | "nvdisasm"
        | "fc-list"
        | "fc-match"
        | "apt-get"
        | "apt"
        | "mkdir"
        | "ulimit"
        | "sinfo"
        | "scontrol"
        | "srun"
        | "squeue"
        | "brew" => true,
        "python" | "python3" => {
            matches!(second, "-m" | "-V" | "--version" | "-u")
                || second.ends_with(".py") && !second.starts_with('/') && !second.starts_with('.')
        }
        _ if program.starts_with(HOLE) => true,
        other => other.starts_with("x86_64-") || other.starts_with("aarch64-"),
    }
}
