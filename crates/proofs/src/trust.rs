//! Whom a run trusts, when signatures were made, and the seam to Sigstore, whose checks are too heavy to live here.

use std::fmt::Debug;
use std::sync::Arc;

use chainwright_attestations::{Bundle, Envelope, Material, MessageSignature};
use chainwright_signing::certificates::key_of;
use chainwright_signing::timestamp::{self, Authority};
use chainwright_signing::{
    Moment, Policy, PublicKey, Refused, Time, TimeSource, Verified, verify_blob_at,
    verify_envelope_at,
};

/// Seconds that clocks of others may be ahead of ours.
const AHEAD: i64 = 600;

/// Timestamps of one signature that are checked; real bundles have one or two.
const MOST_TIMESTAMPS: usize = 64;

/// What a bundle of Sigstore must be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// Whatever its statement says: the caller compares the subjects itself.
    OwnSubject,
    /// The artifact with this SHA-256.
    Sha256([u8; 32]),
    /// These bytes.
    Bytes(&'a [u8]),
}

/// Checks signatures under identities of Sigstore. Asks nothing over a network.
pub trait Sigstore: Debug + Send + Sync {
    /// Holds a bundle against the policy.
    ///
    /// # Errors
    /// When it is not accepted.
    fn verify(&self, bundle: &[u8], about: About<'_>, policy: &Policy)
    -> Result<Verified, Refused>;

    /// When a log took in what this key signed, if the bundle has a sound entry of it.
    ///
    /// # Errors
    /// When an entry is not sound.
    fn time_of_log(
        &self,
        bundle: &[u8],
        about: About<'_>,
        key: &PublicKey,
    ) -> Result<Option<Time>, Refused>;

    /// Whether the user named the instance, so that its logs vouch for signatures by keys as well.
    fn is_named(&self) -> bool;
}

/// A file whose bytes were signed.
#[derive(Clone, Copy)]
pub struct Blob<'a> {
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Whether a signature over its bytes is by a key.
    pub verifies: &'a dyn Fn(&PublicKey, &[u8]) -> bool,
}

/// A signature, and what it is over.
struct SignedOver<'a> {
    signature: Option<&'a [u8]>,
    about: About<'a>,
    verifies: &'a dyn Fn(&PublicKey, &[u8]) -> bool,
}

impl Debug for Blob<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob")
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// What signatures are held against.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys, roots, identities and issuers.
    pub policy: Policy,
    /// Who checks identities of Sigstore; nobody in builds without it.
    pub sigstore: Option<Arc<dyn Sigstore>>,
    /// Timestamp authorities for signatures by keys and certificates.
    pub authorities: Vec<Authority>,
}

impl Trust {
    /// Who signed a bundle under an identity of Sigstore.
    ///
    /// # Errors
    /// When it is not accepted, or this build cannot say.
    pub fn by_sigstore(&self, bundle: &[u8], about: About<'_>) -> Result<Verified, Refused> {
        match &self.sigstore {
            Some(sigstore) => sigstore.verify(bundle, about, &self.policy),
            None => Err(Refused::Unsupported {
                what: "an identity of Sigstore, in this build,".to_owned(),
            }),
        }
    }

    /// Whether an instance of Sigstore was named.
    #[must_use]
    pub fn names_sigstore(&self) -> bool {
        self.sigstore.as_ref().is_some_and(|one| one.is_named())
    }

