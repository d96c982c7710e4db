//! What a command line comes to: wrappers are taken off, runners give the packages that they fetch, arguments say
//! which folders are handed over and whether the server listens to others.
//!
//! Nothing is resolved or run. A script of a shell is read as far as it is one plain command.

use chainwright_code::{Behaviour, inspect_commands};
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::name::normalise;
use chainwright_packages::pinning::{Pinning, is_commit};
use chainwright_packages::python::Requirement;

use crate::facts::{Launched, LaunchedPackage, Pin, Runner};
use crate::value::{cut, cut_command, is_local_host, scheme_and_host};

/// LIMIT: wrappers inside wrappers.
const MAX_WRAPPERS: usize = 8;
/// LIMIT: arguments of one command line.
const MAX_ARGUMENTS: usize = 400;

/// A command line, with the address that a bridge was given.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) launched: Launched,
    /// The address of the remote server to which a bridge (`mcp-remote`) leads.
    pub(crate) bridge: Option<String>,
}

/// What a command line comes to.
#[must_use]
pub fn launch(command: &str, arguments: &[String], place: &Place) -> Launched {
    resolve(command, arguments, place).launched
}

pub(crate) fn resolve(command: &str, arguments: &[String], place: &Place) -> Resolved {
    let mut words: Vec<String> = Vec::new();
    // A whole command line in the place of the program.
    if arguments.is_empty() && command.contains(' ') && !command.contains(['/', '\\']) {
        words.extend(split(command));
    } else {
        words.push(command.to_owned());
    }
    words.extend(arguments.iter().take(MAX_ARGUMENTS).cloned());
    let mut resolved = Resolved {
        launched: Launched {
            runner: Runner::Program,
            packages: Vec::new(),
            shell: None,
            folders: Vec::new(),
            exposed: Vec::new(),
            behaviours: behaviours(&words, place),
        },
        bridge: None,
    };
    look_at_arguments(&words, &mut resolved.launched);
    for _ in 0..MAX_WRAPPERS {
        match step(&words, place, &mut resolved) {
            Some(inner) if !inner.is_empty() => words = inner,
            _ => break,
        }
    }
    resolved
}

/// What the code crate sees in a command line of words.
fn behaviours(words: &[String], place: &Place) -> Vec<Behaviour> {
    let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    judge(&line.join(" "), place)
}

/// What the code crate sees in a command.
pub(crate) fn judge(command: &str, place: &Place) -> Vec<Behaviour> {
    let line = match place {
        Place::Line { line, .. } => line.saturating_sub(1),
        Place::Whole | Place::Byte(_) | Place::Pointer(_) | Place::Key(_) => 0,
    };
    inspect_commands(&[(line, command.to_owned())], &Limits::default()).behaviours
}

