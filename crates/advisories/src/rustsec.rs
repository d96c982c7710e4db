//! RustSec advisories: Markdown behind TOML front matter, or TOML alone.
//!
//! RustSec writes what is *not* vulnerable (`patched`, `unaffected`); the complement of these requirements becomes
//! OSV events, in SemVer's order (rustsec/advisory-db README, "Advisory Format").

use std::cmp::Ordering;

use chainwright_core::package::Ecosystem;
use chainwright_packages::version;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::osv::{RecordError, from_value};
use crate::record::{Event, Record};

/// LIMIT: requirements of one advisory.
const MAX_REQUIREMENTS: usize = 10_000;

#[derive(Deserialize)]
struct Document {
    advisory: Front,
    #[serde(default)]
    versions: Versions,
    #[serde(default)]
    affected: Functions,
}

#[derive(Deserialize)]
struct Front {
    id: String,
    package: String,
    #[serde(default)]
    date: Option<toml::Value>,
    #[serde(default)]
    withdrawn: Option<toml::Value>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    informational: Option<String>,
    #[serde(default)]
    cvss: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Functions {
    #[serde(default)]
    functions: toml::Table,
}

/// Whether a text looks like a RustSec advisory.
#[must_use]
pub fn recognise(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    start.starts_with("```toml") || start.starts_with("[advisory]")
}

/// Reads an advisory. RustSec has no date of change; the day of the advisory stands for it.
///
/// # Errors
/// When it is no record, or a requirement cannot be read.
pub fn parse(text: &str) -> Result<Record, RecordError> {
    let (front, body) = split(text);
    let document: Document = toml::from_str(front)
        .map_err(|error| RecordError::FrontMatter(error.message().to_owned()))?;
    let (title, details) = headline(body);
    let date = document
        .advisory
        .date
        .as_ref()
        .map(toml_text)
        .unwrap_or_default();
    let events = events(&document.versions)?;
    let mut object = Map::new();
    let front = document.advisory;
    let title = if front.title.is_empty() {
        title
    } else {
        &front.title
    };
    let details = if details.is_empty() {
        &front.description
    } else {
        details
    };
    object.insert("id".to_owned(), json!(front.id));
    object.insert("published".to_owned(), json!(date));
    object.insert("modified".to_owned(), json!(date));
    object.insert(
        "withdrawn".to_owned(),
        json!(front.withdrawn.as_ref().map(toml_text)),
    );
    object.insert("aliases".to_owned(), json!(front.aliases));
    object.insert("related".to_owned(), json!(front.related));
    object.insert("summary".to_owned(), json!(title));
    object.insert("details".to_owned(), json!(details));
    if let Some(vector) = front.cvss {
        let system = if vector.starts_with("CVSS:4") {
            "CVSS_V4"
        } else {
            "CVSS_V3"
        };
        object.insert(
            "severity".to_owned(),
            json!([{"type": system, "score": vector}]),
        );
    }
    let references: Vec<Value> = front
        .url
        .into_iter()
        .chain(front.references)
        .map(|url| json!({"type": "WEB", "url": url}))
        .collect();
    object.insert("references".to_owned(), Value::Array(references));
    let functions: Vec<&String> = document.affected.functions.keys().collect();
    object.insert(
        "affected".to_owned(),
        json!([{
            "package": {"ecosystem": "crates.io", "name": front.package},
            "ranges": [{"type": "SEMVER", "events": events}],
            "ecosystem_specific": {"affects": {"functions": functions}},
        }]),
    );
    object.insert(
        "database_specific".to_owned(),
        json!({"informational": front.informational.unwrap_or_default().trim()}),
    );
    from_value(&Value::Object(object))
}

/// The front matter and what follows it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let Some(rest) = text.strip_prefix("```toml") else {
        return (text, "");
    };
    rest.split_once("\n```").unwrap_or((rest, ""))
}

/// The first heading and what follows it.
fn headline(body: &str) -> (&str, &str) {
    let body = body.trim();
    let Some(rest) = body.strip_prefix('#') else {
        return ("", body);
    };
    let (title, details) = rest.split_once('\n').unwrap_or((rest, ""));
    (title.trim(), details.trim())
}

