//! What is attached to an image, held against the policy one by one; then the decision over all of it.
//!
//! One good signature suffices. Every other is told with its reason, because whoever can write to the registry can put
//! bad ones beside it, and because a signer wants to know that theirs no longer holds.

use chainwright_attestations::{
    Bundle, Content, Limits, Material, ReadError, Statement, cosign, dsse,
};
use chainwright_core::text::visible;
use chainwright_oms::{Exclusions, Method, Signed, read_statement};
use chainwright_pull::{Attachment, Attachments, Document, PullError};
use chainwright_referrers::attachment::{SIGNED, TITLE};
use chainwright_referrers::logged::{self, About};
use chainwright_referrers::{Claim, ClaimError, Manifest, References, Shape, legacy};
use chainwright_signing::{
    Moment, Policy, Refused, TimeSource, Verified, verify_envelope_at, verify_message,
    verify_message_of_cosign,
};
use serde::Serialize;

use crate::proofs::outcome::{Failure, Signer, Verdict};
use chainwright_proofs::Trust;
use chainwright_proofs::signature::refused_code;

/// The name of a file in a layer of a model (CNCF ModelPack).
const MODEL_PATH: &str = "org.cncf.model.filepath";

/// What is asked of an image.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Attestations that must be there; a signature if there are none.
    pub(crate) predicate_types: &'a [String],
    /// Names that a signature may be for.
    pub(crate) references: References,
}

/// Everything that is told about one image.
#[derive(Debug, Serialize)]
pub(crate) struct ImageOutcome {
    pub(crate) image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) attached: Vec<Judged>,
    pub(crate) notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// One thing that is attached.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    pub(crate) kind: Kind,
    pub(crate) place: &'static str,
    pub(crate) manifest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) predicate_type: Option<String>,
    /// The name that the signer gave the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signed_reference: Option<String>,
    pub(crate) accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signer: Option<Signer>,
    pub(crate) notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// What kind of thing it is, by what it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// It says no more than that somebody signed the image.
    Signature,
    /// It says something about the image.
    Attestation,
    /// It covers the files of a model (OpenSSF Model Signing).
    ModelSignature,
    /// It cannot be read.
    Unreadable,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Attestation => "attestation",
            Self::ModelSignature => "model signature",
            Self::Unreadable => "unreadable",
        }
    }
}

impl ImageOutcome {
    /// Nothing is known yet.
    pub(crate) fn new(image: String) -> Self {
        Self {
            image,
            digest: None,
            verdict: Verdict::Unjudged,
            attached: Vec::new(),
            notes: Vec::new(),
            error: None,
        }
    }

    /// The registry gave nothing to judge by.
    pub(crate) fn fail_to_fetch(&mut self, error: &PullError) {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(next) = cause {
            message = format!("{message}: {next}");
            cause = next.source();
        }
        let code = match error {
            PullError::NoSuchImage(_) => "no-such-image",
            PullError::Unauthorised(_) => "unauthorised",
            PullError::Digest { .. } | PullError::Size { .. } => "wrong-content",
            _ => "registry",
        };
        let hint = error.hint().unwrap_or("ask whoever keeps the registry");
        self.fail(code, visible(&message, 1000), hint);
    }

    fn fail(&mut self, code: &'static str, message: String, hint: &str) {
        self.error = Some(Failure {
            code,
            message,
            hint: hint.to_owned(),
        });
    }
}

/// Judges everything that is attached, then the image.
pub(crate) fn judge(
    outcome: &mut ImageOutcome,
    image: &Document,
    attachments: &Attachments,
    asked: &Asked<'_>,
    trust: &Trust,
    moment: Moment,
) {
    for attachment in &attachments.found {
        let judging = Judging {
            image,
            attachment,
            asked,
            trust,
            moment,
        };
        outcome.attached.push(judging.judge());
    }
    for skipped in &attachments.skipped {
        let (what, place) = (&skipped.what, skipped.place.as_str());
        let note = format!("not read: {what} ({place}): {}", skipped.reason);
        outcome.notes.push(note);
    }
    if attachments.notary > 0 {
        let count = attachments.notary;
        outcome.notes.push(format!(
            "{count} signatures of the Notary Project, which are not read"
        ));
    }
    decide(outcome, attachments, asked);
}

