//! `verify`: whether a model is what somebody who is trusted has signed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use chainwright_oms::compare;
use chainwright_proofs::Trust;
use chainwright_proofs::signature::{Checked, SignatureError};
use chainwright_signing::Moment;
use clap::Args;

use crate::gather::default_cache_folder;
use crate::proofs::model::{Looking, present, streamed};
use crate::proofs::outcome::{Covered, Failure, Outcome, Signer, Verdict};
use crate::proofs::signature::check;
use crate::proofs::slsa::{self, Judging};
use crate::proofs::tell::{self, Format};
use crate::proofs::trusting::Trusting;
use crate::proofs::{blob, find_signature, image, is_stream, now, shown};
use crate::{FAILURE, FINDINGS};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The models: folders or single files, or `-` for a file through standard input; or images in registries, as
    /// oci://registry/repository[:tag|@sha256:…].
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    #[command(flatten)]
    trusting: Trusting,

    /// The signature [default: model.sig in the folder, FILE.sig or FILE.sigstore.json beside a file, else model.sig here].
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,

    /// Accept files beside the signed ones.
    #[arg(long)]
    ignore_unsigned: bool,

    /// Refuse everything that no signature covers: paths of Git, ignored paths, empty folders, links that lead out. Reads
    /// every byte.
    #[arg(long, conflicts_with = "ignore_unsigned")]
    strict: bool,

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

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.signature.is_some() && arguments.models.len() > 1 {
        bail!("--signature names one file, but there are several models");
    }
    if arguments.models.iter().any(|model| is_stream(model)) && arguments.signature.is_none() {
        bail!("--signature says where the signature of standard input is");
    }
    let trust = trust(arguments)?;
    let images = image::references(&arguments.models)?;
    if arguments.asking.trusted_base.is_some()
        && (images.is_empty() || arguments.judging.trust.is_some())
    {
        bail!("--trusted-base is for signatures of images: give oci://…, without --slsa");
    }
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
    let trust = arguments.trusting.trust()?;
    if !trust.names_somebody() {
        bail!("nothing is trusted: give --key, --certificate-roots, or --identity with --issuer");
    }
    Ok(trust)
}

fn verify(arguments: &Arguments, model: &Path, trust: &Trust, moment: Moment) -> Outcome {
    let given = arguments.signature.clone();
    let signature = given.unwrap_or_else(|| find_signature(model));
    let mut outcome = Outcome::new(shown(model), shown(&signature));
    let checked = match check(&signature, trust, moment) {
        Ok(checked) => checked,
        Err(SignatureError::NotAnEnvelope) if model.is_file() => {
            return blob::verify(outcome, model, &signature, trust, moment);
        }
        Err(error) => {
            outcome.refuse(&error);
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