fn toml_text(value: &toml::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// One end of an interval: a version, and whether it is inside.
type End = Option<(String, bool)>;

/// Versions from one end to the other; `None` is without end.
#[derive(Debug, Clone, PartialEq)]
struct Interval {
    low: End,
    high: End,
}

/// The events of everything outside of the requirements.
fn events(versions: &Versions) -> Result<Vec<Event>, RecordError> {
    let written = versions.patched.iter().chain(&versions.unaffected);
    let mut safe: Vec<Interval> = written
        .take(MAX_REQUIREMENTS)
        .map(|text| {
            interval(text)
                .ok_or_else(|| RecordError::FrontMatter(format!("no version requirement: {text}")))
        })
        .collect::<Result<_, _>>()?;
    safe.sort_by(|left, right| low_order(&left.low, &right.low));
    let mut events = Vec::new();
    // Where the next vulnerable stretch begins: the end of what is safe so far; `None` once everything above is.
    let mut from: Option<End> = Some(None);
    for interval in safe {
        let Some(begin) = from.clone() else {
            break;
        };
        if let Some((low, inside)) = &interval.low
            && begins_before(&begin, low, *inside)
        {
            events.push(introduced(&begin));
            events.push(if *inside {
                Event::Fixed(low.clone())
            } else {
                Event::LastAffected(low.clone())
            });
        }
        from = match (&interval.high, &begin) {
            (None, _) => None,
            (Some(_), None) => Some(interval.high),
            (Some(high), Some(reached)) => {
                let further = order(&high.0, &reached.0).then(high.1.cmp(&reached.1));
                Some(if further.is_gt() {
                    interval.high
                } else {
                    begin
                })
            }
        };
    }
    if let Some(begin) = from {
        events.push(introduced(&begin));
    }
    Ok(events)
}

/// Whether anything lies between the end of what is safe and the next safe version.
fn begins_before(begin: &End, low: &str, low_inside: bool) -> bool {
    match begin {
        None => true,
        Some((high, high_inside)) => match order(high, low) {
            Ordering::Less => true,
            Ordering::Equal => !high_inside && !low_inside,
            Ordering::Greater => false,
        },
    }
}

fn introduced(begin: &End) -> Event {
    Event::Introduced(match begin {
        None => "0".to_owned(),
        Some((version, false)) => version.clone(),
        Some((version, true)) => successor(version),
    })
}

/// The smallest version above one: the first pre-release of the next patch, or the version with `.0` for pre-releases.
fn successor(version: &str) -> String {
    let plain = version.split('+').next().unwrap_or(version);
    if plain.contains('-') {
        return format!("{plain}.0");
    }
    let mut numbers = parts(plain);
    if let Some(patch) = numbers.get_mut(2) {
        *patch = patch.saturating_add(1);
    }
    format!("{}-0", joined(&numbers))
}

fn order(left: &str, right: &str) -> Ordering {
    version::compare(Ecosystem::Cargo, left, right).unwrap_or(Ordering::Equal)
}

fn low_order(left: &End, right: &End) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(left), Some(right)) => order(&left.0, &right.0).then(right.1.cmp(&left.1)),
    }
}

/// One requirement of Cargo's syntax, such as `>= 1.0.2, < 2.0.0`, `^1.2` or `= 0.3.1`.
fn interval(text: &str) -> Option<Interval> {
    let mut result = Interval {
        low: None,
        high: None,
    };
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && *part != "*")
    {
        let digits = part.find(|next: char| next.is_ascii_digit())?;
        let (operator, written) = part.split_at_checked(digits)?;
        let version = full(written)?;
        match operator.trim() {
            ">=" => result.low = Some((version, true)),
            ">" => result.low = Some((version, false)),
            "<" => result.high = Some((version, false)),
            "<=" => result.high = Some((version, true)),
            "=" | "==" => {
                result.low = Some((version.clone(), true));
                result.high = Some((version, true));
            }
            "^" | "" => {
                result.high = Some((above(written, true), false));
                result.low = Some((version, true));
            }
            "~" => {
                result.high = Some((above(written, false), false));
                result.low = Some((version, true));
            }
            _ => return None,
        }
    }
    Some(result)
}

/// A version with its three numbers; `None` where it is none.
fn full(written: &str) -> Option<String> {
    let written = written.trim();
    let numbers_end = written.find(['-', '+']).unwrap_or(written.len());
    let (numbers, rest) = written.split_at_checked(numbers_end)?;
    let mut given = numbers.split('.').count();
    let mut version = numbers.to_owned();
    while given < 3 {
        version.push_str(".0");
        given = given.saturating_add(1);
    }
    version.push_str(rest);
    version::compare(Ecosystem::Cargo, &version, &version).map(|_| version)
}

fn parts(written: &str) -> Vec<u64> {
    let numbers = written.split(['-', '+']).next().unwrap_or(written);
    let mut parts: Vec<u64> = numbers
        .split('.')
        .take(3)
        .map(|part| part.trim().parse().unwrap_or(0))
        .collect();
    parts.resize(3, 0);
    parts
}

