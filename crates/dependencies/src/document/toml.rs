//! TOML 1.1 from the events of `toml_parser`, which keep order, place and everything around an error.
//!
//! The reader forgives what a validator would not: a key defined twice keeps both values, the later one counts.

mod plain;

use std::borrow::Cow;
use std::collections::HashMap;

use chainwright_core::problem::{Problem, ProblemKind};
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, ParseError, Source, Span};

use super::{LineCounter, MAX_DEPTH, MAX_NODES, Node, Parsed, Value, note};

/// LIMIT: tokens of one document; the parser wants them in one list of 24 bytes each.
const MAX_TOKENS: usize = 2_500_000;

/// Reads one document.
pub(crate) fn parse(text: &str) -> Parsed<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut receiver = Receiver::new(text);
    match plain::read(text, &mut receiver) {
        Some(()) => receiver.finish(),
        None => parse_all(text),
    }
}

/// Reads one document with the whole grammar.
fn parse_all(text: &str) -> Parsed<'_> {
    let source = Source::new(text);
    let tokens: Vec<_> = source.lex().take(MAX_TOKENS).collect();
    let mut receiver = Receiver::new(text);
    if tokens.len() == MAX_TOKENS {
        let detail = "too many tokens; the rest was not read".to_owned();
        note(&mut receiver.problems, ProblemKind::LimitReached, 1, detail);
    }
    let mut errors = Errors::default();
    parse_document(&tokens, &mut receiver, &mut errors);
    drop(tokens);
    let mut lines = LineCounter::new(text);
    for (offset, detail) in errors.kept {
        let line = lines.line_at(offset);
        note(&mut receiver.problems, ProblemKind::Malformed, line, detail);
    }
    receiver.finish()
}

/// The first errors of the parser, with their places.
#[derive(Default)]
struct Errors {
    kept: Vec<(usize, String)>,
}

impl ErrorSink for Errors {
    fn report_error(&mut self, error: ParseError) {
        if self.kept.len() < 4 {
            let span = error.unexpected().or(error.context());
            let detail = format!("no valid TOML: {}", error.description());
            self.kept
                .push((span.map_or(0, |span| span.start()), detail));
        }
    }
}

/// What a key of a table leads to.
enum Child<'a> {
    Leaf(Node<'a>),
    Table(usize),
    /// `[[name]]`: one table for each header.
    Tables(Vec<usize>),
}

struct Table<'a> {
    line: u32,
    children: Vec<(Cow<'a, str>, Child<'a>)>,
}

