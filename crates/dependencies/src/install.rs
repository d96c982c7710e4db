//! Install commands, wherever they stand: scripts, Dockerfiles, notebooks, workflows.
//!
//! One reader of shell text finds the commands of pip, uv, Poetry, PDM, Pipenv, conda, npm, yarn, pnpm, Bun, cargo,
//! go, apt, apk, dnf and their kin, behind `sudo`, `python -m`, `sh -c` and the like.

mod arguments;
mod conda;
pub(crate) mod dockerfile;
mod javascript;
pub(crate) mod notebook;
mod others;
mod pip;
mod shell;
mod system;
pub(crate) mod workflow;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;

use crate::facts::{Declared, IncludeKind, IndexRole, Relation};
use crate::kind::ManifestKind;
use crate::sink::{Sink, line};

use shell::{Command, Env, Word};

/// LIMIT: scripts within the arguments of commands (`sh -c`).
const MAX_NESTING: u32 = 4;

/// The packages that the install commands of a shell text name; [`crate::read`] with [`ManifestKind::Shell`] also
/// gives indexes, includes and what could not be told.
#[must_use]
pub fn install_commands(text: &str) -> Vec<Declared> {
    let budget = Budget::untimed(Limits::default());
    let mut sink = Sink::new(ManifestKind::Shell, &budget);
    read_shell(text, &mut sink);
    sink.finish().packages
}

/// Reads a shell script.
pub(crate) fn read_shell(text: &str, sink: &mut Sink<'_>) {
    let mut env = Env::default();
    Installer::new(sink, Where::Lines).run(text, 1, false, &mut env);
}

/// How places are named.
#[derive(Debug, Clone)]
pub(crate) enum Where {
    /// By the line.
    Lines,
    /// All alike.
    Fixed(Place),
}

/// Looks for install commands.
pub(crate) struct Installer<'s, 'b> {
    pub(crate) sink: &'s mut Sink<'b>,
    places: Where,
    line: u32,
    nesting: u32,
}

impl<'s, 'b> Installer<'s, 'b> {
    pub(crate) const fn new(sink: &'s mut Sink<'b>, places: Where) -> Self {
        Self {
            sink,
            places,
            line: 1,
            nesting: 0,
        }
    }

    /// Reads a script; `is_joined` for text whose lines were joined before the shell sees them.
    pub(crate) fn run(&mut self, text: &str, first_line: u32, is_joined: bool, env: &mut Env) {
        shell::read(text, first_line, is_joined, env, &mut |command, env| {
            self.line = command.line;
            self.command(command, env);
            !self.sink.is_full()
        });
    }

    /// Reads a command whose words are known already (the JSON form of Docker).
    pub(crate) fn run_words(&mut self, words: &[String], line: u32, env: &mut Env) {
        let command = Command {
            words: words
                .iter()
                .map(|text| Word {
                    text: text.clone(),
                    is_dynamic: false,
                })
                .collect(),
            line,
            ..Command::default()
        };
        self.line = line;
        self.command(&command, env);
    }

    pub(crate) fn place(&self) -> Place {
        match &self.places {
            Where::Lines => line(self.line),
            Where::Fixed(place) => place.clone(),
        }
    }

    pub(crate) fn declare(&mut self, mut declared: Declared) {
        declared.relation = Relation::Direct;
        self.sink.declare(declared);
    }

    pub(crate) fn index(&mut self, role: IndexRole, url: &str) {
        let place = self.place();
        self.sink.index(role, url, place);
    }

    pub(crate) fn include(&mut self, kind: IncludeKind, target: &str) {
        let place = self.place();
        self.sink.include(kind, target, place);
    }

    pub(crate) fn setting(&mut self, key: &str, value: &str) {
        let place = self.place();
        self.sink.setting(key, value, place);
    }

