//! Attributes and items: of modules, of objects of the file, and of what is reached through names as data.

use std::rc::Rc;

use chainwright_core::severity::Confidence;
use ruff_text_size::TextRange;

use super::folding::character_at;
use super::interp::Interpreter;
use super::names;
use super::stmts::element_of;
use super::value::{Abstract, Args, Taint, Text, Value};

/// The longest dotted name that is followed.
const MAX_PATH: usize = 120;

impl<'a> Interpreter<'a> {
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
    pub(super) fn member_of_path(&self, path: &str, taint: Taint, name: &'a str) -> Abstract<'a> {
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
                let is_request = canonical == "flask.request" || canonical == "bottle.request";
                let input = if is_request {
                    Taint::INPUT
                } else {
                    Taint::NONE
                };
                return Abstract::path(canonical, keeps | input);
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

    pub(super) fn bound(&self, member: Abstract<'a>, this: &Abstract<'a>) -> Abstract<'a> {
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
            Value::Instance(class) => match self
                .member_of_class(*class, "__getitem__")
                .or_else(|| self.member_of_class(*class, "__missing__"))
            {
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
                .is_some_and(|path| path.starts_with("builtins.") || path.starts_with("types."));
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
}
