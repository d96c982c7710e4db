//! What calls return, as far as names, modules and payloads depend on it.
//!
//! Nothing here approves anything: by the time a result is computed the call has been judged.

use crate::decode;
use crate::facts::{Reason, Tier, UseKind};
use crate::literal::{Coding, Literal, latin1};
use crate::machine::Machine;
use crate::names::canonical;
use crate::policy::{Judgement, judge_import};
use crate::value::{Arguments, GlobalId, NAME_BYTES, Node, Value};

/// LIMIT: bytes of a decoded payload.
const DECODED: usize = 16 * 1024 * 1024;

impl Machine<'_, '_> {
    /// The result of a call of an imported name.
    pub(super) fn result(
        &mut self,
        id: GlobalId,
        judgement: Judgement,
        arguments: &Arguments,
        level: u8,
    ) -> Value {
        let Some(global) = self.heap.global_of(id) else {
            return Value::Unknown;
        };
        let module = canonical(&global.module).into_owned();
        let name = global.name.clone();
        let makes_instance = crate::policy::makes_instance(global.standing);
        if let Some(value) = self.known_result(&module, &name, arguments, level) {
            return value;
        }
        if makes_instance && let Some((&class, rest)) = arguments.values.split_first() {
            return self.instance(class, rest);
        }
        let is_kept = matches!(
            (module.as_str(), name.as_str()),
            ("functools", "partial") | ("types", "MethodType")
        );
        if judgement.tier <= Tier::LibraryClass && !is_kept {
            return Value::Made(id);
        }
        self.opaque(Value::Global(id), arguments)
    }

    /// What a reconstructor returns: an instance of the class that it was given.
    fn instance(&mut self, class: Value, rest: &[Value]) -> Value {
        if let Value::Global(id) = class
            && let Some(global) = self.heap.global_of(id)
            && judge_import(global.standing).tier <= Tier::LibraryClass
            && !(global.module == "functools" && global.name == "partial")
        {
            return Value::Made(id);
        }
        self.opaque(
            class,
            &Arguments {
                values: rest.to_vec(),
                complete: false,
            },
        )
    }

    fn known_result(
        &mut self,
        module: &str,
        name: &str,
        arguments: &Arguments,
        level: u8,
    ) -> Option<Value> {
        let first = arguments.values.first().copied();
        let second = arguments.values.get(1).copied();
        match (module, name) {
            ("codecs", "encode") => self.encoded(first?, second),
            ("codecs", "decode") => self.decoded(first?, second),
            ("numpy", "dtype") => Some(self.dtype(first?)),
            ("builtins", "bytes" | "bytearray") if arguments.values.len() <= 2 => {
                self.as_bytes(first?)
            }
            ("builtins", "str") => self.as_text(first?),
            ("builtins", "chr") => match first? {
                Value::Int(code) => {
                    let code = u32::try_from(code).ok().and_then(char::from_u32)?;
                    Some(self.heap.alloc(Node::Text(code.to_string())))
                }
                _ => None,
            },
            ("builtins", "getattr") | ("dill._dill", "_get_attr") => {
                self.attribute(first?, second?)
            }
            ("builtins", "__import__")
            | (
                "importlib" | "importlib._bootstrap",
                "import_module" | "__import__" | "_gcd_import",
            )
            | ("cloudpickle.cloudpickle" | "cloudpickle", "subimport")
            | ("dill._dill" | "dill.dill", "_import_module")
            | ("pydoc", "locate" | "safeimport")
            | ("pkgutil", "resolve_name") => self.resolve(first?),
            ("dill._dill" | "dill.dill", "_load_type")
            | ("cloudpickle.cloudpickle" | "cloudpickle", "_builtin_type") => {
                self.named_type(first?)
            }
            ("operator", "add" | "concat" | "iadd" | "iconcat") => {
                let text = format!("{}{}", self.heap.text(first?)?, self.heap.text(second?)?);
                (text.len() <= NAME_BYTES).then(|| self.heap.alloc(Node::Text(text)))
            }
            ("operator", "call") => {
                let rest = arguments.values.get(1..).unwrap_or_default().to_vec();
                Some(self.call(
                    UseKind::Indirect,
                    first?,
                    &Arguments {
                        values: rest,
                        complete: arguments.complete,
                    },
                    level.saturating_add(3),
                ))
            }
            ("copyreg", "add_extension") => {
                self.register_extension(&arguments.values);
                None
            }
            (
                "base64",
                "b64decode" | "standard_b64decode" | "urlsafe_b64decode" | "decodebytes"
                | "decodestring",
            )
            | ("binascii", "a2b_base64") => self.unpacked(first?, |raw| Some(decode::base64(raw))),
            ("base64", "b16decode")
            | ("binascii", "unhexlify" | "a2b_hex")
            | ("builtins", "bytes.fromhex" | "bytearray.fromhex") => {
                self.unpacked(first?, decode::hex)
            }
            ("zlib" | "gzip", "decompress") => {
                self.unpacked(first?, |raw| decode::inflate(raw, DECODED))
            }
            _ => self.text_method(name, arguments),
        }
    }

