//! Opcodes that change what is on the stack: BUILD, SETITEM(S), APPEND(S), ADDITEMS.

use crate::facts::{AnomalyKind, Capability, Reason, StreamEnd, Tier, UseKind};
use crate::input::Fault;
use crate::joblib;
use crate::machine::Machine;
use crate::opcode as op;
use crate::policy::{Judgement, Standing, judge_import};
use crate::render;
use crate::stack::Above;
use crate::value::{Arguments, GlobalId, Node, Value};

/// The text that distributions of `scipy.stats` run.
const TEMPLATE: &str = "_parse_arg_template";
/// Attributes that the machine itself looks up on an instance and calls, or that run.
const HOOKS: &[&str] = &["__setstate__", "append", "extend", "add", TEMPLATE];
/// The same for slots, which are set as attributes, so that they also change what an object is.
const SLOT_HOOKS: &[&str] = &[
    "__setstate__",
    "append",
    "extend",
    "add",
    TEMPLATE,
    "__class__",
    "__reduce__",
    "__reduce_ex__",
    "__new__",
    "__init__",
    "__call__",
    "__del__",
    "__getattr__",
];

impl Machine<'_, '_> {
    pub(super) fn build(&mut self) -> Result<(), Fault> {
        let state = self.pop();
        let target = self.top();
        match target {
            Value::Global(_) => self.mutate(target, state),
            Value::Made(id) => {
                self.look_for_planted(target, state);
                if joblib::is_array_wrapper(self.heap.global_of(id)) {
                    return self.array_wrapper(id, state);
                }
                self.collector.safe();
            }
            Value::Node(id) => match self.heap.node(id).clone() {
                Node::Object {
                    callee, planted, ..
                } => self.build_object(target, callee, &planted, state),
                Node::Module(_) | Node::Attribute { .. } => self.mutate(target, state),
                Node::Dtype { item_size, .. } => self.build_dtype(target, item_size, state),
                Node::Free
                | Node::Items { .. }
                | Node::Pairs { .. }
                | Node::Text(_)
                | Node::Bytes(_) => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// BUILD and SETITEM on what was imported change the process, not the object.
    fn mutate(&mut self, target: Value, state: Value) {
        let judgement = Judgement::dangerous(Capability::AttributeAccess, Reason::StateOfGlobal);
        let shown = render::value(&self.heap, state);
        match self.origin(target) {
            Some((id, path)) => {
                let (module, name) = match self.heap.global_mut(id) {
                    Some(global) => {
                        global.is_called = true;
                        (global.module.clone(), format!("{}{path}", global.name))
                    }
                    None => return,
                };
                self.emit(UseKind::Mutation, judgement, &module, &name, || {
                    format!("({shown})")
                });
            }
            None => {
                let name = render::value(&self.heap, target);
                self.emit(UseKind::Mutation, judgement, "?", &name, || {
                    format!("({shown})")
                });
            }
        }
    }

    fn build_object(
        &mut self,
        target: Value,
        callee: Value,
        planted: &[(String, Value)],
        state: Value,
    ) {
        if let Some((_, hook)) = planted
            .iter()
            .rev()
            .find(|(name, _)| name == "__setstate__")
        {
            let arguments = Arguments {
                values: vec![state],
                complete: true,
            };
            self.call(UseKind::SetState, *hook, &arguments, 0);
            return;
        }
        self.look_for_planted(target, state);
        if self.heap.is_global(callee, "functools", "partial") {
            // The state of a partial replaces its callable.
            let items = self
                .heap
                .items(state)
                .map(|(items, _)| items.to_vec())
                .unwrap_or_default();
            if let [inner, bound, ..] = items.as_slice() {
                self.hold(*inner);
                let mut values = vec![*inner];
                values.extend(self.heap.arguments(*bound).values);
                if let Value::Node(id) = target
                    && let Some(Node::Object { arguments, .. }) = self.heap.node_mut(id)
                {
                    *arguments = values;
                }
            }
        }
        if let Value::Global(id) = callee
            && let Some(Standing::StateGadget(Capability::Deserialization)) =
                self.heap.global_of(id).map(|global| global.standing)
        {
            self.load_all(state, 3);
        }
        if let Value::Global(id) = callee
            && let Some(standing) = self.heap.global_of(id).map(|global| global.standing)
            && matches!(
                standing,
                Standing::Dangerous(_) | Standing::Shape(_, Some(_))
            )
        {
            let arguments = Arguments {
                values: vec![state],
                complete: true,
            };
            self.emit_call(
                UseKind::SetState,
                judge_import(standing),
                id,
                "",
                &arguments,
            );
        }
    }

    /// A state may set attributes that later opcodes call: `__setstate__`, `append`.
    fn look_for_planted(&mut self, target: Value, state: Value) {
        let items = self
            .heap
            .items(state)
            .map(|(items, _)| items.to_vec())
            .unwrap_or_default();
        let parts = match items.as_slice() {
            [attributes, slots] => vec![(*attributes, false), (*slots, true)],
            _ => vec![(state, false)],
        };
        for (part, is_slots) in parts {
            let names = if is_slots { SLOT_HOOKS } else { HOOKS };
            if !is_slots && self.heap.is_clean(part) {
                continue;
            }
            let entries = self.heap.entries(part, names);
            if entries.is_empty() && !is_slots {
                self.heap.mark_clean(part);
            }
            for (name, value) in entries {
                if name == TEMPLATE {
                    self.judge_template(value);
                } else if !self.heap.is_data(value) {
                    self.plant(target, name, value);
                }
            }
        }
    }

    /// `scipy.stats` distributions run the text of `_parse_arg_template` when their state is set.
    fn judge_template(&mut self, template: Value) {
        let is_honest = self
            .heap
            .text(template)
            .is_some_and(|text| is_argument_template(&text));
        if !is_honest {
            let judgement = Judgement::dangerous(Capability::CodeExecution, Reason::PlantedMethod);
            let shown = render::value(&self.heap, template);
            self.emit(
                UseKind::SetState,
                judgement,
                "scipy.stats",
                "_parse_arg_template",
                || format!("({shown})"),
            );
        }
    }

    fn plant(&mut self, target: Value, name: &str, value: Value) {
        let worst = self
            .origin(value)
            .and_then(|(id, _)| self.heap.global_of(id))
            .map_or(Tier::UnknownCall, |global| {
                judge_import(global.standing).tier
            });
        let tier = if name.starts_with("__") || worst == Tier::Dangerous {
            Tier::Dangerous
        } else if worst >= Tier::UnknownClass {
            Tier::UnknownCall
        } else {
            Tier::UnknownClass
        };
        let mut judgement = Self::planted(tier);
        judgement.capability = (tier == Tier::Dangerous).then_some(Capability::CodeExecution);
        let shown = render::value(&self.heap, value);
        self.emit(UseKind::SetState, judgement, "?", name, || {
            format!("({shown})")
        });
        if let Value::Node(id) = target
            && let Some(Node::Object { planted, .. }) = self.heap.node_mut(id)
            && planted.len() < 16
        {
            planted.push((name.to_owned(), value));
        }
    }

    /// A state of a dtype: `(version, order, subtype, names, fields, size, alignment, flags, …)`.
    fn build_dtype(&mut self, target: Value, item_size: u64, state: Value) {
        let Some((items, _)) = self.heap.items(state) else {
            return;
        };
        let size = match items.get(5) {
            Some(Value::Int(size)) => u64::try_from(*size).unwrap_or(item_size),
            _ => item_size,
        };
        let flags = match items.get(7) {
            Some(Value::Int(flags)) => *flags,
            _ => 0,
        };
        if let Value::Node(id) = target
            && let Some(Node::Dtype {
                item_size,
                has_objects,
            }) = self.heap.node_mut(id)
        {
            *item_size = size;
            // NPY_ITEM_HASOBJECT, the lowest bit of the flags.
            *has_objects |= flags & 1 == 1;
        }
    }

    /// Items go into containers; into what was imported they are an attack.
    pub(super) fn fill(&mut self, target: Value, opcode: u8, above: &Above) {
        let Value::Node(id) = target else {
            if let Value::Made(id) = target {
                self.fill_instance(id, opcode, above);
            }
            if let Value::Global(_) = target {
                let shown = above
                    .values
                    .get(1)
                    .or(above.values.first())
                    .copied()
                    .unwrap_or(Value::None);
                self.mutate(target, shown);
            }
            return;
        };
        match self.heap.node(id) {
            Node::Pairs { .. } => {
                self.heap.insert(id, &above.values, above.count);
            }
            Node::Items { .. } => {
                self.heap.extend(id, &above.values, above.count);
            }
            Node::Module(_) | Node::Attribute { .. } => {
                let shown = above.values.first().copied().unwrap_or(Value::None);
                self.mutate(target, shown);
            }
            Node::Object { planted, .. } => {
                let wanted: &[&str] = match opcode {
                    op::APPEND => &["append"],
                    op::APPENDS => &["extend", "append"],
                    op::ADDITEMS => &["add"],
                    _ => &[],
                };
                let hook = planted
                    .iter()
                    .rev()
                    .find(|(name, _)| wanted.contains(&name.as_str()))
                    .cloned();
                if let Some((_, hook)) = hook {
                    let arguments = Arguments {
                        values: above.values.clone(),
                        complete: true,
                    };
                    self.call(UseKind::SetState, hook, &arguments, 0);
                } else if opcode == op::ADDITEMS {
                    self.fill_unknown(target, above);
                } else if let Some((id, path)) = self.origin(target)
                    && let Some(standing) = self.heap.global_of(id).map(|global| global.standing)
                    && let judgement = judge_import(standing)
                    && judgement.tier == Tier::Dangerous
                {
                    let arguments = Arguments {
                        values: above.values.clone(),
                        complete: true,
                    };
                    self.emit_call(UseKind::Mutation, judgement, id, &path, &arguments);
                }
            }
            Node::Free | Node::Text(_) | Node::Bytes(_) | Node::Dtype { .. } => {}
        }
    }

    /// Items for an instance call its `append`, `extend` or `add`: no serializer adds to anything but a plain set,
    /// and only subclasses of `list` get items appended.
    fn fill_instance(&mut self, id: GlobalId, opcode: u8, above: &Above) {
        let Some(global) = self.heap.global_of(id) else {
            return;
        };
        let is_set =
            global.module == "builtins" && matches!(global.name.as_str(), "set" | "frozenset");
        let is_approved = judge_import(global.standing).tier == Tier::Safe;
        let tier = match opcode {
            op::ADDITEMS if !is_set => Tier::UnknownCall,
            op::APPEND | op::APPENDS if !is_approved => Tier::UnknownClass,
            _ => return,
        };
        let arguments = Arguments {
            values: above.values.iter().take(8).copied().collect(),
            complete: false,
        };
        self.emit_call(
            UseKind::Mutation,
            Judgement::new(tier, Reason::NotApproved),
            id,
            "",
            &arguments,
        );
    }

    fn fill_unknown(&mut self, target: Value, above: &Above) {
        if let Some((id, path)) = self.origin(target) {
            let arguments = Arguments {
                values: above.values.iter().take(8).copied().collect(),
                complete: false,
            };
            let judgement = Judgement::new(Tier::UnknownCall, Reason::NotApproved);
            self.emit_call(UseKind::Mutation, judgement, id, &path, &arguments);
        }
    }

    /// Behind the state of a `NumpyArrayWrapper` joblib reads a raw array, or a pickle for arrays of objects.
    fn array_wrapper(&mut self, class: GlobalId, state: Value) -> Result<(), Fault> {
        if let Some(file) = self
            .heap
            .entry(state, "filename")
            .and_then(|it| self.heap.text(it))
        {
            if file.contains(['/', '\\']) || file.contains("..") {
                self.collector
                    .anomaly(AnomalyKind::OutsideFile, self.here());
            }
            return Ok(());
        }
        if !self.setting.skips_arrays {
            return Ok(());
        }
        let Some(layout) = joblib::layout(&self.heap, state) else {
            // The loader will find an array where we cannot: what follows is read out of step.
            let arguments = Arguments {
                values: vec![state],
                complete: true,
            };
            let judgement = Judgement::new(Tier::UnknownCall, Reason::Arguments);
            self.emit_call(UseKind::SetState, judgement, class, "", &arguments);
            return Ok(());
        };
        self.collector.safe();
        self.frame_end = None;
        if layout.has_objects {
            return self.array_of_objects();
        }
        let behind_state = self.input.position();
        let mut padding = 0;
        if layout.is_aligned {
            padding = self.input.number(1)?;
            self.input.span(padding)?;
        }
        let first = self.input.peek()?;
        let looks_like_code = if layout.is_aligned {
            padding > 16
        } else {
            first.is_some_and(|byte| op::shape(byte).is_some())
        };
        if looks_like_code {
            self.array_at.get_or_insert(behind_state);
        }
        self.input.span(layout.bytes)?;
        Ok(())
    }

    /// `joblib` calls `pickle.load` on the same file: a stream in the stream, with a memo of its own.
    fn array_of_objects(&mut self) -> Result<(), Fault> {
        if self.setting.depth >= self.setting.budget.limits().depth.saturating_add(8) {
            return Err(Fault {
                kind: chainwright_core::problem::ProblemKind::LimitReached,
                at: self.input.position(),
                detail: "arrays of objects are nested too deeply".to_owned(),
            });
        }
        let mut setting = self.setting;
        setting.depth = setting.depth.saturating_add(1);
        setting.skips_arrays = false;
        let mut inner = Machine::new(
            crate::input::Input::new(self.input.source(), self.input.position()),
            setting,
            self.collector,
        );
        let run = inner.run();
        let position = inner.input.position();
        let straddles_at = inner.straddles_at;
        self.straddles_at = self.straddles_at.or(straddles_at);
        self.input.seek_to(position);
        match run.end {
            StreamEnd::Stop => Ok(()),
            _ => Err(Fault::malformed(
                position,
                "a pickled array of objects is broken",
            )),
        }
    }
}

/// The text that `scipy.stats` writes: functions named `_parse_args…` with one parameter list and one return.
fn is_argument_template(text: &str) -> bool {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .all(|line| {
            let body = line
                .strip_prefix("def _parse_args")
                .and_then(|rest| rest.strip_suffix("):"))
                .or_else(|| line.strip_prefix("    return self._argcheck_rvs"))
                .or_else(|| line.strip_prefix("    return "));
            body.is_some_and(|body| {
                body.matches('(').count() <= 1
                    && !body.contains("__")
                    && body
                        .chars()
                        .all(|it| it.is_ascii_alphanumeric() || "_ ,=().'\"".contains(it))
                    && !is_call(body)
            })
        })
}

/// Whether a name stands right before a bracket inside the text.
fn is_call(body: &str) -> bool {
    let before = body.split('(').next().unwrap_or_default();
    let is_parameters = before.is_empty() || before == "_rvs" || before == "_stats";
    body.contains('(') && !is_parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_distributions_are_told_from_code() {
        let honest = "\ndef _parse_args(self, a, b, loc=0, scale=1):\n    return (a, b), loc, scale\n\n\
            def _parse_args_rvs(self, a, b, loc=0, scale=1, size=None):\n\
            \x20   return self._argcheck_rvs(a, b, loc, scale, size=size)\n\n\
            def _parse_args_stats(self, a, b, loc=0, scale=1, moments='mv'):\n    return (a, b), loc, scale, moments\n";
        assert!(is_argument_template(honest));
        for hostile in [
            "import os",
            "def _parse_args(self, a=print(1)):\n    return a",
            "def _parse_args(self):\n    return open('x')",
            "def _parse_args(self):\n    return self.__class__",
        ] {
            assert!(!is_argument_template(hostile), "{hostile}");
        }
    }
}
