//! How long distributions mend their releases.
//!
//! The dates are those of free support for everyone; of Debian with its long-term support, of the enterprise
//! distributions without extensions that are paid for. Source: the announcements of the distributions, as
//! endoflife.date collects them (2026-08-22). A release that is not in the table is not judged.

use crate::os_release::OsRelease;

/// `ID VERSION LAST-DAY`, one release on each line.
const TABLE: &str = include_str!("support.txt");

/// The last day of support, as `2028-06-30`; `None` if it is not known.
#[must_use]
pub fn supported_until(release: &OsRelease) -> Option<&'static str> {
    let is_stream = release.id == "centos" && release.title.contains("Stream");
    let id = if is_stream {
        "centos-stream"
    } else {
        &release.id
    };
    TABLE
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            (words.next()? == id).then_some((words.next()?, words.next()?))
        })
        .filter(|(version, _)| match id {
            // A service pack is a release of its own.
            "sles" => release.version == *version,
            _ => is_of(&release.version, version),
        })
        .max_by_key(|(version, _)| version.len())
        .map(|(_, day)| day)
}

/// `3.20.3` is of `3.20`, and `9.4` of `9`.
fn is_of(version: &str, release: &str) -> bool {
    version
        .strip_prefix(release)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_by_what_they_call_themselves() {
        let cases = [
            ("debian", "11", "", Some("2026-08-31")),
            ("debian", "", "Debian GNU/Linux forky/sid", None),
            ("ubuntu", "20.04", "", Some("2025-05-31")),
            ("alpine", "3.20.3", "", Some("2026-04-01")),
            ("alpine", "3.2.3", "", Some("2017-05-01")),
            ("alpine", "3.21_alpha20240923", "", Some("2026-11-01")),
            ("rhel", "9.4", "", Some("2032-05-31")),
            ("centos", "8", "CentOS Linux 8", Some("2021-12-31")),
            ("centos", "8", "CentOS Stream 8", Some("2024-05-31")),
            ("amzn", "2", "", Some("2026-06-30")),
            ("amzn", "2023", "", Some("2029-06-30")),
            ("sles", "15.6", "", Some("2025-12-31")),
            ("opensuse-leap", "15.6", "", Some("2026-04-30")),
            ("sles", "15.9", "", None),
            ("wolfi", "20230201", "", None),
        ];
        for (id, version, title, expected) in cases {
            let release = OsRelease {
                id: id.to_owned(),
                version: version.to_owned(),
                title: title.to_owned(),
                ..OsRelease::default()
            };
            assert_eq!(
                supported_until(&release),
                expected,
                "{id} {version} {title}"
            );
        }
    }

    #[test]
    fn every_line_of_the_table_has_a_name_a_version_and_a_day() {
        for line in TABLE.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let is_day = |day: &str| {
                day.len() == 10 && day.bytes().filter(|byte| *byte == b'-').count() == 2
            };
            assert!(
                matches!(words.as_slice(), [_, _, day] if is_day(day)),
                "{line}"
            );
        }
    }
}
