//! Element types: their size, and whether an object hides in them.
//!
//! NumPy writes few forms (`'<f4'`, lists of fields, sub-arrays) but reads many (`'object'`, `'i4,O'`,
//! `'(2,3)f8'`). An object in a form that it never writes was put there to be missed.

use super::literal::{BY_NAME, Literal};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub has_object: bool,
    /// An object in a form that NumPy reads but never writes.
    pub hides_object: bool,
    /// Whether the form is one that NumPy writes.
    pub is_known: bool,
    /// Bytes of an element.
    pub size: Option<u64>,
}

/// The type that a header's `descr` describes. Depth is bounded by the parser of literals.
pub(super) fn read(descr: &Literal) -> Element {
    match descr {
        Literal::Text(code) => plain(code),
        Literal::List(fields) => structure(fields),
        Literal::Tuple(parts) => match parts.as_slice() {
            [base, shape] => sub_array(base, shape),
            _ => Element::default(),
        },
        // NumPy's reader refuses these.
        Literal::None
        | Literal::Bool(_)
        | Literal::Integer(_)
        | Literal::Float
        | Literal::Dict(_) => Element::default(),
    }
}

fn plain(code: &str) -> Element {
    let body = code.trim_start_matches(['<', '>', '|', '=']);
    let mut characters = body.chars();
    let kind = characters.next();
    let rest = characters.as_str();
    let known = |size: Option<u64>| Element {
        is_known: size.is_some(),
        size,
        ..Element::default()
    };
    match (kind, rest) {
        (Some('O'), _) if rest.is_empty() || rest.bytes().all(|byte| byte.is_ascii_digit()) => {
            Element {
                has_object: true,
                is_known: true,
                size: Some(8),
                ..Element::default()
            }
        }
        (Some('b'), "1") | (Some('?'), "") => known(Some(1)),
        (Some('i' | 'u'), "1" | "2" | "4" | "8")
        | (Some('f'), "2" | "4" | "8" | "12" | "16")
        | (Some('c'), "8" | "16" | "24" | "32") => known(rest.parse().ok()),
        (Some('S' | 'a' | 'V'), size) => known(size.parse().ok()),
        (Some('U'), size) => known(
            size.parse::<u64>()
                .ok()
                .and_then(|count| count.checked_mul(4)),
        ),
        (Some('M' | 'm'), unit) if unit.starts_with('8') && is_time_unit(unit) => known(Some(8)),
        _ => {
            let hides_object = mentions_object(code);
            Element {
                has_object: hides_object,
                hides_object,
                is_known: false,
                size: None,
            }
        }
    }
}

/// `8`, or `8[unit]` with a unit such as `ns` or `25us`.
fn is_time_unit(text: &str) -> bool {
    let unit = text.strip_prefix('8').unwrap_or_default();
    unit.is_empty() || (unit.starts_with('[') && unit.ends_with(']'))
}

/// Whether NumPy's reader of type strings would see an object: `O` among comma-separated codes, or a name.
fn mentions_object(code: &str) -> bool {
    let is_object_code = |part: &str| {
        let code = part
            .trim()
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start_matches(|first: char| {
                first.is_ascii_digit() || matches!(first, '<' | '>' | '|' | '=' | ' ')
            });
        code.strip_prefix('O')
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    // `T` is the string type of NumPy 2, whose elements live outside the array like objects do.
    code.to_ascii_lowercase().contains("object")
        || code.trim() == "T"
        || code.contains(BY_NAME)
        || code.split(',').any(is_object_code)
}

fn structure(fields: &[Literal]) -> Element {
    let mut whole = Element {
        is_known: true,
        size: Some(0),
        ..Element::default()
    };
    for field in fields {
        let element = match field {
            Literal::Tuple(parts) => match parts.as_slice() {
                [_, base] => read(base),
                [_, base, shape] => sub_array(base, shape),
                _ => Element::default(),
            },
            _ => Element::default(),
        };
        whole.has_object |= element.has_object;
        whole.hides_object |= element.hides_object;
        whole.is_known &= element.is_known;
        whole.size = match (whole.size, element.size) {
            (Some(sum), Some(size)) => sum.checked_add(size),
            _ => None,
        };
    }
    whole
}

fn sub_array(base: &Literal, shape: &Literal) -> Element {
    let element = read(base);
    let count = match shape {
        Literal::Integer(size) => u64::try_from(*size).ok(),
        Literal::Tuple(sizes) => sizes.iter().try_fold(1_u64, |count, size| match size {
            Literal::Integer(size) => count.checked_mul(u64::try_from(*size).ok()?),
            _ => None,
        }),
        _ => None,
    };
    Element {
        is_known: element.is_known && count.is_some(),
        size: element
            .size
            .zip(count)
            .and_then(|(size, count)| size.checked_mul(count)),
        ..element
    }
}
