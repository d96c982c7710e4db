//! `log append --wait-for-cosignatures`: an entry is only worth something to others once witnesses have seen it.
//!
//! The entry is in the log before anybody is asked, and stays there however this ends. Asked is for the newest checkpoint
//! each time: where other writers add entries meanwhile, theirs covers ours as well.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_ledger::{LedgerError, Reader, Storage, add_signatures};
use chainwright_transparency::note::Signature;
use chainwright_transparency::policy::Policy;
use chainwright_transparency::{Checkpoint, Note, VerifierKey};
use chainwright_witness::{Witnesses, ask};
use serde_json::{Value, json};

use crate::output;
use crate::verb::log::keys::PublicKey;
use crate::verb::log::place::{shown, small};

/// How long to leave witnesses alone between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Waiting {
    /// Wait until enough witnesses have cosigned: so many of those that are named, or as a policy file says
    /// (c2sp.org/tlog-policy).
    #[arg(long, value_name = "NUMBER|POLICY")]
    wait_for_cosignatures: Option<String>,

    /// The address of a witness; may be repeated, each with its key.
    #[arg(long, value_name = "URL", requires = "wait_for_cosignatures")]
    witness: Vec<String>,

    /// The public key of a witness, in the order of --witness.
    #[arg(long, value_name = "VKEY", requires = "wait_for_cosignatures")]
    witness_key: Vec<PublicKey>,

    /// How long to wait, in seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        requires = "wait_for_cosignatures"
    )]
    timeout: u64,

    /// Write the proof of each entry to INDEX.tlog-proof in this folder, with the cosignatures that there are.
    #[arg(long, value_name = "FOLDER", requires = "wait_for_cosignatures")]
    proofs: Option<PathBuf>,
}

/// Who is asked, and when it is enough.
#[derive(Debug)]
pub(crate) struct Wanted {
    witnesses: Vec<(String, VerifierKey)>,
    quorum: Quorum,
}

#[derive(Debug)]
enum Quorum {
    Number(usize),
    Policy(Box<Policy>),
}

/// What came of waiting.
#[derive(Debug)]
pub(crate) struct Waited {
    /// Whether enough witnesses cosigned.
    pub(crate) is_enough: bool,
    size: u64,
    cosigned: Vec<String>,
    failures: Vec<String>,
    proofs: Vec<PathBuf>,
}

impl Waiting {
    /// Reads what is wanted, before anything is appended.
    pub(crate) fn wanted(&self) -> anyhow::Result<Option<Wanted>> {
        let Some(wanted) = &self.wait_for_cosignatures else {
            return Ok(None);
        };
        if self.witness.len() != self.witness_key.len() {
            bail!("each --witness needs its --witness-key");
        }
        let mut witnesses = Vec::new();
        for (url, key) in self.witness.iter().zip(&self.witness_key) {
            witnesses.push((url.clone(), key.get()?));
        }
        let quorum = match wanted.parse::<usize>() {
            Ok(number) => {
                let distinct: BTreeSet<&[u8]> =
                    witnesses.iter().map(|(_, key)| key.public()).collect();
                if number == 0 || number > distinct.len() {
                    bail!(
                        "{number} cosignatures are wanted of {} witnesses: name them with --witness and --witness-key",
                        distinct.len()
                    );
                }
                Quorum::Number(number)
            }
            Err(_) => {
                let path = Path::new(wanted);
                let policy = Policy::parse(&small(path)?)
                    .with_context(|| format!("{} is not a policy", shown(path)))?;
                let listed = policy.witnesses.iter();
                witnesses.extend(listed.filter_map(|(key, url)| Some((url.clone()?, key.clone()))));
                Quorum::Policy(Box::new(policy))
            }
        };
        if witnesses.is_empty() {
            bail!("the policy gives no address of a witness");
        }
        Ok(Some(Wanted { witnesses, quorum }))
    }

    /// Asks witnesses until they are enough or the time is over, and writes the proofs of these entries.
    pub(crate) fn wait(
        &self,
        storage: &dyn Storage,
        log: &VerifierKey,
        wanted: Option<&Wanted>,
        indices: &[u64],
    ) -> anyhow::Result<Option<Waited>> {
        let Some(wanted) = wanted else {
            return Ok(None);
        };
        let end = Instant::now() + Duration::from_secs(self.timeout);
        let mut asking = Asking {
            storage,
            log,
            wanted,
            lines: Vec::new(),
            text: String::new(),
            failures: Vec::new(),
        };
        loop {
            let reader = Reader::open(storage, log)?;
            let note = asking.round(&reader, end)?;
            let is_enough = wanted.quorum.is_met(&note, &asking.lines);
            if !is_enough && Instant::now() + PAUSE < end {
                std::thread::sleep(PAUSE);
                continue;
            }
            let proofs = self.write_proofs(&reader, &note, indices)?;
            return Ok(Some(Waited {
                is_enough,
                size: reader.checkpoint().size,
                cosigned: asking
                    .lines
                    .iter()
                    .map(|line| line.name.to_string())
                    .collect(),
                failures: asking.failures,
                proofs,
            }));
        }
    }

