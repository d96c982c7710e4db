//! What a call means: the standing of the callee, the way it is called, and the arguments.

use crate::code;
use crate::facts::{Capability, Reason, Tier, UseKind};
use crate::names::{is_dotted, is_dunder, is_identifier, looks_like_class};
use crate::policy::table::Rule;
use crate::policy::{Judgement, Standing, judge_import};
use crate::symbols::Symbol;
use crate::value::{Arguments, Heap, Node, Value};

/// Something that happens inside an approved or catalogued call.
#[derive(Debug, Clone)]
pub(crate) enum Follow {
    /// A callable is called with these arguments.
    Call(Value, Arguments),
    /// A class is made without its constructor.
    New(Value),
    /// A callable is kept, to be called later.
    Hold(Value),
    /// Bytes are read as a pickle, a PyTorch file or marshalled code.
    Load(Value),
    /// A module is imported by name.
    Import(Value),
}

/// The answer for a call, and what it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) judgement: Judgement,
    pub(crate) follow: Vec<Follow>,
    pub(crate) is_code: bool,
}

impl From<Judgement> for Outcome {
    fn from(judgement: Judgement) -> Self {
        Self {
            judgement,
            follow: Vec::new(),
            is_code: false,
        }
    }
}

const ARGUMENTS: Judgement = Judgement::new(Tier::UnknownCall, Reason::Arguments);
const NOT_APPROVED: Judgement = Judgement::new(Tier::UnknownCall, Reason::NotApproved);

/// The answer for calling an imported name.
pub(crate) fn judge_call(
    heap: &Heap<'_>,
    standing: Standing,
    how: UseKind,
    arguments: &Arguments,
) -> Outcome {
    let makes_only = matches!(how, UseKind::NewObj | UseKind::NewObjEx);
    match standing {
        Standing::Dangerous(capability) | Standing::Shape(_, Some(capability)) => Outcome {
            judgement: judge_import(standing),
            follow: follow_dangerous(heap, capability, arguments),
            is_code: false,
        },
        Standing::Gadget(_, Some(Symbol::Class | Symbol::SafeClass))
            if makes_only || (arguments.complete && arguments.values.is_empty()) =>
        {
            Judgement::new(Tier::LibraryClass, Reason::KnownLibrary).into()
        }
        Standing::StateGadget(_) if makes_only => judge_import(standing).into(),
        Standing::Gadget(capability, _) if makes_only => Judgement {
            tier: Tier::UnknownCall,
            capability: Some(capability),
            reason: Reason::Catalogued,
        }
        .into(),
        Standing::StateGadget(capability) | Standing::Gadget(capability, _) => Outcome {
            judgement: Judgement::dangerous(capability, Reason::Catalogued),
            follow: follow_dangerous(heap, capability, arguments),
            is_code: false,
        },
        Standing::Safe(rule) => judge_rule(heap, rule, makes_only, arguments),
        Standing::SafeClass | Standing::Cython(true) | Standing::TorchScript => {
            judge_import(standing).into()
        }
        Standing::Cython(false) => judge_import(standing).into(),
        Standing::Class => judge_class(heap, makes_only, arguments).into(),
        Standing::Function => NOT_APPROVED.into(),
        Standing::Main(_) | Standing::Unknown if makes_only => judge_import(standing).into(),
        Standing::Main(true) if is_member(heap, arguments) => judge_import(standing).into(),
        Standing::Main(_) => Judgement::new(Tier::UnknownCall, Reason::MainModule).into(),
        Standing::Unknown => Judgement::new(Tier::UnknownCall, Reason::UnknownName).into(),
        Standing::Shape(reason, None) => Judgement::new(Tier::UnknownCall, reason).into(),
    }
}

/// A known class: without arguments its constructor has nothing to act on; numbers alone name no file and no host.
fn judge_class(heap: &Heap<'_>, makes_only: bool, arguments: &Arguments) -> Judgement {
    let known = Judgement::new(Tier::LibraryClass, Reason::KnownLibrary);
    if makes_only || (arguments.complete && arguments.values.is_empty()) {
        known
    } else if arguments.complete
        && arguments
            .values
            .iter()
            .all(|&value| is_number(heap, value, 3))
    {
        Judgement::new(Tier::UnknownClass, Reason::Arguments)
    } else {
        ARGUMENTS
    }
}