/// The first version outside of `^written` or `~written`.
fn above(written: &str, caret: bool) -> String {
    let given = written
        .split(['-', '+'])
        .next()
        .unwrap_or(written)
        .split('.')
        .count();
    let numbers = parts(written);
    let leading = numbers
        .iter()
        .take(2)
        .take_while(|part| **part == 0)
        .count();
    let raised = if caret {
        leading.min(given.saturating_sub(1))
    } else {
        given.saturating_sub(1).min(1)
    };
    let next: Vec<u64> = numbers
        .iter()
        .enumerate()
        .map(|(place, part)| match place.cmp(&raised) {
            Ordering::Less => *part,
            Ordering::Equal => part.saturating_add(1),
            Ordering::Greater => 0,
        })
        .collect();
    joined(&next)
}

fn joined(numbers: &[u64]) -> String {
    numbers
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;

    fn check(patched: &[&str], unaffected: &[&str], wanted: &str) {
        let versions = Versions {
            patched: patched.iter().map(|text| (*text).to_owned()).collect(),
            unaffected: unaffected.iter().map(|text| (*text).to_owned()).collect(),
        };
        let shown: Vec<String> = events(&versions)
            .unwrap()
            .into_iter()
            .map(|event| match event {
                Event::Introduced(version) => format!("[{version}"),
                Event::Fixed(version) => format!("{version})"),
                Event::LastAffected(version) => format!("{version}]"),
                Event::Limit(version) => format!("!{version}"),
            })
            .collect();
        assert_eq!(shown.join(" "), wanted, "{patched:?} {unaffected:?}");
    }

    #[test]
    fn what_is_safe_becomes_what_is_not() {
        check(&[], &[], "[0");
        check(&[">= 1.2.3"], &[], "[0 1.2.3)");
        check(&["> 1.2.3"], &[], "[0 1.2.3]");
        check(
            &[">= 1.0.2, < 2.0.0", ">= 2.0.2"],
            &[],
            "[0 1.0.2) [2.0.0 2.0.2)",
        );
        check(&[">= 2.0.0"], &["< 1.5.0"], "[1.5.0 2.0.0)");
        check(&[">= 2.0.0"], &["<= 1.5.0"], "[1.5.1-0 2.0.0)");
        check(&["^0.1.4", ">= 0.2.2"], &[], "[0 0.1.4) [0.2.0 0.2.2)");
        check(&["~1.2", ">= 2"], &[], "[0 1.2.0) [1.3.0 2.0.0)");
        check(&["= 1.0.0"], &[], "[0 1.0.0) [1.0.1-0");
        check(&[], &["< 300.0.0"], "[300.0.0");
        check(&[">= 1.0.0", ">= 0.5.0"], &[], "[0 0.5.0)");
        check(&["< 2.0.0"], &[">= 2.0.0"], "");
        check(&["< 2.0.0"], &["> 2.0.0"], "[2.0.0 2.0.0]");
        check(&["< 3.0.0", "< 1.0.0"], &[], "[3.0.0");
        check(&["^0.0.3"], &[], "[0 0.0.3) [0.0.4");
    }

    #[test]
    fn front_matter_becomes_a_record() {
        let text = "```toml\n[advisory]\nid = \"RUSTSEC-2026-1\"\npackage = \"tract-nnef\"\ndate = \"2026-06-18\"\ncvss = \"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:H\"\naliases = [\"CVE-2026-1\"]\ninformational = \"unsound\"\n[affected.functions]\n\"a::b\" = [\"< 1.0\"]\n[versions]\npatched = [\">= 1.0.0\"]\n```\n\n# Reads too far\n\nWords.\n";
        assert!(recognise(text));
        let record = parse(text).unwrap();
        assert_eq!(record.summary, "Reads too far");
        assert_eq!(record.details, "Words.");
        assert_eq!(record.database_specific.kind, Kind::Unsound);
        assert_eq!(record.affected[0].ecosystem_specific.functions, ["a::b"]);
        assert_eq!(record.aliases, ["CVE-2026-1"]);
        assert_eq!(record.published, "2026-06-18");
    }

    #[test]
    fn an_unreadable_requirement_is_no_silent_all_clear() {
        let text =
            "[advisory]\nid = \"R\"\npackage = \"p\"\n[versions]\npatched = [\"whatever\"]\n";
        assert!(matches!(parse(text), Err(RecordError::FrontMatter(_))));
    }
}
