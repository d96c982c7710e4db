//! Bundles held against a trusted root and a policy.

use chainwright_attestations::{Bundle, Content, Limits, Material, Statement, dsse};
use chainwright_signing::certificates::key_of;
use chainwright_signing::{
    Identity, Moment, Policy, PublicKey, Refused, Time, TimeSource, Verified,
};
use sigstore_types::{Artifact as Theirs, DerPublicKey, Sha256Hash};
use sigstore_verify::{PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult};

use crate::convert::{self, Converted};
use crate::explain::{refused, with_time};
use crate::trust::TrustedRoot;

/// What the bundle must be about.
#[derive(Debug, Clone, Copy)]
pub enum Artifact<'a> {
    /// The artifact's bytes.
    Bytes(&'a [u8]),
    /// Its SHA-256. For an attestation, one subject must have it.
    Sha256([u8; 32]),
    /// Whatever the statement says: the caller compares the subjects itself.
    OwnSubject,
}

/// Checks bundles against one trusted root.
pub struct Verifier {
    inner: sigstore_verify::Verifier,
    limits: Limits,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier for one instance.
    pub fn new(root: &TrustedRoot) -> Result<Self, Refused> {
        let inner = sigstore_verify::Verifier::new(&root.0).map_err(|error| refused(&error))?;
        Ok(Self {
            inner,
            limits: Limits::default(),
        })
    }

    /// Checks a bundle: by identity if it has a certificate, by the policy's keys if it names a key.
    ///
    /// An identity and an issuer must be named: anybody gets a certificate for some identity. Both may be patterns.
    pub fn verify(
        &self,
        bundle: &[u8],
        artifact: Artifact<'_>,
        policy: &Policy,
    ) -> Result<Verified, Refused> {
        let bundle = convert::read(bundle, &self.limits)?;
        let artifact = self.artifact(artifact, &bundle.ours)?;
        match &bundle.ours.material {
            Material::PublicKey { .. } => self.with_key(&bundle, &artifact, policy),
            Material::Chain(_) | Material::Certificate(_) => {
                self.with_identity(&bundle, artifact, policy)
            }
        }
    }

    /// The time at which a log says that it took a signature by this key, once its proofs and promises were checked.
    ///
    /// For certificates of others than Sigstore; who issued them is not looked at here. None if no entry states a time,
    /// as those of Rekor 2 do not.
    pub fn time_of_log(
        &self,
        bundle: &[u8],
        artifact: Artifact<'_>,
        key: &PublicKey,
    ) -> Result<Option<Time>, Refused> {
        let ours = convert::read(bundle, &self.limits)?.ours;
        // The entries are checked as those of a managed key, which certificates of others are to Sigstore.
        let material = Material::public_key(key.hint());
        let mut plain = Bundle::new(material, ours.content);
        plain.log_entries = ours.log_entries;
        let plain = convert::read(&plain.write(), &self.limits)?;
        let artifact = self.artifact(artifact, &plain.ours)?;
        let policy = PublicKeyVerificationPolicy::new(DerPublicKey::new(key.to_der().to_vec()));
        let result = self.inner.verify(artifact, &plain.theirs, &policy);
        let result = result.map_err(|error| refused(&error))?;
        Ok(result.integrated_time().map(|time| Time(time.as_second())))
    }

    fn with_identity(
        &self,
        bundle: &Converted,
        artifact: Theirs<'_>,
        policy: &Policy,
    ) -> Result<Verified, Refused> {
        let needed = match (policy.identities.is_empty(), policy.issuers.is_empty()) {
            (true, _) => "identity",
            (false, true) => "issuer of the identity",
            (false, false) => "",
        };
        if !needed.is_empty() {
            return Err(Refused::NothingTrusted {
                found: "a certificate of Sigstore",
                needed,
            });
        }
        let any = VerificationPolicy::any_identity();
        let result = self.inner.verify(artifact, &bundle.theirs, &any);
        let result = result.map_err(|error| with_time(refused(&error), &bundle.ours))?;
        let identity = Identity {
            names: result
                .identity()
                .map(|name| name.as_str().to_owned())
                .into_iter()
                .collect(),
            issuer: result.issuer().map(str::to_owned),
        };
        policy.check_identity(&identity)?;
        let leaf = bundle.ours.material.certificates().first();
        let leaf = leaf.ok_or(Refused::NoTimestamp)?;
        Ok(Verified {
            identity: Some(identity),
            key: key_of(leaf)?,
            moment: moment(&result, &bundle.ours, policy)?,
        })
    }