/// Which value is being put together.
enum Open<'a> {
    List(Vec<Node<'a>>, u32),
    /// Entries, path of the key that waits for its value, line.
    Inline(Vec<(Cow<'a, str>, Node<'a>)>, Vec<Cow<'a, str>>, u32),
}

struct Receiver<'a> {
    source: Source<'a>,
    lines: LineCounter<'a>,
    tables: Vec<Table<'a>>,
    /// Where a key of a table stands among its children, for tables only.
    known: HashMap<(usize, Cow<'a, str>), usize>,
    current: usize,
    in_header: bool,
    path: Vec<Cow<'a, str>>,
    open: Vec<Open<'a>>,
    nodes: usize,
    full: bool,
    problems: Vec<Problem>,
}

impl<'a> Receiver<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            source: Source::new(text),
            lines: LineCounter::new(text),
            tables: vec![Table {
                line: 1,
                children: Vec::new(),
            }],
            known: HashMap::new(),
            current: 0,
            in_header: false,
            path: Vec::new(),
            open: Vec::new(),
            nodes: 0,
            full: false,
            problems: Vec::new(),
        }
    }

    fn line(&mut self, span: Span) -> u32 {
        self.lines.line_at(span.start())
    }

    fn count(&mut self, line: u32) {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES && !self.full {
            self.full = true;
            let detail = "too many values; the rest was not read".to_owned();
            note(&mut self.problems, ProblemKind::LimitReached, line, detail);
        }
    }

    /// The table behind a key of a table; made if there is none.
    fn enter(&mut self, parent: usize, key: Cow<'a, str>, line: u32) -> usize {
        let slot = self.known.get(&(parent, key.clone())).copied();
        let child = slot.and_then(|slot| self.tables.get(parent)?.children.get(slot));
        match child {
            Some((_, Child::Table(table))) => return *table,
            Some((_, Child::Tables(all))) => return all.last().copied().unwrap_or(0),
            Some((_, Child::Leaf(_))) | None => {}
        }
        let table = self.new_table(line);
        self.attach(parent, key, Child::Table(table));
        table
    }

    fn new_table(&mut self, line: u32) -> usize {
        self.count(line);
        self.tables.push(Table {
            line,
            children: Vec::new(),
        });
        self.tables.len().saturating_sub(1)
    }

    fn attach(&mut self, parent: usize, key: Cow<'a, str>, child: Child<'a>) {
        let Some(table) = self.tables.get_mut(parent) else {
            return;
        };
        if !matches!(child, Child::Leaf(_)) {
            self.known
                .insert((parent, key.clone()), table.children.len());
        }
        table.children.push((key, child));
    }

    /// Goes to the table that a header names.
    fn header(&mut self, is_array: bool, line: u32) {
        self.in_header = false;
        let mut path = std::mem::take(&mut self.path);
        let Some(last) = path.pop() else { return };
        if self.full || path.len() > MAX_DEPTH {
            return;
        }
        let mut table = 0;
        for key in path {
            table = self.enter(table, key, line);
        }
        if !is_array {
            self.current = self.enter(table, last, line);
            return;
        }
        let element = self.new_table(line);
        let slot = self.known.get(&(table, last.clone())).copied();
        let parent = self.tables.get_mut(table);
        match parent.and_then(|parent| parent.children.get_mut(slot?)) {
            Some((_, Child::Tables(all))) => all.push(element),
            _ => self.attach(table, last, Child::Tables(vec![element])),
        }
        self.current = element;
    }

    /// Takes a finished value to where it belongs.
    fn value(&mut self, node: Node<'a>) {
        self.count(node.line);
        if self.full {
            return;
        }
        match self.open.last_mut() {
            Some(Open::List(items, _)) => items.push(node),
            Some(Open::Inline(entries, path, _)) => {
                let path = std::mem::take(path);
                insert(entries, path, node);
            }
            None => {
                let mut path = std::mem::take(&mut self.path);
                let Some(last) = path.pop() else { return };
                if path.len() > MAX_DEPTH {
                    return;
                }
                let mut table = self.current;
                for key in path {
                    table = self.enter(table, key, node.line);
                }
                self.attach(table, last, Child::Leaf(node));
            }
        }
    }

    fn close_value(&mut self) {
        let node = match self.open.pop() {
            Some(Open::List(items, line)) => Node::new(Value::List(items), line),
            Some(Open::Inline(entries, _, line)) => Node::new(Value::Map(entries), line),
            None => return,
        };
        self.value(node);
    }

    fn finish(mut self) -> Parsed<'a> {
        while !self.open.is_empty() {
            self.close_value();
        }
        let mut tables: Vec<Option<Table<'a>>> = self.tables.into_iter().map(Some).collect();
        Parsed {
            root: assemble(&mut tables, 0, 0),
            problems: self.problems,
        }
    }
}

/// Puts the value of a dotted key into an inline table.
fn insert<'a>(
    entries: &mut Vec<(Cow<'a, str>, Node<'a>)>,
    mut path: Vec<Cow<'a, str>>,
    node: Node<'a>,
) {
    let Some(last) = path.pop() else { return };
    let line = node.line;
    let mut entries = entries;
    for key in path.into_iter().take(MAX_DEPTH) {
        let is_here = matches!(entries.last(), Some((name, Node { value: Value::Map(_), .. })) if *name == key);
        if !is_here {
            entries.push((key, Node::new(Value::Map(Vec::new()), line)));
        }
        match entries.last_mut().map(|(_, child)| &mut child.value) {
            Some(Value::Map(inner)) => entries = inner,
            _ => return,
        }
    }
    entries.push((last, node));
}

/// The tree of a table. Depth is bounded: paths are, and every table has one parent.
fn assemble<'a>(tables: &mut [Option<Table<'a>>], index: usize, depth: usize) -> Node<'a> {
    let Some(table) = tables.get_mut(index).and_then(Option::take) else {
        return Node::new(Value::Null, 1);
    };
    let below = depth.saturating_add(1);
    let too_deep = depth > MAX_DEPTH.saturating_mul(3);
    let mut entries = Vec::with_capacity(table.children.len());
    for (key, child) in table.children {
        let node = match child {
            Child::Leaf(node) => node,
            Child::Table(_) | Child::Tables(_) if too_deep => Node::new(Value::Null, table.line),
            Child::Table(inner) => assemble(tables, inner, below),
            Child::Tables(all) => {
                let line = all
                    .first()
                    .and_then(|first| tables.get(*first)?.as_ref())
                    .map_or(table.line, |first| first.line);
                let items = all.iter().map(|inner| assemble(tables, *inner, below));
                Node::new(Value::List(items.collect()), line)
            }
        };
        entries.push((key, node));
    }
    Node::new(Value::Map(entries), table.line)
}

