//! Packages as they are published: sdists, wheels, npm tarballs, and unpacked folders of all three.
//!
//! Payloads are inert text, addresses reserved ones, as in [`super::code`].

mod benign;
mod malicious;

use super::{Case, Label};
use crate::archive::{TarEntry, Zip, ZipEntry, gzip, tar};
use malicious::At;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = malicious::PYTHON
        .iter()
        .map(|(class, name, at, code)| python(class, name, *at, code))
        .collect();
    for (index, (class, name, code)) in malicious::SCRIPTS.iter().enumerate() {
        let carrier = if index % 2 == 0 {
            "install.js"
        } else {
            "index.js"
        };
        let hook = ("postinstall", "node install.js");
        cases.push(npm(
            class,
            &format!("js-{name}"),
            Label::Malicious,
            Some(hook),
            &[(carrier, code)],
            index % 3 == 2,
        ));
    }
    for (class, name, hook, command) in malicious::HOOKS {
        cases.push(npm(
            class,
            name,
            Label::Malicious,
            Some((hook, command)),
            &[],
            false,
        ));
    }
    for (name, text) in malicious::GYPS {
        let name = format!("gyp-{name}");
        cases.push(npm(
            "package-download-run",
            &name,
            Label::Malicious,
            None,
            &[("binding.gyp", text)],
            false,
        ));
    }
    for (name, text) in malicious::PATHS {
        let name = format!("pth-{name}");
        cases.push(wheel(
            "package-start-hook",
            &name,
            Label::Malicious,
            &[("a-init.pth", text), ("a/__init__.py", "")],
        ));
    }
    for (name, files) in malicious::SDISTS {
        let class = "package-download-run";
        cases.push(sdist(class, name, Label::Malicious, files, false));
    }
    cases.extend(benign_cases());
    cases
}

fn benign_cases() -> Vec<Case> {
    let class = "package-honest";
    let mut cases = Vec::new();
    for (name, code) in benign::SETUPS {
        let files = [
            ("setup.py", *code),
            ("a/__init__.py", "__version__ = '1'\n"),
        ];
        cases.push(sdist(
            class,
            &format!("setup-{name}"),
            Label::Benign,
            &files,
            false,
        ));
    }
    for (name, code) in benign::MODULES {
        cases.push(wheel(
            class,
            &format!("module-{name}"),
            Label::Benign,
            &[("a/__init__.py", code)],
        ));
    }
    for (name, files) in benign::WHEELS {
        let name = format!("wheel-{name}");
        cases.push(wheel(class, &name, Label::Benign, files));
    }
    for (name, text) in benign::PATHS {
        let files = [("a.pth", *text), ("a/__init__.py", "")];
        cases.push(wheel(class, &format!("pth-{name}"), Label::Benign, &files));
    }
    for (name, hook, command, code) in benign::HOOKS {
        let files = [("install.js", *code), ("index.js", "module.exports = 1;\n")];
        cases.push(npm(
            class,
            &format!("hook-{name}"),
            Label::Benign,
            Some((hook, command)),
            &files,
            false,
        ));
    }
    for (name, code) in benign::SCRIPTS {
        cases.push(npm(
            class,
            &format!("js-{name}"),
            Label::Benign,
            None,
            &[("index.js", code)],
            false,
        ));
    }
    for (name, text) in benign::GYPS {
        cases.push(npm(
            class,
            &format!("gyp-{name}"),
            Label::Benign,
            None,
            &[("binding.gyp", text)],
            false,
        ));
    }
    cases
}

const SETUP: &str =
    "from setuptools import setup\nsetup(name='a', version='1.0', packages=['a'])\n";

