//! npm, pnpm, yarn and Bun on the command line.

use crate::facts::{IncludeKind, IndexRole, Scope};
use crate::npm::spec;

use super::Installer;
use super::arguments::{Argument, Arguments, split_verb};
use super::shell::Word;

const WITH_VALUE: [&str; 22] = [
    "--registry",
    "--prefix",
    "-w",
    "--workspace",
    "--loglevel",
    "--cache",
    "--userconfig",
    "--tag",
    "-p",
    "--package",
    "--dir",
    "-C",
    "--cwd",
    "--filter",
    "--network-timeout",
    "--cache-folder",
    "--global-folder",
    "--script-shell",
    "--fetch-timeout",
    "--fetch-retries",
    "--omit",
    "--include",
];

/// Dispatches by program and verb.
pub(super) fn run(installer: &mut Installer<'_, '_>, name: &str, words: &[Word]) {
    if matches!(name, "npx" | "pnpx" | "bunx") {
        return execute(installer, words);
    }
    let (verb, rest) = split_verb(words);
    match (name, verb) {
        ("yarn", "global") if rest.first().is_some_and(|word| word.text == "add") => {
            install(installer, rest.get(1..).unwrap_or_default(), false);
        }
        ("npm" | "pnpm" | "bun", "config") | ("npm", "set") | ("yarn", "config") => {
            config(installer, rest);
        }
        (_, "exec" | "x" | "dlx") => execute(installer, rest),
        ("yarn", "" | "install") | ("npm", "ci" | "clean-install") => {
            install(installer, rest, true);
        }
        ("npm" | "pnpm" | "bun", "install" | "i" | "add" | "in" | "isntall" | "a")
        | ("yarn", "add") => {
            install(installer, rest, true);
        }
        _ => {}
    }
}

fn install(installer: &mut Installer<'_, '_>, words: &[Word], from_manifest: bool) {
    let is_dev = words
        .iter()
        .any(|word| matches!(word.text.as_str(), "-D" | "--save-dev" | "--dev" | "-d"));
    let mut has_packages = false;
    for argument in Arguments::new(words, &WITH_VALUE) {
        match argument {
            Argument::Option("--registry", Some(word)) => {
                installer.index(IndexRole::Primary, &word.text);
            }
            Argument::Option(
                "--ignore-scripts" | "--unsafe-perm" | "--force" | "--no-audit",
                _,
            ) => {}
            Argument::Option("-g" | "--global", _) => has_packages = true,
            Argument::Option(..) => {}
            Argument::Plain(word) => {
                has_packages = true;
                package(
                    installer,
                    word,
                    if is_dev {
                        Scope::Development
                    } else {
                        Scope::Runtime
                    },
                );
            }
        }
    }
    if !has_packages && from_manifest {
        installer.include(IncludeKind::Manifest, "package.json");
    }
}

/// Names that node ships or that are no packages.
fn package(installer: &mut Installer<'_, '_>, word: &Word, scope: Scope) {
    if word.is_dynamic {
        installer.unresolved(word);
    }
    let text = word.text.as_str();
    let (name, range) = spec::split_at_version(text);
    let place = installer.place();
    let mut declared = match spec::resolve(text) {
        (crate::facts::Source::Default, _) => {
            let range = range.filter(|range| !range.contains('$'));
            if name.is_empty() || name.contains(['$', ' ']) {
                return;
            }
            spec::declare(name, range.unwrap_or_default(), place)
        }
        _ => spec::declare("", text, place),
    };
    word.text.clone_into(&mut declared.requirement);
    declared.scope = scope;
    installer.declare(declared);
}

/// `npx [-p package] command`: the command is the package unless others are named.
fn execute(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut is_named = false;
    for argument in Arguments::new(
        words,
        &[
            "-p",
            "--package",
            "-c",
            "--call",
            "--registry",
            "--workspace",
            "-w",
        ],
    ) {
        match argument {
            Argument::Option("-p" | "--package", Some(word)) => {
                is_named = true;
                package(installer, &word, Scope::Runtime);
            }
            Argument::Option("-c" | "--call", _) => is_named = true,
            Argument::Option("--registry", Some(word)) => {
                installer.index(IndexRole::Primary, &word.text);
            }
            Argument::Option(..) => {}
            Argument::Plain(word) => {
                if !is_named {
                    package(installer, word, Scope::Runtime);
                }
                return;
            }
        }
    }
}

/// `npm config set registry URL`, `npm config set @scope:registry URL`.
fn config(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut plain: Vec<&str> = words
        .iter()
        .filter(|word| !word.text.starts_with('-') || word.text.contains("://"))
        .map(|word| word.text.as_str())
        .filter(|text| *text != "set")
        .collect();
    if let [joined] = plain.as_slice()
        && let Some((key, value)) = joined.split_once('=')
    {
        plain = vec![key, value];
    }
    let [key, value, ..] = plain.as_slice() else {
        return;
    };
    let place = installer.place();
    match key.rsplit_once(':') {
        Some((scope, "registry")) if scope.starts_with('@') => {
            let role = IndexRole::Scoped;
            installer
                .sink
                .named_index(role, None, value, Some(scope), place);
        }
        _ if *key == "registry" || *key == "npmRegistryServer" => {
            installer.index(IndexRole::Primary, value);
        }
        _ if *key == "strict-ssl" && *value == "false" => {
            installer.index(IndexRole::TrustedHost, "*");
        }
        _ => {}
    }
}
