//! JavaScript as a tree, as coarse as judging needs: chains and sums are flat lists, so that the depth of the tree is
//! bounded by the nesting of brackets and functions.

use std::rc::Rc;

/// An expression or statement.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// A variable.
    Name(&'a str, usize),
    /// A string, and whether it is written with escapes of letters.
    Text(String, bool),
    /// A number.
    Number(f64),
    /// Operands of `+`, or the parts of a template.
    Sum(Vec<Self>),
    /// One of several values: `a || b`, `c ? d : e`.
    Either(Vec<Self>),
    /// Operands of any other operator.
    Mixed(Vec<Self>),
    /// `[…]`.
    List(Vec<Self>),
    /// `{…}`; spread members have an empty key.
    Object(Vec<(Key<'a>, Self)>),
    /// A value, and what is done with it from left to right.
    Chain(Box<Self>, Vec<Link<'a>>, usize),
    /// A function, arrow function or method.
    Function(Rc<Function<'a>>),
    /// `target = value`, declarations and defaults; whether the old value stays part of it.
    Assign(Box<Self>, Box<Self>, bool),
    /// Statements or expressions one after another; the last one is the value.
    Block(Vec<Self>),
    /// `return`.
    Return(Box<Self>),
    /// A class by its methods.
    Class(Option<&'a str>, Vec<Self>),
    /// `import`.
    Import(Box<Self>, String),
    /// `…x`.
    Spread(Box<Self>),
    /// Anything else.
    Nothing,
}

/// A key of an object.
#[derive(Debug)]
pub(super) enum Key<'a> {
    /// As written.
    Plain(String),
    /// `[…]`.
    Computed(Node<'a>),
}

/// One step of a chain.
#[derive(Debug)]
pub(super) enum Link<'a> {
    /// `.name`.
    Member(&'a str),
    /// `[index]`.
    Index(Node<'a>),
    /// `(arguments)`, after `new` or not.
    Call(Vec<Node<'a>>),
}

/// A function.
#[derive(Debug)]
pub(super) struct Function<'a> {
    /// Its name, if it has one.
    pub(super) name: Option<&'a str>,
    /// Names and patterns of its parameters.
    pub(super) parameters: Vec<Node<'a>>,
    /// What it does.
    pub(super) body: Node<'a>,
    /// Whether it is declared by a statement, so that its name is bound around it.
    pub(super) is_declared: bool,
}
