//! `GraphDef`: the nodes of a graph and of its functions, with what is needed to judge them.
//!
//! Of a node its name, operator and inputs are kept, the functions it calls, and the texts of the attributes that
//! matter; weights never. What goes beyond the bounds is still asked for the name of its operator.

use std::collections::{BTreeSet, HashMap};

use chainwright_core::fields::wide;
use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, PartContent};
use chainwright_core::problem::ProblemKind;

use super::ops::{self, Operand};
use super::tensor::{Shape, Tensor, Text};
use crate::wire::{Message, Value, Wire};

/// Nodes that are kept, and bytes of their texts.
const KEPT_NODES: usize = 500_000;
const KEPT_BYTES: u64 = 64 << 20;
/// Characters of a name, and texts of one attribute.
const NAME: usize = 1024;
const KEPT_TEXTS: usize = 64;
/// Inputs and called functions of one node that are kept.
const KEPT_INPUTS: usize = 4096;

/// One node.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its name.
    pub(super) name: String,
    /// Its operator; several if the field is repeated, which no writer does.
    pub(super) op: String,
    /// Operators that a reader may take instead.
    pub(super) other_ops: Vec<String>,
    /// Its inputs as written: `node`, `node:1`, `^node`, `node:out:0`.
    pub(super) inputs: Vec<String>,
    /// The functions that attributes name.
    pub(super) functions: Vec<String>,
    /// Texts of the attributes that matter.
    pub(super) texts: Vec<(String, Vec<Text>)>,
    /// The constant.
    pub(super) tensor: Option<Tensor>,
    /// The shape of a variable.
    pub(super) shape: Option<Shape>,
    /// Whether an attribute is given twice.
    pub(super) has_twice: Option<String>,
}

impl Node {
    /// The texts of an attribute.
    pub(super) fn attribute(&self, key: &str) -> impl Iterator<Item = &Text> {
        self.texts
            .iter()
            .filter(move |(name, _)| name == key)
            .flat_map(|(_, texts)| texts)
    }
}

/// The main graph or a function.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The name of the function; empty for the main graph.
    pub(super) name: String,
    /// Its nodes.
    pub(super) nodes: Vec<Node>,
    /// Where a node of a name is.
    pub(super) index: HashMap<String, usize>,
    /// Names that two nodes have.
    pub(super) twice: BTreeSet<String>,
    /// The names of its arguments.
    pub(super) arguments: Vec<String>,
    /// The names of its results and the tensors they are.
    pub(super) results: Vec<(String, String)>,
    /// Names of its results in order.
    pub(super) outputs: Vec<String>,
}

/// A graph with its functions.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The main graph, then the functions.
    pub(super) scopes: Vec<Scope>,
    /// The functions of a name.
    pub(super) functions: HashMap<String, Vec<usize>>,
    /// The version that wrote it.
    pub(super) producer: u64,
    /// Operators of nodes that are not kept.
    pub(super) beyond: BTreeSet<String>,
    /// Every node.
    pub(super) nodes: u64,
}

/// Reads graphs into bounded memory.
#[derive(Debug)]
pub(super) struct Reader<'w, 'a> {
    wire: &'w Wire<'a>,
    /// Whether offsets are those of the file.
    is_file: bool,
    kept: usize,
    bytes: u64,
}

impl<'w, 'a> Reader<'w, 'a> {
    /// A reader; `is_file` unless the bytes were made from text.
    pub(super) const fn new(wire: &'w Wire<'a>, is_file: bool) -> Self {
        Self {
            wire,
            is_file,
            kept: 0,
            bytes: 0,
        }
    }

