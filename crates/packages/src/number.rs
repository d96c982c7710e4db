//! Whole numbers of any length, as versions hold them. No arithmetic beyond the successor.

use std::cmp::Ordering;
use std::fmt;

/// A natural number in decimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    /// What fits into 64 bits.
    Small(u64),
    /// Everything else: digits without leading zeros.
    Big(Box<str>),
}

impl Number {
    pub(crate) const ZERO: Self = Self::Small(0);

    /// Reads a run of ASCII digits; nothing read is zero.
    pub(crate) fn read(digits: &str) -> Self {
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Self::ZERO;
        }
        match digits.parse() {
            Ok(small) => Self::Small(small),
            Err(_) => Self::Big(digits.into()),
        }
    }

    pub(crate) const fn is_zero(&self) -> bool {
        matches!(self, Self::Small(0))
    }

    /// The next number.
    pub(crate) fn successor(&self) -> Self {
        match self {
            Self::Small(small) => small
                .checked_add(1)
                .map_or_else(|| Self::Big("18446744073709551616".into()), Self::Small),
            Self::Big(digits) => Self::Big(increment(digits).into()),
        }
    }
}

fn increment(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let nines = digits.len().saturating_sub(kept.len());
    let mut next: String = kept.to_owned();
    match next.pop() {
        Some(last) => next.push(
            char::from_digit(last.to_digit(10).unwrap_or(0).saturating_add(1), 10).unwrap_or('9'),
        ),
        None => next.push('1'),
    }
    next.extend(std::iter::repeat_n('0', nines));
    next
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(left), Self::Small(right)) => left.cmp(right),
            (Self::Small(_), Self::Big(_)) => Ordering::Less,
            (Self::Big(_), Self::Small(_)) => Ordering::Greater,
            (Self::Big(left), Self::Big(right)) => {
                left.len().cmp(&right.len()).then_with(|| left.cmp(right))
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(small) => small.fmt(f),
            Self::Big(digits) => f.write_str(digits),
        }
    }
}

/// Compares two lists of numbers as if both went on with zeros for ever.
pub(crate) fn padded(left: &[Number], right: &[Number]) -> Ordering {
    let longer = left.len().max(right.len());
    for at in 0..longer {
        let left = left.get(at).unwrap_or(&Number::ZERO);
        let order = left.cmp(right.get(at).unwrap_or(&Number::ZERO));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_ordered_by_value() {
        let big = "9".repeat(40);
        for (left, right, expected) in [
            ("1", "2", Ordering::Less),
            ("010", "10", Ordering::Equal),
            ("", "0", Ordering::Equal),
            (
                "18446744073709551615",
                "18446744073709551616",
                Ordering::Less,
            ),
            (big.as_str(), "1", Ordering::Greater),
            (
                big.as_str(),
                "99999999999999999999999999999999999999999",
                Ordering::Less,
            ),
        ] {
            assert_eq!(
                Number::read(left).cmp(&Number::read(right)),
                expected,
                "{left} {right}"
            );
        }
    }

    #[test]
    fn every_number_has_a_successor() {
        for (number, next) in [
            ("0", "1"),
            ("9", "10"),
            ("18446744073709551615", "18446744073709551616"),
            ("99999999999999999999", "100000000000000000000"),
            ("18446744073709551699", "18446744073709551700"),
        ] {
            assert_eq!(Number::read(number).successor(), Number::read(next));
        }
    }
}
