//! Evaluation of statements.

use chainwright_core::severity::Confidence;
use ruff_python_ast::{
    Decorator, ExceptHandler, Expr, Parameters, Stmt, StmtClassDef, StmtFunctionDef, StmtIf,
    StmtImport, StmtImportFrom,
};
use ruff_text_size::Ranged;

use super::interp::{Body, Class, Interpreter};
use super::names;
use super::value::{Abstract, Args, Taint, Text, Value};
use crate::facts::{BehaviourKind, Reach};

/// How many elements of a known collection a loop is evaluated for.
const MAX_ROUNDS: usize = 64;

impl<'a> Interpreter<'a> {
    /// Evaluates statements in order.
    pub(super) fn block(&mut self, statements: &'a [Stmt]) {
        for statement in statements {
            self.deeper((), |this| this.statement(statement));
        }
    }

    /// Evaluates statements that may not run.
    fn branch(&mut self, statements: &'a [Stmt]) {
        if let Some(frame) = self.frame() {
            frame.conditions = frame.conditions.saturating_add(1);
        }
        self.block(statements);
        if let Some(frame) = self.frame() {
            frame.conditions = frame.conditions.saturating_sub(1);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Expr(node) => {
                self.unused = Some(node.value.range());
                self.expression(&node.value);
                self.unused = None;
            }
            Stmt::Assign(node) => {
                let value = self.expression(&node.value);
                for target in &node.targets {
                    self.assign(target, value.clone());
                }
            }
            Stmt::AnnAssign(node) => {
                self.annotation(&node.annotation);
                if let Some(value) = &node.value {
                    let value = self.expression(value);
                    self.assign(&node.target, value);
                }
            }
            Stmt::AugAssign(node) => {
                let old = self.expression(&node.target);
                let added = self.expression(&node.value);
                let value = self.binary(node.op, &old, &added);
                self.assign(&node.target, value);
            }
            Stmt::Return(node) => {
                if let Some(value) = &node.value {
                    let value = self.expression(value);
                    self.returns(value, statement);
                }
            }
            Stmt::If(node) => self.if_statement(node),
            Stmt::For(node) => {
                let iterated = self.expression(&node.iter);
                self.rounds(&node.target, &iterated, &node.body);
                self.branch(&node.orelse);
            }
            Stmt::While(node) => {
                self.expression(&node.test);
                self.branch(&node.body);
                self.branch(&node.orelse);
            }
            Stmt::With(node) => {
                for item in &node.items {
                    let value = self.expression(&item.context_expr);
                    let value = self.entered(value);
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, value);
                    }
                }
                self.block(&node.body);
            }
            Stmt::Try(node) => {
                self.branch(&node.body);
                for ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    if let Some(kind) = &handler.type_ {
                        self.expression(kind);
                    }
                    self.branch(&handler.body);
                }
                self.branch(&node.orelse);
                self.block(&node.finalbody);
            }
            Stmt::Match(node) => {
                let subject = self.expression(&node.subject);
                drop(subject);
                for case in &node.cases {
                    if let Some(guard) = &case.guard {
                        self.expression(guard);
                    }
                    self.branch(&case.body);
                }
            }
            Stmt::FunctionDef(node) => self.function_definition(node),
            Stmt::ClassDef(node) => self.class_definition(node),
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Global(node) => {
                let names: Vec<&'a str> = node.names.iter().map(|name| name.as_str()).collect();
                if let Some(frame) = self.frame() {
                    frame.globals.extend(names);
                }
            }
            Stmt::Raise(node) => {
                for part in [&node.exc, &node.cause].into_iter().flatten() {
                    self.expression(part);
                }
            }
            Stmt::Assert(node) => {
                self.expression(&node.test);
                if let Some(message) = &node.msg {
                    self.expression(message);
                }
            }
            Stmt::Delete(node) => {
                for target in &node.targets {
                    if !matches!(target, Expr::Name(_)) {
                        self.expression(target);
                    }
                }
            }
            Stmt::IpyEscapeCommand(node) => self.escape_command(node.kind, &node.value, node.range),
            Stmt::Nonlocal(_)
            | Stmt::TypeAlias(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_) => {}
        }
    }

    fn if_statement(&mut self, node: &'a StmtIf) {
        let outer = self.reach;
        let test = self.expression(&node.test);
        if is_main_guard(&node.test) && outer == Reach::Import {
            self.reach = Reach::Main;
        }
        self.judge_gate(&test, &node.test);
        self.branch(&node.body);
        self.reach = outer;
        for clause in &node.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.expression(test);
            }
            self.branch(&clause.body);
        }
    }

    /// Evaluates a loop's body, once for each element of a short known collection.
    fn rounds(&mut self, target: &'a Expr, iterated: &Abstract<'a>, body: &'a [Stmt]) {
        let elements = if self.fuel > 0 {
            self.iterate(iterated)
        } else {
            None
        };
        match elements.filter(|elements| {
            !elements.is_empty() && elements.len() <= MAX_ROUNDS && self.fuel > 0
        }) {
            Some(elements) => {
                // The first rounds are not conditional: what they build up is followed exactly.
                for element in elements {
                    self.fuel = self.fuel.saturating_sub(1);
                    self.assign(target, element);
                    self.block(body);
                    if self.fuel == 0 {
                        break;
                    }
                }
            }
            None => {
                self.assign(target, element_of(iterated));
                self.branch(body);
            }
        }
    }

    fn returns(&mut self, value: Abstract<'a>, statement: &'a Stmt) {
        let name = self.frame().map_or("", |frame| frame.name);
        if matches!(name, "__reduce__" | "__reduce_ex__") {
            self.judge_reduce(&value, statement.range());
        }
        let Some(frame) = self.frame() else { return };
        frame.returned = Some(match frame.returned.take() {
            Some(old) if value.is_dull() => old.tainted(value.taint),
            Some(old) => value.tainted(old.taint),
            None => value,
        });
    }

    /// What `with value as name` binds.
    fn entered(&mut self, value: Abstract<'a>) -> Abstract<'a> {
        if let Value::Instance(_) = value.value
            && let Some(entered) = self.call_method_if_any(&value, "__enter__")
            && !entered.is_dull()
        {
            return entered;
        }
        value
    }

    fn function_definition(&mut self, node: &'a StmtFunctionDef) {
        self.defaults(&node.parameters);
        for parameter in node.parameters.iter_non_variadic_params() {
            if let Some(annotation) = parameter.annotation() {
                self.annotation(annotation);
            }
        }
        if let Some(returns) = &node.returns {
            self.annotation(returns);
        }
        let class = self.frames.last().and_then(|frame| frame.class);
        let is_static = node.decorator_list.iter().any(|decorator| {
            matches!(&decorator.expression, Expr::Name(name) if name.id.as_str() == "staticmethod")
        });
        let name = node.name.as_str();
        let is_bound = class.is_some() && !is_static;
        let value = self.define(
            name,
            Some(&node.parameters),
            Body::Block(&node.body),
            class,
            is_bound,
        );
        if let (Value::Function(index, _), true) =
            (&value, node.decorator_list.iter().any(is_route))
            && let Some(function) = self.functions.get_mut(*index)
        {
            function.is_entry = true;
            function.is_handler = true;
        }
        let value = self.decorated(Abstract::new(value, Taint::NONE), &node.decorator_list);
        self.bind(Text::Source(name), value);
    }

    /// Defaults run where the function is defined.
    pub(super) fn defaults(&mut self, parameters: &'a Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default() {
                self.expression(default);
            }
        }
    }

    /// Annotations run too; only those with calls can matter.
    fn annotation(&mut self, annotation: &'a Expr) {
        if has_call(annotation, 0) {
            self.expression(annotation);
        }
    }

    fn decorated(&mut self, value: Abstract<'a>, decorators: &'a [Decorator]) -> Abstract<'a> {
        let callables: Vec<(Abstract<'a>, &'a Decorator)> = decorators
            .iter()
            .map(|decorator| (self.expression(&decorator.expression), decorator))
            .collect();
        let mut value = value;
        for (callable, decorator) in callables.into_iter().rev() {
            let arguments = Args::of(vec![value.clone()]);
            if !callable.is_callable() {
                continue;
            }
            let result = self.apply(&callable, &arguments, decorator.range());
            if !result.is_dull() {
                value = result;
            }
        }
        value
    }

    fn class_definition(&mut self, node: &'a StmtClassDef) {
        let mut bases = Vec::new();
        let mut metaclass = None;
        if let Some(arguments) = &node.arguments {
            for base in &arguments.args {
                bases.push(self.expression(base));
            }
            for keyword in &arguments.keywords {
                let value = self.expression(&keyword.value);
                if keyword
                    .arg
                    .as_ref()
                    .is_some_and(|name| name.as_str() == "metaclass")
                {
                    metaclass = Some(value);
                }
            }
        }
        let is_command = node
            .arguments
            .as_ref()
            .is_some_and(|arguments| arguments.args.iter().any(is_setup_command));
        let index = self.classes.len();
        self.classes.push(Class {
            bases,
            ..Class::default()
        });
        self.class_body(node, index);
        self.hooks_of_class(index, is_command);
        let value = Abstract::new(Value::Class(index), Taint::NONE);
        if let Some(metaclass) = metaclass.filter(Abstract::is_callable)
            && (matches!(metaclass.value, Value::Class(_) | Value::Function(..))
                || metaclass.as_path().is_some_and(names::is_dangerous))
        {
            let name = Abstract::text(node.name.as_str(), Taint::NONE);
            self.apply(&metaclass, &Args::of(vec![name]), node.range());
        }
        let value = self.decorated(value, &node.decorator_list);
        self.bind(Text::Source(node.name.as_str()), value);
    }

    fn class_body(&mut self, node: &'a StmtClassDef, index: usize) {
        let mut frame = super::interp::Frame::new();
        frame.class = Some(index);
        self.frames.push(frame);
        self.block(&node.body);
        let Some(mut frame) = self.frames.pop() else {
            return;
        };
        let mut members: Vec<_> = frame.locals.drain().collect();
        members.sort_by(|left, right| left.0.as_str().cmp(right.0.as_str()));
        for (name, value) in &members {
            let is_operator = name.as_str().starts_with("__") && name.as_str().ends_with("__");
            if is_operator && value.as_path().is_some_and(names::is_dangerous) {
                // `class x: __class_getitem__ = os.system`, then `x["command"]`.
                let evidence = format!(
                    "{} = {}",
                    name.as_str(),
                    value.as_path().unwrap_or_default()
                );
                self.report(
                    BehaviourKind::HiddenCall,
                    Confidence::High,
                    node.range(),
                    Some(evidence),
                );
            }
        }
        if let Some(class) = self.classes.get_mut(index) {
            class.members.extend(members);
        }
    }

    /// Methods that run because of what the class derives from.
    fn hooks_of_class(&mut self, index: usize, is_command: bool) {
        if is_command {
            for name in ["initialize_options", "finalize_options", "run"] {
                if let Some(Value::Function(function, _)) =
                    self.member_of_class(index, name).map(|member| member.value)
                    && let Some(function) = self.functions.get_mut(function)
                {
                    function.is_entry = true;
                }
            }
        }
        let bases: Vec<usize> = self
            .classes
            .get(index)
            .map(|class| {
                class
                    .bases
                    .iter()
                    .filter_map(|base| match base.value {
                        Value::Class(base) => Some(base),
                        _ => None,
                    })
                    .collect()
            })
            .unwrap_or_default();
        for base in bases {
            if let Some(hook) = self.member_of_class(base, "__init_subclass__") {
                let arguments = Args::of(vec![Abstract::new(Value::Class(index), Taint::NONE)]);
                self.apply(&hook, &arguments, Self::nowhere());
            }
        }
    }

    fn import(&mut self, node: &'a StmtImport) {
        for alias in &node.names {
            let name = alias.name.as_str();
            let top = name.split('.').next().unwrap_or(name);
            self.note_import(top);
            self.note_load(name.to_owned());
            let (bound, path) = match &alias.asname {
                Some(asname) => (asname.as_str(), names::canonical_module(name)),
                None => (top, names::canonical_module(top)),
            };
            self.bind(
                Text::Source(bound),
                Abstract::new(Value::Path(Text::Source(path)), Taint::NONE),
            );
            self.judge_import(name, node.range());
        }
    }

    fn import_from(&mut self, node: &'a StmtImportFrom) {
        let module = node.module.as_ref().map_or("", |module| module.as_str());
        let dots = ".".repeat(usize::try_from(node.level.min(32)).unwrap_or(0));
        self.note_load(format!("{dots}{module}"));
        for alias in node.names.iter().take(64) {
            let between = if module.is_empty() { "" } else { "." };
            self.note_load(format!("{dots}{module}{between}{}", alias.name.as_str()));
        }
        if node.level > 0 {
            for alias in &node.names {
                let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                self.bind(Text::Source(name), Abstract::nothing());
            }
            return;
        }
        self.note_import(module.split('.').next().unwrap_or(module));
        self.judge_import(module, node.range());
        let module = names::canonical_module(module);
        for alias in &node.names {
            let member = alias.name.as_str();
            if member == "*" {
                if self.stars.len() < 32 {
                    self.stars.push(module);
                }
                continue;
            }
            let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            let base = Abstract::new(Value::Path(Text::Source(module)), Taint::NONE);
            let value = self
                .attribute(&base, member, node.range())
                .tainted(Taint::NONE);
            self.bind(
                Text::Source(bound),
                Abstract::new(value.value, value.taint.without(Taint::INDIRECT)),
            );
        }
    }

    fn note_import(&mut self, name: &str) {
        if !name.is_empty() && self.imports.len() < crate::facts::MAX_NAMES {
            self.imports.insert(name.to_owned());
        }
    }

    fn note_load(&mut self, name: String) {
        if !name.is_empty() && self.loads.len() < crate::facts::MAX_NAMES {
            self.loads.insert(name);
        }
    }

    /// Binds a target to a value.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Abstract<'a>) {
        match target {
            Expr::Name(node) => {
                self.bind(Text::Source(node.id.as_str()), value);
            }
            Expr::Tuple(node) => self.unpack(&node.elts, &value),
            Expr::List(node) => self.unpack(&node.elts, &value),
            Expr::Starred(node) => self.assign(&node.value, element_list(&value)),
            Expr::Attribute(node) => {
                let base = self.expression(&node.value);
                self.assign_attribute(
                    &base,
                    &node.value,
                    node.attr.as_str(),
                    value,
                    target.range(),
                );
            }
            Expr::Subscript(node) => {
                let base = self.expression(&node.value);
                let index = self.expression(&node.slice);
                self.assign_item(&base, &node.value, &index, value, target.range());
            }
            _ => {
                self.expression(target);
            }
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Abstract<'a>) {
        let known = value
            .elements()
            .filter(|elements| elements.len() == targets.len())
            .map(<[_]>::to_vec);
        match known {
            Some(elements) => {
                for (target, element) in targets.iter().zip(elements) {
                    self.assign(target, element);
                }
            }
            None => {
                for target in targets {
                    self.assign(target, element_of(value));
                }
            }
        }
    }

    fn assign_attribute(
        &mut self,
        base: &Abstract<'a>,
        base_node: &'a Expr,
        attribute: &'a str,
        value: Abstract<'a>,
        range: ruff_text_size::TextRange,
    ) {
        match &base.value {
            Value::Instance(class) | Value::Class(class) => {
                if value.is_dull() {
                    return;
                }
                if let Some(class) = self.classes.get_mut(*class)
                    && class.members.len() < 1_000
                {
                    class.members.insert(Text::Source(attribute), value);
                }
            }
            Value::Path(path) => {
                let path = format!("{}.{attribute}", path.as_str());
                self.judge_replacement(&path, &value, range);
                self.becomes_hook(&value);
            }
            Value::Function(..) if attribute == "__code__" => {
                self.judge_code_swap(&value, range);
            }
            _ => {
                self.mark_node(base_node, value.taint.content());
                if self.is_of_library(base_node) {
                    self.becomes_hook(&value);
                }
            }
        }
    }

    /// A function put in the place of a library's is called whenever the library calls its own.
    fn becomes_hook(&mut self, value: &Abstract<'a>) {
        if let Value::Function(index, _) = value.value
            && self.reach >= Reach::Constructor
            && let Some(function) = self.functions.get_mut(index)
        {
            function.is_entry = true;
        }
    }

    /// Whether `a.b.c` begins with an imported module.
    fn is_of_library(&self, node: &'a Expr) -> bool {
        let mut node = node;
        loop {
            match node {
                Expr::Name(name) => {
                    let bound = self.lookup_bound(name.id.as_str());
                    return bound.is_some_and(|value| matches!(value.value, Value::Path(_)));
                }
                Expr::Attribute(inner) => node = &inner.value,
                _ => return false,
            }
        }
    }

    fn assign_item(
        &mut self,
        base: &Abstract<'a>,
        base_node: &'a Expr,
        index: &Abstract<'a>,
        value: Abstract<'a>,
        range: ruff_text_size::TextRange,
    ) {
        match &base.value {
            Value::Globals => {
                if let Some(name) = index.as_known_text() {
                    self.bind(Text::made(name), value);
                }
            }
            Value::Path(path) if path.as_str() == "os.environ" => {
                self.judge_environment(index, &value, range);
            }
            Value::Path(path) if path.as_str() == "sys.modules" => {
                self.judge_module_swap(index, &value, range);
            }
            Value::Path(path) => {
                let path = format!("{}.{}", path.as_str(), index.shown());
                self.judge_replacement(&path, &value, range);
            }
            Value::Members(object) => {
                if let (Some(path), Some(name)) = (object.as_path(), index.as_known_text()) {
                    let path = format!("{path}.{name}");
                    self.judge_replacement(&path, &value, range);
                }
            }
            Value::Dict(items) => {
                let mut items = items.as_ref().clone();
                let taint = base.taint | value.taint.content();
                if items.len() < 256 {
                    items.push((index.clone(), value));
                }
                if let Expr::Name(name) = base_node {
                    self.bind(
                        Text::Source(name.id.as_str()),
                        Abstract::new(Value::Dict(std::rc::Rc::new(items)), taint),
                    );
                }
            }
            _ => self.mark_node(base_node, value.taint.content()),
        }
    }

    /// Marks the variable at the root of `a.b[c]`.
    pub(super) fn mark_node(&mut self, node: &'a Expr, taint: Taint) {
        if taint.is_empty() {
            return;
        }
        let mut node = node;
        loop {
            match node {
                Expr::Name(name) => return self.mark(name.id.as_str(), taint),
                Expr::Attribute(inner) => node = &inner.value,
                Expr::Subscript(inner) => node = &inner.value,
                _ => return,
            }
        }
    }
}

