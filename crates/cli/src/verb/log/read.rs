//! `log show`, `checkpoint`, `prove` and `verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_ledger::{Audit, Entry, LedgerError, Memory, Reader};
use chainwright_transparency::VerifierKey;
use clap::Args;
use serde_json::{Value, json};

use crate::FINDINGS;
use crate::verb::log::keys::PublicKey;
use crate::verb::log::place::{self, key_of};
use crate::verb::log::{Common, answer, write::digest, write_text};

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    common: Common,

    /// Begin with this entry; otherwise the last ones are shown.
    #[arg(long, value_name = "N")]
    from: Option<u64>,

    /// How many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    count: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Checkpoint {
    #[command(flatten)]
    common: Common,

    /// Write it to a file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    #[command(flatten)]
    common: Common,

    #[command(flatten)]
    which: Which,

    /// The public key of the log; otherwise the one that it was seen with.
    #[arg(long, value_name = "VKEY")]
    key: Option<PublicKey>,

    /// Write the proof to a file, by custom with the ending .tlog-proof.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The entry with this number.
    #[arg(long, value_name = "N")]
    index: Option<u64>,

    /// The last entry about bytes with this SHA-256.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    digest: Option<String>,

    /// The last entry about a model with this root digest.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    oms_root: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    common: Common,

    /// The log, if it is not the one of --log.
    #[arg(value_name = "PATH")]
    target: Option<PathBuf>,

    /// The public key of the log; otherwise the one that it was seen with.
    #[arg(long, value_name = "VKEY")]
    key: Option<PublicKey>,
}

