//! Evaluation of expressions.

use std::rc::Rc;

use chainwright_core::severity::Confidence;
use ruff_python_ast::{
    Comprehension, Expr, ExprBinOp, ExprCall, ExprFString, FStringPart, InterpolatedStringElement,
    Number, Operator, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::interp::{Body, Interpreter};
use super::names;
use super::stmts::element_of;
use super::value::{Abstract, Args, MAX_ELEMENTS, MAX_TEXT, Taint, Text, Value};
use crate::signs::HOLE;

/// How many elements a comprehension is evaluated for.
const MAX_ROUNDS: usize = 4_096;
/// The longest dotted name that is followed.
const MAX_PATH: usize = 120;

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
                        | Expr::Subscript(_)
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
        if self.volume == 0 {
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
            _ => return None,
        };
        Some(elements)
    }

    /// `base.name`.
    pub(super) fn attribute(
        &mut self,
        base: &Abstract<'a>,
        name: &'a str,
        range: TextRange,
    ) -> Abstract<'a> {
        match name {
            "__globals__" | "f_globals" | "__builtins__"
                if !matches!(base.value, Value::Path(_)) =>
            {
                return if name == "__builtins__" {
                    Abstract::static_path("builtins").tainted(Taint::INDIRECT)
                } else {
                    Abstract::new(Value::Globals, Taint::INDIRECT)
                };
            }
            "__dict__" => return Abstract::new(Value::Members(Rc::new(base.clone())), Taint::NONE),
            "__getattribute__" | "__getattr__" if matches!(base.value, Value::Path(_)) => {
                let name = Text::Source(name);
                return Abstract::new(Value::Method(Rc::new(base.clone()), name), base.taint);
            }
            "__call__" if base.is_callable() && !matches!(base.value, Value::Class(_)) => {
                return base.clone();
            }
            _ => {}
        }
        match &base.value {
            Value::Path(path) => self.member_of_path(path.as_str(), base.taint, name),
            Value::Instance(class) | Value::Class(class) => {
                self.member_of_class(*class, name).map_or_else(
                    || Abstract::unknown(base.taint.content()),
                    |member| self.bound(member, base),
                )
            }
            Value::Str(_)
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::Int(_)
            | Value::File(_)
            | Value::Members(_)
            | Value::Globals => {
                if matches!(name, "__class__" | "__base__" | "__bases__" | "__mro__") {
                    return Abstract::unknown(Taint::OBJECT_MODEL);
                }
                if base.taint.has(Taint::PATHLIB)
                    && matches!(name, "parent" | "name" | "stem" | "suffix" | "parts")
                {
                    return base.clone();
                }
                Abstract::new(
                    Value::Method(Rc::new(base.clone()), Text::Source(name)),
                    base.taint,
                )
            }
            Value::Function(..) | Value::Bound(..) | Value::Method(..) | Value::Partial(_) => {
                Abstract::unknown(base.taint)
            }
            Value::Unknown | Value::None | Value::Bool(_) => {
                if base.taint.has(Taint::OBJECT_MODEL) && name == "__subclasses__" {
                    let evidence = self.text_of(range).to_owned();
                    self.report(
                        crate::facts::BehaviourKind::HiddenCall,
                        Confidence::High,
                        range,
                        Some(evidence),
                    );
                }
                if matches!(name, "__class__" | "__base__" | "__bases__" | "__mro__") {
                    return Abstract::unknown(base.taint);
                }
                Abstract::new(
                    Value::Method(Rc::new(base.clone()), Text::Source(name)),
                    base.taint,
                )
            }
        }
    }

    /// A member of a known module or object.
    fn member_of_path(&self, path: &str, taint: Taint, name: &'a str) -> Abstract<'a> {
        let _ = self;
        let keeps = taint;
        if path.len().saturating_add(name.len()) < MAX_PATH {
            let longer = if path == "builtins" {
                if name == "__dict__" {
                    return Abstract::path("builtins", keeps | Taint::INDIRECT);
                }
                format!("builtins.{name}")
            } else {
                format!("{path}.{name}")
            };
            let canonical = names::canonical_module(names::canonical_member(&longer));
            if names::is_known(canonical) || names::is_known(&longer) {
                return Abstract::path(canonical, keeps);
            }
        }
        if let Some(module) = names::leaked_module(name)
            && !path.contains('(')
        {
            return Abstract::static_path(module).tainted(keeps | Taint::INDIRECT);
        }
        if keeps.is_empty() {
            // The name is kept for one more step, so that a replacement (`torch.nn.x = …`) can be seen.
            return Abstract::nothing();
        }
        Abstract::new(
            Value::Method(Rc::new(Abstract::unknown(keeps)), Text::Source(name)),
            keeps,
        )
    }

    /// A member of a class of the file or of its base classes in the file.
    pub(super) fn member_of_class(&self, class: usize, name: &str) -> Option<Abstract<'a>> {
        let mut queue = vec![class];
        let mut visited = 0_u32;
        while let Some(index) = queue.pop() {
            visited = visited.saturating_add(1);
            if visited > 32 {
                return None;
            }
            let class = self.classes.get(index)?;
            if let Some(member) = class.members.get(name) {
                return Some(member.clone());
            }
            for base in class.bases.iter().rev() {
                match &base.value {
                    Value::Class(base) => queue.push(*base),
                    Value::Path(path) => {
                        let longer = format!("{}().{name}", path.as_str());
                        if names::api(&longer).is_some() {
                            return Some(Abstract::path(&longer, Taint::NONE));
                        }
                    }
                    _ => {}
                }
            }
        }
        None
    }

    fn bound(&self, member: Abstract<'a>, this: &Abstract<'a>) -> Abstract<'a> {
        match member.value {
            Value::Function(index, captured) => {
                let is_bound = self
                    .functions
                    .get(index)
                    .is_some_and(|function| function.is_bound);
                if is_bound {
                    Abstract::new(Value::Bound(index, Rc::new(this.clone())), member.taint)
                } else {
                    Abstract::new(Value::Function(index, captured), member.taint)
                }
            }
            value => Abstract::new(value, member.taint),
        }
    }

    /// `base[index]`.
    pub(super) fn subscript(
        &mut self,
        base: &Abstract<'a>,
        index: &Abstract<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let taint = base.taint.content() | index.taint.content().without(Taint::INPUT);
        match &base.value {
            Value::List(elements) => {
                let element = index.as_int().and_then(|number| {
                    let at = if number < 0 {
                        elements
                            .len()
                            .checked_sub(usize::try_from(number.unsigned_abs()).ok()?)?
                    } else {
                        usize::try_from(number).ok()?
                    };
                    elements.get(at)
                });
                element.cloned().unwrap_or_else(|| element_of(base))
            }
            Value::Dict(items) => {
                let wanted = index.as_known_text();
                let found =
                    items
                        .iter()
                        .rev()
                        .find(|(key, _)| match (wanted, key.as_known_text()) {
                            (Some(wanted), Some(key)) => wanted == key,
                            _ => index.as_int().is_some() && index.as_int() == key.as_int(),
                        });
                if let Some((_, value)) = found {
                    return value.clone();
                }
                // A table of callables under an unknown key: any of them.
                let callable = items
                    .iter()
                    .map(|(_, value)| value)
                    .find(|value| value.as_path().is_some_and(names::is_dangerous));
                callable
                    .cloned()
                    .unwrap_or_else(|| Abstract::unknown(taint))
            }
            Value::Str(text) => {
                let character = index
                    .as_int()
                    .and_then(|number| character_at(text.as_str(), number));
                character.map_or_else(
                    || Abstract::unknown(taint),
                    |character| Abstract::text(&character.to_string(), taint | Taint::FOLDED),
                )
            }
            Value::Bytes(bytes) => {
                let byte = index
                    .as_int()
                    .and_then(|number| usize::try_from(number).ok())
                    .and_then(|at| bytes.get(at));
                byte.map_or_else(
                    || Abstract::unknown(taint),
                    |byte| Abstract::new(Value::Int(i64::from(*byte)), taint),
                )
            }
            Value::Globals | Value::Members(_) | Value::Path(_) => {
                self.named_item(base, index, range)
            }
            Value::Class(class) => match self.member_of_class(*class, "__class_getitem__") {
                Some(method) => self.apply(&method, &Args::of(vec![index.clone()]), range),
                None => Abstract::nothing(),
            },
            Value::Instance(class) => match self.member_of_class(*class, "__getitem__") {
                Some(method) => {
                    let method = self.bound(method, base);
                    self.apply(&method, &Args::of(vec![index.clone()]), range)
                }
                None => Abstract::unknown(taint),
            },
            _ => Abstract::unknown(taint),
        }
    }

    /// `globals()["name"]`, `vars(os)["system"]`, `sys.modules["os"]`, `os.environ["X"]`.
    pub(super) fn named_item(
        &mut self,
        base: &Abstract<'a>,
        index: &Abstract<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        if base.as_path() == Some("sys.argv") && index.as_int() == Some(0) {
            return Abstract::unknown(Taint::OWN_FILE);
        }
        let Some(name) = index.as_known_text() else {
            if index.taint.is_disguise()
                && index.taint.has(Taint::LITERAL)
                && !matches!(&base.value, Value::Path(path) if path.as_str() == "os.environ")
            {
                self.report_hidden_name(range);
            }
            let taint = if base.as_path() == Some("os.environ") {
                Taint::NONE
            } else {
                base.taint.content()
            };
            return Abstract::unknown(taint);
        };
        match &base.value {
            Value::Globals => {
                let value = self.lookup_bound(name).unwrap_or_else(|| {
                    let builtin = self.lookup_builtin(name);
                    if builtin.is_dull() {
                        names::leaked_module(name).map_or(builtin, Abstract::static_path)
                    } else {
                        builtin
                    }
                });
                self.indirect(value, index, range)
            }
            Value::Members(object) => {
                let member = self.attribute_by_name(object, name, range);
                self.indirect(member, index, range)
            }
            Value::Path(path) => match path.as_str() {
                "os.environ" | "os.environb" => self.environment_variable(name),
                "sys.modules" => {
                    let module = Abstract::path(names::canonical_module(name), Taint::NONE);
                    self.indirect(module, index, range)
                }
                "builtins" => {
                    let member = self.attribute_by_name(base, name, range);
                    self.indirect(member, index, range)
                }
                "sys._getframe().f_globals"
                | "sys._getframe().f_builtins"
                | "inspect.currentframe().f_globals" => {
                    let value = self
                        .lookup_bound(name)
                        .unwrap_or_else(|| self.lookup_builtin(name));
                    self.indirect(value, index, range)
                }
                _ => Abstract::unknown(base.taint.content()),
            },
            _ => Abstract::nothing(),
        }
    }

    /// An attribute whose name is data.
    pub(super) fn attribute_by_name(
        &mut self,
        base: &Abstract<'a>,
        name: &str,
        range: TextRange,
    ) -> Abstract<'a> {
        match &base.value {
            Value::Path(path) => {
                let path = path.as_str();
                let longer = format!("{path}.{name}");
                let canonical =
                    names::canonical_module(names::canonical_member(&longer)).to_owned();
                if names::is_known(&canonical) {
                    Abstract::path(&canonical, base.taint)
                } else if let Some(module) = names::leaked_module(name) {
                    Abstract::static_path(module).tainted(Taint::INDIRECT)
                } else {
                    Abstract::unknown(base.taint)
                }
            }
            Value::Class(class) | Value::Instance(class) => {
                let member = self.member_of_class(*class, name);
                member.map_or_else(Abstract::nothing, |member| self.bound(member, base))
            }
            Value::Globals | Value::Members(_) => {
                let index = Abstract::text(name, Taint::NONE);
                self.named_item(base, &index, range)
            }
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Dict(_) => {
                if matches!(name, "__class__" | "__base__" | "__mro__" | "__bases__") {
                    Abstract::unknown(Taint::OBJECT_MODEL)
                } else {
                    Abstract::new(
                        Value::Method(Rc::new(base.clone()), Text::made(name)),
                        base.taint,
                    )
                }
            }
            _ => {
                if base.taint.has(Taint::OBJECT_MODEL) && name == "__subclasses__" {
                    self.report(
                        crate::facts::BehaviourKind::HiddenCall,
                        Confidence::High,
                        range,
                        None,
                    );
                }
                Abstract::unknown(base.taint)
            }
        }
    }

    /// Marks a callable that was reached through a name as data, and reports it if the name was disguised.
    pub(super) fn indirect(
        &mut self,
        value: Abstract<'a>,
        name: &Abstract<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let is_assembled = name.taint.has(Taint::FOLDED | Taint::DISGUISED);
        let leads_to_harm = value.as_path().is_some_and(|path| {
            names::is_dangerous(path) || (is_assembled && names::is_telling_module(path))
        });
        if leads_to_harm && is_assembled {
            let evidence = format!(
                "{} as `{}`",
                value.as_path().unwrap_or_default(),
                self.text_of(range)
            );
            self.report(
                crate::facts::BehaviourKind::HiddenCall,
                Confidence::High,
                range,
                Some(evidence),
            );
        } else if leads_to_harm {
            let evidence = self.text_of(range).to_owned();
            // `getattr(builtins, "exec")` is what code for two versions of Python does.
            let is_exec = value
                .as_path()
                .is_some_and(|path| path.starts_with("builtins."));
            let confidence = if is_exec {
                Confidence::Low
            } else {
                Confidence::Medium
            };
            self.report(
                crate::facts::BehaviourKind::HiddenCall,
                confidence,
                range,
                Some(evidence),
            );
        }
        value.tainted(Taint::INDIRECT)
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

fn character_at(text: &str, number: i64) -> Option<char> {
    if number < 0 {
        let back = usize::try_from(number.unsigned_abs())
            .ok()?
            .checked_sub(1)?;
        text.chars().rev().nth(back)
    } else {
        text.chars().nth(usize::try_from(number).ok()?)
    }
}

fn numbers<'a>(
    left: &Abstract<'a>,
    right: &Abstract<'a>,
    taint: Taint,
    operation: impl Fn(i64, i64) -> Option<i64>,
) -> Abstract<'a> {
    let result = left
        .as_int()
        .zip(right.as_int())
        .and_then(|(left, right)| operation(left, right));
    result.map_or_else(
        || Abstract::unknown(taint),
        |number| Abstract::new(Value::Int(number), taint),
    )
}

