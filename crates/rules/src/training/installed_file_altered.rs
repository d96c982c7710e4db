//! A file of an installed package is not the one that was installed.
//!
//! ## Why it matters
//!
//! A wheel records the digest of every file it brings, and so do the packages of dpkg, apk and rpm. A file that no longer matches
//! was changed on this machine or in this image: by somebody who patches in place, or by something that wants to be imported or run.
//!
//! ## What to do
//!
//! Compare it with the file of the release; reinstall the package from a trusted index.
//!
//! ## Limits
//!
//! Compares digests that are at hand: files of folders that were hashed, and files in the layers of an image that its running
//! file system shows. Compiled `.pyc` files and what installers write later carry no digest. Files that conda has written its
//! folder into are compared with its own record.
//!
//! Of the packages of the system, programs, libraries and modules are compared, in layers only; not told are configuration, texts
//! and data, links, files that are gone, and files that `dpkg-divert` has put aside. Scripts and modules of the system are told
//! with medium severity, because administrators patch them in place. dpkg records MD5 and apk SHA-1, which whoever makes both
//! files can satisfy.
//!
//! Native libraries that became smaller while nothing else of the package changed are told with low severity: builders of small
//! images strip them. That holds for three and more of a package, and for fewer if they have neither symbols nor debug sections and
//! lie in the layer of their record; stripped later, they would make the image larger. What else may have changed in them cannot
//! be known. Editors of the record can hide a change; a signature would tell.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::ownership::{Alteration, AlteredFile};
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

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
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Altered(files) = facts else {
            continue;
        };
        const KINDS: [Alteration; 4] = [
            Alteration::Changed,
            Alteration::SystemBinary,
            Alteration::SystemText,
            Alteration::Stripped,
        ];
        for how in KINDS {
            let altered: Vec<&AlteredFile> = files.iter().filter(|file| file.how == how).collect();
            tell(how, &altered, sink);
        }
    }
}

fn tell(how: Alteration, altered: &[&AlteredFile], sink: &mut Sink<'_>) {
    let Some(first) = altered.first() else {
        return;
    };
    let (severity, ending) = match how {
        Alteration::Changed => (RULE.severity, ""),
        Alteration::SystemBinary => (RULE.severity, "; programs or libraries of the system"),
        Alteration::SystemText => (Severity::Medium, "; scripts or modules of the system"),
        Alteration::Stripped => (
            Severity::Low,
            "; only native libraries that became smaller, as if stripped",
        ),
    };
    let count = counted(altered.len(), "file differs", "files differ");
    let message = format!(
        "{count} from the record of the package, such as {}{ending}",
        quoted(&first.path)
    );
    let shown: Vec<Evidence> = altered.iter().take(SHOWN).map(|file| told(file)).collect();
    sink.report_as(severity, Confidence::High, message, shown);
}

fn told(file: &AlteredFile) -> Evidence {
    let path = quoted(&file.path);
    let text = match file.layer {
        Some(layer) => format!(
            "{path} was changed after it was installed; it lies in layer {}",
            layer.saturating_add(1)
        ),
        None => format!("{path} was changed after it was installed"),
    };
    evidence(&file.place, text)
}
