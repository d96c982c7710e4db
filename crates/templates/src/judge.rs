//! Walks the tree once, folding constants and following where values come from, and notes what the template does.
//!
//! The walk is an abstract interpretation: every branch is taken, loops over constants are unrolled and macros with
//! constant arguments are evaluated within a budget, because names are spelled with them. Everything else is visited
//! exactly once.
//!
//! Deliberately absent: soundness in the other direction. A value that cannot be folded is never assumed harmless:
//! looking up an attribute by it is a behaviour of its own.

mod call;
mod condition;
mod expression;
mod filter;
mod growth;
mod output;
mod statement;

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Macro, Tree};
use crate::facts::{BehaviourKind, Certainty};
use crate::findings::Findings;
use crate::value::{Taint, Value};
use output::Output;

/// LIMIT: how deep the walk recurses over statements, expressions and macro calls together.
const MAX_DEPTH: usize = 220;
/// LIMIT: extra visits of nodes spent on unrolling loops and evaluating macros.
const MAX_EXTRA_VISITS: usize = 60_000;

/// What the walk knows while it goes.
#[derive(Debug)]
pub(crate) struct Judge<'t, 'a> {
    source: &'a str,
    pub(crate) findings: Findings,
    /// Variables, innermost scope last.
    scopes: Vec<BTreeMap<&'a str, Value>>,
    /// Attributes of namespaces.
    attributes: BTreeMap<(&'a str, &'a str), Value>,
    /// Macros with the weight of their bodies.
    macros: BTreeMap<&'a str, (&'t Macro<'a>, usize)>,
    /// Parameters of macros and what call sites passed for them.
    passed: BTreeMap<(&'a str, usize), Taint>,
    outputs: Vec<Output>,
    /// What the enclosing conditions depend on.
    guard: Taint,
    /// Conditions around the current node; assignments inside are weak.
    conditions: usize,
    /// The role that the enclosing conditions select, if they select exactly one.
    role: Option<String>,
    /// What the innermost loop iterates over.
    loop_taint: Taint,
    /// Conditions around the innermost recursive loop.
    recursion: Option<usize>,
    depth: usize,
    extra_visits: usize,
    /// How often the loops around run, as far as it is known.
    repetitions: u64,
    growth: growth::Growth<'a>,
    names: BTreeSet<&'a str>,
    /// Whether depth ended the walk somewhere.
    pub(crate) is_cut_short: bool,
}

impl<'t, 'a> Judge<'t, 'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self {
            source,
            findings: Findings::default(),
            scopes: vec![BTreeMap::new()],
            attributes: BTreeMap::new(),
            macros: BTreeMap::new(),
            passed: BTreeMap::new(),
            outputs: vec![Output::default()],
            guard: Taint::NONE,
            conditions: 0,
            role: None,
            loop_taint: Taint::NONE,
            recursion: None,
            depth: 0,
            extra_visits: MAX_EXTRA_VISITS,
            repetitions: 1,
            growth: growth::Growth::default(),
            names: BTreeSet::new(),
            is_cut_short: false,
        }
    }

    /// Judges a whole template.
    pub(crate) fn run(&mut self, tree: &'t Tree<'a>) {
        self.collect_macros(&tree.body);
        self.statements(&tree.body);
        self.revisit_macros();
        while let Some(output) = self.outputs.pop() {
            self.judge_output(&output);
        }
        self.judge_growth();
    }

    /// Whether the template reads what only chat renderers pass.
    pub(crate) fn is_chat(&self) -> bool {
        const NAMES: &[&str] = &[
            "messages",
            "add_generation_prompt",
            "bos_token",
            "eos_token",
            "raise_exception",
            "strftime_now",
            "enable_thinking",
            "conversation",
            "system_message",
        ];
        NAMES.iter().any(|name| self.names.contains(name))
    }

    fn note(&mut self, kind: BehaviourKind, certainty: Certainty, at: usize, evidence: &str) {
        self.findings.add(kind, certainty, at, evidence);
    }

    /// The source from an offset on, up to the end of the tag or line.
    fn snippet(&self, at: usize) -> &'a str {
        let rest = self.source.get(at..).unwrap_or_default();
        let limit = rest
            .char_indices()
            .nth(100)
            .map_or(rest.len(), |(offset, _)| offset);
        let rest = rest.get(..limit).unwrap_or(rest);
        let end = [rest.find("}}"), rest.find("%}"), rest.find('\n')]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest).trim_end()
    }

    /// Runs one step deeper, or not at all.
    fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.is_cut_short = true;
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = step(self);
        self.depth = self.depth.saturating_sub(1);
        Some(result)
    }

    /// Pays for a visit beyond the first; `false` when the budget is spent.
    fn pay(&mut self, visits: usize) -> bool {
        let Some(left) = self.extra_visits.checked_sub(visits) else {
            return false;
        };
        self.extra_visits = left;
        true
    }

    fn lookup(&self, name: &str) -> Option<&Value> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// Assigns in the innermost scope, or where a namespace attribute lives.
    fn assign(&mut self, name: &'a str, mut value: Value) {
        value.taint = value.taint.with(self.guard.only(Taint::GUARDS));
        if self.conditions > 0
            && let Some(before) = self.lookup(name)
        {
            value.join(&before.clone());
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, value);
        }
    }

    fn in_scope<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(BTreeMap::new());
        let result = step(self);
        self.scopes.pop();
        result
    }

    /// Runs a step whose output is kept apart, and returns that output.
    fn captured<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> (T, Output) {
        self.outputs.push(Output::default());
        let result = step(self);
        let output = self.outputs.pop().unwrap_or_default();
        (result, output)
    }

    /// Runs a step under a condition.
    fn guarded<T>(
        &mut self,
        taint: Taint,
        role: Option<String>,
        step: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let (guard, outer_role) = (self.guard, self.role.clone());
        self.guard = guard.with(taint.only(Taint::GUARDS));
        if role.is_some() {
            self.role = role;
        }
        self.conditions = self.conditions.saturating_add(1);
        let result = step(self);
        self.conditions = self.conditions.saturating_sub(1);
        self.guard = guard;
        self.role = outer_role;
        result
    }
}
