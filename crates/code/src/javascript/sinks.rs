//! What calls do, judged by what they are given and where that comes from.

use std::rc::Rc;

use chainwright_core::severity::Confidence;

use super::interp::{Interpreter, MAX_TEXT, is_open};
use super::names::{self, Api};
use super::value::{Abstract, Taint, Value};
use crate::facts::{BehaviourKind as Kind, Reach};
use crate::python::{is_everyday_command, sends_somewhere};
use crate::signs::{self, Endpoint, HOLE, SecretPath};

/// The most bytes that are decoded.
const MAX_DECODED: usize = 4 * 1024 * 1024;

/// Programs that honest install scripts start.
const INSTALL_PROGRAMS: &[&str] = &[
    "node",
    "node-gyp",
    "npm",
    "npm.cmd",
    "npx",
    "yarn",
    "pnpm",
    "bun",
    "prebuild-install",
    "node-pre-gyp",
    "tsc",
    "husky",
    "electron",
    "esbuild",
    "ldd",
    "getconf",
    "unzip",
    "tar",
    "uname",
    "xcode-select",
    "powershell",
    "cscript",
    "ps",
    "tasklist",
    "taskkill",
    "open",
    "xdg-open",
    "start",
    "pkg-config",
    "rollup",
    "webpack",
    "gulp",
    "grunt",
    "make",
    "cmake",
    "patch",
    "patch-package",
    "python",
    "python3",
    "lefthook",
    "arch",
    "defaults",
    "reg",
    "wmic",
    "chcp",
    "cargo",
    "rustc",
    "cmd",
    "cmd.exe",
    "sh",
    "which",
    "where",
    "git",
    "mkdir",
    "cp",
    "rm",
    "mv",
    "echo",
    "ls",
    "cat",
    "tsx",
    "jest",
    "mocha",
    "eslint",
    "prettier",
    "test",
    "cd",
    "set",
    "export",
    "printf",
];

