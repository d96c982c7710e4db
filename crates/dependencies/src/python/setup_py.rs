//! `setup.py`, as far as it is written down: literal lists, names of literal lists, and files that are read.
//!
//! A small reader of tokens looks at assignments and at the arguments of `setup(…)`. It evaluates nothing; whatever is
//! computed is named as unresolved.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;

use crate::facts::{IncludeKind, Project, Relation, Scope, ScriptHook};
use crate::sink::{Sink, cut, line, package};

use super::pep508;

/// LIMIT: lists in lists.
const MAX_DEPTH: usize = 16;
/// LIMIT: tokens.
const MAX_TOKENS: usize = 1_000_000;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(String),
    Name(String),
    Mark(char),
    /// The end of a line outside of brackets.
    End,
}

#[derive(Debug, Clone, Default)]
enum Value {
    List(Vec<(String, u32)>),
    Text(String, u32),
    Map(Vec<(String, Self)>),
    /// Computed; the texts that stand in it.
    #[default]
    Unknown,
    File(String),
}

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let tokens = tokens(text);
    if tokens.len() >= MAX_TOKENS {
        let kind = chainwright_core::problem::ProblemKind::LimitReached;
        sink.problem(kind, line(1), "too many tokens; the rest was not read");
    }
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        names: HashMap::new(),
    };
    while let Some((token, at)) = reader.tokens.get(reader.at) {
        if sink.is_full() {
            return;
        }
        match token {
            Token::Name(name) if name == "setup" && reader.next_is('(') => {
                let at = *at;
                reader.at = reader.at.saturating_add(2);
                let arguments = reader.arguments();
                apply(arguments, at, sink);
            }
            Token::Name(name) if reader.next_is('=') && !reader.after_next_is('=') => {
                let name = name.clone();
                reader.at = reader.at.saturating_add(2);
                let value = reader.value(0);
                if reader.names.len() < 10_000 {
                    reader.names.insert(name, value);
                }
            }
            _ => reader.at = reader.at.saturating_add(1),
        }
    }
}

fn apply(arguments: Vec<(String, Value)>, at: u32, sink: &mut Sink<'_>) {
    let (mut name, mut version, mut licence) = (None, None, None);
    for (key, value) in arguments {
        match key.as_str() {
            "name" => name = text(value),
            "version" => version = text(value),
            "license" => licence = text(value),
            "python_requires" => {
                if let Some(python) = text(value) {
                    sink.setting("requires-python", &python, line(at));
                }
            }
            "install_requires" | "requires" => list(&key, value, Scope::Runtime, None, at, sink),
            "setup_requires" => list(&key, value, Scope::Build, None, at, sink),
            "tests_require" => list(&key, value, Scope::Development, Some("tests"), at, sink),
            "extras_require" => match value {
                Value::Map(extras) => {
                    for (extra, value) in extras {
                        list(&key, value, Scope::Optional, Some(&extra), at, sink);
                    }
                }
                _ => sink.unresolved(&key, "computed in setup.py", line(at)),
            },
            "dependency_links" => {
                if let Value::List(links) = value {
                    for (link, at) in links {
                        sink.index(crate::facts::IndexRole::FindLinks, &link, line(at));
                    }
                }
            }
            "cmdclass" => sink.script(ScriptHook::Build, "cmdclass", "setup.py", line(at)),
            _ => {}
        }
    }
    if let Some(name) = name {
        sink.facts.project = Some(Project {
            package: package(Ecosystem::PyPi, &name, version.as_deref()),
            licence: licence.as_deref().map(cut),
            place: line(at),
        });
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text, _) => Some(text),
        Value::List(_) | Value::Map(_) | Value::Unknown | Value::File(_) => None,
    }
}

fn list(key: &str, value: Value, scope: Scope, group: Option<&str>, at: u32, sink: &mut Sink<'_>) {
    let items = match value {
        Value::List(items) => items,
        Value::Text(text, at) => text.lines().map(|text| (text.to_owned(), at)).collect(),
        Value::File(file) => return sink.include(IncludeKind::Requirements, &file, line(at)),
        Value::Map(_) | Value::Unknown => {
            return sink.unresolved(key, "computed in setup.py", line(at));
        }
    };
    for (text, at) in items {
        if text.trim().is_empty() {
            continue;
        }
        let Some(mut declared) = pep508::declare(&text, line(at)) else {
            sink.malformed(line(at), format!("`{text}` is no requirement"));
            continue;
        };
        declared.scope = scope;
        declared.relation = Relation::Direct;
        // `extra:marker` narrows an extra.
        let (name, marker) = group.map_or((None, None), |group| match group.split_once(':') {
            Some((name, marker)) => (Some(name), Some(marker)),
            None => (Some(group), None),
        });
        declared
            .groups
            .extend(name.filter(|name| !name.is_empty()).map(cut));
        declared.marker = declared.marker.or(marker.map(cut));
        sink.declare(declared);
    }
}

