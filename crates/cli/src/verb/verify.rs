//! `verify`: whether a model is what somebody who is trusted has signed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use chainwright_oms::compare;
use chainwright_signing::{Matcher, Moment, Policy, TimeSource};
use clap::{Args, ValueEnum};

use crate::gather::default_cache_folder;
use crate::proofs::model::{Looking, present, streamed};
use crate::proofs::outcome::{Covered, Failure, Outcome, Signer, Verdict};
use crate::proofs::signature::{Checked, check};
use crate::proofs::slsa::{self, Judging};
use crate::proofs::tell::{self, Format};
use crate::proofs::trust::Trust;
use crate::proofs::{find_signature, image, is_stream, keys, now, shown};
use crate::{FAILURE, FINDINGS};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The models: folders or single files, or `-` for a file through standard input; or images in registries, as
    /// oci://registry/repository[:tag|@sha256:…].
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// A public key that may sign, in PEM form. Can be given more than once.
    #[arg(long, value_name = "PEM")]
    key: Vec<PathBuf>,

    /// Roots whose certificates may sign, in PEM form. Can be given more than once.
    #[arg(long, value_name = "PEM")]
    certificate_roots: Vec<PathBuf>,

    /// Who may sign with a certificate or under an identity of Sigstore: a mail address, URI or name, exactly. Can be given
    /// more than once.
    #[arg(long, value_name = "NAME")]
    identity: Vec<String>,

    /// Who may sign: a regular expression for the whole name. Can be given more than once.
    #[arg(long, value_name = "PATTERN")]
    identity_regex: Vec<String>,

    /// Who may vouch for the name, exactly. Can be given more than once.
    #[arg(long, value_name = "NAME")]
    issuer: Vec<String>,

    /// Who may vouch: a regular expression for the whole name. Can be given more than once.
    #[arg(long, value_name = "PATTERN")]
    issuer_regex: Vec<String>,

    /// The trusted root of a Sigstore instance, as JSON, for signatures under an identity [default: the public-good
    /// instance as this program knows it]. Nothing is asked over the network.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_TRUSTED_ROOT")]
    trusted_root: Option<PathBuf>,

    /// The signature [default: model.sig in the folder, FILE.sig beside a file, else model.sig here].
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,

    /// Accept files beside the signed ones.
    #[arg(long)]
    ignore_unsigned: bool,

    /// Refuse everything that no signature covers: paths of Git, ignored paths, empty folders, links that lead out. Reads
    /// every byte.
    #[arg(long, conflicts_with = "ignore_unsigned")]
    strict: bool,

    /// Roots of timestamp authorities (RFC 3161), in PEM form, for signatures by keys and certificates; those of
    /// --trusted-root count as well. Can be given more than once.
    #[arg(long, value_name = "PEM")]
    tsa_roots: Vec<PathBuf>,

    /// Who must at least vouch for the time of the signature. A timestamp is worth more than a log entry.
    #[arg(long, value_name = "SOURCE", default_value = "clock")]
    require_time: Source,

    /// Accept certificates that had ended, as long as they were valid once.
    #[arg(long)]
    allow_expired: bool,

    /// How to tell what was found.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    #[command(flatten)]
    asking: image::Asking,

    #[command(flatten)]
    judging: Judging,

    /// Read every byte, even of files that the file system says are unchanged since they were last read.
    #[arg(long)]
    no_cache: bool,

    /// Where digests are remembered.
    #[arg(long, value_name = "FOLDER", env = "CHAINWRIGHT_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    /// Nobody: certificates are held against the time of the check.
    Clock,
    /// A transparency log.
    Log,
    /// A timestamp authority.
    Timestamp,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.signature.is_some() && arguments.models.len() > 1 {
        bail!("--signature names one file, but there are several models");
    }
    if arguments.models.iter().any(|model| is_stream(model)) && arguments.signature.is_none() {
        bail!("--signature says where the signature of standard input is");
    }
    let trust = trust(arguments)?;
    let images = image::references(&arguments.models)?;
    if !images.is_empty() && arguments.judging.trust.is_none() {
        if arguments.signature.is_some() {
            bail!("--signature names a file, but signatures of images lie in their registry");
        }
        let (asking, format) = (&arguments.asking, arguments.format);
        return image::verify_all(&images, asking, &trust, now(), format);
    }
    if arguments.judging.trust.is_some() {
        let reaching = arguments.asking.reaching;
        let answer = arguments
            .judging
            .judge(&arguments.models, &trust, reaching)?;
        return slsa::tell(&answer, arguments.format);
    }
    let moment = now();
    let outcomes: Vec<Outcome> = arguments
        .models
        .iter()
        .map(|model| verify(arguments, model, &trust, moment))
        .collect();
    tell::outcomes(&outcomes, arguments.format)?;
    let is = |verdict| outcomes.iter().any(|outcome| outcome.verdict == verdict);
    Ok(if is(Verdict::Refused) {
        ExitCode::from(FINDINGS)
    } else if is(Verdict::Unjudged) {
        ExitCode::from(FAILURE)
    } else {
        ExitCode::SUCCESS
    })
}

