//! What runs when a model is loaded, how functions call each other, and how large the graph becomes when it does.

use std::collections::{BTreeMap, HashMap, HashSet};

use chainwright_core::fields::wide;

use super::graph::{Graph, Node};

/// Nodes of a scope that run on loading.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    nodes: HashSet<(usize, usize)>,
    scopes: HashSet<usize>,
}

impl Loaded {
    /// Whether a node runs on loading.
    pub(super) fn contains(&self, scope: usize, node: usize) -> bool {
        self.scopes.contains(&scope) || self.nodes.contains(&(scope, node))
    }
}

/// Everything that hangs below nodes of the main graph and functions that a loader runs.
pub(super) fn loaded(
    graph: &Graph,
    nodes: &HashSet<String>,
    functions: &HashSet<String>,
) -> Loaded {
    let mut loaded = Loaded::default();
    let mut waiting: Vec<usize> = Vec::new();
    let mut names: Vec<&str> = nodes.iter().map(String::as_str).collect();
    names.sort_unstable();
    if let Some(main) = graph.scopes.first() {
        let mut seen: HashSet<usize> = HashSet::new();
        while let Some(name) = names.pop() {
            let base = name
                .trim_start_matches('^')
                .split(':')
                .next()
                .unwrap_or(name);
            let Some(&place) = main.index.get(base) else {
                continue;
            };
            if !seen.insert(place) {
                continue;
            }
            loaded.nodes.insert((0, place));
            if let Some(node) = main.nodes.get(place) {
                names.extend(node.inputs.iter().map(String::as_str));
                waiting.extend(called(graph, node));
            }
        }
    }
    waiting.extend(functions.iter().flat_map(|name| scopes_of(graph, name)));
    while let Some(scope) = waiting.pop() {
        if scope == 0 || !loaded.scopes.insert(scope) {
            continue;
        }
        let nodes = graph.scopes.get(scope).map(|scope| &scope.nodes);
        for node in nodes.into_iter().flatten() {
            waiting.extend(called(graph, node));
        }
    }
    loaded
}

fn scopes_of<'g>(graph: &'g Graph, name: &str) -> impl Iterator<Item = usize> + 'g {
    graph.functions.get(name).into_iter().flatten().copied()
}

fn called<'g>(graph: &'g Graph, node: &'g Node) -> impl Iterator<Item = usize> + 'g {
    let names = node.functions.iter().chain([&node.op]);
    names.flat_map(move |name| scopes_of(graph, name))
}

/// What calling does to the size of a graph.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Growth {
    /// Nothing unusual.
    Modest,
    /// A function leads back to itself.
    Endless(String),
    /// So many nodes, once every call is replaced by what it calls.
    Large(u64),
}

/// Nodes after every call is replaced by what it calls, if that is far more than there are.
pub(super) fn growth(graph: &Graph) -> Growth {
    const LARGE: u64 = 100_000_000;
    let calls: Vec<_> = graph
        .scopes
        .iter()
        .map(|scope| counted(graph, &scope.nodes))
        .collect();
    let mut sizes: HashMap<usize, u64> = HashMap::new();
    let mut open: HashSet<usize> = HashSet::new();
    for root in 0..graph.scopes.len() {
        let mut stack = vec![root];
        while let Some(&scope) = stack.last() {
            let (Some(targets), false) = (calls.get(scope), sizes.contains_key(&scope)) else {
                stack.pop();
                continue;
            };
            if open.insert(scope) {
                let missing = targets.keys().filter(|target| !sizes.contains_key(target));
                let missing: Vec<usize> = missing.copied().collect();
                if let Some(again) = missing.iter().find(|target| open.contains(target)) {
                    let again = graph.scopes.get(*again);
                    return Growth::Endless(
                        again.map_or_else(String::new, |each| each.name.clone()),
                    );
                }
                stack.extend(missing);
                continue;
            }
            let own = graph.scopes.get(scope).map_or(0, |scope| scope.nodes.len());
            let size = targets.iter().fold(wide(own), |sum, (target, count)| {
                let each = sizes.get(target).copied().unwrap_or(0);
                sum.saturating_add(each.saturating_mul(*count))
            });
            open.remove(&scope);
            sizes.insert(scope, size);
            stack.pop();
        }
    }
    let largest = sizes.values().copied().max().unwrap_or(0);
    if largest > LARGE {
        Growth::Large(largest)
    } else {
        Growth::Modest
    }
}

/// How often a scope calls each other scope.
fn counted(graph: &Graph, nodes: &[Node]) -> BTreeMap<usize, u64> {
    let mut counts = BTreeMap::new();
    for target in nodes.iter().flat_map(|node| called(graph, node)) {
        let count: &mut u64 = counts.entry(target).or_default();
        *count = count.saturating_add(1);
    }
    counts
}
