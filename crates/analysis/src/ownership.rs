//! Which files a package manager has put where they lie, and what is still judged in them.
//!
//! Code that came with a package is judged by its package: by advisories about its version, and by its record, which
//! tells whether a file was changed. Line by line it is not: an operating system and a library are full of things that
//! only an application must not do. What stays is told at [`Owner`]. Files that no record lists are judged in full,
//! whatever folder they lie in; so are hooks that the interpreter runs by themselves.
//!
//! Records are claims. Whoever can write into an image can write a record as well, so nothing that is certain is
//! left out: model files that act, credentials of an unmistakable form, and code that attacks on import.

mod altered;
mod owners;
mod words;

use chainwright_code::Behaviour;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_dependencies::ManifestKind;
use chainwright_formats::signature::{self, Signature};
use chainwright_pickle::{PickleFacts, Tier};
use chainwright_repository::secrets::Certainty;
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Inspected};
use crate::packages::modules;

pub use altered::{Alteration, AlteredFile};
pub(crate) use altered::{Content, Recorded, in_image as altered_in_image};
pub(crate) use owners::{Owners, merged, runs_by_itself};
pub(crate) use words::may_attack;

/// Credentials that publishers have put into their packages on purpose, for tests against their own services: the
/// package, and the credential as it is shown.
const PUBLISHED: [(&str, &str); 1] = [("transformers", "hf_9…LL")];

/// Who has put a file where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// The package manager of the operating system. Model files and embedded pickles are judged, and credentials in
    /// configuration.
    System,
    /// The interpreter, whose own library it is; judged like a file of the system.
    Interpreter,
    /// The installed Python package of this name. Code that certainly attacks when it is imported is judged as well,
    /// and credentials of an unmistakable form.
    Package(String),
}

/// Says at every installed file who owns it, and takes off what is judged by the package.
///
/// Members of layers of which nothing is left are dropped.
pub fn settle(artifacts: &mut Vec<Inspected>) {
    let owners = Owners::of(artifacts);
    if owners.is_empty() {
        return;
    }
    altered::note_in_folders(artifacts, &owners);
    artifacts.retain_mut(|artifact| {
        let is_told = |facts: &Facts| matches!(facts, Facts::InstalledBy(_));
        if artifact.facts.iter().any(is_told) {
            return true;
        }
        let Some(owner) = owners.owner(artifact) else {
            return true;
        };
        claim(artifact, owner)
    });
}

/// Says who owns an artifact and takes off what is judged by the package; `false` if nothing is left of it.
pub(crate) fn claim(artifact: &mut Inspected, owner: Owner) -> bool {
    reduce(artifact, &owner);
    let is_spent = artifact.facts.is_empty() && artifact.problems.is_empty();
    if is_spent && !artifact.location.members().is_empty() {
        return false;
    }
    artifact.facts.push(Facts::InstalledBy(owner));
    true
}