    /// Whether anybody is trusted at all.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        let policy = &self.policy;
        !policy.keys.is_empty()
            || !policy.roots.is_empty()
            || !policy.identities.is_empty() && !policy.issuers.is_empty()
    }

    /// Whether the certificate is to be held against Sigstore: with roots, or with keys alone, it is a certificate like any
    /// other.
    pub(crate) fn is_keyless(&self, material: &Material) -> bool {
        matches!(material, Material::Certificate(_))
            && self.policy.roots.is_empty()
            && !self.policy.identities.is_empty()
    }

    /// Who signed the envelope of a bundle, and when. `bytes` are those of the bundle, which Sigstore wants as it is.
    ///
    /// # Errors
    /// When nobody who is trusted did, or not at a time that counts.
    pub fn signer(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        envelope: &Envelope,
        clock: Moment,
    ) -> Result<Verified, Refused> {
        if self.is_keyless(&bundle.material) {
            return self.by_sigstore(bytes, About::OwnSubject);
        }
        let moments = self.moments(bytes, bundle, envelope, clock)?;
        verify_envelope_at(envelope, &bundle.material, &self.policy, &moments)
    }

    /// Who signed the bytes of a file, and when. `verifies` says whether a signature over them is by a key.
    ///
    /// # Errors
    /// When nobody who is trusted did, or not at a time that counts.
    pub fn blob_signer(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        message: &MessageSignature,
        blob: &Blob<'_>,
        clock: Moment,
    ) -> Result<Verified, Refused> {
        let signature = message.signature.as_slice();
        let is_other = |(name, digest): &(String, Vec<u8>)| {
            name == "SHA2_256" && digest.as_slice() != blob.sha256
        };
        if message.digest.as_ref().is_some_and(is_other) {
            let reason = "the bundle names another digest than the file has".to_owned();
            return Err(Refused::WrongArtifact { reason });
        }
        // Early bundles of Sigstore carry a whole chain, and no certificate of an organisation goes without its root.
        let is_certified = !bundle.material.certificates().is_empty();
        if is_certified && self.policy.roots.is_empty() && !self.policy.identities.is_empty() {
            return self.by_sigstore(bytes, About::Sha256(blob.sha256));
        }
        let signed_over = SignedOver {
            signature: Some(signature),
            about: About::Sha256(blob.sha256),
            verifies: blob.verifies,
        };
        let moments = self.moments_of(bytes, bundle, &signed_over, clock)?;
        verify_blob_at(
            blob.verifies,
            signature,
            &bundle.material,
            &self.policy,
            &moments,
        )
    }

    /// Every time that somebody who is trusted vouches for; if nobody does, the time of the check.
    ///
    /// # Errors
    /// When a stamp or an entry of somebody who is trusted is bad.
    pub fn moments(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        envelope: &Envelope,
        clock: Moment,
    ) -> Result<Vec<Moment>, Refused> {
        let signature = envelope.signatures.first();
        let signature = signature.map(|one| one.signature.as_slice());
        let message = envelope.pae();
        let verifies = |key: &PublicKey, signature: &[u8]| key.verify(&message, signature).is_ok();
        let signed_over = SignedOver {
            signature,
            about: About::OwnSubject,
            verifies: &verifies,
        };
        self.moments_of(bytes, bundle, &signed_over, clock)
    }

    fn moments_of(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        signed_over: &SignedOver<'_>,
        clock: Moment,
    ) -> Result<Vec<Moment>, Refused> {
        let signature = signed_over.signature;
        let mut moments = self.stamped(bundle, signature)?;
        let signed =
            |key: &PublicKey| signature.is_some_and(|one| (signed_over.verifies)(key, one));
        if let Some(at) = self.logged(bytes, bundle, signed_over.about, &signed)? {
            let source = TimeSource::Log;
            moments.push(Moment { at, source });
        }
        let latest = Time(clock.at.0.saturating_add(AHEAD));
        if let Some(moment) = moments.iter().find(|moment| moment.at > latest) {
            let reason = format!("it says {}, which is still to come", moment.at);
            return Err(Refused::BadTimestamp { reason });
        }
        if moments.is_empty() {
            moments.push(clock);
        }
        Ok(moments)
    }

    /// What timestamp authorities say. Those that nobody trusts say nothing; a bad stamp of a trusted one is refused.
    fn stamped(&self, bundle: &Bundle, signature: Option<&[u8]>) -> Result<Vec<Moment>, Refused> {
        let (mut moments, mut strange) = (Vec::new(), None);
        if self.authorities.is_empty() {
            return Ok(moments);
        }
        if bundle.timestamps.len() > MOST_TIMESTAMPS {
            let what = format!("a bundle with more than {MOST_TIMESTAMPS} timestamps");
            return Err(Refused::Unsupported { what });
        }
        for (token, signature) in bundle.timestamps.iter().zip(signature.into_iter().cycle()) {
            match timestamp::check(token, signature, &self.authorities) {
                Ok(at) => moments.push(Moment {
                    at,
                    source: TimeSource::Timestamp,
                }),
                Err(refused @ Refused::UntrustedTimestamp { .. }) => strange = Some(refused),
                Err(refused) => return Err(refused),
            }
        }
        match strange {
            // Whoever asks for a timestamp hears whose it is that does not count.
            Some(refused)
                if moments.is_empty() && self.policy.least_time == TimeSource::Timestamp =>
            {
                Err(refused)
            }
            _ => Ok(moments),
        }
    }

    /// What logs of the trusted root say.
    fn logged(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        about: About<'_>,
        signed: &dyn Fn(&PublicKey) -> bool,
    ) -> Result<Option<Time>, Refused> {
        let Some(sigstore) = self.sigstore.as_ref().filter(|one| one.is_named()) else {
            return Ok(None);
        };
        if bundle.log_entries.is_empty() {
            return Ok(None);
        }
        let key = match bundle.material.certificates().first() {
            Some(leaf) => Some(key_of(leaf)?),
            None => self.policy.keys.iter().find(|key| signed(key)).cloned(),
        };
        match key {
            Some(key) => sigstore.time_of_log(bytes, about, &key),
            None => Ok(None),
        }
    }
}
