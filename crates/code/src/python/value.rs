//! Values of the symbolic evaluation: what is known of a value, and where it came from.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};
use std::rc::Rc;

use crate::signs::HOLE;

/// The most bytes of a folded text.
pub(super) const MAX_TEXT: usize = 256 * 1024;
/// The most elements of a known collection.
pub(super) const MAX_ELEMENTS: usize = 4_096;

/// Where a value came from and what was done to it: a set of marks.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Taint(u32);

impl Taint {
    pub(super) const NONE: Self = Self(0);
    /// Was put together from pieces.
    pub(super) const FOLDED: Self = Self(1);
    /// Was put together in a way that hides it: character codes, reversal, exclusive or, substitution.
    pub(super) const OBFUSCATED: Self = Self(1 << 1);
    /// Was decoded, decompressed or decrypted.
    pub(super) const DECODED: Self = Self(1 << 2);
    /// Comes from a constant in the source.
    pub(super) const LITERAL: Self = Self(1 << 3);
    /// Is a code object from marshalled bytes.
    pub(super) const MARSHALLED: Self = Self(1 << 4);
    /// Comes from the network.
    pub(super) const NETWORK: Self = Self(1 << 5);
    /// A credential.
    pub(super) const SECRET: Self = Self(1 << 6);
    /// The whole environment.
    pub(super) const ENVIRONMENT: Self = Self(1 << 7);
    /// Says which machine or user this is.
    pub(super) const HOST: Self = Self(1 << 8);
    /// The content of a file.
    pub(super) const FILE: Self = Self(1 << 9);
    /// The content of a file that is not source.
    pub(super) const DATA_FILE: Self = Self(1 << 10);
    /// Given by the caller of a framework entry.
    pub(super) const INPUT: Self = Self(1 << 11);
    /// The path of a file that was fetched or unpacked from code.
    pub(super) const DROPPED: Self = Self(1 << 12);
    /// A network connection or its descriptor.
    pub(super) const SOCKET: Self = Self(1 << 13);
    /// A callable reached through a name as data or through the object model.
    pub(super) const INDIRECT: Self = Self(1 << 14);
    /// A file found by walking the root or a home folder.
    pub(super) const WALKED: Self = Self(1 << 15);
    /// A `pathlib` path.
    pub(super) const PATHLIB: Self = Self(1 << 16);
    /// An object of the object model reached from a literal.
    pub(super) const OBJECT_MODEL: Self = Self(1 << 17);
    /// The path of a file of another repository.
    pub(super) const REMOTE_FILE: Self = Self(1 << 18);
    /// Memory for machine code.
    pub(super) const EXECUTABLE: Self = Self(1 << 19);
    /// The path of the file itself.
    pub(super) const OWN_FILE: Self = Self(1 << 20);
    /// Set from outside: a variable of the environment.
    pub(super) const SETTING: Self = Self(1 << 21);

    /// The marks that survive a call of an unknown function.
    const THROUGH_UNKNOWN: Self = Self(
        Self::OBFUSCATED.0
            | Self::DECODED.0
            | Self::LITERAL.0
            | Self::MARSHALLED.0
            | Self::NETWORK.0
            | Self::FILE.0
            | Self::DATA_FILE.0
            | Self::SOCKET.0
            | Self::EXECUTABLE.0
            | Self::WALKED.0,
    );
    /// The marks that describe content, so that anything derived from it keeps them.
    const CONTENT: Self = Self(
        Self::THROUGH_UNKNOWN.0
            | Self::FOLDED.0
            | Self::SECRET.0
            | Self::ENVIRONMENT.0
            | Self::HOST.0
            | Self::INPUT.0
            | Self::DROPPED.0
            | Self::REMOTE_FILE.0,
    );
    /// Everything that is nobody else's business.
    pub(super) const PRIVATE: Self = Self(Self::SECRET.0 | Self::ENVIRONMENT.0);
    /// Everything that was disguised.
    pub(super) const DISGUISED: Self =
        Self(Self::OBFUSCATED.0 | Self::DECODED.0 | Self::MARSHALLED.0);

    pub(super) const fn has(self, marks: Self) -> bool {
        self.0 & marks.0 != 0
    }

