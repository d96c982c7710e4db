//! Images in registries as things that are signed, attested and verified.
//!
//! A reference is resolved once; everything after that goes by the digest, which is told. A build without a network
//! client knows what an image is and says that it cannot reach one.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::proofs::subject::Measured;

#[cfg(feature = "registries")]
pub(crate) use here::{attach, collect, measure, sign_all, verify_all};

/// What references to images begin with.
const SCHEMES: [&str; 2] = ["oci://", "docker://"];

/// How registries are reached.
#[derive(Debug, Clone, Copy, Args)]
#[group(skip)]
pub(crate) struct Reaching {
    /// Speak plain HTTP with a registry that is not on this machine.
    #[arg(long)]
    pub(crate) plain_http: bool,
}

/// How something is attached to an image.
#[derive(Debug, Clone, Copy, Args)]
#[group(skip)]
pub(crate) struct Attaching {
    /// How it is attached to an image: as a referrer, or under the tags of cosign before version 3.
    #[arg(long, value_name = "LAYOUT", default_value = "referrers")]
    pub(crate) layout: Layout,

    #[command(flatten)]
    pub(crate) reaching: Reaching,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    Referrers,
    Legacy,
}

/// What must be attached to an image.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Asking {
    /// An image needs an attestation of this type, by somebody who may sign, instead of a signature. Can be given more than
    /// once; each must be there.
    #[arg(long, value_name = "URI")]
    pub(crate) predicate_type: Vec<String>,

    /// Which name a signature of an image must be for, where it has one: any, this repository, or exactly the name that
    /// was given.
    #[arg(long, value_name = "WHICH", default_value = "any")]
    pub(crate) signed_reference: Which,

    /// Write the images, if all are verified, as bases that scans of images trust: entries of chainwright.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_base: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reaching: Reaching,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    Any,
    Repository,
    Exact,
}

/// The reference, if a path is one to an image.
pub(crate) fn reference(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    SCHEMES
        .iter()
        .any(|scheme| text.starts_with(scheme))
        .then_some(text)
}

/// The references, if the paths are images; empty if none is. Both at once would be two kinds of answer.
pub(crate) fn references(paths: &[PathBuf]) -> anyhow::Result<Vec<&str>> {
    let found: Vec<&str> = paths.iter().filter_map(|path| reference(path)).collect();
    if !found.is_empty() && found.len() < paths.len() {
        bail!("give images and models in runs of their own");
    }
    Ok(found)
}

#[cfg(not(feature = "registries"))]
mod without {
    use std::process::ExitCode;

    use chainwright_signing::Moment;

    use super::{Asking, Attaching, Measured, Reaching, bail};
    use crate::proofs::signers::Who;
    use crate::proofs::tell::Format;
    use chainwright_proofs::Trust;

    const CANNOT: &str = "this build cannot reach registries";

    pub(crate) fn sign_all(_: &[&str], _: Attaching, _: &Who, _: Format) -> anyhow::Result<()> {
        bail!(CANNOT)
    }

    pub(crate) fn verify_all(
        _: &[&str],
        _: &Asking,
        _: &Trust,
        _: Moment,
        _: Format,
    ) -> anyhow::Result<ExitCode> {
        bail!(CANNOT)
    }

    pub(crate) fn measure(_: &str, _: Reaching) -> anyhow::Result<Measured> {
        bail!(CANNOT)
    }

    pub(crate) fn collect(
        _: &str,
        _: Reaching,
        _: &Trust,
        _: &mut crate::proofs::attested::Collected,
    ) -> anyhow::Result<Measured> {
        bail!(CANNOT)
    }

    pub(crate) fn attach(
        _: &str,
        _: Attaching,
        _: &chainwright_attestations::Bundle,
    ) -> anyhow::Result<()> {
        bail!(CANNOT)
    }
}

#[cfg(not(feature = "registries"))]
pub(crate) use without::{attach, collect, measure, sign_all, verify_all};

#[cfg(feature = "registries")]
mod here {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::process::ExitCode;