/// A word as a shell must be given it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%~".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The words of a plain command line, with its quotes taken off.
pub(crate) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    for next in line.chars().take(20_000) {
        match (quote, next) {
            (Some(open), _) if next == open => quote = None,
            (None, '"' | '\'') => quote = Some(next),
            (None, _) if next.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (Some(_) | None, _) => word.push(next),
        }
        if words.len() >= MAX_ARGUMENTS {
            return words;
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The name of a program without folder and ending.
fn program(command: &str) -> String {
    let name = command.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    [".exe", ".cmd", ".bat", ".ps1"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name)
        .to_owned()
}

/// Takes one wrapper off and gives what it runs; or reads the runner, and gives nothing.
fn step(words: &[String], place: &Place, resolved: &mut Resolved) -> Option<Vec<String>> {
    let (first, rest) = words.split_first()?;
    let name = program(first);
    let launched = &mut resolved.launched;
    match name.as_str() {
        "cmd" => {
            let at = rest.iter().position(|word| {
                word.eq_ignore_ascii_case("/c") || word.eq_ignore_ascii_case("/k")
            })?;
            let inner: Vec<String> = rest.iter().skip(at.saturating_add(1)).cloned().collect();
            Some(match inner.as_slice() {
                [one] => split(one),
                _ => inner,
            })
        }
        "env" | "sudo" | "doas" | "nohup" | "nice" | "time" | "stdbuf" | "timeout" | "xvfb-run"
        | "dotenv" | "dotenvx" | "op" | "doppler" | "infisical" | "wsl" | "mise" | "direnv"
        | "chamber" | "caffeinate" | "exec" => wrapped(rest),
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" | "ash" | "busybox" => {
            let at = rest.iter().position(|word| is_script_flag(word))?;
            let script = rest.get(at.saturating_add(1)).cloned().unwrap_or_default();
            launched.shell = Some(cut_command(&script));
            plain_script(&script)
        }
        "powershell" | "pwsh" => {
            let at = rest.iter().position(|word| {
                let flag = word.to_ascii_lowercase();
                flag.starts_with("-c") || flag.starts_with("-e") && !flag.starts_with("-ex")
            })?;
            let script: Vec<String> = rest.iter().skip(at).cloned().collect();
            launched.shell = Some(cut_command(&script.join(" ")));
            plain_script(
                &rest
                    .iter()
                    .skip(at.saturating_add(1))
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        }
        "npx" | "pnpx" | "bunx" => {
            let runner = if name == "bunx" {
                Runner::Bunx
            } else {
                Runner::Npx
            };
            npx(rest, runner, place, resolved)
        }
        "npm" | "pnpm" | "yarn" | "bun" => {
            let (verb, after) = rest.split_first()?;
            match (name.as_str(), verb.as_str()) {
                ("npm", "exec" | "x") | ("pnpm", "dlx" | "exec") | ("yarn", "dlx") => {
                    npx(after, Runner::Npx, place, resolved)
                }
                ("bun", "x") => npx(after, Runner::Bunx, place, resolved),
                _ => {
                    launched.runner = Runner::Script;
                    None
                }
            }
        }
        "uvx" => uvx(rest, place, resolved),
        "uv" => match rest {
            [tool, run, after @ ..] if tool == "tool" && run == "run" => {
                uvx(after, place, resolved)
            }
            [run, after @ ..] if run == "run" => uv_run(after, place, launched),
            _ => None,
        },
        "pipx" => {
            let (verb, after) = rest.split_first()?;
            if verb == "run" {
                pipx(after, place, launched);
            }
            None
        }
        "docker" | "podman" | "nerdctl" | "finch" => {
            let (verb, after) = rest.split_first()?;
            if verb == "run"
                || (verb == "container" && after.first().is_some_and(|next| next == "run"))
            {
                container(after, place, launched);
            } else {
                launched.runner = Runner::Container;
            }
            None
        }
        "deno" => {
            deno(rest, place, launched);
            None
        }
        "go" => {
            let (verb, after) = rest.split_first()?;
            if verb == "run" {
                launched.runner = Runner::Go;
                let target = after.iter().find(|word| !word.starts_with('-'))?;
                launched.packages.extend(go_module(target, place));
            }
            None
        }
        "dnx" => {
            launched.runner = Runner::Dotnet;
            let target = rest.iter().find(|word| !word.starts_with('-'))?;
            let (package, version) = name_and_version(target);
            launched
                .packages
                .push(registry(Ecosystem::NuGet, package, version, target, place));
            None
        }
        _ => {
            if is_interpreter(&name) {
                launched.runner = Runner::Script;
            }
            None
        }
    }
}

fn is_interpreter(name: &str) -> bool {
    let bare = name.trim_end_matches(|last: char| last.is_ascii_digit() || last == '.');
    matches!(
        bare,
        "node"
            | "nodejs"
            | "python"
            | "pypy"
            | "py"
            | "ruby"
            | "perl"
            | "php"
            | "java"
            | "dotnet"
            | "tsx"
            | "ts-node"
            | "electron"
    )
}

fn is_script_flag(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|flags| !flags.starts_with('-') && flags.len() <= 5 && flags.ends_with('c'))
        || word == "--command"
}

/// The words behind the options and assignments of a wrapper.
fn wrapped(rest: &[String]) -> Option<Vec<String>> {
    if let Some(at) = rest.iter().position(|word| word == "--") {
        return Some(rest.iter().skip(at.saturating_add(1)).cloned().collect());
    }
    let takes_value = [
        "-u",
        "-n",
        "-k",
        "-s",
        "-d",
        "-f",
        "-e",
        "--distribution",
        "--user",
        "--env-file",
    ];
    let mut skip_value = false;
    let start = rest.iter().position(|word| {
        if std::mem::take(&mut skip_value) {
            return false;
        }
        if word.starts_with('-') {
            skip_value = takes_value.contains(&word.as_str()) && word != "-e";
            return false;
        }
        let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let is_number = word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"smh".contains(&byte))
            && word.starts_with(|first: char| first.is_ascii_digit());
        !is_assignment && !is_number && word != "run" && word != "exec"
    })?;
    Some(rest.iter().skip(start).cloned().collect())
}

