//! From tokens to the tree. Tolerant: what is no JavaScript is skipped, never refused. Nesting beyond the limit is
//! skipped with its bracket, which [`Parser::is_cut`] tells.

use std::rc::Rc;

use super::lex::{Kind, Token, between_quotes, unescape};
use super::tree::{Function, Key, Link, Node};

/// How deep brackets, functions and operators may nest.
const MAX_DEPTH: u32 = 400;

/// Reads tokens from left to right.
pub(super) struct Parser<'a, 't> {
    tokens: &'t [Token<'a>],
    at: usize,
    depth: u32,
    /// Whether something was nested too deeply to be read.
    pub(super) is_cut: bool,
}

impl<'a, 't> Parser<'a, 't> {
    pub(super) const fn new(tokens: &'t [Token<'a>]) -> Self {
        Self {
            tokens,
            at: 0,
            depth: 0,
            is_cut: false,
        }
    }

    /// Every statement of the program.
    pub(super) fn program(&mut self) -> Vec<Node<'a>> {
        let mut found = Vec::new();
        while self.at < self.tokens.len() {
            let before = self.at;
            found.push(self.statement());
            if self.at == before {
                self.at = self.at.saturating_add(1);
            }
        }
        found
    }

    fn token(&self) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at)
    }

    fn text(&self) -> &'a str {
        self.token().map_or("", |token| match token.kind {
            Kind::Word | Kind::Sign => token.text,
            Kind::Number | Kind::Text | Kind::Chunk | Kind::Pattern => "",
        })
    }

    fn text_after(&self, steps: usize) -> &'a str {
        let token = self.tokens.get(self.at.saturating_add(steps));
        token.map_or("", |token| token.text)
    }

    fn offset(&self) -> usize {
        self.token().map_or(0, |token| token.at)
    }

    fn next(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_there = self.text() == text;
        if is_there {
            self.next();
        }
        is_there
    }

    /// The position behind the bracket that opens here.
    fn behind(&self) -> usize {
        let closing = self.token().map_or(self.at, |token| token.closing);
        closing
            .min(self.tokens.len())
            .max(self.at)
            .saturating_add(1)
    }

    /// Reads one level deeper, or skips to behind the bracket that opens here.
    fn deeper<T>(&mut self, otherwise: T, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.is_cut = true;
            self.at = self.behind();
            return otherwise;
        }
        self.depth = self.depth.saturating_add(1);
        let result = read(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn statement(&mut self) -> Node<'a> {
        self.deeper(Node::Nothing, Self::statement_here)
    }

    fn statement_here(&mut self) -> Node<'a> {
        match self.text() {
            "{" => self.block(),
            ";" => {
                self.next();
                Node::Nothing
            }
            "var" | "let" | "const" => {
                self.next();
                self.declarations()
            }
            "function" => self.function(true),
            "async" if self.text_after(1) == "function" => {
                self.next();
                self.function(true)
            }
            "class" => self.class(),
            "return" => {
                self.next();
                let is_empty = matches!(self.text(), ";" | "}")
                    || self.token().is_none_or(|token| token.is_after_line);
                if is_empty {
                    return Node::Nothing;
                }
                let value = self.sequence();
                self.eat(";");
                Node::Return(Box::new(value))
            }
            "throw" => {
                self.next();
                self.sequence()
            }
            "if" | "while" | "with" | "switch" => {
                self.next();
                let test = self.in_brackets();
                let mut parts = vec![test, self.statement()];
                while self.eat("else") {
                    // A ladder of `else if` stays flat.
                    if self.eat("if") {
                        parts.push(self.in_brackets());
                    }
                    parts.push(self.statement());
                }
                Node::Block(parts)
            }
            "for" => {
                self.next();
                self.eat("await");
                let head = self.in_brackets();
                Node::Block(vec![head, self.statement()])
            }
            "do" => {
                self.next();
                let body = self.statement();
                self.eat("while");
                Node::Block(vec![body, self.in_brackets()])
            }
            "try" => {
                self.next();
                let mut parts = vec![self.block()];
                if self.eat("catch") {
                    if self.text() == "(" {
                        self.at = self.behind();
                    }
                    parts.push(self.block());
                }
                if self.eat("finally") {
                    parts.push(self.block());
                }
                Node::Block(parts)
            }
            "case" => {
                self.next();
                let value = self.sequence();
                self.eat(":");
                value
            }
            "default" if self.text_after(1) == ":" => {
                self.at = self.at.saturating_add(2);
                Node::Nothing
            }
            "break" | "continue" | "debugger" => {
                self.next();
                Node::Nothing
            }
            "import" if !matches!(self.text_after(1), "(" | ".") => self.import(),
            "export" => {
                self.next();
                self.eat("default");
                if self.eat("*") || self.text() == "{" && self.exports_names() {
                    return Node::Nothing;
                }
                self.statement()
            }
            _ => {
                let value = self.sequence();
                self.eat(";");
                value
            }
        }
    }

    /// `export { a, b } from 'c'`: nothing happens beyond loading.
    fn exports_names(&mut self) -> bool {
        self.at = self.behind();
        true
    }

    fn block(&mut self) -> Node<'a> {
        if self.text() != "{" {
            return self.statement();
        }
        let end = self.behind();
        self.next();
        let mut found = Vec::new();
        while self.at.saturating_add(1) < end && self.at < self.tokens.len() {
            let before = self.at;
            found.push(self.statement());
            if self.at == before {
                self.next();
            }
        }
        self.at = end;
        Node::Block(found)
    }

    /// What stands in the round brackets of `if`, `for` and their like.
    fn in_brackets(&mut self) -> Node<'a> {
        if self.text() != "(" {
            return Node::Nothing;
        }
        let end = self.behind();
        self.next();
        let mut parts = Vec::new();
        while self.at.saturating_add(1) < end && self.at < self.tokens.len() {
            let before = self.at;
            if matches!(self.text(), "var" | "let" | "const") {
                self.next();
                parts.push(self.declarations());
            } else if matches!(self.text(), ";" | "of" | "in") {
                let is_of = self.text() == "of";
                self.next();
                // `for (const a of b)`: the variable is one of them.
                if is_of && let Some(target) = parts.pop() {
                    let target = match target {
                        Node::Block(mut all) if all.len() == 1 => {
                            all.pop().unwrap_or(Node::Nothing)
                        }
                        other => other,
                    };
                    let source = self.deeper(Node::Nothing, Self::assignment);
                    parts.push(Node::Assign(Box::new(target), Box::new(source), false));
                }
            } else {
                parts.push(self.sequence());
            }
            if self.at == before {
                self.next();
            }
        }
        self.at = end;
        Node::Block(parts)
    }

    fn declarations(&mut self) -> Node<'a> {
        let mut found = Vec::new();
        loop {
            let target = self.deeper(Node::Nothing, Self::primary);
            if self.eat("=") {
                let value = self.deeper(Node::Nothing, Self::assignment);
                found.push(Node::Assign(Box::new(target), Box::new(value), false));
            } else {
                found.push(target);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.eat(";");
        Node::Block(found)
    }

    fn import(&mut self) -> Node<'a> {
        self.next();
        let mut entries = Vec::new();
        for _ in 0..self.tokens.len() {
            let Some(token) = self.token() else { break };
            match (token.kind, token.text) {
                (Kind::Text, text) => {
                    let module = unescape(between_quotes(text));
                    self.next();
                    return Node::Import(Box::new(Node::Object(entries)), module);
                }
                (Kind::Sign, "*") => {
                    let name = self.text_after(2);
                    entries.push((Key::Plain("*".to_owned()), Node::Name(name, token.at)));
                    self.at = self.at.saturating_add(3);
                }
                (Kind::Sign, "{") => {
                    entries.extend(self.imported_names());
                }
                (Kind::Word, "from" | "type") | (Kind::Sign, ",") => self.next(),
                (Kind::Word, name) => {
                    entries.push((Key::Plain("default".to_owned()), Node::Name(name, token.at)));
                    self.next();
                }
                _ => break,
            }
        }
        Node::Nothing
    }

    fn imported_names(&mut self) -> Vec<(Key<'a>, Node<'a>)> {
        let end = self.behind();
        self.next();
        let mut found = Vec::new();
        while self.at.saturating_add(1) < end {
            let Some(token) = self.token() else { break };
            let name = match token.kind {
                Kind::Text => between_quotes(token.text),
                _ => token.text,
            };
            let is_renamed = self.text_after(1) == "as";
            let bound = if is_renamed { self.text_after(2) } else { name };
            if name != "," {
                found.push((Key::Plain(name.to_owned()), Node::Name(bound, token.at)));
            }
            self.at = self.at.saturating_add(if is_renamed { 3 } else { 1 });
        }
        self.at = end;
        found
    }

    fn class(&mut self) -> Node<'a> {
        self.next();
        let mut name = None;
        if self.token().is_some_and(|token| token.kind == Kind::Word) && self.text() != "extends" {
            name = Some(self.text());
            self.next();
        }
        let mut members = Vec::new();
        if self.eat("extends") {
            members.push(self.deeper(Node::Nothing, Self::unary));
        }
        if self.text() == "{" {
            members.push(self.deeper(Node::Nothing, Self::class_body));
        }
        Node::Class(name, members)
    }

    fn class_body(&mut self) -> Node<'a> {
        let end = self.behind();
        self.next();
        let mut members = Vec::new();
        while self.at.saturating_add(1) < end && self.at < self.tokens.len() {
            let before = self.at;
            let is_block = self.text() == "static" && self.text_after(1) == "{";
            if is_block {
                self.next();
                members.push(self.block());
            } else if self.eat(";") {
            } else if let Some((key, value)) = self.member() {
                members.push(Node::Object(vec![(key, value)]));
            }
            if self.at == before {
                self.next();
            }
        }
        self.at = end;
        Node::Block(members)
    }

    fn function(&mut self, is_declared: bool) -> Node<'a> {
        self.next();
        self.eat("*");
        let mut name = None;
        if self.token().is_some_and(|token| token.kind == Kind::Word) {
            name = Some(self.text());
            self.next();
        }
        self.deeper(Node::Nothing, |this| this.function_rest(name, is_declared))
    }

    /// Parameters and body.
    fn function_rest(&mut self, name: Option<&'a str>, is_declared: bool) -> Node<'a> {
        let parameters = if self.text() == "(" {
            self.arguments()
        } else {
            Vec::new()
        };
        let body = if self.text() == "{" {
            self.block()
        } else {
            Node::Nothing
        };
        Node::Function(Rc::new(Function {
            name,
            parameters,
            body,
            is_declared,
        }))
    }

    /// Behind `=>`.
    fn arrow(&mut self, parameters: Vec<Node<'a>>) -> Node<'a> {
        let body = if self.text() == "{" {
            self.block()
        } else {
            Node::Return(Box::new(self.assignment()))
        };
        Node::Function(Rc::new(Function {
            name: None,
            parameters,
            body,
            is_declared: false,
        }))
    }

    /// Expressions separated by commas.
    fn sequence(&mut self) -> Node<'a> {
        let first = self.deeper(Node::Nothing, Self::assignment);
        if self.text() != "," {
            return first;
        }
        let mut all = vec![first];
        while self.eat(",") {
            all.push(self.deeper(Node::Nothing, Self::assignment));
        }
        Node::Block(all)
    }

    fn assignment(&mut self) -> Node<'a> {
        let mut targets = Vec::new();
        let value = loop {
            let value = self.conditional();
            match self.text() {
                "=" => {
                    self.next();
                    targets.push((value, false));
                }
                "+=" | "||=" | "??=" | "&&=" => {
                    self.next();
                    targets.push((value, true));
                }
                "-=" | "*=" | "/=" | "%=" | "&=" | "|=" | "^=" | "<<=" | ">>=" | ">>>=" | "**=" => {
                    self.next();
                    let right = self.deeper(Node::Nothing, Self::assignment);
                    break Node::Mixed(vec![value, right]);
                }
                _ => break value,
            }
        };
        // `a = b = c` from the right; the depth of such a ladder is bounded here.
        if targets.len() > 32 {
            self.is_cut = true;
            targets.truncate(32);
        }
        targets
            .into_iter()
            .rev()
            .fold(value, |value, (target, keeps)| {
                Node::Assign(Box::new(target), Box::new(value), keeps)
            })
    }

    fn conditional(&mut self) -> Node<'a> {
        let mut parts = vec![self.binary()];
        while self.eat("?") {
            parts.push(self.deeper(Node::Nothing, Self::assignment));
            self.eat(":");
            // A ladder of conditions stays flat.
            parts.push(self.binary());
        }
        if parts.len() == 1 {
            return parts.pop().unwrap_or(Node::Nothing);
        }
        if self.text() == "=" || self.text() == "+=" {
            let target = parts.pop().unwrap_or(Node::Nothing);
            let keeps = self.text() == "+=";
            self.next();
            let value = self.deeper(Node::Nothing, Self::assignment);
            parts.push(Node::Assign(Box::new(target), Box::new(value), keeps));
        }
        // The first is only asked; it is still evaluated.
        let test = Node::Mixed(vec![parts.remove(0)]);
        parts.insert(0, test);
        Node::Either(parts)
    }

    /// Operands and operators without ranks, except that `||`, `&&` and `??` split, then comparisons, then `+`.
    fn binary(&mut self) -> Node<'a> {
        let first = self.unary();
        if !is_binary(self.text()) {
            return first;
        }
        let mut logical: Vec<Node<'a>> = Vec::new();
        let mut compared: Vec<Node<'a>> = Vec::new();
        let mut summed = vec![first];
        let mut is_mixed = false;
        while is_binary(self.text()) {
            let sign = self.text();
            self.next();
            let operand = self.unary();
            match sign {
                "||" | "&&" | "??" => {
                    compared.push(close(&mut summed, &mut is_mixed));
                    logical.push(group(&mut compared));
                }
                "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof" => {
                    compared.push(close(&mut summed, &mut is_mixed));
                }
                "+" => {}
                _ => is_mixed = true,
            }
            summed.push(operand);
        }
        compared.push(close(&mut summed, &mut is_mixed));
        logical.push(group(&mut compared));
        if logical.len() == 1 {
            return logical.pop().unwrap_or(Node::Nothing);
        }
        Node::Either(logical)
    }

    fn unary(&mut self) -> Node<'a> {
        let mut is_changed = false;
        loop {
            match self.text() {
                "!" | "~" | "+" | "-" | "++" | "--" | "typeof" | "void" | "delete" => {
                    is_changed |= self.text() != "void";
                    self.next();
                }
                "await" | "yield" if self.starts_operand(1) => self.next(),
                "*" => self.next(),
                "..." => {
                    self.next();
                    let value = self.deeper(Node::Nothing, Self::assignment);
                    return Node::Spread(Box::new(value));
                }
                _ => break,
            }
        }
        let value = self.deeper(Node::Nothing, Self::chain);
        while matches!(self.text(), "++" | "--")
            && self.token().is_some_and(|token| !token.is_after_line)
        {
            self.next();
        }
        if is_changed {
            Node::Mixed(vec![value])
        } else {
            value
        }
    }

    fn starts_operand(&self, steps: usize) -> bool {
        let token = self.tokens.get(self.at.saturating_add(steps));
        token.is_some_and(|token| match token.kind {
            Kind::Sign => matches!(token.text, "(" | "[" | "{" | "`" | "..." | "!" | "*"),
            Kind::Word => !matches!(token.text, "in" | "of" | "instanceof"),
            Kind::Number | Kind::Text | Kind::Chunk | Kind::Pattern => true,
        })
    }

    fn chain(&mut self) -> Node<'a> {
        let at = self.offset();
        let mut news = 0_usize;
        while self.text() == "new" && self.text_after(1) != "." {
            self.next();
            news = news.saturating_add(1);
        }
        let base = self.primary();
        let mut links = Vec::new();
        loop {
            match self.text() {
                "." | "?." => {
                    self.next();
                    match self.text() {
                        "(" | "[" => continue,
                        _ => {}
                    }
                    if self.token().is_some_and(|token| token.kind == Kind::Word) {
                        links.push(Link::Member(self.text()));
                        self.next();
                    }
                }
                "[" => {
                    let end = self.behind();
                    self.next();
                    links.push(Link::Index(self.sequence()));
                    self.at = end;
                }
                "(" => {
                    news = news.saturating_sub(1);
                    links.push(Link::Call(self.arguments()));
                }
                "`" => links.push(Link::Call(vec![self.template()])),
                _ => break,
            }
        }
        if news > 0 {
            links.push(Link::Call(Vec::new()));
        }
        if links.is_empty() {
            return base;
        }
        Node::Chain(Box::new(base), links, at)
    }

    /// What stands between the brackets that open here, separated by commas.
    fn arguments(&mut self) -> Vec<Node<'a>> {
        let end = self.behind();
        self.next();
        let mut found = Vec::new();
        while self.at.saturating_add(1) < end && self.at < self.tokens.len() {
            let before = self.at;
            if self.eat(",") {
                if self.text() == "," {
                    found.push(Node::Nothing);
                }
                continue;
            }
            found.push(self.deeper(Node::Nothing, Self::assignment));
            if self.at == before {
                self.next();
            }
        }
        self.at = end;
        found
    }

    fn template(&mut self) -> Node<'a> {
        let end = self.behind();
        self.next();
        let mut parts = Vec::new();
        while self.at.saturating_add(1) < end && self.at < self.tokens.len() {
            let before = self.at;
            let Some(token) = self.token() else { break };
            if token.kind == Kind::Chunk {
                parts.push(Node::Text(unescape(token.text), is_disguised(token.text)));
                self.next();
            } else if token.text == "${" {
                let after = self.behind();
                self.next();
                parts.push(self.sequence());
                self.at = after;
            }
            if self.at == before {
                self.next();
            }
        }
        self.at = end;
        match parts.len() {
            0 => Node::Text(String::new(), false),
            1 if matches!(parts.first(), Some(Node::Text(..))) => {
                parts.pop().unwrap_or(Node::Nothing)
            }
            _ => Node::Sum(parts),
        }
    }

    fn primary(&mut self) -> Node<'a> {
        let Some(token) = self.token() else {
            return Node::Nothing;
        };
        match token.kind {
            Kind::Text => {
                self.next();
                let body = between_quotes(token.text);
                Node::Text(unescape(body), is_disguised(body))
            }
            Kind::Number => {
                self.next();
                number(token.text).map_or(Node::Nothing, Node::Number)
            }
            Kind::Pattern | Kind::Chunk => {
                self.next();
                Node::Nothing
            }
            Kind::Word => self.word(token),
            Kind::Sign => match token.text {
                "(" if self.is_arrow_behind() => {
                    let parameters = self.arguments();
                    self.eat("=>");
                    self.arrow(parameters)
                }
                "(" => {
                    let end = self.behind();
                    self.next();
                    let inner = if self.at.saturating_add(1) < end {
                        self.sequence()
                    } else {
                        Node::Nothing
                    };
                    self.at = end;
                    inner
                }
                "[" => Node::List(self.arguments()),
                "{" => self.object(),
                "`" => self.template(),
                // A bracket that ends something around this place is not ours.
                ")" | "]" | "}" | "," | ";" | ":" => Node::Nothing,
                _ => {
                    self.next();
                    Node::Nothing
                }
            },
        }
    }

    fn word(&mut self, token: &Token<'a>) -> Node<'a> {
        match token.text {
            "function" => self.function(false),
            "async" if self.text_after(1) == "function" => {
                self.next();
                self.function(false)
            }
            "async" if self.text_after(1) == "(" => {
                self.next();
                if self.is_arrow_behind() {
                    return self.primary();
                }
                Node::Name("async", token.at)
            }
            "async" if self.text_after(2) == "=>" => {
                self.next();
                self.primary()
            }
            "class" => self.class(),
            name => {
                self.next();
                if self.eat("=>") {
                    return self.arrow(vec![Node::Name(name, token.at)]);
                }
                Node::Name(name, token.at)
            }
        }
    }

    fn is_arrow_behind(&self) -> bool {
        let behind = self.tokens.get(self.behind());
        behind.is_some_and(|token| token.kind == Kind::Sign && token.text == "=>")
    }

    fn object(&mut self) -> Node<'a> {
        let end = self.behind();
        self.next();
        let mut entries = Vec::new();
        while self.at.saturating_add(1) < end && self.at < self.tokens.len() {
            let before = self.at;
            if self.eat(",") {
                continue;
            }
            if self.eat("...") {
                let value = self.deeper(Node::Nothing, Self::assignment);
                entries.push((Key::Plain(String::new()), value));
            } else {
                entries.extend(self.member());
            }
            if self.at == before {
                self.next();
            }
        }
        self.at = end;
        Node::Object(entries)
    }

    /// `key: value`, `key`, `key(…) {…}`, `get key() {…}`, `key = value`.
    fn member(&mut self) -> Option<(Key<'a>, Node<'a>)> {
        while matches!(self.text(), "get" | "set" | "async" | "static" | "*")
            && !matches!(self.text_after(1), ":" | "," | "(" | "}" | "=" | ";")
        {
            self.next();
        }
        let token = self.token()?;
        let key = match token.kind {
            Kind::Text => Key::Plain(unescape(between_quotes(token.text))),
            Kind::Word | Kind::Number => Key::Plain(token.text.to_owned()),
            Kind::Sign if token.text == "[" => {
                let end = self.behind();
                self.next();
                let key = self.sequence();
                self.at = end.saturating_sub(1);
                Key::Computed(key)
            }
            _ => return None,
        };
        self.next();
        let value = match self.text() {
            ":" => {
                self.next();
                self.deeper(Node::Nothing, Self::assignment)
            }
            "(" => self.deeper(Node::Nothing, |this| this.function_rest(None, false)),
            "=" => {
                self.next();
                let default = self.deeper(Node::Nothing, Self::assignment);
                match token.kind {
                    Kind::Word => Node::Assign(
                        Box::new(Node::Name(token.text, token.at)),
                        Box::new(default),
                        true,
                    ),
                    _ => default,
                }
            }
            _ if token.kind == Kind::Word => Node::Name(token.text, token.at),
            _ => Node::Nothing,
        };
        Some((key, value))
    }
}