fn decide(outcome: &mut ImageOutcome, attachments: &Attachments, asked: &Asked<'_>) {
    let is_cut = attachments.is_cut;
    let is_signature =
        |judged: &&Judged| matches!(judged.kind, Kind::Signature | Kind::ModelSignature);
    let lacking: Vec<&String> = asked
        .predicate_types
        .iter()
        .filter(|wanted| {
            !outcome
                .attached
                .iter()
                .any(|judged| judged.accepted && judged.predicate_type.as_ref() == Some(*wanted))
        })
        .collect();
    let is_met = if asked.predicate_types.is_empty() {
        outcome
            .attached
            .iter()
            .filter(is_signature)
            .any(|judged| judged.accepted)
    } else {
        lacking.is_empty()
    };
    if is_cut {
        let note = "the registry lists more than was looked at".to_owned();
        outcome.notes.push(note);
    }
    if is_met {
        outcome.verdict = Verdict::Verified;
        return;
    }
    let concerns = |judged: &&Judged| match judged.kind {
        Kind::Unreadable => true,
        Kind::Signature | Kind::ModelSignature => asked.predicate_types.is_empty(),
        Kind::Attestation => judged
            .predicate_type
            .as_ref()
            .is_some_and(|kind| lacking.contains(&kind)),
    };
    let errors = outcome.attached.iter().filter(concerns);
    let codes: Vec<&str> = errors
        .filter_map(|judged| judged.error.as_ref())
        .map(|error| error.code)
        .collect();
    let is_refused = codes.iter().any(|code| *code != "nothing-trusted");
    let missing = lacking
        .first()
        .map(|kind| format!("an attestation of type `{}`", visible(kind, 200)));
    let missing = missing.unwrap_or_else(|| "a signature".to_owned());
    if is_refused && !is_cut {
        outcome.verdict = Verdict::Refused;
        let message = format!("none of what is attached is {missing} that is accepted");
        outcome.fail("none-accepted", message, "see the reason of each");
    } else if is_cut {
        let message = format!("{missing} was not found among what was looked at");
        let hint = "ask whoever keeps the registry why there is so much; this was not judged";
        outcome.fail("too-many", message, hint);
    } else if codes.is_empty() && !attachments.skipped.is_empty() {
        let message = format!("{missing} was not found among what could be read");
        let hint = "see why the others could not be read, and try again";
        outcome.fail("unreadable", message, hint);
    } else if codes.is_empty() {
        let message = format!("{missing} is not attached to the image");
        let hint = "ask the publisher for one; an attestation is asked for with --predicate-type";
        outcome.fail("no-signature", message, hint);
    } else {
        let message = "nothing was given that what is attached could be held against".to_owned();
        let hint = "give the public key, the roots, or the identity with its issuer";
        outcome.fail("nothing-trusted", message, hint);
    }
}

struct Judging<'a> {
    image: &'a Document,
    attachment: &'a Attachment,
    asked: &'a Asked<'a>,
    trust: &'a Trust,
    moment: Moment,
}

