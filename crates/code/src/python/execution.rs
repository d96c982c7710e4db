//! Text, bytes and libraries that become code.

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::interp::Interpreter;
use super::names;
use super::pure::data_taint;
use super::value::{Abstract, Args, Taint, Value};
use crate::facts::{BehaviourKind as Kind, Reach};
use crate::signs;

/// How many texts that are run as code are read in one file.
const MAX_TEXTS: u32 = 10_000;

impl<'a> Interpreter<'a> {
    /// `exec`, `eval` and everything that runs text.
    pub(super) fn judge_exec(&mut self, code: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
        let taint = code.taint;
        if !self.pay(code.size()) {
            self.is_cut = true;
            self.report(Kind::ExecDynamic, Confidence::Medium, range, None);
            return Abstract::unknown(taint.content());
        }
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
            // Without the text, only what was decoded from the source itself is beyond doubt.
            let is_embedded = taint.has(Taint::LITERAL)
                && (bytes_text.is_some() || taint.has(Taint::DECODED | Taint::MARSHALLED));
            let confidence = if !is_embedded {
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
    pub(super) fn code_in_text(&mut self, text: &str, range: TextRange) -> Abstract<'a> {
        let cost = text.len().saturating_mul(8);
        let nested = if self.pay(cost) && self.texts_read < MAX_TEXTS {
            self.texts_read = self.texts_read.saturating_add(1);
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

    pub(super) fn import_by_name(&mut self, name: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
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

    pub(super) fn run_path(
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
    pub(super) fn is_dropped(&self, path: &Abstract<'a>) -> bool {
        path.taint.has(Taint::DROPPED)
            || path
                .as_text()
                .is_some_and(|text| self.dropped.contains(text))
    }

    pub(super) fn judge_unpickle(&mut self, data: &Abstract<'a>, range: TextRange) {
        let is_embedded =
            matches!(data.value, Value::Bytes(_) | Value::Str(_)) || data.taint.has(Taint::LITERAL);
        if is_embedded && data.taint.has(Taint::DISGUISED) {
            self.report(
                Kind::UnsafeDeserialise,
                self.unasked(Confidence::High, Confidence::Medium),
                range,
                None,
            );
        } else if is_embedded || data.taint.has(Taint::NETWORK) {
            self.report(
                Kind::UnsafeDeserialise,
                self.unasked(Confidence::Medium, Confidence::Low),
                range,
                None,
            );
        }
    }

    pub(super) fn judge_unpickle_file(
        &mut self,
        file: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) {
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

    pub(super) fn judge_library(
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

    /// Native source that starts processes or connects.
    pub(super) fn judge_native_source(&mut self, arguments: &Args<'a>, range: TextRange) {
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

    /// A callable reached through a name that was disguised and that we could not work out.
    pub(super) fn report_hidden_name(&mut self, range: TextRange) {
        self.report(Kind::HiddenCall, Confidence::High, range, None);
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

    /// The code of a function is replaced.
    pub(super) fn judge_code_swap(&mut self, value: &Abstract<'a>, range: TextRange) {
        if value.taint.has(Taint::DISGUISED) {
            self.report(Kind::ExecDecoded, Confidence::High, range, None);
        } else {
            self.report(Kind::Tampering, Confidence::Low, range, None);
        }
    }
}
