//! Python and Jinja operations on constants, as far as attackers use them to spell names.
//!
//! Deliberately absent: numbers beyond 64 bits and anything that needs more memory than the limits of `value`.

use crate::value::{Constant, MAX_ITEMS, MAX_TEXT};

/// `left ~ right`, and `left + right` for equal kinds.
pub(crate) fn concat(left: &Constant, right: &Constant) -> Option<Constant> {
    let (left, right) = (left.display()?, right.display()?);
    bounded(left + &right)
}

fn bounded(text: String) -> Option<Constant> {
    (text.len() <= MAX_TEXT).then(|| Constant::text(text))
}

/// `left + right`.
pub(crate) fn add(left: &Constant, right: &Constant) -> Option<Constant> {
    match (left, right) {
        (Constant::Int(left), Constant::Int(right)) => left.checked_add(*right).map(Constant::Int),
        (Constant::Text(_), Constant::Text(_)) => concat(left, right),
        (Constant::List(left), Constant::List(right)) => {
            let items: Vec<Constant> = left.iter().chain(right.iter()).cloned().collect();
            (items.len() <= MAX_ITEMS).then(|| Constant::list(items))
        }
        _ => None,
    }
}

/// Arithmetic on integers.
pub(crate) fn arithmetic(
    left: &Constant,
    right: &Constant,
    operation: fn(i64, i64) -> Option<i64>,
) -> Option<Constant> {
    operation(left.as_int()?, right.as_int()?).map(Constant::Int)
}

/// `text * count` or `list * count`, if the result is small.
pub(crate) fn repeat(left: &Constant, right: &Constant) -> Option<Constant> {
    let (sequence, count) = match (left, right) {
        (Constant::Int(left), Constant::Int(right)) => {
            return left.checked_mul(*right).map(Constant::Int);
        }
        (sequence, count) if count.as_int().is_some() => (sequence, count.as_int()?),
        (count, sequence) => (sequence, count.as_int()?),
    };
    let count = usize::try_from(count.max(0)).ok()?;
    match sequence {
        Constant::Text(text) => {
            let length = text.len().checked_mul(count)?;
            (length <= MAX_TEXT).then(|| Constant::text(text.repeat(count)))
        }
        Constant::List(items) => {
            let length = items.len().checked_mul(count)?;
            (length <= MAX_ITEMS).then(|| {
                Constant::list(
                    std::iter::repeat_n(items.iter().cloned(), count)
                        .flatten()
                        .collect(),
                )
            })
        }
        _ => None,
    }
}

/// `base[index]` for a constant index.
pub(crate) fn item(base: &Constant, index: &Constant) -> Option<Constant> {
    match base {
        Constant::Dict(entries) => entries
            .iter()
            .rev()
            .find(|(key, _)| key == index)
            .map(|(_, value)| value.clone()),
        Constant::Text(text) => {
            let position = position(text.chars().count(), index.as_int()?)?;
            let character = text.chars().nth(position)?;
            Some(Constant::text(character.to_string()))
        }
        Constant::List(items) => items.get(position(items.len(), index.as_int()?)?).cloned(),
        Constant::Int(_) | Constant::Float | Constant::Bool(_) | Constant::None => None,
    }
}

fn position(length: usize, index: i64) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.checked_neg()?).ok()?),
    }
}

/// `base[start:stop:step]`.
pub(crate) fn slice(
    base: &Constant,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Option<Constant> {
    let items = base.items()?;
    let length = i64::try_from(items.len()).ok()?;
    let step = step.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let resolve = |index: i64| {
        if index < 0 {
            index.saturating_add(length)
        } else {
            index
        }
    };
    let (low, high) = if step > 0 {
        (0, length)
    } else {
        (-1, length.saturating_sub(1))
    };
    let clamp = |index: i64| resolve(index).clamp(low, high);
    let (first, last) = if step > 0 { (0, length) } else { (high, -1) };
    let mut at = start.map_or(first, clamp);
    let stop = stop.map_or(last, clamp);
    let mut taken = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        if let Some(item) = usize::try_from(at).ok().and_then(|at| items.get(at)) {
            taken.push(item.clone());
        }
        at = at.saturating_add(step);
    }
    regroup(base, taken)
}

/// Puts items back into the kind they came from.
fn regroup(base: &Constant, items: Vec<Constant>) -> Option<Constant> {
    match base {
        Constant::Text(_) => join(&Constant::list(items), ""),
        _ => Some(Constant::list(items)),
    }
}

/// Reverses text or a list.
pub(crate) fn reverse(base: &Constant) -> Option<Constant> {
    let mut items = base.items()?;
    items.reverse();
    regroup(base, items)
}

/// `separator.join(items)`.
pub(crate) fn join(base: &Constant, separator: &str) -> Option<Constant> {
    let mut text = String::new();
    for (index, item) in base.items()?.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(&item.display()?);
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    bounded(text)
}

/// `text.split(separator)`; blanks without one.
pub(crate) fn split(base: &Constant, separator: Option<&str>) -> Option<Constant> {
    let text = base.as_text()?;
    let parts: Vec<Constant> = match separator {
        Some("") => return None,
        Some(separator) => text
            .split(separator)
            .take(MAX_ITEMS)
            .map(Constant::text)
            .collect(),
        None => text
            .split_whitespace()
            .take(MAX_ITEMS)
            .map(Constant::text)
            .collect(),
    };
    Some(Constant::list(parts))
}

