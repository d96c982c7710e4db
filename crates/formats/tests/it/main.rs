//! The parsers against the labelled corpus: every hostile case shows something that deserves a finding, no honest
//! one does. What counts as such is decided by rules; `verdict` is the mildest reasonable choice of them.

mod corpus;
mod hostile;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_formats::carve::{self, EmbeddedFacts};
use chainwright_formats::gguf::{self, GgufFacts, GgufFlaw};
use chainwright_formats::npy::{self, NpyFacts, NpyFlaw};
use chainwright_formats::safetensors::{self, SafetensorsFacts, SafetensorsFlaw};
use chainwright_formats::signature::{self, Nature, Signature};
use chainwright_formats::signs::TextSign;

/// Everything that the crate says about a file.
#[derive(Debug, PartialEq)]
struct Seen {
    signatures: Vec<Signature>,
    mismatch: Option<signature::Mismatch>,
    safetensors: SafetensorsFacts,
    gguf: GgufFacts,
    npy: NpyFacts,
    embedded: EmbeddedFacts,
}

fn look(name: &str, bytes: &[u8]) -> Seen {
    let source = bytes.to_vec();
    let limits = Limits::default();
    let budget = Budget::untimed(limits.clone());
    let head = bytes.get(..65_536).unwrap_or(bytes);
    let tail_start = bytes.len().saturating_sub(65_536);
    let tail = if tail_start > 0 {
        bytes.get(tail_start..).unwrap_or_default()
    } else {
        &[]
    };
    let signatures = signature::recognise(head, tail);
    let extension = Location::file(name).extension();
    Seen {
        mismatch: signature::mismatch(&extension, &signatures),
        safetensors: safetensors::read(&source, &limits, &budget),
        gguf: gguf::read(&source, &limits, &budget),
        npy: npy::read(&source, &limits, &budget),
        embedded: carve::find_embedded(&source, 0..source.size(), &budget).unwrap_or_default(),
        signatures,
    }
}

/// What deserves a finding of medium severity or more.
fn verdict(name: &str, bytes: &[u8]) -> Vec<String> {
    let seen = look(name, bytes);
    let extension = Location::file(name).extension();
    let mut reasons = Vec::new();
    if let Some(mismatch) = &seen.mismatch
        && matches!(
            mismatch.nature,
            None | Some(Nature::Program | Nature::Pickle | Nature::Archive)
        )
    {
        reasons.push(format!("mismatch {:?}", mismatch.found));
    }
    let is = |signature| seen.signatures.contains(&signature);
    if is(Signature::Safetensors) || extension == "safetensors" {
        reasons.extend(safetensors_reasons(&seen.safetensors));
    }
    if is(Signature::Gguf) {
        reasons.extend(gguf_reasons(&seen.gguf));
    }
    if is(Signature::Npy) {
        reasons.extend(npy_reasons(&seen.npy));
    }
    let holds_weights = matches!(
        extension.as_str(),
        "safetensors"
            | "gguf"
            | "npy"
            | "bin"
            | "png"
            | "jpg"
            | "json"
            | "pt"
            | "ckpt"
            | "model"
            | "onnx"
    );
    if holds_weights {
        reasons.extend(
            seen.embedded
                .found
                .iter()
                .map(|find| format!("{:?} at {}", find.kind, find.offset)),
        );
    }
    reasons
}

fn safetensors_reasons(facts: &SafetensorsFacts) -> Vec<String> {
    let mild = [
        SafetensorsFlaw::HeaderStart,
        SafetensorsFlaw::OddPadding,
        SafetensorsFlaw::UnknownField,
    ];
    let flaws = facts
        .flaws
        .kept
        .iter()
        .filter(|flaw| !mild.contains(&flaw.kind));
    let texts = facts
        .metadata
        .iter()
        .flat_map(|entry| &entry.signs)
        .filter(|sign| is_grave(**sign));
    flaws
        .map(|flaw| format!("{:?}: {}", flaw.kind, flaw.detail))
        .chain(texts.map(|sign| sign.describe().to_owned()))
        .collect()
}

fn gguf_reasons(facts: &GgufFacts) -> Vec<String> {
    let mild = [
        GgufFlaw::LongTensorName,
        GgufFlaw::EmptyTensor,
        GgufFlaw::UnknownTensorType,
    ];
    let flaws = facts
        .flaws
        .kept
        .iter()
        .filter(|flaw| !mild.contains(&flaw.kind));
    let texts = facts
        .entries
        .iter()
        .flat_map(|entry| &entry.signs)
        .filter(|sign| is_grave(**sign));
    flaws
        .map(|flaw| format!("{:?}: {}", flaw.kind, flaw.detail))
        .chain(texts.map(|sign| sign.describe().to_owned()))
        .collect()
}

fn npy_reasons(facts: &NpyFacts) -> Vec<String> {
    let continues_as_array = facts
        .trailing
        .as_ref()
        .is_some_and(|trailing| trailing.content == [Signature::Npy] || trailing.zeros);
    let mild = |kind: NpyFlaw| {
        kind == NpyFlaw::HeaderTooLong || (kind == NpyFlaw::TrailingData && continues_as_array)
    };
    let flaws = facts.flaws.kept.iter().filter(|flaw| !mild(flaw.kind));
    flaws
        .map(|flaw| format!("{:?}: {}", flaw.kind, flaw.detail))
        .chain(
            facts
                .pickle_offset
                .map(|offset| format!("pickle at {offset}")),
        )
        .collect()
}

const fn is_grave(sign: TextSign) -> bool {
    match sign {
        TextSign::EncodedPickle
        | TextSign::EncodedProgram
        | TextSign::TemplateInjection
        | TextSign::ShellCommand
        | TextSign::PythonCode
        | TextSign::Secret
        | TextSign::ActiveMarkup
        | TextSign::InvisibleText => true,
        TextSign::ControlCharacters
        | TextSign::PathTraversal
        | TextSign::LongText
        | TextSign::EncodedBlob
        | TextSign::Template
        | TextSign::Link => false,
    }
}