impl EventReceiver for Receiver<'_> {
    fn std_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.in_header = true;
        self.path.clear();
    }

    fn std_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        let line = self.line(span);
        self.header(false, line);
    }

    fn array_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.in_header = true;
        self.path.clear();
    }

    fn array_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        let line = self.line(span);
        self.header(true, line);
    }

    fn inline_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        let line = self.line(span);
        self.open_value(Open::Inline(Vec::new(), Vec::new(), line), line)
    }

    fn inline_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.close_value();
    }

    fn array_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        let line = self.line(span);
        self.open_value(Open::List(Vec::new(), line), line)
    }

    fn array_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.close_value();
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut key = Cow::Borrowed("");
        if let Some(raw) = self.source.get(span) {
            let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, span);
            raw.decode_key(&mut key, error);
        }
        let path = match self.open.last_mut() {
            Some(Open::Inline(_, path, _)) => path,
            Some(Open::List(..)) | None => &mut self.path,
        };
        if path.len() <= MAX_DEPTH {
            path.push(key);
        }
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let line = self.line(span);
        let Some(raw) = self.source.get(span) else {
            return;
        };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, span);
        let mut text = Cow::Borrowed("");
        let value = match raw.decode_scalar(&mut text, error) {
            ScalarKind::String => Value::Text(text),
            ScalarKind::Boolean(value) => Value::Bool(value),
            ScalarKind::DateTime | ScalarKind::Float | ScalarKind::Integer(_) => {
                Value::Number(text)
            }
        };
        self.value(Node::new(value, line));
    }

    fn newline(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        if self.open.is_empty() {
            // A line that went wrong leaves no half key behind.
            self.path.clear();
        }
    }
}

impl<'a> Receiver<'a> {
    fn open_value(&mut self, open: Open<'a>, line: u32) -> bool {
        if self.open.len() >= MAX_DEPTH {
            let detail = "nested too deeply; the part was not read".to_owned();
            note(&mut self.problems, ProblemKind::LimitReached, line, detail);
            return false;
        }
        self.open.push(open);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_arrays_and_dotted_keys_keep_order_and_line() {
        let text = "z = 1\na.b.c = \"x\"\n[[package]]\nname = 'one'\n[package.inner]\nk = 2024-01-01\n\
                    [[package]]\nname = \"two\"\nlist = [{ n = 1.10, d.e = 2, d.f = 3 }, \"\"\"\nm\"\"\"]\n";
        let parsed = parse(text);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        let root = &parsed.root;
        assert_eq!(root.at(&["a", "b", "c"]).and_then(Node::text), Some("x"));
        let packages = root.list_of("package");
        assert_eq!(
            packages[0].at(&["inner", "k"]).and_then(Node::scalar),
            Some("2024-01-01")
        );
        assert_eq!(
            (packages[1].line, packages[1].text_of("name")),
            (7, Some("two"))
        );
        let list = packages[1].list_of("list");
        assert_eq!(list[0].scalar_of("n"), Some("1.10"));
        assert_eq!(list[0].map_of("d").len(), 2);
        assert_eq!(list[1].text(), Some("m"));
    }

    #[test]
    fn what_stands_around_an_error_is_kept() {
        let parsed = parse("[a]\nx = \"1\"\ny = = 3\nz = \"2\"\n[[b\nc = \"4\"\n[d]\ne = \"5\"\n");
        assert_eq!(parsed.root.at(&["a", "z"]).and_then(Node::text), Some("2"));
        assert_eq!(parsed.root.at(&["d", "e"]).and_then(Node::text), Some("5"));
        assert_eq!(parsed.problems[0].kind, ProblemKind::Malformed);
    }

    #[test]
    fn depth_and_junk_are_bounded() {
        for text in [
            format!("a = {}", "[".repeat(100_000)),
            format!("a = {}", "{b=".repeat(100_000)),
            format!("[{}b]", "a.".repeat(100_000)),
            format!("{}b = 1", "a.".repeat(100_000)),
            format!("x = {{ {}b = 1 }}", "a.".repeat(100_000)),
            "=\n".repeat(200_000),
            "[[a]]\n".repeat(100_000),
        ] {
            assert!(parse(&text).problems.len() <= MAX_TOKENS);
        }
    }

    #[test]
    fn many_different_tables_take_linear_time() {
        let text: String = (0..60_000).map(|at| format!("[t{at}.x]\n")).collect();
        assert_eq!(parse(&text).root.entries().len(), 60_000);
    }
}
