//! `attest`: say something about files and folders so that others can hold you to it.

pub(crate) mod claims;
mod export;
mod import;
mod provenance;
mod summary;
mod train;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use chainwright_attestations::dsse::IN_TOTO;
use chainwright_provenance::Descriptor;
use chainwright_provenance::predicate::Kind;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::output;
use crate::proofs::signers::Signing;
use crate::proofs::{attested, image, shown, subject};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// How something was built, by what a CI job says of itself, or by what you say.
    Provenance(Box<provenance::Arguments>),
    /// Run a command, such as a training, and say what went in and what came out.
    Train(Box<train::Arguments>),
    /// How a scan of it ended, by the JSON report of `chainwright scan`.
    Scan(Box<claims::Scan>),
    /// Which weaknesses are known in it, by a bill of materials with vulnerabilities.
    Vulns(Box<claims::Weaknesses>),
    /// What is in it, by a CycloneDX or SPDX document.
    Bom(Box<claims::Bom>),
    /// Which SLSA levels it reaches, for those who trust your verification.
    Summary(Box<summary::Arguments>),
    /// Anything, by a predicate that you wrote; those of a known type are checked.
    Predicate(Box<claims::Predicate>),
    /// Put attestations and proofs of logs about artifacts into one file for somebody else.
    Export(Box<export::Arguments>),
    /// Judge a file of somebody else by your own policy, offline, and keep what is accepted.
    Import(Box<import::Arguments>),
}

/// What the statement is about, who signs it, and where it goes.
#[derive(Debug, Args)]
#[group(skip)]
struct Writing {
    #[command(flatten)]
    signing: Signing,

    /// Write the bare statement, to be signed elsewhere.
    #[arg(long, conflicts_with_all = ["key", "pkcs11_uri", "keyless", "identity_token"])]
    unsigned: bool,

    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Attach it to this image, which it must be about: oci://registry/repository[:tag|@sha256:…].
    #[arg(long, value_name = "IMAGE", conflicts_with = "unsigned")]
    to: Option<PathBuf>,

    #[command(flatten)]
    attaching: image::Attaching,
}

impl Writing {
    /// Checks what can be known before any work is done.
    fn check(&self) -> anyhow::Result<()> {
        if self.unsigned {
            return Ok(());
        }
        if !self.signing.names_somebody() {
            bail!(
                "who signs? give --key, --pkcs11-uri or --keyless, or --unsigned for a bare statement"
            );
        }
        self.signing.check()
    }

    /// The image that the statement is attached to.
    fn image(&self) -> anyhow::Result<Option<&str>> {
        let Some(path) = &self.to else {
            return Ok(None);
        };
        match image::reference(path) {
            Some(target) => Ok(Some(target)),
            None => bail!(
                "`{}` is no image; write oci://registry/repository",
                shown(path)
            ),
        }
    }

    /// Writes the statement: signed as a Sigstore bundle, or bare.
    fn write(
        &self,
        subjects: &[Descriptor],
        predicate_type: &str,
        predicate: Value,
    ) -> anyhow::Result<()> {
        if let Some(kind) = Kind::of(predicate_type) {
            kind.check(&predicate)?;
        }
        let payload = attested::statement(subjects, predicate_type, predicate)?.write();
        let signer = match self.unsigned {
            true => None,
            false => self.signing.signer()?,
        };
        let bytes = match signer {
            Some(signer) => {
                let bundle = signer.sign_payload(IN_TOTO, &payload)?;
                if let Some(target) = self.image()? {
                    image::attach(target, self.attaching, &bundle)?;
                    if self.output.is_none() {
                        return Ok(());
                    }
                }
                bundle.write()
            }
            None => payload,
        };
        match &self.output {
            Some(path) => output::to_file(path, &|out| out.write_all(&bytes)),
            None => output::to_stdout(&|out| {
                out.write_all(&bytes)?;
                writeln!(out)
            }),
        }
    }
}

/// What a statement is about.
#[derive(Debug, Args)]
#[group(skip)]
struct About {
    /// What it is about: a file by its SHA-256, a folder by its OMS root digest, an image (oci://…) by the digest of its
    /// manifest [default: the image of --to].
    #[arg(value_name = "SUBJECT", required_unless_present = "to")]
    subjects: Vec<PathBuf>,
}

impl About {
    fn measured(&self, writing: &Writing) -> anyhow::Result<Vec<subject::Measured>> {
        let measure = |path: &PathBuf| match image::reference(path) {
            Some(target) => image::measure(target, writing.attaching.reaching),
            None => subject::measure(path),
        };
        match (self.subjects.is_empty(), &writing.to) {
            (true, Some(to)) => Ok(vec![measure(to)?]),
            _ => self.subjects.iter().map(measure).collect(),
        }
    }

    fn descriptors(&self, writing: &Writing) -> anyhow::Result<Vec<Descriptor>> {
        let measured = self.measured(writing)?;
        Ok(measured.iter().map(subject::Measured::descriptor).collect())
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.action {
        Action::Provenance(asked) => provenance::run(asked)?,
        Action::Summary(asked) => return summary::run(asked),
        Action::Train(asked) => return train::run(asked),
        Action::Scan(asked) => claims::scan(asked)?,
        Action::Vulns(asked) => claims::weaknesses(asked)?,
        Action::Bom(asked) => claims::bom(asked)?,
        Action::Predicate(asked) => claims::predicate(asked)?,
        Action::Export(asked) => export::run(asked)?,
        Action::Import(asked) => return import::run(asked),
    }
    Ok(ExitCode::SUCCESS)
}

/// Now, as statements write it.
fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A setting written as NAME=VALUE; a value that is JSON is taken as such, anything else as text.
fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "a setting is written as NAME=VALUE".to_owned())?;
    if name.is_empty() {
        return Err("a setting needs a name before the `=`".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}
