//! What all checks draw on, put in order once: weights, card, references, bills of materials, statements.

use std::collections::BTreeSet;

use chainwright_analysis::facts::{Facts, Format};
use chainwright_analysis::graph::kind_of;
use chainwright_analysis::{Inspected, Tree};
use chainwright_boms::Inventory;
use chainwright_boms::read::Format as BomFormat;
use chainwright_core::component::ComponentKind;
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::model::ModelFormat;
use chainwright_formats::signature::Signature;
use chainwright_history::is_weights;
use chainwright_repository::card::CardFacts;
use chainwright_repository::card::description::{Description, Topic, describe};
use chainwright_repository::config::{DocumentKind, Reference, ReferenceKind};

use crate::Subject;
use crate::documents::{Document, Role};
use crate::signatures::{self, Statement};

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryKind {
    /// A model or adapter.
    Model,
    /// A dataset.
    Dataset,
    /// Neither.
    Other,
}

impl RepositoryKind {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Other => "other",
        }
    }
}

/// What the format of a weight file can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carriage {
    /// Numbers and what names them.
    Numbers,
    /// Operators or layers that may be code, by design of the format.
    Programs,
    /// A pickle.
    Pickle,
}

/// A weight file that is here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weight<'a> {
    pub(crate) artifact: &'a Inspected,
    pub(crate) carriage: Carriage,
}

/// The card of the repository.
#[derive(Debug)]
pub(crate) struct Card<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: String,
    pub(crate) told: Description,
    pub(crate) facts: Option<&'a CardFacts>,
}

impl Card<'_> {
    /// Whether there is text about any of these topics.
    pub(crate) fn has(&self, topics: &[Topic]) -> bool {
        let mut sections = self.told.sections.iter();
        sections.any(|section| topics.contains(&section.topic) && !section.text.is_empty())
    }

    pub(crate) fn states(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.told.stated(key).is_some())
    }
}

/// A bill of materials.
#[derive(Debug)]
pub(crate) struct Bom<'a> {
    pub(crate) document: &'a Document,
    pub(crate) format: BomFormat,
    pub(crate) inventory: Inventory,
}

/// Something that is named, and who names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mention<'a> {
    pub(crate) artifact: &'a Inspected,
    pub(crate) reference: &'a Reference,
    /// The document is the configuration of an adapter.
    pub(crate) is_adapter: bool,
}

/// Everything in order.
#[derive(Debug)]
pub(crate) struct Material<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) tree: Tree<'a>,
    pub(crate) kind: RepositoryKind,
    pub(crate) weights: Vec<Weight<'a>>,
    /// Weight files whose content was not fetched.
    pub(crate) pointers: Vec<&'a Inspected>,
    pub(crate) card: Option<Card<'a>>,
    pub(crate) boms: Vec<Bom<'a>>,
    pub(crate) statements: Vec<Statement>,
    /// Files that may be signatures of another kind.
    pub(crate) other_proofs: Vec<&'a str>,
    pub(crate) mentions: Vec<Mention<'a>>,
}

impl<'a> Material<'a> {
    pub(crate) fn new(subject: &'a Subject<'a>) -> Self {
        let (weights, pointers) = weights(subject.artifacts);
        let mut documents: Vec<&Document> = subject.documents.iter().collect();
        documents.sort_by_key(|document| (document.path.matches('/').count(), &document.path));
        let of_role = |role| {
            let all = documents.iter().copied();
            all.filter(move |document| document.role() == Some(role))
        };
        let tree = Tree::new(subject.artifacts);
        let card = of_role(Role::Card)
            .map(|document| card(document, &tree))
            .next();
        let boms = of_role(Role::Bom).filter_map(bom).collect();
        let (mut statements, mut other_proofs) = (Vec::new(), Vec::new());
        for document in of_role(Role::Proof) {
            let found = signatures::read(&document.path, &document.bytes);
            if found.is_empty() && !document.path.ends_with("json") {
                other_proofs.push(document.path.as_str());
            }
            statements.extend(found);
        }
        let mentions = mentions(subject.artifacts);
        let kind = kind(
            subject.artifacts,
            !weights.is_empty() || !pointers.is_empty(),
            card.as_ref(),
        );
        Self {
            subject,
            tree,
            kind,
            weights,
            pointers,
            card,
            boms,
            statements,
            other_proofs,
            mentions,
        }
    }

