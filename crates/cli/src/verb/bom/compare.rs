//! Several bills of materials: put together, compared, written in another format.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chainwright_boms::diff::{Change, Detail, Difference, Gate, Item};
use chainwright_boms::inventory::Severity;
use chainwright_boms::{Inventory, diff as difference, merge as merged};
use chainwright_core::text::visible;
use clap::ValueEnum;
use serde_json::json;

use super::{Format, Telling, read_file, write_document};
use crate::{FINDINGS, output};

/// Rows of a list that people are shown.
const SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// The documents; the first one gives the subject.
    #[arg(required = true, num_args = 2..)]
    files: Vec<PathBuf>,

    /// Format of the result.
    #[arg(short, long, default_value = "cyclonedx-1.7")]
    format: Format,

    /// Write the result to FILE.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Convert {
    /// The document: CycloneDX, SPDX 2 or 3, Croissant.
    file: PathBuf,

    /// Format of the result.
    #[arg(short, long, default_value = "cyclonedx-1.7")]
    format: Format,

    /// Write the result to FILE.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// The document before.
    old: PathBuf,

    /// The document after.
    new: PathBuf,

    /// What fails, separated by commas or repeated; if not given, other bytes under one version, changed lineage, and
    /// a new weakness of medium or worse.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<Stop>,

    /// How to tell it.
    #[arg(short, long, default_value = "human")]
    format: Telling,
}

/// What a comparison fails for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stop {
    /// A component that came.
    AddedComponent,
    /// A component that went.
    Removed,
    /// Any change of a component.
    Changed,
    /// Other bytes under the same version.
    Content,
    /// A licence that came.
    Licence,
    /// Another base model, dataset or derivation.
    Lineage,
    /// A new weakness of any severity.
    Vulnerability,
    /// Anything.
    Any,
    /// Nothing.
    None,
}

pub(super) fn merge(asked: &Merge) -> anyhow::Result<ExitCode> {
    let inventories = asked
        .files
        .iter()
        .map(|path| Ok(read_file(path)?.1))
        .collect::<anyhow::Result<Vec<Inventory>>>()?;
    let result = merged(&inventories);
    write_document(&asked.format.write(&result), asked.output.as_ref())?;
    if asked.output.is_some() {
        let count = result.components.len();
        let of = inventories.len();
        output::to_stdout(&|out| writeln!(out, "{count} components from {of} documents"))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn convert(asked: &Convert) -> anyhow::Result<ExitCode> {
    let (_, inventory) = read_file(&asked.file)?;
    write_document(&asked.format.write(&inventory), asked.output.as_ref())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn diff(asked: &Diff) -> anyhow::Result<ExitCode> {
    let (_, old) = read_file(&asked.old)?;
    let (_, new) = read_file(&asked.new)?;
    let found = difference(&old, &new);
    let stops = stops(&found, &asked.fail_on);
    output::to_stdout(&|out| match asked.format {
        Telling::Json => {
            let answer = json!({"difference": found, "fails": stops});
            serde_json::to_writer_pretty(&mut *out, &answer)?;
            writeln!(out)
        }
        Telling::Human => human(out, &found, &stops),
    })?;
    Ok(if stops.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn stops(found: &Difference, asked: &[Stop]) -> Vec<String> {
    let mut reasons = found.stops(&gate(asked));
    let wants = |stop: Stop| asked.contains(&stop) || asked.contains(&Stop::Any);
    if wants(Stop::Removed) {
        let removed = found.removed.iter();
        reasons.extend(removed.map(|item| format!("{} {} was removed", item.kind, item.name)));
    }
    if wants(Stop::Changed) {
        let changed = found.changed.iter();
        reasons
            .extend(changed.map(|each| format!("{} {} changed", each.item.kind, each.item.name)));
    }
    reasons
}

fn gate(asked: &[Stop]) -> Gate {
    if asked.is_empty() {
        return Gate::default();
    }
    let wants = |stop: Stop| asked.contains(&stop) || asked.contains(&Stop::Any);
    Gate {
        added: wants(Stop::AddedComponent),
        content: wants(Stop::Content),
        licences: wants(Stop::Licence),
        lineage: wants(Stop::Lineage),
        severity: wants(Stop::Vulnerability).then_some(Severity::Unknown),
    }
}

fn human(out: &mut dyn Write, found: &Difference, stops: &[String]) -> io::Result<()> {
    if found.is_empty() {
        return writeln!(out, "no difference");
    }
    items(out, "added", &found.added)?;
    items(out, "removed", &found.removed)?;
    if !found.changed.is_empty() {
        writeln!(out, "changed ({})", found.changed.len())?;
        for each in found.changed.iter().take(SHOWN) {
            change(out, each)?;
        }
        more(out, found.changed.len())?;
    }
    for (label, list) in [
        ("new weaknesses", &found.exposed),
        ("gone weaknesses", &found.fixed),
    ] {
        if list.is_empty() {
            continue;
        }
        writeln!(out, "{label} ({})", list.len())?;
        for each in list.iter().take(SHOWN) {
            let state = if each.is_open { "" } else { ", settled" };
            let (id, on) = (visible(&each.id, 80), visible(&each.component, 120));
            writeln!(out, "  {id} ({}{state}) in {on}", each.severity.as_str())?;
        }
        more(out, list.len())?;
    }
    if !stops.is_empty() {
        writeln!(out, "\nfails because")?;
        for reason in stops.iter().take(SHOWN) {
            writeln!(out, "  {}", visible(reason, 300))?;
        }
        more(out, stops.len())?;
    }
    Ok(())
}

fn items(out: &mut dyn Write, label: &str, list: &[Item]) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    writeln!(out, "{label} ({})", list.len())?;
    for item in list.iter().take(SHOWN) {
        writeln!(out, "  {}", named(item))?;
    }
    more(out, list.len())
}

fn named(item: &Item) -> String {
    let version = if item.version.is_empty() {
        String::new()
    } else {
        format!(" {}", visible(&item.version, 80))
    };
    format!("{} {}{version}", item.kind, visible(&item.name, 160))
}

fn change(out: &mut dyn Write, change: &Change) -> io::Result<()> {
    writeln!(out, "  {}", named(&change.item))?;
    for detail in &change.details {
        let text = match detail {
            Detail::Version(was, is) => format!("version {} -> {}", or_none(was), or_none(is)),
            Detail::Content(was, is) => {
                format!("other bytes under the same version: {was} -> {is}")
            }
            Detail::NewContent => "other bytes".to_owned(),
            Detail::LicenceAdded(term) => format!("licence + {term}"),
            Detail::LicenceRemoved(term) => format!("licence - {term}"),
            Detail::Supplier(was, is) => format!("supplier {} -> {}", or_none(was), or_none(is)),
            Detail::Statement(question, was, is) => {
                format!(
                    "{question}: {} -> {}",
                    or_none(&was.join(", ")),
                    or_none(&is.join(", "))
                )
            }
            Detail::RelationAdded(kind, to) => format!("+ {kind} {to}"),
            Detail::RelationRemoved(kind, to) => format!("- {kind} {to}"),
        };
        writeln!(out, "    {}", visible(&text, 240))?;
    }
    Ok(())
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

fn more(out: &mut dyn Write, count: usize) -> io::Result<()> {
    if count > SHOWN {
        writeln!(out, "  and {} more", count - SHOWN)?;
    }
    Ok(())
}