impl Interpreter<'_, '_> {
    pub(super) fn judge_call(
        &mut self,
        api: Api,
        path: &str,
        given: &[Abstract],
        at: usize,
    ) -> Abstract {
        let first = given.first().cloned().unwrap_or_default();
        let second = given.get(1).cloned().unwrap_or_default();
        let size = given
            .iter()
            .map(Abstract::size)
            .fold(0_usize, usize::saturating_add);
        if !self.pay(size.saturating_mul(2)) && size > 512 {
            let taint = given
                .iter()
                .fold(Taint::NONE, |taint, each| taint | each.whole_taint());
            return Abstract::unknown(
                taint
                    | if matches!(api, Api::Decode | Api::Buffer) {
                        Taint::DECODED
                    } else {
                        Taint::NONE
                    },
            );
        }
        match api {
            Api::Exec => self.judge_exec(path, given, at),
            Api::Require => match first.as_text() {
                Some(name) => {
                    let name = name.to_owned();
                    if name.starts_with("data:") {
                        self.report(Kind::ExecDecoded, Confidence::High, at, None);
                    } else if name.starts_with("http:") || name.starts_with("https:") {
                        self.report(Kind::ExecFetched, Confidence::High, at, None);
                    }
                    if self.is_dropped(&first) {
                        self.report(Kind::ExecFetched, self.drop_confidence(), at, None);
                    }
                    self.require(&name)
                }
                None => {
                    if first.taint.has(Taint::DROPPED | Taint::NETWORK) {
                        self.report(Kind::ExecFetched, self.drop_confidence(), at, None);
                    } else if first.taint.has(Taint::DECODED) {
                        self.report(
                            Kind::HiddenCall,
                            self.unasked(Confidence::High, Confidence::Medium),
                            at,
                            None,
                        );
                    }
                    Abstract::default()
                }
            },
            Api::Shell => {
                self.judge_command(&first, &second, given, at);
                self.callbacks(given, Taint::NONE);
                Abstract::default()
            }
            Api::Spawn => {
                self.judge_spawn(&first, &second, given, at);
                self.callbacks(given, Taint::NONE);
                Abstract::default()
            }
            Api::Fork => {
                if self.is_dropped(&first) || first.taint.has(Taint::DROPPED | Taint::NETWORK) {
                    self.report(Kind::DownloadAndRun, self.drop_confidence(), at, None);
                }
                if first.taint.has(Taint::DECODED) {
                    self.report(
                        Kind::ExecDecoded,
                        self.unasked(Confidence::High, Confidence::Medium),
                        at,
                        None,
                    );
                }
                Abstract::default()
            }
            Api::Fetch => self.judge_fetch(given, at, false),
            Api::Request => self.judge_fetch(given, at, true),
            Api::Send => self.judge_fetch(given, at, true),
            Api::Connect => self.judge_connect(path, given, at),
            Api::Resolve => {
                let endpoint = self.judge_address(&first, at);
                let taint = first.whole_taint();
                if taint.has(Taint::TREASURE | Taint::SECRET | Taint::HOST)
                    && endpoint != Endpoint::Local
                {
                    let is_built = first.as_text().is_some_and(|text| text.contains('.'));
                    if is_built || taint.has(Taint::TREASURE | Taint::SECRET) {
                        self.report(
                            Kind::Exfiltration,
                            self.unasked(Confidence::High, Confidence::Medium),
                            at,
                            None,
                        );
                    }
                }
                self.callbacks(given, Taint::NETWORK);
                Abstract::unknown(Taint::NETWORK)
            }
            Api::Read => self.judge_read(&first, given, at),
            Api::Write => {
                self.judge_write(&first, &second, at);
                self.callbacks(given, Taint::NONE);
                Abstract::default()
            }
            Api::WriteStream => Abstract {
                value: Value::Object(Rc::new(vec![("\u{0}path".to_owned(), first)])),
                taint: Taint::NONE,
            },
            Api::Remove => {
                let is_whole = first.as_text().is_some_and(|text| {
                    signs::is_root_or_home(text) || signs::is_personal_folder(text)
                });
                if is_whole {
                    self.report(
                        Kind::Destruction,
                        self.unasked(Confidence::High, Confidence::Medium),
                        at,
                        None,
                    );
                }
                self.callbacks(given, Taint::NONE);
                Abstract::default()
            }
            Api::Chmod | Api::Copy => {
                if second.as_text().is_some_and(signs::is_startup_path) {
                    self.report(
                        Kind::Persistence,
                        self.unasked(Confidence::High, Confidence::Medium),
                        at,
                        None,
                    );
                }
                if self.is_dropped(&first) {
                    self.drop_path(&second);
                }
                self.callbacks(given, Taint::NONE);
                Abstract::default()
            }
            Api::Decode => self.decode(path, given),
            Api::Buffer => {
                let codec = second.as_text().unwrap_or_default().to_ascii_lowercase();
                match codec.as_str() {
                    "base64" | "hex" | "base64url" => {
                        decoded(&first, if codec == "hex" { "hex" } else { "base64" })
                    }
                    _ if first
                        .elements()
                        .is_some_and(|all| all.len() >= 8 && is_numbers(all)) =>
                    {
                        letters(first.elements().unwrap_or_default())
                    }
                    _ => first,
                }
            }
            Api::Letters => letters(given),
            Api::Host => {
                self.callbacks(given, Taint::HOST);
                Abstract::unknown(Taint::HOST)
            }
            Api::Home => Abstract::text("~"),
            Api::Join => {
                let taint = given
                    .iter()
                    .fold(Taint::NONE, |taint, each| taint | each.whole_taint());
                if size > MAX_TEXT {
                    return Abstract::unknown(taint);
                }
                let text: Vec<String> = given.iter().map(Abstract::shown).collect();
                Abstract {
                    value: Value::Text(text.join("/").into()),
                    taint,
                }
            }
            Api::Keep => {
                self.callbacks(given, Taint::NONE);
                let taint = given
                    .iter()
                    .fold(Taint::NONE, |taint, each| taint | each.whole_taint());
                let value = match (&first.value, path) {
                    (
                        Value::Text(text),
                        "encodeURIComponent" | "encodeURI" | "String" | "URL"
                        | "decodeURIComponent" | "decodeURI",
                    ) => Value::Text(text.clone()),
                    (
                        Value::List(_) | Value::Object(_),
                        "Array.from" | "Promise.all" | "Promise.resolve" | "Object.assign"
                        | "structuredClone",
                    ) => first.value.clone(),
                    (Value::Text(text), "JSON.parse") if text.len() < 64 => Value::Unknown,
                    _ => Value::Unknown,
                };
                let taint = match path {
                    "Object.keys" => taint.without(Taint::TREASURE | Taint::SECRET),
                    _ => taint,
                };
                Abstract { value, taint }
            }
            Api::Native => {
                if self.is_dropped(&first)
                    || first.taint.has(Taint::DROPPED | Taint::NETWORK)
                    || path == "process.binding" && first.as_text() == Some("spawn_sync")
                {
                    self.report(
                        Kind::NativeCode,
                        self.unasked(Confidence::High, Confidence::Medium),
                        at,
                        None,
                    );
                }
                Abstract::default()
            }
            Api::Spy => {
                self.report(
                    Kind::CredentialAccess,
                    self.unasked(Confidence::Medium, Confidence::Low),
                    at,
                    None,
                );
                self.callbacks(given, Taint::SECRET);
                Abstract::unknown(Taint::SECRET | Taint::TREASURE)
            }
            Api::Call => {
                // `setTimeout("code")` runs text.
                let is_code = first.as_text().is_some_and(|text| {
                    text.contains('(') || first.taint.has(Taint::NETWORK | Taint::DECODED)
                });
                if is_code && (path.starts_with("setT") || path.starts_with("setI")) {
                    self.judge_exec("eval", given, at);
                }
                self.callbacks(given, Taint::NONE);
                Abstract::default()
            }
        }
    }