    /// A managed key: the bundle proves the time and the log, the policy has the key.
    fn with_key(
        &self,
        bundle: &Converted,
        artifact: &Theirs<'_>,
        policy: &Policy,
    ) -> Result<Verified, Refused> {
        let mut first = None;
        for key in &policy.keys {
            let theirs = PublicKeyVerificationPolicy::new(DerPublicKey::new(key.to_der().to_vec()));
            match self.inner.verify(artifact.clone(), &bundle.theirs, &theirs) {
                Ok(result) => {
                    let moment = moment(&result, &bundle.ours, policy)?;
                    return Ok(Verified {
                        identity: None,
                        key: key.clone(),
                        moment,
                    });
                }
                Err(error) => first = first.or(Some(refused(&error))),
            }
        }
        Err(first.unwrap_or(Refused::NothingTrusted {
            found: "a public key",
            needed: "public key",
        }))
    }

    fn artifact<'a>(&self, artifact: Artifact<'a>, bundle: &Bundle) -> Result<Theirs<'a>, Refused> {
        match artifact {
            Artifact::Bytes(bytes) => Ok(Theirs::from(bytes)),
            Artifact::Sha256(digest) => Ok(Theirs::from(Sha256Hash::from(digest))),
            Artifact::OwnSubject => self.own_subject(bundle),
        }
    }

    fn own_subject(&self, bundle: &Bundle) -> Result<Theirs<'static>, Refused> {
        let malformed = |reason: String| Refused::Malformed {
            what: "the statement",
            reason,
        };
        let Content::Envelope(envelope) = &bundle.content else {
            return Err(Refused::WrongArtifact {
                reason: "a signature over an artifact has no subjects".to_owned(),
            });
        };
        if envelope.payload_type != dsse::IN_TOTO {
            return Err(Refused::Unsupported {
                what: format!("a payload of type `{}`", envelope.payload_type),
            });
        }
        let statement = Statement::read(&envelope.payload, &self.limits)
            .map_err(|error| malformed(error.to_string()))?;
        let mut digests = statement
            .subjects
            .iter()
            .filter_map(|subject| subject.digest.get("sha256"));
        let digest = digests
            .next()
            .ok_or_else(|| malformed("no subject has a SHA-256 digest".to_owned()))?;
        let digest = Sha256Hash::from_hex(digest).map_err(|error| malformed(error.to_string()))?;
        Ok(Theirs::from(digest))
    }
}

/// The earliest time that somebody vouches for: timestamp authorities before logs. Every timestamp that a bundle has was
/// checked; they stand before the times of logs for identities, and after them for keys.
fn moment(
    result: &VerificationResult,
    bundle: &Bundle,
    policy: &Policy,
) -> Result<Moment, Refused> {
    let proven: Vec<Time> = result
        .verified_timestamps()
        .iter()
        .map(|time| Time(time.as_second()))
        .collect();
    let count = bundle.timestamps.len();
    let stamped = match &bundle.material {
        Material::PublicKey { .. } => proven.iter().rev().take(count).min(),
        Material::Chain(_) | Material::Certificate(_) => proven.iter().take(count).min(),
    };
    let logged = result.integrated_time();
    let (at, source) = match (stamped, logged) {
        (Some(at), _) => (*at, TimeSource::Timestamp),
        (None, Some(time)) => (Time(time.as_second()), TimeSource::Log),
        (None, None) => return Err(Refused::NoTimestamp),
    };
    policy.check_time(source)?;
    Ok(Moment { at, source })
}
