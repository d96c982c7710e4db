//! `log cosign` and `log witness`: both sides of the conversation with a witness.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_ledger::{Reader, add_signatures};
use chainwright_transparency::policy::Policy;
use chainwright_transparency::{Checkpoint, VerifierKey};
use chainwright_witness::{Witness, Witnesses, ask, serve};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::FINDINGS;
use crate::verb::log::keys::PublicKey;
use crate::verb::log::place::{SeenIn, key_of, shown, small};
use crate::verb::log::{Common, answer, keys, write_text};

#[derive(Debug, Args)]
pub(crate) struct Cosign {
    #[command(flatten)]
    common: Common,

    /// The address of a witness.
    #[arg(long, value_name = "URL", requires = "witness_key")]
    witness: Option<String>,

    /// The public key of that witness.
    #[arg(long, value_name = "VKEY", requires = "witness")]
    witness_key: Option<PublicKey>,

    /// Ask all witnesses with an address in this policy, and say whether they are enough for it.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "witness",
        conflicts_with = "witness"
    )]
    policy: Option<PathBuf>,

    /// The public key of the log; otherwise the one that it was seen with.
    #[arg(long, value_name = "VKEY")]
    key: Option<PublicKey>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Answer over HTTP until stopped.
    Serve {
        #[command(flatten)]
        witness: WitnessArguments,

        /// Where to listen.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8764")]
        listen: SocketAddr,
    },
    /// Answer one request that was brought as a file.
    AddCheckpoint {
        #[command(flatten)]
        witness: WitnessArguments,

        /// The body of the request.
        #[arg(value_name = "FILE")]
        request: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct WitnessArguments {
    /// The file of the secret key of the witness.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_WITNESS_KEY")]
    key: PathBuf,

    /// The public key of a log to watch.
    #[arg(long, value_name = "VKEY", required = true)]
    log_key: Vec<PublicKey>,

    #[command(flatten)]
    seen: SeenIn,
}

impl WitnessArguments {
    fn witness(&self) -> anyhow::Result<Witness> {
        let key = keys::read(&self.key)?;
        let logs = self
            .log_key
            .iter()
            .map(PublicKey::get)
            .collect::<Result<_, _>>()?;
        Ok(Witness::new(key, logs, self.seen.memory())?)
    }
}

pub(crate) fn run(action: &Action) -> anyhow::Result<ExitCode> {
    match action {
        Action::Serve { witness, listen } => {
            serve(witness.witness()?, *listen, &|address| {
                // Nobody may be listening to what is said.
                let _ = writeln!(std::io::stderr(), "listening on http://{address}");
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Action::AddCheckpoint { witness, request } => {
            let now = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(1);
            let answer = witness.witness()?.add_checkpoint(&small(request)?, now);
            if answer.status == 200 {
                write_text(None, &answer.body)?;
                return Ok(ExitCode::SUCCESS);
            }
            write_text(None, &format!("{} {}", answer.status, answer.body))?;
            Ok(ExitCode::from(FINDINGS))
        }
    }
}

pub(crate) fn cosign(asked: &Cosign) -> anyhow::Result<ExitCode> {
    let policy = asked
        .policy
        .as_ref()
        .map(|path| {
            Policy::parse(&small(path)?).with_context(|| format!("{} is not a policy", shown(path)))
        })
        .transpose()?;
    let witnesses = witnesses(asked, policy.as_ref())?;
    if witnesses.is_empty() {
        bail!("the policy gives no address of a witness");
    }
    let storage = asked.common.place.open()?;
    let key = key_of(&*storage, asked.key.as_ref(), &asked.common.seen.memory())?;
    let reader = Reader::open(&*storage, &key)?;
    let prove = |size: u64| {
        let old = Checkpoint {
            size,
            root: reader.root_at(size)?,
            ..reader.checkpoint().clone()
        };
        Ok(reader.prove_growth(&old)?)
    };
    let ways = Witnesses::new()?;
    let (mut lines, mut failures) = (Vec::new(), Vec::new());
    for (url, witness) in &witnesses {
        match ask(&ways, url, witness, reader.note(), 0, &prove) {
            Ok(line) => lines.push(line),
            Err(error) => failures.push(format!("{:#}", anyhow::Error::from(error))),
        }
    }
    let mut note = reader.note().clone();
    if !lines.is_empty() {
        note = add_signatures(&*storage, reader.note(), &lines)?;
    }
    let enough = policy.map_or(failures.is_empty(), |policy| policy.accept(&note).is_ok());
    let names: Vec<String> = lines.iter().map(|line| line.name.to_string()).collect();
    let value = json!({
        "schema": "chainwright-log-cosign/1",
        "size": reader.checkpoint().size,
        "cosigned": names,
        "failures": failures,
        "enough": enough,
    });
    answer(asked.common.format, &value, &|out| {
        for name in &names {
            writeln!(out, "cosigned by {name}")?;
        }
        for failure in &failures {
            writeln!(
                out,
                "no cosignature: {}",
                chainwright_core::text::visible(failure, 500)
            )?;
        }
        Ok(())
    })?;
    Ok(if enough {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn witnesses(
    asked: &Cosign,
    policy: Option<&Policy>,
) -> anyhow::Result<Vec<(String, VerifierKey)>> {
    let listed = policy.into_iter().flat_map(|policy| &policy.witnesses);
    let listed = listed.filter_map(|(key, url)| Some((url.clone()?, key.clone())));
    let single = match (&asked.witness, &asked.witness_key) {
        (Some(url), Some(key)) => Some((url.clone(), key.get()?)),
        _ => None,
    };
    Ok(listed.chain(single).collect())
}
