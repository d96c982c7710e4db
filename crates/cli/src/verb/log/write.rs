//! `log init` and `log append`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_ledger::entry::hex;
use chainwright_ledger::{Entry, LedgerError, Log, NewEntry};
use chainwright_transparency::key::Kind;
use clap::Args;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::verb::log::place::shown;
use crate::verb::log::{Common, answer, keys};

/// LIMIT: bytes of an envelope that is logged as such; anything larger is logged by its digest.
const MOST_ENVELOPE: u64 = 16 << 20;

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    common: Common,

    /// The name of the log, such as example.com/models: by convention its address without https://.
    #[arg(long, value_name = "NAME")]
    origin: String,

    /// The file of its secret key, which is made if it is not there.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_LOG_KEY")]
    key: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Append {
    #[command(flatten)]
    common: Common,

    /// The file of the secret key of the log.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_LOG_KEY")]
    key: PathBuf,

    /// Log these files: attestations and signatures as they are, others by their digests.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Log bytes that are elsewhere, by their SHA-256.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    digest: Vec<String>,

    /// Log a model by its root digest (OpenSSF Model Signing).
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    oms_root: Vec<String>,

    /// A statement about them, which is logged by its digest.
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,

    /// What kind of thing they are, in a word of yours.
    #[arg(long = "type", value_name = "WORD")]
    kind: Option<String>,

    /// Who logs them.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,

    #[cfg(feature = "witness")]
    #[command(flatten)]
    waiting: crate::verb::log::wait::Waiting,
}

/// Sixty-four hexadecimal digits, with or without `sha256:`.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    let digits = text.trim_start_matches("sha256:").to_ascii_lowercase();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(digits)
    } else {
        Err("a SHA-256 has 64 hexadecimal digits".to_owned())
    }
}