fn trust(arguments: &Arguments) -> anyhow::Result<Trust> {
    let exact =
        |names: &[String]| -> Vec<Matcher> { names.iter().cloned().map(Matcher::Exact).collect() };
    let mut identities = exact(&arguments.identity);
    for pattern in &arguments.identity_regex {
        identities.push(Matcher::pattern(pattern)?);
    }
    let mut issuers = exact(&arguments.issuer);
    for pattern in &arguments.issuer_regex {
        issuers.push(Matcher::pattern(pattern)?);
    }
    let policy = Policy {
        keys: keys::public_keys(&arguments.key)?,
        roots: keys::roots(&arguments.certificate_roots)?,
        identities,
        issuers,
        allow_expired: arguments.allow_expired,
        least_time: match arguments.require_time {
            Source::Clock => TimeSource::Clock,
            Source::Log => TimeSource::Log,
            Source::Timestamp => TimeSource::Timestamp,
        },
    };
    let names_somebody = !policy.identities.is_empty() && !policy.issuers.is_empty();
    if policy.keys.is_empty() && policy.roots.is_empty() && !names_somebody {
        bail!("nothing is trusted: give --key, --certificate-roots, or --identity with --issuer");
    }
    Trust::new(
        policy,
        arguments.trusted_root.as_deref(),
        &arguments.tsa_roots,
    )
}

fn verify(arguments: &Arguments, model: &Path, trust: &Trust, moment: Moment) -> Outcome {
    let given = arguments.signature.clone();
    let signature = given.unwrap_or_else(|| find_signature(model));
    let mut outcome = Outcome::new(shown(model), shown(&signature));
    let checked = match check(&signature, trust, moment) {
        Ok(checked) => checked,
        Err(error) => {
            if !error.is_unjudged() {
                outcome.verdict = Verdict::Refused;
            }
            outcome.error = Some(Failure {
                code: error.code(),
                message: error.to_string(),
                hint: error.hint().to_owned(),
            });
            return outcome;
        }
    };
    let Checked {
        verified,
        signed,
        notes,
    } = checked;
    outcome.signer = Some(Signer::from(&verified));
    outcome.manifest = Some(Covered::from(&signed));
    outcome.notes = notes;
    let folder = arguments.cache_dir.clone().or_else(default_cache_folder);
    let is_cached = !arguments.no_cache && !arguments.strict;
    let looking = Looking {
        model,
        signature: &signature,
        cache: folder
            .filter(|_| is_cached)
            .map(|folder| folder.join("digests")),
    };
    let found = if is_stream(model) {
        streamed(&signed.manifest)
    } else {
        present(&looking, &signed.manifest)
    };
    match found {
        Ok(present) => {
            let found = compare(&signed.manifest, &present, arguments.ignore_unsigned);
            outcome.decide(found, arguments.strict);
        }
        Err(error) => {
            outcome.error = Some(Failure {
                code: "model-unreadable",
                message: format!("{error:#}"),
                hint: "check the path, and who may read it".to_owned(),
            });
        }
    }
    outcome
}
