//! A file of an installed package is not the one that was installed.
//!
//! ## Why it matters
//!
//! A wheel records the digest of every file it brings. A file that no longer matches was changed on this machine or in this image:
//! by somebody who patches in place, or by something that wants to be imported.
//!
//! ## What to do
//!
//! Compare it with the file of the release; reinstall the package from a trusted index.
//!
//! ## Limits
//!
//! Compares digests that are at hand: files of folders that were hashed, not members of images. Compiled `.pyc` files and what
//! installers write later carry no digest. Editors of the record can hide a change; a signature would tell.

use std::collections::BTreeMap;

use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_analysis::{Inspected, Tree};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_dependencies::{InstalledFile, ManifestKind};

use crate::exposures::manifests;
use crate::shared::{SHOWN, counted, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "installed-file-altered",
    stage: Stage::Training,
    summary: "an installed file differs from its record",
    severity: Severity::High,
    remedy: "compare the file with the release and reinstall the package",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_354,
        cwe::CWE_506,
    ],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    for manifest in manifests(artifact).filter(|manifest| manifest.kind == ManifestKind::Record) {
        let mut altered: BTreeMap<&str, &InstalledFile> = BTreeMap::new();
        for file in &manifest.files {
            if is_altered(file, artifact, tree) {
                altered.insert(&file.path, file);
            }
        }
        let Some(first) = altered.keys().next() else {
            continue;
        };
        let count = counted(altered.len(), "file differs", "files differ");
        let message = format!(
            "{count} from the record of the package, such as {}",
            quoted(first)
        );
        let shown = altered.values().take(SHOWN);
        let all = shown.map(|file| {
            evidence(
                &file.place,
                format!("{} was changed after it was installed", quoted(&file.path)),
            )
        });
        sink.report(Confidence::High, message, all.collect());
    }
}

fn is_altered(file: &InstalledFile, record: &Inspected, tree: &Tree<'_>) -> bool {
    let Some(hash) = file.hash.as_ref().filter(|hash| hash.algorithm == "sha256") else {
        return false;
    };
    // The record lies in `NAME.dist-info`, and its paths begin beside that folder.
    let Some(path) = beside(record.location.folder(), &file.path) else {
        return false;
    };
    let whole = record.location.to_string();
    let outer = whole
        .len()
        .saturating_sub(record.location.innermost().len());
    let outer = whole.get(..outer).unwrap_or_default();
    tree.at(&format!("{outer}{path}"))
        .and_then(|found| found.digests)
        .is_some_and(|digests| digests.sha256.to_string() != hash.digest)
}

/// The path of a recorded file from the top, `None` if it leaves it.
fn beside(folder: &str, path: &str) -> Option<String> {
    let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    let mut parts: Vec<&str> = parent.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