/// `Class(value)` is how members of enumerations are pickled, `Class(message, …)` how exceptions are.
fn is_member(heap: &Heap<'_>, arguments: &Arguments) -> bool {
    arguments.complete && arguments.values.iter().all(|&value| heap.is_plain(value))
}

fn is_number(heap: &Heap<'_>, value: Value, depth: u8) -> bool {
    match value {
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number
        | Value::EmptyTuple
        | Value::Made(_) => true,
        Value::Node(_) if depth > 0 => heap.items(value).is_some_and(|(items, _)| {
            items
                .iter()
                .all(|&item| is_number(heap, item, depth.saturating_sub(1)))
        }),
        _ => false,
    }
}

fn judge_rule(heap: &Heap<'_>, rule: Rule, makes_only: bool, arguments: &Arguments) -> Outcome {
    let safe = Judgement::safe();
    let first = arguments.values.first().copied();
    let second = arguments.values.get(1).copied();
    let with = |follow: Vec<Follow>| Outcome {
        judgement: safe,
        follow,
        is_code: false,
    };
    let review = |follow: Vec<Follow>| Outcome {
        judgement: Judgement::new(Tier::UnknownClass, Reason::CodeObject),
        follow,
        is_code: true,
    };
    match rule {
        Rule::Any => safe.into(),
        Rule::New if makes_only || (arguments.complete && arguments.values.is_empty()) => {
            safe.into()
        }
        Rule::New => ARGUMENTS.into(),
        Rule::Plain => pass(arguments.values.iter().all(|&value| heap.is_plain(value))),
        Rule::Held => NOT_APPROVED.into(),
        Rule::Factory => with(
            first
                .filter(|&it| it != Value::None)
                .map_or_else(Vec::new, |it| {
                    vec![Follow::Call(
                        it,
                        Arguments {
                            values: Vec::new(),
                            complete: true,
                        },
                    )]
                }),
        ),
        Rule::GetAttr => judge_getattr(heap, first, second),
        Rule::SetAttr => judge_setattr(heap, first, second).into(),
        Rule::AttrGetter => judge_attrgetter(heap, makes_only, arguments).into(),
        Rule::Singleton => {
            pass(arguments.values.len() == 1 && first.is_some_and(|it| heap.is_plain(it)))
        }
        Rule::Typing => pass(first.is_some_and(|it| is_generic(heap, it))),
        Rule::Partial if makes_only || first.is_some() => {
            with(first.map(Follow::Hold).into_iter().collect())
        }
        Rule::Partial => ARGUMENTS.into(),
        Rule::Reconstructor => judge_reconstructor(heap, arguments),
        Rule::NewObj | Rule::NewFirst => with(first.map(Follow::New).into_iter().collect()),
        Rule::Encode => pass(second.is_none_or(|it| is_plain_coding(heap, it))),
        Rule::Ufunc => judge_ufunc(heap, first, second),
        Rule::BitGenerator => judge_generator(heap, arguments),
        Rule::Apply => with(call_unpacked(heap, first, second)),
        Rule::Rebuild => with(call_unpacked(heap, first, arguments.values.get(2).copied())),
        Rule::LoadBytes => with(first.map(Follow::Load).into_iter().collect()),
        Rule::Nested => with(
            arguments
                .values
                .iter()
                .map(|&it| Follow::Load(it))
                .collect(),
        ),
        Rule::Code => review(Vec::new()),
        Rule::CreateType => {
            let rest = arguments.values.get(1..).unwrap_or_default().to_vec();
            let is_type = first.is_some_and(|it| heap.is_global(it, "builtins", "type"));
            let call = first.filter(|_| !is_type).map(|it| {
                Follow::Call(
                    it,
                    Arguments {
                        values: rest,
                        complete: arguments.complete,
                    },
                )
            });
            review(call.into_iter().collect())
        }
        Rule::LoadType => review(Vec::new()),
        Rule::Subimport => review(first.map(Follow::Import).into_iter().collect()),
        Rule::NoneFirst => pass(makes_only || first.is_none_or(|it| it == Value::None)),
    }
}

fn pass(fits: bool) -> Outcome {
    if fits {
        Judgement::safe().into()
    } else {
        ARGUMENTS.into()
    }
}

