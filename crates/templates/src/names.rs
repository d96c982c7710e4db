//! Names that matter: interpreter internals, things that run code, and what honest chat templates use.
//!
//! The allow-lists follow the environment that transformers, vLLM and llama.cpp render chat templates in: Jinja2's
//! `ImmutableSandboxedEnvironment` with `raise_exception`, `strftime_now` and `tojson`.

/// What reaching an attribute of a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeRisk {
    /// A key or method like any other.
    None,
    /// `__class__` and its kin.
    Dunder,
    /// One leading underscore: the sandbox refuses it.
    Underscored,
    /// Frames, code objects and parts of the engine.
    Internal,
}

/// Judges the name of an attribute.
pub(crate) fn attribute_risk(name: &str) -> AttributeRisk {
    if name.starts_with("__") && name.len() > 2 {
        return AttributeRisk::Dunder;
    }
    if INTERNALS.contains(&name) {
        return AttributeRisk::Internal;
    }
    if name.starts_with('_') && name.len() > 1 {
        return AttributeRisk::Underscored;
    }
    AttributeRisk::None
}

/// Attributes of functions, generators, frames, code objects and Jinja2 objects that lead out of a sandbox. The
/// first group is what Jinja2's own sandbox lists as unsafe.
const INTERNALS: &[&str] = &[
    "gi_frame",
    "gi_code",
    "gi_yieldfrom",
    "cr_frame",
    "cr_code",
    "cr_await",
    "cr_origin",
    "ag_frame",
    "ag_code",
    "ag_await",
    "tb_frame",
    "tb_next",
    "tb_lasti",
    "f_globals",
    "f_locals",
    "f_builtins",
    "f_back",
    "f_code",
    "f_trace",
    "func_globals",
    "func_code",
    "func_closure",
    "func_defaults",
    "func_dict",
    "im_func",
    "im_self",
    "im_class",
    "co_code",
    "co_consts",
    "co_names",
    "co_varnames",
    "mro",
    "eval_ctx",
    "exported_vars",
    "get_or_select_template",
    "overlay",
    "from_string",
    "compile_expression",
    "block_start_string",
    "call_macro",
    "root_render_func",
    "blueprint_setup",
    "jinja_env",
    "jinja_loader",
    "_TemplateReference__context",
    "_module",
    "_get_default_module",
    "_get_default_module_async",
    "_body_stream",
    "_get_current_object",
    "_fail_with_undefined_error",
];

/// Functions that run programs or code, or load what does, whatever object they hang on.
pub(crate) fn runs_code(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "popen",
        "Popen",
        "system",
        "check_output",
        "check_call",
        "getoutput",
        "getstatusoutput",
        "execve",
        "execv",
        "execl",
        "execlp",
        "execvp",
        "spawnl",
        "spawnlp",
        "spawnv",
        "posix_spawn",
        "eval",
        "exec",
        "execfile",
        "import_module",
        "load_module",
        "exec_module",
        "load_source",
        "run_path",
        "run_module",
        "runcode",
        "runsource",
        "import_string",
        "startfile",
        "fork",
        "forkpty",
        "os_system",
        "literal_eval",
        "set_trace",
    ];
    NAMES.contains(&name)
}

/// Built-in functions that no chat template gets or needs; calling one only works outside a sandbox.
pub(crate) fn is_builtin_gadget(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "eval",
        "exec",
        "compile",
        "open",
        "getattr",
        "setattr",
        "delattr",
        "globals",
        "locals",
        "vars",
        "dir",
        "breakpoint",
        "input",
        "memoryview",
        "classmethod",
        "super_getattr",
        "execfile",
        "file",
        "reload",
        "help",
        "exit",
        "quit",
    ];
    NAMES.contains(&name) || name.starts_with("__")
}

