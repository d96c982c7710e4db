//! Time and memory: ranges, repetitions, widths, doublings and recursion that no prompt needs.
//!
//! Thresholds are far above what honest templates do (loops over a few dozen known items) and far below what hurts.

use std::collections::{BTreeMap, BTreeSet};

use super::Judge;
use crate::ast::{BinaryOp, Expr, ExprKind, For};
use crate::facts::{BehaviourKind, Certainty};
use crate::value::{Constant, Taint, Value};

/// Iterations that no prompt needs.
const HUGE_LOOP: u64 = 100_000;
/// Characters or items that no prompt needs at once.
const HUGE_SIZE: u64 = 100_000;
/// Doublings after which a value has a million times its size.
const HUGE_DOUBLINGS: u64 = 18;

/// Who calls whom, and which variables keep growing.
#[derive(Debug, Default)]
pub(super) struct Growth<'a> {
    /// Macros whose bodies are being visited.
    visiting: Vec<&'a str>,
    expanding: Vec<&'a str>,
    /// Unconditional calls from macro to macro, with the place of the first.
    certain_calls: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
    /// Calls of a macro to itself.
    self_calls: BTreeMap<&'a str, usize>,
    /// Doublings of a variable, and where.
    doublings: BTreeMap<String, (u64, usize)>,
    /// The size of the latest `range`, which is kept as a prefix only.
    pub(super) last_range: u64,
}

impl<'a> Growth<'a> {
    pub(super) fn enter(&mut self, name: &'a str) {
        self.visiting.push(name);
    }

    pub(super) fn leave(&mut self) {
        self.visiting.pop();
    }

    /// Notes a call; `is_certain` if no condition stands before it.
    pub(super) fn calls(&mut self, callee: &'a str, is_certain: bool, at: usize) {
        if !self.expanding.is_empty() {
            return;
        }
        let Some(caller) = self.visiting.last() else {
            return;
        };
        if *caller == callee {
            let count = self.self_calls.entry(callee).or_default();
            *count = count.saturating_add(1);
        }
        if is_certain {
            self.certain_calls
                .entry(caller)
                .or_default()
                .entry(callee)
                .or_insert(at);
        }
    }

    /// LIMIT: macros inside macros that are evaluated.
    pub(super) fn may_expand(&self, name: &str) -> bool {
        self.expanding.len() < 6
            && self
                .expanding
                .iter()
                .filter(|active| **active == name)
                .count()
                < 3
    }

    pub(super) fn enter_expansion(&mut self, name: &'a str) {
        self.expanding.push(name);
    }

    pub(super) fn leave_expansion(&mut self) {
        self.expanding.pop();
    }

    /// Macros that reach themselves through unconditional calls.
    fn endless(&self) -> Vec<(&'a str, usize)> {
        let mut endless = Vec::new();
        for (start, calls) in &self.certain_calls {
            let mut seen = BTreeSet::new();
            let mut waiting: Vec<&str> = calls.keys().copied().collect();
            // LIMIT: a graph of this size is no template; a longer cycle would not be honest either.
            while let Some(next) = waiting.pop().filter(|_| seen.len() < 256) {
                if seen.insert(next) {
                    waiting.extend(
                        self.certain_calls
                            .get(next)
                            .into_iter()
                            .flat_map(BTreeMap::keys)
                            .copied(),
                    );
                }
            }
            if seen.contains(start) {
                endless.push((*start, calls.values().copied().min().unwrap_or_default()));
            }
        }
        endless.truncate(8);
        endless
    }
}

impl<'t, 'a> Judge<'t, 'a> {
    /// How often a loop runs, if that is known.
    pub(super) fn judge_iteration(&mut self, block: &'t For<'a>, iter: &Value) -> Option<u64> {
        let length = iter
            .first()
            .and_then(Constant::len)
            .and_then(|length| u64::try_from(length).ok())?;
        let is_range = matches!(&block.iter.kind, ExprKind::Call { callee, .. } if matches!(callee.kind, ExprKind::Name("range")));
        Some(if is_range {
            self.growth.last_range
        } else {
            length
        })
    }

    pub(super) fn judge_repetitions(&mut self, at: usize) {
        if self.repetitions > HUGE_LOOP.saturating_mul(10) {
            let evidence = format!("loops run {} times", self.repetitions);
            self.note(BehaviourKind::HugeLoop, Certainty::Likely, at, &evidence);
        }
    }

    pub(super) fn judge_range(&mut self, at: usize, count: u64) {
        if count >= HUGE_LOOP {
            let certainty = if count >= HUGE_LOOP.saturating_mul(100) {
                Certainty::Proven
            } else {
                Certainty::Likely
            };
            self.note(
                BehaviourKind::HugeLoop,
                certainty,
                at,
                &format!("range of {count}"),
            );
        }
    }

    /// `sequence * count`.
    pub(super) fn judge_repetition(&mut self, at: usize, left: &Value, right: &Value) {
        for (sequence, count) in [(left, right), (right, left)] {
            let Some(count) = count.as_int().and_then(|count| u64::try_from(count).ok()) else {
                continue;
            };
            let length = match sequence.first() {
                Some(Constant::Text(text)) => u64::try_from(text.len()).unwrap_or(u64::MAX),
                Some(Constant::List(items)) => u64::try_from(items.len()).unwrap_or(u64::MAX),
                Some(_) => continue,
                // Arithmetic with numbers that are not known is not judged; words of the conversation are.
                None if sequence.taint.has(Taint::CONTENT)
                    && !sequence.taint.has(Taint::MEASURE) =>
                {
                    1
                }
                None => continue,
            };
            if length.saturating_mul(count) >= HUGE_SIZE {
                self.huge(at, length.saturating_mul(count));
            }
        }
    }

