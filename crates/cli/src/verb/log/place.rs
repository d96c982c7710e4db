//! Where a log lies, and where it is written down what was seen of logs.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_ledger::{Directory, LedgerError, Memory, Reader, Sqlite, Storage};
use chainwright_transparency::VerifierKey;
use clap::Args;

use crate::intelligence;
use crate::verb::log::keys::PublicKey;

/// LIMIT: bytes of a key, policy, proof or checkpoint.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The log: a folder, a SQLite file whose name ends in .sqlite or .db, or s3://BUCKET/PREFIX, with the settings of the
    /// variables AWS_*.
    #[arg(
        long,
        visible_alias = "store",
        value_name = "PATH",
        env = "CHAINWRIGHT_LOG",
        default_value = "chainwright-log"
    )]
    log: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SeenIn {
    /// The folder that remembers the last checkpoint seen of each log.
    #[arg(long = "seen", value_name = "FOLDER", env = "CHAINWRIGHT_SEEN")]
    folder: Option<PathBuf>,
}

impl Place {
    pub(crate) fn open(&self) -> anyhow::Result<Box<dyn Storage>> {
        open(&self.log, false)
    }

    pub(crate) fn make(&self) -> anyhow::Result<Box<dyn Storage>> {
        open(&self.log, true)
    }
}

impl SeenIn {
    pub(crate) fn memory(&self) -> Memory {
        let usual = || intelligence::location(None).with_file_name("seen");
        Memory::new(&self.folder.clone().unwrap_or_else(usual))
    }
}

/// Opens a log; one that is not there is only made where that is asked for.
pub(crate) fn open(path: &Path, make: bool) -> anyhow::Result<Box<dyn Storage>> {
    if let Some(address) = path.to_str().filter(|path| path.starts_with("s3://")) {
        return bucket(address);
    }
    let is_file = path
        .extension()
        .is_some_and(|ending| ending == "sqlite" || ending == "db");
    if is_file {
        if !make && !path.exists() {
            return Err(LedgerError::NoLog).with_context(|| shown(path));
        }
        return Ok(Box::new(Sqlite::open(path)?));
    }
    Ok(Box::new(Directory::new(path)))
}

#[cfg(feature = "objects")]
fn bucket(address: &str) -> anyhow::Result<Box<dyn Storage>> {
    Ok(Box::new(
        chainwright_ledger_s3::S3::from_environment(address)?.into_log(),
    ))
}

#[cfg(not(feature = "objects"))]
fn bucket(_address: &str) -> anyhow::Result<Box<dyn Storage>> {
    bail!("this build cannot reach buckets; build it with the feature `objects`")
}

/// The key of a log: the one that is given, else the one that it was seen with.
pub(crate) fn key_of(
    storage: &dyn Storage,
    given: Option<&PublicKey>,
    memory: &Memory,
) -> anyhow::Result<VerifierKey> {
    if let Some(key) = given {
        return key.get();
    }
    let origin = Reader::open_unverified(storage)?
        .checkpoint()
        .origin
        .clone();
    match memory.recall(&origin)? {
        Some(known) => Ok(known.key),
        None => bail!(
            "nothing was seen of `{}` before: give its key with --key",
            visible(&origin, 200)
        ),
    }
}

/// Reads a small file.
pub(crate) fn small(path: &Path) -> anyhow::Result<Vec<u8>> {
    let read = || -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            bail!("it has more than {MOST_BYTES} bytes");
        }
        Ok(bytes)
    };
    read().with_context(|| format!("cannot read {}", shown(path)))
}

pub(crate) fn shown(path: &Path) -> String {
    format!("`{}`", visible(&path.to_string_lossy(), 300))
}
