//! Functions that a model brings along: they make operators of any domain harmless, and they can call each other.
//!
//! A runtime inlines functions. One that reaches itself never ends, and a few that call each other several times
//! grow beyond every memory, as entities in XML do.

use std::collections::HashMap;

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use super::operators::is_standard;
use super::{TEXT, Walk};
use crate::wire::{Message, Value, Wire};

/// Functions that are known by name.
const KEPT: usize = 100_000;
/// Calls between functions that are followed.
const KEPT_CALLS: usize = 1 << 20;
/// Nodes after inlining that no model has.
const INLINED: u64 = 50_000_000;

/// A function's name.
type Key = (String, String, String);

/// The functions of a model and who calls whom.
#[derive(Debug, Default)]
pub(super) struct Functions {
    known: HashMap<Key, usize>,
    names: Vec<String>,
    nodes: Vec<u64>,
    calls: Vec<Vec<usize>>,
    call_count: usize,
    current: Option<usize>,
    doubles: Vec<String>,
    is_cut: bool,
}

impl Functions {
    /// Learns the name of a function.
    pub(super) fn declare(&mut self, wire: &Wire<'_>, function: Message) {
        if self.names.len() >= KEPT {
            self.is_cut = true;
            return;
        }
        let key = key(wire, function);
        let index = self.names.len();
        let shown = format!("{}::{}", key.0, key.1);
        if self.known.insert(key, index).is_some() && self.doubles.len() < 8 {
            self.doubles.push(shown.clone());
        }
        self.names.push(shown);
        self.nodes.push(0);
        self.calls.push(Vec::new());
    }

    /// Notes a node; whether it calls a function of the model.
    pub(super) fn call(&mut self, domain: &str, name: &str, overload: &str) -> bool {
        if let Some(count) = self.current.and_then(|index| self.nodes.get_mut(index)) {
            *count = count.saturating_add(1);
        }
        if self.known.is_empty() {
            return false;
        }
        let key = (canonical(domain), name.to_owned(), overload.to_owned());
        let Some(&callee) = self.known.get(&key) else {
            return false;
        };
        if let Some(calls) = self.current.and_then(|index| self.calls.get_mut(index)) {
            if self.call_count < KEPT_CALLS {
                calls.push(callee);
                self.call_count = self.call_count.saturating_add(1);
            } else {
                self.is_cut = true;
            }
        }
        true
    }

    fn enter(&mut self, key: &Key) {
        self.current = self.known.get(key).copied();
    }

    /// Looks for recursion and for growth without end.
    pub(super) fn judge(&self, facts: &mut ModelFacts) {
        if self.is_cut {
            let detail = "more functions or calls than are followed";
            facts.problem(ProblemKind::LimitReached, Place::Whole, detail);
        }
        let mut note = |kind, subject: &str, detail: &str| {
            let place = Place::Key("functions".to_owned());
            facts.hazard(ModelHazard::new(
                kind,
                Effect::OnLoad,
                place,
                subject,
                detail,
                "",
            ));
        };
        for name in &self.doubles {
            note(ModelHazardKind::Ambiguous, name, "names two functions");
        }
        for ((domain, name, _), _) in self.sorted() {
            if domain.is_empty() && is_standard(name) {
                let detail = "is a function that takes the name of a standard operator";
                note(ModelHazardKind::Ambiguous, name, detail);
            }
        }
        let name = |index: usize| self.names.get(index).map_or("", String::as_str);
        match self.inlined() {
            Err(index) => {
                let detail = "is a function that calls itself, directly or through others";
                note(ModelHazardKind::ResourceExhaustion, name(index), detail);
            }
            Ok(sizes) => {
                let largest = sizes.iter().enumerate().max_by_key(|(_, size)| **size);
                if let Some((index, size)) = largest
                    && *size > INLINED
                {
                    let detail =
                        "grows to more nodes than any model has once its calls are inlined";
                    note(ModelHazardKind::ResourceExhaustion, name(index), detail);
                }
            }
        }
    }

    fn sorted(&self) -> Vec<(&Key, &usize)> {
        let mut list: Vec<_> = self.known.iter().collect();
        list.sort();
        list
    }

    /// Nodes of every function after inlining, callees first; a function on a cycle if there is one.
    fn inlined(&self) -> Result<Vec<u64>, usize> {
        let mut waiting: Vec<usize> = self.calls.iter().map(Vec::len).collect();
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); self.calls.len()];
        for (caller, calls) in self.calls.iter().enumerate() {
            for callee in calls {
                if let Some(list) = callers.get_mut(*callee) {
                    list.push(caller);
                }
            }
        }
        let mut sizes = self.nodes.clone();
        let mut ready: Vec<usize> = indices_of_zero(&waiting);
        let mut done = 0_usize;
        while let Some(callee) = ready.pop() {
            done = done.saturating_add(1);
            let size = sizes.get(callee).copied().unwrap_or(0);
            for caller in callers.get(callee).map_or(&[][..], Vec::as_slice) {
                if let Some(sum) = sizes.get_mut(*caller) {
                    *sum = sum.saturating_add(size);
                }
                if let Some(left) = waiting.get_mut(*caller) {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        ready.push(*caller);
                    }
                }
            }
        }
        if done == self.calls.len() {
            return Ok(sizes);
        }
        Err(self.on_cycle(&waiting))
    }

    /// A function on a cycle: going from any that still waits to one that it waits for must come back.
    fn on_cycle(&self, waiting: &[usize]) -> usize {
        let is_waiting = |index: usize| waiting.get(index).is_some_and(|left| *left > 0);
        let mut seen = vec![false; waiting.len()];
        let mut at = waiting.iter().position(|left| *left > 0).unwrap_or(0);
        while let Some(mark) = seen.get_mut(at).filter(|mark| !**mark) {
            *mark = true;
            let calls = self.calls.get(at).map_or(&[][..], Vec::as_slice);
            let Some(next) = calls.iter().copied().find(|next| is_waiting(*next)) else {
                break;
            };
            at = next;
        }
        at
    }
}

impl Walk<'_, '_> {
    pub(super) fn function(&mut self, function: Message) {
        let wire = self.wire;
        let key = key(wire, function);
        self.functions.enter(&key);
        for field in wire.fields(function) {
            match (field.number, field.value) {
                (7, Value::Bytes(node)) => self.node(node, 0),
                (11, Value::Bytes(attribute)) => self.attribute(attribute, 0),
                _ => {}
            }
        }
        self.functions.current = None;
    }
}

fn indices_of_zero(counts: &[usize]) -> Vec<usize> {
    let zeros = counts.iter().enumerate().filter(|(_, count)| **count == 0);
    zeros.map(|(index, _)| index).collect()
}

fn key(wire: &Wire<'_>, function: Message) -> Key {
    let mut key = (String::new(), String::new(), String::new());
    for field in wire.fields(function) {
        match (field.number, field.value) {
            (1, Value::Bytes(text)) => key.1 = wire.text(text, TEXT),
            (10, Value::Bytes(text)) => key.0 = canonical(&wire.text(text, TEXT)),
            (13, Value::Bytes(text)) => key.2 = wire.text(text, TEXT),
            _ => {}
        }
    }
    key
}

fn canonical(domain: &str) -> String {
    match domain {
        "ai.onnx" => String::new(),
        other => other.to_owned(),
    }
}
