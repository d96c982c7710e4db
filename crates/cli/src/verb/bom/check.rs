//! Checks bills of materials: against their format, and against what they should say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_analysis::RuleEntry;
use chainwright_boms::cyclonedx::{self, Violation};
use chainwright_boms::schema::Schemas;
use chainwright_boms::{Format as Read, Standard, measure, read};
use chainwright_core::text::visible;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Telling, human, limits, make, read_file};
use crate::composed::About;
use crate::gather::Gathering;
use crate::remote::Fetch;
use crate::{FINDINGS, output};

/// Violations that people are shown.
const SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    /// The document.
    file: PathBuf,

    /// A folder with the published schemas (bom-1.7.schema.json and those that it names), to be asked as well.
    #[arg(long, value_name = "FOLDER")]
    schemas: Option<PathBuf>,

    /// How to tell it.
    #[arg(short, long, default_value = "human")]
    format: Telling,
}

#[derive(Debug, clap::Args)]
pub(super) struct Completeness {
    /// A bill of materials, or a target to make one of.
    #[arg(value_name = "FILE|TARGET", default_value = ".")]
    subject: String,

    /// The list to measure by.
    #[arg(long, default_value = "g7")]
    standard: List,

    /// The least score, in hundredths, that succeeds.
    #[arg(long, value_name = "SCORE", value_parser = clap::value_parser!(u32).range(0..=100))]
    min: Option<u32>,

    /// How to tell it.
    #[arg(short, long, default_value = "human")]
    format: Telling,

    #[command(flatten)]
    about: About,

    #[command(flatten)]
    gathering: Gathering,

    /// Columns of the report; the terminal's width if not given.
    #[arg(long, value_name = "COLUMNS", env = "COLUMNS", hide_env = true)]
    width: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum List {
    /// G7 SBOM for AI, minimum elements (2026).
    G7,
    /// NTIA minimum elements (2021).
    Ntia,
}

pub(super) fn validate(asked: &Validate) -> anyhow::Result<ExitCode> {
    let shown = visible(&asked.file.to_string_lossy(), 200);
    let bytes = fs::read(&asked.file).with_context(|| format!("cannot read `{shown}`"))?;
    let name = asked.file.file_name().unwrap_or_default().to_string_lossy();
    let (format, violations, components) = match read(&bytes, &name, &limits()) {
        Ok((format, inventory)) => {
            let violations = violations(format, &bytes, asked.schemas.as_deref())?;
            (format.as_str(), violations, inventory.components.len())
        }
        Err(error) => {
            let violation = Violation {
                pointer: String::new(),
                message: error.to_string(),
                is_structural: true,
            };
            ("unknown format", vec![violation], 0)
        }
    };
    output::to_stdout(&|out| match asked.format {
        Telling::Json => {
            let listed: Vec<Value> = violations
                .iter()
                .map(|each| json!({"pointer": each.pointer, "message": each.message}))
                .collect();
            let answer = json!({
                "format": format,
                "valid": violations.is_empty(),
                "components": components,
                "violations": listed,
            });
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            writeln!(out)
        }
        Telling::Human => {
            if violations.is_empty() {
                return writeln!(out, "{shown}: valid {format}, {components} components");
            }
            let count = violations.len();
            let plural = if count == 1 { "" } else { "s" };
            writeln!(
                out,
                "{shown}: invalid ({format}), {count} violation{plural}"
            )?;
            for each in violations.iter().take(SHOWN) {
                let place = if each.pointer.is_empty() {
                    "/"
                } else {
                    &each.pointer
                };
                writeln!(
                    out,
                    "  {}: {}",
                    visible(place, 200),
                    visible(&each.message, 400)
                )?;
            }
            if count > SHOWN {
                writeln!(out, "  and {} more", count - SHOWN)?;
            }
            Ok(())
        }
    })?;
    Ok(if violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn violations(
    format: Read,
    bytes: &[u8],
    schemas: Option<&Path>,
) -> anyhow::Result<Vec<Violation>> {
    if format != Read::CycloneDx {
        if schemas.is_some() {
            bail!(
                "--schemas are those of CycloneDX; the document is {}",
                format.as_str()
            );
        }
        return Ok(Vec::new());
    }
    let document: Value = serde_json::from_slice(bytes).context("not JSON")?;
    let mut found = cyclonedx::check(&document);
    if let Some(folder) = schemas {
        found.extend(load(folder)?.check(&document)?);
    }
    Ok(found)
}

fn load(folder: &Path) -> anyhow::Result<Schemas> {
    let shown = visible(&folder.to_string_lossy(), 200);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read `{shown}`"))? {
        let path = entry
            .with_context(|| format!("cannot read `{shown}`"))?
            .path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".schema.json") {
            let bytes =
                fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            files.push((name, bytes));
        }
    }
    files.sort();
    Schemas::new(&files, &limits()).with_context(|| format!("`{shown}`"))
}

pub(super) fn completeness(
    asked: &Completeness,
    entries: &'static [RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let path = Path::new(&asked.subject);
    let is_document = path.is_file() && read_file(path).is_ok();
    let (inventory, gaps) = if is_document {
        (read_file(path)?.1, None)
    } else {
        let targets = [asked.subject.clone()];
        let made = make::make(&targets, &asked.about, &asked.gathering, entries, fetch)?;
        let code = make::exit_code(&made, &asked.gathering);
        (made.inventory, Some(code))
    };
    let standard = match asked.standard {
        List::G7 => Standard::G7,
        List::Ntia => Standard::Ntia,
    };
    let measured = measure(&inventory, standard);
    output::to_stdout(&|out| match asked.format {
        Telling::Json => {
            let answer = json!({
                "standard": measured.standard.as_str(),
                "score": measured.score(),
                "elements": measured.elements,
            });
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            writeln!(out)
        }
        Telling::Human => human::completeness(out, &measured, human::width(asked.width)),
    })?;
    if asked.min.is_some_and(|least| measured.score() < least) {
        return Ok(ExitCode::from(FINDINGS));
    }
    Ok(gaps.unwrap_or(ExitCode::SUCCESS))
}
