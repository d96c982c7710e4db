//! `attest provenance`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chainwright_provenance::predicate::{Kind, Provenance};
use chainwright_provenance::{Descriptor, Digests};
use chainwright_recorder::git::State;
use chainwright_recorder::hosted::{self, HostedError, Variables};
use serde_json::Value;

use super::{About, Writing, now, setting};
use crate::proofs::subject;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    about: About,

    /// Who built it, as an address. A job of GitHub Actions or GitLab CI knows.
    #[arg(long, value_name = "URI", requires = "build_type")]
    builder: Option<String>,

    /// How the parameters are to be understood, as an address.
    #[arg(long, value_name = "URI", requires = "builder")]
    build_type: Option<String>,

    /// Something that came from outside, as NAME=VALUE; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    parameter: Vec<(String, Value)>,

    /// Something that was used: a file or folder here, or URI=ALGORITHM:DIGEST; may be repeated.
    #[arg(long, value_name = "MATERIAL")]
    material: Vec<String>,

    /// Another thing that came out and is worth keeping, such as a log; may be repeated.
    #[arg(long, value_name = "FILE")]
    byproduct: Vec<PathBuf>,

    #[command(flatten)]
    writing: Writing,
}

pub(super) fn run(asked: &Arguments) -> anyhow::Result<()> {
    asked.writing.check()?;
    let mut provenance = beginning(asked)?;
    for (name, value) in &asked.parameter {
        provenance.external.insert(name.clone(), value.clone());
    }
    for material in &asked.material {
        provenance.dependencies.push(read_material(material)?);
    }
    for path in &asked.byproduct {
        provenance
            .byproducts
            .push(subject::measure(path)?.descriptor());
    }
    provenance.metadata.finished = Some(now());
    let subjects = asked.about.descriptors(&asked.writing)?;
    let predicate = provenance.write();
    asked
        .writing
        .write(&subjects, Kind::Provenance.uri(), predicate)
}

/// What the job says, or what the user says beside the state of the repository here.
fn beginning(asked: &Arguments) -> anyhow::Result<Provenance> {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    if let (Some(builder), Some(build_type)) = (&asked.builder, &asked.build_type) {
        let here = std::env::current_dir().context("there is no working folder")?;
        let name = here
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let source = State::of(&here).map(|state| state.as_dependency(&name));
        return Ok(Provenance {
            build_type: build_type.clone(),
            builder: builder.clone(),
            dependencies: source.into_iter().collect(),
            ..Provenance::default()
        });
    }
    match hosted::provenance(Variables(&variables)) {
        Err(HostedError::NoJob) => {
            bail!("this is no job of GitHub Actions or GitLab CI: give --builder and --build-type")
        }
        found => Ok(found?),
    }
}

fn read_material(text: &str) -> anyhow::Result<Descriptor> {
    let named = text.rsplit_once('=').and_then(|(uri, digest)| {
        let (algorithm, hex) = digest.split_once(':')?;
        let is_hex = !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hex && uri.contains(':'))
            .then(|| Descriptor::of_uri(uri).with(Digests::default().and(algorithm, hex)))
    });
    match named {
        Some(descriptor) => Ok(descriptor),
        None => Ok(subject::measure(&PathBuf::from(text))?.descriptor()),
    }
}
