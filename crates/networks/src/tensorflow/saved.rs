//! `SavedModel` and `MetaGraphDef`: graphs with what a loader binds to them and runs.

use std::collections::{HashMap, HashSet};

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts};
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::graph::{Graph, Reader};
use super::judge::{self, Purpose, Setting};
use super::keras;
use super::tensor::Text;
use super::values::Bound;
use crate::path;
use crate::wire::{Message, Value, Wire};

/// Characters of a name.
const NAME: usize = 1024;
/// Objects, assets and names that are kept.
const KEPT: usize = 500_000;
/// Collections of nodes that a loader of TensorFlow 1 runs.
const RUN_COLLECTIONS: &[&str] = &[
    "saved_model_main_op",
    "legacy_init_op",
    "saved_model_init_op",
];
/// Functions of tables and other resources that a loader of TensorFlow 2 calls.
const RUN_CHILDREN: &[&str] = &[
    "_initialize",
    "_create_resource",
    "initializer",
    "initialize",
];
/// The signature of which the loader runs the outputs.
const RUN_SIGNATURE: &str = "__saved_model_init_op";

/// Reads a `SavedModel`.
pub(super) fn read(wire: &Wire<'_>, is_file: bool, budget: &Budget, facts: &mut ModelFacts) {
    for field in wire.fields(wire.whole()) {
        match (field.number, field.value) {
            (1, Value::Varint(version)) => facts.version = version.to_string(),
            (2, Value::Bytes(meta)) => {
                read_meta(wire, meta, Purpose::Serving, is_file, budget, facts);
            }
            _ => {}
        }
    }
}

/// Reads a `MetaGraphDef`.
pub(super) fn read_meta(
    wire: &Wire<'_>,
    message: Message,
    purpose: Purpose,
    is_file: bool,
    budget: &Budget,
    facts: &mut ModelFacts,
) {
    let mut meta = Meta::over(wire, is_file);
    for field in wire.fields(message) {
        let Some(part) = field.message() else {
            continue;
        };
        match field.number {
            1 => meta.info(part, facts),
            2 => meta.reader.graph(part, &mut meta.graph, facts),
            3 => meta.saver(part),
            4 => meta.collection(part, facts),
            5 => meta.signature(part),
            6 => meta.asset(part, facts),
            7 => meta.objects(part, facts),
            _ => {}
        }
    }
    meta.judge(purpose, budget, facts);
}

/// Reads a `GraphDef`.
pub(super) fn read_graph(wire: &Wire<'_>, is_file: bool, budget: &Budget, facts: &mut ModelFacts) {
    let mut meta = Meta::over(wire, is_file);
    meta.reader.graph(wire.whole(), &mut meta.graph, facts);
    if facts.version.is_empty() && meta.graph.producer > 0 {
        facts.version = meta.graph.producer.to_string();
    }
    meta.judge(Purpose::Bare, budget, facts);
}

/// One object of the object graph.
#[derive(Debug, Default)]
struct Object {
    bound: Option<Bound>,
    functions: Vec<String>,
    /// Objects that are called on loading.
    runs: Vec<u64>,
}

struct Meta<'w, 'a> {
    wire: &'w Wire<'a>,
    reader: Reader<'w, 'a>,
    graph: Graph,
    assets: HashSet<String>,
    roots: HashSet<String>,
    objects: Vec<Object>,
    captures: Vec<(String, Vec<u64>)>,
}

impl<'w, 'a> Meta<'w, 'a> {
    fn over(wire: &'w Wire<'a>, is_file: bool) -> Self {
        Self {
            wire,
            reader: Reader::new(wire, is_file),
            graph: Graph::default(),
            assets: HashSet::new(),
            roots: HashSet::new(),
            objects: Vec::new(),
            captures: Vec::new(),
        }
    }

    fn text(&self, at: Message) -> String {
        self.wire.text(at, NAME)
    }

    fn info(&self, message: Message, facts: &mut ModelFacts) {
        for field in self.wire.fields(message) {
            if let (5, Some(version)) = (field.number, field.message()) {
                facts.producer = visible(&format!("TensorFlow {}", self.text(version)), 100);
            }
        }
    }

    fn saver(&mut self, message: Message) {
        for field in self.wire.fields(message) {
            if let (3, Some(name)) = (field.number, field.message()) {
                let name = self.text(name);
                self.root(name);
            }
        }
    }

    fn root(&mut self, name: String) {
        if self.roots.len() < KEPT && !name.is_empty() {
            self.roots.insert(name);
        }
    }

