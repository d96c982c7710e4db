//! `log check` and `log consistency`: what others say of their logs, checked offline.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_ledger::{Entry, Reader};
use chainwright_transparency::Hash;
use chainwright_transparency::checkpoint::Checkpoint;
use chainwright_transparency::policy::{Accepted, Policy};
use chainwright_transparency::proof::LogProof;
use clap::Args;
use serde_json::json;

use crate::FINDINGS;
use crate::verb::log::keys::PublicKey;
use crate::verb::log::place::{key_of, shown, small};
use crate::verb::log::write::{digest, sha256};
use crate::verb::log::{Common, Format, answer};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The proof.
    #[arg(value_name = "PROOF")]
    proof: PathBuf,

    /// The file that should be in the log.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Instead of a file, the SHA-256 that should be in the log.
    #[arg(long, value_name = "SHA256", value_parser = digest, conflicts_with = "file")]
    digest: Option<String>,

    /// Instead of a file, the bytes of the entry itself, for logs with entries of another form.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "digest"])]
    entry: Option<PathBuf>,

    /// The public key of the log.
    #[arg(long, value_name = "VKEY", required_unless_present = "policy")]
    key: Vec<PublicKey>,

    /// Which logs to believe, and how many witnesses they need (c2sp.org/tlog-policy).
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    policy: Option<PathBuf>,

    /// How to answer.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Consistency {
    #[command(flatten)]
    common: Common,

    /// The older checkpoint.
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The newer checkpoint.
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// The public key of the log; otherwise the one that it was seen with.
    #[arg(long, value_name = "VKEY")]
    key: Option<PublicKey>,
}

pub(crate) fn check(asked: &Check) -> anyhow::Result<ExitCode> {
    if asked.file.is_none() && asked.digest.is_none() && asked.entry.is_none() {
        bail!("name the file that should be in the log, or give --digest or --entry");
    }
    let bytes = small(&asked.proof)?;
    let proof = LogProof::parse(&bytes)
        .with_context(|| format!("{} is not a proof", shown(&asked.proof)))?;
    let policy = match &asked.policy {
        Some(path) => Policy::parse(&small(path)?)
            .with_context(|| format!("{} is not a policy", shown(path)))?,
        None => {
            let keys: Vec<_> = asked
                .key
                .iter()
                .map(PublicKey::get)
                .collect::<Result<_, _>>()?;
            Policy::of(&keys, &[], 0)
        }
    };
    match judge(asked, &proof, &policy)? {
        Ok(accepted) => tell(asked, &proof, &accepted),
        Err(why) => {
            let value = json!({"schema": "chainwright-log-check/1", "holds": false, "why": why});
            answer(asked.format, &value, &|out| {
                writeln!(out, "the proof does not hold: {}", visible(&why, 500))
            })?;
            Ok(ExitCode::from(FINDINGS))
        }
    }
}

/// Whether the proof holds, and if not, why.
fn judge(
    asked: &Check,
    proof: &LogProof,
    policy: &Policy,
) -> anyhow::Result<Result<Accepted, String>> {
    let accepted = match policy.accept(&proof.checkpoint) {
        Ok(accepted) => accepted,
        Err(rejection) => return Ok(Err(rejection.to_string())),
    };
    let leaf = match &asked.entry {
        Some(path) => small(path)?,
        None => match named(asked, proof)? {
            Ok(leaf) => leaf,
            Err(why) => return Ok(Err(why)),
        },
    };
    Ok(
        match proof.check(&Hash::of_leaf(&leaf), &accepted.checkpoint) {
            Ok(()) => Ok(accepted),
            Err(error) => Err(error.to_string()),
        },
    )
}

/// The entry that the proof brings along, if it is about what is asked. That it is in the log is still to be shown.
fn named(asked: &Check, proof: &LogProof) -> anyhow::Result<Result<Vec<u8>, String>> {
    let wanted = match (&asked.file, &asked.digest) {
        (Some(path), _) => sha256(path)?,
        (None, Some(digest)) => digest.clone(),
        (None, None) => bail!("name the file that should be in the log"),
    };
    let Some(leaf) = proof.extra.clone() else {
        return Ok(Err(
            "it does not bring the entry along; give its bytes with --entry".to_owned(),
        ));
    };
    let Some(entry) = Entry::read(&leaf) else {
        return Ok(Err(
            "it brings an entry along that is not of the form of chainwright".to_owned(),
        ));
    };
    let is_meant = entry.digest.as_ref() == Some(&format!("sha256:{wanted}"))
        || entry.oms_root.as_ref() == Some(&wanted);
    if is_meant {
        return Ok(Ok(leaf));
    }
    let found = entry.digest.or(entry.oms_root).unwrap_or_default();
    Ok(Err(format!(
        "the entry is about {found}, not about sha256:{wanted}"
    )))
}

fn tell(asked: &Check, proof: &LogProof, accepted: &Accepted) -> anyhow::Result<ExitCode> {
    let checkpoint = &accepted.checkpoint;
    let witnesses: Vec<_> = accepted
        .witnesses
        .iter()
        .map(|(key, time)| json!({"name": key.name.as_str(), "time": time}))
        .collect();
    let value = json!({
        "schema": "chainwright-log-check/1",
        "holds": true,
        "origin": checkpoint.origin,
        "index": proof.index,
        "size": checkpoint.size,
        "root": checkpoint.root.to_string(),
        "witnesses": witnesses,
    });
    answer(asked.format, &value, &|out| {
        let origin = visible(&checkpoint.origin, 200);
        writeln!(
            out,
            "the proof holds: entry {} of {} in {origin}",
            proof.index, checkpoint.size
        )?;
        for (key, time) in &accepted.witnesses {
            let time = i64::try_from(*time)
                .ok()
                .and_then(|time| chrono::DateTime::from_timestamp(time, 0));
            let time = time.map_or_else(String::new, |time| {
                time.format(" on %Y-%m-%d %H:%M:%S UTC").to_string()
            });
            writeln!(out, "cosigned by {}{time}", key.name)?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn consistency(asked: &Consistency) -> anyhow::Result<ExitCode> {
    let storage = asked.common.place.open()?;
    let memory = asked.common.seen.memory();
    let key = key_of(&*storage, asked.key.as_ref(), &memory)?;
    let read = |path: &PathBuf| -> anyhow::Result<Checkpoint> {
        let opened = Checkpoint::open(&small(path)?, &key);
        Ok(opened.with_context(|| shown(path))?.0)
    };
    let (old, new) = (read(&asked.old)?, read(&asked.new)?);
    let reader = Reader::open(&*storage, &key)?;
    // Both are held against the log as it is, so both are against each other.
    let held = reader
        .prove_growth(&old)
        .and_then(|_| reader.prove_growth(&new))
        .map(|_| old.size <= new.size);
    let why = match held {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "the first has {} entries, the second {}",
            old.size, new.size
        )),
        Err(error) if error.is_misbehaviour() || error.is_damage() => Some(error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let value = json!({
        "schema": "chainwright-log-consistency/1",
        "consistent": why.is_none(),
        "old": old.size,
        "new": new.size,
        "why": why,
    });
    answer(asked.common.format, &value, &|out| match &why {
        None => writeln!(out, "{} entries continue {} entries", new.size, old.size),
        Some(why) => writeln!(out, "not consistent: {}", visible(why, 500)),
    })?;
    Ok(if why.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}