    fn write_proofs(
        &self,
        reader: &Reader<'_>,
        note: &Note,
        indices: &[u64],
    ) -> anyhow::Result<Vec<PathBuf>> {
        let Some(folder) = &self.proofs else {
            return Ok(Vec::new());
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", shown(folder)))?;
        let mut written = Vec::new();
        for index in indices {
            let entry = reader.entry(*index)?;
            let mut proof = reader.prove(*index, Some(entry))?;
            proof.checkpoint = note.clone();
            let path = folder.join(format!("{index}.tlog-proof"));
            let text = proof.to_string();
            output::to_file(&path, &|out| out.write_all(text.as_bytes()))?;
            written.push(path);
        }
        Ok(written)
    }
}

impl Quorum {
    fn is_met(&self, note: &Note, lines: &[Signature]) -> bool {
        match self {
            Self::Number(number) => {
                let distinct: BTreeSet<String> =
                    lines.iter().map(|line| line.name.to_string()).collect();
                distinct.len() >= *number
            }
            Self::Policy(policy) => policy.accept(note).is_ok(),
        }
    }
}

struct Asking<'a> {
    storage: &'a dyn Storage,
    log: &'a VerifierKey,
    wanted: &'a Wanted,
    /// Cosignatures of the checkpoint with this text, each verified.
    lines: Vec<Signature>,
    text: String,
    /// Why there are not more, in the last round.
    failures: Vec<String>,
}

impl Asking<'_> {
    /// The time for one question, so that a witness that does not answer leaves some for the others.
    fn share(&self, end: Instant) -> Duration {
        let silent = self.wanted.witnesses.len().saturating_sub(self.lines.len());
        let count = u32::try_from(silent.max(1)).unwrap_or(u32::MAX);
        let left = end.saturating_duration_since(Instant::now());
        (left / count).max(Duration::from_secs(1))
    }

    /// Asks those who have not cosigned this checkpoint yet, and shows readers what there is.
    fn round(&mut self, reader: &Reader<'_>, end: Instant) -> anyhow::Result<Note> {
        if self.text != reader.note().text() {
            self.text = reader.note().text().to_owned();
            self.lines.clear();
        }
        self.failures.clear();
        let prove = |size: u64| {
            let old = Checkpoint {
                size,
                root: reader.root_at(size)?,
                ..reader.checkpoint().clone()
            };
            Ok(reader.prove_growth(&old)?)
        };
        let before = self.lines.len();
        let ways = Witnesses::within(self.share(end))?;
        for (url, key) in &self.wanted.witnesses {
            let has_signed = |line: &Signature| line.name == key.name && line.id == key.id;
            if self.lines.iter().any(has_signed) {
                continue;
            }
            // The first round asks everybody once, however short the time is.
            if before > 0 && Instant::now() >= end {
                break;
            }
            match ask(&ways, url, key, reader.note(), 0, &prove) {
                Ok(line) => self.lines.push(line),
                Err(error) => self
                    .failures
                    .push(format!("{:#}", anyhow::Error::from(error))),
            }
        }
        let mut note = reader.note().clone();
        for line in &self.lines {
            note.remove(&line.name, line.id);
            note.add(line.clone());
        }
        if self.lines.len() > before {
            match add_signatures(self.storage, reader.note(), &self.lines) {
                // What was collected still shows what it shows; the next round asks for the newer state.
                Ok(_) | Err(LedgerError::MovedOn) => {}
                Err(error) => return Err(error.into()),
            }
        }
        debug_assert!(note.verify(&[self.log]).is_ok());
        Ok(note)
    }
}

impl Waited {
    pub(crate) fn as_json(&self) -> Value {
        let proofs: Vec<_> = self
            .proofs
            .iter()
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        json!({
            "enough": self.is_enough,
            "size": self.size,
            "cosigned": self.cosigned,
            "failures": self.failures,
            "proofs": proofs,
        })
    }

    pub(crate) fn tell(&self, out: &mut dyn Write) -> io::Result<()> {
        for name in &self.cosigned {
            writeln!(out, "cosigned by {name}")?;
        }
        for failure in &self.failures {
            writeln!(out, "no cosignature: {}", visible(failure, 500))?;
        }
        if !self.is_enough {
            writeln!(
                out,
                "the time is over: the entries are in the log, but too few witnesses have cosigned; ask again with `chainwright log cosign`"
            )?;
        }
        for path in &self.proofs {
            writeln!(out, "proof  {}", shown(path))?;
        }
        Ok(())
    }
}