fn add<'a>(left: &Abstract<'a>, right: &Abstract<'a>, taint: Taint) -> Abstract<'a> {
    match (&left.value, &right.value) {
        (Value::Int(_), Value::Int(_)) => numbers(left, right, taint, i64::checked_add),
        (Value::List(one), Value::List(two))
            if one.len().saturating_add(two.len()) <= MAX_ELEMENTS =>
        {
            let elements = one.iter().chain(two.iter()).cloned().collect();
            Abstract::new(Value::List(Rc::new(elements)), taint)
        }
        (Value::Bytes(one), Value::Bytes(two))
            if one.len().saturating_add(two.len()) <= MAX_TEXT =>
        {
            Abstract::bytes(
                &[one.as_ref(), two.as_ref()].concat(),
                taint | Taint::FOLDED,
            )
        }
        (Value::Str(one), _) if one.as_str().len() < MAX_TEXT => {
            let text = [one.as_str(), &right.shown()].concat();
            Abstract::text(&text, taint | Taint::FOLDED)
        }
        (_, Value::Str(two)) if two.as_str().len() < MAX_TEXT => {
            let text = [&left.shown(), two.as_str()].concat();
            Abstract::text(&text, taint | Taint::FOLDED)
        }
        _ => Abstract::unknown(taint),
    }
}