impl Judging<'_> {
    fn judge(&self) -> Judged {
        let mut judged = Judged {
            kind: Kind::Unreadable,
            place: self.attachment.place.as_str(),
            manifest: self.attachment.manifest.to_string(),
            predicate_type: None,
            signed_reference: None,
            accepted: false,
            signer: None,
            notes: Vec::new(),
            error: None,
        };
        match self.check(&mut judged) {
            Ok(verified) => {
                judged.accepted = true;
                judged.signer = Some(Signer::from(&verified));
            }
            Err(refused) => {
                judged.error = Some(Failure {
                    code: refused_code(&refused),
                    message: visible(&refused.to_string(), 1000),
                    hint: refused.hint().to_owned(),
                });
            }
        }
        judged
    }

    fn check(&self, judged: &mut Judged) -> Result<Verified, Refused> {
        let bytes = &self.attachment.bytes;
        let bundle = match self.attachment.shape {
            Shape::Bundle => Bundle::read(bytes, &Limits::default()),
            Shape::Simple => legacy::signature(&self.attachment.annotations),
            Shape::Envelope => legacy::attestation(bytes, &self.attachment.annotations),
        };
        let bundle = bundle.map_err(|error| malformed("the bundle", &error))?;
        match &bundle.content {
            Content::Message(_) => {
                judged.kind = Kind::Signature;
                self.message(&bundle, judged)
            }
            Content::Envelope(envelope) => {
                if envelope.payload_type != dsse::IN_TOTO {
                    return Err(Refused::Unsupported {
                        what: format!("a payload of type `{}`", envelope.payload_type),
                    });
                }
                let statement = Statement::read(&envelope.payload, &Limits::default())
                    .map_err(|error| malformed("the statement", &error))?;
                judged.kind = match statement.predicate_type.as_str() {
                    SIGNED => Kind::Signature,
                    chainwright_oms::PREDICATE_TYPE => Kind::ModelSignature,
                    _ => Kind::Attestation,
                };
                judged.predicate_type = Some(statement.predicate_type.clone());
                self.statement(&bundle, &statement, judged)
            }
        }
    }

    /// A signature over the manifest itself, or over a claim that names it.
    fn message(&self, bundle: &Bundle, judged: &mut Judged) -> Result<Verified, Refused> {
        if self.attachment.shape != Shape::Simple {
            return self.signer(bundle, &self.image.bytes, judged);
        }
        let payload = &self.attachment.bytes;
        let verified = self.signer(bundle, payload, judged)?;
        let claim = Claim::read(payload).map_err(|error| refused_claim(&error))?;
        judged.signed_reference = Some(claim.reference.clone());
        claim
            .check(&self.image.digest, &self.asked.references)
            .map_err(|error| refused_claim(&error))?;
        Ok(verified)
    }

    fn statement(
        &self,
        bundle: &Bundle,
        statement: &Statement,
        judged: &mut Judged,
    ) -> Result<Verified, Refused> {
        let verified = self.signer(bundle, &[], judged)?;
        if judged.kind == Kind::ModelSignature {
            return self.model(bundle, judged).map(|()| verified);
        }
        let hex = self.image.digest.hex();
        let about = statement
            .subjects
            .iter()
            .find(|subject| subject.digest.get("sha256") == Some(&hex));
        let about = about.ok_or_else(|| Refused::WrongArtifact {
            reason: "no subject of the statement is this image".to_owned(),
        })?;
        if !about.name.is_empty() {
            judged.signed_reference = Some(about.name.clone());
        }
        if judged.kind == Kind::Signature && !about.name.is_empty() {
            let repository = match &self.asked.references {
                // A statement names the repository alone.
                References::Exact(name) => {
                    let tag = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
                    References::Exact(tag.map_or(name.clone(), |(before, _)| before.to_owned()))
                }
                other => other.clone(),
            };
            repository
                .check(&about.name)
                .map_err(|error| refused_claim(&error))?;
        }
        Ok(verified)
    }

    /// Whether the files of a model that somebody signed are the layers of this image.
    fn model(&self, bundle: &Bundle, judged: &mut Judged) -> Result<(), Refused> {
        let wrong = |reason: String| Refused::WrongArtifact { reason };
        let payload = bundle
            .envelope()
            .map(|envelope| envelope.payload.as_slice());
        let signed =
            read_statement(payload.unwrap_or_default()).map_err(|error| Refused::Malformed {
                what: "the statement",
                reason: error.to_string(),
            })?;
        let manifest = Manifest::read(&self.image.bytes)
            .map_err(|error| wrong(format!("the image is no artifact with layers: {error}")))?;
        same_files(&manifest, &signed).map_err(wrong)?;
        judged
            .notes
            .push("covers the files in the layers, not the configuration".to_owned());
        Ok(())
    }

    /// Who signed, whatever it says.
    fn signer(
        &self,
        bundle: &Bundle,
        signed: &[u8],
        judged: &mut Judged,
    ) -> Result<Verified, Refused> {
        // An entry for something else is wrong whoever vouches for it (GHSA-whqx-f9j3-ch6m).
        if let About::Another(reason) = logged::entries(bundle, signed) {
            let reason = reason.to_owned();
            return Err(Refused::BadLogProof { reason });
        }
        let policy = &self.trust.policy;
        let is_certified = !matches!(bundle.material, Material::PublicKey { .. });
        let is_keyless = is_certified && policy.roots.is_empty() && !policy.identities.is_empty();
        let is_proven = !bundle.log_entries.is_empty() || !bundle.timestamps.is_empty();
        if is_keyless || (!is_certified && is_proven && self.trust.names_sigstore()) {
            return self.with_sigstore(bundle, signed);
        }
        let verified = self.with_key(bundle, signed, policy)?;
        if is_proven && verified.moment.source == TimeSource::Clock {
            judged
                .notes
                .push("log entries and timestamps were not checked".to_owned());
        }
        Ok(verified)
    }

    fn with_key(
        &self,
        bundle: &Bundle,
        signed: &[u8],
        policy: &Policy,
    ) -> Result<Verified, Refused> {
        let (material, moment) = (&bundle.material, self.moment);
        match &bundle.content {
            Content::Envelope(envelope) => {
                let moments = self
                    .trust
                    .moments(&bundle.write(), bundle, envelope, moment)?;
                verify_envelope_at(envelope, material, policy, &moments)
            }
            Content::Message(message) => {
                let verify = match self.attachment.shape {
                    Shape::Simple => verify_message_of_cosign,
                    Shape::Bundle | Shape::Envelope => verify_message,
                };
                verify(signed, &message.signature, material, policy, moment)
            }
        }
    }

    /// Identities, logs and timestamps of Sigstore. Nothing is asked over the network.
    fn with_sigstore(&self, bundle: &Bundle, signed: &[u8]) -> Result<Verified, Refused> {
        let json = match self.attachment.shape {
            Shape::Bundle => self.attachment.bytes.clone(),
            Shape::Simple | Shape::Envelope => cosign::write_0_1(bundle),
        };
        // The subjects of an envelope are compared by the caller, which knows what they must be.
        let about = match &bundle.content {
            Content::Envelope(_) => chainwright_proofs::About::OwnSubject,
            Content::Message(_) => chainwright_proofs::About::Bytes(signed),
        };
        self.trust.by_sigstore(&json, about)
    }
}