    /// `str.join` and the like, taken from the class.
    fn text_method(&mut self, name: &str, arguments: &Arguments) -> Option<Value> {
        let method = name
            .strip_prefix("str.")
            .or_else(|| name.strip_prefix("bytes."))?;
        let (&receiver, rest) = arguments.values.split_first()?;
        self.method(receiver, method, rest)
    }

    /// The result of calling a method of plain data.
    pub(super) fn method_result(&mut self, callee: Value, arguments: &Arguments) -> Option<Value> {
        let Value::Node(id) = callee else { return None };
        let Node::Attribute { base, name } = self.heap.node(id).clone() else {
            return None;
        };
        self.method(base, &name, &arguments.values)
    }

    fn method(&mut self, receiver: Value, method: &str, rest: &[Value]) -> Option<Value> {
        let text = self.heap.text(receiver)?;
        let word = |index: usize| rest.get(index).and_then(|&it| self.heap.text(it));
        let made = match method {
            "join" => {
                let (items, _) = self.heap.items(*rest.first()?)?;
                let parts: Option<Vec<String>> =
                    items.iter().map(|&it| self.heap.text(it)).collect();
                let parts = parts?;
                let length: usize = parts
                    .iter()
                    .map(|part| part.len().saturating_add(text.len()))
                    .sum();
                if length > NAME_BYTES {
                    return None;
                }
                parts.join(&text)
            }
            "replace" => {
                let (old, new) = (word(0)?, word(1)?);
                if new.len() > 64 {
                    return None;
                }
                text.replace(&old, &new)
            }
            "lower" | "casefold" => text.to_lowercase(),
            "upper" => text.to_uppercase(),
            "strip" => text.trim().to_owned(),
            "__add__" => format!("{text}{}", word(0)?),
            "decode" | "encode" | "__str__" => text,
            _ => return None,
        };
        (made.len() <= NAME_BYTES).then(|| self.heap.alloc(Node::Text(made)))
    }

    /// A partial, a bound method or an attribute getter passes the call on.
    pub(super) fn unwrap_call(
        &mut self,
        callee: Value,
        arguments: &Arguments,
        level: u8,
    ) -> Option<Value> {
        let Value::Node(id) = callee else { return None };
        let Node::Object {
            callee: Value::Global(maker),
            arguments: held,
            ..
        } = self.heap.node(id).clone()
        else {
            return None;
        };
        let global = self.heap.global_of(maker)?;
        let module = canonical(&global.module).into_owned();
        let name = global.name.clone();
        let (&inner, held) = held.split_first()?;
        match (module.as_str(), name.as_str()) {
            ("functools", "partial" | "partialmethod") | ("types", "MethodType") => {
                let values = held.iter().chain(&arguments.values).copied().collect();
                let arguments = Arguments {
                    values,
                    complete: arguments.complete,
                };
                Some(self.call(UseKind::Indirect, inner, &arguments, level))
            }
            ("operator", "attrgetter") => self.attribute(*arguments.values.first()?, inner),
            ("operator", "methodcaller") => {
                let method = self.attribute(*arguments.values.first()?, inner)?;
                let arguments = Arguments {
                    values: held.to_vec(),
                    complete: true,
                };
                Some(self.call(UseKind::Indirect, method, &arguments, level))
            }
            _ => None,
        }
    }

