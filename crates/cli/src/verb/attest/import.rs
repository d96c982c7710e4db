//! `attest import`: a file of somebody else, judged by a policy of one's own, and kept only then.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use chainwright_attestations::Document;
use chainwright_core::text::visible;
use chainwright_exchange::{
    Exchange, FormatError, Here, HintKind, Item, Judged, Kept, Receiver, Untrusted, Verdict, What,
    judge, keep,
};
use chainwright_ledger::{Entry, Log, NewEntry, Reader};
use chainwright_provenance::{Options, Signer, Trust as Levels};
use chainwright_signing::{Moment, Refused};
use chainwright_transparency::policy::Policy as LogPolicy;
use serde_json::{Value, json};

use crate::proofs::tell::Format;
use crate::proofs::trusting::Trusting;
use crate::proofs::{keys, now, shown, subject};
use crate::verb::log::keys::{self as log_keys, PublicKey};
use crate::verb::log::place::{self, SeenIn, small};
use crate::{FAILURE, FINDINGS, output};
use chainwright_proofs::Trust;
use chainwright_proofs::attested::signers as signers_of;
use chainwright_proofs::signature::refused_code;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What you have of the artifacts: its bytes are compared; may be repeated.
    #[arg(long, value_name = "PATH")]
    artifact: Vec<PathBuf>,

    #[command(flatten)]
    signing: Trusting,

    #[command(flatten)]
    logs: Logs,

    /// Whom to trust how far, and what to expect, in TOML (docs/slsa.md).
    #[arg(long = "slsa", value_name = "TRUST")]
    slsa: Option<PathBuf>,

    /// Steps to follow from an artifact to what it was made from.
    #[arg(long, value_name = "NUMBER", default_value_t = Options::default().depth, requires = "slsa")]
    depth: u32,

    #[command(flatten)]
    keeping: Keeping,

    /// How to tell what was found.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

/// Which logs to believe.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct Logs {
    /// The public key of a log; may be repeated. No witness is needed then.
    #[arg(long, value_name = "VKEY")]
    log_key: Vec<PublicKey>,

    /// Which logs to believe, and how many witnesses they need (c2sp.org/tlog-policy).
    #[arg(long, value_name = "FILE", conflicts_with = "log_key")]
    log_policy: Option<PathBuf>,

    /// Refuse attestations that no accepted proof shows in a log.
    #[arg(long, conflicts_with = "ignore_proofs")]
    require_logged: bool,

    /// Leave proofs of logs out.
    #[arg(long)]
    ignore_proofs: bool,

    #[command(flatten)]
    seen: SeenIn,
}

/// Where accepted items go.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct Keeping {
    /// Keep what is accepted in a folder of its own below FOLDER.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,

    /// Append the accepted attestations to a log of yours, in one batch.
    #[arg(long, value_name = "PATH", requires = "into_log_key")]
    into_log: Option<PathBuf>,

    /// The file of the secret key of that log.
    #[arg(long, value_name = "FILE", requires = "into_log")]
    into_log_key: Option<PathBuf>,

    /// Keep what is accepted even if something else in the file is not. The exit code stays that of the whole.
    #[arg(long)]
    partial: bool,
}

/// Where things were kept.
#[derive(Debug, Default)]
struct Done {
    folder: Option<Kept>,
    appended: Option<usize>,
}

pub(super) fn run(asked: &Arguments) -> anyhow::Result<ExitCode> {
    let trust = asked.signing.trust()?;
    let logs = asked.logs.policy()?;
    let levels = asked.levels()?;
    let here = asked.here()?;
    let told = || format!("cannot read `{}`", shown(&asked.file));
    let file = File::open(&asked.file).with_context(told)?;
    let exchange = match Exchange::read(BufReader::with_capacity(1 << 18, file)) {
        Ok(exchange) => exchange,
        Err(error) => return no_exchange(asked, &error),
    };
    let moment = now();
    let memory = asked.logs.seen.memory();
    let receiver = Receiver {
        signers: &|document, bytes| signers(document, bytes, &trust, moment),
        logs: logs.as_ref(),
        seen: &memory,
        trust: levels.as_ref().map(|levels| {
            let options = Options {
                depth: asked.depth,
                ..Options::default()
            };
            (levels, options)
        }),
        here: &here,
        require_logged: asked.logs.require_logged,
        ignore_proofs: asked.logs.ignore_proofs,
    };
    let judged = judge(&exchange, &receiver);
    let verdict = judged.verdict();
    let mut done = Done::default();
    let has_some = judged
        .items
        .iter()
        .any(|item| item.verdict() == Verdict::Accepted);
    if verdict == Verdict::Accepted || (asked.keeping.partial && has_some) {
        judged.remember(&exchange, &memory)?;
        done = asked.keep(&exchange, &judged)?;
    }
    tell(asked, &exchange, &judged, &done)?;
    Ok(exit(verdict))
}

