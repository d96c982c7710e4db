//! The syntax tree of a template, borrowed from its text.
//!
//! Chains of operators are flat lists, so that the height of the tree follows nesting and not length; the parser
//! bounds the height, and every walk (dropping included) may therefore recurse.

use std::borrow::Cow;

/// An expression with its offset in the text and its height.
#[derive(Debug)]
pub(crate) struct Expr<'a> {
    pub(crate) at: usize,
    pub(crate) height: u16,
    pub(crate) kind: ExprKind<'a>,
}

/// What an expression is.
#[derive(Debug)]
pub(crate) enum ExprKind<'a> {
    Name(&'a str),
    Str(Cow<'a, str>),
    Int(i64),
    Float,
    Bool(bool),
    None,
    List(Vec<Expr<'a>>),
    Dict(Vec<(Expr<'a>, Expr<'a>)>),
    Attr {
        base: Box<Expr<'a>>,
        name: &'a str,
    },
    Item {
        base: Box<Expr<'a>>,
        index: Box<Expr<'a>>,
    },
    Slice {
        base: Box<Expr<'a>>,
        parts: Box<[Option<Expr<'a>>; 3]>,
    },
    Call {
        callee: Box<Expr<'a>>,
        args: Vec<Arg<'a>>,
    },
    /// A filter; the base is missing in `{% filter name %}` and `{% set x | name %}`.
    Filter {
        base: Option<Box<Expr<'a>>>,
        name: Cow<'a, str>,
        args: Vec<Arg<'a>>,
    },
    Test {
        base: Box<Expr<'a>>,
        name: Cow<'a, str>,
        args: Vec<Arg<'a>>,
    },
    Not(Box<Expr<'a>>),
    Negative(Box<Expr<'a>>),
    /// Operators of one precedence level, left to right.
    Chain {
        first: Box<Expr<'a>>,
        rest: Vec<(BinaryOp, Expr<'a>)>,
    },
    Compare {
        first: Box<Expr<'a>>,
        rest: Vec<(CompareOp, Expr<'a>)>,
    },
    If {
        test: Box<Expr<'a>>,
        then: Box<Expr<'a>>,
        other: Option<Box<Expr<'a>>>,
    },
}

/// An argument of a call, filter or test.
#[derive(Debug)]
pub(crate) struct Arg<'a> {
    pub(crate) name: ArgName<'a>,
    pub(crate) value: Expr<'a>,
}

/// How an argument is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArgName<'a> {
    Positional,
    Keyword(&'a str),
    Splat,
}

/// Operators that are not comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Or,
    And,
    Add,
    Subtract,
    Concat,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

/// Comparisons and membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// A statement.
#[derive(Debug)]
pub(crate) enum Stmt<'a> {
    Text {
        at: usize,
        text: &'a str,
    },
    Emit(Expr<'a>),
    /// `{% do … %}`.
    Do(Expr<'a>),
    For(Box<For<'a>>),
    If {
        branches: Vec<(Expr<'a>, Vec<Self>)>,
        other: Vec<Self>,
    },
    Set {
        target: Expr<'a>,
        value: Expr<'a>,
    },
    SetBlock {
        target: Expr<'a>,
        filter: Option<Expr<'a>>,
        body: Vec<Self>,
    },
    With {
        assignments: Vec<(Expr<'a>, Expr<'a>)>,
        body: Vec<Self>,
    },
    Macro(Box<Macro<'a>>),
    CallBlock {
        call: Expr<'a>,
        body: Box<Macro<'a>>,
    },
    FilterBlock {
        filter: Expr<'a>,
        body: Vec<Self>,
    },
    /// `autoescape`, `block`, `generation` and the like: a body without an effect of its own.
    Group(Vec<Self>),
    Load {
        keyword: &'a str,
        name: Expr<'a>,
    },
}

/// A `for` loop.
#[derive(Debug)]
pub(crate) struct For<'a> {
    pub(crate) at: usize,
    pub(crate) target: Expr<'a>,
    pub(crate) iter: Expr<'a>,
    pub(crate) filter: Option<Expr<'a>>,
    pub(crate) is_recursive: bool,
    pub(crate) body: Vec<Stmt<'a>>,
    pub(crate) other: Vec<Stmt<'a>>,
}

/// A macro, or the body of a `call` block.
#[derive(Debug)]
pub(crate) struct Macro<'a> {
    pub(crate) name: &'a str,
    pub(crate) params: Vec<(&'a str, Option<Expr<'a>>)>,
    pub(crate) body: Vec<Stmt<'a>>,
}

/// A parsed template.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    pub(crate) body: Vec<Stmt<'a>>,
    /// Comments with their offsets.
    pub(crate) comments: Vec<(usize, &'a str)>,
}
