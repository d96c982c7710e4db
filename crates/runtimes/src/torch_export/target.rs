//! The targets of nodes: what the exporter writes, and what it never would.

use chainwright_core::catalogue::Catalogue;

/// What to think of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An operator of PyTorch.
    Known,
    /// An operator of some other library.
    Custom,
    /// A function that no exporter writes.
    Unknown,
    /// A function that is known to be dangerous.
    Dangerous,
}

/// Namespaces that PyTorch, its companions and its quantisers register under `torch.ops`.
const NAMESPACES: &[&str] = &[
    "_c10d_functional",
    "_c10d_functional_autograd",
    "_inductor_test",
    "_nested",
    "_quantized",
    "_test",
    "aten",
    "bitsandbytes",
    "c10d",
    "c10d_functional",
    "comfy_kitchen",
    "debugprims",
    "export",
    "fbgemm",
    "flash_attn",
    "higher_order",
    "inductor",
    "llama",
    "mkl",
    "mkldnn",
    "onednn",
    "onnx",
    "onnx_symbolic",
    "prepacked",
    "prim",
    "prims",
    "profiler",
    "quantized",
    "quantized_decomposed",
    "rngprims",
    "sparse",
    "streams",
    "tensorrt",
    "torch_attn",
    "torchao",
    "torchaudio",
    "torchvision",
    "transformers",
    "triton",
    "vllm",
    "xformers",
];

/// Functions outside `torch.ops` that the exporter writes.
const FUNCTIONS: &[&str] = &[
    "_C._set_grad_enabled",
    "_check",
    "_check_is_size",
    "_assert",
    "_assert_async",
    "_check_with",
    "_C._functorch._add_batch_dim",
    "_C._functorch._remove_batch_dim",
    "_C._functorch._vmap_decrement_nesting",
    "_C._functorch._vmap_increment_nesting",
    "_functorch.predispatch._add_batch_dim",
    "_functorch.predispatch._remove_batch_dim",
    "_functorch.predispatch._vmap_decrement_nesting",
    "_functorch.predispatch._vmap_increment_nesting",
    "_functorch.predispatch.lazy_load_decompositions",
    "amp.autocast_mode._enter_autocast",
    "amp.autocast_mode._exit_autocast",
    "sym_float",
    "sym_fresh_size",
    "sym_int",
    "sym_ite",
    "sym_max",
    "sym_min",
    "sym_not",
    "sym_sqrt",
    "sym_sum",
];

/// Starts of paths below `torch` that only hold operators over sizes and higher-order operators.
const PACKAGES: &[&str] = &["_higher_order_ops", "_sym_"];

/// Top-level modules of Python's standard library.
const STANDARD: &str = include_str!("../../../keras/data/standard.txt");

/// Members of `operator` that compute; the rest (`attrgetter`, `methodcaller`, `call` …) reach anything.
const OPERATORS: &[&str] = &[
    "abs",
    "add",
    "and_",
    "contains",
    "eq",
    "floordiv",
    "ge",
    "getitem",
    "gt",
    "iadd",
    "iand",
    "ifloordiv",
    "imod",
    "imul",
    "index",
    "inv",
    "invert",
    "ior",
    "isub",
    "itruediv",
    "is_",
    "is_not",
    "le",
    "lshift",
    "lt",
    "matmul",
    "mod",
    "mul",
    "ne",
    "neg",
    "not_",
    "or_",
    "pos",
    "pow",
    "rshift",
    "sub",
    "truediv",
    "truth",
    "xor",
];

/// Words on the way that lead to commands, code or files.
const DANGEROUS: &[&str] = &[
    "builtins",
    "call",
    "code",
    "compile",
    "ctypes",
    "dlopen",
    "eval",
    "exec",
    "execve",
    "fork",
    "hub",
    "import_module",
    "importlib",
    "inspect",
    "io",
    "load",
    "load_library",
    "marshal",
    "methodcaller",
    "attrgetter",
    "open",
    "os",
    "package",
    "pickle",
    "popen",
    "Popen",
    "posix",
    "run",
    "runpy",
    "save",
    "shutil",
    "socket",
    "spawn",
    "subprocess",
    "sys",
    "system",
    "urllib",
    "cpp_extension",
    "load_inline",
    "__builtins__",
    "__globals__",
    "__import__",
    "__reduce__",
    "__subclasses__",
    "_utils_internal",
    "tempfile",
    "pathlib",
    "multiprocessing",
    "threading",
    "platform",
    "warnings",
    "modules",
    "getattr",
    "setattr",
    "from_file",
];