fn repeat<'a>(left: &Abstract<'a>, right: &Abstract<'a>, taint: Taint) -> Abstract<'a> {
    let (repeated, count) = match (left.as_int(), right.as_int()) {
        (Some(_), Some(_)) => return numbers(left, right, taint, i64::checked_mul),
        (None, Some(count)) => (left, count),
        (Some(count), None) => (right, count),
        (None, None) => return Abstract::unknown(taint),
    };
    let Ok(count) = usize::try_from(count) else {
        return Abstract::unknown(taint);
    };
    match &repeated.value {
        Value::Str(text) if text.as_str().len().saturating_mul(count) <= MAX_TEXT => {
            Abstract::text(&text.as_str().repeat(count), taint | Taint::FOLDED)
        }
        Value::Bytes(bytes) if bytes.len().saturating_mul(count) <= MAX_TEXT => {
            Abstract::bytes(&bytes.repeat(count), taint)
        }
        Value::List(elements) if elements.len().saturating_mul(count) <= MAX_ELEMENTS => {
            let all = std::iter::repeat_n(elements.iter().cloned(), count)
                .flatten()
                .collect();
            Abstract::new(Value::List(Rc::new(all)), taint)
        }
        _ => Abstract::unknown(taint),
    }
}

/// `"…%s…" % values`.
fn percent_format<'a>(format: &str, values: &Abstract<'a>, taint: Taint) -> Abstract<'a> {
    let single = [values.clone()];
    let mut values = values.elements().unwrap_or(&single).iter();
    let mut text = String::with_capacity(format.len());
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        if characters.next_if_eq(&'%').is_some() {
            text.push('%');
            continue;
        }
        if characters.next_if_eq(&'(').is_some() {
            for inner in characters.by_ref() {
                if inner == ')' {
                    break;
                }
            }
        }
        let mut conversion = None;
        for next in characters.by_ref() {
            if next.is_ascii_alphabetic() {
                conversion = Some(next);
                break;
            }
        }
        match (conversion, values.next()) {
            (Some('c'), Some(value)) => match value
                .as_int()
                .and_then(|code| char::from_u32(u32::try_from(code).ok()?))
            {
                Some(letter) => text.push(letter),
                None => text.push_str(&value.shown()),
            },
            (_, Some(value)) if text.len() < MAX_TEXT => text.push_str(&value.shown()),
            _ => text.push(HOLE),
        }
    }
    Abstract::text(&text, taint | Taint::FOLDED)
}

