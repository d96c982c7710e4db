//! `attest summary`: what a verification ended with, for those who trust the verifier.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use chainwright_proofs::Trust;
use chainwright_provenance::predicate::{Kind, Summary, Svr, Verdict};
use chainwright_provenance::{Descriptor, Digests, Level, Outcome, Track};
use chainwright_signing::Policy;
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};

use super::{Writing, now};
use crate::FINDINGS;
use crate::proofs::keys;
use crate::proofs::slsa::{Answer, Judging};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file or folder that is verified.
    #[arg(value_name = "ARTIFACT")]
    artifact: PathBuf,

    #[command(flatten)]
    judging: Judging,

    /// A public key of somebody who signs attestations, in PEM form; may be repeated. How far it is trusted is for the
    /// trust file to say.
    #[arg(long, value_name = "PEM")]
    signer_key: Vec<PathBuf>,

    /// Roots under whose certificates attestations are signed, in PEM form; may be repeated.
    #[arg(long, value_name = "PEM")]
    signer_roots: Vec<PathBuf>,

    /// Who verifies, as an address; consumers trust it together with the key.
    #[arg(long, value_name = "URI")]
    verifier: String,

    /// The address by which consumers ask for the artifact.
    #[arg(long, value_name = "URI")]
    resource: String,

    /// The address of the trust file.
    #[arg(long, value_name = "URI")]
    policy: String,

    /// In which form.
    #[arg(long = "as", value_name = "FORM", default_value = "vsa")]
    form: Form,

    #[command(flatten)]
    writing: Writing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A verification summary of SLSA.
    Vsa,
    /// A simple verification result of in-toto.
    Svr,
}

pub(super) fn run(asked: &Arguments) -> anyhow::Result<ExitCode> {
    asked.writing.check()?;
    let signers = Trust {
        policy: Policy {
            keys: keys::public_keys(&asked.signer_key)?,
            roots: keys::roots(&asked.signer_roots)?,
            ..Policy::default()
        },
        ..Trust::default()
    };
    let artifacts = std::slice::from_ref(&asked.artifact);
    let answer = asked
        .judging
        .judge(artifacts, &signers, asked.writing.attaching.reaching)?;
    let Some(judged) = answer.judged.first() else {
        bail!("there is nothing to verify");
    };
    let subjects = [judged.measured.descriptor()];
    let is_met = judged.outcome.unmet.is_empty();
    let policy =
        Descriptor::of_uri(asked.policy.clone()).with(digests(answer.trust_text.as_bytes()));
    match asked.form {
        Form::Vsa => {
            let summary = summary(asked, &answer, &judged.outcome, policy);
            asked
                .writing
                .write(&subjects, Kind::Summary.uri(), summary.write())?;
        }
        Form::Svr if !is_met => bail!(
            "a simple verification result lists what holds, and a minimum is not met: {}",
            judged
                .outcome
                .unmet
                .first()
                .map(ToString::to_string)
                .unwrap_or_default()
        ),
        Form::Svr => {
            let svr = Svr {
                verifier: asked.verifier.clone(),
                policies: vec![policy],
                time: now(),
                properties: levels(&judged.outcome),
            };
            asked
                .writing
                .write(&subjects, Kind::Svr.uri(), svr.write())?;
        }
    }
    Ok(if is_met {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn summary(asked: &Arguments, answer: &Answer, outcome: &Outcome, policy: Descriptor) -> Summary {
    let is_met = outcome.unmet.is_empty();
    let attestations = answer.collected.attestations.iter();
    let inputs = attestations
        .filter(|attestation| outcome.used.contains(&attestation.name))
        .map(|attestation| {
            Descriptor::named(attestation.name.clone()).with(attestation.digests.clone())
        });
    Summary {
        verifier: asked.verifier.clone(),
        verifier_versions: [(
            "chainwright".to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        )]
        .into(),
        time: Some(now()),
        resource: asked.resource.clone(),
        policy,
        inputs: inputs.collect(),
        result: if is_met {
            Verdict::Passed
        } else {
            Verdict::Failed
        },
        levels: if is_met {
            levels(outcome)
        } else {
            vec!["FAILED".to_owned()]
        },
        dependencies: (!outcome.is_cut).then(|| outcome.dependency_levels()),
        slsa_version: Some("1.2".to_owned()),
    }
}

/// The level of each track that reaches one.
fn levels(outcome: &Outcome) -> Vec<String> {
    [
        (Track::Build, outcome.build.level),
        (Track::Source, outcome.source.level),
    ]
    .into_iter()
    .filter(|(_, number)| *number > 0)
    .map(|(track, number)| Level { track, number }.to_string())
    .collect()
}

fn digests(bytes: &[u8]) -> Digests {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Digests::sha256(&hex)
}