fn malformed(what: &'static str, error: &ReadError) -> Refused {
    Refused::Malformed {
        what,
        reason: error.to_string(),
    }
}

fn refused_claim(error: &ClaimError) -> Refused {
    let reason = error.to_string();
    match error {
        ClaimError::Digest(_) | ClaimError::Reference { .. } => Refused::WrongArtifact { reason },
        _ => Refused::Malformed {
            what: "the payload",
            reason,
        },
    }
}

/// Layers that are files as they are have the digests that a model signature by SHA-256 lists.
fn same_files(manifest: &Manifest, signed: &Signed) -> Result<(), String> {
    let signed = &signed.manifest;
    let is_comparable = signed.serialization.method == Method::Files
        && signed.serialization.hash == chainwright_oms::Hash::Sha256;
    if !is_comparable {
        return Err("the model signature is not by SHA-256 over whole files".to_owned());
    }
    let exclusions = Exclusions::new(
        &signed.serialization.ignore_paths,
        Some(chainwright_oms::DEFAULT_SIGNATURE.to_owned()),
    );
    let mut layers = std::collections::BTreeMap::new();
    for layer in &manifest.layers {
        let shown = visible(&layer.digest, 100);
        let kind = layer.media_type.as_str();
        if ["tar", "gzip", "zstd", "zip"]
            .iter()
            .any(|packed| kind.ends_with(packed))
        {
            return Err(format!(
                "the layer {shown} is packed, so that its files cannot be compared"
            ));
        }
        let name = [MODEL_PATH, TITLE]
            .iter()
            .find_map(|key| layer.annotations.get(*key));
        let name = name.ok_or_else(|| format!("the layer {shown} names no file"))?;
        let is_new = layers
            .insert(name.as_str(), layer.digest.as_str())
            .is_none();
        if !is_new {
            return Err(format!("two layers are the file `{}`", visible(name, 200)));
        }
    }
    for resource in &signed.resources {
        let expected = format!("sha256:{}", resource.digest);
        let name = visible(&resource.name, 200);
        match layers.remove(resource.name.as_str()) {
            Some(found) if found == expected => {}
            Some(_) => return Err(format!("`{name}` is not the file that was signed")),
            None => return Err(format!("`{name}` was signed, but no layer is that file")),
        }
    }
    match layers.keys().find(|name| exclusions.of(name).is_none()) {
        Some(name) => Err(format!(
            "`{}` is in a layer, but not signed",
            visible(name, 200)
        )),
        None => Ok(()),
    }
}
