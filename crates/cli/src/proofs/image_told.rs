//! How signatures of images and verdicts about them are told.

use std::io::{self, Write};

use chainwright_attestations::{Bundle, Material};
use chainwright_core::text::visible;
use chainwright_pull::{Attached, Document, Reference};
use serde::Serialize;

use crate::output;
use crate::proofs::image_judged::{ImageOutcome, Judged};
use crate::proofs::outcome::Verdict;
use crate::proofs::tell::Format;

/// Characters of a name that people are shown.
const WIDTH: usize = 300;

/// A signature or attestation that was attached.
#[derive(Debug, Serialize)]
pub(crate) struct SignedImage {
    image: String,
    digest: String,
    key: String,
    manifest: String,
    place: &'static str,
}

impl SignedImage {
    pub(crate) fn new(
        reference: &Reference,
        image: &Document,
        bundle: &Bundle,
        attached: &Attached,
    ) -> Self {
        Self {
            image: reference.to_string(),
            digest: image.digest.to_string(),
            key: match &bundle.material {
                Material::PublicKey { hint, .. } => format!("key {hint}"),
                Material::Chain(_) | Material::Certificate(_) => "certificate".to_owned(),
            },
            manifest: attached.manifest.to_string(),
            place: attached.place.as_str(),
        }
    }
}

#[derive(Serialize)]
struct Listed<'a, T: Serialize> {
    version: u8,
    images: &'a [T],
}

fn json<T: Serialize>(images: &[T], out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Listed { version: 1, images })?;
    writeln!(out)
}

/// Tells what was attached.
pub(crate) fn signed(made: &[SignedImage], format: Format) -> anyhow::Result<()> {
    output::to_stdout(&|out| match format {
        Format::Json => json(made, out),
        Format::Human => made.iter().try_for_each(|made| {
            writeln!(out, "signed  {}", made.image)?;
            writeln!(out, "  digest     {}", made.digest)?;
            writeln!(out, "  by         {}", made.key)?;
            writeln!(out, "  attached   {} ({})", made.manifest, made.place)
        }),
    })
}

/// Tells what came of verifying.
pub(crate) fn outcomes(outcomes: &[ImageOutcome], format: Format) -> anyhow::Result<()> {
    output::to_stdout(&|out| match format {
        Format::Json => json(outcomes, out),
        Format::Human => outcomes.iter().try_for_each(|outcome| human(outcome, out)),
    })
}

fn human(outcome: &ImageOutcome, out: &mut dyn Write) -> io::Result<()> {
    let verdict = match outcome.verdict {
        Verdict::Verified => "verified",
        Verdict::Refused => "refused",
        Verdict::Unjudged => "not judged",
    };
    writeln!(out, "{verdict}  {}", outcome.image)?;
    if let Some(digest) = &outcome.digest {
        writeln!(out, "  digest     {digest}")?;
    }
    if let Some(failure) = &outcome.error {
        writeln!(out, "  {}: {}", failure.code, failure.message)?;
        writeln!(out, "    {}", failure.hint)?;
    }
    for judged in outcome.attached.iter().filter(|judged| judged.accepted) {
        attached(judged, out)?;
    }
    for judged in outcome.attached.iter().filter(|judged| !judged.accepted) {
        attached(judged, out)?;
    }
    let mut notes = outcome.notes.iter();
    notes.try_for_each(|note| writeln!(out, "  note: {}", visible(note, 1000)))
}

fn attached(judged: &Judged, out: &mut dyn Write) -> io::Result<()> {
    let kind = judged.kind.as_str();
    let about = match &judged.predicate_type {
        Some(of) if kind == "attestation" => format!("{kind} {}", visible(of, WIDTH)),
        _ => kind.to_owned(),
    };
    let word = if judged.accepted {
        "accepted"
    } else {
        "refused"
    };
    writeln!(
        out,
        "  {word}   {about} ({}, {})",
        judged.place, judged.manifest
    )?;
    if let Some(failure) = &judged.error {
        writeln!(out, "    {}: {}", failure.code, failure.message)?;
        writeln!(out, "    {}", failure.hint)?;
    }
    if let Some(signer) = &judged.signer {
        let names: Vec<String> = signer
            .names
            .iter()
            .map(|name| visible(name, WIDTH))
            .collect();
        if names.is_empty() {
            writeln!(out, "    signed by  key {} ({})", signer.key, signer.kind)?;
        } else {
            writeln!(out, "    signed by  {}", names.join(", "))?;
        }
        if let Some(issuer) = &signer.issuer {
            writeln!(out, "    vouched    {}", visible(issuer, WIDTH))?;
        }
        if signer.time_source != "clock" {
            writeln!(
                out,
                "    since      {} ({})",
                signer.time, signer.time_source
            )?;
        }
    }
    if let Some(reference) = &judged.signed_reference {
        writeln!(out, "    for        {}", visible(reference, WIDTH))?;
    }
    let mut notes = judged.notes.iter();
    notes.try_for_each(|note| writeln!(out, "    note: {note}"))
}
