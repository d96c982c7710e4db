//! Writes a made-up feed of the size of large ones: `made_feed FOLDER [RECORDS]`, 250,000 if not given, in several files.
//!
//! The same number gives the same bytes. Records are shaped like those of GitHub: an alias, a score, a text of a few
//! hundred bytes, one or two packages with a range, seven ecosystems, and few packages with many records.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "an example that makes test material"
)]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};

const ECOSYSTEMS: [&str; 7] = [
    "PyPI",
    "npm",
    "Maven",
    "Go",
    "crates.io",
    "NuGet",
    "RubyGems",
];
const WORDS: [&str; 12] = [
    "crafted",
    "request",
    "allows",
    "remote",
    "attackers",
    "traversal",
    "parser",
    "memory",
    "session",
    "token",
    "template",
    "upload",
];

/// A generator of numbers without any quality beyond being the same everywhere (Knuth, MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn word<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[usize::try_from(self.below(list.len() as u64)).unwrap_or_default()]
    }
}

fn affected(numbers: &mut Numbers) -> String {
    let ecosystem = numbers.word(&ECOSYSTEMS);
    // A square makes small numbers common: few packages have most of the records.
    let package = numbers.below(280).pow(2) + numbers.below(1 + numbers.0 % 200);
    let name = match ecosystem {
        "Maven" => format!("org.example:package-{package}"),
        "Go" => format!("example.org/module-{package}"),
        _ => format!("package-{package}"),
    };
    let (major, minor) = (numbers.below(9), numbers.below(30));
    let begin = if numbers.below(3) == 0 {
        format!("{major}.0.0")
    } else {
        "0".to_owned()
    };
    format!(
        r#"{{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "{begin}"}}, {{"fixed": "{major}.{minor}.{}"}}]}}]}}"#,
        numbers.below(20) + 1
    )
}

fn record(number: u64, numbers: &mut Numbers) -> String {
    let mut details = String::new();
    for _ in 0..40 + numbers.below(60) {
        let _ = write!(details, "{} ", numbers.word(&WORDS));
    }
    let mut touched = affected(numbers);
    if numbers.below(4) == 0 {
        touched = format!("{touched}, {}", affected(numbers));
    }
    format!(
        r#"{{"id": "GHSA-made-{number:08}", "modified": "2026-{:02}-{:02}T00:00:00Z", "published": "2024-01-01T00:00:00Z", "aliases": ["CVE-{}-{number:07}"], "summary": "{} {} {}", "details": "{details}", "severity": [{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N"}}], "affected": [{touched}], "references": [{{"type": "WEB", "url": "https://example.org/advisories/{number}"}}]}}"#,
        1 + numbers.below(10),
        1 + numbers.below(28),
        2015 + numbers.below(12),
        numbers.word(&WORDS),
        numbers.word(&WORDS),
        numbers.word(&WORDS),
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or("usage: made_feed FOLDER [RECORDS]")?;
    std::fs::create_dir_all(&folder)?;
    let count: u64 = arguments.next().map_or(Ok(250_000), |text| text.parse())?;
    let mut numbers = Numbers(7);
    for begin in (0..count).step_by(25_000) {
        let path = format!("{folder}/records-{begin:08}.jsonl");
        let mut out = BufWriter::new(File::create(path)?);
        for number in begin..count.min(begin + 25_000) {
            writeln!(out, "{}", record(number, &mut numbers))?;
        }
        out.flush()?;
    }
    Ok(())
}
