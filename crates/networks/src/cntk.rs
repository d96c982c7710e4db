//! CNTK v2: a dictionary of functions in protobuf.
//!
//! A user-defined function names the module and class that Python imports when the model is loaded, and the reference
//! library builds that import as text, so the name can be any statement. A native one names a library and a symbol
//! in it. Dictionaries nest, and functions can stand in any of them.
//!
//! Sources: `Source/CNTKv2LibraryDll/proto/CNTK.proto`, `UserDefinedFunction.cpp`, and
//! `bindings/python/cntk/internal/__init__.py`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};
use chainwright_core::text::visible;

use crate::Kind;
use crate::path;
use crate::wire::{Ending, Head, Message, Value, Wire};

/// Bytes of a name that are read.
const TEXT: usize = 4096;

/// Modules of the standard library that run programs, load code or touch the system.
const DANGEROUS: &[&str] = &[
    "builtins",
    "code",
    "commands",
    "ctypes",
    "importlib",
    "marshal",
    "nt",
    "os",
    "pickle",
    "posix",
    "pty",
    "runpy",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "timeit",
    "webbrowser",
];

/// What a dictionary says of a function.
#[derive(Debug, Default)]
struct Function {
    kind: String,
    module: Option<String>,
    class: Option<String>,
    symbol: Option<String>,
}

pub(crate) fn recognise(head: &[u8], is_whole: bool) -> Vec<Kind> {
    let head = Head(head);
    let wire = Wire::over_head(&head);
    let mut entries = 0_usize;
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref().take(4) {
        match (field.number, field.value) {
            (1, Value::Varint(version)) if version < 1000 => {}
            (2, Value::Bytes(entry)) if is_entry(&wire, entry) => {
                entries = entries.saturating_add(1)
            }
            _ => return Vec::new(),
        }
    }
    let is_clean = match fields.ending() {
        Ending::Open | Ending::Whole => true,
        Ending::Truncated => !is_whole,
        Ending::Broken | Ending::Stopped => false,
    };
    if entries > 0 && is_clean {
        vec![Kind::Cntk]
    } else {
        Vec::new()
    }
}

/// A key in words and a value with version and type.
fn is_entry(wire: &Wire<'_>, entry: Message) -> bool {
    let mut has_key = false;
    let mut has_value = false;
    for field in wire.fields(entry).take(3) {
        match (field.number, field.value) {
            (1, Value::Bytes(key)) => {
                let key = wire.bytes(key, 128);
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                has_key = !key.is_empty() && key.iter().all(is_word);
            }
            (2, Value::Bytes(value)) => {
                let mut fields = wire.fields(value);
                let version = fields.next().map(|field| (field.number, field.varint()));
                let kind = fields.next().map(|field| (field.number, field.varint()));
                has_value = matches!(version, Some((1, Some(0..=100))))
                    && matches!(kind, Some((2, Some(0..=11))));
            }
            _ => return false,
        }
    }
    has_key && has_value
}

pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut facts = ModelFacts::new(ModelFormat::Cntk);
    dictionary(&wire, wire.whole(), &mut facts);
    facts.problems.extend(wire.into_problems());
    facts
}

fn dictionary(wire: &Wire<'_>, dictionary: Message, facts: &mut ModelFacts) {
    let mut function = Function::default();
    for field in wire.fields(dictionary) {
        let (2, Value::Bytes(entry)) = (field.number, field.value) else {
            continue;
        };
        let mut key = String::new();
        let mut held = None;
        for part in wire.fields(entry) {
            match (part.number, part.value) {
                (1, Value::Bytes(text)) => key = wire.text(text, TEXT),
                (2, Value::Bytes(found)) => held = Some(found),
                _ => {}
            }
        }
        let Some(held) = held else {
            continue;
        };
        let slot = match key.as_str() {
            "module" => Some(&mut function.module),
            "class" => Some(&mut function.class),
            "deserialize_method" => Some(&mut function.symbol),
            _ => None,
        };
        match (slot, text(wire, held)) {
            (Some(slot), Some(text)) => *slot = Some(text),
            (None, Some(text)) if key == "type" => function.kind = text,
            _ => value(wire, held, facts),
        }
    }
    if !wire.touches_cut(dictionary) {
        function.judge(&dictionary.place(), wire.catalogue(), facts);
    }
}

