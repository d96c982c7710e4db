//! JSON as a stream of events, so that a document of many megabytes costs no tree.
//!
//! The parser of `serde_json` walks the text (it refuses more than 128 levels); a visitor of ours hears each value
//! with the names on the way to it. Nothing is judged here.

use std::fmt;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::ModelFacts;
use chainwright_core::problem::ProblemKind;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::facts::whole_text;

/// Values between two looks at the clock.
const STEPS: u32 = 4096;

/// A value that has no parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Number(i64),
    /// A number too large or too fine for that.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Nothing.
    Null,
}

impl<'a> Scalar<'a> {
    /// The text, if it is one.
    pub(crate) const fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Float(_) | Self::Bool(_) | Self::Null => None,
        }
    }
}

/// Hears what is in a document.
pub(crate) trait Listener {
    /// A value without parts; `path` holds the names on the way to it, with an empty one for each list.
    fn scalar(&mut self, path: &[String], value: Scalar<'_>);
    /// An object or list ends.
    fn end(&mut self, _path: &[String]) {}
}

/// A place as a JSON pointer of the names on the way.
pub(crate) fn place(path: &[String]) -> Place {
    let steps: String = path
        .iter()
        .map(|step| {
            let step = if step.is_empty() { "-" } else { step };
            format!("/{}", chainwright_core::text::visible(step, 60))
        })
        .collect();
    Place::Pointer(steps)
}

/// Reads a JSON file and tells the listener; notes what is wrong with the text.
pub(crate) fn read(
    bytes: &SharedBytes,
    budget: &Budget,
    facts: &mut ModelFacts,
    listener: &mut dyn Listener,
) {
    let Some(text) = whole_text(bytes, budget, facts) else {
        return;
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut walk = Walk {
        path: Vec::new(),
        listener,
        budget,
        steps: 0,
    };
    let mut parser = serde_json::Deserializer::from_slice(text);
    let result = Step(&mut walk)
        .deserialize(&mut parser)
        .and_then(|()| parser.end());
    if let Err(error) = result {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
        let column = u32::try_from(error.column()).unwrap_or(u32::MAX);
        let message = error.to_string();
        let kind = match () {
            () if budget.check_time().is_err() => ProblemKind::LimitReached,
            () if message.contains("recursion limit") => ProblemKind::LimitReached,
            () if error.is_eof() => ProblemKind::Truncated,
            () => ProblemKind::Malformed,
        };
        facts.problem(
            kind,
            Place::Line { line, column },
            chainwright_core::text::visible(&message, 120),
        );
    }
}

struct Walk<'a> {
    path: Vec<String>,
    listener: &'a mut dyn Listener,
    budget: &'a Budget,
    steps: u32,
}

struct Step<'b, 'a>(&'b mut Walk<'a>);

impl Step<'_, '_> {
    fn say(self, value: Scalar<'_>) {
        self.0.listener.scalar(&self.0.path, value);
    }
}

impl<'de> DeserializeSeed<'de> for Step<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.steps = self.0.steps.wrapping_add(1);
        if self.0.steps.is_multiple_of(STEPS) {
            self.0.budget.check_time().map_err(D::Error::custom)?;
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.say(Scalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.say(Scalar::Number(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.say(Scalar::Number(i64::try_from(value).unwrap_or(i64::MAX)));
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.say(Scalar::Float(value));
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.say(Scalar::Text(value));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.say(Scalar::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.path.push(String::new());
        while list.next_element_seed(Step(self.0))?.is_some() {}
        self.0.path.pop();
        self.0.listener.end(&self.0.path);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<String>()? {
            self.0.path.push(key);
            object.next_value_seed(Step(self.0))?;
            self.0.path.pop();
        }
        self.0.listener.end(&self.0.path);
        Ok(())
    }
}
