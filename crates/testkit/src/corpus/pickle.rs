//! Pickles: gadgets by origin, tricks with opcodes and streams, payloads in payloads, and honest look-alikes.
//!
//! Classes follow the published bypass tables of picklescan, fickling and modelscan. Payloads are inert: `echo`, `id`, files
//! below `/tmp/example`, hosts below `example.invalid`.

mod benign;
mod code;
mod gadgets;
mod library_gadgets;
mod names;
mod nested;
mod state;
mod streams;
mod tricks;

use super::{Case, Label};
use crate::pickle::{Py, call, dumps, text};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        benign::cases(),
        code::cases(),
        gadgets::cases(),
        library_gadgets::cases(),
        names::cases(),
        nested::cases(),
        state::cases(),
        streams::cases(),
        tricks::cases(),
    ]
    .concat()
}

/// A malicious case in one file.
fn malicious(class: &'static str, name: impl Into<String>, bytes: Vec<u8>) -> Case {
    Case::single(class, name, Label::Malicious, "model.pkl", bytes)
}

/// A benign case in one file.
fn benign(class: &'static str, name: impl Into<String>, bytes: Vec<u8>) -> Case {
    Case::single(class, name, Label::Benign, "model.pkl", bytes)
}

/// One call of a gadget, hidden as the value of an innocent-looking key.
fn gadget(class: &'static str, protocol: u8, module: &str, name: &str, arguments: Vec<Py>) -> Case {
    let payload = call(module, name, arguments);
    let value = Py::Dict(vec![
        (text("weights"), Py::List(vec![Py::Float(0.5)])),
        (text("config"), payload),
    ]);
    malicious(class, case_name(module, name), dumps(protocol, &value))
}

/// `module.Name_x` as a kebab-case name.
fn case_name(module: &str, name: &str) -> String {
    let prefix = if module.starts_with('_') {
        "private-"
    } else {
        ""
    };
    let raw = format!("{prefix}{module}-{name}").to_lowercase();
    let mut out = String::new();
    for part in raw
        .split(|it: char| !it.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
    {
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(part);
    }
    out
}

/// Arguments that fit most gadgets of a kind.
#[derive(Clone, Copy)]
enum With {
    /// A shell command.
    Command,
    /// Python source.
    Source,
    /// A path.
    Path,
    /// A URL.
    Url,
    /// A module name.
    Module,
    /// Bytes of a pickle.
    Payload,
    /// Nothing.
    Nothing,
}

impl With {
    fn arguments(self) -> Vec<Py> {
        match self {
            Self::Command => vec![text("echo example")],
            Self::Source => vec![text("print('example')")],
            Self::Path => vec![text("/tmp/example/file")],
            Self::Url => vec![text("http://example.invalid/x")],
            Self::Module => vec![text("os")],
            Self::Payload => vec![Py::Bytes(dumps(
                2,
                &call("os", "system", vec![text("echo nested")]),
            ))],
            Self::Nothing => Vec::new(),
        }
    }
}

/// One case for each row.
fn table(class: &'static str, rows: &[(&str, &str, With)]) -> Vec<Case> {
    rows.iter()
        .enumerate()
        .map(|(index, (module, name, with))| {
            let protocol = [2, 4, 3, 0, 5, 1].get(index % 6).copied().unwrap_or(2);
            gadget(class, protocol, module, name, with.arguments())
        })
        .collect()
}
