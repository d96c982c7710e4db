//! The symbolic evaluation of one file.
//!
//! Statements are evaluated in order; every branch is taken; functions of the file are evaluated when they are
//! called (with the arguments, within limits) and once more by themselves. What a call comes to is looked up in
//! [`super::names`] and judged in [`super::sinks`]. Nothing outside the file is known, and loops are not
//! followed to their end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chainwright_core::severity::Confidence;
use ruff_python_ast::{Expr, Parameters, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::names;
use super::value::{Abstract, Args, Captured, Taint, Text, Value};
use crate::facts::{BehaviourKind, Reach};

/// How deep the evaluation may recurse, over expressions, statements and calls.
const MAX_DEPTH: u32 = 300;
/// How many calls of functions of the file may be evaluated inside each other.
const MAX_CALLS: usize = 12;
/// How often one function is evaluated with particular arguments.
const MAX_INLINED: u32 = 8;
/// How many behaviours are told apart before they are ranked.
const MAX_FOUND: usize = 20_000;
/// Values of that many bytes are always folded.
const SMALL: usize = 512;
/// How many variables of the functions around it a nested function may capture.
const MAX_CAPTURED: usize = 64;
/// A function with more variables than that is not captured from.
const MAX_LOCALS: usize = 512;

/// What one place was found to do.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) reach: Reach,
    pub(super) confidence: Confidence,
    pub(super) evidence: Option<String>,
    pub(super) range: TextRange,
}

/// The body of a function or lambda.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    Block(&'a [Stmt]),
    Expression(&'a Expr),
}

/// A function of the file.
#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Option<&'a Parameters>,
    pub(super) body: Body<'a>,
    pub(super) class: Option<usize>,
    /// Whether the first parameter is the instance or the class.
    pub(super) is_bound: bool,
    /// The widest reach it was evaluated with.
    pub(super) evaluated: Option<Reach>,
    pub(super) inlined: u32,
    pub(super) running: u32,
    /// What it returned when it was last evaluated.
    pub(super) result: Abstract<'a>,
    /// Whether a framework calls it by itself.
    pub(super) is_entry: bool,
    /// Whether a decorator made it answer requests.
    pub(super) is_handler: bool,
    pub(super) captured: Option<Rc<Captured<'a>>>,
}

/// A class of the file.
#[derive(Debug, Default)]
pub(super) struct Class<'a> {
    pub(super) bases: Vec<Abstract<'a>>,
    pub(super) members: HashMap<Text<'a>, Abstract<'a>>,
}

/// The variables of a running function, class body or module.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) locals: HashMap<Text<'a>, Abstract<'a>>,
    pub(super) globals: BTreeSet<&'a str>,
    pub(super) captured: Option<Rc<Captured<'a>>>,
    pub(super) class: Option<usize>,
    /// How many branches and loops lie around the current statement.
    pub(super) conditions: u32,
    pub(super) returned: Option<Abstract<'a>>,
    /// Functions defined here that have not been called yet.
    pub(super) pending: Vec<usize>,
    /// The name of the function, for judging what it returns.
    pub(super) name: &'a str,
}

impl Frame<'_> {
    pub(super) fn new() -> Self {
        Self {
            locals: HashMap::new(),
            globals: BTreeSet::new(),
            captured: None,
            class: None,
            conditions: 0,
            returned: None,
            pending: Vec::new(),
            name: "",
        }
    }
}

/// Things that only say something together.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// A connection was opened.
    pub(super) connection: Option<TextRange>,
    /// A shell was started.
    pub(super) shell: Option<(TextRange, Reach)>,
    /// Something was encrypted.
    pub(super) encrypted: Option<TextRange>,
    /// Files below the root or a home folder were written or deleted.
    pub(super) walked_write: Option<(TextRange, Reach)>,
}

