//! What texts can reach the input of a node: names of files are built from constants, arguments and assets.
//!
//! Texts are followed backwards through joins, choices, calls and data sets, as far as a few steps go. What is
//! computed in a way that is not followed stays unknown; a known beginning is kept, since it says where a path lies.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, Node, Scope};

/// How far back a text is followed, and how many steps one question may take.
const DEPTH: u32 = 48;
const STEPS: u32 = 2000;
/// Texts that are kept for one input.
const ALTERNATIVES: usize = 32;
/// Bytes of one text.
const LENGTH: usize = 4096;

/// Where the part of a text comes from that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rest {
    /// Everything is known.
    Nothing,
    /// From who runs the model.
    Caller,
    /// From an asset of the model, which the loader places.
    Asset,
    /// From something that the graph computes.
    Computed,
}

/// A text that may reach an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Reaching {
    /// What it certainly begins with.
    pub(super) known: String,
    /// What comes behind.
    pub(super) rest: Rest,
}

impl Reaching {
    const fn unknown(rest: Rest) -> Self {
        Self {
            known: String::new(),
            rest,
        }
    }

    fn known(text: String) -> Self {
        Self {
            known: text,
            rest: Rest::Nothing,
        }
    }
}

/// What the object graph binds to the last arguments of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// An asset.
    Asset,
    /// A node of the main graph.
    Constant(String),
    /// A variable, a table or anything else that is no text.
    Other,
}

/// A place where a function is called.
#[derive(Debug, Clone, Copy)]
struct Call {
    scope: usize,
    node: usize,
    how: Passing,
}

/// How a caller's inputs become arguments.
#[derive(Debug, Clone, Copy)]
enum Passing {
    /// Argument `n` is input `n` and this many more.
    Shifted(usize),
    /// Arguments are elements of the data set at input 0, or captured.
    Elements,
}

/// Answers which texts reach an input.
#[derive(Debug)]
pub(super) struct Values<'g> {
    graph: &'g Graph,
    calls: HashMap<&'g str, Vec<Call>>,
    assets: &'g HashSet<String>,
    bound: &'g HashMap<String, Vec<Bound>>,
}

/// Steps that are left for one question.
struct Walk {
    steps: u32,
}

impl<'g> Values<'g> {
    /// Over a graph; `assets` are nodes of the main graph that the loader feeds with paths.
    pub(super) fn new(
        graph: &'g Graph,
        assets: &'g HashSet<String>,
        bound: &'g HashMap<String, Vec<Bound>>,
    ) -> Self {
        let mut calls: HashMap<&str, Vec<Call>> = HashMap::new();
        for (scope_index, scope) in graph.scopes.iter().enumerate() {
            for (node_index, node) in scope.nodes.iter().enumerate() {
                let how = passing(&node.op);
                let direct = graph.functions.contains_key(&node.op).then_some(&node.op);
                for function in node.functions.iter().chain(direct) {
                    let list = calls.entry(function).or_default();
                    if list.len() < ALTERNATIVES {
                        list.push(Call {
                            scope: scope_index,
                            node: node_index,
                            how,
                        });
                    }
                }
            }
        }
        Self {
            graph,
            calls,
            assets,
            bound,
        }
    }

    /// The texts that may reach an input of a node.
    pub(super) fn reaching(&self, scope: usize, node: &Node, input: usize) -> Vec<Reaching> {
        let mut walk = Walk { steps: STEPS };
        let mut found = match node.inputs.get(input) {
            Some(name) => self.follow(scope, name, 0, &mut walk),
            None => Vec::new(),
        };
        found.sort();
        found.dedup();
        found
    }

