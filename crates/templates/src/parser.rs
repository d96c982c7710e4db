//! Reads a template into a tree, tolerantly: a broken tag costs that tag, not the template.
//!
//! This is a parser of our own because other dialects of Jinja refuse what Jinja2 accepts, calls behind filters
//! (`x|attr('y')('z')`) and bare tuples first of all, and because its depth must be bounded on every path.
//! Tags of transformers' extensions (`generation`, loop controls) are known.
//!
//! Deliberately absent: rejection. Jinja2 may refuse a template that is judged here; never the other way round.

pub(crate) mod expression;

use crate::ast::{Expr, ExprKind, For, Macro, Stmt, Tree};
use crate::lexer::{Lexer, Piece};
use expression::Cursor;

/// LIMIT: height of one expression's tree. The tallest of known honest templates is below 30.
pub(crate) const MAX_HEIGHT: u16 = 120;
/// LIMIT: brackets, negations and conditionals inside each other.
pub(crate) const MAX_NESTING: usize = 60;
/// LIMIT: blocks inside each other. The deepest of known honest templates is below 20.
const MAX_BLOCKS: usize = 80;
/// LIMIT: tokens of one template, which bounds the memory of the tree. Honest ones stay below 20,000.
const MAX_TOKENS: usize = 1_000_000;

/// Why a part of the template was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TroubleKind {
    /// Jinja2 would refuse it.
    Grammar,
    /// The text ends inside a tag, comment, string or block.
    Unfinished,
    /// Nested too deeply for us.
    TooDeep,
    /// More tokens than we read.
    TooLong,
}

/// Trouble with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) at: usize,
    pub(crate) kind: TroubleKind,
}

/// Parses a template; what was not understood is listed.
pub(crate) fn parse(source: &str) -> (Tree<'_>, Vec<Trouble>) {
    let mut parser = Parser {
        lexer: Lexer::new(source),
        troubles: Vec::new(),
        comments: Vec::new(),
        blocks: 0,
        tokens: 0,
    };
    let mut body = Vec::new();
    loop {
        let (mut part, end) = parser.body(&[]);
        body.append(&mut part);
        match end {
            End::Eof => break,
            End::Keyword(keyword) => parser.trouble(keyword.at, TroubleKind::Grammar),
        }
    }
    let Parser {
        lexer,
        mut troubles,
        comments,
        ..
    } = parser;
    troubles.extend(lexer.unfinished.iter().map(|at| Trouble {
        at: *at,
        kind: TroubleKind::Unfinished,
    }));
    (Tree { body, comments }, troubles)
}

#[derive(Debug)]
struct Parser<'a> {
    lexer: Lexer<'a>,
    troubles: Vec<Trouble>,
    comments: Vec<(usize, &'a str)>,
    blocks: usize,
    tokens: usize,
}

/// A keyword that ends or continues a block, with the rest of its tag.
#[derive(Debug)]
struct Keyword<'a> {
    at: usize,
    name: &'a str,
    /// The condition of an `elif`.
    condition: Option<Expr<'a>>,
}

#[derive(Debug)]
enum End<'a> {
    Eof,
    Keyword(Keyword<'a>),
}

impl<'a> Parser<'a> {
    fn trouble(&mut self, at: usize, kind: TroubleKind) {
        // LIMIT: a handful of examples says as much as a million.
        if self.troubles.len() < 16 {
            self.troubles.push(Trouble { at, kind });
        }
    }

    /// Statements up to one of the keywords, or a stray closing keyword, or the end.
    fn body(&mut self, until: &[&str]) -> (Vec<Stmt<'a>>, End<'a>) {
        let mut body = Vec::new();
        while let Some(piece) = self.lexer.next_piece() {
            match piece {
                Piece::Text { at, text } => body.push(Stmt::Text { at, text }),
                Piece::Comment { at, text } => self.comments.push((at, text)),
                Piece::Output { at } => {
                    if let Some(expr) = self.output(at) {
                        body.push(Stmt::Emit(expr));
                    }
                }
                Piece::Tag { at } => match self.tag(at, until) {
                    Ok(Some(statement)) => body.push(statement),
                    Ok(None) => {}
                    Err(keyword) => return (body, End::Keyword(keyword)),
                },
            }
            self.tokens = self
                .tokens
                .saturating_add(self.lexer.tokens.len())
                .saturating_add(1);
            if self.tokens > MAX_TOKENS {
                self.trouble(self.troubles.len(), TroubleKind::TooLong);
                return (body, End::Eof);
            }
        }
        (body, End::Eof)
    }

