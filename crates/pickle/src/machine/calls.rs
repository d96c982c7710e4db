//! Calls: who is called, what the policy says, what is called in turn, and what comes back.

use crate::code;
use crate::facts::{Capability, Reason, Tier, UseKind};
use crate::machine::Machine;
use crate::names::looks_like_class;
use crate::policy::rules::{Follow, Outcome, judge_call};
use crate::policy::{Judgement, Standing, judge_import, makes_code};
use crate::render;
use crate::value::{Arguments, GlobalId, Node, Value};

/// LIMIT: calls inside calls that are followed.
const LEVELS: u8 = 6;

impl Machine<'_, '_> {
    /// Calls a value; returns what stands for the result.
    pub(super) fn call(
        &mut self,
        how: UseKind,
        callee: Value,
        arguments: &Arguments,
        level: u8,
    ) -> Value {
        match callee {
            Value::Global(id) => self.call_global(how, id, arguments, level),
            Value::Made(_) | Value::Node(_) if !self.heap.is_data(callee) => {
                self.call_object(how, callee, arguments, level)
            }
            Value::Unknown => {
                let judgement = Judgement::new(Tier::UnknownCall, Reason::Forgotten);
                let shown = render::arguments(&self.heap, arguments);
                self.emit(how, judgement, "?", "?", || shown);
                Value::Unknown
            }
            _ => self.stumble("something is called that cannot be called"),
        }
    }

    fn call_global(
        &mut self,
        how: UseKind,
        id: GlobalId,
        arguments: &Arguments,
        level: u8,
    ) -> Value {
        let Some(global) = self.heap.global_mut(id) else {
            return Value::Unknown;
        };
        global.is_called = true;
        let standing = global.standing;
        // A class without arguments is only made, not constructed; see `instantiate` in CPython's `_pickle.c`.
        let is_made = matches!(how, UseKind::Inst | UseKind::Obj)
            && arguments.complete
            && arguments.values.is_empty()
            && looks_like_class(&global.name);
        let way = if is_made { UseKind::NewObj } else { how };
        self.excuse_dill(id, arguments);
        let Outcome {
            judgement,
            follow,
            is_code,
        } = judge_call(&self.heap, standing, way, arguments);
        let (judgement, kind) = if is_code {
            self.judge_code(judgement, arguments)
        } else {
            (judgement, how)
        };
        if judgement.tier == Tier::Safe {
            self.collector.safe();
        } else {
            self.emit_call(kind, judgement, id, "", arguments);
        }
        for step in follow {
            self.follow(&step, judgement.tier, level);
        }
        if judgement.tier == Tier::UnknownCall {
            arguments
                .values
                .iter()
                .for_each(|&value| self.load(value, false));
        }
        self.result(id, judgement, arguments, level)
    }

    /// dill asks for its own `_setattr` with `getattr(dill._dill, "_setattr", setattr)`: the default is not used.
    fn excuse_dill(&mut self, id: GlobalId, arguments: &Arguments) {
        let is_idiom = match arguments.values.as_slice() {
            [base, _, _] => self.heap.is_global(*base, "dill", "_dill"),
            _ => false,
        };
        if let [_, name, Value::Global(default)] = arguments.values.as_slice()
            && is_idiom
            && self
                .heap
                .is_global(Value::Global(id), "builtins", "getattr")
            && self.heap.text(*name).as_deref() == Some("_setattr")
            && let Some(default) = self.heap.global_mut(*default)
        {
            default.is_called = true;
        }
    }

    fn judge_code(&self, judgement: Judgement, arguments: &Arguments) -> (Judgement, UseKind) {
        let judgement = match code::sink(&self.heap, &arguments.values) {
            Some(_) => Judgement::dangerous(Capability::CodeExecution, Reason::CodeNames),
            None if !arguments.complete => Judgement::new(Tier::UnknownCall, Reason::Forgotten),
            None => judgement,
        };
        (judgement, UseKind::SerializedCode)
    }

    pub(super) fn emit_call(
        &mut self,
        kind: UseKind,
        judgement: Judgement,
        id: GlobalId,
        path: &str,
        arguments: &Arguments,
    ) {
        let Some(global) = self.heap.global_of(id) else {
            return;
        };
        let found = self.a_use(
            kind,
            judgement,
            &global.module,
            &format!("{}{path}", global.name),
        );
        let heap = &self.heap;
        self.collector
            .record(found, || render::arguments(heap, arguments));
    }

