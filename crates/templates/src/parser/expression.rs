//! Expressions, with Jinja2's precedence: `if`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`, unary,
//! postfix, filters and tests. Unlike some dialects, Jinja2 allows calls behind filters: `x|attr('y')('z')`.

use std::borrow::Cow;

use super::{MAX_HEIGHT, MAX_NESTING, Trouble, TroubleKind};
use crate::ast::{Arg, ArgName, BinaryOp, CompareOp, Expr, ExprKind};
use crate::lexer::{Token, TokenKind};

type Parsed<'a> = Result<Expr<'a>, Trouble>;

/// Reads expressions from the tokens of one tag.
#[derive(Debug)]
pub(crate) struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
    position: usize,
    nesting: usize,
    /// The offset used when the tokens have run out.
    fallback: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(crate) fn new(tokens: &'t [Token<'a>], fallback: usize) -> Self {
        Self {
            tokens,
            position: 0,
            nesting: 0,
            fallback,
        }
    }

    fn peek(&self) -> Option<&'t TokenKind<'a>> {
        self.tokens.get(self.position).map(|token| &token.kind)
    }

    /// The offset of the next token.
    pub(crate) fn at(&self) -> usize {
        self.tokens
            .get(self.position)
            .or_else(|| self.tokens.last())
            .map_or(self.fallback, |token| token.at)
    }

    fn bump(&mut self) {
        self.position = self.position.saturating_add(1);
    }

    /// Whether all tokens were read.
    pub(crate) fn is_done(&self) -> bool {
        self.position >= self.tokens.len()
    }

    /// A grammar error at the next token.
    pub(crate) fn fail(&self) -> Trouble {
        Trouble {
            at: self.at(),
            kind: TroubleKind::Grammar,
        }
    }

    pub(crate) fn peek_op(&self, expected: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Op(op)) if *op == expected)
    }

    pub(crate) fn peek_name(&self, expected: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Name(name)) if *name == expected)
    }

    pub(crate) fn eat_op(&mut self, expected: &str) -> bool {
        let found = self.peek_op(expected);
        if found {
            self.bump();
        }
        found
    }

    pub(crate) fn eat_name(&mut self, expected: &str) -> bool {
        let found = self.peek_name(expected);
        if found {
            self.bump();
        }
        found
    }

    pub(crate) fn expect_op(&mut self, expected: &str) -> Result<(), Trouble> {
        if self.eat_op(expected) {
            Ok(())
        } else {
            Err(self.fail())
        }
    }

    /// Any name.
    pub(crate) fn name(&mut self) -> Result<&'a str, Trouble> {
        match self.peek() {
            Some(TokenKind::Name(name)) => {
                let name = *name;
                self.bump();
                Ok(name)
            }
            _ => Err(self.fail()),
        }
    }

    fn build(&self, at: usize, height: u16, kind: ExprKind<'a>) -> Parsed<'a> {
        let height = height.saturating_add(1);
        if height > MAX_HEIGHT {
            return Err(Trouble {
                at,
                kind: TroubleKind::TooDeep,
            });
        }
        Ok(Expr { at, height, kind })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        if self.nesting >= MAX_NESTING {
            return Err(Trouble {
                at: self.at(),
                kind: TroubleKind::TooDeep,
            });
        }
        self.nesting = self.nesting.saturating_add(1);
        let result = read(self);
        self.nesting = self.nesting.saturating_sub(1);
        result
    }

    /// An expression, conditional ones included.
    pub(crate) fn expression(&mut self) -> Parsed<'a> {
        self.nested(|cursor| {
            let at = cursor.at();
            let mut expr = cursor.disjunction()?;
            while cursor.eat_name("if") {
                let test = cursor.disjunction()?;
                let other = if cursor.eat_name("else") {
                    Some(Box::new(cursor.expression()?))
                } else {
                    None
                };
                let height = expr
                    .height
                    .max(test.height)
                    .max(other.as_ref().map_or(0, |other| other.height));
                let kind = ExprKind::If {
                    test: Box::new(test),
                    then: Box::new(expr),
                    other,
                };
                expr = cursor.build(at, height, kind)?;
            }
            Ok(expr)
        })
    }

    /// An expression or a bare tuple, as in `{% for a, b in 1, 2 %}`; a conditional only if the caller allows it.
    pub(crate) fn tuple(&mut self, allow_conditional: bool) -> Parsed<'a> {
        let at = self.at();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if is_tuple && self.ends_tuple() {
                break;
            }
            items.push(if allow_conditional {
                self.expression()?
            } else {
                self.disjunction()?
            });
            if !self.eat_op(",") {
                break;
            }
            is_tuple = true;
        }
        if is_tuple {
            return self.list_of(at, items);
        }
        items.pop().ok_or_else(|| self.fail())
    }

    fn ends_tuple(&self) -> bool {
        self.is_done() || self.peek_op(")") || self.peek_op("]") || self.peek_name("in")
    }

    fn list_of(&self, at: usize, items: Vec<Expr<'a>>) -> Parsed<'a> {
        let height = items.iter().map(|item| item.height).max().unwrap_or(0);
        self.build(at, height, ExprKind::List(items))
    }

    fn chain(
        &mut self,
        operators: &[(&str, BinaryOp)],
        next: fn(&mut Self) -> Parsed<'a>,
    ) -> Parsed<'a> {
        let at = self.at();
        let first = next(self)?;
        let mut rest = Vec::new();
        let mut height = first.height;
        while let Some(op) = self.operator(operators) {
            let operand = next(self)?;
            height = height.max(operand.height);
            rest.push((op, operand));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let first = Box::new(first);
        self.build(at, height, ExprKind::Chain { first, rest })
    }

    fn operator(&mut self, operators: &[(&str, BinaryOp)]) -> Option<BinaryOp> {
        let text = match self.peek()? {
            TokenKind::Op(op) => *op,
            TokenKind::Name(name) => *name,
            TokenKind::Str(_) | TokenKind::Int(_) | TokenKind::Float | TokenKind::Stray => {
                return None;
            }
        };
        let (_, op) = operators.iter().find(|(symbol, _)| *symbol == text)?;
        self.bump();
        Some(*op)
    }

    pub(crate) fn disjunction(&mut self) -> Parsed<'a> {
        self.chain(&[("or", BinaryOp::Or)], Self::conjunction)
    }

    fn conjunction(&mut self) -> Parsed<'a> {
        self.chain(&[("and", BinaryOp::And)], Self::negation)
    }

    fn negation(&mut self) -> Parsed<'a> {
        let at = self.at();
        if !self.eat_name("not") {
            return self.comparison();
        }
        let operand = self.nested(Self::negation)?;
        self.build(at, operand.height, ExprKind::Not(Box::new(operand)))
    }

    fn comparison(&mut self) -> Parsed<'a> {
        let at = self.at();
        let first = self.sum()?;
        let mut rest = Vec::new();
        let mut height = first.height;
        while let Some(op) = self.comparison_operator() {
            let operand = self.sum()?;
            height = height.max(operand.height);
            rest.push((op, operand));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let first = Box::new(first);
        self.build(at, height, ExprKind::Compare { first, rest })
    }

    fn comparison_operator(&mut self) -> Option<CompareOp> {
        let op = match self.peek()? {
            TokenKind::Op("==") => CompareOp::Equal,
            TokenKind::Op("!=") => CompareOp::NotEqual,
            TokenKind::Op("<") => CompareOp::Less,
            TokenKind::Op("<=") => CompareOp::LessOrEqual,
            TokenKind::Op(">") => CompareOp::Greater,
            TokenKind::Op(">=") => CompareOp::GreaterOrEqual,
            TokenKind::Name("in") => CompareOp::In,
            TokenKind::Name("not") => {
                let next = self.tokens.get(self.position.saturating_add(1))?;
                if next.kind != TokenKind::Name("in") {
                    return None;
                }
                self.bump();
                CompareOp::NotIn
            }
            _ => return None,
        };
        self.bump();
        Some(op)
    }

    fn sum(&mut self) -> Parsed<'a> {
        self.chain(
            &[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)],
            Self::concatenation,
        )
    }

    fn concatenation(&mut self) -> Parsed<'a> {
        self.chain(&[("~", BinaryOp::Concat)], Self::product)
    }

    fn product(&mut self) -> Parsed<'a> {
        const OPERATORS: [(&str, BinaryOp); 4] = [
            ("*", BinaryOp::Multiply),
            ("/", BinaryOp::Divide),
            ("//", BinaryOp::FloorDivide),
            ("%", BinaryOp::Remainder),
        ];
        self.chain(&OPERATORS, Self::power)
    }

    fn power(&mut self) -> Parsed<'a> {
        self.chain(&[("**", BinaryOp::Power)], Self::unary)
    }

    fn unary(&mut self) -> Parsed<'a> {
        let expr = self.unfiltered()?;
        self.filters(expr)
    }

    fn unfiltered(&mut self) -> Parsed<'a> {
        let at = self.at();
        if self.eat_op("-") {
            let operand = self.nested(Self::unfiltered)?;
            return self.build(at, operand.height, ExprKind::Negative(Box::new(operand)));
        }
        if self.eat_op("+") {
            return self.nested(Self::unfiltered);
        }
        let primary = self.primary()?;
        self.postfix(primary)
    }

    fn primary(&mut self) -> Parsed<'a> {
        let at = self.at();
        let token = self.peek().ok_or_else(|| self.fail())?;
        let kind = match token {
            TokenKind::Name(name) => match *name {
                "true" | "True" => ExprKind::Bool(true),
                "false" | "False" => ExprKind::Bool(false),
                "none" | "None" => ExprKind::None,
                _ => ExprKind::Name(name),
            },
            TokenKind::Str(_) => ExprKind::Str(self.strings()),
            TokenKind::Int(value) => ExprKind::Int(*value),
            TokenKind::Float => ExprKind::Float,
            TokenKind::Op("(") => return self.parenthesised(at),
            TokenKind::Op("[") => return self.list(at),
            TokenKind::Op("{") => return self.dict(at),
            TokenKind::Op(_) | TokenKind::Stray => return Err(self.fail()),
        };
        self.bump();
        self.build(at, 0, kind)
    }

    /// Adjacent literals, joined; leaves the cursor on the last of them.
    fn strings(&mut self) -> Cow<'a, str> {
        let mut text = Cow::Borrowed("");
        while let Some(TokenKind::Str(piece)) = self.peek() {
            if text.is_empty() {
                text = piece.clone();
            } else {
                text.to_mut().push_str(piece);
            }
            let next = self.tokens.get(self.position.saturating_add(1));
            if !matches!(next.map(|token| &token.kind), Some(TokenKind::Str(_))) {
                break;
            }
            self.bump();
        }
        text
    }

    fn parenthesised(&mut self, at: usize) -> Parsed<'a> {
        self.bump();
        if self.eat_op(")") {
            return self.build(at, 0, ExprKind::List(Vec::new()));
        }
        let inner = self.nested(|cursor| cursor.tuple(true))?;
        self.expect_op(")")?;
        Ok(inner)
    }

    fn list(&mut self, at: usize) -> Parsed<'a> {
        self.bump();
        let mut items = Vec::new();
        while !self.eat_op("]") {
            items.push(self.expression()?);
            if !self.eat_op(",") {
                self.expect_op("]")?;
                break;
            }
        }
        self.list_of(at, items)
    }

    fn dict(&mut self, at: usize) -> Parsed<'a> {
        self.bump();
        let mut entries = Vec::new();
        let mut height = 0;
        while !self.eat_op("}") {
            let key = self.expression()?;
            self.expect_op(":")?;
            let value = self.expression()?;
            height = key.height.max(value.height).max(height);
            entries.push((key, value));
            if !self.eat_op(",") {
                self.expect_op("}")?;
                break;
            }
        }
        self.build(at, height, ExprKind::Dict(entries))
    }

    fn postfix(&mut self, mut expr: Expr<'a>) -> Parsed<'a> {
        loop {
            let at = expr.at;
            expr = if self.eat_op(".") {
                self.attribute(at, expr)?
            } else if self.eat_op("[") {
                self.subscript(at, expr)?
            } else if self.peek_op("(") {
                self.call(at, expr)?
            } else {
                return Ok(expr);
            };
        }
    }

    fn attribute(&mut self, at: usize, base: Expr<'a>) -> Parsed<'a> {
        let height = base.height;
        let base = Box::new(base);
        if let Some(TokenKind::Int(value)) = self.peek() {
            let index = Box::new(self.build(self.at(), 0, ExprKind::Int(*value))?);
            self.bump();
            return self.build(at, height, ExprKind::Item { base, index });
        }
        let name = self.name()?;
        self.build(at, height, ExprKind::Attr { base, name })
    }

    fn subscript(&mut self, at: usize, base: Expr<'a>) -> Parsed<'a> {
        let mut parts: [Option<Expr<'a>>; 3] = [None, None, None];
        let mut colons = 0usize;
        while !self.eat_op("]") {
            if self.eat_op(":") {
                colons = colons.saturating_add(1);
                continue;
            }
            // A second index (`x[1, 2]`) only ever makes a key that no conversation has.
            if self.eat_op(",") {
                continue;
            }
            let value = self.expression()?;
            let slot = parts.get_mut(colons).ok_or_else(|| self.fail())?;
            *slot = Some(value);
        }
        let height = parts
            .iter()
            .flatten()
            .map(|part| part.height)
            .max()
            .unwrap_or(0);
        let height = height.max(base.height);
        let base = Box::new(base);
        if colons > 0 {
            let parts = Box::new(parts);
            return self.build(at, height, ExprKind::Slice { base, parts });
        }
        let [index, ..] = parts;
        let index = Box::new(index.ok_or_else(|| self.fail())?);
        self.build(at, height, ExprKind::Item { base, index })
    }

    fn call(&mut self, at: usize, callee: Expr<'a>) -> Parsed<'a> {
        let args = self.arguments()?;
        let height = height_of(&args).max(callee.height);
        let callee = Box::new(callee);
        self.build(at, height, ExprKind::Call { callee, args })
    }

    fn arguments(&mut self) -> Result<Vec<Arg<'a>>, Trouble> {
        self.expect_op("(")?;
        let mut args = Vec::new();
        while !self.eat_op(")") {
            args.push(self.argument()?);
            if !self.eat_op(",") {
                self.expect_op(")")?;
                break;
            }
        }
        Ok(args)
    }

    fn argument(&mut self) -> Result<Arg<'a>, Trouble> {
        if self.eat_op("*") || self.eat_op("**") {
            return Ok(Arg {
                name: ArgName::Splat,
                value: self.expression()?,
            });
        }
        let next = self.tokens.get(self.position.saturating_add(1));
        let is_keyword = matches!(next.map(|token| &token.kind), Some(TokenKind::Op("=")));
        let name = match self.peek() {
            Some(TokenKind::Name(name)) if is_keyword => {
                self.bump();
                self.bump();
                ArgName::Keyword(name)
            }
            _ => ArgName::Positional,
        };
        Ok(Arg {
            name,
            value: self.expression()?,
        })
    }

    fn filters(&mut self, mut expr: Expr<'a>) -> Parsed<'a> {
        loop {
            let at = expr.at;
            expr = if self.eat_op("|") {
                self.filter(at, Some(expr))?
            } else if self.eat_name("is") {
                self.test(at, expr)?
            } else if self.peek_op("(") {
                self.call(at, expr)?
            } else {
                return Ok(expr);
            };
        }
    }

    fn filter(&mut self, at: usize, base: Option<Expr<'a>>) -> Parsed<'a> {
        let name = self.dotted_name()?;
        let args = if self.peek_op("(") {
            self.arguments()?
        } else {
            Vec::new()
        };
        let height = height_of(&args).max(base.as_ref().map_or(0, |base| base.height));
        let base = base.map(Box::new);
        self.build(at, height, ExprKind::Filter { base, name, args })
    }

    /// The filters of `{% filter … %}` and `{% set x | … %}`.
    pub(crate) fn filter_chain(&mut self) -> Parsed<'a> {
        let at = self.at();
        let first = self.filter(at, None)?;
        self.filters(first)
    }

    fn test(&mut self, at: usize, base: Expr<'a>) -> Parsed<'a> {
        let is_negated = self.eat_name("not");
        let name = self.dotted_name()?;
        let args = if self.peek_op("(") {
            self.arguments()?
        } else if self.starts_test_argument() {
            let primary = self.nested(Self::primary)?;
            let value = self.postfix(primary)?;
            vec![Arg {
                name: ArgName::Positional,
                value,
            }]
        } else {
            Vec::new()
        };
        let height = height_of(&args).max(base.height);
        let base = Box::new(base);
        let test = self.build(at, height, ExprKind::Test { base, name, args })?;
        if is_negated {
            return self.build(at, test.height, ExprKind::Not(Box::new(test)));
        }
        Ok(test)
    }

    fn starts_test_argument(&self) -> bool {
        match self.peek() {
            Some(TokenKind::Name(name)) => !matches!(
                *name,
                "else" | "or" | "and" | "is" | "if" | "in" | "not" | "recursive"
            ),
            Some(
                TokenKind::Str(_) | TokenKind::Int(_) | TokenKind::Float | TokenKind::Op("[" | "{"),
            ) => true,
            _ => false,
        }
    }

    fn dotted_name(&mut self) -> Result<Cow<'a, str>, Trouble> {
        let mut name = Cow::Borrowed(self.name()?);
        while self.eat_op(".") {
            let part = self.name()?;
            let whole = name.to_mut();
            whole.push('.');
            whole.push_str(part);
        }
        Ok(name)
    }
}

fn height_of(args: &[Arg<'_>]) -> u16 {
    args.iter().map(|arg| arg.value.height).max().unwrap_or(0)
}
