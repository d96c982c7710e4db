//! `attest scan`, `vulns`, `bom` and `predicate`: claims that a document makes already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use chainwright_advisories::date::seconds;
use chainwright_boms::read::{Format, read as read_bom};
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use chainwright_provenance::predicate::{Kind, Rating, ScanResult, Vulnerability, Vulns};
use chainwright_provenance::{Descriptor, Digests};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{About, Writing, now};

/// Documents larger than this are not read, in bytes.
const LARGEST: u64 = 512 * 1024 * 1024;

/// What this program is called everywhere.
const PROGRAM: &str = "https://github.com/chainwright/chainwright";

#[derive(Debug, clap::Args)]
pub(super) struct Scan {
    /// The report, as `chainwright scan --format json` writes it.
    #[arg(long, value_name = "FILE")]
    report: PathBuf,

    #[command(flatten)]
    about: About,

    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, clap::Args)]
pub(super) struct Weaknesses {
    /// A bill of materials with its vulnerabilities, as `chainwright bom` writes it.
    #[arg(long, value_name = "FILE")]
    bom: PathBuf,

    /// When the advisories were last brought up to date.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    advisories_of: String,

    #[command(flatten)]
    about: About,

    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, clap::Args)]
pub(super) struct Bom {
    /// The document.
    #[arg(long, value_name = "FILE")]
    bom: PathBuf,

    #[command(flatten)]
    about: About,

    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, clap::Args)]
pub(super) struct Predicate {
    /// The type of the predicate.
    #[arg(long = "type", value_name = "URI")]
    predicate_type: String,

    /// The predicate, as JSON.
    #[arg(long, value_name = "FILE")]
    predicate: PathBuf,

    #[command(flatten)]
    about: About,

    #[command(flatten)]
    writing: Writing,
}

