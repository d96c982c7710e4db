//! Makes a bill of materials of a target.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use chainwright_analysis::RuleEntry;
use chainwright_boms::{Standard, measure};

use super::{Format, human, write_document};
use crate::composed::{About, Made};
use crate::gather::{Gathering, gather};
use crate::remote::Fetch;
use crate::{FAILURE, output};

#[derive(Debug, clap::Args)]
pub(super) struct Making {
    /// Folders, files, archives, images, or repositories on the hub (hf://org/name[@revision]); the working folder if
    /// none is given.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    /// Format of the document.
    #[arg(short, long, default_value = "cyclonedx-1.7")]
    format: Format,

    /// Write the document to FILE and a summary to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    pub(super) about: About,

    #[command(flatten)]
    pub(super) gathering: Gathering,

    /// Columns of the summary; the terminal's width if not given.
    #[arg(long, value_name = "COLUMNS", env = "COLUMNS", hide_env = true)]
    width: Option<usize>,
}

pub(super) fn run(
    arguments: &Making,
    entries: &'static [RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let made = make(
        &arguments.targets,
        &arguments.about,
        &arguments.gathering,
        entries,
        fetch,
    )?;
    let bytes = arguments.format.write(&made.inventory);
    write_document(&bytes, arguments.output.as_ref())?;
    if !arguments.gathering.reading.quiet {
        let summary = human::Summary {
            made: &made,
            completeness: measure(&made.inventory, Standard::G7),
            format: arguments.format.name(),
            file: arguments.output.as_deref(),
            bytes: bytes.len(),
            width: human::width(arguments.width),
        };
        match arguments.output {
            Some(_) => output::to_stdout(&|out| summary.write(out))?,
            None => {
                let mut text = Vec::new();
                summary.write(&mut text)?;
                // The document is on standard output already; nobody may be left to read this.
                let _ = io::stderr().write_all(&text);
            }
        }
    }
    Ok(exit_code(&made, &arguments.gathering))
}

/// A document with a gap is written all the same, and the gap is told.
pub(super) fn exit_code(made: &Made, gathering: &Gathering) -> ExitCode {
    if made.gaps.is_empty() || gathering.reading.allow_incomplete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    }
}

/// Makes a bill of materials of the targets.
pub(super) fn make(
    targets: &[String],
    about: &About,
    gathering: &Gathering,
    entries: &[RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<Made> {
    Made::of(&gather(targets, gathering, entries, fetch)?, about)
}