    /// Runs text as code.
    fn judge_exec(&mut self, path: &str, given: &[Abstract], at: usize) -> Abstract {
        let code = if path == "Function" || path.ends_with("Function") {
            given.last()
        } else {
            given.first()
        };
        let code = code.cloned().unwrap_or_default();
        let taint = code.whole_taint();
        if taint.has(Taint::DECODED) {
            let confidence = if taint.has(Taint::LITERAL) || self.reach >= Reach::Constructor {
                Confidence::High
            } else {
                Confidence::Medium
            };
            // Modules are compiled and source maps decoded by honest tools, from what they are given.
            self.report(
                Kind::ExecDecoded,
                if taint.has(Taint::OWN) {
                    Confidence::Medium
                } else {
                    confidence
                },
                at,
                None,
            );
        }
        if taint.has(Taint::NETWORK) {
            self.report(
                Kind::ExecFetched,
                self.unasked(Confidence::High, Confidence::Medium),
                at,
                None,
            );
        }
        if taint.has(Taint::DATA_FILE) {
            self.report(
                Kind::ExecDataFile,
                self.unasked(Confidence::Medium, Confidence::Low),
                at,
                None,
            );
        }
        let Some(text) = code.as_text().filter(|_| self.nesting < super::MAX_NESTING) else {
            return Abstract::unknown(taint.without(Taint::LITERAL));
        };
        if self.texts_read >= 64 || !self.pay(text.len().saturating_mul(8)) {
            return Abstract::unknown(taint);
        }
        self.texts_read = self.texts_read.saturating_add(1);
        let text = text.to_owned();
        let is_name = text
            .trim()
            .trim_start_matches("return ")
            .trim_end_matches(';');
        if is_name == "require"
            || is_name == "this"
            || is_name == "globalThis"
            || is_name == "process"
            || is_name == "eval"
        {
            return Abstract::path(if is_name == "this" {
                "globalThis"
            } else {
                is_name
            });
        }
        let is_hidden = taint.has(Taint::DECODED);
        let judged = super::judge(&text, self.reach, self.nesting.saturating_add(1));
        for found in judged.found {
            let confidence = if is_hidden {
                found.confidence.max(Confidence::Medium)
            } else {
                found.confidence
            };
            self.report_reached(
                found.kind,
                confidence,
                at,
                Some(found.evidence),
                found.reach,
            );
        }
        self.requires.extend(judged.requires);
        Abstract::unknown(taint.without(Taint::LITERAL))
    }

    /// `a["ev" + "al"](…)`.
    pub(super) fn judge_indirect(&mut self, called: &Abstract, at: usize) {
        let Some(path) = called.as_path() else { return };
        let is_dangerous = matches!(names::api(path), Some(Api::Exec | Api::Shell | Api::Spawn));
        if is_dangerous {
            let confidence = Confidence::High;
            self.report(
                Kind::HiddenCall,
                confidence,
                at,
                Some(format!("reaches `{path}`")),
            );
        }
    }

    /// `require("chi" + "ld_process")`.
    pub(super) fn judge_assembled_require(&mut self, given: &[Abstract], at: usize) {
        let Some(first) = given.first() else { return };
        let Some(name) = first.as_text() else { return };
        let is_decoded = first.taint.has(Taint::DECODED);
        if names::is_telling_module(names::module(name))
            || is_decoded && matches!(name, "fs" | "http" | "https" | "os" | "axios" | "request")
        {
            let confidence = self.unasked(Confidence::High, Confidence::Medium);
            self.report(
                Kind::HiddenCall,
                confidence,
                at,
                Some(format!("reaches `{name}`")),
            );
        }
    }

    fn judge_command(
        &mut self,
        command: &Abstract,
        options: &Abstract,
        given: &[Abstract],
        at: usize,
    ) {
        let text = command.shown();
        self.judge_command_taint(command, &text, at);
        if self.pay(text.len().saturating_mul(8)) {
            let judged = crate::shell::judge_text(&text);
            self.take_signs(&judged, at);
        }
        for path in self.dropped.clone() {
            if path.len() >= 4 && text.contains(path.as_str()) {
                self.report(
                    Kind::DownloadAndRun,
                    self.drop_confidence(),
                    at,
                    Some(text.clone()),
                );
            }
        }
        if text.contains("npm publish")
            || text.contains("yarn publish")
            || text.contains("pnpm publish")
        {
            self.publishes = Some((at, self.reach));
        }
        let words: Vec<String> = text
            .split_whitespace()
            .take(64)
            .map(str::to_owned)
            .collect();
        self.judge_start(&words, options, given, at, &text);
    }