    /// Whether the value was disguised: decoded, or assembled out of sight from something in the source.
    pub(super) const fn is_disguise(self) -> bool {
        self.has(Self(Self::DECODED.0 | Self::MARSHALLED.0))
            || self.has(Self::OBFUSCATED) && self.has(Self::LITERAL)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn through_unknown(self) -> Self {
        Self(self.0 & Self::THROUGH_UNKNOWN.0)
    }

    pub(super) const fn content(self) -> Self {
        Self(self.0 & Self::CONTENT.0)
    }

    pub(super) const fn without(self, marks: Self) -> Self {
        Self(self.0 & !marks.0)
    }
}

impl BitOr for Taint {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Taint {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:b}", self.0)
    }
}

/// Text that lies in the source or was made by folding.
#[derive(Debug, Clone)]
pub(super) enum Text<'a> {
    Source(&'a str),
    Made(Rc<str>),
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Source(text) => text,
            Self::Made(text) => text,
        }
    }

    pub(super) fn made(text: &str) -> Self {
        Self::Made(Rc::from(text))
    }
}

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text<'_> {}

impl std::hash::Hash for Text<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// What is known of a value.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    /// Text; unknown parts are [`HOLE`]s.
    Str(Text<'a>),
    Bytes(Rc<[u8]>),
    /// A list, tuple, set or iterator.
    List(Rc<Vec<Abstract<'a>>>),
    Dict(Rc<Vec<(Abstract<'a>, Abstract<'a>)>>),
    /// A module, a member of one, or the result of calling one (`socket.socket()`), by dotted name.
    Path(Text<'a>),
    /// The attribute table of a module or object: `vars(os)`, `os.__dict__`.
    Members(Rc<Abstract<'a>>),
    /// The module's own name table: `globals()`.
    Globals,
    /// A function of the file, by index, with what it captured.
    Function(usize, Option<Rc<Captured<'a>>>),
    /// A function of the file bound to its first argument.
    Bound(usize, Rc<Abstract<'a>>),
    /// A class of the file.
    Class(usize),
    /// An instance of a class of the file.
    Instance(usize),
    /// A method of a value that is not of the file.
    Method(Rc<Abstract<'a>>, Text<'a>),
    /// A callable with arguments filled in.
    Partial(Rc<(Abstract<'a>, Args<'a>)>),
    /// An open file.
    File(Rc<OpenFile<'a>>),
}

/// The variables that a nested function can see of the functions around it.
pub(super) type Captured<'a> = Vec<(Text<'a>, Abstract<'a>)>;

/// An open file.
#[derive(Debug, Clone)]
pub(super) struct OpenFile<'a> {
    pub(super) path: Abstract<'a>,
    /// The variable that held the path.
    pub(super) variable: Option<&'a str>,
}

/// A value with its origin.
#[derive(Debug, Clone)]
pub(super) struct Abstract<'a> {
    pub(super) value: Value<'a>,
    pub(super) taint: Taint,
}

impl<'a> Abstract<'a> {
    pub(super) const fn new(value: Value<'a>, taint: Taint) -> Self {
        Self { value, taint }
    }

    pub(super) const fn unknown(taint: Taint) -> Self {
        Self::new(Value::Unknown, taint)
    }

    pub(super) const fn nothing() -> Self {
        Self::unknown(Taint::NONE)
    }

    pub(super) fn path(text: &str, taint: Taint) -> Self {
        Self::new(Value::Path(Text::made(text)), taint)
    }

    pub(super) const fn static_path(text: &'static str) -> Self {
        Self::new(Value::Path(Text::Source(text)), Taint::NONE)
    }

    /// Text made by folding; cut at the limit.
    pub(super) fn text(text: &str, taint: Taint) -> Self {
        let mut end = text.len().min(MAX_TEXT);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        Self::new(
            Value::Str(Text::made(text.get(..end).unwrap_or_default())),
            taint,
        )
    }

    pub(super) fn bytes(bytes: &[u8], taint: Taint) -> Self {
        let kept = bytes.get(..bytes.len().min(MAX_TEXT)).unwrap_or_default();
        Self::new(Value::Bytes(Rc::from(kept)), taint)
    }

    pub(super) fn list(elements: Vec<Self>) -> Self {
        let mut taint = Taint::NONE;
        for element in &elements {
            taint |= element.taint.content();
        }
        if elements.len() > MAX_ELEMENTS {
            return Self::unknown(taint);
        }
        Self::new(Value::List(Rc::new(elements)), taint)
    }

    pub(super) fn tainted(mut self, taint: Taint) -> Self {
        self.taint |= taint;
        self
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Text without unknown parts.
    pub(super) fn as_known_text(&self) -> Option<&str> {
        self.as_text().filter(|text| !text.contains(HOLE))
    }

    pub(super) fn as_path(&self) -> Option<&str> {
        match &self.value {
            Value::Path(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match &self.value {
            Value::Int(number) => Some(*number),
            Value::Bool(flag) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    pub(super) fn as_bytes(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Str(text) => Some(text.as_str().as_bytes()),
            _ => None,
        }
    }

    pub(super) fn elements(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether the value can be called and is of the file or known by name.
    pub(super) const fn is_callable(&self) -> bool {
        matches!(
            self.value,
            Value::Path(_)
                | Value::Function(..)
                | Value::Bound(..)
                | Value::Class(_)
                | Value::Method(..)
                | Value::Partial(_)
        )
    }

    /// Whether nothing is known that could matter.
    pub(super) const fn is_dull(&self) -> bool {
        self.taint.is_empty()
            && matches!(
                self.value,
                Value::Unknown | Value::None | Value::Bool(_) | Value::Int(_)
            )
    }

    /// The bytes that the value holds in memory, roughly.
    pub(super) fn size(&self) -> usize {
        match &self.value {
            Value::Str(text) => text.as_str().len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(elements) => {
                elements
                    .iter()
                    .take(64)
                    .fold(
                        elements.len().saturating_mul(16),
                        |size, element| match &element.value {
                            Value::Str(text) => size.saturating_add(text.as_str().len()),
                            Value::Bytes(bytes) => size.saturating_add(bytes.len()),
                            _ => size,
                        },
                    )
            }
            Value::Dict(items) => items.len().saturating_mul(32),
            _ => 0,
        }
    }

    /// The text as it would be inserted into other text; unknown values become a hole.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Str(text) => text.as_str().to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::None => "None".to_owned(),
            Value::Path(path) if path.as_str() == "sys.executable" => "python".to_owned(),
            _ => HOLE.to_string(),
        }
    }
}

/// The arguments of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Args<'a> {
    pub(super) positional: Vec<Abstract<'a>>,
    pub(super) keywords: Vec<(Text<'a>, Abstract<'a>)>,
    /// The variable in the first, second and third place, where an argument is a plain name.
    pub(super) variables: [Option<&'a str>; 3],
}

impl<'a> Args<'a> {
    pub(super) fn of(positional: Vec<Abstract<'a>>) -> Self {
        Self {
            positional,
            keywords: Vec::new(),
            variables: [None; 3],
        }
    }

    pub(super) fn at(&self, index: usize) -> Option<&Abstract<'a>> {
        self.positional.get(index)
    }

    pub(super) fn keyword(&self, name: &str) -> Option<&Abstract<'a>> {
        self.keywords
            .iter()
            .find(|(key, _)| key.as_str() == name)
            .map(|(_, value)| value)
    }

    /// The argument at a position or under a name.
    pub(super) fn get(&self, index: usize, name: &str) -> Option<&Abstract<'a>> {
        self.at(index).or_else(|| self.keyword(name))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Abstract<'a>> {
        self.positional
            .iter()
            .chain(self.keywords.iter().map(|(_, value)| value))
    }

    pub(super) fn taint(&self) -> Taint {
        let mut taint = Taint::NONE;
        for argument in self.all() {
            taint |= argument.taint;
            if matches!(argument.value, Value::File(_)) {
                taint |= super::pure::data_taint(argument);
            }
        }
        taint
    }

    /// The bytes that the arguments hold in memory, roughly.
    pub(super) fn size(&self) -> usize {
        self.all()
            .fold(0, |size, argument| size.saturating_add(argument.size()))
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.keyword(name)
            .is_some_and(|value| matches!(value.value, Value::Bool(true) | Value::Int(1)))
    }

    /// The arguments behind the first `count` positional ones.
    pub(super) fn behind(&self, count: usize) -> Self {
        Self {
            positional: self.positional.get(count..).unwrap_or_default().to_vec(),
            keywords: self.keywords.clone(),
            variables: [None; 3],
        }
    }
}
