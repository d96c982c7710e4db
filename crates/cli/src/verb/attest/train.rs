//! `attest train`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use chainwright_provenance::predicate::Kind;
use chainwright_recorder::run::{Input, Plan, RecordError, Role, Surroundings, record};
use serde_json::Value;

use super::{Writing, now, setting};
use crate::gather::interrupt_flag;
use crate::proofs::subject;
use crate::{FAILURE, failure};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Weights that the run goes on from: PATH, or URI=PATH such as pkg:huggingface/acme/base@REVISION=base; may be
    /// repeated.
    #[arg(long, value_name = "[URI=]PATH")]
    base: Vec<String>,

    /// Data that it learns from; may be repeated.
    #[arg(long, value_name = "[URI=]PATH")]
    data: Vec<String>,

    /// How it is to learn, such as a configuration file; may be repeated.
    #[arg(long, value_name = "[URI=]PATH")]
    recipe: Vec<String>,

    /// Anything else that it reads; may be repeated.
    #[arg(long, value_name = "[URI=]PATH")]
    material: Vec<String>,

    /// What it writes: the statement is about these; may be repeated.
    #[arg(long, value_name = "PATH", required = true)]
    result: Vec<PathBuf>,

    /// A setting that is worth a name, as NAME=VALUE; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    parameter: Vec<(String, Value)>,

    /// A variable of the environment that is written down; may be repeated.
    #[arg(long, value_name = "NAME")]
    variable: Vec<String>,

    /// Keep what the command prints in FILE as well, and its digest in the statement.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Who runs it, as an address; verifiers trust it together with the key.
    #[arg(long, value_name = "URI")]
    builder: String,

    #[command(flatten)]
    writing: Writing,

    /// The command to run.
    #[arg(value_name = "COMMAND", required = true, last = true)]
    command: Vec<OsString>,
}

pub(super) fn run(asked: &Arguments) -> anyhow::Result<ExitCode> {
    asked.writing.check()?;
    let folder = std::env::current_dir().context("there is no working folder")?;
    let inputs = [
        (Role::Base, &asked.base),
        (Role::Data, &asked.data),
        (Role::Recipe, &asked.recipe),
        (Role::Other, &asked.material),
    ];
    let inputs = inputs
        .into_iter()
        .flat_map(|(role, written)| written.iter().map(move |text| input(role, text)));
    let plan = Plan {
        command: asked.command.clone(),
        folder,
        inputs: inputs.collect(),
        outputs: asked.result.clone(),
        parameters: asked.parameter.iter().cloned().collect(),
        variables: asked.variable.clone(),
        log: asked.log.clone(),
        builder: asked.builder.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    // Ctrl-C is for the command, which hears it as well; the record ends when the command has.
    let _interrupt = interrupt_flag()?;
    let around = Surroundings {
        measure: &|path: &Path| {
            let measured = subject::measure(path).map_err(|error| format!("{error:#}"))?;
            Ok(measured.digests)
        },
        now: &now,
        variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
    };
    match record(&plan, &around) {
        Ok(record) => {
            let predicate = record.provenance.write();
            asked
                .writing
                .write(&record.subjects, Kind::Provenance.uri(), predicate)?;
            Ok(ExitCode::SUCCESS)
        }
        // Whoever wraps a command expects its exit code.
        Err(error @ RecordError::Failed { status }) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            let told = failure::report(&error.into());
            Ok(code.map_or(told, ExitCode::from))
        }
        Err(error) => {
            failure::report(&error.into());
            Ok(ExitCode::from(FAILURE))
        }
    }
}

fn input(role: Role, text: &str) -> Input {
    let named = text.rsplit_once('=').filter(|(uri, _)| uri.contains(':'));
    match named {
        Some((uri, path)) => Input {
            role,
            path: PathBuf::from(path),
            uri: Some(uri.to_owned()),
        },
        None => Input {
            role,
            path: PathBuf::from(text),
            uri: None,
        },
    }
}