/// A value that is a text.
fn text(wire: &Wire<'_>, value: Message) -> Option<String> {
    let texts = wire.fields(value).filter(|field| field.number == 8);
    texts
        .last()
        .and_then(|field| field.message())
        .map(|text| wire.text(text, TEXT))
}

fn value(wire: &Wire<'_>, held: Message, facts: &mut ModelFacts) {
    for field in wire.fields(held) {
        match (field.number, field.value) {
            (11, Value::Bytes(vector)) => {
                for item in wire.fields(vector) {
                    if let (1, Value::Bytes(inside)) = (item.number, item.value) {
                        value(wire, inside, facts);
                    }
                }
            }
            (12, Value::Bytes(inside)) => dictionary(wire, inside, facts),
            _ => {}
        }
    }
}

impl Function {
    fn judge(&self, place: &Place, catalogue: Catalogue, facts: &mut ModelFacts) {
        if !self.kind.is_empty() {
            facts.operators = facts.operators.saturating_add(1);
            if facts.version.is_empty() {
                facts.version = visible(&self.kind, 40);
            }
        }
        let module = self.module.as_deref().unwrap_or_default();
        let class = self.class.as_deref().unwrap_or_default();
        if let Some(symbol) = &self.symbol {
            self.native(module, symbol, place, facts);
        } else if self.class.is_some() && self.module.is_some() {
            Self::python(module, class, place, catalogue, facts);
        } else if self.kind == "NativeUserDefinedFunction" {
            self.native(module, "", place, facts);
        }
    }

    fn native(&self, module: &str, symbol: &str, place: &Place, facts: &mut ModelFacts) {
        let subject = format!("{module} {symbol}");
        let detail = "is a native library that is loaded, and a symbol in it that is called";
        note(
            facts,
            ModelHazardKind::NativeLibrary,
            place,
            &subject,
            detail,
        );
        path::judge(facts, module, place, Effect::OnLoad, "");
    }

    /// The import is built as text: `from MODULE import CLASS`.
    fn python(
        module: &str,
        class: &str,
        place: &Place,
        catalogue: Catalogue,
        facts: &mut ModelFacts,
    ) {
        let subject = format!("{module}.{class}");
        let is_name = |text: &str| {
            text.split('.').all(|part| {
                let is_word = |character: char| character.is_alphanumeric() || character == '_';
                !part.is_empty() && part.chars().all(is_word)
            })
        };
        let root = module.split('.').next().unwrap_or_default();
        if !is_name(module) || !is_name(class) {
            let detail = "is no name, and is executed as part of an import statement";
            note(
                facts,
                ModelHazardKind::EmbeddedCode,
                place,
                &subject,
                detail,
            );
        } else if catalogue.has("cntk:modules") && DANGEROUS.binary_search(&root).is_ok() {
            let detail = "is imported and called when the model is loaded";
            note(
                facts,
                ModelHazardKind::DangerousCallable,
                place,
                &subject,
                detail,
            );
        } else {
            let detail = "is a user-defined function that is imported when the model is loaded";
            note(
                facts,
                ModelHazardKind::UnknownCallable,
                place,
                &subject,
                detail,
            );
        }
    }
}

fn note(facts: &mut ModelFacts, kind: ModelHazardKind, place: &Place, subject: &str, detail: &str) {
    let hazard = ModelHazard::new(kind, Effect::OnLoad, place.clone(), subject, detail, "");
    facts.hazard(hazard);
}