    fn judge_spawn(
        &mut self,
        program: &Abstract,
        arguments: &Abstract,
        given: &[Abstract],
        at: usize,
    ) {
        let listed = arguments.elements().unwrap_or_default();
        let options = given
            .iter()
            .rev()
            .find(|each| matches!(each.value, Value::Object(_)))
            .cloned()
            .unwrap_or_default();
        if listed.is_empty() && program.as_text().is_some_and(|text| text.contains(' ')) {
            self.judge_command(program, &options, given, at);
            return;
        }
        let words: Vec<String> = std::iter::once(program)
            .chain(listed.iter().take(128))
            .map(Abstract::shown)
            .collect();
        let shown = words.join(" ");
        self.judge_command_taint(program, &shown, at);
        let is_interpreter = words.first().is_some_and(|word| {
            matches!(
                word.rsplit('/').next().unwrap_or(word),
                "node"
                    | "sh"
                    | "bash"
                    | "zsh"
                    | "python"
                    | "python3"
                    | "cmd"
                    | "cmd.exe"
                    | "powershell"
                    | "powershell.exe"
            )
        });
        if is_interpreter {
            for each in listed.iter().take(4) {
                self.judge_command_taint(each, &shown, at);
                if self.is_dropped(each) {
                    self.report(
                        Kind::DownloadAndRun,
                        self.drop_confidence(),
                        at,
                        Some(shown.clone()),
                    );
                }
            }
            let is_code =
                |option: &&String| matches!(option.as_str(), "-e" | "--eval" | "-p" | "-pe");
            if words.first().is_some_and(|word| word.ends_with("node"))
                && let Some(position) = words.iter().position(|word| is_code(&word))
                && let Some(code) = position.checked_sub(1).and_then(|_| listed.get(position))
            {
                let code = code.clone();
                self.judge_exec("eval", &[code], at);
            }
        }
        if listed
            .iter()
            .any(|each| each.whole_taint().has(Taint::TREASURE | Taint::SECRET))
            && sends_somewhere(&shown)
        {
            self.report(
                Kind::Exfiltration,
                Confidence::High,
                at,
                Some(shown.clone()),
            );
        }
        if self.is_dropped(program) {
            self.report(
                Kind::DownloadAndRun,
                self.drop_confidence(),
                at,
                Some(shown.clone()),
            );
        }
        if words
            .first()
            .is_some_and(|word| matches!(word.as_str(), "npm" | "yarn" | "pnpm"))
            && words.get(1).is_some_and(|word| word == "publish")
        {
            self.publishes = Some((at, self.reach));
        }
        let judged = crate::shell::judge_words(&words);
        self.take_signs(&judged, at);
        self.judge_start(&words, &options, given, at, &shown);
    }

    fn judge_command_taint(&mut self, command: &Abstract, shown: &str, at: usize) {
        let taint = command.whole_taint();
        let open = is_open(shown) || matches!(command.value, Value::Unknown);
        let evidence = Some(shown.to_owned());
        if taint.has(Taint::NETWORK) && open {
            self.report(
                Kind::ExecFetched,
                self.unasked(Confidence::High, Confidence::Medium),
                at,
                evidence.clone(),
            );
        }
        let is_known = !open || self.reach >= Reach::Constructor;
        if is_known && taint.has(Taint::DECODED) && taint.has(Taint::LITERAL) {
            self.report(Kind::ExecDecoded, Confidence::High, at, evidence.clone());
        }
        if taint.has(Taint::DROPPED) && open {
            self.report(
                Kind::DownloadAndRun,
                self.drop_confidence(),
                at,
                evidence.clone(),
            );
        }
        if taint.has(Taint::TREASURE | Taint::SECRET | Taint::HOST) && sends_somewhere(shown) {
            self.report(
                Kind::Exfiltration,
                self.unasked(Confidence::High, Confidence::Medium),
                at,
                evidence,
            );
        }
    }

    fn take_signs(&mut self, judged: &crate::shell::Judged, at: usize) {
        for sign in &judged.signs {
            // A command that is encoded on the way, such as what opens a browser, hides nothing that stands here.
            let is_open = sign.evidence.chars().all(|character| character == HOLE);
            let confidence = if is_open && sign.kind == Kind::ExecDecoded {
                Confidence::Low
            } else {
                sign.confidence
            };
            self.report(sign.kind, confidence, at, Some(sign.evidence.clone()));
        }
        for (code, _) in judged.python.iter().take(8) {
            let facts = crate::python::inspect(
                code,
                &chainwright_core::limits::Limits::default(),
                self.reach,
            );
            for each in facts.behaviours {
                self.report_reached(
                    each.kind,
                    each.confidence,
                    at,
                    Some(each.evidence),
                    each.reach,
                );
            }
        }
    }

    /// A process starts, whatever it does.
    fn judge_start(
        &mut self,
        words: &[String],
        options: &Abstract,
        given: &[Abstract],
        at: usize,
        shown: &str,
    ) {
        let program = words
            .first()
            .map_or("", |word| word.rsplit(['/', '\\']).next().unwrap_or(word));
        let bare = matches!(
            program,
            "sh" | "bash" | "zsh" | "cmd" | "cmd.exe" | "powershell.exe" | "powershell"
        );
        if bare
            && words
                .iter()
                .skip(1)
                .all(|word| word.starts_with('-') && !word.ends_with('c'))
            && self.shell.is_none()
        {
            self.shell = Some((at, self.reach));
        }
        let is_detached = options.member("detached").is_some()
            || given.iter().any(|each| each.member("detached").is_some());
        let is_silent = options.member("stdio").and_then(Abstract::as_text) == Some("ignore")
            || options.member("windowsHide").is_some();
        let lower = program.trim_end_matches(".exe").to_ascii_lowercase();
        let is_usual = is_everyday_command(words)
            || is_open(program)
            || program.is_empty()
            || INSTALL_PROGRAMS.contains(&lower.as_str())
            || words
                .iter()
                .skip(1)
                .all(|word| matches!(word.as_str(), "--version" | "-v" | "--help" | "version"));
        let confidence = match (is_usual, is_detached && is_silent) {
            (_, true) => Confidence::Medium,
            (true, false) => Confidence::Low,
            (false, false) => Confidence::Medium,
        };
        self.report(Kind::ProcessStart, confidence, at, Some(shown.to_owned()));
    }

