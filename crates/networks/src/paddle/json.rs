//! Programs as JSON, as Paddle 3 writes them: regions, blocks and operators with short keys.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, ModelFormat, ModelHazard};
use chainwright_core::problem::ProblemKind;
use serde_json::Value;

use super::operators::{Doing, is_listed, judge};
use super::program::judge_text;

/// Operators of dialects other than Paddle's own, and the short names of built-in ones.
const BUILT_IN: &[&str] = &[
    "combine",
    "condtion",
    "constant",
    "get_parameter",
    "if",
    "increment_like",
    "module",
    "p",
    "parameter",
    "set_parameter",
    "shadow_output",
    "slice",
    "split",
    "tuple_pop",
    "tuple_push",
    "while",
    "yield",
    "stack_create",
    "assert",
    "select_input",
    "full",
    "full_like",
    "full_with_tensor",
    "full_int_array",
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
];

/// Whether a file is a program as JSON.
pub(super) fn is_program(head: &[u8]) -> bool {
    let start = head.trim_ascii_start();
    let compact: Vec<u8> = start
        .iter()
        .take(512)
        .filter(|byte| !byte.is_ascii_whitespace())
        .copied()
        .collect();
    compact.starts_with(b"{\"base_code\":{")
        && compact
            .windows(13)
            .any(|window| window == b"\"magic\":\"pir\"")
}

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Paddle);
    let limit = budget.limits().text_bytes;
    if bytes.size() > limit {
        let detail = "the program is longer than a text that is read as a whole";
        facts.problem(ProblemKind::LimitReached, Place::Byte(limit), detail);
        return facts;
    }
    let raw = match read_range(bytes.as_ref(), 0, narrow(limit)) {
        Ok(raw) => raw,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string());
            return facts;
        }
    };
    match serde_json::from_slice::<Value>(&raw) {
        Ok(document) => {
            let version = document.pointer("/base_code/version");
            facts.version = version.map_or_else(String::new, ToString::to_string);
            walk(&document, &mut facts, budget);
        }
        Err(error) => facts.problem(ProblemKind::Malformed, Place::Whole, error.to_string()),
    }
    facts
}

/// Every object with operators, however deep; the parser bounds the depth.
fn walk(document: &Value, facts: &mut ModelFacts, budget: &Budget) {
    let mut open = vec![document];
    let mut steps = 0_u32;
    while let Some(value) = open.pop() {
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(4096)
            && let Err(error) = budget.check_time()
        {
            facts.problem(ProblemKind::LimitReached, Place::Whole, error.to_string());
            return;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                if let Some(Value::Array(operators)) = members.get("ops") {
                    let catalogue = budget.catalogue();
                    operators
                        .iter()
                        .for_each(|each| operator(each, catalogue, facts));
                }
                open.extend(members.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn operator(operator: &Value, catalogue: Catalogue, facts: &mut ModelFacts) {
    facts.operators = facts.operators.saturating_add(1);
    let full = operator
        .get("#")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // `1.conv2d`: the number stands for a dialect of the program's own table.
    let name = full.rsplit('.').next().unwrap_or_default();
    let place = Place::Key(chainwright_core::text::visible(full, 100));
    let doing = if BUILT_IN.contains(&name) {
        None
    } else {
        judge(name, catalogue)
    };
    if let Some(Doing {
        kind,
        effect,
        detail,
    }) = doing
    {
        // Operators of the new dialect have names that the old list lacks; the parser of Paddle refuses strangers.
        let kind = match kind {
            chainwright_core::model::ModelHazardKind::UnknownCallable
                if !is_custom(full) && !is_listed(name) =>
            {
                chainwright_core::model::ModelHazardKind::CustomOperator
            }
            other => other,
        };
        facts.hazard(ModelHazard::new(
            kind,
            effect,
            place.clone(),
            full,
            detail,
            "",
        ));
    }
    let attributes = operator.get("A").and_then(Value::as_array);
    for attribute in attributes.into_iter().flatten() {
        let key = attribute
            .get("N")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let value = attribute.pointer("/AT/D").and_then(Value::as_str);
        if let Some(text) = value {
            judge_text(facts, name, key, text, doing.is_some(), &place);
        }
    }
}

/// Custom operators keep the name of their dialect.
fn is_custom(full: &str) -> bool {
    full.starts_with("custom_op.") || full.starts_with("custom.") || !full.contains('.')
}
