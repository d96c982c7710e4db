//! What calls of library functions do, judged by what they are given.

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::interp::Interpreter;
use super::names::Api;
use super::pure::{data_taint, decoded};
use super::value::{Abstract, Args, Taint, Value};
use crate::facts::{BehaviourKind as Kind, Reach};
use crate::signs::HOLE;

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
            Api::Decode(codec) => {
                if self.volume > 0 && self.pay(first.size().saturating_mul(4)) {
                    decoded(&first, codec)
                } else {
                    Abstract::unknown(first.taint.content() | Taint::DECODED | Taint::LITERAL)
                }
            }
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
                    if let Some(folder) = argument
                        .as_text()
                        .filter(|text| text.len() > 2 && !text.starts_with(HOLE))
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
            let is_unknown = matches!(callee.value, Value::Unknown | Value::Method(..));
            if is_unknown
                && matches!(name, "system" | "popen")
                && arguments
                    .at(0)
                    .is_some_and(|argument| argument.as_text().is_some())
            {
                self.report(Kind::ProcessStart, Confidence::Medium, range, None);
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
}
