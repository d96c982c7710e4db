//! Python code that travels in a stream: which names does it use?
//!
//! The names and constants of a code object are arguments of the call that rebuilds it. No bytecode is decoded.

use crate::value::{Heap, Node, Value};

/// Names that a function of data has no use for.
const SINKS: &[&str] = &[
    "CDLL",
    "Popen",
    "__builtins__",
    "__globals__",
    "__import__",
    "__subclasses__",
    "check_call",
    "check_output",
    "create_connection",
    "ctypes",
    "eval",
    "exec",
    "execfile",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "fork",
    "forkpty",
    "getoutput",
    "getstatusoutput",
    "import_module",
    "marshal",
    "popen",
    "posix_spawn",
    "pty",
    "rmtree",
    "runpy",
    "socket",
    "spawn",
    "spawnl",
    "spawnlp",
    "spawnv",
    "spawnve",
    "spawnvp",
    "startfile",
    "subprocess",
    "system",
    "unlink",
    "urlopen",
    "urlretrieve",
    "b64decode",
    "requests",
    "urllib",
];

/// Modules whose import by a serialized function is an alarm.
const SINK_MODULES: &[&str] = &[
    "builtins",
    "code",
    "commands",
    "ctypes",
    "ftplib",
    "http",
    "importlib",
    "marshal",
    "nt",
    "paramiko",
    "pickle",
    "posix",
    "pty",
    "requests",
    "runpy",
    "shutil",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "telnetlib",
    "urllib",
    "webbrowser",
];

/// The first dangerous name among the names and constants of a code object.
pub(crate) fn sink(heap: &Heap<'_>, arguments: &[Value]) -> Option<String> {
    let mut steps = 4000_u32;
    arguments
        .iter()
        .find_map(|&value| sink_in(heap, value, 6, &mut steps))
}

/// Whether a name is one that functions of data have no use for.
pub(crate) fn is_sink(name: &str) -> bool {
    SINKS.contains(&name)
}

/// Whether a module is one that functions of data have no use for.
pub(crate) fn is_sink_module(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or_default();
    SINK_MODULES.contains(&root)
}

/// The first dangerous name in raw marshalled code: names stand in it as plain text behind their length.
pub(crate) fn sink_in_bytes(bytes: &[u8]) -> Option<&'static str> {
    SINKS.iter().copied().find(|name| {
        bytes
            .windows(name.len().saturating_add(1))
            .any(|window| match window {
                [length, rest @ ..] => {
                    usize::from(*length) == name.len() && rest == name.as_bytes()
                }
                [] => false,
            })
    })
}

fn sink_in(heap: &Heap<'_>, value: Value, depth: u8, steps: &mut u32) -> Option<String> {
    *steps = steps.checked_sub(1)?;
    match value {
        Value::Literal(literal) if literal.coding.is_text() && literal.span.length <= 64 => heap
            .text(value)
            .filter(|text| SINKS.contains(&text.as_str())),
        Value::Node(id) if depth > 0 => {
            let depth = depth.saturating_sub(1);
            match heap.node(id) {
                Node::Items { items, .. } => {
                    items.iter().find_map(|&it| sink_in(heap, it, depth, steps))
                }
                Node::Object { arguments, .. } => arguments
                    .iter()
                    .find_map(|&it| sink_in(heap, it, depth, steps)),
                _ => None,
            }
        }
        _ => None,
    }
}
