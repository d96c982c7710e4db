//! `sign --scan`: nothing is signed that a scan denies, and what it read is not read again.
//!
//! The digests of the scan are those that are signed: each file is held against what the file system said of it before
//! the scan, so that a file that changed meanwhile is not signed. What the scan passes by is read as without it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chainwright_analysis::{Rule, RuleEntry};
use chainwright_attestations::dsse;
use chainwright_core::digest::Digests;
use chainwright_core::scan::{Gate, Scan};
use chainwright_core::severity::Severity;
use chainwright_core::text::visible;
use chainwright_digests::{Found, Plan, Stamp};
use chainwright_engine::{Request, Silent, Target, scan};
use chainwright_oms::{Digest, Hash, Manifest, Method, Piece};
use chainwright_policy::Policy;
use chainwright_provenance::predicate::Kind;
use chainwright_provenance::{Descriptor, Digests as Named};
use chainwright_report::Format;
use chainwright_sources::{Exclude, walk};
use sha2::{Digest as _, Sha256};

use crate::gather::{Configured, interrupt_flag};
use crate::proofs::signers::Who;
use crate::proofs::{attested, shown};
use crate::verb::attest::claims::scan_result;
use crate::verb::scan::{format_of, rendered, today};
use crate::{FAILURE, FINDINGS, output};

/// Findings that are told; the others are counted.
const TOLD: usize = 20;

/// Whether the model is scanned before it is signed.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(super) struct Gating {
    /// Scan what is signed, in the same pass over the bytes, and sign nothing if something is found.
    #[arg(long)]
    scan: bool,

    /// The mildest severity that is not signed: info, low, medium (default), high or critical.
    #[arg(long, value_name = "SEVERITY", requires = "scan")]
    fail_on: Option<Severity>,

    /// Sign although parts could not be read.
    #[arg(long, requires = "scan")]
    allow_incomplete: bool,

    /// Write the report of the scan to FILE, in the format its ending says, also if nothing is signed.
    #[arg(long, value_name = "FILE", requires = "scan")]
    scan_report: Option<PathBuf>,

    /// Write what the scan ended with to FILE as an attestation, signed with the same key.
    #[arg(long, value_name = "FILE", requires = "scan")]
    scan_statement: Option<PathBuf>,

    #[command(flatten)]
    configured: Configured,
}

/// What a scan comes to.
pub(super) enum Answer {
    Clean(Scanned),
    /// With the exit code.
    Denied(u8),
}

/// A scan that allows signing.
pub(super) struct Scanned {
    /// The report as JSON.
    report: Vec<u8>,
    by_path: BTreeMap<PathBuf, Digests>,
}

impl Scanned {
    /// What a file hashes to, if the scan made such a digest and the file is the one that was listed before it.
    pub(super) fn piece(&self, file: &Found, plan: Plan) -> Option<Piece> {
        let digests = self.by_path.get(&file.path)?;
        let digest = match (plan.method, plan.hash) {
            (Method::Files, Hash::Sha256) => Digest::Sha256(digests.sha256.0),
            (Method::Files, Hash::Blake3) => Digest::Blake3(digests.blake3.0),
            (Method::Files, Hash::Blake2b) | (Method::Shards(_), _) => return None,
        };
        let now = std::fs::metadata(&file.path).ok()?;
        (Stamp::of(&now) == file.stamp).then_some(Piece {
            start: 0,
            end: file.stamp.size,
            digest,
        })
    }
}

impl Gating {
    /// Whether what is signed is scanned.
    pub(super) const fn is_asked(&self) -> bool {
        self.scan
    }

