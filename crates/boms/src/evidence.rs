//! How we know what a bill of materials says.
//!
//! Most fields of an AI component cannot be checked against its bytes, and a document that does not say which ones
//! were is worth little. So every statement carries its class and the place it was taken from; a field is never
//! filled in by guessing without saying so.

use std::fmt;
use std::str::FromStr;

use chainwright_core::location::Place;
use serde::{Deserialize, Serialize};

/// How sure a statement is, from nothing to checked; ordered by strength.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Evidence {
    /// Nothing is known, or the source itself says that it is unknown.
    #[default]
    Absent,
    /// Concluded from something else, such as a size from a name.
    Inferred,
    /// Somebody says so: a model card, a configuration, a manifest.
    Declared,
    /// Checked against the bytes themselves.
    Verified,
}

impl Evidence {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Inferred => "inferred",
            Self::Declared => "declared",
            Self::Verified => "verified",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Evidence {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Absent, Self::Inferred, Self::Declared, Self::Verified]
            .into_iter()
            .find(|each| each.as_str() == name)
            .ok_or(())
    }
}

/// Where a statement was taken from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The file, as its location in the target is shown; may be hostile text.
    pub file: String,
    /// The place in it.
    pub place: Place,
}

impl Source {
    /// A file as a whole.
    #[must_use]
    pub fn file(file: impl Into<String>) -> Self {
        Self::at(file, Place::Whole)
    }

    /// A place in a file.
    #[must_use]
    pub fn at(file: impl Into<String>, place: Place) -> Self {
        Self {
            file: file.into(),
            place,
        }
    }
}

/// The source as one word: `README.md#pointer:/license`; blanks, `%`, `#` and control characters are percent-encoded.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(f, &self.file)?;
        match &self.place {
            Place::Whole => Ok(()),
            Place::Byte(offset) => write!(f, "#byte:{offset}"),
            Place::Line { line, column } => write!(f, "#line:{line}:{column}"),
            Place::Pointer(pointer) => {
                f.write_str("#pointer:")?;
                write_escaped(f, pointer)
            }
            Place::Key(key) => {
                f.write_str("#key:")?;
                write_escaped(f, key)
            }
        }
    }
}

impl FromStr for Source {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (file, place) = match text.split_once('#') {
            None => (text, Place::Whole),
            Some((file, place)) => (file, parse_place(place).ok_or(())?),
        };
        Ok(Self {
            file: unescaped(file).ok_or(())?,
            place,
        })
    }
}

fn parse_place(text: &str) -> Option<Place> {
    let (kind, rest) = text.split_once(':')?;
    Some(match kind {
        "byte" => Place::Byte(rest.parse().ok()?),
        "line" => {
            let (line, column) = rest.split_once(':')?;
            Place::Line {
                line: line.parse().ok()?,
                column: column.parse().ok()?,
            }
        }
        "pointer" => Place::Pointer(unescaped(rest)?),
        "key" => Place::Key(unescaped(rest)?),
        _ => return None,
    })
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        if character == '%'
            || character == '#'
            || character.is_whitespace()
            || character.is_control()
        {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                write!(f, "%{byte:02X}")?;
            }
        } else {
            write!(f, "{character}")?;
        }
    }
    Ok(())
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A statement with how we know it, or the knowledge that there is none.
///
/// A value always has a source and a class above [`Evidence::Absent`]; a field without a value has none, except that
/// a source may say in so many words that it does not know, which is worth more than silence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Field<T> {
    value: Option<T>,
    evidence: Evidence,
    source: Option<Source>,
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self::absent()
    }
}

impl<T> Field<T> {
    /// Nothing is said.
    #[must_use]
    pub const fn absent() -> Self {
        Self {
            value: None,
            evidence: Evidence::Absent,
            source: None,
        }
    }

    /// The source says that it does not know.
    #[must_use]
    pub const fn stated_unknown(source: Source) -> Self {
        Self {
            value: None,
            evidence: Evidence::Absent,
            source: Some(source),
        }
    }

    /// Checked against the bytes.
    #[must_use]
    pub const fn verified(value: T, source: Source) -> Self {
        Self::of(value, Evidence::Verified, source)
    }

    /// Said by somebody.
    #[must_use]
    pub const fn declared(value: T, source: Source) -> Self {
        Self::of(value, Evidence::Declared, source)
    }

    /// Concluded from something else.
    #[must_use]
    pub const fn inferred(value: T, source: Source) -> Self {
        Self::of(value, Evidence::Inferred, source)
    }

    /// A value of a class; [`Evidence::Absent`] beside a value is taken as inferred, the weakest claim there is.
    #[must_use]
    pub const fn of(value: T, evidence: Evidence, source: Source) -> Self {
        let evidence = match evidence {
            Evidence::Absent => Evidence::Inferred,
            known => known,
        };
        Self {
            value: Some(value),
            evidence,
            source: Some(source),
        }
    }

    /// The value, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// How it is known.
    #[must_use]
    pub const fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// Where it was taken from.
    #[must_use]
    pub const fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// Whether a source says that it does not know.
    #[must_use]
    pub const fn is_stated_unknown(&self) -> bool {
        self.value.is_none() && self.source.is_some()
    }

    /// Whether there is neither a value nor a word about it.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.value.is_none() && self.source.is_none()
    }

    /// Another value with the same class and source.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        Field {
            value: self.value.map(change),
            evidence: self.evidence,
            source: self.source,
        }
    }

    /// Takes over the other field where it says more: a value beats none, stronger evidence beats weaker, and any
    /// word beats silence. Between equals the present one stays.
    pub fn strengthen(&mut self, other: Self) {
        if other.evidence > self.evidence || (self.is_absent() && !other.is_absent()) {
            *self = other;
        }
    }
}

impl Field<String> {
    /// The text, or nothing.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_survive_being_written() {
        for place in [
            Place::Whole,
            Place::Byte(77),
            Place::Line { line: 3, column: 9 },
            Place::Pointer("/a b/#%/é".to_owned()),
            Place::Key("general.name".to_owned()),
        ] {
            for file in ["README.md", "a b#c%20\n\u{202e}.json", ""] {
                let source = Source::at(file, place.clone());
                let text = source.to_string();
                assert!(!text.contains(char::is_whitespace), "{text}");
                assert_eq!(text.parse(), Ok(source));
            }
        }
        assert!("a#nonsense".parse::<Source>().is_err());
        assert!("a%F".parse::<Source>().is_err());
    }

    #[test]
    fn stronger_evidence_wins_and_silence_never_does() {
        let source = || Source::file("x");
        let mut field = Field::<u8>::absent();
        field.strengthen(Field::stated_unknown(source()));
        assert!(field.is_stated_unknown());
        field.strengthen(Field::inferred(1, source()));
        field.strengthen(Field::declared(2, source()));
        field.strengthen(Field::inferred(3, source()));
        field.strengthen(Field::absent());
        assert_eq!(field.value(), Some(&2));
        assert_eq!(field.evidence(), Evidence::Declared);
        field.strengthen(Field::verified(4, source()));
        assert_eq!(field.value(), Some(&4));
    }
}
