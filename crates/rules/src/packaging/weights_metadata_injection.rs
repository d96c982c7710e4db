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

use crate::shared::{Judged, quoted, report_worst};

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
    let mut judged: Vec<Judged> = Vec::new();
    let mut add = |key: &str, value: &str, signs: &[TextSign]| {
        let place = Place::Key(key.to_owned());
        judged.extend(signs.iter().filter_map(|sign| {
            let text = describe(*sign, key, value);
            let place = place.clone();
            Some((severity(*sign)?, Evidence { place, text }))
        }));
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
    report_worst(judged, Confidence::Medium, str::to_owned, sink);
}

/// The value is quoted, unless it is a credential.
fn describe(sign: TextSign, key: &str, value: &str) -> String {
    let what = match sign {
        TextSign::EncodedPickle => "an encoded pickle",
        TextSign::EncodedProgram => "an encoded program",
        TextSign::TemplateInjection => "a template injection",
        TextSign::ShellCommand => "a shell command",
        TextSign::Secret => {
            return format!("the metadata entry {} holds a credential", quoted(key));
        }
        TextSign::PathTraversal => "a path that leaves its folder",
        TextSign::LongText => "a very long text",
        TextSign::Link => "a link",
        TextSign::PythonCode
        | TextSign::ActiveMarkup
        | TextSign::InvisibleText
        | TextSign::ControlCharacters
        | TextSign::EncodedBlob
        | TextSign::Template => sign.describe(),
    };
    format!(
        "the metadata entry {} holds {what}: {}",
        quoted(key),
        quoted(value)
    )
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
        | TextSign::InvisibleText => Some(Severity::Medium),
        TextSign::EncodedBlob
        | TextSign::LongText
        | TextSign::PathTraversal
        | TextSign::ControlCharacters => Some(Severity::Low),
        TextSign::Template | TextSign::Link => None,
    }
}