    /// Scans the model, if that is wanted.
    pub(super) fn scan(
        &self,
        model: &Path,
        entries: &'static [RuleEntry],
    ) -> anyhow::Result<Option<Answer>> {
        if !self.scan {
            return Ok(None);
        }
        let config = self.configured.config(entries)?;
        let target = Target {
            written: model.to_string_lossy().into_owned(),
            path: model.to_owned(),
        };
        let request = Request {
            targets: vec![target.clone()],
            limits: config.limits.clone(),
            hash: true,
            weights: true,
            // A signature is a claim about what was read: nothing comes from a cache.
            cache: None,
            trusted_bases: config.trusted_bases.clone(),
            advisories: None,
            internal_prefixes: config.internal_prefixes.clone(),
            verifying: None,
            exclude: Exclude::default(),
            threads: None,
        };
        let default = Policy::default();
        let gate = config.gate.unwrap_or(default.gate);
        let policy = Policy {
            gate: Gate {
                severity: self.fail_on.unwrap_or(gate.severity),
                ..gate
            },
            allow: config.allow,
            accept_incomplete: self.allow_incomplete,
            ..default
        };
        let rules: Vec<&'static Rule> = entries
            .iter()
            .map(|entry| entry.rule)
            // The signature that is about to be replaced is not what is judged.
            .filter(|rule| !rule.id.starts_with("signature-"))
            .collect();
        let interrupt = interrupt_flag()?;
        let (found, _) = scan(&request, &rules, &policy, today(), &Silent, &interrupt)?;
        if let Some(path) = &self.scan_report {
            let bytes = rendered(&found, entries, format_of(path)?)?;
            output::to_file(path, &|out| out.write_all(&bytes))?;
        }
        if let Some(code) = denied(model, &found)? {
            return Ok(Some(Answer::Denied(code)));
        }
        let visit = walk(
            &target.path,
            &target.written,
            &request.exclude,
            request.limits.files,
        )?;
        let digests: BTreeMap<String, Digests> = found
            .artifacts
            .iter()
            .filter(|artifact| artifact.location.members().is_empty())
            .filter_map(|artifact| Some((artifact.location.to_string(), artifact.digests?)))
            .collect();
        let by_path = visit
            .files
            .into_iter()
            .filter_map(|file| Some((file.path, *digests.get(&file.shown)?)))
            .collect();
        Ok(Some(Answer::Clean(Scanned {
            report: rendered(&found, entries, Format::Json)?,
            by_path,
        })))
    }

    /// The attestation of the scan, and where it goes.
    pub(super) fn statement(
        &self,
        scanned: &Scanned,
        manifest: &Manifest,
        digest: &str,
        signer: &Who,
    ) -> anyhow::Result<Option<(PathBuf, Vec<u8>)>> {
        let Some(path) = &self.scan_statement else {
            return Ok(None);
        };
        if manifest.serialization.method != Method::Files
            || manifest.serialization.hash != Hash::Sha256
        {
            bail!("--scan-statement is about SHA-256 of whole files; sign with --hash sha256");
        }
        let report: serde_json::Value =
            serde_json::from_slice(&scanned.report).context("the report of the scan")?;
        let hex: String = Sha256::digest(&scanned.report)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let described = Descriptor::named("scan.json").with(Named::sha256(&hex));
        let result = scan_result(&report, described)?;
        let subject = Descriptor::named(manifest.model.clone()).with(Named::sha256(digest));
        let statement = attested::statement(&[subject], Kind::Scan.uri(), result.write())?;
        let bundle = signer.sign_payload(dsse::IN_TOTO, &statement.write())?;
        Ok(Some((path.clone(), bundle.write())))
    }
}

/// Tells why a model is not signed; nothing if it may be.
fn denied(model: &Path, scan: &Scan) -> anyhow::Result<Option<u8>> {
    let over: Vec<_> = scan
        .findings
        .iter()
        .filter(|found| scan.gate.is_reached_by(found.severity, found.confidence))
        .collect();
    if over.is_empty() && !scan.decision.incomplete {
        return Ok(None);
    }
    let mut err = std::io::stderr().lock();
    writeln!(err, "not signed: {}", shown(model))?;
    for found in over.iter().take(TOLD) {
        let place = visible(&found.subject.location.to_string(), 300);
        let message = visible(&found.message, 500);
        writeln!(
            err,
            "  {} {}: {place}: {message}",
            found.severity, found.rule
        )?;
    }
    if over.len() > TOLD {
        writeln!(err, "  and {} more", over.len() - TOLD)?;
    }
    if over.is_empty() {
        writeln!(
            err,
            "  not everything could be read; `chainwright scan` says what"
        )?;
        return Ok(Some(FAILURE));
    }
    Ok(Some(FINDINGS))
}
