//! External parameters against what is expected of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Reason;
use crate::trust::Expected;

/// Parameters nested deeper than this are never as expected.
const DEEPEST: usize = 32;

/// The longest value that is shown, in characters.
const SHOWN: usize = 200;

/// Everything about parameters that is not as expected: missing, other and unknown ones.
pub(super) fn differences(
    expected: &BTreeMap<String, Expected>,
    found: &Map<String, Value>,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    compare(expected, found, "", DEEPEST, &mut reasons);
    reasons
}

fn compare(
    expected: &BTreeMap<String, Expected>,
    found: &Map<String, Value>,
    above: &str,
    depth: usize,
    reasons: &mut Vec<Reason>,
) {
    let path = |name: &str| {
        if above.is_empty() {
            name.to_owned()
        } else {
            format!("{above}.{name}")
        }
    };
    for (name, wanted) in expected {
        match found.get(name) {
            None if matches!(wanted, Expected::Any) => {}
            None => reasons.push(Reason::MissingParameter { path: path(name) }),
            Some(value) => check(wanted, value, &path(name), depth, reasons),
        }
    }
    for name in found.keys().filter(|name| !expected.contains_key(*name)) {
        reasons.push(Reason::UnexpectedParameter { path: path(name) });
    }
}

fn check(wanted: &Expected, value: &Value, path: &str, depth: usize, reasons: &mut Vec<Reason>) {
    let is_met = match wanted {
        Expected::Any => true,
        Expected::Exactly(exact) => exact == value,
        Expected::OneOf(several) => several.contains(value),
        Expected::Like(pattern) => value.as_str().is_some_and(|text| pattern.is_met_by(text)),
        Expected::Object(fields) => match (value, depth.checked_sub(1)) {
            (Value::Object(found), Some(below)) => {
                compare(fields, found, path, below, reasons);
                true
            }
            _ => false,
        },
    };
    if !is_met {
        reasons.push(Reason::WrongParameter {
            path: path.to_owned(),
            found: value.to_string().chars().take(SHOWN).collect(),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pattern::Pattern;

    #[test]
    fn missing_other_and_unknown_parameters_are_told() {
        let expected = BTreeMap::from([
            ("seed".to_owned(), Expected::Any),
            ("recipe".to_owned(), Expected::Exactly(json!("sft.yaml"))),
            (
                "base".to_owned(),
                Expected::OneOf(vec![json!("a"), json!("b")]),
            ),
            (
                "workflow".to_owned(),
                Expected::Object(BTreeMap::from([(
                    "ref".to_owned(),
                    Expected::Like(Pattern::new("refs/tags/v*")),
                )])),
            ),
        ]);
        let told = |found: Value| -> Vec<String> {
            let found = found.as_object().unwrap().clone();
            let reasons = differences(&expected, &found);
            reasons.iter().map(ToString::to_string).collect()
        };
        let good = json!({"seed": 7, "recipe": "sft.yaml", "base": "b", "workflow": {"ref": "refs/tags/v1"}});
        assert!(told(good).is_empty());
        let without_any =
            json!({"recipe": "sft.yaml", "base": "b", "workflow": {"ref": "refs/tags/v1"}});
        assert!(told(without_any).is_empty());
        assert_eq!(
            told(
                json!({"recipe": "x", "workflow": {"ref": "refs/heads/main", "path": "p"}, "extra": 1})
            ),
            [
                "the parameter `base` is missing",
                "the parameter `recipe` is \"x\"",
                "the parameter `workflow.ref` is \"refs/heads/main\"",
                "nobody expects the parameter `workflow.path`",
                "nobody expects the parameter `extra`",
            ]
        );
        assert_eq!(
            told(json!({"recipe": "sft.yaml", "base": "b", "workflow": "refs/tags/v1"})),
            ["the parameter `workflow` is \"refs/tags/v1\""]
        );
    }
}