/// `text.replace(old, new)`.
pub(crate) fn replace(base: &Constant, old: &str, new: &str) -> Option<Constant> {
    let text = base.as_text()?;
    let growth = new.len().saturating_mul(text.len().saturating_add(1));
    if growth > MAX_TEXT.saturating_mul(8) {
        return None;
    }
    bounded(text.replace(old, new))
}

/// `chr(code)`.
pub(crate) fn character(code: &Constant) -> Option<Constant> {
    let code = u32::try_from(code.as_int()?).ok()?;
    char::from_u32(code).map(|character| Constant::text(character.to_string()))
}

/// `format % arguments`, for `%s`, `%c`, `%d`, `%x` and `%%` with any flags.
pub(crate) fn percent(format: &str, arguments: &[Constant]) -> Option<Constant> {
    let mut text = String::new();
    let mut arguments = arguments.iter();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let mut kind = characters.next()?;
        if kind == '(' {
            return None;
        }
        while matches!(kind, '0'..='9' | '-' | '+' | ' ' | '#' | '.') {
            kind = characters.next()?;
        }
        match kind {
            '%' => text.push('%'),
            'c' => {
                let argument = arguments.next()?;
                let piece = character_or_text(argument)?;
                text.push_str(&piece);
            }
            's' | 'd' | 'i' | 'r' | 'a' => text.push_str(&arguments.next()?.display()?),
            'x' => text.push_str(&format!("{:x}", arguments.next()?.as_int()?)),
            'X' => text.push_str(&format!("{:X}", arguments.next()?.as_int()?)),
            _ => return None,
        }
    }
    bounded(text)
}

fn character_or_text(constant: &Constant) -> Option<String> {
    constant
        .as_text()
        .map(str::to_owned)
        .or_else(|| character(constant)?.as_text().map(str::to_owned))
}

/// `format.format(arguments)`, for `{}`, `{0}`, `{name}` and `{:c}`.
pub(crate) fn braces(
    format: &str,
    positional: &[Constant],
    keywords: &[(&str, Constant)],
) -> Option<Constant> {
    let mut text = String::new();
    let mut rest = format;
    let mut next = 0usize;
    while let Some(start) = rest.find(['{', '}']) {
        text.push_str(rest.get(..start)?);
        rest = rest.get(start..)?;
        if let Some(tail) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            text.push_str(rest.get(..1)?);
            rest = tail;
            continue;
        }
        let (field, tail) = rest.strip_prefix('{')?.split_once('}')?;
        rest = tail;
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let name = name.split('!').next().unwrap_or_default();
        let argument = match name.parse::<usize>() {
            Ok(index) => positional.get(index),
            Err(_) if name.is_empty() => {
                next = next.saturating_add(1);
                positional.get(next.saturating_sub(1))
            }
            Err(_) => keywords
                .iter()
                .find(|(keyword, _)| *keyword == name)
                .map(|(_, value)| value),
        }?;
        if spec.ends_with('c') {
            text.push_str(&character_or_text(argument)?);
        } else {
            text.push_str(&argument.display()?);
        }
    }
    text.push_str(rest);
    bounded(text)
}

/// Attribute names that the replacement fields of a format string read, such as `__class__` in `{0.__class__}`.
pub(crate) fn format_attributes(format: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = format;
    while let Some((_, tail)) = rest.split_once('{') {
        let (field, after) = tail.split_once('}').unwrap_or((tail, ""));
        let field = field.split([':', '!']).next().unwrap_or_default();
        let is_field = field.chars().all(|character| {
            character.is_alphanumeric() || matches!(character, '_' | '.' | '[' | ']' | '-')
        });
        if is_field {
            let parts = field
                .split(['.', '[', ']'])
                .skip(1)
                .filter(|part| !part.is_empty());
            names.extend(parts.take(16).map(str::to_owned));
        }
        rest = after;
        if names.len() > 64 {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(constant: Option<Constant>) -> String {
        constant
            .and_then(|constant| constant.as_text().map(str::to_owned))
            .unwrap_or_else(|| "?".to_owned())
    }

    #[test]
    fn names_are_spelled_out() {
        let reversed = Constant::text("__ssalc__");
        assert_eq!(text(slice(&reversed, None, None, Some(-1))), "__class__");
        assert_eq!(
            text(slice(
                &Constant::text("x__class__y"),
                Some(1),
                Some(-1),
                None
            )),
            "__class__"
        );
        assert_eq!(text(reverse(&reversed)), "__class__");
        let codes = [
            Constant::Int(95),
            Constant::Int(95),
            Constant::text("class"),
        ];
        assert_eq!(text(percent("%c%c%s", &codes)), "__class");
        assert_eq!(
            text(braces(
                "{0:c}{}{x}",
                &codes[..1],
                &[("x", Constant::text("y"))]
            )),
            "_95y"
        );
        assert_eq!(
            text(join(&split(&reversed, Some("ss")).unwrap(), "-")),
            "__-alc__"
        );
        assert_eq!(text(item(&reversed, &Constant::Int(-3))), "c");
    }

    #[test]
    fn fields_of_format_strings_are_found() {
        assert_eq!(
            format_attributes("{0.__class__.__init__} {a[b].c:>3}"),
            ["__class__", "__init__", "b", "c"]
        );
        assert_eq!(
            format_attributes("{\"name\": \"x.y\"}"),
            Vec::<String>::new()
        );
    }
}