pub(crate) fn init(asked: &Init) -> anyhow::Result<ExitCode> {
    let memory = asked.common.seen.memory();
    if let Some(known) = memory.recall(&asked.origin)? {
        return Err(LedgerError::Exists(known.checkpoint.origin))
            .context("a log of this name was seen before; a second one would be a fork of it");
    }
    let key = if asked.key.exists() {
        keys::read(&asked.key)?
    } else {
        keys::make(&asked.origin, Kind::Ed25519, &asked.key)?
    };
    let public = key.verifier();
    if public.name.as_str() != asked.origin {
        bail!(
            "the key belongs to `{}`, not to `{}`",
            public.name,
            visible(&asked.origin, 200)
        );
    }
    if public.kind() != Kind::Ed25519 {
        bail!("a log that others watch signs with Ed25519; this is the key of a witness");
    }
    let storage = asked.common.place.make()?;
    let mut log = Log::create(&*storage, &key)?;
    let made = log.append(&[], None)?;
    memory.see(&made.note, public, &|_| Ok(Vec::new()))?;
    let value =
        json!({"schema": "chainwright-log/1", "origin": asked.origin, "key": public.to_string()});
    answer(asked.common.format, &value, &|out| {
        writeln!(out, "made the log {}", asked.origin)?;
        writeln!(out, "its public key, for those who check it:\n{public}")
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn append(asked: &Append) -> anyhow::Result<ExitCode> {
    let memory = asked.common.seen.memory();
    let key = keys::read(&asked.key)?;
    #[cfg(feature = "witness")]
    let wanted = asked.waiting.wanted()?;
    let entries = entries(asked)?;
    if entries.is_empty() {
        bail!("nothing to log: name files, or give --digest or --oms-root");
    }
    let storage = asked.common.place.open()?;
    if storage.checkpoint()?.is_none() {
        return Err(LedgerError::NoLog.into());
    }
    let known = memory.recall(key.verifier().name.as_str())?;
    let new: Vec<NewEntry> = entries.iter().map(|(_, entry)| entry.clone()).collect();
    let mut log = Log::open(&*storage, &key);
    let appended = log.append(&new, known.as_ref().map(|known| &known.checkpoint))?;
    let reader = chainwright_ledger::Reader::open(&*storage, key.verifier())?;
    // Another writer may have been here since; what is remembered is the newest state.
    memory.see(reader.note(), key.verifier(), &|old| {
        reader.prove_growth(old)
    })?;
    let (checkpoint, first) = (&appended.checkpoint, appended.first);
    let listed: Vec<Value> = (first..)
        .zip(&entries)
        .map(|(index, (name, _))| json!({"index": index, "name": name}))
        .collect();
    #[cfg_attr(not(feature = "witness"), expect(unused_mut, reason = "nobody waits"))]
    let mut value = json!({
        "schema": "chainwright-log/1",
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.to_string(),
        "entries": listed,
    });
    #[cfg(feature = "witness")]
    let waited = {
        let indices: Vec<u64> = (first..).zip(&entries).map(|(index, _)| index).collect();
        asked
            .waiting
            .wait(&*storage, key.verifier(), wanted.as_ref(), &indices)?
    };
    #[cfg(feature = "witness")]
    if let Some(waited) = &waited {
        value["witnesses"] = waited.as_json();
    }
    answer(asked.common.format, &value, &|out| {
        for (index, (name, _)) in (first..).zip(&entries) {
            writeln!(out, "{index}  {}", visible(name, 300))?;
        }
        writeln!(out, "{} has {} entries", checkpoint.origin, checkpoint.size)?;
        #[cfg(feature = "witness")]
        if let Some(waited) = &waited {
            waited.tell(out)?;
        }
        Ok(())
    })?;
    #[cfg(feature = "witness")]
    if waited.is_some_and(|waited| !waited.is_enough) {
        return Ok(ExitCode::from(crate::FINDINGS));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be logged, each with what to call it in the answer.
fn entries(asked: &Append) -> anyhow::Result<Vec<(String, NewEntry)>> {
    let statement = asked.statement.as_deref().map(sha256).transpose()?;
    let time = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let start = |kind: &str| Entry {
        actor: asked.actor.clone(),
        time: Some(time.clone()),
        statement_sha256: statement.clone(),
        ..Entry::new(asked.kind.as_deref().unwrap_or(kind))
    };
    let mut entries = Vec::new();
    for path in &asked.files {
        let name = path.to_string_lossy().into_owned();
        if let Some(envelope) = envelope(path)? {
            entries.push((name, start("attestation").with_envelope(&envelope)?));
            continue;
        }
        let entry = Entry {
            digest: Some(format!("sha256:{}", sha256(path)?)),
            ..start("file")
        };
        entries.push((name, plain(&entry)?));
    }
    for digest in &asked.digest {
        let digest = format!("sha256:{digest}");
        let entry = Entry {
            digest: Some(digest.clone()),
            ..start("file")
        };
        entries.push((digest, plain(&entry)?));
    }
    for root in &asked.oms_root {
        let entry = Entry {
            oms_root: Some(root.clone()),
            ..start("model")
        };
        entries.push((format!("oms:{root}"), plain(&entry)?));
    }
    Ok(entries)
}

fn plain(entry: &Entry) -> Result<NewEntry, LedgerError> {
    Ok(NewEntry {
        bytes: entry.write()?,
        beside: None,
    })
}

/// The bytes of a file that is a Sigstore bundle or a DSSE envelope.
fn envelope(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let size = std::fs::metadata(path)
        .with_context(|| format!("cannot read {}", shown(path)))?
        .len();
    if size > MOST_ENVELOPE {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", shown(path)))?;
    if bytes.first() != Some(&b'{') {
        return Ok(None);
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(&bytes) else {
        return Ok(None);
    };
    let has = |name: &str| fields.contains_key(name);
    let is_envelope = (has("payload") && has("payloadType") && has("signatures"))
        || (has("verificationMaterial") && (has("dsseEnvelope") || has("messageSignature")));
    Ok(is_envelope.then_some(bytes))
}

/// The SHA-256 of a file, in hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> anyhow::Result<String> {
    let hash = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let mut state = Sha256::new();
        let mut piece = vec![0; 1 << 18];
        loop {
            let count = file.read(&mut piece)?;
            if count == 0 {
                return Ok(hex(&state.finalize()));
            }
            state.update(&piece[..count]);
        }
    };
    hash().with_context(|| format!("cannot read {}", shown(path)))
}