/// The words of a script that is one plain command, `cd … &&` before it aside.
fn plain_script(script: &str) -> Option<Vec<String>> {
    let last = script.rsplit("&&").next().unwrap_or_default().trim();
    let is_plain = !last.contains([';', '|', '&', '`', '<', '>', '\n']) && !last.contains("$(");
    is_plain.then(|| split(last.trim_start_matches("exec ")))
}

/// The bridges that connect a client to a remote server.
fn is_bridge(name: &str) -> bool {
    matches!(
        name,
        "mcp-remote"
            | "supergateway"
            | "mcp-proxy"
            | "@modelcontextprotocol/mcp-remote"
            | "mcp-remote-go"
            | "@smithery/cli"
    )
}

fn npx(
    rest: &[String],
    runner: Runner,
    place: &Place,
    resolved: &mut Resolved,
) -> Option<Vec<String>> {
    resolved.launched.runner = runner;
    let mut words = rest.iter();
    let mut asked: Vec<&String> = Vec::new();
    let mut script = None;
    let mut first = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "-p" | "--package" => asked.extend(words.next()),
            "-c" | "--call" => script = words.next(),
            "--registry" | "--cache" | "--userconfig" | "-w" | "--workspace" | "--prefix" => {
                let _ = words.next();
            }
            "--" => {}
            flag if flag.starts_with("--package=") => {
                first = first.or(Some(word));
                asked.push(word);
                first = first.filter(|known| *known != word);
            }
            flag if flag.starts_with('-') => {}
            _ => {
                first = Some(word);
                break;
            }
        }
    }
    if asked.is_empty() {
        asked.extend(first);
    }
    for word in asked {
        let word = word.strip_prefix("--package=").unwrap_or(word);
        resolved.launched.packages.push(npm(word, place));
    }
    let is_bridged = resolved
        .launched
        .packages
        .iter()
        .any(|each| is_bridge(&each.package.name));
    if is_bridged {
        resolved.bridge = words.clone().find(|word| word.contains("://")).cloned();
    }
    script.map(|script| split(script)).filter(|words| {
        words
            .first()
            .is_some_and(|first| !is_same_package(first, &resolved.launched))
    })
}

fn is_same_package(word: &str, launched: &Launched) -> bool {
    launched
        .packages
        .iter()
        .any(|each| each.package.name.ends_with(word))
}

/// A package as npm is asked for it: `name`, `@scope/name@range`, `github:owner/name#ref`, an address, a folder.
fn npm(word: &str, place: &Place) -> LaunchedPackage {
    let written = cut(word);
    let is_address = word.contains("://")
        || word.starts_with("github:")
        || word.starts_with("git+")
        || word.starts_with("gitlab:");
    if is_address {
        return from_address(word, place);
    }
    if word.starts_with(['.', '/', '~']) || word.starts_with("file:") {
        return local(word, place);
    }
    let is_short = !word.starts_with('@') && word.split('/').count() == 2;
    if is_short {
        return from_address(&format!("github:{word}"), place);
    }
    let (name, version) = match word.char_indices().skip(1).find(|(_, next)| *next == '@') {
        Some((at, _)) => (
            word.get(..at).unwrap_or(word),
            word.get(at..).map(|rest| rest.trim_start_matches('@')),
        ),
        None => (word, None),
    };
    let mut package = registry(Ecosystem::Npm, name, version, word, place);
    package.written = written;
    package
}

/// A package of a registry by its name and what follows `@`.
fn registry(
    ecosystem: Ecosystem,
    name: &str,
    version: Option<&str>,
    written: &str,
    place: &Place,
) -> LaunchedPackage {
    let version = version.filter(|version| !version.is_empty());
    let pin = match version {
        None => Pin::Open,
        Some(version) => match chainwright_packages::npm::pinning(version) {
            Pinning::Exact | Pinning::Hash => Pin::Exact,
            _ if is_exact(version) => Pin::Exact,
            _ => Pin::Moving,
        },
    };
    let exact = version
        .filter(|_| pin == Pin::Exact)
        .map(|version| version.trim_start_matches(['=', 'v']));
    LaunchedPackage {
        package: Package::new(ecosystem, normalise(ecosystem, name), exact),
        written: cut(written),
        pin,
        place: place.clone(),
    }
}

