//! `chainwright egress`: what leaves the machine through assistants.
//!
//! The inventory is made from configuration alone; nothing is asked over the network and no assistant is started.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use chainwright_agents::TelemetryState;
use chainwright_agents::egress::{Assistant, Reported, inventory};
use chainwright_analysis::RuleEntry;
use chainwright_analysis::agents::bundles;
use chainwright_core::text::visible;
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::gather::{self, Reading};
use crate::host::Homes;
use crate::remote::Fetch;
use crate::{FAILURE, output};

/// Say what leaves the machine through assistants.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// Say which assistants are configured, which models and hosts they use, and whether they report their use.
    Inventory(Box<Inventory>),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 done, 2 an error or something that could not be read.")]
struct Inventory {
    /// Folders and files; the working folder if none is given.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    #[command(flatten)]
    homes: Homes,

    /// Format of the inventory.
    #[arg(short, long, default_value = "human")]
    format: Format,

    /// Write the inventory to FILE.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &'static [RuleEntry],
    fetch: Option<Fetch>,
) -> anyhow::Result<ExitCode> {
    let Asked::Inventory(asked) = &arguments.asked;
    let targets = asked.homes.with(&asked.targets)?;
    let config = asked.reading.config(entries)?;
    let gathered = asked
        .reading
        .gather(&targets, &config, gather::Asked::default(), fetch)?;
    let artifacts = &gathered.raw.artifacts;
    let files = artifacts.iter().flat_map(|artifact| {
        bundles(artifact).map(|bundle| (artifact.location.to_string(), bundle))
    });
    let found = inventory(files);
    let gaps = gathered.gaps();
    let text = match asked.format {
        Format::Human => human(&found, gaps.len()),
        Format::Json => format!("{:#}\n", document(&found, &gaps)),
    };
    match &asked.output {
        Some(path) => output::to_file(path, &|out| out.write_all(text.as_bytes()))?,
        None => output::to_stdout(&|out| out.write_all(text.as_bytes()))?,
    }
    let is_whole = gaps.is_empty() || asked.reading.allow_incomplete;
    Ok(if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

fn human(found: &[Assistant], gaps: usize) -> String {
    if found.is_empty() {
        return "No assistant is configured here.\n".to_owned();
    }
    let mut text = String::new();
    for assistant in found {
        let _ = writeln!(text, "{}", assistant.client.title());
        for file in &assistant.files {
            let _ = writeln!(text, "  configured in  {}", visible(file, 200));
        }
        for used in &assistant.uses {
            let parts = [&used.provider, &used.model, &used.host];
            let shown: Vec<String> = parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(|part| visible(part, 120))
                .collect();
            let _ = writeln!(
                text,
                "  {:<14} {}  ({})",
                used.kind,
                shown.join(" · "),
                visible(&used.evidence, 200)
            );
        }
        if !assistant.default_hosts.is_empty() {
            let hosts = assistant.default_hosts.join(", ");
            let _ = writeln!(text, "  by default     {hosts}");
        }
        let _ = writeln!(text, "  telemetry      {}", reported(&assistant.telemetry));
        let is_off = matches!(
            assistant.telemetry,
            Reported::Set {
                state: TelemetryState::Off,
                ..
            } | Reported::Default { is_on: false }
        );
        if !is_off && !assistant.how_off.is_empty() {
            let _ = writeln!(text, "  to switch off  {}", assistant.how_off);
        }
        text.push('\n');
    }
    let count = found.len();
    let noun = if count == 1 {
        "assistant"
    } else {
        "assistants"
    };
    let _ = write!(text, "{count} {noun}.");
    if gaps > 0 {
        let _ = write!(text, " {gaps} files could not be read.");
    }
    text.push('\n');
    text
}

fn reported(telemetry: &Reported) -> String {
    match telemetry {
        Reported::Set {
            state,
            has_prompts,
            evidence,
        } => {
            let prompts = if *has_prompts {
                ", with the text of prompts"
            } else {
                ""
            };
            format!("{}{prompts}: {}", state.as_str(), visible(evidence, 200))
        }
        Reported::Default { is_on: true } => "on by default; no file says otherwise".to_owned(),
        Reported::Default { is_on: false } => "off by default; no file says otherwise".to_owned(),
    }
}

/// The document, in its first version.
fn document(found: &[Assistant], gaps: &[String]) -> Value {
    let assistants = found.iter().map(|assistant| {
        let uses = assistant.uses.iter().map(|used| {
            json!({
                "kind": used.kind,
                "provider": used.provider,
                "model": used.model,
                "host": used.host,
                "credential": used.credential,
                "evidence": used.evidence,
            })
        });
        let telemetry = match &assistant.telemetry {
            Reported::Set { state, has_prompts, evidence } => {
                json!({"state": state.as_str(), "known_by": "setting", "prompts": has_prompts, "evidence": evidence})
            }
            Reported::Default { is_on } => {
                json!({"state": if *is_on { "on" } else { "off" }, "known_by": "default", "prompts": false})
            }
        };
        json!({
            "assistant": assistant.client.as_str(),
            "title": assistant.client.title(),
            "files": assistant.files,
            "uses": uses.collect::<Vec<_>>(),
            "default_hosts": assistant.default_hosts,
            "telemetry": telemetry,
            "to_switch_off": assistant.how_off,
        })
    });
    json!({"version": 1, "assistants": assistants.collect::<Vec<_>>(), "unread": gaps})
}
