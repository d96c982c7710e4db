//! What is known about a value while a file is evaluated: the value itself where it is plain, and where it comes from.

use std::ops::{BitOr, BitOrAssign};
use std::rc::Rc;

use crate::signs::HOLE;

/// Where a value comes from. Marks add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Taint(u16);

impl Taint {
    pub(super) const NONE: Self = Self(0);
    /// The network.
    pub(super) const NETWORK: Self = Self(1);
    /// Decoded, decompressed or decrypted.
    pub(super) const DECODED: Self = Self(2);
    /// Text of the program itself.
    pub(super) const LITERAL: Self = Self(4);
    /// A credential.
    pub(super) const SECRET: Self = Self(8);
    /// The whole environment, a key file, a browser's store.
    pub(super) const TREASURE: Self = Self(16);
    /// Which machine or user this is.
    pub(super) const HOST: Self = Self(32);
    /// The path of a file that was fetched or unpacked.
    pub(super) const DROPPED: Self = Self(64);
    /// Read from a file that holds data.
    pub(super) const DATA_FILE: Self = Self(128);
    /// An open connection.
    pub(super) const SOCKET: Self = Self(256);
    /// Looks up what this very file is made of, or where it lies.
    pub(super) const OWN: Self = Self(512);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
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

/// A value as far as it is known.
#[derive(Debug, Clone, Default)]
pub(super) enum Value {
    #[default]
    Unknown,
    /// Text; unknown parts are holes.
    Text(Rc<str>),
    Number(f64),
    /// A module, or a member of one, by its dotted name.
    Path(Rc<str>),
    /// A function of the file.
    Function(usize),
    List(Rc<Vec<Abstract>>),
    Object(Rc<Vec<(String, Abstract)>>),
}

/// A value and where it comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Abstract {
    pub(super) value: Value,
    pub(super) taint: Taint,
}

impl Abstract {
    pub(super) fn unknown(taint: Taint) -> Self {
        Self {
            value: Value::Unknown,
            taint,
        }
    }

    pub(super) fn text(text: &str) -> Self {
        Self {
            value: Value::Text(text.into()),
            taint: Taint::LITERAL,
        }
    }

    pub(super) fn path(path: &str) -> Self {
        Self {
            value: Value::Path(path.into()),
            taint: Taint::NONE,
        }
    }

    pub(super) fn tainted(mut self, taint: Taint) -> Self {
        self.taint |= taint;
        self
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_path(&self) -> Option<&str> {
        match &self.value {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    pub(super) fn elements(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// A member of an object literal.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(entries) => entries
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Marks of the value and of what is in it, four levels deep and as far as a bounded look reaches.
    pub(super) fn whole_taint(&self) -> Taint {
        let mut left = 2_000_u32;
        self.taint_within(4, &mut left)
    }

    fn taint_within(&self, depth: u32, left: &mut u32) -> Taint {
        let Some(depth) = depth.checked_sub(1).filter(|_| *left > 0) else {
            return self.taint;
        };
        *left = left.saturating_sub(1);
        match &self.value {
            Value::List(list) => list.iter().take(2_000).fold(self.taint, |taint, each| {
                taint | each.taint_within(depth, left)
            }),
            Value::Object(entries) => entries
                .iter()
                .take(2_000)
                .fold(self.taint, |taint, (_, each)| {
                    taint | each.taint_within(depth, left)
                }),
            _ => self.taint,
        }
    }

    /// Bytes of text in the value itself.
    pub(super) fn size(&self) -> usize {
        match &self.value {
            Value::Text(text) => text.len(),
            Value::List(list) => list.len(),
            _ => 0,
        }
    }

    /// The text, with a hole for what is unknown.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Text(text) => (**text).to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Path(path) => format!("${path}"),
            _ => HOLE.to_string(),
        }
    }
}
