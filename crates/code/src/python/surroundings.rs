//! The environment, and what is done to the interpreter around the code.

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::interp::Interpreter;
use super::names;
use super::value::{Abstract, Taint, Value};
use crate::facts::BehaviourKind as Kind;
use crate::signs;

impl<'a> Interpreter<'a> {
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
            "HF_ENDPOINT" | "PIP_INDEX_URL" | "PIP_EXTRA_INDEX_URL" => {
                let endpoint = value.as_text().map(signs::endpoint);
                match endpoint {
                    Some(
                        signs::Endpoint::Other
                        | signs::Endpoint::BareAddress
                        | signs::Endpoint::Suspicious,
                    ) => Confidence::Medium,
                    _ => return,
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
}
