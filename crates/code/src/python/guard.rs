//! Keeps source that is nested too deeply away from the parser and the evaluation.
//!
//! Both recurse along the syntax tree, so the depth of the tree is bounded before it is built. `CPython` itself
//! refuses such code (`too many nested parentheses`, `recursion limit exceeded during compilation`).

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// The most levels a tree may have, counted generously.
const MAX_LEVELS: usize = 10_000;

/// Whether the tree of this source may be too deep.
pub(super) fn is_too_deep(source: &str, mode: Mode) -> bool {
    let mut lexer = lexer::lex(source, mode);
    // One counter per open bracket: operators since the last comma, each of which may be one level.
    let mut operators: Vec<usize> = vec![0];
    let mut total = 0_usize;
    let mut blocks = 0_usize;
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return false,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                add(&mut operators, &mut total);
                operators.push(0);
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if operators.len() > 1 {
                    total = total.saturating_sub(operators.pop().unwrap_or(0));
                }
            }
            TokenKind::Comma => {
                if let Some(last) = operators.last_mut() {
                    total = total.saturating_sub(*last);
                    *last = 0;
                }
            }
            TokenKind::Newline | TokenKind::Semi => {
                operators.clear();
                operators.push(0);
                total = 0;
            }
            TokenKind::Indent => blocks = blocks.saturating_add(1),
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => add(&mut operators, &mut total),
        }
        if total.saturating_add(blocks.saturating_mul(2)) > MAX_LEVELS {
            return true;
        }
    }
}

fn add(operators: &mut [usize], total: &mut usize) {
    if let Some(last) = operators.last_mut() {
        *last = last.saturating_add(1);
        *total = total.saturating_add(1);
    }
}

/// The source with every top-level stretch that is too deep blanked out, or nothing if that does not help.
pub(super) fn without_deep_parts(source: &str, mode: Mode) -> Option<String> {
    let mut kept = String::with_capacity(source.len());
    for part in top_level_parts(source) {
        if is_too_deep(part, mode) {
            kept.extend(
                part.chars()
                    .map(|character| if character == '\n' { '\n' } else { ' ' }),
            );
        } else {
            kept.push_str(part);
        }
    }
    (!is_too_deep(&kept, mode)).then_some(kept)
}

/// Splits before every line that begins a statement at the left margin.
fn top_level_parts(source: &str) -> Vec<&str> {
    let mut starts = vec![0_usize];
    let mut position = 0_usize;
    for line in source.split_inclusive('\n') {
        if line
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'@')
        {
            starts.push(position);
        }
        position = position.saturating_add(line.len());
    }
    starts.push(source.len());
    starts
        .windows(2)
        .filter_map(|pair| source.get(*pair.first()?..*pair.last()?))
        .collect()
}
