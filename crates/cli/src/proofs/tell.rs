//! How signatures and verdicts are told: to people and to programs.

use std::io::{self, Write};
use std::path::PathBuf;

use chainwright_core::text::visible;
use chainwright_oms::{Difference, Exclusion, Left, Loads, Weight};
use clap::ValueEnum;
use serde::Serialize;

use crate::output;
use crate::proofs::outcome::{Outcome, Told, Verdict};
use crate::proofs::shown;

/// Differences that people are shown of one kind of weight.
const SHOWN: usize = 20;

/// Characters of a name that people are shown.
const WIDTH: usize = 300;

/// How something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

/// A signature that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) model: PathBuf,
    pub(crate) signature: PathBuf,
    pub(crate) root: String,
    pub(crate) key: String,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) hash: &'static str,
    pub(crate) warnings: Vec<String>,
}

/// The document for programs.
#[derive(Serialize)]
struct Document<T: Serialize> {
    version: u8,
    models: T,
}

#[derive(Serialize)]
struct MadeLine<'a> {
    model: String,
    signature: String,
    root: &'a str,
    files: u64,
    bytes: u64,
    hash: &'static str,
    warnings: &'a [String],
}

/// Tells which signatures were made.
pub(crate) fn made(made: &[Made], format: Format) -> anyhow::Result<()> {
    output::to_stdout(&|out| match format {
        Format::Human => made.iter().try_for_each(|made| human_made(made, out)),
        Format::Json => {
            let models: Vec<_> = made
                .iter()
                .map(|made| MadeLine {
                    model: shown(&made.model),
                    signature: shown(&made.signature),
                    root: &made.root,
                    files: made.files,
                    bytes: made.bytes,
                    hash: made.hash,
                    warnings: &made.warnings,
                })
                .collect();
            json(models, out)
        }
    })
}

fn human_made(made: &Made, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "signed  {}", shown(&made.model))?;
    writeln!(
        out,
        "  covers     {}, by {}",
        amount(made.files, made.bytes),
        made.hash
    )?;
    writeln!(out, "  root       {}", made.root)?;
    writeln!(out, "  by         {}", made.key)?;
    writeln!(out, "  signature  {}", shown(&made.signature))?;
    made.warnings
        .iter()
        .try_for_each(|warning| writeln!(out, "  not covered: {warning}"))
}

/// Tells what came of verifying.
pub(crate) fn outcomes(outcomes: &[Outcome], format: Format) -> anyhow::Result<()> {
    output::to_stdout(&|out| match format {
        Format::Human => outcomes.iter().try_for_each(|outcome| human(outcome, out)),
        Format::Json => json(outcomes, out),
    })
}

fn json<T: Serialize>(models: T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document { version: 1, models })?;
    writeln!(out)
}

fn human(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let verdict = match outcome.verdict {
        Verdict::Verified => "verified",
        Verdict::Refused => "refused",
        Verdict::Unjudged => "not judged",
    };
    writeln!(out, "{verdict}  {}", outcome.model)?;
    if let Some(failure) = &outcome.error {
        writeln!(
            out,
            "  {}: {}",
            failure.code,
            visible(&failure.message, 1000)
        )?;
        writeln!(out, "    {}", failure.hint)?;
    }
    if let Some(signer) = &outcome.signer {
        let names: Vec<String> = signer
            .names
            .iter()
            .map(|name| visible(name, WIDTH))
            .collect();
        if names.is_empty() {
            writeln!(out, "  signed by  key {} ({})", signer.key, signer.kind)?;
        } else {
            writeln!(out, "  signed by  {}", names.join(", "))?;
        }
        if let Some(issuer) = &signer.issuer {
            writeln!(out, "  vouched    {}", visible(issuer, WIDTH))?;
        }
        match signer.time_source {
            "clock" => writeln!(
                out,
                "  since      nobody vouches for a time; held against {}",
                signer.time
            )?,
            source => writeln!(out, "  since      {} ({source})", signer.time)?,
        }
    }
    if let Some(manifest) = &outcome.manifest {
        let matching = amount(outcome.matching.files, outcome.matching.bytes);
        let how = match manifest.shard_size {
            None => format!("{}, whole files", manifest.hash),
            Some(size) => format!("{}, stretches of {size} bytes", manifest.hash),
        };
        writeln!(out, "  as signed  {matching} ({how})")?;
        writeln!(out, "  root       {}", manifest.root)?;
    }
    writeln!(out, "  signature  {}", outcome.signature)?;
    for weight in [Weight::Refused, Weight::Unjudged, Weight::Told] {
        human_differences(outcome, weight, out)?;
    }
    if outcome.matching.unsigned_ignored > 0 {
        let count = outcome.matching.unsigned_ignored;
        writeln!(
            out,
            "  note: {count} unsigned files were accepted beside the signed ones"
        )?;
    }
    outcome
        .notes
        .iter()
        .try_for_each(|note| writeln!(out, "  note: {note}"))
}

