//! Expressions: constants are folded, sources followed, attribute names judged.

use super::Judge;
use super::condition::{is_label, is_words};
use super::statement::taint_by_name;
use crate::ast::{BinaryOp, Expr, ExprKind};
use crate::facts::{BehaviourKind, Certainty};
use crate::fold;
use crate::names::{self, AttributeRisk, Foreign};
use crate::value::{Constant, MAX_ITEMS, Taint, Value};
use crate::wording;

impl<'t, 'a> Judge<'t, 'a> {
    /// What is known about an expression; notes what it does on the way.
    pub(super) fn eval(&mut self, expr: &'t Expr<'a>) -> Value {
        self.deeper(|judge| judge.eval_kind(expr))
            .unwrap_or_default()
    }

    fn eval_kind(&mut self, expr: &'t Expr<'a>) -> Value {
        match &expr.kind {
            ExprKind::Name(name) => self.variable(name, expr.at),
            ExprKind::Str(text) => {
                self.judge_literal(expr.at, text);
                Value::text(text.as_ref()).tainted(Taint::LITERAL)
            }
            ExprKind::Int(value) => Value::constant(Constant::Int(*value)).tainted(Taint::LITERAL),
            ExprKind::Float => Value::constant(Constant::Float),
            ExprKind::Bool(value) => Value::constant(Constant::Bool(*value)),
            ExprKind::None => Value::constant(Constant::None),
            ExprKind::List(items) => self.list(items),
            ExprKind::Dict(entries) => self.dict(entries),
            ExprKind::Attr { base, name } => self.attribute(base, name, expr.at),
            ExprKind::Item { base, index } => {
                let base = self.eval(base);
                let index = self.eval(index);
                self.item(&base, &index, expr.at)
            }
            ExprKind::Slice { base, parts } => self.slice(base, parts),
            ExprKind::Call { callee, args } => self.call(callee, args, expr.at),
            ExprKind::Filter { base, name, args } => {
                let base = base
                    .as_ref()
                    .map_or_else(Value::default, |base| self.eval(base));
                self.filter(name, base, args, expr.at)
            }
            ExprKind::Test { base, name, args } => {
                let base = self.eval(base);
                let (args, _) = self.arguments(args);
                if !names::is_usual_test(name) {
                    self.note(BehaviourKind::UnusualName, Certainty::Hint, expr.at, name);
                }
                self.test(expr.at, name, &base, &args)
            }
            ExprKind::Not(operand) => {
                let operand = self.eval(operand);
                operand.map(|constant| Some(Constant::Bool(!constant.is_true())))
            }
            ExprKind::Negative(operand) => {
                let operand = self.eval(operand);
                operand.map(|constant| constant.as_int()?.checked_neg().map(Constant::Int))
            }
            ExprKind::Chain { first, rest } => self.chain(first, rest),
            ExprKind::Compare { first, rest } => {
                let mut left = self.eval(first);
                let mut result = Value::default();
                for (op, right) in rest {
                    let right = self.eval(right);
                    let outcome = self.compare(expr.at, &left, *op, &right);
                    result = if rest.len() == 1 {
                        outcome
                    } else {
                        Value::unknown(result.taint.with(outcome.taint))
                    };
                    left = right;
                }
                result
            }
            ExprKind::If { test, then, other } => {
                let condition = self.eval(test);
                let mut value = self.eval(then);
                self.judge_conditional_role(expr.at, test, &value);
                if let Some(other) = other {
                    let other = self.eval(other);
                    value.join(&other);
                }
                value.tainted(condition.taint.only(Taint::GUARDS))
            }
        }
    }

    fn variable(&mut self, name: &'a str, at: usize) -> Value {
        if let Some(value) = self.lookup(name) {
            return value.clone();
        }
        self.names.insert(name);
        if self.macros.contains_key(name) || names::is_engine_function(name) || name == "self" {
            return Value::unknown(Taint::FUNCTION);
        }
        if name == "loop" {
            return Value::unknown(Taint::NONE);
        }
        if names::attribute_risk(name) == AttributeRisk::Dunder {
            self.note(BehaviourKind::PrivateAttribute, Certainty::Proven, at, name);
            return Value::unknown(Taint::REPORTED);
        }
        Value::unknown(taint_by_name(name))
    }

    /// A literal that is judged wherever it goes: names of internals, encoded text, hostile orders.
    fn judge_literal(&mut self, at: usize, text: &str) {
        if let Some(gadget) = names::gadget_in(text) {
            let certainty = if text.trim() == gadget
                || fold::format_attributes(text)
                    .iter()
                    .any(|name| name.starts_with("__"))
            {
                Certainty::Proven
            } else {
                Certainty::Likely
            };
            self.note(BehaviourKind::PrivateAttribute, certainty, at, text);
        }
        self.judge_format_width(at, text);
        if text.len() < 12 {
            return;
        }
        for hit in wording::hostile(text) {
            let words = text.get(hit.start..hit.end).unwrap_or_default();
            self.note(hit.kind, hit.certainty, at, words);
        }
        if let Some(run) = wording::encoded(text) {
            self.note(BehaviourKind::EncodedLiteral, Certainty::Likely, at, run);
        }
    }