    fn follow(&mut self, step: &Follow, outer: Tier, level: u8) {
        if level >= LEVELS {
            return;
        }
        let level = level.saturating_add(1);
        match step {
            Follow::Call(callee, arguments) => {
                if !self.heap.is_data(*callee) {
                    self.call(UseKind::Indirect, *callee, arguments, level);
                }
            }
            Follow::New(class) => {
                if !self.heap.is_data(*class) {
                    let none = Arguments {
                        values: Vec::new(),
                        complete: true,
                    };
                    self.call(UseKind::NewObj, *class, &none, level);
                }
            }
            Follow::Hold(callable) => self.hold(*callable),
            Follow::Load(bytes) => self.load(*bytes, outer != Tier::UnknownCall),
            Follow::Import(module) => self.import_module(*module),
        }
    }

    /// A callable is kept for later: it counts like an import, but a function nobody knows like a call.
    pub(super) fn hold(&mut self, callable: Value) {
        let Some((id, path)) = self.origin(callable) else {
            return;
        };
        let Some(global) = self.heap.global_mut(id) else {
            return;
        };
        let standing = global.standing;
        let mut judgement = judge_import(standing);
        if matches!(callable, Value::Global(_)) {
            global.is_called = true;
        } else if matches!(callable, Value::Made(_)) {
            return;
        }
        if standing == Standing::Unknown {
            judgement = Judgement::new(Tier::UnknownCall, Reason::UnknownName);
        }
        if judgement.tier > Tier::LibraryClass {
            let none = Arguments {
                values: Vec::new(),
                complete: false,
            };
            self.emit_call(UseKind::Indirect, judgement, id, &path, &none);
        }
    }

    /// An import of a module by name that serialized functions need: dangerous for modules that functions of
    /// data have no use for.
    fn import_module(&mut self, module: Value) {
        let Some(module) = self.heap.text(module) else {
            return;
        };
        self.collector.package(&module);
        if code::is_sink_module(&module) {
            let judgement = Judgement::dangerous(Capability::Import, Reason::CodeNames);
            self.emit(UseKind::SerializedCode, judgement, &module, "", String::new);
        }
    }

    /// Calls something that the stream made: a partial, a method, an instance.
    fn call_object(
        &mut self,
        how: UseKind,
        callee: Value,
        arguments: &Arguments,
        level: u8,
    ) -> Value {
        let Some((id, path)) = self.origin(callee) else {
            return self.call_method_of_data(how, callee, arguments);
        };
        let Some(standing) = self.heap.global_of(id).map(|global| global.standing) else {
            return Value::Unknown;
        };
        let root = judge_import(standing);
        let judgement = match (root.tier, root.capability) {
            (Tier::Dangerous, Some(capability)) => {
                Judgement::dangerous(capability, Reason::CallOfObject)
            }
            _ if makes_code(standing) => self.judge_code_object(how, id),
            _ => Judgement::new(Tier::UnknownCall, Reason::CallOfObject),
        };
        self.emit_call(how, judgement, id, &path, arguments);
        if level < LEVELS
            && let Some(value) = self.unwrap_call(callee, arguments, level.saturating_add(1))
        {
            return value;
        }
        self.opaque(callee, arguments)
    }

    /// A class that travels in the stream may be made; a function that travels in it must not be called.
    fn judge_code_object(&self, how: UseKind, id: GlobalId) -> Judgement {
        let makes_class = self.heap.global_of(id).is_some_and(|global| {
            ["class", "enum", "type"]
                .iter()
                .any(|part| global.name.contains(part))
        });
        match how {
            UseKind::NewObj | UseKind::NewObjEx => {
                Judgement::new(Tier::UnknownClass, Reason::CodeObject)
            }
            _ if makes_class => Judgement::new(Tier::UnknownCall, Reason::CallOfObject),
            _ => Judgement::dangerous(Capability::CodeExecution, Reason::CodeObject),
        }
    }

    /// `"".join(…)` and its relatives: harmless, but no serializer needs them.
    fn call_method_of_data(&mut self, how: UseKind, callee: Value, arguments: &Arguments) -> Value {
        let judgement = match self.heap.module_of(callee) {
            Some(_) => Judgement::dangerous(Capability::AttributeAccess, Reason::ModuleObject),
            None => Judgement::new(Tier::UnknownCall, Reason::CallOfObject),
        };
        let name = render::value(&self.heap, callee);
        let shown = render::arguments(&self.heap, arguments);
        self.emit(how, judgement, "?", &name, || shown);
        self.method_result(callee, arguments)
            .unwrap_or_else(|| self.opaque(callee, arguments))
    }

    /// The result of a call that nothing is known about.
    pub(super) fn opaque(&mut self, callee: Value, arguments: &Arguments) -> Value {
        self.heap.alloc(Node::Object {
            callee,
            arguments: arguments.values.clone(),
            complete: arguments.complete,
            planted: Vec::new(),
        })
    }
}
