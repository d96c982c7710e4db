//! `log`: an append-only log of what was signed, scanned or released, which others can check with their own tools.

mod check;
pub(crate) mod keys;
pub(crate) mod place;
mod read;
#[cfg(feature = "witness")]
mod wait;
#[cfg(feature = "witness")]
mod witness;
pub(crate) mod write;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::output;
use crate::verb::log::place::{Place, SeenIn};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an empty log.
    Init(write::Init),
    /// Add entries; when this ends, they are on the disk and covered by a signed checkpoint.
    Append(write::Append),
    /// Show entries.
    Show(read::Show),
    /// Print the signed checkpoint.
    Checkpoint(read::Checkpoint),
    /// Write the proof that an entry is in the log.
    Prove(read::Prove),
    /// Recompute the whole log, and compare it with what was seen of it before.
    Verify(read::Verify),
    /// Check a proof offline.
    Check(check::Check),
    /// Check that one checkpoint follows from another.
    Consistency(check::Consistency),
    /// Make a key for a log or a witness.
    Keygen(keys::Keygen),
    /// Ask witnesses for their cosignatures, and add them to the checkpoint.
    #[cfg(feature = "witness")]
    Cosign(witness::Cosign),
    /// Be a witness for the logs of others.
    #[cfg(feature = "witness")]
    #[command(subcommand)]
    Witness(witness::Action),
}

/// What nearly every action needs.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    seen: SeenIn,

    /// How to answer.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        Action::Init(asked) => write::init(asked),
        Action::Append(asked) => write::append(asked),
        Action::Show(asked) => read::show(asked),
        Action::Checkpoint(asked) => read::checkpoint(asked),
        Action::Prove(asked) => read::prove(asked),
        Action::Verify(asked) => read::verify(asked),
        Action::Check(asked) => check::check(asked),
        Action::Consistency(asked) => check::consistency(asked),
        Action::Keygen(asked) => keys::keygen(asked),
        #[cfg(feature = "witness")]
        Action::Cosign(asked) => witness::cosign(asked),
        #[cfg(feature = "witness")]
        Action::Witness(asked) => witness::run(asked),
    }
}

/// Writes an answer for people or for programs.
fn answer(
    format: Format,
    value: &serde_json::Value,
    human: &dyn Fn(&mut dyn Write) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    output::to_stdout(&|out| match format {
        Format::Human => human(out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, value)?;
            writeln!(out)
        }
    })
}

/// Where a result goes: a file, or standard output.
fn write_text(to: Option<&PathBuf>, text: &str) -> anyhow::Result<()> {
    let write = |out: &mut dyn Write| out.write_all(text.as_bytes());
    match to {
        Some(path) => output::to_file(path, &write),
        None => output::to_stdout(&write),
    }
}