fn exit(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Accepted => ExitCode::SUCCESS,
        Verdict::Refused => ExitCode::from(FINDINGS),
        Verdict::NotJudged => ExitCode::from(FAILURE),
    }
}

impl Logs {
    fn policy(&self) -> anyhow::Result<Option<LogPolicy>> {
        if let Some(path) = &self.log_policy {
            let policy = LogPolicy::parse(&small(path)?);
            return Ok(Some(
                policy.with_context(|| format!("`{}` is not a policy", shown(path)))?,
            ));
        }
        let keys: Vec<_> = self
            .log_key
            .iter()
            .map(PublicKey::get)
            .collect::<Result<_, _>>()?;
        Ok((!keys.is_empty()).then(|| LogPolicy::of(&keys, &[], 0)))
    }
}

impl Arguments {
    fn levels(&self) -> anyhow::Result<Option<Levels>> {
        let Some(path) = &self.slsa else {
            return Ok(None);
        };
        let text = String::from_utf8(keys::read(path)?)
            .ok()
            .with_context(|| format!("`{}` is no text", shown(path)))?;
        Ok(Some(
            Levels::read(&text).with_context(|| format!("`{}`", shown(path)))?,
        ))
    }

    fn here(&self) -> anyhow::Result<Vec<Here>> {
        let measured = self.artifact.iter().map(|path| {
            let measured = subject::measure(path)?;
            Ok(Here {
                sha256: measured
                    .digests
                    .get("sha256")
                    .unwrap_or_default()
                    .to_owned(),
                name: measured.name,
            })
        });
        measured.collect()
    }

    fn keep(&self, exchange: &Exchange, judged: &Judged) -> anyhow::Result<Done> {
        let mut done = Done::default();
        if let Some(folder) = &self.keeping.into {
            let mut receipt = serde_json::to_vec_pretty(&receipt(exchange, judged))?;
            receipt.push(b'\n');
            done.folder = Some(keep(exchange, judged, &receipt, folder)?);
        }
        if let (Some(place), Some(key)) = (&self.keeping.into_log, &self.keeping.into_log_key) {
            let key = log_keys::read(key)?;
            let storage = place::open(place, false)?;
            let reader = Reader::open(&*storage, key.verifier())?;
            let known = logged(&reader)?;
            let mut entries: Vec<NewEntry> = Vec::new();
            for (digest, bytes) in judged.attestations(exchange) {
                if !known.contains(digest) {
                    entries.push(Entry::new("attestation").with_envelope(bytes)?);
                }
            }
            let memory = self.logs.seen.memory();
            let seen = memory.recall(key.verifier().name.as_str())?;
            if !entries.is_empty() {
                Log::open(&*storage, &key)
                    .append(&entries, seen.as_ref().map(|seen| &seen.checkpoint))?;
                let reader = Reader::open(&*storage, key.verifier())?;
                memory.see(reader.note(), key.verifier(), &|old| {
                    reader.prove_growth(old)
                })?;
            }
            done.appended = Some(entries.len());
        }
        Ok(done)
    }
}

/// The digests of what a log has already, so that importing twice appends nothing twice.
fn logged(reader: &Reader<'_>) -> anyhow::Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for index in 0..reader.checkpoint().size.div_ceil(256) {
        for entry in reader.bundle(index)? {
            let digest = Entry::read(&entry).and_then(|entry| entry.digest);
            known
                .extend(digest.and_then(|digest| Some(digest.strip_prefix("sha256:")?.to_owned())));
        }
    }
    Ok(known)
}

/// Who signed, if they are accepted. A bare envelope names no key: every accepted one is tried.
fn signers(
    document: &Document,
    bytes: &[u8],
    trust: &Trust,
    moment: Moment,
) -> Result<Vec<Signer>, Untrusted> {
    chainwright_proofs::attested::signer(document, bytes, trust, moment)
        .map(|verified| signers_of(&verified))
        .map_err(|refused| Untrusted {
            code: refused_code(&refused),
            is_unjudged: matches!(refused, Refused::NothingTrusted { .. }),
            message: refused.to_string(),
        })
}

/// The file is none: that is told in the same form as everything else.
fn no_exchange(asked: &Arguments, error: &FormatError) -> anyhow::Result<ExitCode> {
    let verdict = if error.is_unjudged() {
        Verdict::NotJudged
    } else {
        Verdict::Refused
    };
    let value = json!({
        "schema": "chainwright-exchange-import/1",
        "verdict": word(verdict),
        "error": {"code": error.code(), "message": error.to_string()},
    });
    output::to_stdout(&|out| match asked.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &value)?;
            writeln!(out)
        }
        Format::Human => writeln!(
            out,
            "{}  {}\n  {}: {}",
            human_word(verdict),
            shown(&asked.file),
            error.code(),
            visible(&error.to_string(), 500)
        ),
    })?;
    Ok(exit(verdict))
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::NotJudged => "not-judged",
        Verdict::Refused => "refused",
    }
}

