//! Goes through what a checkpoint holds and gives every tensor its dotted name, as users know it.

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;

use super::Source;
use super::reconstruct::{Meaning, key_text, meaning};
use crate::pickled::{Heap, Id, Node, Object};
use crate::stored::{Leftover, Opened, Refused};

/// Nodes that are visited: shared parts are visited once for each place they stand at.
const MOST_VISITS: u64 = 4_000_000;
/// Levels of nesting.
const DEEPEST: usize = 256;
/// Leftovers that are listed.
const MOST_LEFTOVERS: usize = 1000;
/// Characters of a leftover's value.
const SHOWN: usize = 60;

/// Parts of a module that have names of their own; what they hold belongs to the module itself.
const MODULE_PARTS: [&str; 3] = ["_parameters", "_buffers", "_modules"];

pub(super) fn collect(source: &Source<'_>, root: Id, budget: &Budget, opened: &mut Opened) {
    let mut open: Vec<(String, Id, usize)> = vec![(String::new(), root, 0)];
    let mut visits = 0_u64;
    while let Some((name, id, depth)) = open.pop() {
        visits = visits.saturating_add(1);
        if visits > MOST_VISITS || (visits.is_multiple_of(65_536) && budget.check_time().is_err()) {
            let detail = "the checkpoint describes more than is read";
            let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
            opened.problems.push(problem);
            break;
        }
        match meaning(source, id, 0) {
            Meaning::Tensor(mut tensor) => {
                tensor.name = name;
                opened.tensors.push(tensor);
                continue;
            }
            Meaning::Refused(reason) => {
                opened.refused.push(Refused { name, reason });
                continue;
            }
            Meaning::Other => {}
        }
        if depth >= DEEPEST {
            leftover(opened, name, "nested deeper than is read".to_owned());
            continue;
        }
        let mut inside = children(source.heap, &name, id);
        if inside.is_empty() || is_opaque(source.heap, id) {
            leftover(opened, name, shown(source.heap, id));
        }
        // The last in is the first out: names come in the order of the file.
        inside.reverse();
        let deeper = depth.saturating_add(1);
        open.extend(inside.into_iter().map(|(name, id)| (name, id, deeper)));
    }
}

/// What lies below a node, with its names.
fn children(heap: &Heap, name: &str, id: Id) -> Vec<(String, Id)> {
    let below = |key: &str| match (name, key) {
        ("", key) => key.to_owned(),
        (name, key) => format!("{name}.{key}"),
    };
    match heap.node(id) {
        Node::Dict(pairs) => named(heap, pairs, &below),
        Node::List(items) | Node::Tuple(items) | Node::Set(items) => items
            .iter()
            .enumerate()
            .map(|(index, id)| (below(&index.to_string()), *id))
            .collect(),
        Node::Object(object) => members(heap, object, name, &below),
        _ => Vec::new(),
    }
}

fn named(heap: &Heap, pairs: &[(Id, Id)], below: &dyn Fn(&str) -> String) -> Vec<(String, Id)> {
    let mut children: Vec<(String, Id)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let key = key_text(heap, *key).unwrap_or_else(|| shown(heap, *key));
        children.push((below(&key), *value));
    }
    children
}

fn members(
    heap: &Heap,
    object: &Object,
    name: &str,
    below: &dyn Fn(&str) -> String,
) -> Vec<(String, Id)> {
    let mut children = named(heap, &object.pairs, below);
    if heap.global(object.callee) == Some(("collections", "OrderedDict")) {
        // Python 2 gives the pairs as an argument; the state holds versions of modules only.
        let given = heap
            .sequence(object.arguments)
            .and_then(|given| given.first());
        let pairs = given.and_then(|id| heap.sequence(*id)).unwrap_or_default();
        for pair in pairs {
            if let Some([key, value]) = heap.sequence(*pair) {
                let key = key_text(heap, *key).unwrap_or_else(|| shown(heap, *key));
                children.push((below(&key), *value));
            }
        }
        return children;
    }
    let state = object
        .state
        .map_or(&[][..], |state| state_pairs(heap, state));
    for (key, value) in state {
        let key = key_text(heap, *key).unwrap_or_else(|| shown(heap, *key));
        if MODULE_PARTS.contains(&key.as_str()) {
            children.extend(children_of_part(heap, name, *value));
        } else {
            children.push((below(&key), *value));
        }
    }
    let items = object.items.iter().enumerate();
    children.extend(items.map(|(index, id)| (below(&index.to_string()), *id)));
    children
}

/// The state of an object: a dictionary, or a pair of it and the slots.
fn state_pairs(heap: &Heap, state: Id) -> &[(Id, Id)] {
    if let Some(pairs) = heap.pairs(state) {
        return pairs;
    }
    let parts = heap.sequence(state).unwrap_or_default();
    parts
        .iter()
        .find_map(|part| heap.pairs(*part))
        .unwrap_or_default()
}

fn children_of_part(heap: &Heap, name: &str, part: Id) -> Vec<(String, Id)> {
    let part = children(heap, name, part);
    // A module without a bias holds `None` in its place.
    part.into_iter()
        .filter(|(_, id)| !matches!(heap.node(*id), Node::None))
        .collect()
}

/// Whether a node is made by a call that nobody makes here, so that its parts are not the whole story.
fn is_opaque(heap: &Heap, id: Id) -> bool {
    heap.object(id)
        .is_some_and(|object| heap.global(object.callee) != Some(("collections", "OrderedDict")))
}

fn leftover(opened: &mut Opened, name: String, value: String) {
    if opened.leftovers.len() < MOST_LEFTOVERS {
        opened.leftovers.push(Leftover { name, value });
    } else {
        opened.leftovers_left_out = opened.leftovers_left_out.saturating_add(1);
    }
}

/// A node in a few characters.
fn shown(heap: &Heap, id: Id) -> String {
    match heap.node(id) {
        Node::None => "None".to_owned(),
        Node::Bool(true) => "True".to_owned(),
        Node::Bool(false) => "False".to_owned(),
        Node::Int(value) => value.to_string(),
        Node::Number(text) => visible(text, SHOWN),
        Node::Float(value) => value.to_string(),
        Node::Text(text) => format!("\"{}\"", visible(text, SHOWN)),
        Node::LongText { length, .. } => format!("a text of {length} bytes"),
        Node::Bytes { length, .. } => format!("{length} bytes"),
        Node::Tuple(_) | Node::List(_) | Node::Set(_) => "an empty list".to_owned(),
        Node::Dict(_) => "an empty dictionary".to_owned(),
        Node::Global { module, name } => {
            format!("the name {}", visible(&format!("{module}.{name}"), SHOWN))
        }
        Node::Persistent(_) => "something outside of the pickle".to_owned(),
        Node::Object(object) => match heap.global(object.callee) {
            Some((module, name)) => {
                let name = visible(&format!("{module}.{name}"), SHOWN);
                format!("made by {name}, which was not run")
            }
            None => "made by a call that was not run".to_owned(),
        },
    }
}
