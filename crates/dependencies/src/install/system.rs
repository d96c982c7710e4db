//! Packages of the operating system: apt, apk, yum, dnf, zypper.

use chainwright_core::package::Ecosystem;

use crate::facts::{Declared, IndexRole, Pinning, Source};
use crate::sink::{cut, package};

use super::Installer;
use super::arguments::{Argument, Arguments};
use super::shell::Word;

/// Dispatches by program.
pub(super) fn run(installer: &mut Installer<'_, '_>, name: &str, words: &[Word]) {
    let (ecosystem, with_value): (Ecosystem, &[&str]) = match name {
        "apk" => (
            Ecosystem::Alpine,
            &[
                "-X",
                "--repository",
                "-t",
                "--virtual",
                "-p",
                "--root",
                "--repositories-file",
                "--keys-dir",
            ],
        ),
        "apt-get" | "apt" | "aptitude" => (
            Ecosystem::Debian,
            &[
                "-t",
                "--target-release",
                "--default-release",
                "-o",
                "--option",
                "-c",
                "--config-file",
            ],
        ),
        _ => (
            Ecosystem::Rpm,
            &[
                "--repo",
                "--repoid",
                "--releasever",
                "--installroot",
                "-c",
                "--setopt",
                "--enablerepo",
                "--disablerepo",
                "-r",
            ],
        ),
    };
    let mut verb = None;
    for argument in Arguments::new(words, with_value) {
        match argument {
            Argument::Option("-X" | "--repository", Some(word)) => {
                installer.index(IndexRole::Extra, &word.text);
            }
            Argument::Option(
                "--allow-unauthenticated"
                | "--force-yes"
                | "--allow-untrusted"
                | "--nogpgcheck"
                | "--no-gpg-checks"
                | "--allow-insecure-repositories",
                _,
            ) => installer.setting("allow-unauthenticated", "true"),
            Argument::Option(..) => {}
            Argument::Plain(word) => match verb {
                None => {
                    verb = Some(word.text.as_str());
                    if !is_install(name, &word.text) {
                        return;
                    }
                }
                Some(_) => named(installer, ecosystem, word),
            },
        }
    }
}

fn is_install(name: &str, verb: &str) -> bool {
    match name {
        "apk" => verb == "add",
        "zypper" => matches!(verb, "install" | "in"),
        _ => matches!(verb, "install" | "reinstall" | "localinstall"),
    }
}

fn named(installer: &mut Installer<'_, '_>, ecosystem: Ecosystem, word: &Word) {
    if word.is_dynamic {
        installer.unresolved(word);
    }
    let text = word.text.as_str();
    // `name-` and `name+` remove and add; a dot alone is virtual.
    if text.is_empty()
        || text.starts_with(['!', '.', '$', '<', '>', '=']) && !text.starts_with("./")
    {
        return;
    }
    let place = installer.place();
    if text.contains("://") || text.starts_with(['/']) || text.starts_with("./") {
        let mut declared = Declared::new(package(ecosystem, "", None), cut(text), place);
        (declared.source, declared.pinning) = match text.contains("://") {
            true => (
                Source::Url(crate::sink::without_password(&cut(text))),
                Pinning::Url,
            ),
            false => (Source::Path(cut(text)), Pinning::Path),
        };
        return installer.declare(declared);
    }
    let end = text
        .find(['=', '~', '<', '>', '@', '/', ':'])
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    // The architecture may stand between name and version.
    let rest = match rest.strip_prefix(':') {
        Some(tail) => tail
            .get(tail.find('=').unwrap_or(tail.len())..)
            .unwrap_or_default(),
        None => rest,
    };
    let version = rest
        .strip_prefix('=')
        .filter(|version| !version.contains(['*', '$']) && !version.is_empty());
    let mut declared = Declared::new(package(ecosystem, name, version), cut(text), place);
    declared.pinning = match rest {
        "" => Pinning::Open,
        _ if version.is_some() => Pinning::Exact,
        _ if rest.starts_with('=') && rest.contains('$') => Pinning::Exact,
        _ if rest.starts_with(['=', '~', '<']) => Pinning::Bounded,
        _ => Pinning::Open,
    };
    if !name.contains('$') {
        installer.declare(declared);
    }
}
