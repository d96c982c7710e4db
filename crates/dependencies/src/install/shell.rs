//! Shell text as simple commands: words with their quotes resolved, variables expanded as far as they are known.
//!
//! The grammar is that of POSIX `sh` with the parts of bash that install scripts use. Control flow is not followed:
//! every branch counts. Nothing is run, so that what a command prints stays unknown.

use std::collections::HashMap;

use crate::sink::{MAX_TEXT, cut};

/// LIMIT: variables.
const MAX_VARIABLES: usize = 5_000;
/// LIMIT: words of one command after expansion.
const MAX_WORDS: usize = 20_000;
/// LIMIT: commands within commands.
const MAX_NESTING: u32 = 6;

/// The variables, as far as their values are known. Changes can be taken back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env {
    values: HashMap<String, Option<String>>,
    undo: Vec<(String, Option<Option<String>>)>,
}

impl Env {
    /// Sets a variable; `None` for a value that only a run can tell.
    pub(crate) fn set(&mut self, name: &str, value: Option<String>) {
        if self.values.len() >= MAX_VARIABLES && !self.values.contains_key(name) {
            return;
        }
        let value = value.filter(|value| value.len() <= MAX_TEXT);
        let old = self.values.insert(name.to_owned(), value);
        if self.undo.len() < 1_000_000 {
            self.undo.push((name.to_owned(), old));
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_deref()
    }

    /// A point to come back to.
    pub(crate) const fn mark(&self) -> usize {
        self.undo.len()
    }

    pub(crate) fn reset(&mut self, mark: usize) {
        while self.undo.len() > mark {
            match self.undo.pop() {
                Some((name, Some(old))) => {
                    self.values.insert(name, old);
                }
                Some((name, None)) => {
                    self.values.remove(&name);
                }
                None => return,
            }
        }
    }

    /// A text with `$name`, `${name}` and defaults expanded, as Docker does outside of `RUN`.
    pub(crate) fn expand(&self, text: &str) -> Word {
        let mut lexer = Lexer::new(text, 1, true);
        let mut word = Raw::default();
        lexer.double_quoted(&mut word, None);
        word.expand(self).into_iter().next().unwrap_or_default()
    }
}

/// A word of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Whether a part of it is unknown; that part is shown as written.
    pub(crate) is_dynamic: bool,
}

/// A simple command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Command {
    /// `NAME=value` before the first word.
    pub(crate) assignments: Vec<(String, Word)>,
    pub(crate) words: Vec<Word>,
    /// Text that is fed into it (`<<EOF`), with its first line.
    pub(crate) heredocs: Vec<(String, u32)>,
    pub(crate) line: u32,
}

