//! Symbolic values as short text, the way Python would write the call.

use std::fmt::Write as _;

use chainwright_core::text::visible;

use crate::value::{Arguments, Container, Heap, Node, Value};

/// LIMIT: characters of rendered arguments.
pub(crate) const RENDERED: usize = 300;
const DEPTH: u8 = 4;
const TEXT: usize = 120;

/// Arguments in parentheses.
pub(crate) fn arguments(heap: &Heap<'_>, arguments: &Arguments) -> String {
    let mut out = String::from("(");
    list(heap, &arguments.values, arguments.complete, DEPTH, &mut out);
    out.push(')');
    cut(&out)
}

/// One value.
pub(crate) fn value(heap: &Heap<'_>, shown: Value) -> String {
    let mut out = String::new();
    write_value(heap, shown, DEPTH, &mut out);
    cut(&out)
}

fn cut(text: &str) -> String {
    visible(text, RENDERED.saturating_sub(1))
}

fn list(heap: &Heap<'_>, values: &[Value], complete: bool, depth: u8, out: &mut String) {
    for (index, &value) in values.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if out.len() > RENDERED.saturating_mul(2) {
            out.push('…');
            return;
        }
        write_value(heap, value, depth, out);
    }
    if !complete {
        out.push_str(if values.is_empty() { "…" } else { ", …" });
    }
}

fn write_value(heap: &Heap<'_>, value: Value, depth: u8, out: &mut String) {
    if out.len() > RENDERED.saturating_mul(2) {
        return;
    }
    match value {
        Value::Unknown => out.push('?'),
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Number => out.push_str("<number>"),
        Value::Data => out.push_str("<data>"),
        Value::EmptyTuple => out.push_str("()"),
        Value::Supplied => out.push_str("<storage>"),
        Value::Literal(literal) => {
            let prefix = if literal.coding.is_text() { "" } else { "b" };
            let start = literal.start(heap.source(), TEXT);
            let _ = write!(out, "{prefix}'{}'", visible(&start, TEXT));
            if literal.span.length > u64::try_from(TEXT).unwrap_or_default() {
                let _ = write!(out, "… ({} bytes)", literal.span.length);
            }
        }
        Value::Global(id) => {
            if let Some(global) = heap.global_of(id) {
                let _ = write!(
                    out,
                    "{}.{}",
                    visible(&global.module, TEXT),
                    visible(&global.name, TEXT)
                );
            }
        }
        Value::Made(id) => {
            if let Some(global) = heap.global_of(id) {
                let _ = write!(out, "<{}>", visible(&global.name, TEXT));
            }
        }
        Value::Node(_) if depth == 0 => out.push('…'),
        Value::Node(id) => write_node(heap, heap.node(id), depth.saturating_sub(1), out),
    }
}

fn write_node(heap: &Heap<'_>, node: &Node, depth: u8, out: &mut String) {
    match node {
        Node::Free => out.push('?'),
        Node::Items { kind, items, count } => {
            let (open, close) = match kind {
                Container::Tuple => ("(", ")"),
                Container::List => ("[", "]"),
                Container::Set => ("{", "}"),
                Container::FrozenSet => ("frozenset({", "})"),
            };
            out.push_str(open);
            let complete = u64::try_from(items.len()).is_ok_and(|kept| kept == *count);
            list(heap, items, complete, depth, out);
            out.push_str(close);
        }
        Node::Pairs { pairs, .. } => {
            out.push('{');
            for (index, &(key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                if out.len() > RENDERED.saturating_mul(2) {
                    out.push('…');
                    break;
                }
                write_value(heap, key, depth, out);
                out.push_str(": ");
                write_value(heap, value, depth, out);
            }
            out.push('}');
        }
        Node::Object {
            callee,
            arguments,
            complete,
            ..
        } => {
            write_value(heap, *callee, depth, out);
            out.push('(');
            list(heap, arguments, *complete, depth, out);
            out.push(')');
        }
        Node::Attribute { base, name } => {
            write_value(heap, *base, depth, out);
            let _ = write!(out, ".{}", visible(name, TEXT));
        }
        Node::Module(name) => {
            let _ = write!(out, "<module {}>", visible(name, TEXT));
        }
        Node::Text(text) => {
            let _ = write!(out, "'{}'", visible(text, TEXT));
        }
        Node::Bytes(bytes) => {
            let text: String = bytes.iter().take(TEXT).copied().map(char::from).collect();
            let _ = write!(out, "b'{}'", visible(&text, TEXT));
        }
        Node::Dtype { .. } => out.push_str("<dtype>"),
    }
}