fn human_differences(outcome: &Outcome, weight: Weight, out: &mut dyn Write) -> io::Result<()> {
    let of_weight: Vec<&Told> = outcome
        .differences
        .iter()
        .filter(|told| told.weight == weight)
        .collect();
    // What is left out and cannot be loaded is worth a number, not a list.
    let is_worth_a_line = |told: &&&Told| {
        weight != Weight::Told
            || !matches!(told.difference, Difference::Excluded { loads: None, .. })
    };
    let lines: Vec<&&Told> = of_weight.iter().filter(is_worth_a_line).collect();
    for told in lines.iter().take(SHOWN) {
        let prefix = if weight == Weight::Told { "note: " } else { "" };
        writeln!(out, "  {prefix}{}", line(&told.difference))?;
        if let Difference::Changed {
            signed, present, ..
        } = &told.difference
        {
            writeln!(out, "    signed   {signed}")?;
            writeln!(out, "    present  {present}")?;
        }
        writeln!(out, "    {}", told.remedy)?;
    }
    let more = lines.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(out, "  and {more} more")?;
    }
    match of_weight.len() - lines.len() {
        0 => Ok(()),
        quiet => writeln!(
            out,
            "  note: {quiet} files that no signature covers, none of which a loader takes"
        ),
    }
}

/// One difference in one line.
pub(crate) fn line(difference: &Difference) -> String {
    let name = |name: &str| visible(name, WIDTH);
    match difference {
        Difference::Changed { name: path, .. } => format!("changed: {}", name(path)),
        Difference::Length {
            name: path,
            signed,
            present,
        } => format!(
            "changed: {} has {present} bytes, signed are {signed}",
            name(path)
        ),
        Difference::Missing { name: path } => format!("missing: {}", name(path)),
        Difference::Unsigned { name: path, size } => {
            format!("not signed: {} ({size} bytes)", name(path))
        }
        Difference::Renamed { signed, present } => format!(
            "renamed: {} is signed, {} is there, which differs in case or Unicode form",
            name(signed),
            name(present)
        ),
        Difference::NotAFile { name: path, left } => format!("{}: {}", what(left), name(path)),
        Difference::Excluded {
            name: path,
            by,
            loads,
        } => {
            let by = match by {
                Exclusion::Always => "a path of Git",
                Exclusion::Ignored => "ignored by the signer",
                Exclusion::Signature => "the signature",
            };
            let loads = match loads {
                Some(Loads::Weights) => " and can be loaded",
                Some(Loads::Code) => " and can be run",
                None => "",
            };
            format!("not covered: {} is {by}{loads}", name(path))
        }
        Difference::EmptyFile { name: path } => format!("not covered: {} is empty", name(path)),
        Difference::Twins { name: one, other } => format!(
            "twins: {} and {} are one file on some file systems",
            name(one),
            name(other)
        ),
        Difference::Unsorted => "the signed entries stand in no order".to_owned(),
        _ => "another difference".to_owned(),
    }
}

pub(crate) fn what(left: &Left) -> String {
    let to = |to: &str| visible(to, WIDTH);
    match left {
        Left::EmptyFolder => "empty folder".to_owned(),
        Left::Link { to: target } => format!("link to {}", to(target)),
        Left::LinkOut { to: target } => format!("link out of the model to {}", to(target)),
        Left::FolderOut { to: target } => {
            format!("link to the folder {} outside the model", to(target))
        }
        Left::Cycle { to: target } => format!("link in a circle to {}", to(target)),
        Left::BrokenLink { to: target } => format!("link to nothing, {}", to(target)),
        Left::Special => "neither file nor folder".to_owned(),
        Left::NotUtf8 => "name that is no text".to_owned(),
        Left::Unreadable { reason } => format!("cannot be read ({})", visible(reason, WIDTH)),
        Left::Changing => "changed while it was read".to_owned(),
    }
}

fn amount(files: u64, bytes: u64) -> String {
    let files = match files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    format!("{files}, {}", indicatif::DecimalBytes(bytes))
}
