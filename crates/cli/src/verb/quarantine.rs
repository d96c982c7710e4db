//! `quarantine`: what was moved out of reach, and the way back.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chainwright_core::text::visible;
use chainwright_quarantine::{Entry, Store};
use clap::{Args, Subcommand, ValueEnum};

use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what is in a quarantine and why.
    List {
        /// The quarantine.
        folder: PathBuf,

        /// How to show it.
        #[arg(short, long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Move a file back to where it lay.
    Restore {
        /// The quarantine.
        folder: PathBuf,

        /// The name that `list` shows.
        id: String,

        /// Put it here instead.
        #[arg(long, value_name = "PATH")]
        to: Option<PathBuf>,

        /// Replace what lies there.
        #[arg(long)]
        overwrite: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        Action::List { folder, format } => {
            let entries = Store::open(folder)?.list()?;
            output::to_stdout(&|out| match format {
                Format::Human => human(&entries, out),
                Format::Json => {
                    serde_json::to_writer_pretty(&mut *out, &entries)?;
                    writeln!(out)
                }
            })?;
        }
        Action::Restore {
            folder,
            id,
            to,
            overwrite,
        } => {
            let place = Store::open(folder)?.restore(id, to.as_deref(), *overwrite)?;
            let place = visible(&place.to_string_lossy(), 1000);
            output::to_stdout(&|out| writeln!(out, "restored {id} to {place}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn human(entries: &[Entry], out: &mut dyn Write) -> std::io::Result<()> {
    if entries.is_empty() {
        return writeln!(out, "The quarantine is empty.");
    }
    for entry in entries {
        let record = &entry.record;
        let original = visible(&record.original.to_string_lossy(), 1000);
        writeln!(out, "{}  {original}", entry.id)?;
        writeln!(
            out,
            "    taken {}, {} bytes",
            visible(&record.taken_at, 40),
            record.size
        )?;
        for reason in &record.reasons {
            writeln!(
                out,
                "    {} {}: {}",
                visible(&reason.severity, 20),
                visible(&reason.rule, 80),
                visible(&reason.message, 300)
            )?;
        }
    }
    Ok(())
}
