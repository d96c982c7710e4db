//! Evaluation of expressions.

use std::rc::Rc;

use ruff_python_ast::{
    Comprehension, Expr, ExprBinOp, ExprCall, ExprFString, FStringPart, InterpolatedStringElement,
    Number, Operator, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::folding::{add, join_paths, numbers, percent_format, repeat, slice_of};
use super::interp::{Body, Interpreter};
use super::stmts::element_of;
use super::value::{Abstract, Args, MAX_ELEMENTS, MAX_TEXT, Taint, Text, Value};
use crate::signs::HOLE;

/// How many elements a comprehension is evaluated for.
const MAX_ROUNDS: usize = 4_096;

impl<'a> Interpreter<'a> {
    /// The value of an expression.
    pub(super) fn expression(&mut self, expression: &'a Expr) -> Abstract<'a> {
        match expression {
            Expr::Name(node) => self.lookup(node.id.as_str()),
            Expr::StringLiteral(node) => {
                Abstract::new(Value::Str(Text::Source(node.value.to_str())), Taint::NONE)
            }
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(number) => number.as_i64().map_or_else(Abstract::nothing, |number| {
                    Abstract::new(Value::Int(number), Taint::NONE)
                }),
                Number::Float(_) | Number::Complex { .. } => Abstract::nothing(),
            },
            Expr::BooleanLiteral(node) => Abstract::new(Value::Bool(node.value), Taint::NONE),
            Expr::NoneLiteral(_) => Abstract::new(Value::None, Taint::NONE),
            Expr::EllipsisLiteral(_) => Abstract::nothing(),
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().take(MAX_TEXT).collect();
                if self.pay(bytes.len()) {
                    Abstract::bytes(&bytes, Taint::NONE)
                } else {
                    Abstract::unknown(Taint::LITERAL)
                }
            }
            _ => {
                let value = self.deeper(Abstract::nothing(), |this| this.compound(expression));
                let is_made = matches!(
                    expression,
                    Expr::BinOp(_)
                        | Expr::Call(_)
                        | Expr::FString(_)
                        | Expr::ListComp(_)
                        | Expr::Generator(_)
                        | Expr::SetComp(_)
                        | Expr::DictComp(_)
                );
                if is_made && !self.pay(value.size()) {
                    // The budget for folding is spent: only the marks are followed from here on.
                    return Abstract::unknown(value.taint);
                }
                value
            }
        }
    }

    fn compound(&mut self, expression: &'a Expr) -> Abstract<'a> {
        self.fuel = self.fuel.saturating_sub(1);
        match expression {
            Expr::Attribute(node) => {
                let base = self.expression(&node.value);
                self.attribute(&base, node.attr.as_str(), node.range)
            }
            Expr::Call(node) => self.call(node),
            Expr::Subscript(node) => {
                let base = self.expression(&node.value);
                let index = self.expression(&node.slice);
                if let Expr::Slice(slice) = node.slice.as_ref() {
                    let bound = |this: &mut Self, part: &'a Option<Box<Expr>>| {
                        part.as_ref().map(|part| this.expression(part))
                    };
                    let (lower, upper, step) = (
                        bound(self, &slice.lower),
                        bound(self, &slice.upper),
                        bound(self, &slice.step),
                    );
                    if !self.pay(base.size()) {
                        return Abstract::unknown(base.taint);
                    }
                    return slice_of(&base, lower.as_ref(), upper.as_ref(), step.as_ref());
                }
                self.subscript(&base, &index, node.range)
            }
            Expr::BinOp(node) => self.operators(node),
            Expr::BoolOp(node) => {
                let mut result = Abstract::nothing();
                for value in &node.values {
                    let value = self.expression(value);
                    let taint = result.taint | value.taint;
                    result = if value.is_dull() { result } else { value };
                    result.taint = taint;
                }
                result
            }
            Expr::UnaryOp(node) => {
                let operand = self.expression(&node.operand);
                match (node.op, operand.as_int()) {
                    (UnaryOp::USub, Some(number)) => {
                        Abstract::new(Value::Int(number.saturating_neg()), operand.taint)
                    }
                    (UnaryOp::Invert, Some(number)) => {
                        Abstract::new(Value::Int(!number), operand.taint)
                    }
                    _ => Abstract::unknown(operand.taint),
                }
            }
            Expr::Compare(node) => {
                let mut taint = self.expression(&node.left).taint;
                for comparator in &node.comparators {
                    taint |= self.expression(comparator).taint;
                }
                Abstract::unknown(taint.content())
            }
            Expr::If(node) => {
                self.expression(&node.test);
                let body = self.expression(&node.body);
                let other = self.expression(&node.orelse);
                let taint = body.taint | other.taint;
                let mut chosen = if body.is_dull() { other } else { body };
                chosen.taint = taint;
                chosen
            }
            Expr::Named(node) => {
                let value = self.expression(&node.value);
                self.assign(&node.target, value.clone());
                value
            }
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.defaults(parameters);
                }
                let value = self.define(
                    "<lambda>",
                    node.parameters.as_deref(),
                    Body::Expression(&node.body),
                    None,
                    false,
                );
                Abstract::new(value, Taint::NONE)
            }
            Expr::List(node) => self.collection(&node.elts),
            Expr::Tuple(node) => self.collection(&node.elts),
            Expr::Set(node) => self.collection(&node.elts),
            Expr::Dict(node) => {
                let mut items = Vec::new();
                let mut taint = Taint::NONE;
                for item in &node.items {
                    let key = item
                        .key
                        .as_ref()
                        .map_or_else(Abstract::nothing, |key| self.expression(key));
                    let value = self.expression(&item.value);
                    taint |= key.taint.content() | value.taint.content();
                    self.judge_factory(&key, &value, item.value.range());
                    if items.len() < 1_024 {
                        items.push((key, value));
                    }
                }
                Abstract::new(Value::Dict(Rc::new(items)), taint)
            }
            Expr::ListComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::SetComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::Generator(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::DictComp(node) => match &node.key {
                Some(key) => self.comprehension(&node.generators, &[key, &node.value]),
                None => self.comprehension(&node.generators, &[&node.value]),
            },
            Expr::Await(node) => self.expression(&node.value),
            Expr::Yield(node) => match &node.value {
                Some(value) => {
                    let value = self.expression(value);
                    if let Some(frame) = self.frame() {
                        let old = frame.returned.take();
                        let taint =
                            old.map_or(Taint::NONE, |old| old.taint) | value.taint.content();
                        frame.returned = Some(Abstract::unknown(taint));
                    }
                    Abstract::nothing()
                }
                None => Abstract::nothing(),
            },
            Expr::YieldFrom(node) => self.expression(&node.value),
            Expr::Starred(node) => self.expression(&node.value),
            Expr::FString(node) => self.formatted(node),
            Expr::Slice(_) => Abstract::nothing(),
            Expr::IpyEscapeCommand(node) => {
                self.escape_command(node.kind, &node.value, node.range);
                Abstract::nothing()
            }
            _ => Abstract::nothing(),
        }
    }

    fn collection(&mut self, elements: &'a [Expr]) -> Abstract<'a> {
        let mut values = Vec::with_capacity(elements.len().min(MAX_ELEMENTS));
        let mut taint = Taint::NONE;
        for element in elements {
            let value = self.expression(element);
            taint |= value.taint.content();
            match (element, value.elements()) {
                (Expr::Starred(_), Some(inner)) => values.extend(inner.iter().cloned()),
                _ => values.push(value),
            }
            if values.len() > MAX_ELEMENTS {
                values.truncate(MAX_ELEMENTS);
            }
        }
        Abstract::new(Value::List(Rc::new(values)), taint)
    }

    /// A chain of operators without recursing along its left side.
    fn operators(&mut self, node: &'a ExprBinOp) -> Abstract<'a> {
        let mut chain = vec![node];
        let mut leftmost: &'a Expr = &node.left;
        while let Expr::BinOp(inner) = leftmost {
            chain.push(inner);
            leftmost = &inner.left;
        }
        let mut value = self.expression(leftmost);
        for node in chain.into_iter().rev() {
            let right = self.expression(&node.right);
            value = self.binary(node.op, &value, &right);
        }
        value
    }

    pub(super) fn binary(
        &mut self,
        op: Operator,
        left: &Abstract<'a>,
        right: &Abstract<'a>,
    ) -> Abstract<'a> {
        let taint = left.taint.content() | right.taint.content();
        let is_affordable = self.affords(left.size().saturating_add(right.size()));
        if !is_affordable || self.volume == 0 && op == Operator::Mult {
            return Abstract::unknown(taint);
        }
        match op {
            Operator::Add => add(left, right, taint),
            Operator::Mod => match &left.value {
                Value::Str(text) => percent_format(text.as_str(), right, taint),
                _ => numbers(left, right, taint, i64::checked_rem_euclid),
            },
            Operator::Mult => repeat(left, right, taint),
            Operator::Div if left.taint.has(Taint::PATHLIB) || right.taint.has(Taint::PATHLIB) => {
                join_paths(&[left.clone(), right.clone()]).tainted(Taint::PATHLIB | taint)
            }
            Operator::Sub => numbers(left, right, taint, i64::checked_sub),
            Operator::FloorDiv => numbers(left, right, taint, i64::checked_div_euclid),
            // Exclusive or of numbers is how texts are hidden; the mark stays on the characters made of them.
            Operator::BitXor => numbers(left, right, taint, |one, two| Some(one ^ two)).tainted(
                if left.is_dull() && right.is_dull() {
                    Taint::NONE
                } else {
                    Taint::OBFUSCATED
                },
            ),
            Operator::BitOr => match (&left.value, &right.value) {
                (Value::Dict(one), Value::Dict(two)) => {
                    let items = one.iter().chain(two.iter()).take(1_024).cloned().collect();
                    Abstract::new(Value::Dict(Rc::new(items)), taint)
                }
                _ => numbers(left, right, taint, |one, two| Some(one | two)),
            },
            Operator::BitAnd => numbers(left, right, taint, |one, two| Some(one & two)),
            Operator::LShift => numbers(left, right, taint, |one, two| {
                one.checked_shl(u32::try_from(two).ok()?)
            }),
            Operator::RShift => numbers(left, right, taint, |one, two| {
                one.checked_shr(u32::try_from(two).ok()?)
            }),
            Operator::Div | Operator::Pow | Operator::MatMult => Abstract::unknown(taint),
        }
    }

    fn formatted(&mut self, node: &'a ExprFString) -> Abstract<'a> {
        let mut text = String::new();
        let mut taint = Taint::NONE;
        for part in node.value.iter() {
            match part {
                FStringPart::Literal(literal) => text.push_str(literal.as_str()),
                FStringPart::FString(formatted) => {
                    for element in &formatted.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => {
                                text.push_str(&literal.value)
                            }
                            InterpolatedStringElement::Interpolation(element) => {
                                let value = self.expression(&element.expression);
                                taint |= value.taint.content() | Taint::FOLDED;
                                if value.as_text().is_none() && value.as_int().is_none()
                                    || text.len() > MAX_TEXT
                                    || !self.affords(value.size())
                                {
                                    text.push(HOLE);
                                } else {
                                    text.push_str(&value.shown());
                                }
                            }
                        }
                    }
                }
            }
        }
        Abstract::text(&text, taint)
    }

    fn comprehension(
        &mut self,
        generators: &'a [Comprehension],
        parts: &[&'a Expr],
    ) -> Abstract<'a> {
        let Some((first, rest)) = generators.split_first() else {
            return Abstract::nothing();
        };
        let iterated = self.expression(&first.iter);
        let known = if self.fuel > 0 {
            self.iterate(&iterated)
        } else {
            None
        };
        let elements = known.filter(|elements| {
            !elements.is_empty() && elements.len() <= MAX_ROUNDS && self.fuel > 0 && rest.is_empty()
        });
        let Some(elements) = elements else {
            self.assign(&first.target, element_of(&iterated));
            for generator in rest {
                for condition in &first.ifs {
                    self.expression(condition);
                }
                let inner = self.expression(&generator.iter);
                self.assign(&generator.target, element_of(&inner));
                for condition in &generator.ifs {
                    self.expression(condition);
                }
            }
            for condition in &first.ifs {
                self.expression(condition);
            }
            let mut taint = Taint::NONE;
            let mut last = Abstract::nothing();
            for part in parts {
                last = self.expression(part);
                taint |= last.taint;
            }
            // One element of many: enough to know what it is made of.
            return Abstract::unknown(taint | last.taint);
        };
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            self.fuel = self.fuel.saturating_sub(4);
            self.assign(&first.target, element);
            for condition in &first.ifs {
                self.expression(condition);
            }
            for part in parts {
                values.push(self.expression(part));
            }
            if self.fuel == 0 {
                break;
            }
        }
        Abstract::list(values)
    }

    /// The elements of a value, if they are known.
    pub(super) fn iterate(&self, value: &Abstract<'a>) -> Option<Vec<Abstract<'a>>> {
        let taint = value.taint.content();
        let elements: Vec<Abstract<'a>> = match &value.value {
            Value::List(elements) => elements
                .iter()
                .map(|element| {
                    element
                        .clone()
                        .tainted(taint.without(Taint::SECRET | Taint::ENVIRONMENT))
                })
                .collect(),
            Value::Str(text) => text
                .as_str()
                .chars()
                .take(MAX_ROUNDS.saturating_add(1))
                .map(|character| Abstract::text(character.encode_utf8(&mut [0; 4]), taint))
                .collect(),
            Value::Bytes(bytes) => bytes
                .iter()
                .take(MAX_ROUNDS.saturating_add(1))
                .map(|byte| Abstract::new(Value::Int(i64::from(*byte)), taint))
                .collect(),
            Value::Dict(items) => items.iter().map(|(key, _)| key.clone()).collect(),
            // Packages lie on the import path; a start-up file put there is one wherever that is.
            Value::Path(path) if path.as_str() == "sys.path" => {
                vec![Abstract::text("/site-packages", Taint::NONE)]
            }
            _ => return None,
        };
        Some(elements)
    }

    fn call(&mut self, node: &'a ExprCall) -> Abstract<'a> {
        let callee = self.expression(&node.func);
        let mut arguments = Args::default();
        for (position, argument) in node.arguments.args.iter().enumerate() {
            let value = self.expression(argument);
            if let (Expr::Name(name), Some(slot)) =
                (argument, arguments.variables.get_mut(position))
            {
                *slot = Some(name.id.as_str());
            }
            match (argument, value.elements()) {
                (Expr::Starred(_), Some(inner)) => {
                    arguments.positional.extend(inner.iter().take(64).cloned())
                }
                _ => arguments.positional.push(value),
            }
        }
        for keyword in &node.arguments.keywords {
            let value = self.expression(&keyword.value);
            match &keyword.arg {
                Some(name) => arguments
                    .keywords
                    .push((Text::Source(name.as_str()), value)),
                None => {
                    if let Value::Dict(items) = &value.value {
                        for (key, item) in items.iter().take(64) {
                            if let Some(key) = key.as_known_text() {
                                arguments.keywords.push((Text::made(key), item.clone()));
                            }
                        }
                    } else {
                        arguments.keywords.push((Text::Source("**"), value));
                    }
                }
            }
        }
        let range = node.range();
        self.judge_any_call(&node.func, &callee, &arguments, range);
        let result = self.apply(&callee, &arguments, range);
        // `d.update(x)`, `l.append(x)`: the receiver keeps what it was given.
        if let Expr::Attribute(attribute) = node.func.as_ref() {
            self.mutated(attribute.attr.as_str(), &attribute.value, &arguments);
        }
        result
    }

    /// A place for calls that no expression stands for.
    pub(super) fn nowhere() -> TextRange {
        TextRange::empty(TextSize::new(0))
    }
}
