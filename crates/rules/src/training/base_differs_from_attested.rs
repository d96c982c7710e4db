//! A model names another base, or another commit of it, than a signed statement about it does.
//!
//! ## Why it matters
//!
//! Card and configuration say which base is loaded beneath an adapter or what a model was made from; provenance says what really
//! went in. Where they differ, either the statement is of another model, or whoever loads gets a base that nobody reviewed.
//!
//! ## What to do
//!
//! Set the base in card and configuration to the commit that was attested, or have the right one attested.
//!
//! ## Limits
//!
//! Asked where signatures are verified, for statements by trusted signers that name models on the Hugging Face hub. Names are
//! compared without regard to case, commits only where both are given in full.

use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025, slsa_1_2};
use chainwright_core::proof::AttestedBase;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::config::{Reference, ReferenceKind};

use crate::proof_signs::{asked, whole};
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "base-differs-from-attested",
    stage: Stage::Training,
    summary: "the base model is not the one that was attested",
    severity: Severity::Medium,
    remedy: "name the base and commit that were attested",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        slsa_1_2::PROVENANCE_AUTHENTIC,
        cwe::CWE_345,
    ],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    let Some(vouched) = asked(artifact) else {
        return;
    };
    let attested: Vec<&AttestedBase> = vouched
        .bases
        .iter()
        .filter(|base| base.is_trusted && is_hub_name(&base.name))
        .collect();
    if attested.is_empty() || !is_weights(artifact) {
        return;
    }
    for file in tree.beside(artifact) {
        for reference in bases(file) {
            let Some((base, found)) = contradicted(reference, &attested) else {
                continue;
            };
            let evidence = vec![
                whole(format!(
                    "{} names {found}",
                    quoted(&file.location.to_string())
                )),
                whole(format!(
                    "{} names {} at {}",
                    quoted(&base.proof),
                    quoted(&base.name),
                    base.revision.as_deref().unwrap_or("no commit")
                )),
            ];
            let message = format!("the base is given as {found}, another one was attested");
            sink.report(Confidence::Medium, message, evidence);
            return;
        }
    }
}

fn is_weights(artifact: &Inspected) -> bool {
    use chainwright_core::component::ComponentKind;
    let kind = chainwright_analysis::graph::kind_of(artifact);
    matches!(kind, Some(ComponentKind::Weights | ComponentKind::Adapter))
}

/// The base models that a document names.
fn bases(file: &Inspected) -> impl Iterator<Item = &Reference> {
    let references = file.facts.iter().flat_map(|facts| match facts {
        Facts::Config(document) => document.references.items(),
        Facts::Card(card) => card.references.items(),
        _ => &[],
    });
    references.filter(|each| each.kind == ReferenceKind::BaseModel)
}

/// The attested base that a reference contradicts, and what the reference says.
fn contradicted<'a>(
    reference: &Reference,
    attested: &[&'a AttestedBase],
) -> Option<(&'a AttestedBase, String)> {
    let name = &reference.name;
    if !is_hub_name(name) {
        return None;
    }
    let same = attested
        .iter()
        .find(|base| base.name.eq_ignore_ascii_case(name));
    let Some(base) = same else {
        return attested.first().map(|base| (*base, quoted(name)));
    };
    let (ours, theirs) = (reference.revision.as_deref()?, base.revision.as_deref()?);
    let is_commit = ours.len() == 40 && ours.bytes().all(|byte| byte.is_ascii_hexdigit());
    let differs = is_commit && !ours.eq_ignore_ascii_case(theirs);
    differs.then(|| (*base, format!("{} at {ours}", quoted(name))))
}

/// Whether this is `org/name`; paths and addresses of other places say nothing that could be compared.
fn is_hub_name(name: &str) -> bool {
    name.split('/').count() == 2
        && !name.contains([':', '\\', ' '])
        && !name.starts_with(['.', '/'])
}