    /// Bytes of all weight files that are here.
    pub(crate) fn weight_bytes(&self) -> u64 {
        self.weights.iter().map(|weight| weight.artifact.size).sum()
    }

    pub(crate) fn documents(&self, role: Role) -> impl Iterator<Item = &'a Document> {
        let all = self.subject.documents.iter();
        all.filter(move |document| document.role() == Some(role))
    }

    /// Names of this kind, sorted, each once.
    pub(crate) fn named(&self, kind: ReferenceKind) -> BTreeSet<&'a str> {
        let mut names: BTreeSet<&str> = self
            .mentions
            .iter()
            .filter(|mention| mention.reference.kind == kind && !is_link(mention.reference))
            .map(|mention| mention.reference.name.as_str())
            .collect();
        if kind == ReferenceKind::BaseModel {
            let facts = self.subject.artifacts.iter().flat_map(|each| &each.facts);
            names.extend(
                facts
                    .filter_map(|facts| match facts {
                        Facts::Gguf(gguf) => {
                            Some(gguf.base_models.iter().map(|(name, _)| name.as_str()))
                        }
                        _ => None,
                    })
                    .flatten(),
            );
        }
        names
    }

    /// Whether the card says that there is nothing that the model was made from.
    pub(crate) fn is_from_scratch(&self) -> bool {
        self.card.as_ref().is_some_and(|card| {
            let text = card.text.to_lowercase();
            let words: Vec<&str> = text.split_whitespace().collect();
            words.windows(3).any(|words| {
                words.first().is_some_and(|word| word.ends_with("trained"))
                    && words.get(1) == Some(&"from")
                    && words.get(2).is_some_and(|word| word.starts_with("scratch"))
            })
        })
    }
}

/// A name that prose links to, not one that somebody declares.
fn is_link(reference: &Reference) -> bool {
    matches!(reference.place, Place::Line { .. })
}

fn weights(artifacts: &[Inspected]) -> (Vec<Weight<'_>>, Vec<&Inspected>) {
    let pickled: BTreeSet<&str> = artifacts
        .iter()
        .filter(|artifact| artifact.formats.contains(&Format::Pickle))
        .map(|artifact| artifact.location.path())
        .collect();
    let (mut weights, mut pointers) = (Vec::new(), Vec::new());
    for artifact in artifacts {
        if !artifact.location.members().is_empty() {
            continue;
        }
        let path = artifact.location.path();
        if is_pointer(artifact) {
            if is_weights(path) {
                pointers.push(artifact);
            }
            continue;
        }
        let is_loadable = matches!(
            kind_of(artifact),
            Some(ComponentKind::Weights | ComponentKind::Adapter)
        );
        let carriage = if pickled.contains(path) {
            Carriage::Pickle
        } else if !is_loadable {
            continue;
        } else if artifact
            .formats
            .iter()
            .any(|format| carries_programs(*format))
        {
            Carriage::Programs
        } else {
            Carriage::Numbers
        };
        weights.push(Weight { artifact, carriage });
    }
    (weights, pointers)
}

fn is_pointer(artifact: &Inspected) -> bool {
    let mut facts = artifact.facts.iter();
    facts.any(|facts| matches!(facts, Facts::LfsPointer(_)))
}

