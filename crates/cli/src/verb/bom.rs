//! `chainwright bom`: what a target is made of, as a bill of materials, and what can be done with such bills.

mod check;
mod compare;
mod human;
mod make;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use chainwright_analysis::RuleEntry;
use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::spdx3;
use chainwright_boms::{Inventory, read};
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use clap::{Subcommand, ValueEnum};

use crate::output;
use crate::remote::Fetch;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    make: make::Making,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check a bill of materials against the rules of its format.
    Validate(check::Validate),
    /// Say how much of what a bill of materials should say it says; or make one and measure it.
    Completeness(Box<check::Completeness>),
    /// Put several bills of materials together.
    Merge(compare::Merge),
    /// Say what changed between two bills of materials.
    Diff(compare::Diff),
    /// Write a bill of materials in another format.
    Convert(compare::Convert),
}

/// The formats that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    #[default]
    #[value(name = "cyclonedx-1.7", alias = "cyclonedx")]
    CycloneDx17,
    #[value(name = "cyclonedx-1.6")]
    CycloneDx16,
    #[value(name = "spdx-3.0.1", alias = "spdx")]
    Spdx301,
}

impl Format {
    fn write(self, inventory: &Inventory) -> Vec<u8> {
        match self {
            Self::CycloneDx17 => cyclonedx::write(inventory, Edition::V1_7),
            Self::CycloneDx16 => cyclonedx::write(inventory, Edition::V1_6),
            Self::Spdx301 => spdx3::write(inventory),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::CycloneDx17 => "CycloneDX 1.7",
            Self::CycloneDx16 => "CycloneDX 1.6",
            Self::Spdx301 => "SPDX 3.0.1",
        }
    }
}

/// How to tell people or programs of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Telling {
    #[default]
    Human,
    Json,
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &'static [RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        None => make::run(&arguments.make, entries, fetch),
        Some(Action::Validate(asked)) => check::validate(asked),
        Some(Action::Completeness(asked)) => check::completeness(asked, entries, fetch),
        Some(Action::Merge(asked)) => compare::merge(asked),
        Some(Action::Diff(asked)) => compare::diff(asked),
        Some(Action::Convert(asked)) => compare::convert(asked),
    }
}

/// Documents may be large; they hold nothing but text.
fn limits() -> Limits {
    Limits {
        text_bytes: 512 * 1024 * 1024,
        header_bytes: 512 * 1024 * 1024,
        ..Limits::default()
    }
}

/// Reads a bill of materials of any format.
fn read_file(path: &Path) -> anyhow::Result<(chainwright_boms::Format, Inventory)> {
    let shown = visible(&path.to_string_lossy(), 200);
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    read(&bytes, &name, &limits()).with_context(|| format!("`{shown}`"))
}

fn write_document(bytes: &[u8], path: Option<&PathBuf>) -> anyhow::Result<()> {
    match path {
        Some(path) => output::to_file(path, &|out| out.write_all(bytes)),
        None => output::to_stdout(&|out| out.write_all(bytes)),
    }
}