pub(crate) fn show(asked: &Show) -> anyhow::Result<ExitCode> {
    let storage = asked.common.place.open()?;
    let reader = Reader::open_unverified(&*storage)?;
    let size = reader.checkpoint().size;
    let from = asked
        .from
        .unwrap_or(size.saturating_sub(asked.count))
        .min(size);
    let to = from.saturating_add(asked.count).min(size);
    let mut entries = Vec::new();
    for index in from..to {
        let bytes = reader.entry(index)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        entries.push((index, Entry::read(&bytes).is_some(), text));
    }
    let listed: Vec<Value> = entries
        .iter()
        .map(|(index, ours, text)| {
            let value = if *ours {
                serde_json::from_str(text).unwrap_or_default()
            } else {
                json!(text)
            };
            json!({"index": index, "entry": value})
        })
        .collect();
    let origin = &reader.checkpoint().origin;
    let value =
        json!({"schema": "chainwright-log/1", "origin": origin, "size": size, "entries": listed});
    answer(asked.common.format, &value, &|out| {
        for (index, _, text) in &entries {
            writeln!(out, "{index}  {}", visible(text, 2000))?;
        }
        writeln!(out, "{} has {size} entries", visible(origin, 200))
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn checkpoint(asked: &Checkpoint) -> anyhow::Result<ExitCode> {
    let storage = asked.common.place.open()?;
    let reader = Reader::open_unverified(&*storage)?;
    write_text(asked.output.as_ref(), &reader.note().to_string())?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn prove(asked: &Prove) -> anyhow::Result<ExitCode> {
    let storage = asked.common.place.open()?;
    let memory = asked.common.seen.memory();
    let key = key_of(&*storage, asked.key.as_ref(), &memory)?;
    let reader = Reader::open(&*storage, &key)?;
    let index = find(&reader, &asked.which)?;
    let extra = reader.entry(index)?;
    let proof = reader.prove(index, Some(extra))?;
    write_text(asked.output.as_ref(), &proof.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn find(reader: &Reader<'_>, which: &Which) -> anyhow::Result<u64> {
    if let Some(index) = which.index {
        return Ok(index);
    }
    let (text, found) = if let Some(digest) = &which.digest {
        let named = format!("sha256:{digest}");
        let holds = |entry: &[u8]| {
            Entry::read(entry).is_some_and(|entry| entry.digest.as_ref() == Some(&named))
        };
        (digest, reader.find_last(digest, &holds)?)
    } else if let Some(root) = &which.oms_root {
        let holds = |entry: &[u8]| {
            Entry::read(entry).is_some_and(|entry| entry.oms_root.as_ref() == Some(root))
        };
        (root, reader.find_last(root, &holds)?)
    } else {
        bail!("name an entry");
    };
    found.with_context(|| format!("the log has no entry about `{text}`"))
}

pub(crate) fn verify(asked: &Verify) -> anyhow::Result<ExitCode> {
    let storage = match &asked.target {
        Some(path) => place::open(path, false)?,
        None => asked.common.place.open()?,
    };
    let memory = asked.common.seen.memory();
    let key = key_of(&*storage, asked.key.as_ref(), &memory)?;
    let reader = match Reader::open(&*storage, &key) {
        Ok(reader) => reader,
        // That the log is not signed as it should be is an answer, not a failure to find one.
        Err(error) if error.is_damage() => return refused(asked, &error),
        Err(error) => return Err(error.into()),
    };
    let seen: Vec<_> = memory
        .recall(&reader.checkpoint().origin)?
        .into_iter()
        .map(|known| known.checkpoint)
        .collect();
    let audit = reader.audit(&seen)?;
    let remembered = remember(&reader, &key, &memory, &audit)?;
    let sound = audit.is_sound() && remembered.is_none();
    tell(asked, &reader, &audit, remembered.as_ref())?;
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

/// A log that does not follow from what was seen is kept as evidence; one that is damaged is not remembered.
fn remember(
    reader: &Reader<'_>,
    key: &VerifierKey,
    memory: &Memory,
    audit: &Audit,
) -> Result<Option<LedgerError>, LedgerError> {
    let seen = memory.see(reader.note(), key, &|old| match audit.is_sound() {
        true => reader.prove_growth(old),
        // Whether it follows cannot be said while its files are not what they should be.
        false => Err(LedgerError::Root {
            size: reader.checkpoint().size,
        }),
    });
    match seen {
        Ok(_) => Ok(None),
        Err(error) if error.is_misbehaviour() => Ok(Some(error)),
        Err(error) if error.is_damage() && !audit.is_sound() => Ok(None),
        Err(error) => Err(error),
    }
}

fn refused(asked: &Verify, error: &LedgerError) -> anyhow::Result<ExitCode> {
    let text = error.to_string();
    let value = json!({"schema": "chainwright-log-verify/1", "sound": false, "faults": [text]});
    answer(asked.common.format, &value, &|out| {
        writeln!(out, "not sound: {}", visible(&text, 500))
    })?;
    Ok(ExitCode::from(FINDINGS))
}

fn tell(
    asked: &Verify,
    reader: &Reader<'_>,
    audit: &Audit,
    misbehaviour: Option<&LedgerError>,
) -> anyhow::Result<()> {
    let checkpoint = reader.checkpoint();
    let mut faults: Vec<String> = audit.faults.iter().map(ToString::to_string).collect();
    faults.extend(misbehaviour.map(ToString::to_string));
    let value = json!({
        "schema": "chainwright-log-verify/1",
        "sound": faults.is_empty(),
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.to_string(),
        "entries": audit.entries,
        "tiles": audit.tiles,
        "compared_with_seen": audit.compared,
        "leftovers": audit.leftovers,
        "strangers": audit.strangers,
        "faults": faults,
        "fault_count": audit.fault_count,
    });
    answer(asked.common.format, &value, &|out| {
        let origin = visible(&checkpoint.origin, 200);
        for fault in &faults {
            writeln!(out, "fault: {}", visible(fault, 500))?;
        }
        for stranger in &audit.strangers {
            writeln!(out, "does not belong to a log: {}", visible(stranger, 300))?;
        }
        let (entries, tiles) = (audit.entries, audit.tiles);
        if !faults.is_empty() {
            return writeln!(
                out,
                "{origin} is not sound: {} of {} entries read",
                entries, checkpoint.size
            );
        }
        writeln!(
            out,
            "{origin} is sound: {entries} entries, {tiles} tiles, root {}",
            checkpoint.root
        )?;
        for size in &audit.compared {
            writeln!(out, "it continues what was seen at {size} entries")?;
        }
        Ok(())
    })
}
