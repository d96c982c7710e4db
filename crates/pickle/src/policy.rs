//! The five-tier policy of exact names: what is known about a name, before anything is known about its use.
//!
//! Approval is always by exact module and name, never by a prefix; only the catalogue of dangerous callables may
//! speak of whole modules. The names live in `policy/safe.txt` and `policy/dangerous.txt`, the rules for their
//! arguments in [`rules`].

pub(crate) mod rules;
mod table;

use crate::facts::{Capability, Reason, Tier};
use crate::names::{self, canonical, is_dotted, is_dunder, is_identifier, looks_like_class};
use crate::symbols::{self, GadgetKind, Symbol};
use table::Rule;

/// What is known about an imported name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In the catalogue.
    Dangerous(Capability),
    /// Its shape alone speaks against it; with a capability it is dangerous, without one an unknown call.
    Shape(Reason, Option<Capability>),
    /// Approved, with a rule for its arguments.
    Safe(Rule),
    /// Known to reach something dangerous when called with arguments, by analysis of the library.
    Gadget(Capability, Option<Symbol>),
    /// A class whose `__setstate__` reaches something dangerous, so that its state has to be looked at.
    StateGadget(Capability),
    /// A class of a well-known library.
    Class,
    /// A class of a well-known library whose constructor is proven harmless.
    SafeClass,
    /// A function of a well-known library, good as a value only.
    Function,
    /// A reconstructor that Cython generates; true for those of well-known libraries.
    Cython(bool),
    /// A TorchScript class, resolved by the archive's own code.
    TorchScript,
    /// Of the script that saved the object; true for what is named like a class.
    Main(bool),
    /// Nothing is known.
    Unknown,
}

/// An answer of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) tier: Tier,
    pub(crate) capability: Option<Capability>,
    pub(crate) reason: Reason,
}

impl Judgement {
    pub(crate) const fn new(tier: Tier, reason: Reason) -> Self {
        Self {
            tier,
            capability: None,
            reason,
        }
    }

    pub(crate) const fn dangerous(capability: Capability, reason: Reason) -> Self {
        Self {
            tier: Tier::Dangerous,
            capability: Some(capability),
            reason,
        }
    }

    pub(crate) const fn safe() -> Self {
        Self::new(Tier::Safe, Reason::Approved)
    }
}

/// Packages whose generated reconstructors are taken as known.
const CYTHON_PACKAGES: &[&str] = &[
    "blis",
    "catboost",
    "cupy",
    "cymem",
    "gensim",
    "h5py",
    "hdbscan",
    "implicit",
    "lightfm",
    "lxml",
    "murmurhash",
    "numpy",
    "pandas",
    "preshed",
    "pyarrow",
    "pyproj",
    "scipy",
    "shapely",
    "sklearn",
    "spacy",
    "srsly",
    "statsmodels",
    "surprise",
    "thinc",
];

/// Modules that are often reachable as an attribute of another module; as a value they open everything behind them.
const WALKED_MODULES: &[&str] = &[
    "asyncio",
    "atexit",
    "base64",
    "bdb",
    "builtins",
    "cloudpickle",
    "codecs",
    "codeop",
    "collections",
    "commands",
    "contextlib",
    "copyreg",
    "ctypes",
    "dill",
    "functools",
    "gc",
    "glob",
    "http",
    "imp",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "linecache",
    "logging",
    "marshal",
    "multiprocessing",
    "nt",
    "operator",
    "os",
    "pathlib",
    "pdb",
    "pickle",
    "pickletools",
    "pkgutil",
    "platform",
    "popen2",
    "posix",
    "posixpath",
    "ntpath",
    "pty",
    "pydoc",
    "requests",
    "runpy",
    "shlex",
    "shutil",
    "site",
    "socket",
    "socketserver",
    "ssl",
    "subprocess",
    "sys",
    "sysconfig",
    "tempfile",
    "thread",
    "threading",
    "tokenize",
    "traceback",
    "types",
    "urllib",
    "warnings",
    "weakref",
    "webbrowser",
    "zipfile",
    "zipimport",
    "ast",
    "bootstrap",
    "bootstrap_external",
    "frozen_importlib",
    "signal_module",
    "winreg",
];