/// Reads all commands; `take` sees each with the variables before it, which it may change.
pub(crate) fn read(
    text: &str,
    first_line: u32,
    is_joined: bool,
    env: &mut Env,
    take: &mut dyn FnMut(&Command, &mut Env) -> bool,
) {
    let mut waiting = vec![(text.to_owned(), first_line, 0)];
    while let Some((text, line, nesting)) = waiting.pop() {
        let mut lexer = Lexer::new(&text, line, is_joined);
        while let Some(raw) = lexer.command() {
            if nesting < MAX_NESTING {
                let inner = lexer.inner.drain(..);
                waiting.extend(inner.map(|(text, line)| (text, line, nesting.saturating_add(1))));
            }
            let command = raw.expand(env);
            if !take(&command, env) {
                return;
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Piece {
    Plain {
        text: String,
        is_quoted: bool,
    },
    Variable {
        name: String,
        default: Option<String>,
        shown: String,
        is_quoted: bool,
    },
    Unknown(String),
}

#[derive(Debug, Clone, Default)]
struct Raw {
    pieces: Vec<Piece>,
    is_open: bool,
}

#[derive(Debug, Default)]
struct RawCommand {
    words: Vec<Raw>,
    heredocs: Vec<(String, u32)>,
    line: u32,
}

impl RawCommand {
    fn expand(self, env: &Env) -> Command {
        let mut command = Command {
            heredocs: self.heredocs,
            line: self.line,
            ..Command::default()
        };
        for raw in self.words {
            let assignment = command.words.is_empty().then(|| raw.assignment()).flatten();
            if let Some((name, value)) = assignment {
                let parts = value.expand(env);
                let joined = Word {
                    is_dynamic: parts.iter().any(|word| word.is_dynamic),
                    text: parts
                        .into_iter()
                        .map(|word| word.text)
                        .collect::<Vec<_>>()
                        .join(" "),
                };
                command.assignments.push((name, joined));
                continue;
            }
            command.words.extend(raw.expand(env));
            if command.words.len() > MAX_WORDS {
                command.words.truncate(MAX_WORDS);
                break;
            }
        }
        command
    }
}

impl Raw {
    fn push(&mut self, character: char, is_quoted: bool) {
        self.is_open = true;
        match self.pieces.last_mut() {
            Some(Piece::Plain {
                text,
                is_quoted: same,
            }) if *same == is_quoted => text.push(character),
            _ => self.pieces.push(Piece::Plain {
                text: character.to_string(),
                is_quoted,
            }),
        }
    }

    fn add(&mut self, piece: Piece) {
        self.is_open = true;
        self.pieces.push(piece);
    }

    /// `NAME=value`, where the name is not quoted.
    fn assignment(&self) -> Option<(String, Self)> {
        let Some(Piece::Plain {
            text,
            is_quoted: false,
        }) = self.pieces.first()
        else {
            return None;
        };
        let (name, value) = text.split_once('=')?;
        let name = name.strip_suffix('+').unwrap_or(name);
        if !is_name(name) {
            return None;
        }
        let mut rest = self.clone();
        if let Some(first) = rest.pieces.first_mut() {
            *first = Piece::Plain {
                text: value.to_owned(),
                is_quoted: true,
            };
        }
        for piece in &mut rest.pieces {
            if let Piece::Variable { is_quoted, .. } = piece {
                *is_quoted = true;
            }
        }
        Some((name.to_owned(), rest))
    }

    /// One word, or several where an unquoted variable holds white space.
    fn expand(self, env: &Env) -> Vec<Word> {
        let mut words = Vec::new();
        let mut word = Word::default();
        let mut is_open = false;
        for piece in self.pieces {
            match piece {
                Piece::Plain { text, .. } => {
                    word.text.push_str(&text);
                    is_open = true;
                }
                Piece::Unknown(text) => {
                    word.text.push_str(&text);
                    word.is_dynamic = true;
                    is_open = true;
                }
                Piece::Variable {
                    name,
                    default,
                    shown,
                    is_quoted,
                } => {
                    let value = env.get(&name).filter(|value| !value.is_empty());
                    match value.or(default.as_deref()) {
                        Some(value) if is_quoted => {
                            word.text.push_str(value);
                            is_open = true;
                        }
                        Some(value) => {
                            let mut parts = value.split_whitespace().peekable();
                            is_open |= parts.peek().is_some();
                            while let Some(part) = parts.next() {
                                word.text.push_str(part);
                                if parts.peek().is_some() && words.len() < MAX_WORDS {
                                    words.push(std::mem::take(&mut word));
                                }
                            }
                        }
                        None => {
                            word.text.push_str(&shown);
                            word.is_dynamic = true;
                            is_open = true;
                        }
                    }
                }
            }
        }
        if is_open {
            words.push(word);
        }
        words
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

struct Lexer<'t> {
    rest: &'t str,
    line: u32,
    /// Whether lines were joined before the shell sees them, as in a Dockerfile: a comment then ends later.
    is_joined: bool,
    /// Texts between `$(` and `)`, which are commands of their own.
    inner: Vec<(String, u32)>,
    pending: Vec<(String, bool)>,
}

impl<'t> Lexer<'t> {
    const fn new(text: &'t str, line: u32, is_joined: bool) -> Self {
        Self {
            rest: text,
            line,
            is_joined,
            inner: Vec::new(),
            pending: Vec::new(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
        if character == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(character)
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The next command, empty ones left out; nothing at the end of the text.
    fn command(&mut self) -> Option<RawCommand> {
        let mut command = RawCommand {
            line: self.line,
            ..RawCommand::default()
        };
        let mut word = Raw::default();
        // The next word is the target of a redirection.
        let mut is_target = false;
        loop {
            let Some(character) = self.next() else {
                finish(&mut command, &mut word, &mut is_target);
                return (!command.words.is_empty() || !command.heredocs.is_empty())
                    .then_some(command);
            };
            match character {
                ' ' | '\t' | '\r' => finish(&mut command, &mut word, &mut is_target),
                '#' if !word.is_open => self.comment(),
                '\n' | ';' | '&' | '|' | '(' | ')' => {
                    if character == '&' && self.eat(">") {
                        finish(&mut command, &mut word, &mut is_target);
                        is_target = true;
                        continue;
                    }
                    finish(&mut command, &mut word, &mut is_target);
                    if character == '\n' {
                        self.heredocs(&mut command);
                    }
                    // A text that is fed in stands behind the line.
                    let is_waiting = !self.pending.is_empty() && character != '\n';
                    if is_waiting {
                        let line = self.rest.find('\n').unwrap_or(self.rest.len());
                        let (now, later) =
                            self.rest.split_at_checked(line).unwrap_or((self.rest, ""));
                        let mut ahead = Lexer::new(later, self.line, self.is_joined);
                        ahead.pending = std::mem::take(&mut self.pending);
                        if ahead.next().is_some() {
                            ahead.heredocs(&mut command);
                            self.inner.push((now.to_owned(), self.line));
                            self.rest = ahead.rest;
                            self.line = ahead.line;
                        }
                    }
                    if !command.words.is_empty() || !command.heredocs.is_empty() {
                        return Some(command);
                    }
                    command.line = self.line;
                }
                '<' | '>' => {
                    if word.is_open && is_digits(&word) {
                        word = Raw::default();
                    }
                    finish(&mut command, &mut word, &mut is_target);
                    self.redirect(character);
                    is_target = true;
                    if character == '<' && self.pending_delimiter() {
                        is_target = false;
                    }
                }
                _ => {
                    if command.words.is_empty() && !word.is_open {
                        command.line = self.line;
                    }
                    self.part(character, &mut word);
                }
            }
        }
    }

    fn comment(&mut self) {
        while let Some(character) = self.peek() {
            if character == '\n' {
                return;
            }
            self.next();
            if character == '\\' && self.is_joined && self.peek() == Some('\n') {
                self.next();
            }
        }
    }

    /// The rest of a redirection operator.
    fn redirect(&mut self, first: char) {
        if first == '>' {
            let _ = self.eat(">") || self.eat("|") || self.eat("&");
        } else if self.rest.starts_with("<<") {
            let _ = self.eat("<<");
        } else if !self.rest.starts_with('<') {
            let _ = self.eat("&") || self.eat(">");
        }
    }

    /// Behind the first `<` of `<<EOF`: notes the delimiter.
    fn pending_delimiter(&mut self) -> bool {
        if !self.rest.starts_with('<') {
            return false;
        }
        self.next();
        let strips_tabs = self.eat("-");
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.next();
        }
        let mut delimiter = String::new();
        while let Some(character) = self.peek() {
            if character.is_whitespace() || ";&|()<>".contains(character) {
                break;
            }
            self.next();
            if !matches!(character, '"' | '\'' | '\\') {
                delimiter.push(character);
            }
        }
        if !delimiter.is_empty() && self.pending.len() < 16 {
            self.pending.push((delimiter, strips_tabs));
        }
        true
    }

    /// Takes the texts that were announced on the line that just ended.
    fn heredocs(&mut self, command: &mut RawCommand) {
        for (delimiter, strips_tabs) in std::mem::take(&mut self.pending) {
            let first = self.line;
            let mut body = String::new();
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                self.line = self.line.saturating_add(1);
                let bare = line.strip_suffix('\r').unwrap_or(line);
                let bare = if strips_tabs {
                    bare.trim_start_matches('\t')
                } else {
                    bare
                };
                if bare == delimiter {
                    break;
                }
                body.push_str(bare);
                body.push('\n');
            }
            command.heredocs.push((body, first));
        }
    }

    /// A character that belongs to a word.
    fn part(&mut self, character: char, word: &mut Raw) {
        match character {
            '\\' => match self.next() {
                Some('\n') | None => {}
                Some('\r') if self.peek() == Some('\n') => {
                    self.next();
                }
                Some(escaped) => word.push(escaped, true),
            },
            '\'' => {
                word.is_open = true;
                word.add(Piece::Plain {
                    text: String::new(),
                    is_quoted: true,
                });
                while let Some(character) = self.next().filter(|c| *c != '\'') {
                    word.push(character, true);
                }
            }
            '"' => {
                word.add(Piece::Plain {
                    text: String::new(),
                    is_quoted: true,
                });
                self.double_quoted(word, Some('"'));
            }
            '$' => self.dollar(word, false),
            '`' => self.backticks(word),
            _ => word.push(character, false),
        }
    }

    /// Up to the closing quote, or to the end of the text.
    fn double_quoted(&mut self, word: &mut Raw, quote: Option<char>) {
        while let Some(character) = self.next() {
            match character {
                _ if Some(character) == quote => return,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped, true),
                    Some(other) => {
                        word.push('\\', true);
                        word.push(other, true);
                    }
                },
                '$' => self.dollar(word, true),
                '`' => self.backticks(word),
                _ => word.push(character, true),
            }
        }
    }

    fn backticks(&mut self, word: &mut Raw) {
        let line = self.line;
        let mut inner = String::new();
        while let Some(character) = self.next().filter(|c| *c != '`') {
            inner.push(character);
        }
        word.add(Piece::Unknown(format!("$({})", cut(&inner))));
        self.inner.push((inner, line));
    }

    /// Behind a `$`.
    fn dollar(&mut self, word: &mut Raw, is_quoted: bool) {
        let line = self.line;
        if self.rest.starts_with("{{") {
            // An expression of GitHub.
            let end = self
                .rest
                .find("}}")
                .map_or(self.rest.len(), |end| end.saturating_add(2));
            let (shown, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
            word.add(Piece::Unknown(format!("${}", cut(shown))));
            self.rest = rest;
        } else if self.eat("(") {
            let inner = self.until_closed();
            word.add(Piece::Unknown(format!("$({})", cut(&inner))));
            // `$((…))` is arithmetic.
            if !inner.starts_with('(') {
                self.inner.push((inner, line));
            }
        } else if self.eat("{") {
            let inner: &str = self.rest.split('}').next().unwrap_or_default();
            self.rest = self
                .rest
                .get(inner.len().saturating_add(1)..)
                .unwrap_or_default();
            word.add(braced(inner, is_quoted));
        } else {
            let end = self
                .rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let (name, rest) = self
                .rest
                .split_at_checked(end.unwrap_or(self.rest.len()))
                .unwrap_or_default();
            if is_name(name) {
                self.rest = rest;
                word.add(Piece::Variable {
                    name: cut(name),
                    default: None,
                    shown: format!("${}", cut(name)),
                    is_quoted,
                });
            } else if let Some(special) = self
                .peek()
                .filter(|c| c.is_ascii_digit() || "@*#?$!-".contains(*c))
            {
                self.next();
                word.add(Piece::Unknown(format!("${special}")));
            } else {
                word.push('$', is_quoted);
            }
        }
    }

    /// The text up to the parenthesis that closes.
    fn until_closed(&mut self) -> String {
        let mut inner = String::new();
        let mut depth = 0_usize;
        let mut quote = None;
        while let Some(character) = self.next() {
            match (quote, character) {
                (Some(open), _) if open == character => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(character),
                (None, '(') => depth = depth.saturating_add(1),
                (None, ')') => match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => break,
                },
                (None, _) => {}
            }
            inner.push(character);
        }
        inner
    }
}

/// `name`, `name:-default`, `name-default`; anything else is not worked out.
fn braced(inner: &str, is_quoted: bool) -> Piece {
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let (name, rest) = inner
        .split_at_checked(end.unwrap_or(inner.len()))
        .unwrap_or_default();
    let default = rest.strip_prefix(":-").or(rest.strip_prefix('-'));
    let shown = format!("${{{}}}", cut(inner));
    let is_plain = rest.is_empty() || default.is_some();
    match is_name(name) && is_plain {
        true => Piece::Variable {
            name: cut(name),
            default: default
                .filter(|text| !text.is_empty() && !text.contains('$'))
                .map(|text| cut(text.trim_matches(['"', '\'']))),
            shown,
            is_quoted,
        },
        false => Piece::Unknown(shown),
    }
}

/// Whether a word is the number of a file before a redirection.
fn is_digits(word: &Raw) -> bool {
    matches!(
        word.pieces.as_slice(),
        [Piece::Plain { text, is_quoted: false }] if text.bytes().all(|b| b.is_ascii_digit())
    )
}

fn finish(command: &mut RawCommand, word: &mut Raw, is_target: &mut bool) {
    if !word.is_open {
        return;
    }
    let word = std::mem::take(word);
    if *is_target {
        *is_target = false;
    } else if command.words.len() < MAX_WORDS {
        command.words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut env = Env::default();
        read(text, 1, false, &mut env, &mut |command, env| {
            for (name, value) in &command.assignments {
                let known = (!value.is_dynamic).then(|| value.text.clone());
                env.set(name, known);
            }
            let words: Vec<&str> = command
                .words
                .iter()
                .map(|word| word.text.as_str())
                .collect();
            if !words.is_empty() {
                all.push(format!("{}:{}", command.line, words.join("|")));
            }
            true
        });
        all
    }

    #[test]
    fn words_quotes_and_variables_are_resolved() {
        for (text, expected) in [
            ("a 'b c' \"d e\" f\\ g", vec!["1:a|b c|d e|f g"]),
            (
                "a && b; c | d & e\nf",
                vec!["1:a", "1:b", "1:c", "1:d", "1:e", "2:f"],
            ),
            ("a b \\\n  c # no\nd#e", vec!["1:a|b|c", "3:d#e"]),
            (
                "X=1 Y='p q'\na ${X} $Y \"$Y\" ${Z:-z} $U",
                vec!["2:a|1|p|q|p q|z|$U"],
            ),
            ("a torch>=2 2>&1 >/dev/null b", vec!["1:a|torch|b"]),
            ("a $(b c) `d`", vec!["1:a|$(b c)|$(d)", "1:d", "1:b|c"]),
            (
                "cat <<EOF > x\npip install no\nEOF\na",
                vec!["1:cat", "4:a"],
            ),
            ("a ${{ matrix.x }} b", vec!["1:a|${{ matrix.x }}|b"]),
            ("(a; b) && { c; }", vec!["1:a", "1:b", "1:{|c", "1:}"]),
            ("", vec![]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn changes_of_variables_can_be_taken_back() {
        let mut env = Env::default();
        env.set("a", Some("1".to_owned()));
        let mark = env.mark();
        env.set("a", None);
        env.set("b", Some("2".to_owned()));
        env.reset(mark);
        assert_eq!((env.get("a"), env.get("b")), (Some("1"), None));
        assert_eq!(env.expand("x-$a-${b:-y}").text, "x-1-y");
    }
}
