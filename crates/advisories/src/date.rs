//! Days and moments as feeds write them: RFC 3339 and plain dates.
//!
//! There is no clock here; "today" is always an argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day, counted from 1970-01-01 (proleptic Gregorian calendar, UTC).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Day(pub i32);

/// The text is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date such as 2026-08-21")]
pub struct MalformedDateError(pub String);

impl Day {
    /// How many days this day lies after `earlier`; negative when it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day of a date or of a moment that begins with one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let date = text.get(..10)?;
        let rest = text.get(10..)?;
        if !(rest.is_empty() || rest.starts_with(['T', 't', ' '])) {
            return None;
        }
        let mut parts = date.split('-');
        let year: i64 = digits(parts.next()?, 4)?;
        let month: i64 = digits(parts.next()?, 2)?;
        let day: i64 = digits(parts.next()?, 2)?;
        if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        i32::try_from(days_from_civil(year, month, day))
            .ok()
            .map(Self)
    }
}

/// A moment in seconds since 1970-01-01T00:00:00Z, of a date or an RFC 3339 moment; fractions are dropped.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let midnight = i64::from(Day::read(text)?.0).saturating_mul(86_400);
    let Some(clock) = text.get(11..19) else {
        return Some(midnight);
    };
    let mut parts = clock.split(':');
    let hour: i64 = digits(parts.next()?, 2)?;
    let minute: i64 = digits(parts.next()?, 2)?;
    let second: i64 = digits(parts.next()?, 2)?;
    let offset = text.get(19..).map_or(0, zone);
    let of_day = hour
        .saturating_mul(3600)
        .saturating_add(minute.saturating_mul(60))
        .saturating_add(second);
    Some(midnight.saturating_add(of_day).saturating_sub(offset))
}

/// A moment in RFC 3339, in UTC.
#[must_use]
pub fn moment(seconds: i64) -> String {
    let day = Day(i32::try_from(seconds.div_euclid(86_400)).unwrap_or_default());
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute) = (
        of_day.div_euclid(3600),
        of_day.rem_euclid(3600).div_euclid(60),
    );
    format!("{day}T{hour:02}:{minute:02}:{:02}Z", of_day.rem_euclid(60))
}

/// The offset of a time zone such as `+02:00` in seconds; 0 for everything else.
fn zone(rest: &str) -> i64 {
    let Some(at) = rest.find(['+', '-']) else {
        return 0;
    };
    let sign = if rest.get(at..).is_some_and(|zone| zone.starts_with('-')) {
        -1
    } else {
        1
    };
    let mut parts = rest
        .get(at.saturating_add(1)..)
        .unwrap_or_default()
        .split(':');
    let hours: i64 = parts.next().and_then(|text| digits(text, 2)).unwrap_or(0);
    let minutes: i64 = parts.next().and_then(|text| digits(text, 2)).unwrap_or(0);
    hours
        .saturating_mul(3600)
        .saturating_add(minutes.saturating_mul(60))
        .saturating_mul(sign)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 {
        year.saturating_sub(1)
    } else {
        year
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = month.saturating_add(9).rem_euclid(12);
    let of_year = shifted
        .saturating_mul(153)
        .saturating_add(2)
        .div_euclid(5)
        .saturating_add(day)
        .saturating_sub(1);
    let of_era = of_era
        .saturating_mul(365)
        .saturating_add(of_era.div_euclid(4))
        .saturating_sub(of_era.div_euclid(100))
        .saturating_add(of_year);
    era.saturating_mul(146_097)
        .saturating_add(of_era)
        .saturating_sub(719_468)
}

/// Howard Hinnant's `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = of_era
        .saturating_sub(of_era.div_euclid(1460))
        .saturating_add(of_era.div_euclid(36_524))
        .saturating_sub(of_era.div_euclid(146_096))
        .div_euclid(365);
    let of_year = of_era.saturating_sub(
        year.saturating_mul(365)
            .saturating_add(year.div_euclid(4))
            .saturating_sub(year.div_euclid(100)),
    );
    let shifted_month = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let before = shifted_month
        .saturating_mul(153)
        .saturating_add(2)
        .div_euclid(5);
    let day = of_year.saturating_sub(before).saturating_add(1);
    let month = if shifted_month < 10 {
        shifted_month.saturating_add(3)
    } else {
        shifted_month.saturating_sub(9)
    };
    let year = year.saturating_add(era.saturating_mul(400));
    (
        if month <= 2 {
            year.saturating_add(1)
        } else {
            year
        },
        month,
        day,
    )
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(i64::from(self.0));
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = MalformedDateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).ok_or_else(|| MalformedDateError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip() {
        for text in [
            "1970-01-01",
            "2000-02-29",
            "2026-08-21",
            "1999-12-31",
            "0001-01-01",
            "2400-02-29",
        ] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        assert_eq!("1970-01-02".parse::<Day>().unwrap(), Day(1));
        assert_eq!(Day(20_000).since(Day(19_990)), 10);
    }

    #[test]
    fn moments_know_their_zone() {
        assert_eq!(seconds("1970-01-01T00:00:10Z"), Some(10));
        assert_eq!(seconds("1970-01-01T02:00:10+02:00"), Some(10));
        assert_eq!(
            seconds("2026-01-27T22:15:56.470Z"),
            seconds("2026-01-27T22:15:56Z")
        );
        assert_eq!(
            moment(seconds("2026-01-27T22:15:56+02:00").unwrap()),
            "2026-01-27T20:15:56Z"
        );
        assert_eq!(seconds("2026-01-27"), seconds("2026-01-27T00:00:00Z"));
    }

    #[test]
    fn other_text_is_no_date() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-01-32",
            "2026-01-01x",
            "20260101",
            "ééééééé",
        ] {
            assert_eq!(Day::read(text), None, "{text}");
        }
    }
}
