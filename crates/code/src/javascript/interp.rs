//! The symbolic evaluation of one file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chainwright_core::severity::Confidence;

use super::names::{self, Api};
use super::tree::{Function, Key, Link, Node};
use super::value::{Abstract, Taint, Value};
use crate::facts::{BehaviourKind, Reach};
use crate::signs::{HOLE, is_secret_variable};

/// How many calls of functions of the file may be evaluated inside each other.
const MAX_CALLS: usize = 10;
/// How often one function is evaluated with particular arguments.
const MAX_INLINED: u32 = 6;
/// The most behaviours that are told apart.
const MAX_FOUND: usize = 2_000;
/// The most bytes of one folded text.
pub(super) const MAX_TEXT: usize = 4 * 1024 * 1024;

/// What one place was found to do.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) kind: BehaviourKind,
    pub(super) reach: Reach,
    pub(super) confidence: Confidence,
    pub(super) at: usize,
    pub(super) evidence: String,
}

struct Defined<'t, 's> {
    function: &'t Rc<Function<'s>>,
    evaluated: Option<Reach>,
    inlined: u32,
    is_running: bool,
    result: Abstract,
    /// Frames that it was defined in, as positions.
    depth: usize,
}

type Frame<'s> = HashMap<&'s str, Abstract>;

/// The state of the evaluation.
pub(super) struct Interpreter<'t, 's> {
    pub(super) source: &'s str,
    pub(super) reach: Reach,
    pub(super) nesting: u32,
    functions: Vec<Defined<'t, 's>>,
    by_address: HashMap<*const Function<'s>, usize>,
    frames: Vec<Frame<'s>>,
    returned: Vec<Abstract>,
    found: BTreeMap<(usize, BehaviourKind), Found>,
    /// Modules and files that are loaded, as written.
    pub(super) requires: BTreeSet<String>,
    /// Paths of files that were fetched or unpacked.
    pub(super) dropped: BTreeSet<String>,
    /// Whether every address so far is one that honest installers load from.
    pub(super) is_trusting: bool,
    pub(super) has_connection: bool,
    pub(super) shell: Option<(usize, Reach)>,
    pub(super) publishes: Option<(usize, Reach)>,
    pub(super) rewrites_manifest: bool,
    /// How many texts that are run as code have been read.
    pub(super) texts_read: u32,
    fuel: u64,
    volume: usize,
}

impl<'t, 's> Interpreter<'t, 's> {
    pub(super) fn new(source: &'s str, reach: Reach, nesting: u32) -> Self {
        Self {
            source,
            reach,
            nesting,
            functions: Vec::new(),
            by_address: HashMap::new(),
            frames: vec![Frame::new()],
            returned: Vec::new(),
            found: BTreeMap::new(),
            requires: BTreeSet::new(),
            dropped: BTreeSet::new(),
            is_trusting: true,
            has_connection: false,
            shell: None,
            publishes: None,
            rewrites_manifest: false,
            texts_read: 0,
            fuel: u64::try_from(source.len())
                .unwrap_or(u64::MAX)
                .saturating_mul(2)
                .saturating_add(200_000),
            volume: source
                .len()
                .saturating_mul(4)
                .saturating_add(16 * 1024 * 1024),
        }
    }