    pub(super) fn judge_address(&mut self, address: &Abstract, at: usize) -> Endpoint {
        let text = match &address.value {
            Value::Text(text) => (**text).to_owned(),
            Value::Object(_) => {
                let part = |name: &str| address.member(name).map(Abstract::shown);
                if part("socketPath").is_some() {
                    return Endpoint::Local;
                }
                let Some(host) = part("hostname")
                    .or_else(|| part("host"))
                    .or_else(|| part("url"))
                    .or_else(|| part("uri"))
                else {
                    return Endpoint::Unknown;
                };
                format!("{host}{}", part("path").unwrap_or_default())
            }
            _ => return Endpoint::Unknown,
        };
        let endpoint = signs::endpoint(&text);
        if !matches!(
            endpoint,
            Endpoint::WellKnown | Endpoint::Local | Endpoint::Unknown
        ) {
            self.is_trusting = false;
        }
        match endpoint {
            Endpoint::Suspicious => {
                self.report(
                    Kind::SuspiciousEndpoint,
                    self.unasked(Confidence::High, Confidence::Medium),
                    at,
                    Some(text.clone()),
                );
            }
            Endpoint::Metadata => {
                self.report(
                    Kind::CredentialAccess,
                    self.unasked(Confidence::High, Confidence::Low),
                    at,
                    Some(text.clone()),
                );
            }
            _ => {}
        }
        if signs::names_miner(&text) {
            self.report(Kind::Miner, Confidence::High, at, Some(text));
        }
        endpoint
    }

    fn judge_fetch(&mut self, given: &[Abstract], at: usize, may_send: bool) -> Abstract {
        let first = given.first().cloned().unwrap_or_default();
        let endpoint = self.judge_address(&first, at);
        let mut data = first.taint | first.as_text().map_or(Taint::NONE, |_| first.taint);
        let mut sends = may_send && given.len() > 1;
        for options in given
            .iter()
            .filter(|each| matches!(each.value, Value::Object(_)))
        {
            let method = options
                .member("method")
                .and_then(Abstract::as_text)
                .unwrap_or_default()
                .to_ascii_uppercase();
            sends |= matches!(method.as_str(), "POST" | "PUT" | "PATCH");
            for name in [
                "body",
                "data",
                "json",
                "form",
                "path",
                "url",
                "params",
                "searchParams",
                "qs",
                "formData",
                "hostname",
                "host",
                "uri",
                "query",
            ] {
                data |= options
                    .member(name)
                    .map_or(Taint::NONE, Abstract::whole_taint);
            }
            // Headers carry tokens to where they belong, but not to a place that anybody may read.
            if matches!(endpoint, Endpoint::Suspicious | Endpoint::BareAddress) {
                data |= options
                    .member("headers")
                    .map_or(Taint::NONE, Abstract::whole_taint);
            }
            // The body itself given as an object: `axios.post(url, { … })`.
            if may_send && method.is_empty() && options.member("headers").is_none() {
                data |= options.whole_taint();
            }
        }
        for each in given.iter().skip(1) {
            if !matches!(each.value, Value::Object(_) | Value::Function(_)) {
                data |= each.whole_taint();
            }
        }
        self.judge_leak(data, endpoint, at);
        let confidence = match endpoint {
            Endpoint::WellKnown | Endpoint::Local | Endpoint::Unknown => Confidence::Low,
            Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => Confidence::High,
            Endpoint::Other => Confidence::Medium,
        };
        self.report(
            if sends {
                Kind::NetworkSend
            } else {
                Kind::NetworkAccess
            },
            confidence,
            at,
            None,
        );
        self.callbacks(given, Taint::NETWORK);
        let address = if matches!(endpoint, Endpoint::WellKnown | Endpoint::Local) {
            "request()trusted"
        } else {
            "request()"
        };
        Abstract {
            value: Value::Path(address.into()),
            taint: Taint::NETWORK | Taint::SOCKET,
        }
    }

