//! `pip install`, `uv pip install`, `uv add`, `pipx`, and the commands of Poetry, PDM and Pipenv.

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;
use chainwright_packages::python::Specifiers;

use crate::facts::{Declared, IncludeKind, IndexRole, Pinning, Scope, Source};
use crate::python::{pep508, requirements, url};
use crate::sink::{cut, package};

use super::Installer;
use super::arguments::{Argument, Arguments, split_verb};
use super::shell::{Env, Word};

/// Options of pip and uv that take a value.
const WITH_VALUE: [&str; 79] = [
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "--constraints",
    "-e",
    "--editable",
    "-t",
    "--target",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--root",
    "--prefix",
    "-b",
    "--build",
    "--src",
    "--upgrade-strategy",
    "-C",
    "--config-settings",
    "--config-setting",
    "--global-option",
    "--install-option",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "--root-user-action",
    "--report",
    "--group",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--log",
    "--proxy",
    "--retries",
    "--timeout",
    "--default-timeout",
    "--exists-action",
    "--trusted-host",
    "--cert",
    "--client-cert",
    "--cache-dir",
    "--use-feature",
    "--use-deprecated",
    "--python",
    "--keyring-provider",
    "--build-constraint",
    "--build-constraints",
    "-d",
    "--dest",
    "-w",
    "--wheel-dir",
    "--index",
    "--default-index",
    "--index-strategy",
    "--override",
    "--overrides",
    "--exclude-newer",
    "--extra",
    "--refresh-package",
    "-P",
    "--upgrade-package",
    "--reinstall-package",
    "--link-mode",
    "--torch-backend",
    "--prerelease",
    "--resolution",
    "--python-platform",
    "-p",
    "--allow-insecure-host",
    "--hash",
    "--pypi-url",
    "--no-build-isolation-package",
    "--directory",
    "--project",
];

/// `pip … install …`.
pub(super) fn pip(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut arguments = Arguments::new(words, &WITH_VALUE);
    let mut global = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument {
            Argument::Option(name, value) => global.push((name, value)),
            Argument::Plain(word) => {
                match word.text.as_str() {
                    "install" | "download" | "wheel" => {
                        for (name, value) in global {
                            option(installer, name, value.as_ref(), &mut Flags::default());
                        }
                        install(
                            installer,
                            arguments.rest(),
                            IndexRole::Extra,
                            Scope::Runtime,
                        );
                    }
                    "config" => config(installer, arguments.rest()),
                    _ => {}
                }
                return;
            }
        }
    }
}

/// `pip config set global.index-url URL`.
fn config(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut plain = words.iter().filter(|word| !word.text.starts_with('-'));
    let (Some(verb), Some(key), Some(value)) = (plain.next(), plain.next(), plain.next()) else {
        return;
    };
    let key = key.text.rsplit('.').next().unwrap_or_default();
    if verb.text == "set" {
        let name = format!("--{key}");
        for part in value.text.split_whitespace() {
            let part = Word {
                text: part.to_owned(),
                is_dynamic: value.is_dynamic,
            };
            option(installer, &name, Some(&part), &mut Flags::default());
        }
    }
}

/// What options said about the packages around them.
#[derive(Default)]
struct Flags {
    /// uv's `--index-strategy unsafe-…`.
    is_unsafe: bool,
}

/// Everything behind `install`.
fn install(installer: &mut Installer<'_, '_>, words: &[Word], extra_role: IndexRole, scope: Scope) {
    let mut flags = Flags::default();
    let first_index = installer.sink.facts.indexes.len();
    for argument in Arguments::new(words, &WITH_VALUE) {
        match argument {
            Argument::Option(name, value) => option(installer, name, value.as_ref(), &mut flags),
            Argument::Plain(word) => requirement(installer, word, scope),
        }
    }
    let role = if flags.is_unsafe {
        IndexRole::Extra
    } else {
        extra_role
    };
    for index in installer.sink.facts.indexes.iter_mut().skip(first_index) {
        if index.role == IndexRole::Extra {
            index.role = role;
        }
    }
}