    /// The constant behind an input, through nodes that only pass it on.
    pub(super) fn constant(&self, scope: usize, input: &str) -> Option<&'g Node> {
        let scope = self.graph.scopes.get(scope)?;
        let mut name = input;
        for _ in 0..DEPTH {
            let node = find(scope, name)?;
            if node.op == "Const" {
                return Some(node);
            }
            if !matches!(node.op.as_str(), "Identity" | "Snapshot" | "StopGradient") {
                return None;
            }
            name = node.inputs.first()?;
        }
        None
    }

    fn follow(&self, at: usize, input: &str, depth: u32, walk: &mut Walk) -> Vec<Reaching> {
        walk.steps = walk.steps.saturating_sub(1);
        let Some(scope) = self.graph.scopes.get(at) else {
            return Vec::new();
        };
        if input.starts_with('^') {
            return Vec::new();
        }
        if depth > DEPTH || walk.steps == 0 {
            return vec![Reaching::unknown(Rest::Computed)];
        }
        let depth = depth.saturating_add(1);
        if let Some(node) = find(scope, input) {
            if at == 0 && self.assets.contains(&node.name) {
                return vec![Reaching::unknown(Rest::Asset)];
            }
            return self.node(at, node, output_of(input), depth, walk);
        }
        let base = input.split(':').next().unwrap_or(input);
        match scope.arguments.iter().position(|name| name == base) {
            Some(place) => self.argument(scope, place, depth, walk),
            // A node that there is not: nothing loads this.
            None => vec![Reaching::unknown(Rest::Caller)],
        }
    }

    fn argument(&self, scope: &Scope, place: usize, depth: u32, walk: &mut Walk) -> Vec<Reaching> {
        let mut found = Vec::new();
        if let Some(bound) = self.bound.get(&scope.name) {
            let free = scope.arguments.len().saturating_sub(bound.len());
            match place.checked_sub(free).and_then(|index| bound.get(index)) {
                Some(Bound::Asset) => found.push(Reaching::unknown(Rest::Asset)),
                Some(Bound::Constant(name)) => found.extend(self.follow(0, name, depth, walk)),
                Some(Bound::Other) => found.push(Reaching::unknown(Rest::Computed)),
                None => found.push(Reaching::unknown(Rest::Caller)),
            }
        }
        for call in self.calls.get(scope.name.as_str()).into_iter().flatten() {
            let caller = self.graph.scopes.get(call.scope);
            let Some(node) = caller.and_then(|caller| caller.nodes.get(call.node)) else {
                continue;
            };
            let input = match call.how {
                Passing::Shifted(by) => node.inputs.get(place.saturating_add(by)),
                Passing::Elements => node.inputs.first(),
            };
            if let Some(input) = input {
                found.extend(self.follow(call.scope, input, depth, walk));
            }
            found.truncate(ALTERNATIVES);
        }
        if found.is_empty() {
            found.push(Reaching::unknown(Rest::Caller));
        }
        found
    }

    fn node(
        &self,
        at: usize,
        node: &Node,
        output: usize,
        depth: u32,
        walk: &mut Walk,
    ) -> Vec<Reaching> {
        let mut input = |index: usize| match node.inputs.get(index) {
            Some(name) => self.follow(at, name, depth, walk),
            None => Vec::new(),
        };
        match node.op.as_str() {
            "Const" | "HostConst" => constant(node),
            "Placeholder" | "PlaceholderV2" | "_Arg" | "_DeviceArg" => {
                vec![Reaching::unknown(Rest::Caller)]
            }
            "PlaceholderWithDefault" => {
                let mut found = input(0);
                found.push(Reaching::unknown(Rest::Caller));
                found
            }
            "Identity" | "Snapshot" | "StopGradient" | "EnsureShape" | "Reshape" | "ExpandDims"
            | "Squeeze" | "Gather" | "GatherV2" | "GatherNd" | "StridedSlice" | "Slice"
            | "Unpack" | "Tile" | "BroadcastTo" | "RandomShuffle" | "Unique" | "Transpose"
            | "Reverse" | "ReverseV2" | "ShardedFilename" | "ShardedFilespec" | "Enter"
            | "Exit" | "NextIteration" | "RefEnter" | "LoopCond" | "Switch" | "Where"
            | "PreventGradient" | "Pad" | "Roll" | "UniqueV2" | "DeepCopy" | "GuaranteeConst" => {
                input(0)
            }
            "Fill" | "Split" => input(1),
            "IdentityN" => input(output),
            "StringLower" => map(input(0), str::to_lowercase),
            "StringUpper" => map(input(0), str::to_uppercase),
            "StringStrip" => map(input(0), |text| text.trim().to_owned()),
            "DecodeBase64" => map(input(0), decoded),
            "Substr" => substring(input(0), input(1), self.cut(at, node)),
            "StringJoin" => self.join(at, node, depth, walk),
            "ReduceJoin" => concatenated(input(0), &separator(node)),
            "StringFormat" => self.format(at, node, depth, walk),
            "Pack" | "ConcatV2" | "Concat" | "Select" | "SelectV2" | "Merge" | "RefSwitch"
            | "ParallelConcat" | "DynamicStitch" => self.union(at, node, depth, walk),
            _ => self.other(at, node, output, depth, walk),
        }
    }

    fn union(&self, at: usize, node: &Node, depth: u32, walk: &mut Walk) -> Vec<Reaching> {
        let mut found = Vec::new();
        for name in &node.inputs {
            found.extend(self.follow(at, name, depth, walk));
            found.truncate(ALTERNATIVES);
        }
        found
    }

    /// Calls, data sets, and operators that are not followed: whether anything but constants goes in.
    fn other(
        &self,
        at: usize,
        node: &Node,
        output: usize,
        depth: u32,
        walk: &mut Walk,
    ) -> Vec<Reaching> {
        let direct = self.graph.functions.contains_key(&node.op);
        let called = node.functions.iter().chain(direct.then_some(&node.op));
        let mut found = Vec::new();
        if !node.op.contains("Dataset") {
            for function in called {
                let scopes = self.graph.functions.get(function).into_iter().flatten();
                for &scope in scopes {
                    found.extend(self.result(scope, output, depth, walk));
                    found.truncate(ALTERNATIVES);
                }
            }
        }
        if !found.is_empty() {
            return found;
        }
        if node.op.contains("Tensor") && node.op.contains("Dataset") {
            return self.union(at, node, depth, walk);
        }
        if node.op.contains("Dataset") || node.op.contains("IteratorGetNext") {
            let first = node.inputs.first();
            return first.map_or_else(Vec::new, |name| self.follow(at, name, depth, walk));
        }
        let sources = self.union(at, node, depth, walk);
        let asked = sources.iter().any(|source| source.rest == Rest::Caller);
        let from_asset = sources.iter().any(|source| source.rest == Rest::Asset);
        vec![Reaching::unknown(if from_asset {
            Rest::Asset
        } else if asked {
            Rest::Caller
        } else {
            Rest::Computed
        })]
    }

    fn result(&self, at: usize, output: usize, depth: u32, walk: &mut Walk) -> Vec<Reaching> {
        let Some(scope) = self.graph.scopes.get(at) else {
            return Vec::new();
        };
        let name = scope.outputs.get(output);
        let source = name.and_then(|name| scope.results.iter().find(|(key, _)| key == name));
        source.map_or_else(Vec::new, |(_, source)| self.follow(at, source, depth, walk))
    }

    fn join(&self, at: usize, node: &Node, depth: u32, walk: &mut Walk) -> Vec<Reaching> {
        let separator = separator(node);
        let mut whole: Vec<Reaching> = Vec::new();
        for (index, name) in node.inputs.iter().enumerate() {
            let parts = self.follow(at, name, depth, walk);
            if index == 0 {
                whole = parts;
                continue;
            }
            whole = product(&whole, &parts, &separator);
        }
        whole
    }

    fn format(&self, at: usize, node: &Node, depth: u32, walk: &mut Walk) -> Vec<Reaching> {
        let text = |key| node.attribute(key).next().map(super::tensor::Text::to_text);
        let template = text("template").unwrap_or_else(|| "%s".to_owned());
        let placeholder = text("placeholder").unwrap_or_else(|| "%s".to_owned());
        let mut pieces = template.split(placeholder.as_str());
        let mut whole = vec![Reaching::known(
            pieces.next().unwrap_or_default().to_owned(),
        )];
        for (piece, name) in pieces.zip(&node.inputs) {
            let parts = self.follow(at, name, depth, walk);
            whole = product(&whole, &parts, "");
            whole = product(&whole, &[Reaching::known(piece.to_owned())], "");
        }
        whole
    }

    /// The constant position and length of a cut.
    fn cut(&self, at: usize, node: &Node) -> Option<(i64, i64)> {
        let number = |index: usize| {
            let constant = self.constant(at, node.inputs.get(index)?)?;
            constant.tensor.as_ref()?.numbers.first().copied()
        };
        Some((number(1)?, number(2)?))
    }
}

