//! Configuration files: what they are, and what they make a loader do.
//!
//! A file is known by its content as well as by its name, because loaders take what they find. Keys that lead to
//! code are looked for in every document at every depth ([`keys`]); what only one kind of document can do has a
//! reader of its own. Templates and references are handed on, not judged.

mod adapter;
mod added;
mod charsmap;
pub mod dduf;
mod facts;
mod generation;
mod index;
mod keys;
mod kind;
mod mlflow;
mod model;
mod oci;
mod packages;
mod recipes;
mod sums;
mod tokenizer;
mod vocabulary;

use std::collections::BTreeSet;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use crate::document::{Document, Node, parse_json, parse_yaml};
use crate::hazard::{Hazard, HazardKind};

pub use added::contradictions;
pub use facts::{
    AdapterDetails, DeclaredSizes, Details, DocumentFacts, ModelDetails, NamedDigest,
    NamedTemplate, Reference, ReferenceKind, ShardIndexDetails, TokenFact, TokenizerDetails,
    VocabularyDetails,
};
pub use kind::DocumentKind;
use kind::Syntax;
pub use packages::{origin_of_channel, origin_of_file, origin_of_index, origin_of_trusted_host};

/// What the document is, by its name and by its content; several kinds when loaders may read it as several.
///
/// Empty when the text is no configuration at all, such as prose, code or a table of data.
#[must_use]
pub fn classify(file_name: &str, text: &str) -> Vec<DocumentKind> {
    let Some(syntax) = syntax_of_interest(file_name, text) else {
        return Vec::new();
    };
    kinds_of(file_name, syntax, &parse(syntax, text))
}

/// Reads a document as one kind, whatever its name.
#[must_use]
pub fn read(kind: DocumentKind, text: &str, limits: &Limits) -> DocumentFacts {
    let mut facts = DocumentFacts::new(kind);
    if let Some(problem) = over_limit(text, limits) {
        facts.problems.push(problem);
        return facts;
    }
    let syntax = kind::syntax_of(kind, text);
    let document = parse(syntax, text);
    fill(&mut facts, syntax, text, &document);
    facts
}

/// Reads a document as every kind that it is; a hazard that several kinds share is reported once.
#[must_use]
pub fn inspect(file_name: &str, text: &str, limits: &Limits) -> Vec<DocumentFacts> {
    if let Some(facts) = lines(file_name, text, limits) {
        return vec![facts];
    }
    let Some(syntax) = syntax_of_interest(file_name, text) else {
        return Vec::new();
    };
    if let Some(problem) = over_limit(text, limits) {
        let mut facts = DocumentFacts::new(DocumentKind::Settings);
        facts.problems.push(problem);
        return vec![facts];
    }
    let document = parse(syntax, text);
    let mut seen: BTreeSet<Hazard> = BTreeSet::new();
    let mut all = Vec::new();
    for kind in kinds_of(file_name, syntax, &document) {
        let mut facts = DocumentFacts::new(kind);
        fill(&mut facts, syntax, text, &document);
        if all.is_empty() {
            flat(file_name, text, &document, &mut facts);
        }
        let hazards = std::mem::take(&mut facts.hazards);
        for hazard in hazards {
            if seen.insert(hazard.clone()) {
                facts.hazards.push(hazard);
            }
        }
        if !all.is_empty() {
            facts.problems.clear();
            facts.templates.clear();
        }
        all.push(facts);
    }
    all
}

/// Texts of lines rather than of values: a list for pip, a Modelfile.
fn lines(file_name: &str, text: &str, limits: &Limits) -> Option<DocumentFacts> {
    if sums::is_list(file_name) && over_limit(text, limits).is_none() {
        let mut facts = DocumentFacts::new(DocumentKind::Settings);
        sums::read(file_name, text, &mut facts);
        return Some(facts);
    }
    let is_list = packages::is_list(file_name);
    if !is_list && !recipes::is_modelfile(file_name, text) {
        return None;
    }
    let mut facts = DocumentFacts::new(DocumentKind::Settings);
    match over_limit(text, limits) {
        Some(problem) => facts.problems.push(problem),
        None if is_list => packages::read_list(text, &mut facts),
        None => recipes::read_modelfile(text, &mut facts),
    }
    Some(facts)
}