    fn list(&mut self, items: &'t [Expr<'a>]) -> Value {
        let values: Vec<Value> = items.iter().map(|item| self.eval(item)).collect();
        let taint = values.iter().fold(Taint::LITERAL, |taint, value| {
            taint.with(value.taint.only(Taint::FLOWING))
        });
        if values.len() > MAX_ITEMS || !values.iter().all(Value::is_known) {
            return Value::unknown(taint);
        }
        let constants = values
            .iter()
            .filter_map(|value| value.first().cloned())
            .collect();
        Value::constant(Constant::list(constants)).tainted(taint)
    }

    fn dict(&mut self, entries: &'t [(Expr<'a>, Expr<'a>)]) -> Value {
        let mut constants = Vec::new();
        let mut taint = Taint::LITERAL;
        for (key, value) in entries {
            let key = self.eval(key);
            let value = self.eval(value);
            taint = taint.with(key.taint.with(value.taint).only(Taint::FLOWING));
            let (Some(key), Some(value)) = (key.first(), value.first()) else {
                continue;
            };
            constants.push((key.clone(), value.clone()));
        }
        if constants.len() != entries.len() || constants.len() > MAX_ITEMS {
            return Value::unknown(taint);
        }
        Value::constant(Constant::Dict(constants.into())).tainted(taint)
    }

    fn attribute(&mut self, base: &'t Expr<'a>, name: &'a str, at: usize) -> Value {
        if let ExprKind::Name(variable) = &base.kind {
            if *variable == "loop" && self.lookup("loop").is_none() {
                return self.loop_attribute(name, at);
            }
            if let Some(value) = self.attributes.get(&(*variable, name)) {
                return value.clone();
            }
            if *variable == "self" && names::attribute_risk(name) == AttributeRisk::None {
                // `self.block()` renders a block of this template.
                return Value::default();
            }
            self.judge_foreign(variable, at);
        }
        let base = self.eval(base);
        self.member(&base, name, at)
    }

    fn loop_attribute(&mut self, name: &'a str, at: usize) -> Value {
        match name {
            "index" | "index0" | "length" | "revindex" | "revindex0" | "depth" => {
                Value::unknown(Taint::COUNT)
            }
            "previtem" | "nextitem" if self.loop_taint.has(Taint::CONVERSATION) => {
                Value::unknown(Taint::MESSAGE)
            }
            _ => self.member(&Value::default(), name, at),
        }
    }

    /// A variable that the template does not set and that only other programs pass.
    pub(super) fn judge_foreign(&mut self, variable: &'a str, at: usize) {
        if self.lookup(variable).is_some() || self.macros.contains_key(variable) {
            return;
        }
        let certainty = match names::foreign(variable) {
            Foreign::None => return,
            Foreign::Web => Certainty::Hint,
            Foreign::Module => Certainty::Likely,
        };
        self.note(
            BehaviourKind::ForeignObject,
            certainty,
            at,
            self.snippet(at),
        );
    }

    /// `base.name`, however it is written.
    pub(super) fn member(&mut self, base: &Value, name: &str, at: usize) -> Value {
        match names::attribute_risk(name) {
            AttributeRisk::Dunder => {
                return self.private(at, name, BehaviourKind::PrivateAttribute, Certainty::Proven);
            }
            AttributeRisk::Internal => {
                return self.private(at, name, BehaviourKind::EngineInternals, Certainty::Proven);
            }
            // Underscored keys of honest tools exist, and Jinja2's sandbox refuses the attributes.
            AttributeRisk::Underscored => {
                self.note(BehaviourKind::PrivateAttribute, Certainty::Hint, at, name);
            }
            AttributeRisk::None => {}
        }
        if let Some(constant) = base
            .known
            .iter()
            .find_map(|constant| fold::item(constant, &Constant::text(name)))
        {
            return Value::constant(constant).tainted(base.taint.only(Taint::FLOWING));
        }
        if base.taint.has(Taint::FUNCTION) && !base.taint.has(Taint::REPORTED) && name != "fromkeys"
        {
            let evidence = format!("attribute `{name}` of a function: {}", self.snippet(at));
            self.note(
                BehaviourKind::ForeignObject,
                Certainty::Likely,
                at,
                &evidence,
            );
        }
        Value::unknown(member_taint(base.taint, name))
    }

    fn private(
        &mut self,
        at: usize,
        name: &str,
        kind: BehaviourKind,
        certainty: Certainty,
    ) -> Value {
        let snippet = self.snippet(at);
        let evidence = if snippet.contains(name) {
            snippet.to_owned()
        } else {
            format!("`{name}` from {snippet}")
        };
        self.note(kind, certainty, at, &evidence);
        Value::unknown(Taint::REPORTED)
    }

    /// `base[index]`.
    pub(super) fn item(&mut self, base: &Value, index: &Value, at: usize) -> Value {
        let flowing = base.taint.with(index.taint).only(Taint::FLOWING);
        let names: Vec<String> = index.texts().map(str::to_owned).collect();
        if let Some((last, others)) = names.split_last() {
            for name in others {
                self.member(base, name, at);
            }
            let value = self.member(base, last, at);
            return value.tainted(index.taint.only(Taint::GUARDS));
        }
        if index.as_int().is_some() {
            let value = base.zip(index, fold::item);
            let taint = if base.taint.has(Taint::CONVERSATION) {
                Taint::MESSAGE
            } else {
                base.taint.without(Taint::LITERAL)
            };
            return Value {
                known: value.known,
                taint: flowing.with(taint),
            };
        }
        if index.taint.has(Taint::CONTENT) && base.is_known() {
            // A table of constants looked up by what somebody said.
            let mut value = Value::unknown(flowing);
            for constant in &base.known {
                if let Constant::Dict(entries) = constant {
                    let keys = entries.iter().map(|(key, _)| key.clone()).collect();
                    let guard = self.keyed(at, &Value::constant(Constant::list(keys)));
                    value = value.tainted(guard);
                    value
                        .known
                        .extend(entries.iter().take(4).map(|(_, value)| value.clone()));
                }
            }
            return value;
        }
        if index.taint.has(Taint::GUARDS) && base.is_known() {
            let mut value = Value::unknown(flowing);
            for items in base.known.iter().filter_map(Constant::items) {
                value.known.extend(items.into_iter().take(4));
            }
            return value;
        }
        self.computed(base, index, at);
        let taint = base
            .taint
            .without(Taint::LITERAL.with(Taint::CONVERSATION))
            .with(Taint::COMPUTED)
            .with(flowing);
        Value::unknown(if base.taint.has(Taint::CONVERSATION) {
            taint.with(Taint::MESSAGE)
        } else {
            taint
        })
    }

    /// A subscript that is not known on something whose keys nobody needs.
    fn computed(&mut self, base: &Value, index: &Value, at: usize) {
        let is_text = matches!(base.first(), Some(Constant::Text(_) | Constant::Int(_)));
        let is_empty = base.first().and_then(Constant::len) == Some(0);
        let is_odd_base = base.taint.has(Taint::FUNCTION)
            || (base.taint.has(Taint::LITERAL) && (is_text || is_empty));
        let is_counted = index.taint.has(Taint::COUNT);
        if is_odd_base && !is_counted && !base.taint.has(Taint::REPORTED) {
            self.note(
                BehaviourKind::ComputedAttribute,
                Certainty::Likely,
                at,
                self.snippet(at),
            );
        }
    }

    fn slice(&mut self, base: &'t Expr<'a>, parts: &'t [Option<Expr<'a>>; 3]) -> Value {
        let base = self.eval(base);
        let bounds: Vec<Option<Value>> = parts
            .iter()
            .map(|part| part.as_ref().map(|part| self.eval(part)))
            .collect();
        let is_known = bounds
            .iter()
            .flatten()
            .all(|bound| bound.as_int().is_some());
        let bound = |index: usize| {
            bounds
                .get(index)
                .and_then(Option::as_ref)
                .and_then(Value::as_int)
        };
        let kept = base.taint.without(Taint::LITERAL.with(Taint::FUNCTION));
        if !is_known {
            return Value::unknown(kept);
        }
        let (start, stop, step) = (bound(0), bound(1), bound(2));
        let mut value = base.map(|constant| fold::slice(constant, start, stop, step));
        value.taint = kept;
        let is_reversing = step.is_some_and(|step| !(0..=1).contains(&step));
        if is_reversing && value.as_text().is_some() {
            value.taint = value.taint.with(Taint::ASSEMBLED);
        }
        value
    }

    fn chain(&mut self, first: &'t Expr<'a>, rest: &'t [(BinaryOp, Expr<'a>)]) -> Value {
        let mut left = self.eval(first);
        let mut before = left.as_text().map(str::to_owned);
        for (op, operand) in rest {
            let right = match op {
                // The right side of `and` and `or` only counts if the left side allows it.
                BinaryOp::And | BinaryOp::Or => {
                    let guards = left.taint.only(Taint::GUARDS);
                    self.guarded(guards, None, |judge| judge.eval(operand))
                }
                _ => self.eval(operand),
            };
            if right.taint.has(Taint::CONTENT)
                && let Some(tail) = &before
            {
                self.judge_speaker(operand.at, tail);
            }
            before = right.as_text().map(str::to_owned);
            left = self.binary(first.at, &left, *op, &right);
        }
        if is_spelled(first, rest) {
            left.taint = left.taint.with(Taint::ASSEMBLED);
        }
        left
    }

    fn binary(&mut self, at: usize, left: &Value, op: BinaryOp, right: &Value) -> Value {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let mut value = if op == BinaryOp::And {
                    right.clone()
                } else {
                    left.clone()
                };
                if op == BinaryOp::Or {
                    value.join(right);
                }
                value.tainted(left.taint.with(right.taint).only(Taint::FLOWING))
            }
            BinaryOp::Concat => with_words(left.zip(right, fold::concat), left, right),
            BinaryOp::Add => with_words(left.zip(right, fold::add), left, right),
            BinaryOp::Subtract => left.zip(right, |left, right| {
                fold::arithmetic(left, right, i64::checked_sub)
            }),
            BinaryOp::FloorDivide => left.zip(right, |left, right| {
                fold::arithmetic(left, right, i64::checked_div_euclid)
            }),
            BinaryOp::Divide => Value::unknown(left.taint.with(right.taint).only(Taint::FLOWING)),
            BinaryOp::Multiply => {
                self.judge_repetition(at, left, right);
                let mut value = left.zip(right, fold::repeat);
                if !value.is_known() && value.taint.has(Taint::GUARDS) {
                    // `'words' * condition` is the words, or nothing.
                    let words = if left.is_known() { left } else { right };
                    value.known.clone_from(&words.known);
                }
                value
            }
            BinaryOp::Power => {
                self.judge_power(at, left, right);
                left.zip(right, |left, right| {
                    let exponent = u32::try_from(right.as_int()?).ok()?;
                    left.as_int()?.checked_pow(exponent).map(Constant::Int)
                })
            }
            BinaryOp::Remainder => Self::remainder(left, right),
        }
    }

    fn remainder(left: &Value, right: &Value) -> Value {
        if left.as_text().is_some() {
            let mut value = left.zip(right, |left, right| {
                let arguments = match right {
                    Constant::List(items) => items.to_vec(),
                    other => vec![other.clone()],
                };
                fold::percent(left.as_text()?, &arguments)
            });
            if value.is_known() && left.as_text().is_some_and(|format| format.contains("%c")) {
                value.taint = value.taint.with(Taint::ASSEMBLED);
            }
            return value;
        }
        let mut value = left.zip(right, |left, right| {
            fold::arithmetic(left, right, i64::checked_rem_euclid)
        });
        if left.taint.has(Taint::MEASURE) {
            value.taint = value.taint.with(Taint::MEASURED);
        }
        if left.taint.has(Taint::COUNT) && right.as_int().is_some_and(|number| number > 2) {
            value.taint = value.taint.with(Taint::COUNTED);
        }
        if left.taint.has(Taint::DATE) {
            value.taint = value.taint.with(Taint::DATED);
        }
        value
    }
}