/// A version that is one: digits first, at least two parts, nothing that a range has.
fn is_exact(version: &str) -> bool {
    version.starts_with(|first: char| first.is_ascii_digit())
        && version.contains('.')
        && !version.contains(['*', '^', '~', '>', '<', ' ', ','])
}

fn local(word: &str, place: &Place) -> LaunchedPackage {
    LaunchedPackage {
        package: Package::new(Ecosystem::Generic, String::new(), None::<String>),
        written: cut(word),
        pin: Pin::Local,
        place: place.clone(),
    }
}

/// A repository or a file behind an address.
fn from_address(word: &str, place: &Place) -> LaunchedPackage {
    let (address, fragment) = word.split_once('#').unwrap_or((word, ""));
    let is_git = address.starts_with("git")
        || address.contains(".git")
        || address.contains("://github.com/");
    let is_archive = [".tgz", ".tar.gz", ".zip", ".whl"]
        .iter()
        .any(|end| address.ends_with(end));
    let path = address.rsplit("://").next().unwrap_or(address);
    let reference = path
        .rsplit_once('@')
        .map(|(_, reference)| reference)
        .filter(|reference| !reference.contains('/') || !path.starts_with("git@"));
    let revision = reference.unwrap_or_else(|| if fragment.contains('=') { "" } else { fragment });
    let pin = match (is_git && !is_archive, revision) {
        (false, _) => Pin::Url,
        (true, revision) if is_commit(revision) => Pin::Digest,
        (true, "") => Pin::Open,
        (true, revision) if is_tag(revision) => Pin::Exact,
        (true, _) => Pin::Moving,
    };
    let name = repository_name(address);
    let package = match name {
        Some(name) => Package::new(
            Ecosystem::GitHub,
            normalise(Ecosystem::GitHub, &name),
            (pin == Pin::Digest).then(|| revision.to_owned()),
        ),
        None => Package::new(Ecosystem::Generic, String::new(), None::<String>),
    };
    LaunchedPackage {
        package,
        written: cut(&crate::value::address(word)),
        pin,
        place: place.clone(),
    }
}

fn is_tag(revision: &str) -> bool {
    let bare = revision.trim_start_matches('v');
    bare.starts_with(|first: char| first.is_ascii_digit()) && bare.contains('.')
}

/// `owner/name` of a repository on GitHub.
fn repository_name(address: &str) -> Option<String> {
    let path = address
        .strip_prefix("github:")
        .or_else(|| address.split_once("github.com/").map(|(_, path)| path))?;
    let mut parts = path.split(['/', '@', '#']);
    let (owner, name) = (parts.next()?, parts.next()?);
    Some(format!("{owner}/{}", name.trim_end_matches(".git")))
}

/// A requirement as uv and pipx are asked for it.
fn python(word: &str, place: &Place) -> LaunchedPackage {
    if word.contains("://") || word.starts_with("git+") {
        return from_address(
            word.split_once(" @ ").map_or(word, |(_, address)| address),
            place,
        );
    }
    if word.starts_with(['.', '/', '~']) {
        return local(word, place);
    }
    if let Some((name, version)) = word
        .split_once('@')
        .filter(|(name, _)| !name.contains(['=', '<', '>']))
    {
        let bare = name.split('[').next().unwrap_or(name);
        return registry(
            Ecosystem::PyPi,
            bare.trim(),
            Some(version.trim()),
            word,
            place,
        );
    }
    let Ok(requirement) = Requirement::parse_lenient(word) else {
        return registry(Ecosystem::PyPi, word, None, word, place);
    };
    let pinned = requirement
        .specifiers()
        .and_then(|all| all.pinned().map(str::to_owned));
    let pin = match requirement.pinning() {
        Pinning::Exact | Pinning::Hash => Pin::Exact,
        Pinning::Open => Pin::Open,
        Pinning::Bounded
        | Pinning::Url
        | Pinning::Vcs { .. }
        | Pinning::Path
        | Pinning::Editable => Pin::Moving,
    };
    LaunchedPackage {
        package: Package::new(
            Ecosystem::PyPi,
            requirement.normal_name(),
            pinned.filter(|_| pin == Pin::Exact),
        ),
        written: cut(word),
        pin,
        place: place.clone(),
    }
}