    /// Private data on its way out.
    pub(super) fn judge_leak(&mut self, data: Taint, endpoint: Endpoint, at: usize) {
        let is_trusted = matches!(endpoint, Endpoint::WellKnown | Endpoint::Local);
        let is_bad = matches!(endpoint, Endpoint::Suspicious | Endpoint::BareAddress);
        if data.has(Taint::TREASURE) && endpoint != Endpoint::Local {
            let confidence = if is_trusted {
                Confidence::Medium
            } else {
                Confidence::High
            };
            self.report(
                Kind::Exfiltration,
                self.unasked(confidence, Confidence::Medium),
                at,
                None,
            );
        } else if data.has(Taint::SECRET) && !is_trusted {
            let confidence = if is_bad {
                Confidence::High
            } else {
                self.unasked(Confidence::Medium, Confidence::Low)
            };
            self.report(Kind::Exfiltration, confidence, at, None);
        } else if data.has(Taint::HOST) && !is_trusted {
            let confidence = if is_bad {
                self.unasked(Confidence::High, Confidence::Medium)
            } else {
                self.unasked(Confidence::Medium, Confidence::Low)
            };
            self.report(Kind::Exfiltration, confidence, at, None);
        }
    }

    fn judge_connect(&mut self, path: &str, given: &[Abstract], at: usize) -> Abstract {
        let first = given.first().cloned().unwrap_or_default();
        let host = match &first.value {
            Value::Number(_) => given.get(1).cloned().unwrap_or_default(),
            _ => first,
        };
        let endpoint = self.judge_address(&host, at);
        self.judge_leak(host.whole_taint(), endpoint, at);
        if endpoint != Endpoint::Local
            && (path.starts_with("net.") || path.starts_with("tls."))
            && !matches!(host.value, Value::Function(_))
        {
            self.has_connection = true;
        }
        let confidence = match endpoint {
            Endpoint::Suspicious | Endpoint::BareAddress | Endpoint::Metadata => Confidence::High,
            Endpoint::Other => Confidence::Medium,
            Endpoint::WellKnown | Endpoint::Local | Endpoint::Unknown => Confidence::Low,
        };
        self.report(Kind::NetworkAccess, confidence, at, None);
        self.callbacks(given, Taint::NETWORK);
        Abstract {
            value: Value::Path("request()".into()),
            taint: Taint::NETWORK | Taint::SOCKET,
        }
    }

    fn judge_read(&mut self, path: &Abstract, given: &[Abstract], at: usize) -> Abstract {
        let mut taint = Taint::NONE;
        let mut value = Value::Unknown;
        if let Some(text) = path.as_text() {
            match signs::secret_path(text) {
                Some(SecretPath::Private) => {
                    taint |= Taint::SECRET | Taint::TREASURE;
                    self.report(
                        Kind::CredentialAccess,
                        self.unasked(Confidence::Medium, Confidence::Low),
                        at,
                        Some(text.to_owned()),
                    );
                }
                Some(SecretPath::Shared) => taint |= Taint::SECRET,
                None => {}
            }
            if signs::is_data_file(text) && !text.ends_with(".json") {
                taint |= Taint::DATA_FILE;
            }
            if text.ends_with("package.json") {
                value = Value::Unknown;
            }
        }
        if self.is_dropped(path) {
            taint |= Taint::NETWORK;
        }
        self.callbacks(given, taint);
        Abstract { value, taint }
    }

    fn judge_write(&mut self, path: &Abstract, data: &Abstract, at: usize) {
        if let Some(text) = path.as_text() {
            let lower = text.to_ascii_lowercase();
            if signs::is_startup_path(text) {
                self.report(
                    Kind::Persistence,
                    self.unasked(Confidence::High, Confidence::Medium),
                    at,
                    Some(text.to_owned()),
                );
            }
            if [
                "discord_desktop_core",
                "app.asar",
                "/etc/hosts",
                "exodus/app",
                "ledger live",
            ]
            .iter()
            .any(|part| lower.contains(part))
            {
                self.report(
                    Kind::Persistence,
                    self.unasked(Confidence::High, Confidence::Medium),
                    at,
                    Some(text.to_owned()),
                );
            }
            if lower.ends_with("package.json") {
                self.rewrites_manifest = true;
            }
        }
        let taint = data.whole_taint();
        if taint.has(Taint::NETWORK) || taint.has(Taint::DECODED) && taint.has(Taint::LITERAL) {
            self.drop_path(path);
        }
    }

    fn drop_path(&mut self, path: &Abstract) {
        if let Some(text) = path.as_text()
            && self.dropped.len() < 64
        {
            self.dropped.insert(text.to_owned());
        }
    }

    fn is_dropped(&self, path: &Abstract) -> bool {
        path.as_text()
            .is_some_and(|text| self.dropped.contains(text))
    }

    /// How sure it is that running what was fetched does harm.
    fn drop_confidence(&self) -> Confidence {
        if self.is_trusting {
            Confidence::Low
        } else {
            self.unasked(Confidence::High, Confidence::Medium)
        }
    }