    /// The key and the value of an entry of a map.
    fn entry(&self, message: Message) -> (String, Option<Message>) {
        let mut key = String::new();
        let mut value = None;
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(text)) => key = self.text(text),
                (2, Some(message)) => value = Some(message),
                _ => {}
            }
        }
        (key, value)
    }

    fn collection(&mut self, message: Message, facts: &mut ModelFacts) {
        let (key, Some(value)) = self.entry(message) else {
            return;
        };
        let is_run = RUN_COLLECTIONS.contains(&key.as_str());
        for list in self.wire.fields(value) {
            let Some(items) = list.message() else {
                continue;
            };
            for item in self.wire.fields(items) {
                match (list.number, item.message()) {
                    (1, Some(name)) if is_run => {
                        let name = self.text(name);
                        self.root(name);
                    }
                    (2, Some(bytes)) => {
                        self.reader.pickle(&Text::read(self.wire, bytes), facts);
                        if key == "asset_filepaths" || key == "saved_model_assets" {
                            self.asset(bytes, facts);
                        }
                    }
                    (5, Some(any)) if key == "saved_model_assets" => {
                        let inner = self.wire.fields(any).find(|each| each.number == 2);
                        if let Some(asset) = inner.and_then(|each| each.message()) {
                            self.asset(asset, facts);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn signature(&mut self, message: Message) {
        let (key, Some(value)) = self.entry(message) else {
            return;
        };
        if key != RUN_SIGNATURE {
            return;
        }
        for field in self.wire.fields(value).filter(|each| each.number == 2) {
            let info = field.message().and_then(|entry| self.entry(entry).1);
            if let Some(name) = info.and_then(|info| self.tensor_name(info)) {
                self.root(name);
            }
        }
    }

    /// The name of a `TensorInfo`.
    fn tensor_name(&self, info: Message) -> Option<String> {
        let name = self.wire.fields(info).find(|each| each.number == 1)?;
        Some(self.text(name.message()?))
    }

    fn asset(&mut self, message: Message, facts: &mut ModelFacts) {
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(info)) => {
                    let name = self.tensor_name(info).unwrap_or_default();
                    let node = name.split(':').next().unwrap_or_default();
                    if self.assets.len() < KEPT && !node.is_empty() {
                        self.assets.insert(node.to_owned());
                    }
                }
                (2, Some(name)) => {
                    let name = self.text(name);
                    let place = Place::Key("asset_file_def".to_owned());
                    path::judge(facts, &name, &place, Effect::OnLoad, "");
                }
                _ => {}
            }
        }
    }

    fn objects(&mut self, message: Message, facts: &mut ModelFacts) {
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(object)) if self.objects.len() < KEPT => {
                    let object = self.object(object, facts);
                    self.objects.push(object);
                }
                (1, Some(at)) => {
                    let detail = "more objects than are followed";
                    facts.problem(ProblemKind::LimitReached, at.place(), detail);
                }
                (2, Some(entry)) if self.captures.len() < KEPT => {
                    if let (name, Some(function)) = self.entry(entry) {
                        let captured = self.wire.fields(function).filter(|each| each.number == 2);
                        let ids = captured.flat_map(|each| self.wire.numbers(each.value));
                        self.captures.push((name, ids.take(65_536).collect()));
                    }
                }
                _ => {}
            }
        }
    }

    fn object(&self, message: Message, facts: &mut ModelFacts) -> Object {
        let mut object = Object::default();
        for field in self.wire.fields(message) {
            let Some(part) = field.message() else {
                continue;
            };
            match field.number {
                1 => self.child(part, &mut object),
                4 => self.user_object(part, facts),
                5 => object.bound = Some(Bound::Asset),
                6 | 8 => {
                    let names = self.wire.fields(part).filter(|each| each.number == 1);
                    let names = names.filter_map(|each| each.message());
                    object
                        .functions
                        .extend(names.take(1024).map(|name| self.text(name)));
                }
                9 => {
                    let name = self.tensor_name(part).unwrap_or_default();
                    object.bound = Some(Bound::Constant(name));
                }
                11 => {
                    // A `SaveableObject`; its restore function runs when variables are read.
                    let (_, value) = self.entry(part);
                    let fields = value.into_iter().flat_map(|value| self.wire.fields(value));
                    let restore = fields.filter(|each| each.number == 3);
                    object.runs.extend(restore.filter_map(|each| each.varint()));
                }
                _ => {}
            }
        }
        object
    }

    fn child(&self, message: Message, object: &mut Object) {
        let mut id = 0;
        let mut name = String::new();
        for field in self.wire.fields(message) {
            match (field.number, field.value) {
                (1, Value::Varint(number)) => id = number,
                (2, Value::Bytes(text)) => name = self.text(text),
                _ => {}
            }
        }
        if RUN_CHILDREN.contains(&name.as_str()) {
            object.runs.push(id);
        }
    }

    /// Keras wrote the configuration of layers here before it had a file of its own for it.
    fn user_object(&self, message: Message, facts: &mut ModelFacts) {
        let mut identifier = String::new();
        let mut metadata = None;
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(text)) => identifier = self.text(text),
                (3, Some(text)) => metadata = Some(text),
                _ => {}
            }
        }
        if let Some(metadata) = metadata.filter(|_| identifier.starts_with("_tf_keras")) {
            keras::judge_layer(self.wire, metadata, &identifier, facts);
        }
    }

    fn judge(self, purpose: Purpose, budget: &Budget, facts: &mut ModelFacts) {
        facts.operators = facts.operators.saturating_add(self.graph.nodes);
        let object = |id: &u64| self.objects.get(usize::try_from(*id).ok()?);
        let mut bound: HashMap<String, Vec<Bound>> = HashMap::new();
        for (name, ids) in &self.captures {
            let what = ids.iter().map(|id| {
                let known = object(id).and_then(|object| object.bound.clone());
                known.unwrap_or(Bound::Other)
            });
            bound.insert(name.clone(), what.collect());
        }
        let runs = self.objects.iter().flat_map(|each| &each.runs);
        let functions = runs.filter_map(object).flat_map(|each| &each.functions);
        let initialisers: HashSet<String> = functions.cloned().collect();
        let setting = Setting {
            purpose,
            assets: &self.assets,
            bound: &bound,
            roots: &self.roots,
            initialisers: &initialisers,
        };
        judge::judge(
            &self.graph,
            &setting,
            self.wire,
            &self.reader,
            budget,
            facts,
        );
    }
}
