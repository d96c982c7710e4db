//! Points in time as documents write them.
//!
//! The crate has no clock: a time comes in as text or as seconds since the epoch (`SOURCE_DATE_EPOCH`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A date and time in the form of RFC 3339, kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(String);

/// The first moment of 1970, for documents that must name a time and were given none.
pub(crate) const EPOCH: &str = "1970-01-01T00:00:00Z";

impl Timestamp {
    /// Reads RFC 3339 text; a date without a time is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_date_time(text).then(|| Self(text.to_owned()))
    }

    /// The moment so many seconds after the epoch; years beyond 9999 are refused.
    #[must_use]
    pub fn from_epoch(seconds: u64) -> Option<Self> {
        let (days, rest) = (seconds.checked_div(86_400)?, seconds.checked_rem(86_400)?);
        let (year, month, day) = civil(days)?;
        if year > 9999 {
            return None;
        }
        let (hour, minute) = (
            rest.checked_div(3600)?,
            rest.checked_rem(3600)?.checked_div(60)?,
        );
        let second = rest.checked_rem(60)?;
        Some(Self(format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whole seconds in UTC, the only form SPDX knows: `2026-01-02T03:04:05Z`.
    #[must_use]
    pub fn in_utc_seconds(&self) -> Option<String> {
        let seconds = epoch_seconds(&self.0)?;
        Self::from_epoch(seconds).map(|time| time.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The date of a day number, by the usual count of days from March in eras of 400 years.
fn civil(days: u64) -> Option<(u64, u64, u64)> {
    let shifted = days.checked_add(719_468)?;
    let era = shifted.checked_div(146_097)?;
    let day_of_era = shifted.checked_rem(146_097)?;
    let year_of_era = day_of_era
        .checked_sub(day_of_era.checked_div(1460)?)?
        .checked_add(day_of_era.checked_div(36_524)?)?
        .checked_sub(day_of_era.checked_div(146_096)?)?
        .checked_div(365)?;
    let before = days_before_year(year_of_era)?;
    let day_of_year = day_of_era.checked_sub(before)?;
    let month_from_march = day_of_year
        .checked_mul(5)?
        .checked_add(2)?
        .checked_div(153)?;
    let month_start = month_from_march
        .checked_mul(153)?
        .checked_add(2)?
        .checked_div(5)?;
    let day = day_of_year.checked_sub(month_start)?.checked_add(1)?;
    let month = if month_from_march < 10 {
        month_from_march.checked_add(3)?
    } else {
        month_from_march.checked_sub(9)?
    };
    let year = year_of_era.checked_add(era.checked_mul(400)?)?;
    let year = if month <= 2 {
        year.checked_add(1)?
    } else {
        year
    };
    Some((year, month, day))
}

fn days_before_year(year: u64) -> Option<u64> {
    year.checked_mul(365)?
        .checked_add(year.checked_div(4)?)?
        .checked_sub(year.checked_div(100)?)
}

fn epoch_seconds(text: &str) -> Option<u64> {
    let parts = DateTime::parse(text)?;
    let (year, month) = if parts.month > 2 {
        (parts.year, parts.month.checked_sub(3)?)
    } else {
        (parts.year.checked_sub(1)?, parts.month.checked_add(9)?)
    };
    let era = year.checked_div(400)?;
    let year_of_era = year.checked_rem(400)?;
    let day_of_year = month
        .checked_mul(153)?
        .checked_add(2)?
        .checked_div(5)?
        .checked_add(parts.day)?
        .checked_sub(1)?;
    let days = era
        .checked_mul(146_097)?
        .checked_add(days_before_year(year_of_era)?)?
        .checked_add(day_of_year)?
        .checked_sub(719_468)?;
    let seconds = days
        .checked_mul(86_400)?
        .checked_add(parts.hour.checked_mul(3600)?)?
        .checked_add(parts.minute.checked_mul(60)?)?
        .checked_add(parts.second.min(59))?;
    let offset = parts.offset_minutes.checked_mul(60)?;
    if parts.is_ahead {
        seconds.checked_sub(offset)
    } else {
        seconds.checked_add(offset)
    }
}

/// Whether the text is a date and time of RFC 3339, section 5.6.
pub(crate) fn is_date_time(text: &str) -> bool {
    DateTime::parse(text).is_some()
}

/// Whether the text is a full date of RFC 3339.
pub(crate) fn is_date(text: &str) -> bool {
    text.is_ascii() && text.len() == 10 && parse_date(text).is_some()
}

#[derive(Debug)]
struct DateTime {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    offset_minutes: u64,
    is_ahead: bool,
}

impl DateTime {
    fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let (year, month, day) = parse_date(text.get(..10)?)?;
        if !matches!(text.get(10..11)?, "T" | "t" | " ") {
            return None;
        }
        let (hour, minute, second) = parse_clock(text.get(11..19)?)?;
        let rest = after_fraction(text.get(19..)?)?;
        let (is_ahead, offset_minutes) = parse_offset(rest)?;
        Some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            offset_minutes,
            is_ahead,
        })
    }
}

fn parse_date(text: &str) -> Option<(u64, u64, u64)> {
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..10)?);
    if text.get(4..5)? != "-" || text.get(7..8)? != "-" {
        return None;
    }
    let (year, month, day) = (digits(year)?, digits(month)?, digits(day)?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then_some((year, month, day))
}

fn parse_clock(text: &str) -> Option<(u64, u64, u64)> {
    if text.get(2..3)? != ":" || text.get(5..6)? != ":" {
        return None;
    }
    let (hour, minute, second) = (
        digits(text.get(..2)?)?,
        digits(text.get(3..5)?)?,
        digits(text.get(6..8)?)?,
    );
    (hour < 24 && minute < 60 && second <= 60).then_some((hour, minute, second))
}

fn after_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix('.') else {
        return Some(text);
    };
    let rest = fraction.trim_start_matches(|character: char| character.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

fn parse_offset(text: &str) -> Option<(bool, u64)> {
    if matches!(text, "Z" | "z") {
        return Some((true, 0));
    }
    let is_ahead = match text.get(..1)? {
        "+" => true,
        "-" => false,
        _ => return None,
    };
    if text.len() != 6 || text.get(3..4)? != ":" {
        return None;
    }
    let (hours, minutes) = (digits(text.get(1..3)?)?, digits(text.get(4..6)?)?);
    if hours >= 24 || minutes >= 60 {
        return None;
    }
    Some((is_ahead, hours.checked_mul(60)?.checked_add(minutes)?))
}

fn digits(text: &str) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates_and_back() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_785_542_399, "2026-07-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            let time = Timestamp::from_epoch(seconds).unwrap();
            assert_eq!(time.as_str(), text);
            assert_eq!(epoch_seconds(text), Some(seconds));
        }
        assert_eq!(Timestamp::from_epoch(u64::MAX), None);
    }

    #[test]
    fn offsets_and_fractions_come_out_in_utc() {
        let time = Timestamp::parse("2026-01-01T00:30:00.123+01:00").unwrap();
        assert_eq!(
            time.in_utc_seconds().as_deref(),
            Some("2025-12-31T23:30:00Z")
        );
    }

    #[test]
    fn only_full_dates_with_times_are_timestamps() {
        for good in ["2020-04-13T20:20:39+00:00", "2020-04-13t20:20:39.5z"] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "2020-04-13",
            "2020-13-13T20:20:39Z",
            "2021-02-29T20:20:39Z",
            "2020-04-13T24:20:39Z",
            "2020-04-13T20:20:39",
            "2020-04-13T20:20:39.Z",
            "2020-04-13T20:20:39+1:00",
            "é020-04-13T20:20:39Z",
            "",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }
}