/// The state of the evaluation.
#[derive(Debug)]
pub(super) struct Interpreter<'a> {
    pub(super) source: &'a str,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) classes: Vec<Class<'a>>,
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) found: BTreeMap<(u32, BehaviourKind), Found>,
    pub(super) imports: BTreeSet<String>,
    pub(super) loads: BTreeSet<String>,
    pub(super) stars: Vec<&'a str>,
    pub(super) reach: Reach,
    pub(super) depth: u32,
    /// Evaluations left for inlined calls and unrolled loops.
    pub(super) fuel: u64,
    /// Bytes of folded values that may still be made, and of text within text that may still be read.
    pub(super) volume: u64,
    pub(super) is_cut: bool,
    /// How many texts that are run as code have been read.
    pub(super) texts_read: u32,
    /// Folders that were put in front of the import path.
    pub(super) search_paths: Vec<(String, TextRange, Reach)>,
    /// Names of files that were fetched, or unpacked from code.
    pub(super) dropped: BTreeSet<String>,
    /// How sure it is that running such a file does harm: less where only well-known places are talked to.
    pub(super) drop_confidence: Confidence,
    /// Whether an address of a well-known place was used.
    pub(super) has_trusted_source: bool,
    /// Whether an address of any other place was used.
    pub(super) has_other_source: bool,
    pub(super) seen: Seen,
    /// How often code within code is being judged.
    pub(super) nesting: u32,
    /// Whether the file is a module rather than a script: it defines classes, or knows when it is run.
    pub(super) is_library: bool,
    /// The range of the statement being evaluated, if the value of its expression is thrown away.
    pub(super) unused: Option<TextRange>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(source: &'a str, reach: Reach, nesting: u32) -> Self {
        Self {
            source,
            functions: Vec::new(),
            classes: Vec::new(),
            frames: vec![Frame::new()],
            found: BTreeMap::new(),
            imports: BTreeSet::new(),
            loads: BTreeSet::new(),
            stars: Vec::new(),
            reach,
            depth: 0,
            fuel: u64::try_from(source.len())
                .unwrap_or(u64::MAX)
                .saturating_add(100_000),
            volume: u64::try_from(source.len())
                .unwrap_or(u64::MAX)
                .saturating_mul(16)
                .saturating_add(64 * 1024 * 1024),
            is_cut: false,
            texts_read: 0,
            search_paths: Vec::new(),
            dropped: BTreeSet::new(),
            drop_confidence: Confidence::Medium,
            has_trusted_source: false,
            has_other_source: false,
            seen: Seen::default(),
            nesting,
            is_library: false,
            unused: None,
        }
    }

    /// Evaluates a module and then everything in it that nothing has called.
    pub(super) fn run(&mut self, body: &'a [Stmt]) {
        let own = self.reach;
        self.is_library = body.iter().any(|statement| {
            matches!(statement, Stmt::ClassDef(_))
                || matches!(statement, Stmt::If(node) if super::stmts::is_main_guard(&node.test))
        });
        self.block(body);
        let mut position = 0;
        // Entries first, so that what they call is known to be reached from them.
        while position < self.functions.len() {
            let wanted = self.functions.get(position).is_some_and(|function| {
                function.is_entry
                    && function
                        .evaluated
                        .is_none_or(|reach| reach < Reach::Constructor)
            });
            if wanted {
                self.reach = Reach::Constructor.min(own);
                self.evaluate_alone(position);
            }
            position = position.saturating_add(1);
        }
        self.reach = Reach::Function;
        position = 0;
        while position < self.functions.len() {
            if self
                .functions
                .get(position)
                .is_some_and(|function| function.evaluated.is_none())
            {
                self.evaluate_alone(position);
            }
            position = position.saturating_add(1);
        }
        self.reach = own;
        self.judge_together();
    }

    /// Records a behaviour; the widest reach and the surest evidence of a place win.
    pub(super) fn report(
        &mut self,
        kind: BehaviourKind,
        confidence: Confidence,
        range: TextRange,
        evidence: Option<String>,
    ) {
        let reach = self.reach;
        self.report_reached(kind, confidence, range, evidence, reach);
    }

    pub(super) fn report_reached(
        &mut self,
        kind: BehaviourKind,
        confidence: Confidence,
        range: TextRange,
        evidence: Option<String>,
        reach: Reach,
    ) {
        let key = (range.start().to_u32(), kind);
        if self.found.len() >= MAX_FOUND && !self.found.contains_key(&key) {
            self.is_cut = true;
            return;
        }
        let evidence = evidence.map(|text| excerpt(&text).to_owned());
        let found = self.found.entry(key).or_insert_with(|| Found {
            reach,
            confidence,
            evidence: evidence.clone(),
            range,
        });
        if found.confidence < confidence {
            found.evidence = evidence;
        }
        found.reach = found.reach.max(reach);
        found.confidence = found.confidence.max(confidence);
    }

    /// Pays for work that grows with the size of values; false when the budget is spent and the work is not
    /// small. What is not folded for that keeps its marks, so nothing is hidden by large values in front of it.
    pub(super) fn pay(&mut self, size: usize) -> bool {
        let paid = u64::try_from(size).unwrap_or(u64::MAX);
        self.volume = self.volume.saturating_sub(paid);
        self.affords(size)
    }

    /// Whether work of that size may be done.
    pub(super) fn affords(&self, size: usize) -> bool {
        self.volume > 0 || size <= SMALL
    }

    /// Runs one more level of the evaluation, unless it is too deep already.
    pub(super) fn deeper<T>(&mut self, otherwise: T, step: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.is_cut = true;
            return otherwise;
        }
        self.depth = self.depth.saturating_add(1);
        let result = step(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    /// The current frame.
    pub(super) fn frame(&mut self) -> Option<&mut Frame<'a>> {
        self.frames.last_mut()
    }

    /// The value of a name.
    pub(super) fn lookup(&self, name: &'a str) -> Abstract<'a> {
        self.lookup_bound(name)
            .unwrap_or_else(|| self.lookup_builtin(name))
    }

    pub(super) fn lookup_bound(&self, name: &str) -> Option<Abstract<'a>> {
        let mut frames = self.frames.iter().rev();
        if let Some(frame) = frames.next() {
            if let Some(value) = frame.locals.get(name) {
                return Some(value.clone());
            }
            if let Some(captured) = &frame.captured {
                let value = captured.iter().find(|(key, _)| key.as_str() == name);
                if let Some((_, value)) = value {
                    return Some(value.clone());
                }
            }
        }
        frames.find_map(|frame| frame.locals.get(name).cloned())
    }

    pub(super) fn lookup_builtin(&self, name: &str) -> Abstract<'a> {
        if name == "__file__" {
            return Abstract::unknown(Taint::OWN_FILE);
        }
        if self.nesting > 0 && names::is_telling_module(name) {
            // Text that is run as code sees the modules that the code around it has imported.
            return Abstract::path(name, Taint::NONE);
        }
        for module in &self.stars {
            let path = format!("{module}.{name}");
            if names::is_known(&path) {
                return Abstract::path(names::canonical_member(&path), Taint::NONE);
            }
        }
        names::builtin(name).map_or_else(Abstract::nothing, Abstract::static_path)
    }

    /// Binds a name in the frame it belongs to.
    pub(super) fn bind(&mut self, name: Text<'a>, value: Abstract<'a>) {
        let is_global = self
            .frames
            .last()
            .is_some_and(|frame| frame.globals.contains(name.as_str()));
        let frame = if is_global {
            self.frames.first_mut()
        } else {
            self.frames.last_mut()
        };
        let Some(frame) = frame else { return };
        if frame.conditions > 0
            && let Some(old) = frame.locals.get_mut(name.as_str())
        {
            // In a branch, nothing (`requests = None`) does not undo something.
            let taint = old.taint | value.taint;
            if !value.is_dull() || old.is_dull() {
                old.value = value.value;
            }
            old.taint = taint;
            return;
        }
        frame.locals.insert(name, value);
    }

    /// Adds marks to a variable, wherever it lives.
    pub(super) fn mark(&mut self, name: &str, taint: Taint) {
        for frame in self.frames.iter_mut().rev() {
            if let Some(value) = frame.locals.get_mut(name) {
                value.taint |= taint;
                return;
            }
        }
    }

    /// Registers a function and gives its value.
    pub(super) fn define(
        &mut self,
        name: &'a str,
        parameters: Option<&'a Parameters>,
        body: Body<'a>,
        class: Option<usize>,
        is_bound: bool,
    ) -> Value<'a> {
        let is_module_level = self.frames.len() <= 1;
        let captured = if is_module_level {
            None
        } else {
            self.capture()
        };
        let index = self.functions.len();
        let in_class = class.is_some();
        self.functions.push(Function {
            name,
            parameters,
            body,
            class,
            is_bound,
            evaluated: None,
            inlined: 0,
            running: 0,
            result: Abstract::nothing(),
            is_entry: names::is_entry(name) && (in_class || is_module_level)
                || name == "__getattr__" && is_module_level,
            is_handler: false,
            captured: captured.clone(),
        });
        if !is_module_level && let Some(frame) = self.frame() {
            frame.pending.push(index);
        }
        Value::Function(index, captured)
    }

    fn capture(&self) -> Option<Rc<Captured<'a>>> {
        let mut captured = Vec::new();
        for frame in self
            .frames
            .iter()
            .skip(1)
            .rev()
            .filter(|frame| frame.class.is_none())
        {
            if frame.locals.len() > MAX_LOCALS {
                continue;
            }
            let mut names: Vec<_> = frame
                .locals
                .iter()
                .filter(|(_, value)| !value.is_dull())
                .collect();
            names.sort_by(|left, right| left.0.as_str().cmp(right.0.as_str()));
            let room = MAX_CAPTURED.saturating_sub(captured.len());
            captured.extend(
                names
                    .into_iter()
                    .take(room)
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            if let Some(outer) = &frame.captured {
                let room = MAX_CAPTURED.saturating_sub(captured.len());
                captured.extend(outer.iter().take(room).cloned());
            }
        }
        (!captured.is_empty()).then(|| Rc::new(captured))
    }

    /// Evaluates a function that nothing has called, with unknown arguments.
    fn evaluate_alone(&mut self, index: usize) {
        let this = self.bound_instance(index);
        let arguments = Args::default();
        let is_request_method = self
            .functions
            .get(index)
            .is_some_and(|function| names::answers_requests(function.name));
        let this = this.map(|this| {
            if is_request_method {
                this.tainted(Taint::INPUT)
            } else {
                this
            }
        });
        let taint = if self.functions.get(index).is_some_and(|function| {
            (function.is_handler || names::takes_requests(function.name)) && function.is_entry
        }) {
            Taint::INPUT
        } else {
            Taint::NONE
        };
        self.evaluate_function(index, this, &arguments, taint);
    }

    fn bound_instance(&self, index: usize) -> Option<Abstract<'a>> {
        let function = self.functions.get(index)?;
        let class = function.class.filter(|_| function.is_bound)?;
        Some(Abstract::new(Value::Instance(class), Taint::NONE))
    }

    /// Calls a function of the file.
    pub(super) fn call_function(
        &mut self,
        index: usize,
        this: Option<Abstract<'a>>,
        arguments: &Args<'a>,
    ) -> Abstract<'a> {
        let Some(function) = self.functions.get(index) else {
            return Abstract::nothing();
        };
        let is_telling = arguments.all().any(is_interesting);
        let already = function.evaluated.is_some_and(|reach| reach >= self.reach);
        let may_inline = is_telling && function.inlined < MAX_INLINED && self.fuel > 0;
        if (already && !may_inline) || function.running > 1 || self.frames.len() > MAX_CALLS {
            return function
                .result
                .clone()
                .tainted(arguments.taint().through_unknown());
        }
        if may_inline && let Some(function) = self.functions.get_mut(index) {
            function.inlined = function.inlined.saturating_add(1);
        }
        let this = this.or_else(|| self.bound_instance(index));
        self.evaluate_function(index, this, arguments, Taint::NONE)
    }

    fn evaluate_function(
        &mut self,
        index: usize,
        this: Option<Abstract<'a>>,
        arguments: &Args<'a>,
        unknown: Taint,
    ) -> Abstract<'a> {
        let reach = self.reach;
        let Some(function) = self.functions.get_mut(index) else {
            return Abstract::nothing();
        };
        function.evaluated = function.evaluated.max(Some(reach));
        function.running = function.running.saturating_add(1);
        let (parameters, body) = (function.parameters, function.body);
        let mut frame = Frame::new();
        frame.captured = function.captured.clone();
        frame.name = function.name;
        self.frames.push(frame);
        if let Some(parameters) = parameters {
            self.bind_parameters(parameters, this, arguments, unknown);
        }
        let unused = self.unused.take();
        let result = self.deeper(Abstract::nothing(), |this| match body {
            Body::Expression(expression) => this.expression(expression),
            Body::Block(block) => {
                this.block(block);
                this.frame()
                    .and_then(|frame| frame.returned.take())
                    .unwrap_or_else(Abstract::nothing)
            }
        });
        self.evaluate_pending();
        self.unused = unused;
        self.frames.pop();
        if let Some(function) = self.functions.get_mut(index) {
            function.running = function.running.saturating_sub(1);
            function.result = result.clone();
        }
        result
    }

    /// Evaluates nested functions that were not called while what they capture is still at hand.
    fn evaluate_pending(&mut self) {
        let pending = self
            .frame()
            .map(|frame| std::mem::take(&mut frame.pending))
            .unwrap_or_default();
        let reach = std::mem::replace(&mut self.reach, Reach::Function);
        for index in pending {
            let is_new = self
                .functions
                .get(index)
                .is_some_and(|function| function.evaluated.is_none());
            if is_new && self.frames.len() <= MAX_CALLS {
                self.evaluate_alone(index);
            }
        }
        self.reach = reach;
    }

    fn bind_parameters(
        &mut self,
        parameters: &'a Parameters,
        this: Option<Abstract<'a>>,
        arguments: &Args<'a>,
        unknown: Taint,
    ) {
        let mut given = this.into_iter().chain(arguments.positional.iter().cloned());
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for parameter in positional {
            let name = parameter.name().as_str();
            let value = given
                .next()
                .or_else(|| arguments.keyword(name).cloned())
                .unwrap_or_else(|| self.default_value(parameter.default(), unknown));
            self.bind(Text::Source(name), value);
        }
        let rest: Vec<_> = given.collect();
        if let Some(parameter) = &parameters.vararg {
            let value = if rest.is_empty() {
                Abstract::unknown(unknown)
            } else {
                Abstract::list(rest)
            };
            self.bind(Text::Source(parameter.name.as_str()), value);
        }
        for parameter in &parameters.kwonlyargs {
            let name = parameter.name().as_str();
            let value = arguments
                .keyword(name)
                .cloned()
                .unwrap_or_else(|| self.default_value(parameter.default(), unknown));
            self.bind(Text::Source(name), value);
        }
        if let Some(parameter) = &parameters.kwarg {
            self.bind(
                Text::Source(parameter.name.as_str()),
                Abstract::unknown(unknown | arguments.taint().content()),
            );
        }
    }

    /// Defaults that are calls were evaluated where the function was defined.
    fn default_value(&mut self, default: Option<&'a Expr>, unknown: Taint) -> Abstract<'a> {
        match default {
            Some(
                expression @ (Expr::Name(_)
                | Expr::Attribute(_)
                | Expr::StringLiteral(_)
                | Expr::BytesLiteral(_)
                | Expr::NumberLiteral(_)
                | Expr::List(_)
                | Expr::Tuple(_)),
            ) => self.expression(expression).tainted(unknown),
            _ => Abstract::unknown(unknown),
        }
    }

    /// The source text of a range.
    pub(super) fn text_of(&self, range: TextRange) -> &'a str {
        self.source
            .get(range.start().to_usize()..range.end().to_usize())
            .unwrap_or_default()
    }

    /// The range of a node.
    pub(super) fn range_of(node: &impl Ranged) -> TextRange {
        node.range()
    }
}

/// As much of a text as evidence can show.
pub(super) fn excerpt(text: &str) -> &str {
    let mut end = text.len().min(800);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

/// Whether a function is worth evaluating again for this argument.
fn is_interesting(argument: &Abstract<'_>) -> bool {
    !argument.taint.is_empty()
        || matches!(
            argument.value,
            Value::Str(_)
                | Value::Bytes(_)
                | Value::Path(_)
                | Value::Function(..)
                | Value::Bound(..)
                | Value::Method(..)
                | Value::List(_)
                | Value::Partial(_)
        )
}