    /// Names what only a run can tell. A file that is printed into the command is an include.
    pub(crate) fn unresolved(&mut self, word: &Word) {
        let printed = word
            .text
            .strip_prefix("$(")
            .and_then(|text| text.strip_suffix(')'));
        let file = printed.and_then(|text| {
            let mut words = text.split_whitespace();
            let is_cat = words.next() == Some("cat");
            let file = words.next().or(text.strip_prefix('<'))?;
            (is_cat && words.next().is_none()).then_some(file)
        });
        if let Some(file) = file {
            return self.include(IncludeKind::Requirements, file);
        }
        let place = self.place();
        self.sink
            .unresolved(&word.text, "known only when it runs", place);
    }

    fn command(&mut self, command: &Command, env: &mut Env) {
        for (name, value) in &command.assignments {
            variable(name, value, self);
            if command.words.is_empty() {
                let known = (!value.is_dynamic).then(|| value.text.clone());
                env.set(name, known);
            }
        }
        let words = self.strip(&command.words, env);
        let Some((first, rest)) = words.split_first() else {
            if command.words.is_empty() {
                self.fed(command, env);
            }
            return;
        };
        let name = program(&first.text);
        match name.as_str() {
            "export" | "declare" | "local" | "readonly" | "typeset" | "set" => {
                self.export(rest, env);
            }
            "for" => remember_loop(rest, env),
            "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "su" | "eval" => {
                self.script(&name, rest, env);
                self.fed(command, env);
            }
            "xargs" | "find" | "parallel" | "timeout_" => self.tail(rest, env),
            _ => self.dispatch(&name, rest, env),
        }
    }

    fn dispatch(&mut self, name: &str, rest: &[Word], env: &mut Env) {
        if is_pip(name) {
            return pip::pip(self, rest);
        }
        match name {
            _ if is_python(name) => self.python(rest, env),
            "uv" => pip::uv(self, rest, env),
            "uvx" => pip::uvx(self, rest),
            "pipx" => pip::pipx(self, rest),
            "poetry" | "pdm" | "pipenv" | "rye" | "hatch" => pip::project_tool(self, name, rest),
            "conda" | "mamba" | "micromamba" => conda::conda(self, rest, env),
            "pixi" => conda::pixi(self, rest),
            "npm" | "npx" | "pnpm" | "pnpx" | "yarn" | "bun" | "bunx" | "corepack" => {
                javascript::run(self, name, rest);
            }
            "cargo" => others::cargo(self, rest),
            "go" => others::go(self, rest),
            "apt-get" | "apt" | "aptitude" | "apk" | "yum" | "dnf" | "microdnf" | "tdnf"
            | "zypper" => system::run(self, name, rest),
            _ => {}
        }
    }

    /// Another command behind this one, such as the one that `conda run` starts.
    pub(crate) fn inner(&mut self, words: &[Word], env: &mut Env) {
        if self.nesting >= MAX_NESTING {
            return;
        }
        self.nesting = self.nesting.saturating_add(1);
        let command = Command {
            words: words.to_vec(),
            line: self.line,
            ..Command::default()
        };
        self.command(&command, env);
        self.nesting = self.nesting.saturating_sub(1);
    }

    /// The first word that names an installer, and what follows it.
    fn tail(&mut self, rest: &[Word], env: &mut Env) {
        let start = rest.iter().position(|word| {
            let name = program(&word.text);
            is_pip(&name)
                || is_python(&name)
                || matches!(name.as_str(), "uv" | "sh" | "bash" | "npm" | "apt-get")
        });
        if let Some(words) = start.and_then(|at| rest.get(at..)) {
            self.inner(words, env);
        }
    }

    /// `sh -c TEXT`, `eval TEXT`.
    fn script(&mut self, name: &str, rest: &[Word], env: &mut Env) {
        if self.nesting >= MAX_NESTING {
            return;
        }
        let is_flag = |word: &&Word| {
            word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c')
        };
        let text = match name {
            "eval" => Some(join(rest)),
            _ => rest
                .iter()
                .position(|word| is_flag(&word))
                .and_then(|at| rest.get(at.saturating_add(1)))
                .map(|word| word.text.clone()),
        };
        if let Some(text) = text {
            self.nested(&text, env);
        }
    }

    fn nested(&mut self, text: &str, env: &mut Env) {
        self.nesting = self.nesting.saturating_add(1);
        let line = self.line;
        self.run(text, line, false, env);
        self.nesting = self.nesting.saturating_sub(1);
    }

    /// Text that a shell is fed with.
    fn fed(&mut self, command: &Command, env: &mut Env) {
        if self.nesting >= MAX_NESTING {
            return;
        }
        self.nesting = self.nesting.saturating_add(1);
        for (text, line) in &command.heredocs {
            self.run(text, *line, false, env);
        }
        self.nesting = self.nesting.saturating_sub(1);
    }

    fn export(&mut self, rest: &[Word], env: &mut Env) {
        for word in rest {
            if let Some((name, value)) = word.text.split_once('=') {
                let value = Word {
                    text: value.to_owned(),
                    is_dynamic: word.is_dynamic,
                };
                variable(name, &value, self);
                let known = (!value.is_dynamic).then_some(value.text);
                env.set(name, known);
            }
        }
    }

    fn python(&mut self, rest: &[Word], env: &mut Env) {
        let at = rest.iter().position(|word| word.text == "-m");
        let Some(at) = at else {
            self.setup_script(rest);
            return;
        };
        let module = rest
            .get(at.saturating_add(1))
            .map_or("", |word| word.text.as_str());
        let tail = rest.get(at.saturating_add(2)..).unwrap_or_default();
        match module {
            "pip" => pip::pip(self, tail),
            "uv" | "pipx" | "poetry" | "pdm" | "pipenv" | "conda" => {
                self.dispatch(module, tail, env);
            }
            _ => {}
        }
    }

    /// `python setup.py install`.
    fn setup_script(&mut self, rest: &[Word]) {
        let mut words = rest.iter().skip_while(|word| word.text.starts_with('-'));
        let file = words.next().filter(|word| word.text.ends_with("setup.py"));
        let installs =
            words.any(|word| matches!(word.text.as_str(), "install" | "develop" | "build_ext"));
        if let Some(file) = file.filter(|_| installs) {
            self.include(IncludeKind::Manifest, &file.text);
        }
    }

    /// The words without what stands before a command: keywords, `sudo`, `env`, `time` and so on.
    fn strip(&mut self, words: &[Word], env: &mut Env) -> Vec<Word> {
        let mut words = words;
        // LIMIT: each turn takes at least one word.
        while let Some((first, rest)) = words.split_first() {
            words = match program(&first.text).as_str() {
                "then" | "do" | "else" | "elif" | "if" | "while" | "until" | "!" | "{" | "}"
                | "time" | "nohup" | "exec" | "command" | "builtin" | "ionice" | "eatmydata"
                | "fi" | "done" => skip_options(rest, &[]),
                "sudo" | "doas" | "gosu" => {
                    let rest = skip_options(
                        rest,
                        &["-u", "-g", "-C", "-h", "-p", "-r", "-t", "-U", "-D", "-R"],
                    );
                    let is_gosu = first.text == "gosu";
                    let rest = if is_gosu {
                        rest.get(1..).unwrap_or_default()
                    } else {
                        rest
                    };
                    self.skip_assignments(rest, env)
                }
                "env" => {
                    let rest = skip_options(rest, &["-u", "-C", "-S"]);
                    self.skip_assignments(rest, env)
                }
                "nice" | "timeout" | "stdbuf" | "retry" | "chroot" | "unbuffer" => {
                    let rest = skip_options(rest, &["-n", "-s", "-k", "-o", "-e", "-i", "-t"]);
                    let takes_one = matches!(first.text.as_str(), "timeout" | "chroot");
                    if takes_one {
                        rest.get(1..).unwrap_or_default()
                    } else {
                        rest
                    }
                }
                _ => break,
            };
        }
        words.to_vec()
    }

    fn skip_assignments<'w>(&mut self, words: &'w [Word], _env: &mut Env) -> &'w [Word] {
        let mut words = words;
        while let Some((first, rest)) = words.split_first() {
            let Some((name, value)) = first
                .text
                .split_once('=')
                .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            else {
                break;
            };
            let value = Word {
                text: value.to_owned(),
                is_dynamic: first.is_dynamic,
            };
            variable(name, &value, self);
            words = rest;
        }
        words
    }
}

