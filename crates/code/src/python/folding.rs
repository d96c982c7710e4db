//! Operators on known values: what texts, numbers and lists come to.

use std::rc::Rc;

use super::value::{Abstract, MAX_ELEMENTS, MAX_TEXT, Taint, Value};
use crate::signs::HOLE;

pub(super) fn character_at(text: &str, number: i64) -> Option<char> {
    if number < 0 {
        let back = usize::try_from(number.unsigned_abs())
            .ok()?
            .checked_sub(1)?;
        text.chars().rev().nth(back)
    } else {
        text.chars().nth(usize::try_from(number).ok()?)
    }
}

pub(super) fn numbers<'a>(
    left: &Abstract<'a>,
    right: &Abstract<'a>,
    taint: Taint,
    operation: impl Fn(i64, i64) -> Option<i64>,
) -> Abstract<'a> {
    let result = left
        .as_int()
        .zip(right.as_int())
        .and_then(|(left, right)| operation(left, right));
    result.map_or_else(
        || Abstract::unknown(taint),
        |number| Abstract::new(Value::Int(number), taint),
    )
}

pub(super) fn add<'a>(left: &Abstract<'a>, right: &Abstract<'a>, taint: Taint) -> Abstract<'a> {
    match (&left.value, &right.value) {
        (Value::Int(_), Value::Int(_)) => numbers(left, right, taint, i64::checked_add),
        (Value::List(one), Value::List(two))
            if one.len().saturating_add(two.len()) <= MAX_ELEMENTS =>
        {
            let elements = one.iter().chain(two.iter()).cloned().collect();
            Abstract::new(Value::List(Rc::new(elements)), taint)
        }
        (Value::Bytes(one), Value::Bytes(two))
            if one.len().saturating_add(two.len()) <= MAX_TEXT =>
        {
            Abstract::bytes(
                &[one.as_ref(), two.as_ref()].concat(),
                taint | Taint::FOLDED,
            )
        }
        (Value::Str(one), _) if one.as_str().len() < MAX_TEXT => {
            let text = [one.as_str(), &right.shown()].concat();
            Abstract::text(&text, taint | Taint::FOLDED)
        }
        (_, Value::Str(two)) if two.as_str().len() < MAX_TEXT => {
            let text = [&left.shown(), two.as_str()].concat();
            Abstract::text(&text, taint | Taint::FOLDED)
        }
        _ => Abstract::unknown(taint),
    }
}

pub(super) fn repeat<'a>(left: &Abstract<'a>, right: &Abstract<'a>, taint: Taint) -> Abstract<'a> {
    let (repeated, count) = match (left.as_int(), right.as_int()) {
        (Some(_), Some(_)) => return numbers(left, right, taint, i64::checked_mul),
        (None, Some(count)) => (left, count),
        (Some(count), None) => (right, count),
        (None, None) => return Abstract::unknown(taint),
    };
    let Ok(count) = usize::try_from(count) else {
        return Abstract::unknown(taint);
    };
    match &repeated.value {
        Value::Str(text) if text.as_str().len().saturating_mul(count) <= MAX_TEXT => {
            Abstract::text(&text.as_str().repeat(count), taint | Taint::FOLDED)
        }
        Value::Bytes(bytes) if bytes.len().saturating_mul(count) <= MAX_TEXT => {
            Abstract::bytes(&bytes.repeat(count), taint)
        }
        Value::List(elements) if elements.len().saturating_mul(count) <= MAX_ELEMENTS => {
            let all = std::iter::repeat_n(elements.iter().cloned(), count)
                .flatten()
                .collect();
            Abstract::new(Value::List(Rc::new(all)), taint)
        }
        _ => Abstract::unknown(taint),
    }
}