struct Reader<'t> {
    tokens: &'t [(Token, u32)],
    at: usize,
    names: HashMap<String, Value>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn is_mark(&self, at: usize, mark: char) -> bool {
        matches!(self.tokens.get(at), Some((Token::Mark(found), _)) if *found == mark)
    }

    fn next_is(&self, mark: char) -> bool {
        self.is_mark(self.at.saturating_add(1), mark)
    }

    fn after_next_is(&self, mark: char) -> bool {
        self.is_mark(self.at.saturating_add(2), mark)
    }

    fn eat(&mut self, mark: char) -> bool {
        let found = self.is_mark(self.at, mark);
        if found {
            self.at = self.at.saturating_add(1);
        }
        found
    }

    /// Named arguments up to the closing parenthesis; `**name` and `**dict(…)` bring in theirs.
    fn arguments(&mut self) -> Vec<(String, Value)> {
        let mut arguments = Vec::new();
        while let Some(token) = self.peek() {
            match token {
                Token::Mark(')') => {
                    self.at = self.at.saturating_add(1);
                    break;
                }
                Token::Name(name) if self.next_is('=') => {
                    let name = name.clone();
                    self.at = self.at.saturating_add(2);
                    let value = self.value(0);
                    arguments.push((name, value));
                }
                Token::Mark('*') => {
                    self.at = self.at.saturating_add(1);
                    self.eat('*');
                    if let Value::Map(entries) = self.value(0) {
                        arguments.extend(entries);
                    }
                }
                _ => {
                    self.value(0);
                    if !self.eat(',') && !self.is_mark(self.at, ')') {
                        self.at = self.at.saturating_add(1);
                    }
                }
            }
            self.eat(',');
        }
        arguments
    }

    /// A value up to the comma, bracket or line end behind it.
    fn value(&mut self, depth: usize) -> Value {
        let mut value = self.term(depth);
        while self.eat('+') {
            let more = self.term(depth);
            value = match (value, more) {
                (Value::List(mut left), Value::List(right)) => {
                    left.extend(right);
                    Value::List(left)
                }
                (Value::Text(left, at), Value::Text(right, _)) => Value::Text(left + &right, at),
                _ => Value::Unknown,
            };
        }
        match (self.rest(), value) {
            (Rest::Nothing, value) | (Rest::Lines, value @ Value::Text(..)) => value,
            (Rest::File(file), _) | (_, Value::File(file)) => Value::File(file),
            (Rest::Lines | Rest::Other, _) => Value::Unknown,
        }
    }

    fn term(&mut self, depth: usize) -> Value {
        let Some((token, at)) = self.tokens.get(self.at) else {
            return Value::Unknown;
        };
        if depth > MAX_DEPTH {
            return Value::Unknown;
        }
        let below = depth.saturating_add(1);
        match token {
            Token::Text(_) => {
                let mut joined = String::new();
                while let Some(Token::Text(part)) = self.peek() {
                    joined.push_str(part);
                    self.at = self.at.saturating_add(1);
                }
                Value::Text(joined, *at)
            }
            Token::Mark(open @ ('[' | '(')) => {
                self.at = self.at.saturating_add(1);
                self.items(if *open == '[' { ']' } else { ')' }, below)
            }
            Token::Mark('{') => {
                self.at = self.at.saturating_add(1);
                self.map(below)
            }
            Token::Name(name) if name == "dict" && self.next_is('(') => {
                self.at = self.at.saturating_add(2);
                if depth > 1 {
                    return Value::Unknown;
                }
                Value::Map(self.arguments())
            }
            Token::Name(name) => {
                let known = self.names.get(name).cloned();
                let is_file = matches!(
                    name.as_str(),
                    "open" | "parse_requirements" | "Path" | "read_requirements"
                ) || name.contains("require");
                if known.is_some() || !is_file {
                    self.at = self.at.saturating_add(1);
                }
                known.unwrap_or_default()
            }
            Token::Mark(_) | Token::End => Value::Unknown,
        }
    }

    fn items(&mut self, close: char, depth: usize) -> Value {
        let mut items = Vec::new();
        let mut count = 0_usize;
        let mut only = None;
        let mut is_known = true;
        loop {
            if self.eat(close) {
                break;
            }
            let before = self.at;
            self.eat('*');
            match self.value(depth) {
                Value::Text(text, at) => {
                    items.push((text, at));
                }
                Value::List(inner) => {
                    only = Some(Value::List(inner.clone()));
                    items.extend(inner);
                }
                other => {
                    is_known = false;
                    only = Some(other);
                }
            }
            count = count.saturating_add(1);
            let has_comma = self.eat(',');
            if self.eat(close) {
                // Parentheses around one value are no tuple.
                if close == ')' && count == 1 && !has_comma {
                    return match only {
                        Some(value) => value,
                        None => items
                            .pop()
                            .map_or(Value::Unknown, |(text, at)| Value::Text(text, at)),
                    };
                }
                break;
            }
            if self.at == before || self.at >= self.tokens.len() {
                self.skip_to(close);
                return Value::Unknown;
            }
        }
        match (is_known, only) {
            (true, _) => Value::List(items),
            (false, Some(Value::File(file))) if count == 1 => Value::File(file),
            (false, _) => Value::Unknown,
        }
    }

    fn map(&mut self, depth: usize) -> Value {
        let mut entries = Vec::new();
        loop {
            if self.eat('}') || self.at >= self.tokens.len() {
                return Value::Map(entries);
            }
            let Some(Token::Text(key)) = self.peek() else {
                self.skip_to('}');
                return Value::Map(entries);
            };
            let key = key.clone();
            self.at = self.at.saturating_add(1);
            if !self.eat(':') {
                self.skip_to('}');
                return Value::Unknown;
            }
            let value = self.value(depth);
            entries.push((key, value));
            self.eat(',');
        }
    }

    /// Passes over what follows a value up to a comma, closing bracket or line end, and says what it was.
    fn rest(&mut self) -> Rest {
        let mut depth = 0_usize;
        let mut found = Rest::Nothing;
        while let Some((token, _)) = self.tokens.get(self.at) {
            match token {
                Token::Mark('(' | '[' | '{') => depth = depth.saturating_add(1),
                Token::Mark(')' | ']' | '}') => match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => return found,
                },
                Token::Mark(',' | ':') if depth == 0 => return found,
                Token::End if depth == 0 => return found,
                Token::Text(text) if is_requirements_file(text) => {
                    found = Rest::File(text.clone());
                }
                Token::Name(name) if matches!(name.as_str(), "split" | "splitlines" | "strip") => {
                    if found == Rest::Nothing {
                        found = Rest::Lines;
                    }
                }
                Token::Name(_) if found == Rest::Nothing => found = Rest::Other,
                Token::Text(_) | Token::Name(_) | Token::Mark(_) | Token::End => {}
            }
            if found == Rest::Nothing && !matches!(token, Token::Mark('.' | '(' | ')')) {
                found = Rest::Other;
            }
            self.at = self.at.saturating_add(1);
        }
        found
    }

    fn skip_to(&mut self, close: char) {
        while self.at < self.tokens.len() && !self.eat(close) {
            self.at = self.at.saturating_add(1);
        }
    }
}