    use anyhow::{Context as _, bail};
    use chainwright_attestations::{
        Bundle, Content, Limits, Material, ReadError, Statement, Subject, dsse, json,
    };
    use chainwright_provenance::Digests;
    use chainwright_pull::{
        Attached, Attachment, Document, PullError, Reference, Repository, Right, Settings,
        saved_by_user,
    };
    use chainwright_referrers::attachment::{CONTENT, CREATED, PREDICATE_TYPE, SIGNED};
    use chainwright_referrers::logged::{self, About};
    use chainwright_referrers::{Claim, Shape, legacy};
    use chainwright_signing::Moment;
    use serde_json::Value;

    use super::{Asking, Attaching, Layout, Measured, Reaching, Which};
    use crate::proofs::attested::{self, Collected};
    use crate::proofs::image_base;
    use crate::proofs::image_judged::{Asked, ImageOutcome, judge};
    use crate::proofs::image_told::{self, SignedImage};
    use crate::proofs::now;
    use crate::proofs::outcome::Verdict;
    use crate::proofs::signers::Who;
    use crate::proofs::tell::Format;
    use crate::{FAILURE, FINDINGS, output};
    use chainwright_proofs::Trust;

    fn open(
        reference: &Reference,
        right: Right,
        reaching: Reaching,
    ) -> Result<Repository<'static>, PullError> {
        let settings = Settings {
            right,
            plain_http: reaching.plain_http,
            patience: None,
        };
        Repository::open(reference, settings, &saved_by_user)
    }

    /// The name of the repository, without tag and digest.
    fn repository_of(reference: &Reference) -> String {
        format!("{}/{}", reference.registry, reference.repository)
    }

    /// The image as what a statement is about. Its manifest is the one file that counts.
    pub(crate) fn measure(target: &str, reaching: Reaching) -> anyhow::Result<Measured> {
        let reference: Reference = target.parse()?;
        let image = open(&reference, Right::Read, reaching)?.resolve()?;
        let digest = image.digest.hex();
        Ok(Measured {
            name: repository_of(&reference),
            digests: Digests::sha256(&digest),
            files: vec![(target.to_owned(), digest)],
        })
    }

    /// The image as an artifact that is judged, and the statements that are attached to it.
    pub(crate) fn collect(
        target: &str,
        reaching: Reaching,
        trust: &Trust,
        collected: &mut Collected,
    ) -> anyhow::Result<Measured> {
        let reference: Reference = target.parse()?;
        let mut repository = open(&reference, Right::Read, reaching)?;
        let image = repository.resolve()?;
        let attachments = repository.attachments(&image)?;
        for one in &attachments.found {
            let shown = format!("{target} ({})", one.manifest);
            match statement_of(one) {
                Ok(None) => {}
                Ok(Some(bundle)) => attested::add(&bundle, &shown, trust, now(), collected),
                Err(error) => collected.refused.push(format!("`{shown}`: {error}")),
            }
        }
        for skipped in &attachments.skipped {
            let line = format!("`{target}` ({}): {}", skipped.what, skipped.reason);
            collected.refused.push(line);
        }
        let digest = image.digest.hex();
        Ok(Measured {
            name: repository_of(&reference),
            digests: Digests::sha256(&digest),
            files: vec![(target.to_owned(), digest)],
        })
    }

    /// The bundle of an attachment that says something; `None` for a mere signature, or one whose log entry is about
    /// something else.
    fn statement_of(one: &Attachment) -> Result<Option<Vec<u8>>, ReadError> {
        let bundle = match one.shape {
            Shape::Simple => return Ok(None),
            Shape::Bundle => Bundle::read(&one.bytes, &Limits::default())?,
            Shape::Envelope => legacy::attestation(&one.bytes, &one.annotations)?,
        };
        let Some(envelope) = bundle.envelope() else {
            return Ok(None);
        };
        let statement = Statement::of_envelope(envelope, &Limits::default())?;
        let is_mere = statement.predicate_type == SIGNED;
        let is_another = matches!(logged::entries(&bundle, &[]), About::Another(_));
        Ok((!is_mere && !is_another).then(|| bundle.write()))
    }

    /// Signs images and tells what was done.
    pub(crate) fn sign_all(
        targets: &[&str],
        attaching: Attaching,
        signer: &Who,
        format: Format,
    ) -> anyhow::Result<()> {
        let mut made = Vec::new();
        for target in targets {
            let told = || format!("cannot sign `{target}`");
            made.push(sign(target, attaching, signer).with_context(told)?);
        }
        image_told::signed(&made, format)
    }

    fn sign(target: &str, attaching: Attaching, signer: &Who) -> anyhow::Result<SignedImage> {
        let reference: Reference = target.parse()?;
        let mut repository = open(&reference, Right::Write, attaching.reaching)?;
        let image = repository.resolve()?;
        let bundle = match attaching.layout {
            Layout::Referrers => signer.sign_payload(dsse::IN_TOTO, &claim(&reference, &image))?,
            Layout::Legacy => {
                let payload = legacy_claim(&reference, &image);
                let bundle = signer.sign_artifact(&payload)?;
                let attached = put_legacy(&mut repository, &image, ".sig", &bundle, &payload)?;
                return Ok(SignedImage::new(&reference, &image, &bundle, &attached));
            }
        };
        let attached = put(&mut repository, &image, &bundle)?;
        Ok(SignedImage::new(&reference, &image, &bundle, &attached))
    }

    /// What cosign signs since version 3: a statement whose type alone says that it is a signature.
    fn claim(reference: &Reference, image: &Document) -> Vec<u8> {
        let subject = Subject::new(repository_of(reference), image.digest.hex());
        Statement::new(vec![subject], SIGNED, Value::Object(json::Object::new())).write()
    }

    fn legacy_claim(reference: &Reference, image: &Document) -> Vec<u8> {
        let repository = repository_of(reference);
        let name = match &reference.tag {
            Some(tag) => format!("{repository}:{tag}"),
            None => repository,
        };
        let creator = concat!("chainwright ", env!("CARGO_PKG_VERSION"));
        let optional = json::Object::from_iter([
            ("creator".to_owned(), Value::from(creator)),
            ("timestamp".to_owned(), Value::from(now().at.0)),
        ]);
        let claim = Claim {
            digest: image.digest,
            reference: name,
            optional,
        };
        claim.write()
    }

    fn put(
        repository: &mut Repository<'_>,
        image: &Document,
        bundle: &Bundle,
    ) -> anyhow::Result<Attached> {
        let mut annotations = BTreeMap::from([
            (CREATED.to_owned(), now().at.to_string()),
            (CONTENT.to_owned(), "message-signature".to_owned()),
        ]);
        if let Content::Envelope(envelope) = &bundle.content {
            annotations.insert(CONTENT.to_owned(), "dsse-envelope".to_owned());
            if let Ok(statement) = Statement::of_envelope(envelope, &Limits::default()) {
                annotations.insert(PREDICATE_TYPE.to_owned(), statement.predicate_type);
            }
        }
        let mut bundle = bundle.clone();
        // Bundles of version 0.3 have one certificate; other verifiers know a chain in model signatures alone.
        if let [leaf] = bundle.material.certificates() {
            bundle.material = Material::Certificate(leaf.clone());
        }
        Ok(repository.attach(image, &bundle.write(), annotations)?)
    }

    fn put_legacy(
        repository: &mut Repository<'_>,
        image: &Document,
        suffix: &str,
        bundle: &Bundle,
        payload: &[u8],
    ) -> anyhow::Result<Attached> {
        let (mut layer, bytes) = legacy::layer(bundle, payload)?;
        if let Content::Envelope(envelope) = &bundle.content {
            let statement = Statement::of_envelope(envelope, &Limits::default())?;
            let kind = legacy::PREDICATE_TYPE.to_owned();
            layer.annotations.insert(kind, statement.predicate_type);
        }
        Ok(repository.attach_legacy(image, suffix, &layer, &bytes)?)
    }

    /// Attaches a signed statement to the image that it is about.
    pub(crate) fn attach(
        target: &str,
        attaching: Attaching,
        bundle: &Bundle,
    ) -> anyhow::Result<()> {
        let reference: Reference = target.parse()?;
        let mut repository = open(&reference, Right::Write, attaching.reaching)?;
        let image = repository.resolve()?;
        let envelope = bundle.envelope().context("there is no statement")?;
        let statement = Statement::of_envelope(envelope, &Limits::default())?;
        let hex = image.digest.hex();
        if !statement
            .subjects
            .iter()
            .any(|subject| subject.digest.get("sha256") == Some(&hex))
        {
            bail!(
                "the statement is not about `{target}`, which is {}",
                image.digest
            );
        }
        let attached = match attaching.layout {
            Layout::Referrers => put(&mut repository, &image, bundle)?,
            Layout::Legacy => put_legacy(&mut repository, &image, ".att", bundle, &[])?,
        };
        let made = SignedImage::new(&reference, &image, bundle, &attached);
        image_told::signed(&[made], Format::Human)
    }

    /// Verifies images and tells what came of it.
    pub(crate) fn verify_all(
        targets: &[&str],
        asking: &Asking,
        trust: &Trust,
        moment: Moment,
        format: Format,
    ) -> anyhow::Result<ExitCode> {
        let references: Vec<Reference> = targets
            .iter()
            .map(|target| target.parse())
            .collect::<Result<_, _>>()?;
        let outcomes: Vec<ImageOutcome> = references
            .iter()
            .map(|reference| verify(reference, asking, trust, moment))
            .collect();
        image_told::outcomes(&outcomes, format)?;
        let is = |verdict| outcomes.iter().any(|outcome| outcome.verdict == verdict);
        if let Some(path) = &asking.trusted_base
            && !is(Verdict::Refused)
            && !is(Verdict::Unjudged)
        {
            write_bases(path, &references, &outcomes, asking.reaching)?;
        }
        Ok(if is(Verdict::Refused) {
            ExitCode::from(FINDINGS)
        } else if is(Verdict::Unjudged) {
            ExitCode::from(FAILURE)
        } else {
            ExitCode::SUCCESS
        })
    }

    fn write_bases(
        path: &Path,
        references: &[Reference],
        outcomes: &[ImageOutcome],
        reaching: Reaching,
    ) -> anyhow::Result<()> {
        let mut text = String::new();
        for (reference, outcome) in references.iter().zip(outcomes) {
            let told = || format!("cannot take `{}` for a base", outcome.image);
            let digest = outcome.digest.as_deref().with_context(told)?;
            let mut repository = open(reference, Right::Read, reaching)?;
            let entries = image_base::entries(&mut repository, &outcome.image, digest);
            text.push_str(&entries.with_context(told)?);
        }
        output::to_file(path, &|out| out.write_all(text.as_bytes()))
    }

    fn verify(
        reference: &Reference,
        asking: &Asking,
        trust: &Trust,
        moment: Moment,
    ) -> ImageOutcome {
        let mut outcome = ImageOutcome::new(reference.to_string());
        let repository = repository_of(reference);
        let asked = Asked {
            predicate_types: &asking.predicate_type,
            references: match asking.signed_reference {
                Which::Any => chainwright_referrers::References::Any,
                Which::Repository => chainwright_referrers::References::Repository(repository),
                Which::Exact => {
                    let tag = reference.tag.as_ref();
                    let name = tag.map_or(repository.clone(), |tag| format!("{repository}:{tag}"));
                    chainwright_referrers::References::Exact(name)
                }
            },
        };
        let fetched = (|| {
            let mut repository = open(reference, Right::Read, asking.reaching)?;
            let image = repository.resolve()?;
            outcome.digest = Some(image.digest.to_string());
            let attachments = repository.attachments(&image)?;
            Ok((image, attachments))
        })();
        match fetched {
            Ok((image, attachments)) => {
                judge(&mut outcome, &image, &attachments, &asked, trust, moment);
            }
            Err(error) => outcome.fail_to_fetch(&error),
        }
        outcome
    }
}