fn uvx(rest: &[String], place: &Place, resolved: &mut Resolved) -> Option<Vec<String>> {
    let launched = &mut resolved.launched;
    launched.runner = Runner::Uvx;
    let mut words = rest.iter();
    let mut from = Vec::new();
    let mut with = Vec::new();
    let mut first = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--from" | "--spec" => from.extend(words.next()),
            "--with" | "-w" | "--with-editable" => with.extend(words.next()),
            "-p" | "--python" | "--index" | "--index-url" | "-i" | "--extra-index-url"
            | "--default-index" | "--directory" | "--project" | "--env-file" | "--cache-dir"
            | "--refresh-package" | "--find-links" | "-f" | "--constraints" | "-c"
            | "--overrides" | "--index-strategy" | "--prerelease" | "--exclude-newer" => {
                let _ = words.next();
            }
            flag if flag.starts_with("--from=") => from.push(word),
            flag if flag.starts_with("--with=") => with.push(word),
            flag if flag.starts_with('-') => {}
            _ => {
                first = Some(word);
                break;
            }
        }
    }
    if from.is_empty() {
        from.extend(first);
    }
    for word in from.into_iter().chain(with) {
        let word = word
            .strip_prefix("--from=")
            .or_else(|| word.strip_prefix("--with="))
            .unwrap_or(word);
        launched.packages.push(python(word, place));
    }
    if launched
        .packages
        .iter()
        .any(|each| is_bridge(&each.package.name))
    {
        resolved.bridge = words.clone().find(|word| word.contains("://")).cloned();
    }
    None
}

/// `uv run`: a project or script of one's own, with packages beside it.
fn uv_run(rest: &[String], place: &Place, launched: &mut Launched) -> Option<Vec<String>> {
    launched.runner = Runner::Script;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--with" => {
                if let Some(word) = words.next() {
                    launched.runner = Runner::Uvx;
                    launched
                        .packages
                        .extend(word.split(',').map(|each| python(each.trim(), place)));
                }
            }
            "--directory" | "--project" | "-p" | "--python" | "--env-file" | "--group"
            | "--extra" | "--package" | "--index-url" | "--index" => {
                let _ = words.next();
            }
            flag if flag.starts_with('-') => {}
            _ => break,
        }
    }
    None
}

fn pipx(rest: &[String], place: &Place, launched: &mut Launched) {
    launched.runner = Runner::Pipx;
    let mut words = rest.iter();
    let mut asked = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--spec" => asked = words.next(),
            "--python" | "--index-url" | "-i" | "--pip-args" | "--with" => {
                let _ = words.next();
            }
            flag if flag.starts_with("--spec=") => asked = Some(word),
            flag if flag.starts_with('-') => {}
            _ => {
                asked = asked.or(Some(word));
                break;
            }
        }
    }
    if let Some(word) = asked {
        let word = word.strip_prefix("--spec=").unwrap_or(word);
        launched.packages.push(python(word, place));
    }
}

/// Options of `docker run` that take a value behind a space.
const CONTAINER_VALUES: &[&str] = &[
    "-e",
    "--env",
    "-v",
    "--volume",
    "--mount",
    "-p",
    "--publish",
    "--name",
    "--network",
    "--net",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--env-file",
    "--entrypoint",
    "-l",
    "--label",
    "--memory",
    "-m",
    "--cpus",
    "--platform",
    "--add-host",
    "--cap-add",
    "--cap-drop",
    "--security-opt",
    "--device",
    "--gpus",
    "-h",
    "--hostname",
    "--pull",
    "--restart",
    "--pid",
    "--ipc",
    "--userns",
    "--tmpfs",
    "--log-driver",
    "--ulimit",
    "--dns",
    "--shm-size",
    "--stop-timeout",
];