    /// Methods of values that are not modules.
    pub(super) fn method(
        &mut self,
        this: &Abstract,
        method: &str,
        given: &[Abstract],
        at: usize,
    ) -> Option<Abstract> {
        let taint = this.whole_taint();
        if this
            .as_path()
            .is_some_and(|path| path.starts_with("request()"))
            || taint.has(Taint::SOCKET)
        {
            if matches!(
                method,
                "write" | "end" | "send" | "emit" | "field" | "attach"
            ) {
                let data = given
                    .iter()
                    .fold(Taint::NONE, |taint, each| taint | each.whole_taint());
                let is_trusted = this.as_path() == Some("request()trusted");
                self.judge_leak(
                    data,
                    if is_trusted {
                        Endpoint::WellKnown
                    } else {
                        Endpoint::Other
                    },
                    at,
                );
            }
            if method == "pipe" {
                let is_process = given
                    .first()
                    .and_then(Abstract::as_path)
                    .is_some_and(|path| path.contains("stdin"));
                if is_process {
                    self.report(
                        Kind::ReverseShell,
                        self.unasked(Confidence::High, Confidence::Medium),
                        at,
                        None,
                    );
                }
            }
        }
        if matches!(method, "pipe" | "pipeTo") && taint.has(Taint::NETWORK) {
            for target in given
                .iter()
                .filter_map(|each| each.member("\u{0}path"))
                .cloned()
                .collect::<Vec<_>>()
            {
                self.drop_path(&target);
            }
        }
        if let Some(folded) = self.fold_method(this, method, given) {
            return Some(folded);
        }
        match method {
            "_compile" if given.len() >= 2 => Some(self.judge_exec("eval", given, at)),
            "map" | "forEach" | "filter" | "reduce" | "some" | "every" | "find" | "flatMap"
            | "then" | "catch" | "finally" | "on" | "once" | "addEventListener" | "replace"
            | "pipe" | "sort" => {
                let mut result = Taint::NONE;
                for each in given {
                    if let Value::Function(index) = each.value {
                        let element = this.elements().and_then(<[Abstract]>::first).cloned();
                        let arguments = element
                            .map(|each| vec![each.tainted(taint.without(Taint::LITERAL))])
                            .unwrap_or_default();
                        result |= self
                            .call_defined(index, &arguments, taint.without(Taint::SOCKET))
                            .whole_taint();
                    }
                }
                if matches!(method, "on" | "once" | "addEventListener") {
                    return Some(this.clone());
                }
                Some(Abstract::unknown(taint | result))
            }
            _ => None,
        }
    }

    /// Methods that only change the form of text.
    fn fold_method(
        &mut self,
        this: &Abstract,
        method: &str,
        given: &[Abstract],
    ) -> Option<Abstract> {
        let taint = this.whole_taint();
        let size = given
            .iter()
            .map(Abstract::size)
            .fold(this.size(), usize::saturating_add);
        let folds = matches!(
            method,
            "split" | "reverse" | "join" | "concat" | "replace" | "replaceAll"
        );
        if folds && (size > MAX_TEXT || !self.pay(size)) {
            return Some(Abstract::unknown(taint));
        }
        match (&this.value, method) {
            (Value::Text(_), "toString" | "trim" | "valueOf" | "toLowerCase" | "normalize") => {
                Some(this.clone())
            }
            (
                _,
                "toString" | "trim" | "slice" | "substring" | "substr" | "concat" | "text" | "json"
                | "toJSON",
            ) if taint != Taint::NONE && !matches!(this.value, Value::Path(_) | Value::Text(_)) => {
                let codec = given.first().and_then(Abstract::as_text);
                if method == "toString" && matches!(codec, Some("base64" | "hex")) {
                    return Some(Abstract::unknown(taint));
                }
                Some(Abstract {
                    value: this.value.clone(),
                    taint,
                })
            }
            (Value::Text(text), "split") => {
                let separator = given.first().and_then(Abstract::as_text)?;
                let parts: Vec<Abstract> = if separator.is_empty() {
                    if text.len() > 65_536 {
                        return None;
                    }
                    text.chars()
                        .map(|character| Abstract::text(character.encode_utf8(&mut [0; 4])))
                        .collect()
                } else {
                    text.split(separator)
                        .take(20_000)
                        .map(Abstract::text)
                        .collect()
                };
                if !self.pay(text.len().saturating_mul(32)) {
                    return None;
                }
                Some(Abstract {
                    value: Value::List(Rc::new(parts)),
                    taint: this.taint,
                })
            }
            (Value::List(list), "reverse") => {
                let reversed: Vec<Abstract> = list.iter().rev().cloned().collect();
                Some(Abstract {
                    value: Value::List(Rc::new(reversed)),
                    taint: this.taint | Taint::DECODED,
                })
            }
            (Value::List(list), "join") => {
                let separator = given.first().and_then(Abstract::as_text).unwrap_or(",");
                if list.len() > 20_000 || !list.iter().all(|each| each.as_text().is_some()) {
                    return Some(Abstract::unknown(taint));
                }
                let length = list
                    .iter()
                    .map(|each| each.size().saturating_add(separator.len()))
                    .fold(0_usize, usize::saturating_add);
                if length > MAX_TEXT || !self.pay(length) {
                    return Some(Abstract::unknown(taint));
                }
                let parts: Vec<&str> = list.iter().filter_map(Abstract::as_text).collect();
                Some(Abstract {
                    value: Value::Text(parts.join(separator).into()),
                    taint,
                })
            }
            (Value::Text(text), "concat") => {
                let rest: String = given.iter().map(Abstract::shown).collect();
                Some(Abstract {
                    value: Value::Text(format!("{text}{rest}").into()),
                    taint,
                })
            }
            (Value::Text(text), "replace" | "replaceAll") => {
                let (from, to) = (given.first()?.as_text(), given.get(1)?.as_text());
                match (from, to) {
                    (Some(from), Some(to))
                        if !from.is_empty()
                            && text.matches(from).count().saturating_mul(to.len()) < MAX_TEXT
                            && self.pay(text.len().saturating_mul(2)) =>
                    {
                        Some(Abstract {
                            value: Value::Text(text.replace(from, to).into()),
                            taint,
                        })
                    }
                    _ => Some(Abstract::unknown(taint)),
                }
            }
            _ => None,
        }
    }