    fn output(&mut self, at: usize) -> Option<Expr<'a>> {
        let tokens = std::mem::take(&mut self.lexer.tokens);
        let mut cursor = Cursor::new(&tokens, at);
        let expr = self.keep(cursor.tuple(true));
        if expr.is_some() && !cursor.is_done() {
            self.trouble(cursor.at(), TroubleKind::Grammar);
        }
        self.lexer.tokens = tokens;
        expr
    }

    fn keep<T>(&mut self, result: Result<T, Trouble>) -> Option<T> {
        result
            .map_err(|trouble| self.trouble(trouble.at, trouble.kind))
            .ok()
    }

    /// A statement; `Err` for a keyword that ends the current block.
    fn tag(&mut self, at: usize, until: &[&str]) -> Result<Option<Stmt<'a>>, Keyword<'a>> {
        let tokens = std::mem::take(&mut self.lexer.tokens);
        let mut cursor = Cursor::new(&tokens, at);
        let result = match cursor.name() {
            Ok(name) if until.contains(&name) => {
                let condition = (name == "elif")
                    .then(|| self.keep(cursor.tuple(true)))
                    .flatten();
                Err(Keyword {
                    at,
                    name,
                    condition,
                })
            }
            Ok(name) if is_closing(name) => {
                self.trouble(at, TroubleKind::Grammar);
                Ok(None)
            }
            Ok(name) => self.statement(name, at, &mut cursor),
            Err(trouble) => {
                self.trouble(trouble.at, trouble.kind);
                Ok(None)
            }
        };
        self.lexer.tokens = tokens;
        result
    }

    fn statement(
        &mut self,
        name: &'a str,
        at: usize,
        cursor: &mut Cursor<'_, 'a>,
    ) -> Result<Option<Stmt<'a>>, Keyword<'a>> {
        let statement = match name {
            "if" => self.if_block(cursor),
            "for" => self.for_block(at, cursor),
            "set" => self.set(cursor),
            "macro" => self.macro_block(cursor),
            "call" => self.call_block(cursor),
            "with" => self.with_block(cursor),
            "filter" => self.filter_block(cursor),
            "block" | "autoescape" | "generation" | "trans" => Some(self.group(name)),
            "do" => self.keep(cursor.tuple(true)).map(Stmt::Do),
            "include" | "import" | "extends" | "from" => {
                self.keep(cursor.expression()).map(|file| Stmt::Load {
                    keyword: name,
                    name: file,
                })
            }
            "break" | "continue" | "debug" => None,
            _ => {
                self.trouble(at, TroubleKind::Grammar);
                // Whatever an unknown tag does, its arguments are still expressions worth judging.
                cursor.tuple(true).ok().map(Stmt::Do)
            }
        };
        Ok(statement)
    }

    /// A block's body up to its closing keyword.
    fn nested_body(&mut self, until: &[&str]) -> (Vec<Stmt<'a>>, Option<Keyword<'a>>) {
        if self.blocks >= MAX_BLOCKS {
            // The body is read as part of the surrounding block: nothing is skipped, only the nesting is lost.
            self.trouble(0, TroubleKind::TooDeep);
            return (Vec::new(), None);
        }
        self.blocks = self.blocks.saturating_add(1);
        let (body, end) = self.body(until);
        self.blocks = self.blocks.saturating_sub(1);
        match end {
            End::Keyword(keyword) => (body, Some(keyword)),
            End::Eof => {
                self.trouble(0, TroubleKind::Unfinished);
                (body, None)
            }
        }
    }

    fn if_block(&mut self, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let mut condition = self.keep(cursor.tuple(true));
        let mut branches = Vec::new();
        let mut other = Vec::new();
        loop {
            let (body, end) = self.nested_body(&["elif", "else", "endif"]);
            let unknown = || Expr {
                at: 0,
                height: 1,
                kind: ExprKind::Float,
            };
            branches.push((condition.take().unwrap_or_else(unknown), body));
            let Some(keyword) = end else { break };
            match keyword.name {
                "elif" => condition = keyword.condition,
                "else" => {
                    other = self.nested_body(&["endif"]).0;
                    break;
                }
                _ => break,
            }
        }
        Some(Stmt::If { branches, other })
    }

    fn for_block(&mut self, at: usize, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let head = self.keep(for_head(cursor));
        let (body, end) = self.nested_body(&["else", "endfor"]);
        let other = match end {
            Some(keyword) if keyword.name == "else" => self.nested_body(&["endfor"]).0,
            _ => Vec::new(),
        };
        let Some(head) = head else {
            return Some(Stmt::Group(body));
        };
        Some(Stmt::For(Box::new(For {
            at,
            target: head.target,
            iter: head.iter,
            filter: head.filter,
            is_recursive: head.is_recursive,
            body,
            other,
        })))
    }

    fn set(&mut self, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let target = self.keep(target(cursor))?;
        if cursor.eat_op("=") {
            let value = self.keep(cursor.tuple(true))?;
            if !cursor.is_done() {
                self.trouble(cursor.at(), TroubleKind::Grammar);
            }
            return Some(Stmt::Set { target, value });
        }
        let filter = if cursor.eat_op("|") {
            self.keep(cursor.filter_chain())
        } else {
            None
        };
        let (body, _) = self.nested_body(&["endset"]);
        Some(Stmt::SetBlock {
            target,
            filter,
            body,
        })
    }

    fn macro_block(&mut self, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let head = self.keep(cursor.name().and_then(|name| Ok((name, params(cursor)?))));
        let (body, _) = self.nested_body(&["endmacro"]);
        let Some((name, params)) = head else {
            return Some(Stmt::Group(body));
        };
        Some(Stmt::Macro(Box::new(Macro { name, params, body })))
    }

    fn call_block(&mut self, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let params = if cursor.peek_op("(") {
            self.keep(params(cursor)).unwrap_or_default()
        } else {
            Vec::new()
        };
        let call = self.keep(cursor.expression());
        let (body, _) = self.nested_body(&["endcall"]);
        let Some(call) = call else {
            return Some(Stmt::Group(body));
        };
        let body = Box::new(Macro {
            name: "caller",
            params,
            body,
        });
        Some(Stmt::CallBlock { call, body })
    }

    fn with_block(&mut self, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let mut assignments = Vec::new();
        while !cursor.is_done() {
            let assignment = target(cursor).and_then(|target| {
                cursor.expect_op("=")?;
                Ok((target, cursor.expression()?))
            });
            let Some(assignment) = self.keep(assignment) else {
                break;
            };
            assignments.push(assignment);
            if !cursor.eat_op(",") {
                break;
            }
        }
        let (body, _) = self.nested_body(&["endwith"]);
        Some(Stmt::With { assignments, body })
    }

    fn filter_block(&mut self, cursor: &mut Cursor<'_, 'a>) -> Option<Stmt<'a>> {
        let filter = self.keep(cursor.filter_chain());
        let (body, _) = self.nested_body(&["endfilter"]);
        Some(match filter {
            Some(filter) => Stmt::FilterBlock { filter, body },
            None => Stmt::Group(body),
        })
    }

    fn group(&mut self, name: &str) -> Stmt<'a> {
        let closing = match name {
            "block" => "endblock",
            "autoescape" => "endautoescape",
            "trans" => "endtrans",
            _ => "endgeneration",
        };
        let (body, _) = self.nested_body(&[closing]);
        Stmt::Group(body)
    }
}