fn option(installer: &mut Installer<'_, '_>, name: &str, value: Option<&Word>, flags: &mut Flags) {
    let text = value.map_or("", |word| word.text.as_str());
    match name {
        "-r" | "--requirement" | "--requirements" | "--with-requirements" => {
            installer.include(IncludeKind::Requirements, text);
        }
        "-c"
        | "--constraint"
        | "--constraints"
        | "--override"
        | "--overrides"
        | "--build-constraint"
        | "--build-constraints" => installer.include(IncludeKind::Constraints, text),
        "-e" | "--editable" => {
            if let Some(word) = value {
                let place = installer.place();
                let declared = requirements::editable(&word.text, place);
                installer.declare(declared);
            }
        }
        "-i" | "--index-url" | "--pypi-url" | "--default-index" => {
            installer.index(IndexRole::Primary, text);
        }
        "--extra-index-url" | "--index" => {
            let url = text.split_once('=').filter(|(name, _)| !name.contains(':'));
            installer.index(IndexRole::Extra, url.map_or(text, |(_, url)| url));
        }
        "-f" | "--find-links" => installer.index(IndexRole::FindLinks, text),
        "--trusted-host" | "--allow-insecure-host" => installer.index(IndexRole::TrustedHost, text),
        "--index-strategy" => {
            flags.is_unsafe = text.starts_with("unsafe");
            installer.setting("index-strategy", text);
        }
        "--pre"
        | "--require-hashes"
        | "--no-index"
        | "--no-deps"
        | "--no-build-isolation"
        | "--no-verify-hashes"
        | "--break-system-packages" => {
            installer.setting(name.trim_start_matches('-'), "true");
        }
        "--no-binary" | "--only-binary" | "--exclude-newer" | "--prerelease" => {
            installer.setting(name.trim_start_matches('-'), text);
        }
        _ => {}
    }
}

/// A package, URL or path behind `install`.
fn requirement(installer: &mut Installer<'_, '_>, word: &Word, scope: Scope) {
    let place = installer.place();
    if let Some(mut declared) = declared(word, place.clone()) {
        declared.scope = scope;
        if word.is_dynamic {
            installer.unresolved(word);
        }
        installer.declare(declared);
        return;
    }
    if word.is_dynamic {
        installer.unresolved(word);
    } else if !word.text.trim().is_empty() {
        let detail = format!("`{}` is no requirement", word.text);
        installer.sink.malformed(place, detail);
    }
}

fn declared(word: &Word, place: Place) -> Option<Declared> {
    let text = word.text.trim();
    if !word.is_dynamic {
        return match url::is_reference(text) {
            true => Some(pep508::declare_reference(text, place)),
            false => pep508::declare(text, place),
        };
    }
    // The name may be known where the version is not.
    let known = text.split('$').next().unwrap_or_default();
    if url::is_reference(text) {
        let is_named = known.contains("://") || known.contains("egg=");
        return is_named.then(|| {
            let mut declared = pep508::declare_reference(text, place);
            declared.package.version = None;
            declared
        });
    }
    if let Some(declared) = dynamic_reference(text, &place) {
        return Some(declared);
    }
    let end = known.find(['=', '<', '>', '~', '!', '[', '@', ' ', ';']);
    let name = known.get(..end?)?.trim();
    let parsed = pep508::parse(name)?;
    let clauses = known.get(end?..).unwrap_or_default();
    let mut declared = Declared::new(package(Ecosystem::PyPi, parsed.name, None), text, place);
    declared.pinning = match clauses.contains("==") {
        true => Pinning::Exact,
        false if clauses.contains(['<', '~']) => Pinning::Bounded,
        false => Pinning::Open,
    };
    Some(declared)
}

/// `name[extra] @ URL`, where the URL is known in part. Of a repository the reference counts as no commit.
fn dynamic_reference(text: &str, place: &Place) -> Option<Declared> {
    let (head, tail) = text.split_once('@')?;
    let named = pep508::parse(head)
        .filter(|parsed| parsed.specifiers().is_some_and(Specifiers::is_empty))?;
    let (target, marker) = match tail.split_once(" ;").or_else(|| tail.split_once("; ")) {
        Some((target, marker)) => (target, Some(marker.trim())),
        None => (tail, None),
    };
    // White space stands only within what is unknown (`${{ matrix.ref }}`).
    let target: String = target.split_whitespace().collect();
    if !url::is_reference(&target) {
        return None;
    }
    let mut declared = pep508::declare_reference(&target, place.clone());
    declared.package = package(Ecosystem::PyPi, named.name, None);
    declared.requirement = cut(text);
    declared.extras = named.extras.iter().copied().map(cut).collect();
    declared.marker = marker.filter(|marker| !marker.is_empty()).map(cut);
    Some(declared)
}