/// One element of a value that is iterated.
pub(super) fn element_of<'a>(value: &Abstract<'a>) -> Abstract<'a> {
    let keeps = value.taint.content()
        | if value.taint.has(Taint::WALKED) {
            Taint::WALKED
        } else {
            Taint::NONE
        };
    match &value.value {
        Value::List(elements) => {
            let first = elements
                .iter()
                .take(64)
                .find(|element| element.is_callable());
            first
                .cloned()
                .unwrap_or_else(|| Abstract::unknown(keeps | Taint::LITERAL))
        }
        Value::Str(_) | Value::Bytes(_) => Abstract::unknown(keeps | Taint::LITERAL),
        _ => Abstract::unknown(keeps),
    }
}

fn element_list<'a>(value: &Abstract<'a>) -> Abstract<'a> {
    Abstract::unknown(value.taint.content())
}

/// `__name__ == "__main__"`, either way round, perhaps with more conditions.
pub(super) fn is_main_guard(test: &Expr) -> bool {
    if let Expr::BoolOp(node) = test {
        return matches!(node.op, ruff_python_ast::BoolOp::And)
            && node
                .values
                .iter()
                .any(|value| !matches!(value, Expr::BoolOp(_)) && is_main_guard(value));
    }
    let Expr::Compare(node) = test else {
        return false;
    };
    let is_name = |side: &Expr| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main = |side: &Expr| matches!(side, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    let Some(right) = node.comparators.first() else {
        return false;
    };
    let is_equal = matches!(node.ops.first(), Some(ruff_python_ast::CmpOp::Eq));
    is_equal && (is_name(&node.left) && is_main(right) || is_main(&node.left) && is_name(right))
}

/// `@app.route("/x")`, `@app.post("/x")`: the function answers requests.
fn is_route(decorator: &Decorator) -> bool {
    let Expr::Call(call) = &decorator.expression else {
        return false;
    };
    matches!(call.func.as_ref(), Expr::Attribute(attribute)
        if matches!(attribute.attr.as_str(), "route" | "get" | "post" | "put" | "websocket" | "api_route"))
}

/// Base classes whose methods set-up tools run.
fn is_setup_command(base: &Expr) -> bool {
    let name = match base {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    matches!(
        lower.trim_start_matches('_'),
        "install"
            | "develop"
            | "build_py"
            | "build_ext"
            | "egg_info"
            | "sdist"
            | "bdist_wheel"
            | "bdist_egg"
            | "install_lib"
            | "command"
            | "installcommand"
            | "build"
            | "install_scripts"
            | "develop_command"
    )
}

/// Whether an annotation calls something.
fn has_call(expression: &Expr, depth: u32) -> bool {
    if depth > 16 {
        return true;
    }
    let next = depth.saturating_add(1);
    match expression {
        Expr::Call(_)
        | Expr::Named(_)
        | Expr::Await(_)
        | Expr::ListComp(_)
        | Expr::Generator(_) => true,
        Expr::Subscript(node) => has_call(&node.value, next) || has_call(&node.slice, next),
        Expr::Tuple(node) => node.elts.iter().any(|element| has_call(element, next)),
        Expr::List(node) => node.elts.iter().any(|element| has_call(element, next)),
        Expr::BinOp(node) => has_call(&node.left, next) || has_call(&node.right, next),
        Expr::Attribute(node) => has_call(&node.value, next),
        _ => false,
    }
}
