//! YAML as JSON values whose scalars keep their text.
//!
//! Advisories are made of texts: the version `1.10` must not become the number 1.1, so that scalars are not resolved
//! beyond `null`. Parsing is saphyr's; depth, values and what aliases expand to are bounded.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// LIMIT: how deep values may be nested.
const MAX_DEPTH: usize = 64;
/// LIMIT: values of one document, those of expanded aliases included.
const MAX_VALUES: usize = 4_000_000;

/// Why a text is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlError {
    /// The grammar forbids it.
    #[error("no valid YAML in line {line}: {reason}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
    /// Too deep or too many values.
    #[error("the YAML document is nested too deeply or has too many values")]
    TooMuch,
    /// Nothing in it.
    #[error("the YAML document is empty")]
    Empty,
}

/// Reads the first document of a stream.
///
/// # Errors
/// When the text is no YAML or goes beyond the limits.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let (event, _) = event.map_err(|error| YamlError::Malformed {
            line: error.marker().line(),
            reason: error.info().to_owned(),
        })?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        builder.take(event)?;
    }
    builder.root.ok_or(YamlError::Empty)
}

struct Frame {
    value: Value,
    key: Option<String>,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    stack: Vec<Frame>,
    anchors: HashMap<usize, (Value, usize)>,
    values: usize,
    root: Option<Value>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = if style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null") {
                    Value::Null
                } else {
                    Value::String(text.into_owned())
                };
                self.attach(value, anchor, 1)?;
            }
            Event::Alias(anchor) => {
                let (value, size) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .unwrap_or((Value::Null, 1));
                self.attach(value, 0, size)?;
            }
            Event::SequenceStart(anchor, _) => self.open(Value::Array(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.open(Value::Object(Map::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.stack.pop() {
                    self.attach(frame.value, frame.anchor, 1)?;
                }
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        if self.stack.len() > MAX_DEPTH {
            return Err(YamlError::TooMuch);
        }
        Ok(())
    }

    fn open(&mut self, value: Value, anchor: usize) {
        self.stack.push(Frame {
            value,
            key: None,
            anchor,
        });
    }

    fn attach(&mut self, value: Value, anchor: usize, size: usize) -> Result<(), YamlError> {
        self.values = self.values.saturating_add(size);
        if self.values > MAX_VALUES {
            return Err(YamlError::TooMuch);
        }
        if anchor != 0 {
            let (size, depth) = measure(&value);
            if depth.saturating_add(self.stack.len()) > MAX_DEPTH {
                return Err(YamlError::TooMuch);
            }
            self.values = self.values.saturating_add(size);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut frame.value {
            Value::Array(items) => items.push(value),
            Value::Object(entries) => match frame.key.take() {
                Some(key) => {
                    entries.insert(key, value);
                }
                None => frame.key = Some(value.as_str().unwrap_or_default().to_owned()),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }
}

/// How many values a value has, and how deep they lie.
fn measure(value: &Value) -> (usize, usize) {
    let mut count: usize = 0;
    let mut deepest: usize = 0;
    let mut stack = vec![(value, 1_usize)];
    while let Some((value, depth)) = stack.pop() {
        count = count.saturating_add(1);
        deepest = deepest.max(depth);
        let below = depth.saturating_add(1);
        match value {
            Value::Array(items) => stack.extend(items.iter().map(|item| (item, below))),
            Value::Object(entries) => stack.extend(entries.values().map(|item| (item, below))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    (count, deepest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_keep_their_text() {
        let value = parse("id: X\nversions:\n- 1.10\n- '2'\n- null\nsince: 2026-01-01\n").unwrap();
        let wanted = json!({"id": "X", "versions": ["1.10", "2", null], "since": "2026-01-01"});
        assert_eq!(value, wanted);
    }

    #[test]
    fn aliases_expand_within_a_bound() {
        assert_eq!(
            parse("a: &x [1, 2]\nb: *x\n").unwrap(),
            json!({"a": ["1", "2"], "b": ["1", "2"]})
        );
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let below = level - 1;
            let list = vec![format!("*a{below}"); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert_eq!(parse(&bomb), Err(YamlError::TooMuch));
    }

    #[test]
    fn broken_deep_and_empty_documents_are_told_apart() {
        assert!(matches!(
            parse("a: [1, 2\nb: }"),
            Err(YamlError::Malformed { .. })
        ));
        assert_eq!(parse(""), Err(YamlError::Empty));
        assert!(parse(&"[".repeat(5000)).is_err());
    }
}