/// `"…%s…" % values`.
pub(super) fn percent_format<'a>(
    format: &str,
    values: &Abstract<'a>,
    taint: Taint,
) -> Abstract<'a> {
    let single = [values.clone()];
    let mut values = values.elements().unwrap_or(&single).iter();
    let mut text = String::with_capacity(format.len());
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        if characters.next_if_eq(&'%').is_some() {
            text.push('%');
            continue;
        }
        if characters.next_if_eq(&'(').is_some() {
            for inner in characters.by_ref() {
                if inner == ')' {
                    break;
                }
            }
        }
        let mut conversion = None;
        for next in characters.by_ref() {
            if next.is_ascii_alphabetic() {
                conversion = Some(next);
                break;
            }
        }
        match (conversion, values.next()) {
            (Some('c'), Some(value)) => match value
                .as_int()
                .and_then(|code| char::from_u32(u32::try_from(code).ok()?))
            {
                Some(letter) => text.push(letter),
                None => text.push_str(&value.shown()),
            },
            (_, Some(value)) if text.len() < MAX_TEXT => text.push_str(&value.shown()),
            _ => text.push(HOLE),
        }
    }
    Abstract::text(&text, taint | Taint::FOLDED)
}

/// Paths joined by slashes, unknown parts as holes.
pub(super) fn join_paths<'a>(parts: &[Abstract<'a>]) -> Abstract<'a> {
    let mut path = String::new();
    let mut taint = Taint::NONE;
    for part in parts {
        taint |= part.taint.content()
            | if part.taint.has(Taint::DROPPED) {
                Taint::DROPPED
            } else {
                Taint::NONE
            };
        let text = part.shown();
        if text.starts_with('/') || path.is_empty() {
            path = text;
        } else {
            if !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(&text);
        }
        if path.len() > 4_096 {
            break;
        }
    }
    Abstract::text(&path, taint)
}

/// `base[lower:upper:step]`.
pub(super) fn slice_of<'a>(
    base: &Abstract<'a>,
    lower: Option<&Abstract<'a>>,
    upper: Option<&Abstract<'a>>,
    step: Option<&Abstract<'a>>,
) -> Abstract<'a> {
    let number = |part: Option<&Abstract<'a>>| match part {
        None => Some(None),
        Some(part) if matches!(part.value, Value::None) => Some(None),
        Some(part) => part.as_int().map(Some),
    };
    let (Some(lower), Some(upper), Some(step)) = (number(lower), number(upper), number(step))
    else {
        return Abstract::unknown(base.taint);
    };
    let step = step.unwrap_or(1);
    let taint = base.taint
        | if !(0..=1).contains(&step) {
            Taint::OBFUSCATED | Taint::LITERAL | Taint::FOLDED
        } else {
            Taint::FOLDED
        };
    match &base.value {
        Value::Str(text) => {
            let characters: Vec<char> = text.as_str().chars().collect();
            let sliced: String = sliced(&characters, lower, upper, step)
                .into_iter()
                .collect();
            Abstract::text(&sliced, taint)
        }
        Value::Bytes(bytes) => Abstract::bytes(&sliced(bytes, lower, upper, step), taint),
        Value::List(elements) => {
            let elements = sliced(elements, lower, upper, step);
            Abstract::new(Value::List(Rc::new(elements)), base.taint)
        }
        _ => Abstract::unknown(base.taint),
    }
}

pub(super) fn sliced<T: Clone>(
    items: &[T],
    lower: Option<i64>,
    upper: Option<i64>,
    step: i64,
) -> Vec<T> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let place = |bound: i64| {
        if bound < 0 {
            bound.saturating_add(length).max(-1)
        } else {
            bound.min(length)
        }
    };
    let mut output = Vec::new();
    if step == 0 {
        return output;
    }
    let (mut at, end) = if step > 0 {
        (lower.map_or(0, place).max(0), upper.map_or(length, place))
    } else {
        (
            lower
                .map_or(length.saturating_sub(1), place)
                .min(length.saturating_sub(1)),
            upper.map_or(-1, place),
        )
    };
    while (step > 0 && at < end) || (step < 0 && at > end) {
        match usize::try_from(at).ok().and_then(|at| items.get(at)) {
            Some(item) => output.push(item.clone()),
            None => break,
        }
        at = at.saturating_add(step);
    }
    output
}
