//! JSON (RFC 8259), and the relaxed JSON of `bun.lock` with comments and trailing commas.

use std::borrow::Cow;

use chainwright_core::problem::ProblemKind;
use chainwright_formats::json::{JsonErrorKind, Token, Tokens};

use super::builder::Builder;
use super::{LineCounter, MAX_DEPTH, Node, Parsed, Value};

/// Reads one JSON text; what stands before an error is kept.
pub(crate) fn parse(text: &str) -> Parsed<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tokens = Tokens::new(text, MAX_DEPTH);
    let mut lines = LineCounter::new(text);
    let mut builder = Builder::default();
    loop {
        let token = match tokens.next_token() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(error) => {
                let line = lines.line_at(error.position);
                let kind = match error.kind {
                    JsonErrorKind::TooDeep => ProblemKind::LimitReached,
                    JsonErrorKind::UnexpectedEnd => ProblemKind::Truncated,
                    _ => ProblemKind::Malformed,
                };
                builder.problem(kind, line, format!("no valid JSON: {}", error.kind));
                break;
            }
        };
        let line = lines.line_at(tokens.position());
        take(&mut builder, token, line);
        if !builder.may_go_on(line) {
            break;
        }
    }
    builder.finish()
}

fn take<'a>(builder: &mut Builder<'a>, token: Token<'a>, line: u32) {
    let value = match token {
        Token::ObjectStart => return builder.open(Value::Map(Vec::new()), line),
        Token::ArrayStart => return builder.open(Value::List(Vec::new()), line),
        Token::ObjectEnd | Token::ArrayEnd => {
            builder.close();
            return;
        }
        Token::Key(key) => return builder.key(key),
        Token::String(text) => Value::Text(text),
        Token::Number(text) => Value::Number(Cow::Borrowed(text)),
        Token::Bool(value) => Value::Bool(value),
        Token::Null => Value::Null,
    };
    builder.value(Node::new(value, line));
}

/// The same text as plain JSON: comments and commas before a closing bracket become spaces, so that places stay.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut comma: Option<usize> = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        match character {
            '"' => {
                comma = None;
                plain.push('"');
                copy_string(&mut rest, &mut plain);
            }
            '/' if text.get(at..).is_some_and(|tail| tail.starts_with("//")) => {
                plain.push(' ');
                while let Some((_, skipped)) = rest.next_if(|(_, next)| *next != '\n') {
                    blank(&mut plain, skipped);
                }
            }
            '/' if text.get(at..).is_some_and(|tail| tail.starts_with("/*")) => {
                plain.push(' ');
                let mut last = ' ';
                for (_, skipped) in rest.by_ref() {
                    blank(&mut plain, skipped);
                    if last == '*' && skipped == '/' {
                        break;
                    }
                    last = skipped;
                }
            }
            '}' | ']' => {
                if let Some(at) = comma.take() {
                    plain.replace_range(at..=at, " ");
                }
                plain.push(character);
            }
            _ => {
                if character == ',' {
                    comma = Some(plain.len());
                } else if !character.is_whitespace() {
                    comma = None;
                }
                plain.push(character);
            }
        }
    }
    plain
}

type Characters<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn copy_string(rest: &mut Characters<'_>, plain: &mut String) {
    while let Some((_, character)) = rest.next() {
        plain.push(character);
        match character {
            '"' => return,
            '\\' => plain.extend(rest.next().map(|(_, escaped)| escaped)),
            _ => {}
        }
    }
}

fn blank(plain: &mut String, skipped: char) {
    if skipped == '\n' {
        plain.push('\n');
    } else {
        plain.extend(std::iter::repeat_n(' ', skipped.len_utf8()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_order_and_texts_survive() {
        let parsed = parse("{\"b\": 1.10,\n \"a\": [true, null, \"x\\n\"]}");
        assert!(parsed.problems.is_empty());
        assert_eq!(parsed.root.scalar_of("b"), Some("1.10"));
        let list = parsed.root.get("a").unwrap();
        assert_eq!(list.line, 2);
        assert_eq!(list.items()[2].text(), Some("x\n"));
    }

    #[test]
    fn what_stands_before_an_error_is_kept() {
        let parsed = parse("{\"a\": {\"b\": \"c\"}, \"d\": ");
        assert_eq!(parsed.root.at(&["a", "b"]).and_then(Node::text), Some("c"));
        assert_eq!(parsed.problems[0].kind, ProblemKind::Truncated);
        let deep = parse(&"[".repeat(100_000)).problems;
        assert_eq!(deep[0].kind, ProblemKind::LimitReached);
    }

    #[test]
    fn comments_and_trailing_commas_are_blanked_in_place() {
        let text = "{ // no, \"a\"\n \"a\": [1, 2, ], /* } */ \"b\": \"//\", }";
        let plain = plain(text);
        assert_eq!(plain.len(), text.len());
        let parsed = parse(&plain);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        assert_eq!(parsed.root.list_of("a").len(), 2);
        assert_eq!(parsed.root.text_of("b"), Some("//"));
    }
}
