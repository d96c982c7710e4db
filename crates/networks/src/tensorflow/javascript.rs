//! TensorFlow.js: `model.json` with a topology and a manifest of weights.
//!
//! A topology is either Keras' (handed out as a part for whoever reads Keras) or a `GraphDef` as JSON.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind, PartContent,
};
use chainwright_core::problem::ProblemKind;

use super::json::{self, Event, Level, Outcome};
use super::prototext::Writer;
use super::schema::{self, Shape};
use super::{keras, saved};
use crate::path;
use crate::wire::Wire;

/// Reads a `model.json`.
pub(super) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::TensorFlowJs);
    let most = budget.limits().text_bytes;
    let text = match read_range(source, 0, narrow(most)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string());
            return facts;
        }
    };
    if source.size() > most {
        let detail = format!("only {most} bytes were read");
        facts.problem(ProblemKind::LimitReached, Place::Whole, detail);
    }
    let mut seen = Seen::default();
    let outcome = json::walk(&text, |levels, at, event| seen.event(levels, at, &event));
    match outcome {
        Outcome::Whole => {}
        Outcome::Broken => {
            facts.problem(
                ProblemKind::Malformed,
                Place::Whole,
                "the document is no JSON",
            );
        }
        Outcome::Deep => {
            let detail = "the document is nested too deep";
            facts.problem(ProblemKind::LimitReached, Place::Whole, detail);
        }
    }
    facts.producer = chainwright_core::text::visible(&seen.producer, 100);
    for name in &seen.paths {
        weight_file(name, &mut facts);
    }
    if seen.is_graph {
        graph(&text, budget, &mut facts);
    } else if let Some((start, end)) = seen.config.or(seen.topology) {
        facts.part(
            "config.json",
            PartContent::Stretch {
                offset: wide(start),
                length: wide(end.saturating_sub(start)),
            },
        );
        if let Some(config) = text.get(start..end) {
            let config = config.as_bytes().to_vec();
            let wire = Wire::new(&config, budget);
            keras::judge_layer(&wire, wire.whole(), "model_config", &mut facts);
        }
    }
    facts
}

/// A file of weights: loaders fetch it from beside the document, or from where it says.
fn weight_file(name: &str, facts: &mut ModelFacts) {
    let place = Place::Key("weightsManifest".to_owned());
    path::judge(facts, name, &place, Effect::OnLoad, "");
    if name.contains("://") || name.starts_with("//") {
        let detail = "weights are fetched from another machine";
        let kind = ModelHazardKind::NetworkUse;
        facts.hazard(ModelHazard::new(
            kind,
            Effect::OnLoad,
            place,
            name,
            detail,
            "",
        ));
    }
}

#[derive(Debug, Default)]
struct Seen {
    producer: String,
    paths: Vec<String>,
    is_graph: bool,
    topology: Option<(usize, usize)>,
    config: Option<(usize, usize)>,
    open_topology: Option<usize>,
    open_config: Option<usize>,
}

impl Seen {
    fn event(&mut self, levels: &[Level], at: usize, event: &Event) {
        let key = |index: usize| levels.get(index).map_or("", |level| level.key.as_str());
        match (event, key(0)) {
            (Event::Object, "modelTopology") if levels.len() == 1 => self.open_topology = Some(at),
            (Event::Object, "modelTopology") if levels.len() == 2 && key(1) == "model_config" => {
                self.open_config = Some(at);
            }
            (Event::List, "modelTopology") if levels.len() == 2 && key(1) == "node" => {
                self.is_graph = true;
            }
            (Event::Object, "modelTopology") if levels.len() == 2 && key(1) == "library" => {
                self.is_graph = true;
            }
            (Event::End(begun), _) if self.open_topology == Some(*begun) => {
                self.topology = Some((*begun, at));
            }
            (Event::End(begun), _) if self.open_config == Some(*begun) => {
                self.config = Some((*begun, at));
            }
            (Event::Text(name), "weightsManifest")
                if key(2) == "paths" && self.paths.len() < 65_536 =>
            {
                self.paths.push(name.clone());
            }
            (Event::Text(name), "convertedBy" | "generatedBy") if levels.len() == 1 => {
                if !self.producer.is_empty() {
                    self.producer.push_str(", ");
                }
                self.producer.push_str(name);
            }
            _ => {}
        }
    }
}

/// A `GraphDef` as JSON (protobuf's mapping), turned into its binary form.
fn graph(text: &str, budget: &Budget, facts: &mut ModelFacts) {
    let mut writer = Writer::new(&schema::GRAPH);
    // What was opened for each object and list below the topology.
    let mut open: Vec<Opened> = Vec::new();
    json::walk(text, |levels, _, event| {
        if levels
            .first()
            .is_none_or(|level| level.key != "modelTopology")
            || levels.len() < 2
        {
            return;
        }
        let below = levels.get(1..).unwrap_or_default();
        match event {
            Event::Object => open.push(opened(&mut writer, below, &open)),
            Event::List => open.push(Opened::List),
            Event::End(_) => close(&mut writer, open.pop()),
            Event::Text(value) => scalar(&mut writer, below, &open, &value, true),
            Event::Other(value) => scalar(&mut writer, below, &open, &value, false),
        }
    });
    let binary = writer.finish();
    let wire = Wire::new(&binary, budget);
    saved::read_graph(&wire, false, budget, facts);
    for problem in wire.into_problems() {
        facts.problem(problem.kind, Place::Whole, problem.detail);
    }
}

/// What an object or a list of the document has opened in the binary form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// A list, or something that is passed over.
    List,
    /// A message.
    Message,
    /// A map: its members are entries.
    Map,
    /// An entry and the message that is its value.
    Entry,
}

/// The key of the innermost object; lists have none of their own.
fn key_of(levels: &[Level]) -> &str {
    let named = levels.iter().rev().find(|level| !level.key.is_empty());
    named.map_or("", |level| level.key.as_str())
}

fn map_field(levels: &[Level]) -> &str {
    let mut named = levels.iter().rev().filter(|level| !level.key.is_empty());
    let _own = named.next();
    named.next().map_or("", |level| level.key.as_str())
}

fn opened(writer: &mut Writer, levels: &[Level], open: &[Opened]) -> Opened {
    let key = key_of(levels);
    if open.last() == Some(&Opened::Map) {
        writer.open(map_field(levels));
        writer.text("key", key.as_bytes());
        writer.open("value");
        return Opened::Entry;
    }
    if let Some((_, Shape::Map(_))) = writer.field(key) {
        return Opened::Map;
    }
    writer.open(key);
    Opened::Message
}

fn close(writer: &mut Writer, opened: Option<Opened>) {
    match opened {
        Some(Opened::Message) => writer.close(),
        Some(Opened::Entry) => {
            writer.close();
            writer.close();
        }
        Some(Opened::List | Opened::Map) | None => {}
    }
}

fn scalar(writer: &mut Writer, levels: &[Level], open: &[Opened], value: &str, is_text: bool) {
    let key = key_of(levels);
    if open.last() == Some(&Opened::Map) {
        writer.open(map_field(levels));
        writer.text("key", key.as_bytes());
        writer.text("value", value.as_bytes());
        writer.close();
        return;
    }
    match (writer.field(key), is_text) {
        (Some((_, Shape::Bytes)), _) => writer.text(key, &super::values::base64(value)),
        (_, true) => writer.text(key, value.as_bytes()),
        (_, false) => writer.word(key, value),
    }
}
