//! What CycloneDX documents are made of, as a table that is read once.
//!
//! `data/cyclonedx.shapes` has a block for every type: its name, optional rules (`one-of a b`: exactly one of them is
//! there; `any-of a b`: at least one; `a+b` means both together), and its fields as
//! `.NAME NEED SPAN SHAPE`. NEED is `!` (required), `?`, `!-1.3` (required up to 1.3) or `!1.5` (from 1.5 on); SPAN is
//! `*`, `1.5` (from 1.5 on) or `-1.3` (up to 1.3). Shapes: `text`, `text1` (not empty), `text<N`, `uri`, `time`,
//! `date`, `email`, `bool`, `int:LOW:HIGH`, `num:LOW:HIGH`, `'a|b@@1.6` (words, with the version that brought one),
//! `~hash` (a pattern by name), `spdx` (a licence identifier), `signature`, `object`, `any`, `@type`,
//! `[shape]` with `u` (no two alike) and `+` (not empty), `(shape / shape)`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::SpecVersion;

/// What a value has to look like.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Any,
    Object,
    Text {
        least: usize,
        most: usize,
    },
    Uri,
    Time,
    Date,
    Email,
    Bool,
    Number {
        is_whole: bool,
        low: Option<f64>,
        high: Option<f64>,
    },
    Words(Vec<(&'static str, SpecVersion)>),
    Pattern(&'static str),
    Licence,
    Signature,
    Type(&'static str),
    List {
        item: Box<Self>,
        is_unique: bool,
        is_filled: bool,
    },
    Either(Vec<Self>),
}

/// One field of a type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FieldShape {
    pub(super) required: Option<(SpecVersion, SpecVersion)>,
    pub(super) since: SpecVersion,
    pub(super) until: SpecVersion,
    pub(super) shape: Shape,
}

/// Which fields go together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) is_exclusive: bool,
    pub(super) sets: Vec<Vec<&'static str>>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Type {
    pub(super) is_open: bool,
    pub(super) choices: Vec<Choice>,
    pub(super) fields: BTreeMap<&'static str, FieldShape>,
}

/// The whole table.
pub(super) type Table = BTreeMap<&'static str, Type>;

/// The table, read once.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| parse(include_str!("../../data/cyclonedx.shapes")))
}

fn parse(text: &'static str) -> Table {
    let mut table = Table::new();
    let mut name = "";
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(rest) = line.strip_prefix("  ") else {
            let (first, mark) = line.split_once(' ').unwrap_or((line, ""));
            name = first;
            table.entry(name).or_default().is_open = mark == "open";
            continue;
        };
        let current = table.entry(name).or_default();
        match rest.strip_prefix('.') {
            Some(field) => {
                if let Some((field, shape)) = parse_field(field) {
                    current.fields.insert(field, shape);
                }
            }
            None => current.choices.extend(parse_choice(rest)),
        }
    }
    table
}

fn parse_choice(text: &'static str) -> Option<Choice> {
    let (word, sets) = text.split_once(' ')?;
    Some(Choice {
        is_exclusive: word == "one-of",
        sets: sets
            .split(' ')
            .map(|set| set.split('+').collect())
            .collect(),
    })
}

fn parse_field(text: &'static str) -> Option<(&'static str, FieldShape)> {
    let mut parts = text.splitn(4, ' ');
    let (name, need, span, shape) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (first, last) = (SpecVersion::V1_2, SpecVersion::V1_7);
    let required = match need.strip_prefix('!') {
        None => None,
        Some("") => Some((first, last)),
        Some(rest) => match rest.strip_prefix('-') {
            Some(until) => Some((first, until.parse().ok()?)),
            None => Some((rest.parse().ok()?, last)),
        },
    };
    let (since, until) = match span.split_once('-') {
        Some((since, until)) => (since, until),
        None => (span, ""),
    };
    let shape = FieldShape {
        required,
        since: since.parse().unwrap_or(first),
        until: until.parse().unwrap_or(last),
        shape: parse_shape(shape)?.0,
    };
    Some((name, shape))
}