fn moment(text: &str) -> Result<String, String> {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    let known = seconds(&whole);
    known
        .map(|_| whole)
        .ok_or_else(|| "a moment is written as 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = || visible(&path.to_string_lossy(), 300);
    let metadata = fs::metadata(path).with_context(|| format!("cannot read `{}`", shown()))?;
    if metadata.len() > LARGEST {
        bail!("`{}` has more than {LARGEST} bytes", shown());
    }
    fs::read(path).with_context(|| format!("cannot read `{}`", shown()))
}

fn json_of(path: &Path) -> anyhow::Result<(Value, Vec<u8>)> {
    let bytes = bytes_of(path)?;
    let shown = || visible(&path.to_string_lossy(), 300);
    let limits = chainwright_attestations::Limits::default();
    let value = chainwright_attestations::json::parse(&bytes, &limits)
        .with_context(|| format!("`{}`", shown()))?;
    Ok((value, bytes))
}

/// A document by its name and digest.
fn described(path: &Path, bytes: &[u8]) -> Descriptor {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Descriptor::named(name).with(Digests::sha256(&hex))
}

pub(super) fn scan(asked: &Scan) -> anyhow::Result<()> {
    asked.writing.check()?;
    let (report, bytes) = json_of(&asked.report)?;
    let shown = visible(&asked.report.to_string_lossy(), 300);
    if report["tool"]["name"] != "chainwright" || report["schema_version"].is_null() {
        bail!("`{shown}` is no report of `chainwright scan --format json`");
    }
    let subjects = asked.about.measured(&asked.writing)?;
    let seen: BTreeSet<&str> = report["artifacts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|artifact| artifact["digests"]["sha256"].as_str())
        .collect();
    for (name, digest) in subjects.iter().flat_map(|subject| &subject.files) {
        if !seen.contains(digest.as_str()) {
            bail!(
                "`{shown}` does not speak of `{}` as it is now: scan again",
                visible(name, 300)
            );
        }
    }
    let result = scan_result(&report, described(&asked.report, &bytes))
        .with_context(|| format!("`{shown}`"))?;
    let subjects: Vec<Descriptor> = subjects
        .iter()
        .map(crate::proofs::subject::Measured::descriptor)
        .collect();
    asked
        .writing
        .write(&subjects, Kind::Scan.uri(), result.write())
}

/// What a report of a scan says, as a statement has it.
pub(crate) fn scan_result(report: &Value, described: Descriptor) -> anyhow::Result<ScanResult> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut findings = BTreeMap::new();
    let mut rules = BTreeSet::new();
    for finding in report["findings"].as_array().into_iter().flatten() {
        if let Some(severity) = text(&finding["severity"]) {
            let count: &mut u64 = findings.entry(severity).or_default();
            *count += 1;
        }
        rules.extend(text(&finding["rule"]));
    }
    let lacks = || anyhow!("it lacks what a report says");
    Ok(ScanResult {
        tool: "chainwright".to_owned(),
        tool_version: text(&report["tool"]["version"]).ok_or_else(lacks)?,
        finished: text(&report["finished_at"]).unwrap_or_else(now),
        decision: text(&report["decision"]["outcome"]).ok_or_else(lacks)?,
        is_incomplete: report["decision"]["incomplete"]
            .as_bool()
            .ok_or_else(lacks)?,
        findings,
        rules: rules.into_iter().collect(),
        report: Some(described),
    })
}

pub(super) fn weaknesses(asked: &Weaknesses) -> anyhow::Result<()> {
    asked.writing.check()?;
    let bytes = bytes_of(&asked.bom)?;
    let shown = asked.bom.to_string_lossy();
    let (_, inventory) = read_bom(&bytes, &shown, &Limits::default())
        .with_context(|| format!("`{}`", visible(&shown, 300)))?;
    let open = inventory
        .vulnerabilities
        .iter()
        .filter(|found| found.is_open());
    let result = open
        .map(|found| {
            let rated = found.ratings.iter().map(|rating| Rating {
                method: rating.method.clone(),
                score: rating.score.map_or_else(
                    || rating.severity.as_str().to_owned(),
                    |score| score.to_string(),
                ),
            });
            Vulnerability {
                id: found.id.clone(),
                severity: rated.filter(|rating| !rating.method.is_empty()).collect(),
            }
        })
        .collect();
    let written = inventory
        .metadata
        .timestamp
        .as_ref()
        .map(ToString::to_string);
    let time = written.unwrap_or_else(now);
    let vulns = Vulns {
        scanner: PROGRAM.to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        database: None,
        database_updated: asked.advisories_of.clone(),
        result,
        started: time.clone(),
        finished: time,
    };
    let subjects = asked.about.descriptors(&asked.writing)?;
    asked
        .writing
        .write(&subjects, Kind::Vulns.uri(), vulns.write())
}

pub(super) fn bom(asked: &Bom) -> anyhow::Result<()> {
    asked.writing.check()?;
    let (document, bytes) = json_of(&asked.bom)?;
    let shown = asked.bom.to_string_lossy();
    let (format, _) = read_bom(&bytes, &shown, &Limits::default())
        .with_context(|| format!("`{}`", visible(&shown, 300)))?;
    let predicate_type = match format {
        Format::CycloneDx => Kind::CycloneDx.uri(),
        Format::Spdx2Json => "https://spdx.dev/Document/v2.3",
        Format::Spdx3 => "https://spdx.dev/Document/v3",
        Format::Spdx2TagValue => bail!(
            "`{}` is no JSON: `chainwright bom convert` makes JSON of it",
            visible(&shown, 300)
        ),
        Format::Croissant => bail!(
            "`{}` describes a dataset: attest it with --type {}",
            visible(&shown, 300),
            Kind::Dataset.uri()
        ),
    };
    let subjects = asked.about.descriptors(&asked.writing)?;
    asked.writing.write(&subjects, predicate_type, document)
}

pub(super) fn predicate(asked: &Predicate) -> anyhow::Result<()> {
    asked.writing.check()?;
    if !asked.predicate_type.contains(':') {
        bail!(
            "`{}` is no address of a type",
            visible(&asked.predicate_type, 200)
        );
    }
    let (predicate, _) = json_of(&asked.predicate)?;
    let subjects = asked.about.descriptors(&asked.writing)?;
    asked
        .writing
        .write(&subjects, &asked.predicate_type, predicate)
}
