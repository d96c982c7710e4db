//! `conda install`, `conda create`, `conda env`, `conda config`, `conda run`, and pixi.

use crate::facts::{IncludeKind, IndexRole};
use crate::python::conda::{from_url, match_spec};
use crate::python::pep508;

use super::Installer;
use super::arguments::{Argument, Arguments, split_verb};
use super::shell::{Env, Word};

const WITH_VALUE: [&str; 14] = [
    "-n",
    "--name",
    "-p",
    "--prefix",
    "-c",
    "--channel",
    "-f",
    "--file",
    "--solver",
    "--repodata-fn",
    "--platform",
    "--subdir",
    "-r",
    "--root-prefix",
];

/// `conda`, `mamba`, `micromamba`.
pub(super) fn conda(installer: &mut Installer<'_, '_>, words: &[Word], env: &mut Env) {
    let (verb, rest) = split_verb(words);
    match verb {
        "install" | "create" | "update" | "upgrade" => install(installer, rest),
        "env" => {
            let is_made = rest
                .first()
                .is_some_and(|word| matches!(word.text.as_str(), "create" | "update"));
            if is_made {
                install(installer, rest.get(1..).unwrap_or_default());
            }
        }
        "config" => config(installer, rest),
        "run" => run(installer, rest, env),
        _ => {}
    }
}

fn install(installer: &mut Installer<'_, '_>, words: &[Word]) {
    for argument in Arguments::new(words, &WITH_VALUE) {
        match argument {
            Argument::Option("-c" | "--channel", Some(word)) => {
                installer.index(IndexRole::Channel, &word.text);
            }
            Argument::Option("-f" | "--file", Some(word)) => {
                installer.include(IncludeKind::Manifest, &word.text);
            }
            Argument::Option("--no-channel-priority", _) => {
                installer.setting("channel_priority", "disabled");
            }
            Argument::Option(..) => {}
            Argument::Plain(word) => package(installer, word),
        }
    }
}

fn package(installer: &mut Installer<'_, '_>, word: &Word) {
    if word.is_dynamic {
        installer.unresolved(word);
    }
    let place = installer.place();
    let known = match word.is_dynamic {
        true => word
            .text
            .split(['$', '=', '<', '>'])
            .next()
            .unwrap_or_default(),
        false => word.text.as_str(),
    };
    let declared = match known.contains("://") {
        true => from_url(known, place),
        false => match_spec(known, place),
    };
    if let Some(mut declared) = declared {
        word.text.clone_into(&mut declared.requirement);
        installer.declare(declared);
    }
}

/// `conda config --add channels x`, `--set channel_priority flexible`.
fn config(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let is_channel = matches!(word.text.as_str(), "--add" | "--prepend" | "--append");
        if !(is_channel || word.text == "--set") {
            continue;
        }
        let (Some(key), Some(value)) = (rest.next(), rest.next()) else {
            return;
        };
        match is_channel && key.text == "channels" {
            true => installer.index(IndexRole::Channel, &value.text),
            false => installer.setting(&key.text, &value.text),
        }
    }
}

/// `conda run -n env command`.
fn run(installer: &mut Installer<'_, '_>, words: &[Word], env: &mut Env) {
    let mut arguments = Arguments::new(words, &["-n", "--name", "-p", "--prefix", "--cwd"]);
    while let Some(argument) = arguments.next() {
        if let Argument::Plain(word) = argument {
            let mut words = vec![word.clone()];
            words.extend(arguments.rest().iter().cloned());
            return installer.inner(&words, env);
        }
    }
}

/// `pixi add`, `pixi install`.
pub(super) fn pixi(installer: &mut Installer<'_, '_>, words: &[Word]) {
    let Some((verb, rest)) = words.split_first() else {
        return;
    };
    let is_pypi = rest.iter().any(|word| word.text == "--pypi");
    match verb.text.as_str() {
        "install" => installer.include(IncludeKind::Manifest, "pixi.toml"),
        "add" => {
            let with_value = [
                "--manifest-path",
                "-p",
                "--platform",
                "-f",
                "--feature",
                "--git",
                "--branch",
                "--rev",
            ];
            for argument in Arguments::new(rest, &with_value) {
                let Argument::Plain(word) = argument else {
                    continue;
                };
                if !is_pypi || word.is_dynamic {
                    package(installer, word);
                    continue;
                }
                if let Some(declared) = pep508::declare(&word.text, installer.place()) {
                    installer.declare(declared);
                }
            }
        }
        _ => {}
    }
}