/// Paths joined by slashes, unknown parts as holes.
pub(super) fn join_paths<'a>(parts: &[Abstract<'a>]) -> Abstract<'a> {
    let mut path = String::new();
    let mut taint = Taint::NONE;
    for part in parts {
        taint |= part.taint.content()
            | if part.taint.has(Taint::DROPPED) {
                Taint::DROPPED
            } else {
                Taint::NONE
            };
        let text = part.shown();
        if text.starts_with('/') || path.is_empty() {
            path = text;
        } else {
            if !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(&text);
        }
        if path.len() > 4_096 {
            break;
        }
    }
    Abstract::text(&path, taint)
}

/// `base[lower:upper:step]`.
fn slice_of<'a>(
    base: &Abstract<'a>,
    lower: Option<&Abstract<'a>>,
    upper: Option<&Abstract<'a>>,
    step: Option<&Abstract<'a>>,
) -> Abstract<'a> {
    let number = |part: Option<&Abstract<'a>>| match part {
        None => Some(None),
        Some(part) if matches!(part.value, Value::None) => Some(None),
        Some(part) => part.as_int().map(Some),
    };
    let (Some(lower), Some(upper), Some(step)) = (number(lower), number(upper), number(step))
    else {
        return Abstract::unknown(base.taint);
    };
    let step = step.unwrap_or(1);
    let taint = base.taint
        | if !(0..=1).contains(&step) {
            Taint::OBFUSCATED | Taint::LITERAL | Taint::FOLDED
        } else {
            Taint::FOLDED
        };
    match &base.value {
        Value::Str(text) => {
            let characters: Vec<char> = text.as_str().chars().collect();
            let sliced: String = sliced(&characters, lower, upper, step)
                .into_iter()
                .collect();
            Abstract::text(&sliced, taint)
        }
        Value::Bytes(bytes) => Abstract::bytes(&sliced(bytes, lower, upper, step), taint),
        Value::List(elements) => {
            let elements = sliced(elements, lower, upper, step);
            Abstract::new(Value::List(Rc::new(elements)), base.taint)
        }
        _ => Abstract::unknown(base.taint),
    }
}

fn sliced<T: Clone>(items: &[T], lower: Option<i64>, upper: Option<i64>, step: i64) -> Vec<T> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let place = |bound: i64| {
        if bound < 0 {
            bound.saturating_add(length).max(-1)
        } else {
            bound.min(length)
        }
    };
    let mut output = Vec::new();
    if step == 0 {
        return output;
    }
    let (mut at, end) = if step > 0 {
        (lower.map_or(0, place).max(0), upper.map_or(length, place))
    } else {
        (
            lower
                .map_or(length.saturating_sub(1), place)
                .min(length.saturating_sub(1)),
            upper.map_or(-1, place),
        )
    };
    while (step > 0 && at < end) || (step < 0 && at > end) {
        match usize::try_from(at).ok().and_then(|at| items.get(at)) {
            Some(item) => output.push(item.clone()),
            None => break,
        }
        at = at.saturating_add(step);
    }
    output
}