/// Whether a model of this format may bring code that its loader runs.
const fn carries_programs(format: Format) -> bool {
    match format {
        Format::Pickle => true,
        Format::Content(signature) => matches!(signature, Signature::Hdf5),
        Format::Container(_) => false,
        Format::Model(format) => matches!(
            format,
            ModelFormat::KerasConfig
                | ModelFormat::Hdf5
                | ModelFormat::SavedModel
                | ModelFormat::GraphDef
                | ModelFormat::MetaGraph
                | ModelFormat::KerasMetadata
                | ModelFormat::TensorRt
                | ModelFormat::Torch7
                | ModelFormat::RData
                | ModelFormat::Skops
                | ModelFormat::Spacy
                | ModelFormat::Llamafile
                | ModelFormat::TorchMobile
                | ModelFormat::TorchExport
                | ModelFormat::Other
        ),
    }
}

fn card<'a>(document: &'a Document, tree: &Tree<'a>) -> Card<'a> {
    let text = document.text().into_owned();
    let artifact = tree.at(&document.path);
    let facts = artifact.and_then(|artifact| {
        artifact.facts.iter().find_map(|facts| match facts {
            Facts::Card(card) => Some(card),
            _ => None,
        })
    });
    Card {
        path: &document.path,
        told: describe(&text, &Limits::default()),
        text,
        facts,
    }
}

fn bom(document: &Document) -> Option<Bom<'_>> {
    let read = chainwright_boms::read::read(&document.bytes, &document.path, &Limits::default());
    let (format, inventory) = read.ok()?;
    Some(Bom {
        document,
        format,
        inventory,
    })
}

fn mentions(artifacts: &[Inspected]) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    for artifact in artifacts {
        for facts in &artifact.facts {
            let (references, is_adapter) = match facts {
                Facts::Config(document) => (
                    document.references.items(),
                    document.kind == DocumentKind::AdapterConfig,
                ),
                Facts::Card(card) => (card.references.items(), false),
                _ => continue,
            };
            found.extend(references.iter().map(|reference| Mention {
                artifact,
                reference,
                is_adapter,
            }));
        }
    }
    found
}

fn kind(artifacts: &[Inspected], has_weights: bool, card: Option<&Card<'_>>) -> RepositoryKind {
    let says_model = card.is_some_and(|card| card.told.has_model_keys);
    let says_dataset = card.is_some_and(|card| card.told.has_dataset_keys);
    let holds = |kind| artifacts.iter().any(|each| kind_of(each) == Some(kind));
    if says_dataset && !says_model {
        RepositoryKind::Dataset
    } else if has_weights || says_model {
        RepositoryKind::Model
    } else if holds(ComponentKind::Dataset) {
        RepositoryKind::Dataset
    } else {
        RepositoryKind::Other
    }
}

/// Whether a text names a whole commit or a SHA-256: 40 or 64 lower-case hexadecimal digits on their own.
pub(crate) fn has_commit(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| {
            matches!(word.len(), 40 | 64)
                && word
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
}

/// Whether a text holds an address: of mail, or a page.
pub(crate) fn has_address(text: &str) -> bool {
    let is_mail = |word: &str| {
        word.split_once('@').is_some_and(|(name, host)| {
            let host = host.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let is_named = name.chars().next_back().is_some_and(char::is_alphanumeric);
            is_named && host.split('.').count() > 1 && host.split('.').all(|part| !part.is_empty())
        })
    };
    text.split_whitespace()
        .any(|word| word.contains("https://") || word.contains("mailto:") || is_mail(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_and_addresses_are_told_from_other_words() {
        assert!(has_commit(&format!("rev=\"{}\"", "0a".repeat(20))));
        assert!(has_commit(&format!("x@sha256:{}", "ab".repeat(32))));
        assert!(!has_commit(&"ab".repeat(19)));
        assert!(!has_commit(&"AB".repeat(20)));
        for text in [
            "Write to <security@example.org>.",
            "see https://example.org/report",
            "a@b.c",
        ] {
            assert!(has_address(text), "{text}");
        }
        for text in [
            "",
            "@someone",
            "pip install x@1",
            "a @ b.c",
            "meet at 5@noon",
        ] {
            assert!(!has_address(text), "{text}");
        }
    }
}
