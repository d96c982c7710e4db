//! The objects of a file as a flat table, so that neither reading nor judging recurses.

/// The kind of an object, as far as the judgement tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Numbers, logicals, raw bytes, `NULL`.
    Data,
    /// Texts; the first ones are children of kind `Text`.
    Texts,
    Text,
    Symbol,
    /// A pair list: its values are children.
    Pairs,
    /// A call: function first, then arguments.
    Call,
    /// A list or an expression vector.
    List,
    Expression,
    Closure,
    Environment,
    Promise,
    /// A function of the interpreter, by name.
    Builtin,
    Bytecode,
    S4,
    Pointer,
    Altrep,
    /// A namespace or package that is loaded by name.
    Namespace,
    /// A reference to an object that stood before.
    Reference,
}

/// What a child is to its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Value,
    Attribute,
    Tag,
    /// The environment of a closure or promise, or the one around an environment.
    Around,
    /// The frame or hash table of an environment.
    Frame,
    Formals,
    /// The body of a closure or the code of a promise.
    Body,
    /// The value of a promise that was looked at before it was saved.
    Forced,
    Constant,
}

/// One object.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) role: Role,
    pub(super) parent: u32,
    pub(super) at: u64,
    pub(super) flags: u32,
    pub(super) text: Option<Box<str>>,
    pub(super) first: Option<u32>,
    pub(super) last: Option<u32>,
    pub(super) next: Option<u32>,
    /// What a reference refers to.
    pub(super) target: Option<u32>,
}

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
}

impl Arena {
    pub(super) const fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, index: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(index).ok()?)
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(index).ok()?)
    }

    /// Adds an object as the last child of its parent.
    pub(super) fn add(&mut self, parent: u32, role: Role, kind: Kind, at: u64, flags: u32) -> u32 {
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node {
            kind,
            role,
            parent,
            at,
            flags,
            text: None,
            first: None,
            last: None,
            next: None,
            target: None,
        });
        if index != parent
            && let Some(above) = self.get_mut(parent)
        {
            let before = above.last.replace(index);
            match before {
                Some(before) => {
                    if let Some(before) = self.get_mut(before) {
                        before.next = Some(index);
                    }
                }
                None => above.first = Some(index),
            }
        }
        index
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Node)> {
        (0_u32..).zip(&self.nodes)
    }

    /// The children of an object, in order.
    pub(super) fn children(&self, index: u32) -> impl Iterator<Item = (u32, &Node)> {
        let mut next = self.get(index).and_then(|node| node.first);
        std::iter::from_fn(move || {
            let at = next?;
            let node = self.get(at)?;
            next = node.next;
            Some((at, node))
        })
    }

    /// The object behind references.
    pub(super) fn resolve(&self, index: u32) -> Option<&Node> {
        let node = self.get(index)?;
        match node.target {
            Some(target) if node.kind == Kind::Reference => self.get(target),
            _ => Some(node),
        }
    }

    /// The text of a symbol, or of a single text.
    pub(super) fn word(&self, index: u32) -> Option<&str> {
        let node = self.resolve(index)?;
        match node.kind {
            Kind::Symbol | Kind::Builtin | Kind::Text => node.text.as_deref(),
            Kind::Texts => self
                .children(index)
                .find(|(_, child)| child.kind == Kind::Text)?
                .1
                .text
                .as_deref(),
            _ => None,
        }
    }
}
