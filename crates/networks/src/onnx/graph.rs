//! Graphs and nodes: which operators run, and what hides in their attributes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelHazardKind, PartContent};
use chainwright_core::problem::ProblemKind;

use super::operators::{self, Provider};
use super::{TEXT, Walk, shapes};
use crate::code_text::{is_address, is_code, is_library};
use crate::path;
use crate::wire::{Message, Value};

/// Graphs inside graphs that no exporter nests; protobuf itself ends at about 33.
const DEEP: u32 = 24;
/// Names of initializers that are compared within one graph.
const KEPT_NAMES: usize = 1 << 20;
/// Bytes of an initializer that are compared with one of the same name.
const COMPARED: usize = 4096;
/// Elements that a node may ask to be generated at once.
pub(super) const GENERATED: u128 = 1 << 34;
/// Bytes of a text attribute that are looked at.
const ATTRIBUTE_TEXT: usize = 64 * 1024;

/// A node's operator.
struct Operator {
    domain: String,
    name: String,
    overload: String,
    is_repeated: bool,
}

impl Walk<'_, '_> {
    pub(super) fn graph(&mut self, graph: Message, level: u32) {
        if level == DEEP {
            let detail = "are nested deeper than any exporter nests them";
            self.hazard(
                ModelHazardKind::ResourceExhaustion,
                Effect::OnLoad,
                graph.place(),
                "graphs",
                detail,
                "",
            );
        }
        let wire = self.wire;
        let mut names = HashMap::new();
        let shapes = shapes::constants(wire, graph);
        for field in wire.fields(graph) {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => {
                    self.node(node, level);
                    self.shaped_output(node, &shapes);
                }
                (5, Value::Bytes(tensor)) => {
                    let name = self.tensor(tensor);
                    self.is_unique(&mut names, &name, tensor);
                }
                (15, Value::Bytes(sparse)) => self.sparse(sparse),
                _ => {}
            }
        }
    }

    /// Runtimes take the last of two initializers with one name, checkers refuse, viewers show the first.
    fn is_unique(&mut self, names: &mut HashMap<u64, u64>, name: &str, tensor: Message) {
        if name.is_empty() {
            return;
        }
        if names.len() >= KEPT_NAMES {
            let detail = "more initializers than are compared by name";
            self.wire
                .note(ProblemKind::LimitReached, tensor.start, detail);
            return;
        }
        let content = digest(&(tensor.length(), self.wire.bytes(tensor, COMPARED)));
        if names
            .insert(digest(name), content)
            .is_some_and(|other| other != content)
        {
            let detail = "names two initializers with different content";
            let place = tensor.place();
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                place,
                name,
                detail,
                "",
            );
        }
    }

    pub(super) fn node(&mut self, node: Message, level: u32) {
        let wire = self.wire;
        self.facts.operators = self.facts.operators.saturating_add(1);
        let operator = self.operator(node);
        let is_local = self
            .functions
            .call(&operator.domain, &operator.name, &operator.overload);
        let provider = if is_local || wire.touches_cut(node) {
            Provider::Known
        } else {
            operators::provider(
                &operator.domain,
                &operator.name,
                self.standard_version,
                wire.catalogue(),
            )
        };
        self.judge_operator(&operator, provider, node);
        for field in wire.fields(node) {
            if let (5, Value::Bytes(attribute)) = (field.number, field.value) {
                self.attribute(attribute, level);
                self.judge_attribute(attribute, &operator, provider);
            }
        }
        if provider == Provider::CompiledContext {
            self.compiled_context(node);
        }
    }

    fn operator(&self, node: Message) -> Operator {
        let wire = self.wire;
        let mut operator = Operator {
            domain: String::new(),
            name: String::new(),
            overload: String::new(),
            is_repeated: false,
        };
        for field in wire.fields(node) {
            let (4 | 7 | 8, Value::Bytes(text)) = (field.number, field.value) else {
                continue;
            };
            let text = wire.text(text, TEXT);
            let slot = match field.number {
                4 => &mut operator.name,
                7 => &mut operator.domain,
                _ => &mut operator.overload,
            };
            operator.is_repeated |= !slot.is_empty() && *slot != text;
            *slot = text;
        }
        operator
    }

    fn judge_operator(&mut self, operator: &Operator, provider: Provider, node: Message) {
        let subject = if operator.domain.is_empty() {
            operator.name.clone()
        } else {
            format!("{}::{}", operator.domain, operator.name)
        };
        let (kind, detail) = match provider {
            Provider::Known | Provider::CompiledContext => {
                if operator.is_repeated {
                    let detail = "is a node with two operators; readers differ in which one counts";
                    let place = node.place();
                    self.hazard(
                        ModelHazardKind::Ambiguous,
                        Effect::OnLoad,
                        place,
                        &subject,
                        detail,
                        "",
                    );
                }
                return;
            }
            Provider::Interpreter => (
                ModelHazardKind::InterpreterCallback,
                "calls a Python function while the model runs",
            ),
            Provider::Network => (
                ModelHazardKind::NetworkUse,
                "sends its input to a service whose address the model names",
            ),
            Provider::Foreign(kind, detail) => (kind, detail),
        };
        let place = Place::Key(chainwright_core::text::visible(&subject, 100));
        self.hazard(kind, Effect::OnUse, place, &subject, detail, "");
    }

    /// Tensors and graphs of an attribute, whatever type it claims.
    pub(super) fn attribute(&mut self, attribute: Message, level: u32) {
        let wire = self.wire;
        let mut tensors = 0_u32;
        for field in wire.fields(attribute) {
            match (field.number, field.value) {
                (5, Value::Bytes(tensor)) => {
                    tensors = tensors.saturating_add(1);
                    self.tensor(tensor);
                }
                (10, Value::Bytes(tensor)) => {
                    self.tensor(tensor);
                }
                (6 | 11, Value::Bytes(graph)) => self.graph(graph, level.saturating_add(1)),
                (22 | 23, Value::Bytes(sparse)) => self.sparse(sparse),
                _ => {}
            }
        }
        if tensors > 1 {
            let detail = "is an attribute whose tensor is written in pieces, which readers merge";
            let place = attribute.place();
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                place,
                "tensor",
                detail,
                "",
            );
        }
    }

    fn judge_attribute(&mut self, attribute: Message, operator: &Operator, provider: Provider) {
        let is_generator = operator.domain.is_empty()
            && matches!(
                operator.name.as_str(),
                "RandomNormal" | "RandomUniform" | "ConstantFill"
            );
        if is_generator {
            self.generated_shape(attribute, operator);
        } else if matches!(provider, Provider::Foreign(..) | Provider::Interpreter) {
            self.foreign_attribute(attribute, operator);
        }
    }

    fn generated_shape(&mut self, attribute: Message, operator: &Operator) {
        let wire = self.wire;
        let numbers = wire.fields(attribute).filter(|field| field.number == 8);
        let product = numbers
            .flat_map(|field| wire.numbers(field.value))
            .fold(1_u128, |product, size| {
                product.saturating_mul(u128::from(size))
            });
        if product > GENERATED {
            let detail = "generates far more numbers than any model needs";
            self.hazard(
                ModelHazardKind::ResourceExhaustion,
                Effect::OnUse,
                attribute.place(),
                &operator.name,
                detail,
                "",
            );
        }
    }

    /// Texts for an operator that nobody knows: a library to load, an address, code.
    fn foreign_attribute(&mut self, attribute: Message, operator: &Operator) {
        let wire = self.wire;
        for field in wire.fields(attribute) {
            let (4 | 9, Value::Bytes(value)) = (field.number, field.value) else {
                continue;
            };
            let text = wire.text(value, ATTRIBUTE_TEXT);
            let (kind, detail) = if is_library(&text) {
                (
                    ModelHazardKind::NativeLibrary,
                    "gets the path of a native library",
                )
            } else if is_address(&text) {
                (
                    ModelHazardKind::NetworkUse,
                    "gets an address of the network",
                )
            } else if is_code(&text) {
                (ModelHazardKind::EmbeddedCode, "gets text that is code")
            } else {
                continue;
            };
            self.hazard(
                kind,
                Effect::OnUse,
                value.place(),
                &operator.name,
                detail,
                "",
            );
        }
    }

    /// A network compiled for a device: inside the node, or in a side file that it names.
    fn compiled_context(&mut self, node: Message) {
        let wire = self.wire;
        let mut is_embedded = true;
        let mut context = None;
        for field in wire.fields(node) {
            let (5, Value::Bytes(attribute)) = (field.number, field.value) else {
                continue;
            };
            let mut name = String::new();
            let mut number = None;
            let mut text = None;
            for field in wire.fields(attribute) {
                match (field.number, field.value) {
                    (1, Value::Bytes(value)) => name = wire.text(value, TEXT),
                    (3, Value::Varint(value)) => number = Some(value),
                    (4, Value::Bytes(value)) => text = Some(value),
                    _ => {}
                }
            }
            match name.as_str() {
                "embed_mode" => is_embedded = number != Some(0),
                "ep_cache_context" => context = text,
                _ => {}
            }
        }
        let Some(context) = context.filter(|context| !context.is_empty()) else {
            return;
        };
        if is_embedded {
            let content = PartContent::Stretch {
                offset: context.start,
                length: context.length(),
            };
            self.facts.part("ep_cache_context", content);
        } else {
            let name = wire.text(context, TEXT);
            let place = context.place();
            path::judge(&mut self.facts, &name, &place, Effect::OnLoad, "EPContext");
        }
    }
}

fn digest<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
