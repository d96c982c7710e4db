//! What is known about a value before rendering: constants it may have, and where it came from.
//!
//! Deliberately absent: exactness. A value keeps a few alternatives at most; more is "unknown".

use std::rc::Rc;

/// LIMIT: bytes of a folded string; identifiers and instructions are shorter.
pub(crate) const MAX_TEXT: usize = 4 * 1024;
/// LIMIT: items of a folded list.
pub(crate) const MAX_ITEMS: usize = 160;
/// LIMIT: alternatives kept for one value.
pub(crate) const MAX_ALTERNATIVES: usize = 6;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Text(Rc<str>),
    Int(i64),
    Float,
    Bool(bool),
    None,
    List(Rc<[Self]>),
    Dict(Rc<[(Self, Self)]>),
}

impl Constant {
    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(_)
            | Self::Float
            | Self::Bool(_)
            | Self::None
            | Self::List(_)
            | Self::Dict(_) => None,
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Text(_) | Self::Float | Self::None | Self::List(_) | Self::Dict(_) => None,
        }
    }

    /// What iterating yields: items, characters or keys.
    pub(crate) fn items(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.to_vec()),
            Self::Text(text) => Some(
                text.chars()
                    .take(MAX_ITEMS)
                    .map(|character| Self::text(character.to_string()))
                    .collect(),
            ),
            Self::Dict(entries) => Some(entries.iter().map(|(key, _)| key.clone()).collect()),
            Self::Int(_) | Self::Float | Self::Bool(_) | Self::None => None,
        }
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(items.into())
    }

    /// Python's truth value.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Int(value) => *value != 0,
            Self::Float => true,
            Self::Bool(value) => *value,
            Self::None => false,
            Self::List(items) => !items.is_empty(),
            Self::Dict(entries) => !entries.is_empty(),
        }
    }

    /// What `{{ … }}` writes.
    pub(crate) fn display(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_string()),
            Self::Int(value) => Some(value.to_string()),
            Self::Bool(true) => Some("True".to_owned()),
            Self::Bool(false) => Some("False".to_owned()),
            Self::None => Some("None".to_owned()),
            Self::Float | Self::List(_) | Self::Dict(_) => None,
        }
    }

    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::List(items) => Some(items.len()),
            Self::Dict(entries) => Some(entries.len()),
            Self::Int(_) | Self::Float | Self::Bool(_) | Self::None => None,
        }
    }
}

/// Where a value came from and what it depends on; a set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taint(u32);

impl Taint {
    pub(crate) const NONE: Self = Self(0);
    /// The list of messages.
    pub(crate) const CONVERSATION: Self = Self(1);
    /// One message, or a part of one that is no text.
    pub(crate) const MESSAGE: Self = Self(1 << 1);
    /// Words of a message.
    pub(crate) const CONTENT: Self = Self(1 << 2);
    /// Role, type, name or id: what a message is, not what it says.
    pub(crate) const LABEL: Self = Self(1 << 3);
    /// The date or time.
    pub(crate) const DATE: Self = Self(1 << 4);
    /// How many messages there are, or the position of one.
    pub(crate) const COUNT: Self = Self(1 << 5);
    /// The length or another property of words.
    pub(crate) const MEASURE: Self = Self(1 << 6);
    /// Depends on chance.
    pub(crate) const CHANCE: Self = Self(1 << 7);
    /// A function or other object of the engine.
    pub(crate) const FUNCTION: Self = Self(1 << 8);
    /// A generator.
    pub(crate) const GENERATOR: Self = Self(1 << 9);
    /// Was reached through an attribute that is reported already.
    pub(crate) const REPORTED: Self = Self(1 << 10);
    /// Was reached through a subscript that is not known.
    pub(crate) const COMPUTED: Self = Self(1 << 11);
    /// Was decoded, reversed or put together from small pieces.
    pub(crate) const ASSEMBLED: Self = Self(1 << 12);
    /// Depends on certain words being in the conversation.
    pub(crate) const KEYED: Self = Self(1 << 13);
    /// Depends on an unknown control token being in the conversation.
    pub(crate) const TOKEN_KEYED: Self = Self(1 << 14);
    /// Depends on a property of words, such as their length.
    pub(crate) const MEASURED: Self = Self(1 << 15);
    /// Depends on the date.
    pub(crate) const DATED: Self = Self(1 << 16);
    /// Depends on how long the conversation is.
    pub(crate) const COUNTED: Self = Self(1 << 17);
    /// Is a random choice.
    pub(crate) const CHANCED: Self = Self(1 << 18);
    /// An undefined or literal base, whose attributes nobody needs.
    pub(crate) const LITERAL: Self = Self(1 << 19);

    /// Flags that a condition passes on to what it controls.
    pub(crate) const GUARDS: Self = Self(
        Self::KEYED.0
            | Self::TOKEN_KEYED.0
            | Self::MEASURED.0
            | Self::DATED.0
            | Self::COUNTED.0
            | Self::CHANCED.0,
    );
    /// Flags that an operation on a value passes on to its result.
    pub(crate) const FLOWING: Self = Self(
        Self::GUARDS.0
            | Self::CONTENT.0
            | Self::DATE.0
            | Self::COUNT.0
            | Self::MEASURE.0
            | Self::CHANCE.0
            | Self::ASSEMBLED.0
            | Self::REPORTED.0,
    );

    #[must_use]
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub(crate) const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// What is known about a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Value {
    /// Constants the value may be; empty if unknown.
    pub(crate) known: Vec<Constant>,
    pub(crate) taint: Taint,
}

impl Value {
    pub(crate) fn unknown(taint: Taint) -> Self {
        Self {
            known: Vec::new(),
            taint,
        }
    }

    pub(crate) fn constant(constant: Constant) -> Self {
        Self {
            known: vec![constant],
            taint: Taint::NONE,
        }
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::constant(Constant::text(text))
    }

    #[must_use]
    pub(crate) fn tainted(mut self, taint: Taint) -> Self {
        self.taint = self.taint.with(taint);
        self
    }

    pub(crate) fn is_known(&self) -> bool {
        !self.known.is_empty()
    }

    pub(crate) fn first(&self) -> Option<&Constant> {
        self.known.first()
    }

    /// The strings the value may be.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.known.iter().filter_map(Constant::as_text)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        self.texts().next()
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        self.first().and_then(Constant::as_int)
    }

    /// Adds the alternatives of another value.
    pub(crate) fn join(&mut self, other: &Self) {
        self.taint = self.taint.with(other.taint);
        for constant in &other.known {
            if self.known.len() >= MAX_ALTERNATIVES {
                break;
            }
            if !self.known.contains(constant) {
                self.known.push(constant.clone());
            }
        }
    }

    /// Applies an operation to every alternative.
    pub(crate) fn map(&self, operation: impl Fn(&Constant) -> Option<Constant>) -> Self {
        Self {
            known: self.known.iter().filter_map(operation).collect(),
            taint: self.taint.only(Taint::FLOWING),
        }
    }

    /// Applies an operation to every pair of alternatives.
    pub(crate) fn zip(
        &self,
        other: &Self,
        operation: impl Fn(&Constant, &Constant) -> Option<Constant>,
    ) -> Self {
        let mut known = Vec::new();
        for left in &self.known {
            for right in &other.known {
                if known.len() < MAX_ALTERNATIVES {
                    known.extend(operation(left, right));
                }
            }
        }
        Self {
            known,
            taint: self.taint.with(other.taint).only(Taint::FLOWING),
        }
    }
}