/// Configuration of the system, in which credentials are looked for although a package has brought the file.
pub(crate) fn is_settings(path: &str) -> bool {
    let path = path.trim_start_matches("./");
    ["etc/", "var/"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// Takes off what is judged by the package.
fn reduce(artifact: &mut Inspected, owner: &Owner) {
    let is_settings = is_settings(artifact.location.innermost());
    let is_pickle = signature::expected_for(&artifact.location.extension())
        .is_some_and(|kinds| kinds.contains(&Signature::Pickle));
    let is_array = matches!(artifact.location.extension().as_str(), "npy" | "npz");
    let is_module = modules::is_module(artifact.location.innermost());
    let mut facts = std::mem::take(&mut artifact.facts);
    facts.retain_mut(|facts| match facts {
        Facts::Shell(_)
        | Facts::JavaScript(_)
        | Facts::HiddenText(_)
        | Facts::Template(_)
        | Facts::Config(_)
        | Facts::Card(_)
        | Facts::Licence(_)
        | Facts::Mismatch(_)
        | Facts::Embedded(_)
        | Facts::Container(_)
        | Facts::ContainerContent(_) => false,
        Facts::Python(python) => {
            python.behaviours.retain(attacks_on_import);
            matches!(owner, Owner::Package(_)) && !python.behaviours.is_empty()
        }
        Facts::Secrets(hits) => {
            hits.retain(|hit| hit.certainty == Certainty::High && !is_published(owner, &hit.shown));
            !hits.is_empty() && (is_settings || matches!(owner, Owner::Package(_)))
        }
        Facts::Manifest(manifest) => {
            // What an installed package of JavaScript asks for was answered when it was installed; what it runs was not.
            if manifest.kind == ManifestKind::PackageJson {
                manifest.packages.clear();
            }
            manifest.kind.is_installed() || !manifest.scripts.is_empty() || is_module
        }
        Facts::Pickle(pickle) => {
            (is_pickle || is_binary(pickle)) && pickle.worst() == Tier::Dangerous
        }
        // Arrays of test data are no weights, and their numbers follow no distribution.
        Facts::Weights(_) => !is_array,
        _ => true,
    });
    artifact.facts = facts;
}

fn is_published(owner: &Owner, shown: &str) -> bool {
    let of_package = |known: &(&str, &str)| {
        matches!(owner, Owner::Package(package) if package == known.0) && shown == known.1
    };
    PUBLISHED.iter().any(of_package)
}

fn attacks_on_import(behaviour: &Behaviour) -> bool {
    behaviour.at_import()
        && behaviour.severity() == Severity::Critical
        && behaviour.confidence == Confidence::High
}

/// Licences and lists of files read as pickles of the oldest protocol now and then.
fn is_binary(pickle: &PickleFacts) -> bool {
    pickle.streams.iter().any(|stream| stream.protocol >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Artifact;
    use chainwright_core::budget::Budget;
    use chainwright_core::limits::Limits;
    use chainwright_core::location::Location;
    use chainwright_testkit::archive::{TarEntry, tar};
    use chainwright_testkit::image::md5_hex;
    use std::sync::Arc;

    /// Code that is alarming in an application.
    const ALARMING: &str =
        "import os\nclass A:\n    def __init__(self, x):\n        os.system(x)\n        eval(x)\n";

    fn inspected(files: &[(&str, &[u8])]) -> Vec<Inspected> {
        let budget = Budget::untimed(Limits::default());
        let read = |(name, bytes): &(&str, &[u8])| {
            let artifact = Artifact {
                location: Location::file(*name),
                bytes: Arc::new(bytes.to_vec()),
            };
            crate::inspect(&artifact, None, &budget)
        };
        files.iter().flat_map(read).collect()
    }

    /// The files whose code is still judged.
    fn judged(mut artifacts: Vec<Inspected>) -> Vec<String> {
        settle(&mut artifacts);
        let has_code = |artifact: &&Inspected| {
            artifact.facts.iter().any(|facts| match facts {
                Facts::Python(python) => !python.behaviours.is_empty(),
                _ => false,
            })
        };
        let judged = artifacts.iter().filter(has_code);
        judged
            .map(|artifact| artifact.location.innermost().to_owned())
            .collect()
    }

    #[test]
    fn code_of_a_package_is_judged_by_its_record() {
        let code = ALARMING.as_bytes();
        let record =
            b"p/__init__.py,,\np/../p/other.py,,\n../outside.py,,\np-1.0.dist-info/RECORD,,\n";
        let found = judged(inspected(&[
            ("v/site-packages/p-1.0.dist-info/RECORD", record),
            ("v/site-packages/p/__init__.py", code),
            ("v/site-packages/p/other.py", code),
            ("v/site-packages/p/stranger.py", code),
            ("v/outside.py", code),
            ("v/app.py", code),
        ]));
        assert_eq!(found, ["v/site-packages/p/stranger.py", "v/app.py"]);
    }

    #[test]
    fn hooks_that_run_by_themselves_are_judged_whoever_owns_them() {
        let found = judged(inspected(&[
            ("s/p-1.0.dist-info/RECORD", b"sitecustomize.py,,\nx.pth,,\n"),
            ("s/sitecustomize.py", ALARMING.as_bytes()),
            ("s/x.pth", b"import os; os.system('echo inert')\n"),
        ]));
        assert_eq!(found, ["s/sitecustomize.py", "s/x.pth"]);
    }

    #[test]
    fn the_library_of_the_interpreter_is_its_own_modules() {
        let code = ALARMING.as_bytes();
        let found = judged(inspected(&[
            ("usr/local/lib/python3.11/os.py", b"import sys\n"),
            ("usr/local/lib/python3.11/antigravity.py", code),
            ("usr/local/lib/python3.11/idlelib/run.py", code),
            ("usr/local/lib/python3.11/stranger.py", code),
            ("usr/local/lib/python3.11/sitecustomize.py", code),
            ("usr/local/lib/python3.11/site-packages/app.py", code),
        ]));
        assert_eq!(
            found,
            [
                "usr/local/lib/python3.11/stranger.py",
                "usr/local/lib/python3.11/sitecustomize.py",
                "usr/local/lib/python3.11/site-packages/app.py"
            ]
        );
    }

    #[test]
    fn files_of_a_layer_belong_to_the_system_if_its_database_lists_them() {
        let name = format!("blobs/sha256/{}", "ab".repeat(32));
        let list = "/.\n/usr/bin\n/bin/tool.py\n/usr/share/doc/demo.py\n";
        let layer = tar(&[
            TarEntry::file("./usr/bin/tool.py", ALARMING),
            TarEntry::file("./usr/share/doc/demo.py", ALARMING),
            TarEntry::file("./usr/bin/stranger.py", ALARMING),
            TarEntry::file("./opt/app.py", ALARMING),
            TarEntry::file("./var/lib/dpkg/info/tool.list", list),
        ]);
        let found = judged(inspected(&[(&name, &layer)]));
        assert_eq!(found, ["./usr/bin/stranger.py", "./opt/app.py"]);
    }

    #[test]
    fn files_of_the_system_that_their_package_has_otherwise_are_judged() {
        let name = format!("blobs/sha256/{}", "ab".repeat(32));
        let script = format!("#!/usr/bin/python3\n{ALARMING}");
        let sums = format!(
            "{0}  usr/bin/same\n{1}  usr/bin/other\n{1}  usr/bin/aside\n",
            md5_hex(script.as_bytes()),
            md5_hex(b"import sys\n")
        );
        let list = "/usr/bin/same\n/usr/bin/other\n/usr/bin/aside\n";
        let layer = tar(&[
            TarEntry::file("usr/bin/aside", script.as_str()),
            TarEntry::file("usr/bin/other", script.as_str()),
            TarEntry::file("usr/bin/same", script.as_str()),
            TarEntry::file("var/lib/dpkg/diversions", "/usr/bin/aside\n/x\n:\n"),
            TarEntry::file("var/lib/dpkg/info/tool.list", list),
            TarEntry::file("var/lib/dpkg/info/tool.md5sums", sums),
        ]);
        let found = judged(inspected(&[(&name, &layer)]));
        assert_eq!(found, ["usr/bin/other"]);
    }

    #[test]
    fn where_no_database_lists_files_the_folders_of_the_distribution_are_its_own() {
        let name = format!("blobs/sha256/{}", "ab".repeat(32));
        let layer = tar(&[
            TarEntry::file("usr/lib/x/tool.py", ALARMING),
            TarEntry::file("usr/local/bin/own.py", ALARMING),
            TarEntry::file("srv/app.py", ALARMING),
            TarEntry::file("etc/os-release", "ID=inert\n"),
        ]);
        let found = judged(inspected(&[(&name, &layer)]));
        assert_eq!(found, ["usr/local/bin/own.py", "srv/app.py"]);
    }

    #[test]
    fn a_folder_without_records_is_judged_in_full() {
        let found = judged(inspected(&[("usr/bin/tool.py", ALARMING.as_bytes())]));
        assert_eq!(found, ["usr/bin/tool.py"]);
    }
}
