//! Apache MXNet: graphs of symbols as JSON.
//!
//! Most operators compute. `Custom` calls a Python class by its registered name; the operators behind it (`_Native`,
//! `_NDArray`, `_CustomFunction`) take the address of a function as text and jump there, which is why only a
//! hostile file holds them; image readers open files. Everything that MXNet does not register is reported as an
//! operator that somebody has to provide.
//!
//! Sources: the operators that MXNet 0.11 to 2.0 register in `src/`; `src/operator/custom/native_op-inl.h`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};

use crate::facts::{elements, lie};
use crate::json::{Listener, Scalar, place, read as read_json};

pub(crate) mod params;

/// Operators of MXNet, sorted, one on each line.
static OPERATORS: &str = include_str!("mxnet/operators.txt");

static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| OPERATORS.lines().collect());

/// Operators that take an address from the file and call what is there.
const POINTERS: &[&str] = &["_Native", "_NDArray", "_CustomFunction", "_FusedOp"];
/// Operators that read a file which an attribute names.
const READERS: &[&str] = &["_cvimread", "_npi_cvimread", "cvimread"];
/// Elements of a tensor beyond which it is no longer plausible.
const HUGE: u64 = 1 << 40;

/// Whether the head of a JSON file is that of a graph.
pub(crate) fn is_one(head: &str) -> bool {
    let has = |key: &str| head.contains(key);
    let is_node = has("\"op\"") && has("\"inputs\"") && (has("\"null\"") || has("\"name\""));
    has("\"nodes\"") && is_node && !has("\"graph_module\"")
}

/// Reads a graph.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Mxnet);
    let mut graph = Graph {
        facts: ModelFacts::new(ModelFormat::Mxnet),
        node: Node::default(),
        nodes: 0,
        farthest: 0,
        catalogue: budget.catalogue(),
    };
    read_json(bytes, budget, &mut facts, &mut graph);
    let (nodes, farthest) = (graph.nodes, graph.farthest);
    let mut seen = graph.facts;
    seen.problems = facts.problems;
    if nodes > 0 && farthest >= nodes {
        crate::facts::bad_index(&mut seen, 0, "input node", farthest, "CWE-129");
    }
    seen
}

#[derive(Debug, Default)]
struct Node {
    operator: String,
    name: String,
    attributes: Vec<(String, String)>,
}

struct Graph {
    facts: ModelFacts,
    node: Node,
    nodes: i64,
    farthest: i64,
    catalogue: Catalogue,
}

impl Listener for Graph {
    fn scalar(&mut self, path: &[String], value: Scalar<'_>) {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        // Subgraphs repeat the shape `nodes/-/…` further down.
        let Some(at) = steps.windows(2).rposition(|pair| pair == ["nodes", ""]) else {
            if let (true, Scalar::Number(number)) = (steps.contains(&"mxnet_version"), value) {
                self.facts.version = number.to_string();
            }
            return;
        };
        let tail = steps.get(at.saturating_add(2)..).unwrap_or_default();
        match (tail, value) {
            (["op"], Scalar::Text(text)) => text.clone_into(&mut self.node.operator),
            (["name"], Scalar::Text(text)) => text.clone_into(&mut self.node.name),
            (["attrs" | "attr" | "param", key], Scalar::Text(text))
                if self.node.attributes.len() < 64 =>
            {
                let kept = text.get(..4096).unwrap_or(text);
                self.node
                    .attributes
                    .push(((*key).to_owned(), kept.to_owned()));
            }
            (["inputs", "", ""], Scalar::Number(number)) => {
                self.farthest = self.farthest.max(number);
                if number < 0 {
                    crate::facts::bad_index(&mut self.facts, 0, "input node", number, "CWE-129");
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, path: &[String]) {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        if matches!(steps.as_slice(), [.., "nodes", ""]) && !self.node.operator.is_empty() {
            if steps.len() == 2 {
                self.nodes = self.nodes.saturating_add(1);
            }
            let node = std::mem::take(&mut self.node);
            self.judge(path, &node);
        }
    }
}

impl Graph {
    fn judge(&mut self, path: &[String], node: &Node) {
        let operator = node.operator.as_str();
        if operator == "null" {
            self.shapes(node);
            return;
        }
        self.facts.operators = self.facts.operators.saturating_add(1);
        let attribute = |key: &str| {
            node.attributes
                .iter()
                .find(|(each, _)| each == key)
                .map_or("", |(_, value)| value.as_str())
        };
        let found = match operator {
            "Custom" if self.catalogue.has("mxnet:custom") => Some((
                Kind::InterpreterCallback,
                format!("Custom {}", attribute("op_type")),
                "an operator calls a Python class that is registered under this name",
            )),
            _ if POINTERS.contains(&operator) && self.catalogue.has("mxnet:pointer") => Some((
                Kind::InterpreterCallback,
                format!("{operator} {}", attribute("info")),
                "an operator calls a function by an address that the file states",
            )),
            _ if READERS.contains(&operator) && self.catalogue.has("mxnet:read") => Some((
                Kind::FileRead,
                format!("{operator} {}", attribute("filename")),
                "an operator reads a file that the model names",
            )),
            _ if is_known(operator) && !is_listed(operator) => None,
            _ if is_listed(operator) => Some((
                Kind::UnknownCallable,
                operator.to_owned(),
                "an operator of MXNet whose effect is not known",
            )),
            _ => Some((
                Kind::CustomOperator,
                operator.to_owned(),
                "an operator that a library has to register",
            )),
        };
        if let Some((kind, subject, detail)) = found {
            self.facts.hazard(ModelHazard::new(
                kind,
                Effect::OnUse,
                place(path),
                &subject,
                detail,
                "",
            ));
        }
        self.shapes(node);
    }

    /// Shapes are texts such as `(1, 3, 224, 224)`.
    fn shapes(&mut self, node: &Node) {
        for (key, value) in &node.attributes {
            if key != "shape" && key != "__shape__" {
                continue;
            }
            let numbers: Vec<i64> = value
                .trim_matches(['(', ')', '[', ']', ' '])
                .split(',')
                .filter_map(|each| each.trim().trim_end_matches('L').parse().ok())
                // 0 and the negative ones stand for sizes that are not known yet.
                .map(|each: i64| each.max(1))
                .collect();
            if elements(numbers).is_none_or(|count| count > HUGE) {
                let detail = "the shape of a value overflows or cannot be";
                lie(
                    &mut self.facts,
                    0,
                    &format!("{} {value}", node.name),
                    detail,
                    "CWE-190",
                );
            }
        }
    }
}

/// Whether the operator does more than compute.
fn is_listed(operator: &str) -> bool {
    operator == "Custom" || POINTERS.contains(&operator) || READERS.contains(&operator)
}

fn is_known(operator: &str) -> bool {
    // Gradients of operators carry their name.
    let plain = operator
        .strip_prefix("_backward_")
        .or_else(|| operator.strip_prefix("_contrib_backward_"))
        .or_else(|| operator.strip_prefix("_npi_backward_"));
    plain.is_some() || KNOWN.contains(operator) || KNOWN.contains(format!("_{operator}").as_str())
}