/// What the policy knows about a name that is imported by a stream of `protocol`.
pub(crate) fn standing(module: &str, name: &str, protocol: u8) -> Standing {
    let standing = standing_as_spelled(module, name);
    if protocol < 3 || !matches!(standing, Standing::Unknown | Standing::Shape(_, None)) {
        return standing;
    }
    // Only Python 2 would find the old name, but an attack on Python 2 is one too.
    let (module, name) = names::python3(module, name);
    match standing_as_spelled(&module, &name) {
        renamed @ (Standing::Dangerous(_) | Standing::Shape(_, Some(_))) => renamed,
        _ => standing,
    }
}

fn standing_as_spelled(given: &str, name: &str) -> Standing {
    let module = &*canonical(given);
    if let Some(rule) = table::safe(module, name) {
        return Standing::Safe(rule);
    }
    if let Some(capability) = table::dangerous(module, name) {
        return Standing::Dangerous(capability);
    }
    if let Some(known) = cython(module, name) {
        return known;
    }
    let symbol = symbol(given, module, name);
    if let Some(capability) = table::dangerous_module(module)
        && symbol != Some(Symbol::SafeClass)
    {
        return Standing::Dangerous(capability);
    }
    let by_state = state_gadget(given, module, name);
    // The state of distributions is judged by its content, so that the class itself is one of many.
    let is_distribution =
        by_state == Some(Capability::CodeExecution) && module.starts_with("scipy.stats.");
    let symbol = symbol.or_else(|| is_distribution.then_some(Symbol::Class));
    if let Some(capability) = by_state.filter(|_| symbol.is_none()) {
        return Standing::StateGadget(capability);
    }
    if let Some(capability) = gadget(given, module, name) {
        return Standing::Gadget(capability, symbol);
    }
    match symbol {
        Some(Symbol::Class) => return Standing::Class,
        Some(Symbol::SafeClass) => return Standing::SafeClass,
        Some(Symbol::Function) => return Standing::Function,
        None => {}
    }
    if !is_dotted(given) || !is_dotted(name) {
        return odd(given, name);
    }
    if given == "__torch__" || given.starts_with("__torch__.") {
        return Standing::TorchScript;
    }
    if let Some((first, rest)) = name.split_once('.') {
        return walk(given, module, first, rest);
    }
    undotted(module, name)
}

/// Looks a name up as it is spelled, in canonical spelling, and where libraries have moved it.
fn symbol(given: &str, module: &str, name: &str) -> Option<Symbol> {
    let moved = || {
        names::moved(module)
            .into_iter()
            .find_map(|it| symbols::lookup(&it, name))
    };
    symbols::lookup(given, name)
        .or_else(|| symbols::lookup(module, name))
        .or_else(moved)
}

fn gadget(given: &str, module: &str, name: &str) -> Option<Capability> {
    symbols::gadget(given, name)
        .or_else(|| symbols::gadget(module, name))
        .map(capability)
}

fn state_gadget(given: &str, module: &str, name: &str) -> Option<Capability> {
    symbols::state_gadget(given, name)
        .or_else(|| symbols::state_gadget(module, name))
        .map(capability)
}

const fn capability(kind: GadgetKind) -> Capability {
    match kind {
        GadgetKind::CodeExecution => Capability::CodeExecution,
        GadgetKind::Process => Capability::Process,
        GadgetKind::NativeCode => Capability::NativeCode,
        GadgetKind::Deserialization => Capability::Deserialization,
        GadgetKind::Import => Capability::Import,
        GadgetKind::Network => Capability::Network,
        GadgetKind::FileAccess => Capability::FileRead,
    }
}

/// TorchScript types have brackets and dots in their names; everything else that is no identifier is odd.
fn odd(module: &str, name: &str) -> Standing {
    if module.starts_with("__torch__") {
        return Standing::TorchScript;
    }
    let capability = name
        .split(['.', ':', '/', ' '])
        .any(is_dunder)
        .then_some(Capability::AttributeAccess);
    Standing::Shape(Reason::OddName, capability)
}