/// Many literals of a letter or two, put together.
fn is_spelled(first: &Expr<'_>, rest: &[(BinaryOp, Expr<'_>)]) -> bool {
    let is_letter = |expr: &Expr<'_>| matches!(&expr.kind, ExprKind::Str(text) if text.len() <= 2 && text.chars().all(char::is_alphabetic) && !text.is_empty());
    let operands = rest
        .iter()
        .filter(|(op, _)| matches!(op, BinaryOp::Add | BinaryOp::Concat));
    operands
        .map(|(_, operand)| operand)
        .chain([first])
        .filter(|operand| is_letter(operand))
        .count()
        >= 5
}

/// Concatenation turns messages into words.
fn with_words(mut value: Value, left: &Value, right: &Value) -> Value {
    if left
        .taint
        .with(right.taint)
        .has(Taint::CONVERSATION.with(Taint::MESSAGE))
    {
        let lists_only = left.taint.with(right.taint).has(Taint::CONVERSATION);
        value.taint = value.taint.with(if lists_only {
            Taint::CONVERSATION
        } else {
            Taint::CONTENT
        });
    }
    value
}

/// What an attribute of a value carries.
pub(super) fn member_taint(base: Taint, name: &str) -> Taint {
    let guards = base.only(Taint::GUARDS);
    if is_words(name) && !base.has(Taint::REPORTED) {
        return guards.with(Taint::CONTENT);
    }
    if is_label(name) {
        return guards.with(Taint::LABEL);
    }
    let kept = base.only(
        Taint::FLOWING
            .with(Taint::MESSAGE)
            .with(Taint::CONVERSATION),
    );
    if base.has(Taint::COMPUTED) {
        return kept.with(Taint::COMPUTED);
    }
    kept
}
