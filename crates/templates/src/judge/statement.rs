//! Statements: scopes, branches, loops, captures and macros.

use super::Judge;
use crate::ast::{ArgName, Expr, ExprKind, For, Macro, Stmt};
use crate::facts::{BehaviourKind, Certainty};
use crate::value::{Constant, Taint, Value};

/// LIMIT: iterations of a loop over constants that are followed one by one.
const MAX_UNROLLED: usize = 80;

impl<'t, 'a> Judge<'t, 'a> {
    pub(super) fn statements(&mut self, body: &'t [Stmt<'a>]) {
        for statement in body {
            self.deeper(|judge| judge.statement(statement));
        }
    }

    fn statement(&mut self, statement: &'t Stmt<'a>) {
        match statement {
            Stmt::Text { at, text } => self.emit_text(*at, text),
            Stmt::Emit(expr) => {
                let value = self.eval(expr);
                self.emit(expr.at, &value);
            }
            Stmt::Do(expr) => {
                self.eval(expr);
            }
            Stmt::For(block) => self.for_loop(block),
            Stmt::If { branches, other } => self.branches(branches, other),
            Stmt::Set { target, value } => self.set(target, value),
            Stmt::SetBlock {
                target,
                filter,
                body,
            } => self.set_block(target, filter.as_ref(), body),
            Stmt::With { assignments, body } => self.in_scope(|judge| {
                for (target, value) in assignments {
                    judge.set(target, value);
                }
                judge.statements(body);
            }),
            Stmt::Macro(declared) => self.declare(declared),
            Stmt::CallBlock { call, body } => {
                self.declare(body);
                let value = self.eval(call);
                self.emit(call.at, &value);
            }
            Stmt::FilterBlock { filter, body } => {
                let (_, output) = self.captured(|judge| judge.statements(body));
                self.judge_output(&output);
                let value = self.filtered(filter, output.into_value());
                self.emit(filter.at, &value);
            }
            Stmt::Group(body) => self.statements(body),
            Stmt::Load { keyword, name } => self.load(keyword, name),
        }
    }

    fn load(&mut self, keyword: &str, name: &'t Expr<'a>) {
        let file = self.eval(name);
        let path = file.as_text().unwrap_or("a computed path").to_owned();
        let is_reaching = path.starts_with(['/', '\\', '~'])
            || path.contains("..")
            || path.contains(":/")
            || path.contains("/proc/");
        let certainty = if is_reaching || !file.is_known() {
            Certainty::Likely
        } else {
            Certainty::Hint
        };
        self.note(
            BehaviourKind::FileAccess,
            certainty,
            name.at,
            &format!("{keyword} `{path}`"),
        );
    }

    fn branches(&mut self, branches: &'t [(Expr<'a>, Vec<Stmt<'a>>)], other: &'t [Stmt<'a>]) {
        let mut before = Taint::NONE;
        let mut always_before = false;
        for (test, body) in branches {
            let condition = self.guarded(before, None, |judge| judge.eval(test));
            let truth = truth_of(&condition);
            let role = self.selected_role(test);
            let guards = before.with(condition.taint);
            if truth == Some(true) && !always_before && before.is_none() {
                // A branch that is always taken is no condition at all.
                self.statements(body);
                always_before = true;
            } else {
                self.separate(test.at);
                self.guarded(guards, role, |judge| judge.statements(body));
                self.separate(test.at);
            }
            before = before.with(condition.taint.only(Taint::GUARDS));
        }
        self.guarded(before, None, |judge| judge.statements(other));
    }

    pub(super) fn set(&mut self, target: &'t Expr<'a>, expr: &'t Expr<'a>) {
        let value = self.eval(expr);
        self.judge_assignment(target, expr);
        self.judge_role_swap(target, expr.at, &value);
        self.bind_namespace(target, expr);
        self.bind(target, value);
    }

    /// `{% set ns = namespace(a=1) %}` sets `ns.a`.
    fn bind_namespace(&mut self, target: &'t Expr<'a>, expr: &'t Expr<'a>) {
        let (ExprKind::Name(name), ExprKind::Call { callee, args }) = (&target.kind, &expr.kind)
        else {
            return;
        };
        if !matches!(callee.kind, ExprKind::Name("namespace")) {
            return;
        }
        for arg in args {
            if let ArgName::Keyword(attribute) = arg.name {
                let value = self.eval(&arg.value);
                self.attributes.insert((name, attribute), value);
            }
        }
    }

    fn set_block(
        &mut self,
        target: &'t Expr<'a>,
        filter: Option<&'t Expr<'a>>,
        body: &'t [Stmt<'a>],
    ) {
        let (_, output) = self.captured(|judge| judge.statements(body));
        self.judge_output(&output);
        let mut value = output.into_value();
        if let Some(filter) = filter {
            value = self.filtered(filter, value);
        }
        self.bind(target, value);
    }

    /// Gives a value to a name, an attribute of a namespace, or each of several targets.
    pub(super) fn bind(&mut self, target: &'t Expr<'a>, value: Value) {
        match &target.kind {
            ExprKind::Name(name) => self.assign(
                name,
                Value {
                    taint: value.taint.without(Taint::LITERAL),
                    ..value
                },
            ),
            ExprKind::Attr { base, name } => {
                if let ExprKind::Name(namespace) = &base.kind {
                    self.assign_attribute(namespace, name, value);
                }
            }
            ExprKind::List(targets) => {
                let parts = value.first().and_then(Constant::items);
                for (index, target) in targets.iter().enumerate() {
                    let part = parts.as_ref().and_then(|parts| parts.get(index)).cloned();
                    let taint = value.taint;
                    let part = part.map_or(Value::unknown(taint), |part| {
                        Value::constant(part).tainted(taint)
                    });
                    self.deeper(|judge| judge.bind(target, part));
                }
            }
            _ => {}
        }
    }

    /// Namespace attributes survive loops: they are kept apart from scopes.
    fn assign_attribute(&mut self, namespace: &'a str, name: &'a str, mut value: Value) {
        value.taint = value.taint.with(self.guard.only(Taint::GUARDS));
        let key = (namespace, name);
        if self.conditions > 0
            && let Some(before) = self.attributes.get(&key)
        {
            let before = before.clone();
            value.join(&before);
        }
        self.attributes.insert(key, value);
    }

    fn for_loop(&mut self, block: &'t For<'a>) {
        let iter = self.eval(&block.iter);
        let count = self.judge_iteration(block, &iter);
        let outer = (self.repetitions, self.loop_taint, self.recursion.take());
        self.recursion = block.is_recursive.then_some(self.conditions);
        self.repetitions = self.repetitions.saturating_mul(count.unwrap_or(1).max(1));
        self.judge_repetitions(block.at);
        self.loop_taint = iter.taint;
        let items = iter.first().and_then(Constant::items);
        match items {
            Some(items) if !items.is_empty() => self.unrolled(block, &iter, items),
            Some(_) | None => {
                // The loop may not run at all: what it assigns is only a possibility.
                self.conditions = self.conditions.saturating_add(1);
                let element = element_of(&iter);
                self.iteration(block, element, iter.taint);
                self.conditions = self.conditions.saturating_sub(1);
            }
        }
        (self.repetitions, self.loop_taint, self.recursion) = outer;
        self.guarded(iter.taint, None, |judge| judge.statements(&block.other));
    }

    /// Follows a loop over constants item by item; the first one always.
    fn unrolled(&mut self, block: &'t For<'a>, iter: &Value, items: Vec<Constant>) {
        let cost = weight(&block.body);
        for (index, item) in items.into_iter().enumerate().take(MAX_UNROLLED) {
            if index > 0 && !self.pay(cost) {
                break;
            }
            let element = Value::constant(item).tainted(iter.taint.only(Taint::FLOWING));
            self.iteration(block, element, iter.taint);
        }
    }

    fn iteration(&mut self, block: &'t For<'a>, element: Value, taint: Taint) {
        self.in_scope(|judge| {
            judge.bind(&block.target, element);
            let condition = block.filter.as_ref().map(|filter| judge.eval(filter));
            let role = block
                .filter
                .as_ref()
                .and_then(|filter| judge.selected_role(filter));
            let guards = taint.with(condition.map_or(Taint::NONE, |condition| condition.taint));
            if guards.only(Taint::GUARDS).is_none() && role.is_none() {
                judge.statements(&block.body);
            } else {
                judge.guarded(guards, role, |judge| judge.statements(&block.body));
            }
        });
    }

    /// Names every macro first: bodies may call macros that are declared further down.
    pub(super) fn collect_macros(&mut self, body: &'t [Stmt<'a>]) {
        self.deeper(|judge| {
            for statement in body {
                match statement {
                    Stmt::Macro(declared) => {
                        judge
                            .macros
                            .insert(declared.name, (declared, weight(&declared.body)));
                    }
                    Stmt::If { branches, other } => {
                        for (_, body) in branches {
                            judge.collect_macros(body);
                        }
                        judge.collect_macros(other);
                    }
                    Stmt::For(block) => judge.collect_macros(&block.body),
                    Stmt::With { body, .. }
                    | Stmt::Group(body)
                    | Stmt::SetBlock { body, .. }
                    | Stmt::FilterBlock { body, .. } => {
                        judge.collect_macros(body);
                    }
                    Stmt::Text { .. }
                    | Stmt::Emit(_)
                    | Stmt::Do(_)
                    | Stmt::Set { .. }
                    | Stmt::CallBlock { .. }
                    | Stmt::Load { .. } => {}
                }
            }
        });
    }

    /// Registers a macro and visits its body once, with parameters known by their names only.
    fn declare(&mut self, declared: &'t Macro<'a>) {
        self.macros
            .insert(declared.name, (declared, weight(&declared.body)));
        for (_, default) in &declared.params {
            if let Some(default) = default {
                self.eval(default);
            }
        }
        let taints = declared
            .params
            .iter()
            .map(|(name, _)| taint_by_name(name))
            .collect();
        self.visit_macro(declared, taints);
    }

    fn visit_macro(&mut self, declared: &'t Macro<'a>, taints: Vec<Taint>) {
        let outer = (self.conditions, self.repetitions);
        (self.conditions, self.repetitions) = (0, 1);
        self.growth.enter(declared.name);
        let (_, output) = self.captured(|judge| {
            judge.in_scope(|judge| {
                for ((name, _), taint) in declared.params.iter().zip(taints) {
                    if let Some(scope) = judge.scopes.last_mut() {
                        scope.insert(name, Value::unknown(taint));
                    }
                }
                judge.statements(&declared.body);
            });
        });
        self.growth.leave();
        (self.conditions, self.repetitions) = outer;
        self.judge_output(&output);
    }

    /// Visits macros again whose callers passed words of the conversation under names that don't tell.
    pub(super) fn revisit_macros(&mut self) {
        let declared: Vec<(&'t Macro<'a>, usize)> = self.macros.values().copied().collect();
        for (declared, cost) in declared {
            let before: Vec<Taint> = declared
                .params
                .iter()
                .map(|(name, _)| taint_by_name(name))
                .collect();
            let after: Vec<Taint> = before
                .iter()
                .enumerate()
                .map(|(index, taint)| {
                    let passed = self.passed.get(&(declared.name, index)).copied();
                    taint.with(passed.unwrap_or(Taint::NONE))
                })
                .collect();
            if after != before && self.pay(cost) {
                self.visit_macro(declared, after);
            }
        }
    }

    /// Evaluates a macro with constant arguments; the output is what the call yields.
    pub(super) fn expand_macro(
        &mut self,
        (declared, cost): (&'t Macro<'a>, usize),
        args: &[Value],
        keywords: &[(&'a str, Value)],
    ) -> Value {
        let all_known = args
            .iter()
            .chain(keywords.iter().map(|(_, value)| value))
            .all(Value::is_known);
        for (index, value) in args.iter().enumerate() {
            self.pass(declared, index, value.taint);
        }
        for (keyword, value) in keywords {
            if let Some(index) = declared.params.iter().position(|(name, _)| name == keyword) {
                self.pass(declared, index, value.taint);
            }
        }
        let taint = args
            .iter()
            .fold(Taint::NONE, |taint, value| taint.with(value.taint))
            .only(Taint::FLOWING);
        if !all_known || !self.growth.may_expand(declared.name) || !self.pay(cost) {
            return Value::unknown(taint);
        }
        self.growth.enter_expansion(declared.name);
        let (_, output) = self.captured(|judge| {
            judge.in_scope(|judge| {
                for (index, (name, default)) in declared.params.iter().enumerate() {
                    let keyword = keywords.iter().find(|(keyword, _)| keyword == name);
                    let value = match (
                        keyword.map(|(_, value)| value).or_else(|| args.get(index)),
                        default,
                    ) {
                        (Some(value), _) => value.clone(),
                        (None, Some(default)) => judge.eval(default),
                        (None, None) => Value::default(),
                    };
                    if let Some(scope) = judge.scopes.last_mut() {
                        scope.insert(name, value);
                    }
                }
                judge.statements(&declared.body);
            });
        });
        self.growth.leave_expansion();
        output.into_value().tainted(taint)
    }

    fn pass(&mut self, declared: &Macro<'a>, index: usize, taint: Taint) {
        let flowing = taint.only(
            Taint::CONTENT
                .with(Taint::MESSAGE)
                .with(Taint::CONVERSATION)
                .with(Taint::DATE)
                .with(Taint::GUARDS),
        );
        if !flowing.is_none() {
            let known = self.passed.entry((declared.name, index)).or_default();
            *known = known.with(flowing);
        }
    }
}

/// What iterating over a value yields, when its items are unknown.
fn element_of(iter: &Value) -> Value {
    let mut taint = iter.taint.without(
        Taint::CONVERSATION
            .with(Taint::GENERATOR)
            .with(Taint::FUNCTION),
    );
    if iter.taint.has(Taint::CONVERSATION) {
        taint = taint.with(Taint::MESSAGE);
    }
    Value::unknown(taint)
}

/// Whether a condition is the same before every rendering.
fn truth_of(condition: &Value) -> Option<bool> {
    match condition.known.as_slice() {
        [only] if condition.taint.is_none() => Some(only.is_true()),
        _ => None,
    }
}

/// What a parameter or an input variable carries, judging by its name.
pub(super) fn taint_by_name(name: &str) -> Taint {
    match name {
        "messages" | "conversation" | "conversations" | "chat" | "history" | "msgs"
        | "loop_messages" | "dialog" | "turns" => Taint::CONVERSATION,
        "message" | "msg" | "m" | "turn" | "last_message" => Taint::MESSAGE,
        "content" | "text" | "prompt" | "query" | "question" | "user_input" | "user_message"
        | "user_prompt" | "system_message" | "system_prompt" | "instruction" | "input"
        | "msg_content" | "message_content" | "reasoning_content" | "body" => Taint::CONTENT,
        _ => Taint::NONE,
    }
}

/// Roughly how many nodes a body has.
pub(super) fn weight(body: &[Stmt<'_>]) -> usize {
    body.iter()
        .map(|statement| match statement {
            Stmt::Text { .. } | Stmt::Load { .. } => 1,
            Stmt::Emit(expr) | Stmt::Do(expr) => usize::from(expr.height),
            Stmt::Set { value, .. } => usize::from(value.height),
            Stmt::For(block) => weight(&block.body).saturating_add(weight(&block.other)),
            Stmt::If { branches, other } => branches
                .iter()
                .map(|(_, body)| weight(body))
                .fold(weight(other), usize::saturating_add),
            Stmt::SetBlock { body, .. }
            | Stmt::With { body, .. }
            | Stmt::FilterBlock { body, .. }
            | Stmt::Group(body) => weight(body),
            Stmt::Macro(declared) => weight(&declared.body),
            Stmt::CallBlock { body, .. } => weight(&body.body),
        })
        .fold(2, usize::saturating_add)
}