fn passing(op: &str) -> Passing {
    match op {
        "If" | "StatelessIf" | "Case" | "StatelessCase" | "RemoteCall" | "_If" | "_Case" => {
            Passing::Shifted(1)
        }
        _ if op.contains("Dataset") => Passing::Elements,
        _ => Passing::Shifted(0),
    }
}

/// The node that an input names.
pub(super) fn find<'s>(scope: &'s Scope, input: &str) -> Option<&'s Node> {
    let name = input.trim_start_matches('^');
    let base = name.split(':').next().unwrap_or(name);
    scope.nodes.get(*scope.index.get(base)?)
}

fn output_of(input: &str) -> usize {
    let last = input.rsplit_once(':').map(|(_, last)| last);
    last.and_then(|last| last.parse().ok()).unwrap_or(0)
}

fn constant(node: &Node) -> Vec<Reaching> {
    match &node.tensor {
        Some(tensor) if tensor.is_text() => {
            let texts = tensor.texts.iter().take(ALTERNATIVES);
            texts.map(|text| Reaching::known(text.to_text())).collect()
        }
        _ => vec![Reaching::unknown(Rest::Computed)],
    }
}

fn separator(node: &Node) -> String {
    let first = node.attribute("separator").next();
    first.map(super::tensor::Text::to_text).unwrap_or_default()
}

