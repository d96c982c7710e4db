//! Model and dataset cards: what they declare, what they link to, and what they talk their readers into.
//!
//! A card is read by people, by hubs and by agents. Its front matter gives lineage and licence; its prose gives
//! commands to paste; its hidden parts may speak to an agent only. The text is never rendered and no link followed.

mod advice;
pub mod description;
mod links;
mod prose;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::bounded::{Capped, quote};
use crate::config::{Reference, ReferenceKind, read_part};
use crate::document::{Node, parse_yaml, walk};
use crate::hazard::{Hazard, HazardKind};
use crate::path::{self, Escape};

/// How a model was made from its base, as Hugging Face cards name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BaseRelation {
    /// Trained further.
    Finetune,
    /// An adapter over it.
    Adapter,
    /// Merged with others.
    Merge,
    /// The same weights in fewer bits.
    Quantized,
}

/// What a card says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFacts {
    /// Licences as SPDX identifiers, or as written when unknown.
    pub licences: Vec<String>,
    /// How it was made from the base models.
    pub base_relation: Option<BaseRelation>,
    /// The library that loads it.
    pub library: Option<String>,
    /// The task.
    pub pipeline_tag: Option<String>,
    /// Tags, at most 64.
    pub tags: Vec<String>,
    /// Whether there is front matter at all.
    pub has_front_matter: bool,
    /// Base models and datasets of the front matter, then models and datasets of the text.
    pub references: Capped<Reference>,
    /// What it talks its readers into.
    pub hazards: Capped<Hazard>,
    /// What was broken or left unread.
    pub problems: Vec<Problem>,
}

impl CardFacts {
    fn hazard(&mut self, kind: HazardKind, line: u32, value: &str) {
        let place = Place::Line { line, column: 1 };
        let hazard = Hazard::new(kind, place, line, value);
        if !self.hazards.items().contains(&hazard) {
            self.hazards.push(hazard);
        }
    }

    fn reference(&mut self, kind: ReferenceKind, name: &str, place: Place) {
        let name = quote(name);
        let is_known = self
            .references
            .items()
            .iter()
            .any(|known| known.kind == kind && known.name == name);
        if !is_known {
            self.references.push(Reference {
                kind,
                name,
                revision: None,
                place,
            });
        }
    }
}

/// Reads a card.
#[must_use]
pub fn read(text: &str, limits: &Limits) -> CardFacts {
    let mut facts = CardFacts::default();
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if size > limits.text_bytes {
        facts.problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            format!("a text of {size} bytes was not read"),
        ));
        return facts;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (matter, body, body_line) = split(text);
    if let Some(matter) = matter {
        facts.has_front_matter = true;
        front_matter(matter, &mut facts);
    }
    links::read(body, body_line, &mut facts);
    advice::read(body, body_line, &mut facts);
    prose::read(body, body_line, &mut facts);
    facts
}

/// The front matter, the rest, and the line at which the rest begins.
fn split(text: &str) -> (Option<&str>, &str, u32) {
    let rest = text
        .strip_prefix("---\n")
        .or_else(|| text.strip_prefix("---\r\n"));
    let Some(rest) = rest else {
        return (None, text, 1);
    };
    let mut offset = 0_usize;
    for (index, line) in (0_u32..).zip(rest.split_inclusive('\n')) {
        let next = offset.saturating_add(line.len());
        if line.trim_end() == "---" {
            let matter = rest.get(..offset).unwrap_or_default();
            let body = rest.get(next..).unwrap_or_default();
            return (Some(matter), body, index.saturating_add(3));
        }
        offset = next;
    }
    (None, text, 1)
}

fn front_matter(text: &str, facts: &mut CardFacts) {
    let document = parse_yaml(text);
    facts.problems.extend(document.problems.iter().cloned());
    for root in &document.roots {
        declared(root, facts);
        data_files(root, facts);
        for hazard in read_part(root).hazards {
            facts.hazards.push(hazard);
        }
    }
}

fn declared(root: &Node, facts: &mut CardFacts) {
    for key in ["license", "licence"] {
        let names = strings(root.get(key));
        let names = names.into_iter().map(|name| match name.as_str() {
            "other" => root.text_of("license_name").map_or(name, quote),
            _ => name,
        });
        facts
            .licences
            .extend(names.map(|name| crate::licence::of_card_name(&name)));
    }
    for name in strings(root.get("base_model")) {
        let place = Place::Pointer("/base_model".to_owned());
        facts.reference(ReferenceKind::BaseModel, &name, place);
    }
    for name in strings(root.get("datasets")) {
        let place = Place::Pointer("/datasets".to_owned());
        facts.reference(ReferenceKind::Dataset, &name, place);
    }
    for name in strings(root.get("source_datasets")) {
        let place = Place::Pointer("/source_datasets".to_owned());
        let name = name.strip_prefix("extended|").unwrap_or(&name).to_owned();
        if !matches!(name.as_str(), "original" | "extended" | "other") {
            facts.reference(ReferenceKind::Dataset, &name, place);
        }
    }
    facts.base_relation = root
        .text_of("base_model_relation")
        .and_then(|relation| match relation {
            "finetune" => Some(BaseRelation::Finetune),
            "adapter" => Some(BaseRelation::Adapter),
            "merge" => Some(BaseRelation::Merge),
            "quantized" => Some(BaseRelation::Quantized),
            _ => None,
        });
    facts.library = root.text_of("library_name").map(quote);
    facts.pipeline_tag = root.text_of("pipeline_tag").map(quote);
    facts.tags = strings(root.get("tags"));
}

/// One text, or a list of texts; at most 64.
fn strings(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    node.scalar()
        .into_iter()
        .chain(node.items().iter().filter_map(Node::scalar))
        .filter(|text| !text.is_empty())
        .take(64)
        .map(quote)
        .collect()
}

/// `configs: [{data_files: …}]` of a dataset card: files that leave the repository.
fn data_files(root: &Node, facts: &mut CardFacts) {
    let Some(configs) = root.get("configs") else {
        return;
    };
    walk(configs, &mut |visit| {
        if !matches!(
            visit.key,
            "path" | "data_files" | "data_dir" | "split_files"
        ) {
            return;
        }
        let Some(text) = visit.node.text() else {
            return;
        };
        let kind = match path::escape(text) {
            Some(Escape::Traversal) => HazardKind::PathTraversal,
            Some(Escape::Absolute) => HazardKind::AbsolutePath,
            Some(Escape::Url) if !text.starts_with("hf://") => HazardKind::UrlReference,
            Some(Escape::Url) | None => return,
        };
        let place = Place::Pointer(format!("/configs{}", visit.pointer));
        facts
            .hazards
            .push(Hazard::new(kind, place, visit.node.line, text));
    });
}

/// A pattern of this module. Word boundaries are those of ASCII, which the fast engine can do on any text.
fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(&pattern.replace(r"\b", r"(?-u:\b)")).ok()
}

/// Counts lines for rising offsets in one pass.
struct LineCounter<'a> {
    text: &'a str,
    counted: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    const fn new(text: &'a str, first: u32) -> Self {
        Self {
            text,
            counted: 0,
            line: first,
        }
    }

    fn at(&mut self, offset: usize) -> u32 {
        if let Some(passed) = self.text.as_bytes().get(self.counted..offset) {
            let breaks = memchr::memchr_iter(b'\n', passed).count();
            self.line = self
                .line
                .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            self.counted = offset;
        }
        self.line
    }
}

#[cfg(test)]
mod tests;