fn skip_options<'w>(words: &'w [Word], with_value: &[&str]) -> &'w [Word] {
    let mut words = words;
    while let Some((first, rest)) = words.split_first() {
        if !first.text.starts_with('-') {
            break;
        }
        let takes = with_value.contains(&first.text.as_str());
        words = if takes {
            rest.get(1..).unwrap_or_default()
        } else {
            rest
        };
        if first.text == "--" {
            break;
        }
    }
    words
}

/// `for name in words`: the name stands for all of them, one after the other.
fn remember_loop(rest: &[Word], env: &mut Env) {
    let [name, word_in, list @ ..] = rest else {
        return;
    };
    if word_in.text == "in" {
        let is_known = list.iter().all(|word| !word.is_dynamic);
        env.set(&name.text, is_known.then(|| join(list)));
    }
}

fn join(words: &[Word]) -> String {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    texts.join(" ")
}

/// The program without its folder.
fn program(text: &str) -> String {
    let name = text.rsplit('/').next().unwrap_or(text);
    name.strip_suffix(".exe").unwrap_or(name).to_owned()
}

/// `pip`, `pip3`, `pip3.11`.
fn is_pip(name: &str) -> bool {
    name.strip_prefix("pip").is_some_and(|version| {
        version
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

/// `python`, `python3.11`, `pypy3`, and the placeholders of notebooks.
fn is_python(name: &str) -> bool {
    let is_version = |rest: &str| {
        rest.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    ["python", "pypy", "py"]
        .iter()
        .any(|base| name.strip_prefix(base).is_some_and(is_version))
        || name.contains("sys.executable")
        || matches!(
            name,
            "$PYTHON" | "${PYTHON}" | "$PY" | "$PYTHON_BIN" | "${PYTHON_BIN}"
        )
}

/// Variables by which installers are configured.
pub(crate) fn variable(name: &str, value: &Word, installer: &mut Installer<'_, '_>) {
    let role = match name {
        "PIP_INDEX_URL"
        | "PIP_PYPI_URL"
        | "UV_INDEX_URL"
        | "UV_DEFAULT_INDEX"
        | "PIPENV_PYPI_MIRROR"
        | "NPM_CONFIG_REGISTRY"
        | "npm_config_registry"
        | "YARN_NPM_REGISTRY_SERVER"
        | "GOPROXY" => IndexRole::Primary,
        "PIP_EXTRA_INDEX_URL" => IndexRole::Extra,
        "UV_EXTRA_INDEX_URL" | "UV_INDEX" => IndexRole::Fallback,
        "PIP_FIND_LINKS" | "UV_FIND_LINKS" => IndexRole::FindLinks,
        "PIP_TRUSTED_HOST" | "UV_INSECURE_HOST" => IndexRole::TrustedHost,
        "PIP_CONSTRAINT" | "UV_CONSTRAINT" => {
            for file in value.text.split_whitespace() {
                installer.include(IncludeKind::Constraints, file);
            }
            return;
        }
        "PIP_REQUIREMENT" => return installer.include(IncludeKind::Requirements, &value.text),
        "UV_INDEX_STRATEGY"
        | "PIP_REQUIRE_HASHES"
        | "PIP_NO_BINARY"
        | "PIP_PRE"
        | "PIP_NO_INDEX"
        | "UV_EXCLUDE_NEWER"
        | "GOINSECURE"
        | "GONOSUMDB"
        | "GONOSUMCHECK"
        | "GOFLAGS"
        | "GOSUMDB"
        | "GONOSUM"
        | "CONDA_CHANNEL_PRIORITY" => {
            let key = name
                .split_once('_')
                .map_or(name, |(_, rest)| rest)
                .to_ascii_lowercase()
                .replace('_', "-");
            return installer.setting(&key, &value.text);
        }
        _ => return,
    };
    for url in value.text.split([' ', ',', '|']) {
        // uv names an index as `name=url`.
        let url = match url.split_once('=') {
            Some((name, rest)) if !name.contains([':', '/']) && rest.contains("://") => rest,
            _ => url,
        };
        installer.index(role, url.trim());
    }
}

#[cfg(test)]
mod tests;