/// What follows a value.
#[derive(Debug, PartialEq)]
enum Rest {
    Nothing,
    /// A method that divides a text into lines.
    Lines,
    /// Something that reads this file of requirements.
    File(String),
    Other,
}

fn is_requirements_file(text: &str) -> bool {
    let is_list = text.ends_with(".txt") || text.ends_with(".in") || text.ends_with(".pip");
    is_list && !text.contains(char::is_whitespace)
}

/// Strings, names and marks; comments and white space are left out.
fn tokens(text: &str) -> Vec<(Token, u32)> {
    let mut tokens = Vec::new();
    let mut at = 1_u32;
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if tokens.len() >= MAX_TOKENS {
            break;
        }
        let mut size = first.len_utf8();
        match first {
            '\n' => {
                if depth == 0 {
                    tokens.push((Token::End, at));
                }
                at = at.saturating_add(1);
            }
            '\\' => {
                size = rest
                    .find('\n')
                    .map_or(rest.len(), |end| end.saturating_add(1));
                at = at.saturating_add(1);
            }
            '#' => size = rest.find('\n').unwrap_or(rest.len()),
            _ if first.is_whitespace() => {}
            '"' | '\'' => {
                let (value, length) = string(rest, first, false);
                let lines = rest.get(..length).unwrap_or_default().matches('\n').count();
                tokens.push((Token::Text(value), at));
                at = at.saturating_add(u32::try_from(lines).unwrap_or(0));
                size = length;
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                size = end.unwrap_or(rest.len());
                let name = rest.get(..size).unwrap_or_default();
                let quote = rest.get(size..).and_then(|tail| tail.chars().next());
                let is_prefix = name.len() <= 2 && name.chars().all(|c| "rRbBuUfF".contains(c));
                if let Some(quote @ ('"' | '\'')) = quote.filter(|_| is_prefix) {
                    let body = rest.get(size..).unwrap_or_default();
                    let (value, length) = string(body, quote, name.contains(['r', 'R']));
                    let is_made = name.contains(['f', 'F']) && value.contains('{');
                    tokens.push(match is_made {
                        true => (Token::Name(String::new()), at),
                        false => (Token::Text(value), at),
                    });
                    let lines = body.get(..length).unwrap_or_default().matches('\n').count();
                    at = at.saturating_add(u32::try_from(lines).unwrap_or(0));
                    size = size.saturating_add(length);
                } else {
                    tokens.push((Token::Name(cut(name)), at));
                }
            }
            _ => {
                match first {
                    '(' | '[' | '{' => depth = depth.saturating_add(1),
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                tokens.push((Token::Mark(first), at));
            }
        }
        rest = rest.get(size..).unwrap_or_default();
    }
    tokens
}

