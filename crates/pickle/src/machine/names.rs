//! Opcodes that bring names and outside objects in: GLOBAL, STACK_GLOBAL, EXT, persistent ids.

use chainwright_core::text::visible;

use crate::facts::{Capability, Reason, Tier, Use, UseKind};
use crate::input::{Fault, Span};
use crate::literal::{Coding, Literal};
use crate::machine::Machine;
use crate::names;
use crate::opcode as op;
use crate::policy::{Judgement, judge_import};
use crate::render;
use crate::value::{NAME_BYTES, Node, Value};

/// LIMIT: characters of a module or name in facts.
const SHOWN: usize = 200;

impl Machine<'_, '_> {
    pub(super) fn step_name(&mut self, opcode: u8) -> Result<(), Fault> {
        let value = match opcode {
            op::GLOBAL => {
                let (module, name) = (self.line()?, self.line()?);
                self.import_spans(module, name)
            }
            op::STACK_GLOBAL => self.stack_global(),
            op::EXT1 => {
                let code = self.number(1)?;
                self.extension(code)
            }
            op::EXT2 => {
                let code = self.number(2)?;
                self.extension(code)
            }
            _ => {
                let code = self.number(4)?;
                self.extension(code)
            }
        };
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn import_spans(&mut self, module: Span, name: Span) -> Value {
        let source = self.input.source();
        let text = |span| {
            Literal {
                span,
                coding: Coding::Utf8,
            }
            .text(source, NAME_BYTES)
        };
        match (text(module), text(name)) {
            (Some(module), Some(name)) => self.import(&module, &name),
            _ => {
                let judgement = Judgement::new(Tier::UnknownCall, Reason::OddName);
                self.emit(UseKind::DynamicGlobal, judgement, "?", "?", String::new);
                Value::Unknown
            }
        }
    }

    /// Imports a name as the loader would: Python 2 spellings are renamed below protocol 3.
    pub(super) fn import(&mut self, module: &str, name: &str) -> Value {
        let (module, name) = if self.protocol < 3 {
            names::python3(module, name)
        } else {
            (module.to_owned(), name.to_owned())
        };
        self.collector.package(&module);
        let here = self.here();
        let value = self.heap.global(module, name, self.protocol, here);
        if value == Value::Unknown {
            self.collector.problem(
                chainwright_core::problem::ProblemKind::LimitReached,
                here,
                "too many distinct imports to keep apart".to_owned(),
            );
        }
        value
    }

    fn stack_global(&mut self) -> Value {
        let name = self.pop();
        let module = self.pop();
        if let (Some(module), Some(name)) = (self.heap.text(module), self.heap.text(name)) {
            return self.import(&module, &name);
        }
        let judgement = if module == Value::Unknown || name == Value::Unknown {
            Judgement::new(Tier::UnknownCall, Reason::Forgotten)
        } else {
            Judgement::dangerous(Capability::Import, Reason::ComputedName)
        };
        let module = render::value(&self.heap, module);
        let name = render::value(&self.heap, name);
        self.emit(
            UseKind::DynamicGlobal,
            judgement,
            &module,
            &name,
            String::new,
        );
        Value::Unknown
    }

    fn extension(&mut self, code: u64) -> Value {
        let judgement = Judgement::new(Tier::UnknownCall, Reason::RegistryCode);
        self.emit(
            UseKind::Extension,
            judgement,
            "copyreg",
            &format!("extension {code}"),
            String::new,
        );
        match self.extensions.get(&code).cloned() {
            Some((module, name)) => self.import(&module, &name),
            None => Value::Unknown,
        }
    }

    /// `copyreg.add_extension(module, name, code)` gives EXT opcodes of the same stream a meaning.
    pub(super) fn register_extension(&mut self, values: &[Value]) {
        if let [module, name, Value::Int(code), ..] = values
            && let (Some(module), Some(name)) = (self.heap.text(*module), self.heap.text(*name))
            && let Ok(code) = u64::try_from(*code)
            && self.extensions.len() < 1000
        {
            self.extensions.insert(code, (module, name));
        }
    }

    /// PyTorch's persistent ids are storages, and containers with their source text; others mean what the
    /// loading program wants.
    pub(super) fn persistent(&mut self, id: Value) {
        let items = self
            .heap
            .items(id)
            .map(|(items, _)| items.to_vec())
            .unwrap_or_default();
        let kind = items.first().and_then(|&it| self.heap.text(it));
        let value = match (kind.as_deref(), items.as_slice()) {
            (Some("storage"), [_, class, key, ..]) => {
                self.collector.storage();
                self.note_storage(*class, *key);
                Value::Supplied
            }
            (Some("module"), [_, class @ Value::Global(_), ..]) => *class,
            _ => {
                let judgement = Judgement::new(Tier::UnknownClass, Reason::LoaderHook);
                let shown = render::value(&self.heap, id);
                self.emit(
                    UseKind::PersistentId,
                    judgement,
                    "persistent_load",
                    "",
                    || format!("({shown})"),
                );
                Value::Supplied
            }
        };
        self.stack.push(value);
    }

    fn note_storage(&mut self, class: Value, key: Value) {
        let Value::Global(id) = class else { return };
        let Some(name) = self.heap.global_of(id).map(|global| global.name.clone()) else {
            return;
        };
        if let Some(key) = self.heap.text(key)
            && self.storages.len() < 1_000_000
        {
            self.storages.insert(key, element_size(&name));
        }
    }

    /// Reports names that were imported but never called.
    pub(super) fn report_imports(&mut self) {
        for global in self.heap.take_fresh_globals() {
            if !global.is_called {
                let judgement = judge_import(global.standing);
                let found = self.a_use(UseKind::Import, judgement, &global.module, &global.name);
                let found = Use {
                    offset: global.offset,
                    count: global.imports,
                    ..found
                };
                self.collector.record(found, String::new);
            }
        }
    }

    pub(super) fn a_use(
        &self,
        kind: UseKind,
        judgement: Judgement,
        module: &str,
        name: &str,
    ) -> Use {
        Use {
            tier: judgement.tier,
            kind,
            module: visible(module, SHOWN),
            name: visible(name, SHOWN),
            arguments: String::new(),
            capability: judgement.capability,
            reason: judgement.reason,
            offset: self.here(),
            depth: self.setting.depth,
            count: 1,
        }
    }

    pub(super) fn emit(
        &mut self,
        kind: UseKind,
        judgement: Judgement,
        module: &str,
        name: &str,
        arguments: impl FnOnce() -> String,
    ) {
        if judgement.tier == Tier::Safe {
            self.collector.safe();
            return;
        }
        let found = self.a_use(kind, judgement, module, name);
        self.collector.record(found, arguments);
    }

    /// The imported name at the root of a value, with the attributes walked from it.
    pub(super) fn origin(&self, value: Value) -> Option<(crate::value::GlobalId, String)> {
        let mut value = value;
        let mut path = String::new();
        for _ in 0..16 {
            match value {
                Value::Global(id) | Value::Made(id) => return Some((id, path)),
                Value::Node(id) => match self.heap.node(id) {
                    Node::Object { callee, .. } => value = *callee,
                    Node::Attribute { base, name } => {
                        path = format!(".{name}{path}");
                        value = *base;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        None
    }
}

/// Bytes of one element of a storage class of PyTorch.
fn element_size(class: &str) -> u64 {
    match class.trim_end_matches("Storage").trim_end_matches("Tensor") {
        "Double" | "Long" | "ComplexFloat" => 8,
        "ComplexDouble" => 16,
        "Half" | "BFloat16" | "Short" => 2,
        "Char" | "Byte" | "Bool" | "QInt8" | "QUInt8" | "Untyped" | "QUInt4x2" | "QUInt2x4" => 1,
        name if name.starts_with("Float8") => 1,
        _ => 4,
    }
}