/// Puts code where it runs.
fn python(class: &'static str, name: &str, at: At, code: &str) -> Case {
    let label = Label::Malicious;
    let indented = |by: &str| {
        code.lines()
            .map(|line| format!("{by}{line}\n"))
            .collect::<String>()
    };
    match at {
        At::Setup => {
            let setup = format!("{code}{SETUP}");
            sdist(
                class,
                name,
                label,
                &[("setup.py", &setup), ("a/__init__.py", "")],
                false,
            )
        }
        At::Command => {
            let setup = format!(
                "from setuptools import setup\nfrom setuptools.command.install import install\nclass PostInstall(install):\n    def run(self):\n        install.run(self)\n{}setup(name='a', cmdclass={{'install': PostInstall}})\n",
                indented("        ")
            );
            sdist(
                class,
                name,
                label,
                &[("setup.py", &setup), ("a/__init__.py", "")],
                false,
            )
        }
        At::Sibling => {
            let setup = format!("import _build_helper\n_build_helper.prepare()\n{SETUP}");
            let helper = format!("def prepare():\n{}", indented("    "));
            sdist(
                class,
                name,
                label,
                &[("setup.py", &setup), ("_build_helper.py", &helper)],
                false,
            )
        }
        At::Backend => {
            let project = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['_custom']\n[project]\nname = 'a'\nversion = '1.0'\n";
            let backend = format!(
                "def build_wheel(directory, settings=None, metadata=None):\n{}    return 'a'\n",
                indented("    ")
            );
            sdist(
                class,
                name,
                label,
                &[
                    ("pyproject.toml", project),
                    ("_custom/backend.py", &backend),
                ],
                true,
            )
        }
        At::Wheel => wheel(class, name, label, &[("a/__init__.py", code)]),
        At::Unpacked => {
            let module = format!(
                "import threading\ndef _work():\n    try:\n{}    except Exception:\n        pass\nthreading.Thread(target=_work, daemon=True).start()\n",
                indented("        ")
            );
            sdist(
                class,
                name,
                label,
                &[("setup.py", SETUP), ("a/__init__.py", &module)],
                true,
            )
        }
    }
}

/// An sdist, as an archive or unpacked.
fn sdist(
    class: &'static str,
    name: &str,
    label: Label,
    files: &[(&str, &str)],
    is_unpacked: bool,
) -> Case {
    let metadata = "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nLicense: MIT\n";
    let all = std::iter::once(("PKG-INFO", metadata)).chain(files.iter().copied());
    folder_or(
        class,
        name,
        label,
        "a-1.0",
        all,
        is_unpacked,
        "a-1.0.tar.gz",
    )
}

/// An npm package, as an archive or unpacked.
fn npm(
    class: &'static str,
    name: &str,
    label: Label,
    hook: Option<(&str, &str)>,
    files: &[(&str, &str)],
    is_unpacked: bool,
) -> Case {
    let scripts = hook.map_or(String::new(), |(hook, command)| {
        format!(
            ", \"scripts\": {{\"{hook}\": \"{}\"}}",
            command.replace('\\', "\\\\").replace('"', "\\\"")
        )
    });
    let gyp = if files.iter().any(|(file, _)| *file == "binding.gyp") {
        ", \"gypfile\": true"
    } else {
        ""
    };
    let manifest = format!(
        "{{\"name\": \"a\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"main\": \"index.js\"{scripts}{gyp}}}\n"
    );
    let all = std::iter::once(("package.json", manifest.as_str())).chain(files.iter().copied());
    folder_or(
        class,
        name,
        label,
        "package",
        all,
        is_unpacked,
        "a-1.0.0.tgz",
    )
}

fn folder_or<'f>(
    class: &'static str,
    name: &str,
    label: Label,
    folder: &str,
    files: impl Iterator<Item = (&'f str, &'f str)>,
    is_unpacked: bool,
    archive: &str,
) -> Case {
    let files: Vec<(String, Vec<u8>)> = files
        .map(|(file, text)| (format!("{folder}/{file}"), text.into()))
        .collect();
    if is_unpacked {
        return Case {
            class,
            name: name.to_owned(),
            label,
            subject: files
                .last()
                .map(|(file, _)| file.clone())
                .unwrap_or_default(),
            files,
        };
    }
    let entries: Vec<TarEntry> = files
        .into_iter()
        .map(|(file, bytes)| TarEntry::file(file, bytes))
        .collect();
    Case::single(class, name, label, archive, gzip(&tar(&entries)))
}

/// A wheel with its metadata.
fn wheel(class: &'static str, name: &str, label: Label, files: &[(&str, &str)]) -> Case {
    let metadata = "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nLicense: MIT\n";
    let mut entries: Vec<ZipEntry> = files
        .iter()
        .map(|(file, text)| ZipEntry::deflated(*file, *text))
        .collect();
    entries.push(ZipEntry::deflated("a-1.0.dist-info/METADATA", metadata));
    entries.push(ZipEntry::deflated(
        "a-1.0.dist-info/WHEEL",
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    ));
    let listed: String = files
        .iter()
        .map(|(file, _)| format!("{file},,\n"))
        .collect();
    entries.push(ZipEntry::deflated("a-1.0.dist-info/RECORD", listed));
    Case::single(
        class,
        name,
        label,
        "a-1.0-py3-none-any.whl",
        Zip::of(entries).build(),
    )
}
