//! A DDUF file breaks the rules that make it safe to map.
//!
//! ## Why it matters
//!
//! DDUF is a zip that holds data only, uncompressed and one folder deep, so that a loader can check and map it. Tools
//! that open it as a plain zip see whatever else is in there: code, pickles, files of folders that the index does not
//! name.
//!
//! ## What to do
//!
//! Ask for a file that the exporter of `huggingface_hub` wrote.
//!
//! ## Limits
//!
//! What the members themselves do is for other rules.

use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_containers::ContainerKind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::config::Details;
use chainwright_repository::config::dduf::{DdufFlaw, DdufMember, flaws};

use crate::config_hazards::documents;
use crate::shared::{containers, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "dduf-malformed",
    stage: Stage::Packaging,
    summary: "a DDUF file holds what the format does not allow",
    severity: Severity::Medium,
    remedy: "ask for a file that the format's own exporter wrote",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_345],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    if artifact.location.extension() != "dduf" || !artifact.location.members().is_empty() {
        return;
    }
    let Some(zip) = containers(artifact).find(|facts| facts.kind == ContainerKind::Zip) else {
        return;
    };
    let inside: Vec<(&str, &Inspected)> = tree
        .artifacts()
        .iter()
        .filter(|other| other.location.path() == artifact.location.path())
        .filter_map(|other| match other.location.members() {
            [name] => Some((name.as_str(), other)),
            _ => None,
        })
        .collect();
    let members: Vec<DdufMember<'_>> = inside
        .iter()
        .map(|(name, _)| DdufMember {
            name,
            is_stored: true,
            is_encrypted: false,
        })
        .collect();
    let index = inside.iter().find(|(name, _)| *name == "model_index.json");
    let components = index.and_then(|(_, file)| components(file));
    let mut judged: Vec<(Severity, Evidence)> = flaws(&members, components)
        .into_iter()
        .map(|(name, flaw)| told(&format!("{} {}", quoted(&name), describe(flaw))))
        .collect();
    if zip.packed_bytes < zip.declared_bytes {
        judged.push(told(describe_packed()));
    }
    report_worst(judged, Confidence::High, str::to_owned, sink);
}

fn told(text: &str) -> (Severity, Evidence) {
    let evidence = Evidence {
        place: Place::Whole,
        text: text.to_owned(),
    };
    (Severity::Medium, evidence)
}

fn components(file: &Inspected) -> Option<&[String]> {
    documents(file).find_map(|document| match &document.details {
        Details::Pipeline(components) => Some(components.as_slice()),
        _ => None,
    })
}

const fn describe_packed() -> &'static str {
    "members are compressed, so that they cannot be mapped"
}

const fn describe(flaw: DdufFlaw) -> &'static str {
    match flaw {
        DdufFlaw::NotStored => "is compressed or encrypted",
        DdufFlaw::Extension => "is of a kind that carries no data",
        DdufFlaw::Depth => "lies deeper than one folder",
        DdufFlaw::Name => "has a name that leaves its folder",
        DdufFlaw::Twice => "stands twice",
        DdufFlaw::Folder => "lies in a folder that the index does not name",
        DdufFlaw::Index => "is missing or no index of a pipeline",
    }
}