    pub(super) fn run(&mut self, program: &'t [Node<'s>]) {
        let own = self.reach;
        self.hoist(program);
        for statement in program {
            self.eval(statement);
        }
        self.reach = Reach::Function;
        let mut position = 0;
        while position < self.functions.len() {
            if self
                .functions
                .get(position)
                .is_some_and(|defined| defined.evaluated.is_none())
            {
                self.call_defined(position, &[], Taint::NONE);
            }
            position = position.saturating_add(1);
        }
        self.reach = own;
        self.judge_together();
    }

    pub(super) fn found(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found).into_values().collect()
    }

    pub(super) fn report(
        &mut self,
        kind: BehaviourKind,
        confidence: Confidence,
        at: usize,
        evidence: Option<String>,
    ) {
        let reach = self.reach;
        self.report_reached(kind, confidence, at, evidence, reach);
    }

    pub(super) fn report_reached(
        &mut self,
        kind: BehaviourKind,
        confidence: Confidence,
        at: usize,
        evidence: Option<String>,
        reach: Reach,
    ) {
        let key = (at, kind);
        if self.found.len() >= MAX_FOUND && !self.found.contains_key(&key) {
            return;
        }
        let line = || {
            let rest = self.source.get(at..).unwrap_or_default();
            rest.lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(160)
                .collect::<String>()
        };
        let evidence = evidence.map_or_else(line, |text| text.chars().take(400).collect());
        let found = self.found.entry(key).or_insert_with(|| Found {
            kind,
            reach,
            confidence,
            at,
            evidence: evidence.clone(),
        });
        if found.confidence < confidence {
            found.evidence = evidence;
        }
        found.reach = found.reach.max(reach);
        found.confidence = found.confidence.max(confidence);
    }

    /// One confidence where the code runs unasked, another where somebody has to call it.
    pub(super) fn unasked(&self, unasked: Confidence, called: Confidence) -> Confidence {
        if self.reach >= Reach::Constructor {
            unasked
        } else {
            called
        }
    }

    /// Functions that are declared further down are known from the start of their block.
    fn hoist(&mut self, statements: &'t [Node<'s>]) {
        for statement in statements {
            if let Node::Function(function) = statement
                && function.is_declared
            {
                let value = self.define(function);
                if let Some(name) = function.name {
                    self.declare(name, value);
                }
            }
        }
    }

    fn define(&mut self, function: &'t Rc<Function<'s>>) -> Abstract {
        let address = Rc::as_ptr(function);
        let depth = self.frames.len();
        let next = self.functions.len();
        let index = *self.by_address.entry(address).or_insert(next);
        if index == next {
            self.functions.push(Defined {
                function,
                evaluated: None,
                inlined: 0,
                is_running: false,
                result: Abstract::default(),
                depth,
            });
        }
        Abstract {
            value: Value::Function(index),
            taint: Taint::NONE,
        }
    }

    fn declare(&mut self, name: &'s str, value: Abstract) {
        if let Some(frame) = self.frames.last_mut() {
            let value = match frame.get(name) {
                // All branches are taken: nothing does not undo something.
                Some(old) if matches!(value.value, Value::Unknown) => Abstract {
                    value: old.value.clone(),
                    taint: old.taint | value.taint,
                },
                _ => value,
            };
            frame.insert(name, value);
        }
    }

    fn assign_name(&mut self, name: &'s str, value: Abstract, keeps: bool) {
        let size = if keeps { value.size() } else { 0 };
        for frame in self.frames.iter_mut().rev() {
            if let Some(old) = frame.get_mut(name) {
                if keeps {
                    self.volume = self.volume.saturating_sub(size.saturating_add(old.size()));
                }
                let can_join = keeps && self.volume > 0;
                let taint = if keeps {
                    old.taint | value.taint
                } else {
                    value.taint
                };
                let joined = match (&old.value, &value.value) {
                    (Value::Text(left), Value::Text(right))
                        if can_join && left.len().saturating_add(right.len()) < MAX_TEXT =>
                    {
                        Value::Text(format!("{left}{right}").into())
                    }
                    (_, Value::Unknown) if !matches!(old.value, Value::Text(_)) => {
                        old.value.clone()
                    }
                    _ if keeps => Value::Unknown,
                    _ => value.value,
                };
                *old = Abstract {
                    value: joined,
                    taint,
                };
                return;
            }
        }
        if let Some(frame) = self.frames.first_mut() {
            frame.insert(name, value);
        }
    }

    fn bind(&mut self, target: &'t Node<'s>, value: &Abstract, declares: bool, keeps: bool) {
        match target {
            Node::Name(name, _) if declares => self.declare(name, value.clone()),
            Node::Name(name, _) => self.assign_name(name, value.clone(), keeps),
            Node::Assign(inner, default, _) => {
                let value = match &value.value {
                    Value::Unknown if value.taint == Taint::NONE => self.eval(default),
                    _ => value.clone(),
                };
                self.bind(inner, &value, declares, keeps);
            }
            Node::Object(entries) => {
                for (key, inner) in entries {
                    let part = match key {
                        Key::Plain(name) if !name.is_empty() => self.member(value, name, 0),
                        _ => Abstract::unknown(value.taint),
                    };
                    self.bind(inner, &part, declares, keeps);
                }
            }
            Node::List(parts) => {
                for (index, inner) in parts.iter().enumerate() {
                    let part = value.elements().and_then(|all| all.get(index)).cloned();
                    let part = part.unwrap_or_else(|| Abstract::unknown(value.taint));
                    self.bind(inner, &part, declares, keeps);
                }
            }
            Node::Spread(inner) => self.bind(
                inner,
                &Abstract::unknown(value.whole_taint()),
                declares,
                keeps,
            ),
            Node::Block(all) => {
                for each in all {
                    self.bind(each, value, declares, keeps);
                }
            }
            Node::Chain(base, links, at) => self.assign_member(base, links, value, *at),
            _ => {}
        }
    }

    /// `a.b = value`.
    fn assign_member(
        &mut self,
        base: &'t Node<'s>,
        links: &'t [Link<'s>],
        value: &Abstract,
        at: usize,
    ) {
        let Some((last, front)) = links.split_last() else {
            return;
        };
        let object = self.chain(base, front, at);
        let name = match last {
            Link::Member(name) => Some((*name).to_owned()),
            Link::Index(index) => self.eval(index).as_text().map(str::to_owned),
            Link::Call(_) => None,
        };
        let Some(name) = name else { return };
        if let Some(path) = object.as_path() {
            let path = format!("{path}.{name}");
            self.judge_member_set(&path, value, at);
        }
        if let Node::Name(variable, _) = base
            && front.is_empty()
        {
            let updated = match &object.value {
                Value::Object(entries) if entries.len() < 256 => {
                    let mut entries = (**entries).clone();
                    entries.retain(|(key, _)| *key != name);
                    entries.push((name, value.clone()));
                    Some(Value::Object(Rc::new(entries)))
                }
                Value::Unknown | Value::Function(_) if object.taint == Taint::NONE => None,
                _ => None,
            };
            if let Some(updated) = updated {
                self.assign_name(
                    variable,
                    Abstract {
                        value: updated,
                        taint: object.taint,
                    },
                    false,
                );
            } else if value.whole_taint() != Taint::NONE && !matches!(object.value, Value::Path(_))
            {
                let taint = object.taint | value.whole_taint();
                let kept = object.value;
                self.assign_name(variable, Abstract { value: kept, taint }, false);
            }
        }
    }

    pub(super) fn eval(&mut self, node: &'t Node<'s>) -> Abstract {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 {
            return Abstract::default();
        }
        match node {
            Node::Name(name, at) => self.lookup(name, *at),
            Node::Text(text, _) => Abstract::text(text),
            Node::Number(number) => Abstract {
                value: Value::Number(*number),
                taint: Taint::NONE,
            },
            Node::Sum(parts) => self.sum(parts),
            Node::Either(parts) => {
                let mut best = Abstract::default();
                for part in parts {
                    let value = self.eval(part);
                    best.taint |= value.taint;
                    if matches!(best.value, Value::Unknown)
                        || matches!(
                            (&best.value, &value.value),
                            (Value::Object(_), Value::Path(_))
                        )
                    {
                        best.value = value.value;
                    }
                }
                best
            }
            Node::Mixed(parts) => {
                let taint = parts
                    .iter()
                    .fold(Taint::NONE, |taint, part| taint | self.eval(part).taint);
                Abstract::unknown(taint.without(Taint::LITERAL))
            }
            Node::List(parts) => {
                let mut all = Vec::new();
                for part in parts.iter().take(20_000) {
                    match part {
                        Node::Spread(inner) => {
                            let value = self.eval(inner);
                            match value.elements() {
                                Some(more) => all.extend(more.iter().take(1_000).cloned()),
                                None => all.push(Abstract::unknown(value.taint)),
                            }
                        }
                        part => all.push(self.eval(part)),
                    }
                }
                Abstract {
                    value: Value::List(Rc::new(all)),
                    taint: Taint::NONE,
                }
            }
            Node::Object(entries) => self.object(entries),
            Node::Chain(base, links, at) => self.chain(base, links, *at),
            Node::Function(function) => {
                let value = self.define(function);
                if let Some(name) = function.name.filter(|_| function.is_declared) {
                    self.declare(name, value.clone());
                }
                value
            }
            Node::Assign(target, value, keeps) => {
                let value = self.eval(value);
                let declares =
                    matches!(**target, Node::Object(_) | Node::List(_)) || self.is_new(target);
                self.bind(target, &value, declares, *keeps);
                value
            }
            Node::Block(all) => {
                self.hoist(all);
                let mut last = Abstract::default();
                for each in all {
                    last = self.eval(each);
                }
                last
            }
            Node::Return(value) => {
                let value = self.eval(value);
                if let Some(returned) = self.returned.last_mut() {
                    let taint = returned.taint | value.taint;
                    if matches!(returned.value, Value::Unknown) {
                        returned.value = value.value;
                    }
                    returned.taint = taint;
                }
                Abstract::default()
            }
            Node::Class(name, members) => {
                for member in members {
                    self.eval(member);
                }
                if let Some(name) = name {
                    self.declare(name, Abstract::default());
                }
                Abstract::default()
            }
            Node::Import(bindings, module) => {
                let loaded = self.require(module);
                if let Node::Object(entries) = &**bindings {
                    for (key, target) in entries {
                        let value = match key {
                            Key::Plain(name) if name != "default" && name != "*" => {
                                self.member(&loaded, name, 0)
                            }
                            _ => loaded.clone(),
                        };
                        self.bind(target, &value, true, false);
                    }
                }
                loaded
            }
            Node::Spread(inner) => {
                let value = self.eval(inner);
                Abstract::unknown(value.whole_taint())
            }
            Node::Nothing => Abstract::default(),
        }
    }

    fn is_new(&self, target: &Node<'s>) -> bool {
        match target {
            Node::Name(name, _) => !self.frames.iter().any(|frame| frame.contains_key(name)),
            _ => false,
        }
    }

    fn object(&mut self, entries: &'t [(Key<'s>, Node<'s>)]) -> Abstract {
        let mut all: Vec<(String, Abstract)> = Vec::new();
        let mut taint = Taint::NONE;
        for (key, node) in entries.iter().take(5_000) {
            let value = self.eval(node);
            match key {
                Key::Plain(name) if name.is_empty() => match &value.value {
                    Value::Object(more) => all.extend(more.iter().take(500).cloned()),
                    _ => taint |= value.taint,
                },
                Key::Plain(name) => all.push((name.clone(), value)),
                Key::Computed(key) => {
                    let key = self.eval(key);
                    all.push((key.shown(), value));
                }
            }
        }
        Abstract {
            value: Value::Object(Rc::new(all)),
            taint,
        }
    }

    fn sum(&mut self, parts: &'t [Node<'s>]) -> Abstract {
        let values: Vec<Abstract> = parts.iter().map(|part| self.eval(part)).collect();
        let taint = values
            .iter()
            .fold(Taint::NONE, |taint, value| taint | value.whole_taint());
        if let [only] = values.as_slice() {
            return only.clone();
        }
        let numbers: Option<Vec<f64>> = values
            .iter()
            .map(|value| match value.value {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .collect();
        if let Some(numbers) = numbers {
            return Abstract {
                value: Value::Number(numbers.iter().sum()),
                taint,
            };
        }
        let length = values
            .iter()
            .map(|value| value.as_text().map_or(8, str::len))
            .fold(0_usize, usize::saturating_add);
        let is_text = values.iter().any(|value| value.as_text().is_some());
        if !is_text || length > MAX_TEXT || !self.pay(length) {
            return Abstract::unknown(taint);
        }
        let text: String = values.iter().map(Abstract::shown).collect();
        Abstract {
            value: Value::Text(text.into()),
            taint,
        }
    }

    /// Pays for work that grows with the size of values.
    pub(super) fn pay(&mut self, size: usize) -> bool {
        self.volume = self.volume.saturating_sub(size);
        self.volume > 0
    }

    fn lookup(&self, name: &'s str, _at: usize) -> Abstract {
        if let Some(value) = self.frames.iter().rev().find_map(|frame| frame.get(name)) {
            return value.clone();
        }
        match name {
            "global" | "globalThis" | "window" | "self" | "top" => Abstract::path("globalThis"),
            "__filename" | "__dirname" => Abstract::unknown(Taint::OWN),
            "$" => Abstract::path("jQuery"),
            _ if names::is_global(name) => Abstract::path(name),
            // Text that is run as code sees the modules that the code around it has loaded, and so does `node -e`.
            _ if names::is_telling_module(name)
                || matches!(name, "fs" | "os" | "http" | "https" | "path") =>
            {
                Abstract::path(name)
            }
            _ => Abstract::default(),
        }
    }

    pub(super) fn member(&mut self, object: &Abstract, name: &str, at: usize) -> Abstract {
        if matches!(name, "length" | "byteLength" | "size") {
            return Abstract::default();
        }
        match &object.value {
            Value::Path(path) => self.member_of_path(&path.clone(), name, object.taint, at),
            Value::Object(_) => object
                .member(name)
                .cloned()
                .unwrap_or_else(|| Abstract::unknown(object.taint)),
            Value::List(list) => {
                let taint = object.whole_taint();
                let at = name
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| list.get(index))
                    .cloned();
                at.unwrap_or_else(|| {
                    if name == "constructor" {
                        Abstract::path("Array")
                    } else {
                        Abstract::unknown(taint)
                    }
                })
            }
            Value::Text(_) | Value::Number(_) if name == "constructor" => Abstract::path("String"),
            Value::Function(_) if name == "constructor" => Abstract::path("Function"),
            Value::Unknown | Value::Text(_) | Value::Number(_) | Value::Function(_) => {
                Abstract::unknown(object.taint)
            }
        }
    }

    fn member_of_path(&mut self, path: &str, name: &str, taint: Taint, _at: usize) -> Abstract {
        if name == "constructor" {
            return Abstract::path("Function");
        }
        if path.len() > 120 {
            return Abstract::unknown(taint);
        }
        match (path, name) {
            ("globalThis", "global" | "globalThis" | "window" | "self") => {
                return Abstract::path("globalThis");
            }
            ("globalThis", _) => {
                return if names::is_global(name) {
                    Abstract::path(name)
                } else {
                    Abstract::default()
                };
            }
            ("process", "mainModule") | ("require", "main") | ("module", "parent") => {
                return Abstract::path("module");
            }
            ("module", "require") | ("module.constructor", "_load") | ("module", "_load") => {
                return Abstract::path("require");
            }
            ("process", "execPath" | "argv0") => return Abstract::text("node"),
            ("process", "env") => {
                return Abstract {
                    value: Value::Path("process.env".into()),
                    taint: Taint::TREASURE,
                };
            }
            ("process.env", _) => return environment_variable(name),
            ("document", "cookie") => return Abstract::unknown(Taint::SECRET),
            ("fs" | "fs-extra", "default") => return Abstract::path(path),
            (_, "prototype") => {}
            _ => {}
        }
        if name == "default" {
            return Abstract::path(path);
        }
        // Functions that are handed on keep their name.
        if matches!(name, "bind" | "call" | "apply") && names::api(path).is_some() {
            return Abstract {
                value: Value::Path(format!("{path}.{name}").into()),
                taint,
            };
        }
        Abstract {
            value: Value::Path(format!("{path}.{name}").into()),
            taint: taint.without(Taint::TREASURE),
        }
    }

    pub(super) fn require(&mut self, name: &str) -> Abstract {
        if self.requires.len() < 1_000 {
            self.requires.insert(name.to_owned());
        }
        let name = names::module(name);
        if name.starts_with('.') || name.starts_with('/') {
            return Abstract::default();
        }
        Abstract::path(name)
    }

    fn chain(&mut self, base: &'t Node<'s>, links: &'t [Link<'s>], at: usize) -> Abstract {
        let mut value = self.eval(base);
        let mut this = Abstract::default();
        let mut method: Option<String> = None;
        let mut is_indirect = matches!(base, Node::Text(_, true));
        for link in links {
            self.fuel = self.fuel.saturating_sub(1);
            match link {
                Link::Member(name) => {
                    this = value;
                    value = self.member(&this, name, at);
                    method = Some((*name).to_owned());
                }
                Link::Index(index) => {
                    let key = self.eval(index);
                    this = value;
                    let name = match &key.value {
                        Value::Text(text) => Some((**text).to_owned()),
                        Value::Number(number) => Some(number.to_string()),
                        _ => None,
                    };
                    is_indirect |= !matches!(index, Node::Text(_, false) | Node::Number(_));
                    value = match &name {
                        Some(name) => self.member(&this, name, at),
                        None => Abstract::unknown(this.taint),
                    };
                    method = name;
                }
                Link::Call(arguments) => {
                    let given = self.arguments(arguments);
                    if is_indirect {
                        self.judge_indirect(&value, at);
                    }
                    if value.as_path().is_some_and(|path| path == "require")
                        && arguments
                            .first()
                            .is_some_and(|first| !matches!(first, Node::Text(_, false)))
                    {
                        self.judge_assembled_require(&given, at);
                    }
                    let called = std::mem::take(&mut value);
                    value = self.call(&called, &this, method.as_deref(), &given, at);
                    this = Abstract::default();
                    method = None;
                }
            }
        }
        value
    }

    fn arguments(&mut self, nodes: &'t [Node<'s>]) -> Vec<Abstract> {
        let mut all = Vec::new();
        for node in nodes.iter().take(2_000) {
            match node {
                Node::Spread(inner) => {
                    let value = self.eval(inner);
                    match value.elements() {
                        Some(more) => all.extend(more.iter().take(10_000).cloned()),
                        None => all.push(Abstract::unknown(value.taint)),
                    }
                }
                node => all.push(self.eval(node)),
            }
        }
        all
    }

    fn call(
        &mut self,
        called: &Abstract,
        this: &Abstract,
        method: Option<&str>,
        given: &[Abstract],
        at: usize,
    ) -> Abstract {
        if let Value::Function(index) = called.value {
            return self.call_defined(index, given, Taint::NONE);
        }
        if let Some(path) = called.as_path() {
            let path = path.to_owned();
            if let Some(inner) = path.strip_suffix(".bind") {
                return Abstract::path(inner);
            }
            if let Some((inner, rest)) = path
                .strip_suffix(".call")
                .map(|inner| (inner, given.get(1..)))
            {
                let rest = rest.unwrap_or_default().to_vec();
                return self.call(&Abstract::path(inner), this, None, &rest, at);
            }
            if let Some(inner) = path.strip_suffix(".apply") {
                let rest = given
                    .get(1)
                    .and_then(Abstract::elements)
                    .unwrap_or_default()
                    .to_vec();
                return self.call(&Abstract::path(inner), this, None, &rest, at);
            }
            if path == "Reflect.apply"
                && let Some(first) = given.first().cloned()
            {
                let rest = given
                    .get(2)
                    .and_then(Abstract::elements)
                    .unwrap_or_default()
                    .to_vec();
                return self.call(&first, this, None, &rest, at);
            }
            if path == "util.promisify" {
                return given.first().cloned().unwrap_or_default();
            }
            if path.ends_with("createRequire") || path == "module.createRequire" {
                return Abstract::path("require");
            }
            if let Some(api) = names::api(&path) {
                return self.library_call(api, &path, given, at);
            }
            if matches!(
                path.as_str(),
                "net.Socket"
                    | "XMLHttpRequest"
                    | "dgram.createSocket"
                    | "nodemailer.createTransport"
                    | "Image"
            ) {
                return Abstract::path(&format!("{path}()"));
            }
        }
        let method = method.unwrap_or_default();
        let is_hidden = |each: &Abstract| {
            each.as_text().is_some() && each.taint.has(Taint::DECODED | Taint::NETWORK)
        };
        if method == "constructor" && given.last().is_some_and(is_hidden) {
            return self.judge_call(Api::Exec, "Function", given, at);
        }
        if let Some(result) = self.method(this, method, given, at) {
            return result;
        }
        let taint = given
            .iter()
            .fold(this.whole_taint(), |taint, each| taint | each.whole_taint());
        self.callbacks(given, this.whole_taint().without(Taint::LITERAL));
        // What an unknown function finds in a picture was put there to be found.
        let is_media = |each: &Abstract| {
            each.taint.has(Taint::DATA_FILE)
                || each.as_text().is_some_and(crate::signs::is_media_file)
        };
        let taint = if given.iter().any(is_media) {
            taint | Taint::DECODED
        } else {
            taint
        };
        // What an unknown function makes of literals is unknown, but its content stays the content.
        Abstract::unknown(
            taint.without(Taint::LITERAL | Taint::TREASURE) | keep_treasure(this, given),
        )
    }

    /// Evaluates functions that are handed on, with parameters that carry the marks.
    pub(super) fn callbacks(&mut self, given: &[Abstract], taint: Taint) {
        for each in given {
            if let Value::Function(index) = each.value {
                self.call_defined(index, &[], taint);
            }
            if let Value::Object(entries) = &each.value {
                for (_, value) in entries.clone().iter().take(64) {
                    if let Value::Function(index) = value.value {
                        self.call_defined(index, &[], taint);
                    }
                }
            }
        }
    }

    pub(super) fn call_defined(
        &mut self,
        index: usize,
        given: &[Abstract],
        unknown: Taint,
    ) -> Abstract {
        let reach = self.reach;
        let calls = self.returned.len();
        let Some(defined) = self.functions.get_mut(index) else {
            return Abstract::default();
        };
        let is_telling = unknown != Taint::NONE
            || given.iter().any(|each| {
                each.whole_taint() != Taint::NONE
                    || !matches!(each.value, Value::Unknown | Value::Number(_))
            });
        let already = defined.evaluated.is_some_and(|before| before >= reach);
        let may_inline = is_telling && defined.inlined < MAX_INLINED && self.fuel > 0;
        if (already && !may_inline) || defined.is_running || calls >= MAX_CALLS {
            let result = defined.result.clone();
            let taint = given
                .iter()
                .fold(unknown, |taint, each| taint | each.whole_taint());
            return result.tainted(taint.without(Taint::LITERAL));
        }
        if may_inline {
            defined.inlined = defined.inlined.saturating_add(1);
        }
        defined.evaluated = defined.evaluated.max(Some(reach));
        defined.is_running = true;
        let function = defined.function;
        let depth = defined.depth.min(self.frames.len());
        // The function sees the variables around its definition, not those of its caller.
        let hidden = self.frames.split_off(depth);
        self.frames.push(Frame::new());
        for (position, parameter) in function.parameters.iter().enumerate() {
            let value = given
                .get(position)
                .cloned()
                .unwrap_or_else(|| Abstract::unknown(unknown));
            self.bind(parameter, &value, true, false);
        }
        self.returned.push(Abstract::default());
        self.eval(&function.body);
        let result = self.returned.pop().unwrap_or_default();
        self.frames.truncate(depth);
        self.frames.extend(hidden);
        if let Some(defined) = self.functions.get_mut(index) {
            defined.is_running = false;
            defined.result = result.clone();
        }
        result
    }

    /// Calls a known function.
    fn library_call(&mut self, api: Api, path: &str, given: &[Abstract], at: usize) -> Abstract {
        self.judge_call(api, path, given, at)
    }
}

/// The whole environment stays a treasure in whatever is made of it.
fn keep_treasure(this: &Abstract, given: &[Abstract]) -> Taint {
    let has = given
        .iter()
        .fold(this.whole_taint(), |taint, each| taint | each.whole_taint());
    if has.has(Taint::TREASURE) {
        Taint::TREASURE
    } else {
        Taint::NONE
    }
}

fn environment_variable(name: &str) -> Abstract {
    match name {
        "HOME" | "USERPROFILE" => Abstract::text("~"),
        "APPDATA" | "LOCALAPPDATA" => Abstract::text("/appdata"),
        "TMPDIR" | "TEMP" | "TMP" => Abstract::text("/tmp"),
        "USER" | "USERNAME" | "LOGNAME" | "HOSTNAME" | "COMPUTERNAME" => {
            Abstract::unknown(Taint::HOST)
        }
        _ if is_secret_variable(name) => Abstract::unknown(Taint::SECRET),
        _ => Abstract::default(),
    }
}

/// Whether a text is nothing but unknown parts.
pub(super) fn is_open(text: &str) -> bool {
    text.starts_with(HOLE)
}