    /// `getattr(base, name)`: of a module or class a name to be judged, of anything else a path.
    fn attribute(&mut self, base: Value, name: Value) -> Option<Value> {
        let name = self.heap.text(name)?;
        if let Some(module) = self
            .heap
            .module_of(base)
            .filter(|_| matches!(base, Value::Node(_)))
        {
            return Some(self.named(&module, &name));
        }
        if let Value::Global(id) = base
            && let Some(global) = self.heap.global_of(id)
        {
            let (module, path) = (global.module.clone(), format!("{}.{name}", global.name));
            return Some(self.named(&module, &path));
        }
        (name.len() <= NAME_BYTES).then(|| self.heap.alloc(Node::Attribute { base, name }))
    }

    /// A name reached by attribute access, as if it had been imported.
    fn named(&mut self, module: &str, name: &str) -> Value {
        let here = self.here();
        self.heap
            .global(module.to_owned(), name.to_owned(), 4, here)
    }

    /// A module, or `module:name` and `module.name` for those that resolve more.
    fn resolve(&mut self, path: Value) -> Option<Value> {
        let path = self.heap.text(path)?;
        self.collector.package(&path);
        if let Some((module, name)) = path.split_once(':') {
            return Some(self.named(module, name));
        }
        if let Some((module, name)) = path.rsplit_once('.') {
            let standing = crate::policy::standing(module, name, 4);
            if crate::policy::judge_import(standing).tier == Tier::Dangerous {
                return Some(self.named(module, name));
            }
        }
        Some(self.heap.alloc(Node::Module(path)))
    }

    /// dill's and cloudpickle's names for types.
    fn named_type(&mut self, name: Value) -> Option<Value> {
        let name = self.heap.text(name)?;
        let (module, name) = match name.as_str() {
            "TypeType" | "ClassType" | "type" => ("builtins", "type"),
            "PartialType" => ("functools", "partial"),
            "ObjectType" | "object" => ("builtins", "object"),
            "DictType" | "dict" => ("builtins", "dict"),
            "ListType" | "list" => ("builtins", "list"),
            "TupleType" | "tuple" => ("builtins", "tuple"),
            "SetType" | "set" => ("builtins", "set"),
            "BytesType" | "bytes" => ("builtins", "bytes"),
            "StringType" | "str" => ("builtins", "str"),
            "CodeType" | "FunctionType" | "CellType" | "MethodType" | "ModuleType" => {
                let here = self.here();
                return Some(self.heap.carried_type(&name, here));
            }
            _ => return None,
        };
        Some(self.named(module, name))
    }

    fn encoded(&mut self, text: Value, coding: Option<Value>) -> Option<Value> {
        let coding = coding.map_or_else(|| Some("utf-8".to_owned()), |it| self.heap.text(it))?;
        match coding.to_ascii_lowercase().as_str() {
            "rot13" | "rot_13" | "rot-13" => {
                let text = decode::rot13(&self.heap.text(text)?);
                Some(self.heap.alloc(Node::Text(text)))
            }
            _ => self.as_bytes(text),
        }
    }