/// The value of a string that begins here, and its length in the source.
fn string(text: &str, quote: char, is_raw: bool) -> (String, usize) {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let is_triple = text.starts_with(&triple);
    let start = if is_triple { 3 } else { 1 };
    let mut value = String::new();
    let mut characters = text.char_indices().skip(start);
    while let Some((at, character)) = characters.next() {
        let tail = text.get(at..).unwrap_or_default();
        if is_triple && tail.starts_with(&triple) {
            return (value, at.saturating_add(3));
        }
        if !is_triple && (character == quote || character == '\n') {
            return (value, at.saturating_add(1));
        }
        if character == '\\' && !is_raw {
            match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, '\n')) | None => {}
                Some((_, escaped)) => value.push(escaped),
            }
            continue;
        }
        value.push(character);
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::ManifestKind;
    use chainwright_core::budget::Budget;
    use chainwright_core::limits::Limits;

    #[test]
    fn literal_lists_are_read_and_computed_ones_named() {
        let text = r#"
from setuptools import setup
base = ["torch>=2", 'numpy==1.26.4',  # why
        "a" ";python_version<'3.9'"]
extras = {"dev": ["pytest"], ":os_name=='nt'": ["pywin"], "all": base + ["x"]}
with open("requirements.txt") as f:
    later = f.read().splitlines()
setup(
    name="pkg", version = '1.0',
    install_requires=base + ["requests"],
    extras_require=extras,
    tests_require=open("tests/requirements.txt").read().splitlines(),
    setup_requires=make(),
)
"#;
        let budget = Budget::untimed(Limits::default());
        let facts = crate::read(ManifestKind::SetupPy, text.as_bytes(), &budget);
        let names: Vec<String> = facts
            .packages
            .iter()
            .map(|d| d.package.to_string())
            .collect();
        assert_eq!(
            names,
            [
                "torch",
                "numpy@1.26.4",
                "a",
                "requests",
                "pytest",
                "pywin",
                "torch",
                "numpy@1.26.4",
                "a",
                "x"
            ]
        );
        assert_eq!(facts.packages[0].place, line(3));
        assert_eq!(
            facts.packages[2].marker.as_deref(),
            Some("python_version<'3.9'")
        );
        assert_eq!(facts.packages[5].marker.as_deref(), Some("os_name=='nt'"));
        assert_eq!(facts.includes[0].target, "tests/requirements.txt");
        assert_eq!(facts.unresolved[0].text, "setup_requires");
        assert_eq!(facts.project.unwrap().package.to_string(), "pkg@1.0");
    }
}