/// `uv pip install`, `uv add`, `uv tool install`, `uv run --with`, `uv sync`.
pub(super) fn uv(installer: &mut Installer<'_, '_>, words: &[Word], env: &mut Env) {
    let mut arguments = Arguments::new(words, &WITH_VALUE);
    let verb = arguments.find_map(|argument| match argument {
        Argument::Plain(word) => Some(word.text.as_str()),
        Argument::Option(..) => None,
    });
    let rest = arguments.rest();
    match verb {
        Some("pip") => {
            if let Some((first, rest)) = rest.split_first() {
                match first.text.as_str() {
                    "install" | "download" => {
                        install(installer, rest, IndexRole::Fallback, Scope::Runtime);
                    }
                    "sync" | "compile" => includes(installer, rest),
                    _ => {}
                }
            }
        }
        Some("add") => add(installer, rest),
        Some("tool") => {
            if let Some((first, rest)) = rest.split_first() {
                match first.text.as_str() {
                    "install" => tool(installer, rest),
                    "run" => uvx(installer, rest),
                    _ => {}
                }
            }
        }
        Some("run") => run(installer, rest, env),
        Some("sync" | "lock" | "export") => {
            installer.include(IncludeKind::Manifest, "pyproject.toml")
        }
        _ => {}
    }
}

/// Files of requirements as plain arguments.
fn includes(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut flags = Flags::default();
    for argument in Arguments::new(words, &WITH_VALUE) {
        match argument {
            Argument::Option(name, value) => option(installer, name, value.as_ref(), &mut flags),
            Argument::Plain(word) if word.is_dynamic => installer.unresolved(word),
            Argument::Plain(word) => installer.include(IncludeKind::Requirements, &word.text),
        }
    }
}

/// `uv add`: `--dev`, `--group`, `--rev` and so on narrow what is added.
fn add(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let is_dev = words.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "--dev" | "--group" | "-G" | "-dG" | "-D"
        )
    });
    let scope = if is_dev {
        Scope::Development
    } else {
        Scope::Runtime
    };
    let before = installer.sink.facts.packages.len();
    let mut with_value = WITH_VALUE.to_vec();
    with_value.extend([
        "--rev",
        "--tag",
        "--branch",
        "--optional",
        "-G",
        "--source",
        "--markers",
        "-m",
        "--bounds",
    ]);
    let mut flags = Flags::default();
    let mut reference = None;
    for argument in Arguments::new(words, &with_value) {
        match argument {
            Argument::Option("--rev" | "--tag" | "--branch", value) => reference = value,
            Argument::Option(name, value) => option(installer, name, value.as_ref(), &mut flags),
            Argument::Plain(word) => requirement(installer, word, scope),
        }
    }
    let Some(reference) = reference else { return };
    for declared in installer.sink.facts.packages.iter_mut().skip(before) {
        if let Source::Vcs {
            reference: slot,
            commit,
            ..
        } = &mut declared.source
        {
            let is_commit = url::is_commit(&reference.text);
            *commit = is_commit.then(|| reference.text.clone());
            *slot = Some(reference.text.clone());
            declared.pinning = Pinning::Vcs { commit: is_commit };
        }
    }
}

/// `uvx name@version`, `uvx --from package command`, `uv tool run`.
pub(super) fn uvx(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut with_value = WITH_VALUE.to_vec();
    with_value.extend([
        "--from",
        "--with",
        "--with-editable",
        "--with-requirements",
        "-w",
    ]);
    let mut from = false;
    for argument in Arguments::new(words, &with_value) {
        match argument {
            Argument::Option("--from", Some(word)) => {
                from = true;
                tool_package(installer, &word);
            }
            Argument::Option("--with" | "-w", Some(word)) => with(installer, &word),
            Argument::Option(name, value) => {
                option(installer, name, value.as_ref(), &mut Flags::default());
            }
            Argument::Plain(word) => {
                if !from {
                    tool_package(installer, word);
                }
                return;
            }
        }
    }
}

fn tool(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut with_value = WITH_VALUE.to_vec();
    with_value.extend(["--with", "--with-editable", "--with-requirements", "-w"]);
    for argument in Arguments::new(words, &with_value) {
        match argument {
            Argument::Option("--with" | "-w", Some(word)) => with(installer, &word),
            Argument::Option(name, value) => {
                option(installer, name, value.as_ref(), &mut Flags::default());
            }
            Argument::Plain(word) => tool_package(installer, word),
        }
    }
}

fn run(installer: &mut Installer<'_, '_>, words: &[Word], env: &mut Env) {
    let mut with_value = WITH_VALUE.to_vec();
    with_value.extend([
        "--with",
        "--with-editable",
        "--with-requirements",
        "-w",
        "--env-file",
        "--only-group",
    ]);
    let mut arguments = Arguments::new(words, &with_value);
    while let Some(argument) = arguments.next() {
        match argument {
            Argument::Option("--with" | "-w", Some(word)) => with(installer, &word),
            Argument::Option("-m" | "--module", _) => return,
            Argument::Option(name, value) => {
                option(installer, name, value.as_ref(), &mut Flags::default());
            }
            Argument::Plain(word) => {
                let mut words = vec![word.clone()];
                words.extend(arguments.rest().iter().cloned());
                return installer.inner(&words, env);
            }
        }
    }
}