/// Cython's `__pyx_unpickle_Class(class, checksum, state)` makes the class without its constructor.
fn cython(module: &str, name: &str) -> Option<Standing> {
    let class = name.strip_prefix("__pyx_unpickle_")?;
    let root = module.split('.').next().unwrap_or_default();
    let is_dangerous = table::dangerous_module(module).is_some();
    (is_identifier(class) && is_dotted(module) && !is_dangerous)
        .then(|| Standing::Cython(CYTHON_PACKAGES.contains(&root)))
}

fn undotted(module: &str, name: &str) -> Standing {
    if is_dunder(name) {
        return Standing::Shape(Reason::DunderName, Some(Capability::AttributeAccess));
    }
    let bare = name.trim_start_matches('_');
    if WALKED_MODULES.contains(&bare) {
        let capability = table::dangerous_module(bare).unwrap_or(Capability::AttributeAccess);
        return Standing::Shape(Reason::ModuleObject, Some(capability));
    }
    if module == "__main__" {
        return Standing::Main(looks_like_class(name));
    }
    let is_private = name.starts_with('_') && !looks_like_class(name);
    if is_private && table::is_stdlib(module) {
        return Standing::Shape(Reason::NotApproved, None);
    }
    Standing::Unknown
}

/// An attribute path: what is it once the walk is done?
fn walk(given: &str, module: &str, first: &str, rest: &str) -> Standing {
    let dangerous = |module: &str, name: &str| {
        table::dangerous(module, name)
            .or_else(|| table::dangerous_module(module))
            .or_else(|| gadget(module, module, name))
    };
    let mut owner = format!("{module}.{first}");
    let mut tail = rest;
    let mut link = first;
    loop {
        if let Some(capability) = dangerous(&owner, tail) {
            return Standing::Shape(Reason::DottedName, Some(capability));
        }
        let bare = link.trim_start_matches('_');
        if WALKED_MODULES.contains(&bare) {
            let capability = dangerous(bare, tail).unwrap_or(Capability::AttributeAccess);
            return Standing::Shape(Reason::DottedName, Some(capability));
        }
        if is_dunder(link) || is_dunder(tail) {
            return Standing::Shape(Reason::DottedName, Some(Capability::AttributeAccess));
        }
        let Some((next, behind)) = tail.split_once('.') else {
            break;
        };
        owner = format!("{owner}.{next}");
        link = next;
        tail = behind;
    }
    if WALKED_MODULES.contains(&tail.trim_start_matches('_')) {
        return Standing::Shape(Reason::ModuleObject, Some(Capability::AttributeAccess));
    }
    // `Outer.Inner` and `Outer.method` are how protocol 4 names nested classes and functions.
    match symbol(given, module, first) {
        Some(Symbol::Class | Symbol::SafeClass) => Standing::Function,
        _ if looks_like_class(first) => Standing::Unknown,
        _ => Standing::Shape(Reason::DottedName, None),
    }
}

/// The answer for a name that is imported and kept.
pub(crate) const fn judge_import(standing: Standing) -> Judgement {
    match standing {
        Standing::Dangerous(capability) => Judgement::dangerous(capability, Reason::Catalogued),
        Standing::Shape(reason, Some(capability)) => Judgement::dangerous(capability, reason),
        Standing::Shape(reason, None) => Judgement::new(Tier::UnknownCall, reason),
        Standing::Safe(rule) => match rule {
            Rule::Code | Rule::CreateType | Rule::LoadType | Rule::Subimport => {
                Judgement::new(Tier::UnknownClass, Reason::CodeObject)
            }
            Rule::AttrGetter => Judgement::new(Tier::UnknownClass, Reason::Arguments),
            Rule::GetAttr | Rule::SetAttr => {
                Judgement::dangerous(Capability::AttributeAccess, Reason::Catalogued)
            }
            _ => Judgement::safe(),
        },
        // Files and imports are within reach of much of what is honestly referred to.
        Standing::Gadget(Capability::FileRead | Capability::Import, Some(_))
        | Standing::Gadget(_, Some(Symbol::Class | Symbol::SafeClass)) => {
            Judgement::new(Tier::LibraryClass, Reason::KnownLibrary)
        }
        Standing::Gadget(capability, _) => Judgement {
            tier: Tier::UnknownCall,
            capability: Some(capability),
            reason: Reason::Catalogued,
        },
        Standing::Class
        | Standing::SafeClass
        | Standing::Function
        | Standing::Cython(true)
        | Standing::TorchScript => Judgement::new(Tier::LibraryClass, Reason::KnownLibrary),
        Standing::StateGadget(capability) => Judgement {
            tier: Tier::UnknownClass,
            capability: Some(capability),
            reason: Reason::Catalogued,
        },
        Standing::Main(_) => Judgement::new(Tier::UnknownClass, Reason::MainModule),
        Standing::Cython(false) | Standing::Unknown => {
            Judgement::new(Tier::UnknownClass, Reason::UnknownName)
        }
    }
}

