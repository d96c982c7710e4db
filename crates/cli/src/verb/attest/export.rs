//! `attest export`: what is said about artifacts, in one file for somebody else.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chainwright_exchange::{
    Artifact, Exchange, FormatError, Hint, HintKind, Kind, add_from_log, documents,
};
use chainwright_ledger::Reader;
use serde_json::json;

use crate::output;
use crate::proofs::tell::Format;
use crate::proofs::{attested, keys, shown, subject};
use crate::verb::log::keys::PublicKey;
use crate::verb::log::place::{self, SeenIn, key_of};
use crate::verb::log::write::digest;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders that attestations are wanted of: a file by its SHA-256, a folder by its OMS root digest and by
    /// the SHA-256 of each of its files.
    #[arg(value_name = "ARTIFACT", required_unless_present = "digest")]
    artifacts: Vec<PathBuf>,

    /// Something that is elsewhere, by its SHA-256 or OMS root digest; may be repeated.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    digest: Vec<String>,

    /// A file or folder of attestations; may be repeated. Those about the artifacts are taken.
    #[arg(long, value_name = "PATH")]
    attestation: Vec<PathBuf>,

    /// A log: what it has about the artifacts is taken, with proofs.
    #[arg(long, value_name = "PATH")]
    log: Option<PathBuf>,

    /// The public key of the log; otherwise the one that it was seen with.
    #[arg(long, value_name = "VKEY", requires = "log")]
    log_key: Option<PublicKey>,

    /// Prove that the log continues what it was at this many entries, for somebody who saw it then; may be repeated.
    #[arg(long, value_name = "SIZE", requires = "log")]
    since: Vec<u64>,

    #[command(flatten)]
    seen: SeenIn,

    /// A public key in PEM form that the receiver may want to trust; may be repeated. No receiver trusts it for being
    /// here.
    #[arg(long, value_name = "PEM")]
    hint_key: Vec<PathBuf>,

    /// The public key of a log or witness that the receiver may want to trust; may be repeated.
    #[arg(long, value_name = "VKEY")]
    hint_log_key: Vec<PublicKey>,

    /// Where the file goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// How to tell what was put in.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

pub(super) fn run(asked: &Arguments) -> anyhow::Result<()> {
    let mut exchange = Exchange::default();
    let files = artifacts(asked, &mut exchange)?;
    let named: Vec<String> = exchange.artifacts.keys().cloned().collect();
    for (name, sha256) in files {
        let kind = Kind::File;
        exchange.add_artifact(&name, Artifact { kind, sha256 })?;
    }
    attestations(&asked.attestation, &mut exchange)?;
    if let Some(log) = &asked.log {
        let storage = place::open(log, false)?;
        let key = key_of(&*storage, asked.log_key.as_ref(), &asked.seen.memory())?;
        let reader = Reader::open(&*storage, &key)?;
        add_from_log(&mut exchange, &reader, &asked.since)?;
    }
    if exchange.attestations.is_empty() && exchange.proofs.is_empty() {
        bail!("nothing is said about these artifacts: give --attestation or --log");
    }
    // Files within folders are named only where something is said about them.
    let spoken: Vec<String> = exchange.names_spoken_of();
    exchange
        .artifacts
        .retain(|name, _| named.contains(name) || spoken.contains(name));
    hints(asked, &mut exchange)?;
    let bytes = exchange.write();
    // What nobody can read is not sent.
    Exchange::read(bytes.as_slice())?;
    output::to_file(&asked.output, &|out| out.write_all(&bytes))?;
    tell(asked, &exchange, &bytes, &spoken)
}

/// Takes in what was named, and gives the files of folders, by folder and path, with their digests.
fn artifacts(asked: &Arguments, exchange: &mut Exchange) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for path in &asked.artifacts {
        let measured = subject::measure(path)?;
        let sha256 = measured
            .digests
            .get("sha256")
            .unwrap_or_default()
            .to_owned();
        let kind = if path.is_dir() {
            Kind::Folder
        } else {
            Kind::File
        };
        exchange
            .add_artifact(&measured.name, Artifact { kind, sha256 })
            .map_err(|error| twice(error, path))?;
        if kind == Kind::Folder {
            let within = measured.files.into_iter();
            files
                .extend(within.map(|(name, sha256)| (format!("{}/{name}", measured.name), sha256)));
        }
    }
    for sha256 in &asked.digest {
        let artifact = Artifact {
            kind: Kind::Digest,
            sha256: sha256.clone(),
        };
        exchange.add_artifact(&format!("sha256:{sha256}"), artifact)?;
    }
    Ok(files)
}

fn twice(error: FormatError, path: &Path) -> anyhow::Error {
    let is_twice = matches!(error, FormatError::Duplicate { .. });
    let error = anyhow::Error::from(error);
    if is_twice {
        return error.context(format!(
            "`{}` has the name of another artifact with other bytes",
            shown(path)
        ));
    }
    error.context(format!("`{}`", shown(path)))
}

fn attestations(paths: &[PathBuf], exchange: &mut Exchange) -> anyhow::Result<()> {
    for path in paths {
        for file in attested::files(path)? {
            let told = || format!("cannot read `{}`", shown(&file));
            if fs::metadata(&file).with_context(told)?.len() > attested::LARGEST {
                bail!("`{}` is too large for attestations", shown(&file));
            }
            let bytes = fs::read(&file).with_context(told)?;
            for document in documents(&bytes) {
                exchange
                    .add_if_meant(document)
                    .with_context(|| format!("`{}`", shown(&file)))?;
            }
        }
    }
    Ok(())
}

fn hints(asked: &Arguments, exchange: &mut Exchange) -> anyhow::Result<()> {
    let public = keys::public_keys(&asked.hint_key)?;
    for (path, key) in asked.hint_key.iter().zip(public) {
        let value = String::from_utf8(keys::read(path)?).context("a key in PEM form is text")?;
        exchange.hints.insert(Hint {
            kind: HintKind::PublicKey,
            name: key.hint(),
            value,
        });
    }
    for key in &asked.hint_log_key {
        let key = key.get()?;
        let kind = if key.kind().is_cosignature() {
            HintKind::WitnessKey
        } else {
            HintKind::LogKey
        };
        exchange.hints.insert(Hint {
            kind,
            name: key.name.to_string(),
            value: key.to_string(),
        });
    }
    Ok(())
}

fn tell(
    asked: &Arguments,
    exchange: &Exchange,
    bytes: &[u8],
    spoken: &[String],
) -> anyhow::Result<()> {
    let silent: Vec<&String> = exchange
        .artifacts
        .keys()
        .filter(|name| !spoken.contains(name))
        .collect();
    let value = json!({
        "schema": "chainwright-exchange-export/1",
        "sha256": chainwright_exchange::sha256(bytes),
        "artifacts": exchange.artifacts.len(),
        "attestations": exchange.attestations.len(),
        "proofs": exchange.proofs.len(),
        "growths": exchange.growths.len(),
        "hints": exchange.hints.len(),
        "nothing_said_about": silent,
    });
    output::to_stdout(&|out| match asked.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &value)?;
            writeln!(out)
        }
        Format::Human => {
            writeln!(
                out,
                "{} artifacts, {} attestations, {} proofs",
                exchange.artifacts.len(),
                exchange.attestations.len(),
                exchange.proofs.len()
            )?;
            for name in &silent {
                let name = chainwright_core::text::visible(name, 300);
                writeln!(out, "no attestation is about {name}; a proof may be")?;
            }
            writeln!(out, "sha256:{}", chainwright_exchange::sha256(bytes))
        }
    })
}