    fn decoded(&mut self, data: Value, coding: Option<Value>) -> Option<Value> {
        let coding = coding.map_or_else(|| Some("utf-8".to_owned()), |it| self.heap.text(it))?;
        match coding.to_ascii_lowercase().as_str() {
            "rot13" | "rot_13" | "rot-13" => self.encoded(data, None).and_then(|_| {
                let text = decode::rot13(&self.heap.text(data)?);
                Some(self.heap.alloc(Node::Text(text)))
            }),
            "hex" | "hex_codec" => self.unpacked(data, decode::hex),
            "base64" | "base64_codec" | "base_64" => {
                self.unpacked(data, |raw| Some(decode::base64(raw)))
            }
            "zip" | "zlib" | "zlib_codec" | "zip_codec" => {
                self.unpacked(data, |raw| decode::inflate(raw, DECODED))
            }
            _ => self.as_text(data),
        }
    }

    fn unpacked(
        &mut self,
        data: Value,
        unpack: impl Fn(&[u8]) -> Option<Vec<u8>>,
    ) -> Option<Value> {
        let raw = self.heap.bytes(data, DECODED)?;
        self.may_load(raw.len())?;
        let mut bytes = unpack(&raw)?;
        self.may_load(bytes.len())?;
        bytes.truncate(DECODED);
        Some(self.heap.alloc(Node::Bytes(bytes)))
    }

    fn as_bytes(&mut self, value: Value) -> Option<Value> {
        match value {
            Value::Literal(literal) => Some(Value::Literal(Literal {
                span: literal.span,
                coding: if literal.coding == Coding::Utf8 {
                    Coding::Utf8AsBytes
                } else {
                    literal.coding
                },
            })),
            Value::Node(id) => match self.heap.node(id) {
                Node::Text(text) => {
                    let bytes = latin1(text);
                    Some(self.heap.alloc(Node::Bytes(bytes)))
                }
                Node::Bytes(_) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    fn as_text(&mut self, value: Value) -> Option<Value> {
        if self.heap.is_text(value) {
            return Some(value);
        }
        let bytes = self.heap.bytes(value, NAME_BYTES)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(self.heap.alloc(Node::Text(text)))
    }

    /// `numpy.dtype("f8", …)`: how long an item is, and whether items are objects.
    fn dtype(&mut self, kind: Value) -> Value {
        let code = match kind {
            Value::Global(id) => self
                .heap
                .global_of(id)
                .map(|global| type_code(&global.name).to_owned()),
            _ => self.heap.text(kind),
        };
        let (item_size, has_objects) = item_size(&code.unwrap_or_default());
        self.heap.alloc(Node::Dtype {
            item_size,
            has_objects,
        })
    }

    /// A judgement for state that plants something callable.
    pub(super) const fn planted(tier: Tier) -> Judgement {
        Judgement::new(tier, Reason::PlantedMethod)
    }
}

/// The size of an item of a type code such as `f8`, `<U5` or `O`; 0 if it cannot be told.
fn item_size(code: &str) -> (u64, bool) {
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    let kind = code.chars().next().unwrap_or_default();
    let digits: String = code
        .chars()
        .skip(1)
        .take_while(char::is_ascii_digit)
        .collect();
    let number: u64 = digits.parse().unwrap_or_default();
    match kind {
        'O' => (8, true),
        'U' => (number.saturating_mul(4), false),
        'M' | 'm' => (8, false),
        '?' => (1, false),
        _ if !digits.is_empty() => (number, false),
        _ => (0, false),
    }
}

/// The type code of a scalar type of numpy.
fn type_code(name: &str) -> &'static str {
    match name.trim_end_matches('_') {
        "float64" | "double" | "float" => "f8",
        "float32" | "single" => "f4",
        "float16" | "half" => "f2",
        "int64" | "int" | "longlong" | "intp" => "i8",
        "int32" | "intc" => "i4",
        "int16" => "i2",
        "int8" | "byte" => "i1",
        "uint64" | "ulonglong" | "uintp" => "u8",
        "uint32" => "u4",
        "uint16" => "u2",
        "uint8" | "ubyte" => "u1",
        "bool" => "?",
        "complex64" => "c8",
        "complex128" => "c16",
        "object" => "O",
        _ => "",
    }
}
