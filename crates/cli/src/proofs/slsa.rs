//! Which SLSA levels an artifact reaches, asked on the command line.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_proofs::Trust as Signers;
use chainwright_provenance::{
    Artifact, BUILD_TOP, Options, Outcome, Reached, Reason, SOURCE_TOP, Trust, verify,
};
use serde_json::{Value, json};

use crate::proofs::attested::{self, Collected};
use crate::proofs::image;
use crate::proofs::shown as shown_path;
use crate::proofs::subject::{self, Measured};
use crate::proofs::tell::Format;
use crate::proofs::trusting;
use crate::{FINDINGS, output};

/// Reasons and dependencies that are told of one artifact; the others are counted.
const TOLD: usize = 20;

/// By what an artifact is judged.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Judging {
    /// Whom to trust how far, and what to expect, in TOML (docs/slsa.md).
    #[arg(long = "slsa", value_name = "TRUST")]
    pub(crate) trust: Option<PathBuf>,

    /// A file or folder of attestations; may be repeated.
    #[arg(long, value_name = "PATH", requires = "trust")]
    attestation: Vec<PathBuf>,

    /// Steps to follow from the artifact to what it was made from.
    #[arg(long, value_name = "NUMBER", default_value_t = Options::default().depth, requires = "trust")]
    depth: u32,
}

/// An artifact and what it reaches.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) measured: Measured,
    pub(crate) outcome: Outcome,
}

/// What was judged, and what could not be used.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) judged: Vec<Judged>,
    pub(crate) collected: Collected,
    pub(crate) trust_text: String,
}

impl Judging {
    /// Judges artifacts.
    pub(crate) fn judge(
        &self,
        artifacts: &[PathBuf],
        signers: &Signers,
        reaching: image::Reaching,
    ) -> anyhow::Result<Answer> {
        let Some(path) = &self.trust else {
            bail!("whom to trust? give a trust file with --slsa");
        };
        let trust_text = trusting::slsa_text(path)?;
        let trust = Trust::read(&trust_text).with_context(|| format!("`{}`", shown_path(path)))?;
        let mut collected = attested::collect(&self.attestation, signers)?;
        let options = Options {
            depth: self.depth,
            ..Options::default()
        };
        let mut all = Vec::new();
        for path in artifacts {
            all.push(match image::reference(path) {
                Some(target) => image::collect(target, reaching, signers, &mut collected)?,
                None => subject::measure(path)?,
            });
        }
        let judged = all.into_iter().map(|measured| {
            let artifact = Artifact {
                name: measured.name.clone(),
                digests: measured.digests.clone(),
            };
            let outcome = verify(&artifact, &collected.attestations, &trust, &options);
            Ok(Judged { measured, outcome })
        });
        Ok(Answer {
            judged: judged.collect::<anyhow::Result<_>>()?,
            collected,
            trust_text,
        })
    }
}

/// Tells what artifacts reach; a minimum that is not met is a finding.
pub(crate) fn tell(answer: &Answer, format: Format) -> anyhow::Result<ExitCode> {
    output::to_stdout(&|out| match format {
        Format::Human => human(answer, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &as_json(answer))?;
            writeln!(out)
        }
    })?;
    let is_met = answer
        .judged
        .iter()
        .all(|judged| judged.outcome.unmet.is_empty());
    Ok(if is_met {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn as_json(answer: &Answer) -> Value {
    let judged = answer.judged.iter().map(|judged| {
        json!({
            "artifact": judged.measured.name,
            "digests": judged.measured.digests,
            "build": judged.outcome.build,
            "source": judged.outcome.source,
            "dependencies": judged.outcome.dependencies,
            "dependencies_cut": judged.outcome.is_cut,
            "unmet": judged.outcome.unmet,
            "used": judged.outcome.used,
        })
    });
    json!({
        "schema": "chainwright-slsa/1",
        "slsa_version": "1.2",
        "artifacts": judged.collect::<Vec<_>>(),
        "refused": answer.collected.refused,
    })
}

fn human(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    for judged in &answer.judged {
        writeln!(out, "{}", visible(&judged.measured.name, 200))?;
        let outcome = &judged.outcome;
        track(out, "build", BUILD_TOP, &outcome.build)?;
        track(out, "source", SOURCE_TOP, &outcome.source)?;
        dependencies(out, outcome)?;
        for reason in &outcome.unmet {
            writeln!(out, "  not met: {}", shown(reason))?;
        }
    }
    if !answer.collected.refused.is_empty() {
        writeln!(out, "signatures that do not count:")?;
    }
    for refused in answer.collected.refused.iter().take(TOLD) {
        writeln!(out, "  {}", visible(refused, 500))?;
    }
    more(out, answer.collected.refused.len())
}

fn track(out: &mut dyn Write, name: &str, top: u8, reached: &Reached) -> io::Result<()> {
    let by = reached.by.as_deref();
    let by = by.map_or_else(String::new, |by| format!(", by {}", visible(by, 200)));
    writeln!(out, "  {name} level {} of {top}{by}", reached.level)?;
    for reason in reached.reasons.iter().take(TOLD) {
        writeln!(out, "    - {}", shown(reason))?;
    }
    more(out, reached.reasons.len())
}

fn dependencies(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    if outcome.dependencies.is_empty() {
        return Ok(());
    }
    let levels = outcome.dependency_levels();
    let levels: Vec<String> = levels
        .iter()
        .map(|(level, count)| format!("{count} at {level}"))
        .collect();
    let cut = if outcome.is_cut {
        ", and more that were not looked at"
    } else {
        ""
    };
    let count = outcome.dependencies.len();
    writeln!(out, "  {count} dependencies: {}{cut}", levels.join(", "))
}

fn shown(reason: &Reason) -> String {
    visible(&reason.to_string(), 500)
}

fn more(out: &mut dyn Write, count: usize) -> io::Result<()> {
    if count > TOLD {
        writeln!(out, "    and {} more", count - TOLD)?;
    }
    Ok(())
}