/// Codings that keep one character for one byte or are UTF; the others hide or unpack.
fn is_plain_coding(heap: &Heap<'_>, value: Value) -> bool {
    heap.text(value).is_some_and(|coding| {
        let coding = coding.to_ascii_lowercase().replace(['-', '_'], "");
        matches!(
            coding.as_str(),
            "latin1" | "latin" | "iso88591" | "ascii" | "usascii" | "utf8" | "cp1252"
        )
    })
}

fn is_generic(heap: &Heap<'_>, value: Value) -> bool {
    match value {
        Value::Global(id) => heap.global_of(id).is_some_and(|global| {
            matches!(
                global.module.as_str(),
                "typing" | "collections.abc" | "collections"
            ) || (global.module == "builtins"
                && matches!(global.standing, Standing::Safe(Rule::Any)))
        }),
        _ => false,
    }
}

/// `getattr(Class, "NAME")` is how Python 3.11 pickles members of enumerations, `getattr(object, "method")` how
/// bound methods are pickled. Taking the attribute is harmless; a call of it is judged for itself.
fn judge_getattr(heap: &Heap<'_>, base: Option<Value>, name: Option<Value>) -> Outcome {
    let danger = Judgement::dangerous(Capability::AttributeAccess, Reason::Catalogued);
    let Some((base, name)) = base.zip(name.and_then(|it| heap.text(it))) else {
        return danger.into();
    };
    if !is_identifier(&name) || is_dunder(&name) || code::is_sink(&name) {
        return danger.into();
    }
    let review = Judgement::new(Tier::UnknownClass, Reason::Arguments);
    match base {
        Value::Global(id) => {
            let Some(global) = heap.global_of(id) else {
                return danger.into();
            };
            let whole =
                crate::policy::standing(&global.module, &format!("{}.{name}", global.name), 4);
            let is_constant = name
                .chars()
                .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_');
            let is_class = matches!(global.standing, Standing::Class | Standing::SafeClass)
                || looks_like_class(&global.name);
            match (whole, judge_import(global.standing).tier) {
                (Standing::Safe(Rule::Code), _) => review.into(),
                (Standing::Safe(_), _) => Judgement::safe().into(),
                (Standing::Dangerous(_) | Standing::Shape(_, Some(_)), _) => danger.into(),
                (_, Tier::Safe | Tier::LibraryClass) if is_constant => {
                    Judgement::new(Tier::LibraryClass, Reason::KnownLibrary).into()
                }
                (_, Tier::Safe | Tier::LibraryClass | Tier::UnknownClass) if is_class => {
                    review.into()
                }
                _ => danger.into(),
            }
        }
        Value::Made(_) => review.into(),
        Value::Node(id) => match heap.node(id) {
            Node::Object {
                callee: Value::Global(maker),
                ..
            } => match heap.global_of(*maker) {
                Some(global) if judge_import(global.standing).tier <= Tier::UnknownClass => {
                    review.into()
                }
                _ => danger.into(),
            },
            _ => danger.into(),
        },
        _ => danger.into(),
    }
}

/// dill finishes the classes that it carries with `setattr(class, name, value)`.
fn judge_setattr(heap: &Heap<'_>, target: Option<Value>, name: Option<Value>) -> Judgement {
    let is_carried = match target {
        Some(Value::Node(id)) => match heap.node(id) {
            Node::Object {
                callee: Value::Global(maker),
                ..
            } => heap
                .global_of(*maker)
                .is_some_and(|global| crate::policy::makes_code(global.standing)),
            _ => false,
        },
        _ => false,
    };
    if is_carried && name.is_some_and(|it| heap.is_text(it)) {
        Judgement::new(Tier::UnknownClass, Reason::CodeObject)
    } else {
        Judgement::dangerous(Capability::AttributeAccess, Reason::Catalogued)
    }
}

fn judge_attrgetter(heap: &Heap<'_>, makes_only: bool, arguments: &Arguments) -> Judgement {
    let is_plain = |value: &Value| {
        heap.text(*value).is_some_and(|path| {
            is_dotted(&path)
                && path
                    .split('.')
                    .all(|part| !part.starts_with('_') && !code::is_sink(part))
                && !crate::policy::is_walked_module(path.split('.').next().unwrap_or_default())
        })
    };
    if !makes_only && arguments.complete && arguments.values.iter().all(is_plain) {
        Judgement::new(Tier::UnknownClass, Reason::Arguments)
    } else {
        Judgement::dangerous(Capability::AttributeAccess, Reason::Catalogued)
    }
}

