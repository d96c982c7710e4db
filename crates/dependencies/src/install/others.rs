//! `cargo install`, `cargo add`, `go install`, `go get`.

use chainwright_core::package::Ecosystem;

use crate::cargo::requirement;
use crate::facts::{Declared, IndexRole, Pinning, Source};
use crate::python::url::is_commit;
use crate::sink::{cut, package};

use super::Installer;
use super::arguments::{Argument, Arguments, split_verb};
use super::shell::Word;

/// `cargo install name --version 1.2.3`, `cargo install --git URL --rev COMMIT`, `cargo add name@1`.
pub(super) fn cargo(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let (verb, rest) = split_verb(words);
    if !matches!(verb, "install" | "add" | "binstall") {
        return;
    }
    let with_value = [
        "--version",
        "--vers",
        "--git",
        "--rev",
        "--tag",
        "--branch",
        "--path",
        "--root",
        "--registry",
        "--index",
        "--features",
        "-F",
        "--target",
        "--profile",
        "-j",
        "--bin",
        "--rename",
        "--config",
    ];
    let (mut version, mut git, mut reference) = (None, None, None);
    let mut names = Vec::new();
    for argument in Arguments::new(rest, &with_value) {
        match argument {
            Argument::Option("--version" | "--vers", value) => version = value,
            Argument::Option("--git", value) => git = value,
            Argument::Option("--rev" | "--tag" | "--branch", value) => reference = value,
            Argument::Option("--index", Some(word)) => {
                installer.index(IndexRole::Primary, &word.text)
            }
            Argument::Option("--locked", _) => installer.setting("locked", "true"),
            Argument::Option(..) => {}
            Argument::Plain(word) => names.push(word),
        }
    }
    if names.is_empty() && git.is_none() {
        return;
    }
    let unnamed = Word::default();
    if names.is_empty() {
        names.push(&unnamed);
    }
    for word in names {
        if word.is_dynamic {
            installer.unresolved(word);
        }
        let (name, at) = match word.text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (
                word.text.as_str(),
                version.as_ref().map(|word| word.text.as_str()),
            ),
        };
        if name.contains('$') {
            continue;
        }
        // On the command line a bare version means this one.
        let text = match at {
            Some(at) if at.starts_with(|c: char| c.is_ascii_digit()) && verb != "add" => {
                format!("={at}")
            }
            Some(at) => at.to_owned(),
            None => "*".to_owned(),
        };
        let mut declared = requirement(name, &text, installer.place());
        if let Some(git) = &git {
            let reference = reference.as_ref().map(|word| cut(&word.text));
            let commit = reference.clone().filter(|text| is_commit(text));
            declared.pinning = Pinning::Vcs {
                commit: commit.is_some(),
            };
            declared.source = Source::Vcs {
                system: "git".to_owned(),
                url: cut(&git.text),
                reference,
                commit,
                subdirectory: None,
            };
        }
        installer.declare(declared);
    }
}

/// `go install path@version`, `go get path@version`.
pub(super) fn go(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let Some((verb, rest)) = words.split_first() else {
        return;
    };
    if !matches!(verb.text.as_str(), "install" | "get") {
        return;
    }
    for argument in Arguments::new(rest, &["-ldflags", "-tags", "-mod", "-o", "-p", "-C"]) {
        let Argument::Plain(word) = argument else {
            continue;
        };
        let (path, version) = match word.text.split_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (word.text.as_str(), None),
        };
        let is_remote = path
            .split('/')
            .next()
            .is_some_and(|host| host.contains('.') && !host.starts_with('.'));
        if !is_remote || path.contains('$') {
            continue;
        }
        if word.is_dynamic {
            installer.unresolved(word);
        }
        let exact = version.filter(|text| {
            text.starts_with('v') && text.matches('.').count() > 1 && !word.is_dynamic
        });
        let package = package(Ecosystem::Go, path, exact);
        let mut declared = Declared::new(package, cut(&word.text), installer.place());
        declared.pinning = match (exact, version) {
            (Some(_), _) => Pinning::Exact,
            (None, Some(text)) if is_commit(text) => Pinning::Vcs { commit: true },
            (None, Some(text)) if word.is_dynamic && text != "latest" => Pinning::Exact,
            (None, _) => Pinning::Open,
        };
        installer.declare(declared);
    }
}
