//! One tree of values for every self-describing notation here (JSON, UBJSON, MessagePack), so that a judgement is
//! written once. Arrays of numbers are kept compactly, binary data only as a stretch of the file.
//!
//! A tree never gets deeper than [`MAX_DEPTH`] nor larger than [`MAX_NODES`], so walking it may recurse.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::note::hazard;

/// How deep values may be nested; the libraries' own writers stay far below.
pub(crate) const MAX_DEPTH: usize = 200;
/// How many values a tree may hold.
pub(crate) const MAX_NODES: usize = 1_000_000;

/// A value of a self-describing notation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// Binary data and where they lie in the file.
    Bytes {
        offset: u64,
        length: u64,
    },
    /// An application-defined value (MessagePack) and where its payload lies.
    Extension {
        kind: i8,
        offset: u64,
        length: u64,
    },
    Numbers(Numbers),
    Array(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// An array that holds only numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) count: u64,
    /// The numbers, if all are whole and fit.
    pub(crate) whole: Option<Vec<i32>>,
}

impl Value {
    /// The member of a map; the last one of equal keys, as most readers take it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The member at a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// A whole number, also one that is written as text (as XGBoost does).
    pub(crate) fn whole(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Map(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// How many elements an array of either kind has.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Numbers(numbers) => Some(numbers.count),
            Self::Array(items) => u64::try_from(items.len()).ok(),
            _ => None,
        }
    }

    /// Visits every value with its key (empty in arrays), parents first.
    pub(crate) fn visit<'a>(&'a self, key: &'a str, seen: &mut dyn FnMut(&'a str, &'a Self)) {
        seen(key, self);
        match self {
            Self::Array(items) => items.iter().for_each(|item| item.visit("", seen)),
            Self::Map(members) => members.iter().for_each(|(key, item)| item.visit(key, seen)),
            _ => {}
        }
    }
}

/// Collects the elements of an array, compactly as long as they are numbers.
#[derive(Debug)]
pub(crate) struct ArrayBuilder {
    numbers: Numbers,
    items: Option<Vec<Value>>,
}

impl ArrayBuilder {
    pub(crate) fn new() -> Self {
        Self {
            numbers: Numbers {
                count: 0,
                whole: Some(Vec::new()),
            },
            items: None,
        }
    }

    pub(crate) fn push(&mut self, value: Value) {
        if let Some(items) = &mut self.items {
            items.push(value);
            return;
        }
        match value {
            Value::Int(number) => {
                self.numbers.count = self.numbers.count.saturating_add(1);
                match (i32::try_from(number), &mut self.numbers.whole) {
                    (Ok(number), Some(whole)) => whole.push(number),
                    _ => self.numbers.whole = None,
                }
            }
            Value::Float(_) => {
                self.numbers.count = self.numbers.count.saturating_add(1);
                self.numbers.whole = None;
            }
            other => {
                let mut items: Vec<Value> = match &self.numbers.whole {
                    Some(whole) => whole
                        .iter()
                        .map(|each| Value::Int(i64::from(*each)))
                        .collect(),
                    // The numbers themselves are of no interest in a mixed array.
                    None if self.numbers.count < 64 => {
                        (0..self.numbers.count).map(|_| Value::Float(0.0)).collect()
                    }
                    None => Vec::new(),
                };
                items.push(other);
                self.items = Some(items);
            }
        }
    }

    pub(crate) fn finish(self) -> Value {
        match self.items {
            Some(items) => Value::Array(items),
            None if self.numbers.count == 0 => Value::Array(Vec::new()),
            None => Value::Numbers(self.numbers),
        }
    }
}

/// Reports keys that stand in one map twice: readers disagree about which one counts.
pub(crate) fn check_keys(members: &[(String, Value)], place: u64, facts: &mut ModelFacts) {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [first, second] = pair
            && first == second
        {
            hazard(
                facts,
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                Place::Byte(place),
                first,
                "the key stands in one object twice, and readers disagree about which one counts",
                "",
            );
            return;
        }
    }
}

/// Reports nesting that no writer produces and that makes recursive readers run out of stack.
pub(crate) fn too_deep(place: u64, facts: &mut ModelFacts) {
    hazard(
        facts,
        ModelHazardKind::ResourceExhaustion,
        Effect::OnLoad,
        Place::Byte(place),
        "nesting",
        "values are nested so deeply that recursive readers run out of stack",
        "",
    );
    facts.problem(
        ProblemKind::LimitReached,
        Place::Byte(place),
        format!("values are nested more than {MAX_DEPTH} deep"),
    );
}

/// Reports a tree that is larger than what is kept.
pub(crate) fn too_many(place: u64, facts: &mut ModelFacts) {
    facts.problem(
        ProblemKind::LimitReached,
        Place::Byte(place),
        format!("more than {MAX_NODES} values"),
    );
}
