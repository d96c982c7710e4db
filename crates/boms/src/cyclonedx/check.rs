//! Whether a CycloneDX document is what its version of the specification says: fields, words, patterns, references.
//!
//! The check is our own and needs no schema. It also sees what the schemas cannot say: a `bom-ref` names one thing,
//! and what is referred to exists. Both kinds of finding are told apart ([`Violation::is_structural`]).

mod fit;
mod references;
mod text;

pub(super) use fit::fitted;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value as Json;

use super::SpecVersion;
use super::iri;
use super::shape::{self, Choice, FieldShape, Shape, Table, Type};
use super::write::escape_pointer;
use crate::json::Object;
use crate::{licence, time};

/// Violations that are reported; the rest is not looked for.
const MOST: usize = 100;

/// Something that a document must not do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong, in one lower-case line.
    pub message: String,
    /// Whether the schema of the specification refuses it too; else only its meaning is broken.
    pub is_structural: bool,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// Checks a document; empty means valid.
#[must_use]
pub fn check(document: &Json) -> Vec<Violation> {
    let version = document.get("specVersion").and_then(Json::as_str);
    let Some(version) = version.and_then(|text| text.parse::<SpecVersion>().ok()) else {
        return vec![Violation {
            pointer: "/specVersion".to_owned(),
            message: "no version of the specification that is known".to_owned(),
            is_structural: true,
        }];
    };
    let mut checker = Checker {
        version,
        table: shape::table(),
        found: Vec::new(),
        is_probe: false,
    };
    checker.value(document, &Shape::Type("bom"), "");
    let mut found = checker.found;
    references::check(document, &mut found);
    found.truncate(MOST);
    found
}

struct Checker {
    version: SpecVersion,
    table: &'static Table,
    found: Vec<Violation>,
    is_probe: bool,
}

impl Checker {
    fn report(&mut self, pointer: &str, message: impl Into<String>) {
        if self.found.len() < MOST {
            self.found.push(Violation {
                pointer: pointer.to_owned(),
                message: message.into(),
                is_structural: true,
            });
        }
    }

    /// Whether to go on looking.
    fn is_open(&self) -> bool {
        if self.is_probe {
            self.found.is_empty()
        } else {
            self.found.len() < MOST
        }
    }

    fn value(&mut self, value: &Json, shape: &Shape, pointer: &str) {
        if !self.is_open() {
            return;
        }
        match shape {
            Shape::Type(name) => self.typed(value, name, pointer),
            Shape::List {
                item,
                is_unique,
                is_filled,
            } => self.list(value, item, (*is_unique, *is_filled), pointer),
            Shape::Either(shapes) => self.either(value, shapes, pointer),
            Shape::Words(words) => {
                let is_known = value.as_str().is_some_and(|text| {
                    words
                        .iter()
                        .any(|(word, since)| *word == text && *since <= self.version)
                });
                if !is_known {
                    self.report(pointer, "not one of the words that may stand here");
                }
            }
            Shape::Licence => {
                if !value.as_str().is_some_and(licence::is_listed) {
                    self.report(pointer, "no identifier of the SPDX list");
                }
            }
            plain => {
                if let Some(message) = wrong(value, plain) {
                    self.report(pointer, message);
                }
            }
        }
    }

    fn list(&mut self, value: &Json, item: &Shape, (unique, filled): (bool, bool), pointer: &str) {
        let Some(items) = value.as_array() else {
            self.report(pointer, "no list");
            return;
        };
        if filled && items.is_empty() {
            self.report(pointer, "an empty list");
        }
        for (index, each) in items.iter().enumerate() {
            if !self.is_open() {
                return;
            }
            self.value(each, item, &format!("{pointer}/{index}"));
        }
        if unique {
            let mut seen = BTreeSet::new();
            if !items.iter().all(|each| seen.insert(each.to_string())) {
                self.report(pointer, "two entries are the same");
            }
        }
        if pointer.ends_with("/licenses") {
            self.licences(items, pointer);
        }
    }

    /// Before 1.7 a list of licences holds one expression or any number of licences.
    fn licences(&mut self, items: &[Json], pointer: &str) {
        let has_expression = items.iter().any(|item| item.get("expression").is_some());
        if has_expression && items.len() > 1 && self.version < SpecVersion::V1_7 {
            self.report(pointer, "an expression beside other licences");
        }
    }

    fn either(&mut self, value: &Json, shapes: &[Shape], pointer: &str) {
        let mut best: Option<Vec<Violation>> = None;
        for shape in shapes {
            let mut probe = Self {
                version: self.version,
                table: self.table,
                found: Vec::new(),
                is_probe: true,
            };
            probe.value(value, shape, pointer);
            if probe.found.is_empty() {
                return;
            }
            let depth = |found: &Vec<Violation>| {
                found.first().map_or(0, |violation| violation.pointer.len())
            };
            if best
                .as_ref()
                .is_none_or(|best| depth(&probe.found) > depth(best))
            {
                best = Some(probe.found);
            }
        }
        for violation in best.unwrap_or_default() {
            self.report(&violation.pointer, violation.message);
        }
    }