fn is_closing(name: &str) -> bool {
    const CLOSING: &[&str] = &[
        "elif",
        "else",
        "endif",
        "endfor",
        "endset",
        "endmacro",
        "endcall",
        "endwith",
        "endfilter",
        "endblock",
        "endautoescape",
        "endgeneration",
        "endtrans",
        "endraw",
    ];
    CLOSING.contains(&name)
}

#[derive(Debug)]
struct ForHead<'a> {
    target: Expr<'a>,
    iter: Expr<'a>,
    filter: Option<Expr<'a>>,
    is_recursive: bool,
}

fn for_head<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<ForHead<'a>, Trouble> {
    let target = target(cursor)?;
    if !cursor.eat_name("in") {
        return Err(cursor.fail());
    }
    let iter = cursor.tuple(false)?;
    let filter = if cursor.eat_name("if") {
        Some(cursor.expression()?)
    } else {
        None
    };
    let is_recursive = cursor.eat_name("recursive");
    if cursor.is_done() {
        Ok(ForHead {
            target,
            iter,
            filter,
            is_recursive,
        })
    } else {
        Err(cursor.fail())
    }
}

/// `a`, `a.b`, `a, b`, `(a, b)` on the left of an assignment.
fn target<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<Expr<'a>, Trouble> {
    let at = cursor.at();
    let mut items = Vec::new();
    let mut is_tuple = false;
    loop {
        if cursor.eat_op("(") {
            // Targets nest one level in practice; deeper brackets are no valid assignment for us.
            let mut inner = Vec::new();
            while !cursor.eat_op(")") {
                inner.push(simple_target(cursor)?);
                if !cursor.eat_op(",") {
                    cursor.expect_op(")")?;
                    break;
                }
            }
            items.push(Expr {
                at,
                height: 4,
                kind: ExprKind::List(inner),
            });
        } else {
            items.push(simple_target(cursor)?);
        }
        if !cursor.eat_op(",") {
            break;
        }
        is_tuple = true;
        if cursor.is_done() || cursor.peek_name("in") || cursor.peek_op("=") {
            break;
        }
    }
    match items.pop() {
        Some(single) if !is_tuple => Ok(single),
        last => {
            items.extend(last);
            Ok(Expr {
                at,
                height: 5,
                kind: ExprKind::List(items),
            })
        }
    }
}

fn simple_target<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<Expr<'a>, Trouble> {
    let at = cursor.at();
    let mut expr = Expr {
        at,
        height: 1,
        kind: ExprKind::Name(cursor.name()?),
    };
    if cursor.eat_op(".") {
        expr = Expr {
            at,
            height: 2,
            kind: ExprKind::Attr {
                base: Box::new(expr),
                name: cursor.name()?,
            },
        };
    }
    Ok(expr)
}

type Params<'a> = Vec<(&'a str, Option<Expr<'a>>)>;

fn params<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<Params<'a>, Trouble> {
    cursor.expect_op("(")?;
    let mut params = Vec::new();
    while !cursor.eat_op(")") {
        let name = cursor.name()?;
        let default = if cursor.eat_op("=") {
            Some(cursor.expression()?)
        } else {
            None
        };
        params.push((name, default));
        if !cursor.eat_op(",") {
            cursor.expect_op(")")?;
            break;
        }
    }
    Ok(params)
}
