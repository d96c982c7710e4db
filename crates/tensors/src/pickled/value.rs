//! The nodes of a pickle's tree. Lists and dictionaries may hold themselves; whoever walks must watch out.

/// A node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u32);

impl Id {
    /// Its number in the heap.
    pub(crate) fn number(self) -> u64 {
        u64::from(self.0)
    }
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// An integer that does not fit, a number of text form.
    Number(String),
    Float(f64),
    Text(String),
    /// Bytes of the stream, left where they are.
    Bytes {
        offset: u64,
        length: u64,
    },
    /// A long text of the stream, left where it is.
    LongText {
        offset: u64,
        length: u64,
    },
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global {
        module: String,
        name: String,
    },
    Persistent(Id),
    Object(Box<Object>),
}

/// Something that loading would have made by a call.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// What is called.
    pub(crate) callee: Id,
    /// With what: usually a tuple.
    pub(crate) arguments: Id,
    /// The state given to it afterwards, the last one.
    pub(crate) state: Option<Id>,
    /// What was appended to it.
    pub(crate) items: Vec<Id>,
    /// What was set in it.
    pub(crate) pairs: Vec<(Id, Id)>,
}

/// All nodes of one stream.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    nodes: Vec<Node>,
}

impl Heap {
    pub(crate) fn add(&mut self, node: Node) -> Id {
        let id = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        self.nodes.get(index).unwrap_or(&Node::None)
    }

    pub(crate) fn node_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(id.0).ok()?)
    }

    pub(crate) fn text(&self, id: Id) -> Option<&str> {
        match self.node(id) {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn int(&self, id: Id) -> Option<i64> {
        match self.node(id) {
            Node::Int(value) => Some(*value),
            Node::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    pub(crate) fn size(&self, id: Id) -> Option<u64> {
        self.int(id).and_then(|value| u64::try_from(value).ok())
    }

    /// The members of a tuple or list.
    pub(crate) fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::Tuple(items) | Node::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn global(&self, id: Id) -> Option<(&str, &str)> {
        match self.node(id) {
            Node::Global { module, name } => Some((module, name)),
            _ => None,
        }
    }

    pub(crate) fn object(&self, id: Id) -> Option<&Object> {
        match self.node(id) {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The pairs of a dictionary, or of an object that is filled like one.
    pub(crate) fn pairs(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.node(id) {
            Node::Dict(pairs) => Some(pairs),
            Node::Object(object) if !object.pairs.is_empty() => Some(&object.pairs),
            _ => None,
        }
    }

    /// The last value under a text key.
    pub(crate) fn entry(&self, id: Id, key: &str) -> Option<Id> {
        let pairs = self.pairs(id)?;
        let found = pairs
            .iter()
            .rev()
            .find(|(each, _)| self.text(*each) == Some(key));
        found.map(|(_, value)| *value)
    }
}