fn human_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::NotJudged => "not judged",
        Verdict::Refused => "refused",
    }
}

fn what(item: &Item) -> &'static str {
    match item.what {
        What::Artifact => "artifact",
        What::Attestation => "attestation",
        What::Proof => "proof",
    }
}

/// What is kept beside the accepted items: what came of each.
fn receipt(exchange: &Exchange, judged: &Judged) -> Value {
    let items: Vec<Value> = judged.items.iter().map(item).collect();
    json!({
        "schema": "chainwright-exchange-receipt/1",
        "exchange_sha256": chainwright_exchange::sha256(&exchange.write()),
        "verdict": word(judged.verdict()),
        "items": items,
    })
}

fn item(item: &Item) -> Value {
    let mut value = json!({
        "item": what(item),
        "name": item.name,
        "verdict": word(item.verdict()),
        "says": item.says,
        "about": item.about,
        "by": item.by,
    });
    if item.what == What::Artifact {
        value["bytes_compared"] = json!(item.is_compared);
    }
    if let Some((build, source)) = item.levels {
        value["levels"] = json!({"build": build, "source": source});
    }
    if let Some(reason) = &item.reason {
        value["code"] = json!(reason.code());
        value["why"] = json!(reason.to_string());
    }
    value
}

fn tell(
    asked: &Arguments,
    exchange: &Exchange,
    judged: &Judged,
    done: &Done,
) -> anyhow::Result<()> {
    output::to_stdout(&|out| match asked.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &as_json(exchange, judged, done))?;
            writeln!(out)
        }
        Format::Human => human(asked, exchange, judged, done, out),
    })
}

fn as_json(exchange: &Exchange, judged: &Judged, done: &Done) -> Value {
    let hints: Vec<Value> = exchange
        .hints
        .iter()
        .map(|hint| json!({"kind": hint.kind, "name": hint.name, "value": hint.value}))
        .collect();
    let mut value = receipt(exchange, judged);
    value["schema"] = json!("chainwright-exchange-import/1");
    value["hints_not_trusted"] = json!(hints);
    value["kept"] = json!(done.folder.as_ref().map(|kept| json!({
        "folder": kept.folder.to_string_lossy(),
        "was_kept_before": kept.is_known,
    })));
    value["appended"] = json!(done.appended);
    value
}

fn human(
    asked: &Arguments,
    exchange: &Exchange,
    judged: &Judged,
    done: &Done,
    out: &mut dyn Write,
) -> io::Result<()> {
    let verdict = human_word(judged.verdict());
    writeln!(out, "{verdict}  {}", shown(&asked.file))?;
    for item in &judged.items {
        let name = visible(&item.name, 300);
        let says = visible(&item.says, 200);
        writeln!(
            out,
            "  {}  {} {name}  {says}",
            human_word(item.verdict()),
            what(item)
        )?;
        for by in &item.by {
            writeln!(out, "    by {}", visible(by, 300))?;
        }
        if let Some((build, source)) = item.levels {
            writeln!(out, "    build level {build}, source level {source}")?;
        }
        if item.what == What::Artifact && !item.is_compared && item.reason.is_none() {
            writeln!(
                out,
                "    its bytes were not compared; give it with --artifact"
            )?;
        }
        if let Some(reason) = &item.reason {
            let text = visible(&reason.to_string(), 1000);
            writeln!(out, "    {}: {text}", reason.code())?;
            if let Some(hint) = reason.hint() {
                writeln!(out, "    {hint}")?;
            }
        }
    }
    for hint in &exchange.hints {
        let kind = match hint.kind {
            HintKind::PublicKey => "public key",
            HintKind::LogKey => "key of a log",
            HintKind::WitnessKey => "key of a witness",
        };
        let name = visible(&hint.name, 300);
        writeln!(
            out,
            "  the sender names a {kind}, which counts for nothing: {name}"
        )?;
    }
    match &done.folder {
        Some(kept) if kept.is_known => writeln!(out, "had been kept in {}", shown(&kept.folder))?,
        Some(kept) => writeln!(out, "kept in {}", shown(&kept.folder))?,
        None if done.appended.is_none() => writeln!(out, "nothing was kept")?,
        None => {}
    }
    if let Some(count) = done.appended {
        writeln!(out, "{count} attestations were appended to the log")?;
    }
    Ok(())
}