fn is_binary(sign: &str) -> bool {
    matches!(
        sign,
        "+" | "-"
            | "*"
            | "/"
            | "%"
            | "**"
            | "&"
            | "|"
            | "^"
            | "<<"
            | ">>"
            | ">>>"
            | "=="
            | "==="
            | "!="
            | "!=="
            | "<"
            | ">"
            | "<="
            | ">="
            | "&&"
            | "||"
            | "??"
            | "in"
            | "instanceof"
    )
}

/// What was summed up so far as one node.
fn close<'a>(summed: &mut Vec<Node<'a>>, is_mixed: &mut bool) -> Node<'a> {
    let mut parts = std::mem::take(summed);
    let was_mixed = std::mem::take(is_mixed);
    match parts.len() {
        1 => parts.pop().unwrap_or(Node::Nothing),
        _ if was_mixed => Node::Mixed(parts),
        _ => Node::Sum(parts),
    }
}

fn group<'a>(compared: &mut Vec<Node<'a>>) -> Node<'a> {
    let mut parts = std::mem::take(compared);
    if parts.len() == 1 {
        return parts.pop().unwrap_or(Node::Nothing);
    }
    Node::Mixed(parts)
}

/// Whether letters are written as escapes, which nobody does by hand.
fn is_disguised(body: &str) -> bool {
    let escapes = body
        .matches("\\x")
        .count()
        .saturating_add(body.matches("\\u00").count());
    escapes >= 3
}

fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let digits = plain.trim_end_matches('n');
    let radix = |prefix: [&str; 2], radix: u32| {
        let digits = digits
            .strip_prefix(prefix[0])
            .or_else(|| digits.strip_prefix(prefix[1]))?;
        u32::from_str_radix(digits, radix).ok().map(f64::from)
    };
    radix(["0x", "0X"], 16)
        .or_else(|| radix(["0b", "0B"], 2))
        .or_else(|| radix(["0o", "0O"], 8))
        .or_else(|| digits.parse().ok())
}