    fn huge(&mut self, at: usize, size: u64) {
        let certainty = if size >= HUGE_SIZE.saturating_mul(100) {
            Certainty::Proven
        } else {
            Certainty::Likely
        };
        let evidence = format!("{size} characters or items: {}", self.snippet(at));
        self.note(BehaviourKind::HugeValue, certainty, at, &evidence);
    }

    /// `base ** exponent`.
    pub(super) fn judge_power(&mut self, at: usize, left: &Value, right: &Value) {
        let Some(base) = left.as_int() else { return };
        let is_overflowing = right.is_known() && right.as_int().is_none();
        let exponent = right
            .as_int()
            .unwrap_or(if is_overflowing { i64::MAX } else { 0 });
        if base.unsigned_abs() >= 2 && exponent >= 10_000 {
            self.huge(at, exponent.unsigned_abs().saturating_mul(10));
        }
    }

    /// A width given to `center`, `indent`, `ljust` and the like.
    pub(super) fn judge_width(&mut self, at: usize, args: &[Value]) {
        let widest = args
            .iter()
            .filter_map(Value::as_int)
            .filter_map(|width| u64::try_from(width).ok())
            .max();
        if let Some(width) = widest.filter(|width| *width >= HUGE_SIZE) {
            self.huge(at, width);
        }
    }

    /// `'%1000000d'` and `'{:>1000000}'`.
    pub(super) fn judge_format_width(&mut self, at: usize, text: &str) {
        if !text.contains(['%', '{']) {
            return;
        }
        let digits = text
            .split(|character: char| !character.is_ascii_digit())
            .filter(|digits| digits.len() >= 6);
        for run in digits {
            let start = text.find(run).unwrap_or_default();
            let before = text.get(..start).unwrap_or_default();
            let lead = before.rsplit(['%', '{']).next().unwrap_or(before);
            let is_width = lead.len() < before.len()
                && lead
                    .chars()
                    .all(|character| !character.is_alphanumeric() || character == '0')
                && !lead.contains(' ');
            if is_width {
                self.huge(at, run.parse().unwrap_or(u64::MAX));
            }
        }
    }

    /// `{% set x = x ~ x %}`: the size doubles each time.
    pub(super) fn judge_assignment(&mut self, target: &Expr<'a>, expr: &Expr<'a>) {
        let Some(name) = path_of(target) else { return };
        let ExprKind::Chain { first, rest } = &expr.kind else {
            return;
        };
        let is_growing = rest
            .iter()
            .all(|(op, _)| matches!(op, BinaryOp::Add | BinaryOp::Concat | BinaryOp::Multiply));
        let mentions = std::iter::once(&**first)
            .chain(rest.iter().map(|(_, operand)| operand))
            .filter(|operand| path_of(operand).as_deref() == Some(name.as_str()))
            .count();
        let is_multiplied = rest.iter().any(|(op, operand)| {
            *op == BinaryOp::Multiply
                && matches!(operand.kind, ExprKind::Int(factor) if factor >= 2)
        });
        if !is_growing || !(mentions >= 2 || (mentions == 1 && is_multiplied)) {
            return;
        }
        let repetitions = self.repetitions;
        let (count, at) = self.growth.doublings.entry(name).or_insert((0, expr.at));
        // An unrolled loop comes by several times; its count is what the loop says, not the visits.
        *count = count.saturating_add(1).max(repetitions);
        let (count, at) = (*count, *at);
        if count >= HUGE_DOUBLINGS {
            self.note(
                BehaviourKind::HugeValue,
                Certainty::Likely,
                at,
                &format!("doubles {count} times: {}", self.snippet(at)),
            );
        }
    }

    /// A macro that calls itself twice, started with a large number: exponential time.
    pub(super) fn judge_fan_out(&mut self, name: &'a str, args: &[Value], at: usize) {
        let fan_out = self
            .growth
            .self_calls
            .get(name)
            .copied()
            .unwrap_or_default();
        let depth = args
            .iter()
            .filter_map(Value::as_int)
            .max()
            .unwrap_or_default();
        let is_outside = !self.growth.visiting.contains(&name);
        if fan_out >= 2 && depth >= 16 && is_outside {
            self.note(
                BehaviourKind::EndlessRecursion,
                Certainty::Likely,
                at,
                &format!("`{name}` calls itself {fan_out} times, {depth} deep"),
            );
        }
    }

    /// `loop(items)` inside a recursive loop.
    pub(super) fn judge_loop_call(&mut self, args: &[Value], at: usize) {
        let is_endless = args
            .iter()
            .any(|value| value.first().is_some_and(Constant::is_true));
        if is_endless && self.recursion == Some(self.conditions) {
            self.note(
                BehaviourKind::EndlessRecursion,
                Certainty::Likely,
                at,
                self.snippet(at),
            );
        }
    }

    /// What only shows once the whole template was seen.
    pub(super) fn judge_growth(&mut self) {
        for (name, at) in self.growth.endless() {
            self.note(
                BehaviourKind::EndlessRecursion,
                Certainty::Likely,
                at,
                &format!("macro `{name}` always calls itself"),
            );
        }
    }
}

/// `a` or `a.b` as text.
fn path_of(expr: &Expr<'_>) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some((*name).to_owned()),
        ExprKind::Attr { base, name } => match &base.kind {
            ExprKind::Name(base) => Some(format!("{base}.{name}")),
            _ => None,
        },
        _ => None,
    }
}
