//! Keys of logs and witnesses in files that only their owner reads.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context as _, anyhow};
use chainwright_transparency::key::{KeyError, KeyName, Kind};
use chainwright_transparency::{SigningKey, VerifierKey};
use clap::{Args, ValueEnum};

use crate::verb::log::place::{shown, small};
use crate::verb::log::write_text;

/// A public key as it was given. What is no key is told later: the message for wrong arguments would repeat it, and it
/// may be a secret one.
#[derive(Debug, Clone)]
pub(crate) struct PublicKey(Result<VerifierKey, KeyError>);

impl FromStr for PublicKey {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().parse()))
    }
}

impl PublicKey {
    pub(crate) fn get(&self) -> anyhow::Result<VerifierKey> {
        self.0
            .clone()
            .context("what was given is not the public key of a log or witness")
    }
}

#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// The name of the key, such as example.com/log.
    #[arg(long, value_name = "NAME")]
    name: String,

    /// The file of the secret key; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// What it is for.
    #[arg(long, value_name = "KIND", default_value = "log")]
    kind: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// Signs the checkpoints of a log (Ed25519).
    Log,
    /// Cosigns the checkpoints of others (Ed25519).
    Witness,
    /// Cosigns with ML-DSA-44, against which no quantum computer helps.
    WitnessMlDsa,
}

pub(crate) fn keygen(asked: &Keygen) -> anyhow::Result<ExitCode> {
    let kind = match asked.kind {
        Purpose::Log => Kind::Ed25519,
        Purpose::Witness => Kind::Cosignature,
        Purpose::WitnessMlDsa => Kind::MlDsa44,
    };
    let key = make(&asked.name, kind, &asked.output)?;
    write_text(None, &format!("{}\n", key.verifier()))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a key and writes it to a file that did not exist and that only its owner can read.
pub(crate) fn make(name: &str, kind: Kind, path: &Path) -> anyhow::Result<SigningKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    let key = SigningKey::from_seed(KeyName::new(name)?, kind, seed)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(key.reveal().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot make the key {}", shown(path)))?;
    Ok(key)
}

/// Reads a secret key. An error never quotes it.
pub(crate) fn read(path: &Path) -> anyhow::Result<SigningKey> {
    let bytes = small(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| anyhow!("{} is not a key", shown(path)))?;
    SigningKey::parse(text).with_context(|| format!("{} is not a secret key", shown(path)))
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}