/// Judges one target.
pub(super) fn judge(target: &str, catalogue: Catalogue) -> Verdict {
    let (root, rest) = target.split_once('.').unwrap_or((target, ""));
    match root {
        "torch" => torch(rest, catalogue),
        "_operator" => list(rest, OPERATORS, catalogue),
        "math" if !rest.is_empty() && !rest.contains('.') => Verdict::Known,
        _ if target.starts_with('#') => Verdict::Custom,
        // Everything else stays a text: it names nothing that could be called.
        _ if !root.starts_with("torch")
            && !root.starts_with("math")
            && !root.starts_with("_operator") =>
        {
            Verdict::Custom
        }
        _ => walk(rest, catalogue),
    }
}

fn torch(rest: &str, catalogue: Catalogue) -> Verdict {
    if let Some(operator) = rest.strip_prefix("ops.") {
        let mut steps = operator.split('.');
        let namespace = steps.next().unwrap_or_default();
        let name = steps.next().unwrap_or_default();
        let is_plain = operator.split('.').count() <= 3 && !has_dunder_walk(operator);
        return match () {
            () if namespace == "load_library" || name == "from_file" => {
                if catalogue.has("torch-export") {
                    Verdict::Dangerous
                } else {
                    Verdict::Unknown
                }
            }
            () if !is_plain => walk(operator, catalogue),
            () if NAMESPACES.contains(&namespace) => Verdict::Known,
            () => Verdict::Custom,
        };
    }
    let is_function = FUNCTIONS.contains(&rest);
    // A module that such a package imports is no part of it: `os` stays the standard library's.
    let is_foreign = |step: &str| STANDARD.lines().any(|module| module == step);
    let is_package = PACKAGES.iter().any(|package| rest.starts_with(package))
        && rest.split('.').count() <= 3
        && !rest.split('.').any(is_foreign);
    if is_function
        || is_package && walk(rest, catalogue) != Verdict::Dangerous && !has_dunder_walk(rest)
    {
        return Verdict::Known;
    }
    walk(rest, catalogue)
}

/// Operators such as `__and__` exist; a walk through `__globals__` has more steps or other names.
fn has_dunder_walk(path: &str) -> bool {
    const OPERATORS: &[&str] = &[
        "__and__",
        "__or__",
        "__xor__",
        "__lshift__",
        "__rshift__",
        "__iand__",
        "__ior__",
        "__ixor__",
        "__ilshift__",
        "__irshift__",
        "__contains__",
        "__range_length",
        "__derive_index",
        "__is__",
        "__isnot__",
        "__not__",
        "__getitem__",
        "__upcast",
        "__interpolate",
    ];
    path.split('.')
        .any(|step| step.starts_with("__") && !OPERATORS.contains(&step))
}

fn list(name: &str, known: &[&str], catalogue: Catalogue) -> Verdict {
    if known.contains(&name) {
        Verdict::Known
    } else {
        walk(name, catalogue)
    }
}

fn walk(path: &str, catalogue: Catalogue) -> Verdict {
    let is_dangerous =
        catalogue.has("torch-export") && path.split('.').any(|step| DANGEROUS.contains(&step));
    if is_dangerous || has_dunder_walk(path) {
        Verdict::Dangerous
    } else {
        Verdict::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_held_against_what_the_exporter_writes() {
        for (target, expected) in [
            ("torch.ops.aten.add.Tensor", Verdict::Known),
            ("torch.ops.aten.__and__.Tensor", Verdict::Known),
            ("torch.ops.higher_order.cond", Verdict::Known),
            ("torch.sym_max", Verdict::Known),
            ("_operator.floordiv", Verdict::Known),
            ("math.ceil", Verdict::Known),
            (
                "torch._higher_order_ops.wrap.wrap_with_set_grad_enabled",
                Verdict::Known,
            ),
            ("torch.ops.mylib.fused.default", Verdict::Custom),
            ("torch.ops.load_library", Verdict::Dangerous),
            ("torch.ops.aten.from_file.default", Verdict::Dangerous),
            ("torch.os.system", Verdict::Dangerous),
            ("torch.load", Verdict::Dangerous),
            ("torch.hub.load", Verdict::Dangerous),
            ("_operator.methodcaller", Verdict::Dangerous),
            ("torch.nn.functional.relu", Verdict::Unknown),
            ("torch._higher_order_ops.os.system", Verdict::Dangerous),
            ("torch.fx.graph_module.__builtins__", Verdict::Dangerous),
            ("torch.textwrap.dedent", Verdict::Unknown),
            ("mathx.os.system", Verdict::Dangerous),
        ] {
            assert_eq!(judge(target, Catalogue::default()), expected, "{target}");
        }
    }
}