    /// Reads a `GraphDef`, which may come in pieces, into `graph`.
    pub(super) fn graph(&mut self, message: Message, graph: &mut Graph, facts: &mut ModelFacts) {
        if graph.scopes.is_empty() {
            graph.scopes.push(Scope::default());
        }
        let mut main = graph
            .scopes
            .first_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        for field in self.wire.fields(message) {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => self.node(node, &mut main, graph, facts),
                (2, Value::Bytes(library)) => self.library(library, graph, facts),
                (3, Value::Varint(version)) => graph.producer = version,
                (4, Value::Bytes(versions)) => {
                    let producer = self.wire.fields(versions).find(|each| each.number == 1);
                    graph.producer = producer.and_then(|each| each.varint()).unwrap_or(0);
                }
                _ => {}
            }
        }
        if let Some(first) = graph.scopes.first_mut() {
            *first = main;
        }
    }

    fn library(&mut self, message: Message, graph: &mut Graph, facts: &mut ModelFacts) {
        for field in self.wire.fields(message).filter(|each| each.number == 1) {
            if let Some(function) = field.message() {
                self.function(function, graph, facts);
            }
        }
    }

    fn function(&mut self, message: Message, graph: &mut Graph, facts: &mut ModelFacts) {
        let mut scope = Scope::default();
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(signature)) => self.signature(signature, &mut scope),
                (3, Some(node)) => self.node(node, &mut scope, graph, facts),
                (4, Some(entry)) => scope.results.push(self.entry(entry)),
                _ => {}
            }
        }
        let place = graph.scopes.len();
        let same = graph.functions.entry(scope.name.clone()).or_default();
        same.push(place);
        graph.scopes.push(scope);
    }

    fn signature(&self, message: Message, scope: &mut Scope) {
        let name_of = |argument| {
            let names = self.wire.fields(argument).filter(|each| each.number == 1);
            let name = names.filter_map(|each| each.message()).last();
            name.map_or_else(String::new, |at| self.wire.text(at, NAME))
        };
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(name)) => scope.name = self.wire.text(name, NAME),
                (2, Some(argument)) if scope.arguments.len() < KEPT_INPUTS => {
                    scope.arguments.push(name_of(argument));
                }
                (3, Some(result)) if scope.outputs.len() < KEPT_INPUTS => {
                    scope.outputs.push(name_of(result));
                }
                _ => {}
            }
        }
    }

    /// An entry of a map of texts.
    fn entry(&self, message: Message) -> (String, String) {
        let mut pair = (String::new(), String::new());
        for field in self.wire.fields(message) {
            match (field.number, field.message()) {
                (1, Some(key)) => pair.0 = self.wire.text(key, NAME),
                (2, Some(value)) => pair.1 = self.wire.text(value, NAME),
                _ => {}
            }
        }
        pair
    }

    fn node(&mut self, at: Message, scope: &mut Scope, graph: &mut Graph, facts: &mut ModelFacts) {
        graph.nodes = graph.nodes.saturating_add(1);
        let mut node = self.names(at);
        if self.wire.touches_cut(at) && !ops::is_registered(&node.op) {
            return;
        }
        if self.kept >= KEPT_NODES || self.bytes >= KEPT_BYTES {
            if graph.beyond.len() < KEPT_INPUTS {
                graph.beyond.insert(node.op);
            }
            let detail = "more nodes than are followed; the rest is judged by operator only";
            facts.problem(ProblemKind::LimitReached, self.place(at), detail);
            return;
        }
        if node.op.is_empty() && node.name.is_empty() {
            return;
        }
        self.attributes(at, &mut node, facts);
        self.kept = self.kept.saturating_add(1);
        self.bytes = self.bytes.saturating_add(weight(&node));
        let position = scope.nodes.len();
        if scope.index.insert(node.name.clone(), position).is_some() && scope.twice.len() < 64 {
            scope.twice.insert(node.name.clone());
        }
        scope.nodes.push(node);
    }

    fn place(&self, at: Message) -> Place {
        if self.is_file {
            at.place()
        } else {
            Place::Whole
        }
    }

    fn names(&self, at: Message) -> Node {
        let mut node = Node::default();
        for field in self.wire.fields(at) {
            match (field.number, field.message()) {
                (1, Some(name)) => node.name = self.wire.text(name, NAME),
                (2, Some(op)) => {
                    let before = std::mem::replace(&mut node.op, self.wire.text(op, NAME));
                    if !before.is_empty() && before != node.op && node.other_ops.len() < 8 {
                        node.other_ops.push(before);
                    }
                }
                (3, Some(input)) if node.inputs.len() < KEPT_INPUTS => {
                    node.inputs.push(self.wire.text(input, NAME));
                }
                _ => {}
            }
        }
        node
    }

    fn attributes(&self, at: Message, node: &mut Node, facts: &mut ModelFacts) {
        let mut keys = BTreeSet::new();
        for field in self.wire.fields(at).filter(|each| each.number == 5) {
            let Some(entry) = field.message() else {
                continue;
            };
            let mut key = String::new();
            let mut values = Vec::new();
            for part in self.wire.fields(entry) {
                match (part.number, part.message()) {
                    (1, Some(text)) => key = self.wire.text(text, NAME),
                    (2, Some(value)) => values.push(value),
                    _ => {}
                }
            }
            for value in values.into_iter().take(8) {
                self.attribute(&key, value, node, facts);
            }
            if keys.len() < KEPT_INPUTS && !keys.insert(key.clone()) {
                node.has_twice = Some(key);
            }
        }
    }

    fn attribute(&self, key: &str, value: Message, node: &mut Node, facts: &mut ModelFacts) {
        let is_wanted = matters(node, key);
        let mut texts = Vec::new();
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            for field in self.wire.fields(value) {
                match (field.number, field.message()) {
                    (2, Some(text)) => self.text(text, is_wanted, &mut texts, facts),
                    (1, Some(list)) => {
                        for item in self.wire.fields(list) {
                            match (item.number, item.message()) {
                                (2, Some(text)) => self.text(text, is_wanted, &mut texts, facts),
                                (8, Some(tensor)) => self.tensor(tensor, node, facts),
                                (9, Some(function)) => self.call(function, node, &mut waiting),
                                _ => {}
                            }
                        }
                    }
                    (7, Some(shape)) if key == "shape" => {
                        node.shape = Some(Shape::read(self.wire, shape));
                    }
                    (8, Some(tensor)) => self.tensor(tensor, node, facts),
                    (10, Some(function)) => self.call(function, node, &mut waiting),
                    _ => {}
                }
            }
        }
        if !texts.is_empty() {
            node.texts.push((key.to_owned(), texts));
        }
    }

    /// A `NameAttrList`: the function, and attributes that may name more.
    fn call(&self, function: Message, node: &mut Node, waiting: &mut Vec<Message>) {
        for field in self.wire.fields(function) {
            match (field.number, field.message()) {
                (1, Some(name)) if node.functions.len() < KEPT_INPUTS => {
                    node.functions.push(self.wire.text(name, NAME));
                }
                (2, Some(entry)) => {
                    let values = self.wire.fields(entry).filter(|each| each.number == 2);
                    waiting.extend(values.filter_map(|each| each.message()));
                }
                _ => {}
            }
        }
    }

    fn tensor(&self, at: Message, node: &mut Node, facts: &mut ModelFacts) {
        let tensor = Tensor::read(self.wire, at);
        for text in &tensor.texts {
            self.pickle(text, facts);
        }
        node.tensor = Some(tensor);
    }

    fn text(&self, at: Message, is_wanted: bool, texts: &mut Vec<Text>, facts: &mut ModelFacts) {
        if at.length() < 4 {
            if is_wanted && texts.len() < KEPT_TEXTS {
                texts.push(Text::read(self.wire, at));
            }
            return;
        }
        let text = if is_wanted {
            Text::read(self.wire, at)
        } else {
            Text {
                bytes: self.wire.bytes(at, 2),
                at,
            }
        };
        self.pickle(&text, facts);
        if is_wanted && texts.len() < KEPT_TEXTS {
            texts.push(text);
        }
    }

    /// Bytes that begin and end as a pickle does are looked at as one.
    pub(super) fn pickle(&self, text: &Text, facts: &mut ModelFacts) {
        let begins = matches!(text.bytes.get(..2), Some([0x80, 2..=5]));
        let last = Message {
            start: text.at.end.saturating_sub(1),
            ..text.at
        };
        if begins && text.at.length() > 4 && self.wire.bytes(last, 1) == b"." {
            self.part("embedded.pkl", text.at, facts);
        }
    }

    /// Hands out a stretch to be looked at as a file of its own.
    pub(super) fn part(&self, name: &str, at: Message, facts: &mut ModelFacts) {
        let content = if self.is_file {
            PartContent::Stretch {
                offset: at.start,
                length: at.length(),
            }
        } else {
            PartContent::Decoded(self.wire.bytes(at, 1 << 20))
        };
        facts.part(name, content);
    }
}

/// Whether the texts of an attribute say what the operator touches.
fn matters(node: &Node, key: &str) -> bool {
    const EVALUATED: &[&str] = &["separator", "template", "placeholder", "rewrite", "pattern"];
    if EVALUATED.contains(&key) {
        return true;
    }
    match ops::effects(&node.op) {
        Some(effects) => {
            let is_operand =
                |each: &Operand| matches!(each, Operand::Attribute(name) if *name == key);
            effects.operands.iter().any(is_operand)
        }
        None => !key.starts_with('_') && !ops::is_registered(&node.op),
    }
}

fn weight(node: &Node) -> u64 {
    let inputs: usize = node
        .inputs
        .iter()
        .map(|input| input.len().saturating_add(24))
        .sum();
    let texts = node.texts.iter().flat_map(|(_, texts)| texts);
    let tensor = node.tensor.iter().flat_map(|tensor| &tensor.texts);
    let texts: usize = texts
        .chain(tensor)
        .map(|text| text.bytes.len().saturating_add(48))
        .sum();
    let names = node
        .name
        .len()
        .saturating_mul(2)
        .saturating_add(node.op.len());
    wide(inputs.saturating_add(texts).saturating_add(names))
}