/// `copyreg._reconstructor`: the class is made through the base, and the base's constructor sees the state.
fn judge_reconstructor(heap: &Heap<'_>, arguments: &Arguments) -> Outcome {
    let mut follow: Vec<Follow> = arguments
        .values
        .first()
        .map(|&class| Follow::New(class))
        .into_iter()
        .collect();
    if let (Some(&base), state) = (arguments.values.get(1), arguments.values.get(2))
        && !heap.is_global(base, "builtins", "object")
    {
        let values = state.copied().into_iter().collect();
        follow.push(Follow::Call(
            base,
            Arguments {
                values,
                complete: true,
            },
        ));
    }
    Outcome {
        judgement: Judgement::safe(),
        follow,
        is_code: false,
    }
}

fn judge_ufunc(heap: &Heap<'_>, module: Option<Value>, name: Option<Value>) -> Outcome {
    let text = |value: Option<Value>| value.and_then(|it| heap.text(it));
    let (Some(module), Some(name)) = (text(module), text(name)) else {
        return ARGUMENTS.into();
    };
    let is_numeric = matches!(module.split('.').next(), Some("numpy" | "scipy"));
    let judgement = judge_import(crate::policy::standing(&module, &name, 4));
    match judgement.tier {
        Tier::UnknownClass if is_numeric => {
            Judgement::new(Tier::LibraryClass, Reason::KnownLibrary).into()
        }
        Tier::UnknownClass => ARGUMENTS.into(),
        _ => judgement.into(),
    }
}

/// numpy's constructors take a name or a class first, and a constructor second, which they call with the first.
fn judge_generator(heap: &Heap<'_>, arguments: &Arguments) -> Outcome {
    let is_own = |value: Value| match value {
        Value::Global(id) => heap
            .global_of(id)
            .is_some_and(|global| matches!(global.standing, Standing::Safe(Rule::BitGenerator))),
        _ => false,
    };
    let mut follow = Vec::new();
    let first = arguments.values.first().copied();
    if let Some(constructor) = arguments.values.get(1).copied().filter(|&it| !is_own(it)) {
        let values = first.into_iter().collect();
        follow.push(Follow::Call(
            constructor,
            Arguments {
                values,
                complete: true,
            },
        ));
    } else if let Some(class @ (Value::Global(_) | Value::Node(_))) = first
        && !heap.is_text(class)
    {
        follow.push(Follow::Call(
            class,
            Arguments {
                values: Vec::new(),
                complete: true,
            },
        ));
    }
    Outcome {
        judgement: Judgement::safe(),
        follow,
        is_code: false,
    }
}

fn call_unpacked(heap: &Heap<'_>, callee: Option<Value>, arguments: Option<Value>) -> Vec<Follow> {
    let arguments = arguments.map_or_else(
        || Arguments {
            values: Vec::new(),
            complete: false,
        },
        |value| heap.arguments(value),
    );
    callee
        .map(|callee| Follow::Call(callee, arguments))
        .into_iter()
        .collect()
}

/// Catalogued callables often call, import or load what they are given: whatever can be called among the
/// arguments is taken as called, whatever holds bytes is looked into.
fn follow_dangerous(heap: &Heap<'_>, capability: Capability, arguments: &Arguments) -> Vec<Follow> {
    let mut follow = Vec::new();
    for (index, &value) in arguments.values.iter().take(8).enumerate() {
        let callable = matches!(value, Value::Global(_))
            || matches!(value, Value::Node(id) if matches!(heap.node(id), Node::Object { .. } | Node::Attribute { .. }));
        if callable && index == 0 && capability == Capability::CodeExecution {
            let values = arguments.values.get(1..).unwrap_or_default().to_vec();
            follow.push(Follow::Call(
                value,
                Arguments {
                    values,
                    complete: false,
                },
            ));
        }
        if matches!(value, Value::Literal(_) | Value::Node(_)) {
            follow.push(Follow::Load(value));
        }
    }
    follow
}