/// A shape at the start of the text, and what follows it.
fn parse_shape(text: &'static str) -> Option<(Shape, &'static str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (item, rest) = parse_shape(inner)?;
        let rest = rest.strip_prefix(']')?;
        let marks = rest.find([']', ')', ' ']).unwrap_or(rest.len());
        let (marks, rest) = rest.split_at_checked(marks)?;
        let list = Shape::List {
            item: Box::new(item),
            is_unique: marks.contains('u'),
            is_filled: marks.contains('+'),
        };
        return Some((list, rest));
    }
    if let Some(mut rest) = text.strip_prefix('(') {
        let mut shapes = Vec::new();
        loop {
            let (shape, after) = parse_shape(rest)?;
            shapes.push(shape);
            match after.strip_prefix(" / ") {
                Some(after) => rest = after,
                None => return Some((Shape::Either(shapes), after.strip_prefix(')')?)),
            }
        }
    }
    if let Some(words) = text.strip_prefix('\'') {
        // Words may hold anything but brackets, so they end where the shape around them does.
        let end = words.find([']', ')']).unwrap_or(words.len());
        let end = words.find(" / ").map_or(end, |slash| slash.min(end));
        let (words, rest) = words.split_at_checked(end)?;
        return Some((Shape::Words(parse_words(words)), rest));
    }
    let end = text.find([']', ')', ' ']).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    Some((parse_word(word)?, rest))
}

fn parse_words(words: &'static str) -> Vec<(&'static str, SpecVersion)> {
    words
        .split('|')
        .map(|word| match word.split_once("@@") {
            Some((word, since)) => (word, since.parse().unwrap_or(SpecVersion::V1_7)),
            None => (word, SpecVersion::V1_2),
        })
        .collect()
}

fn parse_word(word: &'static str) -> Option<Shape> {
    if let Some(name) = word.strip_prefix('@') {
        return Some(Shape::Type(name));
    }
    if let Some(name) = word.strip_prefix('~') {
        return Some(Shape::Pattern(name));
    }
    if let Some(most) = word.strip_prefix("text<") {
        let most = most.parse().ok()?;
        return Some(Shape::Text { least: 0, most });
    }
    for (prefix, is_whole) in [("int:", true), ("num:", false)] {
        if let Some(bounds) = word.strip_prefix(prefix) {
            let (low, high) = bounds.split_once(':')?;
            return Some(Shape::Number {
                is_whole,
                low: low.parse().ok(),
                high: high.parse().ok(),
            });
        }
    }
    Some(match word {
        "any" => Shape::Any,
        "object" => Shape::Object,
        "text" => Shape::Text {
            least: 0,
            most: usize::MAX,
        },
        "text1" => Shape::Text {
            least: 1,
            most: usize::MAX,
        },
        "uri" => Shape::Uri,
        "time" => Shape::Time,
        "date" => Shape::Date,
        "email" => Shape::Email,
        "bool" => Shape::Bool,
        "spdx" => Shape::Licence,
        "signature" => Shape::Signature,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let text = include_str!("../../data/cyclonedx.shapes");
        let fields = text.lines().filter(|line| line.starts_with("  .")).count();
        let known: usize = table().values().map(|each| each.fields.len()).sum();
        assert_eq!(fields, known);
        assert!(fields > 700, "{fields}");
        for (name, each) in table() {
            for (field, shape) in &each.fields {
                assert_types_exist(&shape.shape, &format!("{name}.{field}"));
            }
        }
    }

    fn assert_types_exist(shape: &Shape, place: &str) {
        match shape {
            Shape::Type(name) => assert!(table().contains_key(name), "{place}: {name}"),
            Shape::List { item, .. } => assert_types_exist(item, place),
            Shape::Either(shapes) => {
                for shape in shapes {
                    assert_types_exist(shape, place);
                }
            }
            _ => {}
        }
    }
}