/// Files of a tokenizer that are one flat map and known by their names only.
fn flat(file_name: &str, text: &str, document: &Document, facts: &mut DocumentFacts) {
    match kind::base_name(file_name).as_str() {
        "vocab.json" => vocabulary::read_flat(text, facts),
        "added_tokens.json" => document
            .roots
            .iter()
            .for_each(|root| added::read_flat(root, facts)),
        "special_tokens_map.json" => document
            .roots
            .iter()
            .for_each(|root| added::read_roles(root, facts)),
        _ => {}
    }
}

/// The syntax of a text that is worth parsing.
fn syntax_of_interest(file_name: &str, text: &str) -> Option<Syntax> {
    let syntax = kind::syntax(file_name, text)?;
    let is_of_interest =
        syntax == Syntax::Jinja || kind::by_name(file_name).is_some() || kind::may_matter(text);
    is_of_interest.then_some(syntax)
}

/// Keys of interest in a tree that is part of another document, such as the front matter of a card.
pub(crate) fn read_part(root: &Node) -> DocumentFacts {
    let mut facts = DocumentFacts::new(DocumentKind::Settings);
    keys::read(root, &mut facts);
    facts
}

pub(crate) use keys::is_repository;

fn over_limit(text: &str, limits: &Limits) -> Option<Problem> {
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    (size > limits.text_bytes.max(limits.header_bytes)).then(|| {
        Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            format!("a text of {size} bytes was not read"),
        )
    })
}

fn parse(syntax: Syntax, text: &str) -> Document {
    match syntax {
        Syntax::Json => parse_json(text, tokenizer::SKIPPED),
        Syntax::Yaml => parse_yaml(text),
        Syntax::Jinja => Document::default(),
    }
}

fn kinds_of(file_name: &str, syntax: Syntax, document: &Document) -> Vec<DocumentKind> {
    let mut kinds = BTreeSet::new();
    if syntax == Syntax::Jinja {
        kinds.insert(DocumentKind::ChatTemplate);
    }
    kinds.extend(kind::by_name(file_name));
    for root in &document.roots {
        kinds.extend(kind::by_content(root));
    }
    let is_other = |root: &Node| oci::is_manifest(root) || recipes::is_recipe(root);
    if kinds.is_empty() && (document.roots.iter().any(is_other) || keys::has_interest(document)) {
        kinds.insert(DocumentKind::Settings);
    }
    kinds.into_iter().collect()
}

fn fill(facts: &mut DocumentFacts, syntax: Syntax, text: &str, document: &Document) {
    if syntax == Syntax::Jinja {
        facts.template("chat_template", text, Place::Whole);
        return;
    }
    facts.problems.extend(document.problems.iter().cloned());
    for root in &document.roots {
        keys::read(root, facts);
        duplicates(root, facts);
        read_kind(root, text, facts);
        if oci::is_manifest(root) {
            oci::read(root, facts);
        }
        if recipes::is_recipe(root) {
            recipes::read(root, facts);
        }
    }
}

fn duplicates(root: &Node, facts: &mut DocumentFacts) {
    for duplicate in crate::document::duplicates(root) {
        let key = duplicate.pointer.clone();
        facts.hazards.push(Hazard::new(
            HazardKind::DuplicateKey,
            Place::Pointer(duplicate.pointer),
            duplicate.line,
            &key,
        ));
    }
}

fn read_kind(root: &Node, text: &str, facts: &mut DocumentFacts) {
    match facts.kind {
        DocumentKind::ModelConfig => {
            model::read(root, facts);
            generation::sizes(root, facts);
        }
        DocumentKind::GenerationConfig => {
            model::read(root, facts);
            generation::read(root, facts);
            generation::sizes(root, facts);
        }
        DocumentKind::TokenizerConfig => tokenizer::read_config(root, facts),
        DocumentKind::ProcessorConfig => {
            tokenizer::read_config(root, facts);
            generation::sizes(root, facts);
        }
        DocumentKind::Tokenizer => tokenizer::read(root, text, facts),
        DocumentKind::AdapterConfig => adapter::read(root, facts),
        DocumentKind::ShardIndex => index::read_shards(root, facts),
        DocumentKind::PipelineIndex => index::read_pipeline(root, facts),
        DocumentKind::SentenceModules => index::read_modules(root, facts),
        DocumentKind::MlflowModel => mlflow::read(root, facts),
        DocumentKind::ChatTemplate
        | DocumentKind::Instantiation
        | DocumentKind::DatasetInfos
        | DocumentKind::Settings => {}
    }
}

#[cfg(test)]
mod tests;