fn container(rest: &[String], place: &Place, launched: &mut Launched) {
    launched.runner = Runner::Container;
    let mut words = rest.iter().skip_while(|word| *word == "run");
    while let Some(word) = words.next() {
        let (flag, joined) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (word.as_str(), None),
        };
        if !flag.starts_with('-') {
            launched.packages.push(image(word, place));
            return;
        }
        let is_valued = CONTAINER_VALUES.contains(&flag);
        let value = match joined {
            Some(value) => Some(value.to_owned()),
            None if is_valued => words.next().cloned(),
            None => None,
        };
        let value = value.unwrap_or_default();
        match flag {
            "--privileged" => launched.exposed.push(cut(word)),
            "-v" | "--volume" => launched.folders.extend(
                value
                    .split(':')
                    .next()
                    .filter(|host| host.starts_with(['/', '~', '$', '\\']))
                    .map(cut),
            ),
            "--mount" => {
                let source = value.split(',').find_map(|part| {
                    part.strip_prefix("src=")
                        .or_else(|| part.strip_prefix("source="))
                });
                launched.folders.extend(source.map(cut));
            }
            "--network" | "--net" | "--pid" | "--userns" | "--ipc" if value == "host" => {
                launched.exposed.push(format!("{flag} host"))
            }
            "--cap-add"
                if matches!(
                    value.to_ascii_uppercase().trim_start_matches("CAP_"),
                    "ALL" | "SYS_ADMIN" | "SYS_PTRACE" | "SYS_MODULE"
                ) =>
            {
                launched.exposed.push(format!("{flag} {value}"));
            }
            "-p" | "--publish" if value.starts_with("0.0.0.0:") => {
                launched.exposed.push(format!("{flag} {value}"))
            }
            _ => {}
        }
    }
}

/// An image by its name: tag and digest.
fn image(word: &str, place: &Place) -> LaunchedPackage {
    let (front, digest) = word
        .split_once('@')
        .map_or((word, None), |(front, digest)| (front, Some(digest)));
    let last = front.rsplit('/').next().unwrap_or_default();
    let tag = last.split_once(':').map(|(_, tag)| tag);
    let name = front
        .strip_suffix(&format!(":{}", tag.unwrap_or_default()))
        .unwrap_or(front);
    let has_number = |tag: &str| tag.bytes().any(|byte| byte.is_ascii_digit());
    let pin = match (digest, tag) {
        (Some(_), _) => Pin::Digest,
        (None, Some(tag)) if tag.contains('$') => Pin::Exact,
        (None, Some("latest" | "main" | "master" | "edge" | "nightly" | "stable" | "dev")) => {
            Pin::Moving
        }
        (None, Some(tag)) if has_number(tag) => Pin::Exact,
        (None, Some(_)) => Pin::Moving,
        (None, None) => Pin::Open,
    };
    let version = digest.or(tag.filter(|_| pin == Pin::Exact));
    LaunchedPackage {
        package: Package::new(Ecosystem::Oci, normalise(Ecosystem::Oci, name), version),
        written: cut(word),
        pin,
        place: place.clone(),
    }
}

fn deno(rest: &[String], place: &Place, launched: &mut Launched) {
    launched.runner = Runner::Deno;
    for word in rest {
        match word.as_str() {
            "-A" | "--allow-all" => launched.exposed.push(word.clone()),
            "run" | "x" | "serve" | "task" => {}
            flag if flag.starts_with('-') => {}
            target => {
                if let Some(package) = target.strip_prefix("npm:") {
                    launched
                        .packages
                        .push(npm(package.trim_start_matches('/'), place));
                } else if let Some(package) = target.strip_prefix("jsr:") {
                    let (name, version) = name_and_version(package);
                    let mut found = registry(Ecosystem::Generic, name, version, target, place);
                    found.package = Package::new(
                        Ecosystem::Generic,
                        format!("jsr/{name}"),
                        found.package.version,
                    );
                    launched.packages.push(found);
                } else if target.contains("://") {
                    let mut found = from_address(target, place);
                    if target.rsplit_once('@').is_some_and(|(_, version)| {
                        is_tag(version.split('/').next().unwrap_or_default())
                    }) {
                        found.pin = Pin::Exact;
                    } else {
                        found.pin = Pin::Url;
                    }
                    launched.packages.push(found);
                }
                return;
            }
        }
    }
}

/// `name@version`, where the name may begin with `@`.
fn name_and_version(word: &str) -> (&str, Option<&str>) {
    match word.char_indices().skip(1).find(|(_, next)| *next == '@') {
        Some((at, _)) => (
            word.get(..at).unwrap_or(word),
            word.get(at..).map(|rest| rest.trim_start_matches('@')),
        ),
        None => (word, None),
    }
}