/// A list divided by commas.
fn with(installer: &mut Installer<'_, '_>, word: &Word) {
    // A comma may also divide the clauses of one requirement.
    let is_one = word.text.contains(['<', '>', '!', '[']);
    let parts: Vec<&str> = if is_one {
        vec![&word.text]
    } else {
        word.text.split(',').collect()
    };
    for part in parts {
        let part = Word {
            text: part.to_owned(),
            is_dynamic: word.is_dynamic,
        };
        requirement(installer, &part, Scope::Runtime);
    }
}

/// `name@1.2` means `name==1.2`; `name@latest` means any version.
fn tool_package(installer: &mut Installer<'_, '_>, word: &Word) {
    let text = match word.text.split_once('@') {
        Some((name, "latest")) => name.to_owned(),
        Some((name, version)) if !version.contains([' ', '/', ':']) && !name.ends_with(' ') => {
            format!("{name}=={version}")
        }
        _ => word.text.clone(),
    };
    let word = Word {
        text,
        is_dynamic: word.is_dynamic,
    };
    requirement(installer, &word, Scope::Runtime);
}

/// `pipx install`, `pipx run`, `pipx inject`.
pub(super) fn pipx(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let Some((verb, rest)) = words.split_first() else {
        return;
    };
    let mut with_value = WITH_VALUE.to_vec();
    with_value.extend(["--spec", "--pip-args", "--suffix", "--preinstall"]);
    let is_run = verb.text == "run";
    if !matches!(verb.text.as_str(), "install" | "run" | "inject" | "upgrade") {
        return;
    }
    let mut skips = verb.text == "inject";
    let mut has_spec = false;
    for argument in Arguments::new(rest, &with_value) {
        match argument {
            Argument::Option("--spec" | "--preinstall", Some(word)) => {
                has_spec = true;
                tool_package(installer, &word);
            }
            Argument::Option("--pip-args", Some(word)) => {
                let words = requirements::split_words(&word.text);
                let words: Vec<Word> = words
                    .into_iter()
                    .map(|text| Word {
                        text,
                        is_dynamic: word.is_dynamic,
                    })
                    .collect();
                install(installer, &words, IndexRole::Extra, Scope::Runtime);
            }
            Argument::Option(name, value) => {
                option(installer, name, value.as_ref(), &mut Flags::default());
            }
            Argument::Plain(_) if skips => skips = false,
            Argument::Plain(word) => {
                if !has_spec {
                    tool_package(installer, word);
                }
                if is_run {
                    return;
                }
            }
        }
    }
}

/// Poetry, PDM, Pipenv, Rye and Hatch: what they add, and the manifest that they install from.
pub(super) fn project_tool(installer: &mut Installer<'_, '_>, name: &str, words: &[Word]) {
    let (verb, rest) = split_verb(words);
    let has_packages = rest.iter().any(|word| !word.text.starts_with('-'));
    match (name, verb) {
        ("poetry" | "pdm" | "rye", "add") => poetry_add(installer, rest),
        ("pipenv", "install") if has_packages => add(installer, rest),
        ("pipenv", "install" | "sync") => installer.include(IncludeKind::Manifest, "Pipfile"),
        ("poetry" | "pdm" | "rye", "install" | "sync") => {
            installer.include(IncludeKind::Manifest, "pyproject.toml");
        }
        _ => {}
    }
}

/// Poetry writes `name@^1.0` for a constraint and `git+URL#reference` for a branch, tag or commit; everything else is
/// as in `uv add`.
fn poetry_add(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let words: Vec<Word> = words
        .iter()
        .map(|word| {
            let text = match word.text.split_once('@') {
                _ if url::is_reference(&word.text) => poetry_reference(&word.text),
                Some((name, "latest" | "*")) => name.to_owned(),
                Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
                    format!("{name}=={version}")
                }
                Some((name, version)) if version.starts_with(['^', '~']) => {
                    format!("{name}~={}", version.trim_start_matches(['^', '~']))
                }
                _ => word.text.clone(),
            };
            Word {
                text,
                is_dynamic: word.is_dynamic,
            }
        })
        .collect();
    add(installer, &words);
}

/// `git+URL#main` as pip writes it, `git+URL@main`.
fn poetry_reference(text: &str) -> String {
    match text.split_once('#') {
        Some((url, reference)) if text.starts_with("git+") && !reference.contains(['=', '&']) => {
            format!("{url}@{reference}")
        }
        _ => text.to_owned(),
    }
}
