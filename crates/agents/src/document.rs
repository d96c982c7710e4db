//! One tree for JSON, YAML, TOML and the front matter of Markdown, each with the line of every value.
//!
//! The tree and the readers of JSON and YAML are those of the repository crate, which forgive what clients forgive:
//! comments, trailing commas, text behind the end. No reference is resolved.

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_repository::document::{Document, Node, Value, parse_json, parse_yaml};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON with everything that editors forgive.
    Json,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
    /// Markdown with YAML in front.
    FrontMatter,
    /// Lines of `NAME=value`, with or without `export`.
    Lines,
}

/// Reads a document; what cannot be read is missing, and said so.
pub(crate) fn parse(format: Format, text: &str) -> Document {
    match format {
        Format::Json => parse_json(text, &[]),
        Format::Yaml => parse_yaml(text),
        Format::Toml => parse_toml(text),
        Format::FrontMatter => front_matter(text),
        Format::Lines => Document::default(),
    }
}

/// The lines of a text by the offsets at which they begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.match_indices('\n');
        Self(
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at.saturating_add(1)))
                .collect(),
        )
    }

    fn at(&self, offset: usize) -> u32 {
        let line = self.0.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }
}

fn parse_toml(text: &str) -> Document {
    let lines = Lines::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut document = Document::default();
    for error in errors.iter().take(4) {
        let line = error.span().map_or(1, |span| lines.at(span.start));
        let detail = format!("no valid TOML: {}", error.message());
        let place = Place::Line { line, column: 1 };
        document
            .problems
            .push(Problem::new(ProblemKind::Malformed, place, detail));
    }
    document.roots.push(table(root.get_ref(), 1, &lines));
    document
}

/// The depth is bounded by the parser.
fn table(table: &DeTable<'_>, line: u32, lines: &Lines) -> Node {
    let entries = table.iter().map(|(key, value)| {
        let name: Box<str> = key.get_ref().as_ref().into();
        (name, value_of(value, lines.at(key.span().start), lines))
    });
    Node::new(Value::Map(entries.collect()), line)
}

fn value_of(value: &Spanned<DeValue<'_>>, line: u32, lines: &Lines) -> Node {
    let own = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.as_ref().into()),
        DeValue::Integer(number) => Value::Number(number.as_str().into()),
        DeValue::Float(number) => Value::Number(number.as_str().into()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(date) => Value::Text(date.to_string().into()),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| {
                let line = lines.at(item.span().start);
                value_of(item, line, lines)
            });
            Value::List(items.collect())
        }
        DeValue::Table(inner) => return table(inner, line, lines),
    };
    Node::new(own, line)
}

/// The YAML between the first two lines of `---`.
fn front_matter(text: &str) -> Document {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(inner) = front(text) else {
        return Document::default();
    };
    let parsed = parse_yaml(inner);
    let is_whole = parsed.problems.is_empty() && parsed.roots.iter().any(Node::is_map);
    if is_whole { parsed } else { by_lines(inner) }
}

/// From the first `---` up to the second, so that lines keep their numbers.
fn front(text: &str) -> Option<&str> {
    let first = text.lines().next()?;
    if first.trim_end() != "---" {
        return None;
    }
    let mut at = 0_usize;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 && line.trim_end() == "---" {
            return text.get(..at);
        }
        at = at.saturating_add(line.len());
    }
    None
}

/// `key: value` by lines, as clients read front matter that is no valid YAML (an unquoted colon is enough).
fn by_lines(text: &str) -> Document {
    let mut entries = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        if line.starts_with([' ', '\t', '#', '-']) {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        let node = Node::new(Value::Text(value.into()), number);
        entries.push((Box::from(key.trim()), node));
    }
    Document {
        roots: vec![Node::new(Value::Map(entries), 1)],
        problems: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_knows_its_lines() {
        let toml = parse(Format::Toml, "a = 1\n[b.c]\nd = [\"x\"]\n");
        let root = &toml.roots[0];
        let found = root.get("b").and_then(|b| b.get("c")).unwrap();
        assert_eq!(found.get("d").unwrap().line, 3);
        assert_eq!(found.get("d").unwrap().items()[0].text(), Some("x"));
        let front = parse(
            Format::FrontMatter,
            "---\nname: x\nallowed-tools: [Bash]\n---\n# y\n",
        );
        assert_eq!(front.roots[0].get("allowed-tools").unwrap().line, 3);
    }

    #[test]
    fn front_matter_that_is_no_yaml_is_read_by_lines() {
        let text = "---\nname: x\ndescription: Use when: a, or b: c\n---\n";
        let parsed = parse(Format::FrontMatter, text);
        let description = parsed.roots[0].text_of("description");
        assert_eq!(description, Some("Use when: a, or b: c"));
    }

    #[test]
    fn broken_toml_keeps_what_came_before() {
        let parsed = parse(Format::Toml, "model = \"o3\"\n[x\ny = 1\n");
        assert!(!parsed.problems.is_empty());
        assert_eq!(parsed.roots[0].text_of("model"), Some("o3"));
        assert!(
            !parse(Format::Toml, &"a=[".repeat(20_000))
                .problems
                .is_empty()
        );
    }
}
