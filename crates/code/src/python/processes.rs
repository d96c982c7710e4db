//! Commands that are started, and where their words come from.

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::interp::Interpreter;
use super::names;
use super::pure::data_taint;
use super::value::{Abstract, Args, Taint, Value};
use crate::facts::BehaviourKind as Kind;
use crate::signs::HOLE;

impl<'a> Interpreter<'a> {
    /// What a process wrote: data of the machine it ran on.
    pub(super) fn process_result(&self, path: &str) -> Abstract<'a> {
        let result = format!("{path}()");
        if names::is_known(&result) {
            Abstract::path(&result, Taint::NONE)
        } else {
            Abstract::nothing()
        }
    }

    /// A command line as text.
    pub(super) fn judge_shell_text(
        &mut self,
        command: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) {
        if !self.pay(command.size()) {
            self.is_cut = true;
            self.report(Kind::ProcessStart, Confidence::High, range, None);
            return;
        }
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
        if !self.pay(command.size()) {
            self.is_cut = true;
            self.report(Kind::ProcessStart, Confidence::High, range, None);
            return;
        }
        self.judge_streams(arguments, range);
        let words: Vec<String> = elements.iter().take(256).map(Abstract::shown).collect();
        let program_taint = elements.first().map_or(Taint::NONE, |first| first.taint);
        let runs_script = words
            .first()
            .is_some_and(|program| is_interpreter(program) && !program.starts_with(HOLE));
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
    pub(super) fn judge_command_taint(
        &mut self,
        taint: Taint,
        is_open: bool,
        shown: &str,
        range: TextRange,
    ) {
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
            let confidence = if is_open {
                self.unasked(Confidence::High, Confidence::Medium)
            } else {
                Confidence::High
            };
            self.report(Kind::ExecDecoded, confidence, range, evidence.clone());
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
    pub(super) fn judge_streams(&mut self, arguments: &Args<'a>, range: TextRange) {
        let joined = ["stdin", "stdout", "stderr"].iter().any(|name| {
            arguments
                .keyword(name)
                .is_some_and(|value| value.taint.has(Taint::SOCKET))
        });
        if joined {
            self.report(Kind::ReverseShell, Confidence::High, range, None);
        }
    }

    pub(super) fn judge_shell(&mut self, text: &str, range: TextRange) {
        if !self.pay(text.len().saturating_mul(8)) {
            self.is_cut = true;
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

    pub(super) fn take_signs(&mut self, judged: &crate::shell::Judged, range: TextRange) {
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
    pub(super) fn judge_start(&mut self, words: &[String], range: TextRange, shown: &str) {
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

/// Whether a program runs the script it is given.
pub(super) fn is_interpreter(program: &str) -> bool {
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
            | "start"
            | "sudo"
            | "nohup"
    ) || !name.is_empty() && name.chars().all(|character| character == HOLE)
}

/// Whether a command line runs the file rather than naming it.
pub(super) fn runs(text: &str, path: &str) -> bool {
    let at = text.find(path).unwrap_or(0);
    let front = text.get(..at).unwrap_or_default();
    let last = front
        .rsplit(['|', ';', '&'])
        .next()
        .unwrap_or_default()
        .trim();
    last.is_empty() || last.split_whitespace().any(is_interpreter)
}

pub(crate) fn sends_somewhere(text: &str) -> bool {
    [
        "curl", "wget", "nc ", "ncat", "scp", "rsync", "http://", "https://", "nslookup", "dig ",
        "ping ", "telnet", "/dev/tcp",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// Whether a command only asks about the machine, or builds and unpacks, as honest set-up code does.
pub(crate) fn is_everyday_command(words: &[String]) -> bool {
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