fn go_module(word: &str, place: &Place) -> Option<LaunchedPackage> {
    if word.starts_with(['.', '/']) {
        return None;
    }
    let (name, version) = name_and_version(word);
    let pin = match version {
        Some(version) if version.starts_with('v') && is_tag(version) => Pin::Exact,
        Some(version) if is_commit(version) => Pin::Digest,
        Some(_) => Pin::Moving,
        None => Pin::Open,
    };
    let exact = version.filter(|_| matches!(pin, Pin::Exact | Pin::Digest));
    Some(LaunchedPackage {
        package: Package::new(Ecosystem::Go, normalise(Ecosystem::Go, name), exact),
        written: cut(word),
        pin,
        place: place.clone(),
    })
}

/// Folders and openings that stand in the arguments, whatever runs them.
fn look_at_arguments(words: &[String], launched: &mut Launched) {
    let mut previous = "";
    for word in words.iter().skip(1) {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (flag, value),
            _ if previous.starts_with('-') => (previous, word.as_str()),
            _ => ("", word.as_str()),
        };
        if is_whole_folder(word) {
            launched.folders.push(word.clone());
        }
        let flag = flag.trim_start_matches('-').to_ascii_lowercase();
        let is_bind = matches!(
            flag.as_str(),
            "host" | "bind" | "bind-address" | "listen" | "addr" | "address" | "hostname" | "ip"
        );
        let everyone = ["0.0.0.0", "[::]", "::"]
            .iter()
            .any(|all| value == *all || value.starts_with(&format!("{all}:")));
        let is_origin = flag.contains("cors")
            || flag.contains("origin")
            || flag == "allowed-hosts"
            || flag == "allow-hosts";
        let own = word.split('=').next().unwrap_or_default();
        let own = own.trim_start_matches('-').to_ascii_lowercase();
        let drops = matches!(
            own.as_str(),
            "dangerously-omit-auth"
                | "no-auth"
                | "disable-auth"
                | "allow-unsafe"
                | "no-verify-tls"
                | "insecure"
                | "dangerously-skip-permissions"
                | "no-sandbox"
                | "disable-host-check"
                | "allow-http"
        );
        if (is_bind && everyone) || (is_origin && value == "*") || (drops && word.starts_with('-'))
        {
            launched
                .exposed
                .push(cut(format!("{previous} {word}").trim()));
        }
        previous = word;
    }
    launched.exposed.dedup();
}

/// Whether a path is a whole disk, or everything of a user.
#[must_use]
pub fn is_whole_folder(path: &str) -> bool {
    let bare = path.trim_end_matches(['/', '\\']);
    if matches!(
        path,
        "/" | "\\"
            | "//"
            | "/*"
            | "~"
            | "~/"
            | "$HOME"
            | "${HOME}"
            | "$HOME/"
            | "%USERPROFILE%"
            | "${userHome}"
            | "${env:HOME}"
            | "/**"
    ) {
        return true;
    }
    let parts: Vec<&str> = bare.split(['/', '\\']).collect();
    match parts.as_slice() {
        [drive] => drive.len() == 2 && drive.ends_with(':'),
        ["", "root" | "home" | "Users" | "etc" | "var"] => true,
        ["", "home" | "Users", _] => true,
        [drive, users] => drive.ends_with(':') && users.eq_ignore_ascii_case("users"),
        [drive, users, _] => drive.ends_with(':') && users.eq_ignore_ascii_case("users"),
        _ => false,
    }
}