/// Functions every Jinja2 environment or chat renderer offers.
pub(crate) fn is_engine_function(name: &str) -> bool {
    matches!(
        name,
        "range"
            | "dict"
            | "namespace"
            | "cycler"
            | "joiner"
            | "lipsum"
            | "raise_exception"
            | "strftime_now"
            | "strftime"
            | "tojson"
            | "url_for"
            | "get_flashed_messages"
            | "super"
            | "caller"
            | "_"
            | "gettext"
            | "ngettext"
    )
}

/// Objects of web frameworks and of the interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// No foreign object.
    None,
    /// Ordinary in web pages.
    Web,
    /// A module of the interpreter.
    Module,
}

/// Judges a variable that the template does not set itself.
pub(crate) fn foreign(name: &str) -> Foreign {
    match name {
        "request"
        | "config"
        | "session"
        | "g"
        | "current_app"
        | "url_for"
        | "get_flashed_messages"
        | "handler"
        | "settings"
        | "environ"
        | "app" => Foreign::Web,
        "os" | "sys" | "subprocess" | "builtins" | "importlib" | "commands" | "shutil"
        | "socket" | "pickle" | "ctypes" | "__builtins__" | "__import__" => Foreign::Module,
        _ => Foreign::None,
    }
}

/// Filters of Jinja2 and of chat renderers that honest chat templates use.
pub(crate) fn is_usual_filter(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "abs",
        "batch",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "e",
        "escape",
        "first",
        "float",
        "format",
        "from_json",
        "groupby",
        "indent",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "safe",
        "select",
        "selectattr",
        "slice",
        "sort",
        "string",
        "striptags",
        "sum",
        "title",
        "tojson",
        "trim",
        "truncate",
        "unique",
        "upper",
        "urlencode",
        "wordcount",
        "wordwrap",
        "indent_except_first",
        "keys",
        "values",
        "center",
        "trim_start",
    ];
    NAMES.contains(&name)
}

/// Tests of Jinja2.
pub(crate) fn is_usual_test(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "boolean",
        "callable",
        "defined",
        "divisibleby",
        "eq",
        "equalto",
        "escaped",
        "even",
        "false",
        "filter",
        "float",
        "ge",
        "gt",
        "greaterthan",
        "in",
        "integer",
        "iterable",
        "le",
        "lessthan",
        "lower",
        "lt",
        "mapping",
        "ne",
        "none",
        "number",
        "odd",
        "sameas",
        "sequence",
        "string",
        "test",
        "true",
        "undefined",
        "upper",
        "startswith",
        "endswith",
        "contains",
        "match",
        "search",
        "list",
    ];
    NAMES.contains(&name)
}

/// Methods of strings, lists and dictionaries that honest chat templates call.
pub(crate) fn is_usual_method(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "append",
        "capitalize",
        "copy",
        "count",
        "endswith",
        "extend",
        "find",
        "fromkeys",
        "get",
        "index",
        "insert",
        "isalnum",
        "isalpha",
        "isdigit",
        "islower",
        "isnumeric",
        "isspace",
        "isupper",
        "items",
        "join",
        "keys",
        "ljust",
        "lower",
        "lstrip",
        "partition",
        "pop",
        "remove",
        "removeprefix",
        "removesuffix",
        "replace",
        "reverse",
        "rfind",
        "rindex",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "sort",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "strftime",
        "title",
        "update",
        "upper",
        "values",
        "zfill",
        "format",
    ];
    NAMES.contains(&name)
}

/// Interpreter internals that occur in a literal; nobody writes them to a prompt from inside an expression.
pub(crate) fn gadget_in(text: &str) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "__class__",
        "__globals__",
        "__builtins__",
        "__import__",
        "__subclasses__",
        "__mro__",
        "__base__",
        "__bases__",
        "__getattribute__",
        "__getattr__",
        "__init__",
        "__dict__",
        "__code__",
        "__loader__",
        "__reduce__",
        "__func__",
        "__self__",
        "__module__",
        "__call__",
        "_TemplateReference__context",
        "func_globals",
        "f_globals",
        "gi_frame",
        "f_builtins",
    ];
    if !text.contains('_') {
        return None;
    }
    NAMES.iter().copied().find(|name| text.contains(name))
}