fn map(texts: Vec<Reaching>, change: impl Fn(&str) -> String) -> Vec<Reaching> {
    let change = |text: Reaching| Reaching {
        known: change(&text.known),
        rest: text.rest,
    };
    texts.into_iter().map(change).collect()
}

fn product(left: &[Reaching], right: &[Reaching], separator: &str) -> Vec<Reaching> {
    let mut whole = Vec::new();
    for first in left {
        if first.rest != Rest::Nothing {
            whole.push(first.clone());
            continue;
        }
        for second in right {
            let mut known = first.known.clone();
            known.push_str(separator);
            known.push_str(&second.known);
            if known.len() <= LENGTH && whole.len() < ALTERNATIVES {
                whole.push(Reaching {
                    known,
                    rest: second.rest,
                });
            }
        }
    }
    whole.truncate(ALTERNATIVES);
    whole
}

/// The parts of one tensor as one text, in their order.
fn concatenated(parts: Vec<Reaching>, separator: &str) -> Vec<Reaching> {
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else {
        return Vec::new();
    };
    parts.fold(vec![first], |whole, part| {
        product(&whole, &[part], separator)
    })
}

fn substring(texts: Vec<Reaching>, _cut: Vec<Reaching>, cut: Option<(i64, i64)>) -> Vec<Reaching> {
    let Some((from, length)) = cut else {
        return vec![Reaching::unknown(Rest::Computed)];
    };
    map(texts, |text| {
        let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let start = if from < 0 {
            size.saturating_add(from)
        } else {
            from
        };
        let start = usize::try_from(start).unwrap_or(0);
        let length = usize::try_from(length).unwrap_or(0);
        let bytes = text.as_bytes().iter().skip(start).take(length);
        String::from_utf8_lossy(&bytes.copied().collect::<Vec<_>>()).into_owned()
    })
}

/// Web-safe base64 without padding, as `DecodeBase64` reads it.
fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&base64(text)).into_owned()
}

/// Base64 in either alphabet, as far as it goes.
pub(super) fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => break,
        };
        bits = (bits.wrapping_shl(6)) | u32::from(value);
        held = held.saturating_add(6);
        if held >= 8 {
            held = held.saturating_sub(8);
            let byte = bits.wrapping_shr(held) & 0xff;
            out.push(u8::try_from(byte).unwrap_or(0));
        }
    }
    out
}
