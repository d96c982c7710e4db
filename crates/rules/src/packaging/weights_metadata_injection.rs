//! Free text in the metadata of a weight file holds code, markup, commands or an encoded payload.
//!
//! ## Why it matters
//!
//! Metadata are shown by web pages, copied into logs and prompts, and read by scripts. Text that is a command, a template
//! expression, active markup or an encoded pickle has no honest reason to be there.
//!
//! ## What to do
//!
//! Remove the entry, and escape metadata wherever they are shown.
//!
//! ## Limits
//!
//! Training parameters, licences, links and thumbnails are quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_formats::signs::TextSign;

use crate::shared::SHOWN;

pub(crate) static RULE: Rule = Rule {
    id: "weights-metadata-injection",
    stage: Stage::Packaging,
    summary: "the metadata of the weights carry an attack",
    severity: Severity::Medium,
    remedy: "remove the entry, or do not use the file; do not show it unescaped",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM05,
        atlas_5_6::T0010_003,
        cwe::CWE_74,
        cwe::CWE_79,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut told: Vec<(Severity, Evidence)> = Vec::new();
    let mut add = |key: &str, value: &str, signs: &[TextSign]| {
        for sign in signs {
            if let Some(severity) = severity(*sign) {
                let text = format!("{}: {value}", sign.describe());
                told.push((
                    severity,
                    Evidence {
                        place: Place::Key(key.to_owned()),
                        text,
                    },
                ));
            }
        }
    };
    for facts in &artifact.facts {
        match facts {
            Facts::Safetensors(facts) => {
                facts
                    .metadata
                    .iter()
                    .for_each(|entry| add(&entry.key, &entry.value, &entry.signs));
            }
            Facts::Gguf(facts) => {
                facts
                    .entries
                    .iter()
                    .for_each(|entry| add(&entry.key, &entry.value, &entry.signs));
            }
            _ => {}
        }
    }
    told.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    if let Some((severity, first)) = told.first().cloned() {
        let shown = told
            .into_iter()
            .map(|(_, evidence)| evidence)
            .take(SHOWN)
            .collect();
        let message = format!("metadata entry {} holds {}", first.place, first.text);
        sink.report_as(severity, Confidence::Medium, message, shown);
    }
}

const fn severity(sign: TextSign) -> Option<Severity> {
    match sign {
        TextSign::EncodedPickle
        | TextSign::EncodedProgram
        | TextSign::TemplateInjection
        | TextSign::ShellCommand => Some(Severity::High),
        TextSign::PythonCode
        | TextSign::Secret
        | TextSign::ActiveMarkup
        | TextSign::InvisibleText
        | TextSign::ControlCharacters
        | TextSign::PathTraversal => Some(Severity::Medium),
        TextSign::EncodedBlob | TextSign::LongText => Some(Severity::Low),
        TextSign::Template | TextSign::Link => None,
    }
}