    fn decode(&mut self, path: &str, given: &[Abstract]) -> Abstract {
        let first = given.first().cloned().unwrap_or_default();
        self.callbacks(given, Taint::DECODED);
        match path {
            "atob" | "js-base64.decode" | "js-base64.Base64.decode" => decoded(&first, "base64"),
            "unescape" => match first.as_text() {
                Some(text) => Abstract {
                    value: Value::Text(percent_decoded(text).into()),
                    taint: first.taint | Taint::DECODED,
                },
                None => Abstract::unknown(first.taint | Taint::DECODED),
            },
            _ => {
                let taint = given
                    .iter()
                    .fold(Taint::NONE, |taint, each| taint | each.whole_taint());
                Abstract::unknown(taint | Taint::DECODED)
            }
        }
    }

    /// `XMLHttpRequest.prototype.send = …`, `module.exports = …`.
    pub(super) fn judge_member_set(&mut self, path: &str, value: &Abstract, at: usize) {
        if matches!(path, "Image().src" | "location.href" | "document.location") {
            let endpoint = self.judge_address(value, at);
            self.judge_leak(value.whole_taint(), endpoint, at);
        }
    }

    /// What several places together come to.
    pub(super) fn judge_together(&mut self) {
        if let (true, Some((at, reach))) = (self.has_connection, self.shell) {
            self.report_reached(Kind::ReverseShell, Confidence::High, at, None, reach);
        }
        if let (true, Some((at, reach))) = (self.rewrites_manifest, self.publishes) {
            let is_hook = self.source.contains("postinstall") || self.source.contains("preinstall");
            let confidence = if is_hook {
                Confidence::High
            } else {
                Confidence::Medium
            };
            if is_hook || reach == Reach::Import {
                self.report_reached(
                    Kind::Persistence,
                    confidence,
                    at,
                    Some("publishes changed packages".to_owned()),
                    reach,
                );
            }
        }
    }
}

fn is_numbers(all: &[Abstract]) -> bool {
    all.iter()
        .all(|each| matches!(each.value, Value::Number(_)))
}

/// Text from the numbers of its letters.
fn letters(all: &[Abstract]) -> Abstract {
    let taint = all
        .iter()
        .fold(Taint::DECODED, |taint, each| taint | each.whole_taint());
    if all.is_empty() || !is_numbers(all) {
        return Abstract::unknown(taint);
    }
    let text: String = all
        .iter()
        .take(MAX_DECODED)
        .filter_map(|each| match each.value {
            Value::Number(number) if (0.0..1_114_112.0).contains(&number) => {
                format!("{number:.0}").parse().ok().and_then(char::from_u32)
            }
            _ => None,
        })
        .collect();
    // One or two letters are how tables are written.
    let taint = if text.len() < 4 {
        taint.without(Taint::DECODED)
    } else {
        taint | Taint::LITERAL
    };
    Abstract {
        value: Value::Text(text.into()),
        taint,
    }
}

fn decoded(input: &Abstract, codec: &str) -> Abstract {
    let taint = input.whole_taint() | Taint::DECODED;
    let Some(text) = input.as_text().filter(|text| text.len() <= MAX_DECODED) else {
        return Abstract::unknown(taint);
    };
    let bytes = match codec {
        "hex" => hex(text),
        _ => base64(text),
    };
    match bytes {
        Some(bytes) => Abstract {
            value: Value::Text(String::from_utf8_lossy(&bytes).into()),
            taint,
        },
        None => Abstract::unknown(taint),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut result = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' | b' ' => continue,
            _ => return None,
        };
        bits = bits.wrapping_shl(6) | u32::from(value);
        count = count.saturating_add(6);
        if count >= 8 {
            count = count.saturating_sub(8);
            result.extend(u8::try_from(bits.wrapping_shr(count) & 0xff));
        }
    }
    Some(result)
}

fn percent_decoded(text: &str) -> String {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (front, tail) = rest.split_at(at);
        result.extend_from_slice(front.as_bytes());
        let digits = tail
            .get(1..3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match digits {
            Some(byte) => {
                result.push(byte);
                rest = tail.get(3..).unwrap_or_default();
            }
            None => {
                result.push(b'%');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    result.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&result).into_owned()
}