    fn typed(&mut self, value: &Json, name: &'static str, pointer: &str) {
        let Some(object) = value.as_object() else {
            self.report(pointer, "no object");
            return;
        };
        let Some(expected) = self.table.get(name) else {
            return;
        };
        for (field, shape) in &expected.fields {
            let is_required = shape
                .required
                .is_some_and(|(from, to)| (from..=to).contains(&self.version));
            if is_required && self.knows(shape) && !object.contains_key(*field) {
                self.report(pointer, format!("`{field}` is missing"));
            }
        }
        for choice in &expected.choices {
            if let Some(message) = unmet(choice, object) {
                self.report(pointer, message);
            }
        }
        for (key, value) in object {
            self.field(expected, key, value, pointer);
        }
        if name == "component" {
            self.external(object, pointer);
        }
    }

    fn knows(&self, field: &FieldShape) -> bool {
        (field.since..=field.until).contains(&self.version)
    }

    fn field(&mut self, expected: &'static Type, key: &str, value: &Json, pointer: &str) {
        let known = expected.fields.get(key).filter(|field| self.knows(field));
        match known {
            Some(field) => {
                let place = format!("{pointer}/{}", escape_pointer(key));
                self.value(value, &field.shape, &place);
            }
            None if expected.is_open => {}
            None => {
                let key = chainwright_core::text::visible(key, 80);
                self.report(
                    pointer,
                    format!("`{key}` does not belong here in {}", self.version),
                );
            }
        }
    }

    /// A range of versions stands only at what lies outside, and never beside a version (1.7).
    fn external(&mut self, object: &Object, pointer: &str) {
        if !object.contains_key("versionRange") || self.version < SpecVersion::V1_7 {
            return;
        }
        if object.contains_key("version") {
            self.report(pointer, "a version and a range of versions");
        }
        if object.get("isExternal") != Some(&Json::Bool(true)) {
            self.report(pointer, "a range of versions at what is not external");
        }
    }
}

fn unmet(choice: &Choice, object: &Object) -> Option<String> {
    let met = choice
        .sets
        .iter()
        .filter(|set| set.iter().all(|key| object.contains_key(*key)))
        .count();
    let names: Vec<_> = choice.sets.iter().map(|set| set.join("+")).collect();
    let names = names.join("`, `");
    if met == 0 {
        Some(format!("one of `{names}` is missing"))
    } else if met > 1 && choice.is_exclusive {
        Some(format!("more than one of `{names}`"))
    } else {
        None
    }
}

/// What is wrong with a value that has no parts.
fn wrong(value: &Json, shape: &Shape) -> Option<&'static str> {
    let text = value.as_str();
    let is_right = match shape {
        Shape::Object => value.is_object(),
        Shape::Bool => value.is_boolean(),
        Shape::Text { least, most } => text.is_some_and(|text| {
            let length = text.chars().count();
            (*least..=*most).contains(&length)
        }),
        Shape::Uri => text.is_some_and(iri::is_reference),
        Shape::Time => text.is_some_and(time::is_date_time),
        Shape::Date => text.is_some_and(time::is_date),
        Shape::Email => text.is_some_and(text::is_mail),
        Shape::Pattern(name) => text.is_some_and(|text| text::matches(name, text)),
        Shape::Signature => text::is_signature(value),
        Shape::Number {
            is_whole,
            low,
            high,
        } => is_number(value, *is_whole, *low, *high),
        Shape::Any
        | Shape::Words(_)
        | Shape::Licence
        | Shape::Type(_)
        | Shape::List { .. }
        | Shape::Either(_) => true,
    };
    if is_right {
        return None;
    }
    Some(match shape {
        Shape::Object => "no object",
        Shape::Bool => "neither true nor false",
        Shape::Text { .. } => "no text, or one of the wrong length",
        Shape::Uri => "no reference (RFC 3986)",
        Shape::Time | Shape::Date => "no date (RFC 3339)",
        Shape::Email => "no mail address",
        Shape::Pattern(_) => "not in the form that is asked for",
        Shape::Signature => "no signature in the JSON Signature Format",
        _ => "no number that is allowed here",
    })
}

fn is_number(value: &Json, is_whole: bool, low: Option<f64>, high: Option<f64>) -> bool {
    value.as_f64().is_some_and(|number| {
        (!is_whole || number.fract() == 0.0)
            && low.is_none_or(|low| number >= low)
            && high.is_none_or(|high| number <= high)
    })
}