/// Whether an address goes over the network in the clear.
#[must_use]
pub fn is_clear(url: &str) -> bool {
    scheme_and_host(url).is_some_and(|(scheme, host)| {
        matches!(scheme.as_str(), "http" | "ws") && !is_local_host(&host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Resolved {
        let words = split(line);
        resolve(&words[0], &words[1..], &Place::Whole)
    }

    #[test]
    fn runners_give_the_packages_that_they_fetch() {
        for (line, runner, name, version, pin) in [
            (
                "npx -y @modelcontextprotocol/server-github",
                Runner::Npx,
                "@modelcontextprotocol/server-github",
                None,
                Pin::Open,
            ),
            ("npx -y a@latest --x", Runner::Npx, "a", None, Pin::Moving),
            (
                "npx --yes a@1.2.3",
                Runner::Npx,
                "a",
                Some("1.2.3"),
                Pin::Exact,
            ),
            ("npx -y a@^1.2.3", Runner::Npx, "a", None, Pin::Moving),
            (
                "npx -p a@1.0.0 b",
                Runner::Npx,
                "a",
                Some("1.0.0"),
                Pin::Exact,
            ),
            ("npx -y github:o/r", Runner::Npx, "o/r", None, Pin::Open),
            (
                "npx https://x.example/a.tgz",
                Runner::Npx,
                "",
                None,
                Pin::Url,
            ),
            ("cmd /c npx -y a", Runner::Npx, "a", None, Pin::Open),
            ("env A=b npx -y a", Runner::Npx, "a", None, Pin::Open),
            (
                "bash -lc 'cd /x && npx -y a@2.0.0'",
                Runner::Npx,
                "a",
                Some("2.0.0"),
                Pin::Exact,
            ),
            ("pnpm dlx a", Runner::Npx, "a", None, Pin::Open),
            ("bunx a@1.0.0", Runner::Bunx, "a", Some("1.0.0"), Pin::Exact),
            (
                "uvx mcp-server-git",
                Runner::Uvx,
                "mcp-server-git",
                None,
                Pin::Open,
            ),
            (
                "uvx mcp_server_git@2025.1.1",
                Runner::Uvx,
                "mcp-server-git",
                Some("2025.1.1"),
                Pin::Exact,
            ),
            (
                "uvx --from a==1.2 b",
                Runner::Uvx,
                "a",
                Some("1.2"),
                Pin::Exact,
            ),
            (
                "uvx --from git+https://github.com/o/r b",
                Runner::Uvx,
                "o/r",
                None,
                Pin::Open,
            ),
            (
                "uvx --from git+https://github.com/o/r@v1.2 b",
                Runner::Uvx,
                "o/r",
                None,
                Pin::Exact,
            ),
            ("uv tool run a", Runner::Uvx, "a", None, Pin::Open),
            (
                "pipx run --spec a==2 b",
                Runner::Pipx,
                "a",
                Some("2"),
                Pin::Exact,
            ),
            (
                "docker run -i --rm -e TOKEN ghcr.io/o/s",
                Runner::Container,
                "ghcr.io/o/s",
                None,
                Pin::Open,
            ),
            (
                "docker run --rm mcp/x:1.2",
                Runner::Container,
                "mcp/x",
                Some("1.2"),
                Pin::Exact,
            ),
            (
                "docker run mcp/x:latest",
                Runner::Container,
                "mcp/x",
                None,
                Pin::Moving,
            ),
            (
                "go run github.com/o/s@v1.2.3",
                Runner::Go,
                "github.com/o/s",
                Some("v1.2.3"),
                Pin::Exact,
            ),
            (
                "deno run -A npm:a@1.0.0",
                Runner::Deno,
                "a",
                Some("1.0.0"),
                Pin::Exact,
            ),
            (
                "dnx A.B@1.0.0 --yes",
                Runner::Dotnet,
                "A.B",
                Some("1.0.0"),
                Pin::Exact,
            ),
        ] {
            let found = of(line).launched;
            assert_eq!(found.runner, runner, "{line}");
            let package = found.packages.first().unwrap_or_else(|| panic!("{line}"));
            assert_eq!(package.package.name, name, "{line}");
            assert_eq!(package.package.version.as_deref(), version, "{line}");
            assert_eq!(package.pin, pin, "{line}");
        }
    }

    #[test]
    fn bridges_shells_folders_and_openings_are_seen() {
        let bridged = of("npx -y mcp-remote http://mcp.example.com/sse");
        assert_eq!(
            bridged.bridge.as_deref(),
            Some("http://mcp.example.com/sse")
        );
        assert!(of("bash -c 'echo a | sh'").launched.shell.is_some());
        assert_eq!(of("npx -y s /").launched.folders, ["/"]);
        assert_eq!(of("docker run -v /:/host x:1").launched.folders, ["/"]);
        assert!(of("npx -y s /home/ada/project").launched.folders.is_empty());
        for open in [
            "server --host 0.0.0.0",
            "server --host=0.0.0.0",
            "s --allow-origin *",
            "docker run --privileged x",
        ] {
            assert!(!of(open).launched.exposed.is_empty(), "{open}");
        }
        for closed in [
            "server --host 127.0.0.1",
            "s --origin https://a.example",
            "docker run x",
        ] {
            assert!(of(closed).launched.exposed.is_empty(), "{closed}");
        }
    }
}
