//! Files that are read, written, deleted and made executable.

use std::rc::Rc;

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::interp::Interpreter;
use super::value::{Abstract, Args, OpenFile, Taint, Value};
use crate::facts::BehaviourKind as Kind;
use crate::signs::{self, HOLE, SecretPath};

impl<'a> Interpreter<'a> {
    pub(super) fn walked(&mut self, folder: &Abstract<'a>, range: TextRange) -> Abstract<'a> {
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

    pub(super) fn open(&mut self, arguments: &Args<'a>, range: TextRange) -> Abstract<'a> {
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

    pub(super) fn judge_removal(&mut self, path: &Abstract<'a>, is_tree: bool, range: TextRange) {
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

    pub(super) fn judge_chmod(
        &mut self,
        path: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) {
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

    pub(super) fn judge_copy(&mut self, arguments: &Args<'a>, range: TextRange) {
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
}

/// A folder of its own, as build tools make, is no start-up folder.
pub(super) fn is_own_folder(path: &str) -> bool {
    path.starts_with(HOLE) && path.ends_with("customize.py") && !path.contains("-packages")
}

pub(super) fn looks_like_code(text: &str) -> bool {
    text.starts_with("#!")
        || ["import os", "subprocess", "exec(", "socket"]
            .iter()
            .any(|sign| text.contains(sign))
}