/// Whether a name is that of a module that opens everything behind it.
pub(crate) fn is_walked_module(name: &str) -> bool {
    WALKED_MODULES.contains(&name.trim_start_matches('_'))
}

/// Whether a name stands in any of our tables.
pub(crate) fn is_known(module: &str, name: &str) -> bool {
    let (module, name) = names::python3(module, name);
    !matches!(
        standing(&module, &name, 2),
        Standing::Unknown | Standing::Main(_) | Standing::Cython(false)
    )
}

/// The standing of `types.CodeType` and its like when a serializer of functions names them by a call of its own; by
/// import only an attack names them.
pub(crate) const CARRIED_TYPE: Standing = Standing::Safe(Rule::Code);

/// Whether a callable returns an instance of the class that is its first argument.
pub(crate) const fn makes_instance(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Safe(Rule::Reconstructor | Rule::NewObj | Rule::NewFirst)
    )
}

/// Whether a callable makes functions or classes from what travels in the stream.
pub(crate) const fn makes_code(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Safe(Rule::Code | Rule::CreateType | Rule::LoadType | Rule::Subimport)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(module: &str, name: &str) -> Tier {
        judge_import(standing(module, name, 2)).tier
    }

    #[test]
    fn names_have_their_tiers() {
        for (module, name, expected) in [
            ("os", "system", Tier::Dangerous),
            ("posix", "system", Tier::Dangerous),
            ("_io", "FileIO", Tier::Dangerous),
            ("random", "_os", Tier::Dangerous),
            ("random", "_os.system", Tier::Dangerous),
            ("collections", "_sys.modules", Tier::Dangerous),
            ("torch", "serialization.os.system", Tier::Dangerous),
            ("torch", "serialization.load", Tier::Dangerous),
            ("numpy", "__builtins__", Tier::Dangerous),
            ("foo", "Bar.__init__.__globals__", Tier::Dangerous),
            ("foo", "bar.baz", Tier::UnknownCall),
            ("foo", "bar baz", Tier::UnknownCall),
            ("heapq", "_private_thing", Tier::UnknownCall),
            ("foo", "Bar", Tier::UnknownClass),
            ("foo", "Outer.Inner", Tier::UnknownClass),
            ("__main__", "Net", Tier::UnknownClass),
            ("foo.bar", "__pyx_unpickle_Thing", Tier::UnknownClass),
            (
                "sklearn._loss._loss",
                "__pyx_unpickle_CyThing",
                Tier::LibraryClass,
            ),
            ("__torch__.torch.nn", "Module", Tier::LibraryClass),
            ("collections", "OrderedDict", Tier::Safe),
            ("numpy.core.multiarray", "_reconstruct", Tier::Safe),
            ("numpy._core.multiarray", "_reconstruct", Tier::Safe),
            ("builtins", "len", Tier::Safe),
        ] {
            assert_eq!(tier(module, name), expected, "{module} {name}");
        }
    }

    #[test]
    fn python_2_names_are_seen_through_in_later_protocols_too() {
        assert_eq!(
            judge_import(standing("commands", "getoutput", 4)).tier,
            Tier::Dangerous
        );
        assert_eq!(
            judge_import(standing("__builtin__", "eval", 5)).tier,
            Tier::Dangerous
        );
    }
}
